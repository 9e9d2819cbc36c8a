/* The client's socket of one Socket.IO namespace: events, acknowledgements both ways, what is kept
 * while offline, recovery. Several share a connection by sharing a manager; a socket made without
 * one has a connection of its own.
 *
 *   IDLE --sock_open--> CONNECTING --CONNECT answered--> LIVE --lost--> WAITING
 *                       WAITING --delay over--> CONNECTING
 *   any --sock_close, server's DISCONNECT, CONNECT_ERROR, tries used up--> CLOSED
 *   CLOSED --sock_open--> CONNECTING
 *
 * Thread: everything here on the one thread of the host (libuv's default loop, or the page's).
 * Callbacks run from the wire or a timer, never inside a call to this module; they may call
 * anything here, sock_free and manager_free included.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "manager.h"
#include "slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sock;

/* What stands in args for the n-th attachment, n from 0. */
#define SOCK_ATTACHMENT(n) "{\"_placeholder\":true,\"num\":" #n "}"

/* What an event or an answer carries. Zero: nothing. */
struct sock_args {
    struct slice json; /* raw JSON values joined by commas, empty for none. What is sent must be
                          valid UTF-8 and JSON, it is not looked at */
    const struct slice *attachments; /* the bytes that SOCK_ATTACHMENT(n) in json stand for */
    size_t attachments_n;            /* at most SIO_ATTACHMENTS_MAX, more kill stock clients */
};

/* What sock_ack answers; may be copied and kept. */
struct sock_token {
    bool wanted;   /* the server wants an answer */
    uint64_t id;   /* the ack id */
    uint32_t life; /* which connection asked */
};

/* An event from the server. */
struct sock_event {
    struct sock *sock; /* whose namespace it came to */
    struct slice name; /* plain, unescaped; a number's digits */
    struct sock_args args;
    struct sock_token ack;
};

enum sock_state { SOCK_IDLE, SOCK_CONNECTING, SOCK_LIVE, SOCK_WAITING, SOCK_CLOSED };

/* What the wire said when the connection failed; 0 where it said nothing. */
struct sock_failure {
    bool websocket;       /* the transport that failed; else polling */
    uint16_t http_status; /* of an answer that refused */
    uint16_t close_code; /* of the WebSocket, RFC 6455 section 7.4; 1005: it came without one, 1006:
                            it was cut off */
};

struct sock_status {
    enum sock_state state;
    bool polling;               /* LIVE: the transport is long-polling (may still be upgrading) */
    bool recovered;             /* LIVE: same id and rooms as before, what was missed has been
                                   delivered */
    uint32_t max_payload_bytes; /* LIVE: what one packet to the server may have; 0: any */
    unsigned attempt;           /* WAITING: how many connects failed since the last LIVE */
    int64_t retry_at_ms;        /* WAITING: when the next try starts, on the clock of host.h */
    struct slice sid;           /* LIVE: the Socket.IO id */
    struct slice reason; /* WAITING, CLOSED: why, in the reference's words ("transport close", "ping
                   timeout", "io server disconnect", ...), or the CONNECT_ERROR's message */
    struct sock_failure failure; /* WAITING, CLOSED: the transport's part in it */
    bool gave_up;                /* CLOSED: lost, and no (further) reconnecting was wanted */
    struct slice refusal_json;   /* CLOSED by CONNECT_ERROR: its payload, raw JSON, else empty */
};

/* Zero leaves a callback out. What is passed is borrowed for the call. */
struct sock_callbacks {
    void *user;
    /* Several quick changes of state may be told as one. */
    void (*on_status)(void *user, const struct sock_status *status);
    /* Events that came before the CONNECT was answered (recovered ones) come before LIVE is told,
     * and before what was kept is sent. */
    void (*on_event)(void *user, const struct sock_event *event);
    /* A CONNECT is about to be sent: answer with sock_auth, now or later. The connect timeout runs.
     * Left out, auth_json is sent each time. */
    void (*on_auth)(void *user);
};

/* Zero is the default of every field but connection.url. */
struct sock_options {
    struct manager *manager; /* share this connection; else one is made of: */
    struct manager_options connection;
    struct slice nsp;           /* "/" */
    struct slice auth_json;     /* CONNECT payload, raw JSON object or empty */
    uint32_t offline_max_bytes; /* 1 MiB of packets kept while not LIVE, 16 bytes a packet and an
                                   attachment on top; the queue of sock_send_reliably the same */
    uint32_t offline_max_n;     /* 4096: how many packets, likewise */
    uint32_t retries;           /* 0: of sock_send_reliably, after the first try */
    uint32_t ack_timeout_ms;    /* 10000: of sock_send_reliably, each try */
};

