/* One message as lines, with what stands in front of it: a day, "new", a gap. */
#pragma once

#include "model.h"
#include "rows.h"
#include "tui_flow.h"

struct tui_block_place {
    uint32_t index; /* in the log */
    struct rows_around around;
    int64_t day;
    bool first, last; /* of the window */
    bool selected;
};

struct tui_block {
    struct tui_line *lines;
    uint32_t n;                 /* at least 1 */
    uint32_t own_from, own_end; /* those of the message itself */
    char mark; /* beside them: '>' chosen, '@' mentions me, '!' failed, '.' on its way, or ' ' */
    bool selected;
};

/* Owns: the lines are in the arena. */
struct tui_block tui_block(const struct model *m, const struct room *room,
                           const struct tui_block_place *place, struct arena *arena,
                           uint32_t width);
