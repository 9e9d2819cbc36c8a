/* One connection to one server, shared by the sockets of its namespaces: making it, losing it,
 * finding it again. */
#include "manager.h"

#include "backoff.h"
#include "check.h"
#include "manager_state.h"
#include "mem.h"
#include "sock_state.h"

/* The first transport's share of the time to connect, when another is still to be tried. */
#define FIRST_SHARE 4

static void lost(struct manager *m, const char *reason, bool may_fall_back);

/* ---- turns ---- */

static void arm_timer(struct manager *m)
{
    int64_t due = engine_deadline(&m->engine);
    due = m->due_ms < due ? m->due_ms : due;
    for (const struct sock *s = m->socks; s; s = s->next) {
        int64_t of_sock = sock_deadline(s);
        due = of_sock < due ? of_sock : due;
    }
    if (due == INT64_MAX) {
        m->host->timer_stop(m->timer);
        return;
    }
    int64_t now = m->host->now_ms();
    int64_t wait = due <= now ? 0 : due - now;
    m->host->timer_start(m->timer, wait > INT32_MAX ? INT32_MAX : (uint32_t)wait);
}

static void destroy(struct manager *m)
{
    engine_fini(&m->engine);
    if (m->timer) {
        m->host->timer_free(m->timer);
    }
    while (m->socks) {
        struct sock *s = m->socks;
        m->socks = s->next;
        sock_destroy(s);
    }
    sio_assembler_reset(&m->assembler);
    buf_fini(&m->packet);
    buf_fini(&m->name);
    mem_free(m);
}

static void free_doomed(struct manager *m)
{
    for (struct sock **at = &m->socks; *at;) {
        struct sock *s = *at;
        if (s->doomed && !s->asked) {
            *at = s->next;
            sock_destroy(s);
        } else {
            at = &s->next;
        }
    }
}

void manager_enter(struct manager *m)
{
    m->depth++;
}

void manager_leave_quietly(struct manager *m)
{
    CHECK(m->depth > 0);
    if (--m->depth > 0) {
        return;
    }
    if (m->doomed) {
        destroy(m);
        return;
    }
    free_doomed(m);
    arm_timer(m);
}

static void enter(void *user)
{
    manager_enter(user);
}

/* End of a turn of the wire or the timer. */
static void leave(void *user)
{
    struct manager *m = user;
    for (struct sock *s = m->socks; s && !m->doomed; s = s->next) {
        sock_tell(s);
    }
    manager_leave_quietly(m);
}

/* ---- connecting ---- */

static bool can_fall_back(const struct manager *m)
{
    switch (m->transports) {
    case SOCK_WEBSOCKET_FIRST:
        return m->on_websocket;
    case SOCK_POLLING_FIRST:
        return m->on_websocket || m->try_all_transports;
    default:
        return false;
    }
}

static bool begins_with_websocket(const struct manager *m)
{
    switch (m->transports) {
    case SOCK_WEBSOCKET_ONLY:
        return true;
    case SOCK_WEBSOCKET_FIRST:
        return !m->websocket_bad;
    case SOCK_POLLING_FIRST:
        return m->remember_upgrade && m->websocket_works;
    default:
        return false;
    }
}

static bool start_engine(struct manager *m, bool websocket)
{
    enum engine_probe probe = m->transports == SOCK_POLLING_ONLY ? ENGINE_PROBE_NEVER
                              : m->fell_back                     ? ENGINE_PROBE_LATER
                                                                 : ENGINE_PROBE_AT_ONCE;
    m->on_websocket = websocket;
    m->due_ms =
        m->host->now_ms() + (!m->fell_back && can_fall_back(m) ? m->connect_timeout_ms / FIRST_SHARE
                                                               : m->connect_timeout_ms);
    return engine_open(&m->engine, websocket, probe) == ERR_OK;
}

static void begin(struct manager *m)
{
    m->state = MGR_CONNECTING;
    m->proven = false;
    m->fell_back = false;
    for (struct sock *s = m->socks; s; s = s->next) {
        if (sock_wanted(s)) {
            sock_connecting(s);
        }
    }
    if (!start_engine(m, begins_with_websocket(m))) {
        lost(m, m->on_websocket ? "websocket error" : "xhr poll error", true);
    }
}

/* What belongs to the connection that ended. */
static void drop_connection(struct manager *m)
{
    sio_assembler_reset(&m->assembler);
    for (struct sock *s = m->socks; s; s = s->next) {
        s->asked = false;
        s->stale = false;
    }
}

void manager_want(struct manager *m)
{
    if (m->state == MGR_IDLE) {
        m->attempt = 0;
        m->waits_n = 0;
        begin(m);
    }
}

void manager_unwant(struct manager *m, struct slice farewell)
{
    for (const struct sock *s = m->socks; s; s = s->next) {
        if (!s->doomed && sock_wanted(s)) {
            if (farewell.n > 0 && engine_send(&m->engine, farewell, NULL, 0) != ERR_OK) {
                manager_give_up(m, "transport error"); /* that says the same */
            }
            return;
        }
    }
    engine_close(&m->engine, farewell);
    drop_connection(m);
    m->state = MGR_IDLE;
    m->due_ms = INT64_MAX;
}

