/* See front.h. */
#include "front.h"

#include "body.h"
#include "civet_detach.h"
#include "clock.h"
#include "log.h"
#include "mem.h"

#include <unistd.h>

#define LINGER_MS              1000
#define LINGER_BYTES_MAX       (256 << 10)
#define BODY_TIMEOUT_MS        10000 /* and as long again as a slow line needs: */
#define SLOW_LINE_BYTES_PER_MS 16
#define ERROR_BYTES_MAX        1024
#define FILE_PIECE_BYTES       (64u << 10)
#define ONE_WRITE_BYTES_MAX    16384 /* head and body together */

static int64_t now_ms(void)
{
    return clock_now_us() / 1000;
}

static int left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - now_ms();
    return left > INT32_MAX ? INT32_MAX : (int)left;
}

static struct front_worker *worker_of(const struct mg_connection *conn)
{
    return mg_get_thread_pointer(conn);
}

/* Writing */

static enum err write_all(struct mg_connection *conn, struct slice s, int64_t deadline_ms)
{
    while (s.n > 0) {
        int left = left_ms(deadline_ms);
        int n = left > 0 ? detach_write(conn, s.p, s.n, left) : -1;
        if (n < 0) {
            return ERR_IO;
        }
        s = slice_from(s, (size_t)n);
    }
    return ERR_OK;
}

/* A slow reader may not hold a thread for ever. */
static int64_t write_deadline(size_t n)
{
    return now_ms() + BODY_TIMEOUT_MS + (int64_t)(n / SLOW_LINE_BYTES_PER_MS);
}

/* Say goodbye, and take in what the peer is still sending: closing with unread data would reset the
 * connection, and the peer could lose the answer. */
static void linger(struct mg_connection *conn)
{
    int64_t deadline_ms = now_ms() + LINGER_MS;
    detach_shut(conn);
    for (int n = 0, total = 0; n >= 0 && total < LINGER_BYTES_MAX; total += n) {
        int left = left_ms(deadline_ms);
        n = left > 0 ? detach_drop(conn, left) : -1;
    }
}

