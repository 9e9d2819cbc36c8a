/* The room that the command line names: '#name', an id, or a person for a direct message. */
#pragma once

#include "term_session.h"

/* fn gets the room, joined if need be (join: a public room that one is not in is joined), later or at once. Or the session fails, and fn is
 * not called. Or the connection is lost: to be called again on the next one. */
void term_find_room(struct term_session *s, bool join,
                    void (*fn)(void *user, const struct chat_room *room), void *user);
