/* tincan send: one message, and the server's confirmation. */
#pragma once

#include "term_options.h"

/* Returns the exit code. */
int term_send(const struct term_options *options);
