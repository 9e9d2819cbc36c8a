/* The browser's history where one pane is shown at a time: a room opened from the list and a panel opened from a room are entries
 * of their own, so Back leads panel, room, list. The list is put behind the room that a visit begins in. What closes a pane goes back where such an entry is behind it; elsewhere the
 * present entry becomes the pane that is shown.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Who has not got back in that time never will: the browser has no such entry. */
#define UPD_PANE_BACK_MS 3000

/* The page was loaded on this entry. */
void upd_pane_start(struct model *m, uint32_t entry);
/* Back, forward, or a link that was followed. */
void upd_pane_address(struct model *m, const struct action_address *a, struct effects *fx);
/* The open room is another, or looked at elsewhere. fresh: an entry of its own, where panes have none. */
void upd_pane_room(struct model *m, bool fresh, struct effects *fx);
/* Behind every action: the history follows the pane. */
void upd_pane_settle(struct model *m, struct effects *fx);
