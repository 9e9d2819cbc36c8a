/* An address with an invitation: shown at the door, or asked about within. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Is it the address of an invitation? token: its own, empty when it is none that a server makes. */
bool upd_invite_link(struct slice address, struct slice *token);
/* "#/invite/TOKEN" at the end of the path. false: it is none. */
bool upd_invite_address(struct model *m, struct slice path, struct effects *fx);
/* The token to register with; empty: there is none, or the server has refused it. */
struct slice upd_invite_usable(const struct model *m);
/* Somebody has come in, perhaps into that very room: ask him about it. */
void upd_invite_resumed(struct model *m, struct effects *fx);
/* What the server says of it. */
void upd_invite_answer(struct model *m, const struct action_http *a, struct effects *fx);
/* It was used, or is not wanted. */
void upd_invite_forget(struct model *m);
