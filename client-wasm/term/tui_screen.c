/* See tui_screen.h. Only ANSI (ECMA-48) sequences: CUP, EL, ED, SGR. */
#include "tui_screen.h"

#include "mem.h"
#include <string.h>

static const struct tui_cell BLANK = {.c = {.text = " ", .bytes = 1, .width = 1}};

/* The state of the terminal while a frame is written. */
struct pen {
    struct buf *out;
    enum err err;
    uint32_t x, y;
    bool placed; /* x, y hold */
    struct tui_style style;
};

void tui_screen_fini(struct tui_screen *s)
{
    mem_free(s->now);
    mem_free(s->shown);
    *s = (struct tui_screen){.colours = s->colours};
}

bool tui_screen_size(struct tui_screen *s, uint32_t width, uint32_t height)
{
    width = width < 1 ? 1 : width > TUI_COLUMNS_MAX ? TUI_COLUMNS_MAX : width;
    height = height < 1 ? 1 : height > TUI_ROWS_MAX ? TUI_ROWS_MAX : height;
    size_t n = (size_t)width * height;
    struct tui_cell *now = mem_alloc(n * sizeof *now), *shown = mem_alloc(n * sizeof *shown);
    if (!now || !shown) {
        mem_free(now);
        mem_free(shown);
        return false;
    }
    mem_free(s->now);
    mem_free(s->shown);
    s->now = now;
    s->shown = shown;
    s->width = width;
    s->height = height;
    s->cursor_x = s->cursor_y = 0;
    tui_screen_clear(s);
    tui_screen_redraw(s);
    return true;
}

void tui_screen_redraw(struct tui_screen *s)
{
    s->fresh = true;
    for (size_t i = 0; i < (size_t)s->width * s->height; i++)
        s->shown[i] = BLANK;
}

void tui_screen_clear(struct tui_screen *s)
{
    for (size_t i = 0; i < (size_t)s->width * s->height; i++)
        s->now[i] = BLANK;
}

/* What is half overwritten becomes blank. */
static void part(struct tui_cell *row, uint32_t width, uint32_t x)
{
    if (x < width && row[x].c.width == 0 && x > 0)
        row[x - 1].c = BLANK.c;
    if (x < width && row[x].c.width == 2 && x + 1 < width)
        row[x + 1].c = BLANK.c;
}

uint32_t tui_screen_cell(struct tui_screen *s, uint32_t x, uint32_t y, uint32_t end,
                         const struct tui_cell *cell)
{
    end = end < s->width ? end : s->width;
    if (y >= s->height || cell->c.width == 0 || x >= end || cell->c.width > end - x)
        return x;
    struct tui_cell *row = s->now + (size_t)y * s->width;
    for (uint32_t i = 0; i < cell->c.width; i++)
        part(row, s->width, x + i);
    row[x] = *cell;
    if (cell->c.width == 2)
        row[x + 1] = (struct tui_cell){.style = cell->style};
    return x + cell->c.width;
}

uint32_t tui_screen_put(struct tui_screen *s, uint32_t x, uint32_t y, uint32_t end,
                        struct slice text, struct tui_style style)
{
    while (text.n > 0) {
        struct tui_cell cell = {.style = style};
        tui_cluster_take(&text, &cell.c);
        uint32_t next = tui_screen_cell(s, x, y, end, &cell);
        if (next == x && cell.c.width > 0)
            break;
        x = next;
    }
    return x;
}

void tui_screen_fill(struct tui_screen *s, uint32_t x, uint32_t y, uint32_t end,
                     struct tui_style style)
{
    struct tui_cell cell = BLANK;
    cell.style = style;
    end = end < s->width ? end : s->width;
    while (x < end && y < s->height)
        x = tui_screen_cell(s, x, y, end, &cell);
}

void tui_screen_cursor(struct tui_screen *s, uint32_t x, uint32_t y)
{
    s->cursor_x = x < s->width ? x : s->width - 1;
    s->cursor_y = y < s->height ? y : s->height - 1;
}

static bool same_style(struct tui_style a, struct tui_style b)
{
    return a.attrs == b.attrs && a.colour == b.colour;
}

