/* The codecs as the golden vectors see them. */
#include "outcome.h"

#include "check.h"
#include "eio.h"
#include "json.h"
#include "limits.h"
#include "msg.h"
#include "sio.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { SCRATCH_MAX_BYTES = 1 << 20, SHOWN_MAX_BYTES = 400 };

/* The line under construction: memory of its own, so that a codec's allocations are the only ones
 * that can fail. */
static char line[16384];
static size_t line_n;

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line + line_n, sizeof(line) - line_n, format, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < sizeof(line) - line_n);
    line_n += (size_t)n;
}

/* A quoted string of printable ASCII; a long one as its length and a sum. */
static void print_bytes(const char *label, struct slice s)
{
    uint32_t sum = 2166136261U; /* FNV-1a */

    print(" %s=", label);
    if (s.n > SHOWN_MAX_BYTES) {
        for (size_t i = 0; i < s.n; i++)
            sum = (sum ^ (uint8_t)s.p[i]) * 16777619U;
        print("<%zu bytes, fnv %08" PRIx32 ">", s.n, sum);
        return;
    }
    print("\"");
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (c == '"' || c == '\\')
            print("\\%c", c);
        else if (c >= ' ' && c <= '~')
            print("%c", c);
        else
            print("\\x%02x", c);
    }
    print("\"");
}

static void print_error(enum err e, const char *detail)
{
    print("err %s%s%s", err_text(e), detail[0] ? ": " : "", detail);
}

/* Print ok when what was written again is the input, else what it is; then the memory is given
 * back. */
static void print_written(enum err e, struct buf *written, struct slice input)
{
    if (e) {
        print_error(e, "written");
    } else if (slice_eq(buf_peek(written), input)) {
        print("same");
    } else {
        print("differs");
        print_bytes("written", buf_peek(written));
    }
    buf_fini(written);
}

static void run_json(struct slice input, struct buf *scratch)
{
    (void)scratch;
    enum err e = json_check(input, NULL);
    if (e)
        print_error(e, "");
    else
        print("ok");
}

static void run_json_relay(struct slice input, struct buf *scratch)
{
    const struct json_limits relay = {JSON_RELAY_DEPTH_MAX, JSON_RELAY_VALUES_MAX, true};

    (void)scratch;
    enum err e = json_check(input, &relay);
    if (e)
        print_error(e, "");
    else
        print("ok");
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
        print_error(e, "");
    } else {
        print("ok");
        print_bytes("text", buf_peek(scratch));
        print_bytes("quoted", buf_peek(&quoted));
    }
    buf_fini(&quoted);
}

static void print_eio(const struct eio_packet *packet)
{
    static const char *const names[] = {"open",    "close",   "ping", "pong",
                                        "message", "upgrade", "noop"};

    print("%s", packet->binary ? "binary" : names[packet->type]);
    print_bytes("data", packet->data);
}

static void run_eio_packet(struct slice input, struct buf *scratch)
{
    struct eio_packet packet;

    enum err e = eio_decode_text(input, scratch, &packet);
    if (e) {
        print_error(e, "");
        return;
    }
    print("ok ");
    print_eio(&packet);
}

static void run_eio_written(struct slice input, struct buf *scratch)
{
    struct buf written = {.max = SCRATCH_MAX_BYTES};
    struct eio_packet packet;

    enum err e = eio_decode_text(input, scratch, &packet);
    if (e)
        print_error(e, "");
    else
        print_written(eio_encode_text(&packet, &written), &written, input);
}

static void run_eio_payload(struct slice input, struct buf *scratch)
{
    struct eio_payload_reader reader;
    struct eio_packet packet;
    struct slice record;

    print("ok");
    eio_payload_init(&reader, input);
    while (eio_payload_next(&reader, &record) == ERR_OK) {
        enum err e = eio_decode_text(record, scratch, &packet);
        print(" | ");
        if (e) {
            print_error(e, "");
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
        print_error(e, "");
        return;
    }
    print("ok");
    print_bytes("sid", open.sid);
    print(" websocket=%s interval=%" PRIu32 " timeout=%" PRIu32 " payload=%" PRIu32,
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
        print_error(e, "");
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
        print_error(e, reason);
        return;
    }
    print("ok %s", names[packet.type]);
    if (packet.attachments_n > 0)
        print(" attachments=%u", packet.attachments_n);
    print_bytes("nsp", packet.nsp);
    if (packet.has_id)
        print(" id=%" PRIu64, packet.id);
    if (packet.json.n > 0)
        print_bytes("json", packet.json);
    if (packet.event.n > 0)
        print_bytes("event", packet.event);
    if (packet.args.n > 0)
        print_bytes("args", packet.args);
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
        print_error(e, reason);
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
            print("event differs: ");
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
        print_error(e, field);
    } else {
        print("ok");
        print_bytes("text", message.text);
        if (message.has_timestamp)
            print(" timestamp=%" PRId64, message.timestamp_ms);
        if (message.user.n > 0)
            print_bytes("user", message.user);
        if (message.cid.n > 0)
            print_bytes("cid", message.cid);
        print_bytes("json", buf_peek(&json));
    }
    buf_fini(&json);
}

static const struct {
    struct slice codec;
    void (*run)(struct slice input, struct buf *scratch);
} codecs[] = {
    {{"json/typed", 10}, run_json},         {{"json/relay", 10}, run_json_relay},
    {{"json/string", 11}, run_json_string}, {{"eio/packet", 10}, run_eio_packet},
    {{"eio/written", 11}, run_eio_written}, {{"eio/payload", 11}, run_eio_payload},
    {{"eio/open", 8}, run_eio_open},        {{"eio/open_written", 16}, run_eio_open_written},
    {{"sio/packet", 10}, run_sio_packet},   {{"sio/written", 11}, run_sio_written},
    {{"msg/chat", 8}, run_msg_chat},
};

struct slice outcome_of(struct slice codec, struct slice input)
{
    line_n = 0;
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        if (slice_eq(codec, codecs[i].codec)) {
            struct buf scratch = {.max = SCRATCH_MAX_BYTES};
            codecs[i].run(input, &scratch);
            buf_fini(&scratch);
        }
    }
    return (struct slice){line, line_n};
}
