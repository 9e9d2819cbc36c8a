/* What is kept: the one way to it. Requests are given to the store's threads and come back with their result; each is one atomic act,
 * allowed or refused by may() inside its transaction.
 *
 *   chat or API --store_submit--> writer thread: batch, one transaction, COMMIT --> deliver(batch in commit order) --> chat
 *                             \-> reader threads: one snapshot each             --> deliver
 *
 * Nothing is delivered as done before its COMMIT returned. What the writer delivers comes in commit order, so who fans out in the
 * order of delivery fans out in the order of ev. While the database is away, requests wait for up to STORE_WAIT_MS and then come back as
 * CHAT_UNAVAILABLE. A batch whose COMMIT was not answered is looked up when the database is back: what was kept is delivered, so that
 * others hear of it, the rest is done again. Only when that cannot be looked up for STORE_DOUBT_MS does it come back as
 * CHAT_UNAVAILABLE: nobody knows then whether it was done, and it is asked again with the same cid.
 */
#pragma once

#include "chat_request.h"
#include "db.h"
#include "store_ops.h"

#define STORE_QUEUE_MAX        16384 /* waiting requests; more come back as CHAT_BUSY at once */
#define STORE_BATCH_MAX        256
#define STORE_WAIT_MS          5000
#define STORE_TURN_LEEWAY_MS   30000 /* how long a replaced refresh token is still taken */
#define STORE_DOUBT_MS         60000 /* how long a batch whose commit was not answered waits to be told */
#define STORE_ARENA_BYTES      (8u << 20)
#define STORE_DRAFTS_MAX       100 /* of one account */
#define STORE_REPORTS_MINE_MAX 20  /* of one account, that wait */
#define STORE_REPORTS_ROOM_MAX 500 /* of one room, that wait */
#define STORE_QUOTE_CHARS_MAX  500 /* of a message that was reported */
#define STORE_MODS_TOLD_MAX    20  /* of those who moderate a room, when something is reported */
#define STORE_FILE_UNSENT_MS   (24 * 3600 * 1000LL) /* how long an upload that is not sent is kept */
#define STORE_FILE_IDLE_MS                                                                         \
    (3600 * 1000LL) /* one of which nothing came for so long makes way for another */

struct store;

struct
    store_account { /* the fields that accounts and sessions are made of; see store_ops.h for which op uses which */
    struct slice name, display, password_hash, user_agent, address;
    struct slice workspace;
    struct slice hash, new_hash; /* SHA-256 of a refresh token or an invite token: 32 bytes */
    int64_t session, expires_ms;
    enum chat_role role;
    bool bot, first_owner;
};

struct store_session {
    int64_t id, user, created_ms, seen_ms, expires_ms;
    struct slice user_agent, address;
};

struct store_invite {
    int64_t id, room, by, expires_ms,
        uses_left; /* room 0: to the server; uses_left -1: any number */
    enum chat_role role;
    struct slice room_name;
};

struct store_key { /* a key that access tokens are signed with */
    int64_t kid, created_ms;
    struct slice secret; /* 32 bytes */
};

/* What somebody has written in a room and not sent. */
struct store_draft {
    int64_t rev; /* 0: nothing was ever written */
    struct slice text;
    int64_t reply_to; /* 0: to none */
};

struct store_file {
    struct chat_file file;
    int64_t owner, room, seq; /* seq 0: not sent yet */
    bool whole;
};

/* The picture of a person. */
struct store_avatar {
    int64_t version; /* told by its content, above 0 */
    struct slice type, content;
};

/* Messages: those that have a number; files: whole ones. */
struct store_totals {
    bool postgres;
    int64_t users, rooms, messages, files, file_bytes, database_bytes;
};

/* Somebody who may not come in, or not speak. by.id 0: the server said so, or it is not known any more. */
struct store_ban {
    struct chat_user user, by;
    int64_t banned_until_ms, muted_until_ms; /* 0: not */
};

/* Somebody has said something against a message: who, why, and how the message began then. */
struct store_report {
    int64_t id, seq, ts;
    struct slice reason, text;
    struct chat_user by, from;
};

/* Who is to hear that so many reports wait in the room, as far as they are for him. */
struct store_mod {
    int64_t id, open;
};

