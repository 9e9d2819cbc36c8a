/* What is told outside the page's window. */
#pragma once

#include "buf.h"
#include <stdbool.h>
#include <stdint.h>

enum notify_may { NOTIFY_NEVER, NOTIFY_ASK, NOTIFY_MAY }; /* as page_notices says */

struct notify {
    enum notify_may may;
    bool declined; /* the person does not want to be asked; remembered */
    bool updated;  /* a newer version of the page is there */
    int64_t
        here; /* the room that is open in this window, which has the focus; 0: none, or it has not. The other tabs were told. */
    int64_t elsewhere; /* likewise in another tab, as it told us */
    int badge;         /* the icon's mark, as page_badge takes it */
    uint32_t badge_n;
    struct buf title; /* of the last notification */
};
