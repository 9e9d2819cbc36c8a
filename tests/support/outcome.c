/* The codecs as the golden vectors see them. */
#include "outcome.h"

#include "eio.h"
#include "json.h"
#include "limits.h"
#include "media.h"
#include "msg.h"
#include "outcome_chat.h"
#include "outcome_line.h"
#include "sio.h"
#include <inttypes.h>

enum { SCRATCH_MAX_BYTES = 1 << 20 };

/* Print ok when what was written again is the input, else what it is; then the memory is given
 * back. */
static void print_written(enum err e, struct buf *written, struct slice input)
{
    if (e) {
        line_error(e, "written");
    } else if (slice_eq(buf_peek(written), input)) {
        line_print("same");
    } else {
        line_print("differs");
        line_bytes("written", buf_peek(written));
    }
    buf_fini(written);
}

static void run_json(struct slice input, struct buf *scratch)
{
    (void)scratch;
    enum err e = json_check(input, NULL);
    if (e)
        line_error(e, "");
    else
        line_print("ok");
}

static void run_json_relay(struct slice input, struct buf *scratch)
{
    const struct json_limits relay = {JSON_RELAY_DEPTH_MAX, JSON_RELAY_VALUES_MAX, true};

    (void)scratch;
    enum err e = json_check(input, &relay);
    if (e)
        line_error(e, "");
    else
        line_print("ok");
}

static void run_json_string(struct slice input, struct buf *scratch)
{
    struct buf quoted = {.max = SCRATCH_MAX_BYTES};

    enum err e = json_check(input, NULL);
    if (!e)
        e = input.p[0] == '"' && input.p[input.n - 1] == '"' ? json_unescape(input, scratch)
                                                             : ERR_INVALID;
    if (!e)
        e = json_quote(buf_peek(scratch), &quoted);
    if (e) {
        line_error(e, "");
    } else {
        line_print("ok");
        line_bytes("text", buf_peek(scratch));
        line_bytes("quoted", buf_peek(&quoted));
    }
    buf_fini(&quoted);
}

static void print_eio(const struct eio_packet *packet)
{
    static const char *const names[] = {"open",    "close",   "ping", "pong",
                                        "message", "upgrade", "noop"};

    line_print("%s", packet->binary ? "binary" : names[packet->type]);
    line_bytes("data", packet->data);
}

static void run_eio_packet(struct slice input, struct buf *scratch)
{
    struct eio_packet packet;

    enum err e = eio_decode_text(input, scratch, &packet);
    if (e) {
        line_error(e, "");
        return;
    }
    line_print("ok ");
    print_eio(&packet);
}

static void run_eio_written(struct slice input, struct buf *scratch)
{
    struct buf written = {.max = SCRATCH_MAX_BYTES};
    struct eio_packet packet;

    enum err e = eio_decode_text(input, scratch, &packet);
    if (e)
        line_error(e, "");
    else
        print_written(eio_encode_text(&packet, &written), &written, input);
}

static void run_eio_payload(struct slice input, struct buf *scratch)
{
    struct eio_payload_reader reader;
    struct eio_packet packet;
    struct slice record;

    line_print("ok");
    eio_payload_init(&reader, input);
    while (eio_payload_next(&reader, &record) == ERR_OK) {
        enum err e = eio_decode_text(record, scratch, &packet);
        line_print(" | ");
        if (e) {
            line_error(e, "");
            return;
        }
        print_eio(&packet);
    }
}

static void run_eio_open(struct slice input, struct buf *scratch)
{
    struct eio_open open;

    (void)scratch;
    enum err e = eio_open_decode(input, &open);
    if (e) {
        line_error(e, "");
        return;
    }
    line_print("ok");
    line_bytes("sid", open.sid);
    line_print(" websocket=%s interval=%" PRIu32 " timeout=%" PRIu32 " payload=%" PRIu32,
               open.upgrade_websocket ? "yes" : "no", open.ping_interval_ms, open.ping_timeout_ms,
               open.max_payload_bytes);
}

static void run_eio_open_written(struct slice input, struct buf *scratch)
{
    struct buf written = {.max = SCRATCH_MAX_BYTES};
    struct eio_open open;

    (void)scratch;
    enum err e = eio_open_decode(input, &open);
    if (e)
        line_error(e, "");
    else
        print_written(eio_open_encode(&open, &written), &written, input);
}

