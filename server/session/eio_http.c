/* See eio_http.h. */
#include "eio_http.h"

#include "eio_upgrade.h"
#include "json.h"
#include "log.h"
#include "mem.h"
#include "utf8.h"

#include <stddef.h>

#define ERROR_BYTES_MAX 4096

struct slice eio_error_message(enum eio_error e)
{
    switch (e) {
    case EIO_ERR_TRANSPORT:
        return SL("Transport unknown");
    case EIO_ERR_SID:
        return SL("Session ID unknown");
    case EIO_ERR_METHOD:
        return SL("Bad handshake method");
    case EIO_ERR_REQUEST:
        return SL("Bad request");
    case EIO_ERR_FORBIDDEN:
        return SL("Forbidden");
    case EIO_ERR_VERSION:
        return SL("Unsupported protocol version");
    case EIO_ERR_FULL:
        return SL("Too many connections from this address");
    case EIO_ERR_NONE:
        break;
    }
    return SL("");
}

int eio_error_status(enum eio_error e)
{
    return e == EIO_ERR_FORBIDDEN ? 403 : e == EIO_ERR_FULL ? 429 : 400;
}

static void answer_error(struct http_conn *h, enum eio_error e, struct slice own_message,
                         bool close)
{
    struct buf body;
    buf_init(&body, ERROR_BYTES_MAX);
    enum err failed = buf_printf(
        &body, "{\"code\":%d,\"message\":", (int)(e == EIO_ERR_FULL ? EIO_ERR_FORBIDDEN : e));
    failed =
        failed ? failed : json_quote(own_message.n > 0 ? own_message : eio_error_message(e), &body);
    failed = failed ? failed : buf_putc(&body, '}');
    if (failed) {
        buf_reset(&body);
    }
    http_conn_answer(
        h, &(struct http_answer){.status = eio_error_status(e),
                                 .content_type = SL("application/json"),
                                 .body = buf_peek(&body),
                                 .extra_headers = e == EIO_ERR_FULL
                                                      ? SL("Retry-After: " EIO_FULL_RETRY_S "\r\n")
                                                      : SL(""),
                                 .close = close});
    buf_fini(&body);
}

static void answer_empty(struct http_conn *h, int status, bool close)
{
    http_conn_answer(h, &(struct http_answer){.status = status, .close = close});
}

static void answer_payload(struct http_conn *h, struct slice payload)
{
    http_conn_answer(h, &(struct http_answer){.status = 200,
                                              .content_type = SL("text/plain; charset=UTF-8"),
                                              .body = payload});
}

/* --- GET --- */

/* Append everything queued to a polling payload: frames become packets again. */
static enum err put_queued(struct eio_session *s, struct buf *out)
{
    struct outq *q = &s->poll->out;
    enum err e = ERR_OK;
    while (!outq_empty(q) && e == ERR_OK) {
        struct slice frames = outq_front(q);
        for (struct slice rest = frames; rest.n > 0 && e == ERR_OK;) {
            enum ws_opcode opcode;
            struct slice payload;
            size_t n = ws_frame_peek(rest, &opcode, &payload);
            CHECK(n > 0);
            rest = slice_from(rest, n);
            if (out->n > 0) {
                e = buf_putc(out, EIO_SEPARATOR);
            }
            struct eio_packet packet = {.type = EIO_MESSAGE, .binary = true, .data = payload};
            if (e == ERR_OK) {
                e = opcode == WS_BINARY ? eio_encode_text(&packet, out) : buf_put(out, payload);
            }
        }
        outq_advance(q, frames.n);
    }
    return e;
}

static void fail_get(struct eio_session *s)
{
    struct http_conn *get = s->poll->get;
    s->poll->get = NULL;
    http_conn_abort(get);
    eio_fail(s, "transport error");
}

void eio_poll_flush(struct eio_session *s)
{
    struct buf *out = &s->reactor->payload;
    struct http_conn *get = s->poll->get;
    buf_reset(out);
    enum err e = put_queued(s, out);
    if (e == ERR_OK && out->n == 0) {
        e = buf_putc(out, '0' + (s->closing ? EIO_CLOSE : EIO_NOOP));
    }
    if (e != ERR_OK) {
        fail_get(s);
        return;
    }
    s->poll->get = NULL;
    answer_payload(get, buf_peek(out));
}

/* The client gave up on its parked GET: to the reference that is the end of the session. */
static void on_get_aborted(struct http_conn *h)
{
    struct eio_session *s = h->owner;
    s->poll->get = NULL;
    eio_fail(s, "transport error");
}

