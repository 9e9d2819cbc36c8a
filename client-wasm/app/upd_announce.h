/* What a screen reader is told of messages. */
#pragma once

#include "model.h"

/* Somebody else has said something in the open room. */
void upd_announce_message(struct model *m, const struct person *by, struct slice text,
                          bool mentioned);
/* Another room is open: what was held back is not said. */
void upd_announce_hush(struct model *m);
void upd_announce_tick(struct model *m);
int64_t upd_announce_wake_ms(const struct model *m);
