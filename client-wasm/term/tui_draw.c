/* See tui_draw.h. */
#include "tui_draw.h"

#include "tui.h"

#define WRAP_ARENA_BYTES (1u << 20)

const struct tui_style TUI_STYLE_PLAIN,
    TUI_STYLE_DIM = {TUI_DIM, 0}, TUI_STYLE_BOLD = {TUI_BOLD, 0},
    TUI_STYLE_REVERSE = {TUI_REVERSE, 0}, TUI_STYLE_BAD = {TUI_BOLD, 1};

uint32_t tui_put(uint32_t x, uint32_t y, uint32_t end, struct slice text, struct tui_style style)
{
    return tui_screen_put(&tui.screen, x, y, end, text, style);
}

uint32_t tui_put_words(uint32_t x, uint32_t y, uint32_t end, struct tui_style style, enum word id,
                       struct slice a, struct slice b)
{
    struct buf line = {.max = TUI_LINE_BYTES_MAX};
    if (words_put(&tui.model.words, &line, id, a, b) == ERR_OK)
        x = tui_put(x, y, end, buf_peek(&line), style);
    buf_fini(&line);
    return x;
}

uint32_t tui_put_right(uint32_t from, uint32_t y, uint32_t end, struct slice text,
                       struct tui_style style)
{
    uint32_t width = tui_width(text);
    if (width + from > end)
        return end;
    tui_put(end - width, y, end, text, style);
    return end - width;
}

void tui_lines_wrap(struct tui_lines *l, struct slice text, struct tui_style style, uint32_t width,
                    uint32_t most_n)
{
    static struct tui_flow f; /* large; one thread */
    arena_init(&l->arena, WRAP_ARENA_BYTES);
    tui_flow_start(&f, &l->arena, width);
    tui_flow_text(&f, text, style);
    tui_flow_end(&f);
    l->at = f.lines;
    l->n = f.n < most_n ? f.n : most_n;
}

void tui_lines_put(const struct tui_lines *l, uint32_t x, uint32_t y, uint32_t end)
{
    for (uint32_t row = 0; row < l->n; row++) {
        uint32_t at = x;
        for (uint32_t i = 0; i < l->at[row].n; i++)
            at = tui_screen_cell(&tui.screen, at, y + row, end, &l->at[row].cells[i]);
    }
}

void tui_lines_fini(struct tui_lines *l)
{
    arena_fini(&l->arena);
}

struct tui_presence tui_presence(const struct person *person)
{
    enum chat_presence state = person ? person->presence : CHAT_OFFLINE;
    if (state == CHAT_ONLINE)
        return (struct tui_presence){SL("\u25CF"), {0, 2}, WORD_ONLINE};
    if (state == CHAT_IDLE)
        return (struct tui_presence){SL("\u25D0"), {0, 3}, WORD_IDLE};
    return (struct tui_presence){SL("\u25CB"), TUI_STYLE_DIM, WORD_OFFLINE};
}
