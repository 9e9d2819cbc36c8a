/* The client's socket of one Socket.IO namespace: its life, sending, what is kept while offline. */
#include "sock.h"

#include "check.h"
#include "json.h"
#include "limits.h"
#include "mem.h"
#include "sock_recovery.h"
#include "sock_state.h"

/* ---- telling ---- */

void sock_tell_status(struct sock *s)
{
    bool live = s->state == SOCK_LIVE, waiting = s->state == SOCK_WAITING;
    const struct manager *m = s->manager;
    s->status_due = false;
    struct sock_status status = {
        .state = s->state,
        .polling = live && !m->engine.on_websocket,
        .recovered = live && s->recovered,
        .max_payload_bytes = live ? m->engine.max_payload_bytes : 0,
        .attempt = waiting ? m->attempt : 0,
        .retry_at_ms = waiting ? m->due_ms : 0,
        .sid = live ? buf_peek(&s->sid) : (struct slice){0},
    };
    if (waiting || s->state == SOCK_CLOSED) {
        status.reason = s->reason ? slice_str(s->reason) : buf_peek(&s->reason_text);
        status.failure = s->failure;
        status.gave_up = s->gave_up;
        status.refusal_json = buf_peek(&s->refusal);
    }
    if (!s->doomed && s->callbacks.on_status) {
        s->callbacks.on_status(s->callbacks.user, &status);
    }
}

static void pop_outbox(struct sock *s)
{
    recq_pop_packet(&s->outbox);
    s->outbox_n--;
}

/* Withdraw what waits for this ack, and make room where that is at the front. */
static void withdraw(struct sock *s, uint64_t ack_id)
{
    struct rec rec;
    if (recq_kill(&s->outbox, ack_id)) {
        while (recq_peek(&s->outbox, &rec) && rec.dead) {
            pop_outbox(s);
        }
    }
}

static void tell_due_acks(struct sock *s)
{
    struct ack *ack;
    int64_t now = s->manager->host->now_ms();
    while (!s->doomed && (ack = acks_take_due(&s->acks, now))) {
        if (!ack->sent) {
            withdraw(s, ack->id);
        }
        struct ack due = *ack;
        mem_free(ack);
        due.fn(due.user, due.result, &(struct sock_args){0});
    }
}

void sock_tell(struct sock *s)
{
    tell_due_acks(s);
    if (!s->doomed && s->queue_due) {
        s->queue_due = false;
        s->queue_ops->tell(s);
    }
    if (!s->doomed && s->auth_due) {
        s->auth_due = false;
        s->callbacks.on_auth(s->callbacks.user);
    }
    if (s->status_due) {
        sock_tell_status(s);
    }
}

int64_t sock_deadline(const struct sock *s)
{
    if (s->status_due || s->auth_due || s->queue_due) {
        return INT64_MIN;
    }
    return s->due_ms < s->acks.due_ms ? s->due_ms : s->acks.due_ms;
}

void sock_move(struct sock *s, enum sock_state state, const char *reason)
{
    s->state = state;
    s->reason = reason;
    s->moves++;
    s->status_due = true;
    s->due_ms = INT64_MAX;
    s->gave_up = false;
    s->failure = (struct sock_failure){0};
    buf_reset(&s->refusal);
}

/* ---- connecting ---- */

void sock_connecting(struct sock *s)
{
    sock_move(s, SOCK_CONNECTING, s->reason);
}

static enum err send_packet(struct sock *s, const struct sio_packet *packet)
{
    struct buf *out = &s->manager->packet;
    buf_reset(out);
    enum err r = sio_encode(packet, out);
    return r == ERR_OK ? engine_send(&s->manager->engine, buf_peek(out), NULL, 0) : r;
}

static enum err send_connect(struct sock *s)
{
    struct buf json;
    buf_init(&json, MANAGER_PACKET_MAX_BYTES);
    enum err r = sock_recovery_put(s, buf_peek(&s->auth), &json);
    struct sio_packet packet = {
        .type = SIO_CONNECT, .nsp = buf_peek(&s->nsp), .json = buf_peek(&json)};
    r = r == ERR_OK ? send_packet(s, &packet) : r;
    buf_fini(&json);
    s->asked = r == ERR_OK;
    return r;
}

void sock_connect(struct sock *s)
{
    if (s->asked) {
        return; /* the answer to the earlier one comes first */
    }
    s->due_ms = s->manager->host->now_ms() + s->manager->connect_timeout_ms;
    if (s->callbacks.on_auth) {
        s->auth_due = true;
        s->auth_awaited = true;
    } else if (send_connect(s) != ERR_OK) {
        manager_give_up(s->manager, "transport error");
    }
}

