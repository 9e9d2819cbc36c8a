/* From the model to cells: a line on top, the rooms on the left when there is room for them, messages, the composer, a line of news. */
#include "tui.h"

#include "text.h"
#include "upd_conn.h"
#include "upd_history.h"

#include <stdio.h>

#define SIDEBAR_FROM   60 /* columns; narrower screens have none */
#define SIDEBAR_MIN    16
#define SIDEBAR_MAX    28
#define COMPOSER_ROWS  8
#define LINE_BYTES_MAX 8192

static const struct tui_style PLAIN, DIM = {TUI_DIM, 0}, BOLD = {TUI_BOLD, 0},
                                     REVERSE = {TUI_REVERSE, 0}, BAD = {TUI_BOLD, 1};

/* What is left of the screen: columns x to end, rows y to bottom. */
struct area {
    uint32_t x, end, y, bottom;
};

static uint32_t put(uint32_t x, uint32_t y, uint32_t end, struct slice text, struct tui_style style)
{
    return tui_screen_put(&tui.screen, x, y, end, text, style);
}

static uint32_t put_words(uint32_t x, uint32_t y, uint32_t end, struct tui_style style,
                          enum word id, struct slice a, struct slice b)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    if (words_put(&tui.model.words, &line, id, a, b) == ERR_OK)
        x = put(x, y, end, buf_peek(&line), style);
    buf_fini(&line);
    return x;
}

static uint32_t put_words_n(uint32_t x, uint32_t y, uint32_t end, struct tui_style style,
                            enum word_n id, uint64_t n, struct slice a)
{
    struct buf line = {.max = LINE_BYTES_MAX};
    if (words_put_n(&tui.model.words, &line, id, n, a) == ERR_OK)
        x = put(x, y, end, buf_peek(&line), style);
    buf_fini(&line);
    return x;
}

/* At the right edge. Returns: where it begins. */
static uint32_t put_right(uint32_t from, uint32_t y, uint32_t end, struct slice text,
                          struct tui_style style)
{
    uint32_t width = tui_width(text);
    if (width + from > end)
        return end;
    put(end - width, y, end, text, style);
    return end - width;
}

/* "#tea — topic            Live" */
static void header(struct area *a)
{
    const struct model *m = &tui.model;
    const struct room *room = model_open(m);
    struct slice conn = words_get(&m->words, upd_conn_word(m));
    tui_screen_fill(&tui.screen, 0, 0, tui.screen.width, REVERSE);
    uint32_t end = put_right(1, 0, tui.screen.width - 1, conn, REVERSE);
    uint32_t x = put(0, 0, end, room && room->r.kind == CHAT_DM ? SL(" @") : SL(" #"), REVERSE);
    if (room) {
        struct slice about = room->with ? room->with->status : room->r.topic;
        x = put(x, 0, end, room_shown(room), (struct tui_style){TUI_REVERSE | TUI_BOLD, 0});
        if (about.n && x + 8 < end) {
            x = put(x, 0, end - 1, SL("  "), REVERSE);
            put(x, 0, end - 1, about, REVERSE);
        }
    } else {
        put(1, 0, end, SL("Tincan"), REVERSE);
    }
    a->y++;
}

/* "> #tea      3 @1" */
static void room_line(const struct room *room, uint32_t y, uint32_t end)
{
    bool open = room->r.id == tui.model.open, unread = room_is_unread(room);
    char counts[48] = "";
    int n = 0;
    if (room->r.mentions > 0)
        n = snprintf(counts, sizeof counts, "%lld @%lld", (long long)room->r.unread,
                     (long long)room->r.mentions);
    else if (unread)
        n = snprintf(counts, sizeof counts, "%lld", (long long)room->r.unread);
    else if (!open && room->draft.text.n > 0)
        n = snprintf(counts, sizeof counts, "draft");
    struct tui_style style = {unread || room->r.mentions || open ? TUI_BOLD : 0, 0};
    uint32_t edge = put_right(4, y, end, (struct slice){counts, (size_t)n}, style);
    uint32_t x = put(0, y, edge, open ? SL(">") : SL(" "), style);
    x = put(x, y, edge, room->r.kind == CHAT_DM ? SL("@") : SL("#"), style);
    put(x, y, edge > 0 ? edge - 1 : 0, room_shown(room), style);
}

/* So much of the list that the open room is in it. */
static void sidebar(struct area *a)
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
        put(width - 1, a->y + y, width, SL("\u2502"), DIM);
    }
    a->x = width;
}

