/* The lists and the answers. See console.h; the commands are in console_run.c. */
#include "console.h"

#include "console_run.h"
#include "fuzzy.h"
#include "json.h"
#include "json_in.h"
#include "refusal.h"
#include "text.h"
#include "upd_composer.h"
#include "upd_message.h"
#include "upd_rooms.h"
#include "upd_search.h"
#include <string.h>

#define ARENA_BYTES  (1u << 20)
#define NOTICE_BYTES 1024
#define FOUND_BYTES  8192
#define HITS_N       50

void console_init(struct console *c)
{
    memset(c, 0, sizeof *c);
    buf_init(&c->query, CONSOLE_QUERY_BYTES_MAX);
    buf_init(&c->notice, NOTICE_BYTES);
    buf_init(&c->found, FOUND_BYTES);
    buf_init(&c->secrets[0], CHAT_PASSWORD_BYTES_MAX);
    buf_init(&c->secrets[1], CHAT_PASSWORD_BYTES_MAX);
    for (uint32_t i = 0; i < CONSOLE_ASKED_MAX; i++)
        buf_init(&c->asked[i].line, CONSOLE_LINE_BYTES_MAX);
    arena_init(&c->arena, ARENA_BYTES);
}

void console_fini(struct console *c)
{
    console_password_forget(c);
    buf_fini(&c->query);
    buf_fini(&c->secrets[0]);
    buf_fini(&c->secrets[1]);
    buf_fini(&c->notice);
    buf_fini(&c->found);
    for (uint32_t i = 0; i < CONSOLE_ASKED_MAX; i++)
        buf_fini(&c->asked[i].line);
    arena_fini(&c->arena);
}

void console_say(struct console *c, struct slice text, bool bad)
{
    buf_reset(&c->notice);
    c->bad = bad;
    if (buf_put(&c->notice, text_cut(text, NOTICE_BYTES / 4)) != ERR_OK)
        buf_reset(&c->notice);
}

void console_tell(struct console *c, const struct model *m, enum word word, bool bad)
{
    console_say(c, words_get(&m->words, word), bad);
}

/* The texts stay until the next list begins: what was asked with them is not carried out yet. */
void console_close(struct console *c)
{
    c->list = CONSOLE_CLOSED;
    c->items_n = c->chosen = 0;
    c->doomed_key = 0;
    c->waiting = false;
    console_password_forget(c);
}

void console_begin(struct console *c, enum console_list list)
{
    arena_fini(&c->arena);
    c->items_n = c->chosen = 0;
    c->list = list;
}

struct console_item *console_add(struct console *c, struct slice label, struct slice detail)
{
    if (c->items_n == CONSOLE_ITEMS_MAX)
        return NULL;
    struct console_item item = {.label = arena_copy(&c->arena, label),
                                .detail = arena_copy(&c->arena, detail)};
    if (!item.label.p || !item.detail.p)
        return NULL;
    c->items[c->items_n] = item;
    return &c->items[c->items_n++];
}

/* "#tea", "bo" */
static struct slice shown_name(const struct room *room, struct buf *line)
{
    buf_reset(line);
    if ((room->r.kind != CHAT_DM && buf_putc(line, '#') != ERR_OK) ||
        buf_put(line, room_shown(room)) != ERR_OK)
        buf_reset(line);
    return buf_peek(line);
}

static struct slice counts(const struct model *m, const struct room *room, struct buf *line)
{
    buf_reset(line);
    (void)!console_counts(m, line, (uint64_t)room->r.unread, (uint64_t)room->r.mentions);
    return buf_peek(line);
}

enum err console_counts(const struct model *m, struct buf *line, uint64_t unread, uint64_t mentions)
{
    struct buf number = {.max = 24};
    enum err e = buf_put_u64(&number, unread);
    if (e == ERR_OK && mentions > 0)
        e = words_put_n(&m->words, line, WORDS_TERM_UNREAD_MENTIONS, mentions, buf_peek(&number));
    else if (e == ERR_OK && unread > 0)
        e = words_put_n(&m->words, line, WORDS_TERM_UNREAD, unread, SL(""));
    buf_fini(&number);
    return e;
}

