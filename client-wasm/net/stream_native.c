/* A TCP connection, with or without TLS, on libuv's default loop. */
#include "stream_native.h"

#include "buf.h"
#include "mem.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <uv.h>

#define UNSENT_MAX_BYTES  (64u << 20)
#define READ_BYTES        65536
#define FINISH_TIMEOUT_MS 2000
#define TLS_RECORD_BYTES  16384

enum stream_state { ST_RESOLVING, ST_CONNECTING, ST_HANDSHAKE, ST_OPEN, ST_FINISHING, ST_CLOSED };

/* Inv: writing exactly while flying is with the kernel; handles_n counts what libuv still holds of
 * us. */
struct stream {
    struct stream_events events;
    enum stream_state state;
    bool tls;
    bool writing;
    bool tcp_live; /* tcp is initialised and not closing */
    unsigned handles_n;
    char host[URL_HOST_BYTES_MAX + 1];
    uint16_t port;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_getaddrinfo_t resolving;
    uv_connect_t connecting;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct addrinfo *addresses;
    struct addrinfo *next_address;
    struct buf pending; /* to be written next */
    struct buf flying;
    SSL *ssl;
    BIO *from_peer;
    BIO *to_peer;
    char input[READ_BYTES];
};

static struct {
    SSL_CTX *tls;
    unsigned finishing_n;
    char problem[256];
} module;

unsigned stream_finishing_n(void)
{
    return module.finishing_n;
}

const char *stream_problem(void)
{
    return module.problem;
}

static void set_problem(const struct stream *s, const char *what)
{
    struct buf text;
    buf_init(&text, sizeof module.problem - 1);
    module.problem[0] = '\0';
    if (buf_printf(&text, "%.120s port %u: %.100s", s->host, (unsigned)s->port, what) == ERR_OK) {
        memcpy(module.problem, text.p, text.n);
        module.problem[text.n] = '\0';
    }
    buf_fini(&text);
}

/* ---- the end ---- */

static void release(struct stream *s)
{
    if (s->handles_n > 0) {
        return;
    }
    uv_freeaddrinfo(s->addresses);
    SSL_free(s->ssl);
    buf_fini(&s->pending);
    buf_fini(&s->flying);
    mem_free(s);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct stream *s = handle->data;
    s->handles_n--;
    release(s);
}

static void shut(struct stream *s)
{
    if (s->state == ST_CLOSED) {
        return;
    }
    if (s->state == ST_FINISHING) {
        module.finishing_n--;
    }
    s->state = ST_CLOSED;
    if (s->tcp_live) {
        s->tcp_live = false;
        uv_close((uv_handle_t *)&s->tcp, on_handle_closed);
    }
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
    (void)uv_cancel((uv_req_t *)&s->resolving); /* fails when it is over, or never began */
}

void stream_close(struct stream *s)
{
    shut(s);
}

static void fail(struct stream *s, const char *what)
{
    bool told = s->state != ST_FINISHING && s->state != ST_CLOSED;
    if (told) {
        set_problem(s, what);
    }
    shut(s);
    if (told) {
        s->events.on_close(s->events.user);
    }
}

/* ---- writing ---- */

static void kick(struct stream *s);

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct stream *s = CONTAINER_OF(request, struct stream, shutdown);
    if (status < 0) {
        fail(s, uv_strerror(status));
    }
}

static void on_written(uv_write_t *request, int status)
{
    struct stream *s = CONTAINER_OF(request, struct stream, write);
    s->writing = false;
    buf_reset(&s->flying);
    if (s->state == ST_CLOSED) {
        return;
    }
    if (status < 0) {
        fail(s, uv_strerror(status));
        return;
    }
    kick(s);
}

/* Give what is pending to the kernel; when all is out and we are finishing, say so to the peer. */
static void kick(struct stream *s)
{
    if (s->writing || !s->tcp_live) {
        return;
    }
    if (s->pending.n == 0) {
        if (s->state == ST_FINISHING &&
            uv_shutdown(&s->shutdown, (uv_stream_t *)&s->tcp, on_shutdown) != 0) {
            shut(s);
        }
        return;
    }
    struct buf empty = s->flying;
    s->flying = s->pending;
    s->pending = empty;
    s->writing = true;
    uv_buf_t out = uv_buf_init(s->flying.p, (unsigned)s->flying.n);
    int r = uv_write(&s->write, (uv_stream_t *)&s->tcp, &out, 1, on_written);
    if (r < 0) {
        s->writing = false;
        buf_reset(&s->flying); /* the reader learns of it */
    }
}

