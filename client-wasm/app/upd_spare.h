/* Texts beside the draft that are not to be lost: offered above the composer, where the draft or that message is written. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The one of the draft (edit 0) or of a message. NULL: none. */
struct spare *upd_spare_of(const struct draft *d, int64_t edit);
/* Keep a text (of like: edit, reply_to, mark), behind one that is there, which goes on answering what it answers. More than
 * ROOM_SPARES_MAX: the oldest change goes. Owns: nothing of like. false: no memory. */
bool upd_spare_keep(struct draft *d, const struct spare *like, struct slice text);
/* It is not wanted any more; NULL: nothing. */
void upd_spare_drop(struct draft *d, struct spare *s);
/* The person takes the one that is offered, for what is in the field; or lets it go. */
void upd_spare_click(struct model *m, bool use, struct effects *fx);
