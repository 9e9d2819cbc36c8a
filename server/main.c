/* tincand: puts the parts onto libtincan and owns the order of start and stop.
 *
 * Start: settings, the store, the server with its namespaces and routes, then its ports. Stop (SIGTERM, SIGINT, SIGHUP): a thread that waits for
 * the signal tells the server, which takes nobody new, lets the reactors write what is queued, and returns from tincan_run; the parts
 * go after it, the last first.
 */
#include "admin.h"
#include "app_inline.h"
#include "clock.h"
#include "log.h"
#include "options.h"
#include "product.h"
#include "relay.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_BAD_SETTING  2
#define DRAIN_SECONDS_MAX 9
#define URL_BYTES_MAX     300

enum { ROW_RELAY, ROWS_N };

/* What is remembered of a handshake's headers: a browser sends a kilobyte of them. */
static const struct slice kept_headers[] = {
    {"User-Agent", 10}, {"X-Forwarded-For", 15}, {"Origin", 6}};

struct app {
    struct options options;
    struct relay relay;
    struct io_namespace rows[ROWS_N];
    struct tincan *t;
    struct product product;
    pthread_t signal_thread;
};

/* --- HTTP --- */

/* Who answers a path; the site has the rest. */
static bool on_request(void *user, const struct tincan_request *q, struct tincan_reply *r)
{
    struct app *app = user;
    return product_on_request(&app->product, q, r);
}

static bool streams_request(void *user, const struct tincan_request *q)
{
    (void)user;
    return api_streams_request(q);
}

/* --- starting --- */

/* Texts with spaces between; more may be "". */
static enum err join(const struct config_list *list, const char *more, struct buf *out)
{
    enum err e = ERR_OK;
    for (unsigned i = 0; i < list->n && e == ERR_OK; i++) {
        e = buf_printf(out, "%s%s", i > 0 ? " " : "", list->items[i]);
    }
    if (*more && e == ERR_OK) {
        e = buf_printf(out, "%s%s", list->n > 0 ? " " : "", more);
    }
    return e == ERR_OK ? buf_putc(out, '\0') : e;
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static enum err make_server(struct app *app)
{
    const struct options *o = &app->options;
    struct buf listen, origins, trusted;
    buf_init(&listen, SIZE_MAX);
    buf_init(&origins, SIZE_MAX);
    buf_init(&trusted, SIZE_MAX);
    app->relay.message_limit = o->message_limit;
    app->rows[ROW_RELAY] = relay_namespace(&app->relay);
    if (join(&o->listen_texts, "", &listen) == ERR_OK &&
        join(&o->origin_texts, o->public_origin, &origins) == ERR_OK &&
        join(&o->trust_texts, "", &trusted) == ERR_OK) {
        const struct tincan_options server = {
            .listen = listen.p,
            .origins = origins.p,
            .public_dir = o->public_dir,
            .client_dir = or_null(o->client_dir),
            .tls_cert = or_null(o->tls_cert),
            .tls_key = or_null(o->tls_key),
            .reactors = o->reactors_n,
            .ping_interval_ms = o->ping_interval_ms,
            .ping_timeout_ms = o->ping_timeout_ms,
            .max_payload_bytes = o->max_payload_bytes,
            .connect_timeout_ms = o->connect_timeout_ms,
            .recovery_ms = o->recovery_ms,
            .recovery = TINCAN_RECOVERY_ASKED,
            .keep_signals = true,
            .on_request = on_request,
            .streams_request = streams_request,
            .user = app,
            .trust_proxy = trusted.p,
            .address_connections = o->limits ? o->address_connections : 0,
        };
        const struct app_inline more = {.rows = app->rows,
                                        .rows_n = o->relay ? ROWS_N : 0,
                                        .headers = kept_headers,
                                        .headers_n = sizeof kept_headers / sizeof kept_headers[0],
                                        .loopback_origins = true,
                                        .front_is_quiet = true};
        app->t = app_new(&server, &more);
    }
    buf_fini(&listen);
    buf_fini(&origins);
    buf_fini(&trusted);
    return app->t ? ERR_OK : ERR_NOMEM;
}

/* The library names the option that it could not follow: say which flag that is. Returns the exit code. */
static int complain(const char *error)
{
    static const struct {
        struct slice option;
        const char *flag;
    } names[] = {
        {{"public_dir: ", 12}, "--public"},
        {{"client_dir: ", 12}, "--client-dir"},
        {{"listen: ", 8}, "--listen"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_starts_with(slice_str(error), names[i].option)) {
            fprintf(stderr, "tincand: %s: %s\n", names[i].flag, error + names[i].option.n);
            return EXIT_BAD_SETTING;
        }
    }
    fprintf(stderr, "tincand: %s\n", error);
    return EXIT_FAILURE;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Where the site is, for a link. */
static const char *base_url(const struct app *app, char url[URL_BYTES_MAX])
{
    const struct civet_listen *l = &app->options.listen[0];
    if (*app->options.public_origin) {
        return app->options.public_origin;
    }
    bool any = slice_eq(l->address, SL("*"));
    bool ipv6 = slice_find(l->address, ':') < l->address.n;
    snprintf(url, URL_BYTES_MAX, "%s://%s%.*s%s:%u", l->tls ? "https" : "http", ipv6 ? "[" : "",
             any ? 9 : (int)l->address.n, any ? "localhost" : l->address.p, ipv6 ? "]" : "",
             tincan_port(app->t, 0));
    return url;
}

/* Nobody owns this server yet. */
static void announce_setup(void *user)
{
    struct app *app = user;
    char url[URL_BYTES_MAX], setup[API_SETUP_PATH_BYTES];
    if (product_setup_path(&app->product, setup)) {
        printf("make the owner's account: %s%s\n", base_url(app, url), setup);
        fflush(stdout);
    }
}

static void announce(struct app *app)
{
    for (unsigned i = 0; i < app->options.listen_texts.n; i++) {
        const struct civet_listen *l = &app->options.listen[i];
        bool ipv6 = slice_find(l->address, ':') < l->address.n;
        if (slice_eq(l->address, SL("*"))) {
            printf("listening on %s://localhost:%u and every other address of this machine\n",
                   l->tls ? "https" : "http", tincan_port(app->t, i));
            continue;
        }
        printf("listening on %s://%s%.*s%s:%u\n", l->tls ? "https" : "http", ipv6 ? "[" : "",
               SL_ARG(l->address), ipv6 ? "]" : "", tincan_port(app->t, i));
    }
    fflush(stdout);
}

static void log_ready(const struct app *app, int64_t started_us)
{
    static const char *const registrations[] = {"open", "invite", "off"};
    const struct options *o = &app->options;
    bool sqlite = slice_starts_with(slice_str(o->database_url), SL("sqlite:"));
    log_line(LOG_INFO, L_MAIN, "ready",
             "reactors=%u relay=%s guests=%s registration=%s limits=%s data=\"%s\" store=%s "
             "start_us=%lld",
             o->reactors_n, o->relay ? "on" : "off", o->guests ? "on" : "off",
             registrations[o->registration], o->limits ? "on" : "off", o->data_dir,
             sqlite ? "sqlite" : "postgresql", (long long)(clock_now_us() - started_us));
}

/* --- stopping --- */

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP); /* the terminal it was started from is closed */
}

