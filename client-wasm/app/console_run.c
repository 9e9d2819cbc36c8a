/* The commands: a table of words. See console.h. */
#include "console_run.h"
#include "console.h"

#include "text.h"
#include "upd_composer.h"
#include "upd_invite.h"
#include "upd_members.h"
#include "upd_read.h"
#include "upd_rooms.h"
#include "upd_spare.h"

bool console_refuse(struct console_line *l, enum word why)
{
    console_tell(l->c, l->m, why, true);
    return false;
}

bool console_ask_line(struct console_line *l, enum console_ask what, enum event_id event,
                      struct chat_request r)
{
    console_ask(l->c, l->m, what, event, r, l->fx);
    return l->c->waiting;
}

struct slice console_without(struct slice s, char sign)
{
    return s.n && s.p[0] == sign ? slice_from(s, 1) : s;
}

struct slice console_word(struct slice *rest)
{
    size_t space = slice_find(*rest, ' '), line = slice_find(*rest, '\n');
    size_t at = space < line ? space : line;
    struct slice word = {rest->p, at};
    *rest = text_trim(slice_from(*rest, at));
    return word;
}

static bool run_join(struct console_line *l)
{
    struct slice name = console_without(l->rest, '#'), token;
    if (name.n == 0 && l->room && !l->room->r.joined)
        name = l->room->r.name; /* the one that is looked at */
    struct room *mine = rooms_find_name(&l->m->rooms, name);
    if (name.n == 0)
        return console_refuse(l, WORD_TERM_JOIN_WHICH);
    if (upd_invite_link(name, &token))
        return console_accept(l, token);
    if (mine && mine->r.joined) {
        upd_rooms_open(l->m, mine->r.id, 0, true, l->fx);
        return true;
    }
    return console_ask_line(
        l, CONSOLE_ASK_ROOM, EVENT_ROOM_JOIN,
        (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room_name = name});
}

static bool run_create(struct console_line *l)
{
    struct slice kind = l->rest, name = console_without(console_word(&kind), '#');
    if (name.n == 0 || (kind.n && !slice_eq(kind, SL("private"))))
        return console_refuse(l, WORD_TERM_CREATE_WHAT);
    return console_ask_line(
        l, CONSOLE_ASK_ROOM, EVENT_ROOM_CREATE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_NAME | 1ull << CHAT_FIELD_KIND,
                              .name = name,
                              .kind = kind.n ? CHAT_PRIVATE : CHAT_PUBLIC});
}

static bool run_leave(struct console_line *l)
{
    if (!l->room || l->room->r.kind == CHAT_DM)
        return console_refuse(l, WORD_TERM_NOT_LEFT);
    return console_ask_line(
        l, CONSOLE_ASK_DONE, EVENT_ROOM_LEAVE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room = l->room->r.id});
}

static bool run_search(struct console_line *l)
{
    console_open(l->c, l->m, CONSOLE_SEARCH);
    if (buf_put(&l->c->query, l->rest) != ERR_OK)
        return console_refuse(l, WORD_TERM_SEARCH_LONG);
    console_search(l->c, l->m, l->fx);
    return true; /* what was looked for stands there, to be mended */
}

static bool run_members(struct console_line *l)
{
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    console_open(l->c, l->m, CONSOLE_MEMBERS);
    upd_members_want(l->m, l->room, l->fx);
    return true;
}

static bool run_rooms(struct console_line *l)
{
    console_open(l->c, l->m, CONSOLE_PUBLIC);
    return console_ask_line(l, CONSOLE_ASK_ROOMS, EVENT_ROOMS, (struct chat_request){0});
}

static bool run_topic(struct console_line *l)
{
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    if (l->rest.n == 0) {
        console_say(l->c, l->room->r.topic, false);
        return true;
    }
    return console_ask_line(
        l, CONSOLE_ASK_DONE, EVENT_ROOM_UPDATE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_TOPIC,
                              .room = l->room->r.id,
                              .topic = slice_eq(l->rest, SL("-")) ? SL("") : l->rest});
}

/* The composer is empty: the command has stood there. */
static bool run_draft(struct console_line *l)
{
    if (!l->room || !upd_spare_of(&l->room->draft, l->room->draft.edit))
        return console_refuse(l, WORD_TERM_DRAFT_NONE);
    upd_spare_click(l->m, !slice_eq(l->rest, SL("-")), l->fx);
    return true;
}

