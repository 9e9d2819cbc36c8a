/* One Engine.IO v4 connection, client side. */
#include "engine.h"

#include "check.h"
#include "host.h"
#include "limits.h"
#include "url.h"

#define URL_MAX_BYTES 4096
/* Base64 of the largest message, and the digit. */
#define POST_MAX_BYTES (64u << 20)
/* Far above what the manager lets wait. */
#define QUEUE_MAX_BYTES (1u << 30)

static const struct slice PROBE = {"probe", 5};

static void fail(struct engine *e, const char *reason)
{
    e->failure.websocket = e->on_websocket;
    engine_abort(e);
    e->events.on_close(e->events.user, reason);
}

/* A failed request or socket, in the reference's words; code: what the wire said. */
static void fail_transport(struct engine *e, const char *when_open, unsigned code)
{
    e->failure.code = code;
    if (e->state == ENG_OPENING) {
        fail(e, e->on_websocket ? "websocket error" : "xhr poll error");
    } else if (e->state == ENG_CLOSING) {
        engine_abort(e);
    } else {
        fail(e, when_open);
    }
}

/* It fails inside a call of our user: let the next tick tell, so that no callback runs inside the
 * call. */
static void break_later(struct engine *e)
{
    e->broken = true;
}

/* Build a URL of this connection in scratch; empty when memory ran out. */
static struct slice url(struct engine *e, bool websocket)
{
    struct slice parts[] = {
        websocket ? SL("ws") : SL("http"),
        slice_from(buf_peek(&e->base), SL("http").n),
        buf_peek(&e->path),
        websocket ? SL("?EIO=4&transport=websocket") : SL("?EIO=4&transport=polling&t="),
    };
    enum err r = ERR_OK;
    buf_reset(&e->scratch);
    for (size_t i = 0; r == ERR_OK && i < sizeof parts / sizeof parts[0]; i++) {
        r = buf_put(&e->scratch, parts[i]);
    }
    if (r == ERR_OK && !websocket) {
        r = buf_put_u64(&e->scratch, e->host->random_u32()); /* so that no cache answers */
    }
    if (r == ERR_OK && e->sid.n > 0) {
        r = buf_put(&e->scratch, SL("&sid="));
        r = r == ERR_OK ? url_put_value(&e->scratch, buf_peek(&e->sid)) : r;
    }
    if (r == ERR_OK && e->query.n > 0) {
        r = buf_putc(&e->scratch, '&');
        r = r == ERR_OK ? buf_put(&e->scratch, buf_peek(&e->query)) : r;
    }
    return r == ERR_OK ? buf_peek(&e->scratch) : (struct slice){0};
}

/* ---- sending ---- */

/* The longest run of queued packets that one POST may carry, appended to body. */
static enum err encode_body(struct engine *e)
{
    struct rec rec;
    buf_reset(&e->body);
    for (unsigned n = 0; n < EIO_PAYLOAD_PACKETS_MAX && recq_peek(&e->out, &rec); n++) {
        size_t before = e->body.n;
        struct eio_packet packet = {
            .type = (enum eio_type)rec.tag, .binary = rec.flag, .data = rec.data};
        enum err r = n > 0 ? buf_putc(&e->body, EIO_SEPARATOR) : ERR_OK;
        if (r == ERR_OK) {
            r = eio_encode_text(&packet, &e->body);
        }
        if (r != ERR_OK) {
            return r;
        }
        if (n > 0 && e->max_payload_bytes > 0 && e->body.n > e->max_payload_bytes) {
            e->body.n = before;
            break;
        }
        recq_pop(&e->out);
    }
    return ERR_OK;
}

static enum err ws_send_packet(struct engine *e, enum eio_type type, bool binary, struct slice data)
{
    if (binary) {
        return e->host->transport->ws_send(e->ws, true, data);
    }
    struct eio_packet packet = {.type = type, .data = data};
    buf_reset(&e->scratch);
    enum err r = eio_encode_text(&packet, &e->scratch);
    return r == ERR_OK ? e->host->transport->ws_send(e->ws, false, buf_peek(&e->scratch)) : r;
}

