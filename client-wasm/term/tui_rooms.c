/* The rooms at the side. See tui_draw.h. */
#include "tui.h"
#include "tui_draw.h"

#define SIDEBAR_FROM 60 /* columns; narrower screens have none */
#define SIDEBAR_MIN  16
#define SIDEBAR_MAX  28

/* "3 @1", or that something is written. */
static uint32_t counts(const struct room *room, uint32_t y, uint32_t end, struct tui_style style)
{
    struct buf line = {.max = 64};
    enum err e = ERR_OK;
    if (room->r.mentions > 0) {
        style = TUI_STYLE_BAD;
        e = buf_printf(&line, "%lld @%lld", (long long)room->r.unread, (long long)room->r.mentions);
    } else if (room_is_unread(room)) {
        e = buf_printf(&line, "%lld", (long long)room->r.unread);
    } else if (room->r.id != tui.model.open && room->draft.text.n > 0) {
        e = buf_put(&line, words_get(&tui.model.words, WORD_TERM_DRAFT));
    }
    end = e || line.n == 0 ? end : tui_put_right(4, y, end, buf_peek(&line), style);
    buf_fini(&line);
    return end;
}

/* "> #tea      3 @1" */
static void room_line(const struct room *room, uint32_t y, uint32_t end)
{
    bool open = room->r.id == tui.model.open, news = room_is_unread(room) || room->r.mentions > 0;
    bool quiet = room->r.notify == CHAT_NOTIFY_NONE && !open && !news;
    struct tui_style style = {news || open ? TUI_BOLD : quiet ? TUI_DIM : 0, 0};
    uint32_t edge = counts(room, y, end, style);
    uint32_t x = tui_put(0, y, edge, open ? SL(">") : SL(" "), style);
    if (room->r.kind == CHAT_DM) {
        struct tui_presence there = tui_presence(room->with);
        x = tui_put(x, y, edge, there.sign, there.style);
    } else {
        x = tui_put(x, y, edge, SL("#"), style);
    }
    tui_put(x, y, edge > 0 ? edge - 1 : 0, room_shown(room), style);
}

/* So much of the list that the open room is in it. */
void tui_rooms_draw(struct tui_area *a)
{
    const struct rooms *rs = &tui.model.rooms;
    uint32_t width = tui.screen.width / 4, rows_n = a->bottom - a->y, open = 0, first = 0;
    if (tui.screen.width < SIDEBAR_FROM || rows_n == 0)
        return;
    width = width < SIDEBAR_MIN ? SIDEBAR_MIN : width > SIDEBAR_MAX ? SIDEBAR_MAX : width;
    while (open < rs->n && rs->at[open]->r.id != tui.model.open)
        open++;
    if (open < rs->n && open >= rows_n)
        first = open - rows_n + 1;
    for (uint32_t y = 0; y < rows_n; y++) {
        if (first + y < rs->n)
            room_line(rs->at[first + y], a->y + y, width - 1);
        tui_put(width - 1, a->y + y, width, SL("\u2502"), TUI_STYLE_DIM);
    }
    a->x = width;
}
