/* Lists over the whole screen: rooms, hits, members, help. See tui_draw.h. */
#include "tui.h"
#include "tui_draw.h"
#include "utf8.h"

#define HELP_KEYS 22 /* columns of what is explained, at most half of the screen */

static enum word title(void)
{
    static const enum word words[] = {
        [CONSOLE_SWITCHER] = WORD_TERM_SWITCHER, [CONSOLE_SEARCH] = WORD_TERM_SEARCH,
        [CONSOLE_MEMBERS] = WORD_MEMBERS,        [CONSOLE_PUBLIC] = WORD_TERM_PUBLIC,
        [CONSOLE_BLOCKED] = WORD_BLOCKED,        [CONSOLE_REPORTS] = WORD_MENU_REPORTS,
        [CONSOLE_BANS] = WORD_MENU_BANS,         [CONSOLE_INVITES] = WORD_MENU_INVITES,
        [CONSOLE_DEVICES] = WORD_DEVICES,        [CONSOLE_USERS] = WORD_TERM_USERS,
        [CONSOLE_PERSON] = WORD_SET_PROFILE,     [CONSOLE_HELP] = WORD_TERM_HELP,
    };
    return tui.console.list == CONSOLE_PASSWORD ? console_password_word(&tui.console)
                                                : words[tui.console.list];
}

/* A detail of several lines is shown as one. */
static void detail(struct slice text, uint32_t x, uint32_t y, uint32_t end, struct tui_style style)
{
    while (text.n > 0 && x < end) {
        struct slice part = {text.p, slice_find(text, '\n')};
        x = tui_put(x, y, end, part, style);
        x = tui_put(x, y, end, part.n < text.n ? SL(" ") : SL(""), style);
        text = slice_from(text, part.n < text.n ? part.n + 1 : part.n);
    }
}

static void line(const struct console_item *item, bool chosen, uint32_t y, uint32_t end)
{
    struct tui_style style = {chosen ? TUI_REVERSE : 0, 0};
    tui_screen_fill(&tui.screen, 0, y, end, style);
    uint32_t x = tui_put(0, y, end, chosen ? SL("> ") : SL("  "), style);
    if (item->person) {
        struct tui_presence there = tui_presence(people_find(&tui.model.people, item->person));
        there.style.attrs |= style.attrs;
        x = tui_put(x, y, end, there.sign, there.style);
        x = tui_put(x, y, end, tui.console.list == CONSOLE_MEMBERS ? SL(" ") : SL(""), style);
    }
    x = tui_put(x, y, end, item->label, (struct tui_style){style.attrs | TUI_BOLD, 0});
    detail(item->detail, x + 2, y, end, style);
}

static void lines(const struct console *c, struct tui_area *a)
{
    uint32_t rows_n = a->bottom - a->y;
    uint32_t first = rows_n > 0 && c->chosen >= rows_n ? c->chosen - rows_n + 1 : 0;
    for (uint32_t i = 0; i < rows_n && first + i < c->items_n; i++)
        line(&c->items[first + i], first + i == c->chosen, a->y + i, a->end);
}

/* --- help, or a person: nothing to be chosen, all of it to be read --- */

/* How many lines the item takes; drawn from y on unless y is UINT32_MAX. */
static uint32_t help_item(const struct console_item *item, const struct tui_area *a, uint32_t y)
{
    uint32_t middle = a->end / 2 < HELP_KEYS ? a->end / 2 : HELP_KEYS, rows_n = a->bottom - a->y;
    struct tui_lines keys, what;
    if (item->detail.n == 0) { /* a heading */
        if (y != UINT32_MAX) {
            tui_screen_fill(&tui.screen, 0, y, a->end, TUI_STYLE_REVERSE);
            tui_put(0, y, a->end, item->label, TUI_STYLE_REVERSE);
        }
        return 1;
    }
    tui_lines_wrap(&keys, item->label, TUI_STYLE_BOLD, middle - 1, rows_n);
    tui_lines_wrap(&what, item->detail, TUI_STYLE_PLAIN, a->end - middle, rows_n);
    uint32_t n = keys.n > what.n ? keys.n : what.n;
    if (y != UINT32_MAX) {
        tui_lines_put(&keys, 0, y, middle - 1);
        tui_lines_put(&what, middle, y, a->end);
    }
    tui_lines_fini(&keys);
    tui_lines_fini(&what);
    return n;
}

