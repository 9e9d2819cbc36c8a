/* What a screen reader is told about messages of others. Parts of update. */
#pragma once

#include "model.h"

/* Somebody else's message has come. */
void upd_announce_message(struct model *m, struct slice user, struct slice text);
/* Time passed: say the sum of what was held back. */
void upd_announce_tick(struct model *m);
int64_t upd_announce_wake_ms(const struct model *m);
