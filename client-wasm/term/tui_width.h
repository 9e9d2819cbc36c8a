/* What a terminal shows as one: a character with what combines with it, and how many columns it takes. Whatever the terminal could take for
 * a command is replaced here, for all that is ever written to the screen.
 */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define TUI_CLUSTER_BYTES 28 /* what combines beyond that is left out */

struct tui_cluster {
    char text[TUI_CLUSTER_BYTES];
    uint8_t bytes; /* 0: nothing is seen of it */
    uint8_t width; /* 0 exactly when bytes is, else 1 or 2 */
    bool odd;      /* terminals do not agree about its width */
};

/* Take the first cluster off s, which is valid UTF-8 and not empty. Controls become pictures, a tab a space. */
void tui_cluster_take(struct slice *s, struct tui_cluster *out);
/* Columns of all of s. */
uint32_t tui_width(struct slice s);
