/* See eio_front.h. */
#include "eio_front.h"

#include "clock.h"
#include "eio_http.h"
#include "log.h"
#include "mem.h"
#include "query.h"

#include <stddef.h>

#define PARAMETER_BYTES_MAX      64
#define ANSWER_HEADERS_BYTES_MAX 4096

/* The parameters of a request that matter here. */
struct parameters {
    bool transport_known;
    bool websocket;
    bool version_ok;
    bool base64;
    char sid[PARAMETER_BYTES_MAX];
    size_t
        sid_n; /* 0: none; anything that cannot be an id is kept as one character, which is unknown too */
};

bool eio_front_is_path(void *user, struct slice path)
{
    const struct eio_front *f = user;
    if (!slice_starts_with(path, f->options->path)) {
        return false;
    }
    struct slice rest = slice_from(path, f->options->path.n);
    return rest.n == 0 || rest.p[0] == '/';
}

static void read_parameters(struct slice query, struct parameters *out)
{
    struct buf value;
    *out = (struct parameters){0};
    buf_init(&value, PARAMETER_BYTES_MAX);
    if (query_get(query, SL("transport"), &value) == ERR_OK) {
        out->websocket = slice_eq(buf_peek(&value), SL("websocket"));
        out->transport_known = out->websocket || slice_eq(buf_peek(&value), SL("polling"));
    }
    out->version_ok =
        query_get(query, SL("EIO"), &value) == ERR_OK && slice_eq(buf_peek(&value), SL("4"));
    out->base64 = query_get(query, SL("b64"), &value) == ERR_OK && value.n > 0 &&
                  !slice_eq(buf_peek(&value), SL("0"));
    enum err e = query_get(query, SL("sid"), &value);
    if (e == ERR_OK) {
        out->sid_n = value.n;
        memcpy(out->sid, value.n ? value.p : "", value.n);
    } else if (e != ERR_NOTFOUND) {
        out->sid[0] = '?';
        out->sid_n = 1;
    }
    buf_fini(&value);
}

static bool origin_ok(const struct eio_front *f, const struct http_request *request)
{
    return origin_allowed(&f->options->origins, http_header(request, SL("Origin")),
                          http_header(request, SL("Host")), request->tls);
}

static void log_refused_origin(const struct http_request *request)
{
    struct slice origin = http_header(request, SL("Origin"));
    log_peer(LOG_INFO, L_EIO, "refused a page of another origin",
             "origin=\"%.*s\" remedy=\"--origin\"", (int)(origin.n < 200 ? origin.n : 200),
             origin.p);
}

static enum eio_method method_of(const struct http_request *request)
{
    if (slice_eq(request->method, SL("GET"))) {
        return EIO_GET;
    }
    if (slice_eq(request->method, SL("POST"))) {
        return EIO_POST;
    }
    return slice_eq(request->method, SL("OPTIONS")) ? EIO_OPTIONS : EIO_METHOD_OTHER;
}

static struct eio_reactor *reactor_for(struct eio_front *f, const struct parameters *p)
{
    if (p->sid_n > 0) {
        return f->reactors[eio_sid_reactor((struct slice){p->sid, p->sid_n}, f->reactors_n)];
    }
    return f->reactors[atomic_fetch_add(&f->next_reactor, 1) % f->reactors_n];
}

/* What is wrong with the request of a new session, in the reference's order of checks. */
static enum eio_error check_new(const struct parameters *p, enum eio_method method, bool is_upgrade)
{
    if (method != EIO_GET) {
        return EIO_ERR_METHOD;
    }
    if (p->websocket != is_upgrade) {
        return EIO_ERR_REQUEST;
    }
    return p->version_ok ? EIO_ERR_NONE : EIO_ERR_VERSION;
}