enum err sock_auth(struct sock *s, struct slice json)
{
    const struct json_limits relay = {.depth_max = JSON_RELAY_DEPTH_MAX,
                                      .values_max = JSON_RELAY_VALUES_MAX,
                                      .allow_duplicate_keys = true};
    if (s->doomed) {
        return ERR_OK;
    }
    if (json.n > 0 && (json_check(json, &relay) != ERR_OK || json_type_of(json) != JSON_OBJECT)) {
        return ERR_INVALID;
    }
    buf_reset(&s->auth);
    enum err r = buf_put(&s->auth, json);
    if (r != ERR_OK || !s->auth_awaited) {
        return r;
    }
    s->auth_awaited = false;
    s->auth_due = false;
    manager_enter(s->manager);
    r = send_connect(s);
    if (r != ERR_OK) {
        manager_give_up(s->manager, "transport error");
    }
    manager_leave_quietly(s->manager);
    return r;
}

/* Forget all that belongs to the connection that ended, or to the stay in the namespace. */
static void drop_connection(struct sock *s, bool closed)
{
    recq_fini(&s->early);
    s->auth_due = false;
    s->auth_awaited = false;
    acks_close(&s->acks, closed);
    if (s->queue_ops) {
        s->queue_ops->lost(s, closed);
    }
}

void sock_lost(struct sock *s, const char *reason, bool again)
{
    drop_connection(s, false);
    if (slice_eq(slice_str(reason), SL("parse error"))) {
        sock_recovery_forget(s);
    }
    sock_move(s, again ? SOCK_WAITING : SOCK_CLOSED, reason);
    s->gave_up = !again;
    s->failure = s->manager->failure;
}

void sock_shut(struct sock *s, const char *reason, struct slice farewell)
{
    drop_connection(s, false);
    s->stale = s->asked;
    sock_move(s, SOCK_CLOSED, reason);
    manager_unwant(s->manager, farewell);
}

void sock_tick(struct sock *s, int64_t now_ms)
{
    if (s->doomed || now_ms < s->due_ms) {
        return;
    }
    /* Others may live on a connection whose server does not answer this one. */
    for (const struct sock *other = s->manager->socks; other; other = other->next) {
        if (other->state == SOCK_LIVE) {
            sock_shut(s, "timeout", (struct slice){0});
            return;
        }
    }
    manager_give_up(s->manager, "timeout");
}

/* ---- life ---- */

void sock_destroy(struct sock *s)
{
    acks_fini(&s->acks);
    recq_fini(&s->outbox);
    recq_fini(&s->early);
    if (s->queue_ops) {
        s->queue_ops->free(s->queue);
    }
    struct buf *bufs[] = {&s->nsp, &s->auth, &s->reason_text, &s->refusal,
                          &s->sid, &s->pid,  &s->offset};
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
    struct buf *bufs[] = {&s->nsp, &s->auth, &s->reason_text, &s->refusal, &s->sid};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++) {
        buf_init(bufs[i], MANAGER_PACKET_MAX_BYTES);
    }
    buf_init(&s->pid, SOCK_RECOVERY_MAX_BYTES);
    buf_init(&s->offset, SOCK_RECOVERY_MAX_BYTES);
    s->offline_max_bytes = or_default(o->offline_max_bytes, 1u << 20);
    s->offline_max_n = or_default(o->offline_max_n, 4096);
    s->retries = o->retries;
    s->ack_timeout_ms = or_default(o->ack_timeout_ms, 10000);
    s->due_ms = INT64_MAX;
    acks_init(&s->acks);
    recq_init(&s->outbox, s->offline_max_bytes);
    recq_init(&s->early, SOCK_EARLY_MAX_BYTES);
    enum err r = buf_put(&s->nsp, o->nsp.n > 0 ? o->nsp : SL("/"));
    return r == ERR_OK ? buf_put(&s->auth, o->auth_json) : r;
}

/* Put s last in the manager's list. False: its namespace is taken. */
static bool join(struct manager *m, struct sock *s)
{
    struct sock **at = &m->socks;
    for (; *at; at = &(*at)->next) {
        struct sock *other = *at;
        if (slice_eq(buf_peek(&other->nsp), buf_peek(&s->nsp))) {
            if (!other->doomed) {
                return false;
            }
            s->asked = s->stale = other->asked; /* the answer is to s now */
            other->asked = other->stale = false;
        }
    }
    *at = s;
    s->manager = m;
    return true;
}

