/* Short news at the edge of the page, each gone after a while; and what is done when it goes. */
#pragma once

#include "buf.h"
#include <stdbool.h>
#include <stdint.h>

#define TOASTS_MAX        3 /* one more ends the oldest */
#define TOAST_MS          5000
#define TOAST_LETTER_MS   50 /* more, for each byte over TOAST_SHORT */
#define TOAST_SHORT       40
#define TOAST_AFTER_MS    2000 /* at least, once it is let go of */
#define TOAST_BYTES_MAX   512
#define TOAST_HOLD_MAX_MS 60000 /* the pointer may rest on it by chance */

enum toast_kind {
    TOAST_NEWS,
    TOAST_DELETE, /* room, seq: that message is deleted when the toast ends, unless it is undone */
};

struct toast {
    enum toast_kind kind;
    uint32_t id; /* 0: none; never given twice */
    int64_t room, seq;
    int64_t since_ms, until_ms; /* host clock */
    struct buf text;
};

/* Inv: those that are there come first, the oldest first of all. */
struct toasts {
    struct toast at[TOASTS_MAX];
    uint32_t last_id;
    bool held; /* the pointer or the focus is on one */
};
