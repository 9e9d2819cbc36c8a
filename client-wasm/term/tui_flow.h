/* Text cut into lines of a given width at its spaces, wide characters and all. */
#pragma once

#include "arena.h"
#include "tui_screen.h"

struct tui_line {
    struct tui_cell *cells; /* without those of width 0 */
    uint32_t n;
};

/* Inv: row holds row_n cells that take x columns, x <= width. */
struct tui_flow {
    struct arena *arena;
    struct tui_line *lines;
    uint32_t n, cap;
    uint32_t width;
    struct tui_cell row[TUI_COLUMNS_MAX];
    uint32_t row_n, x;
    uint32_t gap; /* cells up to behind the last space; 0: none where the line can be cut */
    struct tui_cell prefix[16]; /* begins each line */
    uint32_t prefix_n;
    uint32_t lead; /* cells of the row that are prefix */
    bool begun;    /* there is a line that is not ended */
    bool failed;   /* the arena was full: the rest is missing */
};

/* Lines of width columns (at least 1). Owns: all is in the arena. */
void tui_flow_start(struct tui_flow *f, struct arena *arena, uint32_t width);
/* What following lines begin with, instead of what was set before: cut to half of the width. */
void tui_flow_prefix(struct tui_flow *f, struct slice prefix, struct tui_style style);
/* Valid UTF-8; line breaks end lines, tabs go on to the next multiple of four. */
void tui_flow_text(struct tui_flow *f, struct slice text, struct tui_style style);
/* End the line, also an empty one. */
void tui_flow_break(struct tui_flow *f);
/* End the line if one is begun. */
void tui_flow_end(struct tui_flow *f);
/* Text with the Markdown of messages. reveal: spoilers are shown. */
void tui_flow_markdown(struct tui_flow *f, struct slice text, struct tui_style style, bool reveal);
