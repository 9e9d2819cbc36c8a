/* The heart of the page: what an action makes of the model, and what has to be done about it. Pure:
 * no clock, no chance, no I/O; the same actions always give the same model and effects.
 */
#pragma once

#include "action.h"
#include "buf.h"
#include "effect.h"
#include "err.h"
#include "model.h"

/* How long a trouble lasts before the page speaks of it. */
#define UPDATE_BANNER_AFTER_MS 2000
/* How long a message may stay without its echo while the connection is up. */
#define UPDATE_ECHO_TIMEOUT_MS 15000
#define UPDATE_SLOW_AFTER_MS   8000
#define UPDATE_DRAFT_SAVE_MS   250
/* Announcements: this many one by one in this time, then a sum. */
#define UPDATE_BURST_MS 2000
#define UPDATE_BURST_N  3

/* Change m by action; *fx (zeroed by the caller) receives what to do. Out of memory: the action is
 * ignored as far as needed; what the person typed is never lost. Owns: nothing is kept of action.
 */
void update(struct model *m, const struct action *action, struct effects *fx);

/* When an ACTION_TICK is due, host clock; INT64_MAX: never. */
int64_t update_wake_ms(const struct model *m);

/* Append what is kept of the unconfirmed messages, oldest first, as many as out has room for;
 * nothing when there are none. Returns: ERR_OK | ERR_LIMIT, ERR_NOMEM, there is nothing of use. */
NODISCARD enum err update_encode_outbox(const struct model *m, struct buf *out);
/* Append the arguments of the `message` event that sends the message with this key.
 * Returns: ERR_OK | ERR_NOTFOUND, there is no such message | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err update_encode(const struct model *m, uint64_t key, struct buf *out);
