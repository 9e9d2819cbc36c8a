/* Which stretch of the log is shown, and whether it follows the newest message. Parts of update. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* A message was added. own: the person sent it, so the view goes to it. */
void upd_window_added(struct model *m, bool own);
/* A row was added that is nobody's message. */
void upd_window_grown(struct model *m);
void upd_window_scroll(struct model *m, const struct action_scroll *scroll);
/* Show the oldest messages kept. */
void upd_window_home(struct model *m);
/* Show the newest messages, and stay there. */
void upd_window_follow(struct model *m);
