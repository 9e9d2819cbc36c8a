/* People and their roles, rooms, invitations to the server, its health. about: the person that is looked at, 0: the list. */
#include "dialog_admin.h"

#include "devices.h"
#include "dialog_kinds.h"
#include "invites.h"
#include "json_out.h"
#include "server_facts.h"
#include "text.h"
#include "upd_rooms.h"

enum {
    CHANGED = DIALOG_SUBMIT,
    INVITED = DIALOG_FURTHER,
    REVOKED,
    READY,
    DEVICE_OUT,
    DEVICES_OUT,
    NAMED
};

static enum chat_role mine(const struct model *m)
{
    return m->session.person ? m->session.person->role : CHAT_GUEST;
}

bool admin_may_rank(const struct model *m)
{
    const struct person *p = people_find(&m->people, m->dialog.about);
    return p && p->id != m->session.me.id && p->role < mine(m);
}

void dialog_admin_follow(struct model *m)
{
    if (m->dialog.kind == DIALOG_ADMIN)
        dialog_follow(&m->dialog, DOM_FIELD_WORKSPACE, buf_peek(&m->workspace));
}

/* Owns: path is freed. */
static void fetch(struct model *m, unsigned what, struct effect_http how, struct buf *path,
                  enum err e, struct effects *fx)
{
    how.signed_in = true;
    how.path = effects_text(fx, buf_peek(path));
    if (e == ERR_OK && how.path.p)
        upd_dialog_fetch(m, what, &how, fx);
    buf_fini(path);
}

/* A path with a number in it. */
static enum err put_path(struct buf *path, struct slice before, uint64_t number, struct slice after)
{
    enum err e = buf_put(path, before);
    e = e ? e : buf_put_u64(path, number);
    return e ? e : buf_put(path, after);
}

/* "?q=" and what is looked for. */
static enum err put_query(struct buf *path, struct slice q)
{
    static const char HEX[] = "0123456789ABCDEF";
    enum err e = buf_put(path, SL("?q="));
    for (size_t i = 0; i < q.n && e == ERR_OK; i++) {
        unsigned char c = (unsigned char)q.p[i];
        e = buf_put(path, (struct slice){(char[]){'%', HEX[c >> 4], HEX[c & 15]}, 3});
    }
    return e;
}

static void list(struct model *m, uint64_t after, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    struct buf path = {.max = 4 * DIALOG_FIELD_BYTES};
    struct slice q = text_trim(dialog_text(d, DOM_FIELD_FILTER));
    unsigned tab = d->choices[ADMIN_TAB];
    enum err e;
    if (d->about) {
        e = put_path(&path, SL("/api/v1/admin/sessions?user="), (uint64_t)d->about, SL(""));
    } else if (tab == ADMIN_SERVER) {
        e = buf_put(&path, SL("/api/v1/admin/server"));
    } else if (tab == ADMIN_INVITES) {
        e = buf_put(&path, SL("/api/v1/admin/invites"));
    } else {
        e = buf_put(&path,
                    tab == ADMIN_ROOMS ? SL("/api/v1/admin/rooms") : SL("/api/v1/admin/users"));
        e = e ? e : put_query(&path, q);
        if (after)
            e = e ? e : put_path(&path, SL("&after="), after, SL(""));
    }
    fetch(m, DIALOG_LIST, (struct effect_http){0}, &path, e, fx);
}

static void check(struct model *m, struct effects *fx)
{
    upd_dialog_fetch(m, READY, &(struct effect_http){.path = SL("/readyz")}, fx);
}

static void look(struct model *m, struct effects *fx)
{
    dialog_clear_rows(&m->dialog);
    dialog_hush(&m->dialog);
    list(m, 0, fx);
    if (m->dialog.choices[ADMIN_TAB] == ADMIN_SERVER)
        check(m, fx);
}

static void open(struct model *m, struct effects *fx)
{
    m->dialog.about = 0;
    m->dialog.choices[ADMIN_EXPIRY] = 2;
    dialog_admin_follow(m);
    if (mine(m) >= CHAT_ADMIN)
        look(m, fx);
    else
        upd_dialog_close(m);
}

