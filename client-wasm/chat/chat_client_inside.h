/* The inside of the chat client; see chat_client.h. */
#pragma once

#include "chat_client.h"
#include "host.h"

#define CHAT_CLIENT_ARENA_BYTES (16u << 20) /* of one answer or event taken apart */
#define CHAT_CLIENT_ROOMS_MAX   10000

/* An event that came too early, as its JSON. */
struct held_event {
    struct held_event *next;
    int64_t ev;
    struct slice json;
    char bytes[];
};

struct client_room {
    struct chat_room r; /* texts are in arena */
    struct arena arena;
    int64_t last_ev;
    bool followed;
    bool syncing;
    bool seen;               /* while a resume is taken over: it is still there */
    struct held_event *held; /* in the order of ev */
    unsigned held_n;
};

enum out_state { OUT_WAITING, OUT_IN_FLIGHT };

struct out_message {
    struct out_message *next;
    struct chat_client *c;
    enum out_state state;
    bool dead; /* not wanted any more; freed when its answer has come */
    int64_t not_before_ms;
    uint32_t tries;
    int64_t room, reply_to;
    unsigned char cid[CHAT_CID_HEX / 2];
    size_t text_n;
    char text[];
};

struct chat_client {
    struct chat_client_callbacks callbacks;
    struct sock *sock;
    const struct host *host;
    struct host_timer *timer; /* for messages that wait their time */
    enum chat_client_state state;
    bool wants_token;   /* a CONNECT waits for one */
    bool token_refused; /* the last one was; until another has come */
    struct chat_user me;
    struct arena me_arena;
    struct slice epoch;
    struct arena epoch_arena;
    struct client_room **rooms; /* by id */
    uint32_t rooms_n, rooms_cap;
    struct out_message *out, **out_tail;
    unsigned out_n, in_flight_n;
    struct buf scratch;
    char sid[64]; /* of the connection that was resumed last */
    size_t sid_n;
    bool refused;              /* by the server, for now: tried again by the timer */
    struct client_call *calls; /* whose answers have not come */
};

/* A request on its way. */
struct client_call {
    struct client_call *next, **at;
    chat_answer_fn fn;
    void *user;
    int64_t room;
};

/* chat_rooms.c */
struct client_room *client_room_find(const struct chat_client *c, int64_t id);
/* Take over what the server says of a room; NULL: no memory. */
struct client_room *client_room_put(struct chat_client *c, const struct chat_room *from);
void client_room_drop(struct chat_client *c, int64_t id);
void client_rooms_fini(struct chat_client *c);
/* An event from the wire, or (from_sync) of a delta. */
void client_room_event(struct chat_client *c, const struct chat_event *e, struct slice json);
/* Apply what a resume or a sync gave, then what was held. */
void client_room_catch_up(struct chat_client *c, struct client_room *room,
                          const struct chat_room *from);
void client_room_drain(struct chat_client *c, struct client_room *room);
void client_tell_room(struct chat_client *c, const struct client_room *room);

/* chat_outbox.c */
void client_outbox_pump(struct chat_client *c);
/* The connection is gone: what was handed to it waits again. */
void client_outbox_lost(struct chat_client *c);
void client_outbox_fini(struct chat_client *c);

/* A copy of a user whose texts are in the arena. false: no memory. */
bool client_copy_user(struct chat_user *to, const struct chat_user *from, struct arena *arena);
