/* The events of library_server.c that every namespace has: echoes, rooms, targets, questions. */
#include "library_events.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_N_MAX       16
#define HISTORY_BYTES_MAX (1u << 20)

struct tincan *server;

/* --- text --- */

void put(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (t->n + (size_t)n + 1 > t->cap) {
        t->cap = 2 * (t->n + (size_t)n + 1);
        t->p = realloc(t->p, t->cap);
    }
    va_start(args, format);
    vsnprintf(t->p + t->n, t->cap - t->n, format, args);
    va_end(args);
    t->n += (size_t)n;
}

void put_string(struct text *t, const char *s)
{
    size_t n = 6 * strlen(s) + 3;
    char *quoted = malloc(n);
    tincan_json_quote(s, quoted, n);
    put(t, "%s%s", t->n > 0 && t->p[t->n - 1] != '[' && t->p[t->n - 1] != ':' ? "," : "", quoted);
    free(quoted);
}

struct tincan_slice all_of(const struct text *t)
{
    return (struct tincan_slice){t->p, t->n};
}

void ack_text(struct tincan_event *e, struct text *t)
{
    tincan_ack(e, all_of(t));
    free(t->p);
}

void ack_ok(struct tincan_event *e, bool ok)
{
    struct text t = {0};
    if (ok) {
        put(&t, "{\"ok\":true}");
    } else {
        put(&t, "{\"ok\":false,\"error\":");
        put_string(&t, tincan_error(server));
        put(&t, "}");
    }
    ack_text(e, &t);
}

int64_t integer(const struct tincan_event *e, unsigned index, int64_t fallback)
{
    int64_t n = fallback;
    tincan_arg_integer(e, index, &n);
    return n;
}

/* --- what happened --- */

static struct text history;

void note(const char *format, ...)
{
    char line[512];
    va_list args;
    if (history.n > HISTORY_BYTES_MAX) {
        return;
    }
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    put_string(&history, line);
}

void forget_history(void)
{
    free(history.p);
    history = (struct text){NULL, 0, 0};
}

/* history(forget): what was noted; with true, since the last time */
static void on_history(struct tincan_event *e, void *user)
{
    struct text t = {0};
    bool forget = false;
    (void)user;
    put(&t, "[%.*s]", (int)history.n, history.p ? history.p : "");
    tincan_arg_bool(e, 0, &forget);
    if (forget) {
        forget_history();
    }
    ack_text(e, &t);
}

/* --- targets: {"to":[..],"except":[..],"others":true,"volatile":true,"patient":true,"ack":ms} --- */

struct spec {
    struct tincan_target target;
    struct tincan_send send;
    bool wants_ack;
    char names[2][NAMES_N_MAX][64];
    const char *lists[2][NAMES_N_MAX + 1];
};

static bool is_true(struct tincan_slice object, const char *key)
{
    struct tincan_slice value;
    return tincan_json_member(object, key, &value) && value.n == 4;
}

static const char *const *read_names(struct tincan_slice object, const char *key, struct spec *spec,
                                     unsigned which)
{
    struct tincan_slice list;
    if (!tincan_json_member(object, key, &list)) {
        return NULL;
    }
    const struct tincan_event elements = {.args = {list.p + 1, list.n - 2}};
    unsigned n = 0;
    while (n < NAMES_N_MAX &&
           tincan_arg_text(&elements, n, spec->names[which][n], sizeof spec->names[which][n])) {
        spec->lists[which][n] = spec->names[which][n];
        n++;
    }
    return spec->lists[which];
}

static void read_spec(const struct tincan_event *e, unsigned index, struct spec *spec)
{
    struct tincan_slice object = tincan_arg(e, index), ack;
    memset(spec, 0, sizeof *spec);
    spec->target.rooms = read_names(object, "to", spec, 0);
    spec->target.except_rooms = read_names(object, "except", spec, 1);
    spec->target.except = is_true(object, "others") ? e->socket : NULL;
    spec->send.is_volatile = is_true(object, "volatile");
    spec->send.volatile_bytes = is_true(object, "patient") ? 1 << 16 : 0;
    spec->wants_ack = tincan_json_member(object, "ack", &ack);
    if (spec->wants_ack) {
        spec->send.timeout_ms = (uint32_t)integer(&(struct tincan_event){.args = ack}, 0, 0);
    }
    spec->send.attachments = e->attachments;
    spec->send.attachments_n = e->attachments_n;
}

/* --- sockets to be found again --- */

struct who who_is(const struct tincan_socket *s)
{
    struct who who;
    snprintf(who.nsp, sizeof who.nsp, "%s", tincan_namespace_name(tincan_socket_namespace(s)));
    memcpy(who.id, tincan_id(s), sizeof who.id);
    return who;
}

struct tincan_socket *find_who(const struct who *who)
{
    struct tincan_namespace *ns = tincan_namespace_find(server, who->nsp);
    return ns ? tincan_find(ns, who->id) : NULL;
}

/* --- echoes --- */

