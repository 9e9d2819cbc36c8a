/* A server on tincan.h alone that shows every feature of the library by events, for library_*.test.mjs: options, namespaces,
 * middleware, lives of sockets, other threads. */
#include "library_events.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the socket --- */

static void on_handshake(struct tincan_event *e, void *user)
{
    struct tincan_socket *s = e->socket;
    struct tincan_slice auth = tincan_auth(s), path = tincan_path(s), query = tincan_query(s);
    struct tincan_slice agent = tincan_header(s, "X-TEST"), address = tincan_address(s);
    char q[32] = "";
    struct text t = {0};
    (void)user;
    bool found = tincan_query_get(s, "q", q, sizeof q);
    put(&t, "{\"id\":\"%s\",\"nsp\":\"%s\",\"auth\":%.*s,\"path\":\"%.*s\",\"query\":\"%.*s\"",
        tincan_id(s), tincan_namespace_name(tincan_socket_namespace(s)), (int)auth.n, auth.p,
        (int)path.n, path.p, (int)query.n, query.p);
    put(&t,
        ",\"address\":\"%.*s\",\"header\":\"%.*s\",\"secure\":%s,\"time\":%lld,\"recovered\":%s,"
        "\"q\":",
        (int)address.n, address.p, (int)agent.n, agent.p, tincan_secure(s) ? "true" : "false",
        (long long)tincan_time_ms(s), tincan_recovered(s) ? "true" : "false");
    if (found) {
        put_string(&t, q);
    } else {
        put(&t, "null");
    }
    put(&t, "}");
    ack_text(e, &t);
}

static void put_header(struct tincan_slice name, struct tincan_slice value, void *user)
{
    struct text *t = user;
    char pair[600];
    snprintf(pair, sizeof pair, "%.*s: %.*s", (int)name.n, name.p, (int)value.n, value.p);
    put_string(t, pair);
}

static void on_headers(struct tincan_event *e, void *user)
{
    struct text t = {0};
    (void)user;
    put(&t, "[");
    tincan_each_header(e->socket, put_header, &t);
    put(&t, "]");
    ack_text(e, &t);
}

static void release_data(void *data)
{
    note("released %s", (char *)data);
    free(data);
}

/* set-data(text); without: forget it */
static void on_set_data(struct tincan_event *e, void *user)
{
    char text[64];
    (void)user;
    bool some = tincan_arg_text(e, 0, text, sizeof text);
    char *copy = some ? calloc(1, sizeof text) : NULL;
    if (copy) {
        memcpy(copy, text, sizeof text);
    }
    tincan_set_data(e->socket, copy, copy ? release_data : NULL);
    ack_ok(e, true);
}

static void on_get_data(struct tincan_event *e, void *user)
{
    struct text t = {0};
    const char *data = tincan_data(e->socket);
    (void)user;
    put_string(&t, data ? data : "");
    ack_text(e, &t);
}

static void on_leave_me(struct tincan_event *e, void *user)
{
    bool close = false;
    (void)user;
    tincan_arg_bool(e, 0, &close);
    tincan_disconnect(e->socket, close);
    tincan_disconnect(e->socket, close); /* once is enough */
    note("after: %s %s", tincan_id(e->socket)[0] ? "id" : "",
         tincan_emit(e->socket, "ghost", tincan_text("")) ? "sent" : "not sent");
}

static void on_connection(struct tincan_socket *s, void *user)
{
    (void)user;
    note("connection %s%s", tincan_namespace_name(tincan_socket_namespace(s)),
         tincan_recovered(s) ? " recovered" : "");
    tincan_emit(s, "welcome", tincan_text(tincan_recovered(s) ? "true" : "false"));
}

static void note_rooms(const char *room, void *user)
{
    const struct tincan_socket *s = user;
    if (strcmp(room, tincan_id(s)) != 0) {
        note("still in %s", room);
    }
}

static void on_disconnecting(struct tincan_socket *s, const char *reason, void *user)
{
    (void)user;
    note("disconnecting %s", reason);
    tincan_each_room(s, note_rooms, s);
    tincan_disconnect(s, true); /* it is leaving already */
    if (tincan_in(s, "goodbye")) {
        tincan_to_others(s, "goodbye", "left", tincan_text("1"));
    }
}

