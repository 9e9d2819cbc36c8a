/* See upd_keys.h: a table of keys with where they count, tried from its top. */
#include "upd_keys.h"

#include "upd_composer.h"
#include "upd_dialog.h"
#include "upd_format.h"
#include "upd_message.h"
#include "upd_notify.h"
#include "upd_panel.h"
#include "upd_popup.h"
#include "upd_read.h"
#include "upd_rooms.h"
#include "upd_window.h"

/* Does what it can with the key; false: it has no meaning now, the next row may have one. */
typedef bool (*press_fn)(struct model *m, const struct action *a, struct effects *fx);

static void focus(enum dom_node node, struct effects *fx)
{
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS, .id = node});
}

static bool press_enter(struct model *m, const struct action *a, struct effects *fx)
{
    bool breaks = m->coarse || m->settings.enter_breaks;
    if ((a->key.flags & DOM_FLAG_SHIFT) || (breaks && !(a->key.flags & DOM_FLAG_CTRL)))
        return false;
    upd_composer_send(m, a, fx);
    return true;
}

static bool press_format(struct model *m, const struct action *a, struct effects *fx)
{
    upd_format(m,
               a->key.key == DOM_KEY_B   ? FORMAT_BOLD
               : a->key.key == DOM_KEY_I ? FORMAT_ITALIC
                                         : FORMAT_CODE,
               fx);
    return true;
}

static bool press_edit_last(struct model *m, const struct action *a, struct effects *fx)
{
    (void)a;
    upd_composer_edit_last(m, fx);
    return true;
}

/* Close what is open, the innermost first; then back to the end and to writing. */
static bool press_escape(struct model *m, const struct action *a, struct effects *fx)
{
    struct room *room = model_open(m);
    if (upd_panel_escape(m, a->key.flags, fx) || upd_composer_cancel(m, fx))
        return true;
    if (room && (room->marker_seq || !room->window.following)) {
        room->marker_seq = 0;
        upd_window_follow(m, room, fx);
    }
    focus(DOM_NODE_INPUT, fx);
    return true;
}

static bool press_previous(struct model *m, const struct action *a, struct effects *fx)
{
    upd_rooms_step(m, -1, a->key.flags & DOM_FLAG_SHIFT, fx);
    return true;
}

static bool press_next(struct model *m, const struct action *a, struct effects *fx)
{
    upd_rooms_step(m, 1, a->key.flags & DOM_FLAG_SHIFT, fx);
    return true;
}

static bool press_home(struct model *m, const struct action *a, struct effects *fx)
{
    struct room *room = model_open(m);
    (void)a;
    if (!room)
        return false;
    upd_window_home(m, room);
    effects_add(fx, (struct effect){.type = EFFECT_GO_HOME});
    return true;
}

static bool press_end(struct model *m, const struct action *a, struct effects *fx)
{
    struct room *room = model_open(m);
    (void)a;
    if (!room)
        return false;
    upd_window_follow(m, room, fx);
    return true;
}

/* The row above or below the one with the focus. */
static bool step_row(struct model *m, uint64_t key, int way, struct effects *fx)
{
    struct room *room = model_open(m);
    uint32_t at = room ? log_find_key(&room->log, key) : 0;
    if (!room || at == room->log.n)
        return false;
    if (way < 0 ? at <= room->window.first : at + 1 >= room->window.end)
        return true;
    m->focus_key = room->log.at[at + (uint32_t)way]->key;
    effects_add(fx, (struct effect){.type = EFFECT_FOCUS_ROW, .key = m->focus_key});
    return true;
}

static bool press_row_up(struct model *m, const struct action *a, struct effects *fx)
{
    return step_row(m, a->key.row, -1, fx);
}

static bool press_row_down(struct model *m, const struct action *a, struct effects *fx)
{
    return step_row(m, a->key.row, 1, fx);
}

/* Is there anything to be focused? */
static bool region_is_there(const struct model *m, enum dom_node node)
{
    const struct room *room = model_open(m);
    if (node == DOM_NODE_INPUT)
        return room && room_writable(room);
    return node != DOM_NODE_PANEL || upd_panel_shown(m);
}

