/* See view_dialog.h. */
#include "view_dialog.h"

#include "caltime.h"
#include "view_dialog_kinds.h"
#include "view_text.h"

static const struct slice ACTS[] = {
#define DOM_ACT(name, number, text) [number] = {text, sizeof text - 1},
#include "dom_ops.def"
};

/* Keys of the body's nodes beside those of fields and words. */
enum {
    KEY_LOADING = 1,
    KEY_NOTE,
    KEY_ROWS,
    KEY_BUTTONS,
    KEY_DONE,
    KEY_FURTHER = 8,
    KEY_CHOICE = 16,
    KEY_ERROR = 1000
};

static void by_hand(const struct dialog_view *v);

/* The body sets it. */
#define TITLE_OWN WORDS_N

static const struct {
    void (*view)(const struct dialog_view *v);
    enum word title;
} ROWS[DIALOG_KINDS_N] = {
    [DIALOG_ROOM_NEW] = {view_dialog_room_new, WORD_NEW_ROOM},
    [DIALOG_DM_NEW] = {view_dialog_dm_new, WORD_NEW_DM},
    [DIALOG_ROOM_MENU] = {view_dialog_room_menu, TITLE_OWN},
    [DIALOG_INVITE_PEOPLE] = {view_dialog_invite_people, WORD_INVITE_PEOPLE},
    [DIALOG_PERSON] = {view_dialog_person, TITLE_OWN},
    [DIALOG_MESSAGE] = {view_dialog_message, WORD_MESSAGE},
    [DIALOG_DELETE] = {view_dialog_delete, WORD_DELETE_TITLE},
    [DIALOG_REPORT] = {view_dialog_report, WORD_REPORT_TITLE},
    [DIALOG_JOIN] = {view_dialog_join, WORD_JOIN_TITLE},
    [DIALOG_SETTINGS] = {view_dialog_settings, WORD_SETTINGS},
    [DIALOG_HELP] = {view_dialog_help, WORD_KEYS},
    [DIALOG_ADMIN] = {view_dialog_admin, TITLE_OWN},
    [DIALOG_SWITCHER] = {view_dialog_switcher, WORD_SWITCHER},
    [DIALOG_EMOJI] = {view_dialog_emoji, WORD_POPUP_EMOJI},
    [DIALOG_COPY] = {by_hand, WORD_NOT_COPIED},
};

struct slice view_dialog_word(const struct dialog_view *v, enum word word)
{
    return words_get(&v->m->words, word);
}

static struct vnode *row(const struct dialog_view *v, enum dom_template template, uint64_t key)
{
    return vtree_row(v->t, v->body, template, key);
}

static void status(const struct dialog_view *v, uint64_t key, enum word word)
{
    struct vnode *n = row(v, DOM_TEMPLATE_STATUS, key);
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_ROLE, SL("status"));
    vtree_text(v->t, n, DOM_SLOT_SELF, view_dialog_word(v, word));
}

void view_dialogs(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct dialog *d = &m->dialog;
    struct vnode *place = vtree_fixed(t, parent, DOM_NODE_DIALOGS);
    if (!d->kind || !ROWS[d->kind].view)
        return;
    struct vnode *n = vtree_row(t, place, DOM_TEMPLATE_DIALOG, d->number);
    const struct dialog_view v = {m, d, t, n};
    if (ROWS[d->kind].title != TITLE_OWN)
        vtree_text(t, n, DOM_SLOT_LABEL, view_dialog_word(&v, ROWS[d->kind].title));
    if (d->kind == DIALOG_HELP || d->kind == DIALOG_ADMIN)
        vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_KIND, SL("wide"));
    vtree_do(t, n, DOM_SLOT_SELF, 1, &(struct dom_deed){.op = DOM_OP_SHOW_MODAL});
    view_bool_attr(t, n, DOM_SLOT_CHILDREN, DOM_ATTR_ARIA_BUSY, d->busy);
    ROWS[d->kind].view(&v);
    if (d->kind != DIALOG_ADMIN) /* it has long pages */
        view_dialog_end(&v);
}

