/* Invitations as dialogs list and make them: to a room, to the server. */
#pragma once

#include "json_in.h"
#include "model.h"

/* Which of the choices shown: how long it is good, how often; 0: without an end. */
int64_t invites_seconds(unsigned choice);
int64_t invites_uses(unsigned choice);
/* Fill the list out of an answer's "invites". */
void invites_put(struct dialog *d, struct json_in *in);
/* The link of an answer's "invite" is the note to be copied. */
void invites_link(struct model *m, struct json_in *in);
