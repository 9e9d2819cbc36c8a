/* A WebSocket on its reactor: RFC 6455 over a non-blocking plain or TLS socket that CivetWeb gave
 * away.
 *
 *   OPEN --peer's close frame, EOF, error, violation--> owner's on_closed --> CLOSING or gone
 *   OPEN --conn_close--> CLOSING --peer's close frame, EOF, CONN_CLOSE_TIMEOUT_MS--> gone
 *   OPEN --conn_abort--> gone
 *
 * Inv: on_closed is called at most once, and never after conn_close or conn_abort; after any of the
 * three the owner must not touch the connection. Memory is released at the end of the turn. All
 * functions belong to the reactor's thread.
 */
#pragma once

#include "chunk.h"
#include "net_socket.h"
#include "outq.h"
#include "poller.h"
#include "ws.h"

struct conn;
struct civet;

#define CONN_CLOSE_TIMEOUT_MS 2000
/* One read takes at most this much; frames are parsed in place there. */
#define NET_RECV_BYTES (512u << 10)

struct conn_callbacks {
    /* A whole text or binary message, valid during the call. */
    void (*on_message)(struct conn *c, enum ws_opcode opcode, struct slice data);
    /* The peer is lost, or violated the protocol. Why: ERR_CLOSED, the peer left | ERR_IO, the
     * socket failed | ERR_PROTO, ERR_LIMIT, ERR_NOMEM, a violation, reason says which (static
     * text). */
    void (*on_closed)(struct conn *c, enum err why, const char *reason);
};

/* What the sockets of one reactor share. */
struct net {
    struct loop *loop;
    struct poller poller;
    struct chunk_writer direct; /* frames for one receiver */
    char *recv_buf;             /* NET_RECV_BYTES */
    struct conn *dirty;         /* have something to write at the end of the turn */
    struct conn_callbacks callbacks;
    struct deadline_list conn_closing;
    struct deadline_list http_idle;
    struct deadline_list http_linger;
    struct civet *front;     /* takes idle keep-alive sockets back; NULL: they are closed */
    struct http_conn *https; /* all of them, for the end */
};

struct conn {
    struct poll_item item; /* first: freed through it */
    struct net *net;
    SSL *ssl;
    void *owner;
    struct outq out;
    struct ws_parser parser;
    struct conn *next_dirty;
    struct deadline closing;
    uint8_t state;
    bool dirty;
    bool
        peer_closed; /* CLOSING: both close frames are known, only ours may still have to be written */
};

/* Returns: ERR_OK | ERR_IO | ERR_NOMEM. */
enum err net_init(struct net *n, struct loop *loop, const struct conn_callbacks *callbacks);
/* Write what the turn produced; a turn hook of the owner's, after everything else that produces
 * frames. */
void net_flush(struct net *n);
/* Close what is left of sockets; owners must have closed theirs. */
void net_close(struct net *n);
/* After the loop has ended. */
void net_fini(struct net *n);

/* Take the socket over (in any case), but for its early bytes, which conn_start takes once the
 * owner is ready for callbacks. Returns NULL when there is no memory or the socket cannot be
 * watched: it was closed. */
struct conn *conn_open(struct net *n, struct net_socket *socket, uint32_t message_max_bytes,
                       void *owner);
/* Handle the bytes that came with the socket. Callbacks run inside. Owns: frees socket->early. */
void conn_start(struct conn *c, struct net_socket *socket);
/* Read now what may have arrived, without waiting for the poller. */
void conn_read(struct conn *c);
/* Queue frames, to be written at the end of the turn. False: no memory; the caller closes the
 * connection. */
NODISCARD bool conn_send(struct conn *c, struct out_slice frames);
/* Queue one frame of our own. */
NODISCARD bool conn_send_frame(struct conn *c, enum ws_opcode opcode, struct slice head,
                               struct slice tail);
/* Mark for writing at the end of the turn. */
void conn_mark_dirty(struct conn *c);
/* Nothing queued and nothing half written. */
static inline bool conn_writable(const struct conn *c)
{
    return outq_empty(&c->out);
}
/* Close after what is queued; code 0 sends a close frame without a status, as the reference does.
 * */
void conn_close(struct conn *c, uint16_t code);
/* Close at once; what is queued is lost. */
void conn_abort(struct conn *c);
