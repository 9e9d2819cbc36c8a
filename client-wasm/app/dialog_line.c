/* See dialog_line.h. */
#include "dialog_line.h"

#include "caltime.h"

struct slice dialog_line(struct model *m, enum word word, struct slice a, struct slice b)
{
    struct buf line = {.max = DIALOG_FIELD_BYTES};
    struct slice text = SL("");
    if (words_put(&m->words, &line, word, a, b) == ERR_OK)
        text = arena_copy(&m->dialog.arena, buf_peek(&line));
    buf_fini(&line);
    return text.p ? text : SL("");
}

struct slice dialog_line_when(struct model *m, int64_t utc_ms, bool within)
{
    struct caltime_text day, clock;
    (within ? caltime_day_within
            : caltime_day_label)(&m->words, caltime_day(utc_ms, m->utc_offset_min),
                                 caltime_day(m->wall_ms, m->utc_offset_min), &day);
    caltime_clock(utc_ms, m->utc_offset_min, m->hour12, &clock);
    return dialog_line(m, WORD_DAY_CLOCK, caltime_slice(&day), caltime_slice(&clock));
}
