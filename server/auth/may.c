/* The rules of who may do what. See may.h; tests/unit/test_may.c has them written out as a table. */
#include "may.h"

enum chat_role may_role(enum chat_room_kind kind, enum chat_role user_role, bool member,
                        enum chat_role room_role)
{
    enum chat_role in_room = member ? room_role : CHAT_GUEST;
    /* In public rooms the server's moderators moderate; elsewhere only the room's own. */
    return kind == CHAT_PUBLIC && user_role > in_room ? user_role : in_room;
}

static enum chat_error if_true(bool allowed)
{
    return allowed ? CHAT_OK : CHAT_FORBIDDEN;
}

/* Does somebody have at least this rank in a room, and a higher one than whom it is about? Of the two in a dm, nobody has. */
static bool outranks(const struct may_facts *f, enum chat_role least)
{
    enum chat_role role = may_role(f->kind, f->user_role, f->member, f->room_role);
    return f->kind != CHAT_DM && role >= least && role > f->other_role;
}

/* What is done only where the room goes on. */
static enum chat_error if_open(bool allowed, const struct may_facts *f)
{
    if (!allowed) {
        return CHAT_FORBIDDEN;
    }
    return f->archived ? CHAT_ARCHIVED : CHAT_OK;
}

static enum chat_error may_speak(const struct may_facts *f)
{
    enum chat_error error = if_open(f->member, f);
    if (error == CHAT_OK && f->muted) {
        error = CHAT_MUTED;
    }
    return error == CHAT_OK && f->blocked ? CHAT_FORBIDDEN : error;
}

static enum chat_error may_delete(const struct may_facts *f)
{
    /* One may take back what one said, even while muted. */
    return if_open(f->own ? f->member : outranks(f, CHAT_MOD), f);
}

static enum chat_error may_in_room(enum may_action action, const struct may_facts *f)
{
    switch (action) {
    case MAY_READ:
    case MAY_LEAVE: /* whoever is not in it has left already */
        return CHAT_OK;
    case MAY_JOIN:
        return f->member ? CHAT_OK : if_open(true, f);
    case MAY_SEND:
        return may_speak(f);
    case MAY_EDIT:
        return f->own ? may_speak(f) : CHAT_FORBIDDEN;
    case MAY_DELETE:
        return may_delete(f);
    case MAY_ADD:
        return if_open(f->member && f->kind != CHAT_DM && f->user_role > CHAT_GUEST, f);
    case MAY_MODERATE:
        return if_open(outranks(f, CHAT_MOD), f);
    case MAY_SEE_INVITES:
        return if_true(outranks(f, CHAT_MOD));
    case MAY_REPORT:
        return if_true(f->member && f->kind != CHAT_DM && !f->own);
    case MAY_JUDGE:
        return if_true(outranks(f, CHAT_MOD) && !f->own);
    case MAY_MANAGE:
        return if_open(outranks(f, CHAT_ADMIN), f);
    case MAY_ARCHIVE:
        return if_true(outranks(f, CHAT_ADMIN));
    default:
        return CHAT_FORBIDDEN;
    }
}

enum chat_error may(enum may_action action, const struct may_facts *f)
{
    switch (action) {
    case MAY_CREATE_PUBLIC:
    case MAY_CREATE_PRIVATE:
        return if_true(f->user_role > CHAT_GUEST);
    case MAY_DM:
        return CHAT_OK;
    case MAY_INVITE_TO_SERVER:
        return if_true(f->user_role >= CHAT_ADMIN);
    default:
        break;
    }
    /* Whoever may not know of the room is told that there is none. */
    if (!f->room_known || (f->kind != CHAT_PUBLIC && !f->member)) {
        return CHAT_NOT_FOUND;
    }
    return f->banned ? CHAT_BANNED : may_in_room(action, f);
}
