/* What the server says of itself. See chat_client.h; the objects are described in server/chat/README.md. */
#include "chat_client_inside.h"

#include "json.h"
#include "json_in.h"

#define BYE_MS_MAX     (10 * 60000)
#define BYE_SPREAD_PER 2 /* a half of the wait is left to chance */

/* --- "me" --- */

static void on_me_room(struct chat_client *c, struct json_in *in)
{
    struct slice raw;
    struct chat_room room;
    if (json_in_raw(in, "room", &raw) && chat_room_decode(raw, in->arena, &room) == ERR_OK &&
        room.id > 0) {
        client_room_learn(c, &room);
    }
}

static void on_me_read(struct chat_client *c, struct json_in *in)
{
    struct client_room *room;
    int64_t id = 0;
    bool back = false;
    json_in_int(in, "room", 1, CHAT_ID_MAX, &id);
    json_in_bool(in, "on", &back);
    room = client_room_find(c, id);
    c->again = c->again || c->resuming; /* the answer may be from before it */
    if (room) {
        json_in_int(in, "read_seq", 0, CHAT_ID_MAX, &room->r.read_seq);
        json_in_int(in, "unread", 0, CHAT_ID_MAX, &room->r.unread);
        json_in_int(in, "mentions", 0, CHAT_ID_MAX, &room->r.mentions);
        client_room_tell(c, room);
        if (back && c->callbacks.on_unread) {
            c->callbacks.on_unread(c->callbacks.user, id);
        }
    }
}

/* Mine, or somebody's. */
static void on_profile(struct chat_client *c, struct json_in *in)
{
    struct slice raw;
    struct chat_user user;
    if (json_in_raw(in, "user", &raw) && chat_user_decode(raw, in->arena, &user) == ERR_OK) {
        if (user.id == c->me.id) {
            client_take_me(c, &user);
        }
        if (c->callbacks.on_profile) {
            c->callbacks.on_profile(c->callbacks.user, &user);
        }
    }
}

static void on_me_block(struct chat_client *c, struct json_in *in)
{
    struct slice raw;
    struct chat_user who;
    bool on = false;
    c->again = c->again || c->resuming;
    if (json_in_raw(in, "user", &raw) && chat_user_decode(raw, in->arena, &who) == ERR_OK &&
        json_in_bool(in, "on", &on)) {
        client_block(c, &who, on);
        client_rooms_recount(c);
    }
}

static void on_me_draft(struct chat_client *c, struct json_in *in)
{
    struct slice text = SL("");
    int64_t room = 0, rev = 0, reply_to = 0;
    json_in_text(in, "text", &text);
    json_in_int(in, "reply_to", 0, CHAT_ID_MAX, &reply_to);
    if (json_in_int(in, "room", 1, CHAT_ID_MAX, &room) &&
        json_in_int(in, "rev", 1, CHAT_ID_MAX, &rev) && c->callbacks.on_draft) {
        c->callbacks.on_draft(c->callbacks.user, room, rev, text, reply_to);
    }
}

static void on_me_reports(struct chat_client *c, struct json_in *in)
{
    int64_t room = 0, open_n = 0;
    if (json_in_int(in, "room", 1, CHAT_ID_MAX, &room) &&
        json_in_int(in, "open", 0, CHAT_ID_MAX, &open_n) && c->callbacks.on_reports) {
        c->callbacks.on_reports(c->callbacks.user, room, open_n);
    }
}

/* One of my devices wants not to be seen, or to be seen again. */
static void on_me_presence(struct chat_client *c, struct json_in *in)
{
    struct slice name;
    enum chat_presence state;
    if (c->callbacks.on_presence && json_in_text(in, "state", &name) &&
        chat_presence_find(name, &state)) {
        c->callbacks.on_presence(c->callbacks.user, c->me.id, state);
    }
}

static void on_me_left(struct chat_client *c, struct json_in *in)
{
    struct slice change = SL("");
    int64_t id = 0;
    json_in_text(in, "change", &change);
    if (json_in_int(in, "room", 1, CHAT_ID_MAX, &id)) {
        client_room_drop(c, id, slice_eq(change, SL("kick")) || slice_eq(change, SL("ban")));
    }
}

