/* tincan tail and tincan history, over /chat: a room's messages, each once and in their order, over reconnects. */
#pragma once

#include "term_options.h"

/* Returns the exit code. */
int term_follow(const struct term_options *options);
