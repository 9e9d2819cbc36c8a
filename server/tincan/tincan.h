/* libtincan: a Socket.IO server for C programs. Every stock Socket.IO v4 client connects to it.
 *
 *   static void on_message(struct tincan_event *e, void *user)
 *   {
 *       tincan_broadcast(user, NULL, "message", e->args);
 *   }
 *
 *   int main(void)
 *   {
 *       struct tincan *t = tincan_new(&(struct tincan_options){.listen = "127.0.0.1:5000"});
 *       struct tincan_namespace *all = tincan_of(t, "/");
 *       tincan_on(all, "message", on_message, all);
 *       return tincan_run(t);
 *   }
 *
 * Threads: your handlers, timers and completions all run on the thread that called tincan_run, one after the other, so your data
 * needs no locks. Sockets are served by I/O threads of the library's own (the reactors), which never wait for a handler. Blocking
 * work belongs into tincan_work. Only tincan_post and tincan_stop may be called from other threads.
 *
 * Lifetimes: a socket is there until its disconnect handler has returned (or, refused, until tincan_refuse has); keep its id, not
 * itself, and ask tincan_find. Namespaces stay, but for those of patterns with cleanup_empty_namespaces: keep their names. Handlers
 * may do anything, also disconnect the socket they are called for.
 *
 * Text: event names, rooms and the like are NUL-terminated UTF-8. Arguments are raw JSON: values joined by commas, just as they stand
 * between the brackets on the wire, and they are passed on byte for byte. What a handler gets is borrowed until it returns.
 *
 * Order: what one handler sends arrives in that order at every socket; two broadcasts arrive in the same order everywhere.
 *
 * Failures: a function that returns bool says false when it took nothing: out of memory, malformed arguments, or more than
 * TINCAN_ATTACHMENTS_MAX attachments. tincan_error tells which. A client that cannot be told what others were told, for want of
 * memory, loses its connection: nobody goes on with a gap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINCAN_ATTACHMENTS_MAX 10
#define TINCAN_ID_BYTES        20

struct tincan;
struct tincan_namespace;
struct tincan_socket;
struct tincan_connect;
struct tincan_request;
struct tincan_reply;

/* A borrowed run of bytes. */
struct tincan_slice {
    const char *p;
    size_t n;
};
/* A slice of a NUL-terminated string; NULL gives the empty one. */
struct tincan_slice tincan_text(const char *s);

/* --- the server --- */

/* Who can have lost connections back. Those who can get an offset as one more argument of every event, as from Socket.IO. */
enum tincan_recovery {
    TINCAN_RECOVERY_ALL,
    TINCAN_RECOVERY_ASKED, /* clients whose auth has "recovery":true; the others get events without an offset */
    TINCAN_RECOVERY_NONE,
};

