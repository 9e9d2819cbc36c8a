/* Keys in the lists. See tui_act.h. */
#include "tui_act.h"
#include "tui_draw.h"

static void take(void *user, struct effects *fx)
{
    (void)user;
    console_take(&tui.console, &tui.model, fx);
}

static void search(void *user, struct effects *fx)
{
    (void)user;
    console_search(&tui.console, &tui.model, fx);
}

bool tui_list_has_query(void)
{
    return tui.console.list == CONSOLE_SWITCHER || tui.console.list == CONSOLE_SEARCH ||
           tui.console.list == CONSOLE_PASSWORD;
}

static void query_key(const struct tui_key *key)
{
    struct tui_edit e = {.text = tui.console.query, .caret = tui.console.query.n};
    bool changed = false;
    if (!tui_list_has_query() || !tui_edit_key(&e, key, &changed))
        return;
    tui.console.query = e.text;
    if (changed)
        console_typed(&tui.console, &tui.model);
}

static void list_step(int by)
{
    struct console *c = &tui.console;
    int64_t to = (int64_t)c->chosen + by;
    to = to < (int64_t)c->items_n ? to : (int64_t)c->items_n - 1;
    c->doomed_key = 0;
    c->chosen = to > 0 ? (uint32_t)to : 0;
}

static void judge(void *user, struct effects *fx)
{
    if (tui.console.list == CONSOLE_REPORTS)
        console_judge(&tui.console, &tui.model, *(const uint32_t *)user == 'd', fx);
    else
        console_end(&tui.console, &tui.model, fx);
}

void tui_list_key(const struct tui_key *key)
{
    struct console *c = &tui.console;
    int page;
    switch (key->kind) {
    case TUI_KEY_ESCAPE:
    case TUI_KEY_F1:
        console_close(c);
        break;
    case TUI_KEY_UP:
    case TUI_KEY_DOWN:
        list_step(key->kind == TUI_KEY_UP ? -1 : 1);
        break;
    case TUI_KEY_PAGE_UP:
    case TUI_KEY_PAGE_DOWN:
        page = (int)tui_lists_page(key->kind == TUI_KEY_PAGE_UP);
        list_step(key->kind == TUI_KEY_PAGE_UP ? -page : page);
        break;
    case TUI_KEY_HOME:
    case TUI_KEY_END:
        if (tui_list_has_query())
            query_key(key);
        else
            list_step(key->kind == TUI_KEY_HOME ? -CONSOLE_ITEMS_MAX : CONSOLE_ITEMS_MAX);
        break;
    case TUI_KEY_TAB:
        list_step(key->mods & TUI_SHIFT ? -1 : 1);
        break;
    case TUI_KEY_ENTER:
        if (console_is_text(c))
            console_close(c);
        else
            tui_console(c->list == CONSOLE_SEARCH && c->items_n == 0 ? search : take, NULL);
        break;
    case TUI_KEY_TEXT:
        if (key->code == 'd' || key->code == 'x')
            tui_console(judge, (void *)&key->code);
        else if (key->code == 'j' || key->code == 'k')
            list_step(key->code == 'j' ? 1 : -1);
        break;
    default:
        query_key(key);
        break;
    }
}
