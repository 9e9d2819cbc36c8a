/* Rows of the window. A row is compact when it continues what its author just said. */
#include "view_list.h"

#include "caltime.h"
#include "dialog_room_menu.h"
#include "rows.h"
#include "view_message.h"
#include "view_text.h"

static void separator(struct vtree *t, struct vnode *list, enum dom_template template, uint64_t key,
                      struct slice label)
{
    struct vnode *row = vtree_row(t, list, template, key);
    vtree_text(t, row, DOM_SLOT_LABEL, label);
    vtree_attr(t, row, DOM_SLOT_LABEL, DOM_ATTR_ARIA_LABEL, label);
}

static void day_row(const struct model *m, struct vtree *t, struct vnode *list, int64_t day)
{
    struct caltime_text label;
    caltime_day_label(&m->words, day, caltime_day(m->wall_ms, m->utc_offset_min), &label);
    separator(t, list, DOM_TEMPLATE_DAY, (uint64_t)day, caltime_slice(&label));
}

/* Messages are missing in front of this one, or behind it: a button that loads them. */
static void gap_row(const struct model *m, const struct room *room, struct vtree *t,
                    struct vnode *list, const struct message *msg, bool before)
{
    struct vnode *row = vtree_row(t, list, DOM_TEMPLATE_GAP, before);
    bool loading = room->loading == ROOM_LOADING;
    view_number_attr(t, row, DOM_SLOT_SELF, DOM_ATTR_KEY, (uint64_t)msg->seq);
    vtree_text(t, row, DOM_SLOT_LABEL, words_get(&m->words, loading ? WORD_GAP_LOADING : WORD_GAP));
}

static void rows(const struct model *m, const struct room *room, struct vtree *t,
                 struct vnode *list)
{
    const struct window *w = &room->window;
    struct rows_place place = ROWS_START;
    if (rows_hole_above(room))
        gap_row(m, room, t, list, room->log.at[w->first], true);
    for (uint32_t i = w->first; i < w->end; i++) {
        struct rows_around around = rows_next(m, room, i, &place);
        if (around.day)
            day_row(m, t, list, place.day);
        if (around.marked)
            separator(t, list, DOM_TEMPLATE_NEW, 1, words_get(&m->words, WORD_NEW));
        view_message(m, room, room->log.at[i], around.compact, t, list);
    }
    if (rows_hole_below(room))
        gap_row(m, room, t, list, room->log.at[w->end - 1], false);
}

/* What stands above the first message of all. */
static void start(const struct model *m, const struct room *room, struct vtree *t,
                  struct vnode *parent)
{
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_START);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_START_TEXT);
    bool shown = room && rows_at_start(room);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    if (shown)
        view_words(m, t, text, DOM_SLOT_SELF,
                   room->r.kind == CHAT_DM ? WORD_START_DM : WORD_START_ROOM, room_shown(room),
                   SL(""));
}

/* Somebody who has nothing but one silent room is told how to begin. */
static void starts(const struct model *m, const struct room *room, bool waiting, struct vtree *t,
                   struct vnode *parent)
{
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_EMPTY_STARTS);
    struct vnode *invite = vtree_fixed(t, parent, DOM_NODE_EMPTY_INVITE);
    bool silent = room ? room->r.kind != CHAT_DM && room->loading == ROOM_LOADED : !m->wanted;
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, waiting || !silent || m->rooms.n > 1);
    vtree_flag(t, invite, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !room || !room_menu_may_add(m, room));
    vtree_flag(t, vtree_fixed(t, parent, DOM_NODE_EMPTY_ROOM), DOM_SLOT_SELF, DOM_ATTR_HIDDEN,
               m->session.me.role == CHAT_GUEST);
}

/* In place of messages: why there are none. */
static void empty(const struct model *m, const struct room *room, struct vtree *t,
                  struct vnode *parent)
{
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_EMPTY);
    struct vnode *title = vtree_fixed(t, parent, DOM_NODE_EMPTY_TITLE);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_EMPTY_TEXT);
    bool waiting =
        room ? room->r.seq > 0 && (room->loading == ROOM_LOADING || !room->opened) : !m->resumed;
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, room && room->log.n > 0);
    enum word words[2] = {WORD_EMPTY_TITLE, WORD_EMPTY_TEXT};
    if (!room && !waiting) {
        words[0] = m->wanted ? WORD_NO_ACCESS_TITLE : WORD_NO_ROOM_TITLE;
        words[1] = m->wanted ? WORD_NO_ACCESS_TEXT : WORD_NO_ROOM_TEXT;
    }
    if (room && room->loading == ROOM_LOAD_FAILED)
        words[0] = WORD_LOAD_FAILED;
    vtree_text(t, title, DOM_SLOT_SELF, words_get(&m->words, waiting ? WORD_LOADING : words[0]));
    vtree_text(t, text, DOM_SLOT_SELF, waiting ? SL("") : words_get(&m->words, words[1]));
    starts(m, room, waiting, t, parent);
}

void view_list(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct room *room = model_open(m);
    struct vnode *list = vtree_fixed(t, parent, DOM_NODE_LIST);
    if (room) {
        view_words_attr(m, t, list, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL, WORD_MESSAGES_IN,
                        room_shown(room), SL(""));
        view_bool_attr(t, list, DOM_SLOT_SELF, DOM_ATTR_ARIA_BUSY, room->loading == ROOM_LOADING);
        rows(m, room, t, list);
    }
    start(m, room, t, parent);
    empty(m, room, t, parent);
}

void view_jump(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct room *room = model_open(m);
    struct vnode *jump = vtree_fixed(t, parent, DOM_NODE_JUMP);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_JUMP_TEXT);
    const struct window *w = room ? &room->window : NULL;
    bool shown = w && !w->following && (w->new_n > 0 || w->far);
    vtree_flag(t, jump, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    if (!w || w->new_n == 0)
        vtree_text(t, text, DOM_SLOT_SELF, words_get(&m->words, WORD_JUMP));
    else
        view_words_n(m, t, text, DOM_SLOT_SELF, WORDS_NEW_MESSAGES, w->new_n, SL(""));
}
