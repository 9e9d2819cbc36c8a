/* The command line of the terminal program. */
#include "term_options.h"

#include "check.h"
#include "limits.h"
#include "url.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>

static const char HELP[] =
    "Usage: tincan [OPTION]... send '#lobby' [TEXT]\n"
    "       tincan [OPTION]... tail '#lobby' [--json]\n"
    "\n"
    "Chat from the terminal.\n"
    "\n"
    "  send ROOM [TEXT]   send one message, from the command line or the standard input, and\n"
    "                     wait up to 10 seconds for the server to confirm it\n"
    "  tail ROOM          print messages as they come, as \"HH:MM name: text\", until "
    "interrupted;\n"
    "                     connects again by itself\n"
    "\n"
    "Options:\n"
    "  --server URL       http:// or https:// address of the server (default "
    "http://localhost:5000)\n"
    "  --name NAME        the name to send under (default $USER, or \"guest\")\n"
    "  --transport WHICH  auto: long-polling, then WebSocket when possible (default);\n"
    "                     polling or websocket: only that\n"
    "  --json             tail: one JSON object a line, as it was sent\n"
    "  --help             print this help and exit\n"
    "  --version          print the version and exit\n"
    "  --                 no options behind this\n"
    "\n"
    "The only room is #lobby. Messages go to the standard output, what happens to the connection\n"
    "to the standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.\n";

/* Where reading the command line stands. */
struct args {
    int argc;
    char **argv;
    int at;
    bool options_over; /* behind "--" */
    int words_n;       /* of command, room, text */
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
    out->server = value;
    return true;
}

static bool read_name(struct args *args, struct slice value, struct term_options *out)
{
    if (value.n == 0 || !utf8_valid(value) || utf8_length(value) > CHAT_USER_CHARS_MAX) {
        return usage(args, "--name must be 1 to 64 characters of UTF-8", NULL);
    }
    out->name = value;
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
    {{"--server", 8}, read_server},
    {{"--name", 6}, read_name},
    {{"--transport", 11}, read_transport},
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

static bool read_word(struct args *args, struct term_options *out)
{
    struct slice word = slice_str(args->argv[args->at]);
    switch (args->words_n++) {
    case 0:
        if (!slice_eq(word, SL("send")) && !slice_eq(word, SL("tail"))) {
            return usage(args, "the command must be send or tail, not", word.p);
        }
        out->command = word.p[0] == 's' ? TERM_SEND : TERM_TAIL;
        return true;
    case 1:
        if (!slice_eq(word, SL("#lobby"))) {
            return usage(args, "the only room is '#lobby' (in quotes, for the shell), not", word.p);
        }
        return true;
    case 2:
        if (out->command == TERM_SEND) {
            out->text = word;
            out->has_text = true;
            return true;
        }
        return usage(args, "tail takes no text", word.p);
    default:
        return usage(args, "too many words; quote the text", word.p);
    }
}

static struct slice default_name(void)
{
    struct slice name = slice_str(getenv("USER"));
    bool usable = name.n > 0 && utf8_valid(name) && utf8_length(name) <= CHAT_USER_CHARS_MAX;
    return usable ? name : SL("guest");
}

bool term_options_parse(int argc, char **argv, struct term_options *out, int *exit_code)
{
    struct args args = {.argc = argc, .argv = argv, .exit_code = exit_code};
    *out = (struct term_options){.server = SL("http://localhost:5000"),
                                 .transports = SOCK_POLLING_FIRST};
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
        return usage(&args, "a command is missing: send or tail", NULL);
    }
    if (args.words_n == 1) {
        return usage(&args, "a room is missing: '#lobby' (in quotes, for the shell)", NULL);
    }
    if (out->json && out->command == TERM_SEND) {
        return usage(&args, "--json belongs to tail", NULL);
    }
    return true;
}
