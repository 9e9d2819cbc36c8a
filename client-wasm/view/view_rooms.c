/* See view_rooms.h. */
#include "view_rooms.h"

#include "view_text.h"

#define COUNT_SHOWN_MAX 99

static struct slice kind_name(const struct room *room)
{
    return slice_str(chat_room_kind_name(room->r.kind));
}

static void count(struct vtree *t, struct vnode *row, enum dom_slot slot, int64_t n)
{
    struct view_number number;
    vtree_flag(t, row, slot, DOM_ATTR_HIDDEN, n <= 0);
    if (n > 0)
        vtree_text(t, row, slot,
                   n > COUNT_SHOWN_MAX ? SL("99+") : view_number((uint64_t)n, &number));
}

/* What a screen reader says of it instead of what is shown: the counts in words. */
static void spoken(const struct model *m, struct vtree *t, struct vnode *row,
                   const struct room *room, bool read)
{
    const struct chat_room *r = &room->r;
    if (r->mentions > 0 && !read)
        view_words_n(m, t, row, DOM_SLOT_HINT, WORDS_ROOM_MENTIONS, (uint64_t)r->mentions,
                     room_shown(room));
    else if (room_is_unread(room) && !read)
        view_words_n(m, t, row, DOM_SLOT_HINT, WORDS_ROOM_UNREAD, (uint64_t)r->unread,
                     room_shown(room));
    else
        vtree_text(t, row, DOM_SLOT_HINT, room_shown(room));
}

static void room_row(const struct model *m, struct vtree *t, struct vnode *parent,
                     const struct room *room)
{
    const struct chat_room *r = &room->r;
    bool read = model_is_read(m, room);
    struct vnode *row = vtree_row(t, parent, DOM_TEMPLATE_ROOM, (uint64_t)r->id);
    view_number_attr(t, row, DOM_SLOT_BUTTON, DOM_ATTR_KEY, (uint64_t)r->id);
    view_number_attr(t, row, DOM_SLOT_BUTTON, DOM_ATTR_ROOM, (uint64_t)r->id);
    view_number_attr(t, row, DOM_SLOT_BUTTON, DOM_ATTR_UNREAD, (uint64_t)r->unread);
    view_number_attr(t, row, DOM_SLOT_BUTTON, DOM_ATTR_MENTIONS, (uint64_t)r->mentions);
    vtree_attr(t, row, DOM_SLOT_BUTTON, DOM_ATTR_KIND, kind_name(room));
    vtree_flag(t, row, DOM_SLOT_BUTTON, DOM_ATTR_MUTED, r->notify == CHAT_NOTIFY_NONE);
    if (r->id == m->open)
        vtree_attr(t, row, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_CURRENT, SL("page"));
    spoken(m, t, row, room, read);
    if (r->kind == CHAT_DM) {
        view_avatar(t, row, DOM_SLOT_AVATAR, room->with);
        vtree_attr(t, row, DOM_SLOT_AVATAR, DOM_ATTR_PRESENCE, view_presence(room->with));
    }
    vtree_text(t, row, DOM_SLOT_LABEL, room_shown(room));
    vtree_flag(t, row, DOM_SLOT_DRAFT, DOM_ATTR_HIDDEN,
               room->draft.text.n == 0 || r->id == m->open);
    count(t, row, DOM_SLOT_UNREAD, room_is_unread(room) && !read ? r->unread : 0);
    count(t, row, DOM_SLOT_BADGE, read ? 0 : r->mentions);
}

static void section(const struct model *m, struct vtree *t, struct vnode *parent, bool dms)
{
    struct vnode *n = vtree_row(t, parent, DOM_TEMPLATE_SECTION, dms + 1u);
    vtree_text(t, n, DOM_SLOT_LABEL, words_get(&m->words, dms ? WORD_DIRECT : WORD_ROOMS));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ARIA_LABEL,
               words_get(&m->words, dms ? WORD_NEW_DM : WORD_NEW_ROOM));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TITLE,
               words_get(&m->words, dms ? WORD_NEW_DM : WORD_NEW_ROOM));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_ACT, dms ? SL("dm-new") : SL("room-new"));
    vtree_attr(t, n, DOM_SLOT_BUTTON, DOM_ATTR_TEST_ID, dms ? SL("dm-new") : SL("room-new"));
    for (uint32_t i = 0; i < m->rooms.n; i++) {
        if ((m->rooms.at[i]->r.kind == CHAT_DM) == dms)
            room_row(m, t, n, m->rooms.at[i]);
    }
}

static void self(const struct model *m, struct vtree *t, struct vnode *parent)
{
    const struct person *me = m->session.person;
    struct vnode *n = vtree_fixed(t, parent, DOM_NODE_SELF_AVATAR);
    view_avatar(t, n, DOM_SLOT_SELF, me);
    n = vtree_fixed(t, parent, DOM_NODE_SELF_NAME);
    vtree_text(t, n, DOM_SLOT_SELF, me ? person_shown(me) : SL(""));
    n = vtree_fixed(t, parent, DOM_NODE_SELF_ROLE);
    vtree_text(t, n, DOM_SLOT_SELF, me ? view_role(m, me->role) : SL(""));
}

void view_rooms(const struct model *m, struct vtree *t, struct vnode *parent)
{
    struct vnode *rooms = vtree_fixed(t, parent, DOM_NODE_ROOMS);
    vtree_text(t, vtree_fixed(t, parent, DOM_NODE_WORKSPACE), DOM_SLOT_SELF, model_workspace(m));
    section(m, t, rooms, false);
    section(m, t, rooms, true);
    self(m, t, parent);
}
