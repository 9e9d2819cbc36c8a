/* The line of text that an outcome is, under construction: its memory is its own, so that a codec's allocations are the only ones that
 * can fail. For outcome*.c only.
 */
#pragma once

#include "err.h"
#include "slice.h"

/* Begin with an empty line. */
void line_start(void);
/* Add to it, as printf does; it fits. */
__attribute__((format(printf, 1, 2))) void line_print(const char *format, ...);
/* label="..." of printable ASCII; a long one as its length and a sum. */
void line_bytes(const char *label, struct slice s);
/* err CAUSE: DETAIL */
void line_error(enum err e, const char *detail);
/* Valid until the next start. */
struct slice line_peek(void);