/* The regions in turn. Where one pane is shown at a time, it is the region's. */
static bool press_region(struct model *m, const struct action *a, struct effects *fx)
{
    static const struct {
        unsigned flag;
        enum dom_node node;
        enum pane pane;
    } regions[] = {{0, DOM_NODE_SCROLLER, PANE_ROOM},
                   {DOM_FLAG_COMPOSER, DOM_NODE_INPUT, PANE_ROOM},
                   {DOM_FLAG_PANEL, DOM_NODE_PANEL, PANE_PANEL},
                   {DOM_FLAG_ROOMS, DOM_NODE_SELF_BUTTON, PANE_ROOMS},
                   {DOM_FLAG_HEADER, DOM_NODE_SEARCH_BUTTON, PANE_ROOM}};
    const unsigned n = sizeof regions / sizeof *regions;
    unsigned at = n - 1;
    while (at && !(a->key.flags & regions[at].flag))
        at--;
    do
        at = (at + (a->key.flags & DOM_FLAG_SHIFT ? n - 1 : 1)) % n;
    while (!region_is_there(m, regions[at].node));
    if (model_one_pane(m)) /* else it is shown already, and no room is left */
        m->pane = regions[at].pane;
    focus(regions[at].node, fx);
    return true;
}

static bool press_panel(struct model *m, const struct action *a, struct effects *fx)
{
    (void)a;
    return upd_panel_toggle(m, fx);
}

static bool press_search(struct model *m, const struct action *a, struct effects *fx)
{
    (void)a;
    upd_panel_open(m, PANEL_SEARCH, DOM_NODE_INPUT, fx);
    return true;
}

static bool press_attach(struct model *m, const struct action *a, struct effects *fx)
{
    const struct room *room = model_open(m);
    (void)a;
    if (!room || !room_writable(room))
        return false;
    effects_add(fx, (struct effect){.type = EFFECT_FILE_PICK});
    return true;
}

static bool press_mute(struct model *m, const struct action *a, struct effects *fx)
{
    (void)a;
    upd_notify_mute(m, fx);
    return true;
}

static bool press_mention(struct model *m, const struct action *a, struct effects *fx)
{
    (void)a;
    upd_notify_next(m, fx);
    return true;
}

static bool press_help(struct model *m, const struct action *a, struct effects *fx)
{
    (void)a;
    upd_dialog_open(m, DIALOG_HELP, 0, fx);
    return true;
}

/* None of these makes a key that writes one that writes only. */
#define LETTER (DOM_FLAG_ALT | DOM_FLAG_CTRL)
static bool press_switcher(struct model *m, const struct action *a, struct effects *fx)
{
    (void)a;
    upd_dialog_open(m, DIALOG_SWITCHER, 0, fx);
    return true;
}

static bool press_react(struct model *m, const struct action *a, struct effects *fx)
{
    struct room *room = model_open(m);
    const struct message *msg = model_message(m, a->key.row);
    if (!room || !room_writable(room) || !msg || msg->seq == 0 || msg->deleted)
        return false;
    upd_dialog_open(m, DIALOG_EMOJI, (int64_t)a->key.row, fx);
    return true;
}

#define ANYWHERE 0

