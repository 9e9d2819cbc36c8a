/* What can be done with somebody, and by whom: for the dialog and its view. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Groups of choices. */
enum { PERSON_TAB, PERSON_ROLE, PERSON_TIME };

/* A member of the room the dialog was opened in; NULL: none, or not known yet. */
const struct dialog_row *person_member(const struct model *m);
/* Who is so far away that it is told what time it is there. */
#define PERSON_FAR_MIN 180
/* The word for whether they are there. */
enum word person_presence(const struct person *p);
/* Take the answer to EVENT_USER over. NULL: it tells of nobody. */
struct person *person_take(struct model *m, struct slice json);
/* The answer to ASK_PROFILE, whoever's card is open now; and what time it is there. */
void person_told(struct model *m, const struct action_answer *a, struct effects *fx);
void person_zone(struct model *m, const struct action_zone *zone);
/* Ban, also who is not there, and of a member kick and mute; make something else of a member, also the owner. */
bool person_may_ban(const struct model *m);
bool person_may_rank(const struct model *m);
bool person_may_hand_over(const struct model *m);
