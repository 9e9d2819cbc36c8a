/* Where one pane is shown at a time: what the page knows of the entries of the browser's history. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* An entry is a number that the browser keeps with it. Of each pane one bit: the highest is the pane it shows, each lower one says
 * that entries right behind it show these, in their order. Above them, which panel. 0: an entry of which nothing is known.
 */
#define TRAIL_PANES       7u
#define TRAIL_PANEL_SHIFT 3

struct trail {
    uint32_t entry;   /* the present one */
    uint32_t going;   /* the one that was asked for, until the browser is there; 0: none */
    int64_t going_ms; /* since when */
    bool
        restore; /* the page was just loaded: the pane of its entry is to be shown, or the list put behind the first room */
};