/* Zero is the default of every field; names and defaults are Socket.IO's. Copied by tincan_new. */
struct tincan_options {
    const char *
        listen; /* "ADDR:PORT", several separated by spaces, "+tls" behind for TLS; "127.0.0.1:3000" */
    const char *path;               /* "/socket.io" */
    const char *public_dir;         /* static files to serve beside; none */
    const char *tls_cert, *tls_key; /* PEM files */
    const char *
        origins; /* browser origins that may connect besides the same one, separated by spaces, "*" for all.
                                       Enforced on both transports. NULL: while listening on loopback only, loopback's */
    unsigned reactors;           /* I/O threads; the number of cores */
    uint32_t ping_interval_ms;   /* 25000 */
    uint32_t ping_timeout_ms;    /* 20000 */
    uint32_t max_payload_bytes;  /* 1000000 */
    uint32_t connect_timeout_ms; /* 45000 */
    uint32_t
        recovery_ms; /* connection state recovery: how long a lost connection may come back; 0: off */
    enum tincan_recovery recovery; /* for whom, see tincan_set_recovery; for all */
    size_t recovery_bytes;         /* events kept for that, for each room; 256 KiB */
    size_t recovery_total_bytes;   /* and for all of them; 64 MiB */
    bool
        cleanup_empty_namespaces; /* free a dynamic namespace with its last socket, after the handlers of that turn */
    size_t
        waiting_bytes; /* events of one client that wait for their handlers: more closes its connection; 16 MiB */
    const char *
        client_dir; /* where Socket.IO's client bundles are (its package's client-dist), to be served below path,
                                       as "/socket.io/socket.io.min.js"; none */
    bool
        keep_signals; /* SIGINT and SIGTERM stay the program's own; otherwise tincan_run ends on them */
    /* May this client open a connection? Runs on other threads, several at a time. false: refused with *message (static text). */
    bool (*allow_request)(void *user, struct tincan_slice query, struct tincan_slice origin,
                          const char **message);
    /* An ordinary HTTP request, for anything but the path of Socket.IO: answer it, or say false, and what else is served (the client
     * bundle, public_dir) is looked at. Runs on other threads, several at a time, and may block, but not wait for handlers: the
     * server does not stop before it has returned. See "ordinary HTTP" below. */
    bool (*on_request)(void *user, const struct tincan_request *request,
                       struct tincan_reply *reply);
    void *user; /* of all */
    /* Is this a request whose body on_request reads itself, with tincan_request_read, as it comes? Else it is read before, up to 64 KiB.
     * NULL: none is. Runs on other threads. */
    bool (*streams_request)(void *user, const struct tincan_request *request);
    /* Proxies whose X-Forwarded-For and X-Forwarded-Proto say whose address counts and whether TLS was spoken: addresses and networks
     * ("10.0.0.0/8"), separated by spaces; none. */
    const char *trust_proxy;
    uint32_t
        address_connections; /* how many connections one address may have; loopback any number; 0: no limit */
};

/* NULL: out of memory, or an option that cannot be read (said on stderr). Owns: tincan_run frees it; else tincan_free. */
struct tincan *tincan_new(const struct tincan_options *options);
/* Open the ports and start the reactors; clients are served from now on, handlers run once tincan_run does. false: tincan_error. */
bool tincan_listen(struct tincan *t);
/* The port of the index-th listener, e.g. after ":0". */
uint16_t tincan_port(const struct tincan *t, unsigned index);
/* tincan_listen if that was not done, then run handlers until tincan_stop, SIGINT or SIGTERM; then write what is queued, close all
 * connections ("server shutting down"), run the disconnect handlers, free t. SIGPIPE is ignored from then on.
 * Returns what main should: 0, or 1 after a failed start (said on stderr). */
int tincan_run(struct tincan *t);
/* Thread: any, and from signal handlers. */
void tincan_stop(struct tincan *t);
/* For a server that was never run. */
void tincan_free(struct tincan *t);
/* Why the last call that failed did. */
const char *tincan_error(const struct tincan *t);

/* --- later, and elsewhere. Whatever is given to these is called exactly once, unless they return false: what still waits when the
 * server stops is called then, with nobody connected any more. --- */

/* Is it stopping? From then on these three take nothing more. */
bool tincan_stopping(const struct tincan *t);
/* Run fn(user) on the handlers' thread. Thread: any, while t is there. false: out of memory, or too late. */
bool tincan_post(struct tincan *t, void (*fn)(struct tincan *t, void *user), void *user);
/* Run work(user) on a pool of threads, then done(user) on the handlers' thread. */
bool tincan_work(struct tincan *t, void (*work)(void *user),
                 void (*done)(struct tincan *t, void *user), void *user);
/* Call fn once after delay_ms on the handlers' thread. */
bool tincan_after(struct tincan *t, uint32_t delay_ms, void (*fn)(struct tincan *t, void *user),
                  void *user);

/* Open connections, whatever namespaces they are in. */
size_t tincan_connections(const struct tincan *t);
/* How many were refused because their address had as many as it may have. Thread: any. */
uint64_t tincan_connections_refused(struct tincan *t);

