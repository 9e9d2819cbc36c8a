/* Everything the page knows. Plain data: only the upd_*.c change it, views only read it. */
#pragma once

#include "announcer.h"
#include "buf.h"
#include "cache.h"
#include "dialog.h"
#include "dialog_kept.h"
#include "emoji.h"
#include "err.h"
#include "invite.h"
#include "members.h"
#include "notify.h"
#include "panel.h"
#include "popup.h"
#include "room.h"
#include "search.h"
#include "session.h"
#include "settings.h"
#include "slice.h"
#include "toast.h"
#include "trail.h"
#include "upload.h"
#include "watch.h"
#include "words.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_KEPT_BYTES_MAX                                                                       \
    (1u << 20) /* of drafts and of what is unconfirmed, as it outlives the page */
#define MODEL_REASON_BYTES_MAX 80
#define MODEL_LOGS_MAX         30 /* rooms whose messages are kept */

/* Zero fields take the defaults; tests make them small. */
struct model_limits {
    uint32_t messages_max; /* 2,000 in a room */
    uint32_t bytes_max;    /* 16 MiB, all messages of all rooms together */
    uint32_t rows_max;     /* 200 rows in the document */
    uint32_t rows_step;    /* 50 rows each way of where one begins to read */
    uint32_t rows_slide;   /* 25 rows come or go at once: more make a frame too long */
    uint32_t page_n;       /* 100 messages asked for at once */
};

enum conn_state { CONN_CONNECTING, CONN_LIVE, CONN_RECONNECTING };
/* Why the server closed, in its last words. */
enum conn_bye { BYE_NONE, BYE_RESTART, BYE_BUSY, BYE_SIGNED_OUT, BYE_OTHER };

struct conn {
    enum conn_state state;
    bool polling;
    bool waiting;      /* between two tries; retry_at_ms holds */
    bool network;      /* what the browser says */
    bool was_live;     /* since the page was loaded */
    bool refused;      /* the server does not let us in, for the reason it gave */
    enum conn_bye bye; /* since it was LIVE last */
    int64_t retry_at_ms;
    int64_t down_since_ms; /* while not LIVE */
    char reason[MODEL_REASON_BYTES_MAX];
    uint8_t reason_n;
};

enum composer_hint {
    HINT_NONE,
    HINT_TOO_LONG,
    HINT_FULL,
    HINT_CONFLICT,
    HINT_TOO_MANY_FILES,
    HINT_UPLOADING,
    HINT_UPLOAD_FAILED,
    HINT_OFFLINE_EDIT,
    HINT_MUTED
};

/* The field itself; what is written is the open room's draft. */
struct composer {
    size_t chars_n; /* of the draft */
    enum composer_hint hint;
    bool stale;          /* the field holds more than we could keep: nothing to send */
    uint32_t caret;      /* bytes of the text before it */
    uint32_t select[2];  /* bytes, of the last DOM_EVENT_SELECT */
    uint64_t rework_key; /* the message that comes back into the field once it is taken back */
};

/* Something kept that outlives the page, and since when it is not written down. */
struct unsaved {
    bool on;
    int64_t since_ms;
};

enum emoji_loading { EMOJI_ABSENT, EMOJI_LOADING, EMOJI_HERE };

#define PICKER_CELLS_MAX 512
#define PICKER_COLUMNS   8 /* as the style has it */

/* What the emojis' dialog shows: rows of the table; in the group of the recent ones, places of dialog_emoji.c's list of these. */
struct picker {
    uint16_t cells[PICKER_CELLS_MAX];
    uint32_t n, at; /* at: the chosen one */
    bool recent;
    bool walking; /* the arrow keys belong to the grid, not to the text */
};

struct emoji_state {
    struct picker picker;
    enum emoji_loading loading;
    struct emojis table;
    enum emoji_tone tone;
    struct emoji_recent recent;
};

