/* Drafts that the server keeps, for the other devices of the person. What is written here goes there within seconds; what is written
 * there comes here, but never over something that the server has not got yet: then it is offered beside it (upd_spare.h), and nothing
 * goes to the server until the person has chosen. Nor does anything go over a text there that was not seen here: the server is told
 * which one was, and refuses.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

#define UPD_DRAFT_SYNC_MS 3000 /* and the time that it takes to be written down here */

#define UPD_DRAFT_UNKNOWN UINT64_MAX /* a mark that no text has */
/* A number for a text, hardly ever the same for two; 0: nothing is there. */
uint64_t upd_draft_mark(struct slice text, int64_t reply_to);
/* What is in the room is what the server has under this number, as was kept; or, rev being 0, it is something else than what the server
 * had under the number base. */
void upd_draft_kept(struct draft *d, int64_t rev, int64_t base);
/* Is it what the server has? */
bool upd_draft_synced(const struct draft *d);
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