/* The transport did not come up: the same try goes on by the other one. */
static bool fall_back(struct manager *m)
{
    if (m->state != MGR_CONNECTING || m->fell_back || !can_fall_back(m)) {
        return false;
    }
    engine_abort(&m->engine);
    m->fell_back = true;
    return start_engine(m, !m->on_websocket);
}

/* The connection is gone, the engine CLOSED: try again later. */
static void lost(struct manager *m, const char *reason, bool may_fall_back)
{
    if (m->on_websocket && m->state == MGR_CONNECTING) {
        m->websocket_works = false;
    }
    if (may_fall_back && fall_back(m)) {
        return;
    }
    if (!m->proven) {
        m->websocket_bad = false;
        m->attempt = m->attempt < UINT32_MAX ? m->attempt + 1 : m->attempt;
    }
    bool again = !m->no_reconnect &&
                 (m->reconnect_attempts_max == 0 || m->waits_n < m->reconnect_attempts_max);
    unsigned code = m->engine.failure.code;
    m->failure = (struct sock_failure){.websocket = m->engine.failure.websocket};
    m->failure.http_status = code < 1000 ? (uint16_t)code : 0;
    m->failure.close_code = code >= 1000 ? (uint16_t)code : 0;
    m->reason = reason;
    m->state = again ? MGR_WAITING : MGR_IDLE;
    m->due_ms = INT64_MAX;
    if (again) {
        m->due_ms = m->host->now_ms() + backoff_ms(m->reconnect_delay_ms, m->reconnect_delay_max_ms,
                                                   m->reconnect_jitter_percent, m->waits_n,
                                                   m->host->random_u32());
        m->due_ms = m->due_ms > m->hold_ms ? m->due_ms : m->hold_ms;
        m->hold_ms = 0;
        m->waits_n = m->waits_n < UINT32_MAX ? m->waits_n + 1 : m->waits_n;
    }
    drop_connection(m);
    for (struct sock *s = m->socks; s; s = s->next) {
        if (!s->doomed && sock_wanted(s)) {
            sock_lost(s, reason, again);
        }
    }
}

/* reason: static text; the failure is not the wire's. */
static void break_off(struct manager *m, const char *reason, bool may_fall_back)
{
    engine_abort(&m->engine);
    m->engine.failure = (struct engine_failure){.websocket = m->engine.on_websocket};
    lost(m, reason, may_fall_back);
}

void manager_give_up(struct manager *m, const char *reason)
{
    if (m->state == MGR_CONNECTING || m->state == MGR_OPEN) {
        break_off(m, reason, false);
    }
}

void manager_prove(struct manager *m)
{
    m->proven = true;
    m->attempt = 0;
    m->waits_n = 0;
    m->websocket_bad = m->fell_back && !m->on_websocket;
    m->websocket_works = m->websocket_works || m->engine.on_websocket;
}

/* ---- what the engine tells ---- */

static void on_engine_open(void *user)
{
    struct manager *m = user;
    m->state = MGR_OPEN;
    m->due_ms = INT64_MAX;
    for (struct sock *s = m->socks; s && m->state == MGR_OPEN; s = s->next) {
        if (!s->doomed && sock_wanted(s)) {
            sock_connect(s);
        }
    }
}

static void on_engine_upgrade(void *user)
{
    struct manager *m = user;
    m->websocket_bad = false;
    m->websocket_works = true;
    for (struct sock *s = m->socks; s; s = s->next) {
        s->status_due = s->status_due || s->state == SOCK_LIVE;
    }
}

static void on_engine_close(void *user, const char *reason)
{
    lost(user, reason, true);
}

/* A packet for the socket of its namespace; for no socket: nothing. */
static void receive(struct manager *m, struct slice text, const struct sio_packet *packet,
                    const struct slice *attachments)
{
    for (struct sock *s = m->socks; s; s = s->next) {
        if ((!s->doomed || s->asked) && slice_eq(packet->nsp, buf_peek(&s->nsp))) {
            sock_receive(s, text, packet, attachments);
            return;
        }
    }
}

static void receive_binary(struct manager *m, struct slice data)
{
    struct sio_packet packet;
    struct slice attachments[SIO_ATTACHMENTS_MAX];
    enum err r = sio_assembler_add(&m->assembler, data);
    if (r == ERR_MORE) {
        return;
    }
    if (r != ERR_OK) {
        manager_give_up(m, r == ERR_PROTO ? "parse error" : "transport error");
        return;
    }
    /* Ours while it is delivered: the callback may end the connection. */
    struct sio_assembler whole = m->assembler;
    m->assembler = (struct sio_assembler){.max_bytes = MANAGER_PACKET_MAX_BYTES};
    for (size_t i = 0; i < whole.have_n; i++) {
        attachments[i] = buf_peek(&whole.data[i]);
    }
    struct slice text = buf_peek(&whole.text);
    if (sio_decode(text, &packet, NULL) == ERR_OK) { /* as it was when it came */
        receive(m, text, &packet, attachments);
    }
    sio_assembler_reset(&whole);
}

