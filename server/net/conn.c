/* See conn.h. */
#include "conn.h"

#include "http_conn.h"
#include "log.h"
#include "mem.h"

#include <errno.h>
#include <openssl/err.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#define DIRECT_CHUNK_BYTES (64u << 10)
#define IOV_MAX_N          64
/* TLS gives one record a call; a flood of them may not keep the others waiting. */
#define TLS_RECORDS_PER_READ_MAX 32

enum conn_state { CONN_OPEN, CONN_CLOSING, CONN_GONE };

static void on_closing_timeout(struct deadline *d);
static void on_ready(struct poll_item *item, uint32_t events);
static void handle_bytes(struct conn *c, char *p, size_t n);
static void destroy(struct conn *c);

enum err net_init(struct net *n, struct loop *loop, const struct conn_callbacks *callbacks)
{
    *n = (struct net){.loop = loop, .callbacks = *callbacks};
    n->recv_buf = mem_alloc(NET_RECV_BYTES);
    if (!n->recv_buf) {
        return ERR_NOMEM;
    }
    chunk_writer_init(&n->direct, DIRECT_CHUNK_BYTES);
    deadline_list_init(&n->conn_closing, &loop->deadlines, on_closing_timeout);
    http_conn_init_lists(n);
    enum err e = poller_init(&n->poller, loop);
    if (e != ERR_OK) {
        net_fini(n);
    }
    return e;
}

void net_close(struct net *n)
{
    while (n->conn_closing.head.next != &n->conn_closing.head) {
        destroy(CONTAINER_OF(n->conn_closing.head.next, struct conn, closing));
    }
    http_conn_close_all(n);
    poller_close(&n->poller);
}

void net_fini(struct net *n)
{
    chunk_writer_fini(&n->direct);
    mem_free(n->recv_buf);
}

struct conn *conn_open(struct net *n, struct net_socket *socket, uint32_t message_max_bytes,
                       void *owner)
{
    struct conn *c = mem_zalloc(sizeof *c);
    if (!c) {
        net_socket_close(socket);
        return NULL;
    }
    c->net = n;
    c->owner = owner;
    c->item.on_ready = on_ready;
    c->item.fd = -1;
    ws_parser_init(&c->parser, WS_SERVER, message_max_bytes);
    if (poller_add(&n->poller, &c->item, socket->fd, EPOLLIN) != ERR_OK) {
        mem_free(c);
        net_socket_close(socket);
        return NULL;
    }
    c->ssl = socket->ssl;
    socket->fd = -1;
    socket->ssl = NULL;
    if (c->ssl) {
        SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    }
    return c;
}

/* Leave the reactor. The structure stays readable until the end of the turn. */
static void destroy(struct conn *c)
{
    CHECK(c->state != CONN_GONE);
    c->state = CONN_GONE;
    int fd = c->item.fd;
    poller_remove(&c->net->poller, &c->item);
    deadline_disarm(&c->closing);
    if (c->ssl) {
        ERR_clear_error();
        SSL_shutdown(
            c->ssl); /* says close_notify if the socket takes it; nobody waits for the answer */
        SSL_free(c->ssl);
        c->ssl = NULL;
    }
    close(fd);
    outq_clear(&c->out);
    ws_parser_fini(&c->parser);
    if (!c->dirty) {
        poller_free_later(&c->net->poller, &c->item);
    } /* else net_flush does, when it takes it off the list */
}

void conn_start(struct conn *c, struct net_socket *socket)
{
    char *early = socket->early;
    socket->early = NULL;
    if (early) {
        handle_bytes(c, early, socket->early_n);
        mem_free(early);
    }
    if (c->state == CONN_OPEN && c->ssl && SSL_pending(c->ssl) > 0) {
        conn_read(c);
    }
}

void conn_mark_dirty(struct conn *c)
{
    if (!c->dirty) {
        c->dirty = true;
        c->next_dirty = c->net->dirty;
        c->net->dirty = c;
    }
}

