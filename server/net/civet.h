/* CivetWeb in front: listens, terminates TLS, parses HTTP behind a strict gate, performs the WebSocket handshake. No chat
 * code runs on its threads: requests for the Engine.IO paths leave for a reactor with their socket.
 */
#pragma once

#include "err.h"
#include "net_socket.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct civet;

/* A gated request. Everything is borrowed for the time of the callback. */
struct http_request {
    struct slice method;
    struct slice path;  /* decoded once, valid UTF-8, no dot segments */
    struct slice query; /* raw, without '?' */
    struct slice remote_address; /* numeric */
    bool tls;
    bool keep_alive;
    const struct http_header {
        struct slice name;
        struct slice value;
    } *headers;
    unsigned headers_n;
};
/* The value of a header, case-insensitively; the empty slice when absent. */
struct slice http_header(const struct http_request *request, struct slice name);

/* An answer given on CivetWeb's thread. Zero is "200, no body, no extra header". The slices must outlive the callback's
 * return (static, or of an immutable table). */
#define HTTP_REPLY_HEADERS_MAX 24
struct http_reply {
    int status;
    struct slice content_type;
    struct slice body;
    struct http_header headers[HTTP_REPLY_HEADERS_MAX]; /* further ones; CR, LF and NUL are refused */
    unsigned headers_n;
};
void http_reply_header(struct http_reply *reply, struct slice name, struct slice value);

struct civet_callbacks {
    void *user;
    /* An ordinary request: fill in reply (it starts as 404). HEAD is answered without the body. */
    void (*on_http)(void *user, const struct http_request *request, struct http_reply *reply);
    /* Does this path belong to the Engine.IO side? Requests for it are detached. */
    bool (*is_engine_path)(void *user, struct slice path);
    /* An Engine.IO HTTP request with its body read to the end. body_result: ERR_OK | ERR_LIMIT, longer than
     * body_max_bytes (not read) | ERR_IO, cut off. The socket is the callee's now, in blocking mode for CivetWeb and to be
     * answered, then closed or given back. */
    void (*on_engine)(void *user, const struct http_request *request, enum err body_result, struct slice body,
                      struct net_socket socket);
    /* Before the 101: may this upgrade go on? false: fill in reply, it is sent and the connection closed. */
    bool (*may_upgrade)(void *user, const struct http_request *request, struct http_reply *reply);
    /* After the 101: the socket is the callee's. */
    void (*on_websocket)(void *user, const struct http_request *request, struct net_socket socket);
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
    struct civet_callbacks callbacks;
};

/* Start listening. Returns: ERR_OK | ERR_INVALID or ERR_IO, and *why (static or civet-owned text, valid until the next
 * call) names what: a port in use, an unreadable certificate.
 * Owns: the caller ends it with civet_stop. */
NODISCARD enum err civet_start(const struct civet_options *options, struct civet **out, const char **why);
/* The port a listener is bound to (useful after port 0). */
uint16_t civet_port(const struct civet *c, unsigned listener_index);
/* Stop accepting; running callbacks are awaited; detached sockets are untouched. */
void civet_stop(struct civet *c);

/* Give a plain keep-alive socket back after its answer, when the next request has begun to arrive. Early bytes must be
 * used up. Takes the socket in any case. Thread: any. Returns: ERR_OK | ERR_CLOSED, stopping or TLS: it was closed. */
NODISCARD enum err civet_give_back(struct civet *c, struct net_socket *socket);
