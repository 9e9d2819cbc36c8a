/* See tui_bidi.h. */
#include "tui_bidi.h"

#include "utf8.h"
#include <string.h>
#include <utf8proc.h>

#define BAR "\u2502"

static enum tui_way way_of(const struct tui_cluster *c)
{
    struct slice text = {c->text, c->bytes};
    if (text.n == 0)
        return TUI_WAY_NONE;
    switch (utf8proc_get_property((utf8proc_int32_t)utf8_take(&text))->bidi_class) {
    case UTF8PROC_BIDI_CLASS_R:
    case UTF8PROC_BIDI_CLASS_AL:
        return TUI_WAY_RTL;
    case UTF8PROC_BIDI_CLASS_L:
        return TUI_WAY_LTR;
    default:
        return TUI_WAY_NONE;
    }
}

enum tui_way tui_bidi_way(const struct tui_cell *cells, uint32_t n)
{
    enum tui_way way = TUI_WAY_NONE;
    for (uint32_t i = 0; i < n && way == TUI_WAY_NONE; i++)
        way = way_of(&cells[i].c);
    return way;
}

static bool has_rtl(const struct tui_cell *cells, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        /* None below U+0590 is. */
        if (cells[i].c.bytes > 1 && (unsigned char)cells[i].c.text[0] >= 0xD6 &&
            way_of(&cells[i].c) == TUI_WAY_RTL)
            return true;
    }
    return false;
}

static bool is(const struct tui_cell *cell, const char *text)
{
    size_t n = strlen(text);
    return cell->c.bytes == n && memcmp(cell->c.text, text, n) == 0;
}

/* A mark like that of the chosen line, with a space behind it. */
static bool is_mark(const struct tui_cell *cells, uint32_t i)
{
    return is(&cells[i], ">") && (i == 0 || is(&cells[i - 1], " ") || is(&cells[i - 1], BAR));
}

/* What is between texts at i: how many cells. */
static uint32_t between(const struct tui_cell *cells, uint32_t n, uint32_t i)
{
    uint32_t spaces = 0;
    if (is(&cells[i], BAR))
        return 1;
    while (i + spaces < n && is(&cells[i + spaces], " "))
        spaces++;
    bool edge = i == 0 || i + spaces == n || is(&cells[i + spaces], BAR) ||
                is(&cells[i - 1], BAR) || is_mark(cells, i - 1);
    return spaces > 1 || edge ? spaces : 0;
}

/* Behind what the cell shows: a terminal puts marks to the cell before them. */
static bool attach(struct tui_cell *cell, const char *mark)
{
    struct tui_cluster *c = &cell->c;
    size_t n = strlen(mark);
    if (c->bytes + n > sizeof c->text)
        return false;
    memcpy(c->text + c->bytes, mark, n);
    c->bytes = (uint8_t)(c->bytes + n);
    c->odd = true; /* some give it a column */
    return true;
}

/* cells[from..end) are one text. One that begins at the left edge needs no mark there; one that ends at the right edge is ended by it. */
static void isolate(struct tui_cell *cells, uint32_t n, uint32_t from, uint32_t end)
{
    bool rtl = tui_bidi_way(cells + from, end - from) == TUI_WAY_RTL;
    uint32_t last = end - 1;
    while (last > from && cells[last].c.width == 0)
        last--;
    if (from > 0 && attach(&cells[from - 1], rtl ? "\u2067" : "\u2066") && end < n)
        (void)!attach(&cells[last], "\u2069");
}

void tui_bidi_row(struct tui_cell *cells, uint32_t n)
{
    uint32_t from = 0;
    if (!has_rtl(cells, n))
        return;
    for (uint32_t i = 0; i < n;) {
        uint32_t apart = between(cells, n, i);
        if (apart && i > from)
            isolate(cells, n, from, i);
        i += apart ? apart : 1;
        from = apart ? i : from;
    }
    if (n > from)
        isolate(cells, n, from, n);
}
