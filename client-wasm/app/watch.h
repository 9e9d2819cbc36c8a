/* Who is there: of the people on the screen, and of myself. */
#pragma once

#include "chat_limits.h"
#include <stdbool.h>
#include <stdint.h>

#define PRESENCE_AFTER_MS                                                                          \
    200 /* the screen rests for so long before the server is told who is on it */

struct presence {
    int64_t watch[CHAT_WATCH_USERS_MAX]; /* those the server was asked to tell of */
    uint32_t watch_n;
    bool told;      /* it was, on this connection */
    bool idle;      /* I have done nothing for a while */
    bool invisible; /* I do not want to be seen: nothing that I do ends that */
    int64_t due_ms; /* when to ask anew, host clock; 0: nothing to ask */
};
