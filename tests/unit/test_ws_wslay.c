/* wslay reads the table of WebSocket cases too, and must agree with it, but for the differences
 * that are listed here with their reason.
 */
#include "ws_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <wslay/wslay.h>

#define MAX_BYTES 65536

/* Case names start with prefix. A row that no case needs fails the test. */
static struct difference {
    const char *prefix;
    const char *reason;
    bool seen;
} differences[] = {
    {"7.half-a-code", "wslay takes a close body of one byte for none", false},
    {"7.valid.1012", "wslay 1.1.1 does not know the codes registered after the RFC", false},
    {"7.valid.1013", "the same", false},
    {"7.valid.1014", "the same", false},
    {"7.valid.reason.1012", "the same", false},
    {"7.valid.reason.1013", "the same", false},
    {"7.valid.reason.1014", "the same", false},
    {"7.reason.utf8", "wslay 1.1.1 misjudges a close reason that comes in pieces", false},
    {"7.reason.not-utf8", "the same", false},
    {"7.bad-code-first", "wslay looks at the reason before the code", false},
    {"9.over.", "wslay decides when payload comes, not from what is announced", false},
    {"9.tiny.", "wslay has no cap on the number of fragments", false},
};

/* One run: what wslay has still to read, and what it said. */
struct run {
    struct slice in;
    size_t step; /* bytes it gets at a time */
    size_t left; /* of this step */
    struct buf out;
    struct buf log;
};

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *to, size_t n, int flags, void *user)
{
    struct run *run = user;
    (void)flags;
    n = n < run->left ? n : run->left;
    if (n == 0) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(to, run->in.p, n);
    run->in = slice_from(run->in, n);
    run->left -= n;
    return (ssize_t)n;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *p, size_t n, int flags,
                       void *user)
{
    struct run *run = user;
    (void)ctx;
    (void)flags;
    assert_int_equal(buf_put(&run->out, (struct slice){(const char *)p, n}), ERR_OK);
    return (ssize_t)n;
}

static int on_mask(wslay_event_context_ptr ctx, uint8_t *to, size_t n, void *user)
{
    (void)ctx;
    (void)user;
    memset(to, 0, n);
    return 0;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *arg,
                       void *user)
{
    struct run *run = user;
    struct ws_event ev = {
        .opcode = (enum ws_opcode)arg->opcode,
        .data = {(const char *)arg->msg, arg->msg_length},
    };
    (void)ctx;
    if (ev.opcode == WS_CLOSE) {
        ev.close_code = arg->status_code == 0 ? 1005 : arg->status_code;
        ev.data = ev.data.n >= 2 ? slice_from(ev.data, 2) : SL("");
    }
    ws_log_event(&run->log, &ev);
}

static void feed(wslay_event_context_ptr ctx, struct run *run)
{
    while (run->in.n > 0 && wslay_event_get_read_enabled(ctx)) {
        run->left = run->step < run->in.n ? run->step : run->in.n;
        const int e = wslay_event_recv(ctx);
        assert_true(e == 0 || e == WSLAY_ERR_CALLBACK_FAILURE);
        assert_int_equal(wslay_event_send(ctx), 0);
        if (e != 0) {
            return;
        }
    }
}

/* What wslay makes of a case. It answers a failure of the framing with an empty close: logged as
 * 1002. */
static void run_wslay(const struct ws_case *c, enum ws_role role, struct run *run)
{
    const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .genmask_callback = on_mask,
        .on_msg_recv_callback = on_message,
    };
    wslay_event_context_ptr ctx = NULL;
    const int e = role == WS_SERVER ? wslay_event_context_server_init(&ctx, &callbacks, run)
                                    : wslay_event_context_client_init(&ctx, &callbacks, run);
    assert_int_equal(e, 0);
    wslay_event_config_set_max_recv_msg_length(ctx, MAX_BYTES);
    run->in = buf_peek(&c->in);
    feed(ctx, run);
    if (wslay_event_get_close_sent(ctx) && !wslay_event_get_close_received(ctx)) {
        const uint16_t code = wslay_event_get_status_code_sent(ctx);
        ws_log_failure(&run->log, code == 0 || code == 1005 ? 1002 : code);
    }
    wslay_event_context_free(ctx);
}

static struct difference *difference_of(struct slice name)
{
    for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
        if (slice_starts_with(name, slice_str(differences[i].prefix))) {
            return &differences[i];
        }
    }
    return NULL;
}

static struct slice shown(const struct buf *log)
{
    const struct slice s = buf_peek(log);
    return (struct slice){s.p, s.n < 200 ? s.n : 200};
}

static void compare(const struct ws_case *c, enum ws_role role, size_t step)
{
    struct run run = {.step = step, .out = {.max = 1U << 24}, .log = {.max = 1U << 24}};
    struct difference *difference = difference_of(c->name);
    run_wslay(c, role, &run);
    if (!slice_eq(buf_peek(&run.log), buf_peek(&c->log))) {
        if (difference == NULL) {
            fail_msg("line %u, %.*s, role %d, step %zu\nexpected: %.*s\nwslay: %.*s", c->line_n,
                     SL_ARG(c->name), role, step, SL_ARG(shown(&c->log)), SL_ARG(shown(&run.log)));
        }
        difference->seen = true;
    }
    buf_fini(&run.out);
    buf_fini(&run.log);
}

static void each_case(struct ws_case *c, void *context)
{
    static const size_t STEPS[] = {SIZE_MAX, 1, 7};
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        compare(c, *(const enum ws_role *)context, STEPS[i]);
    }
}

static void test_ws_wslay__agrees_with_the_table(void **state)
{
    (void)state;
    for (enum ws_role role = WS_SERVER; role <= WS_CLIENT; role++) {
        ws_table_each(TINCAN_WS_CASES, role, MAX_BYTES, each_case, &role);
    }
    for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
        if (!differences[i].seen) {
            fail_msg("no longer different: %s", differences[i].prefix);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ws_wslay__agrees_with_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
