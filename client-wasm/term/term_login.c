/* tincan login, register, guest, logout: who the other commands are. */
#include "host_native.h"
#include "term_password.h"
#include "term_session.h"
#include "term_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uv.h>

struct login {
    const struct term_options *options;
    struct term_token file;
    bool done;
    int exit_code;
};

static void say(const char *what, struct slice detail)
{
    struct buf line = {.max = 4096};
    if (term_text_put(&line, detail) == ERR_OK) {
        fprintf(stderr, "tincan: %s%s%.*s\n", what, line.n > 0 ? ": " : "",
                SL_ARG(buf_peek(&line)));
    }
    buf_fini(&line);
}

static void on_answer(void *user, const struct account_answer *answer)
{
    struct login *l = user;
    struct timespec now;
    bool out = l->options->command == TERM_LOGOUT;
    l->done = true;
    l->exit_code = answer->ok ? 0 : TERM_EXIT_FAILED;
    clock_gettime(CLOCK_REALTIME, &now);
    if (answer->ok || (out && answer->why.error == CHAT_UNAUTHENTICATED)) {
        int64_t until = (int64_t)now.tv_sec * 1000 + answer->life_ms;
        if (!term_token_save(&l->file, l->options->server, out ? SL("") : answer->refresh,
                             answer->token, until, answer->user.name)) {
            l->exit_code = TERM_EXIT_FAILED;
        } else if (out) {
            puts("signed out");
            l->exit_code = 0;
        } else {
            printf("signed in as %.*s\n", SL_ARG(answer->user.name));
        }
    } else if (answer->status == 0) {
        say("the server does not answer", slice_str(host_native_problem()));
    } else if (answer->why.error == CHAT_ERRORS_N && answer->why.message.n == 0) {
        say("this server has no accounts", SL(""));
    } else {
        say("not let in", answer->why.message);
    }
}

int term_login(const struct term_options *options)
{
    struct login l = {.options = options, .exit_code = TERM_EXIT_FAILED};
    char password[TERM_PASSWORD_BYTES] = "";
    struct account_request request = {.name = options->name, .wants_refresh = true};
    bool needs_password = options->command == TERM_LOGIN || options->command == TERM_REGISTER;
    if (needs_password && !term_password_read(options->command == TERM_REGISTER, password)) {
        return TERM_EXIT_FAILED;
    }
    if (!term_token_init(&l.file, options->token_file)) {
        return TERM_EXIT_FAILED;
    }
    request.password = slice_str(password);
    request.invite = options->invite;
    request.op = options->command == TERM_LOGIN      ? ACCOUNT_LOGIN
                 : options->command == TERM_REGISTER ? ACCOUNT_REGISTER
                 : options->command == TERM_GUEST    ? ACCOUNT_GUEST
                                                     : ACCOUNT_LOGOUT;
    if (term_token_lock(&l.file, options->server)) {
        request.refresh = options->command == TERM_LOGOUT ? l.file.refresh : SL("");
        if (options->command == TERM_LOGOUT && request.refresh.n == 0) {
            puts("nobody was signed in");
            l.exit_code = 0;
        } else if (account_ask(options->server, &request, on_answer, &l)) {
            while (!l.done || host_native_busy()) {
                uv_run(uv_default_loop(), UV_RUN_ONCE);
            }
        } else {
            fputs("tincan: out of memory\n", stderr);
        }
    }
    explicit_bzero(password, sizeof password);
    term_token_fini(&l.file);
    return l.exit_code;
}
