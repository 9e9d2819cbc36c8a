/* Deadlines with few distinct delays: one list a delay, ordered by due time, so that arming and
 * disarming are O(1) and an entry costs 24 bytes. One libuv timer serves all lists of a loop.
 *
 * Inv: a list is sorted by due_us; an entry with prev NULL is not armed. Fires never early, and
 * late only by the turn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct deadline {
    struct deadline *prev, *next;
    int64_t due_us;
};

struct deadline_list {
    struct deadline head;             /* sentinel */
    void (*fire)(struct deadline *d); /* d is disarmed; it may be armed again or freed */
    struct deadlines *owner;
};

#define DEADLINE_LISTS_MAX 12

struct deadlines {
    struct deadline_list *lists[DEADLINE_LISTS_MAX];
    unsigned lists_n;
    int64_t timer_due_us; /* INT64_MAX: not running */
    uv_timer_t timer;
};

int deadlines_init(struct deadlines *ds, uv_loop_t *loop);
void deadline_list_init(struct deadline_list *l, struct deadlines *owner,
                        void (*fire)(struct deadline *d));
/* Arm (or move) d to fire at due_us. O(1) when due times come in order, as they do with one delay a
 * list. */
void deadline_arm(struct deadline_list *l, struct deadline *d, int64_t due_us);
void deadline_arm_in(struct deadline_list *l, struct deadline *d, uint32_t delay_ms);
void deadline_disarm(struct deadline *d);
static inline bool deadline_armed(const struct deadline *d)
{
    return d->prev != 0;
}
