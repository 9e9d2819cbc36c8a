/* Everything the page says, in one table (words.def). Texts may have {1} and {2}, which are filled in. */
#pragma once

#include "buf.h"
#include "slice.h"
#include <stdint.h>

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

struct words {
    unsigned language; /* 0: English */
};

/* A text without anything to fill in. Borrowed until the language changes. */
struct slice words_get(const struct words *w, enum word id);
/* Append a text with a and b filled in. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err words_put(const struct words *w, struct buf *out, enum word id, struct slice a,
                             struct slice b);
/* The same of a text for n things; {2} is a. */
NODISCARD enum err words_put_n(const struct words *w, struct buf *out, enum word_n id, uint64_t n,
                               struct slice a);
