/* The command line of the terminal program. */
#include "term_options.h"

#include "check.h"
#include "limits.h"
#include "term_lang.h"
#include "url.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char HELP[] =
    "Usage: tincan [OPTION]... COMMAND\n"
    "\n"
    "Chat from the terminal.\n"
    "\n"
    "  tui                the whole chat on the screen: rooms, history, search, files, people,\n"
    "                     moderation; F1 lists its keys and commands, like /dm NAME TEXT,\n"
    "                     /upload FILE and /save; Tab completes them and what follows\n"
    "  send ROOM [TEXT]   send one message, from the command line or the standard input; done\n"
    "                     (exit code 0) only when the server has stored it\n"
    "  dm NAME [TEXT]     the same to one person\n"
    "  tail ROOM          print messages as they come, as \"HH:MM name: text\", until "
    "interrupted;\n"
    "                     connects again by itself, and misses nothing\n"
    "  history ROOM       print the latest messages\n"
    "  rooms              list your rooms, with what is unread\n"
    "  join ROOM, leave ROOM\n"
    "  login [NAME]       sign in; asks for the password, or reads it from the standard input\n"
    "  register [NAME]    make an account; likewise\n"
    "  guest [NAME]       sign in without a password, where the server lets guests in\n"
    "  logout             sign out\n"
    "\n"
    "ROOM is '#name' (in quotes, for the shell), or '@name' for a direct message. A public room\n"
    "that you are not in is joined.\n"
    "\n"
    "Options:\n"
    "  --server URL       http:// or https:// address of the server (default\n"
    "                     http://localhost:5000)\n"
    "  --name NAME        the name of a guest (default $USER, or \"guest\")\n"
    "  --token-file FILE  where it is remembered who is signed in (default\n"
    "                     $XDG_CONFIG_HOME/tincan/token, else ~/.config/tincan/token)\n"
    "  --invite TOKEN     register: the invitation\n"
    "  --last N           tail: begin with the last N messages (default 0); history: print so "
    "many\n"
    "                     (default 50)\n"
    "  --language CODE    tui: en or ar (default: as LC_ALL, LC_MESSAGES or LANG say)\n"
    "  --relay            send, tail: namespace / as the tutorial's clients, without an account\n"
    "  --transport WHICH  auto: long-polling, then WebSocket when possible (default);\n"
    "                     polling or websocket: only that\n"
    "  --json             tail, history, rooms: one JSON object a line, as it was sent; with\n"
    "                     \"blocked\":true where you have blocked who wrote it\n"
    "  -h, --help         print this help and exit\n"
    "  --version          print the version and exit\n"
    "  --                 no options behind this\n"
    "\n"
    "In place of what somebody says whom you have blocked (in tui, or in the page) tail and\n"
    "history print \"(blocked)\".\n"
    "Whoever has not signed in is a guest. A server without accounts has one room, '#lobby'.\n"
    "Messages go to the standard output, what happens to the connection to the standard error.\n"
    "On a terminal names and texts of scripts that are written from the right stand between\n"
    "U+2068 and U+2069 (tui does likewise), so that the time and the name keep their places;\n"
    "in a pipe nothing is added. All is UTF-8, whatever the locale says.\n"
    "tui needs a terminal that can move its cursor (not TERM=dumb) of any size from 40x10 on; it\n"
    "keeps what is not sent under $XDG_STATE_HOME/tincan (~/.local/state/tincan), saves files\n"
    "where it was started unless told otherwise, rings the bell when somebody writes to you or\n"
    "mentions you elsewhere than where you look, shows what is unread in the title of the window\n"
    "where a terminal is known to have one, and gives that back; it shows no colours when "
    "NO_COLOR\n"
    "is set. tail and send are the same line by line. Control characters and colours in what is\n"
    "sent are left out.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.\n";

#define LAST_MAX     100000
#define LAST_DEFAULT 50 /* of history */

struct command;

/* Where reading the command line stands. */
struct args {
    int argc;
    char **argv;
    int at;
    bool options_over; /* behind "--" */
    int words_n;       /* of command, room, text */
    bool last_given;
    const struct command *command;
    int *exit_code;
};

static bool usage(const struct args *args, const char *problem, const char *what)
{
    fprintf(stderr, "tincan: %s%s%s (see tincan --help)\n", problem, what ? ": " : "",
            what ? what : "");
    *args->exit_code = TERM_EXIT_USAGE;
    return false;
}

/* The value of a flag: "--flag=value" or "--flag value". */
static bool flag_value(struct args *args, struct slice flag, struct slice *value)
{
    const char *arg = args->argv[args->at];
    if (arg[flag.n] == '=') {
        *value = slice_str(arg + flag.n + 1);
        return true;
    }
    if (args->at + 1 >= args->argc) {
        return usage(args, "a value is missing behind", arg);
    }
    *value = slice_str(args->argv[++args->at]);
    return true;
}

