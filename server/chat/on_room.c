/* Rooms, who is in them, and how one gets in. See on_event.h. */
#include "on_event.h"

#include "chat_json.h"
#include "presence.h"

void write_room(const struct call *call, struct json_out *o)
{
    if (call->r->out.rooms_n > 0) {
        chat_json_room(o, "room", &call->r->out.rooms[0]);
    }
}

void write_rooms(const struct call *call, struct json_out *o)
{
    chat_json_rooms(o, "rooms", call->r->out.rooms, call->r->out.rooms_n);
}

/* --- invites --- */

/* Of an invite, the store knows the hash of its token only. */
static bool set_hash(struct store_request *r, struct slice token)
{
    unsigned char *hash = arena_alloc(&r->arena, 32);
    if (!hash) {
        return false;
    }
    token_hash(token, hash);
    r->account.hash = (struct slice){(const char *)hash, 32};
    return true;
}

static bool no_memory(struct chat_refusal *why)
{
    *why = (struct chat_refusal){.error = CHAT_BUSY, .field = "", .retry_after_ms = CHAT_RETRY_MS};
    return false;
}

bool before_join(struct call *call, struct chat_refusal *why)
{
    struct store_request *r = call->r;
    return !CHAT_HAS(&r->in, CHAT_FIELD_INVITE) || set_hash(r, r->in.invite) || no_memory(why);
}

/* With a user, it lets that one in; without, it makes a link. */
bool before_invite(struct call *call, struct chat_refusal *why)
{
    if (CHAT_HAS(&call->r->in, CHAT_FIELD_USER)) {
        return true;
    }
    call->r->op = STORE_INVITE_CREATE;
    token_random(call->token);
    return set_hash(call->r, slice_str(call->token)) || no_memory(why);
}

void write_invited(const struct call *call, struct json_out *o)
{
    if (call->r->op == STORE_ROOM_ADD) {
        write_room_user(call, o);
    } else if (call->r->out.invites_n > 0) {
        chat_json_invite(o, "invite", &call->r->out.invites[0], call->token);
    }
}

void write_invites(const struct call *call, struct json_out *o)
{
    json_out_array(o, "invites");
    for (uint32_t i = 0; i < call->r->out.invites_n; i++) {
        chat_json_invite(o, NULL, &call->r->out.invites[i], NULL);
    }
    json_out_array_end(o);
}

/* --- members --- */

void write_members(const struct call *call, struct json_out *o)
{
    struct chat_user *users = call->r->out.users;
    for (uint32_t i = 0; i < call->r->out.users_n; i++) {
        users[i].presence = presence_of(call->c, users[i].id);
    }
    chat_json_users(o, "members", users, call->r->out.users_n);
}

void write_bans(const struct call *call, struct json_out *o)
{
    json_out_array(o, "bans");
    for (uint32_t i = 0; i < call->r->out.bans_n; i++) {
        const struct store_ban *ban = &call->r->out.bans[i];
        json_out_object(o, NULL);
        chat_json_user(o, "user", &ban->user);
        if (ban->banned_until_ms > 0) {
            json_out_int(o, "banned_until", ban->banned_until_ms);
        }
        if (ban->muted_until_ms > 0) {
            json_out_int(o, "muted_until", ban->muted_until_ms);
        }
        if (ban->by.id > 0) {
            chat_json_user(o, "by", &ban->by);
        }
        json_out_object_end(o);
    }
    json_out_array_end(o);
}

void write_room_user(const struct call *call, struct json_out *o)
{
    if (call->r->out.users_n > 0) {
        chat_json_user(o, "user", &call->r->out.users[0]);
    }
}

/* --- reports --- */

void write_reported(const struct call *call, struct json_out *o)
{
    if (call->r->out.dup) {
        json_out_bool(o, "dup", true);
    }
}

void write_reports(const struct call *call, struct json_out *o)
{
    json_out_array(o, "reports");
    for (uint32_t i = 0; i < call->r->out.reports_n; i++) {
        const struct store_report *report = &call->r->out.reports[i];
        json_out_object(o, NULL);
        json_out_int(o, "id", report->id);
        json_out_int(o, "seq", report->seq);
        json_out_int(o, "ts", report->ts);
        json_out_text(o, "text", report->text);
        json_out_text(o, "reason", report->reason);
        chat_json_user(o, "from", &report->from);
        chat_json_user(o, "by", &report->by);
        json_out_object_end(o);
    }
    json_out_array_end(o);
    json_out_int(o, "open", call->r->out.count);
}
