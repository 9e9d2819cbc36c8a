/* The client's Socket.IO connection to one namespace: connect, events, acks, reconnecting, the
 * offline buffer. */
#include "sock.h"

#include "backoff.h"
#include "check.h"
#include "limits.h"
#include "mem.h"
#include "sio.h"
#include "sock_state.h"

/* The WebSocket's share of the time to connect, when polling is still to be tried after it. */
#define WEBSOCKET_SHARE 4
/* The tag of a record without an ack: above every ack id. */
#define NO_ACK UINT64_MAX

static void lost(struct sock *s, const char *reason);
static void destroy(struct sock *s);

/* ---- turns ---- */

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void arm_timer(struct sock *s)
{
    int64_t due = earliest(s->due_ms, earliest(engine_deadline(&s->engine), s->acks.due_ms));
    if (s->status_due) {
        due = INT64_MIN;
    }
    if (due == INT64_MAX) {
        s->host->timer_stop(s->timer);
        return;
    }
    int64_t now = s->host->now_ms();
    int64_t wait = due <= now ? 0 : due - now;
    s->host->timer_start(s->timer, wait > INT32_MAX ? INT32_MAX : (uint32_t)wait);
}

static void enter(void *user)
{
    struct sock *s = user;
    s->depth++;
}

/* End of a call of our user: no callbacks. */
static void leave_quietly(struct sock *s)
{
    CHECK(s->depth > 0);
    if (--s->depth > 0) {
        return;
    }
    if (s->doomed) {
        destroy(s);
    } else {
        arm_timer(s);
    }
}

void sock_tell_status(struct sock *s)
{
    s->status_due = false;
    struct sock_status status = {
        .state = s->state,
        .polling = s->state == SOCK_LIVE && !s->engine.on_websocket,
        .attempt = s->state == SOCK_WAITING ? s->attempt : 0,
        .retry_at_ms = s->state == SOCK_WAITING ? s->due_ms : 0,
        .sid = s->state == SOCK_LIVE ? buf_peek(&s->sid) : (struct slice){0},
    };
    if (s->state == SOCK_WAITING || s->state == SOCK_CLOSED) {
        status.reason = s->reason ? slice_str(s->reason) : buf_peek(&s->reason_text);
        status.refusal_json = buf_peek(&s->refusal);
    }
    if (!s->doomed && s->callbacks.on_status) {
        s->callbacks.on_status(s->callbacks.user, &status);
    }
}

static void tell_due_acks(struct sock *s)
{
    struct ack *ack;
    int64_t now = s->host->now_ms();
    while (!s->doomed && (ack = acks_take_due(&s->acks, now))) {
        if (!ack->sent) {
            (void)recq_kill(&s->outbox, ack->id);
        }
        ack->fn(ack->user, ack->result, (struct slice){0});
        mem_free(ack);
    }
}

/* End of a turn of the wire or the timer. */
static void leave(void *user)
{
    struct sock *s = user;
    tell_due_acks(s);
    if (s->status_due) {
        sock_tell_status(s);
    }
    leave_quietly(s);
}

void sock_move(struct sock *s, enum sock_state state, const char *reason)
{
    s->state = state;
    s->reason = reason;
    s->moves++;
    s->status_due = true;
    s->due_ms = INT64_MAX;
    buf_reset(&s->refusal);
}

/* ---- connecting ---- */

static bool start_engine(struct sock *s, bool websocket, bool upgrade)
{
    uint32_t timeout_ms = s->connect_timeout_ms;
    if (websocket && s->transports == SOCK_WEBSOCKET_FIRST) {
        timeout_ms /= WEBSOCKET_SHARE;
    }
    s->on_websocket = websocket;
    s->due_ms = s->host->now_ms() + timeout_ms;
    return engine_open(&s->engine, websocket, upgrade) == ERR_OK;
}

static void begin(struct sock *s)
{
    bool websocket = s->transports == SOCK_WEBSOCKET_ONLY ||
                     (s->transports == SOCK_WEBSOCKET_FIRST && !s->websocket_bad);
    bool upgrade = s->transports == SOCK_POLLING_FIRST || s->transports == SOCK_WEBSOCKET_FIRST;
    sock_move(s, SOCK_CONNECTING, s->reason);
    s->opened = false;
    s->fell_back = false;
    if (!start_engine(s, websocket, upgrade)) {
        lost(s, websocket ? "websocket error" : "xhr poll error");
    }
}

/* The WebSocket did not come up: the same try goes on by polling, and stays there. */
static bool fall_back(struct sock *s)
{
    if (s->state != SOCK_CONNECTING || s->transports != SOCK_WEBSOCKET_FIRST || !s->on_websocket ||
        s->opened) {
        return false;
    }
    engine_abort(&s->engine);
    s->fell_back = true;
    return start_engine(s, false, false);
}

/* Forget all that belongs to the connection that ended. */
static void drop_connection(struct sock *s)
{
    recq_fini(&s->early);
    buf_fini(&s->binary_text);
    s->binary_left_n = 0;
    acks_close(&s->acks, false);
}

