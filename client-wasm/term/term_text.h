/* Text from other people, made harmless for a terminal and for line-wise reading. */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdint.h>

/* Append valid UTF-8 so that it stays on its line and cannot steer a terminal: control characters
 * become their pictures (U+2400 and up), C1 controls and those that turn the writing direction
 * U+FFFD, a tab a space. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err term_text_put(struct buf *out, struct slice text);

/* The same of one character: itself, or what is shown in its place. */
uint32_t term_text_safe(uint32_t code);

/* Append a checked JSON value on one line: white space between its parts is dropped, and the
 * control characters that JSON allows in strings are escaped. Returns: as above. */
NODISCARD enum err term_json_put(struct buf *out, struct slice json);

/* Append "HH:MM", local time, of milliseconds since 1970 UTC. Returns: as above. */
NODISCARD enum err term_clock_put(struct buf *out, int64_t ms);
