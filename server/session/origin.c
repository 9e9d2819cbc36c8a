/* See origin.h. */
#include "origin.h"

static bool split(struct slice origin, struct slice *scheme, struct slice *host)
{
    if (slice_starts_with(origin, SL("http://"))) {
        *scheme = SL("http");
        *host = slice_from(origin, 7);
    } else if (slice_starts_with(origin, SL("https://"))) {
        *scheme = SL("https");
        *host = slice_from(origin, 8);
    } else {
        return false;
    }
    return host->n > 0;
}

static bool host_char_ok(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
}

bool origin_valid(struct slice origin)
{
    struct slice scheme, host;
    if (slice_eq(origin, SL("*"))) {
        return true;
    }
    if (!split(origin, &scheme, &host)) {
        return false;
    }
    for (size_t i = 0; i < host.n; i++) {
        if (!host_char_ok(host.p[i])) {
            return false;
        }
    }
    return true;
}

/* Is s "", or ":" and digits? */
static bool is_port(struct slice s)
{
    unsigned long long port;
    return s.n == 0 || (s.p[0] == ':' && slice_to_u64(slice_from(s, 1), 65535, &port));
}

static bool is_127_address(struct slice host)
{
    unsigned parts_n = 0;
    for (;;) {
        size_t end = slice_find(host, '.');
        unsigned long long part;
        if (!slice_to_u64((struct slice){host.p, end}, 255, &part) ||
            (parts_n == 0 && part != 127)) {
            return false;
        }
        parts_n++;
        if (end == host.n) {
            return parts_n == 4;
        }
        host = slice_from(host, end + 1);
    }
}

bool origin_host_is_loopback(struct slice host)
{
    if (slice_starts_with(host, SL("[::1]"))) {
        return is_port(slice_from(host, 5));
    }
    size_t colon = slice_find(host, ':');
    struct slice name = {host.p, colon};
    if (!is_port(slice_from(host, colon))) {
        return false;
    }
    return slice_eq_nocase(name, SL("localhost")) || (name.n > 0 && is_127_address(name));
}

bool origin_allowed(const struct origin_policy *p, struct slice origin, struct slice host, bool tls)
{
    if (origin.n == 0) {
        return true;
    }
    struct slice scheme, origin_host;
    bool is_web = split(origin, &scheme, &origin_host);
    if (is_web && slice_eq(scheme, tls ? SL("https") : SL("http")) &&
        slice_eq_nocase(origin_host, host)) {
        return true;
    }
    if (is_web && p->allow_loopback && origin_host_is_loopback(origin_host)) {
        return true;
    }
    for (unsigned i = 0; i < p->allowed_n; i++) {
        if (slice_eq(p->allowed[i], SL("*")) || slice_eq_nocase(p->allowed[i], origin)) {
            return true;
        }
    }
    return false;
}