/* The connection is gone, the engine CLOSED: try again later. */
static void lost(struct sock *s, const char *reason)
{
    if (fall_back(s)) {
        return;
    }
    if (s->state == SOCK_CONNECTING) {
        s->websocket_bad = false;
        s->attempt = s->attempt < UINT32_MAX ? s->attempt + 1 : s->attempt;
    }
    drop_connection(s);
    sock_move(s, SOCK_WAITING, reason);
    s->due_ms = s->host->now_ms() + backoff_ms(s->reconnect_delay_ms, s->reconnect_delay_max_ms,
                                               s->waits_n, s->host->random_u32());
    s->waits_n = s->waits_n < UINT32_MAX ? s->waits_n + 1 : s->waits_n;
}

void sock_give_up(struct sock *s, const char *reason)
{
    engine_abort(&s->engine);
    lost(s, reason);
}

/* Closed for good, by the server or by our user: no reconnecting. */
static void shut(struct sock *s, const char *reason, struct slice farewell)
{
    engine_close(&s->engine, farewell);
    drop_connection(s);
    sock_move(s, SOCK_CLOSED, reason);
}

void sock_shut(struct sock *s, const char *reason)
{
    shut(s, reason, (struct slice){0});
}

static void on_engine_open(void *user)
{
    struct sock *s = user;
    struct sio_packet packet = {
        .type = SIO_CONNECT, .nsp = buf_peek(&s->nsp), .json = buf_peek(&s->auth)};
    s->opened = true;
    s->due_ms = s->host->now_ms() + s->connect_timeout_ms;
    buf_reset(&s->packet);
    if (sio_encode(&packet, &s->packet) != ERR_OK ||
        engine_send(&s->engine, false, buf_peek(&s->packet)) != ERR_OK) {
        sock_give_up(s, "transport error");
    }
}

static void on_engine_upgrade(void *user)
{
    struct sock *s = user;
    s->websocket_bad = false;
    s->status_due = s->status_due || s->state == SOCK_LIVE;
}

static void on_engine_close(void *user, const char *reason)
{
    lost(user, reason);
}

/* ---- the timer ---- */

static void on_timer(void *user)
{
    struct sock *s = user;
    int64_t now = s->host->now_ms();
    enter(s);
    if (now >= engine_deadline(&s->engine)) {
        engine_tick(&s->engine, now);
    }
    if (now >= s->due_ms) {
        if (s->state == SOCK_WAITING) {
            begin(s);
        } else if (s->state == SOCK_CONNECTING) {
            sock_give_up(s, "timeout");
        }
    }
    leave(s);
}

/* ---- the public calls ---- */

static bool is_loopback(struct slice url)
{
    size_t slashes = slice_find(url, '/');
    if (url.n - slashes < 2) {
        return false;
    }
    struct slice host = slice_from(url, slashes + 2);
    return slice_starts_with(host, SL("localhost")) || slice_starts_with(host, SL("127.")) ||
           slice_starts_with(host, SL("[::1]"));
}

static void destroy(struct sock *s)
{
    engine_fini(&s->engine);
    if (s->timer) {
        s->host->timer_free(s->timer);
    }
    acks_fini(&s->acks);
    recq_fini(&s->outbox);
    recq_fini(&s->early);
    struct buf *bufs[] = {&s->nsp, &s->auth,   &s->reason_text, &s->refusal,
                          &s->sid, &s->packet, &s->name,        &s->binary_text};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++) {
        buf_fini(bufs[i]);
    }
    mem_free(s);
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static enum err init(struct sock *s, const struct sock_options *o)
{
    uint32_t offline_max = or_default(o->offline_max_bytes, 1u << 20);
    struct engine_events events = {
        .user = s,
        .on_enter = enter,
        .on_leave = leave,
        .on_open = on_engine_open,
        .on_upgrade = on_engine_upgrade,
        .on_message = sock_on_message,
        .on_close = on_engine_close,
    };
    struct buf *bufs[] = {&s->nsp, &s->auth,   &s->reason_text, &s->refusal,
                          &s->sid, &s->packet, &s->name,        &s->binary_text};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++) {
        buf_init(bufs[i], SOCK_PACKET_MAX_BYTES);
    }
    acks_init(&s->acks);
    recq_init(&s->outbox, offline_max);
    recq_init(&s->early, SOCK_EARLY_MAX_BYTES);
    /* What waited offline must fit the engine's queue behind the CONNECT, whose size is ours to
     * choose. */
    size_t queue_max = (size_t)offline_max + o->auth_json.n + SIO_NSP_BYTES_MAX + 1024;
    enum err r = engine_init(&s->engine, &events, o->url,
                             o->path.n > 0 ? o->path : SL("/socket.io/"), queue_max);
    s->loopback = is_loopback(buf_peek(&s->engine.base));
    if (r == ERR_OK) {
        r = buf_put(&s->nsp, o->nsp.n > 0 ? o->nsp : SL("/"));
    }
    if (r == ERR_OK) {
        r = buf_put(&s->auth, o->auth_json);
    }
    s->timer = s->host->timer_new(on_timer, s);
    return s->timer ? r : ERR_NOMEM;
}

