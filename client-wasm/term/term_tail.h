/* tincan tail: messages as they come. */
#pragma once

#include "term_options.h"

/* Returns the exit code. */
int term_tail(const struct term_options *options);
