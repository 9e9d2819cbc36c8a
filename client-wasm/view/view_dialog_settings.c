/* The settings, in four pages. */
#include "dialog_settings.h"
#include "view_devices.h"
#include "view_dialog_kinds.h"
#include "view_text.h"

#define N(words) (sizeof(words) / sizeof *(words))

/* What is known only of a profile that was told. */
static void more(const struct dialog_view *v)
{
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_AREA, DOM_FIELD_BIO, WORD_SET_BIO,
                                                     WORD_SET_BIO_HINT, SL("bio"),
                                                     CHAT_BIO_CHARS_MAX, false});
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_ZONE, DOM_FIELD_ZONE,
                                                     WORD_SET_ZONE, WORD_SET_ZONE_HINT, SL("zone"),
                                                     CHAT_ZONE_BYTES_MAX, false});
    struct slice here = dialog_settings_here(v->d);
    if (here.n && !slice_eq(here, dialog_text(v->d, DOM_FIELD_ZONE)))
        view_dialog_button_of(v, view_dialog_further_buttons(v, 1), DOM_ACT_ZONE_USE, WORD_ZONE_USE,
                              here);
}

/* The square of a picture is chosen. */
static void cut(const struct dialog_view *v)
{
    const struct dialog *d = v->d;
    const struct crop *c = &d->crop;
    struct view_number zoom, across, down;
    struct slice zoomed = view_number(c->zoom / DIALOG_ZOOM_STEP, &zoom);
    struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_CROP, WORD_CROP_HINT);
    vtree_text(v->t, n, DOM_SLOT_LABEL, view_dialog_word(v, WORD_CROP_HINT));
    vtree_do(v->t, n, DOM_SLOT_BUTTON, d->picture_n, &(struct dom_deed){.op = DOM_OP_FOCUS});
    vtree_do(v->t, n, DOM_SLOT_IMAGE, c->stamp,
             &(struct dom_deed){.op = DOM_OP_PICTURE,
                                .numbers = {(uint32_t)d->picture, c->x, c->y, c->side}});
    view_words(v->m, v->t, n, DOM_SLOT_HINT, WORD_CROP_ZOOM, SL(""), SL(""));
    vtree_flag(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_DISABLED, !crop_zooms(c));
    vtree_do(v->t, n, DOM_SLOT_FIELD, 1 + c->zoom,
             &(struct dom_deed){.op = DOM_OP_VALUE, .texts = {zoomed}});
    if (d->crop_said)
        view_words(v->m, v->t, n, DOM_SLOT_MORE, d->crop_said,
                   d->crop_said == WORD_CROP_ZOOM ? zoomed : view_number(crop_across(c), &across),
                   view_number(crop_down(c), &down));
    struct vnode *line = view_dialog_buttons(v);
    view_dialog_button(v, line, DOM_ACT_DIALOG_CLOSE, 0, WORD_CANCEL, false);
    view_dialog_submit(v, line, WORD_CROP_USE);
}

static void profile(const struct dialog_view *v)
{
    static const enum word roles[] = {WORD_ROLE_GUEST, WORD_ROLE_MEMBER, WORD_ROLE_MOD,
                                      WORD_ROLE_ADMIN, WORD_ROLE_OWNER};
    const struct person *me = v->m->session.person;
    if (me) {
        struct vnode *n = vtree_row(v->t, v->body, DOM_TEMPLATE_CARD, WORD_SET_WHO);
        view_avatar(v->t, n, DOM_SLOT_AVATAR, me);
        view_words(v->m, v->t, n, DOM_SLOT_LABEL, WORD_SET_WHO, me->name,
                   view_dialog_word(v, roles[me->role]));
        vtree_text(v->t, n, DOM_SLOT_MORE, view_dialog_word(v, WORD_PICTURE_HINT));
        n = view_dialog_further_buttons(v, 0);
        struct vnode *pick =
            view_dialog_button(v, n, DOM_ACT_PICTURE_PICK, 0, WORD_PICTURE_PICK, false);
        if (v->d->picture_n && !v->d->picture)
            vtree_do(v->t, pick, DOM_SLOT_BUTTON, v->d->picture_n,
                     &(struct dom_deed){.op = DOM_OP_FOCUS});
        if (me->avatar)
            view_dialog_button(v, n, DOM_ACT_PICTURE_DROP, 0, WORD_PICTURE_DROP, false);
    }
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_DISPLAY,
                                                     WORD_SET_DISPLAY, WORD_SET_DISPLAY_HINT,
                                                     SL("display"), CHAT_DISPLAY_CHARS_MAX, false});
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_FIELD, DOM_FIELD_STATUS,
                                                     WORD_SET_STATUS, WORD_SET_STATUS_HINT,
                                                     SL("status"), CHAT_STATUS_CHARS_MAX, false});
    if (me && me->told)
        more(v);
    struct vnode *line = view_dialog_buttons(v);
    if (me && me->role >= CHAT_ADMIN)
        view_dialog_button(v, line, DOM_ACT_ADMIN, 0, WORD_ADMIN, false);
    view_dialog_submit(v, line, WORD_SAVE);
}

static void choice(const struct dialog_view *v, enum set_choice group, enum word legend,
                   const enum word *words, size_t n, struct slice test_id)
{
    vtree_attr(v->t, view_dialog_choice(v, group, legend, words, (unsigned)n), DOM_SLOT_SELF,
               DOM_ATTR_TEST_ID, test_id);
}

