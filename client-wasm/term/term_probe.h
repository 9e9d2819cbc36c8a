/* What kind of server it is. */
#pragma once

#include "term_options.h"

enum term_probe { TERM_HAS_CHAT, TERM_NO_CHAT, TERM_NO_ANSWER, TERM_INTERRUPTED };

/* Does it have /chat? Asks until it answers, or patience_ms are over (0: for ever, but SIGINT and SIGTERM end it). NO_ANSWER is said on
 * stderr. */
enum term_probe term_probe(const struct term_options *options, uint32_t patience_ms);
