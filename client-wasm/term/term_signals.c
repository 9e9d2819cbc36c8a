/* See term_signals.h. */
#include "term_signals.h"

#include "check.h"

#include <signal.h>

static void on_signal(uv_signal_t *handle, int number)
{
    struct term_signals *s = handle->data;
    (void)number;
    s->fn(s->user);
}

void term_signals_start(struct term_signals *s, void (*fn)(void *user), void *user)
{
    static const int numbers[TERM_SIGNALS_N] = {SIGINT, SIGTERM};
    s->fn = fn;
    s->user = user;
    s->open_n = TERM_SIGNALS_N;
    for (int i = 0; i < TERM_SIGNALS_N; i++) {
        CHECK(uv_signal_init(uv_default_loop(), &s->handles[i]) == 0);
        s->handles[i].data = s;
        CHECK(uv_signal_start(&s->handles[i], on_signal, numbers[i]) == 0);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct term_signals *s = handle->data;
    s->open_n--;
}

void term_signals_stop(struct term_signals *s)
{
    for (int i = 0; i < TERM_SIGNALS_N; i++) {
        uv_close((uv_handle_t *)&s->handles[i], on_closed);
    }
    while (s->open_n > 0) {
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    }
}
