/* See upd_rooms.h. */
#include "upd_rooms.h"

#include "json.h"
#include "json_in.h"
#include "refusal.h"
#include "reports.h"
#include "upd_announce.h"
#include "upd_cache.h"
#include "upd_composer.h"
#include "upd_dialog.h"
#include "upd_draft.h"
#include "upd_history.h"
#include "upd_kept.h"
#include "upd_members.h"
#include "upd_notify.h"
#include "upd_pane.h"
#include "upd_read.h"
#include "upd_toast.h"
#include "upd_typing.h"
#include "upd_window.h"

#define LOBBY            "lobby"
#define ROOM_ARENA_BYTES (64u << 10)

static void leave_open(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (!room)
        return;
    upd_typing_stop(m, room, fx);
    upd_read_leave(m, room, fx);
    room->used_ms = m->now_ms;
    room->marker_seq = room->sticky_seq = 0;
    m->hover_key = m->focus_key = 0;
    m->open = 0;
    if (!room->r.joined)
        rooms_drop(&m->rooms, room->r.id);
}

static void focus_room(const struct model *m, const struct room *room, struct effects *fx)
{
    bool writes = !m->coarse && room_writable(room);
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS,
                                    .id = writes ? DOM_NODE_INPUT : DOM_NODE_SCROLLER});
}

/* What room is it? Rooms are listed by their ids: the one behind the id before is the one, if I may see it. */
static void look(const struct model *m, struct effects *fx)
{
    effects_ask(fx, (struct ask){ASK_LOOK, m->wanted, m->wanted_seq}, EVENT_ROOMS,
                (struct chat_request){.has = 1ull << CHAT_FIELD_AFTER | 1ull << CHAT_FIELD_LIMIT,
                                      .after = m->wanted - 1,
                                      .limit = 1});
}

/* Nobody can say what room it is. Not later, when something else is being written: the address is again that of what is shown. */
static void look_in_vain(struct model *m, struct effects *fx)
{
    m->wanted = m->wanted_seq = 0;
    upd_toast_word(m, WORD_NO_ANSWER, fx);
    upd_pane_room(m, false, fx);
}

/* The line before what is unread, a quarter from the top; without it, the end. */
static void place_marker(struct model *m, struct room *room, struct effects *fx)
{
    room->marker_seq = room->r.unread > 0 ? room->r.read_seq : 0;
    if (room->r.unread > 0 && room->log.numbered_n) {
        uint32_t at = log_place(&room->log, room->r.read_seq + 1);
        if (at + 8 < room->log.numbered_n) {
            upd_window_around(m, room, at);
            room->window.end = room->log.n - room->window.first <= m->limits.rows_max
                                   ? room->log.n
                                   : room->window.end;
            effects_add(fx, (struct effect){.type = EFFECT_SCROLL_MARKER});
        }
    }
}

void upd_rooms_open(struct model *m, int64_t id, int64_t seq, bool by_person, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, id);
    if (!room) {
        m->wanted = id;
        m->wanted_seq = seq;
        m->wanted_here = by_person;
        if (m->session.state == SESSION_IN && m->resumed)
            look(m, fx);
        else if (m->open)
            look_in_vain(m, fx);
        return;
    }
    bool fresh = m->open != id, first = !m->open;
    if (fresh)
        leave_open(m, fx);
    m->wanted = m->wanted_seq = 0;
    m->open = id;
    m->pane = PANE_ROOM;
    room->used_ms = m->now_ms;
    if (seq)
        room->target_seq = seq;
    if (fresh) {
        if (!seq)
            place_marker(m, room, fx);
        upd_composer_show(m, fx);
        upd_announce_hush(m);
    }
    upd_history_open(m, room, fx);
    upd_draft_ask(m, fx);
    reports_ask(m, fx);
    upd_window_settle(m, room);
    upd_pane_room(m, by_person && fresh, fx);
    if (by_person)
        m->trail.restore = false;
    /* One may write at once; without asking no keyboard comes up, or goes, on the screen. */
    if (by_person || (first && !m->coarse))
        focus_room(m, room, fx);
}

static void open_none(struct model *m, enum pane pane, struct effects *fx)
{
    leave_open(m, fx);
    m->pane = pane;
    upd_composer_show(m, fx);
}

void upd_rooms_close(struct model *m, struct effects *fx)
{
    open_none(m, PANE_ROOMS, fx);
    upd_pane_room(m, false, fx);
}

/* "#/room/7/1234" at the end of the path. */
static bool parse_address(struct slice path, int64_t *room, int64_t *seq)
{
    unsigned long long number[2] = {0, 0};
    size_t at = slice_find(path, '#');
    struct slice rest = slice_from(path, at);
    if (!slice_starts_with(rest, SL("#/room/")))
        return false;
    rest = slice_from(rest, sizeof "#/room/" - 1);
    at = slice_find(rest, '/');
    if (!slice_to_u64((struct slice){rest.p, at}, CHAT_ID_MAX, &number[0]))
        return false;
    if (at < rest.n && !slice_to_u64(slice_from(rest, at + 1), CHAT_ID_MAX, &number[1]))
        return false;
    *room = (int64_t)number[0];
    *seq = (int64_t)number[1];
    return *room > 0;
}

