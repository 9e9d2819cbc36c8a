/* Keys to actions: the list that is open first, then messages or the composer. */
#include "tui_act.h"

#include "utf8.h"

static struct buf typed = {.max = TUI_TYPED_BYTES_MAX}; /* text that came at once */

/* --- messages --- */

static void report_scroll(void)
{
    struct action a = {.type = ACTION_SCROLL};
    tui_list_measure(&tui.list, &tui.model, &a.scroll.above_px, &a.scroll.below_px,
                     &a.scroll.view_px);
    tui_dispatch(a, NULL);
}

static void scroll(int lines)
{
    tui_list_scroll(&tui.list, &tui.model, lines);
    report_scroll();
}

static void choose_row(uint64_t key)
{
    tui_dispatch((struct action){.type = ACTION_ROW_FOCUS, .row = key}, NULL);
    tui.list.focus_key = key;
    tui.console.doomed_key = 0;
}

static void to_composer(void)
{
    tui.region = TUI_COMPOSER;
    tui_dispatch((struct action){.type = ACTION_ROW_FOCUS}, NULL);
}

static void to_messages(void)
{
    const struct room *room = model_open(&tui.model);
    if (!room || room->window.end == room->window.first)
        return;
    uint32_t at = log_find_key(&room->log, tui.list.key);
    if (at < room->window.first || at >= room->window.end)
        at = room->window.end - 1;
    tui.region = TUI_MESSAGES;
    choose_row(room->log.at[at]->key);
}

static void click(enum dom_act act, uint64_t key)
{
    tui_dispatch((struct action){.type = ACTION_CLICK, .click = {.act = act, .key = key}}, NULL);
}

static void delete_row(void *user, struct effects *fx)
{
    const struct message *msg = model_message(&tui.model, *(const uint64_t *)user);
    if (msg)
        console_delete(&tui.console, &tui.model, msg, fx);
}

static void message_letter(uint32_t letter)
{
    uint64_t key = tui.model.focus_key;
    const struct message *msg = model_message(&tui.model, key);
    bool failed = msg && msg->state == MESSAGE_FAILED;
    switch (letter) {
    case 'k':
        tui_press(DOM_KEY_UP, 0, key);
        break;
    case 'j':
        tui_press(DOM_KEY_DOWN, 0, key);
        break;
    case 'r':
        tui_press(DOM_KEY_R, 0, key);
        break;
    case 'e':
        if (failed)
            click(DOM_ACT_REWORK, key);
        else
            tui_press(DOM_KEY_E, 0, key);
        break;
    case 's':
        if (failed)
            click(DOM_ACT_RETRY, key);
        else if (msg && msg->files_n)
            tui_command(SL("/save"));
        break;
    case 'u':
        tui_press(DOM_KEY_U, 0, key);
        break;
    case 'n':
        click(DOM_ACT_FIRST_UNREAD, key);
        break;
    case 'd':
        tui_console(delete_row, &key);
        break;
    case '+':
    case '!':
        tui.region = TUI_COMPOSER; /* the message stays chosen */
        if (tui.edit.text.n == 0)
            tui_set_draft(letter == '+' ? SL("/react ") : SL("/report "));
        break;
    case '/': /* a command, about the message that stays chosen */
        tui.region = TUI_COMPOSER;
        if (tui.edit.text.n == 0)
            tui_insert(SL("/"));
        break;
    case '?':
        tui_act_key(&(struct tui_key){.kind = TUI_KEY_F1});
        break;
    default:
        break;
    }
}

static void messages_key(const struct tui_key *key)
{
    uint64_t row = tui.model.focus_key;
    const struct message *msg = model_message(&tui.model, row);
    switch (key->kind) {
    case TUI_KEY_UP:
        tui_press(DOM_KEY_UP, 0, row);
        report_scroll();
        break;
    case TUI_KEY_DOWN:
        tui_press(DOM_KEY_DOWN, 0, row);
        report_scroll();
        break;
    case TUI_KEY_HOME:
        tui_press(DOM_KEY_HOME, 0, row);
        break;
    case TUI_KEY_END:
        tui_press(DOM_KEY_END, 0, row);
        break;
    case TUI_KEY_DELETE:
        tui_console(delete_row, &row);
        break;
    case TUI_KEY_ENTER:
        if (msg && message_hidden(msg))
            click(DOM_ACT_REVEAL, row);
        else if (msg && msg->reply_to)
            click(DOM_ACT_GOTO, row);
        break;
    case TUI_KEY_TEXT:
        message_letter(key->code);
        break;
    default:
        break;
    }
}

/* --- everywhere --- */

static bool is_unsent(void)
{
    if (tui.model.pending_n > 0)
        return true;
    for (uint32_t i = 0; i < tui.model.rooms.n; i++) {
        if (tui.model.rooms.at[i]->draft.text.n > 0)
            return true;
    }
    return false;
}

static bool is_moving(void)
{
    bool any = tui.console.saves_n > 0;
    for (uint32_t i = 0; i < tui.model.uploads.n; i++)
        any |= tui.model.uploads.at[i].state != UPLOAD_DONE;
    return any;
}

static void leave(void)
{
    bool moving = is_moving();
    if ((moving || is_unsent()) && !tui.leaving) {
        tui.leaving = true;
        console_tell(&tui.console, &tui.model, moving ? WORD_TERM_FILES_LEFT : WORD_TERM_UNSENT,
                     false);
        return;
    }
    tui_end(0, SL(""), SL(""));
}

