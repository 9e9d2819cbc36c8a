/* What runs later on the handlers' thread: posts, work, timers. See tincan.h and app.h. */
#include "app.h"

#include "mem.h"

static bool refuse(struct tincan *t)
{
    return t->stopped ? app_fail(t, "the server has stopped") : app_out_of_memory(t);
}

/* --- from other threads --- */

struct app_mail {
    struct mail mail;
    struct tincan *t;
    void (*fn)(struct tincan *t, void *user);
    void *user;
};

/* Set while this thread posts: a mail that is run then is one that came too late. */
static _Thread_local bool posting, refused;

static void run_mail(struct mail *m, bool closed)
{
    struct app_mail *mail = CONTAINER_OF(m, struct app_mail, mail);
    if (closed && posting) {
        refused = true;
    } else {
        mail->fn(mail->t, mail->user);
    }
    mem_free(mail);
}

bool tincan_post(struct tincan *t, void (*fn)(struct tincan *t, void *user), void *user)
{
    struct app_mail *m = mem_alloc(sizeof *m);
    if (!m) {
        return false;
    }
    *m = (struct app_mail){.mail.run = run_mail, .t = t, .fn = fn, .user = user};
    posting = true;
    refused = false;
    mailbox_post(&t->loop.mailbox, &m->mail);
    posting = false;
    return !refused;
}

bool tincan_stopping(const struct tincan *t)
{
    return t->stopping;
}

/* --- on the pool --- */

struct app_work {
    uv_work_t request;
    struct tincan *t;
    void (*work)(void *user);
    void (*done)(struct tincan *t, void *user);
    void *user;
};

static void do_work(uv_work_t *request)
{
    struct app_work *w = request->data;
    w->work(w->user);
}

static void work_done(uv_work_t *request, int status)
{
    struct app_work *w = request->data;
    (void)status;
    w->done(w->t, w->user);
    mem_free(w);
}

bool tincan_work(struct tincan *t, void (*work)(void *user),
                 void (*done)(struct tincan *t, void *user), void *user)
{
    struct app_work *w = t->stopped ? NULL : mem_zalloc(sizeof *w);
    if (!w) {
        return refuse(t);
    }
    w->request.data = w;
    w->t = t;
    w->work = work;
    w->done = done;
    w->user = user;
    uv_queue_work(&t->loop.uv, &w->request, do_work, work_done);
    return true;
}

/* --- timers --- */

struct app_after {
    uv_timer_t timer;
    struct app_after *next, *prev;
    struct tincan *t;
    void (*fn)(struct tincan *t, void *user);
    void *user;
};

static void free_after(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void app_after_cancel(struct tincan *t, struct app_after *a)
{
    if (!a) {
        return;
    }
    if (a->prev) {
        a->prev->next = a->next;
    } else {
        t->afters = a->next;
    }
    if (a->next) {
        a->next->prev = a->prev;
    }
    uv_close((uv_handle_t *)&a->timer, free_after);
}

static void on_after(uv_timer_t *timer)
{
    struct app_after *a = timer->data;
    struct tincan *t = a->t;
    void (*fn)(struct tincan * t, void *user) = a->fn;
    void *user = a->user;
    app_after_cancel(t, a);
    fn(t, user);
}

struct app_after *app_after(struct tincan *t, uint32_t delay_ms,
                            void (*fn)(struct tincan *t, void *user), void *user)
{
    struct app_after *a = t->stopped ? NULL : mem_zalloc(sizeof *a);
    if (!a) {
        refuse(t);
        return NULL;
    }
    uv_timer_init(&t->loop.uv, &a->timer);
    a->timer.data = a;
    a->t = t;
    a->fn = fn;
    a->user = user;
    a->next = t->afters;
    if (a->next) {
        a->next->prev = a;
    }
    t->afters = a;
    uv_update_time(&t->loop.uv);
    uv_timer_start(&a->timer, on_after, delay_ms, 0);
    return a;
}

void app_after_end(struct tincan *t)
{
    while (t->afters) {
        on_after(&t->afters->timer);
    }
}

bool tincan_after(struct tincan *t, uint32_t delay_ms, void (*fn)(struct tincan *t, void *user),
                  void *user)
{
    return app_after(t, delay_ms, fn, user) != NULL;
}
