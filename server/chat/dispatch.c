/* See dispatch.h. */
#include "dispatch.h"

#include "clock.h"
#include "connect.h"
#include "fan_out.h"
#include "on_event.h"
#include "people.h"

/* How an event is served. Its rate class and who may send it are in events.def, its fields in chat_request.c. */
struct act {
    enum store_op op; /* STORE_OPS_N: there is nothing to be asked */
    bool reads;       /* of a room: what is answered must be allowed when it is answered */
    bool (*before)(struct call *call, struct chat_refusal *why);
    void (*write)(const struct call *call, struct json_out *o);
    void (*after)(struct call *call);
};

enum { CHANGES = false, READS = true };

static const struct act acts[EVENTS_N] = {
    [EVENT_AUTH] = {STORE_SESSION_GET, CHANGES, before_auth, write_auth, NULL},
    [EVENT_RESUME] = {STORE_RESUME, READS, NULL, write_resume, NULL},
    [EVENT_SEND] = {STORE_SEND, CHANGES, NULL, write_sent, after_sent},
    [EVENT_EDIT] = {STORE_EDIT, CHANGES, NULL, write_edited, NULL},
    [EVENT_DELETE] = {STORE_DELETE, CHANGES, NULL, write_changed, NULL},
    [EVENT_REACT] = {STORE_REACT, CHANGES, NULL, write_changed, NULL},
    [EVENT_HISTORY] = {STORE_HISTORY, READS, NULL, write_history, NULL},
    [EVENT_SYNC] = {STORE_SYNC, READS, NULL, write_sync, NULL},
    [EVENT_READ] = {STORE_READ_MARK, CHANGES, NULL, write_read, NULL},
    [EVENT_NOTIFY] = {STORE_NOTIFY, CHANGES, NULL, write_room, NULL},
    [EVENT_DRAFT] = {STORE_DRAFT_SET, CHANGES, before_draft, write_draft, NULL},
    [EVENT_TYPING] = {STORE_TYPING, READS, NULL, NULL, after_typing},
    [EVENT_ROOMS] = {STORE_ROOMS, READS, NULL, write_rooms, NULL},
    [EVENT_ROOM_CREATE] = {STORE_ROOM_CREATE, CHANGES, NULL, write_room, NULL},
    [EVENT_ROOM_JOIN] = {STORE_ROOM_JOIN, CHANGES, before_join, write_room, NULL},
    [EVENT_ROOM_LEAVE] = {STORE_ROOM_LEAVE, CHANGES, NULL, write_room, NULL},
    [EVENT_ROOM_INVITE] = {STORE_ROOM_ADD, CHANGES, before_invite, write_invited, NULL},
    [EVENT_ROOM_INVITES] = {STORE_INVITE_LIST, READS, NULL, write_invites, NULL},
    [EVENT_ROOM_REVOKE] = {STORE_INVITE_REVOKE, CHANGES, NULL, NULL, NULL},
    [EVENT_ROOM_KICK] = {STORE_ROOM_KICK, CHANGES, NULL, write_room_user, NULL},
    [EVENT_ROOM_BAN] = {STORE_ROOM_BAN, CHANGES, NULL, write_room_user, NULL},
    [EVENT_ROOM_MUTE] = {STORE_ROOM_MUTE, CHANGES, NULL, write_room_user, NULL},
    [EVENT_ROOM_ROLE] = {STORE_ROOM_ROLE, CHANGES, NULL, write_room_user, NULL},
    [EVENT_ROOM_UPDATE] = {STORE_ROOM_UPDATE, CHANGES, NULL, write_room, NULL},
    [EVENT_ROOM_BANS] = {STORE_ROOM_BANS, READS, NULL, write_bans, NULL},
    [EVENT_REPORT] = {STORE_REPORT, CHANGES, NULL, write_reported, NULL},
    [EVENT_REPORTS] = {STORE_REPORTS, READS, NULL, write_reports, NULL},
    [EVENT_REPORT_CLOSE] = {STORE_REPORT_CLOSE, CHANGES, NULL, write_reported, NULL},
    [EVENT_ROOM_MEMBERS] = {STORE_ROOM_MEMBERS, READS, NULL, write_members, NULL},
    [EVENT_DM] = {STORE_DM_OPEN, CHANGES, NULL, write_room, NULL},
    [EVENT_BLOCK] = {STORE_BLOCK, CHANGES, NULL, write_blocked, NULL},
    [EVENT_BLOCKS] = {STORE_BLOCKS, CHANGES, NULL, write_blocks, NULL},
    [EVENT_USERS] = {STORE_USERS, READS, NULL, write_users, NULL},
    [EVENT_PRESENCE] = {STORE_OPS_N, CHANGES, before_presence, write_presence, NULL},
    [EVENT_SEARCH] = {STORE_SEARCH, READS, NULL, write_hits, NULL},
    [EVENT_USER] = {STORE_USER_GET, READS, NULL, write_profile, NULL},
    [EVENT_PROFILE] = {STORE_USER_UPDATE, CHANGES, NULL, write_user, NULL},
};

