/* Everything that can happen to the page: what the person did, what the connection brought, that
 * time passed. An action is complete: update looks at nothing else, not even at the clock.
 */
#pragma once

#include "slice.h"
#include "sock.h"
#include <stdbool.h>
#include <stdint.h>

enum action_type {
    ACTION_START,        /* .start: the page has loaded */
    ACTION_TICK,         /* time passed */
    ACTION_STATUS,       /* .status: the connection's */
    ACTION_MESSAGE,      /* .text: raw arguments of a `message` event */
    ACTION_UNSENT,       /* .key: an EFFECT_EMIT could not be carried out */
    ACTION_INPUT,        /* .text: what the composer holds now */
    ACTION_SEND,         /* .cid: for the new message */
    ACTION_ENTER,        /* .press, .cid: the Enter key in the composer */
    ACTION_ESCAPE,       /* .press */
    ACTION_NAME,         /* .text: what the name field holds now */
    ACTION_JUMP,         /* to the newest message */
    ACTION_HOME,         /* to the oldest message kept */
    ACTION_RETRY_NOW,    /* connect at once */
    ACTION_RETRY,        /* .key: send the failed message again */
    ACTION_DISCARD,      /* .key: forget the failed message */
    ACTION_SCROLL,       /* .scroll */
    ACTION_NETWORK,      /* .on: the browser has a network */
    ACTION_FOCUS,        /* .on: the window has the focus */
    ACTION_ADOPT_OUTBOX, /* .text: what a tab that is gone had kept; effects.handled: taken over */
    ACTION_ADOPT_DRAFT,  /* likewise */
    ACTION_HIDE,         /* the page may be gone for good after this */
};

struct action_start {
    struct slice name;  /* remembered, or empty */
    struct slice draft; /* of this tab, before it was loaded again, or empty */
    struct slice typed; /* already in the composer */
    uint32_t random;    /* for a guest's name */
    bool hour12;
    bool coarse;
};

struct action_press {
    bool shift;
    bool composing; /* an input method owns the key */
    bool modifier;
};

struct action_scroll {
    uint32_t above_px, below_px, view_px;
};

struct action {
    enum action_type type;
    int64_t now_ms;         /* host clock */
    int64_t wall_ms;        /* UTC */
    int32_t utc_offset_min; /* of this place, now: local minus UTC */
    struct slice cid;       /* 32 hex digits, by chance */
    union {
        struct action_start start;
        struct sock_status status;
        struct slice text;
        struct action_press press;
        struct action_scroll scroll;
        uint64_t key;
        bool on;
    };
};
