/* See upd_cache.h. */
#include "upd_cache.h"

#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include "upd_history.h"
#include "upd_kept.h"
#include "upd_rooms.h"
#include "upd_session.h"

#define QUIET_MS     1000
#define QUIET_MAX_MS 10000
#define ARENA_BYTES  (4u << 20)
/* With more unread the page opens elsewhere than at what is kept. */
#define UNREAD_NEAR_N 40

/* --- writing --- */

static struct chat_user user_of(const struct person *p)
{
    return (struct chat_user){.id = p->id,
                              .name = p->name,
                              .display = p->display,
                              .status = p->status,
                              .avatar = p->avatar,
                              .role = p->role,
                              .bot = p->bot};
}

static enum err put_room(const struct room *room, struct buf *out)
{
    struct chat_room r = room->r;
    struct chat_user with = room->with ? user_of(room->with) : (struct chat_user){0};
    r.with = room->with ? &with : NULL;
    r.catch_up = CHAT_NO_CATCH_UP;
    return chat_room_encode(&r, out);
}

/* Without reactions: they come with the server's answer. */
static enum err put_message(const struct message *msg, struct buf *out)
{
    struct chat_message c = {.room = msg->room,
                             .seq = msg->seq,
                             .cid = message_cid(msg),
                             .from = user_of(msg->from),
                             .text = msg->text,
                             .ts = msg->ts_ms,
                             .rev = msg->rev,
                             .edited_ts = msg->edited_ms,
                             .deleted = msg->deleted,
                             .reply_to = msg->reply_to,
                             .files = msg->files,
                             .files_n = msg->files_n};
    return chat_message_encode(&c, out);
}

/* What they said is not shown even for a moment. */
static enum err put_blocked(const struct people *people, struct buf *out)
{
    enum err e = ERR_OK;
    bool any = false;
    for (uint32_t i = 0; i < people->cap && !e; i++) {
        const struct person *p = people->at[i];
        if (!p || !p->blocked)
            continue;
        const struct chat_user user = user_of(p);
        e = any ? buf_putc(out, ',') : ERR_OK;
        e = e ? e : chat_user_encode(&user, out);
        any = true;
    }
    return e;
}

static enum err put_rooms(const struct model *m, struct buf *out)
{
    enum err e = ERR_OK;
    bool any = false;
    for (uint32_t i = 0; i < m->rooms.n && !e; i++) {
        if (!m->rooms.at[i]->r.joined)
            continue;
        e = any ? buf_putc(out, ',') : ERR_OK;
        e = e ? e : put_room(m->rooms.at[i], out);
        any = true;
    }
    return e;
}

static enum err put_last(const struct room *room, uint32_t n, bool *any, struct buf *out)
{
    const struct log *l = &room->log;
    enum err e = ERR_OK;
    for (uint32_t i = l->numbered_n > n ? l->numbered_n - n : 0; i < l->numbered_n && !e; i++) {
        if (!l->at[i]->from)
            continue;
        e = *any ? buf_putc(out, ',') : ERR_OK;
        e = e ? e : put_message(l->at[i], out);
        *any = true;
    }
    return e;
}

/* The room that was used last before that time; the open one is used now. */
static const struct room *used_before(const struct model *m, int64_t *before_ms)
{
    const struct room *best = NULL;
    int64_t best_ms = INT64_MIN;
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        const struct room *room = m->rooms.at[i];
        int64_t used_ms = room->r.id == m->open ? INT64_MAX - 1 : room->used_ms;
        if (room->r.joined && room->log.numbered_n && used_ms < *before_ms && used_ms > best_ms) {
            best = room;
            best_ms = used_ms;
        }
    }
    *before_ms = best_ms;
    return best;
}

