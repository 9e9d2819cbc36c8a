/* See http_conn.h. */
#include "http_conn.h"

#include "mem.h"

#include <errno.h>
#include <openssl/err.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_READS_MAX 64
#define ANSWER_BYTES_MAX (256u << 20)

enum http_state { HTTP_PARKED, HTTP_WRITING, HTTP_IDLE, HTTP_LINGER };

static void destroy(struct http_conn *h)
{
    poller_remove(&h->net->poller, &h->item);
    deadline_disarm(&h->deadline);
    if (h->prev) {
        h->prev->next = h->next;
    } else {
        h->net->https = h->next;
    }
    if (h->next) {
        h->next->prev = h->prev;
    }
    net_socket_close(&h->socket);
    mem_free(h->cors_origin);
    buf_fini(&h->out);
    poller_free_later(&h->net->poller, &h->item);
}

static void on_deadline(struct deadline *d)
{
    destroy(CONTAINER_OF(d, struct http_conn, deadline));
}

void http_conn_init_lists(struct net *n)
{
    deadline_list_init(&n->http_idle, &n->loop->deadlines, on_deadline);
    deadline_list_init(&n->http_linger, &n->loop->deadlines, on_deadline);
}

void http_conn_close_all(struct net *n)
{
    while (n->https) {
        destroy(n->https);
    }
}

void http_conn_abort(struct http_conn *h)
{
    destroy(h);
}

static void start_linger(struct http_conn *h)
{
    h->state = HTTP_LINGER;
    if (!h->socket.ssl) {
        shutdown(h->socket.fd, SHUT_WR);
    }
    poller_set(&h->net->poller, &h->item, EPOLLIN);
    deadline_arm_in(&h->net->http_linger, &h->deadline, HTTP_LINGER_MS);
}

static void give_back(struct http_conn *h)
{
    struct net_socket socket = h->socket;
    struct civet *front = h->net->front;
    poller_remove(&h->net->poller, &h->item);
    h->socket.fd = -1;
    h->socket.early = NULL;
    h->socket.ssl = NULL;
    destroy(h);
    enum err ignored = civet_give_back(front, &socket); /* it closes what it cannot take */
    (void)ignored;
}

/* The answer is written. */
static void finish_answer(struct http_conn *h)
{
    buf_fini(&h->out);
    if (!h->keep_alive || !h->net->front) {
        start_linger(h);
    } else if (h->socket.early || (h->socket.ssl && SSL_pending(h->socket.ssl) > 0)) {
        give_back(h); /* the next request was sent behind this one */
    } else {
        h->state = HTTP_IDLE;
        poller_set(&h->net->poller, &h->item, EPOLLIN);
        deadline_arm_in(&h->net->http_idle, &h->deadline, HTTP_IDLE_MS);
    }
}

void http_conn_idle(struct net *n, struct net_socket *socket)
{
    struct http_conn *h = http_conn_open(n, socket, true, (struct slice){NULL, 0});
    if (h) {
        finish_answer(h);
    }
}

static ssize_t write_plain_or_tls(struct http_conn *h, struct slice s)
{
    if (!h->socket.ssl) {
        return send(h->socket.fd, s.p, s.n, MSG_NOSIGNAL);
    }
    size_t n = 0;
    ERR_clear_error();
    if (SSL_write_ex(h->socket.ssl, s.p, s.n, &n) == 1) {
        return (ssize_t)n;
    }
    int e = SSL_get_error(h->socket.ssl, 0);
    errno = e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
}

static void write_answer(struct http_conn *h)
{
    while (h->sent_n < h->out.n) {
        ssize_t n = write_plain_or_tls(h, slice_from(buf_peek(&h->out), h->sent_n));
        if (n < 0 && errno == EAGAIN) {
            poller_set(&h->net->poller, &h->item, EPOLLOUT);
            deadline_arm_in(&h->net->http_idle, &h->deadline, HTTP_IDLE_MS);
            return;
        }
        if (n < 0 && errno != EINTR) {
            destroy(h);
            return;
        }
        h->sent_n += n > 0 ? (size_t)n : 0;
    }
    finish_answer(h);
}

