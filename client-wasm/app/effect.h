/* What update wants done to the world. The caller carries it out after update has returned, in order, before the next action: texts
 * are borrowed from the action, the model and the effects themselves. */
#pragma once

#include "account.h"
#include "arena.h"
#include "ask.h"
#include "chat_request.h"
#include "check.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFFECTS_MAX           64
#define EFFECT_ASKS_MAX       8
#define EFFECT_TEXT_BYTES_MAX (64u << 10)

enum effect_type {
    EFFECT_ASK,     /* .ask, .event, .request: ACTION_ANSWER, also when it cannot even be asked */
    EFFECT_HTTP,    /* .http: ACTION_HTTP, likewise */
    EFFECT_ACCOUNT, /* .account: ACTION_ACCOUNT, likewise */
    EFFECT_OPEN,    /* the chat client shall connect */
    EFFECT_CLOSE,   /* it shall close, and start afresh when opened again */
    EFFECT_TOKEN,   /* give it the session's token; an empty one: there is none to be had */
    EFFECT_FOLLOW,  /* .id: a room, .on */
    EFFECT_SEND,    /* .id: a room, .key: a PENDING message of it; ACTION_SENT */
    EFFECT_UNSEND,  /* .text: the cid */
    EFFECT_CONNECT_NOW, /* do not wait for the next try */
    EFFECT_NETWORK,     /* .on: tell the socket */
    EFFECT_FILE_PICK, /* let the person pick files, .on: one picture: ACTION_FILE for each; in a terminal the one at .text, for a message with the text .title */
    EFFECT_FILE_TEXT, /* what the composer holds from byte .id to byte .key (0: all of it) is a file .text: ACTION_FILE */
    EFFECT_FILE_PUT, /* .id: a file of the page, .number: of the server's, .key: from this byte, .count bytes: ACTION_PIECE */
    EFFECT_PICTURE_LOAD, /* .id: a file of the page, to be looked at: ACTION_PICTURE, or ACTION_PIECE, status 415: it is none, 406: it moves */
    EFFECT_PICTURE_PUT, /* .id: its square of the dialog's crop is the person's own picture from now on: ACTION_PIECE */
    EFFECT_FILE_DROP, /* .id: a file of the page is not needed any more */
    EFFECT_SAVE_DRAFTS,
    EFFECT_SAVE_OUTBOX,
    EFFECT_SAVE_SETTINGS,
    EFFECT_SAVE_EMOJI,   /* tone and recent ones */
    EFFECT_SAVE_KNOWN,   /* .on: somebody is signed in here; .text: the name */
    EFFECT_SAVE_LEAVING, /* .on: the server does not know yet that somebody has signed out here */
    EFFECT_SHOW_DRAFT, /* the composer's text is not what was typed any more; the caret at byte .id, -1: at the end; .key: selected up to this byte */
    EFFECT_FOCUS,      /* .id: a DOM_NODE; .on: only if what has the focus is hidden now */
    EFFECT_FOCUS_ROW,  /* .key of a message: the focus goes to its row */
    EFFECT_SCROLL_ROW, /* .key of a message: its row is shown in the middle */
    EFFECT_SCROLL_MARKER, /* the line "new" is shown a quarter from the top */
    EFFECT_GO_HOME,       /* scroll to the first row */
    EFFECT_ADDRESS, /* the address of what is shown now; .on: a new entry of the history; .number: as trail.entry */
    EFFECT_BACK, /* from the entry .number .count entries of the history back: ACTION_ADDRESS follows */
    EFFECT_COPY,      /* .text into the clipboard: ACTION_COPIED */
    EFFECT_COPY_LINK, /* the address of the message .id (seq) of the open room, likewise */
    EFFECT_RELOAD,
    EFFECT_STAY,            /* .on: the browser shall ask before it leaves the page */
    EFFECT_LOOK_FOR_UPDATE, /* the server may be of a newer version than the page */
    EFFECT_ZONE, /* .text: a time zone, empty: that of this device, whose name is given then; .id comes back: ACTION_ZONE */
    EFFECT_NOTICE, /* of a message in the room .id: .title, .text; in place of the room's last one */
    EFFECT_NOTICE_CLOSE, /* that of the room .id, 0: all of them */
    EFFECT_NOTICE_ASK,   /* whether notifications may be shown: in answer to a click */
    EFFECT_BADGE,        /* .id, .key: as page_badge */
    EFFECT_TELL, /* the other tabs: .text, .id. "at": the room that is looked at here, "in", "out" and "ended": who is signed in now, no more, and not by the person */
    EFFECT_SAVE_DECLINED,
    EFFECT_CACHE,      /* .on: keep what upd_cache_encode gives; else forget what is kept */
    EFFECT_CACHE_LOAD, /* ACTION_CACHED follows */
    EFFECT_FILE_SAVE, /* in a terminal: the file .id of .number bytes, one of .count of its message, called .text, into the folder or as the file .title, empty: here; .id 0: nothing more of those */
};

/* GET unless said otherwise. */
struct effect_http {
    bool post, patch, remove;
    bool signed_in; /* with the access token */
    struct slice path, json;
};

struct effect {
    enum effect_type type;
    uint64_t key;
    int64_t id, number;
    uint32_t count;
    bool on;
    struct slice text, title;
    struct ask ask;
    enum event_id event;
    const struct chat_request *request;    /* in effects.requests */
    const struct account_request *account; /* in effects.account */
    struct effect_http http;
};

/* Zero is none. */
struct effects {
    struct effect list[EFFECTS_MAX];
    size_t n;
    struct chat_request requests[EFFECT_ASKS_MAX];
    size_t requests_n;
    struct account_request account; /* at most one */
    struct arena texts; /* that only the effects need; the caller frees with effects_fini */
    bool handled; /* the key that was pressed must do nothing else; what was kept is taken over */
};

static inline void effects_fini(struct effects *fx)
{
    arena_fini(&fx->texts);
}

/* A copy of s for as long as the effects are carried out; p is NULL when there is no memory. */
static inline struct slice effects_text(struct effects *fx, struct slice s)
{
    fx->texts.max = EFFECT_TEXT_BYTES_MAX;
    return arena_copy(&fx->texts, s);
}

static inline void effects_add(struct effects *fx, struct effect effect)
{
    CHECK(fx->n < EFFECTS_MAX);
    fx->list[fx->n++] = effect;
}

/* Ask the server. false: too many at once, nothing is asked. */
static inline bool effects_ask(struct effects *fx, struct ask ask, enum event_id event,
                               struct chat_request request)
{
    if (fx->requests_n == EFFECT_ASKS_MAX || fx->n == EFFECTS_MAX)
        return false;
    fx->requests[fx->requests_n] = request;
    effects_add(fx, (struct effect){.type = EFFECT_ASK,
                                    .ask = ask,
                                    .event = event,
                                    .request = &fx->requests[fx->requests_n++]});
    return true;
}