/* What boot.js needs for taking down messages to the open room; nothing where something is written already, or may not be. */
static enum err put_writing(const struct model *m, const struct room *room, struct buf *out)
{
    struct json_out o;
    struct buf label = {.max = 1024};
    const struct draft *d = &room->draft;
    enum err e = buf_put(out, SL(",\"open\":"));
    e = e ? e : buf_put_u64(out, (unsigned long long)room->r.id);
    if (e || !room_writable(room) || d->text.n || d->aside.n || d->reply_to || m->composer.stale)
        return e;
    e = words_put(&m->words, &label, WORD_MESSAGE_TO, room_shown(room), SL(""));
    e = e ? e : buf_put(out, SL(",\"writing\":"));
    json_out_start(&o, out);
    json_out_object(&o, NULL);
    json_out_text(&o, "label", buf_peek(&label));
    json_out_bool(&o, "enter", !m->coarse && !m->settings.enter_breaks);
    json_out_object_end(&o);
    enum err ended = json_out_end(&o);
    buf_fini(&label);
    return e ? e : ended;
}

static enum err encode(const struct model *m, uint32_t rooms_n, uint32_t messages_n,
                       struct buf *out)
{
    int64_t before_ms = INT64_MAX;
    bool any = false;
    const struct room *room;
    const struct person *person = m->session.person;
    const struct room *open = model_open(m);
    if (!person)
        return ERR_OK;
    struct chat_user me = {.id = m->session.me.id,
                           .role = m->session.me.role,
                           .name = person->name,
                           .display = person->display,
                           .status = person->status,
                           .avatar = person->avatar};
    enum err e = buf_put(out, SL("{\"user\":"));
    e = e ? e : chat_user_encode(&me, out);
    if (open)
        e = e ? e : put_writing(m, open, out);
    e = e ? e : buf_put(out, SL(",\"rooms\":["));
    e = e ? e : put_rooms(m, out);
    e = e ? e : buf_put(out, SL("],\"blocked\":["));
    e = e ? e : put_blocked(&m->people, out);
    e = e ? e : buf_put(out, SL("],\"messages\":["));
    while (!e && rooms_n-- > 0 && (room = used_before(m, &before_ms)))
        e = put_last(room, messages_n, &any, out);
    return e ? e : buf_put(out, SL("]}"));
}

enum err upd_cache_encode(const struct model *m, struct buf *out)
{
    static const uint32_t tries[][2] = {{CACHE_ROOMS_MAX, CACHE_MESSAGES_MAX},
                                        {CACHE_ROOMS_MAX / 2, CACHE_MESSAGES_MAX / 2},
                                        {2, CACHE_MESSAGES_MAX / 3},
                                        {0, 0}};
    enum err e = ERR_LIMIT;
    for (size_t i = 0; i < sizeof tries / sizeof *tries && e == ERR_LIMIT; i++) {
        buf_reset(out);
        e = encode(m, tries[i][0], tries[i][1], out);
    }
    if (e)
        buf_reset(out);
    return e;
}

/* --- reading --- */

static void take_rooms(struct model *m, struct slice array, struct arena *arena, struct effects *fx)
{
    struct json_iter it;
    struct slice one;
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &one);) {
        struct arena_mark mark = arena_mark(arena);
        struct chat_room room;
        if (chat_room_decode(one, arena, &room) == ERR_OK && room.id > 0) {
            upd_rooms_told(m, &room, fx);
            struct room *taken = rooms_find(&m->rooms, room.id);
            if (taken)
                taken->cached = true;
        }
        arena_rewind(arena, mark);
    }
}

static void take_blocked(struct model *m, struct slice array, struct arena *arena)
{
    struct json_iter it;
    struct slice one;
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &one);) {
        struct chat_user user;
        struct arena_mark mark = arena_mark(arena);
        struct person *p =
            chat_user_decode(one, arena, &user) == ERR_OK ? people_learn(&m->people, &user) : NULL;
        if (p)
            p->blocked = p->guessed = true;
        arena_rewind(arena, mark);
    }
}

static void forget_guesses(struct people *people)
{
    for (uint32_t i = 0; i < people->cap; i++) {
        if (people->at[i] && people->at[i]->guessed)
            people->at[i]->blocked = people->at[i]->guessed = false;
    }
}

