/* The gate over any bytes: what is accepted keeps its promises, and the split of the input does not
 * matter. */
#include "body.h"
#include "gate.h"
#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

static enum err find_end(struct slice bytes, size_t step, size_t *length)
{
    struct gate_refusal why = {0};
    size_t scanned_n = 0;
    enum err e = ERR_MORE;
    for (size_t n = 0; e == ERR_MORE && n < bytes.n;) {
        n = bytes.n - n < step ? bytes.n : n + step;
        e = gate_find_end((struct slice){bytes.p, n}, &scanned_n, length, &why);
    }
    require(e == ERR_OK || e == ERR_MORE || (why.status >= 400 && why.message));
    return e;
}

static void check_accepted(const struct gate_request *r)
{
    require(r->path.n > 0 && r->path.p[0] == '/' && utf8_valid(r->path));
    for (size_t i = 0; i < r->path.n; i++) {
        require((unsigned char)r->path.p[i] >= 0x20 && r->path.p[i] != 0x7f);
        require(i == 0 || r->path.p[i] != '/' || r->path.p[i - 1] != '/');
    }
    require(r->headers_n <= GATE_HEADERS_MAX);
    require(!r->websocket || (r->body == GATE_BODY_NONE && !r->http_1_0));
    struct http_request request = {.headers = r->headers, .headers_n = r->headers_n};
    require(r->http_1_0 || http_header(&request, SL("host")).n > 0);
    bool length = http_header(&request, SL("content-length")).n > 0;
    bool chunked = http_header(&request, SL("transfer-encoding")).n > 0;
    require(!(length && chunked) && chunked == (r->body == GATE_BODY_CHUNKED));
}

static void run_body(struct slice in)
{
    struct body_chunks whole = {0}, split = {0};
    struct buf a = {.max = 4096}, b = {.max = 4096};
    struct slice rest = in;
    enum err e = body_chunks_feed(&whole, &rest, &a), f = ERR_MORE;
    for (size_t i = 0; f == ERR_MORE && i < in.n; i++) {
        struct slice one = {in.p + i, 1};
        f = body_chunks_feed(&split, &one, &b);
    }
    require(e == f && (e != ERR_OK || slice_eq(buf_peek(&a), buf_peek(&b))));
    buf_fini(&a);
    buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct gate_request request;
    struct slice bytes = {(const char *)data, n};
    struct gate_refusal why;
    size_t length = 0, bytewise_length = 0;
    enum err e = find_end(bytes, n ? n : 1, &length);
    require(e == find_end(bytes, 1, &bytewise_length) && length == bytewise_length);
    if (e == ERR_OK && gate_check((struct slice){bytes.p, length}, &request, &why) == ERR_OK) {
        check_accepted(&request);
    }
    run_body(bytes);
    return 0;
}