static void rank(struct model *m, struct effects *fx)
{
    struct buf path = {.max = 128}, json = {.max = 128};
    struct json_out o;
    enum chat_role role = (enum chat_role)m->dialog.choices[ADMIN_ROLE];
    if (role >= CHAT_ROLES_N || !admin_may_rank(m))
        return;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "role", slice_str(chat_role_name(role)));
    json_out_object_end(&o);
    enum err e = json_out_end(&o);
    e = e ? e : put_path(&path, SL("/api/v1/admin/users/"), (uint64_t)m->dialog.about, SL("/role"));
    fetch(m, CHANGED, (struct effect_http){.post = true, .json = effects_text(fx, buf_peek(&json))},
          &path, e, fx);
    buf_fini(&json);
}

static void chosen(struct model *m, unsigned group, struct effects *fx)
{
    if (group == ADMIN_ROLE) {
        rank(m, fx);
    } else if (group == ADMIN_TAB) {
        m->dialog.about = 0;
        buf_reset(&m->dialog.note);
        dialog_fill(&m->dialog, DOM_FIELD_FILTER, SL(""));
        look(m, fx);
    }
}

static void input(struct model *m, enum dom_field field, struct effects *fx)
{
    (void)fx;
    if (field == DOM_FIELD_FILTER)
        upd_dialog_search_soon(m);
}

static void search(struct model *m, struct effects *fx)
{
    if (!m->dialog.about && m->dialog.choices[ADMIN_TAB] <= ADMIN_ROOMS)
        list(m, 0, fx);
}

static void settle(struct model *m)
{
    const struct person *p = people_find(&m->people, m->dialog.about);
    if (p)
        m->dialog.choices[ADMIN_ROLE] = (uint8_t)p->role;
}

static void pick(struct model *m, const struct dialog_row *row, struct effects *fx)
{
    int64_t id = row->id;
    unsigned tab = m->dialog.choices[ADMIN_TAB];
    if (m->dialog.about || tab > ADMIN_ROOMS)
        return;
    if (tab == ADMIN_ROOMS) {
        upd_dialog_leave(m);
        upd_rooms_open(m, id, 0, true, fx);
        return;
    }
    m->dialog.about = id;
    settle(m);
    look(m, fx);
}

static void invite(struct model *m, struct effects *fx)
{
    struct buf path = {.max = 64}, json = {.max = 128};
    struct json_out o;
    int64_t seconds = invites_seconds(m->dialog.choices[ADMIN_EXPIRY]);
    int64_t uses = invites_uses(m->dialog.choices[ADMIN_USES]);
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    if (seconds)
        json_out_int(&o, "seconds", seconds);
    if (uses)
        json_out_int(&o, "uses", uses);
    json_out_object_end(&o);
    enum err e = json_out_end(&o);
    e = e ? e : buf_put(&path, SL("/api/v1/admin/invites"));
    fetch(m, INVITED, (struct effect_http){.post = true, .json = effects_text(fx, buf_peek(&json))},
          &path, e, fx);
    buf_fini(&json);
}

/* What was saved comes back as everybody hears it. */
static void name_all(struct model *m, struct effects *fx)
{
    struct buf path = {.max = 64}, json = {.max = 8 * DIALOG_FIELD_BYTES};
    struct json_out o;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "workspace", text_trim(dialog_text(&m->dialog, DOM_FIELD_WORKSPACE)));
    json_out_object_end(&o);
    enum err e = json_out_end(&o);
    e = e ? e : buf_put(&path, SL("/api/v1/admin/server"));
    fetch(m, NAMED,
          (struct effect_http){
              .post = true, .patch = true, .json = effects_text(fx, buf_peek(&json))},
          &path, e, fx);
    buf_fini(&json);
}

static void submit(struct model *m, struct effects *fx)
{
    struct dialog *d = &m->dialog;
    unsigned tab = d->choices[ADMIN_TAB];
    if (tab == ADMIN_INVITES)
        invite(m, fx);
    else if (tab == ADMIN_SERVER)
        name_all(m, fx);
    else if (d->rows_n)
        pick(m, &d->rows[d->at], fx);
}

static void revoke(struct model *m, uint64_t id, struct effects *fx)
{
    struct buf path = {.max = 64};
    enum err e = put_path(&path, SL("/api/v1/admin/invites/"), id, SL(""));
    fetch(m, REVOKED, (struct effect_http){.remove = true}, &path, e, fx);
}

