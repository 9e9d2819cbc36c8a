/* See bench_conn.h. */
#include "bench_conn.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES     (256u * 1024u)
#define TURN_EVENTS    512
#define SEND_WAIT_MS   10000
#define HEAD_BYTES_MAX 8192

enum { OP_TEXT = 1, OP_CLOSE = 8 };

static const char upgrade_request[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                                      "Host: localhost\r\n"
                                      "Upgrade: websocket\r\n"
                                      "Connection: Upgrade\r\n"
                                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                      "Sec-WebSocket-Version: 13\r\n\r\n";

struct bench_set {
    int epoll_fd;
    unsigned conns_n;
    struct sockaddr_in address;
    struct bench_callbacks callbacks;
    struct bench_conn *conns;
    uint8_t pong[16], join[16];
    size_t pong_bytes, join_bytes;
    uint8_t *buffer; /* BENCH_CARRY_BYTES, then READ_BYTES */
};

int64_t bench_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

size_t bench_frame(uint8_t *out, size_t frame_max, const char *text, size_t text_bytes)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    size_t head_bytes = text_bytes < 126 ? 2 : 4;
    if (text_bytes > 0xffff || head_bytes + sizeof(mask) + text_bytes > frame_max)
        return 0;
    out[0] = 0x80 | OP_TEXT;
    if (head_bytes == 2) {
        out[1] = (uint8_t)(0x80 | text_bytes);
    } else {
        out[1] = 0x80 | 126;
        out[2] = (uint8_t)(text_bytes >> 8);
        out[3] = (uint8_t)text_bytes;
    }
    memcpy(out + head_bytes, mask, sizeof(mask));
    for (size_t i = 0; i < text_bytes; i++)
        out[head_bytes + sizeof(mask) + i] = (uint8_t)text[i] ^ mask[i % 4];
    return head_bytes + sizeof(mask) + text_bytes;
}

struct bench_set *bench_set_new(const struct sockaddr_in *address, unsigned conns_n,
                                struct bench_callbacks callbacks)
{
    struct bench_set *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->address = *address;
    s->callbacks = callbacks;
    s->conns_n = conns_n;
    s->conns = calloc(conns_n, sizeof(*s->conns));
    s->buffer = malloc(BENCH_CARRY_BYTES + READ_BYTES);
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    s->pong_bytes = bench_frame(s->pong, sizeof(s->pong), "3", 1);
    s->join_bytes = bench_frame(s->join, sizeof(s->join), "40", 2);
    for (unsigned i = 0; s->conns && i < conns_n; i++)
        s->conns[i].fd = -1;
    if (!s->conns || !s->buffer || s->epoll_fd < 0) {
        bench_set_free(s);
        return NULL;
    }
    return s;
}

void bench_set_free(struct bench_set *s)
{
    for (unsigned i = 0; s->conns && i < s->conns_n; i++) {
        if (s->conns[i].fd >= 0)
            close(s->conns[i].fd);
    }
    if (s->epoll_fd >= 0)
        close(s->epoll_fd);
    free(s->conns);
    free(s->buffer);
    free(s);
}

struct bench_conn *bench_set_conn(struct bench_set *s, unsigned index)
{
    return &s->conns[index];
}

static void conn_close(struct bench_set *s, struct bench_conn *c, const char *why)
{
    if (c->state == BENCH_CLOSED)
        return;
    c->state = BENCH_CLOSED;
    close(c->fd);
    c->fd = -1;
    s->callbacks.on_closed(s->callbacks.user, c, why);
}

bool bench_connect(struct bench_set *s, struct bench_conn *c)
{
    int one = 1;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    *c = (struct bench_conn){.fd = fd, .state = BENCH_CONNECTING};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if ((connect(fd, (const struct sockaddr *)&s->address, sizeof(s->address)) < 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        close(fd);
        c->fd = -1;
        c->state = BENCH_CLOSED;
        return false;
    }
    return true;
}

bool bench_send(struct bench_set *s, struct bench_conn *c, const void *frame, size_t frame_bytes)
{
    const uint8_t *at = frame;
    while (frame_bytes > 0) {
        ssize_t n = send(c->fd, at, frame_bytes, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            struct pollfd room = {.fd = c->fd, .events = POLLOUT};
            if (poll(&room, 1, SEND_WAIT_MS) > 0)
                continue;
        }
        if (n < 0) {
            conn_close(s, c, "the server does not read");
            return false;
        }
        at += n;
        frame_bytes -= (size_t)n;
    }
    return true;
}

/* Connected, or failed to. */
static void handle_connected(struct bench_set *s, struct bench_conn *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int error = 0;
    socklen_t error_bytes = sizeof(error);
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &error_bytes);
    if (error) {
        conn_close(s, c, "cannot connect");
        return;
    }
    c->state = BENCH_UPGRADING;
    epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
    bench_send(s, c, upgrade_request, sizeof(upgrade_request) - 1);
}

