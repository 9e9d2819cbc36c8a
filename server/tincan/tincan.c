/* The server: options, ports, threads, the handlers' loop, its end. See tincan.h and app.h. */
#include "app.h"

#include "listen_address.h"
#include "log.h"
#include "mem.h"

#include <openssl/rand.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#define SCRATCH_BYTES_MAX  (64u << 20)
#define BATCH_CHUNK_BYTES  (256u << 10)
#define DIRECT_CHUNK_BYTES (64u << 10)
#define LISTEN_N_MAX       16
#define ORIGINS_N_MAX      64

bool app_fail(struct tincan *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->error, sizeof t->error, format, args);
    va_end(args);
    return false;
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

/* --- options --- */

/* Cut the next word off *text (in place); NULL at the end. */
static char *next_word(char **text)
{
    *text += strspn(*text, " ");
    char *word = *text;
    size_t n = strcspn(word, " ");
    if (n == 0) {
        return NULL;
    }
    *text = word + n;
    if (**text) {
        *(*text)++ = '\0';
    }
    return word;
}

static bool read_listen(struct tincan *t)
{
    char *rest = t->listen_text;
    for (char *word; (word = next_word(&rest));) {
        if (t->listen_n == LISTEN_N_MAX || listen_address_parse(slice_str(word), &t->listen[t->listen_n]) != ERR_OK) {
            return app_fail(t, "listen: '%.80s' is not ADDR:PORT, or one too many", word);
        }
        t->listen_n++;
    }
    return t->listen_n > 0 || app_fail(t, "listen: at least one ADDR:PORT is needed");
}