static void on_disconnect(struct tincan_socket *s, const char *reason, void *user)
{
    (void)user;
    note("disconnect %s%s", reason,
         tincan_find(tincan_socket_namespace(s), tincan_id(s)) ? " (found)" : "");
    tincan_each_room(s, note_rooms, s);
    if (strcmp(reason, "server namespace disconnect") != 0 && tincan_join(s, "too late")) {
        note("joined too late");
    }
}

static void on_room(enum tincan_room_change change, const char *room, const char *socket_id,
                    void *user)
{
    static const char *const names[] = {"create", "delete", "join", "leave"};
    (void)user;
    note("%s %s%s", names[change], room, socket_id[0] ? " id" : "");
    /* A hook that undoes what it is told about. */
    struct tincan_socket *s = tincan_find(user, socket_id);
    if (s && change == TINCAN_ROOM_JOIN && strcmp(room, "undone") == 0) {
        tincan_leave(s, room);
    }
    if (s && change == TINCAN_ROOM_LEAVE && strcmp(room, "sticky") == 0 && tincan_join(s, room)) {
        tincan_leave(s, "nowhere");
    }
}

static void on_any(struct tincan_event *e, void *user)
{
    (void)user;
    if (strcmp(e->name, "history") != 0) {
        note("any %s %u", e->name, tincan_args_n(e));
    }
}

static void on_any_outgoing(struct tincan_event *e, void *user)
{
    (void)user;
    note("out %s %s", e->name, e->socket ? "one" : "all");
}

static bool check_event(struct tincan_event *e, void *user)
{
    (void)user;
    if (strcmp(e->name, "blocked") == 0) {
        tincan_ack(e, tincan_text("\"blocked\""));
        return false;
    }
    if (strcmp(e->name, "kicked") == 0) {
        tincan_disconnect(e->socket, false);
    }
    return true;
}

static void on_kicked(struct tincan_event *e, void *user)
{
    (void)e;
    (void)user;
    note("a handler ran for a socket that had left");
}

/* --- time and threads --- */

struct later {
    struct who who;
    uint64_t ack_id;
    unsigned ms;
    pthread_t worked_on;
};

static struct later *make_later(const struct tincan_event *e)
{
    struct later *l = calloc(1, sizeof *l);
    l->who = who_is(e->socket);
    l->ack_id = e->ack_id;
    l->ms = (unsigned)integer(e, 0, 0);
    return l;
}

static void finish_later(struct tincan *t, void *user)
{
    struct later *l = user;
    struct tincan_socket *s = find_who(&l->who);
    (void)t;
    if (s) {
        tincan_ack_later(s, l->ack_id, tincan_text("\"later\""));
    }
    free(l);
}

static void on_later(struct tincan_event *e, void *user)
{
    (void)user;
    tincan_after(server, (uint32_t)integer(e, 0, 0), finish_later, make_later(e));
}

static void work(void *user)
{
    struct later *l = user;
    l->worked_on = pthread_self();
    usleep(l->ms * 1000);
}

static void on_work(struct tincan_event *e, void *user)
{
    (void)user;
    tincan_work(server, work, finish_later, make_later(e));
}

static void *post_from_thread(void *user)
{
    tincan_post(server, finish_later, user);
    return NULL;
}

static void on_post(struct tincan_event *e, void *user)
{
    pthread_t thread;
    (void)user;
    pthread_create(&thread, NULL, post_from_thread, make_later(e));
    pthread_join(thread, NULL);
}

/* A handler as it should not be. */
static void on_sleep(struct tincan_event *e, void *user)
{
    (void)user;
    usleep((unsigned)integer(e, 0, 0) * 1000);
    ack_ok(e, true);
}

static void on_stop(struct tincan_event *e, void *user)
{
    (void)user;
    ack_ok(e, true);
    tincan_stop(server);
}

static void on_backlog_known(struct tincan_socket *s, size_t queued_bytes, void *user)
{
    struct text t = {0};
    (void)user;
    put(&t, "%zu", queued_bytes);
    if (s) {
        tincan_emit(s, "backlog", all_of(&t));
    }
    note("backlog %s", s ? "known" : "gone");
    free(t.p);
}

/* flood(n, bytes): so much to the caller, then its backlog */
static void on_flood(struct tincan_event *e, void *user)
{
    struct text args = {0};
    (void)user;
    put(&args, "\"%0*d\"", (int)integer(e, 1, 1), 0);
    for (int64_t i = 0; i < integer(e, 0, 0); i++) {
        tincan_emit(e->socket, "drop", all_of(&args));
    }
    free(args.p);
    tincan_backlog(e->socket, on_backlog_known, NULL);
}

