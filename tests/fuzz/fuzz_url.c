/* Any text: what the URL parser accepts has parts that lie within the text, fit, could do no harm
 * in a request, and say the same when put together again.
 */
#include "url.h"

#include "buf.h"
#include "check.h"
#include "mem.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_clean(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        CHECK(c > ' ' && c != 0x7f && c != '#');
    }
}

static void check_again(const struct url *url)
{
    struct buf text = {.max = 1U << 20};
    struct url again;
    CHECK(buf_printf(&text, "%s://%s%.*s%s:%u%.*s", url->tls ? "https" : "http",
                     url->ipv6 ? "[" : "", SL_ARG(url->host), url->ipv6 ? "]" : "",
                     (unsigned)url->port, SL_ARG(url->target)) == ERR_OK);
    CHECK(url_parse(buf_peek(&text), &again) == ERR_OK);
    CHECK(again.tls == url->tls && again.ipv6 == url->ipv6 && again.port == url->port);
    CHECK(slice_eq(again.host, url->host) && slice_eq(again.target, url->target));
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct url url;
    char *copy = mem_alloc(n);
    CHECK(copy != NULL);
    if (n > 0) {
        memcpy(copy, data, n);
    }
    if (url_parse((struct slice){copy, n}, &url) == ERR_OK) {
        CHECK(url.host.n > 0 && url.host.n <= URL_HOST_BYTES_MAX && url.port > 0);
        CHECK(url.target.n > 0 && url.target.p[0] == '/');
        check_clean(url.host);
        check_clean(url.target);
        check_again(&url);
    }
    mem_free(copy);
    return 0;
}