static bool read_server(struct args *args, struct slice value, struct term_options *out)
{
    struct url url;
    bool http = slice_starts_with(value, SL("http://")) || slice_starts_with(value, SL("https://"));
    if (!http || url_parse(value, &url) != ERR_OK || !slice_eq(url.target, SL("/"))) {
        return usage(args, "--server must be like http://host:port or https://host", value.p);
    }
    while (value.p[value.n - 1] == '/') {
        value.n--;
    }
    out->server = value;
    return true;
}

static bool read_name(struct args *args, struct slice value, struct term_options *out)
{
    if (value.n == 0 || !utf8_valid(value) || utf8_length(value) > CHAT_USER_CHARS_MAX) {
        return usage(args, "--name must be 1 to 64 characters of UTF-8", NULL);
    }
    out->name = value;
    out->name_given = true;
    return true;
}

static bool read_token_file(struct args *args, struct slice value, struct term_options *out)
{
    if (value.n == 0) {
        return usage(args, "--token-file needs a path", NULL);
    }
    out->token_file = value.p; /* of argv */
    return true;
}

static bool read_language(struct args *args, struct slice value, struct term_options *out)
{
    if (!term_lang_known(value)) {
        return usage(args, "--language must be en or ar, not", value.p);
    }
    out->language = value;
    return true;
}

static bool read_invite(struct args *args, struct slice value, struct term_options *out)
{
    (void)args;
    out->invite = value;
    return true;
}

static bool read_last(struct args *args, struct slice value, struct term_options *out)
{
    unsigned long long n;
    if (!slice_to_u64(value, LAST_MAX, &n)) {
        return usage(args, "--last must be 0 to 100000, not", value.p);
    }
    out->last_n = (uint32_t)n;
    args->last_given = true;
    return true;
}

static bool read_transport(struct args *args, struct slice value, struct term_options *out)
{
    if (slice_eq(value, SL("auto"))) {
        out->transports = SOCK_POLLING_FIRST;
    } else if (slice_eq(value, SL("polling"))) {
        out->transports = SOCK_POLLING_ONLY;
    } else if (slice_eq(value, SL("websocket"))) {
        out->transports = SOCK_WEBSOCKET_ONLY;
    } else {
        return usage(args, "--transport must be auto, polling or websocket, not", value.p);
    }
    return true;
}

static const struct flag {
    struct slice flag;
    bool (*read)(struct args *args, struct slice value, struct term_options *out);
} FLAGS[] = {
    {{"--server", 8}, read_server},        {{"--name", 6}, read_name},
    {{"--transport", 11}, read_transport}, {{"--token-file", 12}, read_token_file},
    {{"--invite", 8}, read_invite},        {{"--last", 6}, read_last},
    {{"--language", 10}, read_language},
};

static bool print_and_end(struct args *args, const char *text)
{
    bool ok = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
    *args->exit_code = ok ? 0 : TERM_EXIT_FAILED;
    return false;
}

static bool read_flag(struct args *args, struct term_options *out)
{
    struct slice arg = slice_str(args->argv[args->at]);
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++) {
        const struct flag *f = &FLAGS[i];
        if (slice_starts_with(arg, f->flag) && (arg.n == f->flag.n || arg.p[f->flag.n] == '=')) {
            struct slice value;
            return flag_value(args, f->flag, &value) && f->read(args, value, out);
        }
    }
    if (slice_eq(arg, SL("--relay"))) {
        out->relay = true;
        return true;
    }
    if (slice_eq(arg, SL("--json"))) {
        out->json = true;
        return true;
    }
    if (slice_eq(arg, SL("--help")) || slice_eq(arg, SL("-h"))) {
        return print_and_end(args, HELP);
    }
    if (slice_eq(arg, SL("--version"))) {
        return print_and_end(args, "tincan " TINCAN_VERSION "\n");
    }
    return usage(args, "unknown option", arg.p);
}

/* The commands, and what may stand behind them. */
static const struct command {
    struct slice word;
    enum term_command command;
    bool takes_room, takes_person, takes_text, takes_name, takes_last, takes_json;
} COMMANDS[] = {
    {{"send", 4}, TERM_SEND, .takes_room = true, .takes_text = true},
    {{"dm", 2}, TERM_SEND, .takes_person = true, .takes_text = true},
    {{"tail", 4}, TERM_TAIL, .takes_room = true, .takes_last = true, .takes_json = true},
    {{"history", 7}, TERM_HISTORY, .takes_room = true, .takes_last = true, .takes_json = true},
    {{"rooms", 5}, TERM_ROOMS, .takes_json = true},
    {{"join", 4}, TERM_JOIN, .takes_room = true},
    {{"leave", 5}, TERM_LEAVE, .takes_room = true},
    {{"login", 5}, TERM_LOGIN, .takes_name = true},
    {{"register", 8}, TERM_REGISTER, .takes_name = true},
    {{"guest", 5}, TERM_GUEST, .takes_name = true},
    {{"logout", 6}, TERM_LOGOUT, .takes_name = false},
    {{"tui", 3}, TERM_TUI, .takes_name = false},
};