static enum eio_error check_http(const struct eio_front *f, const struct http_request *request,
                                 const struct parameters *p)
{
    if (!origin_ok(f, request)) {
        log_refused_origin(request);
        return EIO_ERR_FORBIDDEN;
    }
    enum eio_method method = method_of(request);
    bool preflight = method == EIO_OPTIONS && http_header(request, SL("Origin")).n > 0 &&
                     http_header(request, SL("Access-Control-Request-Method")).n > 0;
    if (preflight) {
        return EIO_ERR_NONE;
    }
    if (!p->transport_known) {
        return EIO_ERR_TRANSPORT;
    }
    if (p->sid_n > 0) {
        return method == EIO_OPTIONS ? EIO_ERR_METHOD : EIO_ERR_NONE;
    }
    return check_new(p, method, false);
}

/* Copy s behind the request. */
static struct slice keep(struct eio_request *q, size_t *used_n, struct slice s)
{
    char *at = q->bytes + *used_n;
    if (s.n > 0) {
        memcpy(at, s.p, s.n);
    }
    *used_n += s.n;
    return (struct slice){at, s.n};
}

/* What is kept of a request; NULL: nothing (or no memory, which its user will see). */
static struct eio_info *keep_info(const struct eio_options *o, const struct http_request *request,
                                  const struct parameters *p)
{
    bool wanted =
        p->sid_n == 0 ? o->keep_info : o->keep_post_info && slice_eq(request->method, SL("POST"));
    return wanted ? eio_info_new(request, o->kept_headers, o->kept_headers_n) : NULL;
}

static struct eio_request *make_request(struct eio_front *f, const struct http_request *request,
                                        const struct parameters *p, struct slice body,
                                        struct slice answer_headers, struct net_socket socket)
{
    struct slice origin = http_header(request, SL("Origin"));
    struct slice cors_headers = http_header(request, SL("Access-Control-Request-Headers"));
    struct slice sid = {p->sid, p->sid_n};
    struct eio_request *q =
        mem_alloc(sizeof *q + body.n + origin.n + cors_headers.n + sid.n + answer_headers.n);
    if (!q) {
        net_socket_close(&socket);
        return NULL;
    }
    size_t used_n = 0;
    *q = (struct eio_request){
        .reactor = reactor_for(f, p),
        .socket = socket,
        .error = EIO_ERR_NONE,
        .method = method_of(request),
        .arrived_us = clock_now_us(),
        .transport_is_websocket = p->websocket,
        .version_ok = p->version_ok,
        .keep_alive = request->keep_alive,
        .head_only = slice_eq(request->method, SL("HEAD")),
        .octet_stream = slice_starts_with(http_header(request, SL("Content-Type")),
                                          SL("application/octet-stream")),
        .base64 = p->base64,
        .info = keep_info(f->options, request, p),
    };
    q->body = keep(q, &used_n, body);
    q->cors_headers = keep(q, &used_n, cors_headers);
    q->sid = keep(q, &used_n, sid);
    q->answer_headers = keep(q, &used_n, answer_headers);
    q->cors_origin = origin_ok(f, request) ? keep(q, &used_n, origin) : (struct slice){NULL, 0};
    return q;
}

/* Ask the hook about a new session. */
static bool allowed(const struct eio_front *f, const struct http_request *request,
                    struct slice *message)
{
    const struct eio_options *o = f->options;
    return !o->allow || o->allow(o->hook_user, request, message);
}

void eio_front_on_engine(void *user, const struct http_request *request, enum err body_result,
                         struct slice body, struct net_socket socket)
{
    struct eio_front *f = user;
    const struct eio_options *o = f->options;
    struct parameters p;
    struct buf lines;
    struct slice message = SL("");
    read_parameters(request->query, &p);
    enum eio_error error = check_http(f, request, &p);
    bool opens = error == EIO_ERR_NONE && p.sid_n == 0 && method_of(request) == EIO_GET;
    if (opens && !allowed(f, request, &message)) {
        error = EIO_ERR_FORBIDDEN;
    }
    buf_init(&lines, ANSWER_HEADERS_BYTES_MAX);
    if (opens && o->initial_headers &&
        o->initial_headers(o->hook_user, request, &lines) != ERR_OK) {
        buf_reset(&lines);
    }
    struct eio_request *q = make_request(f, request, &p, body, buf_peek(&lines), socket);
    buf_fini(&lines);
    if (q) {
        q->error = error;
        q->error_message = message;
        q->body_result = body_result;
        eio_request_post(q);
    }
}

