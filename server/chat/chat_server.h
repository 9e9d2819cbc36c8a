/* The product: namespace /chat, on the handlers' thread of libtincan. What an event passes, in this order:
 *
 *   authenticate (CONNECT) -> rate -> validate (chat_request_decode) -> authorise and commit (one act of the store) -> fan out
 *
 * Socket.IO rooms that are used: "r<id>" everybody in a room, "u<id>" a user's devices, "s<id>" a session's sockets, "p<id>" who watches a user's presence.
 */
#pragma once

#include "rate.h"
#include "store.h"
#include "tincan.h"
#include "token.h"

struct chat;

struct chat_options {
    struct tincan *t;
    struct store *store; /* its deliver must be chat_deliver with the chat as user */
    struct token_keys *keys;
    struct rate_limit limits[EVENT_RATES_N]; /* per user; per_second 0: none */
    struct rate_limit message_limit;         /* per socket */
    /* The lobby's messages for namespace "/", raw JSON; NULL: no bridge. Thread: the handlers'. */
    void (*to_relay)(void *user, struct slice args);
    void *relay_user;
    int64_t lobby, lobby_guest; /* ids, of STORE_LOBBY_ENSURE */
};

/* Register everything on t. NULL: no memory. Owns: the caller frees it with chat_free after tincan_run has returned. */
struct chat *chat_new(const struct chat_options *options);
void chat_free(struct chat *c);
/* What store_options.deliver wants. Thread: the store's. */
void chat_deliver(void *chat, struct store_request *list);
/* A session has ended, by whatever way: its sockets get bye and are closed. Thread: any. */
void chat_session_ended(struct chat *c, int64_t session);
/* What an API request did and the room's or the user's sockets are to hear and obey (events, joins, leaves); takes nothing. Thread: any;
 * blocks nobody. */
void chat_after(struct chat *c, const struct store_request *r);
/* A message from namespace "/" with a text: goes to the lobby. Thread: any. Dropped, and counted, when too many wait. */
void chat_from_relay(struct chat *c, struct slice text);