/* --- ordinary HTTP, for on_request. Thread: the one that it was called on. --- */

/* Everything is borrowed until on_request returns. A body of more than 64 KiB was refused with 413 before, unless it is streamed. */
struct tincan_request {
    struct tincan_slice method;  /* GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS */
    struct tincan_slice path;    /* decoded, valid UTF-8, no dot segments */
    struct tincan_slice query;   /* raw, without '?' */
    struct tincan_slice body;    /* whole; empty when it is streamed */
    struct tincan_slice address; /* of the client, numeric */
    bool secure;
    const void *inside;   /* the library's */
    uint64_t body_length; /* of a streamed body, as the client says it */
};
/* The next bytes of a streamed body, at most out_bytes; *n is 0 at its end. Waits for the client. false: it was cut off, or came too
 * slowly. What is not read is dropped, and the connection closed after the reply. */
bool tincan_request_read(const struct tincan_request *r, char *out, size_t out_bytes, size_t *n);
/* A header by name; empty when absent. Of several, the first. */
struct tincan_slice tincan_request_header(const struct tincan_request *r, const char *name);
/* The percent-decoded value of name in the query (the last one wins), NUL-terminated into out; false when it is absent, does not fit
 * or contains a NUL. */
bool tincan_request_query(const struct tincan_request *r, const char *name, char *out,
                          size_t out_bytes);

/* The reply is 200 without a body until it is said otherwise. What is given is copied. HEAD is answered like GET: the library leaves
 * the body out. What a function returns may be ignored: if one said false, the client gets 500 instead of half an answer. */
bool tincan_reply_status(struct tincan_reply *r, int status);
/* One more header, also of a name that is there already (Set-Cookie). false: not a header, too many or too long, no memory, or the
 * library's own (Content-Length, Connection, Transfer-Encoding). */
bool tincan_reply_header(struct tincan_reply *r, const char *name, struct tincan_slice value);
/* Content-Type, and the body at once; tincan_reply_write appends to it. */
bool tincan_reply_body(struct tincan_reply *r, const char *content_type, struct tincan_slice body);
bool tincan_reply_write(struct tincan_reply *r, struct tincan_slice bytes);
/* Instead of a body: n bytes from offset on of an open file. Owns: fd is closed in any case. */
bool tincan_reply_file(struct tincan_reply *r, int fd, uint64_t offset, uint64_t n);

/* --- namespaces --- */

/* The namespace of that name ("/", "/admin"), made on first use. One that a pattern has made is found, too, but with
 * cleanup_empty_namespaces only valid while it has sockets. NULL: out of memory, or no name (a comma, not UTF-8, too long). */
struct tincan_namespace *tincan_of(struct tincan *t, const char *name);
/* The same if it is there, else NULL. */
struct tincan_namespace *tincan_namespace_find(struct tincan *t, const char *name);
/* Namespaces made when a client first asks for them: by a POSIX extended regular expression over the name, or by a function. Rows
 * are tried in the order they were added. What is registered on the result holds for all of its namespaces, before what is
 * registered on one of them. The result itself has no sockets. A namespace that nobody got into is freed at once.
 * NULL: out of memory or a malformed expression. */
struct tincan_namespace *tincan_of_pattern(struct tincan *t, const char *regex);
struct tincan_namespace *tincan_of_match(struct tincan *t,
                                         bool (*match)(const char *name, void *user), void *user);
const char *tincan_namespace_name(const struct tincan_namespace *ns);
size_t tincan_namespace_sockets(const struct tincan_namespace *ns);
/* Its rooms, but for those of the sockets' own ids, in no order. fn may change them. */
void tincan_namespace_rooms(struct tincan_namespace *ns,
                            void (*fn)(const char *room, size_t members, void *user), void *user);
/* Who can have a lost connection back here, while recovery_ms is set. For clients that connect from now on. */
void tincan_set_recovery(struct tincan_namespace *ns, enum tincan_recovery who);

