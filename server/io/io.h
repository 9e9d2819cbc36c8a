/* Socket.IO v5 on the reactors: namespaces, their sockets, events and acknowledgements. A namespace
 * is a row of callbacks; its sockets on all reactors form one room of the hub.
 *
 * A session may join several namespaces; each membership is a socket. Any violation of the protocol
 * drops the whole session and only it.
 *
 *   session opens --CONNECT--> on_connect --IO_ACCEPT--> joined
 *                                         |--IO_REFUSE--> CONNECT_ERROR
 *                                         '--IO_WAIT--> waiting --io_accept--> joined
 *                                                               |--io_refuse--> CONNECT_ERROR
 *                                                               '--end of session--> on_disconnect
 *   joined --DISCONNECT, io_disconnect, end of session--> on_disconnect
 *
 * Thread: callbacks run on the socket's reactor, as must every call about it.
 * Source: Socket.IO protocol 5; socketio/socket.io 4.8.
 */
#pragma once

#include "eio_front.h"
#include "hub.h"
#include "limits.h"
#include "sio.h"

struct io_server;
struct io_socket;

/* The binary attachments of an event. */
struct io_attachments {
    struct slice data[SIO_ATTACHMENTS_MAX];
    unsigned n;
};

enum io_verdict { IO_ACCEPT, IO_REFUSE, IO_WAIT };

struct io_namespace {
    struct slice name; /* "/", "/chat"; empty: every name that no row before has */
    void *user;
    size_t socket_data_bytes; /* zeroed memory for each socket, see io_socket_data */
    bool private_room;        /* the sockets are no shared room of the hub, io_relay is not used */
    /* May s join? auth is the raw JSON object of the CONNECT ("" when absent). IO_REFUSE: *message
     * (static text) says why. */
    enum io_verdict (*on_connect)(struct io_socket *s, struct slice auth, struct slice *message);
    /* An event; packet and attachments are borrowed. */
    void (*on_event)(struct io_socket *s, const struct sio_packet *packet,
                     const struct io_attachments *attachments);
    /* An answer to an event that was sent with an ack id. NULL: nothing is asked that could be
     * answered. */
    void (*on_ack)(struct io_socket *s, const struct sio_packet *packet,
                   const struct io_attachments *attachments);
    /* reason in the reference's words. s is a member of nothing any more, and gone afterwards. */
    void (*on_disconnect)(struct io_socket *s, const char *reason);
};

struct io_options {
    struct eio_options eio;
    uint32_t connect_timeout_ms; /* a session that has joined no namespace by then is closed */
    unsigned reactors_n;
    const struct io_namespace *namespaces;
    unsigned namespaces_n;
};

/* Start the reactors. options must outlive the server. Returns: ERR_OK | ERR_IO | ERR_NOMEM, nothing is left of it.
 * Owns: the caller ends it with io_server_stop. */
enum err io_server_start(const struct io_options *options, struct io_server **out);
/* What the callbacks eio_front_* want as their user. */
struct eio_front *io_server_front(struct io_server *server);
/* Where reactors give idle keep-alive sockets back to; until it is known they close them. */
void io_server_set_civet(struct io_server *server, struct civet *civet);
/* Close all sessions ("server shutting down"), flush, end the threads, free. Thread: any but a
 * reactor's; the front must have stopped. */
void io_server_stop(struct io_server *server);
/* Open sessions on all reactors. Thread: any. */
unsigned io_server_sessions_n(const struct io_server *server);

/* The row's socket_data_bytes, zeroed when the socket was made. */
void *io_socket_data(struct io_socket *s);
const struct io_namespace *io_socket_namespace(const struct io_socket *s);
/* The name the client used, also where the row has none. */
struct slice io_socket_nsp(const struct io_socket *s);
struct slice io_socket_id(const struct io_socket *s);
struct eio_session *io_socket_session(struct io_socket *s);
/* A number for s that other threads may hold: io_find gives NULL once s is gone. 0 when there is no
 * memory. */
uint64_t io_socket_ref(struct io_socket *s);
struct io_socket *io_find(struct io_server *server, uint64_t ref);
/* A reactor's parts, for what is built on top. Thread: its own, but for the loop's address. */
struct loop *io_reactor_loop(struct io_server *server, unsigned reactor);
struct hub *io_reactor_hub(struct io_server *server, unsigned reactor);

/* End the waiting of a socket. id: NULL, or the 20 characters of an id it had before. extra:
 * further members of the answer's object, raw JSON with a leading comma, or "". */
void io_accept(struct io_socket *s, const char *id, struct slice extra);
/* error: the raw JSON object of the CONNECT_ERROR. */
void io_refuse(struct io_socket *s, struct slice error);

/* Send an event to one socket; args are raw JSON values joined by commas. */
void io_emit(struct io_socket *s, struct slice event, struct slice args);
/* Answer an event that carried an ack id; args as above. */
void io_ack(struct io_socket *s, uint64_t id, struct slice args);
/* Send an event packet on, byte for byte (without its ack id), to every socket of s's namespace, s
 * included, on all reactors.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM, nobody gets it. */
NODISCARD enum err io_relay(struct io_socket *s, const struct sio_packet *packet,
                            const struct io_attachments *attachments);
/* Let a socket leave its namespace: the client is told by a DISCONNECT and does not come back by
 * itself. */
void io_disconnect(struct io_socket *s);
/* Let every socket of s's session leave in that way, then close the connection. */
void io_disconnect_session(struct io_socket *s);
/* Queue frames that are made already: whole Engine.IO messages of one packet. */
void io_send_ready(struct io_socket *s, struct out_slice frames);
/* Could a frame for s be written right now? What must not wait is dropped otherwise. */
bool io_socket_writable(const struct io_socket *s);
