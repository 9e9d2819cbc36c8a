/* What is told of: the connection, and in the last line what matters most now. See tui_draw.h. */
#include "tui.h"
#include "tui_draw.h"

#include "rows.h"
#include "text.h"
#include "upd_conn.h"
#include "upd_spare.h"

#define SAY_ROWS_MAX 3
#define SPARE_CHARS  80

/* "! Connection lost. … Next try in 3 s" */
void tui_news_banner(struct tui_area *a)
{
    const struct model *m = &tui.model;
    const struct conn *c = &m->conn;
    struct buf line = {.max = TUI_LINE_BYTES_MAX};
    struct tui_lines lines;
    if (!upd_conn_troubled(m) || a->bottom - a->y < 4)
        return;
    enum err e = buf_put(&line, SL("! "));
    e = e ? e
          : words_put(&m->words, &line, upd_conn_banner_word(c),
                      (struct slice){c->reason, c->reason_n}, SL(""));
    if (!e && c->waiting && c->retry_at_ms > m->now_ms) {
        e = buf_putc(&line, ' ');
        e = e ? e
              : words_put_n(&m->words, &line, WORDS_NEXT_TRY,
                            (uint64_t)(c->retry_at_ms - m->now_ms + 999) / 1000, SL(""));
    }
    uint32_t most = (a->bottom - a->y) / 4;
    tui_lines_wrap(&lines, e ? SL("") : buf_peek(&line), TUI_STYLE_REVERSE, a->end - a->x,
                   most < SAY_ROWS_MAX ? most : SAY_ROWS_MAX);
    for (uint32_t y = 0; y < lines.n; y++)
        tui_screen_fill(&tui.screen, a->x, a->y + y, a->end, TUI_STYLE_REVERSE);
    tui_lines_put(&lines, a->x, a->y, a->end);
    a->y += lines.n;
    tui_lines_fini(&lines);
    buf_fini(&line);
}

/* --- the last line --- */

/* What it says; empty: nothing special. */
struct said {
    struct buf text;
    struct tui_style style;
};

static bool say(struct said *s, struct slice text, struct tui_style style)
{
    s->style = style;
    return buf_put(&s->text, text) == ERR_OK && s->text.n > 0;
}

static bool notice(struct said *s)
{
    return say(s, buf_peek(&tui.console.notice), tui.console.bad ? TUI_STYLE_BAD : TUI_STYLE_BOLD);
}

static bool toast(struct said *s)
{
    const struct toasts *ts = &tui.model.toasts;
    uint32_t n = 0;
    while (n < TOASTS_MAX && ts->at[n].id)
        n++;
    return n > 0 && say(s, buf_peek(&ts->at[n - 1].text), TUI_STYLE_BOLD);
}

static bool hint(struct said *s)
{
    static const enum word words[] = {
        [HINT_FULL] = WORD_DEVICE_FULL,          [HINT_CONFLICT] = WORD_EDIT_CONFLICT,
        [HINT_OFFLINE_EDIT] = WORD_EDIT_OFFLINE, [HINT_TOO_MANY_FILES] = WORD_TOO_MANY_FILES,
        [HINT_UPLOADING] = WORD_UPLOADING,       [HINT_UPLOAD_FAILED] = WORD_UPLOAD_FAILED,
        [HINT_MUTED] = WORD_REFUSED_MUTED};
    const struct model *m = &tui.model;
    const struct composer *c = &m->composer;
    if (c->hint == HINT_NONE)
        return false;
    if (c->hint != HINT_TOO_LONG)
        return say(s, words_get(&m->words, words[c->hint]), TUI_STYLE_BAD);
    s->style = TUI_STYLE_BAD;
    return words_put_n(&m->words, &s->text, WORDS_TOO_LONG, c->chars_n - CHAT_TEXT_CHARS_MAX,
                       SL("")) == ERR_OK;
}

static bool spare(struct said *s)
{
    const struct room *room = model_open(&tui.model);
    const struct spare *other = room ? upd_spare_of(&room->draft, room->draft.edit) : NULL;
    s->style = TUI_STYLE_BOLD;
    return other && words_put(&tui.model.words, &s->text, WORD_TERM_DRAFT_OFFER,
                              text_cut(buf_peek(&other->text), SPARE_CHARS), SL("")) == ERR_OK;
}

static bool below(struct said *s)
{
    const struct model *m = &tui.model;
    const struct room *room = model_open(m);
    const struct window *w = room ? &room->window : NULL;
    if (!w || w->following || (w->new_n == 0 && !w->far))
        return false;
    s->style = TUI_STYLE_BOLD;
    enum err e = w->new_n ? words_put_n(&m->words, &s->text, WORDS_NEW_MESSAGES, w->new_n, SL(""))
                          : buf_put(&s->text, words_get(&m->words, WORD_JUMP));
    e = e ? e : buf_putc(&s->text, ' ');
    return !e && say(s, words_get(&m->words, WORD_TERM_TO_END), TUI_STYLE_BOLD);
}

static bool above(struct said *s)
{
    const struct room *room = model_open(&tui.model);
    const struct words *w = &tui.model.words;
    uint64_t n = room ? rows_unread_above(room) : 0;
    if (n == 0 || words_put_n(w, &s->text, WORDS_NEW_ABOVE, n, SL("")) != ERR_OK ||
        buf_putc(&s->text, ' ') != ERR_OK)
        return false;
    return say(s, words_get(w, WORD_TERM_TO_NEW), TUI_STYLE_BOLD);
}

