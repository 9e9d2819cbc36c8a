/* What the parts of the screen are drawn with, and the parts. Columns x to end, rows y to bottom. */
#pragma once

#include "console.h"
#include "tui_flow.h"
#include "tui_screen.h"

#define TUI_LINE_BYTES_MAX 8192

/* What is left of the screen. */
struct tui_area {
    uint32_t x, end, y, bottom;
};

extern const struct tui_style TUI_STYLE_PLAIN, TUI_STYLE_DIM, TUI_STYLE_BOLD, TUI_STYLE_REVERSE,
    TUI_STYLE_BAD;

/* One line. Returns: the column behind it. */
uint32_t tui_put(uint32_t x, uint32_t y, uint32_t end, struct slice text, struct tui_style style);
uint32_t tui_put_words(uint32_t x, uint32_t y, uint32_t end, struct tui_style style, enum word id,
                       struct slice a, struct slice b);
/* At the right edge. Returns: where it begins; end: there was no room for it. */
uint32_t tui_put_right(uint32_t from, uint32_t y, uint32_t end, struct slice text,
                       struct tui_style style);
/* Text on as many lines as it needs, at most so many. Owns: free with tui_lines_fini. */
struct tui_lines {
    struct arena arena;
    const struct tui_line *at;
    uint32_t n;
};
void tui_lines_wrap(struct tui_lines *l, struct slice text, struct tui_style style, uint32_t width,
                    uint32_t most_n);
void tui_lines_put(const struct tui_lines *l, uint32_t x, uint32_t y, uint32_t end);
void tui_lines_fini(struct tui_lines *l);

/* Whether somebody is there, told by its shape and by its colour. */
struct tui_presence {
    struct slice sign;
    struct tui_style style;
    enum word word;
};
struct tui_presence tui_presence(const struct person *person);

/* tui_rooms.c: the rooms at the side, if there is room for them. */
void tui_rooms_draw(struct tui_area *a);
/* tui_lists.c: the list that is open, instead of the room. */
void tui_lists_draw(struct tui_area *a);
/* So many items are a page of it. */
uint32_t tui_lists_page(bool up);
/* tui_news.c: the trouble with the connection, from the top; the last line: what matters most, from the bottom. */
void tui_news_banner(struct tui_area *a);
void tui_news_last(struct tui_area *a);
