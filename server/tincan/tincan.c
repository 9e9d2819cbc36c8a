/* The server: ports, threads, the handlers' loop, its end. See tincan.h and app.h. */
#include "tincan.h"

#include "app.h"
#include "log.h"
#include "mem.h"

#include <openssl/rand.h>
#include <signal.h>
#include <stdarg.h>

#define SCRATCH_BYTES_MAX  (64u << 20)
#define BATCH_CHUNK_BYTES  (256u << 10)
#define DIRECT_CHUNK_BYTES (64u << 10)

bool app_fail(struct tincan *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->error, sizeof t->error, format, args);
    va_end(args);
    return false;
}

bool app_out_of_memory(struct tincan *t)
{
    return app_fail(t, "out of memory");
}

char *app_copy(struct slice s)
{
    char *copy = mem_alloc(s.n + 1);
    if (copy) {
        if (s.n > 0) {
            memcpy(copy, s.p, s.n);
        }
        copy[s.n] = '\0';
    }
    return copy;
}

const char *tincan_error(const struct tincan *t)
{
    return t->error;
}

/* --- making --- */

static void on_stop(uv_async_t *handle);

static void init_handles(struct tincan *t)
{
    loop_add_turn_hook(&t->loop, app_flush, t);
    t->stop.data = t;
    int e = uv_async_init(&t->loop.uv, &t->stop, on_stop);
    for (size_t i = 0; i < sizeof t->signals / sizeof t->signals[0]; i++) {
        e = e ? e : uv_signal_init(&t->loop.uv, &t->signals[i]);
        t->signals[i].data = t;
    }
    CHECK(e == 0); /* a loop that could be made has what these need */
}

static void free_parts(struct tincan *t)
{
    app_recovery_fini(t);
    app_outboxes_fini(t);
    app_reactor_rooms_fini(t);
    chunk_writer_fini(&t->broadcasts);
    chunk_writer_fini(&t->directs);
    buf_fini(&t->scratch);
    mem_free(t->free_rooms);
    client_bundle_close(t->bundle);
    site_close(t->site);
    app_options_fini(t);
    mem_free(t);
}

static void seed_maps(void)
{
    uint64_t seed[2];
    CHECK(RAND_bytes((unsigned char *)seed, sizeof seed) == 1);
    map_seed(seed[0], seed[1]);
}

struct tincan *app_new(const struct tincan_options *options, const struct app_inline *more)
{
    static pthread_once_t seeded = PTHREAD_ONCE_INIT;
    static const struct tincan_options defaults;
    static const struct app_inline nothing;
    struct tincan *t = mem_zalloc(sizeof *t);
    pthread_once(&seeded, seed_maps);
    if (!t) {
        return NULL;
    }
    buf_init(&t->scratch, SCRATCH_BYTES_MAX);
    chunk_writer_init(&t->broadcasts, BATCH_CHUNK_BYTES);
    chunk_writer_init(&t->directs, DIRECT_CHUNK_BYTES);
    bool ok = app_options_read(t, options ? options : &defaults, more ? more : &nothing) &&
              app_reactor_rooms_init(t) && app_outboxes_init(t) && app_recovery_init(t);
    if (ok && loop_init(&t->loop, 0) != ERR_OK) {
        ok = app_fail(t, "no event loop: out of descriptors");
    }
    if (!ok) {
        fprintf(stderr, "tincan: %s\n", t->error);
        free_parts(t);
        return NULL;
    }
    init_handles(t);
    return t;
}

struct tincan *tincan_new(const struct tincan_options *options)
{
    return app_new(options, NULL);
}

/* --- the front --- */

static void on_http(void *user, const struct http_request *request, struct http_reply *reply)
{
    const struct tincan *t = user;
    if (!app_http_reply(t, request, reply) && !client_bundle_reply(t->bundle, request, reply) &&
        t->site) {
        site_reply(t->site, request, reply);
    }
}

static bool streams(void *user, const struct http_request *request)
{
    return app_http_streams(user, request);
}

static bool is_engine_path(void *user, struct slice path)
{
    struct tincan *t = user;
    return eio_front_is_path(io_server_front(t->io), path) && !client_bundle_has(t->bundle, path);
}

static void on_engine(void *user, const struct http_request *request, enum err body_result,
                      struct slice body, struct net_socket socket)
{
    struct tincan *t = user;
    eio_front_on_engine(io_server_front(t->io), request, body_result, body, socket);
}

static bool may_upgrade(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct tincan *t = user;
    return eio_front_may_upgrade(io_server_front(t->io), request, reply);
}

static void on_websocket(void *user, const struct http_request *request, struct net_socket socket)
{
    struct tincan *t = user;
    eio_front_on_websocket(io_server_front(t->io), request, socket);
}

static void on_idle(void *user, struct net_socket socket)
{
    struct tincan *t = user;
    eio_front_on_idle(io_server_front(t->io), socket);
}

