/* See view_header.h. */
#include "view_header.h"

#include "caltime.h"
#include "dialog_room_menu.h"
#include "rows.h"
#include "view_text.h"

/* How many reports wait in it, beside the way to them. */
static void reports(const struct model *m, struct vtree *t, struct vnode *parent,
                    struct vnode *button, const struct room *room)
{
    struct view_number number;
    struct vnode *count = vtree_fixed(t, parent, DOM_NODE_REPORTS_COUNT);
    uint64_t n = room && room_menu_may_see(m, room) ? (uint64_t)room->reports_n : 0;
    vtree_flag(t, count, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !n);
    vtree_text(t, count, DOM_SLOT_SELF, n ? view_number(n, &number) : SL(""));
    if (n)
        view_words_attr_n(m, t, button, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL, WORDS_ROOM_MENU, n,
                          SL(""));
    else
        vtree_attr(t, button, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL,
                   words_get(&m->words, WORD_ROOM_MENU));
}

void view_header(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct room *room = model_open(m);
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_MAIN);
    vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL,
               room ? room_shown(room)
                    : words_get(&m->words, m->wanted ? WORD_NO_ACCESS_TITLE : WORD_NO_ROOM_TITLE));
    n = vtree_fixed(t, parent, DOM_NODE_ROOM_KIND);
    vtree_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_KIND,
               room ? slice_str(chat_room_kind_name(room->r.kind)) : SL(""));
    vtree_text(t, n, DOM_SLOT_SELF, room && room->r.kind != CHAT_DM ? SL("#") : SL(""));
    n = vtree_fixed(t, parent, DOM_NODE_ROOM_NAME);
    vtree_text(t, n, DOM_SLOT_SELF, room ? room_shown(room) : SL(""));
    n = vtree_fixed(t, parent, DOM_NODE_ROOM_TOPIC);
    vtree_text(t, n, DOM_SLOT_SELF,
               !room        ? SL("")
               : room->with ? room->with->status
                            : room->r.topic);
    n = vtree_fixed(t, parent, DOM_NODE_MEMBERS_BUTTON);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !room || room->r.kind == CHAT_DM);
    view_bool_attr(t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_PRESSED, m->panel.kind == PANEL_MEMBERS);
    struct vnode *count = vtree_fixed(t, parent, DOM_NODE_MEMBERS_COUNT);
    if (room) {
        struct view_number number;
        view_words_attr_n(m, t, n, DOM_SLOT_SELF, DOM_ATTR_ARIA_LABEL, WORDS_MEMBERS,
                          room->r.members, SL(""));
        vtree_text(t, count, DOM_SLOT_SELF, view_number(room->r.members, &number));
    }
    n = vtree_fixed(t, parent, DOM_NODE_ROOM_MENU_BUTTON);
    vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !room);
    reports(m, t, parent, n, room);
}

void view_unread_bar(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct room *room = model_open(m);
    uint64_t n = room ? rows_unread_above(room) : 0;
    struct vnode *bar = vtree_fixed(t, parent, DOM_NODE_UNREAD_BAR);
    struct vnode *text = vtree_fixed(t, parent, DOM_NODE_UNREAD_TEXT);
    vtree_flag(t, bar, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, !n);
    if (n)
        view_words_n(m, t, text, DOM_SLOT_SELF, WORDS_NEW_ABOVE, n, SL(""));
}

void view_typing(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct room *room = model_open(m);
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_TYPING);
    struct slice names[2] = {SL(""), SL("")};
    uint32_t typing_n = room ? room->typing_n : 0;
    for (uint32_t i = 0; i < typing_n && i < 2; i++) {
        const struct person *p = people_find(&m->people, room->typing[i].user);
        names[i] = p ? person_shown(p) : words_get(&m->words, WORD_SOMEONE);
    }
    if (typing_n == 0)
        vtree_text(t, n, DOM_SLOT_SELF, SL(""));
    else
        view_words(m, t, n, DOM_SLOT_SELF,
                   typing_n == 1   ? WORD_TYPING_ONE
                   : typing_n == 2 ? WORD_TYPING_TWO
                                   : WORD_TYPING_SEVERAL,
                   names[0], names[1]);
}
