/* Texts beside the draft that are not to be lost: offered above the composer, where the draft or that message is written. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The one of the draft (edit 0) or of a message. NULL: none. */
struct spare *upd_spare_of(const struct draft *d, int64_t edit);
/* Keep a text, behind one that is there. mark: as in struct spare. More than ROOM_SPARES_MAX: the oldest change goes. false: no memory. */
bool upd_spare_keep(struct draft *d, int64_t edit, struct slice text, uint64_t mark);
/* It is not wanted any more; NULL: nothing. */
void upd_spare_drop(struct draft *d, struct spare *s);
/* The person takes the one that is offered, for what is in the field; or lets it go. */
void upd_spare_click(struct model *m, bool use, struct effects *fx);