/* All threads inherit this: signals come to the one that waits for them. */
static void block_signals(void)
{
    sigset_t set;
    stop_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *await_signal(void *user)
{
    struct app *app = user;
    sigset_t set;
    int signal_number = 0;
    stop_signals(&set);
    while (sigwait(&set, &signal_number) != 0) {
    }
    log_line(LOG_INFO, L_MAIN, "draining", "signal=%d", signal_number);
    alarm(DRAIN_SECONDS_MAX); /* never hang on the way out */
    product_stop(&app->product);
    return NULL;
}

/* --- the whole --- */

static int serve(struct app *app)
{
    int64_t started_us = clock_now_us();
    block_signals();
    raise_descriptor_limit();
    if (product_open(&app->product, &app->options) != ERR_OK) {
        return EXIT_BAD_SETTING; /* it said why */
    }
    app->product.on_started = announce_setup;
    app->product.user = app;
    if (make_server(app) != ERR_OK) {
        return EXIT_FAILURE;
    }
    if (product_start(&app->product, app->t, app->options.relay ? &app->relay : NULL, ROW_RELAY) !=
        ERR_OK) {
        tincan_free(app->t);
        return EXIT_FAILURE;
    }
    if (!tincan_listen(app->t)) {
        int status = complain(tincan_error(app->t));
        tincan_free(app->t);
        product_close(&app->product);
        return status;
    }
    announce(app);
    announce_setup(app);
    log_ready(app, started_us);
    if (product_await_store(&app->product) != ERR_OK ||
        pthread_create(&app->signal_thread, NULL, await_signal, app) != 0) {
        fputs("tincand: no threads\n", stderr);
        tincan_free(app->t);
        product_close(&app->product);
        return EXIT_FAILURE;
    }
    int status = tincan_run(app->t);
    pthread_join(app->signal_thread, NULL);
    product_close(&app->product);
    return status;
}

int main(int argc, char **argv)
{
    static struct app app;
    if (argc > 1 && admin_is_command(argv[1])) {
        return admin_command(argc, argv);
    }
    switch (options_read(&app.options, argc, argv)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        return EXIT_BAD_SETTING;
    case OPTIONS_RUN:
        break;
    }
    return serve(&app);
}
