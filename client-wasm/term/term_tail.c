/* tincan tail: messages as they come, until interrupted or nobody reads them any more. */
#include "term_tail.h"

#include "buf.h"
#include "check.h"
#include "host.h"
#include "host_native.h"
#include "limits.h"
#include "msg.h"
#include "sock.h"
#include "term_text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <uv.h>

#define EVENT_MAX_BYTES (64u << 20)

/* A message that was sent again comes again: how many are remembered to know it by its cid. */
#define RECENT_N 512

static const int SIGNALS[] = {SIGINT, SIGTERM};
#define SIGNALS_N (sizeof SIGNALS / sizeof SIGNALS[0])

struct recent {
    char cid[CHAT_CID_CHARS_MAX * 4];
    size_t n;
};

struct tail {
    const struct term_options *options;
    struct sock *sock;
    uv_signal_t signals[SIGNALS_N];
    struct buf line;
    struct buf scratch;
    struct recent recent[RECENT_N]; /* a ring */
    unsigned recent_at;
    bool done;
    int exit_code;
};

static void stop(struct tail *t, int exit_code)
{
    if (!t->done) {
        t->done = true;
        t->exit_code = exit_code;
        sock_close(t->sock);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    stop(handle->data, 0);
}

static enum err put_line(struct tail *t, struct slice json, const struct msg_chat *message)
{
    struct buf *line = &t->line;
    bool apart = t->options->to_terminal;
    buf_reset(line);
    enum err r;
    if (t->options->json) {
        r = term_json_put(line, json);
    } else {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        r = term_clock_put(line, message->has_timestamp ? message->timestamp_ms
                                                        : (int64_t)now.tv_sec * 1000);
        r = r == ERR_OK ? buf_putc(line, ' ') : r;
        r = r == ERR_OK ? term_text_put_apart(
                              line, message->user.n > 0 ? message->user : SL("guest"), apart)
                        : r;
        r = r == ERR_OK ? buf_put(line, SL(": ")) : r;
        r = r == ERR_OK ? term_text_put_apart(line, message->text, apart) : r;
    }
    return r == ERR_OK ? buf_putc(line, '\n') : r;
}

/* Was this one printed already? From now on it was. */
static bool is_repeated(struct tail *t, struct slice cid)
{
    if (cid.n == 0 || cid.n > sizeof t->recent[0].cid) {
        return false;
    }
    for (unsigned i = 0; i < RECENT_N; i++) {
        if (slice_eq(cid, (struct slice){t->recent[i].cid, t->recent[i].n})) {
            return true;
        }
    }
    struct recent *r = &t->recent[t->recent_at];
    memcpy(r->cid, cid.p, cid.n);
    r->n = cid.n;
    t->recent_at = (t->recent_at + 1) % RECENT_N;
    return false;
}

static void on_event(void *user, const struct sock_event *event)
{
    struct slice json = event->args.json;
    struct tail *t = user;
    struct msg_chat message;
    buf_reset(&t->scratch);
    if (t->done || !slice_eq(event->name, SL("message")) ||
        msg_chat_decode(json, &t->scratch, &message, NULL) != ERR_OK) {
        return; /* not a chat message */
    }
    if (is_repeated(t, message.cid)) {
        return;
    }
    if (put_line(t, json, &message) != ERR_OK) {
        fputs("tincan: out of memory\n", stderr);
        stop(t, TERM_EXIT_FAILED);
    } else if (fwrite(t->line.p, 1, t->line.n, stdout) != t->line.n || fflush(stdout) != 0) {
        bool reader_left = errno == EPIPE;
        if (!reader_left) {
            fprintf(stderr, "tincan: cannot write: %s\n",
                    uv_strerror(uv_translate_sys_error(errno)));
        }
        stop(t, reader_left ? 0 : TERM_EXIT_FAILED);
    }
}

/* One line on stderr about the connection; reason comes from the server. */
static void tell(struct tail *t, const char *what, struct slice reason, const char *more)
{
    buf_reset(&t->line);
    if (term_text_put(&t->line, reason) == ERR_OK) {
        fprintf(stderr, "tincan: %s%.*s%s\n", what, SL_ARG(buf_peek(&t->line)), more);
    }
}

static void tell_waiting(struct tail *t, const struct sock_status *status)
{
    struct buf more;
    const char *problem = host_native_problem();
    int64_t wait_ms = status->retry_at_ms - host_default()->now_ms();
    buf_init(&more, EVENT_MAX_BYTES);
    if (buf_printf(&more, "%s%s; trying again in %.1f s", problem[0] ? ", " : "", problem,
                   (double)wait_ms / 1000.0) == ERR_OK &&
        buf_putc(&more, '\0') == ERR_OK) {
        tell(t, "not connected: ", status->reason, more.p);
    }
    buf_fini(&more);
}

static void on_status(void *user, const struct sock_status *status)
{
    struct tail *t = user;
    if (t->done) {
        return;
    }
    switch (status->state) {
    case SOCK_LIVE:
        tell(t, status->polling ? "connected by polling to " : "connected by websocket to ",
             t->options->server, "");
        break;
    case SOCK_WAITING:
        tell_waiting(t, status);
        break;
    case SOCK_CLOSED:
        tell(t, "the server closed the connection: ", status->reason, "");
        stop(t, TERM_EXIT_FAILED);
        break;
    case SOCK_IDLE:
    case SOCK_CONNECTING:
        break;
    }
}

int term_tail(const struct term_options *options)
{
    struct tail t = {.options = options};
    struct sock_options sock_options = {
        .connection = {.url = options->server, .transports = options->transports}};
    struct sock_callbacks callbacks = {.user = &t, .on_status = on_status, .on_event = on_event};
    buf_init(&t.line, EVENT_MAX_BYTES);
    buf_init(&t.scratch, EVENT_MAX_BYTES);
    t.sock = sock_new(&sock_options, &callbacks);
    if (!t.sock) {
        fputs("tincan: out of memory\n", stderr);
        return TERM_EXIT_FAILED;
    }
    for (size_t i = 0; i < SIGNALS_N; i++) {
        CHECK(uv_signal_init(uv_default_loop(), &t.signals[i]) == 0);
        t.signals[i].data = &t;
        CHECK(uv_signal_start(&t.signals[i], on_signal, SIGNALS[i]) == 0);
    }
    sock_open(t.sock);
    while (!t.done || !sock_quiet(t.sock) || host_native_busy()) {
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    }
    sock_free(t.sock);
    for (size_t i = 0; i < SIGNALS_N; i++) {
        uv_close((uv_handle_t *)&t.signals[i], NULL);
    }
    buf_fini(&t.line);
    buf_fini(&t.scratch);
    uv_run(uv_default_loop(),
           UV_RUN_NOWAIT); /* lets go of the signals' handles, which live on this stack */
    return t.exit_code;
}
