/* Completing what is typed in the composer. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* More than this many are told by "@room": it is said before. */
#define POPUP_MANY 20

/* The draft or the caret is another one. composing: an input method is at work, nothing is offered. */
void upd_popup_refresh(struct model *m, bool composing, struct effects *fx);
/* Up, Down, Enter, Tab, Escape; false: it is not open, or the key is not for it. */
bool upd_popup_key(struct model *m, const struct action_key *key, struct effects *fx);
/* Take one of the list. */
void upd_popup_accept(struct model *m, uint32_t index, struct effects *fx);
void upd_popup_close(struct model *m);
void upd_popup_tick(struct model *m, struct effects *fx);
void upd_popup_found(struct model *m, const struct action_answer *a, struct effects *fx);
