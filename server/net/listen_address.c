/* See listen_address.h. */
#include "listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Returns the address family, 0 when s is no numeric address; *text is it without brackets, "*" and
 * "localhost" replaced. */
static int parse(const struct civet_listen *l, char text[INET6_ADDRSTRLEN],
                 struct sockaddr_storage *out, socklen_t *out_n)
{
    struct slice s = l->address;
    if (slice_eq(s, SL("*")) || s.n == 0) {
        s = SL("0.0.0.0");
    } else if (slice_eq(s, SL("localhost"))) {
        s = SL("127.0.0.1");
    } else if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']') {
        s = (struct slice){s.p + 1, s.n - 2};
    }
    if (s.n >= INET6_ADDRSTRLEN) {
        return 0;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    memset(out, 0, sizeof *out);
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(l->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(l->port)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        *out_n = sizeof v4;
        memcpy(out, &v4, sizeof v4);
        return AF_INET;
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        *out_n = sizeof v6;
        memcpy(out, &v6, sizeof v6);
        return AF_INET6;
    }
    return 0;
}

enum err listen_addresses_format(const struct civet_listen *listen, unsigned listen_n,
                                 struct buf *ports, char *why, size_t why_n)
{
    for (unsigned i = 0; i < listen_n; i++) {
        const struct civet_listen *l = &listen[i];
        char text[INET6_ADDRSTRLEN];
        struct sockaddr_storage address;
        socklen_t address_n;
        int family = parse(l, text, &address, &address_n);
        if (family == 0) {
            snprintf(why, why_n, "%.*s:%u: not an IP address (like 127.0.0.1, ::1 or *)",
                     SL_ARG(l->address), l->port);
            return ERR_INVALID;
        }
        bool v6 = family == AF_INET6;
        enum err e = buf_printf(ports, "%s%s%s%s:%u%s", i > 0 ? "," : "", v6 ? "[" : "", text,
                                v6 ? "]" : "", l->port, l->tls ? "s" : "");
        if (e) {
            snprintf(why, why_n, "too many addresses to listen on");
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}

static bool try_one(int fd, int family, const struct sockaddr_storage *address, socklen_t address_n)
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    return bind(fd, (const struct sockaddr *)address, address_n) == 0 && listen(fd, 1) == 0;
}

enum err listen_addresses_try(const struct civet_listen *listen, unsigned listen_n, char *why,
                              size_t why_n)
{
    int fds[LISTEN_ADDRESSES_MAX];
    unsigned fds_n = 0;
    enum err result = ERR_OK;
    for (unsigned i = 0; i < listen_n && !result; i++) {
        char text[INET6_ADDRSTRLEN];
        struct sockaddr_storage address;
        socklen_t address_n;
        int family = parse(&listen[i], text, &address, &address_n);
        int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0) {
            fds[fds_n++] = fd;
        }
        if (fd < 0 || !try_one(fd, family, &address, address_n)) {
            const char *cause = errno == EADDRINUSE ? "address already in use" : strerror(errno);
            bool v6 = family == AF_INET6;
            snprintf(why, why_n, "%s%s%s:%u: %s", v6 ? "[" : "", text, v6 ? "]" : "",
                     listen[i].port, cause);
            result = ERR_IO;
        }
    }
    while (fds_n > 0) {
        close(fds[--fds_n]);
    }
    return result;
}

enum err listen_address_parse(struct slice text, struct civet_listen *out)
{
    static const struct slice tls = {"+tls", 4};
    unsigned long long port;
    bool is_tls = text.n > tls.n && slice_eq(slice_from(text, text.n - tls.n), tls);
    text.n -= is_tls ? tls.n : 0;
    const char *colon = text.n > 0 ? memrchr(text.p, ':', text.n) : NULL;
    if (!colon || colon == text.p ||
        !slice_to_u64(slice_from(text, (size_t)(colon - text.p) + 1), 65535, &port)) {
        return ERR_INVALID;
    }
    struct slice address = {text.p, (size_t)(colon - text.p)};
    if (address.p[0] == '[' && address.p[address.n - 1] == ']') {
        address = (struct slice){address.p + 1, address.n - 2};
    }
    *out = (struct civet_listen){.address = address, .port = (uint16_t)port, .tls = is_tls};
    return ERR_OK;
}

bool listen_address_is_loopback(struct slice address)
{
    return slice_eq(address, SL("::1")) || slice_eq_nocase(address, SL("localhost")) ||
           slice_starts_with(address, SL("127."));
}
