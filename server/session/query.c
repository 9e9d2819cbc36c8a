/* See query.h. */
#include "query.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err decode(struct slice raw, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = raw.n - i > 2 ? hex_value(raw.p[i + 1]) : -1;
            int low = raw.n - i > 2 ? hex_value(raw.p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return ERR_INVALID;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        enum err e = buf_putc(out, c);
        if (e != ERR_OK) {
            return e;
        }
    }
    return ERR_OK;
}

enum err query_get(struct slice query, struct slice name, struct buf *out)
{
    bool found = false;
    struct slice value = {NULL, 0};
    while (query.n > 0) {
        size_t end = slice_find(query, '&');
        struct slice pair = {query.p, end};
        size_t equals = slice_find(pair, '=');
        if (slice_eq((struct slice){pair.p, equals}, name)) {
            found = true;
            value = equals < pair.n ? slice_from(pair, equals + 1) : (struct slice){NULL, 0};
        }
        query = slice_from(query, end < query.n ? end + 1 : end);
    }
    return found ? decode(value, out) : ERR_NOTFOUND;
}