/* All arrays are in the request's arena. */
struct store_result {
    struct chat_refusal refusal; /* refusal.error CHAT_OK: it was done */
    /* What everybody in the room is to hear. */
    struct chat_event event;
    bool has_event;
    struct chat_event also; /* what happened just before it, by the same act: the ev before */
    bool has_also;
    bool dup; /* of a send: it was there already; nobody is to hear of it again */
    struct chat_room *rooms;
    uint32_t rooms_n;
    struct chat_message *
        messages; /* ascending by seq; search: newest first. A conflict: the message as it is now. */
    uint32_t messages_n;
    struct chat_event *events; /* of sync: the delta */
    uint32_t events_n;
    bool reset;              /* of sync: messages is the latest page instead of a delta */
    struct chat_user *users; /* of account ops: the one it is about */
    uint32_t users_n;
    int64_t room, seq, ev, ts, rev, read_seq, unread, mentions, min_seq, max_seq;
    bool room_is_new; /* of dm: it was opened just now */
    struct slice epoch;
    struct slice workspace; /* how people call the whole; empty: they do not */
    struct slice password_hash;
    struct chat_user *blocked; /* by the actor, by name */
    uint32_t blocked_n;
    struct store_session *sessions;
    uint32_t sessions_n;
    int64_t *revoked; /* sessions that have ended by this act: their sockets are to be closed */
    uint32_t revoked_n;
    struct store_invite *invites;
    uint32_t invites_n;
    struct store_draft draft;
    struct store_avatar avatar;
    struct store_ban *bans;
    uint32_t bans_n;
    struct store_report *reports;
    uint32_t reports_n;
    struct store_mod *mods;
    uint32_t mods_n;
    struct store_key *keys;
    uint32_t keys_n;
    struct store_file *files;
    uint32_t files_n;
    int64_t
        *gone; /* files whose content is to be removed from the disk, now that this is committed */
    uint32_t gone_n;
    int64_t count;
    struct store_totals totals;
};

struct store_request {
    struct store_request *next; /* the store's while it has it, then the receiver's */
    enum store_op op;
    int64_t actor; /* the user who asks; 0: the server itself, which may do anything */
    int64_t now_ms;
    struct chat_request in;
    struct store_account account;
    struct store_file file;
    struct store_avatar avatar;
    struct {
        int64_t files_n, bytes;
    } file_limits; /* of what one user has uploaded and not sent */
    struct store_result out;
    struct arena arena; /* of everything in, account and out point to */
    int64_t queued_us;  /* the store's, like before */
    struct arena_mark before;
    void (*done)(struct store_request *r); /* NULL: it goes to deliver */
    void *user;                            /* the asker's */
};

#define STORE_GUEST_DAYS_MAX 40 /* so long is it known when somebody was here last */

struct store_options {
    const char *url;    /* "sqlite:PATH" or "postgresql://..." */
    unsigned readers_n; /* 0: 2 */
    unsigned
        guest_days; /* a guest not seen so long gives its name up, up to STORE_GUEST_DAYS_MAX; 0: never */
    bool synchronous_normal; /* SQLite: a power cut may lose the last moments; off by default */
    bool
        shared; /* PostgreSQL: the other servers that write there are told of each other's doings */
    /* Requests that are done, linked by next, in order. Thread: the store's, or (CHAT_BUSY, CHAT_UNAVAILABLE at once) that of
     * store_submit, before it returns; must not block for long. Owns: they are the callee's. */
    void (*deliver)(void *user, struct store_request *list);
    void *user;
};

/* A zeroed request with its arena; NULL: no memory. */
struct store_request *store_request_new(enum store_op op);
void store_request_free(struct store_request *r);

/* Open, migrate, start the threads. A database that cannot be reached yet (PostgreSQL that is still starting) is no failure: requests
 * wait, store_ready says false. One that is corrupt, foreign, newer, or another server's is: *failure says which and what to do.
 * Owns: the caller ends it with store_close, which finishes what is queued. */
NODISCARD enum err store_open(const struct store_options *options, struct store **out,
                              struct db_failure *failure);
void store_close(struct store *s);
/* It is to be closed soon: a database that is away is not waited for any more, and requests that need it come back as CHAT_UNAVAILABLE.
 * Thread: any. */
void store_hurry(struct store *s);
/* Ask; takes r in any case, and delivers it exactly once. Thread: any. */
void store_submit(struct store *s, struct store_request *r);
/* Ask and wait for the result; r stays the caller's. Thread: any that may wait, never the one that deliver posts to. */
void store_call(struct store *s, struct store_request *r);
/* Can it be written to right now (as of the last attempt)? */
bool store_ready(const struct store *s);

/* What it has done since it was opened. */
struct store_counts {
    uint64_t done[STORE_OPS_N], refused[STORE_OPS_N]; /* requests that were given back */
    uint64_t batches;                                 /* of writes, committed */
    unsigned waiting;                                 /* requests, now */
};
void store_count(struct store *s, struct store_counts *out);
