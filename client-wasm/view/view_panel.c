/* See view_panel.h. */
#include "view_panel.h"

#include "caltime.h"
#include "iso_time.h"
#include "view_text.h"

#define SNIPPET_BEFORE_BYTES 80
#define SNIPPET_BEHIND_BYTES 200

static void button(const struct model *m, struct vtree *t, struct vnode *body, struct slice act,
                   uint64_t key, enum word word)
{
    struct vnode *n = vtree_row(t, body, DOM_TEMPLATE_BUTTON, key);
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ACT, act);
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TEST_ID, act);
    vtree_text(t, n, DOM_SLOT_BUTTON, words_get(&m->words, word));
}

static void status(const struct model *m, struct vtree *t, struct vnode *body, enum word word)
{
    struct vnode *n = vtree_row(t, body, DOM_TEMPLATE_STATUS, 1);
    vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, word));
}

static void member_row(const struct model *m, const struct member *member, struct vtree *t,
                       struct vnode *list)
{
    const struct person *p = member->person;
    struct vnode *n = vtree_row(t, list, DOM_TEMPLATE_PERSON, (uint64_t)p->id);
    struct slice role = view_role(m, member->role > p->role ? member->role : p->role);
    view_number_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, (uint64_t)p->id);
    view_avatar(t, n, DOM_SLOT_AVATAR, p);
    vtree_attr(t, n, DOM_SLOT_PRESENCE, DOM_ATTR_PRESENCE, view_presence(p));
    vtree_text(t, n, DOM_SLOT_LABEL, person_shown(p));
    vtree_text(t, n, DOM_SLOT_MORE, p->status.n ? p->status : p->name);
    vtree_flag(t, n, DOM_SLOT_BADGE, DOM_ATTR_HIDDEN, role.n == 0);
    vtree_text(t, n, DOM_SLOT_BADGE, role);
}

/* Who is there first. */
static void members(const struct model *m, struct vtree *t, struct vnode *body)
{
    const struct members *ms = &m->members;
    struct vnode *list = vtree_row(t, body, DOM_TEMPLATE_PEOPLE, 1);
    for (int away = 0; away < 2; away++) {
        for (uint32_t i = 0; i < ms->n; i++) {
            enum chat_presence presence = ms->at[i].person->presence;
            bool is_away = presence != CHAT_ONLINE && presence != CHAT_IDLE &&
                           ms->at[i].person != m->session.person;
            if (is_away == (bool)away)
                member_row(m, &ms->at[i], t, list);
        }
    }
    if (ms->asked)
        status(m, t, body, WORD_LIST_LOADING);
    else if (ms->failed)
        status(m, t, body, WORD_NO_ANSWER);
    else if (!ms->whole)
        button(m, t, body, SL("show-more"), 2, WORD_SHOW_MORE);
}

static bool is_inside(struct slice text, size_t at)
{
    return at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80;
}

/* What was found, with some of what stands around it; never half a character. */
static void snippet(const struct hit *hit, struct vtree *t, struct vnode *n)
{
    struct slice text = hit->msg->text;
    size_t from = hit->from > SNIPPET_BEFORE_BYTES ? hit->from - SNIPPET_BEFORE_BYTES : 0;
    size_t to = text.n - hit->to > SNIPPET_BEHIND_BYTES ? hit->to + SNIPPET_BEHIND_BYTES : text.n;
    while (is_inside(text, from))
        from++;
    while (is_inside(text, to))
        to--;
    vtree_do(t, n, DOM_SLOT_BODY, 1,
             &(struct dom_deed){.op = DOM_OP_MARK,
                                .texts = {{text.p + from, hit->from - from},
                                          {text.p + hit->from, hit->to - hit->from},
                                          {text.p + hit->to, to - hit->to}}});
}

