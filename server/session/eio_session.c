/* See eio_session.h: the table, heartbeats, packets, the ends. */
#include "eio_session.h"

#include "clock.h"
#include "eio_upgrade.h"
#include "log.h"
#include "mem.h"

#include <openssl/rand.h>
#include <stddef.h>

#define BUCKETS_N_MIN     1024
#define PAYLOAD_BYTES_MAX (256u << 20) /* what one GET may carry; queues are capped long before */

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* --- ids and the table --- */

unsigned eio_sid_reactor(struct slice sid, unsigned reactors_n)
{
    /* The id is made so that its first two characters, 12 bits, name the reactor. */
    unsigned value = 0;
    for (size_t i = 0; i < 2 && i < sid.n; i++) {
        const char *at = memchr(base64url, sid.p[i], 64);
        value = value * 64 + (at ? (unsigned)(at - base64url) : 0);
    }
    return value % reactors_n;
}

static bool make_sid(struct eio_reactor *r, char sid[EIO_SID_BYTES])
{
    uint8_t bytes[EIO_SID_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    for (size_t i = 0; i < EIO_SID_BYTES; i++) {
        sid[i] = base64url[bytes[i] & 63];
    }
    unsigned value = ((bytes[0] & 63u) << 6) | (bytes[1] & 63u);
    value = value - value % r->reactors_n + r->loop.index;
    value = value < 4096 ? value : value - r->reactors_n;
    sid[0] = base64url[value >> 6];
    sid[1] = base64url[value & 63];
    return true;
}

/* Ids are random, and nobody but us inserts: a few of their bytes are a hash. */
static struct eio_session **bucket_of(struct eio_reactor *r, const char *sid)
{
    uint64_t hash;
    memcpy(&hash, sid + 4, sizeof hash);
    hash *= 0x9E3779B97F4A7C15u;
    return &r->buckets[(hash >> 32) & (r->buckets_n - 1)];
}

static void table_insert(struct eio_reactor *r, struct eio_session *s)
{
    struct eio_session **bucket = bucket_of(r, s->sid);
    s->next_in_bucket = *bucket;
    *bucket = s;
}

static void table_grow(struct eio_reactor *r)
{
    struct eio_session **old = r->buckets;
    uint32_t old_n = r->buckets_n;
    struct eio_session **buckets = mem_zalloc(2 * old_n * sizeof *buckets);
    if (!buckets) {
        return; /* slower, but right */
    }
    r->buckets = buckets;
    r->buckets_n = 2 * old_n;
    for (uint32_t i = 0; i < old_n; i++) {
        for (struct eio_session *s = old[i], *next; s; s = next) {
            next = s->next_in_bucket;
            table_insert(r, s);
        }
    }
    mem_free(old);
}

static void table_remove(struct eio_reactor *r, struct eio_session *s)
{
    struct eio_session **at = bucket_of(r, s->sid);
    while (*at != s) {
        at = &(*at)->next_in_bucket;
    }
    *at = s->next_in_bucket;
}

struct eio_session *eio_find(struct eio_reactor *r, struct slice sid)
{
    if (!eio_sid_valid(sid)) {
        return NULL;
    }
    struct eio_session *s = *bucket_of(r, sid.p);
    while (s && memcmp(s->sid, sid.p, EIO_SID_BYTES) != 0) {
        s = s->next_in_bucket;
    }
    return s;
}

/* --- heartbeats --- */

static void on_ping_due(struct deadline *d)
{
    struct eio_session *s = CONTAINER_OF(d, struct eio_session, heartbeat);
    int64_t timeout_us = (int64_t)s->reactor->options->ping_timeout_ms * 1000;
    int64_t due_us = d->due_us + timeout_us;
    /* The time runs from when the ping was due; but if we are late ourselves, the peer still gets
     * half of it. */
    int64_t least_us = clock_now_us() + timeout_us / 2;
    s->awaiting_pong = true;
    s->refreshed = false;
    deadline_arm(&s->reactor->pong_list, d, due_us > least_us ? due_us : least_us);
    eio_send_control(s, EIO_PING);
}

static void on_pong_overdue(struct deadline *d)
{
    eio_fail(CONTAINER_OF(d, struct eio_session, heartbeat), "ping timeout");
}

static void restart_ping(struct eio_session *s)
{
    if (s->doomed) {
        return; /* no sign of life saves it */
    }
    s->awaiting_pong = false;
    deadline_arm_in(&s->reactor->ping_list, &s->heartbeat, s->reactor->options->ping_interval_ms);
}

/* A big upload must not count as silence: other traffic moves the pong's deadline, once a ping. */
static void refresh_pong(struct eio_session *s)
{
    if (s->awaiting_pong && !s->refreshed && !s->doomed) {
        s->refreshed = true;
        deadline_arm_in(&s->reactor->pong_list, &s->heartbeat,
                        s->reactor->options->ping_timeout_ms);
    }
}

/* --- opening --- */

/* The seat of a session at its address. */
static enum err take_seat(const struct eio_reactor *r, const struct eio_info *info)
{
    struct eio_seats *seats = r->options->seats;
    return seats && info ? eio_seats_take(seats, info->address) : ERR_OK;
}

static void leave_seat(const struct eio_reactor *r, const struct eio_info *info)
{
    if (r->options->seats && info) {
        eio_seats_leave(r->options->seats, info->address);
    }
}

enum err eio_open(struct eio_reactor *r, bool base64, struct eio_info *info,
                  struct eio_session **out)
{
    enum err e = take_seat(r, info);
    if (e != ERR_OK) {
        eio_info_unref(info);
        return e;
    }
    struct eio_session *s = mem_zalloc(sizeof *s);
    bool ok = s && make_sid(r, s->sid);
    if (ok) {
        s->reactor = r;
        s->base64 = base64;
        s->info = info;
        ok = r->handlers->on_open(s);
    }
    if (!ok) {
        leave_seat(r, info);
        eio_info_unref(info);
        mem_free(s);
        return ERR_NOMEM;
    }
    if (r->sessions_n >= r->buckets_n) {
        table_grow(r);
    }
    table_insert(r, s);
    r->sessions_n++;
    restart_ping(s);
    *out = s;
    return ERR_OK;
}

enum err eio_put_open(struct eio_session *s, bool can_upgrade, struct buf *out)
{
    const struct eio_options *o = s->reactor->options;
    struct eio_open open = {
        .sid = {s->sid, EIO_SID_BYTES},
        .upgrade_websocket = can_upgrade,
        .ping_interval_ms = o->ping_interval_ms,
        .ping_timeout_ms = o->ping_timeout_ms,
        .max_payload_bytes = o->max_payload_bytes,
    };
    enum err e = buf_putc(out, '0');
    return e == ERR_OK ? eio_open_encode(&open, out) : e;
}

/* --- sending --- */

/* No memory for what this peer should have got: its end comes by the next timer, so that sending
 * never calls back. */
static void doom(struct eio_session *s)
{
    log_peer(LOG_ERROR, L_EIO, "out of memory, closing a session", "sid=%.4s", s->sid);
    s->doomed = true;
    deadline_arm_in(&s->reactor->pong_list, &s->heartbeat, 0);
}

/* A peer that takes no binary frames gets them as text: rewrite a run of frames. */
static bool send_as_base64(struct eio_session *s, struct slice frames)
{
    struct net *net = &s->reactor->net;
    while (frames.n > 0) {
        enum ws_opcode opcode;
        struct slice payload;
        size_t n = ws_frame_peek(frames, &opcode, &payload);
        struct eio_packet packet = {.type = EIO_MESSAGE, .binary = true, .data = payload};
        CHECK(n > 0);
        buf_reset(&s->reactor->scratch);
        if (opcode == WS_BINARY && eio_encode_text(&packet, &s->reactor->scratch) != ERR_OK) {
            return false;
        }
        struct slice text = opcode == WS_BINARY ? buf_peek(&s->reactor->scratch) : payload;
        struct out_slice out;
        if (chunk_put_frame(&net->direct, WS_TEXT, text, (struct slice){NULL, 0}, &out) != ERR_OK ||
            !conn_send(s->ws, out)) {
            return false;
        }
        frames = slice_from(frames, n);
    }
    return true;
}

void eio_pass_on(struct eio_session *s, struct out_slice frames)
{
    bool ok;
    if (s->ws && s->base64) {
        ok = send_as_base64(
            s, (struct slice){frames.chunk->bytes + frames.off, frames.end - frames.off});
    } else if (s->ws) {
        ok = conn_send(s->ws, frames);
    } else {
        ok = outq_push(&s->poll->out, frames) == ERR_OK;
        eio_poll_mark_dirty(s);
    }
    if (!ok) {
        doom(s);
    }
}

void eio_send_frames(struct eio_session *s, struct out_slice frames)
{
    if (!s->gone && !s->closing) {
        eio_pass_on(s, frames);
    }
}

static void send_packet(struct eio_session *s, enum ws_opcode opcode, struct slice head,
                        struct slice tail)
{
    struct out_slice frames;
    if (chunk_put_frame(&s->reactor->net.direct, opcode, head, tail, &frames) == ERR_OK) {
        eio_send_frames(s, frames);
    } else {
        doom(s);
    }
}

void eio_send(struct eio_session *s, bool binary, struct slice head, struct slice tail)
{
    if (s->reactor->handlers->before_send) {
        s->reactor->handlers->before_send(s);
    }
    if (!s->gone) {
        send_packet(s, binary ? WS_BINARY : WS_TEXT, head, tail);
    }
}

void eio_send_control(struct eio_session *s, enum eio_type type)
{
    char digit = (char)('0' + (int)type);
    send_packet(s, WS_TEXT, (struct slice){&digit, 1}, (struct slice){NULL, 0});
}

/* --- receiving --- */

void eio_handle_packet(struct eio_session *s, const struct eio_packet *packet)
{
    if (packet->type != EIO_PONG) {
        refresh_pong(s);
    }
    switch (packet->type) {
    case EIO_MESSAGE:
        s->reactor->handlers->on_message(s, packet->binary, packet->data);
        break;
    case EIO_PONG:
        restart_ping(s);
        break;
    case EIO_PING:
        log_peer(LOG_INFO, L_EIO, "closing: a client must not ping", "sid=%.4s", s->sid);
        eio_fail(s, "transport error");
        break;
    case EIO_CLOSE:
        eio_fail(s, "transport close");
        break;
    case EIO_OPEN:
    case EIO_UPGRADE:
    case EIO_NOOP:
        break; /* meaningless here; the reference ignores them too */
    }
}

static void on_ws_message(struct conn *c, enum ws_opcode opcode, struct slice data)
{
    struct eio_session *s = c->owner;
    if (s->ws != c) {
        eio_probe_message(s, opcode, data);
        return;
    }
    struct eio_packet packet = {.type = EIO_MESSAGE, .binary = true, .data = data};
    if (opcode == WS_TEXT && eio_decode_text(data, &s->reactor->scratch, &packet) != ERR_OK) {
        log_peer(LOG_INFO, L_EIO, "closing: not an Engine.IO packet", "sid=%.4s bytes=%zu", s->sid,
                 data.n);
        eio_fail(s, "parse error");
        return;
    }
    eio_handle_packet(s, &packet);
}

static void on_ws_closed(struct conn *c, enum err why, const char *reason)
{
    struct eio_session *s = c->owner;
    (void)reason;
    if (s->ws != c) {
        eio_probe_lost(s);
        return;
    }
    s->ws = NULL;
    eio_fail(s, why == ERR_CLOSED || why == ERR_LIMIT ? "transport close" : "transport error");
}

/* --- the ends --- */

void eio_release(struct eio_session *s)
{
    struct eio_reactor *r = s->reactor;
    CHECK(!s->gone);
    s->gone = true;
    deadline_disarm(&s->heartbeat);
    table_remove(r, s);
    r->sessions_n--;
    leave_seat(r, s->info);
    if (s->poll) {
        eio_probe_drop(s);
        eio_poll_left(s);
        outq_clear(&s->poll->out);
        deadline_disarm(&s->poll->upgrade);
    }
    s->next_in_bucket = r->freed;
    r->freed = s;
}

/* Close what carries the session; on polling the peer may still have to be told by its next GET, or at the end of an upgrade that it
 * has begun: when no GET is parked, or when what is queued goes with it, as clients drop what comes together with the packet that
 * closes. Returns false then. */
static bool close_transport(struct eio_session *s, bool tell)
{
    if (s->ws) {
        conn_close(s->ws, 0);
        s->ws = NULL;
        return true;
    }
    if (!s->poll) {
        return true;
    }
    bool told = s->poll->get && outq_empty(&s->poll->out);
    if (s->poll->get) {
        eio_poll_flush(s);
    }
    return told || !tell;
}

void eio_close(struct eio_session *s, const char *reason)
{
    if (s->gone || s->closing) {
        return;
    }
    if (s->poll && s->poll->leaver) {
        eio_fail(s, reason); /* the peer said goodbye already */
        return;
    }
    s->closing = true;
    bool told = close_transport(s, true);
    if (!s->gone && told) {
        eio_release(s);
    } else if (!s->gone) {
        deadline_arm_in(&s->reactor->closing_list, &s->heartbeat, EIO_CLOSING_MS);
    }
    s->reactor->handlers->on_close(s, reason);
}

void eio_fail(struct eio_session *s, const char *reason)
{
    if (s->gone) {
        return;
    }
    bool tell = !s->closing;
    s->closing = true;
    close_transport(s, false);
    if (!s->gone) {
        eio_release(s);
    }
    if (tell) {
        s->reactor->handlers->on_close(s, reason);
    }
}

static void on_closing_over(struct deadline *d)
{
    eio_release(CONTAINER_OF(d, struct eio_session, heartbeat));
}

/* --- the reactor --- */

static void free_sessions(struct eio_reactor *r)
{
    struct eio_session *s = r->freed;
    r->freed = NULL;
    while (s) {
        struct eio_session *next = s->next_in_bucket;
        mem_free(s->poll);
        eio_info_unref(s->info);
        mem_free(s);
        s = next;
    }
}

void eio_poll_mark_dirty(struct eio_session *s)
{
    if (!s->poll->dirty) {
        s->poll->dirty = true;
        s->poll->next_dirty = s->reactor->dirty;
        s->reactor->dirty = s;
    }
}

static void flush_polling(struct eio_reactor *r)
{
    while (r->dirty) {
        struct eio_session *s = r->dirty;
        r->dirty = s->poll->next_dirty;
        s->poll->dirty = false;
        if (s->gone) {
            continue;
        }
        if (s->ws) { /* upgraded meanwhile */
            mem_free(s->poll);
            s->poll = NULL;
            continue;
        }
        if (s->poll->get && !outq_empty(&s->poll->out)) {
            eio_poll_flush(s);
        } else if (outq_over(&s->poll->out)) {
            log_peer(LOG_INFO, L_EIO, "closing a slow polling reader", "queued_bytes=%u",
                     s->poll->out.bytes);
            eio_fail(s, "transport close");
        }
    }
}

/* The end of a turn: broadcasts into queues, queues into sockets. Writing may find peers gone,
 * which may make others hear of it, hence the loop. */
static void end_turn(void *user)
{
    struct eio_reactor *r = user;
    bool more;
    do {
        more = r->handlers->before_flush && r->handlers->before_flush(r);
        more = more || r->dirty || r->net.dirty;
        flush_polling(r);
        net_flush(&r->net);
    } while (more);
    free_sessions(r);
}

enum err eio_reactor_init(struct eio_reactor *r, unsigned index, unsigned reactors_n,
                          const struct eio_options *options, const struct eio_handlers *handlers,
                          void *user)
{
    static const struct conn_callbacks callbacks = {.on_message = on_ws_message,
                                                    .on_closed = on_ws_closed};
    *r = (struct eio_reactor){.options = options,
                              .handlers = handlers,
                              .user = user,
                              .reactors_n = reactors_n,
                              .buckets_n = BUCKETS_N_MIN};
    r->buckets = mem_zalloc(r->buckets_n * sizeof(struct eio_session *));
    enum err e = r->buckets ? loop_init(&r->loop, index) : ERR_NOMEM;
    if (e == ERR_OK) {
        e = net_init(&r->net, &r->loop, &callbacks);
        if (e != ERR_OK) {
            loop_abandon(&r->loop);
        }
    }
    if (e != ERR_OK) {
        mem_free(r->buckets);
        return e;
    }
    buf_init(&r->payload, PAYLOAD_BYTES_MAX);
    buf_init(&r->scratch, PAYLOAD_BYTES_MAX);
    deadline_list_init(&r->ping_list, &r->loop.deadlines, on_ping_due);
    deadline_list_init(&r->pong_list, &r->loop.deadlines, on_pong_overdue);
    deadline_list_init(&r->closing_list, &r->loop.deadlines, on_closing_over);
    deadline_list_init(&r->upgrade_list, &r->loop.deadlines, eio_on_upgrade_timeout);
    deadline_list_init(&r->leaving_list, &r->loop.deadlines, eio_on_leaving_over);
    loop_add_turn_hook(&r->loop, end_turn, r);
    poller_free_at_turn_end(&r->net.poller);
    return ERR_OK;
}

void eio_reactor_close(struct eio_reactor *r, const char *reason)
{
    for (uint32_t i = 0; i < r->buckets_n; i++) {
        while (r->buckets[i]) {
            eio_fail(r->buckets[i], reason);
        }
    }
    end_turn(r); /* what was still queued gets its last chance */
    net_close(&r->net);
}

void eio_reactor_fini(struct eio_reactor *r)
{
    net_fini(&r->net);
    buf_fini(&r->payload);
    buf_fini(&r->scratch);
    mem_free(r->buckets);
}