static bool typing(struct said *s)
{
    const struct model *m = &tui.model;
    const struct room *room = model_open(m);
    struct slice names[2] = {SL(""), SL("")};
    uint32_t n = room ? room->typing_n : 0;
    for (uint32_t i = 0; i < n && i < 2; i++) {
        const struct person *p = people_find(&m->people, room->typing[i].user);
        names[i] = p ? person_shown(p) : words_get(&m->words, WORD_SOMEONE);
    }
    s->style = TUI_STYLE_DIM;
    return n > 0 && words_put(&m->words, &s->text,
                              n == 1   ? WORD_TYPING_ONE
                              : n == 2 ? WORD_TYPING_TWO
                                       : WORD_TYPING_SEVERAL,
                              names[0], names[1]) == ERR_OK;
}

/* What the keys do, in so many words as there is room for. */
static void keys(uint32_t y, uint32_t end)
{
    static const enum word rooms[][3] = {
        {WORD_TERM_KEYS_COMPOSER, WORD_TERM_KEYS_COMPOSER_SHORT, WORD_TERM_KEYS_LEAST},
        {WORD_TERM_KEYS_MESSAGES, WORD_TERM_KEYS_MESSAGES_SHORT, WORD_TERM_KEYS_LEAST}};
    /* Those without a row have what lists have. */
    static const enum word lists[][3] = {
        [CONSOLE_CLOSED] = {WORD_TERM_KEYS_LIST, WORD_TERM_KEYS_LIST_SHORT,
                            WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_BLOCKED] = {WORD_TERM_KEYS_BLOCKED, WORD_TERM_KEYS_LIST_SHORT,
                             WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_REPORTS] = {WORD_TERM_KEYS_REPORTS, WORD_TERM_KEYS_REPORTS_SHORT,
                             WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_BANS] = {WORD_TERM_KEYS_BANS, WORD_TERM_KEYS_LIST_SHORT,
                          WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_INVITES] = {WORD_TERM_KEYS_INVITES, WORD_TERM_KEYS_LIST_SHORT,
                             WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_DEVICES] = {WORD_TERM_KEYS_DEVICES, WORD_TERM_KEYS_LIST_SHORT,
                             WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_PASSWORD] = {WORD_TERM_KEYS_PASSWORD, WORD_TERM_KEYS_LIST_SHORT,
                              WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_PERSON] = {WORD_TERM_KEYS_HELP, WORD_TERM_KEYS_LIST_SHORT,
                            WORD_TERM_KEYS_LIST_SHORT},
        [CONSOLE_HELP] = {WORD_TERM_KEYS_HELP, WORD_TERM_KEYS_LIST_SHORT,
                          WORD_TERM_KEYS_LIST_SHORT}};
    enum console_list list = tui.console.list;
    const enum word *row = list == CONSOLE_CLOSED ? rooms[tui.region == TUI_MESSAGES]
                           : lists[list][1]       ? lists[list]
                                                  : lists[CONSOLE_CLOSED];
    struct slice text = words_get(&tui.model.words, row[0]);
    for (unsigned i = 1; i < 3 && tui_width(text) > end; i++)
        text = words_get(&tui.model.words, row[i]);
    tui_put(0, y, end, text, TUI_STYLE_DIM);
}

/* "3 unread, @1" of all rooms; at the right. Returns: where it begins. */
static uint32_t unread(uint32_t y, uint32_t end)
{
    struct buf line = {.max = 256};
    uint64_t n, mentions;
    model_counts(&tui.model, &n, &mentions);
    if (console_counts(&tui.model, &line, n, mentions) == ERR_OK && line.n > 0)
        end = tui_put_right(8, y, end, buf_peek(&line), mentions ? TUI_STYLE_BAD : TUI_STYLE_BOLD);
    buf_fini(&line);
    return end;
}

void tui_news_last(struct tui_area *a)
{
    struct said s = {.text = {.max = TUI_LINE_BYTES_MAX}};
    struct tui_lines lines = {0};
    bool list = tui.console.list != CONSOLE_CLOSED;
    bool said = notice(&s) || toast(&s) ||
                (!list && (hint(&s) || spare(&s) || below(&s) || above(&s) || typing(&s)));
    uint32_t width = tui.screen.width, most = tui.screen.height / 4, end;
    most = most < 1 ? 1 : most < SAY_ROWS_MAX ? most : SAY_ROWS_MAX;
    if (said)
        tui_lines_wrap(&lines, buf_peek(&s.text), s.style, width, most);
    a->bottom -= lines.n > 1 ? lines.n : 1;
    end = lines.n > 1 ? width : unread(a->bottom, width);
    end -= end < width;
    if (said && lines.n <= 1 && tui_width(buf_peek(&s.text)) > end) /* instead of the counts */
        tui_screen_fill(&tui.screen, 0, a->bottom, width, TUI_STYLE_PLAIN);
    if (said)
        tui_lines_put(&lines, 0, a->bottom, width);
    else
        keys(a->bottom, end);
    if (said)
        tui_lines_fini(&lines);
    buf_fini(&s.text);
}
