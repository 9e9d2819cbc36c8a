/* The socket of an Engine.IO HTTP request on its reactor: parked until there is an answer, then
 * kept for the next request or closed. A keep-alive socket goes back to CivetWeb only when the next
 * request begins to arrive, so that no thread waits for a peer.
 *
 *   PARKED --http_conn_answer--> WRITING --keep-alive--> IDLE --readable--> given back
 *      |                            |                      '--HTTP_IDLE_MS, EOF--> gone
 *      '--peer left--> on_abort     '--else--> LINGER --EOF or HTTP_LINGER_MS--> gone
 */
#pragma once

#include "civet.h"
#include "conn.h"

#define HTTP_IDLE_MS   20000
#define HTTP_LINGER_MS 1000

struct http_conn {
    struct poll_item item; /* first: freed through it */
    struct net *net;
    struct net_socket socket;
    struct http_conn *next, *prev; /* all of the reactor */
    void *owner;                   /* PARKED: who answers */
    void (*on_abort)(struct http_conn *h);
    char *cors_origin; /* echoed in Access-Control-Allow-Origin; may be NULL */
    struct buf out;
    size_t sent_n;
    struct deadline deadline;
    uint8_t state;
    bool keep_alive;
    bool head_only; /* HEAD: the body is not sent */
};

struct http_answer {
    int status;
    struct slice content_type;
    struct slice body;
    struct slice extra_headers; /* whole lines, each with CRLF */
    bool close; /* do not keep the connection, e.g. because a body was left unread */
};

/* What net_init and net_close do for this unit. */
void http_conn_init_lists(struct net *n);
void http_conn_close_all(struct net *n);
/* Take the socket over (in any case). Returns NULL when there is no memory or it cannot be watched:
 * it was closed. */
struct http_conn *http_conn_open(struct net *n, struct net_socket *socket, bool keep_alive,
                                 struct slice cors_origin);
/* Take over a connection whose request was answered already: wait for the next one to begin. */
void http_conn_idle(struct net *n, struct net_socket *socket);
/* Watch a parked socket: on_abort is called once if the peer leaves before the answer; h is gone
 * then. */
void http_conn_park(struct http_conn *h, void *owner, void (*on_abort)(struct http_conn *h));
/* Answer; h is not the caller's any more. */
void http_conn_answer(struct http_conn *h, const struct http_answer *answer);
/* Close without an answer. */
void http_conn_abort(struct http_conn *h);