void view_dialog_text(const struct dialog_view *v, enum word word)
{
    vtree_text(v->t, row(v, DOM_TEMPLATE_TEXT, word), DOM_SLOT_LABEL, view_dialog_word(v, word));
}

void view_dialog_text_of(const struct dialog_view *v, enum word word, struct slice a)
{
    view_words(v->m, v->t, row(v, DOM_TEMPLATE_TEXT, word), DOM_SLOT_LABEL, word, a, SL(""));
}

void view_dialog_time(const struct dialog_view *v, struct vnode *n, enum word word, int64_t utc_ms)
{
    const struct model *m = v->m;
    struct caltime_text day, clock;
    if (!n)
        n = row(v, DOM_TEMPLATE_TEXT, word);
    caltime_day_within(&m->words, caltime_day(utc_ms, m->utc_offset_min),
                       caltime_day(m->wall_ms, m->utc_offset_min), &day);
    caltime_clock(utc_ms, m->utc_offset_min, m->hour12, &clock);
    view_words(m, v->t, n, DOM_SLOT_LABEL, word, caltime_slice(&day), caltime_slice(&clock));
}

void view_dialog_heading(const struct dialog_view *v, enum word word)
{
    vtree_text(v->t, row(v, DOM_TEMPLATE_HEADING, word), DOM_SLOT_LABEL, view_dialog_word(v, word));
}

/* A new node for each error: the same again is told again. */
static void error(const struct dialog_view *v)
{
    if (v->d->error.n == 0)
        return;
    struct vnode *n = row(v, DOM_TEMPLATE_ERROR, KEY_ERROR + v->d->error_n);
    vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_ID, SL("dialog-error"));
    vtree_text(v->t, n, DOM_SLOT_SELF, buf_peek(&v->d->error));
}

void view_dialog_end(const struct dialog_view *v)
{
    if (!v->d->error_field)
        error(v);
    if (v->d->done)
        status(v, KEY_DONE, v->d->done);
}

/* --- fields --- */

static void fill(const struct dialog_view *v, struct vnode *n, const struct dialog_field_view *f)
{
    const struct dialog_field *field = dialog_field(v->d, f->field);
    if (!field || !field->stamp)
        return;
    struct slice text = buf_peek(&field->text);
    struct dom_deed deed = {.op = DOM_OP_VALUE, .texts = {text}, .numbers = {0, UINT16_MAX}};
    if (f->template == DOM_TEMPLATE_CHECK)
        deed = (struct dom_deed){.op = DOM_OP_CHECKED, .numbers = {text.n > 0}};
    vtree_do(v->t, n, DOM_SLOT_FIELD, field->stamp, &deed);
}

static void picks(const struct dialog_view *v, struct vnode *n)
{
    struct view_number number;
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_ROLE, SL("combobox"));
    view_bool_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_ARIA_EXPANDED, v->d->rows_n > 0);
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_ARIA_CONTROLS, SL("results"));
    if (v->d->rows_n)
        vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_ARIA_ACTIVE,
                   view_number(1 + v->d->at, &number));
}

struct vnode *view_dialog_field(const struct dialog_view *v, const struct dialog_field_view *f)
{
    struct vnode *n = row(v, f->template, f->field);
    bool wrong = v->d->error_field == f->field && v->d->error.n;
    vtree_text(v->t, n, DOM_SLOT_LABEL, view_dialog_word(v, f->label));
    if (f->hint != WORDS_N)
        vtree_text(v->t, n, DOM_SLOT_HINT, view_dialog_word(v, f->hint));
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_FIELD, f->name);
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_TEST_ID, f->name);
    if (f->chars_max)
        view_number_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_MAX_LENGTH, f->chars_max);
    if (f->picks)
        picks(v, n);
    fill(v, n, f);
    if (!wrong)
        return n;
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_ARIA_INVALID, SL("true"));
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_ARIA_DESCRIBED_BY, SL("dialog-error"));
    vtree_do(v->t, n, DOM_SLOT_FIELD, v->d->error_n, &(struct dom_deed){.op = DOM_OP_FOCUS});
    error(v);
    return n;
}