/* --- answers --- */

static void send_answer(struct chat *c, struct tincan_socket *s, uint64_t ack_id)
{
    tincan_ack_later(s, ack_id, (struct tincan_slice){c->out.p, c->out.n});
}

/* Who does not ask for answers gets none. current: of a conflict, the message as it is now; else NULL. */
static void answer_refusal(struct chat *c, struct tincan_socket *s, uint64_t ack_id,
                           const struct chat_refusal *why, const struct chat_message *current)
{
    struct chat_refusal w = *why;
    if ((w.error == CHAT_BUSY || w.error == CHAT_UNAVAILABLE) && w.retry_after_ms == 0) {
        w.retry_after_ms = CHAT_RETRY_MS;
    }
    buf_reset(&c->out);
    enum err e = chat_refusal_encode(&w, &c->out);
    if (e == ERR_OK && current) {
        c->out.n--; /* the closing brace */
        e = buf_put(&c->out, SL(",\"message\":"));
        e = e == ERR_OK ? chat_message_encode(current, &c->out) : e;
        e = e == ERR_OK ? buf_putc(&c->out, '}') : e;
    }
    if (e == ERR_OK) {
        send_answer(c, s, ack_id);
    }
}

static void answer(const struct call *call, const struct act *act)
{
    struct chat *c = call->c;
    struct json_out o;
    if (!call->wants_ack || !call->conn->is_in) {
        return;
    }
    buf_reset(&c->out);
    json_out_start(&o, &c->out);
    json_out_object(&o, NULL);
    json_out_bool(&o, "ok", true);
    if (act->write) {
        act->write(call, &o);
    }
    json_out_object_end(&o);
    if (json_out_end(&o) == ERR_OK) {
        send_answer(c, call->conn->socket, call->ack_id);
    } else {
        answer_refusal(c, call->conn->socket, call->ack_id,
                       &(struct chat_refusal){.error = CHAT_INTERNAL, .field = ""}, NULL);
    }
}

/* --- the store has answered --- */

/* What was read may be from before its reader was thrown out of the room, and others have been told of that by now. */
static bool is_stale(const struct call *call, const struct act *act)
{
    return act->reads && call->conn->is_in && call->changes != call->conn->person->changes;
}

static void on_done(struct call *call)
{
    const struct act *act = &acts[call->event];
    struct chat *c = call->c;
    struct store_request *r = call->r;
    struct conn *conn = call->conn;
    conn->in_flight--;
    if (is_stale(call, act)) {
        if (call_again(call)) {
            conn->in_flight++;
            return;
        }
        r->out.refusal = (struct chat_refusal){.error = CHAT_BUSY, .field = ""};
    }
    const struct news_bridge bridge = chat_bridge(c);
    bool done = r->out.refusal.error == CHAT_OK;
    if (done) {
        answer(call, act);
    } else if (call->wants_ack && conn->is_in) {
        bool has_current = r->out.refusal.error == CHAT_CONFLICT && r->out.messages_n > 0;
        answer_refusal(c, conn->socket, call->ack_id, &r->out.refusal,
                       has_current ? &r->out.messages[0] : NULL);
    }
    news_make(&c->news, r, &bridge);
    fan_out(c, &c->news);
    if (done && act->after) {
        act->after(call);
    }
    if (call->event == EVENT_AUTH && r->out.refusal.error == CHAT_UNAUTHENTICATED) {
        connect_end_session(c, r->account.session);
    }
    call_free(call);
}

