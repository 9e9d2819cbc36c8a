/* Keys to actions: the list that is open first, then messages or the composer. */
#include "tui.h"

#include "chat_client.h"
#include "complete.h"
#include "upd_spare.h"
#include "utf8.h"

#define TYPED_BYTES_MAX (1u << 20) /* of one paste */

static struct buf typed = {.max = TYPED_BYTES_MAX}; /* text that came at once */

/* --- the composer --- */

static void tell_draft(void)
{
    tui_dispatch((struct action){.type = ACTION_INPUT,
                                 .input = {DOM_FIELD_COMPOSER, buf_peek(&tui.edit.text),
                                           (uint32_t)tui.edit.caret}},
                 NULL);
}

static bool press(enum dom_key key, unsigned flags, uint64_t row)
{
    bool handled = false;
    if (tui.region == TUI_COMPOSER)
        flags |= DOM_FLAG_COMPOSER | (tui.edit.text.n ? 0u : (unsigned)DOM_FLAG_EMPTY);
    else
        flags |= DOM_FLAG_ROW;
    tui_dispatch((struct action){.type = ACTION_KEY, .key = {key, flags, row}}, &handled);
    return handled;
}

static void insert(struct slice text)
{
    const struct room *room = model_open(&tui.model);
    if (!room || !room_writable(room)) {
        console_tell(&tui.console, &tui.model, WORD_TERM_READ_ONLY, true);
        return;
    }
    if (tui_edit_insert(&tui.edit, text) != ERR_OK)
        console_tell(&tui.console, &tui.model, WORD_TERM_TEXT_FULL, true);
    tell_draft();
}

struct command {
    struct slice line;
    bool ok;
};

static void run(void *user, struct effects *fx)
{
    struct command *c = user;
    c->ok = console_run(&tui.console, &tui.model, c->line, tui.model.focus_key, fx);
}

static void set_draft(struct slice text)
{
    if (tui_edit_set(&tui.edit, text, text.n) == ERR_OK)
        tell_draft();
}

/* A command's line leaves the composer before it runs, and comes back when it could not. */
static void run_command(void)
{
    struct buf line = {.max = TYPED_BYTES_MAX};
    if (buf_put(&line, buf_peek(&tui.edit.text)) == ERR_OK) {
        struct command c = {buf_peek(&line), false};
        set_draft(SL(""));
        tui_console(run, &c);
        if (!c.ok && tui.edit.text.n == 0)
            set_draft(c.line);
    }
    buf_fini(&line);
}

/* While a message is edited, a line is its text; but for what takes the change that was not stored. */
static bool is_edit(const struct room *room, struct slice line)
{
    return room && room->draft.edit &&
           !(slice_eq(line, SL("/draft")) && upd_spare_of(&room->draft, room->draft.edit));
}

static void enter(unsigned mods)
{
    struct slice text = buf_peek(&tui.edit.text);
    const struct room *room = model_open(&tui.model);
    if (mods) {
        insert(SL("\n"));
    } else if (console_is_command(text) && !is_edit(room, text)) {
        run_command();
    } else {
        if (slice_starts_with(text, SL("//"))) { /* "//x" says "/x" */
            tui.edit.caret = 0;
            tui_edit_delete(&tui.edit, TUI_EDIT_RIGHT);
            tell_draft();
        }
        press(DOM_KEY_ENTER, 0, 0);
    }
}

/* The best of the people and rooms that begin so. */
static bool complete(void)
{
    enum { NAMES_MAX = 512 };
    static struct complete_name names[NAMES_MAX];
    struct complete c = complete_at(buf_peek(&tui.edit.text), tui.edit.caret);
    struct buf insert_text = {.max = 256}, out = {.max = TYPED_BYTES_MAX};
    struct complete_result result;
    uint32_t hit;
    size_t n = 0;
    bool users = c.kind == COMPLETE_USER;
    if (!users && c.kind != COMPLETE_ROOM)
        return false;
    for (uint32_t i = 0; users && i < tui.model.people.cap && n < NAMES_MAX; i++) {
        const struct person *p = tui.model.people.at[i];
        if (p && p->id != tui.model.session.me.id)
            names[n++] = (struct complete_name){.name = p->name, .display = p->display};
    }
    for (uint32_t i = 0; !users && i < tui.model.rooms.n && n < NAMES_MAX; i++) {
        if (tui.model.rooms.at[i]->r.kind != CHAT_DM)
            names[n++] = (struct complete_name){.name = tui.model.rooms.at[i]->r.name};
    }
    if (complete_rank(c.query, names, n, &hit, 1) == 1 &&
        buf_printf(&insert_text, "%c%.*s", users ? '@' : '#', SL_ARG(names[hit].name)) == ERR_OK &&
        complete_accept(buf_peek(&tui.edit.text), &c, buf_peek(&insert_text), &out, &result) ==
            ERR_OK &&
        tui_edit_set(&tui.edit, buf_peek(&out), result.caret) == ERR_OK)
        tell_draft();
    buf_fini(&insert_text);
    buf_fini(&out);
    return true;
}

