/* Engine.IO v4 sessions on a reactor: opened by long-polling or WebSocket, kept alive by
 * heartbeats, upgraded, closed. A session lives on one reactor for ever, both transports included;
 * its id says which.
 *
 *   POLLING --2probe, 5 on a WebSocket--> WEBSOCKET
 *   POLLING | WEBSOCKET --eio_close, peer's close, fault, timeout--> gone
 *   POLLING --eio_close without a parked GET, or with something queued--> CLOSING
 *   CLOSING --a GET when nothing is queued any more, or EIO_CLOSING_MS--> gone
 *   POLLING --peer's close by POST, no GET parked--> LEAVING --next GET, or EIO_LEAVING_MS--> gone
 *
 * LEAVING is there because a client sends its GET and the POST that closes on two connections at
 * once, and either may reach us first: the POST is answered when the GET was, or when none came.
 *
 * Inv: exactly one of ws and poll is set while open; on_close is called exactly once; memory is
 * released at the end of the turn.
 * Source: Engine.IO protocol 4; socketio/engine.io 6.6.
 */
#pragma once

#include "conn.h"
#include "eio.h"
#include "eio_info.h"
#include "eio_seats.h"
#include "http_conn.h"
#include "origin.h"

struct eio_session;
struct eio_reactor;

#define EIO_CLOSING_MS         30000
#define EIO_UPGRADE_TIMEOUT_MS 10000
#define EIO_LEAVING_MS         100

struct eio_options {
    struct slice path; /* with leading and without trailing slash: "/socket.io" */
    uint32_t ping_interval_ms;
    uint32_t ping_timeout_ms;
    uint32_t max_payload_bytes;
    struct origin_policy origins;
    bool keep_info;                   /* sessions keep their first request */
    bool keep_post_info;              /* and handlers of a POST's messages see that one */
    const struct slice *kept_headers; /* of it, by name; NULL: all */
    unsigned kept_headers_n;
    struct eio_seats *seats; /* NULL: an address may open as many as it likes; needs keep_info */
    /* Hooks for new sessions, both NULL or called on CivetWeb's threads with hook_user. */
    void *hook_user;
    /* May it be opened? false: refused with code 4, and *message (static text) if it is set. */
    bool (*allow)(void *hook_user, const struct http_request *request, struct slice *message);
    /* Append further header lines, each with CRLF, to the answer of a handshake by polling. */
    enum err (*initial_headers)(void *hook_user, const struct http_request *request,
                                struct buf *lines);
};

/* The layer above; all called on the reactor's thread. */
struct eio_handlers {
    /* A new session; set s->owner. False: no memory, the session is refused. */
    bool (*on_open)(struct eio_session *s);
    void (*on_message)(struct eio_session *s, bool binary, struct slice data);
    /* reason in the reference's words. The session is gone after it. */
    void (*on_close)(struct eio_session *s, const char *reason);
    /* Called before a frame is queued for one session, so that broadcasts of this turn come first.
     * May be NULL. */
    void (*before_send)(struct eio_session *s);
    /* Called at the end of a turn, before the queues are written; returns whether it queued
     * anything. May be NULL. */
    bool (*before_flush)(struct eio_reactor *r);
};

/* What only a session on long-polling has. */
struct eio_polling {
    struct outq out;
    struct http_conn *get;    /* parked */
    struct http_conn *leaver; /* LEAVING: the POST that closed, parked */
    struct conn *probe;       /* a WebSocket that wants to take over */
    struct deadline upgrade;
    struct deadline leaving;
    struct eio_session *session;
    bool probed; /* 2probe was answered: GETs are not parked any more */
    bool dirty;
    struct eio_session *next_dirty;
};

struct eio_session {
    struct eio_reactor *reactor;
    struct conn *ws;
    struct eio_polling *poll;
    void *owner;
    struct eio_info *info; /* NULL unless keep_info */
    struct eio_session *next_in_bucket;
    struct deadline heartbeat; /* ping due or pong due or, when closing, the end */
    char sid[EIO_SID_BYTES];
    bool awaiting_pong;
    bool refreshed; /* the pong deadline was moved once for traffic */
    bool base64;    /* the peer cannot take binary frames */
    bool doomed;    /* something for it was lost: its end is due */
    bool closing;
    bool gone;
};

