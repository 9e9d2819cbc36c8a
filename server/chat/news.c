/* See news.h. */
#include "news.h"

#include "chat_json.h"
#include "iso_time.h"

#define NEWS_TEXT_BYTES_MAX (16u << 20)

void news_init(struct news *n)
{
    *n = (struct news){0};
    buf_init(&n->text, NEWS_TEXT_BYTES_MAX);
}

void news_fini(struct news *n)
{
    buf_fini(&n->text);
}

static struct news_item *add(struct news *n, enum news_kind kind, int64_t room, int64_t user)
{
    CHECK(n->items_n < NEWS_ITEMS_MAX);
    struct news_item *item = &n->items[n->items_n++];
    *item = (struct news_item){.kind = kind, .room = room, .user = user, .from = n->text.n};
    return item;
}

/* What was appended since add is what it says. */
static void say(struct news *n, struct news_item *item, enum err e)
{
    item->lost = e != ERR_OK;
    if (item->lost) {
        n->text.n = item->from;
    }
    item->n = n->text.n - item->from;
}

/* --- what a person hears of its own --- */

/* An object for "me". */
static struct news_item *open_me(struct news *n, struct json_out *o, int64_t user, const char *kind)
{
    struct news_item *item = add(n, NEWS_ME, 0, user);
    json_out_start(o, &n->text);
    json_out_object(o, NULL);
    json_out_text(o, "kind", slice_str(kind));
    return item;
}

/* The object is whole. */
static void end(struct news *n, struct json_out *o, struct news_item *item)
{
    json_out_object_end(o);
    say(n, item, json_out_end(o));
}

static void me_room(struct news *n, int64_t user, const struct chat_room *room)
{
    struct json_out o;
    struct news_item *item = open_me(n, &o, user, "room");
    chat_json_room(&o, "room", room);
    end(n, &o, item);
}

static void me_left(struct news *n, int64_t user, const struct chat_event *e)
{
    struct json_out o;
    struct news_item *item = open_me(n, &o, user, "left");
    json_out_int(&o, "room", e->room);
    json_out_text(&o, "change", slice_str(chat_change_name(e->change)));
    end(n, &o, item);
}

static void me_read(struct news *n, const struct store_request *r)
{
    struct json_out o;
    struct news_item *item = open_me(n, &o, r->actor, "read");
    json_out_int(&o, "room", r->in.room);
    json_out_int(&o, "read_seq", r->out.read_seq);
    json_out_int(&o, "unread", r->out.unread);
    json_out_int(&o, "mentions", r->out.mentions);
    if (r->in.on) {
        json_out_bool(&o, "on", true); /* set back on purpose */
    }
    end(n, &o, item);
}

static void me_draft(struct news *n, const struct store_request *r)
{
    struct json_out o;
    struct news_item *item = open_me(n, &o, r->actor, "draft");
    json_out_int(&o, "room", r->in.room);
    chat_json_draft(&o, &r->out.draft);
    end(n, &o, item);
}

static void me_reports(struct news *n, int64_t user, int64_t room, int64_t open_n)
{
    struct json_out o;
    struct news_item *item = open_me(n, &o, user, "reports");
    json_out_int(&o, "room", room);
    json_out_int(&o, "open", open_n);
    end(n, &o, item);
}

static void me_block(struct news *n, const struct store_request *r)
{
    struct json_out o;
    struct news_item *item = open_me(n, &o, r->actor, "block");
    chat_json_user(&o, "user", &r->out.users[0]);
    json_out_bool(&o, "on", r->in.on);
    end(n, &o, item);
}

static void me_profile(struct news *n, const struct chat_user *user)
{
    struct json_out o;
    struct news_item *item = open_me(n, &o, user->id, "profile");
    chat_json_user(&o, "user", user);
    end(n, &o, item);
}

/* Who shows a name or a picture shows the new one: any account may be found by any other. */
static void tell_profile(struct news *n, const struct chat_user *user)
{
    struct json_out o;
    me_profile(n, user);
    struct news_item *item = add(n, NEWS_USER, 0, user->id);
    json_out_start(&o, &n->text);
    json_out_object(&o, NULL);
    chat_json_user(&o, "user", user);
    end(n, &o, item);
}

/* What all of it is called now; empty: nothing. */
static void tell_workspace(struct news *n, struct slice name)
{
    struct json_out o;
    struct news_item *item = add(n, NEWS_WORKSPACE, 0, 0);
    json_out_start(&o, &n->text);
    json_out_object(&o, NULL);
    json_out_text(&o, "workspace", name);
    end(n, &o, item);
}

/* --- what a room hears --- */