void upd_rooms_address(struct model *m, struct slice path, struct effects *fx)
{
    int64_t id, seq;
    if (parse_address(path, &id, &seq))
        upd_rooms_open(m, id, seq, false, fx);
}

void upd_rooms_step(struct model *m, int way, bool unread, struct effects *fx)
{
    uint32_t n = m->rooms.n, at = 0;
    while (at < n && m->rooms.at[at]->r.id != m->open)
        at++;
    if (at == n)
        at = way > 0 ? n - 1 : 0;
    for (uint32_t i = 1; i < n; i++) {
        uint32_t next = (uint32_t)((int64_t)at + n + way * (int64_t)i) % n;
        struct room *room = m->rooms.at[next];
        if (!unread || room_is_unread(room) || room->r.mentions > 0) {
            upd_rooms_open(m, room->r.id, 0, true, fx);
            return;
        }
    }
}

void upd_rooms_told(struct model *m, const struct chat_room *from, struct effects *fx)
{
    struct person *with = from->with ? people_learn(&m->people, from->with) : NULL;
    struct room *room = rooms_find(&m->rooms, from->id);
    bool fresh = !room, joins = room && !room->r.joined && from->joined;
    room = rooms_put(&m->rooms, from, with);
    if (!room)
        return;
    room->cached = false;
    if (joins)
        upd_history_again(m, room, fx);
    if (fresh || !m->resumed)
        rooms_sort(&m->rooms);
    if (m->wanted == from->id)
        upd_rooms_open(m, from->id, m->wanted_seq, false, fx);
    upd_read_told(m, room);
}

static void say_gone(struct model *m, const struct room *room, bool kept, struct effects *fx)
{
    struct buf line = {.max = TOAST_BYTES_MAX};
    if (words_put(&m->words, &line, kept ? WORD_ROOM_GONE_KEPT : WORD_ROOM_GONE, room_shown(room),
                  SL("")) == ERR_OK)
        upd_toast_say(m, buf_peek(&line), fx);
    buf_fini(&line);
}

void upd_rooms_gone(struct model *m, const struct action_gone *gone, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, gone->room);
    if (!room)
        return;
    bool kept = upd_kept_leaving_room(m, room, fx);
    if (kept || gone->put_out) /* whoever left by himself, here or elsewhere, knows it */
        say_gone(m, room, kept, fx);
    for (uint32_t i = room->log.numbered_n; i < room->log.n; i++)
        m->pending_n -= room->log.at[i]->state == MESSAGE_PENDING;
    bool open = m->open == gone->room;
    upd_dialog_room_gone(m, gone->room);
    if (open)
        upd_rooms_close(m, fx);
    rooms_drop(&m->rooms, gone->room);
}

static void on_message(struct model *m, struct room *room, const struct chat_event *e,
                       struct effects *fx)
{
    const struct chat_message *msg = e->message;
    if (msg->ts > room->active_ms)
        room->active_ms = msg->ts;
    if (room->r.kind == CHAT_DM)
        rooms_sort(&m->rooms);
    if (msg->from.id == m->session.me.id)
        return;
    upd_typing_said(room, msg->from.id);
    bool mentioned = upd_history_mentions_me(m, msg->text);
    const struct person *by = people_find(&m->people, msg->from.id);
    if (room->r.id == m->open && !(by && by->blocked))
        upd_announce_message(m, by, msg->text, mentioned);
    upd_notify_message(m, room, msg, mentioned, fx);
}

void upd_rooms_event(struct model *m, const struct chat_event *e, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, e->room);
    m->events_n++;
    if (!room)
        return;
    if (e->message && room->followed) {
        upd_history_put(m, room, e->message, 1, true);
        upd_history_trim(m, fx);
    }
    if (e->kind == CHAT_EVENT_MESSAGE && e->message)
        on_message(m, room, e, fx);
    if (e->kind == CHAT_EVENT_ROOM && e->state && rooms_put(&m->rooms, e->state, NULL))
        rooms_sort(&m->rooms);
    if (e->user)
        people_learn(&m->people, e->user);
    upd_members_event(m, e);
}

void upd_rooms_reset(struct model *m, const struct action_reset *reset, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, reset->room);
    if (!room)
        return;
    m->events_n++;
    room_forget(room);
    room->opened = true;
    upd_history_put(m, room, reset->messages, reset->n, true);
    room->window.new_n = 0;
    upd_history_trim(m, fx);
}

void upd_rooms_restored(struct model *m)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        room_forget(m->rooms.at[i]);
        m->rooms.at[i]->opened = false;
        m->rooms.at[i]->seen_seq = m->rooms.at[i]->read_told_seq = 0;
    }
}

