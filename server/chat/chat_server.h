/* The product: namespace /chat, on the handlers' thread of libtincan. What an event passes, in this order:
 *
 *   authenticate (CONNECT) -> rate -> validate (chat_request_decode) -> authorise and commit (one act of the store) -> answer -> fan out
 *
 * Socket.IO rooms that are used: "r<id>" everybody in a room, "u<id>" a user's devices, "p<id>" who watches a user's presence. Lost
 * connections are not given back by the transport here: clients ask `resume`, which looks at what they may read now.
 */
#pragma once

#include "rate.h"
#include "store.h"
#include "tincan.h"
#include "token.h"

#define CHAT_IN_FLIGHT_MAX     128 /* of one socket's requests; more are CHAT_BUSY */
#define CHAT_ADDRESS_USERS     50  /* what one address may do: as much as so many users */
#define CHAT_RELAY_WAITING_MAX 256 /* messages from namespace "/" on their way; more are dropped */
/* Of the messages of one page: it has to fit into what libtincan lets a client be behind.
 * Then a page is shorter than was asked for; where the room begins and ends is said by min_seq and max_seq. */
#define CHAT_PAGE_BYTES_MAX (3u << 20)
/* Users who have left and are remembered, for when they were seen last. */
#define CHAT_OFFLINE_KEPT_MAX 16384

struct chat;

struct chat_options {
    struct tincan *t;
    struct store *store; /* its deliver must be chat_deliver with the chat as user */
    struct token_keys *keys;
    /* Per user; per_second 0: none. Of all but messages an address has CHAT_ADDRESS_USERS times as much, unless it is loopback's, where
     * a proxy may stand for everybody; with limit_loopback that has limits, too. */
    struct rate_limit limits[EVENT_RATES_N];
    struct rate_limit message_limit; /* per socket */
    bool limit_loopback;
    /* How often a socket's session is looked at, whatever was heard of it; 0: 60 s. */
    uint32_t session_check_ms;
    /* How long somebody is still shown as being there after the last socket has gone; 0: 30 s. */
    uint32_t grace_ms;
    /* The lobby's messages for namespace "/", raw JSON; NULL: no bridge. Thread: the handlers'. */
    void (*to_relay)(void *user, struct slice args);
    void *relay_user;
    /* Ids, of STORE_LOBBY_ENSURE; 0: not known yet, see chat_set_lobby. */
    int64_t lobby, lobby_guest;
};

/* Register everything on t. NULL: no memory. Owns: the caller frees it with chat_free after tincan_run has returned and the store was
 * closed. */
struct chat *chat_new(const struct chat_options *options);
void chat_free(struct chat *c);
/* The lobby is known now. Thread: any. */
void chat_set_lobby(struct chat *c, int64_t lobby, int64_t lobby_guest);
/* What store_options.deliver wants. Thread: the store's. */
void chat_deliver(void *chat, struct store_request *list);
/* As store_call, and the sockets hear of what was done in the order of the commits: for whatever an API changes. Thread: any that may
 * wait, but the handlers'. */
void chat_call(struct chat *c, struct store_request *r);
/* A session has ended, by whatever way: its sockets get bye and are closed. Thread: any. */
void chat_session_ended(struct chat *c, int64_t session);
/* What a request did that was given to the store itself: the room's or the user's sockets are to hear and obey (events, joins, leaves,
 * ended sessions). Events may come behind later ones then, as chat_call's do not; takes nothing. Thread: any; blocks nobody. */
void chat_after(struct chat *c, const struct store_request *r);
/* A message from namespace "/" with a text: goes to the lobby. Thread: any. Dropped, and counted, when too many wait. */
void chat_from_relay(struct chat *c, struct slice text);
/* The server is to end: say bye, let what is under way be committed and answered, then tincan_stop. Thread: any. */
void chat_stop(struct chat *c);
