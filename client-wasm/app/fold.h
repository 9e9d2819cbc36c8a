/* Comparing names as people type them: upper and lower case are one in Latin, Greek and Cyrillic script, everything else is itself. All
 * text is valid UTF-8.
 */
#pragma once

#include "slice.h"
#include <stdint.h>

/* The lower case of c where the case is one character in the same script; else c. */
uint32_t fold_char(uint32_t c);
/* Does s start with prefix, whatever the case? */
bool fold_starts_with(struct slice s, struct slice prefix);
/* Does a word of s, behind a space or a mark like - _ . (, start with prefix? The start of s counts. */
bool fold_word_starts_with(struct slice s, struct slice prefix);
/* Is part somewhere in s? The empty part is. */
bool fold_contains(struct slice s, struct slice part);
/* Less than, equal to or greater than 0, as a stands before, with or behind b in a list. */
int fold_compare(struct slice a, struct slice b);
/* Is c what stands between words? */
bool fold_is_gap(uint32_t c);
