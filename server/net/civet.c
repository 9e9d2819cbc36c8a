/* See civet.h. This file starts and stops CivetWeb and counts its connections; front.c serves them.
 */
#include "civet.h"

#include "civet_detach.h"
#include "front.h"
#include "listen_address.h"
#include "mem.h"
#include "tls_context.h"

#include <pthread.h>
#include <stdio.h>

#define HEAD_TIMEOUT_MS_DEFAULT 5000
#define THREADS_MAX_DEFAULT     2000
#define THREADS_PRESPAWN        8
#define QUEUE_MAX               "4096"
#define REQUEST_BUFFER_BYTES    "24576" /* GATE_HEAD_BYTES_MAX and room to read a body in pieces */
#define WHY_BYTES               512

struct civet {
    struct front front; /* first: requeue finds c through it */
    struct detach_master master;
    struct mg_context *ctx; /* NULL once it is stopped */
    SSL_CTX *tls;

    pthread_mutex_t lock; /* guards the following, and the use of ctx from other threads */
    bool stopping;
    unsigned threads_max, threads_n;
    unsigned busy_n; /* connections that are queued or being served */

    bool starting;
    char last_log[WHY_BYTES]; /* while starting: the first complaint */
};

static _Thread_local char why_text[WHY_BYTES];

static void say(struct civet *c, const char *text)
{
    if (c->front.callbacks.on_log) {
        c->front.callbacks.on_log(c->front.callbacks.user, text);
    } else {
        fprintf(stderr, "civetweb: %s\n", text);
    }
}

/* Connections and threads: as many workers as connections, up to the limit */

/* One more connection is going to be queued. With the lock. */
static void count_in(struct civet *c)
{
    c->busy_n++;
    if (c->busy_n > c->threads_n && c->threads_n < c->threads_max && !c->stopping &&
        detach_spawn(c->ctx, c->threads_n)) {
        c->threads_n++;
    }
}

static void on_accepted(void *user)
{
    struct civet *c = user;
    pthread_mutex_lock(&c->lock);
    count_in(c);
    pthread_mutex_unlock(&c->lock);
}

static void on_exhausted(void *user, const char *why)
{
    char text[WHY_BYTES];
    snprintf(text, sizeof text, "accepting pauses: %s", why);
    say(user, text);
}

static struct civet *civet_of(const struct mg_context *ctx)
{
    return mg_get_user_data(ctx);
}

static void on_connection_close(const struct mg_connection *conn)
{
    struct civet *c = civet_of(mg_get_context(conn));
    pthread_mutex_lock(&c->lock);
    c->busy_n--;
    pthread_mutex_unlock(&c->lock);
}

static enum err enqueue(struct civet *c, struct net_socket *socket, bool idle)
{
    pthread_mutex_lock(&c->lock);
    enum err e = c->stopping ? ERR_CLOSED : detach_enqueue(c->ctx, socket, idle);
    if (!e) {
        count_in(c);
    }
    pthread_mutex_unlock(&c->lock);
    if (e) {
        net_socket_close(socket);
    }
    return e ? ERR_CLOSED : ERR_OK;
}

static void requeue(struct front *f, struct net_socket *socket, bool idle)
{
    enum err ignored = enqueue((struct civet *)f, socket, idle); /* it closes what it cannot take */
    (void)ignored;
}

enum err civet_give_back(struct civet *c, struct net_socket *socket)
{
    if (socket->fd < 0 || socket->early_n > CIVET_EARLY_BYTES_MAX) {
        net_socket_close(socket);
        return ERR_CLOSED;
    }
    return enqueue(c, socket, false);
}

/* CivetWeb's callbacks about itself */

static void on_context(const struct mg_context *ctx)
{
    struct civet *c = civet_of(ctx);
    c->ctx = (struct mg_context *)ctx; /* needed before mg_start2 returns it: threads start now */
    detach_mark_unused(ctx);
    struct mg_server_port ports[LISTEN_ADDRESSES_MAX];
    int n = mg_get_server_ports(ctx, LISTEN_ADDRESSES_MAX, ports);
    for (int i = 0; i < n; i++) {
        c->front.ports[i] = (uint16_t)ports[i].port;
    }
    c->front.ports_n = n > 0 ? (unsigned)n : 0;
    mg_set_websocket_handler(c->ctx, "**", detach_forget_subprotocol, front_on_upgraded, NULL, NULL,
                             NULL);
}

static void *on_thread(const struct mg_context *ctx, int type)
{
    struct civet *c = civet_of(ctx);
    if (type == 0) {
        return &c->master;
    }
    struct front_worker *w = mem_zalloc(sizeof *w);
    if (w) {
        w->front = &c->front;
    }
    return w;
}

static void on_thread_end(const struct mg_context *ctx, int type, void *pointer)
{
    (void)ctx;
    if (type == 1) {
        mem_free(pointer);
    }
}

static int on_message(const struct mg_connection *conn, const char *text)
{
    struct civet *c = civet_of(mg_get_context(conn));
    pthread_mutex_lock(&c->lock);
    bool starting = c->starting;
    if (starting && c->last_log[0] == '\0') {
        snprintf(c->last_log, sizeof c->last_log, "%s", text);
    }
    pthread_mutex_unlock(&c->lock);
    if (!starting) {
        say(c, text);
    }
    return 1;
}