void upd_rooms_first(struct model *m, int64_t last, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, last);
    if (!room)
        room = rooms_find_name(&m->rooms, SL(LOBBY));
    if (!room && m->rooms.n)
        room = m->rooms.at[0];
    if (m->wanted) {
        look(m, fx);
    } else if (room) {
        upd_rooms_open(m, room->r.id, 0, false, fx);
    } else {
        effects_ask(fx, (struct ask){ASK_JOIN, 0, 0}, EVENT_ROOM_JOIN,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room_name = SL(LOBBY)});
    }
}

/* What has come while the connection was away begins here; a line that is there already stays. */
static void mark_missed(struct room *room)
{
    int64_t seen = room->seen_seq > room->r.read_seq ? room->seen_seq : room->r.read_seq;
    if (!room->marker_seq && room->r.unread > 0 && room->r.seq > seen)
        room->marker_seq = seen;
}

void upd_rooms_resumed(struct model *m, const struct chat_user *me, struct effects *fx)
{
    upd_cache_resumed(m, fx);
    struct room *room = model_open(m);
    m->session.me.role = me->role;
    people_learn(&m->people, me);
    m->resumed = true;
    upd_members_forget(m);
    rooms_sort(&m->rooms);
    if (room && room->r.joined) {
        mark_missed(room);
        upd_history_open(m, room, fx);
    } else if (room) {
        m->wanted = room->r.id; /* nobody has told what happened there */
        m->wanted_seq = 0;
        m->wanted_here = false;
    }
    if (!room || m->wanted)
        upd_rooms_first(m, 0, fx);
    upd_kept_place(m, fx);
}

/* The room that an answer tells of, or the first one. */
static bool read_room(const struct chat_answer *answer, struct arena *arena, struct chat_room *out)
{
    struct json_in in;
    struct json_iter it;
    struct slice raw;
    json_in_start(&in, answer->json, arena);
    if (json_in_raw(&in, "rooms", &raw) && json_type_of(raw) == JSON_ARRAY) {
        json_iter_init(&it, raw);
        if (!json_iter_next(&it, NULL, &raw))
            return false;
    } else if (!json_in_raw(&in, "room", &raw)) {
        return false;
    }
    return chat_room_decode(raw, arena, out) == ERR_OK && out->id > 0;
}

void upd_rooms_joined(struct model *m, const struct action_answer *a, struct effects *fx)
{
    struct arena arena;
    struct chat_room room;
    struct refusal_text text;
    bool answered = a->answer->result == ERR_OK;
    arena_init(&arena, ROOM_ARENA_BYTES);
    if (answered && a->answer->ok && read_room(a->answer, &arena, &room)) {
        if (!a->ask.room || a->ask.room == m->open) /* else the reader has gone elsewhere */
            upd_rooms_open(m, room.id, a->ask.number, true, fx);
    } else if (a->ask.room) /* by a button */
        upd_toast_say(m,
                      answered ? refusal_text(&m->words, REFUSAL_OF_ANY, &a->answer->why, &text)
                               : words_get(&m->words, WORD_NO_ANSWER),
                      fx);
    arena_fini(&arena);
}

/* A public room that is not mine: shown, and joined when that is asked for. */
static void show_open(struct model *m, const struct chat_room *from, int64_t seq,
                      struct effects *fx)
{
    bool again = rooms_find(&m->rooms, from->id);
    struct room *room = rooms_put(&m->rooms, from, NULL);
    if (!room)
        return;
    rooms_sort(&m->rooms);
    if (again)
        upd_history_again(m, room, fx);
    upd_rooms_open(m, from->id, seq, m->wanted_here, fx);
}

void upd_rooms_looked(struct model *m, const struct action_answer *a, struct effects *fx)
{
    struct arena arena;
    struct chat_room room;
    if (m->wanted != a->ask.room)
        return;
    if (a->answer->result != ERR_OK) {
        if (m->open && m->open != m->wanted)
            look_in_vain(m, fx);
        return;
    }
    arena_init(&arena, ROOM_ARENA_BYTES);
    if (!a->answer->ok || !read_room(a->answer, &arena, &room) || room.id != a->ask.room)
        open_none(
            m, PANE_ROOM,
            fx); /* it stays wanted: that is what is shown, and should somebody invite me it opens */
    else if (!room.joined)                      /* one that I am in is told by the connection */
        show_open(m, &room, m->wanted_seq, fx); /* a later click in it counts */
    arena_fini(&arena);
}

void upd_rooms_lost(struct model *m)
{
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        if (m->rooms.at[i]->loading == ROOM_LOADING)
            m->rooms.at[i]->loading = ROOM_LOADED;
        m->rooms.at[i]->typing_n = 0;
        m->rooms.at[i]->typed_told_ms = 0;
    }
}