static struct tui_area last; /* where it was drawn */

/* Items have as many lines as they need: a page of them is counted. */
uint32_t tui_lists_page(bool up)
{
    const struct console *c = &tui.console;
    uint32_t left = last.bottom - last.y, n = 0;
    if (!console_is_text(c))
        return tui.screen.height > 6 ? tui.screen.height - 5 : 1;
    while (up ? n < c->chosen : c->chosen + n < c->items_n) {
        const struct console_item *item = &c->items[up ? c->chosen - 1 - n : c->chosen + n];
        uint32_t rows_n = help_item(item, &last, UINT32_MAX);
        if (rows_n > left)
            break;
        left -= rows_n;
        n++;
    }
    return n ? n : 1;
}

/* From the chosen item on, or from further above when that leaves rows empty. */
static void help(struct console *c, struct tui_area *a)
{
    last = *a;
    uint32_t rows_n = a->bottom - a->y, below = 0, i = c->items_n;
    while (i > 0 && below < rows_n) {
        uint32_t n = help_item(&c->items[i - 1], a, UINT32_MAX);
        if (n > rows_n - below)
            break;
        below += n;
        i--;
    }
    c->chosen = c->chosen < i ? c->chosen : i;
    uint32_t y = a->y;
    for (i = c->chosen; i < c->items_n; i++) {
        uint32_t n = help_item(&c->items[i], a, UINT32_MAX);
        if (n > a->bottom - y)
            break;
        y += help_item(&c->items[i], a, y);
    }
}

/* --- the password: a star for each character --- */

static uint32_t password(uint32_t x, const struct tui_area *a)
{
    size_t n = utf8_length(buf_peek(&tui.console.query));
    x = tui_put(x, a->y, a->end, SL(": "), TUI_STYLE_BOLD);
    for (; n > 0 && x + 1 < a->end; n--)
        x = tui_put(x, a->y, a->end, SL("*"), TUI_STYLE_PLAIN);
    return x;
}

/* What can be typed above. */
static void hint(const struct tui_area *a, enum word word)
{
    struct tui_lines lines;
    if (a->bottom <= a->y)
        return;
    tui_lines_wrap(&lines, words_get(&tui.model.words, word), TUI_STYLE_DIM, a->end,
                   a->bottom - a->y);
    tui_lines_put(&lines, 0, a->y, a->end);
    tui_lines_fini(&lines);
}

void tui_lists_draw(struct tui_area *a)
{
    struct console *c = &tui.console;
    uint32_t x = tui_put(0, a->y, a->end, words_get(&tui.model.words, title()), TUI_STYLE_BOLD);
    if (c->list == CONSOLE_PASSWORD)
        x = password(x, a);
    else if (c->list == CONSOLE_SWITCHER || c->list == CONSOLE_SEARCH)
        x = tui_put(x + 1, a->y, a->end, buf_peek(&c->query), TUI_STYLE_PLAIN);
    tui_screen_cursor(&tui.screen, x, a->y);
    if (c->waiting)
        tui_put(x + 1, a->y, a->end, words_get(&tui.model.words, WORD_GAP_LOADING), TUI_STYLE_DIM);
    a->y++;
    if (c->list == CONSOLE_PASSWORD && c->secrets_n > 0)
        hint(a, WORD_PASSWORD_HINT);
    else if (c->list == CONSOLE_SEARCH && c->items_n == 0 && !c->waiting)
        hint(a, WORD_SEARCH_HINT);
    else if (console_is_text(c))
        help(c, a);
    else
        lines(c, a);
}
