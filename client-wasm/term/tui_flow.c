/* See tui_flow.h. */
#include "tui_flow.h"

#include "markdown.h"
#include <string.h>

#define MARKDOWN_ROOM 64

void tui_flow_start(struct tui_flow *f, struct arena *arena, uint32_t width)
{
    memset(f, 0, sizeof *f);
    f->arena = arena;
    f->width = width < 1 ? 1 : width > TUI_COLUMNS_MAX ? TUI_COLUMNS_MAX : width;
}

void tui_flow_prefix(struct tui_flow *f, struct slice prefix, struct tui_style style)
{
    uint32_t x = 0;
    f->prefix_n = 0;
    while (prefix.n > 0 && f->prefix_n < sizeof f->prefix / sizeof *f->prefix) {
        struct tui_cell cell = {.style = style};
        tui_cluster_take(&prefix, &cell.c);
        if (x + cell.c.width > f->width / 2)
            break;
        x += cell.c.width;
        if (cell.c.width > 0)
            f->prefix[f->prefix_n++] = cell;
    }
}

static void begin(struct tui_flow *f)
{
    if (f->begun)
        return;
    f->begun = true;
    f->row_n = f->x = f->gap = 0;
    for (uint32_t i = 0; i < f->prefix_n; i++) {
        f->row[f->row_n++] = f->prefix[i];
        f->x += f->prefix[i].c.width;
    }
    f->lead = f->row_n;
}

/* The first cells_n of the row become a line. */
static void store(struct tui_flow *f, uint32_t cells_n)
{
    if (f->n == f->cap) {
        uint32_t cap = f->cap ? 2 * f->cap : 8;
        struct tui_line *lines = arena_array(f->arena, cap, sizeof *lines);
        if (!lines) {
            f->failed = true;
            return;
        }
        if (f->n)
            memcpy(lines, f->lines, f->n * sizeof *lines);
        f->lines = lines;
        f->cap = cap;
    }
    struct tui_cell *cells = arena_array(f->arena, cells_n, sizeof *cells);
    if (!cells) {
        f->failed = true;
        return;
    }
    if (cells_n)
        memcpy(cells, f->row, cells_n * sizeof *cells);
    f->lines[f->n++] = (struct tui_line){cells, cells_n};
}

void tui_flow_break(struct tui_flow *f)
{
    begin(f);
    store(f, f->row_n);
    f->begun = false;
}

void tui_flow_end(struct tui_flow *f)
{
    if (f->begun)
        tui_flow_break(f);
}

/* The row is full: it ends behind its last space, and what stood behind that goes on in the next one. */
static void wrap(struct tui_flow *f)
{
    struct tui_cell carried[TUI_COLUMNS_MAX];
    uint32_t cut = f->gap > f->lead ? f->gap : f->row_n, carried_n = f->row_n - cut;
    memcpy(carried, f->row + cut, carried_n * sizeof *carried);
    f->row_n = cut;
    tui_flow_break(f);
    begin(f);
    for (uint32_t i = 0; i < carried_n && f->x + carried[i].c.width <= f->width; i++) {
        f->row[f->row_n++] = carried[i];
        f->x += carried[i].c.width;
    }
}

static void put(struct tui_flow *f, struct tui_cell *cell)
{
    bool space = cell->c.bytes == 1 && cell->c.text[0] == ' ';
    begin(f);
    if (cell->c.width > f->width)
        return;
    if (f->x + cell->c.width > f->width) {
        if (space) { /* stands for the end of the line */
            f->gap = f->row_n;
            return;
        }
        wrap(f);
        if (f->x + cell->c.width > f->width)
            wrap(f);
        if (f->x + cell->c.width > f->width)
            return;
    }
    f->row[f->row_n++] = *cell;
    f->x += cell->c.width;
    if (space)
        f->gap = f->row_n;
}

/* Of one line, between tabs. */
static void put_part(struct tui_flow *f, struct slice part, struct tui_style style)
{
    while (part.n > 0 && !f->failed) {
        struct tui_cell cell = {.style = style};
        tui_cluster_take(&part, &cell.c);
        if (cell.c.width > 0)
            put(f, &cell);
    }
}

static void put_line(struct tui_flow *f, struct slice line, struct tui_style style)
{
    while (line.n > 0 && !f->failed) {
        struct slice part = {line.p, slice_find(line, '\t')};
        put_part(f, part, style);
        line = slice_from(line, part.n);
        if (line.n > 0) {
            put_part(f, (struct slice){"    ", 4 - f->x % 4}, style);
            line = slice_from(line, 1);
        }
    }
}