static bool run_slow(struct console_line *l)
{
    unsigned long long seconds;
    if (!l->room)
        return console_refuse(l, WORD_TERM_NO_ROOM);
    if (!slice_to_u64(l->rest, CHAT_SLOW_SECONDS_MAX, &seconds))
        return console_refuse(l, WORD_TERM_SLOW_WHAT);
    return console_ask_line(
        l, CONSOLE_ASK_DONE, EVENT_ROOM_UPDATE,
        (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SLOW,
                              .room = l->room->r.id,
                              .slow = (int64_t)seconds});
}

/* --- about a message: the given one, else the newest --- */

static struct message *subject(const struct console_line *l, bool own)
{
    struct message *msg = model_message(l->m, l->key);
    for (uint32_t i = l->room && !msg ? l->room->log.numbered_n : 0; i-- > 0;) {
        struct message *one = l->room->log.at[i];
        if (!one->deleted && (!own || one->own))
            return one;
    }
    return msg;
}

static const struct {
    const char *code, *glyph;
} EMOJIS[] = {{"+1", "\U0001F44D"},      {"thumbsup", "\U0001F44D"}, {"-1", "\U0001F44E"},
              {"heart", "\u2764\uFE0F"}, {"joy", "\U0001F602"},      {"smile", "\U0001F604"},
              {"tada", "\U0001F389"},    {"eyes", "\U0001F440"},     {"fire", "\U0001F525"},
              {"cry", "\U0001F622"},     {"ok", "\U0001F44C"},       {"check", "\u2705"}};
#define EMOJIS_N (sizeof EMOJIS / sizeof *EMOJIS)

struct slice console_emoji_code(size_t i)
{
    return i < EMOJIS_N ? slice_str(EMOJIS[i].code) : SL("");
}

static struct slice emoji_of(struct slice word)
{
    struct slice bare = console_without(word, ':');
    if (bare.n && bare.p[bare.n - 1] == ':')
        bare.n--;
    for (size_t i = 0; i < EMOJIS_N; i++) {
        if (slice_eq(bare, slice_str(EMOJIS[i].code)))
            return slice_str(EMOJIS[i].glyph);
    }
    return word;
}

static bool run_react(struct console_line *l)
{
    struct message *msg = subject(l, false);
    struct slice emoji = emoji_of(l->rest);
    if (!msg || emoji.n == 0 || (unsigned char)emoji.p[0] < 0x80)
        return console_refuse(l, WORD_TERM_REACT_WHAT);
    upd_composer_react(msg, emoji, l->fx);
    return true;
}

static bool run_reply(struct console_line *l)
{
    struct message *msg = subject(l, false);
    if (!msg)
        return console_refuse(l, WORD_TERM_REPLY_NONE);
    upd_composer_reply(l->m, msg, l->fx);
    return true;
}

static bool run_edit(struct console_line *l)
{
    struct message *msg = subject(l, true);
    if (!msg || !msg->own)
        return console_refuse(l, WORD_TERM_EDIT_NONE);
    upd_composer_edit(l->m, msg, l->fx);
    return true;
}

static bool run_delete(struct console_line *l)
{
    struct message *msg = subject(l, true);
    if (!msg)
        return console_refuse(l, WORD_TERM_DELETE_NONE);
    console_delete(l->c, l->m, msg, l->fx);
    return l->c->doomed_key == 0;
}

static bool run_unread(struct console_line *l)
{
    struct message *msg = subject(l, false);
    if (!msg)
        return console_refuse(l, WORD_TERM_UNREAD_NONE);
    upd_read_unread(l->m, msg, l->fx);
    return true;
}

static bool run_read(struct console_line *l)
{
    upd_read_all(l->m, l->fx);
    return true;
}

static bool run_quit(struct console_line *l)
{
    l->c->quit = true;
    return true;
}

static bool run_help(struct console_line *l);

#define NOTHING WORDS_N /* stands behind the command */

