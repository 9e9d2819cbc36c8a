/* A room as the page has it, and the list of them. */
#pragma once

#include "arena.h"
#include "ask.h"
#include "buf.h"
#include "chat.h"
#include "room_log.h"

#define ROOM_TYPING_MAX 8 /* who is told by name or counted */
#define ROOM_SPARES_MAX 4

/* What of a room's log the page shows.
 * Inv: first <= end <= log.n; all of it is one stretch (log_stretch); following implies end is log.n. */
struct window {
    uint32_t first, end; /* places in the log */
    bool following;      /* the view stays at the newest message */
    bool far;            /* more than a screen and a half away from the end */
    uint32_t new_n;      /* messages of others since it stopped following */
};

/* A text that is not to be lost, beside what is being written: of the draft what was written on another device meanwhile, of a message
 * a change that was not stored. */
struct spare {
    struct buf text;
    int64_t edit;     /* seq of the message; 0: of the draft */
    int64_t reply_to; /* of the draft: as in the draft */
    uint64_t mark;    /* it is the server's whole text, as draft.synced; 0: it is not */
};

/* Has the server been told? UNSURE: there was no answer. REFUSED: this text is not told again. */
enum draft_telling { DRAFT_IDLE, DRAFT_TELLING, DRAFT_UNSURE, DRAFT_REFUSED };

/* The part of a draft that makes it too long for a message, to be sent as a file instead. It leaves the draft when the server has it. */
struct paste {
    uint32_t from, n; /* bytes; n = 0: all that the field holds */
    uint64_t mark;    /* what it is */
    uint32_t file;    /* the number of its upload's file; 0: none */
    bool wanted;      /* the next file is this */
};

/* What is being written in a room. Inv: of the spares, the oldest first, each has a text and an edit of its own. */
struct draft {
    struct buf text;
    int64_t reply_to; /* seq, 0: none; while editing, it belongs to what stands aside */
    int64_t edit;     /* seq of the message that is edited, 0: none */
    struct buf aside; /* while editing: what was being written before */
    int64_t rev;      /* the server's newest that is known; 0: none */
    uint64_t synced;  /* what the server has, as upd_draft.c marks it */
    bool asked;       /* the server has been asked what it has */
    enum draft_telling telling;
    uint64_t told; /* what the server was told last, likewise */
    struct spare spares[ROOM_SPARES_MAX];
    uint32_t spares_n;
    struct paste paste;
};

enum room_loading { ROOM_LOADED, ROOM_LOADING, ROOM_LOAD_FAILED };

struct typist {
    int64_t user;
    int64_t until_ms; /* host clock */
};

struct room {
    struct chat_room r; /* texts are in arena */
    struct arena arena;
    struct person *with; /* of a dm */
    struct log log;
    struct window window;
    struct draft draft;
    bool followed;           /* the client keeps its messages up to date */
    bool send_when_uploaded; /* its draft waits for its files */
    bool cached;             /* of the last visit, not told by the server yet */
    bool stale;    /* its messages may be old; an answer to what is asked now replaces them */
    bool renewing; /* LOADING: since then */
    bool opened;   /* its newest messages have been asked for */
    enum room_loading loading;
    enum ask_history asked_what; /* LOADING: by this question */
    int64_t asked_seq;           /* and of this message */
    int64_t asked_ms;            /* then, host clock */
    uint32_t asked_n;            /* the count of events when a page of it was last asked for */
    int64_t marker_seq;          /* the line "new" stands behind this message; 0: no line */
    int64_t
        sticky_seq; /* "mark unread": reading does not go past it until the room is left; 0: no */
    int64_t untold_seq;    /* unread from here on, the server has not heard it yet; 0: nothing */
    int64_t read_told_seq; /* that the server was told */
    int64_t seen_seq;      /* wholly seen */
    int64_t view_seq;      /* the last in view when the reader rested last; 0: not known */
    int64_t target_seq;    /* to be shown and flashed as soon as it is there */
    int64_t notice_seq;    /* of the message that a notification is shown of; 0: none */
    int64_t used_ms;       /* when it was last open, host clock */
    int64_t reports_n;     /* that wait, where I moderate */
    int64_t active_ms;     /* of its newest message, UTC; orders direct messages */
    struct typist typing[ROOM_TYPING_MAX];
    uint32_t typing_n;
    int64_t own_ms; /* my newest message that is known, by the server's clock, UTC; 0: none */
    int64_t typed_told_ms; /* when we last said that we are typing, host clock; 0: not */
};

/* Mine, and the open one: a public room that is not joined is here while it is looked at.
 * Inv: at is in the order in which the rooms are shown. */
struct rooms {
    struct room **at;
    uint32_t n, cap;
};

/* One of mine; NULL: none. Stays where it is until it is dropped. */
struct room *rooms_find(const struct rooms *rs, int64_t id);
/* A named room; case matters not. NULL: none of mine. */
struct room *rooms_find_name(const struct rooms *rs, struct slice name);
/* The one with that person. */
struct room *rooms_find_dm(const struct rooms *rs, int64_t user);
/* Take over what the server says, making the room if need be. NULL: no memory. */
struct room *rooms_put(struct rooms *rs, const struct chat_room *from, struct person *with);
void rooms_drop(struct rooms *rs, int64_t id);
/* Bring them into order again after one has changed its name or heard news. */
void rooms_sort(struct rooms *rs);
void rooms_fini(struct rooms *rs);

/* How a room is called, without its #: a dm by the other one. */
struct slice room_shown(const struct room *room);
/* Does it stand out for something unread? Muted rooms do not. */
bool room_is_unread(const struct room *room);
/* May I write here? */
bool room_writable(const struct room *room);

/* Put a message into the log and let the window go with it. Returns: as log_insert. */
NODISCARD enum err room_insert(struct room *room, struct message *msg, uint32_t *index);
/* Take one out, likewise; the caller owns it. */
struct message *room_take(struct room *room, uint32_t index);
/* Forget all numbered messages; ours without a number stay. */
void room_forget(struct room *room);