static bool life_events(struct tincan_namespace *ns)
{
    return tincan_on(ns, "handshake", on_handshake, NULL) &&
           tincan_on(ns, "headers", on_headers, NULL) &&
           tincan_on(ns, "set-data", on_set_data, NULL) &&
           tincan_on(ns, "get-data", on_get_data, NULL) &&
           tincan_on(ns, "leave-me", on_leave_me, NULL) && tincan_on(ns, "later", on_later, NULL) &&
           tincan_on(ns, "work", on_work, NULL) && tincan_on(ns, "post", on_post, NULL) &&
           tincan_on(ns, "sleep", on_sleep, NULL) && tincan_on(ns, "stop", on_stop, NULL) &&
           tincan_on(ns, "flood", on_flood, NULL) && tincan_on(ns, "kicked", on_kicked, NULL) &&
           tincan_use_event(ns, check_event, NULL) && tincan_on_any(ns, on_any, NULL) &&
           tincan_on_connection(ns, on_connection, NULL) &&
           tincan_on_disconnecting(ns, on_disconnecting, NULL) &&
           tincan_on_disconnect(ns, on_disconnect, NULL);
}

/* --- the door of /door: {"token":"good","delay":ms,"user":..,"hold":true} --- */

static void first_door(struct tincan_connect *c, void *user)
{
    struct tincan_slice auth = tincan_auth(tincan_connect_socket(c)), token;
    (void)user;
    note("first door");
    if (tincan_json_member(auth, "token", &token) && token.n == 6 &&
        memcmp(token.p, "\"good\"", 6) == 0) {
        tincan_next(c);
    } else {
        tincan_refuse(c, "Not by the \"first\" door", "{\"code\":401,\"list\":[1,null]}");
    }
}

static struct tincan_connect *held;

static void open_late(struct tincan *t, void *user)
{
    (void)t;
    note("second door opens");
    tincan_next(user);
}

static void refuse_late(struct tincan *t, void *user)
{
    (void)t;
    note("second door stays shut");
    tincan_refuse(user, "Too late", NULL);
}

/* Rooms are joined here already, and data set. */
static void second_door(struct tincan_connect *c, void *user)
{
    struct tincan_socket *s = tincan_connect_socket(c);
    struct tincan_slice auth = tincan_auth(s), delay, ignored;
    char *data = calloc(1, 16);
    (void)user;
    note("second door");
    memcpy(data, "from the door", 14);
    tincan_set_data(s, data, release_data);
    tincan_join(s, "early");
    tincan_to(tincan_socket_namespace(s), "early", "early", tincan_text("1"));
    if (tincan_json_member(auth, "hold", &ignored)) {
        held = c;
    } else if (tincan_json_member(auth, "delay", &delay)) {
        uint32_t ms = (uint32_t)integer(&(struct tincan_event){.args = delay}, 0, 0);
        tincan_after(server, ms,
                     tincan_json_member(auth, "refuse", &ignored) ? refuse_late : open_late, c);
    } else {
        tincan_next(c);
    }
}

static void on_let_in(struct tincan_event *e, void *user)
{
    struct tincan_connect *c = held;
    (void)user;
    held = NULL;
    if (c) {
        tincan_next(c);
    }
    ack_ok(e, c != NULL);
}

/* Who this is, for recovery. */
static void name_user(struct tincan_connect *c, void *user)
{
    struct tincan_socket *s = tincan_connect_socket(c);
    struct tincan_slice raw;
    char name[64];
    (void)user;
    if (tincan_json_member(tincan_auth(s), "user", &raw) &&
        tincan_arg_text(&(struct tincan_event){.args = raw}, 0, name, sizeof name)) {
        tincan_set_user(s, name);
    }
    tincan_next(c);
}

/* --- patterns --- */

static bool starts_with_fn(const char *name, void *user)
{
    (void)user;
    return strncmp(name, "/fn-", 4) == 0;
}

static void on_which(struct tincan_event *e, void *user)
{
    struct text t = {0};
    put_string(&t, user);
    put_string(&t, tincan_namespace_name(tincan_socket_namespace(e->socket)));
    ack_text(e, &t);
}

/* A handler of one of a pattern's namespaces only. */
static void on_own(struct tincan_event *e, void *user)
{
    (void)user;
    struct tincan_namespace *ns =
        tincan_of(server, tincan_namespace_name(tincan_socket_namespace(e->socket)));
    ack_ok(e, ns == tincan_socket_namespace(e->socket) &&
                  tincan_on(ns, "only-here", on_which, "only here"));
}

