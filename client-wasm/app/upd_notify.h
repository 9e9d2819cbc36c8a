/* Notifications of messages in rooms that nobody looks at, the icon's mark, and what the tabs tell each other of it. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Somebody else has written. mentioned: me. */
void upd_notify_message(struct model *m, struct room *room, const struct chat_message *msg,
                        bool mentioned, struct effects *fx);
/* A notification was clicked; what was given with it is the room's number. */
void upd_notify_clicked(struct model *m, struct slice data, struct effects *fx);
/* After every action: what has been read is notified of no more; the mark; where we are. */
void upd_notify_settle(struct model *m, struct effects *fx);
/* A click on the slim row in the sidebar; false: not for us. */
bool upd_notify_click(struct model *m, enum dom_act act, struct effects *fx);
/* What the slim row says. */
enum notify_row { NOTIFY_ROW_NONE, NOTIFY_ROW_ASK, NOTIFY_ROW_UPDATED };
enum notify_row upd_notify_row(const struct model *m);
/* Hear of everything in the open room again, or of nothing. */
void upd_notify_mute(struct model *m, struct effects *fx);
/* Open the next room where somebody wants me; without one, the next direct message. */
void upd_notify_next(struct model *m, struct effects *fx);
