/* What outlives the page: messages of ours that nobody has confirmed yet, and the draft. Each tab
 * keeps its own copy; the copies of tabs that are gone are taken over. Parts of update. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Ask for the copy to be written when it is out of date for that long. */
void upd_outbox_save(struct model *m, int64_t after_ms, struct effects *fx);
int64_t upd_outbox_wake_ms(const struct model *m);
/* Messages that another page kept (update_encode_outbox): they wait here now, under their cids.
 * fx->handled: their old copy is not needed any more. */
void upd_outbox_adopt(struct model *m, struct slice kept, struct effects *fx);
