/* Sockets: joining a namespace through its middleware, leaving, what they remember. See app.h. */
#include "app.h"

#include "json.h"
#include "mem.h"

/* --- joining --- */

static void refuse(struct tincan_socket *s, const char *message, const char *data)
{
    struct tincan *t = s->t;
    struct buf *out = &t->scratch;
    buf_reset(out);
    enum err e = buf_put(out, SL("{\"message\":"));
    e = e == ERR_OK ? json_quote(slice_str(message), out) : e;
    if (e == ERR_OK && data &&
        json_check(slice_str(data), &(struct json_limits){.allow_duplicate_keys = true}) ==
            ERR_OK) {
        e = buf_printf(out, ",\"data\":%s", data);
    }
    e = e == ERR_OK ? buf_putc(out, '}') : e;
    char *text = e == ERR_OK ? app_copy(buf_peek(out)) : NULL;
    s->state = SOCKET_LEFT;
    if (text) {
        app_tell(s, (struct command){.kind = COMMAND_REFUSE, .text = text});
    } else {
        app_doom(s);
    }
    app_leave_all(s);
}

static void let_in(struct tincan_socket *s)
{
    char extra[APP_PID_BYTES + 16] = "";
    if (s->pid[0]) {
        snprintf(extra, sizeof extra, ",\"pid\":\"%s\"", s->pid);
    }
    struct command c = {.kind = COMMAND_ACCEPT, .text = app_copy(slice_str(extra))};
    memcpy(c.id, s->id, TINCAN_ID_BYTES);
    s->state = SOCKET_CONNECTED;
    s->ns->was_joined = true;
    app_rooms_enter(s);
    if (c.text) {
        app_tell(s, c);
    } else {
        app_doom(s);
    }
}

/* Everybody in the chain has agreed. */
static void finish_connect(struct tincan_socket *s)
{
    struct tincan_namespace *ns = s->ns;
    app_recovery_restore(s);
    if (map_set(&ns->sockets, slice_str(s->id), s) != ERR_OK ||
        !app_room_add(&ns->all, s, &s->all)) {
        map_remove(&ns->sockets, slice_str(s->id));
        refuse(s, "The server is out of memory", NULL);
        return;
    }
    let_in(s);
    for (struct row *row = app_first_row(ns, ROW_CONNECTION); row && s->state == SOCKET_CONNECTED;
         row = app_next_row(ns, ROW_CONNECTION, row)) {
        row->on_socket(s, row->user);
    }
}

static void ask_next(struct tincan_socket *s)
{
    struct row *row = s->connect.next;
    if (!row) {
        finish_connect(s);
        return;
    }
    s->connect.next = app_next_row(s->ns, ROW_CONNECT, row);
    s->connect.answered = false;
    row->on_connect(&s->connect, row->user);
}

static struct tincan_socket *socket_of(struct tincan_connect *c)
{
    return CONTAINER_OF(c, struct tincan_socket, connect);
}

/* A client left while a middleware is being asked: it is only freed with the answer, so that this has something to refer to. */
static void hold(struct tincan_socket *s)
{
    struct tincan *t = s->t;
    s->state = SOCKET_LEFT;
    s->next_held = t->held;
    s->at_held = &t->held;
    if (t->held) {
        t->held->at_held = &s->next_held;
    }
    t->held = s;
}

static void let_go(struct tincan_socket *s)
{
    if (s->at_held) {
        *s->at_held = s->next_held;
        if (s->next_held) {
            s->next_held->at_held = s->at_held;
        }
        s->at_held = NULL;
    }
}

/* A middleware has answered. Returns whether that is still of interest. */
static bool take_answer(struct tincan_connect *c)
{
    struct tincan_socket *s = socket_of(c);
    CHECK(!c->answered);
    c->answered = true;
    if (s->is_gone) {
        app_socket_free(s);
        return false;
    }
    return true;
}

void tincan_next(struct tincan_connect *c)
{
    if (take_answer(c)) {
        ask_next(socket_of(c));
    }
}

void tincan_refuse(struct tincan_connect *c, const char *message, const char *data)
{
    if (take_answer(c)) {
        refuse(socket_of(c), message, data);
    }
}

struct tincan_socket *tincan_connect_socket(struct tincan_connect *c)
{
    return socket_of(c);
}

/* Is this client to get offsets? */
static bool wants_recovery(const struct tincan_socket *s)
{
    struct slice value;
    if (!s->t->recovery || s->ns->recovery != TINCAN_RECOVERY_ASKED) {
        return s->t->recovery && s->ns->recovery == TINCAN_RECOVERY_ALL;
    }
    return json_get((struct slice){s->auth, s->auth_n}, SL("recovery"), &value) &&
           slice_eq(value, SL("true"));
}

void app_on_connect(struct tincan_socket *s, struct slice name)
{
    s->ns = app_find_namespace(s->t, name.p);
    if (!s->ns) {
        refuse(s, "Invalid namespace", NULL);
        return;
    }
    s->ns->users_n++;
    s->recoverable = wants_recovery(s);
    s->connect.next = app_first_row(s->ns, ROW_CONNECT);
    s->connect.answered = true;
    ask_next(s);
}

/* --- leaving --- */

