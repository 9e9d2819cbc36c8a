/* The client's end of a WebSocket on a native connection. */
#include "ws_native.h"

#include "buf.h"
#include "eio.h"
#include "host.h"
#include "http1_reply.h"
#include "mem.h"
#include "stream_native.h"
#include "url.h"
#include "ws.h"

#include <openssl/evp.h>

#define URL_MAX_BYTES   8192
#define FRAME_MAX_BYTES (65u << 20)
#define KEY_BYTES       16
#define CLOSE_NORMAL    1000
#define CLOSE_CUT_OFF   1006

static const struct slice GUID = {"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36};

enum ws_state {
    WSN_CONNECTING, /* up to the answer to the handshake */
    WSN_OPEN,
    WSN_CLOSED, /* stream is gone */
};

/* depth counts callbacks in progress; a closed one is freed with the last. */
struct ws_conn {
    struct ws_events events;
    enum ws_state state;
    unsigned depth;
    struct stream *stream;
    struct url to; /* borrows from url_text */
    struct buf url_text;
    struct buf key; /* base64 */
    struct buf out; /* a frame being built */
    struct http1_reply reply;
    struct ws_parser parser;
};

static void release(struct ws_conn *ws)
{
    if (ws->depth > 0 || ws->state != WSN_CLOSED) {
        return;
    }
    buf_fini(&ws->url_text);
    buf_fini(&ws->key);
    buf_fini(&ws->out);
    http1_reply_fini(&ws->reply);
    ws_parser_fini(&ws->parser);
    mem_free(ws);
}

/* The connection is over: tell, and go. */
static void ended(struct ws_conn *ws, unsigned code)
{
    ws->state = WSN_CLOSED;
    ws->depth++;
    ws->events.on_close(ws->events.user, code);
    ws->depth--;
    release(ws);
}

static void fill_random(uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i += sizeof(uint32_t)) {
        uint32_t r = host_default()->random_u32();
        memcpy(out + i, &r, sizeof r);
    }
}

static enum err send_frame(struct ws_conn *ws, enum ws_opcode opcode, struct slice data)
{
    uint8_t mask[4];
    fill_random(mask, sizeof mask);
    buf_reset(&ws->out);
    enum err r = ws_frame_put(&ws->out, opcode, data, mask);
    if (r == ERR_OK) {
        r = stream_write(ws->stream, buf_peek(&ws->out));
    }
    return r == ERR_OK ? ERR_OK : ERR_NOMEM;
}

/* Send a close frame and let the stream end behind it. */
static void say_goodbye(struct ws_conn *ws, uint16_t code)
{
    uint8_t mask[4];
    fill_random(mask, sizeof mask);
    buf_reset(&ws->out);
    if (ws_close_put(&ws->out, code, (struct slice){0}, mask) == ERR_OK &&
        stream_write(ws->stream, buf_peek(&ws->out)) == ERR_OK) {
        stream_finish(ws->stream);
    } else {
        stream_close(ws->stream);
    }
}

/* ---- handshake ---- */

static void on_open(void *user)
{
    struct ws_conn *ws = user;
    const struct url *to = &ws->to;
    buf_reset(&ws->out);
    enum err r =
        buf_printf(&ws->out,
                   "GET %.*s HTTP/1.1\r\nHost: %s%.*s%s:%u\r\nUser-Agent: tincan/" TINCAN_VERSION
                   "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: %.*s\r\n\r\n",
                   SL_ARG(to->target), to->ipv6 ? "[" : "", SL_ARG(to->host), to->ipv6 ? "]" : "",
                   (unsigned)to->port, SL_ARG(buf_peek(&ws->key)));
    if (r != ERR_OK || stream_write(ws->stream, buf_peek(&ws->out)) != ERR_OK) {
        stream_close(ws->stream);
        ended(ws, 0);
    }
}

/* Sec-WebSocket-Accept: base64(SHA-1(key GUID)) */
static bool proof_is_right(struct ws_conn *ws)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    buf_reset(&ws->out);
    if (buf_put(&ws->out, buf_peek(&ws->key)) != ERR_OK || buf_put(&ws->out, GUID) != ERR_OK ||
        EVP_Digest(ws->out.p, ws->out.n, digest, &n, EVP_sha1(), NULL) != 1) {
        return false;
    }
    buf_reset(&ws->out);
    return base64_encode((struct slice){(const char *)digest, n}, &ws->out) == ERR_OK &&
           slice_eq(buf_peek(&ws->out), buf_peek(&ws->reply.ws_proof));
}

