/* Drafts that the server keeps, for the other devices of the person. What is written here goes there within seconds; what is written
 * there comes here, but never over something that the server has not got yet.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

#define UPD_DRAFT_SYNC_MS 3000 /* and the time that it takes to be written down here */

/* What is in the room is what the server has under this number, as was kept. */
void upd_draft_kept(struct draft *d, int64_t rev);
/* Is it so now? Then its number; else 0. */
int64_t upd_draft_rev(const struct draft *d);
/* Drafts have changed: what the server has not got goes to it soon; no time is set when it has everything. */
void upd_draft_changed(struct model *m);
/* A room is opened, or the connection is there again: what has the server? */
void upd_draft_ask(struct model *m, struct effects *fx);
void upd_draft_resumed(struct model *m, struct effects *fx);
/* The server's numbers may have gone back. */
void upd_draft_restored(struct model *m);
/* One of the devices has written. */
void upd_draft_told(struct model *m, const struct action_draft *told, struct effects *fx);
void upd_draft_answer(struct model *m, const struct action_answer *a, struct effects *fx);
void upd_draft_tick(struct model *m, struct effects *fx);
