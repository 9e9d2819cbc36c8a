/* What keeps one from writing in a room for a while: slow mode, and being muted. What is typed stays; what is sent while slow mode holds
 * waits in the outbox, which knows from the server for how long.
 */
#pragma once

#include "action.h"
#include "model.h"

enum held { HELD_NOT, HELD_SLOW, HELD_MUTED };

/* Here and now. SLOW: the room is in slow mode, and that is for me. */
enum held upd_held(const struct model *m, const struct room *room);
/* SLOW: until the next message is taken; 0: it is now. */
int64_t upd_held_left_ms(const struct model *m, const struct room *room);
/* Why, as a sentence; and for how long yet ("Next message in 0:12"), which changes every second; empty: nothing to be said.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err upd_held_put(const struct model *m, const struct room *room, struct buf *out);
NODISCARD enum err upd_held_put_left(const struct model *m, const struct room *room,
                                     struct buf *out);

/* What is to be said of a PENDING message; WORDS_N: nothing (yet). */
enum word upd_held_waiting(const struct model *m, const struct room *room,
                           const struct message *msg);

/* A message has its number. */
void upd_held_told(const struct model *m, struct room *room, const struct chat_message *msg);
void upd_held_put_off(struct model *m, const struct action_put_off *a);
int64_t upd_held_wake_ms(const struct model *m);
