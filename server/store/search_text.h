/* Text as searching sees it: characters (code points) without case, one for each of the text's, so that places in one are places in the
 * other. Both databases compare with this and nothing else; their indexes only say where to look.
 */
#pragma once

#include "buf.h"
#include "chat_limits.h"
#include <stdint.h>

#define SEARCH_INDEXED_CHARS 3 /* shorter ones are not found by an index */

/* What is looked for. Inv: back[i] is how long the longest proper beginning of chars is that ends the first i + 1 of them. */
struct search_needle {
    int32_t chars[CHAT_QUERY_CHARS_MAX];
    uint32_t back[CHAT_QUERY_CHARS_MAX];
    uint32_t n;
};

/* q is valid UTF-8 of 1 to CHAT_QUERY_CHARS_MAX characters. */
void search_needle_init(struct search_needle *needle, struct slice q);
/* Where it stands in text, as [from, to) in characters, not overlapping. Returns how many were found, at most max. Time grows with the
 * text's length only. */
uint32_t search_ranges(const struct search_needle *needle, struct slice text, uint32_t (*ranges)[2],
                       uint32_t max);
/* Append the text's characters without case: what SQLite's index holds. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err search_fold(struct slice text, struct buf *out);
/* Append the text in a-z and 0-9, the only characters that PostgreSQL's trigrams hold whatever its locale is. What is part of a text is
 * part of its spelling; the other way is likely, and to be looked at. Returns as search_fold. */
NODISCARD enum err search_spell(struct slice text, struct buf *out);
/* Append a query of FTS5 for what has trigrams of the needle, all of them or enough. needle has SEARCH_INDEXED_CHARS at least.
 * Returns as search_fold. */
NODISCARD enum err search_trigrams(const struct search_needle *needle, struct buf *out);
