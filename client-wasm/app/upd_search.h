/* Searching messages. See search.h. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* The field holds this now. */
void upd_search_input(struct model *m, struct slice typed);
/* Enter: now. */
void upd_search_submit(struct model *m, struct effects *fx);
void upd_search_tick(struct model *m, struct effects *fx);
void upd_search_answer(struct model *m, const struct action_answer *a);
/* The next ones. */
void upd_search_more(struct model *m, struct effects *fx);
/* A hit, or where to search; false: neither. */
bool upd_search_click(struct model *m, const struct action_click *c, struct effects *fx);
/* Another room is open: "this room" is another one. */
void upd_search_moved(struct model *m);
void upd_search_forget(struct model *m);
int64_t upd_search_wake_ms(const struct model *m);
