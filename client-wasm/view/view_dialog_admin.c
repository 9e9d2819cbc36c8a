/* The administration, in four pages. */
#include "dialog_admin.h"
#include "view_devices.h"
#include "view_dialog_kinds.h"
#include "view_invites.h"
#include "view_number.h"

static void person(const struct dialog_view *v)
{
    static const enum word roles[] = {WORD_ROLE_GUEST, WORD_ROLE_MEMBER, WORD_ROLE_MOD,
                                      WORD_ROLE_ADMIN, WORD_ROLE_OWNER};
    const struct person *p = people_find(&v->m->people, v->d->about);
    const struct person *me = v->m->session.person;
    if (!p || !me)
        return;
    if (v->d->confirm) {
        view_dialog_confirm(v, WORD_SIGN_OUT_ALL_OF, person_shown(p), WORD_SIGN_OUT_EVERYWHERE);
        return;
    }
    vtree_text(v->t, v->body, DOM_SLOT_LABEL, person_shown(p));
    if (admin_may_rank(v->m)) {
        view_dialog_choice(v, ADMIN_ROLE, WORD_ADMIN_ROLE, roles, me->role);
    } else {
        view_dialog_text(v, roles[p->role]);
        view_dialog_text(v, WORD_ADMIN_ABOVE);
    }
    view_devices(v);
    struct vnode *line = view_dialog_buttons(v);
    view_dialog_button(v, line, DOM_ACT_BACK, 0, WORD_ADMIN_BACK, false);
    if (admin_may_rank(v->m) && p->avatar)
        view_dialog_button(v, line, DOM_ACT_PICTURE_DROP, 0, WORD_PICTURE_DROP, true);
    if (admin_may_rank(v->m) && v->d->rows_n)
        view_dialog_button(v, line, DOM_ACT_SIGN_OUT, 0, WORD_SIGN_OUT_EVERYWHERE, true);
}

static void find(const struct dialog_view *v, enum word label, enum word none)
{
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_FILTER,
                                                     WORD_ADMIN_FIND, WORDS_N, SL("filter"),
                                                     CHAT_QUERY_CHARS_MAX, true});
    view_dialog_results(v, label, none);
}

static void people(const struct dialog_view *v)
{
    find(v, WORD_ADMIN_PEOPLE, WORD_ADMIN_NOBODY);
    if (v->d->rows_n == CHAT_LIMIT_MAX)
        view_dialog_text(v, WORD_ADMIN_MANY);
}

static void rooms(const struct dialog_view *v)
{
    find(v, WORD_ROOMS, WORD_ROOM_FIND_NONE);
    view_dialog_next(v);
}

static void invites(const struct dialog_view *v)
{
    view_dialog_text(v, WORD_ADMIN_INVITE_TEXT);
    view_invite_form(v, ADMIN_EXPIRY, ADMIN_USES, false);
    view_dialog_submit(v, view_dialog_buttons(v), WORD_INVITE_MAKE);
    view_invites(v);
}

/* What is to be said stands in front of the long list. */
static void server(const struct dialog_view *v)
{
    view_dialog_field(
        v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_WORKSPACE,
                                       WORD_ADMIN_WORKSPACE, WORD_ADMIN_WORKSPACE_HINT,
                                       SL("admin-workspace"), CHAT_DISPLAY_CHARS_MAX, false});
    view_dialog_submit(v, view_dialog_further_buttons(v, 0), WORD_SAVE);
    view_dialog_end(v);
    view_dialog_list_state(v, WORD_ADMIN_NOBODY);
    for (uint32_t i = 0; i < v->d->rows_n; i++) {
        const struct dialog_row *r = &v->d->rows[i];
        if (r->on && !r[-1].on)
            view_dialog_heading(v, WORD_ADMIN_SETTINGS);
        struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_FACT, i);
        vtree_text(v->t, n, DOM_SLOT_LABEL, r->label);
        vtree_text(v->t, n, DOM_SLOT_MORE, r->more);
        if (r->on)
            vtree_text(v->t, n, DOM_SLOT_HINT, view_dialog_word(v, (enum word)r->id));
    }
    view_dialog_button(v, view_dialog_buttons(v), DOM_ACT_CHECK_AGAIN, 0, WORD_ADMIN_CHECK, false);
}

void view_dialog_admin(const struct dialog_view *v)
{
    static const enum word tabs[] = {WORD_ADMIN_PEOPLE, WORD_ROOMS, WORD_MENU_INVITES,
                                     WORD_ADMIN_SERVER};
    static void (*const pages[])(const struct dialog_view *v) = {people, rooms, invites, server};
    unsigned tab = v->d->choices[ADMIN_TAB];
    if (v->d->about) {
        person(v);
        view_dialog_end(v);
        return;
    }
    vtree_text(v->t, v->body, DOM_SLOT_LABEL, view_dialog_word(v, WORD_ADMIN));
    view_dialog_tabs(v, ADMIN_TAB, WORD_ADMIN, tabs, 4);
    if (v->m->skew_ms) {
        struct view_number minutes;
        uint64_t ms = (uint64_t)(v->m->skew_ms < 0 ? -v->m->skew_ms : v->m->skew_ms);
        view_dialog_text_of(v, WORD_ADMIN_SKEW, view_number(ms / 60000, &minutes));
    }
    if (tab < sizeof pages / sizeof *pages)
        pages[tab](v);
    if (tab != ADMIN_SERVER)
        view_dialog_end(v);
}
