/* The inside of libtincan. Everything here belongs to the handlers' thread, but for what app_reactor.c says.
 *
 *   reactor --inbound mail (CONNECT, EVENT, ACK, GONE)--> handlers' thread --outbox of commands, one mail a turn--> reactor
 *
 * The handlers' thread knows who is in which room and decides; reactors hold the same rooms by number and only write. Because one
 * thread gives all commands, and each reactor runs them in order, two broadcasts arrive in the same order everywhere.
 *
 * A tincan_socket is made on its reactor when CONNECT arrives and given away with the mail; the GONE mail is the last that names it.
 * A command that there is no memory for would leave a client with a gap: its connection is closed instead (app_doom).
 *
 * Handlers may do anything at any time. What they are called for is kept until they return: sockets until their GONE mail, rooms by
 * app_room.holds_n, namespaces until the end of the turn.
 */
#pragma once

#include "app_inline.h"
#include "client_bundle.h"
#include "io.h"
#include "loop.h"
#include "map.h"
#include "site.h"
#include "tincan.h"
#include <regex.h>

#define APP_ROOM_NONE    UINT32_MAX
#define APP_OFFSET_BYTES 24 /* a number in decimal, and a NUL */
#define APP_PID_BYTES    20

/* Packets go out in two variants: those who can be recovered get an offset. */
enum { APP_PLAIN, APP_RECOVERABLE, APP_VARIANTS_N };

/* --- commands --- */

enum command_kind {
    COMMAND_ACCEPT,     /* text: further members of the answer; id */
    COMMAND_REFUSE,     /* text: the error object */
    COMMAND_SEND,       /* frames to one socket */
    COMMAND_PUSH,       /* frames to a room but (ref) one socket */
    COMMAND_PUSH_ROW,   /* frames to an inline namespace; room: its row */
    COMMAND_JOIN,       /* room */
    COMMAND_LEAVE,      /* room */
    COMMAND_DROP_ROOM,  /* room: it is empty and its number free */
    COMMAND_DISCONNECT, /* the namespace */
    COMMAND_CLOSE,      /* the connection */
    COMMAND_BACKLOG,    /* answer with query, which holds what is asked */
};

struct command {
    uint8_t kind;
    bool is_volatile;
    uint32_t volatile_bytes;
    char id[TINCAN_ID_BYTES];
    uint32_t room;
    uint64_t ref;
    struct out_slice frames; /* holds a reference */
    char *text;
    struct app_query *query;
};

/* --- rooms --- */

struct app_room {
    char *name; /* NULL: the whole namespace */
    uint32_t
        number[APP_VARIANTS_N]; /* on the reactors; APP_ROOM_NONE until somebody is in it there */
    struct tincan_socket **members;
    uint32_t members_n, members_cap;
    uint32_t *on_reactor_n; /* members that reactors know, by reactor and variant */
    unsigned holds_n;       /* it is not freed while a handler is told about it */
};

struct app_membership {
    struct app_room *room;
    uint32_t index;  /* among the room's members */
    bool on_reactor; /* the reactor knows: not before the socket is let in */
};

/* --- handlers --- */

struct event_handler {
    struct event_handler *next;
    tincan_event_fn fn;
    void *user;
    char *types; /* NULL: anything */
};

enum row_kind {
    ROW_CONNECT,
    ROW_CONNECTION,
    ROW_DISCONNECTING,
    ROW_DISCONNECT,
    ROW_EVENT_CHECK,
    ROW_ANY_IN,
    ROW_ANY_OUT,
    ROW_ROOM,
    ROW_KINDS_N,
};

struct row {
    struct row *next;
    struct tincan_namespace *owner;
    union {
        void (*on_connect)(struct tincan_connect *c, void *user);
        bool (*on_event)(struct tincan_event *e, void *user);
        tincan_socket_fn on_socket;
        tincan_reason_fn on_reason;
        tincan_event_fn on_any;
        void (*on_room)(enum tincan_room_change change, const char *room, const char *socket_id,
                        void *user);
    };
    void *user;
};

struct handlers {
    struct map events; /* name to struct event_handler list */
    struct row *rows[ROW_KINDS_N];
};

struct tincan_namespace {
    struct tincan *t;
    struct tincan_namespace *parent; /* the pattern it was made by: its handlers come first */
    char *name;                      /* NULL: a pattern */
    enum tincan_recovery recovery;
    struct handlers handlers;
    struct map rooms;   /* name to struct app_room */
    struct map sockets; /* id to struct tincan_socket */
    struct app_room all;
    uint32_t users_n; /* sockets that point here, whatever their state */
    bool was_joined;  /* somebody got in once */
    bool in_limbo;    /* to be looked at at the end of the turn: may it go? */
    struct tincan_namespace *next_in_limbo;
    struct map acks; /* 8 bytes of id to struct pending_ack */
    uint64_t next_ack_id;
    /* patterns only */
    struct tincan_namespace *next_pattern;
    bool has_regex;
    regex_t regex;
    bool (*match)(const char *name, void *user);
    void *match_user;
};

/* --- sockets --- */

