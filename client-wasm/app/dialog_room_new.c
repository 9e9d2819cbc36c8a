/* Create a room, or find one. choices[0]: which of the two; choices[1]: public or private. */
#include "dialog_kinds.h"

#include "text.h"
#include "upd_rooms.h"

enum { TAB, KIND };
enum { CREATE, FIND };

/* after: the last one seen, 0: from the first on. */
static void look(struct model *m, int64_t after, struct effects *fx)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_LIMIT | 1ull << CHAT_FIELD_BROWSE,
                             .limit = CHAT_LIMIT_MAX,
                             .browse = true,
                             .after = after};
    r.q = text_trim(dialog_text(&m->dialog, DOM_FIELD_FILTER));
    r.has |= (uint64_t)(r.q.n > 0) << CHAT_FIELD_Q | (uint64_t)(after > 0) << CHAT_FIELD_AFTER;
    upd_dialog_list(m, EVENT_ROOMS, &r, fx);
}

static void search(struct model *m, struct effects *fx)
{
    look(m, 0, fx);
}

static void open(struct model *m, struct effects *fx)
{
    if (m->session.me.role == CHAT_GUEST) /* they make none */
        m->dialog.choices[TAB] = FIND;
    if (m->dialog.choices[TAB] == FIND)
        search(m, fx);
}

static void chosen(struct model *m, unsigned group, struct effects *fx)
{
    if (group == TAB && m->dialog.choices[TAB] == FIND && m->dialog.list == LIST_NONE)
        search(m, fx);
}

static void input(struct model *m, enum dom_field field, struct effects *fx)
{
    (void)fx;
    if (field == DOM_FIELD_FILTER)
        upd_dialog_search_soon(m);
}

static bool click(struct model *m, const struct action *a, struct effects *fx)
{
    if (a->click.act != DOM_ACT_SHOW_MORE)
        return false;
    look(m, (int64_t)a->click.key, fx);
    return true;
}

static void pick(struct model *m, const struct dialog_row *row, struct effects *fx)
{
    int64_t id = row->id;
    if (row->on) {
        upd_dialog_close(m);
        upd_rooms_open(m, id, 0, true, fx);
        return;
    }
    upd_dialog_ask(m, DIALOG_SUBMIT, EVENT_ROOM_JOIN,
                   &(struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room = id}, fx);
}

static void submit(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    struct chat_request r = {.has = 1ull << CHAT_FIELD_NAME | 1ull << CHAT_FIELD_KIND};
    if (d->choices[TAB] == FIND) {
        if (d->rows_n)
            pick(m, &d->rows[d->at], fx);
        return;
    }
    if (!upd_dialog_wants(m, DOM_FIELD_ROOM_NAME, WORD_ROOM_NAME_WANTED, &r.name))
        return;
    if (r.name.p[0] == '#')
        r.name = slice_from(r.name, 1);
    r.kind = d->choices[KIND] ? CHAT_PRIVATE : CHAT_PUBLIC;
    r.topic = text_trim(dialog_text(d, DOM_FIELD_ROOM_TOPIC));
    if (r.topic.n)
        r.has |= 1ull << CHAT_FIELD_TOPIC;
    upd_dialog_ask(m, DIALOG_SUBMIT, EVENT_ROOM_CREATE, &r, fx);
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    if (what == DIALOG_LIST)
        upd_dialog_rooms(m, in, "rooms");
    else
        upd_dialog_enter(m, in, fx);
}

const struct dialog_how dialog_room_new = {
    .keeps = true,
    .open = open,
    .chosen = chosen,
    .input = input,
    .submit = submit,
    .click = click,
    .search = search,
    .pick = pick,
    .answer = answer,
};
