/* Everything that can happen to the page: what the person did, what the connection brought, that time passed. An action is complete:
 * update looks at nothing else, not even at the clock.
 */
#pragma once

#include "account.h"
#include "ask.h"
#include "chat_client.h"
#include "domop.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

enum action_type {
    /* The page. */
    ACTION_START,        /* .start: it has loaded */
    ACTION_TICK,         /* time passed */
    ACTION_NETWORK,      /* .on: the browser has a network */
    ACTION_FOCUS,        /* .on: the window has the focus */
    ACTION_HIDE,         /* the page may be gone for good after this */
    ACTION_LOOKS,        /* .looks */
    ACTION_WIDTH,        /* .width: something was made wider or narrower */
    ACTION_ADDRESS,      /* .address: by back or forward, or a link that was followed */
    ACTION_ADOPT_OUTBOX, /* .text: what a tab that is gone had kept; effects.handled: taken over */
    ACTION_ADOPT_DRAFT,  /* likewise */
    ACTION_FILE,         /* .file: picked, dropped or pasted */
    ACTION_PIECE,        /* .piece: the answer to an EFFECT_FILE_PUT */
    ACTION_PICTURE,      /* .picture: the answer to an EFFECT_PICTURE_LOAD */
    ACTION_TOAST_HOLD,   /* .on: the pointer or the focus is on a toast */
    ACTION_TOLD,         /* .text: by another tab, as EFFECT_TELL */
    ACTION_NOTICE,       /* .text: a notification was clicked, what was given with it */
    ACTION_CACHED,       /* .text: what EFFECT_CACHE has kept; empty: nothing */
    ACTION_UPDATED,      /* a newer version of the page is there */
    ACTION_COPIED,       /* .copied: the answer to an EFFECT_COPY or EFFECT_COPY_LINK */
    ACTION_ZONE,         /* .zone: the answer to an EFFECT_ZONE */
    ACTION_ACTIVE,       /* .on: the person does something again; has not for five minutes */
    /* The person. */
    ACTION_INPUT,     /* .input: what a field holds now */
    ACTION_SELECT,    /* .select: what is selected in the composer */
    ACTION_CROP,      /* .crop: a picture was dragged below its frame */
    ACTION_SUBMIT,    /* .number: a DOM_FORM */
    ACTION_KEY,       /* .key; effects.handled: it does nothing else */
    ACTION_CLICK,     /* .click */
    ACTION_SCROLL,    /* .scroll */
    ACTION_HOVER,     /* .row */
    ACTION_ROW_FOCUS, /* .row */
    ACTION_SEEN,      /* .row: it and all above it have been seen */
    /* The connection (chat_client.h). */
    ACTION_TOKEN,     /* .on: refused */
    ACTION_STATUS,    /* .status */
    ACTION_RESTORED,  /* what is known of rooms is void */
    ACTION_CLOCK,     /* .id: what the server's clock shows, UTC ms */
    ACTION_WORKSPACE, /* .text: what people call the whole; empty: nothing */
    ACTION_RESUMED,   /* .user: me; all rooms have been told */
    ACTION_ROOM,      /* .room */
    ACTION_ROOM_GONE, /* .gone */
    ACTION_EVENT,     /* .event */
    ACTION_RESET,     /* .reset */
    ACTION_SENT,      /* .sent */
    ACTION_PUT_OFF,   /* .put_off: the server does not take a message yet */
    ACTION_UNSENT,    /* .text: the cid of a message that was taken back */
    ACTION_TYPING,    /* .typing */
    ACTION_PRESENCE,  /* .presence */
    ACTION_UNREAD,    /* .id: this room was marked unread, here or on another device */
    ACTION_DRAFT,     /* .draft: written on a device of mine */
    ACTION_REPORTS,   /* .reports: so many wait in a room that I moderate */
    ACTION_BLOCK,     /* .block */
    ACTION_PROFILE,   /* .user: who has changed */
    ACTION_BYE,       /* .text: the code; the server closes on purpose */
    /* Answers. */
    ACTION_ACCOUNT, /* .account */
    ACTION_ANSWER,  /* .answer: to an EFFECT_ASK */
    ACTION_HTTP,    /* .http: to an EFFECT_HTTP */
};

struct action_reports {
    int64_t room, n;
};

struct action_draft {
    int64_t room, rev, reply_to;
    struct slice text;
};