struct sock *sock_new(const struct sock_options *options, const struct sock_callbacks *callbacks)
{
    struct sock *s = mem_zalloc(sizeof *s);
    if (!s) {
        return NULL;
    }
    s->callbacks = *callbacks;
    enum err r = init(s, options);
    struct manager *m = options->manager;
    bool own = !m;
    if (r == ERR_OK && own) {
        m = manager_new(&options->connection);
    }
    if (r != ERR_OK || !m || m->doomed || !join(m, s)) {
        sock_destroy(s);
        return NULL;
    }
    m->of_one_sock = own;
    return s;
}

/* Leave without a word to our user. */
static void go(struct sock *s, struct slice farewell)
{
    bool wanted = sock_wanted(s);
    s->state = SOCK_CLOSED;
    s->moves++;
    s->doomed = true;
    s->stale = s->asked;
    s->status_due = false;
    s->auth_due = false;
    s->queue_due = false;
    s->due_ms = INT64_MAX;
    s->acks.due_ms = INT64_MAX;
    if (wanted) {
        manager_unwant(s->manager, farewell);
    }
}

/* The DISCONNECT that a LIVE socket says, in the manager's packet; else, or without memory,
 * empty: a courtesy, closing says the same. */
static struct slice farewell_of(struct sock *s)
{
    struct sio_packet packet = {.type = SIO_DISCONNECT, .nsp = buf_peek(&s->nsp)};
    struct buf *out = &s->manager->packet;
    buf_reset(out);
    if (s->state == SOCK_LIVE && sio_encode(&packet, out) != ERR_OK) {
        buf_reset(out);
    }
    return buf_peek(out);
}

void sock_free(struct sock *s)
{
    if (!s || s->doomed) {
        return;
    }
    struct manager *m = s->manager;
    if (m->of_one_sock) {
        manager_free(m);
        return;
    }
    manager_enter(m);
    go(s, farewell_of(s));
    manager_leave_quietly(m);
}

void sock_open(struct sock *s)
{
    struct manager *m = s->manager;
    if (s->doomed || (s->state != SOCK_IDLE && s->state != SOCK_CLOSED)) {
        return;
    }
    manager_enter(m);
    sock_move(s, m->state == MGR_WAITING ? SOCK_WAITING : SOCK_CONNECTING,
              m->state == MGR_WAITING ? m->reason : s->reason);
    s->failure = m->state == MGR_WAITING ? m->failure : s->failure;
    if (m->state == MGR_OPEN) {
        sock_connect(s);
    } else {
        manager_want(m);
    }
    manager_leave_quietly(m);
}

void sock_close(struct sock *s)
{
    if (s->doomed || s->state == SOCK_CLOSED) {
        return;
    }
    manager_enter(s->manager);
    struct slice farewell = farewell_of(s);
    recq_fini(&s->outbox);
    s->outbox_n = 0;
    drop_connection(s, true);
    sock_recovery_forget(s);
    sock_shut(s, "io client disconnect", farewell);
    manager_leave_quietly(s->manager);
}

bool sock_quiet(const struct sock *s)
{
    return manager_quiet(s->manager);
}

void sock_retry_now(struct sock *s)
{
    manager_retry_now(s->manager);
}

void sock_hold(struct sock *s, int64_t until_ms)
{
    manager_hold(s->manager, until_ms);
}

void sock_network_changed(struct sock *s, bool online)
{
    manager_network_changed(s->manager, online);
}

/* ---- sending ---- */

bool sock_sendable(const struct sock *s)
{
    const struct manager *m = s->manager;
    return s->state == SOCK_LIVE && recq_empty(&s->outbox) &&
           !engine_expired(&m->engine, m->host->now_ms());
}

/* Room on the wire for this packet? One larger than the cap goes when nothing waits. */
static bool wire_has_room(const struct sock *s, struct slice text, const struct sock_args *args)
{
    size_t max = s->manager->send_max_bytes;
    size_t unsent = engine_unsent(&s->manager->engine);
    size_t need = text.n;
    for (size_t i = 0; i < args->attachments_n; i++) {
        need += args->attachments[i].n;
    }
    return unsent == 0 || (unsent <= max && need <= max - unsent);
}

