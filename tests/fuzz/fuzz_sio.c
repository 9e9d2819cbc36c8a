/* Any bytes as a Socket.IO packet: what is read can be written and read again, and its parts fit
 * together. */
#include "sio.h"

#include "check.h"
#include "json.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct sio_packet *a, const struct sio_packet *b)
{
    CHECK(a->type == b->type && a->attachments_n == b->attachments_n);
    CHECK(a->has_id == b->has_id && a->id == b->id);
    CHECK(slice_eq(a->nsp, b->nsp) && slice_eq(a->json, b->json));
    CHECK(slice_eq(a->event, b->event) && slice_eq(a->args, b->args));
}

/* An event built from its name and arguments means the same. */
static void check_event(const struct sio_packet *packet, size_t max_bytes)
{
    struct buf name = {.max = packet->event.n};
    struct buf written = {.max = max_bytes};
    struct buf name_again = {.max = packet->event.n};
    struct sio_packet back;

    CHECK(json_unescape(packet->event, &name) == ERR_OK);
    CHECK(!sio_event_reserved(buf_peek(&name)));
    const struct sio_event event = {packet->nsp,    buf_peek(&name), packet->args,
                                    packet->has_id, packet->id,      packet->attachments_n};
    CHECK(sio_encode_event(&event, &written) == ERR_OK);
    enum err e = sio_decode(buf_peek(&written), &back, NULL);
    /* The name's own escapes may have been shorter than ours. */
    CHECK(e == ERR_OK || e == ERR_LIMIT);
    if (!e) {
        CHECK(slice_eq(back.args, packet->args));
        CHECK(json_unescape(back.event, &name_again) == ERR_OK);
        CHECK(slice_eq(buf_peek(&name), buf_peek(&name_again)));
    }
    buf_fini(&name);
    buf_fini(&name_again);
    buf_fini(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice text = {(const char *)data, size};
    const size_t max_bytes = size * 6 + 16;
    struct buf written = {.max = max_bytes};
    struct sio_packet packet, back;
    const char *reason = NULL;

    enum err e = sio_decode(text, &packet, &reason);
    CHECK(e == ERR_OK || e == ERR_PROTO || e == ERR_LIMIT);
    CHECK((e == ERR_OK) == (reason == NULL));
    if (!e) {
        const bool binary = packet.type == SIO_BINARY_EVENT || packet.type == SIO_BINARY_ACK;
        CHECK(utf8_valid(text));
        CHECK(binary == (packet.attachments_n > 0));
        CHECK(sio_encode(&packet, &written) == ERR_OK);
        CHECK(sio_decode(buf_peek(&written), &back, NULL) == ERR_OK);
        same(&packet, &back);
        if (packet.event.n > 0 && packet.event.p[0] == '"')
            check_event(&packet, max_bytes);
    }
    buf_fini(&written);
    return 0;
}
