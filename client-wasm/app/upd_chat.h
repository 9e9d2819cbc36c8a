/* Messages: what comes in, what goes out, what of it is shown and announced. Parts of update. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* A `message` event with these raw arguments. */
void upd_chat_message(struct model *m, struct slice args, struct effects *fx);
/* Send what the composer holds. */
void upd_chat_send(struct model *m, struct slice cid, struct effects *fx);
void upd_chat_retry(struct model *m, uint64_t key, struct effects *fx);
void upd_chat_discard(struct model *m, uint64_t key);
/* An effect could not be carried out: it waits again. */
void upd_chat_unsent(struct model *m, uint64_t key);
/* The connection is up: send what waits, as many as may be under way. */
void upd_chat_pump(struct model *m, struct effects *fx);
/* The connection is up again and had been down since then (UTC): what was said in between is not
 * here. */
void upd_chat_gap(struct model *m, int64_t since_ms);
/* The connection is gone: what was under way waits again, under the same cid. */
void upd_chat_lost(struct model *m);
/* Time passed: give up what has had no echo, and sum up held announcements. */
void upd_chat_tick(struct model *m, struct effects *fx);
int64_t upd_chat_wake_ms(const struct model *m);