bool conn_send(struct conn *c, struct out_slice frames)
{
    conn_mark_dirty(c);
    return outq_push(&c->out, frames) == ERR_OK;
}

bool conn_send_frame(struct conn *c, enum ws_opcode opcode, struct slice head, struct slice tail)
{
    struct out_slice s;
    return chunk_put_frame(&c->net->direct, opcode, head, tail, &s) == ERR_OK && conn_send(c, s);
}

static void enter_closing(struct conn *c)
{
    c->state = CONN_CLOSING;
    c->owner = NULL;
    deadline_arm_in(&c->net->conn_closing, &c->closing, CONN_CLOSE_TIMEOUT_MS);
    conn_mark_dirty(c);
}

void conn_close(struct conn *c, uint16_t code)
{
    CHECK(c->state == CONN_OPEN);
    char bytes[2] = {(char)(code >> 8), (char)(code & 0xff)};
    struct slice body = {bytes, code ? 2 : 0};
    if (!conn_send_frame(c, WS_CLOSE, body, (struct slice){NULL, 0})) {
        conn_abort(c);
        return;
    }
    enter_closing(c);
}

void conn_abort(struct conn *c)
{
    destroy(c);
}

static void on_closing_timeout(struct deadline *d)
{
    destroy(CONTAINER_OF(d, struct conn, closing));
}

/* The peer is gone or is to go: tell the owner, which lets go of c. */
static void tell_closed(struct conn *c, enum err why, const char *reason)
{
    c->net->callbacks.on_closed(c, why, reason);
    c->owner = NULL;
}

static void peer_lost(struct conn *c, enum err why, const char *reason)
{
    if (c->state == CONN_OPEN) {
        tell_closed(c, why, reason);
    }
    destroy(c);
}

static void on_control(struct conn *c, const struct ws_event *ev)
{
    if (ev->opcode == WS_PING) {
        if (!conn_send_frame(c, WS_PONG, ev->data, (struct slice){NULL, 0})) {
            peer_lost(c, ERR_NOMEM, "out of memory");
        }
    } else if (ev->opcode == WS_CLOSE) {
        tell_closed(c, ERR_CLOSED, "transport close");
        conn_close(c, ev->close_code == 1005 ? 0 : ev->close_code);
        c->peer_closed = true;
    }
}

static void fail_protocol(struct conn *c, enum err why)
{
    log_peer(LOG_INFO, L_WS, "closing after a protocol violation", "fd=%d code=%u reason=\"%s\"",
             c->item.fd, c->parser.close_code, c->parser.reason);
    tell_closed(c, why, c->parser.reason);
    conn_close(c, c->parser.close_code);
}

static void parse(struct conn *c, char *p, size_t n)
{
    while (c->state == CONN_OPEN) { /* until ERR_MORE: that frees the message delivered last */
        struct ws_event ev;
        enum err e = ws_parser_feed(&c->parser, &p, &n, &ev);
        if (e == ERR_MORE) {
            return;
        }
        if (e != ERR_OK) {
            fail_protocol(c, e);
            return;
        }
        if (ev.opcode == WS_TEXT || ev.opcode == WS_BINARY) {
            c->net->callbacks.on_message(c, ev.opcode, ev.data);
        } else {
            on_control(c, &ev);
        }
    }
}

/* While closing: throw away everything but the peer's close frame, which ends it. */
static void parse_closing(struct conn *c, char *p, size_t n)
{
    while (n > 0 && c->state == CONN_CLOSING) {
        struct ws_event ev;
        enum err e = ws_parser_feed(&c->parser, &p, &n, &ev);
        if (e == ERR_MORE) {
            return;
        }
        if (e != ERR_OK) {
            return; /* the parser is dead: swallow the rest, so that no reset overtakes our close frame */
        }
        if (ev.opcode == WS_CLOSE) {
            n = 0;
            c->peer_closed = true;
            conn_mark_dirty(c); /* gone once what is queued is written */
        }
    }
}

static void handle_bytes(struct conn *c, char *p, size_t n)
{
    if (c->state == CONN_OPEN) {
        parse(c, p, n);
    } else if (c->state == CONN_CLOSING) {
        parse_closing(c, p, n);
    }
}

