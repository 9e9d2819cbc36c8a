/* The inside of libtincan. Everything here belongs to the handlers' thread, but for what app_reactor.c says.
 *
 *   reactor --inbound mail (CONNECT, EVENT, ACK, GONE)--> handlers' thread --outbox of commands, one mail a turn--> reactor
 *
 * The handlers' thread knows who is in which room and decides; reactors hold the same rooms by number and only write. Because one
 * thread gives all commands, and each reactor runs them in order, two broadcasts arrive in the same order everywhere.
 *
 * A tincan_socket is made on its reactor when CONNECT arrives and given away with the mail; the GONE mail is the last that names it.
 */
#pragma once

#include "io.h"
#include "loop.h"
#include "map.h"
#include "site.h"
#include "tincan.h"
#include <regex.h>

#define APP_ROOM_NONE    UINT32_MAX
#define APP_OFFSET_BYTES 24 /* a number in decimal, and a NUL */

/* --- commands --- */

enum command_kind {
    COMMAND_ACCEPT,     /* text: further members of the answer; id when has_id */
    COMMAND_REFUSE,     /* text: the error object */
    COMMAND_SEND,       /* frames to one socket */
    COMMAND_PUSH,       /* frames to a room but (ref) one socket */
    COMMAND_JOIN,       /* room */
    COMMAND_LEAVE,      /* room */
    COMMAND_DROP_ROOM,  /* room: it is empty and its number free */
    COMMAND_DISCONNECT, /* the namespace */
    COMMAND_CLOSE,      /* the connection */
};

struct command {
    uint8_t kind;
    bool is_volatile;
    bool has_id;
    char id[TINCAN_ID_BYTES];
    uint32_t room;
    uint64_t ref;
    struct out_slice frames; /* holds a reference */
    char *text;
};

/* What one reactor is told at the end of the turn. */
struct outbox {
    struct command *v;
    uint32_t n, cap;
};

/* --- rooms --- */

struct app_room {
    char *name; /* NULL: the whole namespace */
    uint32_t number; /* on the reactors */
    struct tincan_socket **members;
    uint32_t members_n, members_cap;
    uint32_t *on_reactor_n; /* members by reactor */
};

struct app_membership {
    struct app_room *room;
    uint32_t index; /* among the room's members */
};

/* --- handlers --- */

struct event_handler {
    struct event_handler *next;
    tincan_event_fn fn;
    void *user;
    char *types; /* NULL: anything */
};

struct middleware {
    struct middleware *next;
    void (*on_connect)(struct tincan_connect *c, void *user);
    bool (*on_event)(struct tincan_event *e, void *user);
    tincan_socket_fn on_socket;
    tincan_reason_fn on_reason;
    tincan_event_fn on_any;
    void (*on_room)(enum tincan_room_change change, const char *room, const char *socket_id, void *user);
    void *user;
};

/* What is registered; children of a pattern use their parent's. */
struct handlers {
    struct map events; /* name to struct event_handler list */
    struct middleware *connects, *connections, *disconnectings, *disconnects, *event_checks, *any_in, *any_out, *room_changes;
};

struct tincan_namespace {
    struct tincan *t;
    struct tincan_namespace *parent; /* the pattern it was made by, or NULL */
    char *name;                      /* NULL: a pattern */
    struct handlers handlers;
    struct map rooms;   /* name to struct app_room */
    struct map sockets; /* id to struct tincan_socket */
    struct app_room all;
    uint32_t connecting_n; /* sockets that wait for a middleware */
    struct map acks;       /* 8 bytes of id to struct pending_ack */
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
    struct middleware *next; /* to be asked */
    bool answered;           /* by the middleware that is being asked */
};

enum socket_state { SOCKET_CONNECTING, SOCKET_CONNECTED, SOCKET_LEFT };

struct tincan_socket {
    struct tincan *t;
    struct tincan_namespace *ns; /* NULL until it is found */
    uint64_t ref;
    unsigned reactor;
    char id[TINCAN_ID_BYTES + 1];
    enum socket_state state;
    bool recovered;
    struct eio_info *info;
    char *auth; /* NUL-terminated */
    size_t auth_n;
    void *data;
    void (*release)(void *data);
    struct app_membership *rooms;
    uint32_t rooms_n, rooms_cap;
    struct app_membership all;
    bool data_saved; /* for a recovery: not to be released here */
    uint64_t mark; /* of the last set that it was put into */
    struct tincan_connect connect;
    struct mail gone;
    const char *gone_reason;
    bool gone_reason_known; /* it left while a middleware was being asked */
    struct recovery *recovery; /* NULL unless it is on */
};

/* --- the server --- */

