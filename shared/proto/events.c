/* The chat's events as a table. */
#include "events.h"

#define LITERAL(text)                                                                              \
    {                                                                                              \
        "" text, sizeof(text) - 1                                                                  \
    }

const struct event_row event_rows[EVENTS_N] = {
#define EVENT(id, nsp, name, direction, ack, who, rate)                                            \
    [id] = {LITERAL(nsp), LITERAL(name), direction, ack, who, rate},
#include "events.def"
#undef EVENT
};

enum event_id event_find(struct slice nsp, struct slice name)
{
    for (unsigned id = 0; id < EVENTS_N; id++) {
        if (slice_eq(event_rows[id].name, name) && slice_eq(event_rows[id].nsp, nsp))
            return (enum event_id)id;
    }
    return EVENTS_N;
}