static const struct row {
    enum dom_key key;
    unsigned with;    /* all of these flags */
    unsigned without; /* none of these */
    press_fn press;
} ROWS[] = {
    {DOM_KEY_ENTER, DOM_FLAG_COMPOSER, DOM_FLAG_ALT, press_enter},
    {DOM_KEY_UP, DOM_FLAG_COMPOSER | DOM_FLAG_EMPTY, DOM_FLAG_ALT | DOM_FLAG_CTRL | DOM_FLAG_SHIFT,
     press_edit_last},
    {DOM_KEY_B, DOM_FLAG_COMPOSER | DOM_FLAG_CTRL, DOM_FLAG_ALT | DOM_FLAG_SHIFT, press_format},
    {DOM_KEY_I, DOM_FLAG_COMPOSER | DOM_FLAG_CTRL, DOM_FLAG_ALT | DOM_FLAG_SHIFT, press_format},
    {DOM_KEY_E, DOM_FLAG_COMPOSER | DOM_FLAG_CTRL, DOM_FLAG_ALT | DOM_FLAG_SHIFT, press_format},
    {DOM_KEY_ESCAPE, ANYWHERE, 0, press_escape},
    {DOM_KEY_UP, DOM_FLAG_ALT, DOM_FLAG_CTRL, press_previous},
    {DOM_KEY_DOWN, DOM_FLAG_ALT, DOM_FLAG_CTRL, press_next},
    {DOM_KEY_U, DOM_FLAG_CTRL, DOM_FLAG_DIALOG, press_attach},
    {DOM_KEY_M, DOM_FLAG_CTRL | DOM_FLAG_SHIFT, DOM_FLAG_ALT | DOM_FLAG_DIALOG, press_mute},
    {DOM_KEY_A, DOM_FLAG_CTRL | DOM_FLAG_SHIFT, DOM_FLAG_ALT | DOM_FLAG_DIALOG, press_mention},
    {DOM_KEY_F, DOM_FLAG_CTRL | DOM_FLAG_SHIFT, DOM_FLAG_ALT | DOM_FLAG_DIALOG, press_search},
    {DOM_KEY_PERIOD, DOM_FLAG_CTRL, DOM_FLAG_ALT | DOM_FLAG_DIALOG, press_panel},
    {DOM_KEY_SLASH, DOM_FLAG_CTRL, DOM_FLAG_ALT | DOM_FLAG_DIALOG, press_help},
    {DOM_KEY_QUESTION, ANYWHERE, LETTER | DOM_FLAG_COMPOSER | DOM_FLAG_FIELD | DOM_FLAG_DIALOG,
     press_help},
    {DOM_KEY_K, DOM_FLAG_CTRL, DOM_FLAG_ALT | DOM_FLAG_SHIFT | DOM_FLAG_DIALOG, press_switcher},
    {DOM_KEY_PLUS, DOM_FLAG_ROW, DOM_FLAG_ALT | DOM_FLAG_CTRL, press_react},
    {DOM_KEY_F6, ANYWHERE, DOM_FLAG_DIALOG, press_region},
    {DOM_KEY_UP, DOM_FLAG_ROW, DOM_FLAG_ALT | DOM_FLAG_CTRL, press_row_up},
    {DOM_KEY_DOWN, DOM_FLAG_ROW, DOM_FLAG_ALT | DOM_FLAG_CTRL, press_row_down},
    {DOM_KEY_K, DOM_FLAG_ROW, LETTER, press_row_up},
    {DOM_KEY_J, DOM_FLAG_ROW, LETTER, press_row_down},
    {DOM_KEY_HOME, ANYWHERE, DOM_FLAG_FIELD | DOM_FLAG_DIALOG | DOM_FLAG_SHIFT, press_home},
    {DOM_KEY_END, ANYWHERE, DOM_FLAG_FIELD | DOM_FLAG_DIALOG | DOM_FLAG_SHIFT, press_end},
};

/* A key that writes, alone: somebody who dictates presses it without wanting to. */
static bool is_letter(enum dom_key key, unsigned flags)
{
    return key >= DOM_KEY_K && !(flags & LETTER);
}

bool upd_keys_press(struct model *m, const struct action *a, struct effects *fx)
{
    unsigned flags = a->key.flags;
    if ((flags & DOM_FLAG_COMPOSING) || m->session.state == SESSION_NONE)
        return false;
    if (m->dialog.kind)
        return upd_dialog_key(m, &a->key, fx);
    if (upd_popup_key(m, &a->key, fx))
        return true;
    /* In the composer with text, these move the caret. */
    if ((a->key.key == DOM_KEY_HOME || a->key.key == DOM_KEY_END) && (flags & DOM_FLAG_COMPOSER) &&
        !(flags & DOM_FLAG_EMPTY))
        return false;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *row = &ROWS[i];
        if (!(m->settings.letters_off && is_letter(row->key, flags)) && row->key == a->key.key &&
            (flags & row->with) == row->with && !(flags & row->without) && row->press(m, a, fx))
            return true;
    }
    return (flags & DOM_FLAG_ROW) && !(flags & LETTER) &&
           !(m->settings.letters_off && is_letter(a->key.key, flags)) && upd_message_key(m, a, fx);
}
