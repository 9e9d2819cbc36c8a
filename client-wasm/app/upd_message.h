/* What is done with one message of the open room. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* A click on a message or one of its tools; false: it is about something else. */
bool upd_message_click(struct model *m, const struct action *a, struct effects *fx);
/* The key of a tool, pressed on its row; false: it has no meaning there. */
bool upd_message_key(struct model *m, const struct action *a, struct effects *fx);
/* Load what is missing in front of the message with this seq. */
void upd_message_fill_gap(struct model *m, struct room *room, int64_t seq, struct effects *fx);
/* May I do so? For the tools that are shown. */
bool upd_message_may_edit(const struct model *m, const struct message *msg);
bool upd_message_may_delete(const struct model *m, const struct message *msg);
/* It shall really be deleted: one that is sent in a moment, until when it can be undone; else at once. */
void upd_message_delete(struct model *m, const struct message *msg, struct effects *fx);
