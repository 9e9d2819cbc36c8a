/* The client's side of /chat: who is signed in, which rooms there are, what happens in them in its order, and what is to be sent, over
 * reconnects. The page and the terminal program stand on it. Messages are given on, not kept.
 *
 *   IDLE --chat_client_open--> CONNECTING --CONNECT with the token--> RESUMING --answer--> LIVE
 *   LIVE, RESUMING --connection lost--> CONNECTING
 *   CONNECTING --refused, code auth--> on_token(refused) --chat_client_token--> CONNECTING
 *                                      --chat_client_token with nothing--> SIGNED_OUT
 *
 * Events of a room are numbered by ev. The next one is applied, an older one dropped; one that lies further on waits (up to
 * CHAT_CLIENT_HOLD_MAX) while what is between is asked for. So whoever hears on_event of a room that is followed hears of each change,
 * in its order, and of none twice; of several changes of one message that were missed, only of the last. Or on_reset: what was known
 * of the room is void, this is the latest.
 *
 * What is sent keeps its cid over every retry, so that the server knows it again. In a room, a message goes out when the one before it
 * has its answer: else one that the server puts off would be overtaken by the next. Rooms do not wait for each other.
 *
 * Thread: the host's one. Callbacks run from the wire or a timer, never inside a call to this module; they may call anything here but
 * chat_client_free. What they are given is borrowed for the call.
 */
#pragma once

#include "answer_refusal.h"
#include "chat_request.h"
#include "sock.h"

#define CHAT_CLIENT_HOLD_MAX         64         /* events of a room that came too early */
#define CHAT_CLIENT_IN_FLIGHT_MAX    16         /* messages on their way, of all rooms */
#define CHAT_CLIENT_OUTBOX_MAX       1000       /* messages that wait or are on their way */
#define CHAT_CLIENT_OUTBOX_BYTES_MAX (4u << 20) /* of their texts */
#define CHAT_CLIENT_ROOMS_MAX        10000
#define CHAT_CLIENT_ASK_MS           15000

struct chat_client;

enum chat_client_state {
    CHAT_CLIENT_IDLE,
    CHAT_CLIENT_CONNECTING,
    CHAT_CLIENT_RESUMING,
    CHAT_CLIENT_LIVE,
    CHAT_CLIENT_SIGNED_OUT
};

/* The answer to a request. */
struct chat_answer {
    enum err
        result; /* ERR_OK: the server answered | ERR_CLOSED, ERR_TIMEOUT and others: it did not; nothing else is set */
    bool ok;
    struct slice json;         /* the whole answer, checked */
    struct answer_refusal why; /* when not ok */
    int64_t room;              /* that was asked about */
};
typedef void (*chat_answer_fn)(void *user, const struct chat_answer *answer);

/* What became of a message. OK: seq is its number. FAILED: it will never be sent as it is, answer says why (its result ERR_LIMIT: it is
 * larger than what the server takes). */
enum chat_sent { CHAT_SENT_OK, CHAT_SENT_FAILED };

/* Zero leaves a callback out, but for on_token. */
struct chat_client_callbacks {
    void *user;
    /* An access token is wanted, to be given with chat_client_token, now or later. refused: the last one was not taken. */
    void (*on_token)(void *user, bool refused);
    /* status may be NULL. It is WAITING also between a refusal and the next try. */
    void (*on_state)(void *user, enum chat_client_state state, const struct sock_status *status);
    /* The server's store was set back to an earlier state: what is known of its rooms and messages may never have been. Comes before
     * on_reset of the rooms that are followed. */
    void (*on_restored)(void *user);
    /* Signed in, and all rooms are known. Also when it happens again, after a reconnect or when the client had lost its place. */
    void (*on_resumed)(void *user, const struct chat_user *me);
    /* What the server's clock showed a moment ago, UTC. Comes before on_resumed. */
    void (*on_clock)(void *user, int64_t utc_ms);
    /* What people call the whole; empty: nothing. Comes before on_resumed, and whenever it is called otherwise. */
    void (*on_workspace)(void *user, struct slice name);
    void (*on_room)(void *user, const struct chat_room *room);
    /* put_out: just now, by somebody else. What waited to be sent there has failed; on_sent follows for each. */
    void (*on_room_gone)(void *user, int64_t room, bool put_out);
    void (*on_event)(void *user, const struct chat_event *event);
    void (*on_reset)(void *user, int64_t room, const struct chat_message *messages, uint32_t n);
    /* cid: 32 hex digits. */
    void (*on_sent)(void *user, struct slice cid, enum chat_sent sent, int64_t room, int64_t seq,
                    const struct chat_answer *answer);
    /* The server does not take a message yet; it is sent again when answer->why.retry_after_ms is over. */
    void (*on_put_off)(void *user, struct slice cid, const struct chat_answer *answer);
    void (*on_typing)(void *user, int64_t room, int64_t from, bool on);
    void (*on_presence)(void *user, int64_t id, enum chat_presence state);
    /* One of my devices has marked it unread: read_seq has gone back, as on_room has told. */
    void (*on_unread)(void *user, int64_t room);
    /* One of my devices has written in a room, and not sent it. */
    void (*on_draft)(void *user, int64_t room, int64_t rev, struct slice text, int64_t reply_to);
    /* In a room that I moderate, so many reports wait. */
    void (*on_reports)(void *user, int64_t room, int64_t open_n);
    /* I have blocked somebody, or (on false, of whom only the id may be known) no more. Those that are blocked are told before on_resumed. */
    void (*on_block)(void *user, const struct chat_user *who, bool on);
    /* Somebody, maybe I, has other names, another status, picture or role. */
    void (*on_profile)(void *user, const struct chat_user *whose);
    /* The server closes on purpose; code is its word for why ("restart", "busy", "signed_out"), retry_after_ms 0 if it says none; no try is made before. */
    void (*on_bye)(void *user, struct slice code, uint32_t retry_after_ms);
};

