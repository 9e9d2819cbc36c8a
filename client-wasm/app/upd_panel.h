/* Opening and closing the panel, searching. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Open it, or close it when it shows the same. */
void upd_panel_toggle(struct model *m, enum panel_kind kind, struct effects *fx);
/* false: it was closed. */
bool upd_panel_close(struct model *m, struct effects *fx);
/* Another room is open. */
void upd_panel_room(struct model *m, struct effects *fx);
/* A click in it; false: it is about something else. */
bool upd_panel_click(struct model *m, const struct action_click *c, struct effects *fx);
void upd_panel_query(struct model *m, struct slice query);
/* Search at once. */
void upd_panel_submit(struct model *m, struct effects *fx);
void upd_panel_answer(struct model *m, const struct action_answer *a);
void upd_panel_tick(struct model *m, struct effects *fx);
int64_t upd_panel_wake_ms(const struct model *m);
/* Everything of it is void. */
void upd_panel_forget(struct model *m);
/* What is looked for, without the words that say where: "from:bo". from: whose, empty: anybody's. */
struct slice upd_panel_words(struct slice query, struct slice *from);
