/* The inside of /chat. Everything belongs to the handlers' thread, but for what chat_server.c says.
 *
 *   socket --conn--> person (a user with sockets, or who had some lately)
 *   event  --call--> store --mail--> handlers' thread: answer, news
 */
#pragma once

#include "buf.h"
#include "chat_server.h"
#include "list.h"
#include "map.h"
#include "news.h"

#include <pthread.h>
#include <stdatomic.h>

#define CHAT_NAMESPACE        "/chat"
#define CHAT_OUT_BYTES_MAX    (16u << 20)
#define CHAT_TICK_MS          1000
#define CHAT_SESSION_CHECK_MS 60000
#define CHAT_GRACE_MS         30000
#define CHAT_RETRY_MS         1000        /* when we are the ones who are slow */
#define CHAT_VOLATILE_BYTES   (64u << 10) /* who is further behind is not told what passes */
#define CHAT_ROOM_TEXT        24          /* "r", an id, NUL */
/* How often a read is asked anew because its asker's rooms have changed meanwhile. */
#define CHAT_READ_TURNS_MAX 16

/* --- what other threads say --- */

struct chat_mail {
    struct chat_mail *next;
    /* Thread: the handlers'; or, with c->ended, chat_free's: release what the mail owns, do nothing else. */
    void (*run)(struct chat *c, struct chat_mail *m);
};

/* What r->user of a request points to whose done is NULL. */
struct asker {
    /* Thread: the store's. */
    void (*delivered)(struct asker *a, struct store_request *r);
};

/* --- people --- */

struct address {
    char text[64]; /* the key */
    size_t text_n;
    unsigned refs;
    bool unlimited;
    struct rate_bucket buckets[EVENT_RATES_N];
};

struct person {
    int64_t id;
    struct list conns; /* also those that are not let in yet */
    uint64_t changes;  /* of the person's rooms: what was read of them before is read anew */
    struct rate_bucket buckets[EVENT_RATES_N];
    /* presence.c */
    uint32_t online_n, idle_n; /* sockets that are let in */
    bool invisible, in_grace;
    enum chat_presence shown; /* what others were told last */
    int64_t last_seen_ms;     /* 0: not known */
    int64_t grace_ends_us;
    struct list grace, changed; /* links */
    struct list kept;           /* link: nothing but last_seen_ms is to be remembered */
};

struct session {
    int64_t id;
    struct list conns;
};

struct conn {
    struct chat *c;
    struct tincan_socket *socket; /* NULL: it is gone */
    unsigned refs;                /* the socket's, and one a call */
    struct person *person;        /* NULL: it has left, or was never known */
    struct address *address;
    struct session *session;
    struct tincan_connect *connecting; /* its middleware waits for us */
    bool is_in;                        /* let in, and not left */
    bool idle;
    struct list of_person, of_session, check; /* links */
    int64_t check_us;                         /* when its session is to be looked at */
    struct rate_bucket messages;
    uint32_t in_flight;
    struct list typing;
    int64_t *watch;
    uint32_t watch_n;
};

/* --- calls --- */

/* A request to the store and who waits for it; in the request's arena. */
struct call {
    struct asker asker;
    struct chat_mail mail;
    struct chat *c;
    struct store_request *r;
    struct conn *conn;               /* a reference; NULL: the server's own */
    void (*done)(struct call *call); /* owns it; not called with c->ended */
    enum event_id event;
    bool wants_ack;
    uint64_t ack_id;
    uint64_t changes; /* the person's when it was asked */
    unsigned turns;
    char token[TOKEN_RANDOM_TEXT]; /* of an invite that is being made */
    int64_t expires_ms;            /* of a token that renews */
};

/* A call with a request; NULL: no memory. */
struct call *call_new(struct chat *c, struct conn *conn, enum store_op op,
                      void (*done)(struct call *call));
/* Give it to the store; its done is called later. */
void call_submit(struct call *call);
/* Give it to the store once more, for the same question; false: that was done too often. */
bool call_again(struct call *call);
void call_free(struct call *call);

struct chat {
    struct chat_options o;
    struct rate_limit address_limits[EVENT_RATES_N];
    struct tincan_namespace *ns;
    /* Any thread's, under the lock. */
    pthread_mutex_t lock;
    struct chat_mail *mail, **mail_tail;
    bool mail_posted; /* a turn of the handlers' thread is under way to it */
    bool ended;       /* t takes nothing more; its writer, the handlers' thread, reads it without */
    _Atomic unsigned relay_waiting, relay_dropped;
    _Atomic int64_t lobby, lobby_guest;
    /* people.c */
    struct map persons, addresses, sessions;
    struct list checks; /* conns, the next to be checked first */
    /* presence.c */
    struct list grace, changed, kept; /* persons */
    uint32_t kept_n;
    uint64_t ticks;
    /* typing.c */
    struct map typing;
    struct list typists;
    bool ticking;
    bool stopping;
    bool saying_bye;    /* clients have some time to fetch it */
    int64_t stop_us;    /* the latest */
    uint32_t in_flight; /* calls */
    struct buf out;     /* replies */
    struct news news;
};

/* chat_server.c: run m on the handlers' thread, in the order given. Thread: any. */
void chat_post(struct chat *c, struct chat_mail *m);
/* The bridge as it is now. Thread: any. */
struct news_bridge chat_bridge(const struct chat *c);
/* "r5" and so on. */
const char *chat_room_text(char out[CHAT_ROOM_TEXT], char kind, int64_t id);
/* Begin to look at the time once a second, if that is not done. */
void chat_start_ticking(struct chat *c);
