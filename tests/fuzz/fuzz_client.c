/* Any server: whatever it sends by polling or WebSocket, in whatever order, the client neither
 * breaks nor leaks, and comes back to life with an honest one. Input: a byte that chooses the
 * transports, then steps: a byte what, a byte how long, the bytes.
 */
#include "sock.h"

#include "check.h"
#include "sock_script.h"
#include "utf8.h"
#include <string.h>

#define STEPS_MAX  200
#define HONEST_N   50
#define ROUNDS_MAX 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct manager *m;
static struct sock *socks[2];

static void emit(uint8_t how)
{
    struct slice attachment = SL("bytes");
    struct sock_message message = {
        .event = SL("m"),
        .args = {SL(SOCK_ATTACHMENT(0)), &attachment, how & 1U},
        .is_volatile = (how & 2U) != 0,
        .append_id = (how & 4U) != 0,
        .timeout_ms = 100,
    };
    message.ack = (how & 8U) != 0 ? script_ack : NULL;
    message.ack_user = (void *)(uintptr_t) "a";
    struct sock *s = socks[how >> 7];
    enum err r = (how & 16U) != 0 ? sock_send_reliably(s, &message) : sock_send(s, &message);
    const struct sock_token asked = script_told()->asked;
    if (r == ERR_OK && asked.wanted && (how & 32U) != 0) {
        r = sock_ack(s, &asked, &message.args);
    }
    (void)r;
}

static void step(uint8_t what, const char *text, size_t n)
{
    const bool is_text = utf8_valid((struct slice){text, n}) && !memchr(text, 0, n);
    switch (what % 16) {
    case 0:
    case 1:
    case 2:
        if (script_has_get() && is_text) {
            script_answer_get(text);
        }
        break;
    case 3:
        if (script_has_post()) {
            script_answer_post();
        }
        break;
    case 4:
        if (script_ws_is_open() && is_text) {
            script_ws_text(text);
        }
        break;
    case 5:
        if (script_ws_is_open()) {
            script_ws_binary(text);
        }
        break;
    case 6:
        if (script_ws_is_open()) {
            script_ws_text("3probe");
        } else if (script_has_ws()) {
            script_ws_accept();
        }
        break;
    case 7:
        if (script_has_ws()) {
            script_ws_end_code((unsigned)n * 100);
        }
        break;
    case 8:
        if (script_has_get()) {
            script_fail_get((unsigned)n);
        }
        break;
    case 9:
        script_pass((uint32_t)n * 50);
        break;
    case 10:
        sock_close(socks[n & 1U]);
        break;
    case 11:
        sock_open(socks[n & 1U]);
        break;
    case 12:
        manager_network_changed(m, n & 1U);
        break;
    case 13:
        (void)script_serve_one();
        break;
    default:
        emit((uint8_t)n);
        break;
    }
}

static void serve(void)
{
    for (int i = 0; i < HONEST_N; i++) {
        if (!script_serve_one()) {
            script_pass(500);
        }
    }
}

/* The bad server goes, an honest one comes: a message must be answered. */
static void be_honest(void)
{
    if (script_has_get()) {
        script_fail_get(0);
    }
    if (script_has_ws()) {
        script_ws_end();
    }
    for (int i = 0; i < ROUNDS_MAX; i++) {
        script_take();
        sock_open(socks[i & 1]);
        serve();
        if (sock_emit(socks[i & 1], SL("m"), SL("1"), script_ack, (void *)(uintptr_t) "end",
                      5000) == ERR_OK) {
            serve();
        }
        if (strstr(script_take(), "* ack end ok")) {
            return;
        }
    }
    CHECK(false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char text[257];
    if (n < 1) {
        return 0;
    }
    script_reset();
    struct manager_options options = {.transports = (enum sock_transports)(data[0] & 3U),
                                      .try_all_transports = (data[0] & 4U) != 0,
                                      .remember_upgrade = (data[0] & 8U) != 0};
    m = manager_new(&options);
    CHECK(m);
    static const char *const nsps[] = {"/", "/chat"};
    for (size_t i = 0; i < 2; i++) {
        struct sock_options of_sock = {.manager = m, .nsp = slice_str(nsps[i]), .retries = 1};
        socks[i] = script_named(&of_sock, nsps[i], false);
        sock_open(socks[i]);
    }
    size_t at = 1;
    for (unsigned i = 0; i < STEPS_MAX && at + 2 <= n; i++) {
        size_t length = data[at + 1];
        length = length < n - at - 2 ? length : n - at - 2;
        memcpy(text, data + at + 2, length);
        text[length] = '\0';
        step(data[at], text, length);
        at += 2 + length;
    }
    be_honest();
    manager_free(m);
    CHECK(script_open_n() == 0 && script_timers_n() == 0);
    return 0;
}
