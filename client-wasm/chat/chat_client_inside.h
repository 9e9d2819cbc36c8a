/* The inside of the chat client; see chat_client.h. */
#pragma once

#include "chat_client.h"
#include "host.h"
#include "json_in.h"

#define CHAT_CLIENT_ARENA_BYTES (16u << 20) /* of one answer or event taken apart */
#define CHAT_CLIENT_TEXTS_BYTES (64u << 10) /* of what is short */
#define CHAT_CLIENT_AGAIN_MS    1000        /* after which what got no answer is asked again */
#define CHAT_CLIENT_EARLY_MAX   256
#define CHAT_CLIENT_NEVER       INT64_MAX /* of times */

/* An event that came too early, as its JSON. */
struct held_event {
    struct held_event *next;
    int64_t room, ev;
    struct slice json;
    char bytes[];
};

/* Inv, unless a resume is under way: last_ev <= heard_ev; what is held lies behind last_ev; while last_ev < heard_ev, a sync is under way or
 * sync_ms is set. */
struct client_room {
    struct chat_room r; /* texts are in arena */
    struct arena arena;
    int64_t last_ev;  /* applied */
    int64_t heard_ev; /* known to be */
    bool followed;
    bool seen; /* while a resume is taken over: it is still there */
    bool syncing, recounting;
    int64_t sync_ms, recount_ms; /* when to ask; CHAT_CLIENT_NEVER: need not be */
    struct held_event *held;     /* in the order of ev */
    unsigned held_n;
};

struct out_message {
    struct out_message *next;
    struct out_queue *queue;
    bool in_flight;
    bool too_large;
    bool last_try; /* the room is not ours any more */
    int64_t ts;    /* as in chat_client_message */
    int64_t not_before_ms;
    uint32_t tries;
    int64_t reply_to;
    int64_t files[CHAT_FILES_MAX];
    uint32_t files_n;
    struct slice alts[CHAT_FILES_MAX]; /* behind the text */
    bool has_alts;
    unsigned char cid[CHAT_CID_HEX / 2];
    size_t text_n, bytes; /* bytes: with alts */
    char text[];
};

/* A room's messages, in their order. Only the first one is ever in flight. */
struct out_queue {
    struct out_queue *next;
    struct chat_client *c;
    int64_t room;
    struct out_message *first, **end;
};

/* A request on its way. */
struct client_call {
    struct client_call *next, **at;
    struct chat_client *c;
    enum event_id event;
    chat_answer_fn fn;
    void *user;
    int64_t room;
};

struct chat_client {
    struct chat_client_callbacks callbacks;
    struct sock *sock;
    const struct host *host;
    enum chat_client_state state;

    struct host_timer *timer; /* one for everything */
    int64_t wake_ms;          /* when it fires */
    int64_t reopen_ms, resume_ms;
    int64_t bye_ms; /* the server has asked not to come before; 0: it has not */
    bool signed_out_untold;

    bool token_refused; /* the last one was; until another has come */
    unsigned refusals_n;
    int64_t resumed_ms; /* when the connection became LIVE */
    char sid[64];       /* of the connection that was resumed last */
    size_t sid_n;

    struct chat_user me;
    struct arena me_arena;
    int64_t blocked[CHAT_BLOCKS_MAX];
    uint32_t blocked_n;
    struct slice epoch;
    struct arena epoch_arena;

    bool resuming; /* a resume is under way, or about to be: events wait for its answer */
    bool again;    /* it has to be done once more */
    bool
        renamed; /* what the whole is called was heard meanwhile: the answer may be from before it */
    struct held_event *early; /* of rooms not known yet, the latest first */
    unsigned early_n;
    struct client_room **rooms; /* by id */
    uint32_t rooms_n, rooms_cap, followed_n;

    struct out_queue *out;
    unsigned out_n, in_flight_n;
    size_t out_bytes;

    struct buf scratch;
    struct client_call *calls; /* whose answers have not come */
};

/* chat_client.c */
/* See to it that on_timer runs then. */
void client_wake(struct chat_client *c, int64_t at_ms);
void client_set_state(struct chat_client *c, enum chat_client_state state,
                      const struct sock_status *status);
/* The connection is gone: what was under way on it is not any more. */
void client_lose(struct chat_client *c);

/* chat_ask.c */
/* As chat_client_ask, in any state. */
NODISCARD enum err client_ask(struct chat_client *c, enum event_id event,
                              const struct chat_request *request, chat_answer_fn fn, void *user);
/* After how long to ask again what was answered so; 0: never. */
uint32_t client_again_ms(const struct chat_answer *answer);
/* The first of what an event or an answer carries, checked to be an object. */
bool client_first_object(const struct sock_args *args, struct slice *json);
void client_calls_fini(struct chat_client *c);

/* chat_resume.c */
void client_resume(struct chat_client *c);
/* An event of a room that is not known: it may be one that the resume's answer tells of. */
void client_early_event(struct chat_client *c, const struct chat_event *e, struct slice json);
void client_early_drop(struct chat_client *c);
void client_take_me(struct chat_client *c, const struct chat_user *user);

/* chat_rooms.c */
struct client_room *client_room_find(const struct chat_client *c, int64_t id);
/* Take over what the server says of a room; NULL: no memory, or too many. */
struct client_room *client_room_put(struct chat_client *c, const struct chat_room *from);
/* The same of a room that is told outside of a resume. */
void client_room_learn(struct chat_client *c, const struct chat_room *from);
void client_room_drop(struct chat_client *c, int64_t id, bool put_out);
void client_room_tell(struct chat_client *c, const struct client_room *room);
void client_room_drop_held(struct client_room *room);
/* The connection is gone. */
void client_rooms_lost(struct chat_client *c);
void client_rooms_fini(struct chat_client *c);

/* chat_events.c */
struct held_event *client_held_new(const struct chat_event *e, struct slice json);
/* An event from the wire. */
void client_room_event(struct chat_client *c, const struct chat_event *e, struct slice json);
/* Apply what was held, as far as it goes; ask for what is missing. */
void client_room_drain(struct chat_client *c, struct client_room *room);
/* What counts as a mention has changed. */
void client_rooms_recount(struct chat_client *c);
/* Ask what the time has come for. */
void client_rooms_turn(struct chat_client *c);

/* chat_blocks.c */
/* The resume's answer: all of them. */
void client_take_blocks(struct chat_client *c, struct json_in *in);
void client_block(struct chat_client *c, const struct chat_user *who, bool on);

/* chat_wire.c */
void client_on_event(void *user, const struct sock_event *event);

/* chat_outbox.c */
void client_outbox_pump(struct chat_client *c);
/* Tell of those that can never be sent. */
void client_outbox_turn(struct chat_client *c);
/* The connection is gone: what was handed to it waits again, and is due at once. */
void client_outbox_lost(struct chat_client *c);
/* What the room's server has put off may be taken now. */
void client_outbox_due(struct chat_client *c, int64_t room);
/* The room is not ours any more: what waits for it is refused, and nothing of it goes out by itself should we be let in again. */
void client_outbox_drop(struct chat_client *c, int64_t room);
void client_outbox_fini(struct chat_client *c);

/* A copy of a user whose texts are in the arena. false: no memory. */
bool client_copy_user(struct chat_user *to, const struct chat_user *from, struct arena *arena);