static void on_engine_message(void *user, bool binary, struct slice data)
{
    struct manager *m = user;
    struct sio_packet packet;
    if (binary) {
        receive_binary(m, data);
    } else if (sio_assembler_waiting(&m->assembler) || sio_decode(data, &packet, NULL) != ERR_OK) {
        manager_give_up(m, "parse error");
    } else if (packet.attachments_n == 0) {
        receive(m, data, &packet, NULL);
    } else if (sio_assembler_start(&m->assembler, data, packet.attachments_n) != ERR_OK) {
        manager_give_up(m, "transport error");
    }
}

/* ---- the timer ---- */

static void on_timer(void *user)
{
    struct manager *m = user;
    int64_t now = m->host->now_ms();
    manager_enter(m);
    if (now >= engine_deadline(&m->engine)) {
        engine_tick(&m->engine, now);
    }
    if (now >= m->due_ms) {
        if (m->state == MGR_WAITING) {
            begin(m);
        } else {
            break_off(m, "timeout", true);
        }
    }
    for (struct sock *s = m->socks; s; s = s->next) {
        sock_tick(s, now);
    }
    leave(m);
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

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static uint32_t jitter_percent(uint32_t wish)
{
    if (wish == MANAGER_NO_JITTER) {
        return 0;
    }
    return wish > 100 ? 100 : or_default(wish, 50);
}

static enum err init(struct manager *m, const struct manager_options *o)
{
    struct engine_events events = {
        .user = m,
        .on_enter = enter,
        .on_leave = leave,
        .on_open = on_engine_open,
        .on_upgrade = on_engine_upgrade,
        .on_message = on_engine_message,
        .on_close = on_engine_close,
    };
    struct engine_options engine = {
        .base = o->url,
        .path = o->path.n > 0 ? o->path : SL("/socket.io/"),
        .query = o->query,
        .with_credentials = o->with_credentials,
    };
    buf_init(&m->packet, MANAGER_PACKET_MAX_BYTES);
    buf_init(&m->name, MANAGER_PACKET_MAX_BYTES);
    m->assembler.max_bytes = MANAGER_PACKET_MAX_BYTES;
    enum err r = engine_init(&m->engine, &events, &engine);
    m->loopback = is_loopback(buf_peek(&m->engine.base));
    m->timer = m->host->timer_new(on_timer, m);
    return m->timer ? r : ERR_NOMEM;
}

struct manager *manager_new(const struct manager_options *options)
{
    const struct manager_options *o = options;
    struct manager *m = mem_zalloc(sizeof *m);
    if (!m) {
        return NULL;
    }
    m->host = host_default();
    m->transports = o->transports;
    m->try_all_transports = o->try_all_transports;
    m->remember_upgrade = o->remember_upgrade;
    m->no_reconnect = o->no_reconnect;
    m->reconnect_attempts_max = o->reconnect_attempts_max;
    m->reconnect_delay_ms = or_default(o->reconnect_delay_ms, 1000);
    m->reconnect_delay_max_ms = or_default(o->reconnect_delay_max_ms, 30000);
    m->reconnect_jitter_percent = jitter_percent(o->reconnect_jitter_percent);
    m->connect_timeout_ms = or_default(o->connect_timeout_ms, 20000);
    m->send_max_bytes = or_default(o->send_max_bytes, 1u << 20);
    m->due_ms = INT64_MAX;
    m->reason = "transport close";
    if (init(m, o) != ERR_OK) {
        destroy(m);
        return NULL;
    }
    return m;
}

void manager_free(struct manager *m)
{
    if (!m) {
        return;
    }
    if (m->depth > 0) {
        engine_abort(&m->engine);
        m->state = MGR_IDLE;
        m->due_ms = INT64_MAX;
        m->doomed = true;
        for (struct sock *s = m->socks; s; s = s->next) {
            s->state = SOCK_CLOSED;
            s->moves++;
            s->doomed = true;
        }
        return;
    }
    destroy(m);
}

bool manager_quiet(const struct manager *m)
{
    return m->engine.state == ENG_CLOSED;
}

void manager_hold(struct manager *m, int64_t until_ms)
{
    m->hold_ms = until_ms;
}

void manager_retry_now(struct manager *m)
{
    if (m->doomed || m->state != MGR_WAITING) {
        return;
    }
    manager_enter(m);
    begin(m);
    manager_leave_quietly(m);
}

void manager_network_changed(struct manager *m, bool online)
{
    if (m->doomed) {
        return;
    }
    manager_enter(m);
    if (online && m->state == MGR_WAITING) {
        m->waits_n = 0;
        begin(m);
    } else if (!online && !m->loopback) {
        manager_give_up(m, "transport close");
    }
    manager_leave_quietly(m);
}
