/* The room that a word of the command line names: '#name', an id, or '@name' for a direct message. */
#pragma once

#include "term_session.h"

/* fn gets the room, joined if need be (join: a public room that one is not in is joined); or the session has failed, and fn is not called. */
void term_find_room(struct term_session *s, struct slice word, bool join,
                    void (*fn)(void *user, const struct chat_room *room), void *user);
