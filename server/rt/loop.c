/* See loop.h. */
#include "loop.h"

#include "check.h"

#include <semaphore.h>
#include <signal.h>
#include <stddef.h>

static void on_wake(uv_async_t *wake)
{
    (void)wake; /* the mail is run after all I/O of the turn */
}

static void on_after_io(uv_check_t *check)
{
    struct loop *l = check->data;
    mailbox_drain(&l->mailbox);
}

static void on_before_wait(uv_prepare_t *prepare)
{
    struct loop *l = prepare->data;
    for (unsigned i = 0; i < l->turn_hooks_n; i++) {
        l->turn_hooks[i].run(l->turn_hooks[i].user);
    }
}

enum err loop_init(struct loop *l, unsigned index)
{
    *l = (struct loop){.index = index};
    if (uv_loop_init(&l->uv) != 0) {
        return ERR_IO;
    }
    int e = mailbox_init(&l->mailbox, &l->uv, on_wake);
    if (e != 0) {
        loop_fini(l);
        return ERR_IO;
    }
    e = deadlines_init(&l->deadlines, &l->uv);
    CHECK(e == 0); /* it takes nothing from the system */
    uv_check_init(&l->uv, &l->after_io);
    l->after_io.data = l;
    uv_check_start(&l->after_io, on_after_io);
    uv_prepare_init(&l->uv, &l->before_wait);
    l->before_wait.data = l;
    uv_prepare_start(&l->before_wait, on_before_wait);
    return ERR_OK;
}

void loop_add_turn_hook(struct loop *l, void (*run)(void *user), void *user)
{
    CHECK(l->turn_hooks_n < LOOP_TURN_HOOKS_MAX);
    l->turn_hooks[l->turn_hooks_n].run = run;
    l->turn_hooks[l->turn_hooks_n].user = user;
    l->turn_hooks_n++;
}

void loop_run(struct loop *l)
{
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

static void *run_thread(void *user)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL); /* signals are the main thread's */
    loop_run(user);
    return NULL;
}

enum err loop_start(struct loop *l)
{
    return pthread_create(&l->thread, NULL, run_thread, l) == 0 ? ERR_OK : ERR_IO;
}

void loop_post(struct loop *l, struct mail *m)
{
    mailbox_post(&l->mailbox, m);
}

struct call {
    struct mail mail;
    void (*fn)(void *user);
    void *user;
    bool done;
    sem_t finished;
};

static void run_call(struct mail *m, bool closed)
{
    struct call *c = CONTAINER_OF(m, struct call, mail);
    if (!closed) {
        c->fn(c->user);
        c->done = true;
    }
    sem_post(&c->finished);
}

enum err loop_call(struct loop *l, void (*fn)(void *user), void *user)
{
    struct call c = {.mail.run = run_call, .fn = fn, .user = user};
    sem_init(&c.finished, 0, 0);
    loop_post(l, &c.mail);
    while (sem_wait(&c.finished) != 0) {
    }
    sem_destroy(&c.finished);
    return c.done ? ERR_OK : ERR_CLOSED;
}

void loop_close(struct loop *l)
{
    mailbox_close(&l->mailbox);
    uv_close((uv_handle_t *)&l->mailbox.wake, NULL);
    uv_close((uv_handle_t *)&l->deadlines.timer, NULL);
    uv_close((uv_handle_t *)&l->after_io, NULL);
    uv_close((uv_handle_t *)&l->before_wait, NULL);
}

void loop_abandon(struct loop *l)
{
    loop_close(l);
    loop_run(l);
    loop_fini(l);
}

static void close_here(void *user)
{
    loop_close(user);
}

void loop_fini(struct loop *l)
{
    uv_loop_close(&l->uv);
    mailbox_fini(&l->mailbox);
}

void loop_stop(struct loop *l)
{
    loop_call(l, close_here, l);
    pthread_join(l->thread, NULL);
    loop_fini(l);
}
