/* Settings: one table of typed rows gives the flags (--name VALUE), the environment variables
 * (TINCAN_NAME), the keys of the configuration file (name = value), the help and the print-out.
 * Later sources win: default, file, environment, command line.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_LIST_MAX 32

struct config_list {
    const char *items[CONFIG_LIST_MAX];
    unsigned n;
};

enum config_kind {
    CONFIG_TEXT, /* const char *; "" when unset */
    CONFIG_URL,  /* the same; a password in it is never shown */
    CONFIG_LIST, /* struct config_list; repeatable; in file and environment separated by white space */
    CONFIG_SWITCH, /* bool: on or off */
    CONFIG_NUMBER, /* uint32_t between min and max */
};

/* Who gave it; later ones win. */
enum config_source { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_FLAG };

struct config_row {
    const char *name;
    enum config_kind kind;
    void *value; /* of the kind's type; holds the default */
    const char *placeholder;
    const char *help;
    uint32_t min, max;
    enum config_source source; /* the reader's to set, for config_set does not know */
};

/* Why a setting is refused: one line for people, naming the source, the setting and what is
 * allowed. */
struct config_error {
    char text[256];
};

/* Read a file of "key = value" lines; # starts a comment. Values are kept for the life of the
 * process.
 * Returns: ERR_OK | ERR_INVALID and *error. */
NODISCARD enum err config_read_file(struct config_row *rows, unsigned rows_n, const char *path,
                                    struct config_error *error);
NODISCARD enum err config_read_environment(struct config_row *rows, unsigned rows_n,
                                           struct config_error *error);
/* Set one row by name from one source ("--port"). Lists start anew with each source. */
NODISCARD enum err config_set(struct config_row *rows, unsigned rows_n, const char *source,
                              const char *name, const char *value, bool append,
                              struct config_error *error);
struct config_row *config_find(struct config_row *rows, unsigned rows_n, const char *name);
void config_print_help(const struct config_row *rows, unsigned rows_n, FILE *out);
/* A value as text, without what is secret in it; cut when it does not fit. */
void config_show(const struct config_row *row, char *out, size_t out_bytes);
/* The settings in force, in the form of a configuration file. */
void config_print(const struct config_row *rows, unsigned rows_n, FILE *out);