/* Use up the HTTP answer. Returns how many of the bytes it was, up to all. */
static size_t walk_head(struct bench_set *s, struct bench_conn *c, const uint8_t *at, size_t bytes)
{
    static const char expected[] = "HTTP/1.1 101", head_end[] = "\r\n\r\n";
    for (size_t i = 0; i < bytes; i++) {
        if (c->head_bytes < sizeof(expected) - 1 && at[i] != (uint8_t)expected[c->head_bytes]) {
            conn_close(s, c, "the upgrade was refused");
            return bytes;
        }
        if (++c->head_bytes > HEAD_BYTES_MAX) {
            conn_close(s, c, "the HTTP answer does not end");
            return bytes;
        }
        if (at[i] == (uint8_t)head_end[c->head_end_match])
            c->head_end_match++;
        else
            c->head_end_match = at[i] == '\r';
        if (c->head_end_match == sizeof(head_end) - 1) {
            c->state = BENCH_OPENING;
            return i + 1;
        }
    }
    return bytes;
}

/* A text packet that is not an event, known by its first two bytes. */
static void handle_packet(struct bench_set *s, struct bench_conn *c, uint8_t first, uint8_t second)
{
    if (first == '2') {
        bench_send(s, c, s->pong, s->pong_bytes);
    } else if (first == '0' && c->state == BENCH_OPENING) {
        c->state = BENCH_JOINING;
        bench_send(s, c, s->join, s->join_bytes);
    } else if (first == '4' && second == '0' && c->state == BENCH_JOINING) {
        c->state = BENCH_LIVE;
        s->callbacks.on_live(s->callbacks.user, c);
    } else if (first != '6') {
        conn_close(s, c, "an unexpected packet");
    }
}

/* Walk the frames in at[0..bytes]. Returns how many bytes were used; the rest is the start of a
 * header. */
static size_t walk_frames(struct bench_set *s, struct bench_conn *c, const uint8_t *at,
                          size_t bytes)
{
    size_t used = 0;
    while (used < bytes && c->state != BENCH_CLOSED) {
        size_t left = bytes - used, head = 2;
        if (c->skip_bytes > 0) {
            size_t step = c->skip_bytes < left ? (size_t)c->skip_bytes : left;
            c->skip_bytes -= step;
            used += step;
            continue;
        }
        if (left < 2)
            break;
        const uint8_t *frame = at + used;
        uint64_t length = frame[1] & 0x7f;
        if (length >= 126) {
            head = length == 126 ? 4 : 10;
            if (left < head)
                break;
            length = 0;
            for (size_t i = 2; i < head; i++)
                length = length << 8 | frame[i];
        }
        size_t looked_at = length < 2 ? (size_t)length : 2;
        if (left < head + looked_at)
            break;
        used += head;
        c->skip_bytes = length;
        if ((frame[0] & 0x0f) == OP_CLOSE) {
            conn_close(s, c, "closed by the server");
        } else if ((frame[0] & 0x0f) == OP_TEXT && length > 0) {
            if (length >= 2 && frame[head] == '4' && frame[head + 1] == '2')
                c->received_n++;
            else
                handle_packet(s, c, frame[head], length >= 2 ? frame[head + 1] : 0);
        }
    }
    return used;
}

/* Read once and account for it. Returns whether there may be more. */
static bool conn_read(struct bench_set *s, struct bench_conn *c)
{
    uint8_t *fresh = s->buffer + BENCH_CARRY_BYTES;
    ssize_t n = recv(c->fd, fresh, READ_BYTES, 0);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            conn_close(s, c, n == 0 ? "closed by the server" : "reset by the server");
        return false;
    }
    uint8_t *at = fresh - c->carry_bytes;
    size_t bytes = (size_t)n + c->carry_bytes;
    memcpy(at, c->carry, c->carry_bytes);
    c->carry_bytes = 0;
    if (c->state == BENCH_UPGRADING) {
        size_t head = walk_head(s, c, at, bytes);
        at += head;
        bytes -= head;
    }
    uint64_t before_n = c->received_n;
    size_t used = walk_frames(s, c, at, bytes);
    if (c->state != BENCH_CLOSED) {
        c->carry_bytes = (uint8_t)(bytes - used);
        memcpy(c->carry, at + used, c->carry_bytes);
    }
    if (c->received_n != before_n)
        s->callbacks.on_events(s->callbacks.user, c, (unsigned)(c->received_n - before_n));
    return (size_t)n == READ_BYTES && c->state != BENCH_CLOSED;
}

void bench_turn(struct bench_set *s, int wait_ms)
{
    struct epoll_event events[TURN_EVENTS];
    int n = epoll_wait(s->epoll_fd, events, TURN_EVENTS, wait_ms);
    for (int i = 0; i < n; i++) {
        struct bench_conn *c = events[i].data.ptr;
        if (c->state == BENCH_CLOSED)
            continue;
        if (c->state == BENCH_CONNECTING)
            handle_connected(s, c);
        while (c->state != BENCH_CLOSED && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) &&
               conn_read(s, c))
            ;
    }
}