#define MODEL_ONE_PANE_PX 640 /* in a narrower window, as the style sheet has it */
enum pane { PANE_ROOMS, PANE_ROOM, PANE_PANEL };

struct model {
    struct model_limits limits;
    struct session session;
    struct conn conn;
    struct people people;
    struct rooms rooms;
    struct uploads uploads;
    int64_t open;       /* the room shown, 0: none */
    int64_t wanted;     /* room to be opened once it is known; 0: none */
    int64_t wanted_seq; /* and the message in it */
    bool wanted_here;   /* by the person, not by the address */
    enum pane pane;
    struct composer composer;
    struct popup popup;
    struct panel panel;
    struct trail trail;
    struct members members;
    struct presence presence;
    struct search search;
    struct emoji_state emoji;
    struct announcer announcer;
    struct notify notify;
    struct cache cache;
    struct unsaved drafts, outbox; /* are to be written down */
    int64_t draft_due_ms;          /* drafts go to the server then; INT64_MAX: none do */
    /* Of what outlives the page, that which has no place here: of rooms that are not known (yet), of others who were signed in. JSON
     * objects, joined by commas. */
    struct buf kept_drafts, kept_outbox;
    int64_t
        read_due_ms; /* when to tell the server what has been read in the open room, host clock; INT64_MAX: nothing to tell */
    struct words words;
    struct settings settings;
    uint64_t next_key;
    uint32_t events_n;             /* events applied, and rooms renewed */
    uint64_t hover_key, focus_key; /* rows under the pointer, with the focus */
    uint64_t flash_key;            /* flashed: it was jumped to */
    uint32_t pending_n;            /* own messages PENDING */
    struct dialog dialog;
    struct dialog_kept dialog_kept;
    struct toasts toasts;
    struct invite invite;
    struct buf invite_path; /* where the server has it */
    struct buf workspace;   /* what people call the whole; empty: nothing */
    struct buf base;        /* of links to this page: its address without what is behind # and ? */
    bool resumed;           /* rooms are known since the last sign-in */
    bool focused;
    bool hour12;
    bool coarse; /* the main pointer is a finger: focus would call up a keyboard */
    bool dark, contrast;
    uint32_t width_px;
    int32_t utc_offset_min;
    int64_t now_ms;   /* host clock, of the last action */
    int64_t wall_ms;  /* UTC, of the last action; by the server's clock when it is another one */
    int64_t ahead_ms; /* the server's clock minus this device's, exactly; 0: not known */
    int64_t skew_ms;  /* the same; 0: about the same */
};

/* Owns: everything below m; free with model_fini. */
void model_init(struct model *m, const struct model_limits *limits);
void model_fini(struct model *m);
/* Forget who was signed in and all that was theirs to see; the drafts and the outbox are the caller's to keep before. */
void model_forget(struct model *m);
/* Re-prove the Inv: lists; aborts. For tests. */
void model_check(const struct model *m);

/* It has changed: to be written down. */
void model_unsaved(struct unsaved *u, int64_t now_ms);
/* Is the window so narrow that one pane is shown at a time? */
bool model_one_pane(const struct model *m);
/* What people call the whole, or the program's name. */
struct slice model_workspace(const struct model *m);
/* The room shown; NULL: none. */
struct room *model_open(const struct model *m);
/* A message of the room shown; NULL: no such. */
struct message *model_message(const struct model *m, uint64_t key);
/* What it says where it is quoted, cut to so many characters; of one that is deleted or folded away, that it is. */
struct slice model_said(const struct model *m, const struct message *msg, size_t chars);
/* What is being read is not unread, though the server will be told of it only in a moment. */
bool model_is_read(const struct model *m, const struct room *room);
/* Append what the window is called: "(3) #lobby · Tincan", the unread in front. Returns: as buf_put. */
NODISCARD enum err model_put_title(const struct model *m, struct buf *line);
/* Unread messages (not of muted rooms) and mentions of all rooms. */
void model_counts(const struct model *m, uint64_t *unread, uint64_t *mentions);