static const struct command {
    const char *word;
    enum word with, what;
    bool (*run)(struct console_line *l);
} COMMANDS[] = {
    {"/join", WORD_TERM_WITH_ROOM, WORD_TERM_DO_JOIN, run_join},
    {"/rooms", NOTHING, WORD_TERM_DO_ROOMS, run_rooms},
    {"/create", WORD_TERM_WITH_NEW_ROOM, WORD_TERM_DO_CREATE, run_create},
    {"/leave", NOTHING, WORD_TERM_DO_LEAVE, run_leave},
    {"/members", NOTHING, WORD_TERM_DO_MEMBERS, run_members},
    {"/search", WORD_TERM_WITH_WORDS, WORD_TERM_DO_SEARCH, run_search},
    {"/notify", WORD_TERM_WITH_NOTIFY, WORD_TERM_DO_NOTIFY, console_run_notify},
    {"/unread", NOTHING, WORD_TERM_DO_UNREAD, run_unread},
    {"/read", NOTHING, WORD_TERM_DO_READ, run_read},
    {"/dm", WORD_TERM_WITH_NAME_TEXT, WORD_TERM_DO_DM, console_run_dm},
    {"/whois", WORD_TERM_WITH_NAME, WORD_TERM_DO_WHOIS, console_run_whois},
    {"/block", WORD_TERM_WITH_NAME, WORD_TERM_DO_BLOCK, console_run_block},
    {"/unblock", WORD_TERM_WITH_NAME, WORD_TERM_DO_UNBLOCK, console_run_unblock},
    {"/blocked", NOTHING, WORD_TERM_DO_BLOCKED, console_run_blocked},
    {"/users", WORD_TERM_WITH_PART, WORD_TERM_DO_USERS, console_run_users},
    {"/reply", NOTHING, WORD_TERM_DO_REPLY, run_reply},
    {"/react", WORD_TERM_WITH_EMOJI, WORD_TERM_DO_REACT, run_react},
    {"/edit", NOTHING, WORD_TERM_DO_EDIT, run_edit},
    {"/delete", NOTHING, WORD_TERM_DO_DELETE, run_delete},
    {"/report", WORD_TERM_WITH_WHY, WORD_TERM_DO_REPORT, console_run_report},
    {"/draft", NOTHING, WORD_TERM_DO_DRAFT, run_draft},
    {"/upload", WORD_TERM_WITH_PATH_TEXT, WORD_TERM_DO_UPLOAD, console_run_upload},
    {"/save", WORD_TERM_WITH_PATH, WORD_TERM_DO_SAVE, console_run_save},
    {"/cancel", NOTHING, WORD_TERM_DO_CANCEL, console_run_cancel},
    {"/topic", WORD_TERM_WITH_TEXT, WORD_TERM_DO_TOPIC, run_topic},
    {"/rename", WORD_TERM_WITH_NEW_NAME, WORD_TERM_DO_RENAME, console_run_rename},
    {"/invite", WORD_TERM_WITH_NAME_MAYBE, WORD_TERM_DO_INVITE, console_run_invite},
    {"/invites", NOTHING, WORD_TERM_DO_INVITES, console_run_invites},
    {"/slow", WORD_TERM_WITH_SECONDS, WORD_TERM_DO_SLOW, run_slow},
    {"/archive", NOTHING, WORD_TERM_DO_ARCHIVE, console_run_archive},
    {"/unarchive", NOTHING, WORD_TERM_DO_UNARCHIVE, console_run_unarchive},
    {"/kick", WORD_TERM_WITH_NAME, WORD_TERM_DO_KICK, console_run_kick},
    {"/ban", WORD_TERM_WITH_MINUTES, WORD_TERM_DO_BAN, console_run_ban},
    {"/unban", WORD_TERM_WITH_NAME, WORD_TERM_DO_UNBAN, console_run_unban},
    {"/bans", NOTHING, WORD_TERM_DO_BANS, console_run_bans},
    {"/mute", WORD_TERM_WITH_MINUTES, WORD_TERM_DO_MUTE, console_run_mute},
    {"/unmute", WORD_TERM_WITH_NAME, WORD_TERM_DO_UNMUTE, console_run_unmute},
    {"/role", WORD_TERM_WITH_ROLE, WORD_TERM_DO_ROLE, console_run_role},
    {"/reports", NOTHING, WORD_TERM_DO_REPORTS, console_run_reports},
    {"/workspace", WORD_TERM_WITH_TEXT, WORD_TERM_DO_WORKSPACE, console_run_workspace},
    {"/status", WORD_TERM_WITH_TEXT, WORD_TERM_DO_STATUS, console_run_status},
    {"/display", WORD_TERM_WITH_DISPLAY, WORD_TERM_DO_DISPLAY, console_run_display},
    {"/about", WORD_TERM_WITH_TEXT, WORD_TERM_DO_ABOUT, console_run_about},
    {"/zone", WORD_TERM_WITH_ZONE, WORD_TERM_DO_ZONE, console_run_zone},
    {"/devices", NOTHING, WORD_TERM_DO_DEVICES, console_run_devices},
    {"/password", NOTHING, WORD_TERM_DO_PASSWORD, console_run_password},
    {"/quit", NOTHING, WORD_TERM_DO_QUIT, run_quit},
    {"/help", NOTHING, WORD_TERM_DO_HELP, run_help},
};

