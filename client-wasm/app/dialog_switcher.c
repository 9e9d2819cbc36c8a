/* Ctrl+K: my rooms by a few letters of their names, and people behind them. A row's id is the room's, or the user's with a minus. */
#include "dialog_kinds.h"

#include "fuzzy.h"
#include "text.h"
#include "upd_rooms.h"

#define ROOMS_SHOWN_MAX  20
#define PEOPLE_SHOWN_MAX 10

struct candidate {
    const struct room *room;
    struct fuzzy_match match;
};

/* What waits to be read comes first, then what fits better, then what was open last. */
static bool comes_before(const struct candidate *a, const struct candidate *b, bool typed)
{
    bool a_waits = a->room->r.mentions > 0 || room_is_unread(a->room);
    bool b_waits = b->room->r.mentions > 0 || room_is_unread(b->room);
    if (typed && a->match.score != b->match.score)
        return a->match.score > b->match.score;
    if (a_waits != b_waits)
        return a_waits;
    return a->room->used_ms > b->room->used_ms;
}

static void list_rooms(struct model *m)
{
    struct candidate best[ROOMS_SHOWN_MAX];
    struct slice query = text_trim(dialog_text(&m->dialog, DOM_FIELD_SWITCHER));
    uint32_t n = 0;
    dialog_clear_rows(&m->dialog);
    m->dialog.list = LIST_LOADED;
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct candidate c = {.room = m->rooms.at[i]};
        if (!fuzzy_match(query, room_shown(c.room), &c.match))
            continue;
        uint32_t at = n < ROOMS_SHOWN_MAX ? n++ : ROOMS_SHOWN_MAX;
        for (; at > 0 && comes_before(&c, &best[at - 1], query.n > 0); at--) {
            if (at < ROOMS_SHOWN_MAX)
                best[at] = best[at - 1];
        }
        if (at < ROOMS_SHOWN_MAX)
            best[at] = c;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct dialog_row *row = dialog_add_row(&m->dialog, best[i].room->r.id,
                                                room_shown(best[i].room), best[i].room->r.topic);
        if (row)
            row->person = best[i].room->with;
    }
}

static void open(struct model *m, struct effects *fx)
{
    (void)fx;
    list_rooms(m);
}

static void input(struct model *m, enum dom_field field, struct effects *fx)
{
    (void)field;
    (void)fx;
    list_rooms(m);
    upd_dialog_search_soon(m);
}

static void search(struct model *m, struct effects *fx)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_Q | 1ull << CHAT_FIELD_LIMIT,
                             .q = text_trim(dialog_text(&m->dialog, DOM_FIELD_SWITCHER)),
                             .limit = PEOPLE_SHOWN_MAX};
    if (r.q.n == 0)
        return;
    upd_dialog_list(m, EVENT_USERS, &r, fx);
    m->dialog.list = LIST_LOADED; /* the rooms are there */
}

/* People behind the rooms; whom I have a conversation with is among these. */
static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    if (what != DIALOG_LIST) {
        upd_dialog_enter(m, in, fx);
        return;
    }
    list_rooms(m);
    uint32_t n = d->rows_n;
    upd_dialog_users(m, in, "users");
    for (uint32_t i = n; i < d->rows_n; i++) {
        int64_t id = d->rows[i].id;
        if (id == m->session.me.id || rooms_find_dm(&m->rooms, id))
            continue;
        d->rows[n] = d->rows[i];
        d->rows[n++].id = -id;
    }
    d->rows_n = n;
}

static void pick(struct model *m, const struct dialog_row *row, struct effects *fx)
{
    int64_t id = row->id;
    if (id > 0) {
        upd_dialog_close(m);
        upd_rooms_open(m, id, 0, true, fx);
        return;
    }
    upd_dialog_ask(m, DIALOG_SUBMIT, EVENT_DM,
                   &(struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user = -id}, fx);
}

const struct dialog_how dialog_switcher = {
    .open = open, .input = input, .search = search, .pick = pick, .answer = answer};
