/* The window over the log of the open room: at most rows_max messages, sliding by rows_slide. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* To the newest message, to stay there. Where newer ones are not loaded, they are asked for. */
void upd_window_follow(struct model *m, struct room *room, struct effects *fx);
/* To the oldest message that is loaded. */
void upd_window_home(struct model *m, struct room *room);
/* Around the message at this place. */
void upd_window_around(struct model *m, struct room *room, uint32_t index);
/* Messages have come or gone: within its bounds again. */
void upd_window_settle(struct model *m, struct room *room);
/* A step of the way, as far as messages are there without a hole. */
void upd_window_up(const struct model *m, struct room *room);
void upd_window_down(const struct model *m, struct room *room);
void upd_window_scroll(struct model *m, struct room *room, const struct action_scroll *scroll,
                       struct effects *fx);