static bool read_origins(struct tincan *t)
{
    char *rest = t->origins_text;
    for (char *word; (word = next_word(&rest));) {
        struct slice origin = slice_str(word);
        if (t->origins_n == ORIGINS_N_MAX || !origin_valid(origin)) {
            return app_fail(t, "origins: '%.80s' is not an origin like https://chat.example, or one too many", word);
        }
        t->origins[t->origins_n++] = origin;
    }
    return true;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static bool allow(void *user, const struct http_request *request, struct slice *message)
{
    const struct tincan *t = user;
    struct slice origin = http_header(request, SL("Origin"));
    const char *text = NULL;
    if (t->options.allow_request(t->options.user, (struct tincan_slice){request->query.p, request->query.n},
                                 (struct tincan_slice){origin.p, origin.n}, &text)) {
        return true;
    }
    *message = slice_str(text);
    return false;
}

static void fill_io_options(struct tincan *t)
{
    const struct tincan_options *o = &t->options;
    bool loopback_only = true;
    for (unsigned i = 0; i < t->listen_n; i++) {
        loopback_only = loopback_only && listen_address_is_loopback(t->listen[i].address);
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    t->io_options = (struct io_options){
        .eio = {.path = slice_str(o->path),
                .ping_interval_ms = or_default(o->ping_interval_ms, 25000),
                .ping_timeout_ms = or_default(o->ping_timeout_ms, 20000),
                .max_payload_bytes = or_default(o->max_payload_bytes, 1000000),
                .origins = {.allowed = t->origins, .allowed_n = t->origins_n,
                            .allow_loopback = loopback_only && !o->origins},
                .keep_info = true,
                .hook_user = t,
                .allow = o->allow_request ? allow : NULL},
        .connect_timeout_ms = or_default(o->connect_timeout_ms, 45000),
        .reactors_n = o->reactors ? o->reactors : cores > 0 ? (unsigned)cores : 1,
        .namespaces = &t->row,
        .namespaces_n = 1,
    };
    t->io_options.reactors_n = t->io_options.reactors_n > 64 ? 64 : t->io_options.reactors_n;
    t->row = app_row(t);
}

static char *copy_or_null(const char *s)
{
    return s ? app_copy(slice_str(s)) : NULL;
}

static bool copy_options(struct tincan *t, const struct tincan_options *o)
{
    t->options = *o;
    t->options.path = copy_or_null(o->path ? o->path : "/socket.io");
    t->options.public_dir = copy_or_null(o->public_dir);
    t->options.tls_cert = copy_or_null(o->tls_cert);
    t->options.tls_key = copy_or_null(o->tls_key);
    t->listen_text = copy_or_null(o->listen ? o->listen : "127.0.0.1:3000");
    t->origins_text = copy_or_null(o->origins ? o->origins : "");
    t->listen = mem_zalloc(LISTEN_N_MAX * sizeof *t->listen);
    t->origins = mem_zalloc(ORIGINS_N_MAX * sizeof *t->origins);
    return t->options.path && t->listen_text && t->origins_text && t->listen && t->origins;
}

static void free_options(struct tincan *t)
{
    char *copies[] = {(char *)(uintptr_t)t->options.path,     (char *)(uintptr_t)t->options.public_dir,
                      (char *)(uintptr_t)t->options.tls_cert, (char *)(uintptr_t)t->options.tls_key,
                      t->listen_text,                         t->origins_text};
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        mem_free(copies[i]);
    }
    mem_free(t->listen);
    mem_free(t->origins);
}

/* --- making --- */

static void on_stop(uv_async_t *handle);

static void seed_maps(void)
{
    uint64_t seed[2];
    CHECK(RAND_bytes((unsigned char *)seed, sizeof seed) == 1);
    map_seed(seed[0], seed[1]);
}

struct tincan *tincan_new(const struct tincan_options *options)
{
    static pthread_once_t seeded = PTHREAD_ONCE_INIT;
    static const struct tincan_options defaults;
    struct tincan *t = mem_zalloc(sizeof *t);
    pthread_once(&seeded, seed_maps);
    if (!t) {
        return NULL;
    }
    buf_init(&t->scratch, SCRATCH_BYTES_MAX);
    chunk_writer_init(&t->broadcasts, BATCH_CHUNK_BYTES);
    chunk_writer_init(&t->directs, DIRECT_CHUNK_BYTES);
    app_fail(t, "out of memory");
    bool ok = copy_options(t, options ? options : &defaults) && read_listen(t) && read_origins(t);
    if (ok) {
        fill_io_options(t);
        ok = app_reactors_init(t) && app_recovery_init(t) && loop_init(&t->loop, 0) == ERR_OK;
    }
    if (!ok) {
        fprintf(stderr, "tincan: %s\n", t->error);
        free_options(t);
        mem_free(t);
        return NULL;
    }
    loop_add_turn_hook(&t->loop, app_flush, t);
    t->stop.data = t;
    uv_async_init(&t->loop.uv, &t->stop, on_stop);
    for (size_t i = 0; i < sizeof t->signals / sizeof t->signals[0]; i++) {
        uv_signal_init(&t->loop.uv, &t->signals[i]);
        t->signals[i].data = t;
    }
    t->error[0] = '\0';
    return t;
}

/* --- the front --- */

static void on_http(void *user, const struct http_request *request, struct http_reply *reply)
{
    const struct tincan *t = user;
    if (t->site) {
        site_reply(t->site, request, reply);
    }
}

static bool is_engine_path(void *user, struct slice path)
{
    struct tincan *t = user;
    return eio_front_is_path(io_server_front(t->io), path);
}

static void on_engine(void *user, const struct http_request *request, enum err body_result, struct slice body,
                      struct net_socket socket)
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
    (void)user;
    log_peer(LOG_WARN, L_HTTP, "front", "text=\"%s\"", text);
}