/* End a session; 0: all of whom it is about. */
static void device_out(struct model *m, uint64_t session, struct effects *fx)
{
    struct buf path = {.max = 128};
    enum err e = session ? put_path(&path, SL("/api/v1/admin/sessions/"), session, SL(""))
                         : put_path(&path, SL("/api/v1/admin/users/"), (uint64_t)m->dialog.about,
                                    SL("/sessions"));
    fetch(m, session ? DEVICE_OUT : DEVICES_OUT, (struct effect_http){.remove = true}, &path, e,
          fx);
}

static void picture_out(struct model *m, struct effects *fx)
{
    struct buf path = {.max = 128};
    enum err e =
        put_path(&path, SL("/api/v1/admin/users/"), (uint64_t)m->dialog.about, SL("/avatar"));
    fetch(m, CHANGED, (struct effect_http){.remove = true}, &path, e, fx);
}

static void confirmed(struct model *m, enum dom_act what, struct effects *fx)
{
    (void)what;
    upd_dialog_confirm(m, (enum dom_act)0);
    device_out(m, 0, fx);
}

static bool click(struct model *m, const struct action *a, struct effects *fx)
{
    switch (a->click.act) {
    case DOM_ACT_INVITE_REVOKE:
        revoke(m, a->click.key, fx);
        return true;
    case DOM_ACT_SHOW_MORE:
        list(m, a->click.key, fx);
        return true;
    case DOM_ACT_SIGN_OUT_DEVICE:
        device_out(m, a->click.key, fx);
        return true;
    case DOM_ACT_SIGN_OUT:
        upd_dialog_confirm(m, DOM_ACT_SIGN_OUT);
        return true;
    case DOM_ACT_PICTURE_DROP:
        picture_out(m, fx);
        return true;
    case DOM_ACT_CHECK_AGAIN:
        look(m, fx);
        return true;
    case DOM_ACT_BACK:
        m->dialog.done = (enum word)0;
        m->dialog.about = 0;
        look(m, fx);
        return true;
    default:
        return false;
    }
}

static bool plain(struct model *m, unsigned what, unsigned status)
{
    if (what != READY)
        return false;
    m->dialog.done = status == 200   ? WORD_SERVER_READY
                     : status == 503 ? WORD_SERVER_NOT_READY
                                     : WORD_SERVER_AWAY;
    return true;
}

static void put_list(struct model *m, struct json_in *in)
{
    unsigned tab = m->dialog.choices[ADMIN_TAB];
    if (m->dialog.about)
        devices_put(m, in);
    else if (tab == ADMIN_SERVER)
        server_facts_put(m, in);
    else if (tab == ADMIN_INVITES)
        invites_put(&m->dialog, in);
    else if (tab == ADMIN_ROOMS)
        upd_dialog_rooms(m, in, "rooms");
    else
        upd_dialog_users(m, in, "users");
}

static void answer(struct model *m, unsigned what, struct json_in *in, struct effects *fx)
{
    struct chat_user user;
    struct slice raw;
    if (what == DIALOG_LIST) {
        put_list(m, in);
        return;
    }
    if (what == CHANGED) {
        if (json_in_raw(in, "user", &raw) && chat_user_decode(raw, in->arena, &user) == ERR_OK)
            people_learn(&m->people, &user);
        settle(m);
        m->dialog.done = WORD_SAVED;
        return;
    }
    if (what == NAMED) {
        m->dialog.done = WORD_SAVED;
        return;
    }
    if (what == INVITED)
        invites_link(m, in);
    if (what == DEVICE_OUT || what == DEVICES_OUT)
        m->dialog.done = what == DEVICE_OUT ? WORD_DEVICE_OUT : WORD_DEVICES_OUT;
    list(m, 0, fx);
}

const struct dialog_how dialog_admin = {
    .keeps = true,
    .open = open,
    .settle = settle,
    .input = input,
    .chosen = chosen,
    .submit = submit,
    .click = click,
    .confirmed = confirmed,
    .search = search,
    .pick = pick,
    .plain = plain,
    .answer = answer,
};
