/* Between the parts of the console. */
#pragma once

#include "console.h"

/* What was asked: the number of its ask. */
enum console_ask {
    CONSOLE_ASK_SEARCH,
    CONSOLE_ASK_ROOMS,
    CONSOLE_ASK_ROOM, /* the answer's room is opened */
    CONSOLE_ASK_DONE,
};

/* Empty the list, for another one; add to it. NULL: it is full. */
void console_begin(struct console *c, enum console_list list);
struct console_item *console_add(struct console *c, struct slice label, struct slice detail);
/* Ask the server, or say that it cannot be. */
void console_ask(struct console *c, const struct model *m, enum console_ask what,
                 enum event_id event, struct chat_request request, struct effects *fx);
