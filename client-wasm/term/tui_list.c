/* See tui_list.h; how one message looks is in tui_block.c. */
#include "tui_list.h"

#include "rows.h"
#include "tui_bidi.h"
#include "tui_block.h"

#include <string.h>

#define FRAME_ARENA_BYTES (32u << 20)
#define FAR_LINES         64 /* how far is looked beyond the view */
#define LINE_PX           41 /* more than one line from the end is not at the end */

/* The window laid out as far as it is wanted. */
struct layout {
    const struct model *m;
    const struct room *room;
    uint32_t width;
    struct arena arena;
    uint32_t first, end;
    struct rows_around *around; /* of first..end */
    int64_t *days;
};

static bool layout_open(struct layout *y, const struct model *m, uint32_t width)
{
    struct rows_place place = ROWS_START;
    memset(y, 0, sizeof *y);
    y->m = m;
    y->room = model_open(m);
    y->width = width;
    arena_init(&y->arena, FRAME_ARENA_BYTES);
    if (!y->room || y->room->window.first == y->room->window.end)
        return false;
    y->first = y->room->window.first;
    y->end = y->room->window.end;
    y->around = arena_array(&y->arena, y->end - y->first, sizeof *y->around);
    y->days = arena_array(&y->arena, y->end - y->first, sizeof *y->days);
    if (!y->around || !y->days)
        return false;
    for (uint32_t i = y->first; i < y->end; i++) {
        y->around[i - y->first] = rows_next(m, y->room, i, &place);
        y->days[i - y->first] = place.day;
    }
    return true;
}

static struct tui_block block_at(struct layout *y, uint32_t i, uint64_t selected)
{
    const struct tui_block_place place = {.index = i,
                                          .around = y->around[i - y->first],
                                          .day = y->days[i - y->first],
                                          .first = i == y->first,
                                          .last = i + 1 == y->end,
                                          .selected = y->room->log.at[i]->key == selected};
    return tui_block(y->m, y->room, &place, &y->arena, y->width);
}

static uint32_t lines_of(struct layout *y, uint32_t i)
{
    struct arena_mark mark = arena_mark(&y->arena);
    uint32_t n = block_at(y, i, 0).n;
    arena_rewind(&y->arena, mark);
    return n;
}

/* Where the lowest line in view is. */
static uint32_t bottom_of(struct tui_list *l, const struct layout *y)
{
    uint32_t at = log_find_key(&y->room->log, l->key);
    if (y->room->window.following || l->room != y->room->r.id || at < y->first || at >= y->end) {
        at = y->end - 1;
        l->hidden = 0;
    }
    l->room = y->room->r.id;
    l->key = y->room->log.at[at]->key;
    return at;
}

static void set_bottom(struct tui_list *l, const struct layout *y, uint32_t at, uint32_t hidden)
{
    l->key = y->room->log.at[at]->key;
    l->hidden = hidden;
}

static void down(struct tui_list *l, struct layout *y, uint32_t at, uint32_t lines)
{
    uint32_t hidden = l->hidden;
    while (lines > hidden && at + 1 < y->end) {
        lines -= hidden;
        hidden = lines_of(y, ++at);
    }
    set_bottom(l, y, at, hidden > lines ? hidden - lines : 0);
}

static void up(struct tui_list *l, struct layout *y, uint32_t at, uint32_t lines)
{
    uint32_t hidden = l->hidden + lines, n = lines_of(y, at), sum;
    while (hidden >= n && at > y->first) {
        hidden -= n;
        n = lines_of(y, --at);
    }
    hidden = hidden < n ? hidden : n - 1;
    set_bottom(l, y, at, hidden);
    sum = n - hidden;
    for (uint32_t i = at; i > y->first && sum < l->height; i--)
        sum += lines_of(y, i - 1);
    if (sum < l->height) /* not beyond the top */
        down(l, y, at, l->height - sum);
}

static void show_middle(struct tui_list *l, struct layout *y, uint32_t at, uint32_t below)
{
    set_bottom(l, y, at, 0);
    down(l, y, at, below);
    up(l, y, log_find_key(&y->room->log, l->key), 0);
}

static void show_focus(struct tui_list *l, struct layout *y, uint32_t at)
{
    uint32_t bottom = bottom_of(l, y), sum = 0;
    if (at >= bottom) {
        if (at > bottom || l->hidden > 0)
            set_bottom(l, y, at, 0);
        return;
    }
    for (uint32_t i = at; i <= bottom && sum <= l->height + l->hidden; i++)
        sum += lines_of(y, i);
    if (sum > l->height + l->hidden) {
        uint32_t n = lines_of(y, at);
        show_middle(l, y, at, l->height > n ? l->height - n : 0);
    }
}

