/* The WebSocket parser and writer: the table of cases whole, byte by byte, split at every point and
 * with failing allocations; then what the table cannot say about memory and about writing.
 */
#include "ws.h"

#include "mem.h"
#include "ws_table.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_BYTES       65536
#define SPLIT_BYTES_MAX 400
#define SWEEP_BYTES_MAX 2000
#define INPUT_BYTES_MAX (1U << 20)

/* Memory for input that ends before a page nobody may touch. */
static char *guarded_end;

static int open_guard(void **state)
{
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *p = mmap(NULL, INPUT_BYTES_MAX + page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p + INPUT_BYTES_MAX, page, PROT_NONE) != 0) {
        return -1;
    }
    guarded_end = p + INPUT_BYTES_MAX;
    return 0;
}

/* Feed a run of bytes and log what comes of it. Returns: what the last call said. */
static enum err feed(struct ws_parser *p, struct slice bytes, struct buf *log)
{
    char *in = guarded_end - bytes.n;
    size_t in_n = bytes.n;
    struct ws_event ev;
    enum err e;
    if (bytes.n > 0) {
        memcpy(in, bytes.p, bytes.n);
    }
    while ((e = ws_parser_feed(p, &in, &in_n, &ev)) == ERR_OK) {
        ws_log_event(log, &ev);
    }
    if (e == ERR_MORE) {
        assert_int_equal(in_n, 0);
        assert_ptr_equal(in, guarded_end);
    }
    return e;
}

/* Feed all in pieces of step bytes, the first of first bytes. Returns: how many were fed before the
 * parser failed, or all. */
static size_t feed_pieces(struct ws_parser *p, struct slice all, size_t first, size_t step,
                          struct buf *log)
{
    size_t at = 0;
    size_t n = first < all.n ? first : all.n;
    do {
        const enum err e = feed(p, (struct slice){all.p + at, n}, log);
        at += n;
        if (e != ERR_MORE) {
            ws_log_failure(log, p->close_code);
            assert_non_null(p->reason);
            assert_int_equal(feed(p, SL("\x81"), log), e);
            break;
        }
        n = all.n - at < step ? all.n - at : step;
    } while (at < all.n);
    return at;
}

static struct slice shown(const struct buf *log)
{
    const struct slice s = buf_peek(log);
    return (struct slice){s.p, s.n < 200 ? s.n : 200};
}

static void fail_case(const struct ws_case *c, const char *how, size_t at, const struct buf *log)
{
    fail_msg("line %u, %.*s, %s %zu\nexpected: %.*s\nhappened: %.*s", c->line_n, SL_ARG(c->name),
             how, at, SL_ARG(shown(&c->log)), SL_ARG(shown(log)));
}

/* A parser that waits for the next message holds no memory. */
static void check_memory(const struct ws_case *c, struct ws_parser *p, struct buf *log)
{
    assert_true(p->partial.n <= p->partial.cap);
    if (p->close_code != 0) {
        assert_int_equal(p->partial.cap, 0);
        return;
    }
    assert_int_equal(feed(p, SL(""), log), ERR_MORE);
    if (p->message_opcode == 0 && p->partial.n == 0 && p->partial.cap != 0) {
        fail_case(c, "memory is kept", p->partial.cap, log);
    }
}

static size_t run_case(const struct ws_case *c, enum ws_role role, size_t first, size_t step,
                       const char *how)
{
    struct ws_parser p;
    struct buf log = {.max = SIZE_MAX / 2};
    ws_parser_init(&p, role, MAX_BYTES);
    const size_t fed = feed_pieces(&p, buf_peek(&c->in), first, step, &log);
    check_memory(c, &p, &log);
    if (!slice_eq(buf_peek(&log), buf_peek(&c->log))) {
        fail_case(c, how, first, &log);
    }
    buf_fini(&log);
    ws_parser_fini(&p);
    return fed;
}

static void each_whole(struct ws_case *c, void *context)
{
    run_case(c, *(const enum ws_role *)context, c->in.n, c->in.n, "whole");
}

static void each_byte(struct ws_case *c, void *context)
{
    const size_t fed = run_case(c, *(const enum ws_role *)context, 1, 1, "byte by byte");
    if (c->fail_at != 0 && fed != c->fail_at) {
        fail_msg("line %u, %.*s: failed at byte %zu, not %zu", c->line_n, SL_ARG(c->name), fed,
                 c->fail_at);
    }
}

static void each_split(struct ws_case *c, void *context)
{
    const size_t points_n = c->in.n < SPLIT_BYTES_MAX ? c->in.n : SPLIT_BYTES_MAX;
    for (size_t at = 1; at < points_n; at++) {
        run_case(c, *(const enum ws_role *)context, at, c->in.n, "split at");
    }
}