/* Rooms that match, the best first; of equally good ones the unread, then the last used. */
void console_typed(struct console *c, const struct model *m)
{
    struct buf name = {.max = 1024}, detail = {.max = 128};
    int64_t scores[CONSOLE_ITEMS_MAX];
    if (c->list == CONSOLE_SEARCH) {
        c->items_n = c->chosen = 0;
        c->of = 0;
    }
    if (c->list != CONSOLE_SWITCHER)
        return;
    console_begin(c, CONSOLE_SWITCHER);
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        const struct room *room = m->rooms.at[i];
        struct fuzzy_match match;
        if (!fuzzy_match(buf_peek(&c->query), room_shown(room), &match))
            continue;
        int64_t score = match.score * INT64_C(4) + (room->r.mentions > 0) + room_is_unread(room);
        struct console_item *item =
            console_add(c, shown_name(room, &name), counts(m, room, &detail));
        if (!item)
            break;
        item->room = room->r.id;
        item->person = room->with ? room->with->id : 0;
        struct console_item kept = *item;
        uint32_t at = c->items_n - 1;
        for (; at > 0 && scores[at - 1] < score; at--) {
            c->items[at] = c->items[at - 1];
            scores[at] = scores[at - 1];
        }
        c->items[at] = kept;
        scores[at] = score;
    }
    buf_fini(&name);
    buf_fini(&detail);
}

void console_open(struct console *c, const struct model *m, enum console_list list)
{
    console_close(c);
    console_begin(c, list);
    c->of = 0;
    console_typed(c, m);
}

void console_ask(struct console *c, const struct model *m, enum console_ask what,
                 enum event_id event, struct chat_request r, struct effects *fx)
{
    bool turn = what == CONSOLE_ASK_SEARCH || what == CONSOLE_ASK_PERSON;
    struct ask ask = {ASK_CONSOLE, turn ? c->of : r.room,
                      (int64_t)what | (int64_t)c->asking << CONSOLE_TURN_SHIFT};
    if (m->conn.state != CONN_LIVE || !effects_ask(fx, ask, event, r))
        console_tell(c, m, WORD_TERM_NO_CONNECTION, true);
    else
        c->waiting = true;
}

static void tell_mistake(struct console *c, const struct model *m, enum search_state state,
                         struct slice bad)
{
    struct buf line = {.max = NOTICE_BYTES};
    enum word word = state == SEARCH_UNKNOWN_ROOM ? WORD_SEARCH_NO_ROOM
                     : state == SEARCH_BAD_DATE   ? WORD_SEARCH_NO_DATE
                                                  : WORD_SEARCH_SHORT;
    if (words_put(&m->words, &line, word, text_cut(bad, 64), SL("")) == ERR_OK)
        console_say(c, buf_peek(&line), true);
    buf_fini(&line);
}

void console_search(struct console *c, const struct model *m, struct effects *fx)
{
    int64_t room = 0;
    enum search_state state = upd_search_read(m, buf_peek(&c->query), &c->sought, &room);
    if (state == SEARCH_IDLE)
        return;
    console_begin(c, CONSOLE_SEARCH);
    c->of = ++c->turn;
    if (state == SEARCH_WAITING)
        console_ask(c, m, CONSOLE_ASK_SEARCH, EVENT_SEARCH,
                    upd_search_request(&c->sought, room, NULL, HITS_N), fx);
    else
        tell_mistake(c, m, state, c->sought.bad);
}

static bool is_mine(const struct model *m, int64_t id)
{
    const struct room *room = rooms_find(&m->rooms, id);
    return room && room->r.joined;
}

void console_take(struct console *c, struct model *m, struct effects *fx)
{
    enum console_list list = c->list;
    if (list == CONSOLE_PASSWORD)
        console_password_take(c, m, fx);
    if (list == CONSOLE_BLOCKED)
        console_end(c, m, fx);
    if (c->chosen >= c->items_n || list == CONSOLE_BLOCKED || list == CONSOLE_BANS ||
        list == CONSOLE_INVITES || list == CONSOLE_DEVICES)
        return; /* the list stays */
    struct console_item item = c->items[c->chosen];
    if (item.user.n) {
        console_ask(c, m, CONSOLE_ASK_ROOM, EVENT_DM,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user_name = item.user},
                    fx);
    } else if (item.room && (is_mine(m, item.room) || list != CONSOLE_PUBLIC)) {
        upd_rooms_open(m, item.room, item.seq, true, fx);
    } else if (item.room) {
        console_ask(c, m, CONSOLE_ASK_ROOM, EVENT_ROOM_JOIN,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room = item.room}, fx);
    }
    console_close(c);
}