static void on_echo(struct tincan_event *e, void *user)
{
    (void)user;
    tincan_emit_with(
        e->socket, "echo", e->args,
        &(struct tincan_send){.attachments = e->attachments, .attachments_n = e->attachments_n});
    if (e->wants_ack) {
        tincan_ack_with(e->socket, e->ack_id, e->args, e->attachments, e->attachments_n);
    }
}

/* The raw text of an argument sent as it is, to see what the library refuses. */
static void on_raw(struct tincan_event *e, void *user)
{
    char event[300], args[2000];
    (void)user;
    tincan_arg_text(e, 0, event, sizeof event);
    tincan_arg_text(e, 1, args, sizeof args);
    ack_ok(e, tincan_emit(e->socket, event, tincan_text(args)));
}

static void on_attach(struct tincan_event *e, void *user)
{
    static const struct tincan_slice bytes = {"\0\xff", 2};
    struct tincan_slice attachments[32];
    struct text args = {0};
    unsigned n = (unsigned)integer(e, 0, 0);
    (void)user;
    for (unsigned i = 0; i < n && i < 32; i++) {
        attachments[i] = bytes;
        put(&args, "%s{\"_placeholder\":true,\"num\":%u}", i ? "," : "", i);
    }
    ack_ok(e,
           tincan_emit_with(e->socket, "attached", all_of(&args),
                            &(struct tincan_send){.attachments = attachments, .attachments_n = n}));
    free(args.p);
}

static void on_typed(struct tincan_event *e, void *user)
{
    char text[16];
    int64_t whole;
    double number = 0;
    bool flag = false;
    struct text t = {0};
    (void)user;
    if (tincan_arg_text(e, 0, text, sizeof text) && tincan_arg_integer(e, 1, &whole)) {
        tincan_arg_number(e, 2, &number);
        tincan_arg_bool(e, 3, &flag);
        put(&t, "{\"n\":%u,\"whole\":%lld,\"number\":%g,\"flag\":%s}", tincan_args_n(e),
            (long long)whole, number, flag ? "true" : "false");
    } else {
        put(&t, "\"no text of 15 bytes\"");
    }
    ack_text(e, &t);
}

/* --- rooms and targets --- */

static void on_join(struct tincan_event *e, void *user)
{
    char room[600];
    (void)user;
    ack_ok(e, tincan_arg_text(e, 0, room, sizeof room) && tincan_join(e->socket, room));
}

static void on_leave(struct tincan_event *e, void *user)
{
    char room[600];
    (void)user;
    if (tincan_arg_text(e, 0, room, sizeof room)) {
        tincan_leave(e->socket, room);
    }
    ack_ok(e, true);
}

static void put_room(const char *room, void *user)
{
    put_string(user, room);
}

static void on_rooms(struct tincan_event *e, void *user)
{
    struct text t = {0};
    (void)user;
    put(&t, "[");
    tincan_each_room(e->socket, put_room, &t);
    put(&t, "]");
    ack_text(e, &t);
}

static void leave_room(const char *room, void *user)
{
    tincan_leave(user, room);
}

static void on_leave_all(struct tincan_event *e, void *user)
{
    (void)user;
    tincan_each_room(e->socket, leave_room, e->socket);
    ack_ok(e, true);
}

static void put_room_size(const char *room, size_t members, void *user)
{
    struct text *t = user;
    put_string(t, room);
    put(t, ":%zu", members);
}

static void on_all_rooms(struct tincan_event *e, void *user)
{
    struct text t = {0}, braced = {0};
    (void)user;
    tincan_namespace_rooms(tincan_socket_namespace(e->socket), put_room_size, &t);
    put(&braced, "{%s},%zu", t.p ? t.p : "",
        tincan_namespace_sockets(tincan_socket_namespace(e->socket)));
    free(t.p);
    ack_text(e, &braced);
}

/* Questions asked, and those whose end was told. */
static unsigned long asked_n, told_n;

/* Who is to hear of it, who may be gone by then. */
struct asking {
    struct who who;
};

static struct asking *make_asking(const struct tincan_event *e)
{
    struct asking *a = calloc(1, sizeof *a);
    a->who = who_is(e->socket);
    asked_n++;
    return a;
}

static void on_answers(void *user, enum tincan_ack_result result,
                       const struct tincan_event *answers, size_t answers_n)
{
    static const char *const names[] = {"ok", "timeout", "disconnected"};
    struct asking *a = user;
    struct tincan_socket *s = find_who(&a->who);
    struct text t = {0};
    put(&t, "\"%s\"", names[result]);
    for (size_t i = 0; i < answers_n; i++) {
        struct tincan_slice data = {"", 0};
        bool binary = tincan_arg_binary(&answers[i], 0, &data);
        put(&t, ",[%.*s%s%u]", (int)answers[i].args.n, answers[i].args.p,
            answers[i].args.n ? "," : "", answers[i].attachments_n);
        if (binary) {
            put(&t, ",%zu", data.n);
        }
        if (!answers[i].socket) {
            put(&t, ",\"left\"");
        }
    }
    if (s) {
        tincan_emit(s, "answers", all_of(&t));
    }
    note("answers %s %zu", names[result], answers_n);
    told_n++;
    free(t.p);
    free(a);
}