/* --- handlers; registration is for the life of the namespace, false: out of memory --- */

struct tincan_event {
    struct tincan_socket *socket;
    const char *name;
    struct tincan_slice args; /* raw JSON values joined by commas */
    const struct tincan_slice
        *attachments; /* what the placeholders in args stand for, by their num */
    unsigned attachments_n;
    bool wants_ack;
    uint64_t ack_id; /* the library's */
};

typedef void (*tincan_event_fn)(struct tincan_event *e, void *user);
typedef void (*tincan_socket_fn)(struct tincan_socket *s, void *user);
typedef void (*tincan_reason_fn)(struct tincan_socket *s, const char *reason, void *user);

/* A client joined: its CONNECT was answered already. */
bool tincan_on_connection(struct tincan_namespace *ns, tincan_socket_fn fn, void *user);
/* About to leave, rooms still joined / gone from them. reason in Socket.IO's words ("transport close", ...). */
bool tincan_on_disconnecting(struct tincan_namespace *ns, tincan_reason_fn fn, void *user);
bool tincan_on_disconnect(struct tincan_namespace *ns, tincan_reason_fn fn, void *user);
/* Events of one name. Several handlers run in the order of registration. */
bool tincan_on(struct tincan_namespace *ns, const char *event, tincan_event_fn fn, void *user);
/* The same, but only when the arguments match types, a letter each: s string, i integer, n number, b boolean, o object, a array,
 * * anything; what follows '?' may be absent. Otherwise an asked-for ack gets {"ok":false,"error":{"code":"invalid",...}} naming the
 * argument, and no handler runs. */
bool tincan_on_typed(struct tincan_namespace *ns, const char *event, const char *types,
                     tincan_event_fn fn, void *user);
/* Every event in / out: before middleware and its own handlers / before it is sent (once; socket is NULL for broadcasts). */
bool tincan_on_any(struct tincan_namespace *ns, tincan_event_fn fn, void *user);
bool tincan_on_any_outgoing(struct tincan_namespace *ns, tincan_event_fn fn, void *user);

/* Middleware of connections, in the order of registration: each calls tincan_next or tincan_refuse once, now or later, even if the
 * client has left meanwhile; c is not to be used after that. */
bool tincan_use(struct tincan_namespace *ns, void (*fn)(struct tincan_connect *c, void *user),
                void *user);
void tincan_next(struct tincan_connect *c);
/* CONNECT_ERROR {"message":message,"data":data}; data is raw JSON or NULL. */
void tincan_refuse(struct tincan_connect *c, const char *message, const char *data);
/* The socket to be: its handshake can be read, its data set, and rooms joined for when it is let in. */
struct tincan_socket *tincan_connect_socket(struct tincan_connect *c);

/* Middleware of events, before their handlers: false stops the event (answer it if it wants an ack). */
bool tincan_use_event(struct tincan_namespace *ns, bool (*fn)(struct tincan_event *e, void *user),
                      void *user);

/* What happens to rooms, but for those of the sockets' own ids. socket_id is "" for create and delete. */
enum tincan_room_change {
    TINCAN_ROOM_CREATE,
    TINCAN_ROOM_DELETE,
    TINCAN_ROOM_JOIN,
    TINCAN_ROOM_LEAVE
};
bool tincan_on_room(struct tincan_namespace *ns,
                    void (*fn)(enum tincan_room_change change, const char *room,
                               const char *socket_id, void *user),
                    void *user);

/* --- arguments of an event --- */

/* The index-th argument as raw JSON; empty when there is none. */
struct tincan_slice tincan_arg(const struct tincan_event *e, unsigned index);
unsigned tincan_args_n(const struct tincan_event *e);
/* The index-th argument as a type; false when it is absent or of another. Text is unescaped and NUL-terminated into out; one that
 * does not fit or contains a NUL is none. */
