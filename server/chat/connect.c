/* See connect.h.
 *
 *   CONNECT -> token_verify -> STORE_SESSION_GET -> STORE_MY_ROOMS -> rooms joined, let in
 *                                                    ^  |
 *                                                    '--' while the person's rooms changed
 *
 * What commits after MY_ROOMS has read, and is delivered before its answer, finds a socket that is in no room yet: therefore it is read
 * anew. What is delivered later finds the socket in its rooms. So nothing is missed, and nobody stays where he was thrown out.
 */
#include "connect.h"

#include "clock.h"
#include "json.h"
#include "presence.h"

#define CHECKS_A_TICK_MAX 1000

/* --- refusing --- */

static void refuse(struct conn *conn, const char *message, const char *data)
{
    struct tincan_connect *k = conn->connecting;
    conn_leave(conn);
    tincan_refuse(k, message, data);
}

static void refuse_token(struct conn *conn)
{
    refuse(conn, chat_error_rows[CHAT_UNAUTHENTICATED].text, "{\"code\":\"auth\"}");
}

static void refuse_for_now(struct conn *conn, enum chat_error error, uint32_t retry_after_ms)
{
    char data[80];
    snprintf(data, sizeof data, "{\"code\":\"%s\",\"retry_after_ms\":%u}",
             chat_error_rows[error].code, retry_after_ms > 0 ? retry_after_ms : CHAT_RETRY_MS);
    refuse(conn, chat_error_rows[error].text, data);
}

/* A request to the store was refused. */
static void refuse_as(struct conn *conn, const struct chat_refusal *why)
{
    if (why->error == CHAT_UNAUTHENTICATED) {
        refuse_token(conn);
    } else {
        refuse_for_now(conn, why->error, why->retry_after_ms);
    }
}

/* --- coming in --- */

static bool join_rooms(struct conn *conn, const struct store_result *found)
{
    char room[CHAT_ROOM_TEXT];
    struct tincan_socket *s = conn->socket;
    bool ok = tincan_join(s, chat_room_text(room, 'u', conn->person->id));
    for (uint32_t i = 0; i < found->rooms_n && ok; i++) {
        ok = tincan_join(s, chat_room_text(room, 'r', found->rooms[i].id));
    }
    return ok;
}

static void on_rooms(struct call *call)
{
    struct conn *conn = call->conn;
    const struct store_result *out = &call->r->out;
    if (!conn->connecting) {
        /* its session has ended meanwhile */
    } else if (out->refusal.error != CHAT_OK) {
        refuse_as(conn, &out->refusal);
    } else if (call->changes != conn->person->changes) {
        if (call_again(call)) {
            return;
        }
        refuse_for_now(conn, CHAT_BUSY, 0);
    } else if (!join_rooms(conn, out)) {
        refuse_for_now(conn, CHAT_BUSY, 0); /* no memory, or the client has left */
    } else {
        struct tincan_connect *k = conn->connecting;
        conn->connecting = NULL;
        tincan_next(k);
    }
    call_free(call);
}

static void ask_rooms(struct conn *conn)
{
    struct call *call = call_new(conn->c, conn, STORE_MY_ROOMS, on_rooms);
    if (!call) {
        refuse_for_now(conn, CHAT_BUSY, 0);
        return;
    }
    call->r->actor = conn->person->id;
    call_submit(call);
}

static void on_session(struct call *call)
{
    struct conn *conn = call->conn;
    const struct store_result *out = &call->r->out;
    if (!conn->connecting) {
        /* as above */
    } else if (out->refusal.error != CHAT_OK) {
        refuse_as(conn, &out->refusal);
    } else if (out->sessions_n != 1 || out->sessions[0].user != conn->person->id) {
        refuse_token(conn);
    } else {
        ask_rooms(conn);
    }
    call_free(call);
}

static void ask_session(struct conn *conn)
{
    struct call *call = call_new(conn->c, conn, STORE_SESSION_GET, on_session);
    if (!call) {
        refuse_for_now(conn, CHAT_BUSY, 0);
        return;
    }
    call->r->account.session = conn->session->id;
    call_submit(call);
}