static void each_chunked(struct ws_case *c, void *context)
{
    for (size_t n = 2; n < 18; n++) {
        run_case(c, *(const enum ws_role *)context, n, n, "in pieces of");
    }
    run_case(c, *(const enum ws_role *)context, 1460, 1460, "in pieces of");
}

/* With the n-th allocation failing, for every n: what happened before stays right, then the parser
 * is dead with 1011; the leak checker sees to the rest. */
static void each_starved(struct ws_case *c, void *context)
{
    const enum ws_role role = *(const enum ws_role *)context;
    bool starved = c->in.n <= SWEEP_BYTES_MAX;
    for (unsigned long n = 1; starved; n++) {
        struct ws_parser p;
        struct buf log = {.max = SIZE_MAX / 2};
        char *room;
        assert_int_equal(buf_reserve(&log, c->log.n + 100, &room), ERR_OK);
        ws_parser_init(&p, role, MAX_BYTES);
        mem_fail_after(n, 0);
        feed_pieces(&p, buf_peek(&c->in), 3, 3, &log);
        mem_fail_after(0, 0);
        starved = p.close_code == 1011;
        if (starved) {
            log.n -= sizeof("fail 1011\n") - 1;
        }
        if (!slice_starts_with(buf_peek(&c->log), buf_peek(&log)) ||
            (!starved && log.n != c->log.n)) {
            fail_case(c, "without allocation", n, &log);
        }
        ws_parser_fini(&p);
        buf_fini(&log);
    }
}

static void run_table(void (*each)(struct ws_case *c, void *context))
{
    for (enum ws_role role = WS_SERVER; role <= WS_CLIENT; role++) {
        assert_true(ws_table_each(TINCAN_WS_CASES, role, MAX_BYTES, each, &role) >= 400);
    }
}

static void test_ws__reads_the_table_whole(void **state)
{
    (void)state;
    run_table(each_whole);
}

static void test_ws__reads_the_table_byte_by_byte_and_fails_at_the_byte(void **state)
{
    (void)state;
    run_table(each_byte);
}

static void test_ws__reads_the_table_split_at_every_point(void **state)
{
    (void)state;
    run_table(each_split);
}

static void test_ws__reads_the_table_in_small_pieces(void **state)
{
    (void)state;
    run_table(each_chunked);
}

static void test_ws__survives_every_failed_allocation(void **state)
{
    (void)state;
    run_table(each_starved);
}

static void test_ws__stays_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct ws_parser) <= 96);
}

static void test_ws__whole_messages_are_views_and_cost_no_allocation(void **state)
{
    (void)state;
    static const uint8_t key[4] = {1, 2, 3, 4};
    struct buf stream = {.max = INPUT_BYTES_MAX};
    struct ws_parser p;
    struct ws_event ev;
    unsigned wanted_n = 0;
    for (size_t n = 1; n < 70000; n = n * 3 + 1, wanted_n += 2) {
        const struct slice zeros = {memset(guarded_end - n, 0, n), n};
        assert_int_equal(ws_frame_put(&stream, WS_TEXT, zeros, key), ERR_OK);
        assert_int_equal(ws_frame_put(&stream, WS_PING, SL("ping"), key), ERR_OK);
    }
    ws_parser_init(&p, WS_SERVER, 100000);
    mem_fail_after(1, 1);
    char *in = stream.p;
    size_t in_n = stream.n;
    unsigned events_n = 0;
    enum err e;
    while ((e = ws_parser_feed(&p, &in, &in_n, &ev)) == ERR_OK) {
        assert_true(ev.data.p >= stream.p && ev.data.p + ev.data.n <= in);
        events_n++;
    }
    mem_fail_after(0, 0);
    assert_int_equal(e, ERR_MORE);
    assert_int_equal(events_n, wanted_n);
    ws_parser_fini(&p);
    buf_fini(&stream);
}

static void test_ws__an_announced_length_allocates_nothing(void **state)
{
    (void)state;
    struct ws_parser p;
    struct buf log = {.max = 100};
    ws_parser_init(&p, WS_CLIENT, 1000000);
    mem_fail_after(1, 1);
    assert_int_equal(feed(&p, SL("\x82\x7f\0\0\0\0\0\x0f\x42\x40"), &log), ERR_MORE);
    mem_fail_after(0, 0);
    assert_int_equal(p.partial.cap, 0);
    assert_int_equal(feed(&p, SL("a few bytes"), &log), ERR_MORE);
    assert_true(p.partial.cap <= 4096);
    ws_parser_fini(&p);
}