static bool pattern(struct tincan_namespace *ns, char *name)
{
    return ns && library_events(ns) && life_events(ns) && tincan_on(ns, "which", on_which, name) &&
           tincan_on(ns, "own", on_own, NULL);
}

static bool namespaces(struct tincan *t)
{
    struct tincan_namespace *all = tincan_of(t, "/");
    struct tincan_namespace *door = tincan_of(t, "door");
    struct tincan_namespace *hooks = tincan_of(t, "/hooks");
    struct tincan_namespace *plain = tincan_of(t, "/plain");
    if (!all || !door || !hooks || !plain || tincan_of(t, "/a,b") || tincan_of_pattern(t, "(")) {
        return false;
    }
    tincan_set_recovery(plain, TINCAN_RECOVERY_NONE);
    return library_events(all) && life_events(all) && tincan_use(all, name_user, NULL) &&
           tincan_on(all, "let-in", on_let_in, NULL) && library_events(plain) &&
           life_events(plain) && library_events(door) && life_events(door) &&
           tincan_use(door, first_door, NULL) && tincan_use(door, second_door, NULL) &&
           library_events(hooks) && life_events(hooks) && tincan_on_room(hooks, on_room, hooks) &&
           tincan_on_any_outgoing(hooks, on_any_outgoing, NULL) &&
           pattern(tincan_of_pattern(t, "^/dyn-[0-9]+$"), "digits") &&
           pattern(tincan_of_pattern(t, "^/dyn-"), "anything") &&
           pattern(tincan_of_match(t, starts_with_fn, NULL), "function");
}

/* --- options --- */

static bool allow_request(void *user, struct tincan_slice query, struct tincan_slice origin,
                          const char **message)
{
    (void)user;
    (void)origin;
    if (memmem(query.p, query.n, "deny=1", 6)) {
        *message = "Not you";
        return false;
    }
    return true;
}

static uint32_t number(const char *text)
{
    return (uint32_t)integer(&(struct tincan_event){.args = tincan_text(text)}, 0, 0);
}

static bool read_option(struct tincan_options *o, const char *name, const char *value)
{
    struct {
        const char *name;
        uint32_t *number;
        const char **text;
        size_t *bytes;
    } rows[] = {
        {"--reactors", &o->reactors, NULL, NULL},
        {"--ping-interval", &o->ping_interval_ms, NULL, NULL},
        {"--ping-timeout", &o->ping_timeout_ms, NULL, NULL},
        {"--max-payload", &o->max_payload_bytes, NULL, NULL},
        {"--recovery", &o->recovery_ms, NULL, NULL},
        {"--recovery-bytes", NULL, NULL, &o->recovery_bytes},
        {"--waiting-bytes", NULL, NULL, &o->waiting_bytes},
        {"--listen", NULL, &o->listen, NULL},
        {"--origins", NULL, &o->origins, NULL},
        {"--client-dir", NULL, &o->client_dir, NULL},
        {"--public-dir", NULL, &o->public_dir, NULL},
        {"--path", NULL, &o->path, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            if (rows[i].number) {
                *rows[i].number = number(value);
            } else if (rows[i].bytes) {
                *rows[i].bytes = number(value);
            } else {
                *rows[i].text = value;
            }
            return true;
        }
    }
    o->recovery = strcmp(value, "asked") == 0 ? TINCAN_RECOVERY_ASKED : TINCAN_RECOVERY_ALL;
    o->cleanup_empty_namespaces = o->cleanup_empty_namespaces || strcmp(name, "--cleanup") == 0;
    return strcmp(name, "--recovery-for") == 0 || strcmp(name, "--cleanup") == 0;
}

int main(int argc, char **argv)
{
    struct tincan_options options = {.listen = "127.0.0.1:0",
                                     .allow_request = allow_request,
                                     .on_request = library_http,
                                     .streams_request = library_http_streams};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!read_option(&options, argv[i], argv[i + 1])) {
            fprintf(stderr, "%s: no such option\n", argv[i]);
            return 2;
        }
    }
    server = tincan_new(&options);
    if (!server || !namespaces(server) || !tincan_listen(server)) {
        fprintf(stderr, "cannot start: %s\n", server ? tincan_error(server) : "");
        tincan_free(server);
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n", tincan_port(server, 0));
    fflush(stdout);
    int status = tincan_run(server);
    forget_history();
    return status;
}
