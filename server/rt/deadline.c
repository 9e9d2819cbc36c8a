/* See deadline.h. */
#include "deadline.h"

#include "check.h"
#include "clock.h"

#include <stddef.h>

static void on_timer(uv_timer_t *timer);

int deadlines_init(struct deadlines *ds, uv_loop_t *loop)
{
    ds->lists_n = 0;
    ds->timer_due_us = INT64_MAX;
    ds->timer.data = ds;
    return uv_timer_init(loop, &ds->timer);
}

void deadline_list_init(struct deadline_list *l, struct deadlines *owner,
                        void (*fire)(struct deadline *d))
{
    CHECK(owner->lists_n < DEADLINE_LISTS_MAX);
    l->head.prev = l->head.next = &l->head;
    l->fire = fire;
    l->owner = owner;
    owner->lists[owner->lists_n++] = l;
}

/* libuv counts whole milliseconds from a cached time: round up, and on_timer checks again. */
static void start_timer(struct deadlines *ds, int64_t due_us)
{
    int64_t left_us = due_us - clock_now_us();
    uint64_t left_ms = left_us <= 0 ? 0 : (uint64_t)(left_us + 999) / 1000;
    ds->timer_due_us = due_us;
    uv_update_time(ds->timer.loop);
    uv_timer_start(&ds->timer, on_timer, left_ms, 0);
}

void deadline_arm(struct deadline_list *l, struct deadline *d, int64_t due_us)
{
    deadline_disarm(d);
    struct deadline *after = l->head.prev;
    while (after != &l->head && after->due_us > due_us) {
        after = after->prev;
    }
    d->due_us = due_us;
    d->prev = after;
    d->next = after->next;
    after->next->prev = d;
    after->next = d;
    if (due_us < l->owner->timer_due_us && !uv_is_closing((uv_handle_t *)&l->owner->timer)) {
        start_timer(l->owner, due_us);
    }
}

void deadline_arm_in(struct deadline_list *l, struct deadline *d, uint32_t delay_ms)
{
    deadline_arm(l, d, clock_now_us() + (int64_t)delay_ms * 1000);
}

void deadline_disarm(struct deadline *d)
{
    if (d->prev) {
        d->prev->next = d->next;
        d->next->prev = d->prev;
        d->prev = d->next = NULL;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct deadlines *ds = timer->data;
    int64_t now_us = clock_now_us();
    int64_t next_us = INT64_MAX;
    ds->timer_due_us =
        INT64_MIN; /* what is armed while firing is found below, not by a timer of its own */
    for (unsigned i = 0; i < ds->lists_n; i++) {
        struct deadline_list *l = ds->lists[i];
        while (l->head.next != &l->head && l->head.next->due_us <= now_us) {
            struct deadline *d = l->head.next;
            deadline_disarm(d);
            l->fire(d);
        }
    }
    for (unsigned i = 0; i < ds->lists_n; i++) {
        struct deadline_list *l = ds->lists[i];
        if (l->head.next != &l->head && l->head.next->due_us < next_us) {
            next_us = l->head.next->due_us;
        }
    }
    ds->timer_due_us = INT64_MAX;
    if (next_us != INT64_MAX && !uv_is_closing((uv_handle_t *)timer)) {
        start_timer(ds, next_us);
    }
}