static void test_ws__one_cap_at_the_limit_and_one_past_it(void **state)
{
    (void)state;
    for (uint32_t max = 0; max < 300; max++) {
        for (uint32_t n = max; n <= max + 1; n++) {
            struct ws_parser p;
            struct buf frame = {.max = 1000};
            struct buf log = {.max = 1000};
            const struct slice zeros = {memset(guarded_end - n, 0, n), n};
            ws_parser_init(&p, WS_CLIENT, max);
            assert_int_equal(ws_frame_put(&frame, WS_BINARY, zeros, NULL), ERR_OK);
            const enum err e = feed(&p, buf_peek(&frame), &log);
            assert_int_equal(e, n > max ? ERR_LIMIT : ERR_MORE);
            assert_int_equal(p.close_code, n > max ? 1009 : 0);
            ws_parser_fini(&p);
            buf_fini(&log);
            buf_fini(&frame);
        }
    }
}

static void test_ws__names_the_kind_of_failure(void **state)
{
    (void)state;
    static const struct {
        struct slice in;
        enum err e;
        uint16_t close_code;
    } ROWS[] = {
        {SL("\x83\x00"), ERR_PROTO, 1002},
        {SL("\x81\x01\xff"), ERR_PROTO, 1007},
        {SL("\x81\x7e\x40\x00"), ERR_LIMIT, 1009},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct ws_parser p;
        struct buf log = {.max = 100};
        ws_parser_init(&p, WS_CLIENT, 1000);
        assert_int_equal(feed(&p, ROWS[i].in, &log), ROWS[i].e);
        assert_int_equal(p.close_code, ROWS[i].close_code);
        ws_parser_fini(&p);
    }
}

/* Payloads of every small length, at every offset from a word, cut at every point. */
static void test_ws__unmasks_at_every_length_and_alignment(void **state)
{
    (void)state;
    static const uint8_t key[4] = {0x80, 0x01, 0xfe, 0x7f};
    char plain[48];
    for (size_t i = 0; i < sizeof(plain); i++) {
        plain[i] = (char)(i * 7);
    }
    for (size_t n = 0; n < sizeof(plain); n++) {
        struct buf frame = {.max = 1000};
        struct buf wanted = {.max = 1000};
        const struct ws_event ev = {.opcode = WS_BINARY, .data = {plain, n}};
        assert_int_equal(ws_frame_put(&frame, WS_BINARY, ev.data, key), ERR_OK);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal((uint8_t)frame.p[6 + i], (uint8_t)plain[i] ^ key[i % 4]);
        }
        ws_log_event(&wanted, &ev);
        for (size_t first = 1; first <= frame.n; first++) {
            struct ws_parser p;
            struct buf log = {.max = 1000};
            ws_parser_init(&p, WS_SERVER, 1000);
            feed_pieces(&p, buf_peek(&frame), first, frame.n, &log);
            assert_true(slice_eq(buf_peek(&log), buf_peek(&wanted)));
            ws_parser_fini(&p);
            buf_fini(&log);
        }
        buf_fini(&wanted);
        buf_fini(&frame);
    }
}

static void test_ws__writes_headers_in_their_shortest_form(void **state)
{
    (void)state;
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    static const struct {
        uint64_t n;
        struct slice plain;
    } ROWS[] = {
        {0, SL("\x82\x00")},
        {125, SL("\x82\x7d")},
        {126, SL("\x82\x7e\x00\x7e")},
        {256, SL("\x82\x7e\x01\x00")},
        {65535, SL("\x82\x7e\xff\xff")},
        {65536, SL("\x82\x7f\0\0\0\0\0\x01\0\0")},
        {0x0123456789abcdef, SL("\x82\x7f\x01\x23\x45\x67\x89\xab\xcd\xef")},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        uint8_t out[WS_HEADER_BYTES_MAX];
        const size_t n = ws_header_write(out, WS_BINARY, ROWS[i].n, NULL);
        assert_int_equal(n, ROWS[i].plain.n);
        assert_memory_equal(out, ROWS[i].plain.p, n);
        assert_int_equal(ws_header_write(out, WS_BINARY, ROWS[i].n, key), n + 4);
        assert_int_equal(out[1], (uint8_t)ROWS[i].plain.p[1] | 0x80);
        assert_memory_equal(out + n, key, 4);
    }
}

static void test_ws__writes_the_rfc_examples(void **state)
{
    (void)state;
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    struct buf out = {.max = 20};
    assert_int_equal(ws_frame_put(&out, WS_TEXT, SL("Hello"), NULL), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("\x81\x05Hello")));
    assert_int_equal(ws_frame_put(&out, WS_PONG, SL("Hello"), key), ERR_OK);
    assert_true(slice_eq(slice_from(buf_peek(&out), 7),
                         SL("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")));
    assert_int_equal(ws_frame_put(&out, WS_TEXT, SL("x"), NULL), ERR_LIMIT);
    assert_int_equal(out.n, 18);
    assert_int_equal(ws_frame_put(&out, WS_PING, SL(""), NULL), ERR_OK);
    buf_fini(&out);
}

