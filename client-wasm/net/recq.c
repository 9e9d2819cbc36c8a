/* A capped first-in first-out queue of byte records, kept in one buffer. */
#include "recq.h"

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
    for (size_t at = q->head; at < q->buf.n;) {
        struct rec_header h;
        memcpy(&h, q->buf.p + at, sizeof h);
        if (h.tag == tag && !h.dead) {
            h.dead = true;
            memcpy(q->buf.p + at, &h, sizeof h);
            return true;
        }
        at += sizeof h + h.bytes;
    }
    return false;
}
