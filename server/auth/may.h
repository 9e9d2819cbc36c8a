/* May this user do that here? One pure function over the facts, asked on every path: the store asks it inside the transaction that
 * reads or writes, so that nobody acts on a membership that has just ended.
 */
#pragma once

#include "chat_request.h"

enum may_action {
    MAY_READ,        /* history, sync, search, members, permalinks */
    MAY_JOIN,        /* without an invite */
    MAY_SEND,        /* also react and type */
    MAY_EDIT,        /* one's own message */
    MAY_DELETE,      /* one's own message, or as a moderator that of somebody of a lower role */
    MAY_ADD,         /* let somebody in, make an invite link */
    MAY_MODERATE,    /* kick, ban, mute somebody of a lower role; slow mode */
    MAY_SEE_INVITES, /* of a room, and revoke them; also who is banned there, and what was reported */
    MAY_REPORT,      /* a message of somebody else, to those who moderate the room */
    MAY_JUDGE,       /* close a report of a message; nobody does of one's own */
    MAY_MANAGE,      /* name, topic, roles below one's own */
    MAY_ARCHIVE,     /* make it read-only, and open it again */
    MAY_LEAVE,
    MAY_CREATE_PUBLIC,
    MAY_CREATE_PRIVATE,
    MAY_DM,               /* open one with somebody */
    MAY_INVITE_TO_SERVER, /* make, see and revoke links for registering */
    MAY_ACTIONS_N
};

/* What is known about user and room at that moment. Zero is a guest who is nothing to a public room. */
struct may_facts {
    enum chat_role user_role; /* of the whole server */
    bool room_known;          /* false for the actions that are about no room */
    enum chat_room_kind kind;
    bool archived;
    bool member;
    bool banned;               /* from the room, now */
    bool muted;                /* in the room, now */
    bool blocked;              /* of a dm: by the other one */
    enum chat_role room_role;  /* of a member */
    bool own;                  /* the message is the user's own */
    enum chat_role other_role; /* the effective role of whom it is about (may_role) */
};

/* Returns CHAT_OK, or why not. Rooms that the user may not know of are CHAT_NOT_FOUND, never CHAT_FORBIDDEN: their existence leaks
 * nothing. A server's admin has no special right to private rooms or dms. */
enum chat_error may(enum may_action action, const struct may_facts *facts);
/* The role that counts in a room: the higher one of the server's (in public rooms) and the room's. */
enum chat_role may_role(enum chat_room_kind kind, enum chat_role user_role, bool member,
                        enum chat_role room_role);
