/* Loading messages: the newest when a room is opened, further ones as the reader comes near, those around one that is looked for. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

#define HISTORY_PEEK_MS                                                                            \
    10000 /* so often it is asked what is new in an open room that is not mine */

/* The room is shown: what it needs is asked for. */
void upd_history_open(struct model *m, struct room *room, struct effects *fx);
/* What is known of the room may be old: load it again, to where the reader is. */
void upd_history_again(struct model *m, struct room *room, struct effects *fx);
/* Are there messages behind the last one that is loaded? */
bool upd_history_newer(const struct room *room);
/* Ask for the newest, unless they are here. */
void upd_history_newest(struct model *m, struct room *room, struct effects *fx);
/* Ask for what is missing above or below the window, if something is. */
void upd_history_above(struct model *m, struct room *room, struct effects *fx);
void upd_history_below(struct model *m, struct room *room, struct effects *fx);
/* The end is shown, but hardly a screen of it: ask for what is above. */
void upd_history_fill(struct model *m, struct room *room, struct effects *fx);
/* Show a message, now or as soon as it is here. */
void upd_history_go(struct model *m, struct room *room, int64_t seq, struct effects *fx);
void upd_history_answer(struct model *m, const struct action_answer *a, struct effects *fx);

/* An open room that is not mine is asked what is new. */
void upd_history_tick(struct model *m, struct effects *fx);
/* When that has something to do, host clock; INT64_MAX: never. */
int64_t upd_history_wake_ms(const struct model *m);

/* Messages have come for the room, in any order: put them in. events: they are told by an event, and are newer than any page. */
void upd_history_put(struct model *m, struct room *room, const struct chat_message *messages,
                     uint32_t n, bool events);
/* Does this text mention me? */
bool upd_history_mentions_me(const struct model *m, struct slice text);
/* Keep within the limits: the messages that are farthest from being read go. */
void upd_history_trim(struct model *m, struct effects *fx);
