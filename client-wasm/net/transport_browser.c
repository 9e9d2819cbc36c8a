/* The browser's WebSocket (emscripten/websocket.h) and fetch (lib_host_transport.js) as a
 * transport.
 *
 * Guards that emscripten/websocket.h of 3.1.6 needs: send and close only in the right state and
 * with legal codes, else a JavaScript exception flies through the C frames; send reports success on
 * a closed socket, so the state is kept here; the byte count of a text counts its NUL; a text is
 * sent up to its first NUL; events of a socket that was replaced may still come;
 * emscripten_websocket_deinitialize breaks the next connection and is never called.
 */
#include "transport_browser.h"

#include "buf.h"
#include "check.h"
#include "mem.h"

#include <emscripten/websocket.h>

#define TEXT_MAX_BYTES (64u << 20)
#define CLOSE_NORMAL   1000
#define CLOSE_TOO_BIG  1009

/* lib_host_transport.js */
#define FETCH_POST        1
#define FETCH_CREDENTIALS 2
#define FETCH_JSON        4
#define FETCH_DELETE      8
#define FETCH_PATCH       16
typedef void (*fetch_done_fn)(void *user, int id, int status, const char *body, int bytes);
extern int transport_fetch(int flags, const char *url, int url_bytes, const char *body,
                           int body_bytes, const char *bearer, int bearer_bytes, fetch_done_fn done,
                           void *user);
extern void transport_fetch_abort(int id);
extern int transport_websocket_allowed(const char *url);

/* ---- HTTP ---- */

struct http_call {
    int id;
    http_done_fn done;
    void *user;
};

static void fetch_done(void *user, int id, int status, const char *body, int bytes)
{
    struct http_call *call = user;
    http_done_fn done = call->done;
    void *done_user = call->user;
    (void)id;
    mem_free(call);
    if (status < 0 || bytes < 0 || (unsigned)bytes > TRANSPORT_INPUT_MAX_BYTES) {
        status = 0;
        bytes = 0;
    }
    done(done_user, (unsigned)status, (struct slice){body, (size_t)bytes});
}

static struct http_call *http_start(const struct http_request *request, http_done_fn done,
                                    void *user)
{
    struct http_call *call = mem_alloc(sizeof *call);
    if (!call) {
        return NULL;
    }
    *call = (struct http_call){.done = done, .user = user};
    int flags = (request->post ? FETCH_POST : 0) |
                (request->with_credentials ? FETCH_CREDENTIALS : 0) |
                (request->json ? FETCH_JSON : 0) | (request->remove ? FETCH_DELETE : 0) |
                (request->patch ? FETCH_PATCH : 0);
    call->id = transport_fetch(flags, request->url.p, (int)request->url.n, request->body.p,
                               (int)request->body.n, request->bearer.p, (int)request->bearer.n,
                               fetch_done, call);
    return call;
}

static void http_abort(struct http_call *call)
{
    transport_fetch_abort(call->id);
    mem_free(call);
}

/* ---- WebSocket ---- */

enum ws_state { WS_CONNECTING, WS_OPEN, WS_CLOSED };

struct ws_conn {
    struct ws_events events;
    EMSCRIPTEN_WEBSOCKET_T socket;
    enum ws_state state;
    unsigned depth; /* callbacks in progress: it is freed with the last */
};

static void release(struct ws_conn *ws)
{
    if (ws->depth == 0 && ws->state == WS_CLOSED) {
        mem_free(ws);
    }
}

/* Let go of the browser's socket: no event of it is heard any more. Its slot in Emscripten's table
 * stays taken. */
static void drop_socket(struct ws_conn *ws)
{
    ws->state = WS_CLOSED;
    emscripten_websocket_delete(ws->socket);
}

static void ended(struct ws_conn *ws, unsigned code)
{
    struct ws_events events = ws->events;
    drop_socket(ws);
    release(ws);
    events.on_close(events.user, code);
}

