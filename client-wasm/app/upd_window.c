/* See upd_window.h. */
#include "upd_window.h"

#include "upd_history.h"

/* At the end means this near. */
#define NEAR_END_PX 40
/* Slide before the reader sees the edge. */
#define EDGE_PX 1200

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Keep what is shown when it fits; else cut a whole step off, so that not every message costs one. */
static void cut_front(const struct model *m, struct window *w)
{
    uint32_t max = m->limits.rows_max;
    if (w->end - w->first > max)
        w->first = w->end - (max - min_u32(max - 1, m->limits.rows_slide));
}

void upd_window_settle(struct model *m, struct room *room)
{
    struct window *w = &room->window;
    uint32_t from, to;
    if (room->log.n == 0) {
        *w = (struct window){.following = true};
        return;
    }
    if (w->following) {
        log_stretch(&room->log, room->log.n - 1, &from, &to);
        w->end = room->log.n;
        if (w->first < from)
            w->first = from;
        if (w->end - w->first < 2 * m->limits.rows_step)
            w->first = w->end - min_u32(w->end - from, 2 * m->limits.rows_step);
        cut_front(m, w);
        w->far = false;
        w->new_n = 0;
        return;
    }
    if (w->first >= room->log.n)
        w->first = room->log.n - 1;
    log_stretch(&room->log, w->first, &from, &to);
    if (w->end > to || w->end <= w->first)
        w->end = to;
    if (w->end - w->first > m->limits.rows_max)
        w->end = w->first + m->limits.rows_max;
}

void upd_window_follow(struct model *m, struct room *room, struct effects *fx)
{
    room->window.following = true;
    upd_window_settle(m, room);
    upd_history_newest(m, room, fx);
    upd_history_fill(m, room, fx);
}

void upd_window_home(struct model *m, struct room *room)
{
    struct window *w = &room->window;
    uint32_t from, to;
    if (room->log.n == 0)
        return;
    log_stretch(&room->log, w->first, &from, &to);
    w->first = from;
    w->end = min_u32(to, from + m->limits.rows_max);
    w->following = false;
}

void upd_window_around(struct model *m, struct room *room, uint32_t index)
{
    struct window *w = &room->window;
    uint32_t from, to, half = m->limits.rows_step;
    log_stretch(&room->log, index, &from, &to);
    w->first = index - min_u32(index - from, half);
    w->end = index + min_u32(to - index, half);
    w->following = false;
    w->far = w->end < room->log.n;
    if (w->end - w->first > m->limits.rows_max)
        w->end = w->first + m->limits.rows_max;
}

void upd_window_up(const struct model *m, struct room *room)
{
    struct window *w = &room->window;
    uint32_t from, to;
    log_stretch(&room->log, w->first, &from, &to);
    w->first -= min_u32(w->first - from, m->limits.rows_slide);
    if (!w->following && w->end - w->first > m->limits.rows_max)
        w->end = w->first + m->limits.rows_max;
}

void upd_window_down(const struct model *m, struct room *room)
{
    struct window *w = &room->window;
    uint32_t from, to;
    log_stretch(&room->log, w->first, &from, &to);
    w->end += min_u32(to - w->end, m->limits.rows_slide);
    if (w->end - w->first > m->limits.rows_max)
        w->first = w->end - m->limits.rows_max;
}

void upd_window_scroll(struct model *m, struct room *room, const struct action_scroll *scroll,
                       struct effects *fx)
{
    struct window *w = &room->window;
    bool at_end = w->end == room->log.n && !upd_history_newer(room);
    uint32_t from, to;
    w->far = !at_end || scroll->below_px > scroll->view_px + scroll->view_px / 2;
    if (room->log.n == 0)
        return;
    if (at_end && scroll->below_px <= NEAR_END_PX) {
        w->following = true;
        w->far = false;
        w->new_n = 0;
    } else {
        w->following = false;
    }
    log_stretch(&room->log, w->first, &from, &to);
    if (!w->following && w->end < to && scroll->below_px < EDGE_PX)
        upd_window_down(m, room);
    else if (w->first > from && scroll->above_px < EDGE_PX && !w->following)
        upd_window_up(m, room);
    if (scroll->above_px < EDGE_PX && w->first == from)
        upd_history_above(m, room, fx);
    if (scroll->below_px < EDGE_PX && w->end == to && !w->following)
        upd_history_below(m, room, fx);
}
