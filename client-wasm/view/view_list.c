/* Rows of the window. A row is compact when it continues what its author just said. */
#include "view_list.h"

#include "caltime.h"
#include "upd_history.h"
#include "view_message.h"
#include "view_text.h"

#define GROUP_MS (5 * 60 * (int64_t)1000)

/* What the rows so far mean for the next one. */
struct place {
    const struct message *before; /* NULL: nothing to continue */
    int64_t day;                  /* INT64_MIN: none yet */
};

static bool continues(const struct message *msg, const struct message *before)
{
    return before && before->from && msg->from == before->from && !msg->reply_to &&
           !before->deleted && !msg->deleted && msg->ts_ms - before->ts_ms < GROUP_MS &&
           before->ts_ms - msg->ts_ms < GROUP_MS;
}

static void separator(struct vtree *t, struct vnode *list, enum dom_template template, uint64_t key,
                      struct slice label)
{
    struct vnode *row = vtree_row(t, list, template, key);
    vtree_text(t, row, DOM_SLOT_LABEL, label);
    vtree_attr(t, row, DOM_SLOT_LABEL, DOM_ATTR_ARIA_LABEL, label);
}

/* A separator where the day goes on. It never goes back: a clock that is behind does not tear the list apart. */
static void day_row(const struct model *m, struct vtree *t, struct vnode *list,
                    const struct message *msg, struct place *place)
{
    int64_t day = caltime_day(msg->ts_ms, m->utc_offset_min);
    if (day <= place->day)
        return;
    place->day = day;
    place->before = NULL;
    struct caltime_text label;
    caltime_day_label(day, caltime_day(m->wall_ms, m->utc_offset_min), &label);
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

static bool hole_above(const struct room *room)
{
    const struct window *w = &room->window;
    const struct message *first = w->first < room->log.numbered_n ? room->log.at[w->first] : NULL;
    if (!first || first->seq <= (room->r.min_seq > 1 ? room->r.min_seq : 1))
        return false;
    return w->first == 0 || room->log.at[w->first - 1]->seq != first->seq - 1;
}

static bool hole_below(const struct room *room)
{
    const struct window *w = &room->window;
    const struct message *last =
        w->end && w->end <= room->log.numbered_n ? room->log.at[w->end - 1] : NULL;
    if (!last)
        return false;
    return w->end < room->log.numbered_n ? room->log.at[w->end]->seq != last->seq + 1
                                         : upd_history_newer(room);
}

static void rows(const struct model *m, const struct room *room, struct vtree *t,
                 struct vnode *list)
{
    const struct window *w = &room->window;
    struct place place = {.day = INT64_MIN};
    if (hole_above(room))
        gap_row(m, room, t, list, room->log.at[w->first], true);
    for (uint32_t i = w->first; i < w->end; i++) {
        const struct message *msg = room->log.at[i];
        bool marked = room->marker_seq && msg->seq > room->marker_seq &&
                      (i == 0 || room->log.at[i - 1]->seq <= room->marker_seq);
        day_row(m, t, list, msg, &place);
        if (marked) {
            separator(t, list, DOM_TEMPLATE_NEW, 1, words_get(&m->words, WORD_NEW));
            place.before = NULL;
        }
        view_message(m, room, msg, continues(msg, place.before), t, list);
        place.before = msg;
    }
    if (hole_below(room))
        gap_row(m, room, t, list, room->log.at[w->end - 1], false);
}

/* What stands above the first message of all. */
static void start(const struct model *m, const struct room *room, struct vtree *t,
                  struct vnode *parent)
{
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_START);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_START_TEXT);
    bool shown =
        room && room->window.first == 0 && !hole_above(room) && (room->opened || room->r.seq == 0);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    if (shown)
        view_words(m, t, text, DOM_SLOT_SELF,
                   room->r.kind == CHAT_DM ? WORD_START_DM : WORD_START_ROOM, room_shown(room),
                   SL(""));
}

/* In place of messages: why there are none. */
static void empty(const struct model *m, const struct room *room, struct vtree *t,
                  struct vnode *parent)
{
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_EMPTY);
    struct vnode *title = vtree_fixed(t, parent, DOM_NODE_EMPTY_TITLE);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_EMPTY_TEXT);
    bool waiting =
        room ? room->loading == ROOM_LOADING || (!room->opened && room->r.seq > 0) : !m->resumed;
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
