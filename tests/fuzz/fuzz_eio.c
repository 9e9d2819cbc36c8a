/* Any bytes as an Engine.IO packet, a polling payload and a handshake: what is read can be written
 * and read again. */
#include "eio.h"

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_packet(struct slice text)
{
    struct buf scratch = {.max = text.n};
    struct buf again = {.max = text.n};
    struct buf written = {.max = text.n + 4};
    struct eio_packet packet, back;

    enum err e = eio_decode_text(text, &scratch, &packet);
    CHECK(e == ERR_OK || e == ERR_PROTO);
    if (!e) {
        CHECK(eio_encode_text(&packet, &written) == ERR_OK);
        CHECK(packet.binary || slice_eq(buf_peek(&written), text));
        CHECK(eio_decode_text(buf_peek(&written), &again, &back) == ERR_OK);
        CHECK(back.type == packet.type && back.binary == packet.binary);
        CHECK(slice_eq(back.data, packet.data));
    }
    buf_fini(&scratch);
    buf_fini(&again);
    buf_fini(&written);
}

/* The records and the separators between them are the body. */
static void check_payload(struct slice body)
{
    struct eio_payload_reader reader;
    struct slice record;
    size_t seen_n = 0;
    unsigned records_n = 0;

    eio_payload_init(&reader, body);
    while (eio_payload_next(&reader, &record) == ERR_OK) {
        CHECK(slice_find(record, EIO_SEPARATOR) == record.n);
        seen_n += record.n + (records_n > 0);
        records_n++;
        check_packet(record);
    }
    CHECK(seen_n == body.n && records_n > 0);
}

static void check_open(struct slice json)
{
    struct buf written = {.max = json.n + 200};
    struct eio_open open, back;

    if (eio_open_decode(json, &open) == ERR_OK) {
        CHECK(eio_open_encode(&open, &written) == ERR_OK);
        CHECK(eio_open_decode(buf_peek(&written), &back) == ERR_OK);
        CHECK(slice_eq(open.sid, back.sid) && open.upgrade_websocket == back.upgrade_websocket);
        CHECK(open.ping_interval_ms == back.ping_interval_ms);
        CHECK(open.ping_timeout_ms == back.ping_timeout_ms);
        CHECK(open.max_payload_bytes == back.max_payload_bytes);
    }
    buf_fini(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice text = {(const char *)data, size};

    check_packet(text);
    check_payload(text);
    check_open(text);
    return 0;
}
