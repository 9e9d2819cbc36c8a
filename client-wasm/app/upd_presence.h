/* See watch.h. The server tells of those only who are asked for: everybody in the list of direct messages and in the panel, as far as its
 * cap goes. */
#pragma once

#include "action.h"
#include "effect.h"
#include "json_in.h"
#include "model.h"

/* The person does something again, or has not for a while. */
void upd_presence_active(struct model *m, bool on, struct effects *fx);
/* The connection is a new one: what it was told is void. */
void upd_presence_resumed(struct model *m, struct effects *fx);
void upd_presence_told(struct model *m, const struct action_presence *p);
/* One as the server writes it: {"id","state","last_seen"?}. */
void upd_presence_take(struct model *m, struct json_in *in);
void upd_presence_answer(struct model *m, const struct action_answer *a);
/* Behind every action: are other people on the screen, and is it time to say so? */
void upd_presence_settle(struct model *m, struct effects *fx);
int64_t upd_presence_wake_ms(const struct model *m);