static void on_me(struct chat_client *c, struct json_in *in)
{
    struct slice kind = SL("");
    json_in_text(in, "kind", &kind);
    if (slice_eq(kind, SL("room"))) {
        on_me_room(c, in);
    } else if (slice_eq(kind, SL("left"))) {
        on_me_left(c, in);
    } else if (slice_eq(kind, SL("read"))) {
        on_me_read(c, in);
    } else if (slice_eq(kind, SL("draft"))) {
        on_me_draft(c, in);
    } else if (slice_eq(kind, SL("reports"))) {
        on_me_reports(c, in);
    } else if (slice_eq(kind, SL("block"))) {
        on_me_block(c, in);
    } else if (slice_eq(kind, SL("profile"))) {
        on_profile(c, in);
    } else if (slice_eq(kind, SL("presence"))) {
        on_me_presence(c, in);
    }
}

/* --- what passes --- */

static void on_typing(struct chat_client *c, struct json_in *in)
{
    int64_t room = 0, from = 0;
    bool on = false;
    if (json_in_int(in, "room", 1, CHAT_ID_MAX, &room) &&
        json_in_int(in, "user", 1, CHAT_ID_MAX, &from) && json_in_bool(in, "on", &on) &&
        c->callbacks.on_typing) {
        c->callbacks.on_typing(c->callbacks.user, room, from, on);
    }
}

static void on_presence(struct chat_client *c, struct json_in *in)
{
    struct json_in one;
    struct json_iter it;
    struct slice users, value, name;
    if (!c->callbacks.on_presence || !json_in_raw(in, "users", &users) ||
        json_type_of(users) != JSON_ARRAY) {
        return;
    }
    for (json_iter_init(&it, users); json_iter_next(&it, NULL, &value);) {
        int64_t id = 0;
        enum chat_presence state;
        json_in_start(&one, value, in->arena);
        if (json_in_int(&one, "id", 1, CHAT_ID_MAX, &id) && json_in_text(&one, "state", &name) &&
            chat_presence_find(name, &state)) {
            c->callbacks.on_presence(c->callbacks.user, id, state);
        }
    }
}

static void on_workspace(struct chat_client *c, struct json_in *in)
{
    struct slice name;
    if (!json_in_text(in, "workspace", &name)) {
        return;
    }
    c->renamed = c->resuming;
    if (c->callbacks.on_workspace) {
        c->callbacks.on_workspace(c->callbacks.user, name);
    }
}

static void on_bye(struct chat_client *c, struct json_in *in)
{
    struct slice code = SL("");
    int64_t after = 0;
    json_in_text(in, "code", &code);
    json_in_int(in, "retry_after_ms", 0, UINT32_MAX, &after);
    after = after < BYE_MS_MAX ? after : BYE_MS_MAX;
    if (after > 0) { /* all hear of it at the same time: let chance part them */
        c->bye_ms =
            c->host->now_ms() + after + c->host->random_u32() % (after / BYE_SPREAD_PER + 1);
        sock_hold(c->sock, c->bye_ms);
    }
    if (c->callbacks.on_bye) {
        c->callbacks.on_bye(c->callbacks.user, code, (uint32_t)after);
    }
}

static void on_event(struct chat_client *c, struct slice json, struct arena *arena)
{
    struct chat_event e;
    if (chat_event_decode(json, arena, &e) == ERR_OK && e.room > 0 && e.ev > 0) {
        client_room_event(c, &e, json);
    }
}

void client_on_event(void *user, const struct sock_event *event)
{
    struct chat_client *c = user;
    struct slice json;
    struct arena arena;
    struct json_in in;
    if (!client_first_object(&event->args, &json)) {
        return;
    }
    arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
    json_in_start(&in, json, &arena);
    if (slice_eq(event->name, SL("event"))) {
        on_event(c, json, &arena);
    } else if (slice_eq(event->name, SL("me"))) {
        on_me(c, &in);
    } else if (slice_eq(event->name, SL("typing"))) {
        on_typing(c, &in);
    } else if (slice_eq(event->name, SL("presence"))) {
        on_presence(c, &in);
    } else if (slice_eq(event->name, SL("profile"))) {
        on_profile(c, &in);
    } else if (slice_eq(event->name, SL("workspace"))) {
        on_workspace(c, &in);
    } else if (slice_eq(event->name, SL("bye"))) {
        on_bye(c, &in);
    }
    arena_fini(&arena);
}