static EM_BOOL on_open(int type, const EmscriptenWebSocketOpenEvent *event, void *user)
{
    struct ws_conn *ws = user;
    (void)type;
    if (event->socket == ws->socket && ws->state == WS_CONNECTING) {
        ws->state = WS_OPEN;
        ws->depth++;
        ws->events.on_open(ws->events.user);
        ws->depth--;
        release(ws);
    }
    return EM_TRUE;
}

static EM_BOOL on_message(int type, const EmscriptenWebSocketMessageEvent *event, void *user)
{
    struct ws_conn *ws = user;
    bool binary = !event->isText;
    size_t n = event->numBytes;
    (void)type;
    if (event->socket != ws->socket || ws->state != WS_OPEN) {
        return EM_TRUE;
    }
    if (!binary && n > 0) {
        n--;
    }
    if (n > TRANSPORT_INPUT_MAX_BYTES) {
        emscripten_websocket_close(ws->socket, CLOSE_NORMAL, NULL);
        ended(ws, CLOSE_TOO_BIG);
        return EM_TRUE;
    }
    ws->depth++;
    ws->events.on_message(ws->events.user, binary, (struct slice){(const char *)event->data, n});
    ws->depth--;
    release(ws);
    return EM_TRUE;
}

static EM_BOOL on_close(int type, const EmscriptenWebSocketCloseEvent *event, void *user)
{
    struct ws_conn *ws = user;
    (void)type;
    if (event->socket == ws->socket && ws->state != WS_CLOSED) {
        ended(ws, event->code);
    }
    return EM_TRUE;
}

static struct ws_conn *ws_open(struct slice url, const struct ws_events *events)
{
    struct buf text;
    struct ws_conn *ws = mem_zalloc(sizeof *ws);
    buf_init(&text, TEXT_MAX_BYTES);
    if (!ws || buf_put(&text, url) != ERR_OK || buf_putc(&text, '\0') != ERR_OK ||
        !transport_websocket_allowed(text.p)) {
        goto fail;
    }
    EmscriptenWebSocketCreateAttributes attributes = {.url = text.p, .createOnMainThread = EM_TRUE};
    ws->events = *events;
    ws->socket = emscripten_websocket_new(&attributes);
    if (ws->socket <= 0) {
        goto fail;
    }
    buf_fini(&text);
    /* An error event is always followed by a close event. */
    emscripten_websocket_set_onopen_callback(ws->socket, ws, on_open);
    emscripten_websocket_set_onmessage_callback(ws->socket, ws, on_message);
    emscripten_websocket_set_onclose_callback(ws->socket, ws, on_close);
    return ws;
fail:
    buf_fini(&text);
    mem_free(ws);
    return NULL;
}

static enum err ws_send(struct ws_conn *ws, bool binary, struct slice data)
{
    unsigned short ready = 0;
    emscripten_websocket_get_ready_state(ws->socket, &ready);
    if (ws->state != WS_OPEN || ready != 1) {
        return ERR_CLOSED;
    }
    if (binary) {
        emscripten_websocket_send_binary(ws->socket, (void *)(uintptr_t)data.p, (uint32_t)data.n);
        return ERR_OK;
    }
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    enum err r = buf_put(&text, data);
    if (r == ERR_OK) {
        r = buf_putc(&text, '\0');
    }
    if (r == ERR_OK) {
        emscripten_websocket_send_utf8_text(ws->socket, text.p);
    }
    buf_fini(&text);
    return r;
}

static size_t ws_unsent(const struct ws_conn *ws)
{
    unsigned long long bytes = 0;
    emscripten_websocket_get_buffered_amount(ws->socket, &bytes);
    return (size_t)bytes;
}

static void ws_close(struct ws_conn *ws)
{
    if (ws->state != WS_CLOSED) {
        emscripten_websocket_close(ws->socket, CLOSE_NORMAL, NULL);
        drop_socket(ws);
    }
    release(ws);
}

const struct transport transport_browser = {
    .http_start = http_start,
    .http_abort = http_abort,
    .ws_open = ws_open,
    .ws_send = ws_send,
    .ws_unsent = ws_unsent,
    .ws_close = ws_close,
};