#define COMMANDS_N (sizeof COMMANDS / sizeof *COMMANDS)

/* What those who know IRC will write. */
static const char *const ALSO[][2] = {
    {"/msg", "/dm"},        {"/query", "/dm"},         {"/part", "/leave"},
    {"/names", "/members"}, {"/who", "/members"},      {"/list", "/rooms"},
    {"/ignore", "/block"},  {"/unignore", "/unblock"}, {"/nick", "/display"},
    {"/exit", "/quit"},     {"/sessions", "/devices"}, {"/passwd", "/password"}};
#define ALSO_N (sizeof ALSO / sizeof *ALSO)

/* Keys have their names of the keyboard in every language. */
static const struct {
    const char *key;
    enum word what;
} KEYS[] = {
    {"Enter", WORD_TERM_KEY_ENTER},
    {"Alt+Enter, Ctrl+J", WORD_TERM_KEY_BREAK},
    {"Up", WORD_TERM_KEY_UP},
    {"Tab, F6", WORD_TERM_KEY_TAB},
    {"@a #a /a Tab", WORD_TERM_KEY_COMPLETE},
    {"Up, Down, j, k", WORD_TERM_KEY_CHOOSE},
    {"r", WORD_TERM_KEY_REPLY},
    {"e", WORD_TERM_KEY_EDIT},
    {"+", WORD_TERM_KEY_REACT},
    {"d", WORD_TERM_KEY_DELETE},
    {"!", WORD_TERM_KEY_REPORT},
    {"u", WORD_TERM_KEY_UNREAD},
    {"n", WORD_TERM_KEY_FIRST_NEW},
    {"s", WORD_TERM_KEY_SAVE},
    {"/", WORD_TERM_KEY_COMMAND},
    {"Enter", WORD_TERM_KEY_OPEN},
    {"Ctrl+K", WORD_TERM_KEY_SWITCHER},
    {"Ctrl+F", WORD_TERM_KEY_SEARCH},
    {"Alt+Up, Alt+Down", WORD_TERM_KEY_ROOM},
    {"Alt+Shift+Up, Down", WORD_TERM_KEY_ROOM_UNREAD},
    {"Ctrl+N", WORD_TERM_KEY_NEXT_UNREAD},
    {"PageUp, PageDown", WORD_TERM_KEY_SCROLL},
    {"Ctrl+Home, Ctrl+End", WORD_TERM_KEY_ENDS},
    {"Esc", WORD_TERM_KEY_ESCAPE},
    {"Ctrl+A E B D W U Y, Alt+B F D", WORD_TERM_KEY_EMACS},
    {"Ctrl+L", WORD_TERM_KEY_REDRAW},
    {"Ctrl+Z", WORD_TERM_KEY_SUSPEND},
    {"F1, ?", WORD_TERM_DO_HELP},
    {"Ctrl+Q, Ctrl+C", WORD_TERM_KEY_QUIT},
};

/* What stands over that row, if anything: an item without a detail is a heading. */
static void help_head(struct console_line *l, enum word row)
{
    static const enum word heads[][2] = {{WORD_TERM_KEY_ENTER, WORD_TERM_HEAD_WRITING},
                                         {WORD_TERM_KEY_CHOOSE, WORD_TERM_HEAD_AMONG},
                                         {WORD_TERM_KEY_SWITCHER, WORD_TERM_HEAD_ANYWHERE},
                                         {WORD_TERM_DO_JOIN, WORD_TERM_HEAD_ROOMS},
                                         {WORD_TERM_DO_DM, WORD_TERM_HEAD_PEOPLE},
                                         {WORD_TERM_DO_REPLY, WORD_TERM_HEAD_MESSAGES},
                                         {WORD_TERM_DO_TOPIC, WORD_TERM_HEAD_KEEPING},
                                         {WORD_TERM_DO_STATUS, WORD_TERM_HEAD_SELF},
                                         {WORD_TERM_DO_QUIT, WORD_TERM_HEAD_REST}};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (heads[i][0] == row)
            console_add(l->c, words_get(&l->m->words, heads[i][1]), SL(""));
    }
}

