/* Readiness of a reactor's sockets. One epoll descriptor of ours inside libuv's loop: an item costs
 * 24 bytes instead of libuv's 160, closing is immediate, and all sockets that are ready are served
 * in one go each turn.
 *
 * Inv: an item that was removed gets no further call, also within the turn of its removal; its
 * memory is released by poller_free_later, after the turn.
 */
#pragma once

#include "err.h"
#include "loop.h"
#include <stdint.h>
#include <sys/epoll.h>

struct poll_item {
    void (*on_ready)(struct poll_item *item, uint32_t events);
    struct poll_item *next_freed;
    int fd; /* -1: not polled */
    uint32_t interest;
};

struct poller {
    uv_poll_t watch;
    struct loop *loop;
    struct poll_item *freed;
    int epfd;
};

/* Thread: all functions, the loop's, but init and fini before and after it runs. */
enum err poller_init(struct poller *p, struct loop *loop);
/* Release freed items at the end of each turn: to be registered after every other turn hook of the
 * loop. */
void poller_free_at_turn_end(struct poller *p);
/* After all items are removed; the handle is closed with the loop. */
void poller_close(struct poller *p);
/* interest: EPOLLIN, EPOLLOUT, EPOLLRDHUP. Returns: ERR_OK | ERR_IO. */
enum err poller_add(struct poller *p, struct poll_item *item, int fd, uint32_t interest);
void poller_set(struct poller *p, struct poll_item *item, uint32_t interest);
/* Stop watching; the descriptor stays open. Harmless when not polled. */
void poller_remove(struct poller *p, struct poll_item *item);
/* Owns: frees the memory that item is the first member of, at the end of the turn. */
void poller_free_later(struct poller *p, struct poll_item *item);
