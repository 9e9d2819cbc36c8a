/* Beginnings of scripts: a connection opened, or live, and emits. */
#include "sock_script.h"

#include "check.h"

struct sock *script_opened(enum sock_transports transports)
{
    struct sock_options options = {.connection = {.transports = transports}};
    struct sock *s = script_sock(&options);
    CHECK(s);
    sock_open(s);
    script_pass(0);
    return s;
}

struct sock *script_live_polling(void)
{
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    script_answer_get(OPEN_PLAIN);
    script_answer_post();
    script_answer_get(CONNECTED);
    script_take();
    return s;
}

struct sock *script_live_websocket(void)
{
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text(CONNECTED);
    script_take();
    return s;
}

enum err script_emit(struct sock *s, const char *args)
{
    return sock_emit(s, SL("m"), slice_str(args), NULL, NULL, 0);
}

enum err script_emit_acked(struct sock *s, const char *args, const char *name, uint32_t timeout_ms)
{
    return sock_emit(s, SL("m"), slice_str(args), script_ack, (void *)(uintptr_t)name, timeout_ms);
}