static void take_messages(struct model *m, struct slice array, struct arena *arena)
{
    struct json_iter it;
    struct slice one;
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &one);) {
        struct arena_mark mark = arena_mark(arena);
        struct chat_message message;
        struct room *room = NULL;
        if (chat_message_decode(one, arena, &message) == ERR_OK && message.seq > 0)
            room = rooms_find(&m->rooms, message.room);
        if (room) {
            upd_history_put(m, room, &message, 1, false);
            room->opened = true;
        }
        arena_rewind(arena, mark);
    }
}

/* Nothing is known yet, or only who is signed in. */
static bool is_early(const struct model *m)
{
    if (m->session.state == SESSION_IN)
        return !m->resumed && m->rooms.n == 0;
    return m->session.state == SESSION_UNKNOWN && !m->session.me.id;
}

void upd_cache_take(struct model *m, struct slice json, struct effects *fx)
{
    struct arena arena;
    struct json_in in;
    struct slice raw;
    struct chat_user me;
    int64_t open = 0;
    if (!is_early(m) || json_check(json, NULL) != ERR_OK)
        return;
    arena_init(&arena, ARENA_BYTES);
    json_in_start(&in, json, &arena);
    if (json_in_raw(&in, "user", &raw) && chat_user_decode(raw, &arena, &me) == ERR_OK &&
        me.id > 0 && (!m->session.me.id || m->session.me.id == me.id)) {
        if (!m->session.me.id)
            upd_session_known(m, &me);
        m->cache.shown = true;
        if (json_in_raw(&in, "rooms", &raw) && json_type_of(raw) == JSON_ARRAY)
            take_rooms(m, raw, &arena, fx);
        if (json_in_raw(&in, "blocked", &raw) && json_type_of(raw) == JSON_ARRAY)
            take_blocked(m, raw, &arena);
        if (json_in_raw(&in, "messages", &raw) && json_type_of(raw) == JSON_ARRAY)
            take_messages(m, raw, &arena);
        json_in_int(&in, "open", 1, CHAT_ID_MAX, &open);
        if (!m->open)
            upd_rooms_first(m, open, fx);
        upd_kept_place(m, fx);
    }
    arena_fini(&arena);
}

void upd_cache_resumed(struct model *m, struct effects *fx)
{
    if (!m->cache.shown)
        return;
    m->cache.shown = false;
    forget_guesses(&m->people);
    for (uint32_t i = m->rooms.n; i-- > 0;) {
        struct room *room = m->rooms.at[i];
        if (room->cached) {
            upd_rooms_gone(m, &(struct action_gone){room->r.id, false},
                           fx); /* no room of mine any more */
            continue;
        }
        room->opened = room->followed = false;
        room->stale = room->r.id == m->open && room->r.unread <= UNREAD_NEAR_N && !room->target_seq;
        if (!room->stale)
            room_forget(room);
    }
}

/* --- when --- */

void upd_cache_note(struct model *m, const struct action *a, struct effects *fx)
{
    struct cache *c = &m->cache;
    switch (a->type) {
    case ACTION_RESUMED:
    case ACTION_ROOM:
    case ACTION_ROOM_GONE:
    case ACTION_BLOCK:
    case ACTION_EVENT:
    case ACTION_RESET:
    case ACTION_ANSWER:
        if (!m->resumed)
            break;
        if (!c->dirty)
            c->since_ms = m->now_ms;
        c->dirty = true;
        c->due_ms = m->now_ms + QUIET_MS;
        if (c->due_ms > c->since_ms + QUIET_MAX_MS)
            c->due_ms = c->since_ms + QUIET_MAX_MS;
        break;
    case ACTION_HIDE:
        c->due_ms = m->now_ms;
        upd_cache_tick(m, fx);
        break;
    default:
        break;
    }
}

void upd_cache_tick(struct model *m, struct effects *fx)
{
    if (!m->cache.dirty || m->cache.due_ms > m->now_ms || fx->n == EFFECTS_MAX)
        return;
    m->cache.dirty = false;
    effects_add(fx, (struct effect){.type = EFFECT_CACHE, .on = true});
}

int64_t upd_cache_wake_ms(const struct model *m)
{
    return m->cache.dirty ? m->cache.due_ms : INT64_MAX;
}
