/* See finder.h. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Whose question it is: goes with it, and comes back. */
enum finder_for { FINDER_POPUP, FINDER_SWITCHER };

/* This is looked for now; the empty text finds nobody. */
void upd_finder_want(const struct model *m, struct finder *f, struct slice q);
/* Ask when it is time. */
void upd_finder_tick(const struct model *m, struct finder *f, enum finder_for whose,
                     struct effects *fx);
/* false: the answer to an older question. */
bool upd_finder_answer(struct model *m, struct finder *f, const struct action_answer *a);
int64_t upd_finder_wake_ms(const struct finder *f);