/* Owns: copies the options. NULL: no memory. */
struct chat_client *chat_client_new(const struct manager_options *connection,
                                    const struct chat_client_callbacks *callbacks);
/* At once: nothing is called any more, not even for what was asked. */
void chat_client_free(struct chat_client *c);
/* IDLE and SIGNED_OUT only. */
void chat_client_open(struct chat_client *c);
/* Say goodbye. What waits to be sent stays, until chat_client_free. */
void chat_client_close(struct chat_client *c);
/* The token that was wanted; empty: there is none to be had, the client is signed out. Unasked, it is for the next connection. */
void chat_client_token(struct chat_client *c, struct slice token);
enum chat_client_state chat_client_state(const struct chat_client *c);
/* Skip the waiting; the network is there, or gone: as sock_retry_now and sock_network_changed. */
void chat_client_retry_now(struct chat_client *c);
void chat_client_network(struct chat_client *c, bool online);
/* Has everything ended after chat_client_close? */
bool chat_client_quiet(const struct chat_client *c);

/* Who is signed in; id 0: nobody yet. */
const struct chat_user *chat_client_me(const struct chat_client *c);
/* NULL: no room of mine. */
const struct chat_room *chat_client_room(const struct chat_client *c, int64_t id);
/* Have I blocked them? Right from on_resumed on. */
bool chat_client_is_blocked(const struct chat_client *c, int64_t user);
/* In the order of their ids. */
void chat_client_each_room(const struct chat_client *c,
                           void (*fn)(void *user, const struct chat_room *room), void *user);
/* From now on the room's messages are kept by whoever asks: a reconnect fetches what was missed, instead of leaving it.
 * false: no room of mine, or CHAT_RESUME_ROOMS_MAX are followed already. */
bool chat_client_follow(struct chat_client *c, int64_t room, bool on);

/* Ask the server: once, while LIVE. request's has says which fields are given. fn is called exactly once, unless the client is freed.
 * A room that was joined, made or opened is known before fn is called.
 * Returns: ERR_OK | ERR_CLOSED, not LIVE | ERR_RATE, too many wait | ERR_LIMIT, larger than what the server takes | ERR_NOMEM; fn is
 *          not called then. */
NODISCARD enum err chat_client_ask(struct chat_client *c, enum event_id event,
                                   const struct chat_request *request, chat_answer_fn fn,
                                   void *user);

/* Send a message, now or as soon as it can be, until it is acknowledged or refused for good. cid: NULL, a new one is made; else 16 bytes
 * that were used for the same message before. hex (may be NULL) gets its digits.
 * Returns: ERR_OK | ERR_RATE, the outbox is full | ERR_NOMEM. Owns: copies text. */
NODISCARD enum err chat_client_send(struct chat_client *c, int64_t room, struct slice text,
                                    int64_t reply_to, const unsigned char *cid,
                                    char hex[CHAT_CID_HEX]);
/* The same of a message with more to it; zero leaves out what it need not have. files are ids that uploads to the same room gave, at most
 * CHAT_FILES_MAX; with them, text may be empty.
 * Returns: as chat_client_send, or ERR_INVALID, too many files. Owns: copies what message points to. */
struct chat_client_message {
    int64_t room;
    struct slice text;
    int64_t reply_to;
    const int64_t *files;
    uint32_t files_n;
    const struct slice *alts; /* what each of them shows; NULL: nothing is said */
    const unsigned char *cid; /* CHAT_CID_HEX / 2 bytes */
    int64_t ts;               /* when it was written, UTC, ms */
    bool
        earlier; /* by an earlier visit: it goes before what was written later and is not on its way */
};
NODISCARD enum err chat_client_send_message(struct chat_client *c,
                                            const struct chat_client_message *message,
                                            char hex[CHAT_CID_HEX]);
/* Take a message back that was not handed over yet. false: it was, or is not known. */
bool chat_client_unsend(struct chat_client *c, struct slice hex_cid);
/* How many wait or are on their way. */
unsigned chat_client_waiting_n(const struct chat_client *c);
/* 16 bytes of chance. */
void chat_client_make_cid(unsigned char cid[CHAT_CID_HEX / 2]);
