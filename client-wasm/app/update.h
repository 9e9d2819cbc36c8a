/* The heart of the page: what an action makes of the model, and what has to be done about it. Pure: no clock, no chance, no I/O; the
 * same actions always give the same model and effects.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* How long a trouble lasts before the page speaks of it. */
#define UPDATE_BANNER_AFTER_MS 2000
#define UPDATE_SLOW_AFTER_MS   8000
#define UPDATE_DRAFT_SAVE_MS   250
/* Announcements: this many one by one in this time, then a sum. */
#define UPDATE_BURST_MS 2000
#define UPDATE_BURST_N  3

/* Change m by action; *fx (zeroed by the caller) receives what to do. Out of memory: the action is ignored as far as needed; what the
 * person typed is never lost. Owns: nothing is kept of action. */
void update(struct model *m, const struct action *action, struct effects *fx);

/* When an ACTION_TICK is due, host clock; INT64_MAX: never. */
int64_t update_wake_ms(const struct model *m);

/* Append the page's address of what is shown, "#/room/7". Returns: ERR_OK | ERR_NOMEM. */
NODISCARD enum err update_address(const struct model *m, struct buf *out);
