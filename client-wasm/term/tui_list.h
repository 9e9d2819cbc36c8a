/* The messages of the open room as lines, and which of them are in view. Only what is in view is laid out. */
#pragma once

#include "model.h"
#include "tui_flow.h"

/* The lowest line in view: of this message, with so many of its lines below the edge. Following: the newest. */
struct tui_list {
    int64_t room;
    uint64_t key;
    uint32_t hidden;
    /* What shall be in view next time; 0, false: nothing special. */
    uint64_t middle_key, focus_key;
    bool marker, home;
    /* Of the last drawing. */
    uint32_t width, height;
    uint64_t seen_key; /* the last message wholly in view */
};

/* Draw into columns x to end and rows y to bottom. selected: the chosen message, 0: none. Returns: the row of it, or UINT32_MAX. */
uint32_t tui_list_draw(struct tui_list *l, const struct model *m, struct tui_screen *s, uint32_t x,
                       uint32_t y, uint32_t end, uint32_t bottom, uint64_t selected);
/* Lines up (negative) or down. */
void tui_list_scroll(struct tui_list *l, const struct model *m, int lines);
/* How far it is to both ends, as ACTION_SCROLL wants it. */
void tui_list_measure(struct tui_list *l, const struct model *m, uint32_t *above_px,
                      uint32_t *below_px, uint32_t *view_px);