struct eio_reactor {
    struct loop loop;
    struct net net;
    const struct eio_options *options;
    const struct eio_handlers *handlers;
    void *user;
    struct eio_session **buckets; /* by sid */
    uint32_t buckets_n;           /* a power of two */
    _Atomic uint32_t sessions_n;  /* read by others for statistics */
    unsigned reactors_n;
    struct deadline_list ping_list, pong_list, closing_list, upgrade_list, leaving_list;
    struct eio_session *dirty; /* polling sessions to be answered at the end of the turn */
    struct eio_session *freed;
    const struct eio_info *post_info; /* of the POST that is being handled; NULL otherwise */
    struct buf payload;               /* scratch: a polling payload, a decoded attachment */
    struct buf scratch;
};

/* Thread: the starter's, before the loop runs. Returns: ERR_OK | ERR_IO | ERR_NOMEM. */
enum err eio_reactor_init(struct eio_reactor *r, unsigned index, unsigned reactors_n,
                          const struct eio_options *options, const struct eio_handlers *handlers,
                          void *user);
/* Close every session with reason, then the sockets. Thread: the reactor's. */
void eio_reactor_close(struct eio_reactor *r, const char *reason);
/* After the loop ended. */
void eio_reactor_fini(struct eio_reactor *r);

/* Open a session; exactly one transport is given to it afterwards. Owns: takes info in any case.
 * Returns: ERR_OK | ERR_LIMIT, its address has all it may have | ERR_NOMEM. */
NODISCARD enum err eio_open(struct eio_reactor *r, bool base64, struct eio_info *info,
                            struct eio_session **out);
struct eio_session *eio_find(struct eio_reactor *r, struct slice sid);
/* Which reactor a session id belongs to. Thread: any. */
unsigned eio_sid_reactor(struct slice sid, unsigned reactors_n);

/* Send a message packet whose data is head and tail together, or a binary one. Queued; a session
 * that cannot take it is closed at the end of the turn. */
void eio_send(struct eio_session *s, bool binary, struct slice head, struct slice tail);
/* Queue frames that are made already (text frames of Engine.IO packets, binary frames). */
void eio_send_frames(struct eio_session *s, struct out_slice frames);
/* The same whatever state s is in: for frames that were queued before it began to close. */
void eio_pass_on(struct eio_session *s, struct out_slice frames);
/* End the session in order: what is queued is sent first, and a polling peer is told by its next
 * GET, or by the WebSocket that it is upgrading to. on_close with reason follows inside. */
void eio_close(struct eio_session *s, const char *reason);
/* Drop the session, because the peer or the transport failed. on_close with reason follows inside.
 * */
void eio_fail(struct eio_session *s, const char *reason);

/* --- between the files of this folder --- */

/* A packet arrived on the session's transport. */
void eio_handle_packet(struct eio_session *s, const struct eio_packet *packet);
/* Queue the packet without data of a type. */
void eio_send_control(struct eio_session *s, enum eio_type type);
/* Let s leave the table and its timers; released at the end of the turn. Transports must be closed
 * already. */
void eio_release(struct eio_session *s);
/* The open packet of a session as an Engine.IO text packet, appended to out. */
enum err eio_put_open(struct eio_session *s, bool can_upgrade, struct buf *out);
/* Answer the parked GET at the end of the turn. */
void eio_poll_mark_dirty(struct eio_session *s);
/* Answer the parked GET now, with what is queued, or else a noop, or the packet that closes. May end the session, for want of memory. */
void eio_poll_flush(struct eio_session *s);
/* End LEAVING: answer the POST that closed. Harmless otherwise. */
void eio_poll_left(struct eio_session *s);
void eio_on_leaving_over(struct deadline *d);
