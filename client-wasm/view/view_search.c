/* The panel, when it is for searching. */
#include "caltime.h"
#include "iso_time.h"
#include "view_panel.h"
#include "view_text.h"

static void marked(struct vtree *t, struct vnode *n, const struct search_hit *hit)
{
    size_t at = 0;
    for (uint32_t i = 0; i <= hit->marks_n; i++) {
        bool last = i == hit->marks_n;
        size_t from = last ? hit->text_n : hit->marks[i][0];
        size_t to = last ? hit->text_n : hit->marks[i][1];
        struct dom_deed deed = {
            .op = DOM_OP_MARK,
            .texts = {{hit->text + at, from - at}, {hit->text + from, to - from}, SL("")}};
        at = to;
        if (!last || deed.texts[0].n)
            vtree_do(t, n, DOM_SLOT_BODY, i + 1, &deed);
    }
}

static void hit_row(const struct model *m, struct vtree *t, struct vnode *body, uint32_t i)
{
    const struct search_hit *hit = &m->search.at[i];
    const struct room *room = rooms_find(&m->rooms, hit->room);
    struct caltime_text day, clock;
    char iso[ISO_TIME_BYTES];
    bool folded = hit->from && hit->from->blocked;
    /* A node of its own in each search, and when its writer is blocked: its marks are made once. */
    struct vnode *n =
        vtree_row(t, body, DOM_TEMPLATE_HIT, (uint64_t)m->search.began << 12 | folded << 11 | i);
    view_number_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, i);
    vtree_text(t, n, DOM_SLOT_AUTHOR,
               hit->from ? person_shown(hit->from) : words_get(&m->words, WORD_SOMEONE));
    view_pair(t, n, DOM_SLOT_LABEL, room && room->r.kind != CHAT_DM ? SL("#") : SL(""),
              room ? room_shown(room) : words_get(&m->words, WORD_SEARCH_OTHER_ROOM));
    caltime_day_label(&m->words, caltime_day(hit->ts_ms, m->utc_offset_min),
                      caltime_day(m->wall_ms, m->utc_offset_min), &day);
    caltime_clock(hit->ts_ms, m->utc_offset_min, m->hour12, &clock);
    view_words(m, t, n, DOM_SLOT_TIME, WORD_DAY_AND_TIME, caltime_slice(&day),
               caltime_slice(&clock));
    iso_time_format(hit->ts_ms, iso);
    vtree_attr(t, n, DOM_SLOT_TIME, DOM_ATTR_DATETIME, (struct slice){iso, sizeof iso});
    if (folded)
        vtree_text(t, n, DOM_SLOT_BODY, words_get(&m->words, WORD_BLOCKED_MESSAGE));
    else
        marked(t, n, hit);
}

static void status(const struct model *m, struct vtree *t, struct vnode *n)
{
    const struct search *s = &m->search;
    static const enum word words[] = {[SEARCH_IDLE] = WORD_SEARCH_HINT,
                                      [SEARCH_SHORT] = WORD_SEARCH_SHORT,
                                      [SEARCH_WAITING] = WORD_SEARCHING,
                                      [SEARCH_ASKED] = WORD_SEARCHING,
                                      [SEARCH_FAILED] = WORD_SEARCH_FAILED,
                                      [SEARCH_DONE] = WORD_SEARCH_NONE,
                                      [SEARCH_UNKNOWN_ROOM] = WORD_SEARCH_NO_ROOM,
                                      [SEARCH_BAD_DATE] = WORD_SEARCH_NO_DATE};
    if (s->state == SEARCH_DONE && s->n)
        view_words_n(m, t, n, DOM_SLOT_SELF, s->more ? WORDS_HITS_MORE : WORDS_HITS, s->n, SL(""));
    else if (s->state == SEARCH_FAILED && s->error_n)
        vtree_text(t, n, DOM_SLOT_SELF, (struct slice){s->error, s->error_n});
    else
        view_words(m, t, n, DOM_SLOT_SELF, words[s->state], (struct slice){s->bad, s->bad_n},
                   SL(""));
}

void view_search(const struct model *m, struct vtree *t, struct vnode *parent, struct vnode *body)
{
    const struct search *s = &m->search;
    struct vnode *here = vtree_fixed(t, parent, DOM_NODE_SEARCH_HERE);
    struct vnode *all = vtree_fixed(t, parent, DOM_NODE_SEARCH_ALL);
    if (s->forgot)
        vtree_do(t, vtree_fixed(t, parent, DOM_NODE_SEARCH_INPUT), DOM_SLOT_SELF, s->forgot,
                 &(struct dom_deed){.op = DOM_OP_VALUE});
    vtree_text(t, here, DOM_SLOT_SELF, words_get(&m->words, WORD_SEARCH_HERE));
    vtree_text(t, all, DOM_SLOT_SELF, words_get(&m->words, WORD_SEARCH_EVERYWHERE));
    view_bool_attr(t, here, DOM_SLOT_SELF, DOM_ATTR_ARIA_PRESSED, !s->everywhere);
    view_bool_attr(t, all, DOM_SLOT_SELF, DOM_ATTR_ARIA_PRESSED, s->everywhere);
    view_bool_attr(t, body, DOM_SLOT_SELF, DOM_ATTR_ARIA_BUSY,
                   s->state == SEARCH_WAITING || s->state == SEARCH_ASKED);
    status(m, t, vtree_fixed(t, parent, DOM_NODE_SEARCH_STATUS));
    if (m->panel.kind != PANEL_SEARCH)
        return;
    for (uint32_t i = 0; i < s->n; i++)
        hit_row(m, t, body, i);
    if ((s->state == SEARCH_DONE && s->more) || s->state == SEARCH_FAILED)
        view_panel_more(m, t, body);
}