struct vnode *view_dialog_radio(const struct dialog_view *v, struct vnode *set, unsigned group,
                                unsigned which)
{
    bool on = v->d->choices[group] == which;
    struct vnode *radio = vtree_row(v->t, set, DOM_TEMPLATE_RADIO, which);
    view_number_attr(v->t, radio, DOM_SLOT_FIELD, DOM_ATTR_NAME, group);
    view_number_attr(v->t, radio, DOM_SLOT_FIELD, DOM_ATTR_KEY, group << 8 | which);
    vtree_attr(v->t, radio, DOM_SLOT_FIELD, DOM_ATTR_ACT, SL("choice"));
    vtree_attr(v->t, radio, DOM_SLOT_FIELD, DOM_ATTR_TEST_ID, SL("choice"));
    vtree_do(v->t, radio, DOM_SLOT_FIELD, on ? 1 : 2,
             &(struct dom_deed){.op = DOM_OP_CHECKED, .numbers = {on}});
    return radio;
}

struct vnode *view_dialog_choice(const struct dialog_view *v, unsigned group, enum word legend,
                                 const enum word *words, unsigned n)
{
    struct vnode *set = row(v, DOM_TEMPLATE_CHOICE, KEY_CHOICE + group);
    vtree_text(v->t, set, DOM_SLOT_LABEL, view_dialog_word(v, legend));
    for (unsigned i = 0; i < n; i++) {
        if (words[i] == WORDS_N)
            continue;
        vtree_text(v->t, view_dialog_radio(v, set, group, i), DOM_SLOT_LABEL,
                   view_dialog_word(v, words[i]));
    }
    return set;
}

void view_dialog_tabs(const struct dialog_view *v, unsigned group, enum word legend,
                      const enum word *words, unsigned n)
{
    vtree_attr(v->t, view_dialog_choice(v, group, legend, words, n), DOM_SLOT_SELF, DOM_ATTR_KIND,
               SL("tabs"));
}

/* --- buttons --- */

struct vnode *view_dialog_buttons(const struct dialog_view *v)
{
    return row(v, DOM_TEMPLATE_BUTTONS, KEY_BUTTONS);
}

struct vnode *view_dialog_further_buttons(const struct dialog_view *v, unsigned nth)
{
    return row(v, DOM_TEMPLATE_BUTTONS, KEY_FURTHER + nth);
}

static struct vnode *button(const struct dialog_view *v, struct vnode *line, enum dom_act act)
{
    struct vnode *n = vtree_row(v->t, line, DOM_TEMPLATE_BUTTON, act);
    vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_ACT, ACTS[act]);
    vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_TEST_ID, ACTS[act]);
    vtree_flag(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_DISABLED, v->d->busy);
    return n;
}

void view_dialog_button_of(const struct dialog_view *v, struct vnode *line, enum dom_act act,
                           enum word word, struct slice a)
{
    view_words(v->m, v->t, button(v, line, act), DOM_SLOT_BUTTON, word, a, SL(""));
}

struct vnode *view_dialog_button(const struct dialog_view *v, struct vnode *line, enum dom_act act,
                                 uint64_t key, enum word word, bool danger)
{
    struct vnode *n = button(v, line, act);
    vtree_text(v->t, n, DOM_SLOT_BUTTON, view_dialog_word(v, word));
    if (key)
        view_number_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, key);
    if (danger)
        vtree_attr(v->t, n, DOM_SLOT_BUTTON, DOM_ATTR_KIND, SL("danger"));
    return n;
}

void view_dialog_submit(const struct dialog_view *v, struct vnode *line, enum word word)
{
    struct vnode *n = vtree_row(v->t, line, DOM_TEMPLATE_SUBMIT, 1);
    vtree_text(v->t, n, DOM_SLOT_BUTTON, view_dialog_word(v, v->d->busy ? WORD_LOGIN_BUSY : word));
}