static int on_tls(void **tls, void *user)
{
    struct civet *c = user;
    *tls = c->tls;
    return 1; /* ours: CivetWeb neither changes nor frees it */
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
    mg_init_library(MG_FEATURES_TLS);
}

static bool start_civetweb(struct civet *c, const char *ports)
{
    char threads[16], timeout[16];
    snprintf(threads, sizeof threads, "%u", c->threads_max);
    snprintf(timeout, sizeof timeout, "%u", c->front.head_timeout_ms);
    /* clang-format off */
    const char *options[] = {
        "listening_ports", ports,
        "num_threads", threads,
        "connection_queue", QUEUE_MAX,
        "listen_backlog", QUEUE_MAX,
        "tcp_nodelay", "1",
        "enable_keep_alive", "no", /* ours is front.c's */
        "request_timeout_ms", timeout,
        "max_request_size", REQUEST_BUFFER_BYTES,
        "decode_url", "no",
        "access_control_allow_origin", "",
        "access_control_allow_methods", "",
        "access_control_allow_headers", "",
        "ssi_pattern", "",
        "cgi_pattern", "",
        "enable_directory_listing", "no",
        "authentication_domain", "tincan",
        "enable_auth_domain_check", "no",
        NULL,
    };
    /* clang-format on */
    const struct mg_callbacks callbacks = {
        .begin_request = front_on_request,
        .http_error = front_on_error,
        .init_connection = front_on_connection,
        .connection_close = on_connection_close,
        .init_context = on_context,
        .exit_context = detach_close_unserved,
        .init_thread = on_thread,
        .exit_thread = on_thread_end,
        .log_message = on_message,
        .external_ssl_ctx = on_tls,
    };
    pthread_once(&library_once, init_library);
    c->starting = true;
    bool started = detach_start(&callbacks, c, options, c->threads_n) != NULL;
    pthread_mutex_lock(&c->lock);
    c->starting = false;
    pthread_mutex_unlock(&c->lock);
    return started;
}

static void destroy(struct civet *c)
{
    SSL_CTX_free(c->tls);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

static enum err check_listeners(const struct civet_options *o, struct buf *ports)
{
    if (o->listen_n == 0 || o->listen_n > LISTEN_ADDRESSES_MAX) {
        snprintf(why_text, sizeof why_text, "between 1 and %d addresses to listen on are needed",
                 LISTEN_ADDRESSES_MAX);
        return ERR_INVALID;
    }
    enum err e = listen_addresses_format(o->listen, o->listen_n, ports, why_text, sizeof why_text);
    e = e ? e : buf_putc(ports, '\0');
    return e ? e : listen_addresses_try(o->listen, o->listen_n, why_text, sizeof why_text);
}

static enum err open_tls(const struct civet_options *o, SSL_CTX **out)
{
    for (unsigned i = 0; i < o->listen_n; i++) {
        if (o->listen[i].tls) {
            return tls_context_open(o->tls_cert, o->tls_key, out, why_text, sizeof why_text);
        }
    }
    return ERR_OK;
}

static struct civet *new_civet(const struct civet_options *o)
{
    struct civet *c = mem_zalloc(sizeof *c);
    if (!c) {
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    c->front.callbacks = o->callbacks;
    c->front.trust = o->trust;
    c->front.head_timeout_ms = o->head_timeout_ms ? o->head_timeout_ms : HEAD_TIMEOUT_MS_DEFAULT;
    c->front.body_max_bytes = o->body_max_bytes;
    c->front.requeue = requeue;
    c->master =
        (struct detach_master){.user = c, .on_accepted = on_accepted, .on_exhausted = on_exhausted};
    c->threads_max = o->threads_max ? o->threads_max : THREADS_MAX_DEFAULT;
    c->threads_n = c->threads_max < THREADS_PRESPAWN ? c->threads_max : THREADS_PRESPAWN;
    return c;
}

enum err civet_start(const struct civet_options *options, struct civet **out, const char **why)
{
    struct buf ports = {.max = 4096};
    SSL_CTX *tls = NULL;
    struct civet *c = NULL;
    *why = why_text;
    snprintf(why_text, sizeof why_text, "out of memory");
    enum err e = check_listeners(options, &ports);
    e = e ? e : open_tls(options, &tls);
    if (!e && !(c = new_civet(options))) {
        e = ERR_IO;
    }
    if (e) {
        SSL_CTX_free(tls);
    } else {
        c->tls = tls;
        *out = c; /* callbacks begin before CivetWeb's start returns */
        if (!start_civetweb(c, ports.p)) {
            snprintf(why_text, sizeof why_text, "%s",
                     c->last_log[0] ? c->last_log : "CivetWeb did not start");
            *out = NULL;
            destroy(c);
            e = ERR_IO;
        }
    }
    buf_fini(&ports);
    return e == ERR_OK || e == ERR_INVALID ? e : ERR_IO;
}

uint16_t civet_port(const struct civet *c, unsigned listener_index)
{
    return listener_index < c->front.ports_n ? c->front.ports[listener_index] : 0;
}

void civet_drain(struct civet *c)
{
    pthread_mutex_lock(&c->lock);
    bool first = !c->stopping;
    c->stopping = true;
    atomic_store(&c->front.stopping, true);
    pthread_mutex_unlock(&c->lock);
    if (first) {
        mg_stop(c->ctx);
        c->ctx = NULL;
    }
}

void civet_stop(struct civet *c)
{
    if (c) {
        civet_drain(c);
        destroy(c);
    }
}