static void flush_websocket(struct engine *e)
{
    struct rec rec;
    while (recq_peek(&e->out, &rec)) {
        enum err r = ws_send_packet(e, (enum eio_type)rec.tag, rec.flag, rec.data);
        if (r == ERR_CLOSED) {
            return; /* on_close follows */
        }
        if (r != ERR_OK) {
            break_later(e);
            return;
        }
        recq_pop(&e->out);
    }
}

/* Hand what is queued to the transport, as far as it takes it now. */
static void flush(struct engine *e)
{
    bool open = e->state == ENG_OPEN || e->state == ENG_CLOSING;
    if (!open || e->broken || e->upgrade == UPG_PAUSING || recq_empty(&e->out)) {
        return;
    }
    if (e->on_websocket) {
        flush_websocket(e);
        return;
    }
    if (e->polling.post) {
        return;
    }
    enum err r = encode_body(e);
    if (r == ERR_OK) {
        struct slice to = url(e, false);
        r = to.n > 0 ? polling_post(&e->polling, to, buf_peek(&e->body)) : ERR_NOMEM;
    }
    buf_fini(&e->body);
    if (r != ERR_OK) {
        break_later(e);
    }
}

/* A packet of n bytes, its type digit not counted. */
static bool over_max(const struct engine *e, size_t n, bool digit)
{
    return e->max_payload_bytes > 0 &&
           (n > e->max_payload_bytes || (digit && n == e->max_payload_bytes));
}

bool engine_too_large(const struct engine *e, struct slice text, const struct slice *binary,
                      size_t binary_n)
{
    bool large = over_max(e, text.n, true);
    for (size_t i = 0; i < binary_n; i++) {
        size_t n = binary[i].n;
        large =
            large || (e->on_websocket ? over_max(e, n, false) : over_max(e, (n + 2) / 3 * 4, true));
    }
    return large;
}

static enum err queue_packet(struct engine *e, enum eio_type type, struct slice data)
{
    struct rec rec = {.tag = type, .data = data};
    return recq_push(&e->out, &rec);
}

enum err engine_send(struct engine *e, struct slice text, const struct slice *binary,
                     size_t binary_n)
{
    CHECK(e->state == ENG_OPEN);
    if (engine_too_large(e, text, binary, binary_n)) {
        return ERR_LIMIT;
    }
    struct rec rec = {.tag = EIO_MESSAGE, .data = text};
    enum err r = recq_push_packet(&e->out, &rec, binary, binary_n);
    if (r == ERR_OK) {
        flush(e);
    }
    return r;
}

size_t engine_unsent(const struct engine *e)
{
    bool websocket = e->on_websocket && e->ws;
    return recq_bytes(&e->out) + (websocket ? e->host->transport->ws_unsent(e->ws) : 0);
}

bool engine_writable(const struct engine *e)
{
    return e->state == ENG_OPEN && !e->broken && e->upgrade != UPG_PAUSING && !e->polling.post &&
           engine_unsent(e) == 0;
}

/* ---- receiving ---- */

static void get_next(struct engine *e)
{
    bool wanted = (e->state == ENG_OPEN && e->upgrade != UPG_PAUSING) || e->state == ENG_OPENING;
    if (!wanted || e->on_websocket) {
        return;
    }
    struct slice from = url(e, false);
    if (from.n == 0 || polling_get(&e->polling, from) != ERR_OK) {
        break_later(e);
    }
}

static const struct ws_events *ws_events_of(struct engine *e, struct ws_events *out);

static void probe_later(struct engine *e)
{
    uint32_t doublings =
        e->probes_n < ENGINE_PROBE_DOUBLINGS ? e->probes_n : ENGINE_PROBE_DOUBLINGS;
    e->limit_ms = e->host->now_ms() + ((int64_t)ENGINE_PROBE_AGAIN_MS << doublings);
    e->probes_n++;
}

