/* The switcher: my rooms and direct messages by a few of their letters; people, and behind a # public rooms, by what the server finds.
 * A row's id is the room's, or the user's with a minus. */
#include "dialog_kinds.h"

#include "fuzzy.h"
#include "text.h"
#include "upd_rooms.h"

#define MINE_MAX  20
#define FOUND_MAX 20

/* One of mine that matches. */
struct match {
    const struct room *room;
    struct fuzzy_match how;
};

static int urgency(const struct room *room)
{
    return room->r.mentions > 0 ? 2 : room_is_unread(room);
}

/* The better match; among equals, and when nothing is typed: what is unread, then what was open last. */
static bool is_before(const struct match *a, const struct match *b)
{
    if (fuzzy_better(&a->how, &b->how) && a->how.score != b->how.score)
        return true;
    if (a->how.score != b->how.score)
        return false;
    if (urgency(a->room) != urgency(b->room))
        return urgency(a->room) > urgency(b->room);
    return a->room->used_ms > b->room->used_ms;
}

static uint32_t rank(const struct model *m, struct slice q, bool public, struct match *best)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        struct match one = {.room = m->rooms.at[i]};
        if ((public && one.room->r.kind == CHAT_DM) || (!q.n && one.room->r.id == m->open) ||
            !fuzzy_match(q, room_shown(one.room), &one.how))
            continue;
        uint32_t at = n < MINE_MAX ? n++ : MINE_MAX - 1;
        if (at == MINE_MAX - 1 && n == MINE_MAX && best[at].room && !is_before(&one, &best[at]))
            continue;
        for (; at > 0 && is_before(&one, &best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = one;
    }
    return n;
}

/* What is typed, without its sign. */
static struct slice query(const struct model *m, bool *public)
{
    struct slice q = text_trim(dialog_text(&m->dialog, DOM_FIELD_SWITCHER));
    *public = q.n && q.p[0] == '#';
    return *public || (q.n && q.p[0] == '@') ? text_trim(slice_from(q, 1)) : q;
}

static void add_room(struct model *m, const struct room *room)
{
    struct dialog *d = &m->dialog;
    struct buf more = {.max = 256};
    enum err e = ERR_OK;
    if (room->r.mentions > 0)
        e = words_put_n(&m->words, &more, WORDS_MENTIONS, (uint64_t)room->r.mentions, SL(""));
    else if (room_is_unread(room))
        e = words_put_n(&m->words, &more, WORDS_NEW_MESSAGES, (uint64_t)room->r.unread, SL(""));
    struct dialog_row *row =
        dialog_add_row(d, room->r.id, arena_copy(&d->arena, room_shown(room)),
                       e || !more.n ? SL("") : arena_copy(&d->arena, buf_peek(&more)));
    if (row)
        row->person = room->with;
    buf_fini(&more);
}

/* The list without what the server has to say. */
static void fill(struct model *m)
{
    struct match best[MINE_MAX] = {0};
    bool public;
    struct slice q = query(m, &public);
    dialog_clear_rows(&m->dialog);
    uint32_t n = rank(m, q, public, best);
    for (uint32_t i = 0; i < n; i++)
        add_room(m, best[i].room);
}

static void open(struct model *m, struct effects *fx)
{
    (void)fx;
    fill(m);
}

static void input(struct model *m, enum dom_field field, struct effects *fx)
{
    (void)field;
    (void)fx;
    m->dialog.at = 0;
    m->dialog.list = LIST_NONE;
    m->dialog.list_n++; /* an answer on its way is of no interest */
    fill(m);
    upd_dialog_search_soon(m);
}

static void search(struct model *m, struct effects *fx)
{
    bool public;
    struct slice q = query(m, &public);
    struct chat_request r = {.has = 1ull << CHAT_FIELD_LIMIT, .q = q, .limit = FOUND_MAX};
    if (m->conn.state != CONN_LIVE || (!q.n && !public))
        return;
    if (q.n)
        r.has |= 1ull << CHAT_FIELD_Q;
    upd_dialog_list(m, public ? EVENT_ROOMS : EVENT_USERS, &r, fx);
}

/* Behind my own: those who are not there yet. */
static void found(struct model *m, struct json_in *in)
{
    struct dialog *d = &m->dialog;
    uint32_t at = d->at;
    bool public;
    query(m, &public);
    fill(m);
    uint32_t mine_n = d->rows_n, n = mine_n;
    if (public)
        upd_dialog_rooms(m, in, "rooms");
    else
        upd_dialog_users(m, in, "users");
    for (uint32_t i = mine_n; i < d->rows_n; i++) {
        struct dialog_row row = d->rows[i];
        bool known =
            public ? row.on : row.id == m->session.me.id || rooms_find_dm(&m->rooms, row.id);
        row.id = public ? row.id : -row.id;
        if (!known)
            d->rows[n++] = row;
    }
    d->rows_n = n;
    d->at = at < n ? at : 0;
}

static void pick(struct model *m, const struct dialog_row *row, struct effects *fx)
{
    int64_t id = row->id;
    if (id < 0) {
        upd_dialog_ask(m, DIALOG_SUBMIT, EVENT_DM,
                       &(struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user = -id}, fx);
    } else { /* one that is not mine is shown, as by a link: its button joins */
        upd_dialog_close(m);
        upd_rooms_open(m, id, 0, true, fx);
    }
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    if (what == DIALOG_LIST)
        found(m, in);
    else
        upd_dialog_enter(m, in, fx);
}

const struct dialog_how dialog_switcher = {
    .open = open, .input = input, .search = search, .pick = pick, .answer = answer};
