/* Places in a text as the browser counts them, in UTF-16 units, from and to bytes of UTF-8. All text is valid UTF-8. */
#pragma once

#include "slice.h"

/* UTF-16 units of s: one for each character, two for those outside the basic plane. */
size_t utf16_length(struct slice s);
/* The bytes that the first units of s take. A place within a character is the one before it, one behind the end is the end. */
size_t utf16_to_bytes(struct slice s, size_t units);
