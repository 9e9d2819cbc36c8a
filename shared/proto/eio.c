/* Engine.IO packets, payloads and the handshake. */
#include "eio.h"

#include "check.h"
#include "json.h"
#include "limits.h"

enum err eio_decode_text(struct slice text, struct buf *scratch, struct eio_packet *out)
{
    if (text.n == 0)
        return ERR_PROTO;
    if (text.p[0] == 'b') {
        buf_reset(scratch);
        enum err e = base64_decode(slice_from(text, 1), scratch);
        if (!e)
            *out = (struct eio_packet){EIO_MESSAGE, true, buf_peek(scratch)};
        return e;
    }
    if (text.p[0] < '0' + EIO_OPEN || text.p[0] > '0' + EIO_NOOP)
        return ERR_PROTO;
    *out = (struct eio_packet){(enum eio_type)(text.p[0] - '0'), false, slice_from(text, 1)};
    return ERR_OK;
}

enum err eio_encode_text(const struct eio_packet *packet, struct buf *out)
{
    const size_t before_n = out->n;

    CHECK(!packet->binary || packet->type == EIO_MESSAGE);
    enum err e = buf_putc(out, packet->binary ? 'b' : (char)('0' + (int)packet->type));
    if (!e)
        e = packet->binary ? base64_encode(packet->data, out) : buf_put(out, packet->data);
    if (e)
        out->n = before_n;
    return e;
}

void eio_payload_init(struct eio_payload_reader *r, struct slice body)
{
    *r = (struct eio_payload_reader){.rest = body};
}

enum err eio_payload_next(struct eio_payload_reader *r, struct slice *record)
{
    if (r->done)
        return ERR_CLOSED;
    size_t n = slice_find(r->rest, EIO_SEPARATOR);
    *record = (struct slice){r->rest.p, n};
    r->done = n == r->rest.n;
    r->rest = slice_from(r->rest, r->done ? n : n + 1);
    return ERR_OK;
}

enum err eio_open_encode(const struct eio_open *open, struct buf *out)
{
    const size_t before_n = out->n;

    enum err e = buf_put(out, SL("{\"sid\":"));
    if (!e)
        e = json_quote(open->sid, out);
    if (!e)
        e = buf_put(out, SL(",\"upgrades\":["));
    if (!e && open->upgrade_websocket)
        e = buf_put(out, SL("\"websocket\""));
    if (!e)
        e = buf_put(out, SL("],\"pingInterval\":"));
    if (!e)
        e = buf_put_u64(out, open->ping_interval_ms);
    if (!e)
        e = buf_put(out, SL(",\"pingTimeout\":"));
    if (!e)
        e = buf_put_u64(out, open->ping_timeout_ms);
    if (!e)
        e = buf_put(out, SL(",\"maxPayload\":"));
    if (!e)
        e = buf_put_u64(out, open->max_payload_bytes);
    if (!e)
        e = buf_putc(out, '}');
    if (e)
        out->n = before_n;
    return e;
}

/* A string whose raw bytes are its contents and can stand in a URL's query once percent-encoded. */
static bool read_sid(struct slice json, struct slice *sid)
{
    struct slice raw;

    if (!json_get(json, SL("sid"), &raw) || json_type_of(raw) != JSON_STRING)
        return false;
    raw = (struct slice){raw.p + 1, raw.n - 2};
    if (raw.n == 0 || raw.n > EIO_PEER_SID_BYTES_MAX)
        return false;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] <= ' ' || raw.p[i] > '~' || raw.p[i] == '\\')
            return false;
    }
    *sid = raw;
    return true;
}

static bool read_upgrades(struct slice json, bool *websocket)
{
    struct slice raw, name;
    struct json_iter it;

    if (!json_get(json, SL("upgrades"), &raw) || json_type_of(raw) != JSON_ARRAY)
        return false;
    *websocket = false;
    json_iter_init(&it, raw);
    while (json_iter_next(&it, NULL, &name)) {
        if (json_type_of(name) == JSON_STRING && json_string_eq(name, SL("websocket")))
            *websocket = true;
    }
    return true;
}

static bool read_u32(struct slice json, struct slice key, bool optional, uint32_t *out)
{
    unsigned long long v = 0;
    struct slice raw;

    if (!json_get(json, key, &raw)) {
        if (!optional)
            return false;
    } else if (!slice_to_u64(raw, UINT32_MAX, &v)) {
        return false;
    }
    *out = (uint32_t)v;
    return true;
}

enum err eio_open_decode(struct slice json, struct eio_open *out)
{
    struct eio_open open;

    if (json_check(json, NULL) || json_type_of(json) != JSON_OBJECT)
        return ERR_PROTO;
    if (!read_sid(json, &open.sid) || !read_upgrades(json, &open.upgrade_websocket) ||
        !read_u32(json, SL("pingInterval"), false, &open.ping_interval_ms) ||
        !read_u32(json, SL("pingTimeout"), false, &open.ping_timeout_ms) ||
        !read_u32(json, SL("maxPayload"), true, &open.max_payload_bytes))
        return ERR_PROTO;
    *out = open;
    return ERR_OK;
}

bool eio_sid_valid(struct slice sid)
{
    if (sid.n != EIO_SID_BYTES)
        return false;
    for (size_t i = 0; i < sid.n; i++) {
        char c = sid.p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return true;
}
