/* One request on a worker thread of CivetWeb's: read its head under a deadline, gate it, read its
 * body, then answer it or hand it over with its socket.
 *
 *   connection --front_on_connection: head, gate--> CivetWeb parses it, or it is refused
 *     parsed --front_on_request--> answered, or the socket left
 *     parsed, an upgrade --CivetWeb's 101, front_on_upgraded--> the socket left
 *
 * Each connection serves one request here; the next one of a keep-alive connection comes in as a
 * new connection.
 */
#pragma once

#include "civet.h"
#include "gate.h"
#include <stdatomic.h>

struct mg_connection;

/* Shared by all workers; constant once they run, but for stopping. */
struct front {
    struct civet_callbacks callbacks;
    struct proxy_trust trust;
    uint32_t head_timeout_ms;
    uint32_t body_max_bytes;
    uint16_t ports[16]; /* of the listeners, in order */
    unsigned ports_n;
    _Atomic bool stopping;
    /* Queue a socket for the workers, or close it. idle: its next request has not begun. */
    void (*requeue)(struct front *f, struct net_socket *socket, bool idle);
};

/* What one worker thread keeps for the request at hand. */
struct front_worker {
    struct front *front;
    size_t head_n;
    bool unanswered; /* request is gated and nobody has answered it */
    struct gate_request request;
    char address[PROXY_ADDRESS_BYTES]; /* whom a proxy named */
};

/* Callbacks for CivetWeb; mg_get_thread_pointer gives the front_worker, NULL refuses everything. */
int front_on_connection(const struct mg_connection *conn, void **unused);
int front_on_request(struct mg_connection *conn);
void front_on_upgraded(struct mg_connection *conn, void *unused);
int front_on_error(struct mg_connection *conn, int status, const char *message);