static bool read_token(struct chat *c, struct tincan_slice auth, struct token_claims *claims)
{
    struct tincan_slice raw;
    struct buf token;
    buf_init(&token, CHAT_TOKEN_BYTES_MAX);
    bool ok = tincan_json_member(auth, "token", &raw) &&
              json_type_of((struct slice){raw.p, raw.n}) == JSON_STRING &&
              json_unescape((struct slice){raw.p, raw.n}, &token) == ERR_OK &&
              token_verify(c->o.keys, buf_peek(&token), clock_wall_ms(), claims) == ERR_OK;
    buf_fini(&token);
    return ok;
}

/* The socket is freed, or was never let in. */
static void release(void *data)
{
    struct conn *conn = data;
    conn_leave(conn);
    conn_unref(conn);
}

void connect_on_connect(struct tincan_connect *k, void *chat)
{
    struct chat *c = chat;
    struct tincan_socket *s = tincan_connect_socket(k);
    struct conn *conn = conn_new(c, s);
    struct token_claims claims;
    if (!conn) {
        tincan_refuse(k, "The server is out of memory", "{\"code\":\"busy\"}");
        return;
    }
    tincan_set_data(s, conn, release);
    conn->connecting = k;
    chat_start_ticking(c);
    uint32_t wait_ms = conn->address->unlimited
                           ? 0
                           : rate_take(&conn->address->buckets[EVENT_RATE_NONE],
                                       &c->address_limits[EVENT_RATE_HISTORY], clock_now_us());
    if (c->stopping) {
        refuse_for_now(conn, CHAT_BUSY, 0);
    } else if (wait_ms > 0) {
        refuse_for_now(conn, CHAT_RATE, wait_ms);
    } else if (!read_token(c, tincan_auth(s), &claims)) {
        refuse_token(conn);
    } else if (!conn_set_owner(conn, claims.user, claims.session)) {
        refuse_for_now(conn, CHAT_BUSY, 0);
    } else {
        ask_session(conn);
    }
}

void connect_on_connection(struct tincan_socket *s, void *chat)
{
    struct conn *conn = tincan_data(s);
    conn->is_in = true;
    presence_in(chat, conn->person);
}

void connect_on_disconnect(struct tincan_socket *s, const char *reason, void *chat)
{
    (void)reason;
    (void)chat;
    conn_leave(tincan_data(s));
}

/* --- being sent away --- */

static void send_away(struct conn *conn)
{
    struct tincan_socket *s = conn->socket;
    conn_ref(conn);
    if (conn->connecting) {
        refuse_token(conn);
    } else {
        tincan_emit(s, "bye", tincan_text("{\"code\":\"signed_out\"}"));
        tincan_disconnect(s, true);
    }
    conn_leave(conn);
    conn_unref(conn);
}

void connect_end_session(struct chat *c, int64_t session)
{
    struct session *s;
    while ((s = people_session(c, session))) {
        send_away(CONTAINER_OF(list_first(&s->conns), struct conn, of_session));
    }
}

static void on_checked(struct call *call)
{
    if (call->r->out.refusal.error == CHAT_UNAUTHENTICATED) {
        connect_end_session(call->c, call->r->account.session);
    } /* else it is good, or the store does not answer: it is looked at again */
    call_free(call);
}

static void check_session(struct chat *c, int64_t session)
{
    struct call *call = call_new(c, NULL, STORE_SESSION_GET, on_checked);
    if (call) {
        call->r->account.session = session;
        call_submit(call);
    }
}

void connect_tick(struct chat *c, int64_t now_us)
{
    struct list *first;
    for (unsigned i = 0; i < CHECKS_A_TICK_MAX && (first = list_first(&c->checks)); i++) {
        struct conn *conn = CONTAINER_OF(first, struct conn, check);
        if (conn->check_us > now_us) {
            break;
        }
        conn->check_us = now_us + (int64_t)c->o.session_check_ms * 1000;
        list_remove(first);
        list_push(&c->checks, first);
        if (list_first(&conn->session->conns) == &conn->of_session) { /* once for all of them */
            check_session(c, conn->session->id);
        }
    }
}
