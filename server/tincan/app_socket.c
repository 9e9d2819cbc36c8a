/* Sockets: joining a namespace through its middleware, what they remember, leaving. See app.h. */
#include "app.h"

#include "json.h"
#include "mem.h"
#include "query.h"

/* --- joining --- */

static void refuse(struct tincan_socket *s, const char *message, const char *data)
{
    struct tincan *t = s->t;
    buf_reset(&t->scratch);
    enum err e = buf_put(&t->scratch, SL("{\"message\":"));
    e = e == ERR_OK ? json_quote(slice_str(message), &t->scratch) : e;
    if (e == ERR_OK && data && json_check(slice_str(data), &(struct json_limits){.allow_duplicate_keys = true}) == ERR_OK) {
        e = buf_printf(&t->scratch, ",\"data\":%s", data);
    }
    e = e == ERR_OK ? buf_putc(&t->scratch, '}') : e;
    char *text = e == ERR_OK ? app_copy(buf_peek(&t->scratch)) : NULL;
    s->state = SOCKET_LEFT;
    app_command(t, s->reactor, &(struct command){.kind = COMMAND_REFUSE, .ref = s->ref, .text = text});
}

/* Everybody in the chain has agreed. */
static void finish_connect(struct tincan_socket *s)
{
    struct tincan_namespace *ns = s->ns;
    ns->connecting_n--;
    app_recovery_restore(s);
    if (map_set(&ns->sockets, slice_str(s->id), s) != ERR_OK || !app_room_add(ns, &ns->all, s, &s->all)) {
        map_remove(&ns->sockets, slice_str(s->id));
        refuse(s, "The server is out of memory", NULL);
        return;
    }
    app_accept(s);
    for (struct middleware *m = app_handlers(ns)->connections; m && s->state == SOCKET_CONNECTED; m = m->next) {
        m->on_socket(s, m->user);
    }
}

void app_accept(struct tincan_socket *s)
{
    char extra[64] = "";
    s->state = SOCKET_CONNECTED;
    app_recovery_describe(s, extra, sizeof extra);
    struct command c = {.kind = COMMAND_ACCEPT, .ref = s->ref, .has_id = true, .text = app_copy(slice_str(extra))};
    memcpy(c.id, s->id, TINCAN_ID_BYTES);
    app_command(s->t, s->reactor, &c);
}

static void ask_next(struct tincan_socket *s)
{
    struct middleware *m = s->connect.next;
    if (!m) {
        finish_connect(s);
        return;
    }
    s->connect.next = m->next;
    s->connect.answered = false;
    m->on_connect(&s->connect, m->user);
}

static struct tincan_socket *socket_of(struct tincan_connect *c)
{
    return CONTAINER_OF(c, struct tincan_socket, connect);
}

/* A middleware has answered; a client that left meanwhile is only freed now, so that the answer had something to refer to. */
static bool take_answer(struct tincan_connect *c)
{
    struct tincan_socket *s = socket_of(c);
    CHECK(!c->answered);
    c->answered = true;
    if (s->gone_reason_known) {
        struct tincan_namespace *ns = s->ns;
        ns->connecting_n--;
        app_socket_free(s);
        app_namespace_emptied(ns);
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
    struct tincan_socket *s = socket_of(c);
    if (take_answer(c)) {
        s->ns->connecting_n--;
        refuse(s, message, data);
    }
}

struct tincan_socket *tincan_connect_socket(struct tincan_connect *c)
{
    return socket_of(c);
}

void app_on_connect(struct tincan_socket *s, struct slice name)
{
    s->ns = app_find_namespace(s->t, name.p);
    if (!s->ns) {
        refuse(s, "Invalid namespace", NULL);
        return;
    }
    s->ns->connecting_n++;
    s->connect.next = app_handlers(s->ns)->connects;
    s->connect.answered = true;
    ask_next(s);
}

/* --- leaving --- */

static void tell_reason(struct middleware *m, struct tincan_socket *s, const char *reason)
{
    for (; m; m = m->next) {
        m->on_reason(s, reason, m->user);
    }
}

/* Out of the namespace, whoever began it. */
static void leave_namespace(struct tincan_socket *s, const char *reason)
{
    struct tincan_namespace *ns = s->ns;
    tell_reason(app_handlers(ns)->disconnectings, s, reason);
    app_recovery_save(s, reason);
    s->state = SOCKET_LEFT;
    map_remove(&ns->sockets, slice_str(s->id));
    app_leave_all(s);
    app_drop_acks(s);
    tell_reason(app_handlers(ns)->disconnects, s, reason);
}

void app_on_gone(struct tincan_socket *s, const char *reason)
{
    struct tincan_namespace *ns = s->ns;
    if (s->state == SOCKET_CONNECTED) {
        leave_namespace(s, reason);
    } else if (s->state == SOCKET_CONNECTING && !s->connect.answered) {
        s->gone_reason_known = true; /* a middleware still holds it: its answer frees it */
        return;
    }
    app_socket_free(s);
    if (ns) {
        app_namespace_emptied(ns);
    }
}

void tincan_disconnect(struct tincan_socket *s, bool close)
{
    if (s->state != SOCKET_CONNECTED) {
        return;
    }
    leave_namespace(s, "server namespace disconnect");
    app_command(s->t, s->reactor, &(struct command){.kind = close ? COMMAND_CLOSE : COMMAND_DISCONNECT, .ref = s->ref});
}

void app_evict(struct tincan_socket *s)
{
    leave_namespace(s, "transport close");
    app_command(s->t, s->reactor, &(struct command){.kind = COMMAND_CLOSE, .ref = s->ref});
}

void app_socket_free(struct tincan_socket *s)
{
    if (s->release && !s->data_saved) {
        s->release(s->data);
    }
    app_recovery_forget(s);
    eio_info_unref(s->info);
    mem_free(s->rooms);
    mem_free(s->auth);
    mem_free(s);
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
    if (s->release) {
        s->release(s->data);
    }
    s->data = data;
    s->release = release;
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

struct tincan_slice tincan_query(const struct tincan_socket *s)
{
    return to_public(s->info->query);
}

struct tincan_slice tincan_header(const struct tincan_socket *s, const char *name)
{
    return to_public(eio_info_header(s->info, slice_str(name)));
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
    struct buf value;
    buf_init(&value, out_bytes > 0 ? out_bytes - 1 : 0);
    bool found = out_bytes > 0 && query_get(s->info->query, slice_str(name), &value) == ERR_OK;
    if (found) {
        if (value.n > 0) {
            memcpy(out, value.p, value.n);
        }
        out[value.n] = '\0';
    }
    buf_fini(&value);
    return found;
}
