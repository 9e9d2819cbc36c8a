/* A text that is being written, and the caret in it: the composer and the small fields. Steps are whole clusters (tui_width.h). Shown in rows of
 * a fixed width, cut anywhere.
 */
#pragma once

#include "buf.h"
#include "tui_width.h"

struct tui_edit {
    struct buf text;
    size_t caret; /* bytes before it */
};

enum tui_edit_step {
    TUI_EDIT_LEFT,
    TUI_EDIT_RIGHT,
    TUI_EDIT_WORD_LEFT,
    TUI_EDIT_WORD_RIGHT,
    TUI_EDIT_LINE_START,
    TUI_EDIT_LINE_END,
};

/* Take the place of what is there; the caret within it, at a character. */
NODISCARD enum err tui_edit_set(struct tui_edit *e, struct slice text, size_t caret);
/* Put text in at the caret. Returns: as buf_put; nothing changes when it fails. */
NODISCARD enum err tui_edit_insert(struct tui_edit *e, struct slice text);
void tui_edit_move(struct tui_edit *e, enum tui_edit_step step);
/* Delete from the caret to where the step would lead; at a line's end the line break. */
void tui_edit_delete(struct tui_edit *e, enum tui_edit_step step);

/* Walks over a text as it is shown. Zero but for rest and width to begin with. */
struct tui_rows {
    struct slice rest;
    uint32_t width;
    uint32_t row, x; /* of the next cluster */
    size_t at;       /* bytes walked over */
    size_t line_n;   /* bytes left of the line; 0: not known */
};

/* The next cluster (bytes 0: a line break, or nothing seen) and its place. false: it is over; row, x are those of the caret at the end. */
bool tui_rows_next(struct tui_rows *r, struct tui_cluster *c, uint32_t *row, uint32_t *x);
/* Where the caret is shown. */
void tui_rows_find(struct slice text, uint32_t width, size_t caret, uint32_t *row, uint32_t *x);
/* How many rows there are, at least 1. */
uint32_t tui_rows_count(struct slice text, uint32_t width);
/* The caret one row up (-1) or down (1). false: there is none. */
bool tui_rows_step(struct slice text, uint32_t width, int way, size_t *caret);