static void banner(struct area *a)
{
    const struct conn *c = &tui.model.conn;
    if (!upd_conn_troubled(&tui.model) || a->bottom - a->y < 4)
        return;
    tui_screen_fill(&tui.screen, a->x, a->y, a->end, REVERSE);
    uint32_t x = put(a->x, a->y, a->end, SL("! "), (struct tui_style){TUI_REVERSE | TUI_BOLD, 0});
    x = put_words(x, a->y, a->end, REVERSE, upd_conn_banner_word(c),
                  (struct slice){c->reason, c->reason_n}, SL(""));
    x = put(x, a->y, a->end, SL(" "), REVERSE);
    if (c->state != CONN_CLOSED && c->waiting && c->retry_at_ms > tui.model.now_ms)
        put_words_n(x, a->y, a->end, REVERSE, WORDS_NEXT_TRY,
                    (uint64_t)(c->retry_at_ms - tui.model.now_ms + 999) / 1000, SL(""));
    a->y++;
}

/* --- the composer, from the bottom up --- */

static void composer(struct area *a)
{
    const struct room *room = model_open(&tui.model);
    struct slice text = buf_peek(&tui.edit.text);
    uint32_t width = a->end > a->x + 3 ? a->end - a->x - 2 : 1, row, x;
    uint32_t most = (a->bottom - a->y) / 2 < COMPOSER_ROWS ? (a->bottom - a->y) / 2 : COMPOSER_ROWS;
    tui.composer_width = width;
    if (!room || most == 0)
        return;
    if (!room_writable(room)) {
        put_words(a->x, --a->bottom, a->end, DIM,
                  room->r.archived ? WORD_READ_ONLY_ARCHIVED : WORD_READ_ONLY_NOT_JOINED,
                  room_shown(room), SL(""));
        return;
    }
    tui_rows_find(text, width, tui.edit.caret, &row, &x);
    uint32_t rows_n = tui_rows_count(text, width), shown_n = rows_n < most ? rows_n : most;
    uint32_t first = row >= shown_n ? row - shown_n + 1 : 0, top = a->bottom - shown_n;
    struct tui_rows walk = {.rest = text, .width = width};
    struct tui_cell cell = {0};
    uint32_t at_row, at_x;
    while (tui_rows_next(&walk, &cell.c, &at_row, &at_x)) {
        if (at_row >= first && at_row - first < shown_n)
            tui_screen_cell(&tui.screen, a->x + 2 + at_x, top + at_row - first, a->end, &cell);
    }
    put(a->x, top, a->end, tui.region == TUI_COMPOSER ? SL("> ") : SL("  "), BOLD);
    if (text.n == 0)
        put_words(a->x + 2, top, a->end, DIM, WORD_MESSAGE_TO, room_shown(room), SL(""));
    if (tui.region == TUI_COMPOSER)
        tui_screen_cursor(&tui.screen, a->x + 2 + x, top + row - first);
    a->bottom = top;
}

/* Replying or editing. */
static void context(struct area *a)
{
    const struct room *room = model_open(&tui.model);
    const struct draft *d = room ? &room->draft : NULL;
    if (!d || (!d->edit && !d->reply_to) || a->bottom - a->y < 3)
        return;
    a->bottom--;
    if (d->edit) {
        uint32_t x = put(a->x, a->bottom, a->end, words_get(&tui.model.words, WORD_EDITING), BOLD);
        put(x, a->bottom, a->end, SL(" (Esc: leave it)"), DIM);
        return;
    }
    uint32_t at = log_find_seq(&room->log, d->reply_to);
    const struct message *msg = at < room->log.n ? room->log.at[at] : NULL;
    struct slice text = msg ? text_cut(msg->text, 200) : SL("");
    text.n = slice_find(text, '\n');
    put_words(a->x, a->bottom, a->end, BOLD, WORD_REPLYING,
              msg && msg->from ? person_shown(msg->from)
                               : words_get(&tui.model.words, WORD_SOMEONE),
              text);
}

/* --- the last line: what matters most --- */

static bool composer_hint(uint32_t y, uint32_t end)
{
    static const enum word words[] = {[HINT_FULL] = WORD_DEVICE_FULL,
                                      [HINT_CONFLICT] = WORD_EDIT_CONFLICT,
                                      [HINT_OFFLINE_EDIT] = WORD_EDIT_OFFLINE};
    const struct composer *c = &tui.model.composer;
    if (c->hint == HINT_NONE)
        return false;
    if (c->hint == HINT_TOO_LONG)
        put_words_n(0, y, end, BAD, WORDS_TOO_LONG, c->chars_n - CHAT_TEXT_CHARS_MAX, SL(""));
    else
        put(0, y, end, words_get(&tui.model.words, words[c->hint]), BAD);
    return true;
}

static bool typing(uint32_t y, uint32_t end)
{
    const struct room *room = model_open(&tui.model);
    struct slice names[2] = {SL(""), SL("")};
    uint32_t n = room ? room->typing_n : 0;
    for (uint32_t i = 0; i < n && i < 2; i++) {
        const struct person *p = people_find(&tui.model.people, room->typing[i].user);
        names[i] = p ? person_shown(p) : words_get(&tui.model.words, WORD_SOMEONE);
    }
    if (n > 0)
        put_words(0, y, end, DIM,
                  n == 1   ? WORD_TYPING_ONE
                  : n == 2 ? WORD_TYPING_TWO
                           : WORD_TYPING_SEVERAL,
                  names[0], names[1]);
    return n > 0;
}

