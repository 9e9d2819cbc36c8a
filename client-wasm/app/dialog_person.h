/* What can be done with somebody, and by whom: for the dialog and its view. */
#pragma once

#include "model.h"

/* Groups of choices. */
enum { PERSON_TAB, PERSON_ROLE, PERSON_TIME };

/* A member of the room the dialog was opened in; NULL: none, or not known yet. */
const struct dialog_row *person_member(const struct model *m);
/* Kick, ban, mute; make something else of. */
bool person_may_moderate(const struct model *m);
bool person_may_rank(const struct model *m);
