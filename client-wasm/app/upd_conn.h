/* The connection's state. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The chat client or its socket tells how it fares. */
void upd_conn_status(struct model *m, const struct action_status *status, struct effects *fx);
/* The server's last words: why it closes. */
void upd_conn_bye(struct model *m, struct slice code);
void upd_conn_network(struct model *m, bool on, struct effects *fx);
/* The connection has been gone for so long that the page speaks of it. */
bool upd_conn_troubled(const struct model *m);
/* How it stands, in a word or two; and what the banner says, stable while the seconds run: a screen reader reads it once. */
enum word upd_conn_word(const struct model *m);
enum word upd_conn_banner_word(const struct conn *c);
int64_t upd_conn_wake_ms(const struct model *m);