struct tincan {
    struct tincan_options options; /* strings are copies */
    struct loop loop;
    uv_signal_t signals[2];
    uv_async_t stop;
    struct io_options io_options;
    struct io_namespace row;
    struct io_server *io;
    struct civet *civet;
    struct civet_listen *listen;
    struct slice *origins;
    char *listen_text, *origins_text;
    unsigned listen_n, origins_n;
    struct site *site;
    struct map namespaces; /* name to struct tincan_namespace */
    struct tincan_namespace *patterns; /* in the order they were added */
    struct outbox *outboxes;                /* by reactor */
    struct app_reactor_rooms *reactor_rooms; /* by reactor; touched by it only */
    struct chunk_writer broadcasts, directs;
    struct buf scratch;
    uint64_t last_mark;
    uint32_t *free_rooms; /* numbers to be used again */
    uint32_t free_rooms_n, free_rooms_cap, next_room;
    struct recovery_store *recovery;
    struct app_after *afters; /* timers that have not fired */
    bool listening, stopping;
    bool stopped; /* the reactors have ended */
    char error[256];
};

/* Remember why something failed; returns false. */
bool app_fail(struct tincan *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *app_copy(struct slice s);

/* app_reactor.c: the rows of io.h and running commands, on reactors; receiving and giving mail, here. */
struct io_namespace app_row(struct tincan *t);
/* Add a command for a reactor; takes c->text, takes a reference of its own to the frames. Sends of adjoining frames are joined. */
bool app_command(struct tincan *t, unsigned reactor, const struct command *c);
/* The end of a turn. */
void app_flush(void *t);
bool app_reactors_init(struct tincan *t);
/* After the reactors have ended. */
void app_reactors_fini(struct tincan *t);

/* app_socket.c */
void app_on_connect(struct tincan_socket *s, struct slice nsp);
void app_on_gone(struct tincan_socket *s, const char *reason);
void app_socket_free(struct tincan_socket *s);
/* Let a socket make way for its client's new connection. */
void app_evict(struct tincan_socket *s);
/* Finish joining: id and rooms are set. */
void app_accept(struct tincan_socket *s);

/* app_event.c */
void app_on_event(struct tincan_socket *s, struct tincan_event *e);
struct handlers *app_handlers(struct tincan_namespace *ns);
void app_handlers_fini(struct handlers *h);

/* app_room.c */
bool app_room_add(struct tincan_namespace *ns, struct app_room *room, struct tincan_socket *s, struct app_membership *m);
void app_room_remove(struct tincan_namespace *ns, struct tincan_socket *s, struct app_membership *m);
bool app_room_init(struct tincan *t, struct app_room *room, const char *name);
void app_room_fini(struct tincan *t, struct app_room *room);
void app_leave_all(struct tincan_socket *s);
struct app_room *app_room_find(struct tincan_namespace *ns, const char *name);
/* The sockets of a target, each once, in an array of the caller's to free with mem_free; *n is 0 and NULL given on none or on no
 * memory (then app_fail was called). */
struct tincan_socket **app_resolve(struct tincan_namespace *ns, const struct tincan_target *target, size_t *n);

/* app_send.c */
void app_on_ack(struct tincan_socket *s, uint64_t id, struct slice args);
/* A socket is gone: answers that only it could give will not come. */
void app_drop_acks(struct tincan_socket *s);
void app_free_acks(struct tincan_namespace *ns);

/* app_namespace.c */
struct tincan_namespace *app_find_namespace(struct tincan *t, const char *name);
void app_namespace_free(struct tincan_namespace *ns);
/* A dynamic namespace lost its last socket. */
void app_namespace_emptied(struct tincan_namespace *ns);

/* app_recovery.c: connection state recovery. All harmless when it is off. */
bool app_recovery_init(struct tincan *t);
void app_recovery_fini(struct tincan *t);
/* A socket was let in: give it back what it had, if it asks and may. Missed packets are sent to it. */
void app_recovery_restore(struct tincan_socket *s);
/* The further members of its CONNECT's answer. */
void app_recovery_describe(struct tincan_socket *s, char *out, size_t out_bytes);
/* A socket leaves: keep what it would want back. */
void app_recovery_save(struct tincan_socket *s, const char *reason);
void app_recovery_forget(struct tincan_socket *s);
/* Number the event that is to be sent: its offset, in out. Only while recovery is on. */
struct slice app_recovery_next(struct tincan *t, char out[APP_OFFSET_BYTES]);
/* Keep the event that was just numbered and sent for those who may miss it. */
void app_recovery_log(struct tincan_namespace *ns, const struct tincan_target *target, struct out_slice frames);
void app_recovery_log_own(struct tincan_socket *s, struct out_slice frames);

/* tincan.c: a timer that can be cancelled; NULL: no memory. */
struct app_after *app_after(struct tincan *t, uint32_t delay_ms, void (*fn)(struct tincan *t, void *user), void *user);
void app_after_cancel(struct tincan *t, struct app_after *a);
