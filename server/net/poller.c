/* See poller.h. */
#include "poller.h"

#include "check.h"
#include "mem.h"

#include <stddef.h>
#include <unistd.h>

#define EVENTS_PER_TURN_MAX 1024

static void on_epfd_ready(uv_poll_t *watch, int status, int events)
{
    (void)status;
    (void)events;
    struct poller *p = watch->data;
    struct epoll_event ready[EVENTS_PER_TURN_MAX];
    int n = epoll_wait(p->epfd, ready, EVENTS_PER_TURN_MAX, 0);
    for (int i = 0; i < n; i++) {
        struct poll_item *item = ready[i].data.ptr;
        if (item->fd >= 0) {
            item->on_ready(item, ready[i].events);
        }
    }
}

static void free_items(void *user)
{
    struct poller *p = user;
    struct poll_item *item = p->freed;
    p->freed = NULL;
    while (item) {
        struct poll_item *next = item->next_freed;
        mem_free(item);
        item = next;
    }
}

enum err poller_init(struct poller *p, struct loop *loop)
{
    *p = (struct poller){.loop = loop, .epfd = epoll_create1(EPOLL_CLOEXEC)};
    if (p->epfd < 0) {
        return ERR_IO;
    }
    int e = uv_poll_init(&loop->uv, &p->watch, p->epfd);
    if (e != 0) {
        close(p->epfd);
        return ERR_IO;
    }
    p->watch.data = p;
    e = uv_poll_start(&p->watch, UV_READABLE, on_epfd_ready);
    CHECK(e == 0); /* the system is only asked when the loop runs */
    return ERR_OK;
}

void poller_free_at_turn_end(struct poller *p)
{
    loop_add_turn_hook(p->loop, free_items, p);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct poller *p = handle->data;
    close(p->epfd);
    free_items(p);
}

void poller_close(struct poller *p)
{
    uv_poll_stop(&p->watch);
    uv_close((uv_handle_t *)&p->watch, on_watch_closed);
}

enum err poller_add(struct poller *p, struct poll_item *item, int fd, uint32_t interest)
{
    struct epoll_event e = {.events = interest, .data.ptr = item};
    if (epoll_ctl(p->epfd, EPOLL_CTL_ADD, fd, &e) != 0) {
        return ERR_IO;
    }
    item->fd = fd;
    item->interest = interest;
    return ERR_OK;
}

void poller_set(struct poller *p, struct poll_item *item, uint32_t interest)
{
    if (item->fd >= 0 && item->interest != interest) {
        struct epoll_event e = {.events = interest, .data.ptr = item};
        epoll_ctl(p->epfd, EPOLL_CTL_MOD, item->fd, &e);
        item->interest = interest;
    }
}

void poller_remove(struct poller *p, struct poll_item *item)
{
    if (item->fd >= 0) {
        epoll_ctl(p->epfd, EPOLL_CTL_DEL, item->fd, NULL);
        item->fd = -1;
    }
}

void poller_free_later(struct poller *p, struct poll_item *item)
{
    item->next_freed = p->freed;
    p->freed = item;
}
