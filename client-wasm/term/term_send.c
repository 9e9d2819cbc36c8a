/* tincan send: one message, and the server's confirmation.
 *
 * The namespace "/" answers no acks: its server sends the argument back to everybody, the sender
 * included. So the message carries an id of its own (cid), and its echo is the confirmation.
 */
#include "term_send.h"

#include "buf.h"
#include "check.h"
#include "host.h"
#include "host_native.h"
#include "limits.h"
#include "msg.h"
#include "sock.h"
#include "term_input.h"

#include <stdio.h>
#include <time.h>
#include <uv.h>

#define CONFIRM_TIMEOUT_MS 10000
/* Who waits so long for a connection wants to know for what. */
#define SILENT_MS       1000
#define EVENT_MAX_BYTES (16u << 20)

struct send {
    const struct term_options *options;
    struct sock *sock;
    struct host_timer *timer;
    struct host_timer *silence;
    struct buf text;
    struct buf message; /* the JSON sent */
    struct buf scratch;
    char cid[SOCK_ID_BYTES];
    bool was_live;
    bool told_trying;
    bool done;
    bool confirmed;
};

static void stop(struct send *s, bool confirmed, const char *problem, struct slice detail)
{
    if (s->done) {
        return;
    }
    s->done = true;
    s->confirmed = confirmed;
    if (!confirmed) {
        fprintf(stderr, "tincan: %s%s%.*s\n", problem, detail.n > 0 ? ": " : "", SL_ARG(detail));
    }
    sock_close(s->sock);
}

/* There is no connection yet: say so, once. */
static void tell_trying(struct send *s)
{
    const char *problem = host_native_problem();
    if (!s->was_live && !s->done && !s->told_trying) {
        s->told_trying = true;
        fprintf(stderr, "tincan: not connected to %.*s yet%s%s; trying for %d seconds\n",
                SL_ARG(s->options->server), problem[0] ? ": " : "", problem,
                CONFIRM_TIMEOUT_MS / 1000);
    }
}

static void on_silence(void *user)
{
    tell_trying(user);
}

static void on_event(void *user, const struct sock_event *event)
{
    struct send *s = user;
    struct msg_chat message;
    buf_reset(&s->scratch);
    if (slice_eq(event->name, SL("message")) &&
        msg_chat_decode(event->args.json, &s->scratch, &message, NULL) == ERR_OK &&
        slice_eq(message.cid, (struct slice){s->cid, sizeof s->cid})) {
        stop(s, true, NULL, (struct slice){0});
    }
}

static void on_status(void *user, const struct sock_status *status)
{
    struct send *s = user;
    if (status->state == SOCK_LIVE) {
        s->was_live = true;
    } else if (status->state == SOCK_CLOSED) {
        stop(s, false, "the server refused", status->reason);
    } else if (status->state == SOCK_WAITING && s->was_live) {
        stop(s, false,
             "the connection was lost before the server confirmed; the message may have been sent "
             "or not",
             status->reason);
    } else if (status->state == SOCK_WAITING) {
        tell_trying(s);
    }
}

static void on_timeout(void *user)
{
    struct send *s = user;
    stop(s, false, "no confirmation from the server within 10 seconds",
         s->was_live ? (struct slice){0} : slice_str(host_native_problem()));
}

static bool start(struct send *s)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    sock_make_id(s->cid);
    struct msg_chat message = {
        .text = buf_peek(&s->text),
        .has_timestamp = true,
        .timestamp_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
        .user = s->options->name,
        .cid = {s->cid, sizeof s->cid},
    };
    struct sock_options options = {
        .connection = {.url = s->options->server, .transports = s->options->transports}};
    struct sock_callbacks callbacks = {.user = s, .on_status = on_status, .on_event = on_event};
    s->sock = sock_new(&options, &callbacks);
    s->timer = host_default()->timer_new(on_timeout, s);
    s->silence = host_default()->timer_new(on_silence, s);
    if (!s->sock || !s->timer || !s->silence || msg_chat_encode(&message, &s->message) != ERR_OK ||
        sock_emit(s->sock, SL("message"), buf_peek(&s->message), NULL, NULL, 0) != ERR_OK) {
        fputs("tincan: out of memory\n", stderr);
        return false;
    }
    host_default()->timer_start(s->timer, CONFIRM_TIMEOUT_MS);
    host_default()->timer_start(s->silence, SILENT_MS);
    sock_open(s->sock);
    return true;
}

int term_send(const struct term_options *options)
{
    struct send s = {.options = options};
    buf_init(&s.message, EVENT_MAX_BYTES);
    buf_init(&s.scratch, EVENT_MAX_BYTES);
    if (term_input_read(options, &s.text) && start(&s)) {
        while (!s.done || !sock_quiet(s.sock) || host_native_busy()) {
            uv_run(uv_default_loop(), UV_RUN_ONCE);
        }
    }
    sock_free(s.sock);
    if (s.timer) {
        host_default()->timer_free(s.timer);
    }
    if (s.silence) {
        host_default()->timer_free(s.silence);
    }
    buf_fini(&s.text);
    buf_fini(&s.message);
    buf_fini(&s.scratch);
    return s.confirmed ? 0 : TERM_EXIT_FAILED;
}
