/* Toasts come and go. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Say something. Owns: copies text. */
void upd_toast_say(struct model *m, struct slice text, struct effects *fx);
void upd_toast_word(struct model *m, enum word word, struct effects *fx);
/* The message is deleted in a moment; until then it can be undone. */
void upd_toast_delete(struct model *m, int64_t room, int64_t seq, struct effects *fx);
/* Is a message as good as deleted? */
bool upd_toast_dooms(const struct model *m, int64_t room, int64_t seq);

/* The toast's button. false: it is none's. */
bool upd_toast_click(struct model *m, const struct action_click *click);
/* The pointer or the focus has come, or gone. */
void upd_toast_hold(struct model *m, bool on);
/* The deletion has its answer. */
void upd_toast_deleted(struct model *m, const struct action_answer *answer, struct effects *fx);
/* All end now. */
void upd_toast_end(struct model *m, struct effects *fx);
void upd_toast_tick(struct model *m, struct effects *fx);
int64_t upd_toast_wake_ms(const struct model *m);
