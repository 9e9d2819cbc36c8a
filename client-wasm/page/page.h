/* The browser program: carries actions in, effects and frames out. Decides nothing; update.c does. */
#pragma once

#include "carry.h"
#include "host.h"
#include "update.h"
#include "vdiff.h"

#define PAGE_SCRATCH_BYTES_MAX (16u << 20)

/* What is done behind the next batch of operations. */
struct page_deeds {
    bool show_draft, go_home, scroll_marker;
    int64_t draft_caret;
    uint64_t draft_to;   /* selected from the caret to here; 0: nothing is */
    uint32_t focus;      /* a DOM_NODE, 0: none */
    uint32_t refocus;    /* the same, if the focus would be lost */
    uint64_t focus_row;  /* key of a message, 0: none */
    uint64_t scroll_row; /* likewise */
};

/* How soon a change is to be seen. */
enum page_haste {
    PAGE_AT_ONCE, /* the person did it */
    PAGE_MESSAGE, /* somebody waits for it: at once, but not too often */
    PAGE_OTHER,   /* likewise */
    PAGE_HASTES_N
};

/* What has been drawn since then. */
struct page_ahead {
    double since_ms;
    double ms;
    unsigned n;
};

struct page {
    const struct host *host;
    struct host_timer *wake;
    struct model model;
    struct vdiff vdiff;
    struct domop ops;
    struct carry carry;
    struct buf scratch;
    struct page_deeds deeds;
    bool frame_asked; /* a frame will come */
    bool dirty;       /* something to draw then */
    struct page_ahead ahead[PAGE_HASTES_N];
    int64_t room_shown;
    uint64_t first_shown; /* key of the first row */
    bool following_shown;
};

/* There is one. */
extern struct page page;

/* page.c: one turn: action, model, effects (sending first), drawing. handled (may be NULL) is as effects.handled. */
void page_dispatch(struct action action, bool *handled);
/* The text the browser has put into the scratch memory; borrowed until its next text. */
struct slice page_scratch_text(size_t n);

/* page_draw.c: the model has changed. */
void page_request_draw(enum page_haste haste);
void page_on_frame(void);
/* UTF-16 units of the first n bytes. */
uint32_t page_utf16(struct slice text, size_t n);

/* page_effects.c */
void page_carry_out(const struct effect *effect);

/* page_chat.c: the connection. Aborts without memory. */
void page_chat_start(void);
