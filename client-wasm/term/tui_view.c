/* From the model to cells: a line on top, the rooms on the left when there is room for them, messages, the composer, a line of news. */
#include "tui.h"
#include "tui_bidi.h"
#include "tui_draw.h"
#include "tui_files.h"

#include "dialog_room_menu.h"
#include "size.h"
#include "text.h"
#include "upd_conn.h"
#include "upd_held.h"

#define COMPOSER_ROWS 8

static const struct tui_style TITLE = {TUI_REVERSE | TUI_BOLD, 0};

/* "3 reports: /reports" where I moderate. Returns: where it begins. */
static uint32_t reports(const struct room *room, uint32_t end)
{
    struct buf line = {.max = 256};
    uint64_t n = room && room_menu_may_see(&tui.model, room) ? (uint64_t)room->reports_n : 0;
    if (n && words_put_n(&tui.model.words, &line, WORDS_TERM_REPORTS, n, SL("")) == ERR_OK) {
        end = tui_put_right(8, 0, end - (end > 8), buf_peek(&line), TITLE);
        end -= end > 1;
    }
    buf_fini(&line);
    return end;
}

/* "#tea  topic            Live", "● Bo  a status    Live" */
static void header(struct tui_area *a)
{
    const struct model *m = &tui.model;
    const struct room *room = model_open(m);
    bool dm = room && room->r.kind == CHAT_DM;
    struct tui_presence there = tui_presence(room ? room->with : NULL);
    tui_screen_fill(&tui.screen, 0, 0, tui.screen.width, TUI_STYLE_REVERSE);
    uint32_t end = tui_put_right(1, 0, tui.screen.width - 1, words_get(&m->words, upd_conn_word(m)),
                                 TUI_STYLE_REVERSE);
    end -= end > 1;
    end = reports(room, end);
    if (!room) {
        tui_put(1, 0, end, model_workspace(m), TUI_STYLE_REVERSE);
    } else {
        struct slice about = !dm ? room->r.topic
                             : room->with && room->with->status.n
                                 ? room->with->status
                                 : words_get(&m->words, there.word);
        uint32_t x = tui_put(1, 0, end, dm ? there.sign : SL("#"), TITLE);
        x = tui_put(x, 0, end, dm ? SL(" ") : SL(""), TITLE);
        x = tui_put(x, 0, end, room_shown(room), TITLE);
        if (about.n && x + 8 < end)
            tui_put(x + 2, 0, end, about, TUI_STYLE_REVERSE);
    }
    a->y++;
}

/* --- the composer, from the bottom up --- */

