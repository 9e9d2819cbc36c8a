/* The table of chat events made from events.def. */
#pragma once

#include "slice.h"

enum event_direction {
    EVENT_TO_SERVER,
    EVENT_TO_CLIENT,
    EVENT_BOTH_WAYS,
};

/* What the server does with the sender's wish for an acknowledgement. */
enum event_ack {
    EVENT_ACK_NONE,   /* there is nobody to answer */
    EVENT_ACK_WANTED, /* answers whoever asks */
};

/* Who may send it; what exactly may be done with which room is decided by may (server/auth/may.h), with the facts. */
enum event_who {
    EVENT_MAY_ANYONE, /* whoever has joined the namespace */
    EVENT_MAY_READER, /* members, and everybody where the room is public */
    EVENT_MAY_MEMBER,
    EVENT_MAY_MOD,
    EVENT_MAY_SERVER,
};

/* Which token bucket a sender's event draws from. */
enum event_rate {
    EVENT_RATE_NONE,
    EVENT_RATE_MESSAGE, /* send, edit, react */
    EVENT_RATE_STATE,   /* typing, presence, read markers */
    EVENT_RATE_HISTORY, /* reading rows */
    EVENT_RATE_SEARCH,
    EVENT_RATE_ADMIN, /* rooms, members, profiles */
    EVENT_RATES_N,
};

enum event_id {
#define EVENT(id, nsp, name, direction, ack, who, rate) id,
#include "events.def"
#undef EVENT
    EVENTS_N,
};

struct event_row {
    struct slice nsp;
    struct slice name;
    enum event_direction direction;
    enum event_ack ack;
    enum event_who who;
    enum event_rate rate;
};

extern const struct event_row event_rows[EVENTS_N];

/* The row of an event by its namespace and plain name; EVENTS_N when there is none. */
enum event_id event_find(struct slice nsp, struct slice name);