struct sock *sock_new(const struct sock_options *options, const struct sock_callbacks *callbacks)
{
    struct sock *s = mem_zalloc(sizeof *s);
    if (!s) {
        return NULL;
    }
    s->host = host_default();
    s->callbacks = *callbacks;
    s->transports = options->transports;
    s->reconnect_delay_ms = or_default(options->reconnect_delay_ms, 1000);
    s->reconnect_delay_max_ms = or_default(options->reconnect_delay_max_ms, 30000);
    s->connect_timeout_ms = or_default(options->connect_timeout_ms, 20000);
    s->due_ms = INT64_MAX;
    if (init(s, options) != ERR_OK) {
        destroy(s);
        return NULL;
    }
    return s;
}

void sock_free(struct sock *s)
{
    if (!s) {
        return;
    }
    if (s->depth > 0) {
        engine_abort(&s->engine);
        s->state = SOCK_CLOSED;
        s->moves++;
        s->doomed = true;
        return;
    }
    destroy(s);
}

void sock_open(struct sock *s)
{
    if (s->doomed || (s->state != SOCK_IDLE && s->state != SOCK_CLOSED)) {
        return;
    }
    enter(s);
    s->attempt = 0;
    s->waits_n = 0;
    begin(s);
    leave_quietly(s);
}

void sock_close(struct sock *s)
{
    if (s->doomed || s->state == SOCK_CLOSED) {
        return;
    }
    enter(s);
    struct sio_packet packet = {.type = SIO_DISCONNECT, .nsp = buf_peek(&s->nsp)};
    buf_reset(&s->packet);
    if (s->state == SOCK_LIVE && sio_encode(&packet, &s->packet) != ERR_OK) {
        buf_reset(&s->packet); /* a courtesy: closing says the same */
    }
    shut(s, "io client disconnect", buf_peek(&s->packet));
    recq_fini(&s->outbox);
    acks_close(&s->acks, true);
    leave_quietly(s);
}

bool sock_quiet(const struct sock *s)
{
    return s->engine.state == ENG_CLOSED;
}

void sock_retry_now(struct sock *s)
{
    if (s->doomed || s->state != SOCK_WAITING) {
        return;
    }
    enter(s);
    begin(s);
    leave_quietly(s);
}

void sock_network_changed(struct sock *s, bool online)
{
    if (s->doomed) {
        return;
    }
    enter(s);
    if (online && s->state == SOCK_WAITING) {
        s->waits_n = 0;
        begin(s);
    } else if (!online && !s->loopback && (s->state == SOCK_LIVE || s->state == SOCK_CONNECTING)) {
        s->opened = true; /* nothing to fall back to */
        sock_give_up(s, "transport close");
    }
    leave_quietly(s);
}

static enum err send_or_keep(struct sock *s, bool sendable, uint64_t tag)
{
    struct slice packet = buf_peek(&s->packet);
    if (sendable) {
        return engine_send(&s->engine, false, packet);
    }
    if (s->engine.state == ENG_OPEN && engine_too_large(&s->engine, packet.n)) {
        return ERR_LIMIT;
    }
    struct rec rec = {.tag = tag, .data = packet};
    return recq_push(&s->outbox, &rec);
}

static enum err emit(struct sock *s, const struct sio_event *event, const struct ack *like)
{
    bool sendable = s->state == SOCK_LIVE && recq_empty(&s->outbox) &&
                    !engine_expired(&s->engine, s->host->now_ms());
    buf_reset(&s->packet);
    enum err r = sio_encode_event(event, &s->packet);
    if (r == ERR_OK && like) {
        struct ack ack = *like;
        ack.sent = sendable;
        r = acks_add(&s->acks, &ack);
    }
    if (r != ERR_OK) {
        return r;
    }
    r = send_or_keep(s, sendable, like ? like->id : NO_ACK);
    if (r != ERR_OK && like) {
        mem_free(acks_take(&s->acks, like->id));
    }
    return r;
}

enum err sock_emit(struct sock *s, struct slice event, struct slice args, sock_ack_fn ack,
                   void *ack_user, uint32_t timeout_ms)
{
    struct sio_event packet = {.nsp = buf_peek(&s->nsp), .event = event, .args = args};
    struct ack like = {.id = s->next_ack_id,
                       .fn = ack,
                       .user = ack_user,
                       .due_ms = INT64_MAX,
                       .result = ERR_TIMEOUT};
    if (s->doomed) {
        return ERR_CLOSED;
    }
    if (ack) {
        packet.has_id = true;
        packet.id = like.id;
        like.due_ms = timeout_ms ? s->host->now_ms() + timeout_ms : INT64_MAX;
    }
    enter(s);
    enum err r = sio_event_reserved(event) ? ERR_INVALID : emit(s, &packet, ack ? &like : NULL);
    if (r == ERR_OK && ack) {
        s->next_ack_id++;
    }
    leave_quietly(s);
    return r;
}