static bool letter_anywhere(const struct tui_key *key)
{
    if (key->kind != TUI_KEY_LETTER || key->mods != TUI_CTRL)
        return false;
    switch (key->code) {
    case 'c':
    case 'q':
        leave();
        return true;
    case 'l':
        tui_screen_redraw(&tui.screen);
        return true;
    case 'k':
        console_open(&tui.console, &tui.model, CONSOLE_SWITCHER);
        return true;
    case 'n':
        console_close(&tui.console);
        tui_press(DOM_KEY_DOWN, DOM_FLAG_ALT | DOM_FLAG_SHIFT, 0);
        return true;
    case 'f':
        console_open(&tui.console, &tui.model, CONSOLE_SEARCH);
        return true;
    default:
        return false;
    }
}

static void cancel(void *user, struct effects *fx)
{
    *(bool *)user = console_cancel(&tui.console, &tui.model, false, fx);
}

/* A file that is on its way. */
static bool cancelled(void)
{
    bool any = false;
    tui_console(cancel, &any);
    return any;
}

static void escape(void)
{
    const struct room *room = model_open(&tui.model);
    if (tui.region == TUI_MESSAGES)
        to_composer();
    else if (console_is_command(buf_peek(&tui.edit.text)) && !(room && room->draft.edit))
        tui_set_draft(SL(""));
    else if ((room && (room->draft.edit || room->draft.reply_to)) || !cancelled())
        tui_press(DOM_KEY_ESCAPE, 0, 0);
}

/* Keys that mean the same in the composer and among the messages. */
static bool room_key(const struct tui_key *key)
{
    int page = tui.list.height > 2 ? (int)tui.list.height - 1 : 1;
    unsigned shift = key->mods & TUI_SHIFT ? DOM_FLAG_SHIFT : 0;
    bool up = key->kind == TUI_KEY_UP;
    switch (key->kind) {
    case TUI_KEY_UP:
    case TUI_KEY_DOWN:
        if (!(key->mods & TUI_ALT))
            return false;
        tui_press(up ? DOM_KEY_UP : DOM_KEY_DOWN, DOM_FLAG_ALT | shift, 0);
        return true;
    case TUI_KEY_PAGE_UP:
    case TUI_KEY_PAGE_DOWN:
        scroll(key->kind == TUI_KEY_PAGE_UP ? -page : page);
        return true;
    case TUI_KEY_HOME:
        if (key->mods & TUI_CTRL)
            tui.list.home = tui_press(DOM_KEY_HOME, DOM_FLAG_EMPTY, 0);
        return key->mods & TUI_CTRL;
    case TUI_KEY_END:
        if (key->mods & TUI_CTRL)
            click(DOM_ACT_JUMP, 0);
        return key->mods & TUI_CTRL;
    case TUI_KEY_TAB:
    case TUI_KEY_F6:
        if (tui.region == TUI_MESSAGES)
            to_composer();
        else if (key->kind == TUI_KEY_F6 || !tui_complete())
            to_messages();
        return true;
    case TUI_KEY_ESCAPE:
        escape();
        return true;
    case TUI_KEY_F1:
        tui_command(SL("/help"));
        return true;
    default:
        return false;
    }
}

/* Text that was typed or pasted goes where the focus is, at once. */
void tui_act_flush(void)
{
    if (typed.n == 0)
        return;
    if (tui.console.list == CONSOLE_CLOSED) {
        tui.region = TUI_COMPOSER;
        tui_insert(buf_peek(&typed));
    } else if (tui_list_has_query()) {
        struct slice text = buf_peek(&typed);
        text.n = slice_find(text, '\n');
        if (buf_put(&tui.console.query, text) == ERR_OK)
            console_typed(&tui.console, &tui.model);
    }
    buf_reset(&typed);
}

/* false: it is no text, or a letter that means something among the messages. */
static bool collect(const struct tui_key *key)
{
    char text[UTF8_BYTES_MAX];
    bool means =
        key->kind == TUI_KEY_TEXT &&
        (tui.console.list == CONSOLE_CLOSED ? tui.region == TUI_MESSAGES : !tui_list_has_query());
    if ((key->kind != TUI_KEY_TEXT && key->kind != TUI_KEY_PASTED) || means)
        return false;
    if (buf_put(&typed, (struct slice){text, utf8_write(key->code, text)}) != ERR_OK)
        console_tell(&tui.console, &tui.model, WORD_TERM_PASTE_CUT, true);
    return true;
}

void tui_act_key(const struct tui_key *key)
{
    if (key->kind == TUI_KEY_FOCUS) {
        tui_dispatch((struct action){.type = ACTION_FOCUS, .on = key->on}, NULL);
        return;
    }
    bool quits = key->kind == TUI_KEY_LETTER && (key->code == 'c' || key->code == 'q');
    if (!quits) {
        tui.leaving = false;
    }
    buf_reset(&tui.console.notice);
    if (key->kind != TUI_KEY_ENTER)
        tui.console.doomed_room = 0; /* what was asked is not answered */
    if (collect(key))
        return;
    tui_act_flush();
    if (letter_anywhere(key))
        return;
    if (tui.console.list != CONSOLE_CLOSED)
        tui_list_key(key);
    else if (!room_key(key)) {
        if (tui.region == TUI_MESSAGES)
            messages_key(key);
        else
            tui_composer_key(key);
    }
}
