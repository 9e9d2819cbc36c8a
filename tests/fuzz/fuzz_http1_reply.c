/* Any bytes, any split: the parser of HTTP answers says the same however the bytes come, uses no
 * more than belongs to the answer, keeps within its caps, and stays dead once dead. Input: a byte
 * that seeds the splits, then the stream.
 */
#include "http1_reply.h"

#include "check.h"
#include "mem.h"
#include <string.h>

#define BODY_MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct outcome {
    enum err result; /* ERR_MORE at the end of the input: what the end of the connection says */
    size_t used;
    unsigned status;
    bool keep_alive;
    bool upgrade;
    struct buf body;
    struct buf proof;
};

/* Feed one piece from memory of exactly its size. */
static enum err feed(struct http1_reply *r, struct slice piece, size_t *used)
{
    char *copy = mem_alloc(piece.n);
    CHECK(copy != NULL);
    memcpy(copy, piece.p, piece.n);
    enum err e = http1_reply_feed(r, (struct slice){copy, piece.n}, used);
    mem_free(copy);
    CHECK(*used <= piece.n);
    CHECK(r->body.n <= BODY_MAX_BYTES && r->line.n <= HTTP1_LINE_MAX_BYTES);
    return e;
}

static struct outcome read_all(struct slice all, size_t step, uint32_t seed)
{
    struct http1_reply r;
    struct outcome o = {.result = ERR_MORE};
    http1_reply_init(&r, BODY_MAX_BYTES);
    while (all.n > 0 && o.result == ERR_MORE) {
        size_t used, n = step;
        if (seed != 0) {
            seed = seed * 1664525U + 1013904223U;
            n = 1 + (seed >> 16) % step;
        }
        n = n < all.n ? n : all.n;
        o.result = feed(&r, (struct slice){all.p, n}, &used);
        CHECK(o.result != ERR_MORE || used == n);
        o.used += used;
        all = slice_from(all, n);
    }
    if (o.result == ERR_MORE) {
        o.result = http1_reply_end(&r);
    } else if (o.result != ERR_OK) {
        size_t used;
        CHECK(feed(&r, SL("HTTP/1.1 204 x\r\n\r\n"), &used) != ERR_OK);
        CHECK(http1_reply_end(&r) != ERR_OK);
        o.used = 0; /* of what is dead nothing counts */
    }
    o.status = r.status;
    o.keep_alive = r.keep_alive;
    o.upgrade = r.upgrade;
    o.body = r.body;
    o.proof = r.ws_proof;
    r.body = (struct buf){0};
    r.ws_proof = (struct buf){0};
    http1_reply_fini(&r);
    return o;
}

static void check_same(struct slice all, size_t step, uint32_t seed, const struct outcome *like)
{
    struct outcome o = read_all(all, step, seed);
    CHECK(o.result == like->result && o.used == like->used);
    if (o.result == ERR_OK) {
        CHECK(o.status == like->status && o.status >= 101 && o.status <= 599);
        CHECK(o.keep_alive == like->keep_alive && o.upgrade == like->upgrade);
        CHECK(slice_eq(buf_peek(&o.body), buf_peek(&like->body)));
        CHECK(slice_eq(buf_peek(&o.proof), buf_peek(&like->proof)));
    }
    buf_fini(&o.body);
    buf_fini(&o.proof);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2) {
        return 0;
    }
    const struct slice stream = {(const char *)data + 1, n - 1};
    struct outcome whole = read_all(stream, stream.n, 0);
    check_same(stream, 1, 0, &whole);
    check_same(stream, 40, data[0] + 1U, &whole);
    buf_fini(&whole.body);
    buf_fini(&whole.proof);
    return 0;
}
