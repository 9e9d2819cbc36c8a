/* See rows.h. */
#include "rows.h"

#include "caltime.h"
#include "upd_history.h"

#define GROUP_MS (5 * 60 * (int64_t)1000)

static bool continues(const struct message *msg, const struct message *before)
{
    return before && before->from && msg->from == before->from && !msg->reply_to &&
           !before->deleted && !msg->deleted && !message_hidden(before) &&
           msg->ts_ms - before->ts_ms < GROUP_MS && before->ts_ms - msg->ts_ms < GROUP_MS;
}

struct rows_around rows_next(const struct model *m, const struct room *room, uint32_t index,
                             struct rows_place *place)
{
    const struct message *msg = room->log.at[index];
    int64_t day = caltime_day(msg->ts_ms, m->utc_offset_min);
    struct rows_around around = {
        .day = day > place->day,
        .marked = room->marker_seq && msg->seq > room->marker_seq &&
                  (index == 0 || room->log.at[index - 1]->seq <= room->marker_seq),
    };
    if (around.day)
        place->day = day;
    around.compact = !around.day && !around.marked && continues(msg, place->before);
    place->before = msg;
    return around;
}

bool rows_hole_above(const struct room *room)
{
    const struct window *w = &room->window;
    const struct message *first = w->first < room->log.numbered_n ? room->log.at[w->first] : NULL;
    if (!first || first->seq <= (room->r.min_seq > 1 ? room->r.min_seq : 1))
        return false;
    return w->first == 0 || room->log.at[w->first - 1]->seq != first->seq - 1;
}

bool rows_hole_below(const struct room *room)
{
    const struct window *w = &room->window;
    const struct message *last =
        w->end && w->end <= room->log.numbered_n ? room->log.at[w->end - 1] : NULL;
    if (!last)
        return false;
    return w->end < room->log.numbered_n ? room->log.at[w->end]->seq != last->seq + 1
                                         : upd_history_newer(room);
}

uint64_t rows_unread_above(const struct room *room)
{
    const struct window *w = &room->window;
    if (!room->marker_seq || w->first >= room->log.numbered_n ||
        room->log.at[w->first]->seq <= room->marker_seq + 1)
        return 0;
    return (uint64_t)(room->r.seq - room->marker_seq);
}

bool rows_at_start(const struct room *room)
{
    return room->window.first == 0 && !rows_hole_above(room) && (room->opened || room->r.seq == 0);
}
