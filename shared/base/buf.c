/* The capped growable buffer. */
#include "buf.h"

#include "mem.h"
#include <stdarg.h>
#include <stdio.h>

enum { BUF_FIRST_BYTES = 64 };

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = max_bytes};
}

void buf_fini(struct buf *b)
{
    mem_free(b->p);
    buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
    b->n = 0;
}

/* Make room for n more bytes than are in use. */
static enum err grow(struct buf *b, size_t n)
{
    if (n > b->max - b->n)
        return ERR_LIMIT;

    size_t need = b->n + n;
    size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
    if (cap < BUF_FIRST_BYTES)
        cap = BUF_FIRST_BYTES < b->max ? BUF_FIRST_BYTES : b->max;
    if (cap < need)
        cap = need;
    char *p = mem_realloc(b->p, cap);
    if (!p)
        return ERR_NOMEM;
    b->p = p;
    b->cap = cap;
    return ERR_OK;
}

enum err buf_reserve(struct buf *b, size_t n, char **out)
{
    DCHECK(b->n <= b->cap && b->cap <= b->max);
    if (n > b->cap - b->n || !b->p) {
        enum err e = grow(b, n);
        if (e)
            return e;
    }
    *out = b->p + b->n;
    return ERR_OK;
}

enum err buf_put(struct buf *b, struct slice s)
{
    char *out;

    if (s.n == 0)
        return ERR_OK;
    enum err e = buf_reserve(b, s.n, &out);
    if (e)
        return e;
    memcpy(out, s.p, s.n);
    b->n += s.n;
    return ERR_OK;
}

enum err buf_putc(struct buf *b, char c)
{
    return buf_put(b, (struct slice){&c, 1});
}

enum err buf_put_u64(struct buf *b, unsigned long long v)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    return buf_put(b, (struct slice){digits + at, sizeof(digits) - at});
}

enum err buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    char small[256];
    char *text = small;

    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(small, sizeof(small), format, args);
    CHECK(length >= 0);
    size_t n = (size_t)length;
    if (n >= sizeof(small)) {
        text = mem_alloc(n + 1);
        if (text)
            (void)vsnprintf(text, n + 1, format, again);
    }
    enum err e = text ? buf_put(b, (struct slice){text, n}) : ERR_NOMEM;
    if (text != small)
        mem_free(text);
    va_end(again);
    va_end(args);
    return e;
}

void buf_consume(struct buf *b, size_t n)
{
    CHECK(n <= b->n);
    if (n == 0)
        return;
    b->n -= n;
    if (b->n > 0)
        memmove(b->p, b->p + n, b->n);
}

struct slice buf_peek(const struct buf *b)
{
    return (struct slice){b->p, b->n};
}
