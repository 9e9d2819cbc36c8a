/* The commands: a table of words. See console.h. */
#include "console_run.h"
#include "console.h"

#include "text.h"
#include "upd_composer.h"
#include "upd_read.h"
#include "upd_rooms.h"

/* What a command works on. */
struct line {
    struct console *c;
    struct model *m;
    struct room *room; /* the open one, or NULL */
    struct slice rest; /* behind the command's word */
    uint64_t key;
    struct effects *fx;
};

static bool refuse(struct line *l, struct slice why)
{
    console_say(l->c, why, true);
    return false;
}

/* Did console_ask get through? */
static bool asked(const struct line *l)
{
    return l->c->waiting;
}

static struct slice without(struct slice s, char sign)
{
    return s.n && s.p[0] == sign ? slice_from(s, 1) : s;
}

static bool run_join(struct line *l)
{
    struct slice name = without(l->rest, '#');
    struct room *mine = rooms_find_name(&l->m->rooms, name);
    if (name.n == 0)
        return refuse(l, SL("Which room? /join #name"));
    if (mine) {
        upd_rooms_open(l->m, mine->r.id, 0, true, l->fx);
        return true;
    }
    console_ask(l->c, l->m, CONSOLE_ASK_ROOM, EVENT_ROOM_JOIN,
                (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room_name = name}, l->fx);
    return asked(l);
}

static bool run_create(struct line *l)
{
    size_t at = slice_find(l->rest, ' ');
    struct slice name = without((struct slice){l->rest.p, at}, '#');
    struct slice kind = text_trim(slice_from(l->rest, at));
    if (name.n == 0 || (kind.n && !slice_eq(kind, SL("private"))))
        return refuse(l, SL("What shall it be called? /create #name, or /create #name private"));
    console_ask(l->c, l->m, CONSOLE_ASK_ROOM, EVENT_ROOM_CREATE,
                (struct chat_request){.has = 1ull << CHAT_FIELD_NAME | 1ull << CHAT_FIELD_KIND,
                                      .name = name,
                                      .kind = kind.n ? CHAT_PRIVATE : CHAT_PUBLIC},
                l->fx);
    return asked(l);
}

static bool run_leave(struct line *l)
{
    if (!l->room || l->room->r.kind == CHAT_DM)
        return refuse(l, SL("This cannot be left."));
    console_ask(l->c, l->m, CONSOLE_ASK_DONE, EVENT_ROOM_LEAVE,
                (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM, .room = l->room->r.id},
                l->fx);
    return asked(l);
}

static bool run_dm(struct line *l)
{
    struct slice name = without(l->rest, '@');
    if (name.n == 0)
        return refuse(l, SL("To whom? /dm name"));
    console_ask(l->c, l->m, CONSOLE_ASK_ROOM, EVENT_DM,
                (struct chat_request){.has = 1ull << CHAT_FIELD_USER, .user_name = name}, l->fx);
    return asked(l);
}

static bool run_search(struct line *l)
{
    console_open(l->c, l->m, CONSOLE_SEARCH);
    if (buf_put(&l->c->query, l->rest) != ERR_OK)
        return refuse(l, SL("That is too long to search for."));
    console_search(l->c, l->m, l->fx);
    return l->rest.n == 0 || asked(l);
}

static bool run_members(struct line *l)
{
    if (!l->room)
        return refuse(l, SL("No room is open."));
    console_open(l->c, l->m, CONSOLE_MEMBERS);
    console_ask(l->c, l->m, CONSOLE_ASK_MEMBERS, EVENT_ROOM_MEMBERS,
                (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_LIMIT,
                                      .room = l->room->r.id,
                                      .limit = CHAT_LIMIT_MAX},
                l->fx);
    return asked(l);
}

static bool run_rooms(struct line *l)
{
    console_open(l->c, l->m, CONSOLE_PUBLIC);
    console_ask(l->c, l->m, CONSOLE_ASK_ROOMS, EVENT_ROOMS, (struct chat_request){0}, l->fx);
    return asked(l);
}

static bool run_invite(struct line *l)
{
    struct slice name = without(l->rest, '@');
    if (!l->room || name.n == 0)
        return refuse(l, SL("Whom? /invite name"));
    console_ask(l->c, l->m, CONSOLE_ASK_DONE, EVENT_ROOM_INVITE,
                (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_USER,
                                      .room = l->room->r.id,
                                      .user_name = name},
                l->fx);
    return asked(l);
}

static bool run_topic(struct line *l)
{
    if (!l->room)
        return refuse(l, SL("No room is open."));
    console_ask(l->c, l->m, CONSOLE_ASK_DONE, EVENT_ROOM_UPDATE,
                (struct chat_request){.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_TOPIC,
                                      .room = l->room->r.id,
                                      .topic = l->rest},
                l->fx);
    return asked(l);
}

/* --- about a message: the given one, else the newest --- */

static struct message *subject(const struct line *l, bool own)
{
    struct message *msg = model_message(l->m, l->key);
    for (uint32_t i = l->room && !msg ? l->room->log.numbered_n : 0; i-- > 0;) {
        struct message *one = l->room->log.at[i];
        if (!one->deleted && (!own || one->own))
            return one;
    }
    return msg;
}

