/* The list of rooms, and which is open. */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Show a room: one of mine at once, another as soon as it is known to be public. seq: that message of it, 0: where it was. by_person: a new entry of the history, and the focus. */
void upd_rooms_open(struct model *m, int64_t id, int64_t seq, bool by_person, struct effects *fx);
/* No room, the list of them. */
void upd_rooms_close(struct model *m, struct effects *fx);
/* What the page's address says. */
void upd_rooms_address(struct model *m, struct slice path, struct effects *fx);
/* The next room in the list, up (-1) or down (1); unread only. */
void upd_rooms_step(struct model *m, int way, bool unread, struct effects *fx);

/* What the connection brought; see chat_client.h. */
void upd_rooms_told(struct model *m, const struct chat_room *room, struct effects *fx);
void upd_rooms_gone(struct model *m, const struct action_gone *gone, struct effects *fx);
void upd_rooms_event(struct model *m, const struct chat_event *event, struct effects *fx);
void upd_rooms_reset(struct model *m, const struct action_reset *reset, struct effects *fx);
void upd_rooms_restored(struct model *m);
void upd_rooms_resumed(struct model *m, const struct chat_user *me, struct effects *fx);
void upd_rooms_joined(struct model *m, const struct action_answer *a, struct effects *fx);
/* The answer to ASK_LOOK. */
void upd_rooms_looked(struct model *m, const struct action_answer *a, struct effects *fx);
/* The connection is gone: what was asked for will not come. */
void upd_rooms_lost(struct model *m);
/* Where to begin: what the address says, else the room of the last visit (0: none is known), else the lobby, else the first room. */
void upd_rooms_first(struct model *m, int64_t last, struct effects *fx);
