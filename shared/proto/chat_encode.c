/* Users, rooms, messages and events as JSON. */
#include "chat.h"

#include "json_out.h"

static void put_avatar(struct json_out *o, const struct chat_user *u)
{
    if (u->avatar > 0) {
        json_out_int(o, "avatar", u->avatar);
    }
}

static void put_user(struct json_out *o, const char *key, const struct chat_user *u)
{
    json_out_object(o, key);
    json_out_int(o, "id", u->id);
    json_out_text(o, "name", u->name);
    json_out_text(o, "display", u->display);
    if (u->status.n > 0) {
        json_out_text(o, "status", u->status);
    }
    json_out_text(o, "role", slice_str(chat_role_name(u->role)));
    if (u->bot) {
        json_out_bool(o, "bot", true);
    }
    put_avatar(o, u);
    if (u->profile) {
        json_out_text(o, "bio", u->profile->bio);
        json_out_text(o, "zone", u->profile->zone);
    }
    if (u->has_member) {
        json_out_text(o, "room_role", slice_str(chat_role_name(u->room_role)));
        json_out_text(o, "presence", slice_str(chat_presence_name(u->presence)));
        if (u->muted_until_ms > 0) {
            json_out_int(o, "muted_until", u->muted_until_ms);
        }
    }
    json_out_object_end(o);
}

/* Who wrote a message: what is shown beside it. */
static void put_author(struct json_out *o, const char *key, const struct chat_user *u)
{
    json_out_object(o, key);
    json_out_int(o, "id", u->id);
    json_out_text(o, "name", u->name);
    json_out_text(o, "display", u->display);
    if (u->role != CHAT_MEMBER) {
        json_out_text(o, "role", slice_str(chat_role_name(u->role)));
    }
    if (u->bot) {
        json_out_bool(o, "bot", true);
    }
    put_avatar(o, u);
    json_out_object_end(o);
}

static void put_reactions(struct json_out *o, const struct chat_message *m)
{
    json_out_array(o, "reactions");
    for (uint32_t i = 0; i < m->reactions_n; i++) {
        const struct chat_reaction *r = &m->reactions[i];
        json_out_object(o, NULL);
        json_out_text(o, "emoji", r->emoji);
        json_out_array(o, "users");
        for (uint32_t j = 0; j < r->users_n; j++) {
            json_out_int(o, NULL, r->users[j]);
        }
        json_out_array_end(o);
        json_out_object_end(o);
    }
    json_out_array_end(o);
}

static void put_file(struct json_out *o, const char *key, const struct chat_file *f)
{
    json_out_object(o, key);
    json_out_int(o, "id", f->id);
    json_out_text(o, "name", f->name);
    json_out_int(o, "size", f->size);
    json_out_text(o, "type", f->type);
    if (f->width > 0 && f->height > 0) {
        json_out_int(o, "width", f->width);
        json_out_int(o, "height", f->height);
    }
    if (f->alt.n > 0) {
        json_out_text(o, "alt", f->alt);
    }
    json_out_object_end(o);
}

static void put_files(struct json_out *o, const struct chat_message *m)
{
    json_out_array(o, "files");
    for (uint32_t i = 0; i < m->files_n; i++) {
        put_file(o, NULL, &m->files[i]);
    }
    json_out_array_end(o);
}

static void put_ranges(struct json_out *o, const struct chat_message *m)
{
    json_out_array(o, "ranges");
    for (uint32_t i = 0; i < m->ranges_n; i++) {
        json_out_array(o, NULL);
        json_out_int(o, NULL, m->ranges[i][0]);
        json_out_int(o, NULL, m->ranges[i][1]);
        json_out_array_end(o);
    }
    json_out_array_end(o);
}

static void put_message(struct json_out *o, const char *key, const struct chat_message *m)
{
    json_out_object(o, key);
    json_out_int(o, "room", m->room);
    json_out_int(o, "seq", m->seq);
    json_out_text(o, "cid", m->cid);
    put_author(o, "from", &m->from);
    json_out_text(o, "text", m->text);
    json_out_int(o, "ts", m->ts);
    json_out_int(o, "rev", m->rev);
    if (m->edited_ts > 0) {
        json_out_int(o, "edited_ts", m->edited_ts);
    }
    if (m->deleted) {
        json_out_bool(o, "deleted", true);
    }
    if (m->reply_to > 0) {
        json_out_int(o, "reply_to", m->reply_to);
    }
    if (m->reactions_n > 0) {
        put_reactions(o, m);
    }
    if (m->files_n > 0) {
        put_files(o, m);
    }
    if (m->ranges_n > 0) {
        put_ranges(o, m);
    }
    json_out_object_end(o);
}

