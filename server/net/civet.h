/* CivetWeb in front: listens, terminates TLS, parses HTTP behind a strict gate, performs the
 * WebSocket handshake. No chat code runs on its threads: requests for the Engine.IO paths leave for
 * a reactor with their socket.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "http_message.h"
#include "net_socket.h"
#include "proxy.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct civet;

#define HTTP_BODY_BYTES_MAX (64u << 10) /* of ordinary requests */
#define HTTP_IDLE_WAIT_MS   2000

struct civet_callbacks {
    void *user;
    /* An ordinary request: fill in reply (it starts as 404). HEAD is answered without the body. A
     * body of more than HTTP_BODY_BYTES_MAX was refused before. */
    void (*on_http)(void *user, const struct http_request *request, struct http_reply *reply);
    /* May be NULL: none. Is this an ordinary request whose body on_http reads itself, from request->stream, as it comes? One without a
     * Content-Length is answered with 411; how much there may be is for on_http to say. What it leaves unread closes the connection. */
    bool (*streams)(void *user, const struct http_request *request);
    /* Does this path belong to the Engine.IO side? Requests for it are detached. */
    bool (*is_engine_path)(void *user, struct slice path);
    /* An Engine.IO HTTP request with its body read to the end. body_result: ERR_OK | ERR_LIMIT,
     * longer than body_max_bytes (not read) | ERR_IO, cut off or malformed. The socket is the
     * callee's now (non-blocking), to be answered, then closed or given back. After ERR_LIMIT the
     * rest of the body is still to come: answer, then close lingering. */
    void (*on_engine)(void *user, const struct http_request *request, enum err body_result,
                      struct slice body, struct net_socket socket);
    /* Before the 101: may this upgrade go on? false: fill in reply (it starts as 400), it is sent
     * and the connection closed. Only asked for Engine.IO paths; other upgrades are answered with
     * 404. */
    bool (*may_upgrade)(void *user, const struct http_request *request, struct http_reply *reply);
    /* After the 101: the socket is the callee's. */
    void (*on_websocket)(void *user, const struct http_request *request, struct net_socket socket);
    /* May be NULL. A keep-alive connection was answered by on_http and its next request has not
     * begun: the socket is the callee's, to be watched and given back, or closed. NULL: a worker
     * thread waits for HTTP_IDLE_WAIT_MS. */
    void (*on_idle)(void *user, struct net_socket socket);
    /* May be NULL: a line on stderr. What CivetWeb itself has to say; a peer can cause it. */
    void (*on_log)(void *user, const char *text);
};

struct civet_listen {
    struct slice address; /* "127.0.0.1", "::1", "*" is 0.0.0.0 */
    uint16_t port;        /* 0: any free one, see civet_port */
    bool tls;
};

struct civet_options {
    const struct civet_listen *listen;
    unsigned listen_n;
    const char *tls_cert, *tls_key; /* PEM files, needed when any listener has tls */
    uint32_t body_max_bytes;        /* of Engine.IO requests */
    uint32_t head_timeout_ms;       /* request head must be complete within; 0: 5000 */
    unsigned threads_max;           /* 0: 2000, started on demand */
    struct proxy_trust trust;       /* whose forwarding headers count */
    struct civet_callbacks callbacks;
};

/* Start listening.
 * Returns: ERR_OK | ERR_INVALID or ERR_IO, and *why (static or civet-owned text, valid until the
 * next call) names what: a port in use, an unreadable certificate. Callbacks may
 * run before it returns; *out is set before the first of them.
 * Owns: the caller ends it with civet_stop. */
NODISCARD enum err civet_start(const struct civet_options *options, struct civet **out,
                               const char **why);
/* The port a listener is bound to (useful after port 0). */
uint16_t civet_port(const struct civet *c, unsigned listener_index);
/* Stop accepting and await running callbacks; detached sockets are untouched. From then on
 * civet_give_back closes what it is given, so that reactors may still answer.
 * Thread: one that runs no callback. */
void civet_drain(struct civet *c);
/* civet_drain, then free c: nobody may call civet_give_back any more. NULL is harmless. */
void civet_stop(struct civet *c);

/* Give a keep-alive socket back after its answer, when the next request has begun to arrive: plain
 * or TLS, early bytes (up to CIVET_EARLY_BYTES_MAX) go with it. Takes the socket in any case; never
 * blocks.
 * Thread: any.
 * Returns: ERR_OK | ERR_CLOSED, stopping or the queue is full: it was closed. */
#define CIVET_EARLY_BYTES_MAX 16384
NODISCARD enum err civet_give_back(struct civet *c, struct net_socket *socket);
