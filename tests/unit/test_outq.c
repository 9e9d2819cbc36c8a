/* Chunks and output queues: joining, partial sends at every point, moving, recycling, and running
 * out of memory. */
#include "mem.h"
#include "outq.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

static struct out_slice put(struct chunk_writer *w, const char *text)
{
    struct out_slice s;
    assert_int_equal(chunk_put_frame(w, WS_TEXT, slice_str(text), (struct slice){NULL, 0}, &s),
                     ERR_OK);
    return s;
}

/* Everything queued, as one text. */
static size_t contents(const struct outq *q, char *out)
{
    struct iovec iov[64];
    size_t bytes, n = 0;
    unsigned pieces = outq_iov(q, iov, 64, &bytes);
    for (unsigned i = 0; i < pieces; i++) {
        memcpy(out + n, iov[i].iov_base, iov[i].iov_len);
        n += iov[i].iov_len;
    }
    assert_int_equal(n, bytes);
    assert_int_equal(n, q->bytes);
    return n;
}

static void test_outq__contiguous_frames_are_one_piece(void **state)
{
    (void)state;
    struct chunk_writer w;
    struct outq q = {0};
    struct iovec iov[8];
    size_t bytes;
    chunk_writer_init(&w, 1024);
    assert_int_equal(outq_push(&q, put(&w, "one")), ERR_OK);
    assert_int_equal(outq_push(&q, put(&w, "two")), ERR_OK);
    assert_int_equal(outq_iov(&q, iov, 8, &bytes), 1);
    assert_int_equal(bytes, 10);
    struct out_slice skipped = put(&w, "for another");
    (void)skipped;
    assert_int_equal(outq_push(&q, put(&w, "three")), ERR_OK);
    assert_int_equal(outq_iov(&q, iov, 8, &bytes), 2);
    outq_clear(&q);
    assert_true(outq_empty(&q));
    chunk_writer_fini(&w);
}

static void test_outq__any_partial_send_keeps_the_rest(void **state)
{
    (void)state;
    struct chunk_writer w;
    char all[512], rest[512];
    chunk_writer_init(&w, 64); /* small: several chunks */
    for (size_t cut = 0;; cut++) {
        struct outq q = {0};
        for (int i = 0; i < 12; i++) {
            assert_int_equal(outq_push(&q, put(&w, i % 2 ? "a longer message than that" : "short")),
                             ERR_OK);
        }
        size_t n = contents(&q, all);
        if (cut > n) {
            outq_clear(&q);
            break;
        }
        outq_advance(&q, cut / 2);
        outq_advance(&q, cut - cut / 2);
        assert_int_equal(contents(&q, rest), n - cut);
        assert_memory_equal(rest, all + cut, n - cut);
        outq_clear(&q);
    }
    chunk_writer_fini(&w);
}

static void test_outq__over_by_pieces_as_well_as_by_bytes(void **state)
{
    (void)state;
    struct chunk_writer mine, others;
    struct outq q = {0};
    chunk_writer_init(&mine, 64u << 10);
    for (unsigned i = 0; i <= OUTQ_SLICES_MAX; i++) {
        assert_false(outq_over(&q));
        assert_int_equal(outq_push(&q, put(&mine, "a")), ERR_OK);
        put(&mine, "for another"); /* keeps the pieces apart */
    }
    assert_true(outq_over(&q));
    outq_advance(&q, 3);
    assert_false(outq_over(&q));
    outq_clear(&q);
    chunk_writer_fini(&mine);
    chunk_writer_init(&others, OUTQ_BYTES_MAX);
    static char big[OUTQ_BYTES_MAX];
    struct out_slice s;
    assert_int_equal(chunk_put_raw(&others, (struct slice){big, OUTQ_BYTES_MAX}, &s), ERR_OK);
    assert_int_equal(outq_push(&q, s), ERR_OK);
    assert_false(outq_over(&q));
    assert_int_equal(outq_push(&q, put(&others, "")), ERR_OK);
    assert_true(outq_over(&q));
    outq_clear(&q);
    chunk_writer_fini(&others);
}

static void test_chunk__recycled_only_when_nobody_holds_it(void **state)
{
    (void)state;
    struct chunk_writer w;
    struct outq q = {0};
    chunk_writer_init(&w, 1024);
    assert_int_equal(outq_push(&q, put(&w, "held")), ERR_OK);
    chunk_writer_recycle(&w);
    assert_int_not_equal(w.cur->n, 0);
    outq_clear(&q);
    chunk_writer_recycle(&w);
    assert_int_equal(w.cur->n, 0);
    chunk_writer_fini(&w);
}

static void test_chunk__long_frame_gets_its_own(void **state)
{
    (void)state;
    struct chunk_writer w;
    char text[300];
    memset(text, 'x', sizeof text);
    chunk_writer_init(&w, 64);
    struct out_slice s;
    assert_int_equal(
        chunk_put_frame(&w, WS_BINARY, (struct slice){text, 200}, (struct slice){text, 100}, &s),
        ERR_OK);
    assert_int_equal(s.end - s.off, 4 + 300);
    enum ws_opcode opcode;
    struct slice payload;
    assert_int_equal(
        ws_frame_peek((struct slice){s.chunk->bytes + s.off, s.end - s.off}, &opcode, &payload),
        304);
    assert_int_equal(opcode, WS_BINARY);
    assert_int_equal(payload.n, 300);
    chunk_writer_recycle(&w);
    assert_null(w.cur);
    chunk_writer_fini(&w);
}

static void test_outq__survives_no_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 12; n++) {
        struct chunk_writer w;
        struct outq q = {0};
        char all[512];
        size_t expected_n = 0;
        chunk_writer_init(&w, 16);
        mem_fail_after(n, 0);
        for (int i = 0; i < 12; i++) {
            struct out_slice s;
            if (chunk_put_frame(&w, WS_TEXT, SL("ten bytes!"), (struct slice){NULL, 0}, &s) ==
                    ERR_OK &&
                outq_push(&q, s) == ERR_OK) {
                expected_n += 12;
            }
        }
        mem_fail_after(0, 0);
        assert_int_equal(contents(&q, all), expected_n);
        outq_clear(&q);
        chunk_writer_fini(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outq__contiguous_frames_are_one_piece),
        cmocka_unit_test(test_outq__over_by_pieces_as_well_as_by_bytes),
        cmocka_unit_test(test_outq__any_partial_send_keeps_the_rest),
        cmocka_unit_test(test_chunk__recycled_only_when_nobody_holds_it),
        cmocka_unit_test(test_chunk__long_frame_gets_its_own),
        cmocka_unit_test(test_outq__survives_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