struct tincan_connect {
    struct row *next; /* to be asked */
    bool answered;    /* by the middleware that is being asked */
};

/*   CONNECTING --all middleware agreed--> CONNECTED --it or we end it--> LEAVING --disconnecting handlers ran--> LEFT
 *   CONNECTING --refused, or it left--> LEFT */
enum socket_state { SOCKET_CONNECTING, SOCKET_CONNECTED, SOCKET_LEAVING, SOCKET_LEFT };

struct tincan_socket {
    struct tincan *t;
    struct tincan_namespace *ns; /* NULL until it is found */
    uint64_t ref;
    unsigned reactor;
    char id[TINCAN_ID_BYTES + 1];
    enum socket_state state;
    bool recovered;
    bool recoverable; /* it gets offsets */
    struct eio_info *info;
    char *auth; /* NUL-terminated */
    size_t auth_n;
    void *data;
    void (*release)(void *data);
    struct app_membership *rooms;
    uint32_t rooms_n, rooms_cap;
    struct app_membership all;
    bool data_saved; /* for a recovery: not to be released here */
    uint64_t mark;   /* of the last set that it was put into */
    struct tincan_connect connect;
    struct ack_wait *waits; /* answers it owes */
    struct mail gone;
    const char *gone_reason;
    bool is_gone; /* the GONE mail came: the reactor knows it no more */
    struct tincan_socket *next_held, **at_held; /* gone, but a middleware still has to answer */
    char *user;                                 /* NULL: "" */
    char pid[APP_PID_BYTES + 1];                /* "" unless it can be recovered */
    bool doomed;
    struct mail doom;
    _Atomic unsigned holders;     /* of the memory: the handlers' thread, and the doom mail */
    _Atomic size_t waiting_bytes; /* of its events that wait for the handlers' thread */
};

/* --- the server --- */

struct tincan {
    struct tincan_options options; /* strings are copies */
    struct loop loop;
    uv_signal_t signals[2];
    uv_async_t stop;
    struct io_options io_options;
    struct io_namespace
        *rows; /* the inline ones, then the library's, which takes every other name */
    bool front_is_quiet;
    struct io_server *io;
    struct civet *civet;
    struct civet_listen *listen;
    struct slice *origins;
    char *listen_text, *origins_text;
    unsigned listen_n, origins_n;
    struct proxy_trust trust;
    struct eio_seats seats; /* one for all reactors */
    struct site *site;
    struct client_bundle *bundle;
    struct map namespaces;             /* name to struct tincan_namespace */
    struct tincan_namespace *patterns; /* in the order they were added */
    struct tincan_namespace *limbo;
    struct tincan_socket *held;
    struct pending_ack *pending; /* of all namespaces */
    struct outbound **outboxes;  /* by reactor; what it will be told at the end of the turn */
    struct app_reactor_rooms *reactor_rooms; /* by reactor; touched by it only */
    struct chunk_writer broadcasts, directs;
    struct buf scratch;
    uint64_t last_mark;
    uint32_t *free_rooms; /* numbers to be used again */
    uint32_t free_rooms_n, free_rooms_cap, next_room;
    struct recovery_store *recovery; /* NULL: off */
    struct app_after *afters;        /* timers that have not fired */
    size_t waiting_bytes_max;
    bool listening, stopping;
    bool stopped;     /* the reactors have ended */
    char error[2048]; /* with the longest path in it */
};

