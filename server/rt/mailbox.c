/* See mailbox.h. */
#include "mailbox.h"

#include <stddef.h>

int mailbox_init(struct mailbox *b, uv_loop_t *loop, uv_async_cb on_wake)
{
    pthread_mutex_init(&b->lock, NULL);
    b->head = NULL;
    b->tail = &b->head;
    b->closed = false;
    return uv_async_init(loop, &b->wake, on_wake);
}

void mailbox_post(struct mailbox *b, struct mail *m)
{
    m->next = NULL;
    pthread_mutex_lock(&b->lock);
    bool closed = b->closed;
    if (!closed) {
        bool first = b->head == NULL;
        *b->tail = m;
        b->tail = &m->next;
        if (first) {
            uv_async_send(
                &b->wake); /* under the lock, so that it cannot meet the closing of the handle */
        }
    }
    pthread_mutex_unlock(&b->lock);
    if (closed) {
        m->run(m, true);
    }
}

static struct mail *take_all(struct mailbox *b, bool closing)
{
    pthread_mutex_lock(&b->lock);
    struct mail *m = b->head;
    b->head = NULL;
    b->tail = &b->head;
    b->closed = b->closed || closing;
    pthread_mutex_unlock(&b->lock);
    return m;
}

static unsigned run_all(struct mail *m, bool closed)
{
    unsigned n = 0;
    while (m) {
        struct mail *next = m->next;
        m->run(m, closed);
        m = next;
        n++;
    }
    return n;
}

unsigned mailbox_drain(struct mailbox *b)
{
    return run_all(take_all(b, false), false);
}

void mailbox_close(struct mailbox *b)
{
    run_all(take_all(b, true), true);
}

void mailbox_fini(struct mailbox *b)
{
    pthread_mutex_destroy(&b->lock);
}