/* Owns: copies the options; free with sock_free. A manager that is given must outlive it.
 * Returns: NULL, out of memory, no URL, or the manager has a socket of this namespace already. */
struct sock *sock_new(const struct sock_options *options, const struct sock_callbacks *callbacks);
/* Leaves the namespace and goes, without callbacks; a connection of its own goes too. NULL is
 * taken. */
void sock_free(struct sock *s);
/* IDLE and CLOSED only. */
void sock_open(struct sock *s);
/* Say goodbye (Socket.IO DISCONNECT) and close; the connection ends with its last socket. What was
 * not sent yet is dropped, every ack ends with ERR_CLOSED. */
void sock_close(struct sock *s);
/* The payload of the CONNECT that on_auth asked for: a raw JSON object, or empty. Without being
 * asked it replaces auth_json for the next CONNECTs.
 * Returns: ERR_OK | ERR_INVALID, not a JSON object | ERR_NOMEM; nothing is sent then.
 * Owns: copies json. */
NODISCARD enum err sock_auth(struct sock *s, struct slice json);
/* Of the socket's connection, as in manager.h. */
bool sock_quiet(const struct sock *s);
void sock_retry_now(struct sock *s);
void sock_hold(struct sock *s, int64_t until_ms);
void sock_network_changed(struct sock *s, bool online);

/* Called once with the answer, or with a failure and no args: ERR_TIMEOUT (an emit not sent yet is
 * withdrawn then) | ERR_CLOSED, the connection was lost after sending, or closed | ERR_LIMIT, kept
 * while not LIVE and then larger than the server's maxPayload. */
typedef void (*sock_ack_fn)(void *user, enum err result, const struct sock_args *answer);

struct sock_message {
    struct slice event; /* its plain name, valid UTF-8 */
    struct sock_args args;
    bool is_volatile; /* dropped unless it can go out at once */
    bool append_id;   /* sock_send_reliably: a last argument, see there */
    sock_ack_fn ack;  /* NULL: no answer wanted */
    void *ack_user;
    uint32_t timeout_ms; /* of the ack; 0: none, but it ends when the connection does */
};

/* Send an event. Kept in order while not LIVE, also while CLOSED by the server. As in the
 * reference, what was handed to a connection that is then lost is not sent again: see
 * sock_send_reliably.
 * Returns: ERR_OK, taken | ERR_LIMIT, the packet or an attachment is larger than the server's
 *          maxPayload (sock_status.max_payload_bytes) | ERR_RATE, no room: the offline buffer or
 *          the wire's queue is full, or too many acks are waited for | ERR_CLOSED, volatile, and
 *          dropped | ERR_INVALID, a reserved event name or too many attachments | ERR_NOMEM. The
 *          ack is only called after ERR_OK.
 * Owns:    copies all but ack_user. */
NODISCARD enum err sock_send(struct sock *s, const struct sock_message *message);
/* The same, spelled shortly. */
NODISCARD enum err sock_emit(struct sock *s, struct slice event, struct slice args, sock_ack_fn ack,
                             void *ack_user, uint32_t timeout_ms);

/* Send an event until the server has acknowledged it: strictly in order, one on its way at a time,
 * each tried up to 1 + retries times, a try ending with ack_timeout_ms or with the connection; goes
 * on over reconnects. The ack (which may be NULL) hears the answer, or the last try's failure.
 *
 * A server may see a message more than once, each time with another ack id: to tell, it needs an id
 * in the message. append_id adds one as the last argument, a string of SOCK_ID_BYTES hexadecimal
 * digits, the same in every try; or put one of your own (sock_make_id) into args.
 *
 * timeout_ms and is_volatile are not looked at. Returns: as sock_send. Owns: likewise. */
NODISCARD enum err sock_send_reliably(struct sock *s, const struct sock_message *message);
#define SOCK_ID_BYTES 32
/* Write an id no one else makes: 128 random bits in hexadecimal, without a NUL. */
void sock_make_id(char out[SOCK_ID_BYTES]);

/* Answer an event whose ack is wanted, from its callback or later, once: the server ignores a
 * second answer.
 * Returns: ERR_OK, sent | ERR_CLOSED, the connection that asked is gone, nobody waits |
 *          ERR_INVALID, it wanted none, or too many attachments | ERR_LIMIT, ERR_RATE, ERR_NOMEM as
 *          sock_send. */
NODISCARD enum err sock_ack(struct sock *s, const struct sock_token *ack,
                            const struct sock_args *answer);
