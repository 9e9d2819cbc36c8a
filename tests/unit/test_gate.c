/* The strict gate, as a table: each head with what must come of it; then the same heads byte by
 * byte and at a guard page. */
#include "gate.h"
#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OK        0
#define LINE      "GET /a HTTP/1.1\r\n"
#define HOST      "Host: h\r\n"
#define POST      "POST /a HTTP/1.1\r\nHost: h\r\n"
#define KEY       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION   "Sec-WebSocket-Version: 13\r\n"
#define HANDSHAKE LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY

static const struct {
    const char *head; /* without the empty line */
    int status;       /* OK or that of the refusal */
} heads[] = {
    {LINE HOST, OK},
    {"GET /a HTTP/1.0\r\n", OK},
    {"OPTIONS /a HTTP/1.1\r\nHost: [::1]:5000\r\n", OK},
    {LINE "host:h\r\n", OK},
    {LINE "HOST:    h   \r\n", OK},
    {LINE HOST "X-Empty:\r\n", OK},
    {LINE HOST "X-Latin: \xe9\r\n", OK},
    /* request line */
    {"GET /a\r\n" HOST, 400},
    {"GET  /a HTTP/1.1\r\n" HOST, 400},
    {"GET /a  HTTP/1.1\r\n" HOST, 400},
    {"GET /a HTTP/1.1 \r\n" HOST, 400},
    {" GET /a HTTP/1.1\r\n" HOST, 400},
    {"GET /a b HTTP/1.1\r\n" HOST, 400},
    {"GET /a http/1.1\r\n" HOST, 400},
    {"GET /a HTTP/1.10\r\n" HOST, 400},
    {"GET /a HTTP/1.2\r\n" HOST, 505},
    {"GET /a HTTP/0.9\r\n" HOST, 505},
    {"get /a HTTP/1.1\r\n" HOST, 501},
    {"CONNECT /a HTTP/1.1\r\n" HOST, 501},
    {"TRACE /a HTTP/1.1\r\n" HOST, 501},
    {"G(T /a HTTP/1.1\r\n" HOST, 400},
    /* target */
    {"GET a HTTP/1.1\r\n" HOST, 400},
    {"GET * HTTP/1.1\r\n" HOST, 400},
    {"GET http://h/a HTTP/1.1\r\n" HOST, 400},
    {"GET /a#b HTTP/1.1\r\n" HOST, 400},
    {"GET /\xc3\xa9 HTTP/1.1\r\n" HOST, 400},
    {"GET /%c3%a9 HTTP/1.1\r\n" HOST, OK},
    {"GET /%C3%A9?x=%00%0a HTTP/1.1\r\n" HOST, OK}, /* the query is its reader's to decode */
    {"GET /%c3 HTTP/1.1\r\n" HOST, 400},
    {"GET /%ed%a0%80 HTTP/1.1\r\n" HOST, 400},
    {"GET /%c0%af HTTP/1.1\r\n" HOST, 400},
    {"GET /%00 HTTP/1.1\r\n" HOST, 400},
    {"GET /a%0ab HTTP/1.1\r\n" HOST, 400},
    {"GET /a%0Db HTTP/1.1\r\n" HOST, 400},
    {"GET /a%09b HTTP/1.1\r\n" HOST, 400},
    {"GET /a%7fb HTTP/1.1\r\n" HOST, 400},
    {"GET /a% HTTP/1.1\r\n" HOST, 400},
    {"GET /a%4 HTTP/1.1\r\n" HOST, 400},
    {"GET /a%4g HTTP/1.1\r\n" HOST, 400},
    {"GET /a%20b HTTP/1.1\r\n" HOST, OK},
    {"GET //a HTTP/1.1\r\n" HOST, 400},
    {"GET /a//b HTTP/1.1\r\n" HOST, 400},
    {"GET /a/%2fb HTTP/1.1\r\n" HOST, 400},
    {"GET /a/ HTTP/1.1\r\n" HOST, OK},
    {"GET /. HTTP/1.1\r\n" HOST, 400},
    {"GET /.. HTTP/1.1\r\n" HOST, 400},
    {"GET /a/./b HTTP/1.1\r\n" HOST, 400},
    {"GET /a/../b HTTP/1.1\r\n" HOST, 400},
    {"GET /a/.%2e HTTP/1.1\r\n" HOST, 400},
    {"GET /a%2f..%2fb HTTP/1.1\r\n" HOST, 400},
    {"GET /%252e%252e/b HTTP/1.1\r\n" HOST, OK}, /* decoded once, it is a strange name */
    {"GET /... HTTP/1.1\r\n" HOST, OK},
    {"GET /.well-known HTTP/1.1\r\n" HOST, OK},
    {"GET /?/../ HTTP/1.1\r\n" HOST, OK},
    /* lines */
    {LINE HOST "X y\r\n", 400},
    {LINE HOST "X : y\r\n", 400},
    {LINE HOST "X\t: y\r\n", 400},
    {LINE HOST ": y\r\n", 400},
    {LINE HOST "X(: y\r\n", 400},
    {LINE HOST "X\xe9: y\r\n", 400},
    {LINE HOST "X: y\r\n z\r\n", 400},
    {LINE " X: y\r\n" HOST, 400},
    {LINE HOST "X: y\nZ: z\r\n", 400},
    {LINE HOST "X: y\rZ: z\r\n", 400},
    {LINE HOST "X: y\r\rZ: z\r\n", 400},
    {LINE HOST "X: \x01\r\n", 400},
    {LINE HOST "X: a\tb\r\n", 400},
    {LINE HOST "X: \x7f\r\n", 400},
    {"GET /a HTTP/1.1\n" HOST, 400},
    {"GET /a HTTP/1.1\n " HOST, 400},
    {"\r\n" LINE HOST, 400},
    {"\n" LINE HOST, 400},
    /* Host */
    {LINE, 400},
    {LINE "Host:\r\n", 400},
    {LINE "Host: a\r\nHost: a\r\n", 400},
    {LINE "Host: a b\r\n", 400},
    {LINE "Host: a/b\r\n", 400},
    {LINE "Host: a,b\r\n", 400},
    {LINE "Host: u@h\r\n", 400},
    {"GET /a HTTP/1.0\r\nHost: a\r\nHost: a\r\n", 400},
    {"GET /a HTTP/1.0\r\nHost:\r\n", 400},
    /* the length of the body */
    {POST "Content-Length: 0\r\n", OK},
    {POST "Content-Length: 007\r\n", OK},
    {POST "Content-Length: 9223372036854775807\r\n", OK},
    {POST "Content-Length: 9223372036854775808\r\n", 400},
    {POST "Content-Length: 18446744073709551617\r\n", 400},
    {POST "Content-Length:\r\n", 400},
    {POST "Content-Length: +5\r\n", 400},
    {POST "Content-Length: -5\r\n", 400},
    {POST "Content-Length: 5x\r\n", 400},
    {POST "Content-Length: 0x5\r\n", 400},
    {POST "Content-Length: 5 5\r\n", 400},
    {POST "Content-Length: 5, 5\r\n", 400},
    {POST "Content-Length: 5\r\nContent-Length: 5\r\n", 400},
    {POST "Content-Length: 5\r\ncontent-length: 6\r\n", 400},
    {POST "Content-Length : 5\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\n", OK},
    {POST "Transfer-Encoding: CHUNKED\r\n", OK},
    {POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400},
    {POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
    {POST "Transfer-Encoding: chunked, chunked\r\n", 400},
    {POST "Transfer-Encoding: gzip, chunked\r\n", 400},
    {POST "Transfer-Encoding: identity\r\n", 400},
    {POST "Transfer-Encoding: xchunked\r\n", 400},
    {POST "Transfer-Encoding:\r\n", 400},
    {"POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", 400},
    {POST "Content-Length: 5\r\nExpect: 100-continue\r\n", OK},
    {POST "Content-Length: 5\r\nExpect: 200-ok\r\n", 417},
    {POST "Content-Length: 5\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n", 400},
    /* handshakes */
    {HANDSHAKE VERSION, OK},
    {LINE HOST "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n" KEY VERSION, OK},
    {LINE HOST
     "Upgrade: h2c, websocket\r\nConnection: keep-alive\r\nConnection: upgrade\r\n" KEY VERSION,
     OK},
    {HANDSHAKE VERSION "Content-Length: 0\r\n", OK},
    {HANDSHAKE VERSION "Content-Length: 1\r\n", 400},
    {HANDSHAKE VERSION "Transfer-Encoding: chunked\r\n", 400},
    {HANDSHAKE, 426},
    {HANDSHAKE "Sec-WebSocket-Version: 8\r\n", 426},
    {HANDSHAKE "Sec-WebSocket-Version: 13, 8\r\n", 426},
    {HANDSHAKE VERSION VERSION, 426},
    {HANDSHAKE VERSION KEY, 400},
    {HANDSHAKE VERSION "Upgrade: websocket\r\n", 400},
    {"POST /a HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION, 400},
    {"GET /a HTTP/1.0\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION, 400},
    {LINE "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION, 400},
    {LINE HOST "Connection: Upgrade\r\n" KEY VERSION, 400},
    {LINE HOST KEY VERSION, 400},
    {LINE HOST "Upgrade: xwebsocketx\r\nConnection: Upgrade\r\n" KEY VERSION, 400},
    {LINE HOST "Upgrade: websocket\r\n" KEY VERSION, 400},
    {LINE HOST "Upgrade: websocket\r\nConnection: xupgrade\r\n" KEY VERSION, 400},
    {LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" VERSION, 400},
    {LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n" VERSION,
     400},
    {LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
               "dGhlIHNhbXBsZSBub25jZQ=!\r\n" VERSION,
     400},
    {LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
               "dGhlIHNhbXBsZSBub25jZQAA\r\n" VERSION,
     400},
    {LINE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
               "dGhlIHNhbXBsZSB-b25jZQ==\r\n" VERSION,
     400},
    {LINE HOST "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n", OK},
    {LINE HOST "Connection: Upgrade\r\n", OK},
};

static const char *subject; /* of the loop, for the message of a failing check */

static void fail_at(const char *what, int got)
{
    print_error("%s: %d for\n%s\n", what, got, subject);
    fail();
}

/* Feed whole or bytewise, then check the whole. Returns OK or the status of the refusal. */
static int run_gate(struct slice bytes, size_t step, struct gate_request *request)
{
    struct gate_refusal why = {0};
    size_t scanned_n = 0, length = 0;
    enum err e = ERR_MORE;
    for (size_t n = step; e == ERR_MORE; n += step) {
        n = n < bytes.n ? n : bytes.n;
        e = gate_find_end((struct slice){bytes.p, n}, &scanned_n, &length, &why);
        if (e == ERR_MORE && n == bytes.n) {
            fail_at("no end was found", 0);
        }
    }
    if (e == ERR_OK) {
        if (length != bytes.n) {
            fail_at("the end is elsewhere", (int)length);
        }
        e = gate_check(guard_copy((struct slice){bytes.p, length}), request, &why);
    }
    if (e == ERR_OK) {
        return OK;
    }
    assert_true(why.status >= 400 && why.code && why.message);
    assert_null(strpbrk(why.message, "\"\\"));
    return why.status;
}

static struct slice head_of(const char *text, char *memory, size_t memory_n)
{
    int n = snprintf(memory, memory_n, "%s\r\n", text);
    assert_true(n > 0 && (size_t)n < memory_n);
    return (struct slice){memory, (size_t)n};
}

static void test_gate__table(void **state)
{
    (void)state;
    static struct gate_request request;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char memory[1024];
        subject = heads[i].head;
        struct slice head = head_of(subject, memory, sizeof memory);
        for (size_t step = 1; step <= head.n; step += head.n - 1) {
            int got = run_gate(head, step, &request);
            if (got != heads[i].status) {
                fail_at("wrong status", got);
            }
        }
    }
}

static void expect(const char *head, struct gate_request *request)
{
    char memory[1024];
    subject = head;
    assert_int_equal(run_gate(head_of(head, memory, sizeof memory), 1 << 20, request), OK);
}

static bool is_text(struct slice s, const char *text)
{
    return slice_eq(s, slice_str(text));
}

static void test_gate__tells_what_the_head_says(void **state)
{
    (void)state;
    static struct gate_request r;
    expect("POST /a%20b/%C3%A9?q=%20&r HTTP/1.1\r\nHost: h\r\nContent-Length: 42\r\nX:  y z "
           "\r\nExpect: 100-Continue\r\n",
           &r);
    assert_true(is_text(r.path, "/a b/\xc3\xa9"));
    assert_false(r.websocket);
    assert_true(r.keep_alive);
    assert_true(r.expect_continue);
    assert_int_equal(r.body, GATE_BODY_LENGTH);
    assert_int_equal(r.content_length, 42);
    assert_int_equal(r.headers_n, 4);
    expect("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: x, Close\r\n",
           &r);
    assert_int_equal(r.body, GATE_BODY_CHUNKED);
    assert_false(r.keep_alive);
    assert_false(r.expect_continue);
    expect("GET /a? HTTP/1.0\r\nConnection: keep-alive\r\n", &r);
    assert_true(r.http_1_0);
    assert_false(r.keep_alive);
    assert_int_equal(r.body, GATE_BODY_NONE);
    assert_int_equal(r.query.n, 0);
    expect(HANDSHAKE VERSION, &r);
    assert_true(r.websocket);
    expect(LINE HOST, &r); /* nothing is left over from the request before */
    assert_false(r.websocket);
    assert_int_equal(r.headers_n, 1);
}

/* n times c after prefix, then suffix. */
static struct slice padded(const char *prefix, char c, size_t n, const char *suffix)
{
    static char memory[64 << 10];
    size_t prefix_n = strlen(prefix), suffix_n = strlen(suffix);
    assert_true(prefix_n + n + suffix_n < sizeof memory);
    memcpy(memory, prefix, prefix_n);
    memset(memory + prefix_n, c, n);
    memcpy(memory + prefix_n + n, suffix, suffix_n);
    return (struct slice){memory, prefix_n + n + suffix_n};
}

static void test_gate__limits_at_the_cap_and_one_past_it(void **state)
{
    (void)state;
    static struct gate_request r;
    const char *end = " HTTP/1.1\r\nHost: h\r\n\r\n";
    subject = "limits";
    assert_int_equal(run_gate(padded("GET /", 'a', GATE_PATH_BYTES_MAX - 1, end), 1 << 20, &r), OK);
    assert_int_equal(run_gate(padded("GET /", 'a', GATE_PATH_BYTES_MAX, end), 1 << 20, &r), 414);
    assert_int_equal(run_gate(padded("GET /?", 'a', GATE_TARGET_BYTES_MAX - 2, end), 1 << 20, &r),
                     OK);
    assert_int_equal(run_gate(padded("GET /?", 'a', GATE_TARGET_BYTES_MAX - 1, end), 1 << 20, &r),
                     414);
    size_t rest = strlen(LINE HOST "X: "
                                   "\r\n\r\n");
    assert_int_equal(
        run_gate(padded(LINE HOST "X: ", 'a', GATE_HEAD_BYTES_MAX - rest, "\r\n\r\n"), 1 << 20, &r),
        OK);
    assert_int_equal(
        run_gate(padded(LINE HOST "X: ", 'a', GATE_HEAD_BYTES_MAX - rest + 1, "\r\n\r\n"), 1 << 20,
                 &r),
        431);

    char memory[2048] = LINE HOST;
    for (unsigned i = 1; i <= GATE_HEADERS_MAX; i++) {
        char with_end[2100];
        struct slice head = head_of(memory, with_end, sizeof with_end);
        assert_int_equal(run_gate(head, 1 << 20, &r), OK);
        assert_int_equal(r.headers_n, i);
        size_t n = strlen(memory);
        memcpy(memory + n, "X: y\r\n", 7);
    }
    char with_end[2100];
    assert_int_equal(run_gate(head_of(memory, with_end, sizeof with_end), 1 << 20, &r), 431);
}

static void test_gate__stops_at_the_first_head(void **state)
{
    (void)state;
    struct gate_refusal why;
    size_t scanned_n = 0, length = 0;
    struct slice two = SL(LINE HOST "\r\n" LINE HOST "\r\n");
    assert_int_equal(gate_find_end(two, &scanned_n, &length, &why), ERR_OK);
    assert_int_equal(length, two.n / 2);
}

static void test_gate__any_damage_is_survived(void **state)
{
    (void)state;
    static struct gate_request r;
    const char *good = HANDSHAKE VERSION "Content-Length: 0\r\n\r\n";
    char memory[512];
    size_t n = strlen(good);
    for (size_t at = 0; at < n; at++) {
        for (int c = 0; c < 256; c++) {
            struct gate_refusal why;
            size_t scanned_n = 0, length = 0;
            memcpy(memory, good, n);
            memory[at] = (char)c;
            struct slice bytes = {memory, n};
            if (gate_find_end(bytes, &scanned_n, &length, &why) == ERR_OK &&
                gate_check((struct slice){memory, length}, &r, &why) == ERR_OK) {
                assert_true(r.path.n > 0 && r.path.p[0] == '/');
            }
        }
        struct gate_refusal why;
        struct slice cut = guard_copy((struct slice){good, at});
        (void)!gate_check(cut, &r,
                          &why); /* shorter than promised: refused or not, nothing is read beyond */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate__table),
        cmocka_unit_test(test_gate__tells_what_the_head_says),
        cmocka_unit_test(test_gate__limits_at_the_cap_and_one_past_it),
        cmocka_unit_test(test_gate__stops_at_the_first_head),
        cmocka_unit_test(test_gate__any_damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
