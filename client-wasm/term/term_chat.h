/* Commands over /chat that end by themselves: rooms, send, join, leave. */
#pragma once

#include "term_options.h"

/* Returns the exit code. */
int term_rooms(const struct term_options *options);
int term_chat_send(const struct term_options *options);
int term_chat_member(const struct term_options *options);