/* "list the rooms (also /list)" */
static enum err put_what(const struct words *w, const struct command *c, struct buf *out)
{
    struct buf also = {.max = 256};
    enum err e = ERR_OK;
    for (size_t i = 0; i < ALSO_N && e == ERR_OK; i++) {
        if (!slice_eq(slice_str(ALSO[i][1]), slice_str(c->word)))
            continue;
        e = also.n ? buf_putc(&also, ' ') : ERR_OK;
        e = e ? e : buf_put(&also, slice_str(ALSO[i][0]));
    }
    if (also.n)
        e = e ? e : words_put(w, out, WORD_TERM_ALSO, words_get(w, c->what), buf_peek(&also));
    else
        e = e ? e : buf_put(out, words_get(w, c->what));
    buf_fini(&also);
    return e;
}

static void help_command(struct console_line *l, const struct command *c)
{
    const struct words *w = &l->m->words;
    struct slice with = c->with == NOTHING ? SL("") : words_get(w, c->with);
    struct buf label = {.max = 256}, what = {.max = 1024};
    help_head(l, c->what);
    if (buf_printf(&label, "%s%s%.*s", c->word, with.n ? " " : "", SL_ARG(with)) == ERR_OK &&
        put_what(w, c, &what) == ERR_OK)
        console_add(l->c, buf_peek(&label), buf_peek(&what));
    buf_fini(&label);
    buf_fini(&what);
}

static bool run_help(struct console_line *l)
{
    console_open(l->c, l->m, CONSOLE_HELP);
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        help_head(l, KEYS[i].what);
        console_add(l->c, slice_str(KEYS[i].key), words_get(&l->m->words, KEYS[i].what));
    }
    for (size_t i = 0; i < COMMANDS_N; i++)
        help_command(l, &COMMANDS[i]);
    return true;
}

/* NULL: there is none of that name. */
static const struct command *find(struct slice word)
{
    for (size_t i = 0; i < ALSO_N; i++) {
        if (slice_eq(word, slice_str(ALSO[i][0])))
            word = slice_str(ALSO[i][1]);
    }
    for (size_t i = 0; i < COMMANDS_N; i++) {
        if (slice_eq(word, slice_str(COMMANDS[i].word)))
            return &COMMANDS[i];
    }
    return NULL;
}

struct slice console_command_word(size_t i)
{
    return i < COMMANDS_N            ? slice_str(COMMANDS[i].word)
           : i < COMMANDS_N + ALSO_N ? slice_str(ALSO[i - COMMANDS_N][0])
                                     : SL("");
}

enum word console_command_with(struct slice word)
{
    const struct command *c = find(word);
    return c ? c->with : WORDS_N;
}

enum word console_command_what(struct slice word)
{
    const struct command *c = find(word);
    return c ? c->what : WORDS_N;
}

bool console_is_command(struct slice line)
{
    bool one = slice_find(line, '\n') == line.n;
    return line.n > 1 && line.p[0] == '/' && line.p[1] != '/' && line.p[1] != ' ' &&
           (one || find(console_word(&line)));
}

/* Keep the line until its answer is here. false: too many wait. */
static bool keep(struct console *c, struct slice line)
{
    for (uint32_t i = 0; i < CONSOLE_ASKED_MAX; i++) {
        struct console_asked *a = &c->asked[i];
        if (a->turn)
            continue;
        buf_reset(&a->line);
        if (buf_put(&a->line, line) != ERR_OK)
            return false;
        a->turn = c->asking;
        return true;
    }
    return false;
}

bool console_run(struct console *c, struct model *m, struct slice line, uint64_t key,
                 struct effects *fx)
{
    struct slice rest = text_trim(line), word = console_word(&rest);
    const struct command *command = find(word);
    struct console_line l = {
        .c = c, .m = m, .room = model_open(m), .rest = rest, .key = key, .fx = fx};
    buf_reset(&c->notice);
    if (!command)
        return console_refuse(&l, WORD_TERM_NO_COMMAND);
    c->asking = ++c->asked_n;
    if (!keep(c, line))
        return console_refuse(&l,
                              line.n > CONSOLE_LINE_BYTES_MAX ? WORD_REFUSED_LONG : WORD_TERM_BUSY);
    c->waiting = false;
    c->dooming_room = 0;
    c->undone = false;
    bool ok = command->run(&l);
    c->doomed_room = c->dooming_room;
    if (!c->waiting)
        console_asked_drop(c, c->asking);
    c->asking = 0;
    return ok;
}
