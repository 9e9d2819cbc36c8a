/* What the client core needs of the world: a clock, chance, timers, and a way to move bytes
 * (transport.h). One implementation per kind of program (host_native.c, host_browser.c), and a
 * scripted one in the tests.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "transport.h"
#include <stdint.h>

struct host_timer;
typedef void (*host_timer_fn)(void *user);

struct host {
    /* Milliseconds from an arbitrary start. Never goes back; runs on while the machine sleeps. */
    int64_t (*now_ms)(void);
    /* 32 unpredictable bits. */
    uint32_t (*random_u32)(void);

    /* A one-shot timer. fn never runs inside timer_start; it may run early by a clock tick, so look
     * at the clock again. timer_start on a running timer replaces its delay. timer_free stops it;
     * also from its own callback. Owns: the caller frees what timer_new gave; NULL when out of
     * memory. */
    struct host_timer *(*timer_new)(host_timer_fn fn, void *user);
    void (*timer_start)(struct host_timer *t, uint32_t delay_ms);
    void (*timer_stop)(struct host_timer *t);
    void (*timer_free)(struct host_timer *t);

    /* Append the origin that an empty URL stands for ("http://host:port"). Returns: ERR_OK |
     * ERR_NOTFOUND, there is none | ERR_NOMEM. */
    enum err (*origin)(struct buf *out);

    const struct transport *transport;
};

/* The host of this program; each program links exactly one. Never NULL, the same each time. */
const struct host *host_default(void);