static void start_probe(struct engine *e)
{
    struct ws_events events;
    struct slice to = url(e, true);
    e->ws = to.n > 0 ? e->host->transport->ws_open(to, ws_events_of(e, &events)) : NULL;
    if (e->ws) {
        e->upgrade = UPG_OPENING;
        e->limit_ms = e->host->now_ms() + ENGINE_UPGRADE_TIMEOUT_MS;
    } else {
        probe_later(e);
    }
}

/* Give the upgrade up for now and go on by polling. */
static void end_probe(struct engine *e)
{
    bool paused = e->upgrade == UPG_PAUSING;
    if (e->ws && !e->on_websocket) {
        e->host->transport->ws_close(e->ws);
        e->ws = NULL;
    }
    e->upgrade = UPG_NONE;
    probe_later(e);
    if (paused) {
        get_next(e);
        flush(e);
    }
}

/* While UPG_PAUSING: once neither request is on its way, the WebSocket takes over. */
static void switch_if_quiet(struct engine *e)
{
    if (e->upgrade != UPG_PAUSING || !polling_quiet(&e->polling)) {
        return;
    }
    enum err r = ws_send_packet(e, EIO_UPGRADE, false, (struct slice){0});
    if (r != ERR_OK) {
        end_probe(e);
        return;
    }
    e->upgrade = UPG_NONE;
    e->limit_ms = INT64_MAX;
    e->on_websocket = true;
    flush(e);
    e->events.on_upgrade(e->events.user);
}

static void handle_open(struct engine *e, struct slice json)
{
    struct eio_open open;
    if (eio_open_decode(json, &open) != ERR_OK || open.sid.n == 0) {
        fail(e, "parse error");
        return;
    }
    if (buf_put(&e->sid, open.sid) != ERR_OK) {
        fail(e, "transport error");
        return;
    }
    e->state = ENG_OPEN;
    e->heartbeat_ms = open.ping_interval_ms > UINT32_MAX - open.ping_timeout_ms
                          ? UINT32_MAX
                          : open.ping_interval_ms + open.ping_timeout_ms;
    e->max_payload_bytes = open.max_payload_bytes;
    e->ping_due_ms = e->host->now_ms() + e->heartbeat_ms;
    uint32_t epoch = e->epoch;
    e->events.on_open(e->events.user);
    if (epoch != e->epoch || e->state != ENG_OPEN || e->on_websocket || !open.upgrade_websocket) {
        return;
    }
    if (e->probe == ENGINE_PROBE_AT_ONCE) {
        start_probe(e);
    } else if (e->probe == ENGINE_PROBE_LATER) {
        probe_later(e);
    }
}

/* May end the connection: look at the epoch afterwards. */
static void handle_packet(struct engine *e, const struct eio_packet *packet)
{
    if (e->state == ENG_OPENING) {
        if (packet->type == EIO_OPEN) {
            handle_open(e, packet->data);
        } else {
            fail(e, "parse error");
        }
        return;
    }
    switch (packet->type) {
    case EIO_PING:
        e->ping_due_ms = e->host->now_ms() + e->heartbeat_ms;
        if (queue_packet(e, EIO_PONG, (struct slice){0}) != ERR_OK) {
            fail_transport(e, "transport error", 0);
        } else {
            flush(e);
        }
        break;
    case EIO_CLOSE:
        fail_transport(e, "transport close", 0);
        break;
    case EIO_MESSAGE:
        if (e->state == ENG_OPEN) {
            e->events.on_message(e->events.user, packet->binary, packet->data);
        }
        break;
    case EIO_OPEN:
    case EIO_PONG:
    case EIO_UPGRADE:
    case EIO_NOOP:
        break; /* nothing a server should send now, nothing that harms */
    }
}

static void handle_text(struct engine *e, struct slice text)
{
    struct eio_packet packet;
    enum err r = eio_decode_text(text, &e->binary, &packet);
    if (r == ERR_OK) {
        handle_packet(e, &packet);
    } else if (e->state == ENG_CLOSING) {
        engine_abort(e);
    } else {
        fail(e, r == ERR_NOMEM ? "transport error" : "parse error");
    }
}

