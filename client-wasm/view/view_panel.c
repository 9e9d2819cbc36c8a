/* See view_panel.h. */
#include "view_panel.h"

#include "mem.h"
#include "upd_panel.h"
#include "view_text.h"
#include <stdlib.h>

enum { KEY_STATUS = 1, KEY_MORE, KEY_HEADINGS, KEY_LISTS = KEY_HEADINGS + 2 };

static void person(const struct model *m, struct vtree *t, struct vnode *list,
                   const struct member *mb)
{
    const struct person *p = mb->person;
    struct vnode *n = vtree_row(t, list, DOM_TEMPLATE_PERSON, (uint64_t)p->id);
    view_number_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_KEY, (uint64_t)p->id);
    view_avatar(t, n, DOM_SLOT_AVATAR, p);
    vtree_attr(t, n, DOM_SLOT_PRESENCE, DOM_ATTR_PRESENCE, view_presence(p));
    vtree_attr(t, n, DOM_SLOT_PRESENCE, DOM_ATTR_ARIA_LABEL,
               words_get(&m->words, p->presence == CHAT_ONLINE ? WORD_ONLINE
                                    : p->presence == CHAT_IDLE ? WORD_IDLE
                                                               : WORD_OFFLINE));
    vtree_text(t, n, DOM_SLOT_LABEL, person_shown(p));
    vtree_text(t, n, DOM_SLOT_MORE, p->status);
    vtree_text(t, n, DOM_SLOT_BADGE, view_role(m, mb->role));
}

static void part(const struct model *m, struct vtree *t, struct vnode *body,
                 const struct member *const *at, uint32_t n, bool there)
{
    if (n == 0)
        return;
    struct vnode *h = vtree_row(t, body, DOM_TEMPLATE_HEADING, KEY_HEADINGS + there);
    view_words_n(m, t, h, DOM_SLOT_LABEL, there ? WORDS_MEMBERS_THERE : WORDS_MEMBERS_AWAY, n,
                 SL(""));
    struct vnode *list = vtree_row(t, body, DOM_TEMPLATE_PEOPLE, KEY_LISTS + there);
    for (uint32_t i = 0; i < n; i++)
        person(m, t, list, at[i]);
}

void view_panel_more(const struct model *m, struct vtree *t, struct vnode *body)
{
    struct vnode *n = vtree_row(t, body, DOM_TEMPLATE_BUTTON, KEY_MORE);
    vtree_text(t, n, DOM_SLOT_BUTTON, words_get(&m->words, WORD_SHOW_MORE));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ACT, SL("show-more"));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TEST_ID, SL("show-more"));
}

static void members(const struct model *m, struct vtree *t, struct vnode *body)
{
    const struct members *ms = &m->members;
    const struct member **at = mem_alloc((ms->n + 1) * sizeof *at);
    uint32_t there_n = 0;
    if (!at) {
        t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < ms->n; i++) {
        at[i] = &ms->at[i];
        there_n += member_is_there(at[i]);
    }
    qsort(at, ms->n, sizeof *at, member_compare);
    part(m, t, body, at, there_n, true);
    part(m, t, body, at + there_n, ms->n - there_n, false);
    mem_free(at);
    if (ms->asked || ms->failed || (!ms->whole && ms->n == 0)) {
        struct vnode *n = vtree_row(t, body, DOM_TEMPLATE_STATUS, KEY_STATUS);
        vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_ROLE, SL("status"));
        vtree_text(t, n, DOM_SLOT_LABEL,
                   words_get(&m->words, ms->failed ? WORD_NO_ANSWER : WORD_LIST_LOADING));
    }
    if (!ms->whole && !ms->asked && (ms->n || ms->failed) && ms->n < MEMBERS_MAX)
        view_panel_more(m, t, body);
}

static void buttons(const struct model *m, struct vtree *t, struct vnode *parent, bool shown)
{
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_SEARCH_BUTTON);
    view_bool_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_PRESSED,
                   shown && m->panel.kind == PANEL_SEARCH);
    vtree_flag(t, vtree_fixed(t, parent, DOM_NODE_PANEL_SEARCH), DOM_SLOT_SELF, DOM_ATTR_HIDDEN,
               !shown || m->panel.kind != PANEL_SEARCH);
}

void view_panel(const struct model *m, struct vtree *t, struct vnode *parent)
{
    bool shown = upd_panel_shown(m);
    struct vnode *panel = vtree_fixed(t, parent, DOM_NODE_PANEL);
    struct vnode *title = vtree_fixed(t, parent, DOM_NODE_PANEL_TITLE);
    struct vnode *body = vtree_fixed(t, parent, DOM_NODE_PANEL_BODY);
    vtree_flag(t, panel, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !shown);
    buttons(m, t, parent, shown);
    view_search(m, t, parent, body); /* its elements are always there */
    if (!shown)
        return;
    vtree_attr(t, panel, DOM_SLOT_SELF, DOM_ATTR_TEST_ID,
               m->panel.kind == PANEL_SEARCH ? SL("search-panel") : SL("member-panel"));
    if (m->panel.kind == PANEL_SEARCH) {
        vtree_text(t, title, DOM_SLOT_SELF, words_get(&m->words, WORD_SEARCH));
    } else {
        vtree_text(t, title, DOM_SLOT_SELF, words_get(&m->words, WORD_MEMBERS));
        members(m, t, body);
    }
}