/* Said before the 101, where it can be said; who is faster than this is refused by eio_open. */
static bool is_full(const struct eio_front *f, const struct http_request *request)
{
    struct eio_seats *seats = f->options->seats;
    return seats && eio_seats_full(seats, request->remote_address);
}

struct sid_question {
    struct eio_reactor *reactor;
    struct slice sid;
    bool known;
};

static void look_up(void *user)
{
    struct sid_question *question = user;
    question->known = eio_find(question->reactor, question->sid) != NULL;
}

bool eio_front_may_upgrade(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct eio_front *f = user;
    struct parameters p;
    struct slice message = SL("");
    enum eio_error e = EIO_ERR_NONE;
    read_parameters(request->query, &p);
    if (!origin_ok(f, request)) {
        log_refused_origin(request);
        e = EIO_ERR_FORBIDDEN;
    } else if (!p.transport_known) {
        e = EIO_ERR_TRANSPORT;
    } else if (p.sid_n > 0) {
        struct sid_question question = {.reactor = reactor_for(f, &p), .sid = {p.sid, p.sid_n}};
        bool asked = loop_call(&question.reactor->loop, look_up, &question) == ERR_OK;
        e = !asked || !question.known     ? EIO_ERR_SID
            : p.websocket && p.version_ok ? EIO_ERR_NONE
                                          : EIO_ERR_REQUEST;
    } else {
        e = check_new(&p, EIO_GET, true);
        e = e == EIO_ERR_NONE && !allowed(f, request, &message) ? EIO_ERR_FORBIDDEN : e;
        e = e == EIO_ERR_NONE && is_full(f, request) ? EIO_ERR_FULL : e;
    }
    if (e != EIO_ERR_NONE) {
        reply->status = eio_error_status(e);
        reply->content_type = SL("text/html");
        reply->body = message.n > 0 ? message : eio_error_message(e);
        if (e == EIO_ERR_FULL) {
            http_reply_header(reply, SL("Retry-After"), SL(EIO_FULL_RETRY_S));
        }
    }
    return e == EIO_ERR_NONE;
}

void eio_front_on_websocket(void *user, const struct http_request *request,
                            struct net_socket socket)
{
    struct eio_front *f = user;
    struct parameters p;
    read_parameters(request->query, &p);
    struct eio_request *q =
        make_request(f, request, &p, (struct slice){NULL, 0}, (struct slice){NULL, 0}, socket);
    if (q) {
        q->websocket = true;
        eio_request_post(q);
    }
}

struct idle_mail {
    struct mail mail;
    struct eio_reactor *reactor;
    struct net_socket socket;
};

static void run_idle(struct mail *mail, bool closed)
{
    struct idle_mail *m = CONTAINER_OF(mail, struct idle_mail, mail);
    if (closed) {
        net_socket_close(&m->socket);
    } else {
        http_conn_idle(&m->reactor->net, &m->socket);
    }
    mem_free(m);
}

void eio_front_on_idle(void *user, struct net_socket socket)
{
    struct eio_front *f = user;
    struct idle_mail *m = mem_alloc(sizeof *m);
    if (!m) {
        net_socket_close(&socket);
        return;
    }
    *m = (struct idle_mail){.mail.run = run_idle, .socket = socket};
    m->reactor = f->reactors[atomic_fetch_add(&f->next_reactor, 1) % f->reactors_n];
    loop_post(&m->reactor->loop, &m->mail);
}
