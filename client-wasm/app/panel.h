/* The panel at the side: who is in the room, or what was said where. */
#pragma once

#include "buf.h"
#include "room_log.h"

#define PANEL_HITS_MAX         200 /* kept */
#define PANEL_QUERY_BYTES_MAX  1024
#define PANEL_SEARCH_CHARS_MIN 3

enum panel_kind { PANEL_NONE, PANEL_MEMBERS, PANEL_SEARCH };
enum search_state { SEARCH_IDLE, SEARCH_TYPING, SEARCH_ASKED, SEARCH_DONE, SEARCH_FAILED };

/* Owns: msg. from..to: bytes of its text that were looked for, both 0: not told. */
struct hit {
    struct message *msg;
    uint32_t from, to;
};

struct panel {
    enum panel_kind kind;
    struct buf query; /* as it was typed */
    enum search_state state;
    bool here;      /* in the open room only */
    bool more;      /* there may be further ones */
    int64_t due_ms; /* TYPING: when to ask, host clock */
    int64_t turn;   /* counts the questions: an answer to an earlier one says nothing */
    struct hit hits[PANEL_HITS_MAX];
    uint32_t hits_n;
};