static void composer(struct tui_area *a)
{
    const struct room *room = model_open(&tui.model);
    struct slice text = buf_peek(&tui.edit.text);
    uint32_t width = a->end > a->x + 3 ? a->end - a->x - 2 : 1, row, x;
    uint32_t most = (a->bottom - a->y) / 2 < COMPOSER_ROWS ? (a->bottom - a->y) / 2 : COMPOSER_ROWS;
    tui.composer_width = width;
    if (most == 0 || (!room && text.n == 0))
        return;
    if (room && !room_writable(room) && text.n == 0) {
        tui_put_words(a->x, --a->bottom, a->end, TUI_STYLE_DIM,
                      room->r.archived ? WORD_READ_ONLY_ARCHIVED : WORD_TERM_NOT_JOINED,
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
    tui_put(a->x, top, a->end, tui.region == TUI_COMPOSER ? SL("> ") : SL("  "), TUI_STYLE_BOLD);
    if (text.n == 0)
        tui_put_words(a->x + 2, top, a->end, TUI_STYLE_DIM, WORD_MESSAGE_TO, room_shown(room),
                      SL(""));
    if (tui.region == TUI_COMPOSER)
        tui_screen_cursor(&tui.screen, a->x + 2 + x, top + row - first);
    a->bottom = top;
}

/* --- files on their way --- */

#define FILES_ROWS 4

/* "plan.pdf  42 % of 3 MB  (Esc: cancel)" */
static void file_line(struct tui_area *a, struct slice name, enum word word, int64_t there,
                      int64_t size, enum word hint)
{
    const struct words *w = &tui.model.words;
    struct buf percent = {.max = 24}, of = {.max = 64};
    if (size_put(w, &of, size) == ERR_OK &&
        buf_put_u64(&percent, size > 0 ? (uint64_t)(there * 100 / size) : 0) == ERR_OK) {
        uint32_t x = tui_put(a->x, --a->bottom, a->end, text_cut(name, 40), TUI_STYLE_BOLD) + 2;
        bool whole = word == WORD_UPLOAD_DONE;
        x = tui_put_words(x, a->bottom, a->end, TUI_STYLE_PLAIN, word,
                          buf_peek(whole ? &of : &percent), buf_peek(&of));
        tui_put(x + 2, a->bottom, a->end, words_get(w, hint), TUI_STYLE_DIM);
    }
    buf_fini(&percent);
    buf_fini(&of);
}

/* All of why, and what can be done. */
static void failed(struct tui_area *a, const struct upload *up)
{
    const struct words *w = &tui.model.words;
    struct buf line = {.max = TUI_LINE_BYTES_MAX};
    struct tui_lines lines;
    enum err e = buf_put(&line, text_cut(buf_peek(&up->name), 40));
    e = e ? e : buf_put(&line, SL("  "));
    e = e ? e : words_put(w, &line, WORD_UPLOAD_NO, buf_peek(&up->error), SL(""));
    e = e ? e : buf_putc(&line, ' ');
    e = e ? e : buf_put(&line, words_get(w, WORD_TERM_FILE_AGAIN));
    tui_lines_wrap(&lines, e ? SL("") : buf_peek(&line), TUI_STYLE_BAD, a->end - a->x,
                   (a->bottom - a->y) / 2);
    a->bottom -= lines.n;
    tui_lines_put(&lines, a->x, a->bottom, a->end);
    tui_lines_fini(&lines);
    buf_fini(&line);
}

static void upload(struct tui_area *a, const struct upload *up)
{
    if (up->state == UPLOAD_FAILED) {
        failed(a, up);
        return;
    }
    file_line(a, buf_peek(&up->name),
              up->state == UPLOAD_NEW       ? WORD_UPLOAD_QUEUED
              : up->state == UPLOAD_DONE    ? WORD_UPLOAD_DONE
              : up->state == UPLOAD_WAITING ? WORD_UPLOAD_WAITING
                                            : WORD_UPLOAD_PERCENT,
              up->sent, up->size, WORD_TERM_FILE_CANCEL);
}

/* From the bottom up: of the open room the newest, and what is being saved. */
static void files(struct tui_area *a)
{
    const struct uploads *us = &tui.model.uploads;
    struct slice name;
    int64_t there, size;
    uint32_t left = (a->bottom - a->y) / 3 < FILES_ROWS ? (a->bottom - a->y) / 3 : FILES_ROWS;
    for (uint32_t i = us->n; i-- > 0 && left > 0;) {
        if (us->at[i].room != tui.model.open)
            continue;
        upload(a, &us->at[i]);
        left--;
    }
    struct buf line = {.max = 1024};
    if (left > 0 && tui_save_now(&name, &there, &size) &&
        words_put(&tui.model.words, &line, WORD_TERM_SAVING, text_cut(name, 40), SL("")) == ERR_OK)
        file_line(a, buf_peek(&line), WORD_UPLOAD_PERCENT, there, size, WORD_TERM_FILE_CANCEL);
    buf_fini(&line);
}

/* Replying or editing. */
static void context(struct tui_area *a)
{
    const struct room *room = model_open(&tui.model);
    const struct draft *d = room ? &room->draft : NULL;
    if (!d || (!d->edit && !d->reply_to) || a->bottom - a->y < 3)
        return;
    a->bottom--;
    if (d->edit) {
        uint32_t x = tui_put(a->x, a->bottom, a->end, words_get(&tui.model.words, WORD_EDITING),
                             TUI_STYLE_BOLD);
        tui_put(x + 1, a->bottom, a->end, words_get(&tui.model.words, WORD_TERM_ESCAPE),
                TUI_STYLE_DIM);
        return;
    }
    uint32_t at = log_find_seq(&room->log, d->reply_to);
    const struct message *msg = at < room->log.n ? room->log.at[at] : NULL;
    struct slice text = msg ? model_said(&tui.model, msg, 200) : SL("");
    text.n = slice_find(text, '\n');
    tui_put_words(a->x, a->bottom, a->end, TUI_STYLE_BOLD, WORD_REPLYING,
                  msg && msg->from ? person_shown(msg->from)
                                   : words_get(&tui.model.words, WORD_SOMEONE),
                  text);
}

/* Slow mode, or being muted. */
static void held(struct tui_area *a)
{
    const struct model *m = &tui.model;
    const struct room *room = model_open(m);
    struct buf why = {.max = 512}, left = {.max = 256};
    bool ok = upd_held_put(m, room, &why) == ERR_OK && upd_held_put_left(m, room, &left) == ERR_OK;
    if (ok && why.n && a->bottom - a->y >= 3) {
        a->bottom--;
        uint32_t x = tui_put(a->x, a->bottom, a->end, buf_peek(&why), TUI_STYLE_DIM);
        tui_put(x + 1, a->bottom, a->end, buf_peek(&left), TUI_STYLE_DIM);
    }
    buf_fini(&why);
    buf_fini(&left);
}

static void isolate(void)
{
    for (uint32_t y = 0; y < tui.screen.height; y++)
        tui_bidi_row(tui.screen.now + (size_t)y * tui.screen.width, tui.screen.width);
}

void tui_view(void)
{
    struct tui_area a = {0, tui.screen.width, 0, tui.screen.height};
    tui_screen_clear(&tui.screen);
    if (a.bottom < 3 || a.end < 8)
        return;
    tui_news_last(&a);
    header(&a);
    if (tui.console.list != CONSOLE_CLOSED) {
        tui_lists_draw(&a);
        isolate();
        return;
    }
    tui_rooms_draw(&a);
    tui_news_banner(&a);
    composer(&a);
    files(&a);
    context(&a);
    held(&a);
    uint64_t chosen = tui.region == TUI_MESSAGES ? tui.model.focus_key : 0;
    uint32_t row =
        tui_list_draw(&tui.list, &tui.model, &tui.screen, a.x, a.y, a.end, a.bottom, chosen);
    if (row != UINT32_MAX)
        tui_screen_cursor(&tui.screen, a.x, row);
    isolate();
}
