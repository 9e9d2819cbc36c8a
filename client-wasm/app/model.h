/* Everything the page knows. Plain data: only update.c changes it, views only read it.
 *
 * Messages are numbered by key, 1, 2, 3 ... in the order they appeared here; keys are never reused.
 * The newest stay, up to a count and a total of bytes. A stretch of them, the window, is what the
 * page shows.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_DRAFT_BYTES_MAX  (1u << 20)
#define MODEL_SAYS_MAX         5          /* announcements kept for the screen reader */
#define MODEL_OUTBOX_BYTES_MAX (1u << 20) /* of the copy that outlives the page */
#define MODEL_REASON_BYTES_MAX 80

/* How a message of ours fares; those of others are SENT. GONE: discarded, not shown. */
enum message_state { MESSAGE_SENT, MESSAGE_QUEUED, MESSAGE_SENDING, MESSAGE_FAILED, MESSAGE_GONE };

enum message_kind {
    MESSAGE_TEXT,
    MESSAGE_UNKNOWN,   /* not a message at all: nothing of it can be shown */
    MESSAGE_TOO_LARGE, /* more than a message may hold */
    MESSAGE_GAP,       /* the connection was lost from ts_ms to end_ms: messages may be missing */
};

/* Inv: user, text and cid lie in one block that starts at user.p. No name given: user is empty. */
struct message {
    uint64_t key;
    uint8_t kind;
    uint8_t state;
    bool own;
    uint32_t cid_next; /* the next one whose cid hashes alike: place in the ring + 1, or 0 */
    int64_t ts_ms;     /* UTC */
    union {
        int64_t sent_at_ms; /* of ours, when last handed to the connection, host clock; 0: never */
        int64_t end_ms;     /* of a gap, UTC */
    };
    struct slice user, text, cid;
};

/* Zero fields take the defaults; tests make them small. */
struct model_limits {
    uint32_t messages_max;  /* 10,000 */
    uint32_t bytes_max;     /* 16 MiB, all texts together */
    uint32_t rows_max;      /* 400 rows in the document */
    uint32_t rows_step;     /* 100 rows come or go at once */
    uint32_t in_flight_max; /* 16 messages sent and not yet confirmed */
};

/* Inv: count <= cap <= limits.messages_max; keys of the ring are first_key .. first_key + count -
 * 1, in order; every message with a cid hangs in exactly one chain; bytes is the sum of all texts.
 */
struct message_log {
    struct message *ring;
    uint32_t cap;
    uint32_t start; /* place of first_key */
    uint32_t count;
    uint64_t first_key;
    size_t bytes;
    uint32_t chains[1024]; /* by hash of cid: place in the ring + 1 */
};

enum conn_state { CONN_CONNECTING, CONN_LIVE, CONN_RECONNECTING, CONN_CLOSED };

struct conn {
    enum conn_state state;
    bool polling;
    bool waiting;   /* between two tries; retry_at_ms holds */
    bool network;   /* what the browser says */
    bool was_live;  /* since the page was loaded */
    bool recovered; /* LIVE: nothing was missed */
    bool refused;   /* CLOSED: the server does not let us in, for the reason it gave */
    int64_t retry_at_ms;
    int64_t down_since_ms; /* while not LIVE */
    int64_t lost_at_ms; /* UTC, likewise; when the page last was live, sleep taken into account */
    int64_t clocks_ms;  /* UTC minus host clock when it became LIVE: a sleeping device stops one */
    char reason[MODEL_REASON_BYTES_MAX];
    uint8_t reason_n;
};

/* One line for the screen reader. */
struct say {
    uint64_t id;
    struct buf text;
};

struct announcer {
    struct say says[MODEL_SAYS_MAX]; /* the last ones, by id modulo */
    uint64_t next_id;
    int64_t burst_since_ms;
    uint32_t burst_n; /* messages since then */
    uint32_t held_n;  /* of them not announced one by one */
    bool several;     /* the held ones are by more than one person */
    struct buf by;    /* who wrote the first of them */
};

enum composer_hint { HINT_NONE, HINT_TOO_LONG, HINT_FULL };

struct composer {
    struct buf draft;
    size_t chars_n; /* of the draft */
    enum composer_hint hint;
    bool stale; /* the field holds more than we could keep: nothing to send */
    bool unsaved;
    int64_t unsaved_since_ms;
};

/* The copy of what is unconfirmed, which outlives the page. */
struct outbox {
    bool unsaved;
    int64_t unsaved_since_ms;
};

/* Inv: first_key <= win_first <= win_end <= model_end; win_end - win_first <= limits.rows_max;
 * following implies win_end is model_end. */
struct window {
    uint64_t first, end; /* keys */
    bool following;      /* the view stays at the newest message */
    bool far;            /* more than a screen and a half away from the end */
    uint32_t new_n;      /* messages since it stopped following */
};

struct model {
    struct model_limits limits;
    struct message_log log;
    struct conn conn;
    struct window window;
    struct composer composer;
    struct announcer announcer;
    struct outbox outbox;
    struct buf name;
    bool focused;
    uint32_t unread_n; /* messages since the window lost the focus */
    bool hour12;
    int32_t utc_offset_min;
    bool coarse;          /* the main pointer is a finger: focus would call up a keyboard */
    uint32_t in_flight_n; /* messages SENDING */
    uint32_t queued_n;    /* messages QUEUED */
    int64_t now_ms;       /* host clock, of the last action */
    int64_t wall_ms;      /* UTC, of the last action */
};

/* Owns: everything below m; free with model_fini. */
void model_init(struct model *m, const struct model_limits *limits);
void model_fini(struct model *m);
/* Re-prove the Inv: lists; aborts. For tests. */
void model_check(const struct model *m);

/* One past the newest key. */
uint64_t model_end(const struct model *m);
/* NULL when key is not kept (any more). Valid until the next action. */
struct message *model_message(const struct model *m, uint64_t key);
/* The newest kept message with this cid, NULL when there is none or cid is empty. */
struct message *model_find_cid(const struct model *m, struct slice cid);

/* A message of ours that we do not know to have arrived. */
bool model_unconfirmed(const struct message *msg);
/* The only way a state changes: keeps the counts right. */
void model_set_state(struct model *m, struct message *msg, enum message_state state);

struct new_message {
    enum message_kind kind;
    enum message_state state;
    bool own;
    int64_t ts_ms;
    struct slice user, text, cid;
};
/* Add at the end; the oldest make room. The window is left to the caller, except that it never
 * holds what is gone. Returns: ERR_OK, *key is set | ERR_NOMEM. Owns:    copies the slices. */
NODISCARD enum err model_add(struct model *m, const struct new_message *message, uint64_t *key);
