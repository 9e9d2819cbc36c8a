/* The rules of who may do what. See may.h; tests/unit/test_may.c writes them out as a table. */
#include "may.h"

enum chat_role may_role(enum chat_room_kind kind, enum chat_role user_role, bool member,
                        enum chat_role room_role)
{
    enum chat_role in_room = member ? room_role : CHAT_GUEST;
    /* In public rooms the server's moderators moderate; elsewhere only the room's own. */
    return kind == CHAT_PUBLIC && user_role >= CHAT_MOD && user_role > in_room ? user_role
                                                                               : in_room;
}

/* Actions that are about no room. */
static enum chat_error may_server(enum may_action action, const struct may_facts *f)
{
    switch (action) {
    case MAY_CREATE_PUBLIC:
    case MAY_CREATE_PRIVATE:
        return f->user_role >= CHAT_MEMBER ? CHAT_OK : CHAT_FORBIDDEN;
    case MAY_DM:
        return CHAT_OK;
    default:
        return CHAT_NOT_FOUND;
    }
}

/* What is only done in a room that goes on, by a member who is not muted. */
static enum chat_error may_write(const struct may_facts *f)
{
    if (!f->member) {
        return CHAT_FORBIDDEN;
    }
    if (f->archived) {
        return CHAT_ARCHIVED;
    }
    return f->muted ? CHAT_MUTED : CHAT_OK;
}

static enum chat_error if_true(bool allowed)
{
    return allowed ? CHAT_OK : CHAT_FORBIDDEN;
}

enum chat_error may(enum may_action action, const struct may_facts *f)
{
    if (action == MAY_CREATE_PUBLIC || action == MAY_CREATE_PRIVATE || action == MAY_DM) {
        return may_server(action, f);
    }
    /* Whoever may not know of the room is told that there is none. */
    if (!f->room_known || (f->kind != CHAT_PUBLIC && !f->member)) {
        return CHAT_NOT_FOUND;
    }
    if (f->banned) {
        return CHAT_BANNED;
    }
    enum chat_role role = may_role(f->kind, f->user_role, f->member, f->room_role);
    bool moderates = role >= CHAT_MOD && f->kind != CHAT_DM;
    switch (action) {
    case MAY_READ:
        return CHAT_OK;
    case MAY_JOIN:
        return if_true(f->kind == CHAT_PUBLIC);
    case MAY_SEND:
        return may_write(f);
    case MAY_EDIT:
        return f->own ? may_write(f) : CHAT_FORBIDDEN;
    case MAY_DELETE:
        /* One may take back what one said even while muted. */
        if (f->archived) {
            return CHAT_ARCHIVED;
        }
        return if_true((f->own && f->member) || (moderates && role > f->other_role));
    case MAY_ADD:
        return if_true(
            f->kind != CHAT_DM && f->user_role >= CHAT_MEMBER && !f->archived &&
            (f->kind == CHAT_PRIVATE ? f->member && role >= CHAT_MEMBER : f->member || moderates));
    case MAY_MODERATE:
        return if_true(moderates && role > f->other_role);
    case MAY_MANAGE:
        return if_true(role >= CHAT_ADMIN && f->kind != CHAT_DM && role > f->other_role);
    case MAY_LEAVE:
        return if_true(f->member && f->kind != CHAT_DM);
    default:
        return CHAT_FORBIDDEN;
    }
}
