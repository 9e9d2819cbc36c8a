/* See upd_history.h. */
#include "upd_history.h"

#include "json.h"
#include "json_in.h"
#include "markdown.h"
#include "upd_held.h"
#include "upd_rooms.h"
#include "upd_session.h"
#include "upd_toast.h"
#include "upd_window.h"
#include "utf8.h"

#define ANSWER_ARENA_BYTES (8u << 20)
/* As many unread ones are loaded together with what is newest; with more, the page opens where they begin. */
#define UNREAD_NEAR_N 40

static int64_t last_seq(const struct room *room)
{
    return room->log.numbered_n ? room->log.at[room->log.numbered_n - 1]->seq : 0;
}

bool upd_history_newer(const struct room *room)
{
    return last_seq(room) < room->r.seq;
}

static void ask(struct model *m, struct room *room, enum ask_history what, int64_t seq,
                struct effects *fx)
{
    static const enum chat_field fields[] = {[ASK_LATEST] = CHAT_FIELD_LIMIT,
                                             [ASK_BEFORE] = CHAT_FIELD_BEFORE,
                                             [ASK_AFTER] = CHAT_FIELD_AFTER,
                                             [ASK_AROUND] = CHAT_FIELD_AROUND};
    struct chat_request r = {
        .has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_LIMIT | 1ull << fields[what],
        .room = room->r.id,
        .limit = m->limits.page_n,
        .before = seq,
        .after = seq,
        .around = seq,
    };
    if (room->loading == ROOM_LOADING || m->conn.state != CONN_LIVE)
        return;
    room->asked_ms = m->now_ms;
    if (!effects_ask(fx, (struct ask){ASK_HISTORY, room->r.id, what}, EVENT_HISTORY, r))
        return;
    room->loading = ROOM_LOADING;
    room->renewing = room->stale;
    room->asked_n = m->events_n;
    room->asked_what = what;
    room->asked_seq = seq;
}

/* Ask for what replaces messages that may be old: those around where the reader is, or wants to be. */
static void renew(struct model *m, struct room *room, struct effects *fx)
{
    const struct window *w = &room->window;
    int64_t seq = room->target_seq;
    if (!seq && !w->following && w->first < room->log.numbered_n) {
        uint32_t at = log_find_seq(&room->log, room->view_seq);
        if (at < w->first || at >= w->end)
            at = w->first + (w->end - w->first) / 2;
        seq = room->log.at[at < room->log.numbered_n ? at : room->log.numbered_n - 1]->seq;
    }
    ask(m, room, seq ? ASK_AROUND : ASK_LATEST, seq, fx);
}

void upd_history_open(struct model *m, struct room *room, struct effects *fx)
{
    if (!room->followed && !m->cache.shown && room->r.joined) {
        room->followed = true;
        effects_add(fx, (struct effect){.type = EFFECT_FOLLOW, .id = room->r.id, .on = true});
    }
    if (room->target_seq) {
        upd_history_go(m, room, room->target_seq, fx);
        return;
    }
    if (room->r.seq == 0)
        room->opened = true; /* all of it is known */
    if (room->opened)
        return;
    if (room->r.unread > UNREAD_NEAR_N && room->r.read_seq > 0)
        upd_history_go(m, room, room->r.read_seq, fx);
    else
        renew(m, room, fx);
}

void upd_history_again(struct model *m, struct room *room, struct effects *fx)
{
    room->stale = true;
    room->opened = room->followed = false;
    upd_history_open(m, room, fx);
}

void upd_history_newest(struct model *m, struct room *room, struct effects *fx)
{
    room->target_seq = 0;
    if (upd_history_newer(room))
        ask(m, room, ASK_LATEST, 0, fx);
}

void upd_history_above(struct model *m, struct room *room, struct effects *fx)
{
    const struct window *w = &room->window;
    if (w->first >= room->log.numbered_n)
        return;
    int64_t seq = room->log.at[w->first]->seq;
    int64_t lowest = room->r.min_seq > 1 ? room->r.min_seq : 1;
    bool all = seq <= lowest || (w->first > 0 && room->log.at[w->first - 1]->seq == seq - 1);
    if (room->stale)
        renew(m, room, fx);
    else if (!all)
        ask(m, room, ASK_BEFORE, seq, fx);
}

