/* The HTTP/1.1 answers our native client reads: whole, byte by byte, cut off, and past every cap.
 */
#include "http1_reply.h"

#include "mem.h"
#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BODY_MAX_BYTES 32

struct outcome_of_reply {
    enum err result;
    unsigned status;
    bool keep_alive;
    size_t unused_n;
    char body[BODY_MAX_BYTES + 1];
};

static struct outcome_of_reply parse(const char *text, size_t step, bool end)
{
    struct http1_reply r;
    struct slice in = guard_copy(slice_str(text));
    struct outcome_of_reply out = {.result = ERR_MORE};
    http1_reply_init(&r, BODY_MAX_BYTES);
    while (in.n > 0 && out.result == ERR_MORE) {
        size_t used;
        struct slice part = {in.p, in.n < step ? in.n : step};
        out.result = http1_reply_feed(&r, part, &used);
        in = slice_from(in, used);
    }
    if (out.result == ERR_MORE && end) {
        out.result = http1_reply_end(&r);
    }
    out.status = r.status;
    out.keep_alive = r.keep_alive;
    out.unused_n = in.n;
    if (r.body.n > 0) {
        memcpy(out.body, r.body.p, r.body.n);
    }
    http1_reply_fini(&r);
    return out;
}

#define OK "HTTP/1.1 200 OK\r\n"

static void test_http1_reply__reads_every_framing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err result;
        unsigned status;
        bool keep_alive;
        const char *body;
        size_t unused_n;
    } cases[] = {
        {OK "Content-Length: 5\r\n\r\nhello", ERR_OK, 200, true, "hello", 0},
        {OK "content-length:5\r\nConnection: Close\r\n\r\nhello", ERR_OK, 200, false, "hello", 0},
        {"HTTP/1.0 200 OK\nContent-Length: 0\n\n", ERR_OK, 200, false, "", 0},
        {OK "Content-Length: 2\r\n\r\nokHTTP", ERR_OK, 200, true, "ok", 4},
        {OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00A;x=y\r\n0123456789\r\n0\r\nT: "
            "t\r\n\r\n",
         ERR_OK, 200, true, "hello0123456789", 0},
        {OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nx", ERR_OK, 200, true, "", 1},
        {OK "\r\nup to the end", ERR_OK, 200, false, "up to the end", 0},
        {"HTTP/1.1 204 No Content\r\n\r\n", ERR_OK, 204, true, "", 0},
        {"HTTP/1.1 304\r\nContent-Length: 9\r\n\r\n", ERR_OK, 304, true, "", 0},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81", ERR_OK, 101, true,
         "", 1},
        {"HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", ERR_OK, 200, true, "x",
         0},
        {"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nbad", ERR_OK,
         400, true, "bad", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t step = 1; step < 200; step += step < 3 ? 1 : 196) {
            struct outcome_of_reply out = parse(cases[i].text, step, true);
            if (out.result != cases[i].result || out.status != cases[i].status ||
                out.keep_alive != cases[i].keep_alive || strcmp(out.body, cases[i].body) != 0 ||
                out.unused_n != cases[i].unused_n) {
                print_error("case %zu, step %zu: %s %u \"%s\" %zu\n", i, step, err_text(out.result),
                            out.status, out.body, out.unused_n);
                fail();
            }
        }
    }
}