/* Move what TLS wants to send into pending. */
static enum err drain_tls(struct stream *s)
{
    char *out;
    size_t n;
    while ((n = BIO_ctrl_pending(s->to_peer)) > 0) {
        enum err r = buf_reserve(&s->pending, n, &out);
        if (r != ERR_OK) {
            return r;
        }
        int got = BIO_read(s->to_peer, out, n > INT32_MAX ? INT32_MAX : (int)n);
        if (got <= 0) {
            return ERR_IO;
        }
        s->pending.n += (size_t)got;
    }
    kick(s);
    return ERR_OK;
}

enum err stream_write(struct stream *s, struct slice data)
{
    CHECK(s->state == ST_OPEN);
    if (data.n > UNSENT_MAX_BYTES - stream_unsent(s)) {
        return ERR_LIMIT;
    }
    if (!s->tls) {
        enum err r = buf_put(&s->pending, data);
        kick(s);
        return r;
    }
    while (data.n > 0) {
        int n = data.n > TLS_RECORD_BYTES ? TLS_RECORD_BYTES : (int)data.n;
        ERR_clear_error();
        if (SSL_write(s->ssl, data.p, n) != n) {
            return ERR_IO;
        }
        data = slice_from(data, (size_t)n);
    }
    return drain_tls(s);
}

size_t stream_unsent(const struct stream *s)
{
    return s->pending.n + s->flying.n;
}

static void on_finish_timeout(uv_timer_t *timer)
{
    shut(timer->data);
}

void stream_finish(struct stream *s)
{
    if (s->state != ST_OPEN) {
        shut(s);
        return;
    }
    if (s->tls) {
        ERR_clear_error();
        SSL_shutdown(s->ssl);
        if (drain_tls(s) != ERR_OK) {
            shut(s);
            return;
        }
    }
    s->state = ST_FINISHING;
    module.finishing_n++;
    uv_timer_start(&s->timer, on_finish_timeout, FINISH_TIMEOUT_MS, 0);
    kick(s);
}

/* ---- TLS ---- */

static const char *tls_problem(const struct stream *s)
{
    long verdict = SSL_get_verify_result(s->ssl);
    if (verdict != X509_V_OK) {
        return X509_verify_cert_error_string(verdict);
    }
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "TLS failed";
}

static bool tls_start(struct stream *s)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (!module.tls) {
        module.tls = SSL_CTX_new(TLS_client_method());
        if (!module.tls) {
            return false;
        }
        SSL_CTX_set_min_proto_version(module.tls, TLS1_2_VERSION);
        SSL_CTX_set_default_verify_paths(module.tls);
        SSL_CTX_set_verify(module.tls, SSL_VERIFY_PEER, NULL);
    }
    s->ssl = SSL_new(module.tls);
    if (!s->ssl) {
        return false;
    }
    s->from_peer = BIO_new(BIO_s_mem());
    s->to_peer = BIO_new(BIO_s_mem());
    if (!s->from_peer || !s->to_peer) {
        BIO_free(s->from_peer);
        BIO_free(s->to_peer);
        return false;
    }
    SSL_set_bio(s->ssl, s->from_peer, s->to_peer);
    SSL_set_connect_state(s->ssl);
    bool literal =
        inet_pton(AF_INET, s->host, address) == 1 || inet_pton(AF_INET6, s->host, address) == 1;
    if (literal) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->ssl), s->host) == 1;
    }
    return SSL_set_tlsext_host_name(s->ssl, s->host) == 1 && SSL_set1_host(s->ssl, s->host) == 1;
}

static void opened(struct stream *s)
{
    s->state = ST_OPEN;
    s->events.on_open(s->events.user);
}

static void tls_handshake(struct stream *s)
{
    ERR_clear_error();
    int r = SSL_do_handshake(s->ssl);
    bool more = r != 1 && SSL_get_error(s->ssl, r) == SSL_ERROR_WANT_READ;
    const char *problem = r == 1 || more ? NULL : tls_problem(s);
    if (drain_tls(s) != ERR_OK) {
        problem = "out of memory";
    }
    if (problem) {
        fail(s, problem);
    } else if (r == 1) {
        opened(s);
    }
}

