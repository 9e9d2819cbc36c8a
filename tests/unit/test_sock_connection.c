/* The client machine against a scripted server: what the wire said when it failed, and every option of
 * the connection. */
#include "sock.h"

#include "mem.h"
#include "sock_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    (void)state;
    script_reset();
    return 0;
}

static struct sock *open_with(const struct manager_options *connection)
{
    struct sock_options options = {.connection = *connection};
    struct sock *s = script_sock(&options);
    assert_non_null(s);
    sock_open(s);
    script_pass(0);
    return s;
}

/* ---- what the wire said ---- */

static void test_sock_connection__failures_are_described(void **state)
{
    (void)state;
    static const struct {
        bool polling;
        unsigned code;
        uint16_t http_status, close_code;
    } cases[] = {{true, 0, 0, 0},      {true, 502, 502, 0},    {false, 0, 0, 0},
                 {false, 403, 403, 0}, {false, 1006, 0, 1006}, {false, 1009, 0, 1009}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int was_live = 0; was_live < 2; was_live++) {
            script_reset();
            struct sock *s =
                cases[i].polling
                    ? (was_live ? script_live_polling() : script_opened(SOCK_POLLING_ONLY))
                    : (was_live ? script_live_websocket() : script_opened(SOCK_WEBSOCKET_ONLY));
            if (cases[i].polling) {
                script_fail_get(cases[i].code);
            } else {
                script_ws_end_code(cases[i].code);
            }
            struct sock_failure failure = script_told()->failure;
            assert_int_equal(failure.websocket, !cases[i].polling);
            assert_int_equal(failure.http_status, cases[i].http_status);
            assert_int_equal(failure.close_code, cases[i].close_code);
            sock_free(s);
        }
    }
}

/* ---- the connection's options ---- */

static void test_sock_connection__query_is_added(void **state)
{
    (void)state;
    struct manager_options options = {.query = SL("token=a%20b&v=2")};
    struct sock *s = open_with(&options);
    EXPECT("> GET /socket.io/?EIO=4&transport=polling&t=0&token=a%20b&v=2\n* connecting\n");
    script_answer_get(OPEN_WS);
    assert_non_null(strstr(
        script_take(), "> open /socket.io/?EIO=4&transport=websocket&sid=sid&token=a%20b&v=2\n"));
    sock_free(s);
}

static void test_sock_connection__try_all_transports_goes_on_by_websocket(void **state)
{
    (void)state;
    struct manager_options options = {.try_all_transports = true};
    struct sock *s = open_with(&options);
    script_take();
    script_fail_get(502);
    EXPECT(WS_OPEN);
    script_ws_end_code(403);
    EXPECT("* waiting 1 in 500: websocket error\n");
    script_pass(500);
    script_take();
    script_pass(5000); /* a quarter of the time for the first */
    EXPECT("> abort GET\n" WS_OPEN);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text(CONNECTED);
    EXPECT("> ws 40\n* live websocket io\n");
    script_ws_end();
    script_pass(500); /* polling first again */
    EXPECT("* waiting 0 in 500: transport close\n" GET_OPEN "* connecting\n");
    sock_free(s);
    options.try_all_transports = false;
    s = open_with(&options);
    script_take();
    script_fail_get(502);
    EXPECT("* waiting 1 in 500: xhr poll error\n");
    sock_free(s);
}

static void upgrade_it(void)
{
    script_answer_get(OPEN_WS);
    script_answer_post();
    script_answer_get(CONNECTED);
    script_ws_accept();
    script_ws_text("3probe");
    script_answer_get("6");
}

static void test_sock_connection__remember_upgrade_begins_with_websocket(void **state)
{
    (void)state;
    struct manager_options options = {.remember_upgrade = true};
    struct sock *s = open_with(&options);
    EXPECT(GET_OPEN "* connecting\n");
    upgrade_it();
    script_ws_end();
    script_take();
    script_pass(500);
    EXPECT(WS_OPEN "* connecting\n");
    script_ws_end(); /* not any more: the same try goes on by polling, without a probe */
    EXPECT(GET_OPEN);
    script_answer_get(OPEN_WS);
    script_answer_post();
    script_answer_get(CONNECTED);
    EXPECT("> POST 40\n" GET_NEXT "* live polling io\n" GET_NEXT);
    script_fail_get(0);
    script_pass(500);
    EXPECT("* waiting 0 in 500: transport error\n" GET_OPEN "* connecting\n");
    sock_free(s);
    options.remember_upgrade = false;
    s = open_with(&options);
    upgrade_it();
    script_ws_end();
    script_take();
    script_pass(500);
    EXPECT(GET_OPEN "* connecting\n");
    sock_free(s);
}

static void test_sock_connection__no_reconnect_closes(void **state)
{
    (void)state;
    struct manager_options options = {.transports = SOCK_WEBSOCKET_ONLY, .no_reconnect = true};
    struct sock *s = open_with(&options);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text(CONNECTED);
    assert_int_equal(script_emit_acked(s, "1", "a", 0), ERR_OK);
    script_take();
    script_ws_end_code(1006);
    EXPECT("* ack a closed \n* closed: transport close (gave up)\n");
    assert_int_equal(script_told()->failure.close_code, 1006);
    script_pass(600000);
    assert_int_equal(script_emit(s, "2"), ERR_OK); /* kept */
    EXPECT("");
    sock_open(s);
    script_pass(0);
    EXPECT(WS_OPEN "* connecting\n");
    sock_free(s);
}

