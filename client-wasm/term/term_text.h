/* Text from other people, made harmless for a terminal and for line-wise reading. */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* Append valid UTF-8 so that it stays on its line and cannot steer a terminal: control characters
 * become their pictures (U+2400 and up), C1 controls and those that turn the writing direction
 * U+FFFD, a tab a space; mere marks of a direction are left out. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err term_text_put(struct buf *out, struct slice text);

/* The same; apart: a text of a script that is written from the right is isolated, so that a terminal which orders lines by their direction
 * keeps what stands around it (the time, a colon, another text) in its place. */
NODISCARD enum err term_text_put_apart(struct buf *out, struct slice text, bool apart);

/* The same of one character: itself, or what is shown in its place; a mark of a direction has no width. */
uint32_t term_text_safe(uint32_t code);

/* Append a checked JSON value on one line: white space between its parts is dropped, and the
 * control characters that JSON allows in strings are escaped. Returns: as above. */
NODISCARD enum err term_json_put(struct buf *out, struct slice json);

/* Append "HH:MM", local time, of milliseconds since 1970 UTC. Returns: as above. */
NODISCARD enum err term_clock_put(struct buf *out, int64_t ms);
