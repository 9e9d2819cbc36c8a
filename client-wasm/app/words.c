/* See words.h. */
#include "words.h"

#define WORD(id, english) SL(english),
#define WORD_N(id, one, other)
static const struct slice TEXTS[] = {
#include "words.def"
};
#define WORD(id, english)
#define WORD_N(id, one, other) {SL(one), SL(other)},
static const struct slice COUNTED[][2] = {
#include "words.def"
};

struct slice words_get(const struct words *w, enum word id)
{
    (void)w;
    return TEXTS[id];
}

static enum err fill(struct buf *out, struct slice text, struct slice a, struct slice b)
{
    size_t before_n = out->n;
    enum err e = ERR_OK;
    while (e == ERR_OK && text.n) {
        size_t at = slice_find(text, '{');
        e = buf_put(out, (struct slice){text.p, at});
        text = slice_from(text, at);
        if (e == ERR_OK && text.n >= 3) {
            e = buf_put(out, text.p[1] == '1' ? a : b);
            text = slice_from(text, 3);
        }
    }
    if (e != ERR_OK)
        out->n = before_n;
    return e;
}

enum err words_put(const struct words *w, struct buf *out, enum word id, struct slice a,
                   struct slice b)
{
    return fill(out, words_get(w, id), a, b);
}

enum err words_put_n(const struct words *w, struct buf *out, enum word_n id, uint64_t n,
                     struct slice a)
{
    struct buf number = {.max = 24};
    (void)w;
    enum err e = buf_put_u64(&number, n);
    if (e == ERR_OK)
        e = fill(out, COUNTED[id][n != 1], buf_peek(&number), a);
    buf_fini(&number);
    return e;
}