static void hit_row(const struct model *m, const struct hit *hit, uint32_t i, struct vtree *t,
                    struct vnode *body)
{
    const struct message *msg = hit->msg;
    const struct room *room = rooms_find(&m->rooms, msg->room);
    struct caltime_text text;
    char iso[ISO_TIME_BYTES];
    struct vnode *n =
        vtree_row(t, body, DOM_TEMPLATE_HIT, (uint64_t)msg->room << 32 ^ (uint64_t)msg->seq);
    view_number_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, i + 1);
    vtree_text(t, n, DOM_SLOT_AUTHOR,
               msg->from ? person_shown(msg->from) : words_get(&m->words, WORD_SOMEONE));
    vtree_text(t, n, DOM_SLOT_LABEL, room ? room_shown(room) : SL(""));
    caltime_day_label(&m->words, caltime_day(msg->ts_ms, m->utc_offset_min),
                      caltime_day(m->wall_ms, m->utc_offset_min), &text);
    vtree_text(t, n, DOM_SLOT_TIME, caltime_slice(&text));
    iso_time_format(msg->ts_ms, iso);
    vtree_attr(t, n, DOM_SLOT_TIME, DOM_ATTR_DATETIME, (struct slice){iso, sizeof iso});
    snippet(hit, t, n);
}

static void search_status(const struct model *m, struct vtree *t, struct vnode *n)
{
    static const enum word words[] = {[SEARCH_IDLE] = WORD_SEARCH_HINT,
                                      [SEARCH_TYPING] = WORD_SEARCHING,
                                      [SEARCH_ASKED] = WORD_SEARCHING,
                                      [SEARCH_FAILED] = WORD_SEARCH_FAILED,
                                      [SEARCH_DONE] = WORD_SEARCH_NONE};
    const struct panel *p = &m->panel;
    if (p->state == SEARCH_DONE && p->hits_n)
        view_words_n(m, t, n, DOM_SLOT_SELF, p->more ? WORDS_HITS_MORE : WORDS_HITS, p->hits_n,
                     SL(""));
    else
        vtree_text(t, n, DOM_SLOT_SELF, words_get(&m->words, words[p->state]));
}

static void search(const struct model *m, struct vtree *t, struct vnode *body)
{
    const struct panel *p = &m->panel;
    if (m->open)
        button(m, t, body, SL("kind"), 1, p->here ? WORD_SEARCH_EVERYWHERE : WORD_SEARCH_HERE);
    for (uint32_t i = 0; i < p->hits_n; i++)
        hit_row(m, &p->hits[i], i, t, body);
    if (p->more)
        button(m, t, body, SL("show-more"), 2, WORD_SHOW_MORE);
}

void view_panel(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct panel *p = &m->panel;
    struct vnode *panel = vtree_fixed(t, parent, DOM_NODE_PANEL);
    struct vnode *title = vtree_fixed(t, parent, DOM_NODE_PANEL_TITLE);
    struct vnode *field = vtree_fixed(t, parent, DOM_NODE_PANEL_SEARCH);
    struct vnode *line = vtree_fixed(t, parent, DOM_NODE_SEARCH_STATUS);
    struct vnode *body = vtree_fixed(t, parent, DOM_NODE_PANEL_BODY);
    bool shown = p->kind != PANEL_NONE && m->session.state != SESSION_NONE;
    vtree_flag(t, panel, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    vtree_attr(t, panel, DOM_SLOT_SELF, DOM_ATTR_TAB_INDEX, SL("-1"));
    vtree_attr(t, panel, DOM_SLOT_SELF, DOM_ATTR_TEST_ID,
               p->kind == PANEL_SEARCH ? SL("search-panel") : SL("member-panel"));
    vtree_text(t, title, DOM_SLOT_SELF,
               words_get(&m->words, p->kind == PANEL_SEARCH ? WORD_SEARCH : WORD_MEMBERS));
    vtree_flag(t, field, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, p->kind != PANEL_SEARCH);
    search_status(m, t, line);
    view_bool_attr(t, vtree_fixed(t, parent, DOM_NODE_SEARCH_BUTTON), DOM_SLOT_SELF,
                   DOM_ATTR_ARIA_PRESSED, p->kind == PANEL_SEARCH);
    if (shown && p->kind == PANEL_MEMBERS)
        members(m, t, body);
    else if (shown)
        search(m, t, body);
}