void upd_history_below(struct model *m, struct room *room, struct effects *fx)
{
    const struct window *w = &room->window;
    if (w->end == 0 || w->end > room->log.numbered_n)
        return;
    int64_t seq = room->log.at[w->end - 1]->seq;
    if (room->stale)
        renew(m, room, fx);
    else if (w->end < room->log.numbered_n ? room->log.at[w->end]->seq > seq + 1
                                           : seq < room->r.seq)
        ask(m, room, ASK_AFTER, seq, fx);
}

void upd_history_fill(struct model *m, struct room *room, struct effects *fx)
{
    const struct window *w = &room->window;
    if (w->following && w->end - w->first < m->limits.rows_step / 2)
        upd_history_above(m, room, fx);
}

/* --- a room that is not mine: the server tells nothing of it by itself --- */

int64_t upd_history_wake_ms(const struct model *m)
{
    const struct room *room = model_open(m);
    bool wants = room && !room->r.joined && room->opened && !room->stale && m->focused &&
                 m->resumed && m->conn.state == CONN_LIVE && room->loading != ROOM_LOADING &&
                 !upd_history_newer(room);
    return wants ? room->asked_ms + HISTORY_PEEK_MS : INT64_MAX;
}

void upd_history_tick(struct model *m, struct effects *fx)
{
    struct room *room = model_open(m);
    if (m->now_ms >= upd_history_wake_ms(m))
        ask(m, room, room->log.numbered_n ? ASK_AFTER : ASK_LATEST, last_seq(room), fx);
}

/* It is there: in the middle of the window. */
static void show(struct model *m, struct room *room, uint32_t index, struct effects *fx)
{
    bool near_end = index + m->limits.rows_step / 4 >= room->log.n && !upd_history_newer(room);
    upd_window_around(m, room, index);
    if (near_end)
        room->window.end = room->log.n;
    upd_window_settle(m, room);
    room->target_seq = 0;
    if (m->open != room->r.id)
        return;
    if (room->marker_seq && room->log.at[index]->seq == room->marker_seq) {
        effects_add(fx, (struct effect){.type = EFFECT_SCROLL_MARKER});
        return;
    }
    m->flash_key = room->log.at[index]->key;
    effects_add(fx, (struct effect){.type = EFFECT_SCROLL_ROW, .key = m->flash_key});
}

void upd_history_go(struct model *m, struct room *room, int64_t seq, struct effects *fx)
{
    uint32_t index = log_find_seq(&room->log, seq);
    bool renewed = room->stale && m->conn.state == CONN_LIVE; /* then the answer shows it */
    if (index < room->log.n && !renewed) {
        show(m, room, index, fx);
        return;
    }
    room->target_seq = seq;
    ask(m, room, ASK_AROUND, seq, fx);
}

struct find_me {
    struct slice name;
    bool found;
};

static void no_block(void *user, const struct md_block *block)
{
    (void)user;
    (void)block;
}

static void look_at_run(void *user, const struct md_run *run)
{
    struct find_me *f = user;
    if (run->kind != MD_MENTION || run->text.n < 2)
        return;
    struct slice name = slice_from(run->text, 1);
    f->found |=
        slice_eq_nocase(name, f->name) || slice_eq(name, SL("room")) || slice_eq(name, SL("here"));
}

bool upd_history_mentions_me(const struct model *m, struct slice text)
{
    struct find_me f = {upd_session_name(m), false};
    if (slice_find(text, '@') == text.n)
        return false;
    markdown_parse(text, &(struct md_sink){&f, no_block, look_at_run});
    return f.found;
}

static struct message *make(struct model *m, const struct chat_message *from)
{
    struct person *person = people_learn(&m->people, &from->from);
    struct message *msg = message_new(from, person, m->session.me.id);
    if (!msg)
        return NULL;
    msg->changed_n = m->events_n;
    msg->mentions_me = !msg->own && upd_history_mentions_me(m, msg->text);
    return msg;
}

/* One of ours has got its number: it keeps its key. */
static void settle_pending(struct model *m, struct room *room, struct message *msg)
{
    uint32_t at = msg->own ? log_find_cid(&room->log, message_cid(msg)) : room->log.n;
    if (at == room->log.n)
        return;
    struct message *pending = room_take(room, at);
    msg->key = pending->key;
    m->pending_n -= pending->state == MESSAGE_PENDING;
    m->outbox.on = true;
    message_free(pending);
}

