/* See body.h. */
#include "body.h"

#include <stdbool.h>

/* SIZE_FIRST -> SIZE -> (EXTENSION ->) SIZE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE_FIRST ... ;
 * after size 0: LAST_CR -> LAST_LF */
enum chunk_state { SIZE_FIRST, SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, LAST_CR, LAST_LF };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool take_size_char(struct body_chunks *b, char c)
{
    int digit = hex_value(c);
    if (digit >= 0) {
        if (b->left_n >> 56) {
            return false;
        }
        b->left_n = b->left_n << 4 | (unsigned)digit;
        b->state = SIZE;
        return true;
    }
    b->state = c == '\r' ? SIZE_LF : EXTENSION;
    return c == '\r' || c == ';';
}

/* Everything but DATA. */
static bool take_char(struct body_chunks *b, char c)
{
    switch ((enum chunk_state)b->state) {
    case SIZE_FIRST:
        b->left_n = 0;
        return hex_value(c) >= 0 && take_size_char(b, c);
    case SIZE:
        return take_size_char(b, c);
    case EXTENSION:
        b->state = c == '\r' ? SIZE_LF : EXTENSION;
        return c == '\r' || ((unsigned char)c >= ' ' && c != 0x7f);
    case SIZE_LF:
        b->state = b->left_n > 0 ? DATA : LAST_CR;
        b->line_n = 0;
        return c == '\n';
    case DATA_CR:
        b->state = DATA_LF;
        return c == '\r';
    case DATA_LF:
        b->state = SIZE_FIRST;
        return c == '\n';
    case LAST_CR:
        b->state = LAST_LF;
        return c == '\r';
    case LAST_LF:
        return c == '\n';
    case DATA:
        break;
    }
    return false;
}

static enum err take_data(struct body_chunks *b, struct slice *in, struct buf *out)
{
    size_t n = in->n < b->left_n ? in->n : (size_t)b->left_n;
    if (b->left_n > out->max - out->n) {
        return ERR_LIMIT; /* known before the bytes are here */
    }
    enum err e = buf_put(out, (struct slice){in->p, n});
    if (e) {
        return e;
    }
    *in = slice_from(*in, n);
    b->left_n -= n;
    if (b->left_n == 0) {
        b->state = DATA_CR;
    }
    return ERR_OK;
}

enum err body_chunks_feed(struct body_chunks *b, struct slice *in, struct buf *out)
{
    while (in->n > 0) {
        if (b->state == DATA) {
            enum err e = take_data(b, in, out);
            if (e) {
                return e;
            }
            continue;
        }
        bool was_last = b->state == LAST_LF;
        bool in_line = b->state <= EXTENSION;
        if ((in_line && ++b->line_n > BODY_CHUNK_LINE_BYTES_MAX) || !take_char(b, in->p[0])) {
            return ERR_PROTO;
        }
        *in = slice_from(*in, 1);
        if (was_last) {
            return ERR_OK;
        }
    }
    return ERR_MORE;
}
