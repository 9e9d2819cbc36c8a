/* A signed-in connection for a command of the terminal program: the token file, /api/v1, and the chat client. A command gives its callbacks,
 * runs, and stops it.
 */
#pragma once

#include "account.h"
#include "chat_client.h"
#include "term_options.h"
#include "term_token.h"

/* How long a command that ends by itself tries. */
#define TERM_PATIENCE_MS 30000

struct term_session {
    const struct term_options *options;
    struct chat_client *chat;
    struct term_token file;
    struct buf given; /* the access token that was used last */
    struct account_call *call;
    struct host_timer *again; /* for a token that could not be asked for */
    struct host_timer *late;  /* NULL: the command waits for ever */
    uint32_t patience_ms;
    const char *late_text;                  /* what is said then */
    struct chat_client_callbacks callbacks; /* the command's */
    bool renamed;                           /* the name we chose would not do: another was tried */
    bool finding;                           /* term_find.h's */
    bool done;
    int exit_code;
    bool polling;            /* how it is connected */
    const char *unconnected; /* the last reason for not being connected that was told */
};

/* callbacks' on_token is the session's own. patience_ms 0: for ever. false: it cannot be (said on stderr). */
bool term_session_init(struct term_session *s, const struct term_options *options,
                       const struct chat_client_callbacks *callbacks, uint32_t patience_ms);
/* Run until term_session_stop; returns the exit code. */
int term_session_run(struct term_session *s);
void term_session_fini(struct term_session *s);
void term_session_stop(struct term_session *s, int exit_code);
/* There is progress: the patience begins anew. */
void term_session_go_on(struct term_session *s);
/* One line on stderr, then the end. detail may come from the server. */
void term_session_fail(struct term_session *s, const char *what, struct slice detail);
/* The same for a request that was not answered, or refused: what, and why. */
void term_session_fail_answer(struct term_session *s, const char *what,
                              const struct chat_answer *answer);

/* tincan login, register, guest, logout. */
int term_login(const struct term_options *options);