static void handle_get(struct eio_session *s, struct http_conn *h)
{
    if (s->closing && outq_empty(&s->poll->out)) { /* the goodbye that nobody had fetched yet */
        answer_payload(h, SL("6\x1e"
                             "1"));
        eio_release(s);
        return;
    }
    if (s->closing) {
        s->poll->get = h;
        eio_poll_flush(s);
        return;
    }
    if (s->poll->leaver) {
        s->poll->get = h;
        eio_poll_flush(s);
        eio_fail(s, "transport close");
        return;
    }
    if (s->poll->get) {
        log_peer(LOG_INFO, L_EIO, "closing: two GETs at once", "sid=%.4s", s->sid);
        answer_empty(h, 400, false);
        eio_fail(s, "transport error");
        return;
    }
    s->poll->get = h;
    if (!outq_empty(&s->poll->out) || s->poll->probed) {
        eio_poll_flush(s);
    } else {
        http_conn_park(h, s, on_get_aborted);
    }
}

/* --- POST --- */

static void answer_ok(struct http_conn *h)
{
    http_conn_answer(
        h, &(struct http_answer){.status = 200, .content_type = SL("text/html"), .body = SL("ok")});
}

/* The client hung up while its goodbye waited for its GET. */
static void on_leaver_aborted(struct http_conn *h)
{
    struct eio_session *s = h->owner;
    s->poll->leaver = NULL;
    eio_fail(s, "transport close");
}

static void start_leaving(struct eio_session *s, struct http_conn *h)
{
    eio_probe_drop(s);
    s->poll->leaver = h;
    deadline_arm_in(&s->reactor->leaving_list, &s->poll->leaving, EIO_LEAVING_MS);
    http_conn_park(h, s, on_leaver_aborted);
}

void eio_poll_left(struct eio_session *s)
{
    struct http_conn *leaver = s->poll->leaver;
    deadline_disarm(&s->poll->leaving);
    s->poll->leaver = NULL;
    if (leaver) {
        answer_ok(leaver);
    }
}

void eio_on_leaving_over(struct deadline *d)
{
    struct eio_polling *poll = CONTAINER_OF(d, struct eio_polling, leaving);
    eio_fail(poll->session, "transport close");
}

/* Handle the packets of a body one by one until one of them ends the session. Returns whether the
 * peer closed it and its GET may still be on its way. */
static bool handle_payload(struct eio_session *s, struct slice body)
{
    struct eio_payload_reader reader;
    struct slice record;
    if (!utf8_valid(body)) {
        log_peer(LOG_INFO, L_EIO, "closing: a polling payload is not UTF-8", "sid=%.4s bytes=%zu",
                 s->sid, body.n);
        eio_fail(s, "parse error");
        return false;
    }
    eio_payload_init(&reader, body);
    for (unsigned n = 0; !s->gone && !s->closing && eio_payload_next(&reader, &record) == ERR_OK;
         n++) {
        struct eio_packet packet;
        if (n == EIO_PAYLOAD_PACKETS_MAX ||
            eio_decode_text(record, &s->reactor->scratch, &packet) != ERR_OK) {
            log_peer(LOG_INFO, L_EIO, "closing: undecodable polling payload",
                     "sid=%.4s record=%u bytes=%zu", s->sid, n, body.n);
            eio_fail(s, "parse error");
            return false;
        }
        if (packet.type == EIO_CLOSE && s->poll) {
            if (!s->poll->get) {
                return true;
            }
            eio_poll_flush(s); /* what this POST has caused, or a noop */
            if (s->gone) {
                return false;
            }
        }
        eio_handle_packet(s, &packet);
    }
    return false;
}

static void handle_post(struct eio_session *s, struct http_conn *h, const struct eio_request *q)
{
    if (q->body_result == ERR_LIMIT) {
        log_peer(LOG_INFO, L_EIO, "refused a POST over the payload limit", "sid=%.4s", s->sid);
        answer_empty(h, 413, true);
    } else if (q->body_result != ERR_OK) {
        http_conn_abort(h);
        eio_fail(s, "transport error");
    } else if (q->octet_stream) {
        answer_empty(h, 400, false);
        eio_fail(s, "transport error");
    } else if (s->closing) {
        answer_ok(h);
    } else {
        s->reactor->post_info = q->info;
        bool leaves = handle_payload(s, q->body);
        q->reactor->post_info = NULL;
        if (leaves) {
            start_leaving(s, h);
        } else {
            answer_ok(h);
        }
    }
}

/* --- dispatch --- */

static struct eio_info *take_info(struct eio_request *q)
{
    struct eio_info *info = q->info;
    q->info = NULL;
    return info;
}

static void open_by_polling(struct eio_request *q, struct http_conn *h)
{
    struct eio_reactor *r = q->reactor;
    struct eio_session *s = NULL;
    if (eio_open(r, q->base64, take_info(q), &s) == ERR_LIMIT) {
        answer_error(h, EIO_ERR_FULL, SL(""), false);
        return;
    }
    struct eio_polling *poll = s ? mem_zalloc(sizeof *poll) : NULL;
    if (!poll) {
        if (s) {
            eio_fail(s, "transport error");
        }
        answer_empty(h, 503, true);
        return;
    }
    s->poll = poll;
    poll->session = s;
    buf_reset(&r->payload);
    if (eio_put_open(s, true, &r->payload) != ERR_OK) {
        answer_empty(h, 503, true);
        eio_fail(s, "transport error");
        return;
    }
    http_conn_answer(h, &(struct http_answer){.status = 200,
                                              .content_type = SL("text/plain; charset=UTF-8"),
                                              .body = buf_peek(&r->payload),
                                              .extra_headers = q->answer_headers});
}