void console_end(struct console *c, struct model *m, struct effects *fx)
{
    if (c->chosen >= c->items_n)
        return;
    const struct console_item *item = &c->items[c->chosen];
    if (c->list == CONSOLE_BLOCKED)
        console_ask(c, m, CONSOLE_ASK_BLOCKED, EVENT_BLOCK,
                    (struct chat_request){.has = 1ull << CHAT_FIELD_USER | 1ull << CHAT_FIELD_ON,
                                          .user_name = item->user},
                    fx);
    else if (c->list == CONSOLE_DEVICES)
        console_end_device(c, m, item, fx);
    else if (c->list == CONSOLE_BANS || c->list == CONSOLE_INVITES)
        console_end_of_room(c, m, item, fx);
}

void console_delete(struct console *c, struct model *m, const struct message *msg,
                    struct effects *fx)
{
    if (msg->state == MESSAGE_FAILED) {
        upd_composer_discard(m, msg->key, fx);
    } else if (!upd_message_may_delete(m, msg)) {
        console_tell(c, m, WORD_TERM_NOT_YOURS, true);
    } else if (c->doomed_key != msg->key) {
        c->doomed_key = msg->key;
        console_tell(c, m, WORD_TERM_DELETE_SURE, false);
    } else {
        c->doomed_key = 0;
        upd_composer_delete(msg, fx);
    }
}

/* --- members --- */

void console_settle(struct console *c, struct model *m)
{
    bool shown = c->list == CONSOLE_MEMBERS;
    m->panel.kind = shown ? PANEL_MEMBERS : PANEL_NONE; /* so that news of them come */
    if (!shown)
        return;
    if (m->members.room != m->open) {
        console_close(c);
        return;
    }
    console_members(c, m);
    c->waiting = m->members.asked;
    if (m->members.failed)
        console_tell(c, m, WORD_NO_ANSWER, true);
}

/* --- answers --- */

/* Each element of an array of the answer. */
static void each(struct console *c, struct model *m, struct slice json, const char *key,
                 void (*fn)(struct console *c, struct model *m, struct slice one,
                            struct arena *arena))
{
    struct arena arena;
    struct json_in in;
    struct json_iter it;
    struct slice raw, one;
    arena_init(&arena, 8u << 20);
    json_in_start(&in, json, &arena);
    if (json_in_raw(&in, key, &raw) && json_type_of(raw) == JSON_ARRAY) {
        for (json_iter_init(&it, raw); json_iter_next(&it, NULL, &one);) {
            struct arena_mark mark = arena_mark(&arena);
            fn(c, m, one, &arena);
            arena_rewind(&arena, mark);
        }
    }
    arena_fini(&arena);
}

static void add_hit(struct console *c, struct model *m, struct slice one, struct arena *arena)
{
    struct chat_message msg;
    struct buf label = {.max = 1024};
    if (chat_message_decode(one, arena, &msg) != ERR_OK || msg.seq <= 0 ||
        msg.ts < c->sought.after_ms)
        return;
    const struct room *room = rooms_find(&m->rooms, msg.room);
    enum err e =
        room ? buf_printf(&label, "%s%.*s ", room->r.kind == CHAT_DM ? "@" : "#",
                          SL_ARG(room_shown(room)))
             : buf_printf(&label, "%.*s: ", SL_ARG(words_get(&m->words, WORD_SEARCH_OTHER_ROOM)));
    e = e ? e : buf_put(&label, msg.from.display.n ? msg.from.display : msg.from.name);
    const struct person *by = people_find(&m->people, msg.from.id);
    struct slice text = by && by->blocked ? words_get(&m->words, WORD_BLOCKED_MESSAGE) : msg.text;
    struct console_item *item = e ? NULL : console_add(c, buf_peek(&label), text);
    if (item) {
        item->room = msg.room;
        item->seq = msg.seq;
    }
    buf_fini(&label);
}

