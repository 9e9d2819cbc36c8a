/* Who is online. In memory, of this run of the server.
 *
 * A user is online while any socket is active, idle while all have said so, and offline 30 s (chat_options.grace_ms) after the last has gone, so that
 * a reload is nothing to anybody. Invisible is the user's, not a socket's: it shows as offline until some socket says "online"; "idle"
 * does not end it. Everybody who is signed in may ask after everybody, as everybody finds everybody in the directory (`users`) and the
 * lobby; whoever does not want to be seen is invisible.
 */
#pragma once

#include "json_out.h"
#include "people.h"

#define CHAT_PRESENCE_TICKS 2 /* how often what has changed is told */

void presence_init(struct chat *c);
/* The first socket of a person came (if it was not there already) / the last one has gone. */
void presence_came(struct chat *c, struct person *p);
void presence_left(struct chat *c, struct person *p);
/* A socket was let in / one that was let in has left. */
void presence_in(struct chat *c, struct person *p);
void presence_out(struct chat *c, struct person *p, bool was_idle);
/* What a socket says of itself: CHAT_ONLINE, CHAT_IDLE or CHAT_INVISIBLE. */
void presence_set(struct conn *conn, enum chat_presence state);
/* Replace whom a socket watches; false: no memory, it watches as many of them as there was. */
bool presence_watch(struct conn *conn, const int64_t *users, uint32_t n);
/* What others see of a user. */
enum chat_presence presence_of(const struct chat *c, int64_t user);
/* {"id","state","last_seen"?}, as the member key; NULL: in an array. */
void presence_write(const struct chat *c, const char *key, int64_t user, struct json_out *o);
/* Once a second. */
void presence_tick(struct chat *c, int64_t now_us);
