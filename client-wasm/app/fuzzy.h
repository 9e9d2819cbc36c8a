/* The quick switcher's match: the letters of what was typed, in their order, anywhere in a name; "gch" finds general-chat. Starts of words and
 * letters that stand together count for more. Case as in fold.h, gaps in the query are skipped. All text is valid UTF-8. No allocation.
 */
#pragma once

#include "slice.h"
#include <stdint.h>

/* Further characters of a query must not be there: nothing matches. */
#define FUZZY_QUERY_CHARS_MAX 32
/* Further characters of a name are not looked at. */
#define FUZZY_NAME_CHARS_MAX 64

struct fuzzy_match {
    int32_t score;       /* greater is better, at least 1 */
    uint32_t name_chars; /* that were looked at */
    uint64_t chars;      /* bit i: character i of the name is matched, to be shown so */
};

/* Match query against name. The empty query (or only gaps) matches everything with score 1.
 * Returns: true and *out, the best of all ways to match | false. */
bool fuzzy_match(struct slice query, struct slice name, struct fuzzy_match *out);
/* Is a better than b? The shorter of equally good names is. Unread first, or the last used, is the caller's business. */
bool fuzzy_better(const struct fuzzy_match *a, const struct fuzzy_match *b);
