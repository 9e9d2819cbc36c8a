/* See term_session.h. */
#include "term_session.h"

#include "host_native.h"
#include "term_text.h"

#include <stdio.h>
#include <time.h>
#include <uv.h>

#define EARLY_MS 30000 /* a token that ends sooner is renewed first */
#define AGAIN_MS 1000

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void term_session_stop(struct term_session *s, int exit_code)
{
    if (!s->done) {
        s->done = true;
        s->exit_code = exit_code;
        account_abort(s->call);
        s->call = NULL;
        chat_client_close(s->chat);
    }
}

void term_session_fail(struct term_session *s, const char *what, struct slice detail)
{
    struct buf line = {.max = 4096};
    if (!s->done && term_text_put(&line, detail) == ERR_OK) {
        fprintf(stderr, "tincan: %s%s%.*s\n", what, line.n > 0 ? ": " : "",
                SL_ARG(buf_peek(&line)));
    }
    buf_fini(&line);
    term_session_stop(s, TERM_EXIT_FAILED);
}

void term_session_fail_answer(struct term_session *s, const char *what,
                              const struct chat_answer *answer)
{
    term_session_fail(s, what,
                      answer->result == ERR_OK ? answer->why.message
                                               : slice_str(err_text(answer->result)));
}

/* Why there is no connection, once for each reason. */
static void tell_unconnected(struct term_session *s)
{
    const char *problem = host_native_problem();
    if (!s->unconnected || strcmp(s->unconnected, problem) != 0) {
        s->unconnected = problem;
        fprintf(stderr, "tincan: not connected%s%s; trying again\n", problem[0] ? ": " : "",
                problem);
    }
}

/* --- the token --- */

static void ask(struct term_session *s, const struct account_request *request);

static void give(struct term_session *s, struct slice token)
{
    buf_reset(&s->given);
    if (buf_put(&s->given, token) != ERR_OK) {
        buf_reset(&s->given); /* then it is renewed if it is refused */
    }
    chat_client_token(s->chat, token);
}

/* "name-1234", where the name itself is somebody else's; "guest-1234", where it is none that the server likes. */
static struct slice other_name(const struct term_session *s, bool taken, char out[80])
{
    struct slice name = taken ? s->options->name : SL("guest");
    uint32_t chance = host_default()->random_u32();
    int n = snprintf(out, 80, "%.*s-%04u", (int)(name.n < 27 ? name.n : 27), name.p,
                     (unsigned)(chance % 10000));
    return (struct slice){out, (size_t)n};
}

static void become_guest(struct term_session *s, struct slice name)
{
    ask(s, &(struct account_request){.op = ACCOUNT_GUEST, .name = name, .wants_refresh = true});
}

static void ask_later(struct term_session *s, uint32_t after_ms)
{
    term_token_unlock(&s->file);
    host_default()->timer_start(s->again, after_ms > 0 ? after_ms : AGAIN_MS);
}

static void on_refused(struct term_session *s, const struct account_answer *answer)
{
    char name[80];
    bool guest = s->file.refresh.n == 0;
    bool bad_name = answer->why.error == CHAT_TAKEN || answer->why.error == CHAT_INVALID;
    if (answer->status == 0) {
        tell_unconnected(s);
        ask_later(s, 0);
    } else if (answer->status >= 500 || answer->why.error == CHAT_RATE) {
        ask_later(s, answer->why.retry_after_ms);
    } else if (guest && bad_name && !s->renamed && !s->options->name_given) {
        s->renamed = true;
        become_guest(s, other_name(s, answer->why.error == CHAT_TAKEN, name));
    } else if (!guest && answer->why.error == CHAT_UNAUTHENTICATED) {
        (void)term_token_save(&s->file, s->options->server, SL(""), SL(""), 0, SL(""));
        term_session_fail(s, "the session has ended; sign in again with tincan login", SL(""));
    } else {
        term_token_unlock(&s->file);
        term_session_fail(s, guest ? "not let in" : "not signed in", answer->why.message);
    }
}

static void on_answer(void *user, const struct account_answer *answer)
{
    struct term_session *s = user;
    s->call = NULL;
    if (!answer->ok) {
        on_refused(s, answer);
        return;
    }
    (void)term_token_save(&s->file, s->options->server, answer->refresh, answer->token,
                          wall_ms() + answer->life_ms, answer->user.name);
    give(s, answer->token);
}

static void ask(struct term_session *s, const struct account_request *request)
{
    s->call = account_ask(s->options->server, request, on_answer, s);
    if (!s->call) {
        term_session_fail(s, "out of memory", SL(""));
    }
}

/* Is the one of the file good, and not the one that was just refused? Another program may have renewed it. */
static bool has_access(const struct term_session *s, bool refused)
{
    return s->file.access.n > 0 && s->file.access_until_ms - EARLY_MS > wall_ms() &&
           !(refused && slice_eq(s->file.access, buf_peek(&s->given)));
}