void tui_flow_text(struct tui_flow *f, struct slice text, struct tui_style style)
{
    while (text.n > 0 && !f->failed) {
        struct slice line = {text.p, slice_find(text, '\n')};
        put_line(f, line, style);
        text = slice_from(text, line.n);
        if (text.n > 0) {
            tui_flow_break(f);
            text = slice_from(text, 1);
        }
    }
}

/* --- Markdown --- */

struct marking {
    struct tui_flow *f;
    struct tui_style style;
    bool reveal, any;
    struct tui_cell outer[16]; /* the prefix that was there before */
    uint32_t outer_n;
    bool code;
};

static void add_prefix(struct tui_flow *f, struct slice text, struct tui_style style)
{
    struct tui_cell before[16];
    uint32_t before_n = f->prefix_n;
    memcpy(before, f->prefix, before_n * sizeof *before);
    tui_flow_prefix(f, text, style);
    uint32_t room = (uint32_t)(sizeof before / sizeof *before) - before_n;
    uint32_t n = f->prefix_n < room ? f->prefix_n : room;
    memmove(f->prefix + before_n, f->prefix, n * sizeof *before);
    memcpy(f->prefix, before, before_n * sizeof *before);
    f->prefix_n = before_n + n;
}

static void on_block(void *user, const struct md_block *b)
{
    static const char marks[] = "\u2502 \u2502 \u2502 ", spaces[] = "          ";
    struct marking *m = user;
    struct buf sign = {.max = MARKDOWN_ROOM};
    if (m->any)
        tui_flow_end(m->f);
    m->any = true;
    m->code = b->kind == MD_CODE;
    memcpy(m->f->prefix, m->outer, m->outer_n * sizeof *m->outer);
    m->f->prefix_n = m->outer_n;
    if (b->quote > 0)
        add_prefix(m->f, (struct slice){marks, 4u * (b->quote < 3 ? b->quote : 3)},
                   (struct tui_style){TUI_DIM, 0});
    if (b->kind == MD_CODE)
        add_prefix(m->f, SL("  "), m->style);
    if (b->kind != MD_ITEM)
        return;
    add_prefix(m->f, (struct slice){spaces, 2u * (b->indent < 4 ? b->indent : 4)}, m->style);
    enum err e =
        b->ordered ? buf_printf(&sign, "%u. ", (unsigned)b->number) : buf_put(&sign, SL("\u2022 "));
    if (e == ERR_OK)
        tui_flow_text(m->f, buf_peek(&sign), m->style);
    add_prefix(m->f, (struct slice){spaces, tui_width(buf_peek(&sign))}, m->style);
    buf_fini(&sign);
}

static struct tui_style style_of(const struct marking *m, const struct md_run *r)
{
    struct tui_style s = m->style;
    s.attrs |= r->style & MD_BOLD ? TUI_BOLD : 0;
    s.attrs |= r->style & MD_ITALIC ? TUI_ITALIC : 0;
    s.attrs |= r->style & MD_STRIKE ? TUI_STRIKE : 0;
    s.attrs |= r->kind == MD_LINK ? TUI_UNDERLINE : 0;
    s.attrs |= r->kind == MD_MENTION || r->kind == MD_ROOM ? TUI_BOLD : 0;
    if (m->code || (r->style & MD_CODE_SPAN))
        s.colour = 6;
    return s;
}

static void on_run(void *user, const struct md_run *r)
{
    struct marking *m = user;
    struct tui_style s = style_of(m, r);
    bool code = (r->style & MD_CODE_SPAN) && !m->code;
    if (r->kind == MD_BREAK) {
        tui_flow_break(m->f);
        return;
    }
    if ((r->style & MD_SPOILER) && !m->reveal) {
        tui_flow_text(m->f, SL("[hidden]"), (struct tui_style){TUI_REVERSE, 0});
        return;
    }
    if (code)
        tui_flow_text(m->f, SL("`"), s); /* it is not told by its colour alone */
    tui_flow_text(m->f, r->text, s);
    if (code)
        tui_flow_text(m->f, SL("`"), s);
    if (r->kind == MD_LINK && !slice_eq(r->text, r->url)) {
        tui_flow_text(m->f, SL(" <"), m->style);
        tui_flow_text(m->f, r->url, s);
        tui_flow_text(m->f, SL(">"), m->style);
    }
}

void tui_flow_markdown(struct tui_flow *f, struct slice text, struct tui_style style, bool reveal)
{
    struct marking m = {.f = f, .style = style, .reveal = reveal, .outer_n = f->prefix_n};
    memcpy(m.outer, f->prefix, f->prefix_n * sizeof *f->prefix);
    markdown_parse(text, &(struct md_sink){&m, on_block, on_run});
    memcpy(f->prefix, m.outer, m.outer_n * sizeof *m.outer);
    f->prefix_n = m.outer_n;
}
