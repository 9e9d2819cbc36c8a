/* See term_session.h. */
#include "term_session.h"

#include "host_native.h"
#include "term_text.h"

#include <stdio.h>
#include <time.h>
#include <uv.h>

#define EARLY_MS 30000 /* a token that ends sooner is renewed first */

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

/* --- the token --- */

static void ask(struct term_session *s, const struct account_request *request);

/* "name-1234", where the name itself is somebody else's. */
static struct slice other_name(struct term_session *s, char out[80])
{
    uint32_t chance = host_default()->random_u32();
    int n = snprintf(out, 80, "%.*s-%04u", (int)(s->options->name.n < 27 ? s->options->name.n : 27),
                     s->options->name.p, (unsigned)(chance % 10000));
    return (struct slice){out, (size_t)n};
}

static void become_guest(struct term_session *s, struct slice name)
{
    ask(s, &(struct account_request){.op = ACCOUNT_GUEST, .name = name, .wants_refresh = true});
}

static void on_refused(struct term_session *s, const struct account_answer *answer)
{
    char name[80];
    bool guest = s->file.refresh.n == 0;
    if (guest && answer->error == CHAT_TAKEN && !s->renamed && !s->options->name_given) {
        s->renamed = true;
        become_guest(s, other_name(s, name));
        return;
    }
    if (!guest && answer->error == CHAT_UNAUTHENTICATED) {
        (void)term_token_save(&s->file, s->options->server, SL(""), SL(""), 0, SL(""));
        term_session_fail(s, "the session has ended; sign in again with tincan login", SL(""));
        return;
    }
    term_token_unlock(&s->file);
    if (answer->status == 0) {
        term_session_fail(s, "the server does not answer", slice_str(host_native_problem()));
    } else {
        term_session_fail(s, guest ? "not let in" : "not signed in", answer->message);
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
    chat_client_token(s->chat, answer->token);
}

static void ask(struct term_session *s, const struct account_request *request)
{
    s->call = account_ask(s->options->server, request, on_answer, s);
    if (!s->call) {
        term_session_fail(s, "out of memory", SL(""));
    }
}

static void on_token(void *user, bool refused)
{
    struct term_session *s = user;
    if (s->done || s->call) {
        return;
    }
    if (!term_token_lock(&s->file, s->options->server)) {
        term_session_stop(s, TERM_EXIT_FAILED);
    } else if (s->file.access.n > 0 && !refused && s->file.access_until_ms - EARLY_MS > wall_ms()) {
        term_token_unlock(&s->file);
        chat_client_token(s->chat, s->file.access);
    } else if (s->file.refresh.n > 0) {
        ask(s, &(struct account_request){
                   .op = ACCOUNT_REFRESH, .refresh = s->file.refresh, .wants_refresh = true});
    } else {
        become_guest(s, s->options->name);
    }
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
        const char *problem = host_native_problem();
        if (!s->unconnected || strcmp(s->unconnected, problem) != 0) {
            s->unconnected = problem;
            fprintf(stderr, "tincan: not connected%s%s; trying again\n", problem[0] ? ": " : "",
                    problem);
        }
    } else if (state == CHAT_CLIENT_LIVE) {
        s->unconnected = NULL;
    } else if (state == CHAT_CLIENT_SIGNED_OUT) {
        term_session_fail(s, "signed out", SL(""));
    }
    if (s->callbacks.on_state) {
        s->callbacks.on_state(s->callbacks.user, state, status);
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

static void on_room_gone(void *user, int64_t room)
{
    struct term_session *s = user;
    if (!s->done && s->callbacks.on_room_gone) {
        s->callbacks.on_room_gone(s->callbacks.user, room);
    }
}

bool term_session_init(struct term_session *s, const struct term_options *options,
                       const struct chat_client_callbacks *callbacks)
{
    const struct manager_options connection = {
        .url = options->server, .transports = options->transports, .reconnect_delay_max_ms = 5000};
    const struct chat_client_callbacks own = {.user = s,
                                              .on_token = on_token,
                                              .on_state = on_state,
                                              .on_resumed = on_resumed,
                                              .on_event = on_event,
                                              .on_reset = on_reset,
                                              .on_sent = on_sent,
                                              .on_room_gone = on_room_gone};
    *s = (struct term_session){.options = options, .callbacks = *callbacks};
    if (!term_token_init(&s->file, options->token_file)) {
        return false;
    }
    s->chat = chat_client_new(&connection, &own);
    if (!s->chat) {
        fputs("tincan: out of memory\n", stderr);
        term_token_fini(&s->file);
        return false;
    }
    chat_client_open(s->chat);
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
    term_token_fini(&s->file);
}

/* --- without a connection --- */

struct probe {
    bool done;
    unsigned status;
};

static void on_probed(void *user, unsigned status, struct slice body)
{
    struct probe *p = user;
    (void)body;
    p->status = status;
    p->done = true;
}

int term_has_chat(const struct term_options *options)
{
    struct probe p = {0};
    if (!account_http(options->server, SL("/api/v1/me"), false, false, SL(""), SL(""), on_probed,
                      &p)) {
        fputs("tincan: out of memory\n", stderr);
        return -1;
    }
    while (!p.done) {
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    }
    /* Whoever knows of accounts wants to see a token; who answers nothing may yet. */
    return p.status == 401 || p.status == 503 || p.status == 0;
}
