/* A capped first-in first-out queue of byte records, kept in one buffer. */
#include "recq.h"

#include "limits.h"

struct rec_header {
    uint64_t tag;
    uint32_t bytes;
    uint16_t flag;
    uint16_t dead;
};

_Static_assert(sizeof(struct rec_header) == RECQ_OVERHEAD_BYTES, "the documented overhead");

void recq_init(struct recq *q, size_t max_bytes)
{
    buf_init(&q->buf, max_bytes);
    q->head = 0;
}

void recq_fini(struct recq *q)
{
    buf_fini(&q->buf);
    q->head = 0;
}

size_t recq_bytes(const struct recq *q)
{
    return q->buf.n - q->head;
}

bool recq_empty(const struct recq *q)
{
    return recq_bytes(q) == 0;
}

static void compact(struct recq *q)
{
    if (q->head > 0) {
        buf_consume(&q->buf, q->head);
        q->head = 0;
    }
}

enum err recq_push(struct recq *q, const struct rec *rec)
{
    if (rec->data.n > UINT32_MAX || q->buf.max < RECQ_OVERHEAD_BYTES ||
        rec->data.n > q->buf.max - RECQ_OVERHEAD_BYTES) {
        return ERR_LIMIT;
    }
    struct rec_header h = {
        .tag = rec->tag, .bytes = (uint32_t)rec->data.n, .flag = rec->flag, .dead = rec->dead};
    size_t need = sizeof h + rec->data.n;
    if (need > q->buf.cap - q->buf.n) {
        compact(q);
    }
    char *out;
    enum err e = buf_reserve(&q->buf, need, &out);
    if (e != ERR_OK) {
        return e;
    }
    memcpy(out, &h, sizeof h);
    if (rec->data.n > 0) {
        memcpy(out + sizeof h, rec->data.p, rec->data.n);
    }
    q->buf.n += need;
    return ERR_OK;
}

bool recq_peek(const struct recq *q, struct rec *out)
{
    if (recq_empty(q)) {
        return false;
    }
    struct rec_header h;
    const char *at = q->buf.p + q->head;
    memcpy(&h, at, sizeof h);
    *out = (struct rec){
        .tag = h.tag, .flag = h.flag, .dead = h.dead, .data = {at + sizeof h, h.bytes}};
    return true;
}

void recq_pop(struct recq *q)
{
    struct rec rec;
    CHECK(recq_peek(q, &rec));
    q->head += RECQ_OVERHEAD_BYTES + rec.data.n;
    if (q->head == q->buf.n) {
        buf_reset(&q->buf);
        q->head = 0;
    }
}

bool recq_kill(struct recq *q, uint64_t tag)
{
    bool found = false;
    for (size_t at = q->head; at < q->buf.n;) {
        struct rec_header h;
        memcpy(&h, q->buf.p + at, sizeof h);
        if (found && !h.flag) {
            break;
        }
        if (found || (h.tag == tag && !h.flag && !h.dead)) {
            found = true;
            h.dead = true;
            memcpy(q->buf.p + at, &h, sizeof h);
        }
        at += sizeof h + h.bytes;
    }
    return found;
}

enum err recq_push_packet(struct recq *q, const struct rec *rec, const struct slice *attachments,
                          size_t n)
{
    size_t before = recq_bytes(q);
    struct rec r = *rec;
    r.flag = false;
    enum err e = recq_push(q, &r);
    r.flag = true;
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        r.data = attachments[i];
        e = recq_push(q, &r);
    }
    if (e != ERR_OK) {
        q->buf.n = q->head + before;
    }
    return e;
}

/* The record at *at, and *at moved behind it; false at the end. */
static bool read_at(const struct recq *q, size_t *at, struct rec *out)
{
    struct recq rest = {.buf = q->buf, .head = *at};
    if (!recq_peek(&rest, out)) {
        return false;
    }
    *at += RECQ_OVERHEAD_BYTES + out->data.n;
    return true;
}

bool recq_peek_packet(const struct recq *q, struct rec *out, struct slice *attachments, size_t *n)
{
    size_t at = q->head;
    struct rec rec;
    *n = 0;
    if (!read_at(q, &at, out)) {
        return false;
    }
    while (read_at(q, &at, &rec) && rec.flag && *n < SIO_ATTACHMENTS_MAX) {
        attachments[(*n)++] = rec.data;
    }
    return true;
}

void recq_pop_packet(struct recq *q)
{
    struct rec rec;
    do {
        recq_pop(q);
    } while (recq_peek(q, &rec) && rec.flag);
}