static void send_error(struct mg_connection *conn, const struct gate_refusal *why)
{
    char memory[ERROR_BYTES_MAX];
    struct buf out = {.p = memory, .cap = sizeof memory, .max = sizeof memory};
    struct slice extra = why->status == 426
                             ? SL("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
                             : (struct slice){0};
    if (http_error_render(why->status, why->code, why->message, extra, &out) == ERR_OK &&
        write_all(conn, buf_peek(&out), write_deadline(out.n)) == ERR_OK) {
        linger(conn);
    }
}

/* Reading the head */

/* An idle keep-alive connection: false when it ends before its next request begins. */
static bool await_first_bytes(struct mg_connection *conn)
{
    size_t n, cap;
    char *p = detach_buffer(conn, &n, &cap);
    int64_t deadline_ms = now_ms() + HTTP_IDLE_WAIT_MS;
    while (n == 0) {
        int left = left_ms(deadline_ms);
        int got = left > 0 ? detach_read(conn, p, cap, left) : -1;
        if (got < 0) {
            return false;
        }
        n = (size_t)got;
    }
    detach_set_filled(conn, n);
    return true;
}

/* Returns: ERR_OK | ERR_CLOSED, there is nothing to answer | ERR_PROTO, *why is to be sent. */
static enum err read_head(struct front_worker *w, struct mg_connection *conn,
                          struct gate_refusal *why)
{
    size_t n, cap, scanned_n = 0;
    char *p = detach_buffer(conn, &n, &cap);
    int64_t deadline_ms = now_ms() + w->front->head_timeout_ms;
    for (;;) {
        enum err e = gate_find_end((struct slice){p, n}, &scanned_n, &w->head_n, why);
        if (e != ERR_MORE) {
            return e ? ERR_PROTO : gate_check((struct slice){p, w->head_n}, &w->request, why);
        }
        CHECK(n < cap); /* the gate's limit is below the buffer's */
        int left = left_ms(deadline_ms);
        if (left <= 0) {
            *why =
                (struct gate_refusal){408, "timeout", "The request head did not arrive in time."};
            return n > 0 ? ERR_PROTO : ERR_CLOSED;
        }
        int got = detach_read(conn, p + n, cap - n, left);
        if (got < 0) {
            return ERR_CLOSED;
        }
        n += (size_t)got;
        detach_set_filled(conn, n);
    }
}

int front_on_connection(const struct mg_connection *const_conn, void **unused)
{
    struct mg_connection *conn =
        (struct mg_connection *)const_conn; /* CivetWeb's const only forbids its own calls */
    struct front_worker *w = worker_of(conn);
    struct gate_refusal why;
    bool idle;
    (void)unused;
    detach_arrive(conn, &idle);
    if (!w) {
        detach_refuse(conn);
        return 0;
    }
    w->unanswered = false;
    enum err e = idle && !await_first_bytes(conn) ? ERR_CLOSED : read_head(w, conn, &why);
    if (e == ERR_OK) {
        w->unanswered = true;
        return 0;
    }
    if (e == ERR_PROTO) {
        send_error(conn, &why);
    }
    detach_refuse(conn);
    return 0;
}

/* Reading the body */

static enum err read_length(struct mg_connection *conn, struct slice *behind, uint64_t length,
                            struct buf *out, int64_t deadline_ms)
{
    char *p;
    enum err e = buf_reserve(out, length, &p);
    if (e) {
        return e;
    }
    size_t n = behind->n < length ? behind->n : length;
    memcpy(p, behind->p, n);
    *behind = slice_from(*behind, n);
    while (n < length) {
        int left = left_ms(deadline_ms);
        int got = left > 0 ? detach_read(conn, p + n, length - n, left) : -1;
        if (got < 0) {
            return ERR_IO;
        }
        n += (size_t)got;
    }
    out->n = n;
    return ERR_OK;
}

/* The part of CivetWeb's buffer behind the head is used again and again; the head must stay. */
static enum err read_chunks(struct mg_connection *conn, size_t head_n, struct slice *behind,
                            struct buf *out, int64_t deadline_ms)
{
    struct body_chunks chunks = {0};
    size_t filled, cap;
    char *p = detach_buffer(conn, &filled, &cap) + head_n;
    for (;;) {
        enum err e = body_chunks_feed(&chunks, behind, out);
        if (e != ERR_MORE) {
            return e == ERR_PROTO ? ERR_IO : e;
        }
        int left = left_ms(deadline_ms);
        int got = left > 0 ? detach_read(conn, p, cap - head_n, left) : -1;
        if (got < 0) {
            return ERR_IO;
        }
        *behind = (struct slice){p, (size_t)got};
    }
}

/* *behind: what follows the head in the buffer; then what follows the body.
 * Returns: ERR_OK | ERR_LIMIT, longer than out's cap | ERR_IO, cut off, late or malformed |
 * ERR_NOMEM. */
static enum err read_body(struct front_worker *w, struct mg_connection *conn, struct slice *behind,
                          struct buf *out)
{
    const struct gate_request *r = &w->request;
    if (r->body == GATE_BODY_NONE) {
        return ERR_OK;
    }
    if (r->body == GATE_BODY_LENGTH && r->content_length > out->max) {
        return ERR_LIMIT;
    }
    uint64_t most = r->body == GATE_BODY_LENGTH ? r->content_length : out->max;
    int64_t deadline_ms = now_ms() + BODY_TIMEOUT_MS + (int64_t)(most / SLOW_LINE_BYTES_PER_MS);
    if (r->expect_continue && behind->n == 0 &&
        write_all(conn, SL("HTTP/1.1 100 Continue\r\n\r\n"), deadline_ms) != ERR_OK) {
        return ERR_IO;
    }
    return r->body == GATE_BODY_LENGTH
               ? read_length(conn, behind, r->content_length, out, deadline_ms)
               : read_chunks(conn, w->head_n, behind, out, deadline_ms);
}

/* Answering and handing over */

/* Who asks, and how: the peer, or whom a trusted one speaks for. */
static struct proxy_view see(struct front_worker *w, const struct mg_connection *conn)
{
    const struct mg_request_info *info = mg_get_request_info(conn);
    struct proxy_view view = {.address = slice_str(info->remote_addr), .tls = info->is_ssl};
    proxy_see(&w->front->trust, w->request.headers, w->request.headers_n, w->address, &view);
    if (view.malformed) {
        log_peer(LOG_WARN, L_HTTP, "ignored what a trusted proxy said", "peer=%s header=%s",
                 info->remote_addr, view.malformed);
    }
    return view;
}

static struct http_request describe(struct front_worker *w, const struct mg_connection *conn)
{
    const struct proxy_view view = see(w, conn);
    return (struct http_request){
        .method = w->request.method,
        .path = w->request.path,
        .query = w->request.query,
        .remote_address = view.address,
        .tls = view.tls,
        .keep_alive = w->request.keep_alive && !atomic_load(&w->front->stopping),
        .headers = w->request.headers,
        .headers_n = w->request.headers_n,
    };
}

static unsigned listener_of(const struct front *f, const struct mg_connection *conn)
{
    uint16_t port = detach_local_port(conn);
    for (unsigned i = 0; i < f->ports_n; i++) {
        if (f->ports[i] == port) {
            return i;
        }
    }
    return 0;
}

static enum err take_socket(struct front_worker *w, struct mg_connection *conn, struct slice early,
                            struct net_socket *out)
{
    enum err e = detach_take(conn, early, out);
    if (!e) {
        out->listener = listener_of(w->front, conn);
    }
    return e;
}

/* Piece by piece: a slow reader costs a thread, but no memory. */
static enum err send_file(struct mg_connection *conn, const struct http_reply *reply)
{
    char *piece = mem_alloc(FILE_PIECE_BYTES);
    uint64_t left = reply->file_n, at = reply->file_offset;
    enum err e = piece ? ERR_OK : ERR_NOMEM;
    while (e == ERR_OK && left > 0) {
        size_t wanted = left < FILE_PIECE_BYTES ? (size_t)left : FILE_PIECE_BYTES;
        ssize_t n = pread(reply->file_fd, piece, wanted, (off_t)at);
        if (n <= 0) {
            e = ERR_IO; /* shorter than was said: the peer must see that it is cut off */
            break;
        }
        e = write_all(conn, (struct slice){piece, (size_t)n}, write_deadline((size_t)n));
        at += (uint64_t)n;
        left -= (uint64_t)n;
    }
    mem_free(piece);
    return e;
}

static enum err send_reply(struct front_worker *w, struct mg_connection *conn,
                           const struct http_reply *reply, bool keep_alive)
{
    struct buf out = {.max = 64u << 10};
    struct slice body;
    bool head_only = slice_eq(w->request.method, SL("HEAD"));
    enum err e = http_reply_render(reply, head_only, keep_alive, &out, &body);
    if (e == ERR_INVALID) {
        struct http_reply broken = {.status = 500};
        e = http_reply_render(&broken, head_only, keep_alive, &out, &body);
    }
    if (!e && body.n <= ONE_WRITE_BYTES_MAX) {
        e = buf_put(&out, body);
        body.n = 0;
    }
    int64_t deadline_ms = write_deadline(out.n + body.n);
    e = e ? e : write_all(conn, buf_peek(&out), deadline_ms);
    e = e ? e : write_all(conn, body, deadline_ms);
    if (!e && reply->has_file && !head_only) {
        e = send_file(conn, reply);
    }
    buf_fini(&out);
    return e;
}

/* After an answer: the connection waits for its next request elsewhere. */
static void keep(struct front_worker *w, struct mg_connection *conn, struct slice early)
{
    struct front *f = w->front;
    struct net_socket socket;
    if (take_socket(w, conn, early, &socket) != ERR_OK) {
        return;
    }
    bool begun = socket.early_n > 0 || (socket.ssl && SSL_has_pending(socket.ssl));
    if (!begun && f->callbacks.on_idle) {
        f->callbacks.on_idle(f->callbacks.user, socket);
    } else {
        f->requeue(f, &socket, !begun);
    }
}

/* A body that is read by whoever answers. */
struct stream {
    struct http_body body; /* first */
    struct front_worker *w;
    struct mg_connection *conn;
    struct slice behind;
    uint64_t left;
    int64_t deadline_ms; /* 0: nothing has been asked for yet */
};

static enum err begin_stream(struct stream *s)
{
    s->deadline_ms =
        now_ms() + BODY_TIMEOUT_MS + (int64_t)(s->body.length / SLOW_LINE_BYTES_PER_MS);
    return s->w->request.expect_continue && s->behind.n == 0
               ? write_all(s->conn, SL("HTTP/1.1 100 Continue\r\n\r\n"), s->deadline_ms)
               : ERR_OK;
}

static enum err read_stream(struct http_body *body, char *out, size_t cap, size_t *n)
{
    struct stream *s = (struct stream *)body;
    size_t wanted = s->left < cap ? (size_t)s->left : cap;
    if (s->left > 0 && s->deadline_ms == 0 && begin_stream(s) != ERR_OK) {
        return ERR_IO;
    }
    if (s->behind.n > 0 && wanted > 0) {
        wanted = wanted < s->behind.n ? wanted : s->behind.n;
        memcpy(out, s->behind.p, wanted);
        s->behind = slice_from(s->behind, wanted);
    } else if (wanted > 0) {
        int got = 0;
        while (got == 0) {
            int left = left_ms(s->deadline_ms);
            got = left > 0 ? detach_read(s->conn, out, wanted, left) : -1;
        }
        if (got < 0) {
            return ERR_IO;
        }
        wanted = (size_t)got;
    }
    s->left -= wanted;
    *n = wanted;
    return ERR_OK;
}

static bool is_streamed(struct front_worker *w, const struct mg_connection *conn)
{
    struct http_request request = describe(w, conn);
    return w->front->callbacks.streams &&
           w->front->callbacks.streams(w->front->callbacks.user, &request);
}

static void serve_stream(struct front_worker *w, struct mg_connection *conn, struct slice behind)
{
    struct front *f = w->front;
    struct stream s = {.body = {.length = w->request.content_length, .read = read_stream},
                       .w = w,
                       .conn = conn,
                       .behind = behind,
                       .left = w->request.content_length};
    if (w->request.body == GATE_BODY_CHUNKED) {
        send_error(conn, &(struct gate_refusal){411, "length_required",
                                                "This needs a Content-Length header."});
        return;
    }
    struct http_request request = describe(w, conn);
    struct http_reply reply = {.status = 404};
    request.stream = &s.body;
    f->callbacks.on_http(f->callbacks.user, &request, &reply);
    bool keep_alive = request.keep_alive && s.left == 0 && !atomic_load(&f->stopping);
    enum err e = send_reply(w, conn, &reply, keep_alive);
    http_reply_fini(&reply);
    if (e == ERR_OK && keep_alive) {
        keep(w, conn, s.behind);
    } else if (e == ERR_OK && s.left > 0) {
        linger(conn);
    }
}

static void serve_http(struct front_worker *w, struct mg_connection *conn, struct slice behind)
{
    struct front *f = w->front;
    struct buf body = {.max = HTTP_BODY_BYTES_MAX};
    enum err e = read_body(w, conn, &behind, &body);
    if (e == ERR_OK) {
        struct http_request request = describe(w, conn);
        struct http_reply reply = {.status = 404};
        request.body = buf_peek(&body);
        f->callbacks.on_http(f->callbacks.user, &request, &reply);
        bool keep_alive = request.keep_alive && !atomic_load(&f->stopping);
        e = send_reply(w, conn, &reply, keep_alive);
        http_reply_fini(&reply);
        if (e == ERR_OK && keep_alive) {
            keep(w, conn, behind);
        }
    } else if (e == ERR_LIMIT) {
        send_error(conn,
                   &(struct gate_refusal){413, "body_too_large", "The request body is too large."});
    } else if (e == ERR_NOMEM) {
        send_error(conn, &(struct gate_refusal){503, "busy", "The server is out of memory."});
    }
    buf_fini(&body);
}

static void serve_engine(struct front_worker *w, struct mg_connection *conn, struct slice behind)
{
    struct front *f = w->front;
    struct buf body = {.max = f->body_max_bytes};
    struct net_socket socket;
    enum err e = read_body(w, conn, &behind, &body);
    if (e == ERR_NOMEM) {
        send_error(conn, &(struct gate_refusal){503, "busy", "The server is out of memory."});
    } else {
        struct http_request request = describe(w, conn);
        if (e != ERR_OK) {
            request.keep_alive = false;
            behind.n = 0; /* the rest of a body is no request */
            body.n = 0;
        }
        if (take_socket(w, conn, behind, &socket) == ERR_OK) {
            f->callbacks.on_engine(f->callbacks.user, &request, e, buf_peek(&body), socket);
        }
    }
    buf_fini(&body);
}

/* True: CivetWeb goes on to the 101. */
static bool approve_upgrade(struct front_worker *w, struct mg_connection *conn, bool is_engine)
{
    struct front *f = w->front;
    struct http_reply reply = {.status = is_engine ? 400 : 404};
    struct http_request request = describe(w, conn);
    if (is_engine && f->callbacks.may_upgrade(f->callbacks.user, &request, &reply)) {
        return true;
    }
    enum err e = send_reply(w, conn, &reply, false);
    http_reply_fini(&reply);
    if (e == ERR_OK) {
        linger(conn);
    }
    return false;
}

static struct slice bytes_behind_head(const struct front_worker *w,
                                      const struct mg_connection *conn)
{
    size_t n, cap;
    char *p = detach_buffer(conn, &n, &cap);
    return slice_from((struct slice){p, n}, w->head_n);
}

int front_on_request(struct mg_connection *conn)
{
    struct front_worker *w = worker_of(conn);
    if (!w || !w->unanswered) {
        detach_end(conn);
        return 500;
    }
    w->unanswered = false;
    struct front *f = w->front;
    bool is_engine = f->callbacks.is_engine_path(f->callbacks.user, w->request.path);
    if (w->request.websocket) {
        if (approve_upgrade(w, conn, is_engine)) {
            w->unanswered = true;
            return 0;
        }
    } else if (is_engine) {
        serve_engine(w, conn, bytes_behind_head(w, conn));
    } else if (is_streamed(w, conn)) {
        serve_stream(w, conn, bytes_behind_head(w, conn));
    } else {
        serve_http(w, conn, bytes_behind_head(w, conn));
    }
    detach_end(conn);
    return 200;
}

void front_on_upgraded(struct mg_connection *conn, void *unused)
{
    struct front_worker *w = worker_of(conn);
    struct net_socket socket;
    (void)unused;
    w->unanswered = false;
    struct http_request request = describe(w, conn);
    if (take_socket(w, conn, bytes_behind_head(w, conn), &socket) == ERR_OK) {
        w->front->callbacks.on_websocket(w->front->callbacks.user, &request, socket);
    } else {
        detach_end(conn);
    }
}

/* CivetWeb's own refusals: only reached when it reads a head more strictly than the gate. */
int front_on_error(struct mg_connection *conn, int status, const char *message)
{
    struct front_worker *w = worker_of(conn);
    (void)message;
    if (w && w->unanswered) {
        w->unanswered = false;
        send_error(
            conn, &(struct gate_refusal){status, "bad_request", "The request was not understood."});
    }
    return 0;
}