static void look(const struct dialog_view *v)
{
    static const enum word themes[] = {WORD_THEME_SYSTEM, WORD_THEME_LIGHT, WORD_THEME_DARK,
                                       WORD_THEME_CONTRAST};
    static const enum word densities[] = {WORD_DENSITY_COSY, WORD_DENSITY_COMPACT};
    static const enum word languages[] = {WORD_LANGUAGE_BROWSER, WORD_LANGUAGE_EN,
                                          WORD_LANGUAGE_AR};
    choice(v, SET_THEME, WORD_SET_THEME, themes, N(themes), SL("settings-theme"));
    choice(v, SET_DENSITY, WORD_SET_DENSITY, densities, N(densities), SL("settings-density"));
    choice(v, SET_LANGUAGE, WORD_SET_LANGUAGE, languages, N(languages), SL("settings-language"));
    view_dialog_text(v, WORD_SET_LANGUAGE_TEXT);
}

static void blocked(const struct dialog_view *v)
{
    const struct people *people = &v->m->people;
    bool any = false;
    view_dialog_heading(v, WORD_BLOCKED);
    for (uint32_t i = 0; i < people->cap; i++) {
        const struct person *p = people->at[i];
        if (!p || !p->blocked)
            continue;
        struct vnode *line = view_dialog_line(v, (uint64_t)p->id, person_shown(p), p->name);
        vtree_attr(v->t, line, DOM_SLOT_SELF, DOM_ATTR_TEST_ID, SL("settings-blocked"));
        struct vnode *n =
            view_dialog_button(v, line, DOM_ACT_BLOCK, (uint64_t)p->id, WORD_UNBLOCK, false);
        view_words_attr(v->m, v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL, WORD_DEED_OF,
                        view_dialog_word(v, WORD_UNBLOCK), person_shown(p));
        any = true;
    }
    if (!any)
        view_dialog_text(v, WORD_BLOCKED_NONE);
}

static void chat(const struct dialog_view *v)
{
    static const enum word enters[] = {WORD_ENTER_SENDS, WORD_ENTER_BREAKS};
    static const enum word letters[] = {WORD_ON, WORD_OFF};
    static const enum word announces[] = {WORD_ANNOUNCE_ALL, WORD_ANNOUNCE_MENTIONS,
                                          WORD_ANNOUNCE_NONE};
    static const enum word notices[] = {WORD_NOTICES_NEVER, WORD_NOTICES_ASK, WORD_NOTICES_MAY};
    choice(v, SET_ENTER, WORD_SET_ENTER, enters, N(enters), SL("settings-enter"));
    choice(v, SET_LETTERS, WORD_SET_LETTERS, letters, N(letters), SL("settings-letters"));
    choice(v, SET_ANNOUNCE, WORD_SET_ANNOUNCE, announces, N(announces), SL("settings-announce"));
    blocked(v);
    view_dialog_heading(v, WORD_SET_NOTICES);
    view_dialog_text(v, notices[v->m->notify.may]);
    struct vnode *line = view_dialog_buttons(v);
    if (v->m->notify.may == NOTIFY_ASK)
        view_dialog_button(v, line, DOM_ACT_NOTIFY_ALLOW, 0, WORD_NOTE_ALLOW, false);
    view_dialog_button(v, line, DOM_ACT_HELP, 0, WORD_KEYS, false);
}

static void password(const struct dialog_view *v)
{
    view_dialog_heading(v, WORD_SET_PASSWORD);
    if (!dialog_settings_password(v->m)) {
        view_dialog_text(v, WORD_PASSWORD_GUEST);
        return;
    }
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_SECRET, DOM_FIELD_PASSWORD,
                                                     WORD_PASSWORD_NOW, WORDS_N, SL("password"),
                                                     CHAT_PASSWORD_BYTES_MAX, false});
    view_dialog_field(v, &(struct dialog_field_view){DOM_TEMPLATE_SECRET, DOM_FIELD_PASSWORD_NEW,
                                                     WORD_PASSWORD_NEW, WORD_PASSWORD_HINT,
                                                     SL("password-new"), CHAT_PASSWORD_BYTES_MAX,
                                                     false});
    view_dialog_submit(v, view_dialog_further_buttons(v, 0), WORD_PASSWORD_CHANGE);
}

static void account(const struct dialog_view *v)
{
    password(v);
    view_devices(v);
    view_dialog_button(v, view_dialog_buttons(v), DOM_ACT_SIGN_OUT, 0, WORD_SIGN_OUT, true);
}

void view_dialog_settings(const struct dialog_view *v)
{
    static const enum word tabs[] = {WORD_SET_PROFILE, WORD_SET_LOOK, WORD_SET_CHAT,
                                     WORD_SET_ACCOUNT};
    static void (*const pages[])(const struct dialog_view *v) = {profile, look, chat, account};
    unsigned tab = v->d->choices[SET_TAB];
    if (dialog_settings_cuts(v->d)) {
        cut(v);
        return;
    }
    if (v->d->confirm) {
        view_dialog_confirm(v,
                            v->m->session.me.role == CHAT_GUEST ? WORD_SIGN_OUT_UNSENT_GUEST
                                                                : WORD_SIGN_OUT_UNSENT,
                            SL(""), WORD_SIGN_OUT);
        return;
    }
    view_dialog_tabs(v, SET_TAB, WORD_SETTINGS, tabs, N(tabs));
    if (tab < N(pages))
        pages[tab](v);
}