static void put_event(struct json_out *o, const char *key, const struct chat_event *e);

static void put_catch_up(struct json_out *o, const struct chat_room *r)
{
    switch (r->catch_up) {
    case CHAT_NO_CATCH_UP:
        break;
    case CHAT_DELTA:
        json_out_array(o, "delta");
        for (uint32_t i = 0; i < r->delta_n; i++) {
            put_event(o, NULL, &r->delta[i]);
        }
        json_out_array_end(o);
        break;
    case CHAT_RESET:
        json_out_object(o, "reset");
        json_out_array(o, "messages");
        for (uint32_t i = 0; i < r->reset_n; i++) {
            put_message(o, NULL, &r->reset[i]);
        }
        json_out_array_end(o);
        json_out_object_end(o);
        break;
    }
}

static void put_mine(struct json_out *o, const struct chat_room *r)
{
    json_out_bool(o, "joined", r->joined);
    json_out_text(o, "room_role", slice_str(chat_role_name(r->room_role)));
    json_out_int(o, "read_seq", r->read_seq);
    json_out_int(o, "unread", r->unread);
    json_out_int(o, "mentions", r->mentions);
    json_out_text(o, "notify", slice_str(chat_notify_name(r->notify)));
    json_out_bool(o, "muted", r->notify == CHAT_NOTIFY_NONE);
    if (r->muted_until_ms > 0) {
        json_out_int(o, "muted_until", r->muted_until_ms);
    }
}

static void put_room(struct json_out *o, const char *key, const struct chat_room *r)
{
    json_out_object(o, key);
    json_out_int(o, "id", r->id);
    json_out_text(o, "kind", slice_str(chat_room_kind_name(r->kind)));
    json_out_text(o, "name", r->name);
    json_out_text(o, "topic", r->topic);
    if (r->with) {
        put_user(o, "with", r->with);
    }
    if (r->archived) {
        json_out_bool(o, "archived", true);
    }
    if (r->slow > 0) {
        json_out_int(o, "slow", r->slow);
    }
    json_out_int(o, "seq", r->seq);
    json_out_int(o, "ev", r->ev);
    json_out_int(o, "min_seq", r->min_seq);
    json_out_int(o, "members", r->members);
    if (r->has_mine) {
        put_mine(o, r);
    }
    put_catch_up(o, r);
    json_out_object_end(o);
}

static void put_change(struct json_out *o, const struct chat_event *e)
{
    if (e->user) {
        put_user(o, "user", e->user);
    }
    json_out_text(o, "change", slice_str(chat_change_name(e->change)));
    if (e->change == CHAT_ROLE) {
        json_out_text(o, "role", slice_str(chat_role_name(e->role)));
    }
    if (e->until_ms > 0) {
        json_out_int(o, "until", e->until_ms);
    }
}

static void put_event(struct json_out *o, const char *key, const struct chat_event *e)
{
    json_out_object(o, key);
    json_out_int(o, "room", e->room);
    json_out_int(o, "ev", e->ev);
    json_out_text(o, "kind", slice_str(chat_event_kind_name(e->kind)));
    json_out_int(o, "actor", e->actor);
    json_out_int(o, "ts", e->ts);
    if (e->message) {
        put_message(o, "message", e->message);
    }
    if (e->kind == CHAT_EVENT_MEMBER) {
        put_change(o, e);
    }
    if (e->state) {
        put_room(o, "state", e->state);
    }
    json_out_object_end(o);
}

enum err chat_user_encode(const struct chat_user *user, struct buf *out)
{
    struct json_out o;
    json_out_start(&o, out);
    put_user(&o, NULL, user);
    return json_out_end(&o);
}

enum err chat_room_encode(const struct chat_room *room, struct buf *out)
{
    struct json_out o;
    json_out_start(&o, out);
    put_room(&o, NULL, room);
    return json_out_end(&o);
}

enum err chat_message_encode(const struct chat_message *message, struct buf *out)
{
    struct json_out o;
    json_out_start(&o, out);
    put_message(&o, NULL, message);
    return json_out_end(&o);
}

enum err chat_event_encode(const struct chat_event *event, struct buf *out)
{
    struct json_out o;
    json_out_start(&o, out);
    put_event(&o, NULL, event);
    return json_out_end(&o);
}

enum err chat_file_encode(const struct chat_file *file, struct buf *out)
{
    struct json_out o;
    json_out_start(&o, out);
    put_file(&o, NULL, file);
    return json_out_end(&o);
}
