/* What a socket does with the packets of its namespace. */
#include "check.h"
#include "json.h"
#include "mem.h"
#include "sock_recovery.h"
#include "sock_state.h"

static void deliver_event(struct sock *s, const struct sio_packet *packet,
                          const struct slice *attachments)
{
    struct sock_event event = {
        .sock = s,
        .name = packet->event,
        .args = {packet->args, attachments, packet->attachments_n},
        .ack = {packet->has_id, packet->id, s->life},
    };
    struct buf *name = &s->manager->name;
    if (event.name.n > 0 && event.name.p[0] == '"') {
        buf_reset(name);
        if (json_unescape(event.name, name) != ERR_OK) {
            manager_give_up(s->manager, "transport error");
            return;
        }
        event.name = buf_peek(name);
    }
    if (!packet->has_id) {
        sock_recovery_note(s, packet->args);
    }
    if (s->callbacks.on_event) {
        s->callbacks.on_event(s->callbacks.user, &event);
    }
}

static void deliver_ack(struct sock *s, const struct sio_packet *packet,
                        const struct slice *attachments)
{
    struct sock_args answer = {packet->args, attachments, packet->attachments_n};
    struct ack *ack = packet->has_id && !s->doomed ? acks_take(&s->acks, packet->id) : NULL;
    if (!ack) {
        return;
    }
    struct ack answered = *ack;
    mem_free(ack);
    answered.fn(answered.user, ERR_OK, &answer);
}

static void deliver_early(struct sock *s)
{
    struct rec rec;
    struct slice attachments[SIO_ATTACHMENTS_MAX];
    size_t n;
    struct recq early =
        s->early; /* ours while it is delivered: a callback may end the connection */
    uint32_t moves = s->moves;
    recq_init(&s->early, SOCK_EARLY_MAX_BYTES);
    while (moves == s->moves && recq_peek_packet(&early, &rec, attachments, &n)) {
        struct sio_packet packet;
        if (sio_decode(rec.data, &packet, NULL) == ERR_OK) { /* as it was when it came */
            deliver_event(s, &packet, attachments);
        }
        recq_pop_packet(&early);
    }
    recq_fini(&early);
}

/* The CONNECT of an attempt that our user ended was answered: leave again, and if he wants in once
 * more, ask anew. */
static void handle_stale(struct sock *s, bool joined)
{
    struct sio_packet packet = {.type = SIO_DISCONNECT, .nsp = buf_peek(&s->nsp)};
    struct buf *out = &s->manager->packet;
    s->asked = false;
    s->stale = false;
    buf_reset(out);
    if (joined && (sio_encode(&packet, out) != ERR_OK ||
                   engine_send(&s->manager->engine, buf_peek(out), NULL, 0) != ERR_OK)) {
        manager_give_up(s->manager, "transport error");
    } else if (s->state == SOCK_CONNECTING) {
        sock_connect(s);
    }
}

static void handle_connect(struct sock *s, const struct sio_packet *packet)
{
    struct slice sid;
    if (s->stale) {
        handle_stale(s, true);
        return;
    }
    if (s->state != SOCK_CONNECTING || !s->asked) {
        return;
    }
    buf_reset(&s->sid);
    if (packet->json.n == 0 || !json_get(packet->json, SL("sid"), &sid) ||
        json_type_of(sid) != JSON_STRING) {
        manager_give_up(s->manager, "parse error");
        return;
    }
    if (json_unescape(sid, &s->sid) != ERR_OK) {
        manager_give_up(s->manager, "transport error");
        return;
    }
    s->asked = false;
    s->life++;
    s->recovered = sock_recovery_connected(s, packet->json);
    sock_move(s, SOCK_LIVE, NULL);
    manager_prove(s->manager);
    uint32_t moves = s->moves;
    deliver_early(s);
    if (moves == s->moves) {
        sock_flush_outbox(s);
    }
    if (moves == s->moves && s->queue_ops) {
        s->queue_ops->go(s);
    }
    if (moves == s->moves) {
        sock_tell_status(s);
    }
}

static void handle_connect_error(struct sock *s, const struct sio_packet *packet)
{
    struct slice message = packet->json;
    if (s->stale) {
        handle_stale(s, false);
        return;
    }
    if (s->state != SOCK_CONNECTING && s->state != SOCK_LIVE) {
        return;
    }
    bool object = message.n > 0 && json_type_of(message) == JSON_OBJECT;
    buf_reset(&s->reason_text);
    s->asked = false;
    manager_prove(s->manager);
    sock_shut(s, NULL, (struct slice){0});
    if ((object && !json_get(message, SL("message"), &message)) || message.n == 0 ||
        json_type_of(message) != JSON_STRING || json_unescape(message, &s->reason_text) != ERR_OK) {
        s->reason = "connection refused";
    }
    if (buf_put(&s->refusal, packet->json) != ERR_OK) {
        buf_reset(&s->refusal);
    }
}

static void handle_disconnect(struct sock *s)
{
    if (s->state == SOCK_LIVE || (s->state == SOCK_CONNECTING && s->asked && !s->stale)) {
        s->asked = false;
        sock_recovery_forget(s);
        sock_shut(s, "io server disconnect", (struct slice){0});
    }
}

static void keep_early(struct sock *s, struct slice text, const struct slice *attachments, size_t n)
{
    struct rec rec = {.data = text};
    if (recq_push_packet(&s->early, &rec, attachments, n) != ERR_OK) {
        manager_give_up(s->manager, "transport error");
    }
}

void sock_receive(struct sock *s, struct slice text, const struct sio_packet *packet,
                  const struct slice *attachments)
{
    switch (packet->type) {
    case SIO_CONNECT:
        handle_connect(s, packet);
        break;
    case SIO_DISCONNECT:
        handle_disconnect(s);
        break;
    case SIO_CONNECT_ERROR:
        handle_connect_error(s, packet);
        break;
    case SIO_EVENT:
    case SIO_BINARY_EVENT:
        if (s->state == SOCK_LIVE) {
            deliver_event(s, packet, attachments);
        } else if (s->state == SOCK_CONNECTING && s->asked && !s->stale) {
            keep_early(s, text, attachments, packet->attachments_n);
        }
        break;
    case SIO_ACK:
    case SIO_BINARY_ACK:
        deliver_ack(s, packet, attachments);
        break;
    }
}
