/* Who is typing: told to the room but the user's own devices, not kept, ended here when nothing more is heard of it. */
#pragma once

#include "people.h"

#define CHAT_TYPING_TTL_MS  6000
#define CHAT_TYPING_TELL_MS 3000 /* a room is not told more often that somebody still is */

void typing_init(struct chat *c);
/* conn's user began, goes on, or stopped. */
void typing_set(struct conn *conn, int64_t room, bool on);
/* A user has sent what it was typing, or is in the room no more. */
void typing_stop(struct chat *c, int64_t room, int64_t user);
/* The socket has gone. */
void typing_left(struct conn *conn);
/* Once a second. */
void typing_tick(struct chat *c, int64_t now_us);
