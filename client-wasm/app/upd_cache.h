/* The rooms and the last messages of those used last, kept for a start without network; what the server tells replaces it all. As JSON:
 *   {"user": user, "open": id of a room, "writing": {"label": text, "enter": whether Enter sends}, "blocked": [user, ...],
 *    "rooms": [room, ...], "messages": [message, ...]}
 * writing is there where the composer of the open room is empty: boot.js lets one write into it before the program is there.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

#define CACHE_BYTES_MAX    (512u << 10) /* with more, fewer messages are kept */
#define CACHE_ROOMS_MAX    10           /* whose messages are kept */
#define CACHE_MESSAGES_MAX 30           /* of each */

/* Append it. Returns: ERR_OK | ERR_LIMIT, the rooms alone are too much | ERR_NOMEM; out is empty on failure. */
NODISCARD enum err upd_cache_encode(const struct model *m, struct buf *out);
/* Show it, unless the server was faster. */
void upd_cache_take(struct model *m, struct slice json, struct effects *fx);
/* All rooms are told: what is left of it goes, but for what is read until its answer is there. */
void upd_cache_resumed(struct model *m, struct effects *fx);
/* An action has happened: it is written down after a quiet second. */
void upd_cache_note(struct model *m, const struct action *a, struct effects *fx);
void upd_cache_tick(struct model *m, struct effects *fx);
int64_t upd_cache_wake_ms(const struct model *m);