static void on_body(void *user, struct slice body)
{
    struct engine *e = user;
    uint32_t epoch = e->epoch;
    struct eio_payload_reader reader;
    struct slice record;
    e->events.on_enter(e->events.user);
    eio_payload_init(&reader, body);
    while (epoch == e->epoch && eio_payload_next(&reader, &record) == ERR_OK) {
        handle_text(e, record);
    }
    if (epoch == e->epoch) {
        get_next(e);
        switch_if_quiet(e);
    }
    e->events.on_leave(e->events.user);
}

static void on_posted(void *user)
{
    struct engine *e = user;
    e->events.on_enter(e->events.user);
    if (e->state == ENG_CLOSING && recq_empty(&e->out)) {
        engine_abort(e);
    } else {
        flush(e);
        switch_if_quiet(e);
    }
    e->events.on_leave(e->events.user);
}

static void on_polling_error(void *user, unsigned status)
{
    struct engine *e = user;
    e->events.on_enter(e->events.user);
    fail_transport(e, "transport error", status);
    e->events.on_leave(e->events.user);
}

static void on_ws_open(void *user)
{
    struct engine *e = user;
    e->events.on_enter(e->events.user);
    if (e->upgrade == UPG_OPENING) {
        e->upgrade = UPG_PROBING;
        if (ws_send_packet(e, EIO_PING, false, PROBE) != ERR_OK) {
            end_probe(e);
        }
    }
    e->events.on_leave(e->events.user);
}

/* The answer to the probe, and nothing else, may come before the upgrade. */
static void handle_probe(struct engine *e, bool binary, struct slice data)
{
    if (e->upgrade != UPG_PROBING || binary || !slice_eq(data, SL("3probe"))) {
        end_probe(e);
        return;
    }
    e->upgrade = UPG_PAUSING;
    switch_if_quiet(e);
}

static void on_ws_message(void *user, bool binary, struct slice data)
{
    struct engine *e = user;
    e->events.on_enter(e->events.user);
    if (e->upgrade != UPG_NONE) {
        handle_probe(e, binary, data);
    } else if (binary) {
        handle_packet(e, &(struct eio_packet){.type = EIO_MESSAGE, .binary = true, .data = data});
    } else {
        handle_text(e, data);
    }
    e->events.on_leave(e->events.user);
}

static void on_ws_close(void *user, unsigned code)
{
    struct engine *e = user;
    e->ws = NULL;
    e->events.on_enter(e->events.user);
    if (e->upgrade != UPG_NONE) {
        end_probe(e);
    } else {
        fail_transport(e, "transport close", code);
    }
    e->events.on_leave(e->events.user);
}

static const struct ws_events *ws_events_of(struct engine *e, struct ws_events *out)
{
    *out = (struct ws_events){
        .user = e, .on_open = on_ws_open, .on_message = on_ws_message, .on_close = on_ws_close};
    return out;
}

/* ---- life ---- */

/* base without a slash at its end, ws: spelled as http: */
static enum err put_base(struct engine *e, struct slice base)
{
    enum err r = ERR_OK;
    while (base.n > 0 && base.p[base.n - 1] == '/') {
        base.n--;
    }
    if (slice_starts_with(base, SL("ws"))) {
        r = buf_put(&e->base, SL("http"));
        base = slice_from(base, SL("ws").n);
    }
    return r == ERR_OK ? buf_put(&e->base, base) : r;
}

enum err engine_init(struct engine *e, const struct engine_events *events,
                     const struct engine_options *options)
{
    *e = (struct engine){.host = host_default(), .events = *events, .limit_ms = INT64_MAX};
    buf_init(&e->base, URL_MAX_BYTES);
    buf_init(&e->path, URL_MAX_BYTES);
    buf_init(&e->query, URL_MAX_BYTES);
    buf_init(&e->sid, URL_MAX_BYTES);
    buf_init(&e->scratch, POST_MAX_BYTES);
    buf_init(&e->binary, TRANSPORT_INPUT_MAX_BYTES);
    buf_init(&e->body, POST_MAX_BYTES);
    recq_init(&e->out, QUEUE_MAX_BYTES);
    struct polling_events polling = {
        .user = e, .on_body = on_body, .on_posted = on_posted, .on_error = on_polling_error};
    polling_init(&e->polling, e->host, &polling);
    e->polling.with_credentials = options->with_credentials;
    enum err r = options->base.n > 0 ? put_base(e, options->base) : e->host->origin(&e->base);
    if (r == ERR_OK && !slice_starts_with(buf_peek(&e->base), SL("http"))) {
        r = ERR_NOTFOUND;
    }
    r = r == ERR_OK ? buf_put(&e->path, options->path) : r;
    return r == ERR_OK ? buf_put(&e->query, options->query) : r;
}