bool tincan_listen(struct tincan *t)
{
    const char *why = "";
    signal(SIGPIPE, SIG_IGN);
    if (t->options.public_dir && site_open(t->options.public_dir, &t->site, &why) != ERR_OK) {
        return app_fail(t, "public: %s", why);
    }
    if (io_server_start(&t->io_options, &t->io) != ERR_OK) {
        return app_fail(t, "cannot start %u reactors", t->io_options.reactors_n);
    }
    const struct civet_options civet_options = {
        .listen = t->listen,
        .listen_n = t->listen_n,
        .tls_cert = t->options.tls_cert,
        .tls_key = t->options.tls_key,
        .body_max_bytes = t->io_options.eio.max_payload_bytes,
        .callbacks = {.user = t,
                      .on_http = on_http,
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

/* --- running --- */

struct app_mail {
    struct mail mail;
    struct tincan *t;
    void (*fn)(struct tincan *t, void *user);
    void *user;
};

static void run_mail(struct mail *m, bool closed)
{
    struct app_mail *mail = CONTAINER_OF(m, struct app_mail, mail);
    if (!closed) {
        mail->fn(mail->t, mail->user);
    }
    mem_free(mail);
}

bool tincan_post(struct tincan *t, void (*fn)(struct tincan *t, void *user), void *user)
{
    struct app_mail *m = mem_alloc(sizeof *m);
    if (!m) {
        return false;
    }
    *m = (struct app_mail){.mail.run = run_mail, .t = t, .fn = fn, .user = user};
    loop_post(&t->loop, &m->mail);
    return true;
}

struct app_work {
    uv_work_t request;
    struct tincan *t;
    void (*work)(void *user);
    void (*done)(struct tincan *t, void *user);
    void *user;
};

static void do_work(uv_work_t *request)
{
    struct app_work *w = request->data;
    w->work(w->user);
}

static void work_done(uv_work_t *request, int status)
{
    struct app_work *w = request->data;
    (void)status;
    w->done(w->t, w->user);
    mem_free(w);
}

bool tincan_work(struct tincan *t, void (*work)(void *user), void (*done)(struct tincan *t, void *user), void *user)
{
    struct app_work *w = mem_zalloc(sizeof *w);
    if (!w) {
        return app_fail(t, "out of memory");
    }
    w->request.data = w;
    w->t = t;
    w->work = work;
    w->done = done;
    w->user = user;
    uv_queue_work(&t->loop.uv, &w->request, do_work, work_done);
    return true;
}

struct app_after {
    uv_timer_t timer;
    struct app_after *next, *prev;
    struct tincan *t;
    void (*fn)(struct tincan *t, void *user);
    void *user;
};

static void free_after(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void app_after_cancel(struct tincan *t, struct app_after *a)
{
    if (!a) {
        return;
    }
    if (a->prev) {
        a->prev->next = a->next;
    } else {
        t->afters = a->next;
    }
    if (a->next) {
        a->next->prev = a->prev;
    }
    uv_close((uv_handle_t *)&a->timer, free_after);
}

static void on_after(uv_timer_t *timer)
{
    struct app_after *a = timer->data;
    struct tincan *t = a->t;
    void (*fn)(struct tincan *t, void *user) = a->fn;
    void *user = a->user;
    app_after_cancel(t, a);
    fn(t, user);
}

struct app_after *app_after(struct tincan *t, uint32_t delay_ms, void (*fn)(struct tincan *t, void *user), void *user)
{
    struct app_after *a = mem_zalloc(sizeof *a);
    if (!a) {
        app_fail(t, "out of memory");
        return NULL;
    }
    uv_timer_init(&t->loop.uv, &a->timer);
    a->timer.data = a;
    a->t = t;
    a->fn = fn;
    a->user = user;
    a->next = t->afters;
    if (a->next) {
        a->next->prev = a;
    }
    t->afters = a;
    uv_update_time(&t->loop.uv);
    uv_timer_start(&a->timer, on_after, delay_ms, 0);
    return a;
}

bool tincan_after(struct tincan *t, uint32_t delay_ms, void (*fn)(struct tincan *t, void *user), void *user)
{
    return app_after(t, delay_ms, fn, user) != NULL;
}

/* --- the end --- */

/* Nobody new comes; clients are told and written to; their GONE mails are still handled, then the loop has nothing left. */
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
        t->listening = false;
    }
    t->stopped = true;
    mailbox_drain(&t->loop.mailbox);
    while (t->afters) {
        app_after_cancel(t, t->afters);
    }
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
    free_namespaces(t);
    app_recovery_fini(t);
    app_reactors_fini(t);
    chunk_writer_fini(&t->broadcasts);
    chunk_writer_fini(&t->directs);
    buf_fini(&t->scratch);
    mem_free(t->free_rooms);
    site_close(t->site);
    free_options(t);
    mem_free(t);
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
    for (size_t i = 0; i < sizeof t->signals / sizeof t->signals[0]; i++) {
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