/* Returns bytes read, 0 when the peer closed, -1 when there is nothing now, -2 on failure. */
static ssize_t receive(struct conn *c)
{
    if (!c->ssl) {
        ssize_t n = recv(c->item.fd, c->net->recv_buf, NET_RECV_BYTES, 0);
        return n >= 0 ? n : (errno == EAGAIN || errno == EINTR) ? -1 : -2;
    }
    size_t n = 0;
    ERR_clear_error();
    if (SSL_read_ex(c->ssl, c->net->recv_buf, NET_RECV_BYTES, &n) == 1) {
        return (ssize_t)n;
    }
    switch (SSL_get_error(c->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        return -2;
    }
}

void conn_read(struct conn *c)
{
    CHECK(c->item.fd >= 0);
    unsigned records_n = 0;
    do {
        ssize_t n = receive(c);
        if (n == -1) {
            return;
        }
        if (n <= 0) {
            peer_lost(c, n == 0 ? ERR_CLOSED : ERR_IO,
                      n == 0 ? "transport close" : "transport error");
            return;
        }
        handle_bytes(c, c->net->recv_buf, (size_t)n);
    } while (c->state != CONN_GONE && c->ssl && ++records_n < TLS_RECORDS_PER_READ_MAX);
}

/* Returns false when the socket failed. */
static bool write_some(struct conn *c, bool *blocked)
{
    size_t n = 0;
    *blocked = false;
    if (c->ssl) {
        struct slice front = outq_front(&c->out);
        ERR_clear_error();
        if (SSL_write_ex(c->ssl, front.p, front.n, &n) != 1) {
            int e = SSL_get_error(c->ssl, 0);
            *blocked = e == SSL_ERROR_WANT_WRITE || e == SSL_ERROR_WANT_READ;
            return *blocked;
        }
    } else {
        struct iovec iov[IOV_MAX_N];
        size_t bytes;
        struct msghdr m = {.msg_iov = iov};
        m.msg_iovlen = outq_iov(&c->out, iov, IOV_MAX_N, &bytes);
        ssize_t sent = m.msg_iovlen == 1
                           ? send(c->item.fd, iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL)
                           : sendmsg(c->item.fd, &m, MSG_NOSIGNAL);
        if (sent < 0) {
            *blocked = errno == EAGAIN || errno == EINTR;
            return *blocked;
        }
        n = (size_t)sent;
        *blocked = n < bytes;
    }
    outq_advance(&c->out, n);
    return true;
}

static void flush(struct conn *c)
{
    bool blocked = false;
    while (!outq_empty(&c->out) && !blocked) {
        if (!write_some(c, &blocked)) {
            peer_lost(c, ERR_IO, "transport error");
            return;
        }
    }
    poller_set(&c->net->poller, &c->item, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (outq_over(&c->out)) {
        log_peer(LOG_INFO, L_WS, "closing a slow reader", "fd=%d queued_bytes=%u", c->item.fd,
                 c->out.bytes);
        peer_lost(c, ERR_LIMIT, "transport close");
        return;
    }
    if (c->state == CONN_CLOSING && outq_empty(&c->out)) {
        if (c->peer_closed) {
            destroy(c);
        } else {
            if (c->ssl) {
                ERR_clear_error();
                SSL_shutdown(c->ssl);
            }
            shutdown(c->item.fd, SHUT_WR);
        }
    }
}

void net_flush(struct net *n)
{
    while (n->dirty) {
        struct conn *c = n->dirty;
        n->dirty = c->next_dirty;
        c->dirty = false;
        if (c->state == CONN_GONE) {
            poller_free_later(&n->poller, &c->item);
        } else {
            flush(c);
        }
    }
    chunk_writer_recycle(&n->direct);
}

static void on_ready(struct poll_item *item, uint32_t events)
{
    struct conn *c = (struct conn *)item;
    if (events & EPOLLOUT) {
        conn_mark_dirty(c);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        conn_read(c);
    }
}
