/* The invitation that the page was opened with. */
#pragma once

#include "buf.h"
#include <stdbool.h>
#include <stdint.h>

#define INVITE_TOKEN_BYTES_MAX 128
#define INVITE_TEXT_BYTES_MAX  1024

enum invite_state { INVITE_NONE, INVITE_ASKED, INVITE_KNOWN, INVITE_REFUSED };

struct invite {
    enum invite_state state;
    uint32_t number;     /* counts them: an answer about an earlier one is of no interest */
    struct buf token;    /* empty: none */
    struct buf room, by; /* KNOWN; no room: it is for registering */
    struct buf error;    /* REFUSED, in the server's words */
};
