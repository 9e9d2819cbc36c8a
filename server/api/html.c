/* See html.h. */
#include "html.h"

#include "utf8.h"

static struct slice instead_of(char c)
{
    switch (c) {
    case '&':
        return SL("&amp;");
    case '<':
        return SL("&lt;");
    case '>':
        return SL("&gt;");
    case '"':
        return SL("&quot;");
    case '\'':
        return SL("&#39;");
    default:
        return SL("");
    }
}

enum err html_put(struct buf *page, struct slice text)
{
    enum err e = ERR_OK;
    size_t from = 0;
    if (!utf8_valid(text)) {
        return ERR_OK;
    }
    for (size_t i = 0; i < text.n && e == ERR_OK; i++) {
        struct slice instead = instead_of(text.p[i]);
        if (instead.n > 0) {
            e = buf_put(page, (struct slice){text.p + from, i - from});
            e = e ? e : buf_put(page, instead);
            from = i + 1;
        }
    }
    return e ? e : buf_put(page, slice_from(text, from));
}
