/* Everything the page says: English in one table (words.def), other languages in files that name its rows (public/lang/, which the
 * build puts into the order of the table). Texts may have {1} and {2}, which are filled in.
 */
#pragma once

#include "buf.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define WORDS_FILE_BYTES_MAX (256u << 10)

#define WORD(id, english) id,
#define WORD_N(id, one, other)
enum word {
#include "words.def"
    WORDS_N
};
#define WORD(id, english)
#define WORD_N(id, one, other) id,
/* Texts that depend on a number, which is their {1}. */
enum word_n {
#include "words.def"
    WORD_NS_N
};

/* The forms that a number can ask for (Unicode CLDR's categories). */
enum plural {
    PLURAL_ZERO,
    PLURAL_ONE,
    PLURAL_TWO,
    PLURAL_FEW,
    PLURAL_MANY,
    PLURAL_OTHER,
    PLURALS_N
};

/* Zero is English. Inv: the slices point into file. */
struct words {
    struct buf file; /* of another language; empty: English */
    struct slice code;
    bool rtl;
    struct slice texts[WORDS_N];
    struct slice counted[WORD_NS_N][PLURALS_N];
};

/* Take over a language, as the build has written it:
 *   line 1: its code, "ltr" or "rtl", how many WORD and how many WORD_N there are, or it is of another program; then a line for every WORD, six for every WORD_N, both in the table's order; then one for each
 *   text of index.html, "name TAB text".
 * html gets the latter, borrowed like all texts. Returns: ERR_OK | ERR_INVALID, it does not fit this table: nothing has changed |
 *          ERR_NOMEM. */
NODISCARD enum err words_load(struct words *w, struct slice file, struct slice *html);
void words_fini(struct words *w);
/* "en" */
struct slice words_code(const struct words *w);

/* A text without anything to fill in. Borrowed until the language changes. */
struct slice words_get(const struct words *w, enum word id);
/* The n-th of the words of a text, the last one when there are fewer. */
struct slice words_nth(const struct words *w, enum word id, unsigned n);
/* Append a text with a and b filled in. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err words_put(const struct words *w, struct buf *out, enum word id, struct slice a,
                             struct slice b);
/* The same of a text for n things; {2} is a. */
NODISCARD enum err words_put_n(const struct words *w, struct buf *out, enum word_n id, uint64_t n,
                               struct slice a);