static void tls_read(struct stream *s)
{
    while (s->state == ST_OPEN) {
        ERR_clear_error();
        int n = SSL_read(s->ssl, s->input, sizeof s->input);
        if (n > 0) {
            s->events.on_data(s->events.user, s->input, (size_t)n);
            continue;
        }
        int why = SSL_get_error(s->ssl, n);
        if (why != SSL_ERROR_WANT_READ) {
            fail(s, why == SSL_ERROR_ZERO_RETURN ? "connection closed" : tls_problem(s));
        } else if (drain_tls(s) != ERR_OK) {
            fail(s, "out of memory");
        }
        return;
    }
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct stream *s = handle->data;
    (void)suggested;
    *out = uv_buf_init(s->input, sizeof s->input);
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *in)
{
    struct stream *s = tcp->data;
    if (n < 0) {
        fail(s, n == UV_EOF ? "connection closed" : uv_strerror((int)n));
        return;
    }
    if (n == 0 || s->state == ST_FINISHING || s->state == ST_CLOSED) {
        return;
    }
    if (!s->tls) {
        s->events.on_data(s->events.user, in->base, (size_t)n);
        return;
    }
    if (BIO_write(s->from_peer, in->base, (int)n) != n) {
        fail(s, "out of memory");
        return;
    }
    if (s->state == ST_HANDSHAKE) {
        tls_handshake(s);
    }
    tls_read(s);
}

/* ---- connecting ---- */

static void connect_next(struct stream *s);

static void on_attempt_closed(uv_handle_t *handle)
{
    struct stream *s = handle->data;
    s->handles_n--;
    if (s->state == ST_CLOSED) {
        release(s);
    } else {
        connect_next(s);
    }
}

static void on_connect(uv_connect_t *request, int status)
{
    struct stream *s = CONTAINER_OF(request, struct stream, connecting);
    if (s->state == ST_CLOSED) {
        return;
    }
    if (status == 0) {
        uv_tcp_nodelay(&s->tcp, 1);
        status = uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read);
    }
    if (status < 0 && s->next_address) {
        s->tcp_live = false;
        uv_close((uv_handle_t *)&s->tcp, on_attempt_closed);
    } else if (status < 0) {
        fail(s, uv_strerror(status));
    } else if (!s->tls) {
        opened(s);
    } else if (tls_start(s)) {
        s->state = ST_HANDSHAKE;
        tls_handshake(s);
    } else {
        fail(s, "out of memory");
    }
}

static void connect_next(struct stream *s)
{
    const struct addrinfo *to = s->next_address;
    s->next_address = to->ai_next;
    int r = uv_tcp_init(uv_default_loop(), &s->tcp);
    if (r < 0) {
        fail(s, uv_strerror(r));
        return;
    }
    s->tcp.data = s;
    s->tcp_live = true;
    s->handles_n++;
    r = uv_tcp_connect(&s->connecting, &s->tcp, to->ai_addr, on_connect);
    if (r < 0) {
        fail(s, uv_strerror(r));
    }
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct stream *s = CONTAINER_OF(request, struct stream, resolving);
    s->handles_n--;
    s->addresses = addresses;
    if (s->state == ST_CLOSED) {
        release(s);
    } else if (status < 0 || !addresses) {
        fail(s, status < 0 ? uv_strerror(status) : "no address");
    } else {
        s->state = ST_CONNECTING;
        s->next_address = addresses;
        connect_next(s);
    }
}

static bool resolve(struct stream *s)
{
    char port[8];
    struct buf text;
    buf_init(&text, sizeof port - 1);
    bool ok = buf_put_u64(&text, s->port) == ERR_OK;
    if (ok) {
        memcpy(port, text.p, text.n);
        port[text.n] = '\0';
    }
    buf_fini(&text);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    return ok && uv_getaddrinfo(uv_default_loop(), &s->resolving, on_resolved, s->host, port,
                                &hints) == 0;
}

struct stream *stream_open(const struct url *to, const struct stream_events *events)
{
    struct stream *s = mem_zalloc(sizeof *s);
    if (!s) {
        return NULL;
    }
    s->events = *events;
    s->tls = to->tls;
    s->port = to->port;
    memcpy(s->host, to->host.p, to->host.n); /* at most URL_HOST_BYTES_MAX, and zeroed behind */
    buf_init(&s->pending, UNSENT_MAX_BYTES);
    buf_init(&s->flying, UNSENT_MAX_BYTES);
    if (!resolve(s)) {
        mem_free(s);
        return NULL;
    }
    CHECK(uv_timer_init(uv_default_loop(), &s->timer) == 0);
    s->timer.data = s;
    s->handles_n = 2; /* the resolving and the timer */
    return s;
}

void stream_set_events(struct stream *s, const struct stream_events *events)
{
    s->events = *events;
}
