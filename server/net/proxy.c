/* See proxy.h. */
#include "proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const unsigned char v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* A bare numeric address. */
static bool parse_address(struct slice s, unsigned char out[16], bool *is_v4)
{
    char text[PROXY_ADDRESS_BYTES];
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, '\0', s.n)) {
        return false;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *is_v4 = inet_pton(AF_INET, text, out + sizeof v4_prefix) == 1;
    if (*is_v4) {
        memcpy(out, v4_prefix, sizeof v4_prefix);
    }
    return *is_v4 || inet_pton(AF_INET6, text, out) == 1;
}

enum err proxy_trust_add(struct proxy_trust *trust, struct slice text)
{
    struct slice address = {text.p, slice_find(text, '/')};
    struct proxy_net net = {.bits = 128};
    unsigned long long bits;
    bool is_v4;
    if (!parse_address(address, net.address, &is_v4)) {
        return ERR_INVALID;
    }
    if (address.n < text.n) {
        if (!slice_to_u64(slice_from(text, address.n + 1), is_v4 ? 32 : 128, &bits)) {
            return ERR_INVALID;
        }
        net.bits = (unsigned)bits + (is_v4 ? 96 : 0);
    }
    if (trust->nets_n == PROXY_NETS_MAX) {
        return ERR_LIMIT;
    }
    trust->nets[trust->nets_n++] = net;
    return ERR_OK;
}

static bool is_inside(const struct proxy_net *net, const unsigned char address[16])
{
    unsigned bytes = net->bits / 8, rest = net->bits % 8;
    if (memcmp(net->address, address, bytes) != 0) {
        return false;
    }
    return rest == 0 || (net->address[bytes] ^ address[bytes]) >> (8 - rest) == 0;
}

static bool is_trusted(const struct proxy_trust *trust, const unsigned char address[16])
{
    for (unsigned i = 0; i < trust->nets_n; i++) {
        if (is_inside(&trust->nets[i], address)) {
            return true;
        }
    }
    return false;
}

static bool is_trusted_peer(const struct proxy_trust *trust, struct slice peer)
{
    unsigned char address[16];
    bool is_v4;
    struct slice bare = {peer.p, slice_find(peer, '%')}; /* fe80::1%eth0 */
    return trust->nets_n > 0 && parse_address(bare, address, &is_v4) && is_trusted(trust, address);
}

static struct slice trim(struct slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = slice_from(s, 1);
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

static bool is_port(struct slice s)
{
    unsigned long long port;
    return s.n > 1 && s.p[0] == ':' && slice_to_u64(slice_from(s, 1), 65535, &port);
}

/* One entry: an address, and as some proxies write it with a port: 1.2.3.4:5, [::1], [::1]:5. */
static bool parse_hop(struct slice s, unsigned char out[16])
{
    bool is_v4;
    if (s.n > 0 && s.p[0] == '[') {
        size_t close = slice_find(s, ']');
        struct slice behind = slice_from(s, close < s.n ? close + 1 : s.n);
        return close < s.n && (behind.n == 0 || is_port(behind)) &&
               parse_address((struct slice){s.p + 1, close - 1}, out, &is_v4) && !is_v4;
    }
    struct slice host = {s.p, slice_find(s, ':')};
    struct slice port = slice_from(s, host.n);
    if (is_port(port) && parse_address(host, out, &is_v4)) {
        return is_v4;
    }
    return parse_address(s, out, &is_v4);
}

/* The last entry of a list, which is cut off. */
static struct slice take_last(struct slice *list)
{
    const char *comma = list->n > 0 ? memrchr(list->p, ',', list->n) : NULL;
    size_t at = comma ? (size_t)(comma - list->p) : 0;
    struct slice last = slice_from(*list, comma ? at + 1 : 0);
    list->n = at;
    return trim(last);
}

enum walk { WALK_ON, WALK_FOUND, WALK_MALFORMED };

/* Through one header from its right. address is the farthest that was read. */
static enum walk walk(const struct proxy_trust *trust, struct slice list, unsigned *hops_n,
                      unsigned char address[16])
{
    do {
        unsigned char hop[16];
        if (*hops_n == PROXY_HOPS_MAX || !parse_hop(take_last(&list), hop)) {
            return WALK_MALFORMED;
        }
        ++*hops_n;
        memcpy(address, hop, sizeof hop);
        if (!is_trusted(trust, hop)) {
            return WALK_FOUND;
        }
    } while (list.n > 0);
    return WALK_ON;
}

static void write_address(const unsigned char address[16], char text[PROXY_ADDRESS_BYTES])
{
    bool is_v4 = memcmp(address, v4_prefix, sizeof v4_prefix) == 0;
    inet_ntop(is_v4 ? AF_INET : AF_INET6, address + (is_v4 ? sizeof v4_prefix : 0), text,
              PROXY_ADDRESS_BYTES);
}

/* Several lines are one list. Where everybody is trusted, the farthest is who asks. */
static void see_address(const struct proxy_trust *trust, const struct http_header *headers,
                        unsigned headers_n, char text[PROXY_ADDRESS_BYTES], struct proxy_view *view)
{
    static const char name[] = "X-Forwarded-For";
    unsigned char address[16];
    unsigned hops_n = 0;
    enum walk step = WALK_ON;
    for (unsigned i = headers_n; i-- > 0 && step == WALK_ON;) {
        if (slice_eq_nocase(headers[i].name, slice_str(name))) {
            step = walk(trust, headers[i].value, &hops_n, address);
        }
    }
    if (step == WALK_MALFORMED) {
        view->malformed = name;
    } else if (hops_n > 0) {
        write_address(address, text);
        view->address = slice_str(text);
    }
}

/* Of a list the first: what the browser spoke. Some proxies write ws and wss for WebSocket. */
static void see_scheme(const struct http_header *headers, unsigned headers_n,
                       struct proxy_view *view)
{
    static const char name[] = "X-Forwarded-Proto";
    for (unsigned i = 0; i < headers_n; i++) {
        if (!slice_eq_nocase(headers[i].name, slice_str(name))) {
            continue;
        }
        struct slice value = headers[i].value;
        struct slice scheme = trim((struct slice){value.p, slice_find(value, ',')});
        bool tls = slice_eq_nocase(scheme, SL("https")) || slice_eq_nocase(scheme, SL("wss"));
        if (tls || slice_eq_nocase(scheme, SL("http")) || slice_eq_nocase(scheme, SL("ws"))) {
            view->tls = tls;
        } else {
            view->malformed = name;
        }
        return;
    }
}

void proxy_see(const struct proxy_trust *trust, const struct http_header *headers,
               unsigned headers_n, char text[PROXY_ADDRESS_BYTES], struct proxy_view *view)
{
    view->malformed = NULL;
    if (is_trusted_peer(trust, view->address)) {
        see_scheme(headers, headers_n, view);
        see_address(trust, headers, headers_n, text, view);
    }
}
