/* A signed-in connection for a command of the terminal program: the token file, /api/v1, and the chat client. A command gives its callbacks,
 * runs, and stops it.
 */
#pragma once

#include "account.h"
#include "chat_client.h"
#include "term_options.h"
#include "term_token.h"

struct term_session {
    const struct term_options *options;
    struct chat_client *chat;
    struct term_token file;
    struct account_call *call;
    struct chat_client_callbacks callbacks; /* the command's */
    bool renamed;                           /* the name we chose was taken: another was tried */
    bool done;
    int exit_code;
    bool polling;            /* how it is connected */
    const char *unconnected; /* the last reason for not being connected that was told */
};

/* callbacks' on_token is the session's own. false: it cannot be (said on stderr). */
bool term_session_init(struct term_session *s, const struct term_options *options,
                       const struct chat_client_callbacks *callbacks);
/* Run until term_session_stop; returns the exit code. */
int term_session_run(struct term_session *s);
void term_session_fini(struct term_session *s);
void term_session_stop(struct term_session *s, int exit_code);
/* One line on stderr, then the end. detail may come from the server. */
void term_session_fail(struct term_session *s, const char *what, struct slice detail);

/* tincan login, register, guest, logout. */
int term_login(const struct term_options *options);
/* Does the server have /chat? 1, 0, or -1: it does not answer (said). */
int term_has_chat(const struct term_options *options);