static void run_sio_packet(struct slice input, struct buf *scratch)
{
    static const char *const names[] = {"connect",       "disconnect",   "event",     "ack",
                                        "connect_error", "binary_event", "binary_ack"};
    struct sio_packet packet;
    const char *reason = "";

    (void)scratch;
    enum err e = sio_decode(input, &packet, &reason);
    if (e) {
        line_error(e, reason);
        return;
    }
    line_print("ok %s", names[packet.type]);
    if (packet.attachments_n > 0)
        line_print(" attachments=%u", packet.attachments_n);
    line_bytes("nsp", packet.nsp);
    if (packet.has_id)
        line_print(" id=%" PRIu64, packet.id);
    if (packet.json.n > 0)
        line_bytes("json", packet.json);
    if (packet.event.n > 0)
        line_bytes("event", packet.event);
    if (packet.args.n > 0)
        line_bytes("args", packet.args);
}

/* Packets whose event name is a string go through sio_encode_event too. */
static void run_sio_written(struct slice input, struct buf *scratch)
{
    struct buf written = {.max = SCRATCH_MAX_BYTES};
    struct buf again = {.max = SCRATCH_MAX_BYTES};
    struct sio_packet packet;
    const char *reason = "";

    enum err e = sio_decode(input, &packet, &reason);
    if (e) {
        line_error(e, reason);
        return;
    }
    e = sio_encode(&packet, &written);
    if (!e && packet.event.n > 0 && packet.event.p[0] == '"') {
        e = json_unescape(packet.event, scratch);
        const struct sio_event event = {packet.nsp,    buf_peek(scratch), packet.args,
                                        packet.has_id, packet.id,         packet.attachments_n};
        if (!e)
            e = sio_encode_event(&event, &again);
        if (!e && !slice_eq(buf_peek(&again), buf_peek(&written)))
            line_print("event differs: ");
    }
    print_written(e, &written, input);
    buf_fini(&again);
}

static void run_msg_chat(struct slice input, struct buf *scratch)
{
    struct buf json = {.max = SCRATCH_MAX_BYTES};
    struct msg_chat message;
    const char *field = "";

    enum err e = msg_chat_decode(input, scratch, &message, &field);
    if (!e)
        e = msg_chat_encode(&message, &json);
    if (e) {
        line_error(e, field);
    } else {
        line_print("ok");
        line_bytes("text", message.text);
        if (message.has_timestamp)
            line_print(" timestamp=%" PRId64, message.timestamp_ms);
        if (message.user.n > 0)
            line_bytes("user", message.user);
        if (message.cid.n > 0)
            line_bytes("cid", message.cid);
        line_bytes("json", buf_peek(&json));
    }
    buf_fini(&json);
}

static void run_media_type(struct slice input, struct buf *scratch)
{
    (void)scratch;
    const struct media m = media_of(input, input.n);
    line_print("ok type=%s", m.type);
    if (m.width > 0) {
        line_print(" width=%" PRIu32 " height=%" PRIu32, m.width, m.height);
    }
    if (media_is_passive(slice_str(m.type))) {
        line_print(" passive=yes");
    }
}

static void run_media_name(struct slice input, struct buf *scratch)
{
    char name[CHAT_FILE_NAME_BYTES_MAX];
    (void)scratch;
    line_print("ok");
    line_bytes("name", (struct slice){name, media_name(input, name)});
}

static const struct {
    struct slice codec;
    void (*run)(struct slice input, struct buf *scratch);
} codecs[] = {
    {{"json/typed", 10}, run_json},
    {{"json/relay", 10}, run_json_relay},
    {{"json/string", 11}, run_json_string},
    {{"eio/packet", 10}, run_eio_packet},
    {{"eio/written", 11}, run_eio_written},
    {{"eio/payload", 11}, run_eio_payload},
    {{"eio/open", 8}, run_eio_open},
    {{"eio/open_written", 16}, run_eio_open_written},
    {{"sio/packet", 10}, run_sio_packet},
    {{"sio/written", 11}, run_sio_written},
    {{"msg/chat", 8}, run_msg_chat},
    {{"media/type", 10}, run_media_type},
    {{"media/name", 10}, run_media_name},
    {{"chat/request_message", 20}, outcome_chat_request},
    {{"chat/request_room", 17}, outcome_chat_request},
    {{"chat/request_user", 17}, outcome_chat_request},
    {{"chat/user", 9}, outcome_chat_user},
    {{"chat/room", 9}, outcome_chat_room},
    {{"chat/message", 12}, outcome_chat_message},
    {{"chat/event", 10}, outcome_chat_event},
    {{"chat/refusal", 12}, outcome_chat_refusal},
};

struct slice outcome_of(struct slice codec, struct slice input)
{
    line_start();
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        if (slice_eq(codec, codecs[i].codec)) {
            struct buf scratch = {.max = SCRATCH_MAX_BYTES};
            codecs[i].run(input, &scratch);
            buf_fini(&scratch);
        }
    }
    return line_peek();
}