/* Feed the answer to the handshake. False: not there yet, or over. */
static bool read_handshake(struct ws_conn *ws, char **p, size_t *n)
{
    size_t used;
    enum err r = http1_reply_feed(&ws->reply, (struct slice){*p, *n}, &used);
    *p += used;
    *n -= used;
    if (r == ERR_MORE) {
        return false;
    }
    if (r != ERR_OK || ws->reply.status != 101 || !ws->reply.upgrade || !proof_is_right(ws)) {
        stream_close(ws->stream);
        ended(ws, ws->reply.status == 101 ? 0 : ws->reply.status);
        return false;
    }
    ws->state = WSN_OPEN;
    ws->events.on_open(ws->events.user);
    return true;
}

/* ---- frames ---- */

static void handle_event(struct ws_conn *ws, const struct ws_event *event)
{
    switch (event->opcode) {
    case WS_TEXT:
    case WS_BINARY:
        ws->events.on_message(ws->events.user, event->opcode == WS_BINARY, event->data);
        break;
    case WS_PING:
        if (send_frame(ws, WS_PONG, event->data) != ERR_OK) {
            stream_close(ws->stream);
            ended(ws, CLOSE_CUT_OFF);
        }
        break;
    case WS_CLOSE:
        say_goodbye(ws, event->close_code == 1005 ? 0 : event->close_code);
        ended(ws, event->close_code);
        break;
    default:
        break;
    }
}

static void read_frames(struct ws_conn *ws, char *p, size_t n)
{
    struct ws_event event;
    while (ws->state == WSN_OPEN) {
        enum err r = ws_parser_feed(&ws->parser, &p, &n, &event);
        if (r == ERR_MORE) {
            return;
        }
        if (r == ERR_OK) {
            handle_event(ws, &event);
        } else {
            say_goodbye(ws, ws->parser.close_code);
            ended(ws, ws->parser.close_code);
        }
    }
}

static void on_data(void *user, char *p, size_t n)
{
    struct ws_conn *ws = user;
    ws->depth++;
    if (ws->state == WSN_OPEN || read_handshake(ws, &p, &n)) {
        read_frames(ws, p, n);
    }
    ws->depth--;
    release(ws);
}

static void on_close(void *user)
{
    struct ws_conn *ws = user;
    ended(ws, ws->state == WSN_OPEN ? CLOSE_CUT_OFF : 0);
}

/* ---- transport.h ---- */

struct ws_conn *ws_native_open(struct slice url, const struct ws_events *events)
{
    uint8_t key[KEY_BYTES];
    struct ws_conn *ws = mem_zalloc(sizeof *ws);
    if (!ws) {
        return NULL;
    }
    ws->events = *events;
    buf_init(&ws->url_text, URL_MAX_BYTES);
    buf_init(&ws->key, URL_MAX_BYTES);
    buf_init(&ws->out, FRAME_MAX_BYTES);
    http1_reply_init(&ws->reply, 0);
    ws_parser_init(&ws->parser, WS_CLIENT, TRANSPORT_INPUT_MAX_BYTES);
    fill_random(key, sizeof key);
    struct stream_events of_stream = {
        .user = ws, .on_open = on_open, .on_data = on_data, .on_close = on_close};
    if (buf_put(&ws->url_text, url) == ERR_OK &&
        url_parse(buf_peek(&ws->url_text), &ws->to) == ERR_OK &&
        base64_encode((struct slice){(const char *)key, sizeof key}, &ws->key) == ERR_OK) {
        ws->stream = stream_open(&ws->to, &of_stream);
    }
    if (!ws->stream) {
        ws->state = WSN_CLOSED;
        release(ws);
        return NULL;
    }
    return ws;
}

enum err ws_native_send(struct ws_conn *ws, bool binary, struct slice data)
{
    CHECK(ws->state != WSN_CONNECTING);
    return ws->state == WSN_OPEN ? send_frame(ws, binary ? WS_BINARY : WS_TEXT, data) : ERR_CLOSED;
}

size_t ws_native_unsent(const struct ws_conn *ws)
{
    return ws->state == WSN_OPEN ? stream_unsent(ws->stream) : 0;
}

void ws_native_close(struct ws_conn *ws)
{
    if (ws->state == WSN_OPEN) {
        say_goodbye(ws, CLOSE_NORMAL);
    } else if (ws->state == WSN_CONNECTING) {
        stream_close(ws->stream);
    }
    ws->state = WSN_CLOSED;
    release(ws);
}
