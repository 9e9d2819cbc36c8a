/* The parts of an http:, https:, ws: or wss: URL. */
#include "url.h"

static const struct scheme {
    struct slice prefix;
    bool tls;
    uint16_t port;
} SCHEMES[] = {
    {{"http://", 7}, false, 80},
    {{"https://", 8}, true, 443},
    {{"ws://", 5}, false, 80},
    {{"wss://", 6}, true, 443},
};

static bool has_bad_byte(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || c == '@' || c == '#' || c == '\\') {
            return true;
        }
    }
    return false;
}

/* The host at the start of *rest, which is moved behind it. */
static enum err take_host(struct slice *rest, struct url *out)
{
    size_t n;
    if (rest->n > 0 && rest->p[0] == '[') {
        n = slice_find(*rest, ']');
        if (n == rest->n || n < 3) {
            return ERR_INVALID;
        }
        out->ipv6 = true;
        out->host = (struct slice){rest->p + 1, n - 1};
        *rest = slice_from(*rest, n + 1);
    } else {
        n = slice_find(*rest, ':');
        out->host = (struct slice){rest->p, n};
        *rest = slice_from(*rest, n);
    }
    return out->host.n > 0 && out->host.n <= URL_HOST_BYTES_MAX ? ERR_OK : ERR_INVALID;
}

enum err url_parse(struct slice text, struct url *out)
{
    struct url url = {.target = SL("/")};
    struct slice rest = {0};
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        if (slice_starts_with(text, SCHEMES[i].prefix)) {
            url.tls = SCHEMES[i].tls;
            url.port = SCHEMES[i].port;
            rest = slice_from(text, SCHEMES[i].prefix.n);
        }
    }
    size_t end = slice_find(rest, '/');
    if (end < rest.n) {
        url.target = slice_from(rest, end);
    }
    struct slice authority = {rest.p, end};
    if (rest.n == 0 || has_bad_byte(rest) || slice_find(authority, '?') < authority.n ||
        take_host(&authority, &url) != ERR_OK) {
        return ERR_INVALID;
    }
    if (authority.n > 0) {
        unsigned long long port;
        if (authority.p[0] != ':' || !slice_to_u64(slice_from(authority, 1), UINT16_MAX, &port) ||
            port == 0) {
            return ERR_INVALID;
        }
        url.port = (uint16_t)port;
    }
    *out = url;
    return ERR_OK;
}

enum err url_put_value(struct buf *out, struct slice value)
{
    static const char hex[] = "0123456789ABCDEF";
    enum err r = ERR_OK;
    for (size_t i = 0; r == ERR_OK && i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
        r = plain ? buf_putc(out, (char)c) : buf_put(out, (struct slice){escaped, sizeof escaped});
    }
    return r;
}
