/* How far the open room has been read. The server is told a second after the last news of it, and at once when the room is left. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* This message and all above it have been seen. */
void upd_read_seen(struct model *m, uint64_t key);
/* All of the open room counts as read; the line "new" goes. */
void upd_read_all(struct model *m, struct effects *fx);
/* Unread from this message on, on all devices; what is seen of the room before it is left does not change that. The server is told now, or
 * when it can be. */
void upd_read_unread(struct model *m, const struct message *msg, struct effects *fx);
/* This room was marked so, here or on another device. */
void upd_read_unread_told(struct model *m, int64_t room);
/* All rooms are known: tell what the server has not heard. */
void upd_read_resumed(struct model *m, struct effects *fx);
void upd_read_leave(struct model *m, struct room *room, struct effects *fx);
/* The server has told how far it is read. */
void upd_read_told(struct model *m, struct room *room);
void upd_read_answer(struct model *m, const struct action_answer *a);
void upd_read_tick(struct model *m, struct effects *fx);