/* tincan.c */
/* Remember why something failed; returns false. */
bool app_fail(struct tincan *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool app_out_of_memory(struct tincan *t);
char *app_copy(struct slice s);

/* app_options.c: false: app_fail was called. */
bool app_options_read(struct tincan *t, const struct tincan_options *options,
                      const struct app_inline *more);
void app_options_fini(struct tincan *t);

/* app_http.c: does the program read the body of this request itself? Let it answer one; false: it does not. Thread: CivetWeb's. */
bool app_http_streams(const struct tincan *t, const struct http_request *request);
bool app_http_reply(const struct tincan *t, const struct http_request *request,
                    struct http_reply *reply);
/* The decoded value of name in a query, as tincan_query_get gives it. Thread: any. */
bool app_query_text(struct slice query, const char *name, char *out, size_t out_bytes);

/* app_after.c: timers that can be cancelled; NULL: no memory, or too late. */
struct app_after *app_after(struct tincan *t, uint32_t delay_ms,
                            void (*fn)(struct tincan *t, void *user), void *user);
void app_after_cancel(struct tincan *t, struct app_after *a);
/* The end: let them all fire. */
void app_after_end(struct tincan *t);

/* app_reactor.c: the callbacks of io.h. Thread: the reactors'. */
struct io_namespace app_row(struct tincan *t);
/* Free what a socket is, once nobody holds it. Thread: the handlers', or the reactor's before it was given away. */
void app_socket_unref(struct tincan_socket *s);
/* app_command_run.c: do what a command says. Thread: its reactor's. */
void app_command_run(struct tincan *t, unsigned reactor, const struct command *c);
bool app_reactor_rooms_init(struct tincan *t);
/* After the reactors have ended. */
void app_reactor_rooms_fini(struct tincan *t);
/* A socket's part on its reactor, in io's socket data. */
struct app_io {
    struct tincan_socket *socket;
    struct app_member *members;
};
void app_io_drop_members(struct app_io *state);
/* The last mail about a socket. */
void app_post_gone(struct tincan_socket *s, const char *reason);

/* The answer to a question, from a reactor; io NULL: there is no such socket. */
struct app_query;
void app_query_answer(struct tincan *t, struct app_query *q, struct io_socket *io);

/* app_outbox.c */
/* Make room, so that n commands for a reactor cannot fail. */
bool app_reserve(struct tincan *t, unsigned reactor, uint32_t n);
/* Add a command for a reactor; takes c->text and c->query, takes a reference of its own to the frames. Sends of adjoining frames are
 * joined. */
bool app_command(struct tincan *t, unsigned reactor, const struct command *c);
/* The same about s (sets ref); one that is gone hears nothing more, one that cannot be told is doomed. */
bool app_tell(struct tincan_socket *s, struct command c);
/* Close the connection of s, without needing memory. */
void app_doom(struct tincan_socket *s);
/* The end of a turn. */
void app_flush(void *t);
bool app_outboxes_init(struct tincan *t);
void app_outboxes_fini(struct tincan *t);

/* A question to a reactor, and its answer. */
struct app_query {
    struct mail mail;
    struct tincan *t;
    struct tincan_socket *socket; /* of the answer; NULL: gone */
    size_t bytes;
    void (*fn)(struct tincan_socket *s, size_t queued_bytes, void *user);
    void *user;
};

/* app_socket.c */
void app_on_connect(struct tincan_socket *s, struct slice nsp);
void app_on_gone(struct tincan_socket *s);
void app_socket_free(struct tincan_socket *s);
/* Let a socket make way for its client's new connection. */
void app_evict(struct tincan_socket *s);

/* app_event.c */
void app_on_event(struct tincan_socket *s, struct tincan_event *e);

/* app_handler.c: what is registered for ns: its pattern's, then its own. */
struct row *app_first_row(const struct tincan_namespace *ns, enum row_kind kind);
struct row *app_next_row(const struct tincan_namespace *ns, enum row_kind kind,
                         const struct row *row);
void app_handlers_fini(struct handlers *h);

/* app_room.c */
bool app_room_init(struct tincan *t, struct app_room *room, const char *name);
void app_room_fini(struct tincan *t, struct app_room *room);
bool app_room_add(struct app_room *room, struct tincan_socket *s, struct app_membership *m);
/* The socket is let in: let its reactor know of its rooms. */
void app_rooms_enter(struct tincan_socket *s);
void app_leave_all(struct tincan_socket *s);
struct app_room *app_room_find(const struct tincan_namespace *ns, const char *name);

/* app_target.c */
/* The sockets of a target, each once, in an array of the caller's to free with mem_free; *n is 0 and NULL given on no memory (then
 * app_fail was called). */
struct tincan_socket **app_resolve(struct tincan_namespace *ns, const struct tincan_target *target,
                                   size_t *n);

/* app_ack.c */
struct pending_ack;
/* Expect answers from sockets. NULL: no memory. */
struct pending_ack *app_ack_new(struct tincan_namespace *ns, const struct tincan_send *send,
                                struct tincan_socket *const *from, size_t n);
uint64_t app_ack_id(const struct pending_ack *p);
/* Nothing was sent after all: nobody is told. */
void app_ack_discard(struct pending_ack *p);
void app_on_ack(struct tincan_socket *s, uint64_t id, const struct tincan_event *answer);
/* A socket is gone: the answers that it owes will not come. */
void app_drop_acks(struct tincan_socket *s);
/* The end: no more answers will come. */
void app_finish_acks(struct tincan *t);

/* app_namespace.c */
struct tincan_namespace *app_find_namespace(struct tincan *t, const char *name);
void app_namespace_free(struct tincan_namespace *ns);
/* Something ended in a namespace: if it was the last, a pattern's namespace may go at the end of the turn. */
void app_namespace_check(struct tincan_namespace *ns);
void app_free_limbo(struct tincan *t);

/* app_recovery.c: connection state recovery. All harmless when it is off. */
bool app_recovery_init(struct tincan *t);
void app_recovery_fini(struct tincan *t);
/* A socket was let in: give it back what it had, if it asks and may. Missed packets are sent to it. */
void app_recovery_restore(struct tincan_socket *s);
/* A socket leaves: keep what it would want back. */
void app_recovery_save(struct tincan_socket *s, const char *reason);
void app_recovery_forget(struct tincan_socket *s);
/* Is anything in ns numbered and kept? */
bool app_recovery_on(const struct tincan_namespace *ns);
/* Number the event that is to be sent: its offset, in out. Only while recovery is on. */
struct slice app_recovery_next(struct tincan *t, char out[APP_OFFSET_BYTES]);
/* Keep the event that was just numbered and sent for those who may miss it. */
void app_recovery_log(struct tincan_namespace *ns, const struct tincan_target *target,
                      struct out_slice frames);