static void test_ws__writes_close_frames(void **state)
{
    (void)state;
    char reason[200];
    struct buf out = {.max = 1000};
    assert_int_equal(ws_close_put(&out, 0, SL("ignored"), NULL), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("\x88\x00")));
    buf_reset(&out);
    assert_int_equal(ws_close_put(&out, 1001, SL("bye"), NULL), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("\x88\x05\x03\xe9"
                                            "bye")));
    /* a character of four bytes at every offset about the end of what fits */
    for (size_t at = 118; at <= 124; at++) {
        memset(reason, 'x', sizeof(reason));
        memcpy(reason + at, "\xf0\x9f\x98\x80", 4);
        buf_reset(&out);
        assert_int_equal(ws_close_put(&out, 1000, (struct slice){reason, at + 4}, NULL), ERR_OK);
        assert_int_equal(out.n, 4 + (at + 4 <= 123 ? at + 4 : at < 123 ? at : 123));
    }
    /* what is not UTF-8 is cut short, not overrun */
    memset(reason, 0x80, sizeof(reason));
    buf_reset(&out);
    assert_int_equal(ws_close_put(&out, 1000, (struct slice){reason, 200}, NULL), ERR_OK);
    assert_int_equal(out.n, 4);
    buf_fini(&out);
}

static void test_ws__peeks_at_whole_frames_only(void **state)
{
    (void)state;
    for (size_t n = 0; n < 70000; n = n < 130 ? n + 1 : n * 9) {
        struct buf frames = {.max = INPUT_BYTES_MAX};
        enum ws_opcode opcode;
        struct slice payload;
        const struct slice zeros = {memset(guarded_end - n, 0, n), n};
        assert_int_equal(ws_frame_put(&frames, WS_BINARY, zeros, NULL), ERR_OK);
        const size_t whole_n = frames.n;
        assert_int_equal(ws_frame_put(&frames, WS_TEXT, SL("next"), NULL), ERR_OK);
        assert_int_equal(ws_frame_peek(buf_peek(&frames), &opcode, &payload), whole_n);
        assert_int_equal(opcode, WS_BINARY);
        assert_int_equal(payload.n, n);
        assert_ptr_equal(payload.p, frames.p + whole_n - n);
        for (size_t cut = 0; cut < whole_n && cut < 200; cut++) {
            const struct slice part = {guarded_end - cut, cut};
            memcpy(guarded_end - cut, frames.p, cut);
            assert_int_equal(ws_frame_peek(part, &opcode, &payload), 0);
        }
        buf_fini(&frames);
    }
}

static void test_ws__knows_valid_close_codes(void **state)
{
    (void)state;
    unsigned valid_n = 0;
    for (uint32_t code = 0; code <= UINT16_MAX; code++) {
        valid_n += ws_close_code_valid((uint16_t)code);
    }
    assert_int_equal(valid_n, 4 + 8 + 2000);
    assert_false(ws_close_code_valid(1005));
    assert_true(ws_close_code_valid(1014));
    assert_false(ws_close_code_valid(1015));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ws__reads_the_table_whole),
        cmocka_unit_test(test_ws__reads_the_table_byte_by_byte_and_fails_at_the_byte),
        cmocka_unit_test(test_ws__reads_the_table_split_at_every_point),
        cmocka_unit_test(test_ws__reads_the_table_in_small_pieces),
        cmocka_unit_test(test_ws__survives_every_failed_allocation),
        cmocka_unit_test(test_ws__stays_small),
        cmocka_unit_test(test_ws__whole_messages_are_views_and_cost_no_allocation),
        cmocka_unit_test(test_ws__an_announced_length_allocates_nothing),
        cmocka_unit_test(test_ws__one_cap_at_the_limit_and_one_past_it),
        cmocka_unit_test(test_ws__names_the_kind_of_failure),
        cmocka_unit_test(test_ws__unmasks_at_every_length_and_alignment),
        cmocka_unit_test(test_ws__writes_headers_in_their_shortest_form),
        cmocka_unit_test(test_ws__writes_the_rfc_examples),
        cmocka_unit_test(test_ws__writes_close_frames),
        cmocka_unit_test(test_ws__peeks_at_whole_frames_only),
        cmocka_unit_test(test_ws__knows_valid_close_codes),
    };
    return cmocka_run_group_tests(tests, open_guard, NULL);
}
