/* The command line of the terminal program. */
#pragma once

#include "slice.h"
#include "sock.h"
#include <stdbool.h>

#define TERM_EXIT_FAILED 1
#define TERM_EXIT_USAGE  2

enum term_command { TERM_SEND, TERM_TAIL };

struct term_options {
    struct slice server;
    struct slice name;
    enum sock_transports transports;
    enum term_command command;
    struct slice text; /* TERM_SEND: given on the command line */
    bool has_text;     /* else it comes from the standard input */
    bool json;         /* TERM_TAIL */
};

/* Read the command line; --help and --version answer on stdout, a mistake is told in one line on
 * stderr. Returns: true, *out is set, its slices borrow from argv and the environment | false, the
 * program ends with *exit_code. */
bool term_options_parse(int argc, char **argv, struct term_options *out, int *exit_code);
