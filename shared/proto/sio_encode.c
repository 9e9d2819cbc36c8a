/* Writing Socket.IO packets. */
#include "check.h"
#include "json.h"
#include "limits.h"
#include "sio.h"

/* Everything before the payload. */
static enum err put_header(const struct sio_packet *packet, struct buf *out)
{
    enum err e = buf_putc(out, (char)('0' + (int)packet->type));

    if (!e && packet->attachments_n > 0) {
        e = buf_put_u64(out, packet->attachments_n);
        if (!e)
            e = buf_putc(out, '-');
    }
    if (!e && packet->nsp.n > 0 && !slice_eq(packet->nsp, SL("/"))) {
        e = buf_put(out, packet->nsp);
        if (!e)
            e = buf_putc(out, ',');
    }
    if (!e && packet->has_id)
        e = buf_put_u64(out, packet->id);
    return e;
}

enum err sio_encode(const struct sio_packet *packet, struct buf *out)
{
    const size_t before_n = out->n;
    const bool binary = packet->type == SIO_BINARY_EVENT || packet->type == SIO_BINARY_ACK;

    CHECK(binary == (packet->attachments_n > 0) && packet->attachments_n <= SIO_ATTACHMENTS_MAX);
    enum err e = put_header(packet, out);
    if (!e)
        e = buf_put(out, packet->json);
    if (e)
        out->n = before_n;
    return e;
}

enum err sio_encode_event(const struct sio_event *event, struct buf *out)
{
    const size_t before_n = out->n;
    const struct sio_packet header = {
        .type = event->attachments_n > 0 ? SIO_BINARY_EVENT : SIO_EVENT,
        .attachments_n = event->attachments_n,
        .nsp = event->nsp,
        .has_id = event->has_id,
        .id = event->id,
    };

    CHECK(event->attachments_n <= SIO_ATTACHMENTS_MAX);
    enum err e = put_header(&header, out);
    if (!e)
        e = buf_putc(out, '[');
    if (!e)
        e = json_quote(event->event, out);
    if (!e && event->args.n > 0) {
        e = buf_putc(out, ',');
        if (!e)
            e = buf_put(out, event->args);
    }
    if (!e)
        e = buf_putc(out, ']');
    if (e)
        out->n = before_n;
    return e;
}
