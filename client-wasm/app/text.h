/* Small cuts at valid UTF-8 text. */
#pragma once

#include "slice.h"

/* The first chars_max characters of s. */
struct slice text_cut(struct slice s, size_t chars_max);
/* s without control characters and without those that change the direction of what follows,
 * written to out, which has room for s.n bytes. */
struct slice text_plain(struct slice s, char *out);
/* s without white space and line ends at both ends. */
struct slice text_trim(struct slice s);
/* Order of two texts, as names are listed: ASCII letters without their case, numbers by their value, all else by bytes. <0, 0, >0. */
int text_compare_nocase(struct slice a, struct slice b);
