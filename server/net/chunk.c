/* See chunk.h. */
#include "chunk.h"

#include "mem.h"

#define CHUNK_BYTES_MAX (64u << 20)

void chunk_ref(struct chunk *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
}

void chunk_unref(struct chunk *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1) {
        mem_free(c);
    }
}

void chunk_writer_init(struct chunk_writer *w, uint32_t chunk_bytes)
{
    *w = (struct chunk_writer){.chunk_bytes = chunk_bytes};
}

void chunk_writer_fini(struct chunk_writer *w)
{
    if (w->cur) {
        chunk_unref(w->cur);
    }
    w->cur = NULL;
}

bool chunk_writer_fits(const struct chunk_writer *w, size_t n)
{
    return w->cur && n <= w->cur->cap - w->cur->n;
}

enum err chunk_writer_reserve(struct chunk_writer *w, size_t n)
{
    if (chunk_writer_fits(w, n)) {
        return ERR_OK;
    }
    if (n > CHUNK_BYTES_MAX) {
        return ERR_LIMIT;
    }
    uint32_t cap = n > w->chunk_bytes ? (uint32_t)n : w->chunk_bytes;
    struct chunk *c = mem_alloc(sizeof *c + cap);
    if (!c) {
        return ERR_NOMEM;
    }
    atomic_init(&c->refs, 1);
    c->n = 0;
    c->cap = cap;
    chunk_writer_fini(w);
    w->cur = c;
    return ERR_OK;
}

static void append(struct chunk *c, const void *p, size_t n)
{
    if (n > 0) {
        memcpy(c->bytes + c->n, p, n);
        c->n += (uint32_t)n;
    }
}

enum err chunk_put_frame(struct chunk_writer *w, enum ws_opcode opcode, struct slice head,
                         struct slice tail, struct out_slice *out)
{
    uint8_t header[WS_HEADER_BYTES_MAX];
    if (tail.n > CHUNK_BYTES_MAX || head.n > CHUNK_BYTES_MAX) {
        return ERR_LIMIT;
    }
    size_t header_n = ws_header_write(header, opcode, head.n + tail.n, NULL);
    enum err e = chunk_writer_reserve(w, header_n + head.n + tail.n);
    if (e != ERR_OK) {
        return e;
    }
    uint32_t off = w->cur->n;
    append(w->cur, header, header_n);
    append(w->cur, head.p, head.n);
    append(w->cur, tail.p, tail.n);
    *out = (struct out_slice){w->cur, off, w->cur->n};
    return ERR_OK;
}

enum err chunk_put_raw(struct chunk_writer *w, struct slice bytes, struct out_slice *out)
{
    enum err e = chunk_writer_reserve(w, bytes.n);
    if (e != ERR_OK) {
        return e;
    }
    uint32_t off = w->cur->n;
    append(w->cur, bytes.p, bytes.n);
    *out = (struct out_slice){w->cur, off, w->cur->n};
    return ERR_OK;
}

void chunk_writer_recycle(struct chunk_writer *w)
{
    if (!w->cur || w->cur->n == 0) {
        return;
    }
    if (w->cur->cap > w->chunk_bytes) {
        chunk_writer_fini(w); /* made for one long frame */
    } else if (atomic_load_explicit(&w->cur->refs, memory_order_acquire) == 1) {
        w->cur->n = 0;
    }
}
