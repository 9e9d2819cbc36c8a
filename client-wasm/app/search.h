/* The search: what is looked for, and what was found. */
#pragma once

#include "buf.h"
#include "persons.h"
#include "search_query.h"

#define SEARCH_AFTER_MS   150
#define SEARCH_PAGE       30
#define SEARCH_HITS_MAX   600
#define SEARCH_TEXT_BYTES 400 /* of a hit's text */
#define SEARCH_MARKS_MAX  8

/* SHORT: less than SEARCH_CHARS_MIN. WAITING: the typing has to rest first. UNKNOWN: a room or a date that is none. */
enum search_state {
    SEARCH_IDLE,
    SEARCH_SHORT,
    SEARCH_UNKNOWN_ROOM,
    SEARCH_BAD_DATE,
    SEARCH_WAITING,
    SEARCH_ASKED,
    SEARCH_DONE,
    SEARCH_FAILED
};

/* Inv: marks are bytes of text, ascending, apart. */
struct search_hit {
    int64_t room, seq, ts_ms;
    struct person *from;
    char text[SEARCH_TEXT_BYTES];
    uint16_t text_n;
    uint16_t marks[SEARCH_MARKS_MAX][2];
    uint16_t marks_n;
};

struct search {
    char typed[SEARCH_QUERY_BYTES];
    uint32_t typed_n;
    enum search_state state;
    bool everywhere; /* in all rooms, not only the open one */
    bool more;       /* the server may have further ones */
    int64_t room;    /* where it is looked for, 0: everywhere */
    int64_t due_ms;  /* when to ask, host clock; 0: not */
    uint32_t turn;   /* of the last question */
    uint32_t began;  /* counts the searches: the list of hits is another one */
    uint32_t forgot; /* counts the times all of it was forgotten, what was typed too */
    struct search_query asked;
    struct search_hit *at;
    uint32_t n, cap;
    char error[256];
    uint32_t error_n;
    char bad[64]; /* the room or date that is none */
    uint32_t bad_n;
};