static bool news_below(uint32_t y, uint32_t end)
{
    const struct room *room = model_open(&tui.model);
    const struct window *w = room ? &room->window : NULL;
    if (!w || w->following || (w->new_n == 0 && !w->far))
        return false;
    uint32_t x = w->new_n ? put_words_n(0, y, end, BOLD, WORDS_NEW_MESSAGES, w->new_n, SL(""))
                          : put(0, y, end, words_get(&tui.model.words, WORD_JUMP), BOLD);
    put(x, y, end, SL(" (Ctrl+End)"), DIM);
    return true;
}

static void last_line(struct area *a)
{
    uint32_t y = --a->bottom, end = tui.screen.width;
    uint64_t unread, mentions;
    char sum[64];
    model_counts(&tui.model, &unread, &mentions);
    if (unread + mentions > 0) {
        int n = mentions ? snprintf(sum, sizeof sum, " %llu unread, @%llu",
                                    (unsigned long long)unread, (unsigned long long)mentions)
                         : snprintf(sum, sizeof sum, " %llu unread", (unsigned long long)unread);
        end = put_right(8, y, end, (struct slice){sum, (size_t)n}, BOLD);
    }
    if (tui.console.notice.n > 0) {
        put(0, y, end, buf_peek(&tui.console.notice), tui.console.bad ? BAD : BOLD);
        return;
    }
    if (composer_hint(y, end) || news_below(y, end) || typing(y, end))
        return;
    put(0, y, end,
        tui.region == TUI_MESSAGES
            ? SL("r reply  e edit  + react  d delete  u unread  Enter quoted  Tab back")
            : SL("F1 help  Ctrl+K rooms  Ctrl+F search  Tab messages  Ctrl+Q quit"),
        DIM);
}

/* --- lists --- */

static struct slice list_title(void)
{
    static const char *const titles[] = {
        "", "Go to room: ", "Search: ", "Members", "Public rooms", "Help"};
    return slice_str(titles[tui.console.list]);
}

static void list_line(const struct console_item *item, bool chosen, uint32_t y, uint32_t end)
{
    struct tui_style style = {chosen ? TUI_REVERSE : 0, 0};
    uint32_t middle = tui.console.list == CONSOLE_HELP ? 22 : 0;
    struct slice detail = item->detail;
    tui_screen_fill(&tui.screen, 0, y, end, style);
    uint32_t x = put(0, y, end, chosen ? SL("> ") : SL("  "), style);
    x = put(x, y, end, item->label, (struct tui_style){style.attrs | TUI_BOLD, 0});
    x = x + 2 > middle ? x + 2 : middle;
    while (detail.n > 0 && x < end) {
        struct slice part = {detail.p, slice_find(detail, '\n')};
        x = put(x, y, end, part, style);
        x = put(x, y, end, part.n < detail.n ? SL(" ") : SL(""), style);
        detail = slice_from(detail, part.n < detail.n ? part.n + 1 : part.n);
    }
}

static void console_list(struct area *a)
{
    const struct console *c = &tui.console;
    uint32_t x = put(0, a->y, a->end, list_title(), BOLD), rows_n, first = 0;
    if (c->list == CONSOLE_SWITCHER || c->list == CONSOLE_SEARCH)
        x = put(x, a->y, a->end, buf_peek(&c->query), PLAIN);
    tui_screen_cursor(&tui.screen, x, a->y);
    if (c->waiting)
        put(x + 1, a->y, a->end, words_get(&tui.model.words, WORD_GAP_LOADING), DIM);
    a->y++;
    rows_n = a->bottom - a->y;
    if (rows_n > 0 && c->chosen >= rows_n)
        first = c->chosen - rows_n + 1;
    for (uint32_t i = 0; i < rows_n && first + i < c->items_n; i++)
        list_line(&c->items[first + i], first + i == c->chosen, a->y + i, a->end);
}

void tui_view(void)
{
    struct area a = {0, tui.screen.width, 0, tui.screen.height};
    tui_screen_clear(&tui.screen);
    if (a.bottom < 3 || a.end < 8)
        return;
    last_line(&a);
    header(&a);
    if (tui.console.list != CONSOLE_CLOSED) {
        console_list(&a);
        return;
    }
    sidebar(&a);
    banner(&a);
    composer(&a);
    context(&a);
    uint64_t chosen = tui.region == TUI_MESSAGES ? tui.model.focus_key : 0;
    uint32_t row =
        tui_list_draw(&tui.list, &tui.model, &tui.screen, a.x, a.y, a.end, a.bottom, chosen);
    if (row != UINT32_MAX)
        tui_screen_cursor(&tui.screen, a.x, row);
}
