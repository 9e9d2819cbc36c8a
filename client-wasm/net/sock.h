/* The client's Engine.IO/Socket.IO machine: one connection, polling or WebSocket or upgraded,
 * reconnecting by itself. Pure of I/O: bytes go through transport.h, time and chance come from the
 * host.
 *
 *   IDLE --sock_open--> CONNECTING --CONNECT answered--> LIVE --lost--> WAITING --delay over-->
 * CONNECTING ... any --sock_close / server's DISCONNECT / CONNECT_ERROR--> CLOSED (sock_open starts
 * again)
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct sock;

enum sock_state { SOCK_IDLE, SOCK_CONNECTING, SOCK_LIVE, SOCK_WAITING, SOCK_CLOSED };

enum sock_transports {
    SOCK_POLLING_FIRST,   /* polling, then upgrade: Socket.IO's default */
    SOCK_WEBSOCKET_FIRST, /* WebSocket, falling back to polling when it cannot be opened */
    SOCK_POLLING_ONLY,
    SOCK_WEBSOCKET_ONLY,
};

struct sock_status {
    enum sock_state state;
    bool polling;        /* LIVE: the transport is long-polling (may still be upgrading) */
    unsigned attempt;    /* WAITING: how many connects failed since the last LIVE */
    int64_t retry_at_ms; /* WAITING: when the next try starts, on the clock of host.h */
    struct slice sid;    /* LIVE: the Socket.IO id */
    struct slice
        reason; /* WAITING, CLOSED: why, in the reference's words ("transport close", "ping
                   timeout", "io server disconnect", ...), or the CONNECT_ERROR's message */
    struct slice refusal_json; /* CLOSED by CONNECT_ERROR: its payload, raw JSON, else empty */
};

/* Callbacks run from the wire or a timer, never inside a call to this module; they may call
 * anything here, sock_free included. Several quick changes of state may be told as one. Zero leaves
 * a callback out. */
struct sock_callbacks {
    void *user;
    void (*on_status)(void *user, const struct sock_status *status);
    /* An event: its plain name and raw JSON arguments joined by commas. Borrowed for the call.
     * Binary attachments are not kept: their placeholders stand in the arguments. Nothing is
     * answered when the server wants an ack. */
    void (*on_event)(void *user, struct slice event, struct slice args);
};

/* Zero is the default of every field but url.
 *
 * SOCK_WEBSOCKET_FIRST: a try whose WebSocket does not come up goes on by polling and stays there;
 * the next connection then polls first and probes, until a WebSocket works again. */
struct sock_options {
    struct slice
        url; /* "http://host:port" or https; in the browser empty means the page's origin */
    struct slice path;      /* "/socket.io/" */
    struct slice nsp;       /* "/" */
    struct slice auth_json; /* CONNECT payload, raw JSON object or empty */
    enum sock_transports transports;
    uint32_t reconnect_delay_ms;     /* 1000, doubled each attempt up to ... */
    uint32_t reconnect_delay_max_ms; /* 30000; then full jitter: the wait is uniform in [delay/2,
                                        delay] */
    uint32_t connect_timeout_ms;     /* 20000 */
    uint32_t offline_max_bytes;      /* 1 MiB of emits kept while not LIVE */
};

/* Owns: copies the options; free with sock_free (closes at once, no callbacks). NULL: out of
 * memory. */
struct sock *sock_new(const struct sock_options *options, const struct sock_callbacks *callbacks);
void sock_free(struct sock *s);
void sock_open(struct sock *s);
/* Say goodbye (Socket.IO DISCONNECT) and close. What was not sent yet is dropped, every ack ends
 * with ERR_CLOSED. */
void sock_close(struct sock *s);
/* True when a goodbye by polling is not on its way any more. */
bool sock_quiet(const struct sock *s);
/* Skip the waiting and try now (WAITING only). */
void sock_retry_now(struct sock *s);
/* The environment says the network is gone / back. */
void sock_network_changed(struct sock *s, bool online);

/* Called once with the answer's raw JSON arguments, or with a failure: ERR_TIMEOUT (an emit not
 * sent yet is withdrawn then) | ERR_CLOSED | ERR_LIMIT, kept while not LIVE and then larger than
 * the server's maxPayload. */
typedef void (*sock_ack_fn)(void *user, enum err result, struct slice args);
/* Send an event; args are raw JSON values joined by commas. Kept in order while not LIVE, up to
 * offline_max_bytes (16 a packet on top of its bytes), also while CLOSED by the server. As in the
 * reference, what was handed to a connection that is then lost is not sent again: who needs that
 * sends again himself, with an id of his own in args. ack may be NULL; timeout_ms 0 waits for ever,
 * but ends with ERR_CLOSED when the connection is lost after sending. Returns: ERR_OK, taken |
 * ERR_LIMIT, the buffer is full, too many acks are waited for, or the packet is larger than the
 * server's maxPayload | ERR_INVALID, a reserved event name | ERR_NOMEM. Thread: the host's one. */
NODISCARD enum err sock_emit(struct sock *s, struct slice event, struct slice args, sock_ack_fn ack,
                             void *ack_user, uint32_t timeout_ms);
