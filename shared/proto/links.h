/* Web addresses in a text that anybody may have written. */
#pragma once

#include "slice.h"
#include <stdbool.h>

/* More are not looked for in one text. */
#define LINKS_MAX 50
/* A longer one is left as text. */
#define LINK_BYTES_MAX 2048

/* Find the first address in *rest (valid UTF-8): http:// or https:// and a host, with nothing in it
 * that could hide where it leads. Punctuation at its end belongs to the sentence.
 * Returns: true, *before and *url are set, *rest goes on behind | false, nothing is changed.
 * Owns:    nothing; the slices are views into *rest. */
bool links_next(struct slice *rest, struct slice *before, struct slice *url);
