/* An address with an invitation: shown at the door, or asked about within. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* "#/invite/TOKEN" at the end of the path. false: it is none. */
bool upd_invite_address(struct model *m, struct slice path, struct effects *fx);
/* Somebody has come in: ask him about it. */
void upd_invite_resumed(struct model *m, struct effects *fx);
/* What the server says of it. */
void upd_invite_answer(struct model *m, const struct action_http *a);
/* It was used, or is not wanted. */
void upd_invite_forget(struct model *m);