/* --- an event --- */

/* After how many milliseconds there is a token in every bucket that counts; 0: now, and it was taken. */
static uint32_t take_tokens(struct chat *c, struct conn *conn, enum event_rate rate)
{
    int64_t now_us = clock_now_us();
    uint32_t wait_ms = 0;
    if (rate == EVENT_RATE_MESSAGE) {
        wait_ms = rate_take(&conn->messages, &c->o.message_limit, now_us);
    } else if (!conn->address->unlimited) {
        wait_ms = rate_take(&conn->address->buckets[rate], &c->address_limits[rate], now_us);
    }
    return wait_ms > 0 ? wait_ms
                       : rate_take(&conn->person->buckets[rate], &c->o.limits[rate], now_us);
}

/* authenticate -> rate; false: refused. */
static bool admit(struct chat *c, struct conn *conn, enum event_id id, struct chat_refusal *why)
{
    if (id == EVENTS_N || event_rows[id].direction == EVENT_TO_CLIENT) {
        *why = (struct chat_refusal){
            .error = CHAT_INVALID, .field = "event", .message = "There is no such event"};
    } else if (c->stopping || conn->in_flight >= CHAT_IN_FLIGHT_MAX) {
        *why = (struct chat_refusal){.error = CHAT_BUSY, .field = ""};
    } else {
        uint32_t wait_ms = take_tokens(c, conn, event_rows[id].rate);
        *why = (struct chat_refusal){
            .error = wait_ms > 0 ? CHAT_RATE : CHAT_OK, .field = "", .retry_after_ms = wait_ms};
    }
    return why->error == CHAT_OK;
}

/* validate; false: refused. */
static bool validate(struct call *call, const struct tincan_event *e, struct chat_refusal *why)
{
    const struct act *act = &acts[call->event];
    struct tincan_slice arg = tincan_arg(e, 0);
    struct slice json = arg.n > 0 ? (struct slice){arg.p, arg.n} : SL("{}");
    enum err result = chat_request_decode(call->event, json, &call->r->arena, &call->r->in, why);
    if (result == ERR_NOMEM) {
        *why = (struct chat_refusal){.error = CHAT_BUSY, .field = ""};
    }
    return result == ERR_OK && (!act->before || act->before(call, why));
}

static void serve(struct chat *c, struct conn *conn, const struct tincan_event *e, enum event_id id,
                  struct chat_refusal *why)
{
    const struct act *act = &acts[id];
    struct call *call = call_new(c, conn, act->op, on_done);
    if (!call) {
        *why = (struct chat_refusal){.error = CHAT_BUSY, .field = ""};
        return;
    }
    call->event = id;
    call->wants_ack = e->wants_ack;
    call->ack_id = e->ack_id;
    call->r->actor = conn->person->id;
    if (!validate(call, e, why)) {
        call_free(call);
    } else if (act->op == STORE_OPS_N) {
        answer(call, act);
        call_free(call);
    } else {
        conn->in_flight++;
        call_submit(call);
    }
}

bool dispatch_event(struct tincan_event *e, void *chat)
{
    struct chat *c = chat;
    struct conn *conn = tincan_data(e->socket);
    enum event_id id = event_find(SL(CHAT_NAMESPACE), slice_str(e->name));
    struct chat_refusal why = {.error = CHAT_OK, .field = ""};
    if (!conn->is_in) {
        return false; /* it is being sent away */
    }
    if (admit(c, conn, id, &why)) {
        serve(c, conn, e, id, &why);
    }
    if (why.error != CHAT_OK && e->wants_ack) {
        answer_refusal(c, e->socket, e->ack_id, &why, NULL);
    }
    return false;
}