static void test_http1_reply__refuses_what_is_not_http(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err result;
    } cases[] = {
        {"HTTP/2 200 OK\r\n\r\n", ERR_PROTO},
        {"HTTP/1.1  200\r\n\r\n", ERR_PROTO},
        {"HTTP/1.1 099 x\r\n\r\n", ERR_PROTO},
        {"HTTP/1.1 600 x\r\n\r\n", ERR_PROTO},
        {"HTTP/1.1 2000 x\r\n\r\n", ERR_PROTO},
        {"\r\n", ERR_PROTO},
        {OK "no colon\r\n\r\n", ERR_PROTO},
        {OK ": no name\r\n\r\n", ERR_PROTO},
        {OK "Content-Length: -1\r\n\r\n", ERR_PROTO},
        {OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", ERR_PROTO},
        {OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_PROTO},
        {OK "Transfer-Encoding: gzip\r\n\r\n", ERR_PROTO},
        {OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", ERR_PROTO},
        {OK "Transfer-Encoding: chunked\r\n\r\n1x\r\n", ERR_PROTO},
        {OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", ERR_PROTO},
        {OK "Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n", ERR_LIMIT},
        {OK "Content-Length: 33\r\n\r\n012345678901234567890123456789012", ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t step = 1; step < 200; step += 198) {
            enum err r = parse(cases[i].text, step, true).result;
            if (r != cases[i].result) {
                print_error("case %zu, step %zu: %s\n", i, step, err_text(r));
                fail();
            }
        }
    }
}

static void test_http1_reply__every_cut_is_noticed(void **state)
{
    (void)state;
    static const char whole[] = OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    char cut[sizeof whole];
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        memcpy(cut, whole, n);
        cut[n] = '\0';
        assert_int_equal(parse(cut, 1000, false).result, ERR_MORE);
        assert_int_equal(parse(cut, 1000, true).result, ERR_PROTO);
    }
}

static enum err parse_head(size_t line_n, unsigned headers_n)
{
    struct http1_reply r;
    struct buf text;
    size_t used;
    buf_init(&text, 1u << 20);
    assert_int_equal(buf_put(&text, SL(OK)), ERR_OK);
    for (unsigned i = 0; i < headers_n; i++) {
        assert_int_equal(buf_put(&text, SL("X:")), ERR_OK);
        for (size_t j = 2; j < line_n; j++) {
            assert_int_equal(buf_putc(&text, 'x'), ERR_OK);
        }
        assert_int_equal(buf_putc(&text, '\n'), ERR_OK);
    }
    http1_reply_init(&r, BODY_MAX_BYTES);
    enum err e = http1_reply_feed(&r, buf_peek(&text), &used);
    if (e != ERR_MORE) {
        assert_int_equal(http1_reply_feed(&r, SL("x"), &used), ERR_PROTO); /* dead for ever */
    }
    http1_reply_fini(&r);
    buf_fini(&text);
    return e;
}

static void test_http1_reply__caps_lines_and_headers(void **state)
{
    (void)state;
    assert_int_equal(parse_head(HTTP1_LINE_MAX_BYTES, 1), ERR_MORE);
    assert_int_equal(parse_head(HTTP1_LINE_MAX_BYTES + 1, 1), ERR_LIMIT);
    assert_int_equal(parse_head(3, HTTP1_HEADERS_MAX), ERR_MORE);
    assert_int_equal(parse_head(3, HTTP1_HEADERS_MAX + 1), ERR_LIMIT);
}

static void test_http1_reply__keeps_the_proof_of_the_websocket(void **state)
{
    (void)state;
    struct http1_reply r;
    size_t used;
    http1_reply_init(&r, 0);
    struct slice in = SL("HTTP/1.1 101 x\r\nUPGRADE: WebSocket\r\nSec-WebSocket-Accept:  "
                         "s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n\r\n");
    assert_int_equal(http1_reply_feed(&r, in, &used), ERR_OK);
    assert_true(r.upgrade);
    assert_true(slice_eq(buf_peek(&r.ws_proof), SL("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    http1_reply_fini(&r);
}

static void test_http1_reply__out_of_memory_is_told(void **state)
{
    (void)state;
    mem_fail_after(1, 1);
    assert_int_equal(parse(OK "Content-Length: 5\r\n\r\nhello", 1000, true).result, ERR_NOMEM);
    mem_fail_after(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http1_reply__reads_every_framing),
        cmocka_unit_test(test_http1_reply__refuses_what_is_not_http),
        cmocka_unit_test(test_http1_reply__every_cut_is_noticed),
        cmocka_unit_test(test_http1_reply__caps_lines_and_headers),
        cmocka_unit_test(test_http1_reply__keeps_the_proof_of_the_websocket),
        cmocka_unit_test(test_http1_reply__out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
