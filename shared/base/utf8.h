/* Strict UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), whole or
 * streamed. */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* Streaming state; zero is the start. The first byte that cannot belong to valid text fails. */
struct utf8_state {
    uint32_t dfa;
};

/* Feed a run of bytes.
 * Returns: false at the first byte that makes the text invalid; s is dead then. */
bool utf8_feed(struct utf8_state *s, const char *p, size_t n);
/* True when no character is half read. */
bool utf8_complete(const struct utf8_state *s);
bool utf8_valid(struct slice s);
/* Code points in valid text. */
size_t utf8_length(struct slice s);

/* Take the first character off valid text that is not empty, and return its code point. */
uint32_t utf8_take(struct slice *s);

#define UTF8_BYTES_MAX   4
#define UTF8_REPLACEMENT 0xfffdU

/* Bytes of the valid character that s starts with; 0 when there is none. */
size_t utf8_char_bytes(struct slice s);
/* Write one code point; what is none (a surrogate, above U+10FFFF) becomes U+FFFD.
 * Returns: the bytes written. */
size_t utf8_write(uint32_t code_point, char out[UTF8_BYTES_MAX]);