static bool same(const struct tui_cell *a, const struct tui_cell *b)
{
    return a->c.bytes == b->c.bytes && a->c.width == b->c.width && same_style(a->style, b->style) &&
           memcmp(a->c.text, b->c.text, a->c.bytes) == 0;
}

static void say(struct pen *p, struct slice text)
{
    p->err = p->err ? p->err : buf_put(p->out, text);
}

static void move(struct pen *p, uint32_t x, uint32_t y)
{
    if (p->placed && p->x == x && p->y == y)
        return;
    p->err = p->err ? p->err : buf_printf(p->out, "\x1b[%u;%uH", (unsigned)y + 1, (unsigned)x + 1);
    p->x = x;
    p->y = y;
    p->placed = true;
}

static void dress(const struct tui_screen *s, struct pen *p, struct tui_style style)
{
    static const struct {
        uint8_t attr;
        const char *code;
    } codes[] = {{TUI_BOLD, ";1"},      {TUI_DIM, ";2"},     {TUI_ITALIC, ";3"},
                 {TUI_UNDERLINE, ";4"}, {TUI_REVERSE, ";7"}, {TUI_STRIKE, ";9"}};
    if (!s->colours)
        style.colour = 0;
    if (same_style(style, p->style))
        return;
    p->style = style;
    say(p, SL("\x1b[0"));
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (style.attrs & codes[i].attr)
            say(p, slice_str(codes[i].code));
    }
    if (style.colour && !p->err)
        p->err = buf_printf(p->out, ";%u", 30u + style.colour % 8);
    say(p, SL("m"));
}

static void write_cell(const struct tui_screen *s, struct pen *p, const struct tui_cell *cell,
                       uint32_t x, uint32_t y)
{
    if (cell->c.width == 0)
        return;
    move(p, x, y);
    dress(s, p, cell->style);
    if (cell->c
            .odd) { /* however wide it comes out, nothing is left over, and the next is in its place */
        say(p, cell->c.width == 2 ? SL("  ") : SL(" "));
        p->placed = false;
        move(p, x, y);
    }
    say(p, (struct slice){cell->c.text, cell->c.bytes});
    p->x += cell->c.width;
    p->placed = !cell->c.odd && p->x < s->width;
}

static bool is_blank(const struct tui_cell *cell)
{
    return same(cell, &BLANK);
}

/* One row. Where wide ones are about, everything from the first change on is written anew: half of one cannot be replaced. */
static void write_row(const struct tui_screen *s, struct pen *p, uint32_t y)
{
    const struct tui_cell *now = s->now + (size_t)y * s->width;
    const struct tui_cell *shown = s->shown + (size_t)y * s->width;
    uint32_t first = 0, used = s->width, was = s->width;
    bool wide = false;
    while (first < s->width && same(&now[first], &shown[first]))
        first++;
    if (first == s->width)
        return;
    for (uint32_t x = 0; x < s->width; x++)
        wide |= now[x].c.width != 1 || shown[x].c.width != 1 || now[x].c.odd || shown[x].c.odd;
    while (wide && first > 0 && (now[first].c.width == 0 || shown[first].c.width == 0))
        first--;
    while (used > 0 && is_blank(&now[used - 1]))
        used--;
    while (was > 0 && is_blank(&shown[was - 1]))
        was--;
    for (uint32_t x = first; x < used; x++) {
        if (wide || !same(&now[x], &shown[x]))
            write_cell(s, p, &now[x], x, y);
    }
    if (was > used) {
        move(p, used > first ? used : first, y);
        dress(s, p, (struct tui_style){0});
        say(p, SL("\x1b[K"));
    }
}

enum err tui_screen_flush(struct tui_screen *s, struct buf *out)
{
    size_t before_n = out->n;
    struct pen p = {.out = out};
    if (s->fresh)
        say(&p, SL("\x1b[0m\x1b[2J"));
    for (uint32_t y = 0; y < s->height; y++)
        write_row(s, &p, y);
    dress(s, &p, (struct tui_style){0});
    p.placed = false;
    move(&p, s->cursor_x, s->cursor_y);
    if (p.err) {
        out->n = before_n;
        tui_screen_redraw(s);
        return p.err;
    }
    memcpy(s->shown, s->now, (size_t)s->width * s->height * sizeof *s->now);
    s->fresh = false;
    return ERR_OK;
}