static void put_fresh(struct model *m, struct room *room, struct message *msg, bool live)
{
    uint32_t index;
    bool own = msg->own;
    settle_pending(m, room, msg);
    if (msg->key == 0)
        msg->key = m->next_key++;
    if (room_insert(room, msg, &index) != ERR_OK) {
        message_free(msg);
        return;
    }
    if (live && !own && !room->window.following)
        room->window.new_n++;
}

static void put_one(struct model *m, struct room *room, const struct chat_message *from, bool live)
{
    uint32_t at = log_find_seq(&room->log, from->seq);
    struct message *msg;
    if (at < room->log.n) {
        const struct message *old = room->log.at[at];
        bool newer =
            live || (old->changed_n <= room->asked_n &&
                     (room->stale || (from->rev >= old->rev && (from->deleted || !old->deleted))));
        msg = newer ? make(m, from) : NULL;
        if (msg)
            log_replace(&room->log, at, msg);
        return;
    }
    msg = make(m, from);
    if (msg)
        put_fresh(m, room, msg, live);
}

void upd_history_put(struct model *m, struct room *room, const struct chat_message *messages,
                     uint32_t n, bool events)
{
    for (uint32_t i = 0; i < n; i++) {
        bool further = messages[i].seq > room->r.seq;
        if (further)
            room->r.seq = messages[i].seq;
        /* In a room that is not mine no event tells of it: it is news all the same. */
        put_one(m, room, &messages[i], events || (further && room->opened && !room->r.joined));
        upd_held_told(m, room, &messages[i]);
    }
    upd_window_settle(m, room);
}

/* The array of messages of an answer. false: it is none. */
static bool put_page(struct model *m, struct room *room, struct slice json)
{
    struct arena arena;
    struct json_in in;
    struct json_iter it;
    struct slice raw, one;
    int64_t min_seq = room->r.min_seq;
    arena_init(&arena, ANSWER_ARENA_BYTES);
    json_in_start(&in, json, &arena);
    json_in_int(&in, "min_seq", 0, CHAT_ID_MAX, &min_seq);
    bool ok = json_in_raw(&in, "messages", &raw) && json_type_of(raw) == JSON_ARRAY;
    room->r.min_seq = min_seq;
    for (ok = ok && (json_iter_init(&it, raw), true); ok && json_iter_next(&it, NULL, &one);) {
        struct chat_message message;
        struct arena_mark mark = arena_mark(&arena);
        if (chat_message_decode(one, &arena, &message) == ERR_OK && message.seq > 0)
            upd_history_put(m, room, &message, 1, false);
        arena_rewind(&arena, mark);
    }
    arena_fini(&arena);
    return ok;
}

/* All that was there when it was asked for and is not in its answer. */
static void drop_old(struct model *m, struct room *room)
{
    for (uint32_t i = room->log.numbered_n; i-- > 0;) {
        if (room->log.at[i]->changed_n <= room->asked_n)
            message_free(room_take(room, i));
    }
    upd_window_settle(m, room);
}

/* The seq of the last row of a window that ends where its stretch does; 0: it does not, or in our own without a number. */
static int64_t edge_seq(const struct room *room)
{
    const struct window *w = &room->window;
    uint32_t from, to;
    if (w->end == 0 || w->end > room->log.numbered_n)
        return 0;
    log_stretch(&room->log, w->first, &from, &to);
    return w->end == to ? room->log.at[w->end - 1]->seq : 0;
}

/* The server has no message of that number: to where it would be, at one end or the other. */
static void miss(struct model *m, struct room *room, struct effects *fx)
{
    bool newest = log_place(&room->log, room->target_seq) == room->log.numbered_n;
    room->target_seq = 0;
    if (m->open != room->r.id)
        return;
    if (newest) {
        upd_window_follow(m, room, fx);
    } else {
        upd_window_around(m, room, 0);
        effects_add(fx, (struct effect){.type = EFFECT_GO_HOME});
    }
    upd_toast_word(m, newest ? WORD_NO_MESSAGE : WORD_NO_MESSAGE_KEPT, fx);
}

