/* Keys in the composer. See tui_act.h. */
#include "tui_act.h"

#include "complete.h"
#include "tui_files.h"
#include "upd_spare.h"

static void tell_draft(void)
{
    tui_dispatch((struct action){.type = ACTION_INPUT,
                                 .input = {DOM_FIELD_COMPOSER, buf_peek(&tui.edit.text),
                                           (uint32_t)tui.edit.caret}},
                 NULL);
}

bool tui_press(enum dom_key key, unsigned flags, uint64_t row)
{
    bool handled = false;
    if (tui.region == TUI_COMPOSER)
        flags |= DOM_FLAG_COMPOSER | (tui.edit.text.n ? 0u : (unsigned)DOM_FLAG_EMPTY);
    else
        flags |= DOM_FLAG_ROW;
    tui_dispatch((struct action){.type = ACTION_KEY, .key = {key, flags, row}}, &handled);
    return handled;
}

static bool writable(void)
{
    const struct room *room = model_open(&tui.model);
    return room && room_writable(room);
}

void tui_insert(struct slice text)
{
    struct slice begun = tui.edit.text.n ? buf_peek(&tui.edit.text) : text;
    if (!writable() && begun.p[0] != '/') { /* a command can always be given */
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

void tui_command(struct slice line)
{
    struct command c = {line, false};
    tui_console(run, &c);
}

void tui_set_draft(struct slice text)
{
    if (tui_edit_set(&tui.edit, text, text.n) == ERR_OK)
        tell_draft();
}

/* A command's line leaves the composer before it runs, and comes back when it could not. */
static void run_command(void)
{
    struct buf line = {.max = TUI_TYPED_BYTES_MAX};
    if (buf_put(&line, buf_peek(&tui.edit.text)) == ERR_OK) {
        struct command c = {buf_peek(&line), false};
        tui_set_draft(SL(""));
        tui_console(run, &c);
        if ((!c.ok || tui.console.undone) && tui.edit.text.n == 0)
            tui_set_draft(c.line);
    }
    buf_fini(&line);
}

/* While a message is edited, a line is its text; but for what takes the change that was not stored. */
static bool is_edit(const struct room *room, struct slice line)
{
    return room && room->draft.edit &&
           !(slice_eq(line, SL("/draft")) && upd_spare_of(&room->draft, room->draft.edit));
}

/* Files that were refused are tried once more. */
static void again(void)
{
    for (uint32_t i = 0; i < tui.model.uploads.n; i++) {
        const struct upload *up = &tui.model.uploads.at[i];
        if (up->room == tui.model.open && up->state == UPLOAD_FAILED)
            tui_dispatch((struct action){.type = ACTION_CLICK,
                                         .click = {.act = DOM_ACT_UPLOAD_RETRY, .key = i + 1}},
                         NULL);
    }
}

static void enter(unsigned mods)
{
    struct slice text = buf_peek(&tui.edit.text);
    const struct room *room = model_open(&tui.model);
    if (mods) {
        tui_insert(SL("\n"));
    } else if (console_is_command(text) && !is_edit(room, text)) {
        run_command();
    } else if (text.n && !writable()) {
        console_tell(&tui.console, &tui.model, WORD_TERM_READ_ONLY, true);
    } else {
        if (slice_starts_with(text, SL("//"))) { /* "//x" says "/x" */
            tui.edit.caret = 0;
            tui_edit_delete(&tui.edit, TUI_EDIT_RIGHT);
            tell_draft();
        }
        again();
        tui_press(DOM_KEY_ENTER, 0, 0);
    }
}

enum { NAMES_MAX = 512 };

/* Those that are known here, and rooms that the server has just told. Views. */
static size_t names_known(bool users, struct complete_name *names)
{
    size_t n = 0;
    struct slice found = buf_peek(&tui.console.found);
    for (uint32_t i = 0; users && i < tui.model.people.cap && n < NAMES_MAX; i++) {
        const struct person *p = tui.model.people.at[i];
        if (p && p->id != tui.model.session.me.id)
            names[n++] = (struct complete_name){.name = p->name, .display = p->display};
    }
    for (uint32_t i = 0; !users && i < tui.model.rooms.n && n < NAMES_MAX; i++) {
        if (tui.model.rooms.at[i]->r.kind != CHAT_DM)
            names[n++] =
                (struct complete_name){.name = tui.model.rooms.at[i]->r.name, .near = true};
    }
    while (!users && found.n > 0 && n < NAMES_MAX) {
        struct slice one = {found.p, slice_find(found, '\n')};
        names[n++] = (struct complete_name){.name = one};
        found = slice_from(found, one.n + (one.n < found.n));
    }
    return n;
}

/* The best of the people and rooms that begin so takes the place of c. false: there is none. */
static bool complete_name(const struct complete *c, bool sign)
{
    static struct complete_name names[NAMES_MAX];
    struct buf insert_text = {.max = 256}, out = {.max = TUI_TYPED_BYTES_MAX};
    struct complete_result result;
    uint32_t hit;
    bool users = c->kind == COMPLETE_USER;
    bool any = complete_rank(c->query, names, names_known(users, names), &hit, 1) == 1;
    if (any &&
        buf_printf(&insert_text, "%s%.*s",
                   !sign   ? ""
                   : users ? "@"
                           : "#",
                   SL_ARG(names[hit].name)) == ERR_OK &&
        complete_accept(buf_peek(&tui.edit.text), c, buf_peek(&insert_text), &out, &result) ==
            ERR_OK &&
        tui_edit_set(&tui.edit, buf_peek(&out), result.caret) == ERR_OK)
        tell_draft();
    buf_fini(&insert_text);
    buf_fini(&out);
    return any;
}

/* --- names that only the server knows --- */

static struct {
    struct buf text; /* of the composer then */
    struct complete c;
    bool sign;
    uint32_t found_n;
} wanted = {.text = {.max = TUI_TYPED_BYTES_MAX}};

static void find(void *user, struct effects *fx)
{
    (void)user;
    console_find(&tui.console, &tui.model, wanted.c.kind == COMPLETE_USER, wanted.c.query, fx);
}

static void complete_or_find(const struct complete *c, bool sign)
{
    if (complete_name(c, sign))
        return;
    buf_reset(&wanted.text);
    if (buf_put(&wanted.text, buf_peek(&tui.edit.text)) != ERR_OK)
        return;
    wanted.c = *c;
    wanted.c.query = slice_from((struct slice){wanted.text.p, c->to}, c->to - c->query.n);
    wanted.sign = sign;
    wanted.found_n = tui.console.found_n;
    tui_console(find, NULL);
}

/* Whoever has typed on meanwhile is not disturbed. */
void tui_complete_found(void)
{
    if (wanted.text.n == 0 || wanted.found_n == tui.console.found_n)
        return;
    bool same = slice_eq(buf_peek(&wanted.text), buf_peek(&tui.edit.text)) &&
                tui.edit.caret == wanted.c.to && tui.console.list == CONSOLE_CLOSED;
    struct complete c = wanted.c;
    wanted.found_n = tui.console.found_n;
    if (same && !complete_name(&c, wanted.sign))
        console_tell(&tui.console, &tui.model, WORD_SEARCH_NONE, false);
    buf_reset(&wanted.text);
    buf_reset(&tui.console.found); /* an answer to nothing else */
}

/* text instead of what stands between from and the caret. */
static void replace(size_t from, struct slice text)
{
    struct buf out = {.max = TUI_TYPED_BYTES_MAX};
    struct slice all = buf_peek(&tui.edit.text);
    enum err e = buf_put(&out, (struct slice){all.p, from});
    e = e ? e : buf_put(&out, text);
    e = e ? e : buf_put(&out, slice_from(all, tui.edit.caret));
    if (!e && text.n && tui_edit_set(&tui.edit, buf_peek(&out), from + text.n) == ERR_OK)
        tell_draft();
    buf_fini(&out);
}

/* false: no command is begun. */
static bool complete_command(void)
{
    struct slice begun = {tui.edit.text.p, tui.edit.caret}, word;
    const struct room *room = model_open(&tui.model);
    struct buf out = {.max = 8192};
    enum console_completes what =
        room && room->draft.edit ? CONSOLE_COMPLETES_NOTHING
                                 : console_complete(&tui.console, &tui.model, begun, &out, &word);
    struct complete c = {.to = begun.n};
    if (what == CONSOLE_COMPLETES_WORD) {
        replace(0, buf_peek(&out));
    } else if (what == CONSOLE_COMPLETES_NAME || what == CONSOLE_COMPLETES_ROOM) {
        bool users = what == CONSOLE_COMPLETES_NAME;
        bool sign = word.n && word.p[0] == (users ? '@' : '#');
        c.kind = users ? COMPLETE_USER : COMPLETE_ROOM;
        c.from = begun.n - word.n;
        c.query = slice_from(word, sign);
        complete_or_find(&c, sign || !users);
    } else if (what == CONSOLE_COMPLETES_PATH && tui_files_complete(word, &out)) {
        replace(begun.n - word.n, buf_peek(&out));
    } else if (what == CONSOLE_COMPLETES_ZONE && tui_files_zone(word, &out)) {
        replace(begun.n - word.n, buf_peek(&out));
    }
    buf_fini(&out);
    return what != CONSOLE_COMPLETES_NOTHING;
}

bool tui_complete(void)
{
    struct complete c = complete_at(buf_peek(&tui.edit.text), tui.edit.caret);
    if (complete_command())
        return true;
    if (c.kind != COMPLETE_USER && c.kind != COMPLETE_ROOM)
        return false;
    complete_or_find(&c, true);
    return true;
}

static void vertical(int way)
{
    struct slice text = buf_peek(&tui.edit.text);
    if (text.n == 0 && way < 0)
        tui_press(DOM_KEY_UP, 0, 0);
    else if (!tui_rows_step(text, tui.composer_width, way, &tui.edit.caret))
        tui_edit_move(&tui.edit, way < 0 ? TUI_EDIT_LINE_START : TUI_EDIT_LINE_END);
}

bool tui_edit_key(struct tui_edit *e, const struct tui_key *key, bool *changed)
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

void tui_composer_key(const struct tui_key *key)
{
    bool changed = false;
    if (tui_edit_key(&tui.edit, key, &changed)) {
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
            tui_insert(SL("\n"));
        break;
    default:
        break;
    }
}
