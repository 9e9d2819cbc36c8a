/* The connection's state as the page tells it. Parts of update. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* What the socket says, and what the browser says of the network. */
void upd_conn_status(struct model *m, const struct sock_status *status, struct effects *fx);
void upd_conn_network(struct model *m, bool on, struct effects *fx);
int64_t upd_conn_wake_ms(const struct model *m);
/* True when the trouble has lasted long enough to speak of it. */
bool upd_conn_troubled(const struct model *m);
