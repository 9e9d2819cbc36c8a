/* The file in which the terminal program remembers who is signed in where: a line a server, for its owner's eyes only.
 *
 *   server TAB refresh token TAB access token TAB its end (UTC ms) TAB name
 *
 * Several programs share it: it is locked from reading to writing, so that one refresh token is used once. It is replaced as a whole, so
 * that a program that dies leaves the old or the new one.
 */
#pragma once

#include "buf.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct term_token {
    char *path;
    int fd; /* locked while >= 0 */
    struct buf text;
    struct slice refresh, access, name; /* of the server, in text; empty: none */
    int64_t access_until_ms;
};

/* path NULL: $XDG_CONFIG_HOME/tincan/token, else ~/.config/tincan/token. false: no memory, or no such place (said on stderr). */
bool term_token_init(struct term_token *t, const char *path);
void term_token_fini(struct term_token *t);
/* Lock and read what is known of server. false: the file cannot be used, or another program has kept it for too long (said on stderr). */
bool term_token_lock(struct term_token *t, struct slice server);
/* Replace what is known of server (refresh empty: forget it) and unlock. */
bool term_token_save(struct term_token *t, struct slice server, struct slice refresh,
                     struct slice access, int64_t access_until_ms, struct slice name);
/* Unlock without a change. */
void term_token_unlock(struct term_token *t);