void engine_fini(struct engine *e)
{
    engine_abort(e);
    buf_fini(&e->base);
    buf_fini(&e->path);
    buf_fini(&e->query);
    buf_fini(&e->sid);
    buf_fini(&e->scratch);
    buf_fini(&e->binary);
    buf_fini(&e->body);
}

enum err engine_open(struct engine *e, bool websocket, enum engine_probe probe)
{
    CHECK(e->state == ENG_CLOSED || e->state == ENG_CLOSING);
    engine_abort(e);
    e->failure = (struct engine_failure){0};
    e->on_websocket = websocket;
    e->probe = probe;
    e->probes_n = 0;
    struct slice to = url(e, websocket);
    if (to.n == 0) {
        return ERR_NOMEM;
    }
    if (!websocket) {
        enum err r = polling_get(&e->polling, to);
        e->state = r == ERR_OK ? ENG_OPENING : ENG_CLOSED;
        return r;
    }
    struct ws_events events;
    e->ws = e->host->transport->ws_open(to, ws_events_of(e, &events));
    e->state = e->ws ? ENG_OPENING : ENG_CLOSED;
    return e->ws ? ERR_OK : ERR_IO;
}

void engine_abort(struct engine *e)
{
    polling_stop(&e->polling);
    if (e->ws) {
        e->host->transport->ws_close(e->ws);
        e->ws = NULL;
    }
    recq_fini(&e->out);
    buf_reset(&e->sid);
    e->state = ENG_CLOSED;
    e->broken = false;
    e->upgrade = UPG_NONE;
    e->max_payload_bytes = 0;
    e->limit_ms = INT64_MAX;
    e->epoch++;
}

void engine_close(struct engine *e, struct slice farewell)
{
    if (e->state == ENG_OPENING || e->broken) {
        engine_abort(e);
    }
    if (e->state != ENG_OPEN) {
        return;
    }
    e->state = ENG_CLOSING;
    if (e->upgrade != UPG_NONE) {
        end_probe(e);
    }
    e->limit_ms = INT64_MAX;
    enum err r = farewell.n > 0 ? queue_packet(e, EIO_MESSAGE, farewell) : ERR_OK;
    if (r == ERR_OK && !e->on_websocket) {
        r = queue_packet(e, EIO_CLOSE, (struct slice){0});
    }
    flush(e);
    if (r != ERR_OK || e->on_websocket) {
        engine_abort(e); /* a WebSocket sends what it has before its close frame */
    } else {
        e->limit_ms = e->host->now_ms() + ENGINE_CLOSE_TIMEOUT_MS;
    }
}

int64_t engine_deadline(const struct engine *e)
{
    if (e->broken) {
        return INT64_MIN;
    }
    if (e->state == ENG_OPEN && e->ping_due_ms < e->limit_ms) {
        return e->ping_due_ms;
    }
    return e->limit_ms;
}

bool engine_expired(const struct engine *e, int64_t now_ms)
{
    return e->broken || (e->state == ENG_OPEN && now_ms >= e->ping_due_ms);
}

void engine_tick(struct engine *e, int64_t now_ms)
{
    if (e->broken) {
        fail_transport(e, "transport error", 0);
    } else if (engine_expired(e, now_ms)) {
        fail(e, "ping timeout");
    } else if (now_ms >= e->limit_ms) {
        if (e->state == ENG_CLOSING) {
            engine_abort(e);
        } else if (e->upgrade == UPG_NONE) {
            start_probe(e);
        } else {
            end_probe(e);
        }
    }
}
