/* tincan: the native build of the client. */
#include "host_native.h"
#include "term_chat.h"
#include "term_follow.h"
#include "term_options.h"
#include "term_probe.h"
#include "term_send.h"
#include "term_session.h"
#include "term_tail.h"
#include "tui.h"

#include <signal.h>
#include <stdio.h>

static bool is_of_chat(enum term_command command)
{
    return command == TERM_SEND || command == TERM_TAIL || command == TERM_HISTORY ||
           command == TERM_ROOMS || command == TERM_JOIN || command == TERM_LEAVE;
}

/* A server without /chat has namespace "/" as its only room. true: go on, with *relay; else *exit_code. */
static bool choose_relay(const struct term_options *options, bool *relay, int *exit_code)
{
    bool tails = options->command == TERM_TAIL;
    enum term_probe server =
        options->relay ? TERM_NO_CHAT : term_probe(options, tails ? 0 : TERM_PATIENCE_MS);
    bool could = (tails || options->command == TERM_SEND) && !options->to_person &&
                 slice_eq(options->room, SL("#lobby"));
    *relay = server == TERM_NO_CHAT;
    *exit_code = server == TERM_INTERRUPTED ? 0 : TERM_EXIT_FAILED;
    if (server == TERM_NO_CHAT && !could) {
        fputs("tincan: this server has no accounts and only one room, '#lobby', to send to and to "
              "tail\n",
              stderr);
        return false;
    }
    return server == TERM_HAS_CHAT || server == TERM_NO_CHAT;
}

static int run(const struct term_options *options)
{
    bool relay = false;
    int exit_code;
    if (is_of_chat(options->command) && !choose_relay(options, &relay, &exit_code)) {
        return exit_code;
    }
    switch (options->command) {
    case TERM_SEND:
        return relay ? term_send(options) : term_chat_send(options);
    case TERM_TAIL:
        return relay ? term_tail(options) : term_follow(options);
    case TERM_HISTORY:
        return term_follow(options);
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
        return term_tui(options);
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