static void tell_reason(struct tincan_socket *s, enum row_kind kind, const char *reason)
{
    for (struct row *row = app_first_row(s->ns, kind); row; row = app_next_row(s->ns, kind, row)) {
        row->on_reason(s, reason, row->user);
    }
}

/* Out of the namespace, whoever began it. */
static void leave_namespace(struct tincan_socket *s, const char *reason)
{
    CHECK(s->state == SOCKET_CONNECTED);
    s->state = SOCKET_LEAVING;
    tell_reason(s, ROW_DISCONNECTING, reason);
    app_recovery_save(s, reason);
    s->state = SOCKET_LEFT;
    map_remove(&s->ns->sockets, slice_str(s->id));
    app_leave_all(s);
    app_drop_acks(s);
    tell_reason(s, ROW_DISCONNECT, reason);
}

void app_on_gone(struct tincan_socket *s)
{
    s->is_gone = true;
    if (s->state == SOCKET_CONNECTED) {
        leave_namespace(s, s->gone_reason);
    } else if (s->state == SOCKET_CONNECTING && !s->connect.answered) {
        hold(s);
        return;
    }
    app_socket_free(s);
}

void tincan_disconnect(struct tincan_socket *s, bool close)
{
    if (s->state == SOCKET_CONNECTED) {
        leave_namespace(s, "server namespace disconnect");
        app_tell(s, (struct command){.kind = close ? COMMAND_CLOSE : COMMAND_DISCONNECT});
    }
}

void app_evict(struct tincan_socket *s)
{
    if (s->state == SOCKET_CONNECTED) {
        leave_namespace(s, "transport close");
        app_tell(s, (struct command){.kind = COMMAND_CLOSE});
    }
}

void app_socket_free(struct tincan_socket *s)
{
    struct tincan_namespace *ns = s->ns;
    let_go(s);
    app_leave_all(s);
    app_recovery_forget(s);
    if (s->release && !s->data_saved) {
        s->release(s->data);
    }
    eio_info_unref(s->info);
    mem_free(s->user);
    mem_free(s->rooms);
    mem_free(s->auth);
    if (ns) {
        ns->users_n--;
        app_namespace_check(ns);
    }
    app_socket_unref(s);
}

/* --- what a socket knows --- */

const char *tincan_id(const struct tincan_socket *s)
{
    return s->id;
}

struct tincan_namespace *tincan_socket_namespace(const struct tincan_socket *s)
{
    return s->ns;
}

struct tincan_socket *tincan_find(struct tincan_namespace *ns, const char *id)
{
    return map_get(&ns->sockets, slice_str(id));
}

void tincan_set_data(struct tincan_socket *s, void *data, void (*release)(void *data))
{
    if (s->release && !s->data_saved) {
        s->release(s->data);
    }
    s->data = data;
    s->release = release;
    s->data_saved = false;
}

bool tincan_set_user(struct tincan_socket *s, const char *user)
{
    char *copy = app_copy(slice_str(user));
    if (!copy) {
        return app_out_of_memory(s->t);
    }
    mem_free(s->user);
    s->user = copy;
    return true;
}

void *tincan_data(const struct tincan_socket *s)
{
    return s->data;
}

bool tincan_recovered(const struct tincan_socket *s)
{
    return s->recovered;
}

static struct tincan_slice to_public(struct slice s)
{
    return (struct tincan_slice){s.p, s.n};
}

struct tincan_slice tincan_auth(const struct tincan_socket *s)
{
    return (struct tincan_slice){s->auth, s->auth_n};
}

struct tincan_slice tincan_path(const struct tincan_socket *s)
{
    return to_public(s->info->path);
}

struct tincan_slice tincan_query(const struct tincan_socket *s)
{
    return to_public(s->info->query);
}

struct tincan_slice tincan_header(const struct tincan_socket *s, const char *name)
{
    return to_public(eio_info_header(s->info, slice_str(name)));
}

void tincan_each_header(const struct tincan_socket *s,
                        void (*fn)(struct tincan_slice name, struct tincan_slice value, void *user),
                        void *user)
{
    struct slice rest = s->info->headers;
    struct slice name, value;
    while (eio_info_next(&rest, &name, &value)) {
        fn(to_public(name), to_public(value), user);
    }
}

struct tincan_slice tincan_address(const struct tincan_socket *s)
{
    return to_public(s->info->address);
}

bool tincan_secure(const struct tincan_socket *s)
{
    return s->info->tls;
}

int64_t tincan_time_ms(const struct tincan_socket *s)
{
    return s->info->time_ms;
}

bool tincan_query_get(const struct tincan_socket *s, const char *name, char *out, size_t out_bytes)
{
    return app_query_text(s->info->query, name, out, out_bytes);
}

bool tincan_backlog(struct tincan_socket *s,
                    void (*fn)(struct tincan_socket *s, size_t queued_bytes, void *user),
                    void *user)
{
    struct tincan *t = s->t;
    if (t->stopped) {
        return app_fail(t, "the server has stopped");
    }
    struct app_query *q = mem_zalloc(sizeof *q);
    if (!q) {
        return app_out_of_memory(t);
    }
    q->fn = fn;
    q->user = user;
    return app_command(t, s->reactor,
                       &(struct command){.kind = COMMAND_BACKLOG, .ref = s->ref, .query = q});
}