static void relay(struct news *n, const struct chat_message *m)
{
    char time[ISO_TIME_BYTES];
    struct json_out o;
    struct news_item *item = add(n, NEWS_RELAY, m->room, m->from.id);
    iso_time_format(m->ts, time);
    json_out_start(&o, &n->text);
    json_out_object(&o, NULL);
    /* Who has only texts there is told what it was. */
    json_out_text(&o, "text", m->text.n == 0 && m->files_n > 0 ? m->files[0].name : m->text);
    json_out_text(&o, "timestamp", (struct slice){time, sizeof time});
    json_out_text(&o, "user", m->from.display.n > 0 ? m->from.display : m->from.name);
    json_out_object_end(&o);
    say(n, item, json_out_end(&o));
}

static bool ends_membership(const struct chat_event *e)
{
    return e->kind == CHAT_EVENT_MEMBER &&
           (e->change == CHAT_LEAVE || e->change == CHAT_KICK || e->change == CHAT_BAN);
}

static void make_event(struct news *n, const struct chat_event *e, const struct news_bridge *bridge)
{
    bool ends = ends_membership(e) && e->user;
    if (ends) {
        add(n, NEWS_LEAVE, e->room, e->user->id);
    } else if (e->kind == CHAT_EVENT_MEMBER && e->change == CHAT_JOIN && e->user) {
        add(n, NEWS_JOIN, e->room, e->user->id);
    }
    struct news_item *item = add(n, NEWS_EVENT, e->room, 0);
    say(n, item, chat_event_encode(e, &n->text));
    if (ends) {
        me_left(n, e->user->id, e);
    }
    if (bridge->on && e->kind == CHAT_EVENT_MESSAGE && e->room == bridge->lobby && e->message &&
        e->message->from.id != bridge->guest) {
        relay(n, e->message);
    }
}

/* A dm has two sides. */
static void make_dm(struct news *n, const struct store_result *out)
{
    for (uint32_t i = 0; i < out->rooms_n && i < out->users_n && i < 2; i++) {
        me_room(n, out->users[i].id, &out->rooms[i]);
    }
}

void news_make(struct news *n, const struct store_request *r, const struct news_bridge *bridge)
{
    const struct store_result *out = &r->out;
    n->items_n = 0;
    buf_reset(&n->text);
    n->ended = out->revoked; /* also of a refusal: of a refresh token that was used twice */
    n->ended_n = out->revoked_n;
    if (out->refusal.error != CHAT_OK || out->dup) {
        return;
    }
    /* Whoever makes a room or a dm is in it, whatever its first event is. */
    if (r->op == STORE_ROOM_CREATE && out->rooms_n > 0) {
        add(n, NEWS_JOIN, out->rooms[0].id, r->actor);
    } else if (r->op == STORE_DM_OPEN && out->room_is_new && out->rooms_n > 0) {
        for (uint32_t i = 0; i < out->users_n && i < 2; i++) {
            add(n, NEWS_JOIN, out->rooms[0].id, out->users[i].id);
        }
    }
    if (out->has_also) {
        make_event(n, &out->also, bridge);
    }
    if (out->has_event) {
        make_event(n, &out->event, bridge);
    }
    for (uint32_t i = 0; i < out->mods_n; i++) {
        me_reports(n, out->mods[i].id, r->in.room, out->mods[i].open);
    }
    switch (r->op) {
    case STORE_ROOM_CREATE:
    case STORE_ROOM_JOIN:
    case STORE_NOTIFY:
        if (out->rooms_n > 0 && (out->has_event || r->op == STORE_NOTIFY)) {
            me_room(n, r->actor, &out->rooms[0]);
        }
        break;
    case STORE_ROOM_ADD:
        if (out->has_event && out->rooms_n > 0 && out->users_n > 0) {
            me_room(n, out->users[0].id, &out->rooms[0]);
        }
        break;
    case STORE_DM_OPEN:
        if (out->room_is_new) {
            make_dm(n, out);
        }
        break;
    case STORE_READ_MARK:
        me_read(n, r);
        break;
    case STORE_DRAFT_SET:
        me_draft(n, r);
        break;
    case STORE_BLOCK:
        if (out->users_n > 0) {
            me_block(n, r);
        }
        break;
    case STORE_USER_UPDATE:
    case STORE_USER_ROLE:
    case STORE_AVATAR_SET:
        if (out->users_n > 0) {
            tell_profile(n, &out->users[0]);
        }
        break;
    case STORE_USER_CREATE: /* guests may have been there before the owner */
        if (r->account.first_owner && r->account.workspace.n > 0) {
            tell_workspace(n, r->account.workspace);
        }
        break;
    case STORE_WORKSPACE_SET:
        tell_workspace(n, out->workspace);
        break;
    default:
        break;
    }
}
