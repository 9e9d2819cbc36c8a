/* SIGINT and SIGTERM as an end that was wished for, of commands that run until then. */
#pragma once

#include <uv.h>

#define TERM_SIGNALS_N 2

struct term_signals {
    uv_signal_t handles[TERM_SIGNALS_N];
    unsigned open_n;
    void (*fn)(void *user);
    void *user;
};

/* From now on fn is called, from the loop. s stays where it is until term_signals_stop. */
void term_signals_start(struct term_signals *s, void (*fn)(void *user), void *user);
void term_signals_stop(struct term_signals *s);