bool tincan_arg_text(const struct tincan_event *e, unsigned index, char *out, size_t out_bytes);
bool tincan_arg_integer(const struct tincan_event *e, unsigned index, int64_t *out);
bool tincan_arg_number(const struct tincan_event *e, unsigned index, double *out);
bool tincan_arg_bool(const struct tincan_event *e, unsigned index, bool *out);
/* The attachment that the index-th argument is a placeholder of. */
bool tincan_arg_binary(const struct tincan_event *e, unsigned index, struct tincan_slice *out);
/* A member of a raw JSON object, as raw JSON; false when absent. */
bool tincan_json_member(struct tincan_slice object, const char *key, struct tincan_slice *out);
/* Write text as a JSON string with quotes, NUL-terminated. Returns its length, 0 when out is too small. */
size_t tincan_json_quote(const char *text, char *out, size_t out_bytes);

/* --- sockets --- */

/* 20 characters that only this connection to this namespace has. */
const char *tincan_id(const struct tincan_socket *s);
struct tincan_namespace *tincan_socket_namespace(const struct tincan_socket *s);
/* NULL once it is gone. */
struct tincan_socket *tincan_find(struct tincan_namespace *ns, const char *id);
/* Whatever you want to remember with it. release (may be NULL) is called with data when the socket is freed or data replaced, or,
 * if its connection was lost, when it can no longer be recovered; it must not call the library. */
void tincan_set_data(struct tincan_socket *s, void *data, void (*release)(void *data));
void *tincan_data(const struct tincan_socket *s);
/* Who this is, for connection state recovery: a state is only given back to the same user. Set it in a connection's middleware; ""
 * until then. */
bool tincan_set_user(struct tincan_socket *s, const char *user);
/* True when the connection state was recovered: same id, rooms and data, and what was missed has been sent.
 * Middleware runs for such connections too, before: it sees another id, and its data is replaced. */
bool tincan_recovered(const struct tincan_socket *s);
/* The handshake: the CONNECT's raw JSON object ("{}" when absent), the path, the query's raw text, a header by name (empty when
 * absent), the numeric address, whether TLS, the time in UTC ms. Valid as long as s. */
struct tincan_slice tincan_auth(const struct tincan_socket *s);
struct tincan_slice tincan_path(const struct tincan_socket *s);
struct tincan_slice tincan_query(const struct tincan_socket *s);
struct tincan_slice tincan_header(const struct tincan_socket *s, const char *name);
struct tincan_slice tincan_address(const struct tincan_socket *s);
bool tincan_secure(const struct tincan_socket *s);
int64_t tincan_time_ms(const struct tincan_socket *s);
/* All headers in their order. */
void tincan_each_header(const struct tincan_socket *s,
                        void (*fn)(struct tincan_slice name, struct tincan_slice value, void *user),
                        void *user);
/* The percent-decoded value of name in the handshake's query (the last one wins), NUL-terminated into out; false when it is absent,
 * does not fit or contains a NUL. */
bool tincan_query_get(const struct tincan_socket *s, const char *name, char *out, size_t out_bytes);

/* Rooms. Every socket is in the room of its own id, and stays there. fn may leave the room it is given. */
bool tincan_join(struct tincan_socket *s, const char *room);
void tincan_leave(struct tincan_socket *s, const char *room);
bool tincan_in(const struct tincan_socket *s, const char *room);
void tincan_each_room(const struct tincan_socket *s, void (*fn)(const char *room, void *user),
                      void *user);
/* Leave the namespace (the client is told and stays away); close: all of the connection's namespaces, and the connection. */
void tincan_disconnect(struct tincan_socket *s, bool close);
/* How far behind the client is: fn gets the bytes that are queued for its connection once everything sent before has been, or s NULL
 * when it is gone. A client that is 4 MiB behind loses its connection; who sends much asks this, or asks for acks, in between. */
bool tincan_backlog(struct tincan_socket *s,
                    void (*fn)(struct tincan_socket *s, size_t queued_bytes, void *user),
                    void *user);

/* --- sending --- */