/* Keep the manager's packet for later. */
static enum err keep(struct sock *s, uint64_t tag, const struct sock_args *args)
{
    struct rec rec = {.tag = tag, .data = buf_peek(&s->manager->packet)};
    const struct engine *e = &s->manager->engine;
    if (e->state == ENG_OPEN &&
        engine_too_large(e, rec.data, args->attachments, args->attachments_n)) {
        return ERR_LIMIT;
    }
    if (s->outbox_n >= s->offline_max_n) {
        return ERR_RATE;
    }
    enum err r = recq_push_packet(&s->outbox, &rec, args->attachments, args->attachments_n);
    s->outbox_n += r == ERR_OK;
    return r == ERR_LIMIT ? ERR_RATE : r;
}

static enum err send_or_keep(struct sock *s, bool sendable, uint64_t tag,
                             const struct sock_args *args)
{
    struct slice text = buf_peek(&s->manager->packet);
    if (!sendable) {
        return keep(s, tag, args);
    }
    struct engine *e = &s->manager->engine;
    if (engine_too_large(e, text, args->attachments, args->attachments_n)) {
        return ERR_LIMIT;
    }
    return wire_has_room(s, text, args)
               ? engine_send(e, text, args->attachments, args->attachments_n)
               : ERR_RATE;
}

static enum err add_ack(struct sock *s, const struct sock_message *message, bool sendable)
{
    struct ack ack = {
        .id = s->next_ack_id,
        .fn = message->ack,
        .user = message->ack_user,
        .due_ms =
            message->timeout_ms ? s->manager->host->now_ms() + message->timeout_ms : INT64_MAX,
        .result = ERR_TIMEOUT,
        .sent = sendable,
    };
    enum err r = acks_add(&s->acks, &ack);
    return r == ERR_LIMIT ? ERR_RATE : r;
}

enum err sock_put_event(struct sock *s, const struct sock_message *message, uint64_t *id)
{
    bool sendable = sock_sendable(s);
    uint64_t tag = message->ack ? s->next_ack_id : SOCK_NO_ACK;
    struct sio_event event = {
        .nsp = buf_peek(&s->nsp),
        .event = message->event,
        .args = message->args.json,
        .has_id = message->ack != NULL,
        .id = message->ack ? tag : 0,
        .attachments_n = (uint8_t)message->args.attachments_n,
    };
    struct buf *out = &s->manager->packet;
    buf_reset(out);
    enum err r = sio_encode_event(&event, out);
    r = r == ERR_OK && message->ack ? add_ack(s, message, sendable) : r;
    if (r != ERR_OK) {
        return r;
    }
    r = send_or_keep(s, sendable, tag, &message->args);
    if (message->ack && r != ERR_OK) {
        mem_free(acks_take(&s->acks, tag));
    } else if (message->ack) {
        *id = s->next_ack_id++;
    }
    return r;
}

enum err sock_send(struct sock *s, const struct sock_message *message)
{
    uint64_t id;
    if (s->doomed) {
        return ERR_CLOSED;
    }
    if (sio_event_reserved(message->event) || message->args.attachments_n > SIO_ATTACHMENTS_MAX) {
        return ERR_INVALID;
    }
    if (message->is_volatile && (!sock_sendable(s) || !engine_writable(&s->manager->engine))) {
        return ERR_CLOSED;
    }
    manager_enter(s->manager);
    enum err r = sock_put_event(s, message, &id);
    manager_leave_quietly(s->manager);
    return r;
}

enum err sock_emit(struct sock *s, struct slice event, struct slice args, sock_ack_fn ack,
                   void *ack_user, uint32_t timeout_ms)
{
    struct sock_message message = {.event = event,
                                   .args = {.json = args},
                                   .ack = ack,
                                   .ack_user = ack_user,
                                   .timeout_ms = timeout_ms};
    return sock_send(s, &message);
}

void sock_flush_outbox(struct sock *s)
{
    struct rec rec;
    struct slice attachments[SIO_ATTACHMENTS_MAX];
    size_t n;
    struct engine *e = &s->manager->engine;
    while (s->state == SOCK_LIVE && recq_peek_packet(&s->outbox, &rec, attachments, &n)) {
        enum err r = rec.dead ? ERR_OK : engine_send(e, rec.data, attachments, n);
        if (r == ERR_LIMIT) {
            acks_end(&s->acks, rec.tag, ERR_LIMIT);
        } else if (r != ERR_OK) {
            manager_give_up(s->manager, "transport error");
            return;
        } else if (!rec.dead) {
            acks_mark_sent(&s->acks, rec.tag);
        }
        pop_outbox(s);
    }
}
