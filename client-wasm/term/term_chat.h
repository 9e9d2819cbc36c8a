/* The commands over /chat: rooms, send, tail, dm, join, leave. */
#pragma once

#include "term_options.h"

/* Returns the exit code. */
int term_rooms(const struct term_options *options);
int term_chat_send(const struct term_options *options);
int term_chat_tail(const struct term_options *options);
int term_chat_member(const struct term_options *options);