/* What was wished for, once. */
static void arrive(struct tui_list *l, struct layout *y)
{
    uint32_t at = log_find_key(&y->room->log, l->middle_key ? l->middle_key : l->focus_key);
    bool there = at >= y->first && at < y->end;
    (void)bottom_of(l, y);
    if (l->middle_key && there)
        show_middle(l, y, at, l->height / 2);
    else if (l->focus_key && there)
        show_focus(l, y, at);
    for (uint32_t i = y->first; l->marker && i < y->end; i++) {
        if (y->around[i - y->first].marked)
            show_middle(l, y, i, l->height * 3 / 4);
    }
    if (l->home)
        show_middle(l, y, y->first, 0);
    l->middle_key = l->focus_key = 0;
    l->marker = l->home = false;
}

static void draw_line(struct tui_screen *s, const struct tui_line *line, uint32_t x, uint32_t y,
                      uint32_t end)
{
    if (tui_bidi_way(line->cells, line->n) == TUI_WAY_RTL) { /* at the side where it begins */
        uint32_t width = 0;
        for (uint32_t i = 0; i < line->n; i++)
            width += line->cells[i].c.width;
        x = width + 1 < end - x ? end - 1 - width : x;
    }
    for (uint32_t i = 0; i < line->n; i++)
        x = tui_screen_cell(s, x, y, end, &line->cells[i]);
}

static void draw_mark(struct tui_screen *s, const struct tui_block *b, uint32_t x, uint32_t y)
{
    tui_screen_put(s, x, y, x + 1, (struct slice){&b->mark, 1},
                   (struct tui_style){b->selected ? TUI_REVERSE | TUI_BOLD : TUI_BOLD, 0});
}

static void draw_empty(const struct model *m, struct tui_screen *s, uint32_t x, uint32_t y,
                       uint32_t end)
{
    const struct room *room = model_open(m);
    bool waiting =
        room ? room->r.seq > 0 && (room->loading == ROOM_LOADING || !room->opened) : !m->resumed;
    enum word word = waiting                             ? WORD_LOADING
                     : !room                             ? WORD_NO_ROOM_TITLE
                     : room->loading == ROOM_LOAD_FAILED ? WORD_LOAD_FAILED
                                                         : WORD_EMPTY_TITLE;
    tui_screen_put(s, x, y, end, words_get(&m->words, word), (struct tui_style){TUI_DIM, 0});
}

uint32_t tui_list_draw(struct tui_list *l, const struct model *m, struct tui_screen *s, uint32_t x,
                       uint32_t y, uint32_t end, uint32_t bottom, uint64_t selected)
{
    struct layout layout;
    uint32_t row = bottom, found = UINT32_MAX;
    l->width = end > x + 2 ? end - x - 2 : 1;
    l->height = bottom > y ? bottom - y : 0;
    l->seen_key = 0;
    if (l->height == 0 || !layout_open(&layout, m, l->width)) {
        if (l->height > 0)
            draw_empty(m, s, x + 2, y, end);
        arena_fini(&layout.arena);
        return found;
    }
    arrive(l, &layout);
    uint32_t at = log_find_key(&layout.room->log, l->key) + 1, hidden = l->hidden;
    while (at-- > layout.first && row > y) {
        struct tui_block b = block_at(&layout, at, selected);
        if (hidden == 0 && !l->seen_key && b.n <= row - y)
            l->seen_key = layout.room->log.at[at]->key;
        for (uint32_t i = b.n - (hidden < b.n ? hidden : b.n); i-- > 0 && row > y;) {
            draw_line(s, &b.lines[i], x + 2, --row, end);
            if (i >= b.own_from && i < b.own_end && b.mark != ' ')
                draw_mark(s, &b, x, row);
            if (b.selected && i >= b.own_from)
                found = row;
        }
        hidden = 0;
    }
    arena_fini(&layout.arena);
    return found;
}

void tui_list_scroll(struct tui_list *l, const struct model *m, int lines)
{
    struct layout y;
    if (layout_open(&y, m, l->width)) {
        uint32_t at = bottom_of(l, &y);
        if (lines < 0)
            up(l, &y, at, (uint32_t)-lines);
        else
            down(l, &y, at, (uint32_t)lines);
    }
    arena_fini(&y.arena);
}

void tui_list_measure(struct tui_list *l, const struct model *m, uint32_t *above_px,
                      uint32_t *below_px, uint32_t *view_px)
{
    struct layout y;
    uint32_t above = 0, below = l->hidden;
    if (layout_open(&y, m, l->width)) {
        uint32_t at = log_find_key(&y.room->log, l->key);
        at = at >= y.first && at < y.end ? at : y.end - 1;
        for (uint32_t i = at + 1; i < y.end && below < FAR_LINES; i++)
            below += lines_of(&y, i);
        for (uint32_t i = at + 1; i-- > y.first && above < l->height + l->hidden + FAR_LINES;)
            above += lines_of(&y, i);
        above -= above < l->hidden ? above : l->hidden;
        above -= above < l->height ? above : l->height;
    }
    arena_fini(&y.arena);
    *above_px = above * LINE_PX;
    *below_px = below * LINE_PX;
    *view_px = l->height * LINE_PX;
}
