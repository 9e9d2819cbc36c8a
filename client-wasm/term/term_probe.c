/* See term_probe.h. */
#include "term_probe.h"

#include "account.h"
#include "host_native.h"
#include "term_signals.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_MS 1000

struct probe {
    const struct term_options *options;
    struct host_timer *timer;
    struct account_call *call;
    unsigned status;
    bool waiting;
    bool interrupted;
    const char *told; /* why there is no answer */
};

static void on_status(void *user, unsigned status, struct slice body)
{
    struct probe *p = user;
    (void)body;
    p->call = NULL;
    p->status = status;
    p->waiting = false;
}

static void on_time(void *user)
{
    ((struct probe *)user)->waiting = false;
}

static void on_signal(void *user)
{
    ((struct probe *)user)->interrupted = true;
}

static void wait(struct probe *p)
{
    p->waiting = true;
    while (p->waiting && !p->interrupted) {
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    }
}

/* Nobody there, or nobody behind the one who is. */
static bool is_absent(unsigned status)
{
    return status == 0 || status == 502 || status == 504;
}

static void tell(struct probe *p)
{
    const char *problem = host_native_problem();
    if (!p->told || strcmp(p->told, problem) != 0) {
        p->told = problem;
        fprintf(stderr, "tincan: not connected%s%s; trying again\n", problem[0] ? ": " : "",
                problem);
    }
}

static enum term_probe ask_until(struct probe *p, int64_t end_ms)
{
    const struct host *host = host_default();
    for (;;) {
        p->call = account_http(p->options->server, SL("/api/v1/me"), &(struct http_request){0},
                               on_status, p);
        if (!p->call) {
            fputs("tincan: out of memory\n", stderr);
            return TERM_NO_ANSWER;
        }
        wait(p);
        if (p->interrupted) {
            return TERM_INTERRUPTED;
        }
        if (!is_absent(p->status)) {
            /* Whoever knows of accounts wants to see a token, or is not ready yet. */
            return p->status == 401 || p->status == 503 ? TERM_HAS_CHAT : TERM_NO_CHAT;
        }
        if (host->now_ms() >= end_ms) {
            fprintf(stderr, "tincan: the server does not answer: %s\n", host_native_problem());
            return TERM_NO_ANSWER;
        }
        tell(p);
        host->timer_start(p->timer, AGAIN_MS);
        wait(p);
    }
}

enum term_probe term_probe(const struct term_options *options, uint32_t patience_ms)
{
    const struct host *host = host_default();
    struct probe p = {.options = options};
    struct term_signals signals;
    enum term_probe found = TERM_NO_ANSWER;
    p.timer = host->timer_new(on_time, &p);
    if (!p.timer) {
        fputs("tincan: out of memory\n", stderr);
        return found;
    }
    if (patience_ms == 0) {
        term_signals_start(&signals, on_signal, &p);
    }
    found = ask_until(&p, patience_ms > 0 ? host->now_ms() + patience_ms : INT64_MAX);
    account_abort(p.call);
    host->timer_free(p.timer);
    if (patience_ms == 0) {
        term_signals_stop(&signals);
    }
    return found;
}