static void answer_preflight(struct http_conn *h, const struct eio_request *q)
{
    char headers[640] =
        "Access-Control-Allow-Methods: GET,POST,OPTIONS\r\nAccess-Control-Max-Age: 600\r\n";
    size_t n = strlen(headers);
    if (q->cors_headers.n > 0 && q->cors_headers.n < 512) {
        n += (size_t)snprintf(headers + n, sizeof headers - n,
                              "Access-Control-Allow-Headers: %.*s\r\n", SL_ARG(q->cors_headers));
    }
    http_conn_answer(h, &(struct http_answer){.status = 204, .extra_headers = {headers, n}});
}

/* Was the time for the pong over when a request came? Its timer may run a little later, but what is
 * dead must not seem alive. */
static bool was_overdue(const struct eio_session *s, int64_t arrived_us)
{
    return s->awaiting_pong && !s->closing && s->heartbeat.due_us <= arrived_us;
}

static void handle_with_session(struct eio_request *q, struct http_conn *h)
{
    struct eio_session *s = eio_find(q->reactor, q->sid);
    if (s && s->poll && s->poll->probe) {
        conn_read(s->poll->probe); /* what the WebSocket said before this request counts first */
        s = eio_find(q->reactor, q->sid);
    }
    if (s && was_overdue(s, q->arrived_us)) {
        eio_fail(s, "ping timeout");
        s = NULL;
    }
    if (s && s->poll && s->poll->leaver && q->method != EIO_GET) {
        eio_fail(s, "transport close");
        s = NULL;
    }
    if (!s) {
        answer_error(h, EIO_ERR_SID, SL(""), q->body_result != ERR_OK);
    } else if (q->transport_is_websocket || s->ws || !q->version_ok) {
        answer_error(h, EIO_ERR_REQUEST, SL(""), q->body_result != ERR_OK);
    } else if (q->method == EIO_GET) {
        handle_get(s, h);
    } else if (q->method == EIO_POST) {
        handle_post(s, h, q);
    } else {
        answer_empty(h, 500, true);
    }
}

static void handle_http(struct eio_request *q)
{
    struct http_conn *h =
        http_conn_open(&q->reactor->net, &q->socket, q->keep_alive, q->cors_origin);
    if (!h) {
        return;
    }
    h->head_only = q->head_only;
    if (q->error != EIO_ERR_NONE) {
        answer_error(h, q->error, q->error_message, q->body_result != ERR_OK);
    } else if (q->method == EIO_OPTIONS) {
        answer_preflight(h, q);
    } else if (q->sid.n > 0) {
        handle_with_session(q, h);
    } else {
        open_by_polling(q, h);
    }
}

static void open_by_websocket(struct eio_request *q)
{
    struct eio_reactor *r = q->reactor;
    struct eio_session *s = NULL;
    enum err e = eio_open(r, q->base64, take_info(q), &s);
    struct conn *c =
        e == ERR_OK ? conn_open(&r->net, &q->socket, r->options->max_payload_bytes, s) : NULL;
    if (!c) {
        if (s) {
            eio_fail(s, "transport error");
        }
        net_socket_close(&q->socket);
        return;
    }
    s->ws = c;
    buf_reset(&r->payload);
    if (eio_put_open(s, false, &r->payload) != ERR_OK ||
        !conn_send_frame(c, WS_TEXT, buf_peek(&r->payload), (struct slice){NULL, 0})) {
        eio_fail(s, "transport error");
        net_socket_close(&q->socket);
        return;
    }
    conn_start(c, &q->socket);
}

static void handle_websocket(struct eio_request *q)
{
    if (q->sid.n == 0) {
        open_by_websocket(q);
        return;
    }
    struct eio_session *s = eio_find(q->reactor, q->sid);
    if (s) {
        eio_upgrade_start(s, &q->socket);
    } else {
        net_socket_close(&q->socket); /* it ended between the check and the 101 */
    }
}

static void run_request(struct mail *m, bool closed)
{
    struct eio_request *q = CONTAINER_OF(m, struct eio_request, mail);
    if (closed) {
        net_socket_close(&q->socket);
    } else if (q->websocket) {
        handle_websocket(q);
    } else {
        handle_http(q);
    }
    eio_info_unref(q->info);
    mem_free(q);
}

void eio_request_post(struct eio_request *q)
{
    q->mail.run = run_request;
    loop_post(&q->reactor->loop, &q->mail);
}