/* OK: all have answered. TIMEOUT: not all did in time. DISCONNECTED: all that stayed did, but somebody left without an answer. */
enum tincan_ack_result { TINCAN_ACK_OK, TINCAN_ACK_TIMEOUT, TINCAN_ACK_DISCONNECTED };
/* answers: the raw JSON arguments of each socket that answered, in that order; of an emit to one socket, one. */
typedef void (*tincan_ack_fn)(void *user, enum tincan_ack_result result,
                              const struct tincan_slice *answers, size_t answers_n);
/* The same with answers like events, to be read with tincan_arg_...: attachments, and who answered (NULL when it has left since). */
typedef void (*tincan_answers_fn)(void *user, enum tincan_ack_result result,
                                  const struct tincan_event *answers, size_t answers_n);

struct tincan_send {
    const struct tincan_slice
        *attachments; /* for placeholders {"_placeholder":true,"num":i} in args; copied */
    unsigned attachments_n;
    bool is_volatile; /* drop it where it cannot be written at once */
    /* With is_volatile: drop it only where more than so many bytes wait already, so that who is merely between two writes, or two
     * polls, gets it. 0: where anything waits. */
    uint32_t volatile_bytes;
    tincan_ack_fn on_ack;         /* ask for acknowledgements; called exactly once, later */
    tincan_answers_fn on_answers; /* instead of on_ack */
    void *user;
    uint32_t timeout_ms; /* for both; 0: wait as long as the sockets are there */
};

/* Who gets a broadcast. Zero is everybody in the namespace. */
struct tincan_target {
    const char *const *rooms; /* NULL-terminated; the union of them; NULL: the whole namespace */
    const char *const *except_rooms;    /* NULL-terminated; NULL: none */
    const struct tincan_socket *except; /* usually the sender */
};

/* To one socket. send NULL: as without. */
bool tincan_emit(struct tincan_socket *s, const char *event, struct tincan_slice args);
bool tincan_emit_with(struct tincan_socket *s, const char *event, struct tincan_slice args,
                      const struct tincan_send *send);
/* target NULL: the whole namespace. Each socket gets it once. */
bool tincan_broadcast(struct tincan_namespace *ns, const struct tincan_target *target,
                      const char *event, struct tincan_slice args);
bool tincan_broadcast_with(struct tincan_namespace *ns, const struct tincan_target *target,
                           const char *event, struct tincan_slice args,
                           const struct tincan_send *send);
/* To one room; to one room but the sender. */
bool tincan_to(struct tincan_namespace *ns, const char *room, const char *event,
               struct tincan_slice args);
bool tincan_to_others(struct tincan_socket *sender, const char *room, const char *event,
                      struct tincan_slice args);

/* Answer an event that wants an ack, at most once; from its handler, or later by the socket and e->ack_id. Answering one that does not
 * want it does nothing. */
bool tincan_ack(struct tincan_event *e, struct tincan_slice args);
bool tincan_ack_later(struct tincan_socket *s, uint64_t ack_id, struct tincan_slice args);
bool tincan_ack_with(struct tincan_socket *s, uint64_t ack_id, struct tincan_slice args,
                     const struct tincan_slice *attachments, unsigned attachments_n);

/* --- sets of sockets; target NULL: the whole namespace --- */

/* How many they are. */
size_t tincan_count(struct tincan_namespace *ns, const struct tincan_target *target);
/* Call fn for each socket of a target, once. fn may disconnect it or change its rooms. */
void tincan_each_socket(struct tincan_namespace *ns, const struct tincan_target *target,
                        tincan_socket_fn fn, void *user);
void tincan_sockets_join(struct tincan_namespace *ns, const struct tincan_target *target,
                         const char *room);
void tincan_sockets_leave(struct tincan_namespace *ns, const struct tincan_target *target,
                          const char *room);
void tincan_disconnect_sockets(struct tincan_namespace *ns, const struct tincan_target *target,
                               bool close);

#ifdef __cplusplus
}
#endif
