/* See outq.h. */
#include "outq.h"

#include "mem.h"

static enum err push_more(struct outq *q, struct out_slice s)
{
    if (q->more_head > 0 && q->more_n == q->more_cap) {
        memmove(q->more, q->more + q->more_head, (q->more_n - q->more_head) * sizeof *q->more);
        q->more_n -= q->more_head;
        q->more_head = 0;
    }
    if (q->more_n == q->more_cap) {
        uint32_t cap = q->more_cap ? q->more_cap * 2 : 4;
        struct out_slice *more = mem_realloc(q->more, cap * sizeof *more);
        if (!more) {
            return ERR_NOMEM;
        }
        q->more = more;
        q->more_cap = cap;
    }
    q->more[q->more_n++] = s;
    return ERR_OK;
}

enum err outq_push(struct outq *q, struct out_slice s)
{
    if (s.off == s.end) {
        return ERR_OK;
    }
    struct out_slice *last = q->more_n > q->more_head ? &q->more[q->more_n - 1] : &q->first;
    if (last->chunk == s.chunk && last->end == s.off) {
        last->end = s.end;
        q->bytes += s.end - s.off;
        return ERR_OK;
    }
    if (outq_empty(q)) {
        q->first = s;
    } else {
        enum err e = push_more(q, s);
        if (e != ERR_OK) {
            return e;
        }
    }
    chunk_ref(s.chunk);
    q->bytes += s.end - s.off;
    return ERR_OK;
}

unsigned outq_iov(const struct outq *q, struct iovec *iov, unsigned max, size_t *bytes)
{
    *bytes = 0;
    if (outq_empty(q) || max == 0) {
        return 0;
    }
    unsigned n = 0;
    const struct out_slice *s = &q->first;
    uint32_t next = q->more_head;
    for (;;) {
        iov[n].iov_base = s->chunk->bytes + s->off;
        iov[n].iov_len = s->end - s->off;
        *bytes += iov[n].iov_len;
        n++;
        if (n == max || next == q->more_n) {
            return n;
        }
        s = &q->more[next++];
    }
}

struct slice outq_front(const struct outq *q)
{
    if (outq_empty(q)) {
        return (struct slice){NULL, 0};
    }
    return (struct slice){q->first.chunk->bytes + q->first.off, q->first.end - q->first.off};
}

static void free_more(struct outq *q)
{
    mem_free(q->more);
    q->more = NULL;
    q->more_head = q->more_n = q->more_cap = 0;
}

static void drop_first(struct outq *q)
{
    chunk_unref(q->first.chunk);
    if (q->more_head < q->more_n) {
        q->first = q->more[q->more_head++];
    } else {
        q->first = (struct out_slice){0};
        if (q->more) {
            free_more(q);
        }
    }
}

void outq_advance(struct outq *q, size_t n)
{
    CHECK(n <= q->bytes);
    q->bytes -= (uint32_t)n;
    while (n > 0) {
        uint32_t have = q->first.end - q->first.off;
        if (n < have) {
            q->first.off += (uint32_t)n;
            return;
        }
        n -= have;
        drop_first(q);
    }
}

void outq_clear(struct outq *q)
{
    while (!outq_empty(q)) {
        drop_first(q);
    }
    q->bytes = 0;
}