static void on_token(void *user, bool refused)
{
    struct term_session *s = user;
    if (s->done || s->call) {
        return;
    }
    if (!term_token_lock(&s->file, s->options->server)) {
        term_session_stop(s, TERM_EXIT_FAILED);
    } else if (has_access(s, refused)) {
        term_token_unlock(&s->file);
        give(s, s->file.access);
    } else if (s->file.refresh.n > 0) {
        ask(s, &(struct account_request){
                   .op = ACCOUNT_REFRESH, .refresh = s->file.refresh, .wants_refresh = true});
    } else {
        become_guest(s, s->options->name);
    }
}

static void on_again(void *user)
{
    on_token(user, true);
}

/* --- the connection --- */

static void on_state(void *user, enum chat_client_state state, const struct sock_status *status)
{
    struct term_session *s = user;
    if (s->done) {
        return;
    }
    if (status && status->state == SOCK_LIVE) {
        s->polling = status->polling;
    }
    if (state == CHAT_CLIENT_CONNECTING && status && status->state == SOCK_WAITING) {
        tell_unconnected(s);
    } else if (state == CHAT_CLIENT_LIVE) {
        s->unconnected = NULL;
    } else if (state == CHAT_CLIENT_SIGNED_OUT) {
        term_session_fail(s, "signed out", SL(""));
    }
    if (s->callbacks.on_state) {
        s->callbacks.on_state(s->callbacks.user, state, status);
    }
}

static void on_restored(void *user)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_restored) {
        s->callbacks.on_restored(s->callbacks.user);
    }
}

static void on_resumed(void *user, const struct chat_user *me)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_resumed) {
        s->callbacks.on_resumed(s->callbacks.user, me);
    }
}

static void on_event(void *user, const struct chat_event *event)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_event) {
        s->callbacks.on_event(s->callbacks.user, event);
    }
}

static void on_reset(void *user, int64_t room, const struct chat_message *messages, uint32_t n)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_reset) {
        s->callbacks.on_reset(s->callbacks.user, room, messages, n);
    }
}

static void on_sent(void *user, struct slice cid, enum chat_sent sent, int64_t room, int64_t seq,
                    const struct chat_answer *answer)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_sent) {
        s->callbacks.on_sent(s->callbacks.user, cid, sent, room, seq, answer);
    }
}

static void on_put_off(void *user, struct slice cid, const struct chat_answer *answer)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_put_off) {
        s->callbacks.on_put_off(s->callbacks.user, cid, answer);
    }
}

static void on_room_gone(void *user, int64_t room, bool put_out)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_room_gone) {
        s->callbacks.on_room_gone(s->callbacks.user, room, put_out);
    }
}

static void on_late(void *user)
{
    struct term_session *s = user;
    term_session_fail(s, s->late_text, slice_str(s->unconnected));
}

void term_session_go_on(struct term_session *s)
{
    if (s->late) {
        host_default()->timer_start(s->late, s->patience_ms);
    }
}

static bool start(struct term_session *s, const struct chat_client_callbacks *own)
{
    const struct manager_options connection = {.url = s->options->server,
                                               .transports = s->options->transports,
                                               .reconnect_delay_max_ms = 5000};
    s->chat = chat_client_new(&connection, own);
    s->again = host_default()->timer_new(on_again, s);
    s->late = s->patience_ms > 0 ? host_default()->timer_new(on_late, s) : NULL;
    if (!s->chat || !s->again || (s->patience_ms > 0 && !s->late)) {
        fputs("tincan: out of memory\n", stderr);
        return false;
    }
    term_session_go_on(s);
    chat_client_open(s->chat);
    return true;
}

bool term_session_init(struct term_session *s, const struct term_options *options,
                       const struct chat_client_callbacks *callbacks, uint32_t patience_ms)
{
    const struct chat_client_callbacks own = {.user = s,
                                              .on_token = on_token,
                                              .on_state = on_state,
                                              .on_restored = on_restored,
                                              .on_resumed = on_resumed,
                                              .on_event = on_event,
                                              .on_reset = on_reset,
                                              .on_sent = on_sent,
                                              .on_put_off = on_put_off,
                                              .on_room_gone = on_room_gone};
    *s = (struct term_session){.options = options,
                               .callbacks = *callbacks,
                               .patience_ms = patience_ms,
                               .given = {.max = CHAT_TOKEN_BYTES_MAX},
                               .late_text = "the server did not answer within 30 seconds"};
    if (!term_token_init(&s->file, options->token_file) || !start(s, &own)) {
        term_session_fini(s);
        return false;
    }
    return true;
}

int term_session_run(struct term_session *s)
{
    while (!s->done || !chat_client_quiet(s->chat) || host_native_busy()) {
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    }
    return s->exit_code;
}

void term_session_fini(struct term_session *s)
{
    chat_client_free(s->chat);
    if (s->again) {
        host_default()->timer_free(s->again);
    }
    if (s->late) {
        host_default()->timer_free(s->late);
    }
    term_token_fini(&s->file);
    buf_fini(&s->given);
}
