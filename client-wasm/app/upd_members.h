/* The members of the open room: loaded page by page when they are wanted first, then kept right by events. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* They are needed now; also: after a page that failed. */
void upd_members_want(struct model *m, const struct room *room, struct effects *fx);
/* The next page beyond those that are loaded unasked. */
void upd_members_more(struct model *m, struct effects *fx);
void upd_members_answer(struct model *m, const struct action_answer *a, struct effects *fx);
void upd_members_event(struct model *m, const struct chat_event *event);
/* What is known of them is void. */
void upd_members_forget(struct model *m);
/* NULL: not a member, as far as is known. */
const struct member *upd_members_find(const struct model *m, int64_t user);
