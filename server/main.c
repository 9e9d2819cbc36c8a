/* tincand: wires the parts together and owns the order of start and stop.
 *
 * Start: settings, the site, reactors, then the front that accepts. Stop (SIGTERM, SIGINT, SIGHUP):
 * the front, so that nobody new comes; then the reactors tell their clients and write what is
 * queued.
 */
#include "civet.h"
#include "client_bundle.h"
#include "clock.h"
#include "io.h"
#include "log.h"
#include "options.h"
#include "relay.h"
#include "site.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_BAD_SETTING  2
#define ENGINE_PATH       "/socket.io"
#define DRAIN_SECONDS_MAX 9

struct app {
    struct options options;
    struct relay relay;
    struct io_namespace namespaces[1];
    struct io_options io_options;
    struct io_server *io;
    struct site *site;
    struct client_bundle *bundle;
    struct civet *civet;
};

static void on_http(void *user, const struct http_request *request, struct http_reply *reply)
{
    const struct app *app = user;
    if (slice_eq(request->path, SL("/healthz"))) {
        reply->status = 200;
        reply->content_type = SL("text/plain; charset=utf-8");
        reply->body = SL("ok\n");
        http_reply_header(reply, SL("Cache-Control"), SL("no-store"));
    } else if (!client_bundle_reply(app->bundle, request, reply)) {
        site_reply(app->site, request, reply);
    }
}

static bool is_engine_path(void *user, struct slice path)
{
    struct app *app = user;
    return eio_front_is_path(io_server_front(app->io), path) &&
           !client_bundle_has(app->bundle, path);
}

static void on_engine(void *user, const struct http_request *request, enum err body_result,
                      struct slice body, struct net_socket socket)
{
    struct app *app = user;
    eio_front_on_engine(io_server_front(app->io), request, body_result, body, socket);
}

static bool may_upgrade(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct app *app = user;
    return eio_front_may_upgrade(io_server_front(app->io), request, reply);
}

static void on_websocket(void *user, const struct http_request *request, struct net_socket socket)
{
    struct app *app = user;
    eio_front_on_websocket(io_server_front(app->io), request, socket);
}

static void on_idle(void *user, struct net_socket socket)
{
    struct app *app = user;
    eio_front_on_idle(io_server_front(app->io), socket);
}

static void on_log(void *user, const char *text)
{
    (void)user;
    log_peer(LOG_DEBUG, L_HTTP, "front", "text=\"%s\"", text);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum err start_io(struct app *app)
{
    struct options *o = &app->options;
    app->relay.message_limit = o->message_limit;
    app->namespaces[0] = relay_namespace(&app->relay);
    app->io_options = (struct io_options){
        .eio = {.path = SL(ENGINE_PATH),
                .ping_interval_ms = o->ping_interval_ms,
                .ping_timeout_ms = o->ping_timeout_ms,
                .max_payload_bytes = o->max_payload_bytes,
                .origins = {.allowed = o->origins,
                            .allowed_n = o->origin_texts.n,
                            .allow_loopback = o->loopback_only}},
        .connect_timeout_ms = o->connect_timeout_ms,
        .reactors_n = o->reactors_n,
        .namespaces = app->namespaces,
        .namespaces_n = o->relay ? 1 : 0,
    };
    return io_server_start(&app->io_options, &app->io);
}

static enum err start_front(struct app *app, const char **why)
{
    const struct options *o = &app->options;
    const struct civet_options civet_options = {
        .listen = o->listen,
        .listen_n = o->listen_texts.n,
        .tls_cert = *o->tls_cert ? o->tls_cert : NULL,
        .tls_key = *o->tls_key ? o->tls_key : NULL,
        .body_max_bytes = o->max_payload_bytes,
        .callbacks = {.user = app,
                      .on_http = on_http,
                      .is_engine_path = is_engine_path,
                      .on_engine = on_engine,
                      .may_upgrade = may_upgrade,
                      .on_websocket = on_websocket,
                      .on_idle = on_idle,
                      .on_log = on_log},
    };
    return civet_start(&civet_options, &app->civet, why);
}

static void announce(const struct app *app)
{
    for (unsigned i = 0; i < app->options.listen_texts.n; i++) {
        const struct civet_listen *l = &app->options.listen[i];
        bool ipv6 = slice_find(l->address, ':') < l->address.n;
        if (slice_eq(l->address, SL("*"))) {
            printf("listening on %s://localhost:%u and every other address of this machine\n",
                   l->tls ? "https" : "http", civet_port(app->civet, i));
            continue;
        }
        printf("listening on %s://%s%.*s%s:%u\n", l->tls ? "https" : "http", ipv6 ? "[" : "",
               SL_ARG(l->address), ipv6 ? "]" : "", civet_port(app->civet, i));
    }
    fflush(stdout);
}

static void wait_for_signal(void)
{
    sigset_t set;
    int signal_number = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    while (sigwait(&set, &signal_number) != 0) {
    }
    log_line(LOG_INFO, L_MAIN, "draining", "signal=%d", signal_number);
}

/* All threads inherit this: signals come to the main thread only. */
static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP); /* the terminal it was started from is closed */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int serve(struct app *app)
{
    const char *why = "";
    int64_t started_us = clock_now_us();
    block_signals();
    raise_descriptor_limit();
    if (site_open(app->options.public_dir, &app->site, &why) != ERR_OK) {
        fprintf(stderr, "tincand: --public: %s\n", why);
        return EXIT_BAD_SETTING;
    }
    if (*app->options.client_dir && client_bundle_open(app->options.client_dir, SL(ENGINE_PATH),
                                                       &app->bundle, &why) != ERR_OK) {
        fprintf(stderr, "tincand: --client-dir: %s\n", why);
        return EXIT_BAD_SETTING;
    }
    if (start_io(app) != ERR_OK) {
        fprintf(stderr, "tincand: cannot start %u reactors: no descriptors, threads or memory\n",
                app->options.reactors_n);
        return EXIT_FAILURE;
    }
    if (start_front(app, &why) != ERR_OK) {
        fprintf(stderr, "tincand: --listen: %s\n", why);
        return EXIT_BAD_SETTING;
    }
    io_server_set_civet(app->io, app->civet);
    announce(app);
    log_line(LOG_INFO, L_MAIN, "ready", "reactors=%u relay=%s start_us=%lld",
             app->options.reactors_n, app->options.relay ? "on" : "off",
             (long long)(clock_now_us() - started_us));
    if (!app->options.relay) {
        log_line(
            LOG_WARN, L_MAIN,
            "nobody can chat: the open namespace / is off, as it is by default beyond loopback",
            "remedy=\"--relay on\"");
    }
    wait_for_signal();
    alarm(DRAIN_SECONDS_MAX); /* never hang on the way out */
    civet_drain(app->civet);
    io_server_stop(app->io);
    civet_stop(app->civet);
    client_bundle_close(app->bundle);
    site_close(app->site);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct app app;
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