struct action_start {
    bool known;            /* somebody was signed in when the page was here last */
    bool leaving;          /* and has signed out without an answer of the server */
    struct slice drafts;   /* of this tab, before it was loaded again */
    struct slice name;     /* already in the form, or remembered */
    struct slice address;  /* the page's path */
    uint32_t entry;        /* as action_address */
    struct slice base;     /* its address, without what is behind # and ? */
    struct slice settings; /* as settings_encode wrote them */
    struct slice emoji;    /* which emojis are used, of all tabs */
    bool hour12;
    bool coarse;
    bool declined; /* notifications, once for all */
};

struct action_address {
    struct slice path;
    uint32_t entry; /* what the history keeps with it; see trail.h */
};

struct action_input {
    enum dom_field field;
    struct slice text;
    uint32_t caret; /* bytes before it; UINT32_MAX: an input method composes */
};

struct action_key {
    enum dom_key key;
    unsigned flags; /* DOM_FLAG_* */
    uint64_t row;   /* the row that has the focus, or 0 */
};

struct action_click {
    enum dom_act act;
    uint64_t key; /* of what is around it, or 0 */
    bool shift;
};

struct action_scroll {
    uint32_t above_px, below_px, view_px;
};

struct action_width {
    uint32_t which, px; /* enum width; 0: as it comes */
};

struct action_looks {
    bool dark, contrast;
    uint32_t width_px;
    unsigned notices; /* enum notify_may */
};

struct action_gone {
    int64_t room;
    bool put_out; /* just now, by somebody else */
};

struct action_reset {
    int64_t room;
    const struct chat_message *messages;
    uint32_t n;
};

struct action_sent {
    struct slice cid;
    enum chat_sent sent;
    int64_t room, seq;
    const struct chat_answer *answer;
};

struct action_put_off {
    int64_t room;
    enum chat_error error;
    uint32_t after_ms;
};

struct action_block {
    const struct chat_user *user; /* off: only the id may be known */
    bool on;
};

struct action_typing {
    int64_t room, from;
    bool on;
};

struct action_presence {
    int64_t id;
    enum chat_presence state;
    int64_t seen_ms; /* 0: not told */
};

/* What the page knows of a time zone. */
struct action_zone {
    int64_t id;         /* of the effect */
    bool known;         /* the page has such a zone */
    int32_t offset_min; /* local minus UTC, now */
    struct slice name;
};

struct action_answer {
    struct ask ask;
    const struct chat_answer *answer;
};

struct action_http {
    struct ask ask;
    unsigned status; /* 0: no answer */
    struct slice body;
};

struct action_file {
    uint32_t number; /* of the page's */
    int64_t size;    /* bytes */
    struct slice name;
};

struct action_piece {
    uint32_t number;
    unsigned status; /* of HTTP; 0: no answer */
    struct slice body;
};

struct action_picture {
    uint32_t number;        /* of the page's files */
    uint32_t width, height; /* pixels, as it is seen */
};

struct action_crop {
    int32_t right, down, zoom; /* by; see crop.h */
};

struct action_copied {
    bool ok;
    struct slice text; /* that is not in the clipboard */
};

struct action_account {
    enum account_op op;
    const struct account_answer *answer;
};

struct action_status {
    enum chat_client_state state;
    const struct sock_status *status;
};

struct action {
    enum action_type type;
    int64_t now_ms;                      /* host clock */
    int64_t wall_ms;                     /* UTC */
    int32_t utc_offset_min;              /* of this place, now: local minus UTC */
    unsigned char cid[CHAT_CID_HEX / 2]; /* chance, for a new message */
    union {
        struct action_start start;
        struct slice text;
        struct action_address address;
        bool on;
        int64_t id;
        uint64_t row;
        unsigned number;
        struct action_input input;
        uint32_t select[2];
        struct action_key key;
        struct action_click click;
        struct action_scroll scroll;
        struct action_looks looks;
        struct action_width width;
        struct action_status status;
        const struct chat_user *user;
        const struct chat_room *room;
        const struct chat_event *event;
        struct action_gone gone;
        struct action_reset reset;
        struct action_sent sent;
        struct action_put_off put_off;
        struct action_draft draft;
        struct action_reports reports;
        struct action_block block;
        struct action_typing typing;
        struct action_presence presence;
        struct action_zone zone;
        struct action_copied copied;
        struct action_account account;
        struct action_answer answer;
        struct action_http http;
        struct action_file file;
        struct action_piece piece;
        struct action_picture picture;
        struct action_crop crop;
    };
};
