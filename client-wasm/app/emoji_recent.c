/* The emojis somebody used last. */
#include "emoji.h"

#include "utf8.h"

#include <string.h>

/* Not all ASCII, no spaces or controls, and no longer than the server takes. */
static bool could_be_emoji(struct slice s)
{
    bool other = false;
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F) {
            return false;
        }
        other = other || (unsigned char)s.p[i] >= 0x80;
    }
    return other && s.n <= CHAT_EMOJI_BYTES_MAX && utf8_valid(s);
}

static size_t find(const struct emoji_recent *r, struct slice glyph)
{
    size_t i = 0;
    while (i < r->n && !slice_eq(emoji_slice(&r->at[i]), glyph)) {
        i++;
    }
    return i;
}

static void put(struct emoji_glyph *to, struct slice glyph)
{
    memcpy(to->p, glyph.p, glyph.n);
    to->n = glyph.n;
}

void emoji_recent_use(struct emoji_recent *r, struct slice glyph)
{
    if (!could_be_emoji(glyph)) {
        return;
    }
    struct emoji_glyph used; /* glyph may be a view into r */
    put(&used, glyph);
    size_t at = find(r, glyph);
    if (at == r->n) {
        at = r->n < EMOJI_RECENT_MAX ? r->n++ : EMOJI_RECENT_MAX - 1;
    }
    memmove(r->at + 1, r->at, at * sizeof *r->at);
    r->at[0] = used;
}

enum err emoji_recent_encode(const struct emoji_recent *r, struct buf *out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < r->n && !e; i++) {
        e = i > 0 ? buf_putc(out, ' ') : ERR_OK;
        e = e ? e : buf_put(out, emoji_slice(&r->at[i]));
    }
    return e;
}

void emoji_recent_decode(struct emoji_recent *r, struct slice text)
{
    r->n = 0;
    while (text.n > 0 && r->n < EMOJI_RECENT_MAX) {
        struct slice glyph = {text.p, slice_find(text, ' ')};
        text = slice_from(text, glyph.n < text.n ? glyph.n + 1 : glyph.n);
        if (could_be_emoji(glyph) && find(r, glyph) == r->n) {
            put(&r->at[r->n++], glyph);
        }
    }
}
