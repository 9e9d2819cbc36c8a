/* A reactor's event loop on its own thread: libuv, a mailbox, deadlines, and a hook at the end of
 * every turn.
 *
 * One turn: I/O callbacks, then all mail, then timers, then the turn hooks in the order of their
 * registration, then waiting. What was produced during a turn is written in its hooks, so that a
 * socket gets one write a turn. Everything here belongs to the loop's thread, but for loop_post.
 */
#pragma once

#include "deadline.h"
#include "err.h"
#include "mailbox.h"
#include <pthread.h>
#include <uv.h>

#define LOOP_TURN_HOOKS_MAX 4

struct loop {
    uv_loop_t uv;
    uv_check_t after_io;
    uv_prepare_t before_wait;
    struct mailbox mailbox;
    struct deadlines deadlines;
    struct {
        void (*run)(void *user);
        void *user;
    } turn_hooks[LOOP_TURN_HOOKS_MAX];
    unsigned turn_hooks_n;
    pthread_t thread;
    unsigned index;
};

/* Returns: ERR_OK | ERR_IO, the system gives no loop and nothing is left of it. */
enum err loop_init(struct loop *l, unsigned index);
void loop_add_turn_hook(struct loop *l, void (*run)(void *user), void *user);
/* Run on the calling thread until loop_close was called on it and every handle is closed; then
 * loop_fini. */
void loop_run(struct loop *l);
void loop_close(struct loop *l);
void loop_fini(struct loop *l);
/* Run on a thread of its own. Returns: ERR_OK | ERR_IO. */
enum err loop_start(struct loop *l);
/* The end of a loop that was never run: of itself and the handles that are closing. */
void loop_abandon(struct loop *l);
/* Post mail. Thread: any. */
void loop_post(struct loop *l, struct mail *m);
/* Run fn(user) on the loop's thread and wait for it. Thread: any but the loop's. Returns: ERR_OK |
 * ERR_CLOSED, fn was not run. */
enum err loop_call(struct loop *l, void (*fn)(void *user), void *user);
/* End the thread once the current turn and everything it left to close is done; waits for it.
 * Thread: any but the loop's. All other handles of the loop must be closed or closing. */
void loop_stop(struct loop *l);
