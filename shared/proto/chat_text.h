/* What text of people may be, whoever reads it: used where the server takes it, and by whoever wants to know before.
 * All text here is valid UTF-8.
 */
#pragma once

#include "buf.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* Has it a control character (C0, DEL, C1)? Line feeds and tabs are none in a text of several lines; in one of a single line,
 * Unicode's own separators of lines and paragraphs are, too. */
bool chat_text_has_control(struct slice text, bool one_line);
/* What is pasted becomes what may be sent: append the text to out with every break a line feed, without any other control
 * character, and without the terminal's sequences of colour and movement (CSI ... letter). *caret, in bytes, stays before the same
 * character; it may be NULL. An error is out's. */
NODISCARD enum err chat_text_clean(struct slice text, uint32_t *caret, struct buf *out);
/* Is there nothing to be seen: only white space of any script, and what is drawn as nothing? True for an empty text. */
bool chat_text_is_blank(struct slice text);
/* Has it white space of any script? */
bool chat_text_has_space(struct slice text);
