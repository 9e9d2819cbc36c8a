/* Who is typing: we say it, and are told. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

#define TYPING_TTL_MS 6000

/* We type, or have stopped. */
void upd_typing_typed(struct model *m, struct room *room, struct effects *fx);
void upd_typing_stop(struct model *m, struct room *room, struct effects *fx);
void upd_typing_told(struct model *m, const struct action_typing *t);
/* They have said it. */
void upd_typing_said(struct room *room, int64_t user);
void upd_typing_tick(struct model *m);
int64_t upd_typing_wake_ms(const struct model *m);
