/* Somebody is looked for by name: to write to, or to let into the room. */
#include "dialog_kinds.h"

#include "text.h"
#include "upd_toast.h"

#define FOUND_MAX 20

static void search(struct model *m, struct effects *fx)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_Q | 1ull << CHAT_FIELD_LIMIT,
                             .limit = FOUND_MAX};
    r.q = text_trim(dialog_text(&m->dialog, DOM_FIELD_PERSON));
    if (r.q.n && r.q.p[0] == '@')
        r.q = slice_from(r.q, 1);
    if (r.q.n) {
        upd_dialog_list(m, EVENT_USERS, &r, fx);
        return;
    }
    dialog_clear_rows(&m->dialog);
    m->dialog.list = LIST_NONE;
    m->dialog.list_n++; /* an answer on its way is of no interest */
}

static void input(struct model *m, enum dom_field field, struct effects *fx)
{
    (void)field;
    (void)fx;
    upd_dialog_search_soon(m);
}

static void write_to(struct model *m, const struct dialog_row *row, struct effects *fx)
{
    upd_dialog_ask(m, DIALOG_SUBMIT, EVENT_DM,
                   &(struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user = row->id}, fx);
}

static void let_in(struct model *m, const struct dialog_row *row, struct effects *fx)
{
    struct chat_request r = upd_dialog_request(m);
    r.has |= 1ull << CHAT_FIELD_USER;
    r.user = row->id;
    m->dialog.about = row->id;
    upd_dialog_ask(m, DIALOG_SUBMIT, EVENT_ROOM_INVITE, &r, fx);
}

static void found(struct model *m, struct json_in *in)
{
    struct dialog *d = &m->dialog;
    uint32_t n = 0;
    upd_dialog_users(m, in, "users");
    for (uint32_t i = 0; i < d->rows_n; i++) {
        if (d->rows[i].id != m->session.me.id)
            d->rows[n++] = d->rows[i];
    }
    d->rows_n = n;
}

static void answer_write(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    if (what == DIALOG_LIST)
        found(m, in);
    else
        upd_dialog_enter(m, in, fx);
}

/* The next one can be named at once. */
static void answer_let_in(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    struct buf line = {.max = TOAST_BYTES_MAX};
    if (what == DIALOG_LIST) {
        found(m, in);
        return;
    }
    const struct person *p = people_find(&m->people, m->dialog.about);
    if (p && words_put(&m->words, &line, WORD_LET_IN, person_shown(p), SL("")) == ERR_OK)
        upd_toast_say(m, buf_peek(&line), fx);
    buf_fini(&line);
    dialog_fill(&m->dialog, DOM_FIELD_PERSON, SL(""));
    search(m, fx);
}

const struct dialog_how dialog_dm_new = {
    .input = input, .search = search, .pick = write_to, .answer = answer_write};

const struct dialog_how dialog_invite_people = {
    .input = input, .search = search, .pick = let_in, .answer = answer_let_in};