static void vertical(int way)
{
    struct slice text = buf_peek(&tui.edit.text);
    if (text.n == 0 && way < 0)
        press(DOM_KEY_UP, 0, 0);
    else if (!tui_rows_step(text, tui.composer_width, way, &tui.edit.caret))
        tui_edit_move(&tui.edit, way < 0 ? TUI_EDIT_LINE_START : TUI_EDIT_LINE_END);
}

/* Editing keys that the composer and the small fields share. true: it was one; *changed: the text is another. */
static bool edit_key(struct tui_edit *e, const struct tui_key *key, bool *changed)
{
    static const struct {
        enum tui_key_kind kind;
        unsigned mods; /* any of them; 0: none */
        uint32_t letter;
        enum tui_edit_step step;
        bool deletes;
    } rows[] = {
        {TUI_KEY_LEFT, 0, 0, TUI_EDIT_LEFT, false},
        {TUI_KEY_LEFT, TUI_CTRL | TUI_ALT, 0, TUI_EDIT_WORD_LEFT, false},
        {TUI_KEY_RIGHT, 0, 0, TUI_EDIT_RIGHT, false},
        {TUI_KEY_RIGHT, TUI_CTRL | TUI_ALT, 0, TUI_EDIT_WORD_RIGHT, false},
        {TUI_KEY_HOME, 0, 0, TUI_EDIT_LINE_START, false},
        {TUI_KEY_END, 0, 0, TUI_EDIT_LINE_END, false},
        {TUI_KEY_BACKSPACE, 0, 0, TUI_EDIT_LEFT, true},
        {TUI_KEY_BACKSPACE, TUI_CTRL | TUI_ALT, 0, TUI_EDIT_WORD_LEFT, true},
        {TUI_KEY_DELETE, 0, 0, TUI_EDIT_RIGHT, true},
        {TUI_KEY_LETTER, TUI_CTRL, 'a', TUI_EDIT_LINE_START, false},
        {TUI_KEY_LETTER, TUI_CTRL, 'e', TUI_EDIT_LINE_END, false},
        {TUI_KEY_LETTER, TUI_CTRL, 'b', TUI_EDIT_LEFT, false},
        {TUI_KEY_LETTER, TUI_CTRL, 'd', TUI_EDIT_RIGHT, true},
        {TUI_KEY_LETTER, TUI_CTRL, 'w', TUI_EDIT_WORD_LEFT, true},
        {TUI_KEY_LETTER, TUI_CTRL, 'u', TUI_EDIT_LINE_START, true},
        {TUI_KEY_LETTER, TUI_CTRL, 'y', TUI_EDIT_LINE_END, true},
        {TUI_KEY_LETTER, TUI_ALT, 'b', TUI_EDIT_WORD_LEFT, false},
        {TUI_KEY_LETTER, TUI_ALT, 'f', TUI_EDIT_WORD_RIGHT, false},
        {TUI_KEY_LETTER, TUI_ALT, 'd', TUI_EDIT_WORD_RIGHT, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool mods = rows[i].mods ? (key->mods & rows[i].mods) != 0 : !(key->mods & ~1u);
        if (rows[i].kind != key->kind || !mods ||
            (key->kind == TUI_KEY_LETTER && key->code != rows[i].letter))
            continue;
        if (rows[i].deletes)
            tui_edit_delete(e, rows[i].step);
        else
            tui_edit_move(e, rows[i].step);
        *changed = rows[i].deletes;
        return true;
    }
    return false;
}

static void composer_key(const struct tui_key *key)
{
    bool changed = false;
    if (edit_key(&tui.edit, key, &changed)) {
        if (changed)
            tell_draft();
        return;
    }
    switch (key->kind) {
    case TUI_KEY_ENTER:
        enter(key->mods);
        break;
    case TUI_KEY_UP:
    case TUI_KEY_DOWN:
        vertical(key->kind == TUI_KEY_UP ? -1 : 1);
        break;
    case TUI_KEY_LETTER:
        if (key->code == 'j' && key->mods == TUI_CTRL)
            insert(SL("\n"));
        break;
    default:
        break;
    }
}

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
        press(DOM_KEY_UP, 0, key);
        break;
    case 'j':
        press(DOM_KEY_DOWN, 0, key);
        break;
    case 'r':
        press(DOM_KEY_R, 0, key);
        break;
    case 'e':
        if (failed)
            click(DOM_ACT_REWORK, key);
        else
            press(DOM_KEY_E, 0, key);
        break;
    case 's':
        if (failed)
            click(DOM_ACT_RETRY, key);
        break;
    case 'u':
        press(DOM_KEY_U, 0, key);
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
            set_draft(letter == '+' ? SL("/react ") : SL("/report "));
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
        press(DOM_KEY_UP, 0, row);
        report_scroll();
        break;
    case TUI_KEY_DOWN:
        press(DOM_KEY_DOWN, 0, row);
        report_scroll();
        break;
    case TUI_KEY_HOME:
        press(DOM_KEY_HOME, 0, row);
        break;
    case TUI_KEY_END:
        press(DOM_KEY_END, 0, row);
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

/* --- lists --- */

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

static bool has_query(void)
{
    return tui.console.list == CONSOLE_SWITCHER || tui.console.list == CONSOLE_SEARCH;
}

static void query_key(const struct tui_key *key)
{
    struct tui_edit e = {.text = tui.console.query, .caret = tui.console.query.n};
    bool changed = false;
    if (!has_query() || !edit_key(&e, key, &changed))
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
    console_judge(&tui.console, &tui.model, *(const uint32_t *)user == 'd', fx);
}

static void list_key(const struct tui_key *key)
{
    struct console *c = &tui.console;
    int page = tui.screen.height > 6 ? (int)tui.screen.height - 5 : 1;
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
        list_step(key->kind == TUI_KEY_PAGE_UP ? -page : page);
        break;
    case TUI_KEY_HOME:
    case TUI_KEY_END:
        if (has_query())
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
        break;
    default:
        query_key(key);
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

static void leave(void)
{
    if (is_unsent() && !tui.leaving) {
        tui.leaving = true;
        console_tell(&tui.console, &tui.model, WORD_TERM_UNSENT, false);
        return;
    }
    tui_end(0, SL(""), SL(""));
}

static void command(struct slice line)
{
    struct command c = {line, false};
    tui_console(run, &c);
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
        press(DOM_KEY_DOWN, DOM_FLAG_ALT | DOM_FLAG_SHIFT, 0);
        return true;
    case 'f':
        console_open(&tui.console, &tui.model, CONSOLE_SEARCH);
        return true;
    default:
        return false;
    }
}

static void escape(void)
{
    if (tui.region == TUI_MESSAGES)
        to_composer();
    else
        press(DOM_KEY_ESCAPE, 0, 0);
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
        press(up ? DOM_KEY_UP : DOM_KEY_DOWN, DOM_FLAG_ALT | shift, 0);
        return true;
    case TUI_KEY_PAGE_UP:
    case TUI_KEY_PAGE_DOWN:
        scroll(key->kind == TUI_KEY_PAGE_UP ? -page : page);
        return true;
    case TUI_KEY_HOME:
        if (key->mods & TUI_CTRL)
            tui.list.home = press(DOM_KEY_HOME, DOM_FLAG_EMPTY, 0);
        return key->mods & TUI_CTRL;
    case TUI_KEY_END:
        if (key->mods & TUI_CTRL)
            click(DOM_ACT_JUMP, 0);
        return key->mods & TUI_CTRL;
    case TUI_KEY_TAB:
    case TUI_KEY_F6:
        if (tui.region == TUI_MESSAGES)
            to_composer();
        else if (key->kind == TUI_KEY_F6 || !complete())
            to_messages();
        return true;
    case TUI_KEY_ESCAPE:
        escape();
        return true;
    case TUI_KEY_F1:
        command(SL("/help"));
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
        insert(buf_peek(&typed));
    } else if (has_query()) {
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
    bool means = key->kind == TUI_KEY_TEXT &&
                 (tui.console.list == CONSOLE_CLOSED ? tui.region == TUI_MESSAGES
                                                     : tui.console.list == CONSOLE_REPORTS);
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
    if (collect(key))
        return;
    tui_act_flush();
    if (letter_anywhere(key))
        return;
    if (tui.console.list != CONSOLE_CLOSED)
        list_key(key);
    else if (!room_key(key)) {
        if (tui.region == TUI_MESSAGES)
            messages_key(key);
        else
            composer_key(key);
    }
}