static bool read_command(struct args *args, struct slice word, struct term_options *out)
{
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (slice_eq(COMMANDS[i].word, word)) {
            args->command = &COMMANDS[i];
            out->command = COMMANDS[i].command;
            return true;
        }
    }
    return usage(args, "there is no command", word.p);
}

static bool read_room(struct args *args, struct slice word, struct term_options *out)
{
    bool marked = word.n > 0 && (word.p[0] == '#' || word.p[0] == '@');
    if (word.n < (marked ? 2 : 1) || !utf8_valid(word)) {
        return usage(args, "a room is '#name' (in quotes, for the shell) or '@name', not", word.p);
    }
    out->to_person = word.p[0] == '@';
    out->room = out->to_person ? slice_from(word, 1) : word;
    return true;
}

static bool read_person(struct args *args, struct slice word, struct term_options *out)
{
    struct slice name = word.n > 0 && word.p[0] == '@' ? slice_from(word, 1) : word;
    if (name.n == 0 || !utf8_valid(name)) {
        return usage(args, "a person has a name, not", word.p);
    }
    out->to_person = true;
    out->room = name;
    return true;
}

static bool read_word(struct args *args, struct term_options *out)
{
    struct slice word = slice_str(args->argv[args->at]);
    int n = args->words_n++;
    if (n == 0) {
        return read_command(args, word, out);
    }
    if (n == 1 && args->command->takes_name) {
        return read_name(args, word, out);
    }
    if (n == 1 && args->command->takes_room) {
        return read_room(args, word, out);
    }
    if (n == 1 && args->command->takes_person) {
        return read_person(args, word, out);
    }
    if (n == 2 && args->command->takes_text) {
        out->text = word;
        out->has_text = true;
        return true;
    }
    return usage(args,
                 args->command->takes_text ? "too many words; quote the text"
                                           : "too many words behind the command",
                 word.p);
}

static struct slice default_name(void)
{
    struct slice name = slice_str(getenv("USER"));
    bool usable = name.n > 0 && utf8_valid(name) && utf8_length(name) <= CHAT_USER_CHARS_MAX;
    return usable ? name : SL("guest");
}

/* What can only be said when all of it is known. */
static bool check_whole(struct args *args, struct term_options *out)
{
    const struct command *c = args->command;
    if (args->words_n == 1 && c->takes_room) {
        return usage(args, "a room is missing: '#lobby' (in quotes, for the shell)", NULL);
    }
    if (args->words_n == 1 && c->takes_person) {
        return usage(args, "the name of a person is missing", NULL);
    }
    if (out->json && !c->takes_json) {
        return usage(args, "--json belongs to tail, history and rooms", NULL);
    }
    if (args->last_given && !c->takes_last) {
        return usage(args, "--last belongs to tail and history", NULL);
    }
    if (out->relay && c->command != TERM_SEND && c->command != TERM_TAIL) {
        return usage(args, "--relay belongs to send and tail", NULL);
    }
    if (out->language.n > 0 && c->command != TERM_TUI) {
        return usage(args, "--language belongs to tui", NULL);
    }
    if (c->command == TERM_HISTORY && !args->last_given) {
        out->last_n = LAST_DEFAULT;
    }
    return true;
}

bool term_options_parse(int argc, char **argv, struct term_options *out, int *exit_code)
{
    struct args args = {.argc = argc, .argv = argv, .exit_code = exit_code};
    *out = (struct term_options){.server = SL("http://localhost:5000"),
                                 .transports = SOCK_POLLING_FIRST,
                                 .to_terminal = isatty(STDOUT_FILENO)};
    out->name = default_name();
    for (args.at = 1; args.at < argc; args.at++) {
        const char *arg = argv[args.at];
        bool flag = !args.options_over && arg[0] == '-' && arg[1] != '\0';
        if (flag && slice_eq(slice_str(arg), SL("--"))) {
            args.options_over = true;
        } else if (flag ? !read_flag(&args, out) : !read_word(&args, out)) {
            return false;
        }
    }
    if (args.words_n == 0) {
        return usage(&args, "a command is missing, like send or tail", NULL);
    }
    return check_whole(&args, out);
}
