/* The command line of the terminal program. */
#pragma once

#include "slice.h"
#include "sock.h"
#include <stdbool.h>

#define TERM_EXIT_FAILED 1
#define TERM_EXIT_USAGE  2

enum term_command {
    TERM_SEND,
    TERM_TAIL,
    TERM_HISTORY,
    TERM_ROOMS,
    TERM_JOIN,
    TERM_LEAVE,
    TERM_LOGIN,
    TERM_REGISTER,
    TERM_GUEST,
    TERM_LOGOUT,
    TERM_TUI,
};

struct term_options {
    struct slice server;
    struct slice name;
    bool name_given;        /* not only $USER's */
    const char *token_file; /* NULL: the usual place */
    struct slice language;  /* of TERM_TUI; empty: as the environment says */
    struct slice invite;
    bool relay;        /* namespace "/", whatever else the server has */
    struct slice room; /* "#name" or an id; or to_person: the name of somebody */
    bool to_person;
    uint32_t last_n; /* TERM_TAIL: messages of before to begin with; TERM_HISTORY: how many */
    enum sock_transports transports;
    enum term_command command;
    struct slice text; /* TERM_SEND: given on the command line */
    bool has_text;     /* else it comes from the standard input */
    bool to_terminal;  /* people read the standard output */
    bool json;         /* TERM_TAIL, TERM_HISTORY, TERM_ROOMS */
};

/* Read the command line; --help and --version answer on stdout, a mistake is told in one line on
 * stderr. Returns: true, *out is set, its slices borrow from argv and the environment | false, the
 * program ends with *exit_code. */
bool term_options_parse(int argc, char **argv, struct term_options *out, int *exit_code);