void view_dialog_confirm(const struct dialog_view *v, enum word text, struct slice of,
                         enum word yes)
{
    view_dialog_text_of(v, text, of);
    struct vnode *line = view_dialog_buttons(v);
    view_dialog_button(v, line, DOM_ACT_DIALOG_CLOSE, 0, WORD_CANCEL, false);
    view_dialog_button(v, line, DOM_ACT_CONFIRM, 0, yes, true);
}

/* --- lists --- */

struct vnode *view_dialog_line(const struct dialog_view *v, uint64_t key, struct slice label,
                               struct slice more)
{
    struct vnode *n = row(v, DOM_TEMPLATE_LINE, key);
    vtree_text(v->t, n, DOM_SLOT_LABEL, label);
    vtree_text(v->t, n, DOM_SLOT_MORE, more);
    return n;
}

bool view_dialog_list_state(const struct dialog_view *v, enum word none)
{
    const struct dialog *d = v->d;
    bool loading = d->list == LIST_LOADING;
    if (loading || (d->list == LIST_LOADED && d->rows_n == 0))
        status(v, KEY_LOADING, loading ? WORD_LIST_LOADING : none);
    return d->rows_n > 0;
}

void view_dialog_results(const struct dialog_view *v, enum word label, enum word none)
{
    const struct dialog *d = v->d;
    struct view_number number;
    if (!view_dialog_list_state(v, none))
        return;
    struct vnode *list = row(v, DOM_TEMPLATE_RESULTS, KEY_ROWS);
    vtree_attr(v->t, list, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL, view_dialog_word(v, label));
    for (uint32_t i = 0; i < d->rows_n; i++) {
        const struct dialog_row *r = &d->rows[i];
        struct vnode *n = vtree_row(v->t, list, DOM_TEMPLATE_OPTION, (uint64_t)r->id);
        if (r->person)
            view_avatar(v->t, n, DOM_SLOT_AVATAR, r->person);
        else
            vtree_text(v->t, n, DOM_SLOT_AVATAR, SL("#"));
        vtree_text(v->t, n, DOM_SLOT_LABEL, r->label);
        vtree_text(v->t, n, DOM_SLOT_MORE, r->more);
        view_number_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_KEY, i);
        vtree_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_ID, view_number(1 + i, &number));
        view_bool_attr(v->t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_SELECTED, i == d->at);
        if (i == d->at && d->at)
            vtree_do(v->t, n, DOM_SLOT_SELF, 1 + d->at,
                     &(struct dom_deed){.op = DOM_OP_SCROLL_TO, .numbers = {2}});
    }
}

void view_dialog_next(const struct dialog_view *v)
{
    const struct dialog *d = v->d;
    if (d->more && d->rows_n)
        view_dialog_button(v, view_dialog_buttons(v), DOM_ACT_SHOW_MORE,
                           (uint64_t)d->rows[d->rows_n - 1].id, WORD_NEXT_PAGE, false);
}

void view_dialog_copy(const struct dialog_view *v)
{
    struct slice note = buf_peek(&v->d->note);
    struct vnode *n = row(v, DOM_TEMPLATE_COPY, KEY_NOTE);
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_VALUE_NOW, note);
    vtree_attr(v->t, n, DOM_SLOT_FIELD, DOM_ATTR_ARIA_LABEL, view_dialog_word(v, WORD_LINK));
    vtree_text(v->t, n, DOM_SLOT_BUTTON, view_dialog_word(v, WORD_COPY));
}

/* In a field, so that no line break is lost. */
static void by_hand(const struct dialog_view *v)
{
    view_dialog_text(v, WORD_NOT_COPIED_WHY);
    vtree_text(v->t, row(v, DOM_TEMPLATE_COPY_LONG, KEY_NOTE), DOM_SLOT_FIELD,
               buf_peek(&v->d->note));
}
