/* A relay and a namespace of handlers that know of each other, as tincand bridges the open namespace and the lobby: what is relayed
 * on "/" is also sent to "/lobby" as "heard", and what is said on "/lobby" is sent to "/" as "message".
 */
#include "app_inline.h"
#include "mem.h"
#include "relay.h"

static struct tincan *server;
static struct tincan_namespace *lobby;

struct heard {
    size_t n;
    char args[];
};

static void tell_lobby(struct tincan *t, void *user)
{
    struct heard *h = user;
    (void)t;
    tincan_broadcast(lobby, NULL, "heard", (struct tincan_slice){h->args, h->n});
    mem_free(h);
}

/* On the sender's reactor. */
static void on_message(void *user, const struct sio_packet *packet)
{
    struct heard *h = mem_alloc(sizeof *h + packet->args.n + 1);
    (void)user;
    h->n = packet->args.n;
    memcpy(h->args, packet->args.n > 0 ? packet->args.p : "", packet->args.n);
    if (!tincan_post(server, tell_lobby, h)) {
        mem_free(h);
    }
}

static void on_say(struct tincan_event *e, void *user)
{
    (void)user;
    bool ok = app_inline_emit(server, 0, "message", e->args);
    tincan_ack(e, tincan_text(ok ? "true" : "false"));
}

/* The first argument, so often that it fills several chunks, in one turn. */
static void on_say_often(struct tincan_event *e, void *user)
{
    int64_t n = 0;
    char args[64];
    bool ok = tincan_arg_integer(e, 0, &n);
    (void)user;
    for (int64_t i = 0; i < n && ok; i++) {
        snprintf(args, sizeof args, "%lld", (long long)i);
        ok = app_inline_emit(server, 0, "message", tincan_text(args));
    }
    tincan_ack(e, tincan_text(ok ? "true" : "false"));
}

static void put_header(struct tincan_slice name, struct tincan_slice value, void *user)
{
    struct buf *out = user;
    enum err e = buf_printf(out, "%s\"%.*s: %.*s\"", out->n > 0 ? "," : "", (int)name.n, name.p,
                            (int)value.n, value.p);
    CHECK(e == ERR_OK);
}

static void on_headers(struct tincan_event *e, void *user)
{
    struct buf out;
    (void)user;
    buf_init(&out, 4096);
    tincan_each_header(e->socket, put_header, &out);
    tincan_ack(e, (struct tincan_slice){out.p, out.n});
    buf_fini(&out);
}

int main(int argc, char **argv)
{
    static struct relay relay = {.on_message = on_message};
    static const struct slice headers[] = {{"User-Agent", 10}, {"X-Kept", 6}};
    unsigned long long reactors = 0;
    struct io_namespace rows[] = {relay_namespace(&relay)};
    slice_to_u64(slice_str(argc > 2 ? argv[2] : ""), 64, &reactors);
    server = app_new(
        &(struct tincan_options){.listen = "127.0.0.1:0",
                                 .reactors = (unsigned)reactors,
                                 .recovery_ms = 60000,
                                 .recovery = TINCAN_RECOVERY_ASKED},
        &(struct app_inline){.rows = rows, .rows_n = 1, .headers = headers, .headers_n = 2});
    lobby = server ? tincan_of(server, "/lobby") : NULL;
    if (!lobby || !tincan_on(lobby, "say", on_say, NULL) ||
        !tincan_on(lobby, "say-often", on_say_often, NULL) ||
        !tincan_on(lobby, "headers", on_headers, NULL) ||
        !app_inline_emit(server, 0, "message", tincan_text("\"nobody is there\"")) ||
        !tincan_listen(server)) {
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n", tincan_port(server, 0));
    fflush(stdout);
    return tincan_run(server);
}