/* Where the reader wants to be, now that the page is here. edge: edge_seq before. */
static void arrive(struct model *m, struct room *room, enum ask_history what, int64_t edge,
                   struct effects *fx)
{
    int64_t wanted = room->target_seq;
    uint32_t at = wanted ? log_place(&room->log, wanted) : 0;
    if (what == ASK_AROUND && wanted) {
        bool is_there = log_find_seq(&room->log, wanted) < room->log.n;
        if (!is_there && wanted != room->asked_seq)
            return; /* it is asked for now */
        if (is_there || (wanted == room->marker_seq && room->log.numbered_n))
            show(m, room, at < room->log.numbered_n ? at : room->log.numbered_n - 1, fx);
        else
            miss(m, room, fx);
        return;
    }
    if (room->log.numbered_n == 0) {
        upd_window_settle(m, room);
        return;
    }
    if (what == ASK_BEFORE || what == ASK_AROUND) /* the reader is near that edge */
        upd_window_up(m, room);
    if (what == ASK_AROUND && !room->window.following)
        upd_window_down(m, room);
    if (what == ASK_AFTER && !room->window.following && edge) { /* he may have gone elsewhere */
        room->window.end = log_place(&room->log, edge) + 1;     /* not all of the page at once */
        upd_window_down(m, room);
    }
    upd_window_settle(m, room);
}

void upd_history_answer(struct model *m, const struct action_answer *a, struct effects *fx)
{
    struct room *room = rooms_find(&m->rooms, a->ask.room);
    const struct chat_answer *answer = a->answer;
    if (!room || room->loading != ROOM_LOADING)
        return;
    room->loading = ROOM_LOADED;
    bool good = answer->result == ERR_OK && answer->ok;
    int64_t edge = edge_seq(room);
    if (good && room->stale && !room->renewing) { /* as old as what is there */
        renew(m, room, fx);
        return;
    }
    m->events_n += room->stale; /* what comes now is newer than what was there */
    if (good && put_page(m, room, answer->json)) {
        if (room->stale)
            drop_old(m, room);
        room->stale = false;
        room->opened = true;
        arrive(m, room, (enum ask_history)a->ask.number, edge, fx);
        upd_history_fill(m, room, fx);
        upd_history_trim(m, fx);
        if (room->target_seq && m->open == room->r.id)
            upd_history_go(m, room, room->target_seq, fx); /* asked for meanwhile */
    } else if (answer->result != ERR_CLOSED) {
        room->loading = ROOM_LOAD_FAILED;
        room->target_seq = 0;
    }
}

/* The far end of one log. */
static void trim_room(struct model *m, struct room *room, uint32_t excess)
{
    struct window *w = &room->window;
    if (w->first >= excess) {
        log_cut(&room->log, 0, excess);
        w->first -= excess;
        w->end -= excess;
        return;
    }
    uint32_t to = room->log.numbered_n, from = to - (excess < to ? excess : to);
    if (from < w->end)
        from = w->end < to ? w->end : to;
    log_cut(&room->log, from, to);
    upd_window_settle(m, room);
}

static struct room *least_used(struct model *m, uint32_t *logs_n, size_t *bytes)
{
    struct room *least = NULL;
    *logs_n = 0;
    *bytes = 0;
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct room *room = m->rooms.at[i];
        *bytes += room->log.bytes;
        if (!room->followed)
            continue;
        ++*logs_n;
        if (room->r.id != m->open && (!least || room->used_ms < least->used_ms))
            least = room;
    }
    return least;
}

void upd_history_trim(struct model *m, struct effects *fx)
{
    struct room *open = model_open(m), *least;
    uint32_t logs_n;
    size_t bytes;
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct room *room = m->rooms.at[i];
        if (room->log.n > m->limits.messages_max)
            trim_room(m, room, room->log.n - m->limits.messages_max + m->limits.rows_step);
    }
    while ((least = least_used(m, &logs_n, &bytes)) &&
           (logs_n > MODEL_LOGS_MAX || bytes > m->limits.bytes_max)) {
        room_forget(least);
        least->followed = least->opened = false;
        if (fx->n < EFFECTS_MAX)
            effects_add(fx, (struct effect){.type = EFFECT_FOLLOW, .id = least->r.id});
    }
    while (!least && bytes > m->limits.bytes_max && open &&
           open->log.numbered_n > m->limits.rows_step) {
        trim_room(m, open, m->limits.rows_step);
        size_t before = bytes;
        least_used(m, &logs_n, &bytes);
        if (bytes == before)
            return; /* all of it is in view */
    }
}