static void on_log(void *user, const char *text)
{
    const struct tincan *t = user;
    log_peer(t->front_is_quiet ? LOG_DEBUG : LOG_WARN, L_HTTP, "front", "text=\"%s\"", text);
}

bool tincan_listen(struct tincan *t)
{
    const char *why = "";
    signal(SIGPIPE, SIG_IGN);
    if (t->options.public_dir && site_open(t->options.public_dir, &t->site, &why) != ERR_OK) {
        return app_fail(t, "public_dir: %s", why);
    }
    if (t->options.client_dir &&
        client_bundle_open(t->options.client_dir, slice_str(t->options.path), &t->bundle, &why) !=
            ERR_OK) {
        return app_fail(t, "client_dir: %s", why);
    }
    if (io_server_start(&t->io_options, &t->io) != ERR_OK) {
        return app_fail(t, "cannot start %u reactors: no descriptors, threads or memory",
                        t->io_options.reactors_n);
    }
    const struct civet_options civet_options = {
        .listen = t->listen,
        .listen_n = t->listen_n,
        .tls_cert = t->options.tls_cert,
        .tls_key = t->options.tls_key,
        .body_max_bytes = t->io_options.eio.max_payload_bytes,
        .trust = t->trust,
        .callbacks = {.user = t,
                      .on_http = on_http,
                      .streams = streams,
                      .is_engine_path = is_engine_path,
                      .on_engine = on_engine,
                      .may_upgrade = may_upgrade,
                      .on_websocket = on_websocket,
                      .on_idle = on_idle,
                      .on_log = on_log},
    };
    if (civet_start(&civet_options, &t->civet, &why) != ERR_OK) {
        app_fail(t, "listen: %s", why);
        io_server_stop(t->io);
        t->io = NULL;
        return false;
    }
    io_server_set_civet(t->io, t->civet);
    t->listening = true;
    return true;
}

uint16_t tincan_port(const struct tincan *t, unsigned index)
{
    return t->listening && index < t->listen_n ? civet_port(t->civet, index) : 0;
}

size_t tincan_connections(const struct tincan *t)
{
    return t->io ? io_server_sessions_n(t->io) : 0;
}

uint64_t tincan_connections_refused(struct tincan *t)
{
    return eio_seats_refused_n(&t->seats);
}

/* --- the end --- */

/* Nobody new comes; clients are written to; their GONE mails are still handled; then the loop has only work to wait for. */
static void stop_here(struct tincan *t)
{
    if (t->stopping) {
        return;
    }
    t->stopping = true;
    app_flush(t);
    if (t->listening) {
        civet_drain(t->civet);
        io_server_stop(t->io);
        civet_stop(t->civet);
        t->io = NULL;
        t->listening = false;
    }
    t->stopped = true;
    mailbox_drain(&t->loop.mailbox);
    app_finish_acks(t);
    app_after_end(t);
    for (size_t i = 0; i < sizeof t->signals / sizeof t->signals[0]; i++) {
        uv_close((uv_handle_t *)&t->signals[i], NULL);
    }
    uv_close((uv_handle_t *)&t->stop, NULL);
    loop_close(&t->loop);
}

static void on_stop(uv_async_t *handle)
{
    stop_here(handle->data);
}

static void on_signal(uv_signal_t *handle, int signal_number)
{
    (void)signal_number;
    stop_here(handle->data);
}

void tincan_stop(struct tincan *t)
{
    uv_async_send(&t->stop); /* async-signal-safe */
}

static void free_namespaces(struct tincan *t)
{
    struct map_iter it = {0};
    struct tincan_namespace *ns;
    while ((ns = map_next(&t->namespaces, &it, NULL))) {
        app_namespace_free(ns);
    }
    map_fini(&t->namespaces);
    while (t->patterns) {
        ns = t->patterns;
        t->patterns = ns->next_pattern;
        app_namespace_free(ns);
    }
}

static void free_rest(struct tincan *t)
{
    while (t->held) {
        app_socket_free(t->held);
    }
    free_namespaces(t);
    free_parts(t);
}

int tincan_run(struct tincan *t)
{
    static const int signal_numbers[] = {SIGINT, SIGTERM};
    if (!t) {
        return 1;
    }
    if (!t->listening && !tincan_listen(t)) {
        fprintf(stderr, "tincan: %s\n", t->error);
        tincan_free(t);
        return 1;
    }
    for (size_t i = 0; !t->options.keep_signals && i < sizeof t->signals / sizeof t->signals[0];
         i++) {
        uv_signal_start(&t->signals[i], on_signal, signal_numbers[i]);
    }
    loop_run(&t->loop);
    loop_fini(&t->loop);
    free_rest(t);
    return 0;
}

void tincan_free(struct tincan *t)
{
    if (!t) {
        return;
    }
    stop_here(t);
    loop_run(&t->loop);
    loop_fini(&t->loop);
    free_rest(t);
}
