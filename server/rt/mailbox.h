/* The only way into a reactor from another thread: an intrusive queue and a wake-up. What is posted
 * is given away whole.
 *
 * Inv: mails run in the order they were posted; a mail is run exactly once, or dropped exactly once
 * after closing.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <uv.h>

struct mail {
    struct mail *next;
    /* Run on the reactor's thread, or, with closed true, when the mailbox was closed before:
     * release what the mail owns.
     * Owns: the mail is the callee's. */
    void (*run)(struct mail *m, bool closed);
};

struct mailbox {
    pthread_mutex_t lock;
    struct mail *head, **tail; /* under lock */
    bool closed;               /* under lock */
    uv_async_t wake;
};

/* Thread: the loop's. on_wake is called on it when there may be mail. Returns 0 or a libuv error.
 * */
int mailbox_init(struct mailbox *b, uv_loop_t *loop, uv_async_cb on_wake);
/* Post. Thread: any. After closing, the mail is run at once with closed true. */
void mailbox_post(struct mailbox *b, struct mail *m);
/* Run all mail that is there now. Returns how many. Thread: the loop's. */
unsigned mailbox_drain(struct mailbox *b);
/* Refuse further mail and drop what is queued. Thread: the loop's. */
void mailbox_close(struct mailbox *b);
/* After the loop has closed the wake handle and no poster is left. */
void mailbox_fini(struct mailbox *b);
