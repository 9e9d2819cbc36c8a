/* tincan: the native build of the client. */
#include "host_native.h"
#include "term_chat.h"
#include "term_options.h"
#include "term_send.h"
#include "term_session.h"
#include "term_tail.h"

#include <signal.h>
#include <stdio.h>

/* A server without /chat has namespace "/" as its only room. */
static int run_in_room(const struct term_options *options)
{
    int has_chat = options->relay ? 0 : term_has_chat(options);
    if (has_chat < 0) {
        return TERM_EXIT_FAILED;
    }
    if (!has_chat && !slice_eq(options->room, SL("#lobby"))) {
        fputs("tincan: this server has no accounts and only one room, '#lobby'\n", stderr);
        return TERM_EXIT_FAILED;
    }
    if (options->command == TERM_SEND) {
        return has_chat ? term_chat_send(options) : term_send(options);
    }
    return has_chat ? term_chat_tail(options) : term_tail(options);
}

static int run(const struct term_options *options)
{
    switch (options->command) {
    case TERM_SEND:
    case TERM_TAIL:
        return run_in_room(options);
    case TERM_ROOMS:
        return term_rooms(options);
    case TERM_JOIN:
    case TERM_LEAVE:
        return term_chat_member(options);
    case TERM_LOGIN:
    case TERM_REGISTER:
    case TERM_GUEST:
    case TERM_LOGOUT:
        return term_login(options);
    case TERM_TUI:
        break; /* refused before */
    }
    return TERM_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct term_options options;
    int exit_code;
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that went away is told by the write */
    if (!term_options_parse(argc, argv, &options, &exit_code)) {
        return exit_code;
    }
    exit_code = run(&options);
    host_native_fini();
    return exit_code;
}
