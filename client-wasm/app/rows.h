/* What a list of messages shows beside them: days, the line "new", whose name is left out, where something is missing. For every view. */
#pragma once

#include "model.h"

/* What the rows so far mean for the next one. Start with ROWS_START at the window's first. */
struct rows_place {
    const struct message *before; /* NULL: nothing to continue */
    int64_t day;                  /* INT64_MIN: none yet */
};
#define ROWS_START ((struct rows_place){.day = INT64_MIN})

struct rows_around {
    bool day;     /* another day begins with it, place->day */
    bool marked;  /* the line "new" stands in front of it */
    bool compact; /* it goes on with what its author just said */
};

/* The message at this place of the log; place goes on behind it. A day never goes back: a clock that is behind does not tear the list apart. */
struct rows_around rows_next(const struct model *m, const struct room *room, uint32_t index,
                             struct rows_place *place);
/* Messages are missing above or below the window. */
bool rows_hole_above(const struct room *room);
bool rows_hole_below(const struct room *room);
/* How many are above the window from the line "new" on, 0: the line is not up there. */
uint64_t rows_unread_above(const struct room *room);
/* Is the very first message in the window? */
bool rows_at_start(const struct room *room);
