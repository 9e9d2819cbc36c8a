/* What a connection does with the packets the server sends. */
#include "sock_state.h"

#include "check.h"
#include "json.h"
#include "mem.h"
#include "sio.h"

static void deliver_event(struct sock *s, const struct sio_packet *packet)
{
    struct slice event = packet->event;
    if (event.n > 0 && event.p[0] == '"') {
        buf_reset(&s->name);
        if (json_unescape(event, &s->name) != ERR_OK) {
            sock_give_up(s, "transport error");
            return;
        }
        event = buf_peek(&s->name);
    }
    if (s->callbacks.on_event) {
        s->callbacks.on_event(s->callbacks.user, event, packet->args);
    }
}

static void deliver_ack(struct sock *s, const struct sio_packet *packet)
{
    struct ack *ack = packet->has_id ? acks_take(&s->acks, packet->id) : NULL;
    if (!ack) {
        return;
    }
    ack->fn(ack->user, ERR_OK, packet->args);
    mem_free(ack);
}

/* Hand the outbox to the engine, as long as the connection stands. */
static void flush_outbox(struct sock *s)
{
    struct rec rec;
    while (s->state == SOCK_LIVE && recq_peek(&s->outbox, &rec)) {
        if (!rec.dead && engine_too_large(&s->engine, rec.data.n)) {
            acks_end(&s->acks, rec.tag, ERR_LIMIT);
        } else if (!rec.dead) {
            if (engine_send(&s->engine, false, rec.data) != ERR_OK) {
                sock_give_up(s, "transport error");
                return;
            }
            acks_mark_sent(&s->acks, rec.tag);
        }
        recq_pop(&s->outbox);
    }
}

static void deliver_early(struct sock *s)
{
    struct rec rec;
    struct recq early =
        s->early; /* ours while it is delivered: a callback may end the connection */
    uint32_t moves = s->moves;
    recq_init(&s->early, SOCK_EARLY_MAX_BYTES);
    while (moves == s->moves && recq_peek(&early, &rec)) {
        struct sio_packet packet;
        if (sio_decode(rec.data, &packet, NULL) == ERR_OK) { /* as it was when it came */
            deliver_event(s, &packet);
        }
        recq_pop(&early);
    }
    recq_fini(&early);
}

static void handle_connect(struct sock *s, const struct sio_packet *packet)
{
    struct slice sid;
    if (s->state != SOCK_CONNECTING) {
        return;
    }
    buf_reset(&s->sid);
    if (packet->json.n == 0 || !json_get(packet->json, SL("sid"), &sid) ||
        json_type_of(sid) != JSON_STRING) {
        sock_give_up(s, "parse error");
        return;
    }
    if (json_unescape(sid, &s->sid) != ERR_OK) {
        sock_give_up(s, "transport error");
        return;
    }
    sock_move(s, SOCK_LIVE, NULL);
    s->attempt = 0;
    s->waits_n = 0;
    s->websocket_bad = s->fell_back;
    uint32_t moves = s->moves;
    deliver_early(s);
    if (moves == s->moves) {
        flush_outbox(s);
    }
    if (moves == s->moves) {
        sock_tell_status(s);
    }
}

static void handle_connect_error(struct sock *s, const struct sio_packet *packet)
{
    struct slice message = packet->json;
    bool object = message.n > 0 && json_type_of(message) == JSON_OBJECT;
    buf_reset(&s->reason_text);
    sock_shut(s, NULL);
    if ((object && !json_get(message, SL("message"), &message)) || message.n == 0 ||
        json_type_of(message) != JSON_STRING || json_unescape(message, &s->reason_text) != ERR_OK) {
        s->reason = "connection refused";
    }
    if (buf_put(&s->refusal, packet->json) != ERR_OK) {
        buf_reset(&s->refusal);
    }
}

static void keep_early(struct sock *s, struct slice text)
{
    struct rec rec = {.data = text};
    if (recq_push(&s->early, &rec) != ERR_OK) {
        sock_give_up(s, "transport error");
    }
}

static void handle_packet(struct sock *s, struct slice text, const struct sio_packet *packet)
{
    if (!slice_eq(packet->nsp, buf_peek(&s->nsp))) {
        return;
    }
    switch (packet->type) {
    case SIO_CONNECT:
        handle_connect(s, packet);
        break;
    case SIO_DISCONNECT:
        sock_shut(s, "io server disconnect");
        break;
    case SIO_CONNECT_ERROR:
        handle_connect_error(s, packet);
        break;
    case SIO_EVENT:
    case SIO_BINARY_EVENT:
        if (s->state == SOCK_LIVE) {
            deliver_event(s, packet);
        } else {
            keep_early(s, text);
        }
        break;
    case SIO_ACK:
    case SIO_BINARY_ACK:
        deliver_ack(s, packet);
        break;
    }
}

/* Attachments are counted and let go: an event with any is delivered when the last has come, with
 * its placeholders. */
static void handle_attachment(struct sock *s)
{
    struct sio_packet packet;
    if (s->binary_left_n == 0) {
        sock_give_up(s, "parse error");
        return;
    }
    if (--s->binary_left_n > 0) {
        return;
    }
    struct buf text =
        s->binary_text; /* ours while it is delivered: the callback may end the connection */
    buf_init(&s->binary_text, SOCK_PACKET_MAX_BYTES);
    if (sio_decode(buf_peek(&text), &packet, NULL) == ERR_OK) { /* as it was when it came */
        handle_packet(s, buf_peek(&text), &packet);
    }
    buf_fini(&text);
}

void sock_on_message(void *user, bool binary, struct slice data)
{
    struct sock *s = user;
    struct sio_packet packet;
    if (binary) {
        handle_attachment(s);
    } else if (s->binary_left_n > 0 || sio_decode(data, &packet, NULL) != ERR_OK) {
        sock_give_up(s, "parse error");
    } else if (packet.attachments_n == 0) {
        handle_packet(s, data, &packet);
    } else if (buf_put(&s->binary_text, data) == ERR_OK) {
        s->binary_left_n = packet.attachments_n;
    } else {
        sock_give_up(s, "transport error");
    }
}
