/* The words that stand for enums on the wire. */
#include "chat.h"

static const char *const roles[CHAT_ROLES_N] = {"guest", "member", "mod", "admin", "owner"};
static const char *const kinds[CHAT_ROOM_KINDS_N] = {"public", "private", "dm"};
static const char *const notifies[CHAT_NOTIFIES_N] = {"all", "mentions", "none"};
static const char *const presences[CHAT_PRESENCES_N] = {"offline", "idle", "online", "invisible"};
static const char *const outcomes[CHAT_OUTCOMES_N] = {"dismissed", "handled", "deleted"};
static const char *const events[CHAT_EVENTS_N] = {"message", "edit",   "delete",
                                                  "react",   "member", "room"};
static const char *const changes[CHAT_CHANGES_N] = {"join",  "leave", "kick",   "ban",
                                                    "unban", "mute",  "unmute", "role"};

static bool find(const char *const *names, unsigned n, struct slice name, unsigned *out)
{
    for (unsigned i = 0; i < n; i++) {
        if (slice_eq(slice_str(names[i]), name)) {
            *out = i;
            return true;
        }
    }
    return false;
}

const char *chat_role_name(enum chat_role role)
{
    return roles[role];
}

const char *chat_room_kind_name(enum chat_room_kind kind)
{
    return kinds[kind];
}

const char *chat_notify_name(enum chat_notify notify)
{
    return notifies[notify];
}

const char *chat_presence_name(enum chat_presence presence)
{
    return presences[presence];
}

const char *chat_outcome_name(enum chat_outcome outcome)
{
    return outcomes[outcome];
}

const char *chat_event_kind_name(enum chat_event_kind kind)
{
    return events[kind];
}

const char *chat_change_name(enum chat_change change)
{
    return changes[change];
}

bool chat_role_find(struct slice name, enum chat_role *out)
{
    unsigned i;
    bool found = find(roles, CHAT_ROLES_N, name, &i);
    if (found) {
        *out = (enum chat_role)i;
    }
    return found;
}

bool chat_room_kind_find(struct slice name, enum chat_room_kind *out)
{
    unsigned i;
    bool found = find(kinds, CHAT_ROOM_KINDS_N, name, &i);
    if (found) {
        *out = (enum chat_room_kind)i;
    }
    return found;
}

bool chat_notify_find(struct slice name, enum chat_notify *out)
{
    unsigned i;
    bool found = find(notifies, CHAT_NOTIFIES_N, name, &i);
    if (found) {
        *out = (enum chat_notify)i;
    }
    return found;
}

bool chat_presence_find(struct slice name, enum chat_presence *out)
{
    unsigned i;
    bool found = find(presences, CHAT_PRESENCES_N, name, &i);
    if (found) {
        *out = (enum chat_presence)i;
    }
    return found;
}

bool chat_outcome_find(struct slice name, enum chat_outcome *out)
{
    unsigned i;
    bool found = find(outcomes, CHAT_OUTCOMES_N, name, &i);
    if (found) {
        *out = (enum chat_outcome)i;
    }
    return found;
}