static void add_room(struct console *c, struct model *m, struct slice one, struct arena *arena)
{
    struct chat_room room;
    struct buf label = {.max = 1024};
    if (chat_room_decode(one, arena, &room) != ERR_OK || room.kind != CHAT_PUBLIC)
        return;
    struct buf name = {.max = 1024};
    enum err e = buf_printf(&name, "#%.*s", SL_ARG(room.name));
    if (e == ERR_OK && is_mine(m, room.id))
        e = words_put(&m->words, &label, WORD_TERM_JOINED, buf_peek(&name), SL(""));
    else if (e == ERR_OK)
        e = buf_put(&label, buf_peek(&name));
    struct console_item *item = e ? NULL : console_add(c, buf_peek(&label), room.topic);
    if (item)
        item->room = room.id;
    buf_fini(&name);
    buf_fini(&label);
}

/* What fills a list: each element of an array, or a function the whole. */
static const struct {
    enum console_list list;
    enum word none;
    const char *key;
    void (*fn)(struct console *, struct model *, struct slice, struct arena *);
    void (*whole)(struct console *, struct model *, struct json_in *);
} LISTS[] = {
    [CONSOLE_ASK_SEARCH] = {CONSOLE_SEARCH, WORD_SEARCH_NONE, "hits", add_hit, NULL},
    [CONSOLE_ASK_ROOMS] = {CONSOLE_PUBLIC, WORD_SEARCH_NONE, "rooms", add_room, NULL},
    [CONSOLE_ASK_REPORTS] = {CONSOLE_REPORTS, WORD_REPORTS_NONE, "reports", console_add_report,
                             NULL},
    [CONSOLE_ASK_PERSON] = {CONSOLE_PERSON, WORDS_N, NULL, NULL, NULL},
    [CONSOLE_ASK_BANS] = {CONSOLE_BANS, WORD_BANS_NONE, NULL, NULL, console_bans},
    [CONSOLE_ASK_INVITES] = {CONSOLE_INVITES, WORD_INVITES_NONE, NULL, NULL, console_invites},
    [CONSOLE_ASK_USERS] = {CONSOLE_USERS, WORD_ADMIN_NOBODY, "users", console_add_user, NULL},
    [CONSOLE_ASK_DEVICES] = {CONSOLE_DEVICES, WORD_DEVICES_NONE, NULL, NULL, console_devices},
};
#define LISTS_N (sizeof LISTS / sizeof *LISTS)

/* Else it was closed meanwhile, or opened again for something else. */
static bool list_waits(const struct console *c, const struct ask *ask)
{
    size_t what = console_ask_what(ask);
    return what < LISTS_N && LISTS[what].list && c->list == LISTS[what].list && c->of == ask->room;
}

/* The rows are made in the dialog's memory: no dialog is ever open where there is a console. */
static void fill_whole(struct console *c, struct model *m, struct slice json,
                       void (*fn)(struct console *, struct model *, struct json_in *))
{
    struct arena arena;
    struct json_in in;
    arena_init(&arena, 1u << 20);
    json_in_start(&in, json, &arena);
    dialog_clear_rows(&m->dialog);
    fn(c, m, &in);
    dialog_clear_rows(&m->dialog);
    arena_fini(&arena);
}

void console_rows(struct console *c, struct model *m)
{
    const struct dialog *d = &m->dialog;
    for (uint32_t i = 0; i < d->rows_n; i++) {
        struct console_item *item = console_add(c, d->rows[i].label, d->rows[i].more);
        if (!item)
            return;
        item->id = d->rows[i].id;
        item->on = d->rows[i].on;
    }
}

void console_fill(struct console *c, struct model *m, const struct ask *ask, struct slice json)
{
    size_t what = console_ask_what(ask);
    uint32_t chosen = c->chosen;
    if (!list_waits(c, ask))
        return;
    console_begin(c, c->list);
    if (LISTS[what].whole)
        fill_whole(c, m, json, LISTS[what].whole);
    else
        each(c, m, json, LISTS[what].key, LISTS[what].fn);
    if (chosen < c->items_n) /* the list was filled anew: one goes on where one was */
        c->chosen = chosen;
    else if (c->items_n)
        c->chosen = c->items_n - 1;
    else
        console_tell(c, m, LISTS[what].none, false);
}

/* --- the lines of commands that were asked --- */

