/* The window over the log: at most rows_max messages, sliding by rows_step. */
#include "upd_window.h"

/* At the end means this near. */
#define NEAR_END_PX 40
/* Slide before the reader sees the edge. */
#define EDGE_PX 800

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void upd_window_follow(struct model *m)
{
    struct window *w = &m->window;
    uint64_t end = model_end(m);
    /* Keep what is shown when it fits; else cut a whole step off, so that not every message costs
     * one. */
    if (end - w->first > m->limits.rows_max) {
        uint64_t keep = m->limits.rows_max - min_u64(m->limits.rows_max - 1, m->limits.rows_step);
        w->first = end - min_u64(end - m->log.first_key, keep);
    }
    w->end = end;
    w->following = true;
    w->far = false;
    w->new_n = 0;
}

void upd_window_home(struct model *m)
{
    struct window *w = &m->window;
    w->first = m->log.first_key;
    w->end = w->first + min_u64(m->log.count, m->limits.rows_max);
    w->following = false;
}

void upd_window_grown(struct model *m)
{
    struct window *w = &m->window;
    if (w->following)
        upd_window_follow(m);
    else if (w->end == model_end(m) - 1 && w->end - w->first < m->limits.rows_max)
        w->end++;
}

void upd_window_added(struct model *m, bool own)
{
    if (own)
        m->window.following = true;
    if (!m->window.following)
        m->window.new_n++;
    upd_window_grown(m);
}

static void slide_up(struct model *m)
{
    struct window *w = &m->window;
    w->first -= min_u64(w->first - m->log.first_key, m->limits.rows_step);
    if (w->end - w->first > m->limits.rows_max)
        w->end = w->first + m->limits.rows_max;
}

static void slide_down(struct model *m)
{
    struct window *w = &m->window;
    w->end += min_u64(model_end(m) - w->end, m->limits.rows_step);
    if (w->end - w->first > m->limits.rows_max)
        w->first = w->end - m->limits.rows_max;
}

void upd_window_scroll(struct model *m, const struct action_scroll *scroll)
{
    struct window *w = &m->window;
    bool at_end = w->end == model_end(m);
    w->far = !at_end || scroll->below_px > scroll->view_px + scroll->view_px / 2;
    if (at_end && scroll->below_px <= NEAR_END_PX) {
        w->following = true;
        w->far = false;
        w->new_n = 0;
        return;
    }
    w->following = false;
    if (!at_end && scroll->below_px < EDGE_PX)
        slide_down(m);
    else if (w->first > m->log.first_key && scroll->above_px < EDGE_PX)
        slide_up(m);
}