static void test_sock_connection__reconnect_attempts_are_counted(void **state)
{
    (void)state;
    struct manager_options options = {.transports = SOCK_POLLING_ONLY, .reconnect_attempts_max = 2};
    struct sock *s = open_with(&options);
    for (int round = 0; round < 2; round++) {
        script_take();
        script_fail_get(0);
        EXPECT("* waiting 1 in 500: xhr poll error\n");
        script_pass(500);
        script_take();
        script_fail_get(0);
        EXPECT("* waiting 2 in 1000: xhr poll error\n");
        script_pass(1000);
        script_take();
        script_fail_get(503);
        EXPECT("* closed: xhr poll error (gave up)\n");
        assert_int_equal(script_told()->failure.http_status, 503);
        sock_open(s); /* counts anew */
        script_pass(0);
    }
    sock_free(s);
}

static void test_sock_connection__delays_and_jitter_are_options(void **state)
{
    (void)state;
    static const struct {
        uint32_t jitter, chance, waits[3];
    } cases[] = {{0, 0, {50, 100, 150}},
                 {0, UINT32_MAX, {100, 200, 300}},
                 {MANAGER_NO_JITTER, 0, {100, 200, 300}},
                 {10, 0, {90, 180, 270}},
                 {1000, 0, {0, 0, 0}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        script_reset();
        script_chance(cases[i].chance);
        struct manager_options options = {.transports = SOCK_WEBSOCKET_ONLY,
                                          .reconnect_delay_ms = 100,
                                          .reconnect_delay_max_ms = 300,
                                          .reconnect_jitter_percent = cases[i].jitter};
        struct sock *s = open_with(&options);
        for (unsigned j = 0; j < 3; j++) {
            char expected[100];
            script_take();
            script_ws_end();
            (void)snprintf(expected, sizeof expected, "* waiting %u in %u: websocket error\n",
                           j + 1, (unsigned)cases[i].waits[j]);
            EXPECT(expected);
            script_pass(cases[i].waits[j]);
        }
        sock_free(s);
    }
}

static void test_sock_connection__network_that_goes_while_connecting(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_FIRST);
    script_take();
    sock_network_changed(s, false);
    EXPECT("> ws close\n"); /* no falling back to what cannot work either */
    script_pass(0);
    EXPECT("* waiting 1 in 500: transport close\n");
    sock_network_changed(s, false);
    script_pass(0);
    EXPECT("");
    sock_free(s);
}

/* ---- WebSocket, later ---- */

/* The connection lives on by polling, pinged every 300 ms. */
static void live_on(int ms)
{
    for (int i = 0; i < ms / 300; i++) {
        script_pass(300);
        script_answer_get("2");
        script_answer_post();
    }
    script_take();
}

static void test_sock_connection__failed_upgrades_are_tried_again_later(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_POLLING_FIRST);
    script_answer_get(OPEN_WS);
    script_answer_post();
    script_answer_get(CONNECTED);
    script_ws_end();
    live_on(29700);
    for (unsigned waits_n = 1; waits_n <= 6; waits_n++) { /* 30, 60, ... 480, 480 s */
        script_pass(299);
        EXPECT("");
        script_pass(1);
        EXPECT(WS_PROBE);
        script_answer_get("2");
        script_answer_post();
        if (waits_n < 6) {
            script_ws_end();
            live_on((30000 << (waits_n < 4 ? waits_n : 4)) - 300);
        }
    }
    script_take();
    script_ws_accept();
    script_ws_text("3probe");
    script_answer_get("6");
    EXPECT("> ws 2probe\n> ws 5\n* live websocket io\n");
    sock_free(s);
}

static void test_sock_connection__websocket_first_tries_websocket_again_later(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_FIRST);
    script_ws_end();
    script_answer_get(OPEN_WS);
    script_answer_post();
    script_answer_get(CONNECTED);
    live_on(29700);
    script_pass(299);
    EXPECT("");
    script_pass(1);
    EXPECT(WS_PROBE);
    script_ws_accept();
    script_ws_text("3probe");
    script_answer_get("6");
    EXPECT("> ws 2probe\n> ws 5\n* live websocket io\n");
    sock_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sock_connection__failures_are_described, setup),
        cmocka_unit_test_setup(test_sock_connection__query_is_added, setup),
        cmocka_unit_test_setup(test_sock_connection__try_all_transports_goes_on_by_websocket,
                               setup),
        cmocka_unit_test_setup(test_sock_connection__remember_upgrade_begins_with_websocket, setup),
        cmocka_unit_test_setup(test_sock_connection__no_reconnect_closes, setup),
        cmocka_unit_test_setup(test_sock_connection__reconnect_attempts_are_counted, setup),
        cmocka_unit_test_setup(test_sock_connection__delays_and_jitter_are_options, setup),
        cmocka_unit_test_setup(test_sock_connection__failed_upgrades_are_tried_again_later, setup),
        cmocka_unit_test_setup(test_sock_connection__websocket_first_tries_websocket_again_later,
                               setup),
        cmocka_unit_test_setup(test_sock_connection__network_that_goes_while_connecting, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