/* The arguments from the n-th on. */
static struct tincan_slice from_arg(const struct tincan_event *e, unsigned n)
{
    struct tincan_slice first = tincan_arg(e, n);
    return first.n ? (struct tincan_slice){first.p, (size_t)(e->args.p + e->args.n - first.p)}
                   : tincan_text("");
}

/* send(spec, event, ...args) */
static void on_send(struct tincan_event *e, void *user)
{
    struct spec spec;
    char event[64] = "";
    (void)user;
    read_spec(e, 0, &spec);
    tincan_arg_text(e, 1, event, sizeof event);
    if (spec.wants_ack) {
        spec.send.on_answers = on_answers;
        spec.send.user = make_asking(e);
    }
    bool ok = tincan_broadcast_with(tincan_socket_namespace(e->socket), &spec.target, event,
                                    from_arg(e, 2), &spec.send);
    if (!ok && spec.wants_ack) {
        free(spec.send.user);
        asked_n--;
    }
    ack_ok(e, ok);
}

static void on_slices(void *user, enum tincan_ack_result result, const struct tincan_slice *answers,
                      size_t answers_n)
{
    const struct asking *a = user;
    struct tincan_event events[1] = {{.args = answers_n ? answers[0] : tincan_text("")}};
    events[0].socket = find_who(&a->who);
    on_answers(user, result, events, answers_n);
}

/* ask(timeout, ...args): the caller itself, by the simpler callback */
static void on_ask(struct tincan_event *e, void *user)
{
    (void)user;
    struct tincan_send send = {
        .on_ack = on_slices, .user = make_asking(e), .timeout_ms = (uint32_t)integer(e, 0, 0)};
    if (!tincan_emit_with(e->socket, "question", from_arg(e, 1), &send)) {
        free(send.user);
        asked_n--;
    }
}

static void on_stats(struct tincan_event *e, void *user)
{
    struct text t = {0};
    (void)user;
    put(&t, "{\"asked\":%lu,\"told\":%lu,\"connections\":%zu}", asked_n, told_n,
        tincan_connections(server));
    ack_text(e, &t);
}

static void put_id(struct tincan_socket *s, void *user)
{
    put_string(user, tincan_id(s));
}

static void on_each(struct tincan_event *e, void *user)
{
    struct spec spec;
    struct text t = {0};
    (void)user;
    read_spec(e, 0, &spec);
    put(&t, "[");
    tincan_each_socket(tincan_socket_namespace(e->socket), &spec.target, put_id, &t);
    put(&t, "],%zu,%zu", tincan_count(tincan_socket_namespace(e->socket), &spec.target),
        tincan_connections(server));
    ack_text(e, &t);
}

static void on_sockets_join(struct tincan_event *e, void *user)
{
    struct spec spec;
    char room[64] = "";
    read_spec(e, 0, &spec);
    tincan_arg_text(e, 1, room, sizeof room);
    (user ? tincan_sockets_leave : tincan_sockets_join)(tincan_socket_namespace(e->socket),
                                                        &spec.target, room);
    ack_ok(e, true);
}

/* kick(spec, close): the answer is sent first, as the sender may be among them */
static void on_kick(struct tincan_event *e, void *user)
{
    struct spec spec;
    bool close = false;
    (void)user;
    read_spec(e, 0, &spec);
    tincan_arg_bool(e, 1, &close);
    ack_ok(e, true);
    tincan_disconnect_sockets(tincan_socket_namespace(e->socket), &spec.target, close);
}

/* --- all of them --- */

bool library_events(struct tincan_namespace *ns)
{
    return tincan_on(ns, "echo", on_echo, NULL) && tincan_on(ns, "raw", on_raw, NULL) &&
           tincan_on(ns, "attach", on_attach, NULL) &&
           tincan_on_typed(ns, "typed", "si?nb", on_typed, NULL) &&
           tincan_on(ns, "join", on_join, NULL) && tincan_on(ns, "leave", on_leave, NULL) &&
           tincan_on(ns, "rooms", on_rooms, NULL) &&
           tincan_on(ns, "leave-all", on_leave_all, NULL) &&
           tincan_on(ns, "all-rooms", on_all_rooms, NULL) && tincan_on(ns, "send", on_send, NULL) &&
           tincan_on(ns, "ask", on_ask, NULL) && tincan_on(ns, "stats", on_stats, NULL) &&
           tincan_on(ns, "each", on_each, NULL) &&
           tincan_on(ns, "sockets-join", on_sockets_join, NULL) &&
           tincan_on(ns, "sockets-leave", on_sockets_join, ns) &&
           tincan_on(ns, "kick", on_kick, NULL) && tincan_on(ns, "history", on_history, NULL);
}
