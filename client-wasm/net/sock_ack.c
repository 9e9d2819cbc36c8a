/* Answering the server's events. */
#include "check.h"
#include "limits.h"
#include "sock.h"
#include "sock_state.h"

static enum err encode(struct sock *s, uint64_t id, const struct sock_args *answer, struct buf *out)
{
    bool binary = answer->attachments_n > 0;
    struct sio_packet packet = {
        .type = binary ? SIO_BINARY_ACK : SIO_ACK,
        .has_id = true,
        .id = id,
        .attachments_n = (uint8_t)answer->attachments_n,
        .nsp = buf_peek(&s->nsp),
        .json = SL("["),
    };
    buf_reset(out);
    enum err r = sio_encode(&packet, out);
    r = r == ERR_OK ? buf_put(out, answer->json) : r;
    return r == ERR_OK ? buf_putc(out, ']') : r;
}

enum err sock_ack(struct sock *s, const struct sock_token *ack, const struct sock_args *answer)
{
    struct buf *out = &s->manager->packet;
    struct engine *e = &s->manager->engine;
    if (!ack->wanted || answer->attachments_n > SIO_ATTACHMENTS_MAX) {
        return ERR_INVALID;
    }
    if (s->doomed || s->state != SOCK_LIVE || ack->life != s->life) {
        return ERR_CLOSED;
    }
    manager_enter(s->manager);
    enum err r = encode(s, ack->id, answer, out);
    if (r == ERR_OK && engine_unsent(e) > s->manager->send_max_bytes) {
        r = ERR_RATE;
    }
    if (r == ERR_OK) {
        r = engine_send(e, buf_peek(out), answer->attachments, answer->attachments_n);
    }
    manager_leave_quietly(s->manager);
    return r;
}