/* Nothing is expected from the peer while its request waits, but its leaving. */
static void check_parked(struct http_conn *h, uint32_t events)
{
    char c;
    ssize_t n = recv(h->socket.fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
    bool gone = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
                (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    if (!gone && h->socket.ssl) {
        char byte;
        size_t got;
        ERR_clear_error();
        gone = SSL_peek_ex(h->socket.ssl, &byte, 1, &got) != 1 &&
               SSL_get_error(h->socket.ssl, 0) != SSL_ERROR_WANT_READ;
    }
    if (gone) {
        if (h->on_abort) {
            h->on_abort(h);
        }
        destroy(h);
    } else if (n > 0 && (!h->socket.ssl || SSL_pending(h->socket.ssl) > 0)) {
        poller_set(&h->net->poller, &h->item,
                   EPOLLRDHUP); /* a pipelined request: look at it after the answer */
    }
}

/* Read away what a client still sends after a refused body, so that it gets to see the answer. */
static void drain(struct http_conn *h)
{
    for (int i = 0; i < LINGER_READS_MAX; i++) {
        ssize_t n = recv(h->socket.fd, h->net->recv_buf, NET_RECV_BYTES, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            break;
        }
    }
    destroy(h);
}

static void on_idle_readable(struct http_conn *h)
{
    char c;
    ssize_t n = recv(h->socket.fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0) {
        give_back(h);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        destroy(h);
    }
}

static void on_ready(struct poll_item *item, uint32_t events)
{
    struct http_conn *h = (struct http_conn *)item;
    switch ((enum http_state)h->state) {
    case HTTP_PARKED:
        check_parked(h, events);
        break;
    case HTTP_WRITING:
        write_answer(h);
        break;
    case HTTP_IDLE:
        on_idle_readable(h);
        break;
    case HTTP_LINGER:
        drain(h);
        break;
    }
}

struct http_conn *http_conn_open(struct net *n, struct net_socket *socket, bool keep_alive,
                                 struct slice cors_origin)
{
    struct http_conn *h = mem_zalloc(sizeof *h);
    if (h && cors_origin.n > 0) {
        h->cors_origin = mem_zalloc(cors_origin.n + 1);
        if (h->cors_origin) {
            memcpy(h->cors_origin, cors_origin.p, cors_origin.n);
        }
    }
    if (!h) {
        net_socket_close(socket);
        return NULL;
    }
    h->net = n;
    h->item.on_ready = on_ready;
    h->item.fd = -1;
    h->keep_alive = keep_alive;
    h->state = HTTP_PARKED;
    buf_init(&h->out, ANSWER_BYTES_MAX);
    if (poller_add(&n->poller, &h->item, socket->fd, 0) != ERR_OK) {
        mem_free(h->cors_origin);
        mem_free(h);
        net_socket_close(socket);
        return NULL;
    }
    h->socket = *socket;
    if (h->socket.ssl) {
        SSL_set_mode(h->socket.ssl,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    h->next = n->https;
    if (h->next) {
        h->next->prev = h;
    }
    n->https = h;
    return h;
}

void http_conn_park(struct http_conn *h, void *owner, void (*on_abort)(struct http_conn *h))
{
    h->owner = owner;
    h->on_abort = on_abort;
    poller_set(&h->net->poller, &h->item, EPOLLIN | EPOLLRDHUP);
}

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 413:
        return "Content Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

static enum err put_head(struct http_conn *h, const struct http_answer *a)
{
    enum err e = buf_printf(&h->out, "HTTP/1.1 %d %s\r\n", a->status, status_text(a->status));
    if (e == ERR_OK && a->content_type.n > 0) {
        e = buf_printf(&h->out, "Content-Type: %.*s\r\n", SL_ARG(a->content_type));
    }
    if (e == ERR_OK) {
        e = buf_printf(
            &h->out,
            "Content-Length: %zu\r\ncache-control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
            "Connection: %s\r\n",
            a->body.n, h->keep_alive ? "keep-alive" : "close");
    }
    if (e == ERR_OK && h->cors_origin) {
        e = buf_printf(&h->out,
                       "Access-Control-Allow-Origin: %s\r\nAccess-Control-Allow-Credentials: "
                       "true\r\nVary: Origin\r\n",
                       h->cors_origin);
    }
    if (e == ERR_OK) {
        e = buf_put(&h->out, a->extra_headers);
    }
    return e == ERR_OK ? buf_put(&h->out, SL("\r\n")) : e;
}

void http_conn_answer(struct http_conn *h, const struct http_answer *answer)
{
    h->on_abort = NULL;
    h->keep_alive = h->keep_alive && !answer->close;
    enum err e = put_head(h, answer);
    if (e == ERR_OK && !h->head_only) {
        e = buf_put(&h->out, answer->body);
    }
    if (e != ERR_OK) {
        destroy(h);
        return;
    }
    h->state = HTTP_WRITING;
    write_answer(h);
}