static struct slice emoji_of(struct slice word)
{
    static const struct {
        const char *code, *glyph;
    } known[] = {{"+1", "\U0001F44D"},      {"thumbsup", "\U0001F44D"}, {"-1", "\U0001F44E"},
                 {"heart", "\u2764\uFE0F"}, {"joy", "\U0001F602"},      {"smile", "\U0001F604"},
                 {"tada", "\U0001F389"},    {"eyes", "\U0001F440"},     {"fire", "\U0001F525"},
                 {"cry", "\U0001F622"},     {"ok", "\U0001F44C"},       {"check", "\u2705"}};
    struct slice bare = without(word, ':');
    if (bare.n && bare.p[bare.n - 1] == ':')
        bare.n--;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (slice_eq(bare, slice_str(known[i].code)))
            return slice_str(known[i].glyph);
    }
    return word;
}

static bool run_react(struct line *l)
{
    struct message *msg = subject(l, false);
    struct slice emoji = emoji_of(l->rest);
    if (!msg || emoji.n == 0 || (unsigned char)emoji.p[0] < 0x80)
        return refuse(l,
                      SL("With what? /react and an emoji, or +1 -1 heart joy smile tada eyes fire "
                         "cry ok check"));
    upd_composer_react(msg, emoji, l->fx);
    return true;
}

static bool run_reply(struct line *l)
{
    struct message *msg = subject(l, false);
    if (!msg)
        return refuse(l, SL("There is no message to reply to."));
    upd_composer_reply(l->m, msg, l->fx);
    return true;
}

static bool run_edit(struct line *l)
{
    struct message *msg = subject(l, true);
    if (!msg || !msg->own)
        return refuse(l, SL("There is no message of yours to edit."));
    upd_composer_edit(l->m, msg, l->fx);
    return true;
}

static bool run_delete(struct line *l)
{
    struct message *msg = subject(l, true);
    if (!msg)
        return refuse(l, SL("There is no message of yours to delete."));
    console_delete(l->c, l->m, msg, l->fx);
    return l->c->doomed_key == 0;
}

static bool run_read(struct line *l)
{
    upd_read_all(l->m, l->fx);
    return true;
}

static bool run_quit(struct line *l)
{
    l->c->quit = true;
    return true;
}

static bool run_help(struct line *l);

static const struct command {
    const char *word, *with, *what;
    bool (*run)(struct line *l);
} COMMANDS[] = {
    {"/join", "#room", "open a room, joining it if need be", run_join},
    {"/dm", "name", "write to one person", run_dm},
    {"/search", "words", "search all that you may read", run_search},
    {"/rooms", "", "public rooms, to join one", run_rooms},
    {"/members", "", "who is in this room", run_members},
    {"/create", "#room [private]", "make a room", run_create},
    {"/leave", "", "leave this room", run_leave},
    {"/invite", "name", "ask somebody in", run_invite},
    {"/topic", "text", "what this room is about", run_topic},
    {"/reply", "", "to the chosen or newest message", run_reply},
    {"/react", "emoji", "likewise", run_react},
    {"/edit", "", "the chosen message or your last one", run_edit},
    {"/delete", "", "likewise; asks once more", run_delete},
    {"/read", "", "all of this room counts as read", run_read},
    {"/help", "", "this list", run_help},
    {"/quit", "", "leave the program", run_quit},
};

static bool run_help(struct line *l)
{
    static const char *const keys[][2] = {
        {"Enter", "send; Alt+Enter or Ctrl+J: a new line"},
        {"Up", "with nothing written: edit your last message"},
        {"Tab", "messages and back; there Up and Down choose one,"},
        {"", "r reply, e edit, + react, d delete, u unread from here"},
        {"Ctrl+K", "go to a room"},
        {"Ctrl+F", "search"},
        {"Alt+Up, Alt+Down", "the room above or below; with Shift: the next unread"},
        {"PageUp, PageDown", "scroll; Ctrl+End or Esc: to the newest"},
        {"Ctrl+L", "draw the screen anew"},
        {"Ctrl+Q, Ctrl+C", "leave the program"},
    };
    console_open(l->c, l->m, CONSOLE_HELP);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        console_add(l->c, slice_str(keys[i][0]), slice_str(keys[i][1]));
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        struct buf label = {.max = 64};
        if (buf_printf(&label, "%s %s", COMMANDS[i].word, COMMANDS[i].with) == ERR_OK)
            console_add(l->c, buf_peek(&label), slice_str(COMMANDS[i].what));
        buf_fini(&label);
    }
    return true;
}

bool console_is_command(struct slice line)
{
    return line.n > 1 && line.p[0] == '/' && line.p[1] != '/' && line.p[1] != ' ' &&
           slice_find(line, '\n') == line.n;
}

bool console_run(struct console *c, struct model *m, struct slice line, uint64_t key,
                 struct effects *fx)
{
    struct slice whole = text_trim(line);
    size_t at = slice_find(whole, ' ');
    struct slice word = {whole.p, at};
    struct line l = {.c = c,
                     .m = m,
                     .room = model_open(m),
                     .rest = text_trim(slice_from(whole, at)),
                     .key = key,
                     .fx = fx};
    buf_reset(&c->notice);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        if (slice_eq(word, slice_str(COMMANDS[i].word))) {
            c->waiting = false;
            return COMMANDS[i].run(&l);
        }
    }
    return refuse(&l,
                  SL("There is no such command; F1 lists them. Begin with // to send it as text."));
}
