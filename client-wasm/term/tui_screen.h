/* The screen as cells: what shall be shown, what is shown, and the bytes that make the one of the other. No I/O.
 *
 * Inv: a wide cluster is followed by a cell of width 0 in its row; no cluster is cut by the right edge.
 */
#pragma once

#include "buf.h"
#include "tui_width.h"

#define TUI_COLUMNS_MAX 500
#define TUI_ROWS_MAX    300

enum {
    TUI_BOLD = 1,
    TUI_DIM = 2,
    TUI_ITALIC = 4,
    TUI_UNDERLINE = 8,
    TUI_REVERSE = 16,
    TUI_STRIKE = 32
};

struct tui_style {
    uint8_t attrs;
    uint8_t colour; /* 0: the terminal's; 1 to 6: red, green, yellow, blue, magenta, cyan */
};

struct tui_cell {
    struct tui_cluster c; /* bytes 0 and width 0: the right half of a wide one */
    struct tui_style style;
};

struct tui_screen {
    struct tui_cell *now, *shown;
    uint32_t width, height;
    uint32_t cursor_x, cursor_y;
    bool colours;
    bool fresh; /* nothing of what the terminal shows is known */
};

void tui_screen_fini(struct tui_screen *s);
/* Of this size from now on (within the limits), blank and to be drawn as a whole. false: no memory, all stays. */
bool tui_screen_size(struct tui_screen *s, uint32_t width, uint32_t height);
/* Draw everything at the next flush. */
void tui_screen_redraw(struct tui_screen *s);
/* Begin a frame: all blank. */
void tui_screen_clear(struct tui_screen *s);
/* Put valid UTF-8 at x, y, no farther than column end. Returns: the column behind it. */
uint32_t tui_screen_put(struct tui_screen *s, uint32_t x, uint32_t y, uint32_t end,
                        struct slice text, struct tui_style style);
/* Put one cell; it must fit before end. Returns: likewise. */
uint32_t tui_screen_cell(struct tui_screen *s, uint32_t x, uint32_t y, uint32_t end,
                         const struct tui_cell *cell);
/* Blanks in that style. */
void tui_screen_fill(struct tui_screen *s, uint32_t x, uint32_t y, uint32_t end,
                     struct tui_style style);
void tui_screen_cursor(struct tui_screen *s, uint32_t x, uint32_t y);
/* Append what turns the terminal's screen into this one. Returns: ERR_OK, it counts as shown | what buf_put said, draw again later. */
NODISCARD enum err tui_screen_flush(struct tui_screen *s, struct buf *out);