enum console_ask console_ask_what(const struct ask *ask)
{
    return (enum console_ask)(ask->number & ((1 << CONSOLE_TURN_SHIFT) - 1));
}

uint32_t console_ask_turn(const struct ask *ask)
{
    return (uint32_t)(ask->number >> CONSOLE_TURN_SHIFT);
}

struct slice console_asked_line(const struct console *c, const struct ask *ask)
{
    for (uint32_t i = 0; i < CONSOLE_ASKED_MAX; i++) {
        if (c->asked[i].turn && c->asked[i].turn == console_ask_turn(ask))
            return buf_peek(&c->asked[i].line);
    }
    return SL("");
}

void console_asked_drop(struct console *c, uint32_t turn)
{
    for (uint32_t i = 0; i < CONSOLE_ASKED_MAX; i++) {
        if (c->asked[i].turn == turn) {
            c->asked[i].turn = 0;
            buf_reset(&c->asked[i].line);
        }
    }
}

void console_give_back(struct console *c, struct model *m, struct slice line, struct effects *fx)
{
    const struct room *room = model_open(m);
    (void)c;
    if (line.n && room && room_writable(room) && room->draft.text.n == 0 && !room->draft.edit)
        upd_composer_set(m, line, (uint32_t)line.n, fx);
}

static void refused(struct console *c, struct model *m, const struct action_answer *a,
                    struct effects *fx)
{
    struct refusal_text room;
    struct slice line = console_asked_line(c, &a->ask);
    struct slice text = refusal_text(&m->words, REFUSAL_OF_ANY, &a->answer->why, &room);
    console_say(c, text.n ? text : words_get(&m->words, WORD_NO_ANSWER), true);
    if (line.n && list_waits(c, &a->ask) && c->items_n == 0)
        console_close(c); /* it stays empty */
    console_give_back(c, m, line, fx);
}

static void answered(struct console *c, struct model *m, const struct action_answer *a,
                     struct effects *fx)
{
    switch (console_ask_what(&a->ask)) {
    case CONSOLE_ASK_SEARCH:
    case CONSOLE_ASK_ROOMS:
    case CONSOLE_ASK_REPORTS:
    case CONSOLE_ASK_BANS:
    case CONSOLE_ASK_INVITES:
        console_fill(c, m, &a->ask, a->answer->json);
        break;
    case CONSOLE_ASK_ENDED:
        console_ended(c, m, a->ask.room, fx);
        break;
    case CONSOLE_ASK_ROOM: {
        struct action_answer joined = {{ASK_JOIN, 0, 0}, a->answer};
        upd_rooms_joined(m, &joined, fx);
        break;
    }
    case CONSOLE_ASK_LINK:
        console_link(c, m, a->answer->json);
        break;
    case CONSOLE_ASK_REPORTED:
        console_tell(c, m, WORD_REPORTED, false);
        break;
    case CONSOLE_ASK_JUDGED:
        console_judged(c, m, a->ask.room, fx);
        break;
    case CONSOLE_ASK_PERSON:
        console_person(c, m, a);
        break;
    case CONSOLE_ASK_BLOCKED:
        console_blocked(c, m, a->answer->json);
        break;
    case CONSOLE_ASK_NAMES:
        buf_reset(&c->found);
        each(c, m, a->answer->json, "users", console_add_person);
        each(c, m, a->answer->json, "rooms", console_add_name);
        c->found_n++;
        break;
    case CONSOLE_ASK_SAY:
        console_say_to(c, m, console_asked_line(c, &a->ask), a, fx);
        break;
    case CONSOLE_ASK_DONE:
        console_tell(c, m, WORD_TERM_DONE, false);
        break;
    case CONSOLE_ASK_DEVICES: /* by HTTP */
    case CONSOLE_ASK_USERS:
    case CONSOLE_ASK_DEVICE_OUT:
    case CONSOLE_ASK_PASSWORD:
    case CONSOLE_ASK_WORKSPACE:
        break;
    }
}

void console_answer(struct console *c, struct model *m, const struct action_answer *a,
                    struct effects *fx)
{
    c->waiting = false;
    if (a->answer->result != ERR_OK || !a->answer->ok)
        refused(c, m, a, fx);
    else
        answered(c, m, a, fx);
    console_asked_drop(c, console_ask_turn(&a->ask));
}
