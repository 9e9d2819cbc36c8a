/* Users: catching up, finding others, what one says of oneself. See on_event.h. */
#include "on_event.h"

#include "chat_json.h"
#include "clock.h"
#include "presence.h"

void write_resume(const struct call *call, struct json_out *o)
{
    json_out_text(o, "epoch", call->r->out.epoch);
    json_out_int(o, "now", call->r->now_ms);
    if (call->r->out.workspace.n > 0) {
        json_out_text(o, "workspace", call->r->out.workspace);
    }
    write_user(call, o);
    write_rooms(call, o);
    if (call->r->out.blocked_n > 0) {
        chat_json_users(o, "blocked", call->r->out.blocked, call->r->out.blocked_n);
    }
}

void write_blocked(const struct call *call, struct json_out *o)
{
    write_room_user(call, o);
    json_out_bool(o, "on", call->r->in.on);
}

void write_blocks(const struct call *call, struct json_out *o)
{
    chat_json_users(o, "users", call->r->out.blocked, call->r->out.blocked_n);
}

void write_users(const struct call *call, struct json_out *o)
{
    chat_json_users(o, "users", call->r->out.users, call->r->out.users_n);
}

void write_user(const struct call *call, struct json_out *o)
{
    write_room_user(call, o);
}

void write_profile(const struct call *call, struct json_out *o)
{
    write_user(call, o);
    presence_write(call->c, "presence", call->r->out.users[0].id, o);
}

/* --- presence --- */

static void tell_own_devices(struct call *call, enum chat_presence state)
{
    char room[CHAT_ROOM_TEXT], text[64];
    snprintf(text, sizeof text, "{\"kind\":\"presence\",\"state\":\"%s\"}",
             chat_presence_name(state));
    tincan_to(call->c->ns, chat_room_text(room, 'u', call->conn->person->id), "me",
              tincan_text(text));
}

bool before_presence(struct call *call, struct chat_refusal *why)
{
    const struct chat_request *in = &call->r->in;
    struct conn *conn = call->conn;
    if (CHAT_HAS(in, CHAT_FIELD_WATCH) && !presence_watch(conn, in->watch, in->watch_n)) {
        *why =
            (struct chat_refusal){.error = CHAT_BUSY, .field = "", .retry_after_ms = CHAT_RETRY_MS};
        return false;
    }
    if (CHAT_HAS(in, CHAT_FIELD_STATE)) {
        bool was_invisible = conn->person->invisible;
        presence_set(conn, in->state);
        if (conn->person->invisible != was_invisible) {
            tell_own_devices(call, conn->person->invisible ? CHAT_INVISIBLE : CHAT_ONLINE);
        }
    }
    return true;
}

void write_presence(const struct call *call, struct json_out *o)
{
    const struct conn *conn = call->conn;
    json_out_text(o, "state",
                  slice_str(chat_presence_name(conn->person->invisible ? CHAT_INVISIBLE
                                               : conn->idle            ? CHAT_IDLE
                                                                       : CHAT_ONLINE)));
    json_out_array(o, "users");
    for (uint32_t i = 0; i < conn->watch_n; i++) {
        presence_write(call->c, NULL, conn->watch[i], o);
    }
    json_out_array_end(o);
}

/* --- a fresh token --- */

static bool refuse_token(struct chat_refusal *why)
{
    *why = (struct chat_refusal){.error = CHAT_UNAUTHENTICATED, .field = "token"};
    return false;
}

/* Only the same user's, of the same session: anybody else connects anew. */
bool before_auth(struct call *call, struct chat_refusal *why)
{
    const struct conn *conn = call->conn;
    struct token_claims claims;
    if (token_verify(call->c->o.keys, call->r->in.token, clock_wall_ms(), &claims) != ERR_OK ||
        claims.user != conn->person->id || claims.session != conn->session->id) {
        return refuse_token(why);
    }
    call->r->account.session = claims.session;
    call->expires_ms = claims.expires_ms;
    return true;
}

void write_auth(const struct call *call, struct json_out *o)
{
    json_out_int(o, "expires", call->expires_ms);
}
