/* The client machine against a scripted server: what goes over the wire, when, and what its user is
 * told. */
#include "sock.h"

#include "acks.h"
#include "backoff.h"
#include "mem.h"
#include "sock_script.h"

#include <setjmp.h>
#include <stdarg.h>
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

/* ---- connecting ---- */

static void test_sock__polling_handshake_byte_for_byte(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    EXPECT(GET_OPEN "* connecting\n");
    script_answer_get(OPEN_WS);
    EXPECT("> POST 40\n" GET_NEXT);
    script_answer_post();
    EXPECT("");
    script_answer_get(CONNECTED);
    EXPECT("* live polling io\n" GET_NEXT);
    assert_int_equal(script_emit(s, "{\"text\":\"a\"},1"), ERR_OK);
    EXPECT("> POST 42[\"m\",{\"text\":\"a\"},1]\n");
    script_answer_get("42[\"m\",{\"text\":\"a\"},1]" RS "42[\"n\"]" RS "6" RS "42[7,null]");
    EXPECT("* event m {\"text\":\"a\"},1\n* event n \n* event 7 null\n" GET_NEXT);
    sock_free(s);
    EXPECT("> abort GET\n> abort POST\n");
}

static void test_sock__websocket_handshake_byte_for_byte(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    EXPECT(WS_OPEN "* connecting\n");
    script_ws_accept();
    EXPECT("");
    script_ws_text(OPEN_PLAIN);
    EXPECT("> ws 40\n");
    script_ws_text(CONNECTED);
    EXPECT("* live websocket io\n");
    assert_int_equal(script_emit(s, ""), ERR_OK);
    EXPECT("> ws 42[\"m\"]\n");
    script_ws_text("42[\"a\\u00e9\\n\",\"x\"]");
    EXPECT("* event a\xc3\xa9\n \"x\"\n");
    sock_free(s);
    EXPECT("> ws close\n");
}

static void test_sock__namespace_auth_url_and_path_are_used(void **state)
{
    (void)state;
    struct sock_options options = {
        .connection = {.url = SL("https://h.example:8443/"),
                       .path = SL("/x/"),
                       .transports = SOCK_POLLING_ONLY},
        .nsp = SL("/chat"),
        .auth_json = SL("{\"token\":\"t\"}"),
    };
    struct sock *s = script_sock(&options);
    sock_open(s);
    script_pass(0);
    EXPECT("> GET /x/?EIO=4&transport=polling&t=0\n* connecting\n");
    script_answer_get(OPEN_PLAIN);
    script_answer_post();
    script_answer_get("40/chat,{\"sid\":\"io\"}" RS "42[\"other\"]" RS "42/chat,[\"mine\"]");
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    EXPECT("> POST 40/chat,{\"token\":\"t\"}\n> GET /x/?EIO=4&transport=polling&t=0&sid=sid\n"
           "* live polling io\n* event mine \n> GET /x/?EIO=4&transport=polling&t=0&sid=sid\n"
           "> POST 42/chat,[\"m\",1]\n");
    sock_close(s);
    script_answer_post();
    script_pass(0);
    EXPECT("> POST 41/chat," RS "1\n* closed: io client disconnect\n");
    sock_free(s);
}

static void test_sock__session_id_stays_one_query_value(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    script_take();
    script_answer_get(
        "0{\"sid\":\"a&b=c\",\"upgrades\":[],\"pingInterval\":300,\"pingTimeout\":200}");
    assert_non_null(strstr(script_take(), "&sid=a%26b%3Dc\n"));
    sock_free(s);
}

static void test_sock__no_answer_to_connect_times_out(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    script_pass(19999);
    EXPECT(GET_OPEN "* connecting\n");
    script_pass(1);
    EXPECT("> abort GET\n* waiting 1 in 500: timeout\n");
    sock_free(s);
}

static void test_sock__events_before_connect_come_after_it(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    assert_int_equal(script_emit(s, "\"kept\""), ERR_OK);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text("42[\"a\",1]");
    script_ws_text("42[\"b\",2]");
    script_take();
    script_ws_text(CONNECTED);
    EXPECT("* event a 1\n* event b 2\n> ws 42[\"m\",\"kept\"]\n* live websocket io\n");
    sock_free(s);
}

/* ---- heartbeat ---- */

static void test_sock__pings_are_answered(void **state)
{
    (void)state;
    struct sock *s = script_live_polling();
    script_answer_get("2");
    EXPECT("> POST 3\n" GET_NEXT);
    sock_free(s);
    script_take();
    s = script_live_websocket();
    script_ws_text("2");
    EXPECT("> ws 3\n");
    sock_free(s);
}

static void test_sock__silence_of_interval_plus_timeout_ends_it(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    script_pass(499);
    EXPECT("");
    script_ws_text("2");
    EXPECT("> ws 3\n");
    script_pass(499);
    script_ws_text("42[\"x\"]"); /* other traffic does not count */
    EXPECT("* event x \n");
    script_pass(1);
    EXPECT("> ws close\n* waiting 0 in 500: ping timeout\n");
    sock_free(s);
}

static void test_sock__nothing_is_sent_to_a_server_silent_too_long(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    /* The machine slept: the clock jumped, no timer ran. */
    script_sleep(60000);
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    EXPECT("");
    script_pass(0);
    EXPECT("> ws close\n* waiting 0 in 500: ping timeout\n");
    script_pass(500);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text(CONNECTED);
    EXPECT(WS_OPEN "* connecting\n> ws 40\n> ws 42[\"m\",1]\n* live websocket io\n");
    sock_free(s);
}

/* ---- upgrade ---- */

/* Live by polling, the probe's socket opening, a GET waiting. */
static struct sock *upgrading(void)
{
    struct sock *s = script_opened(SOCK_POLLING_FIRST);
    script_answer_get(OPEN_WS);
    EXPECT(GET_OPEN "* connecting\n> POST 40\n" WS_PROBE GET_NEXT);
    script_answer_post();
    script_answer_get(CONNECTED);
    EXPECT("* live polling io\n" GET_NEXT);
    return s;
}

static void test_sock__upgrade_keeps_the_order(void **state)
{
    (void)state;
    struct sock *s = upgrading();
    script_ws_accept();
    EXPECT("> ws 2probe\n");
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    EXPECT("> POST 42[\"m\",1]\n");
    script_ws_text("3probe");
    assert_int_equal(script_emit(s, "2"), ERR_OK); /* held from here on */
    script_answer_get("42[\"x\",1]" RS "2");
    EXPECT("* event x 1\n");
    script_answer_post();
    EXPECT("> ws 5\n> ws 42[\"m\",2]\n> ws 3\n* live websocket io\n");
    assert_int_equal(script_emit(s, "3"), ERR_OK);
    script_ws_text("42[\"x\",2]");
    EXPECT("> ws 42[\"m\",3]\n* event x 2\n");
    script_pass(499);
    EXPECT("");
    sock_free(s);
}

static void test_sock__upgrade_polls_on_until_the_probe_is_answered(void **state)
{
    (void)state;
    struct sock *s = upgrading();
    script_ws_accept();
    script_answer_get("6");
    EXPECT("> ws 2probe\n" GET_NEXT);
    script_ws_text("3probe");
    EXPECT("");
    script_answer_get("6");
    EXPECT("> ws 5\n* live websocket io\n");
    sock_free(s);
}

static void test_sock__failed_upgrades_stay_on_polling(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *answer; /* to the probe; NULL: none */
        bool accept;
    } cases[] = {{"refused", NULL, false},
                 {"died", NULL, true},
                 {"wrong answer", "3", true},
                 {"message", "42[\"x\"]", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        script_reset();
        struct sock *s = upgrading();
        if (cases[i].accept) {
            script_ws_accept();
        }
        if (cases[i].answer) {
            script_ws_text(cases[i].answer);
        } else {
            script_ws_end();
        }
        assert_false(script_has_ws());
        script_take();
        assert_int_equal(script_emit(s, "1"), ERR_OK);
        EXPECT("> POST 42[\"m\",1]\n");
        script_answer_get("6");
        EXPECT(GET_NEXT);
        sock_free(s);
    }
}

static void test_sock__upgrade_that_takes_too_long_is_given_up(void **state)
{
    (void)state;
    struct sock *s = upgrading();
    for (int i = 0; i < 33; i++) {
        script_pass(300);
        script_answer_get("2");
        script_answer_post();
    }
    script_take();
    script_pass(99);
    EXPECT("");
    script_pass(1);
    EXPECT("> ws close\n");
    sock_free(s);
}

static void test_sock__upgrade_failing_while_paused_polls_again(void **state)
{
    (void)state;
    struct sock *s = upgrading();
    script_ws_accept();
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    script_ws_text("3probe");
    script_answer_get("6"); /* the POST is still on its way */
    assert_int_equal(script_emit(s, "2"), ERR_OK);
    script_take();
    script_ws_end();
    EXPECT(GET_NEXT);
    script_answer_post();
    EXPECT("> POST 42[\"m\",2]\n");
    sock_free(s);
}

/* ---- fallback ---- */

static void test_sock__websocket_first_falls_back_and_remembers(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_FIRST);
    EXPECT(WS_OPEN "* connecting\n");
    script_ws_end();
    EXPECT(GET_OPEN);
    script_answer_get(OPEN_WS); /* no probe now */
    script_answer_post();
    script_answer_get(CONNECTED);
    EXPECT("> POST 40\n" GET_NEXT "* live polling io\n" GET_NEXT);
    script_fail_get(0);
    EXPECT("* waiting 0 in 500: transport error\n");
    script_pass(500); /* polls first now, and probes */
    script_answer_get(OPEN_WS);
    EXPECT(GET_OPEN "* connecting\n> POST 40\n" WS_PROBE GET_NEXT);
    script_answer_post();
    script_ws_accept();
    script_ws_text("3probe");
    script_answer_get(CONNECTED);
    EXPECT("> ws 2probe\n* live polling io\n> ws 5\n* live websocket io\n");
    script_ws_end();
    script_pass(500); /* WebSocket works again, so it comes first again */
    EXPECT("* waiting 0 in 500: transport close\n" WS_OPEN "* connecting\n");
    sock_free(s);
}

static void test_sock__websocket_first_does_not_wait_for_ever(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_FIRST);
    script_pass(4999);
    EXPECT(WS_OPEN "* connecting\n");
    script_pass(1);
    EXPECT("> ws close\n" GET_OPEN);
    script_fail_get(502);
    EXPECT("* waiting 1 in 500: xhr poll error\n");
    script_pass(500);
    EXPECT(WS_OPEN "* connecting\n");
    sock_free(s);
}

static void test_sock__only_means_only(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    script_ws_end();
    EXPECT(WS_OPEN "* connecting\n* waiting 1 in 500: websocket error\n");
    sock_free(s);
    s = script_opened(SOCK_POLLING_ONLY);
    script_answer_get(OPEN_WS);
    EXPECT(GET_OPEN "* connecting\n> POST 40\n" GET_NEXT);
    sock_free(s);
}

/* ---- losing and finding it again ---- */

static void test_sock__backoff_doubles_and_jitters_after_the_cap(void **state)
{
    (void)state;
    static const uint32_t delays[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    for (uint32_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        assert_int_equal(backoff_ms(1000, 30000, 50, i, 0), delays[i] / 2);
        assert_int_equal(backoff_ms(1000, 30000, 50, i, UINT32_MAX), delays[i]);
    }
    assert_int_equal(backoff_ms(1000, 30000, 50, UINT32_MAX, UINT32_MAX), 30000);
    assert_int_equal(backoff_ms(1, UINT32_MAX, 50, UINT32_MAX, UINT32_MAX), UINT32_MAX);
    assert_int_equal(backoff_ms(5000, 1000, 50, 0, UINT32_MAX), 1000);
    assert_int_equal(backoff_ms(1, 1, 50, 9, 0), 0);
}

static void test_sock__reconnects_for_ever_with_growing_waits(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    script_chance(UINT32_MAX);
    static const uint32_t waits[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    for (uint32_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        char expected[100];
        script_take();
        script_fail_get(0);
        (void)snprintf(expected, sizeof expected, "* waiting %u in %u: xhr poll error\n", i + 1,
                       waits[i]);
        EXPECT(expected);
        script_pass(waits[i] - 1);
        assert_false(script_has_get());
        script_pass(1);
        assert_true(script_has_get());
    }
    script_answer_get(OPEN_PLAIN);
    script_answer_post();
    script_answer_get(CONNECTED);
    script_take();
    script_fail_get(400);
    EXPECT("* waiting 0 in 1000: transport error\n"); /* the waits began anew */
    sock_free(s);
}

static void test_sock__retry_now_and_a_network_that_is_back_skip_the_wait(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    sock_retry_now(s); /* nothing waits */
    script_fail_get(0);
    EXPECT(GET_OPEN "* connecting\n* waiting 1 in 500: xhr poll error\n");
    sock_retry_now(s);
    EXPECT(GET_OPEN);
    script_pass(0);
    EXPECT("* connecting\n");
    script_fail_get(0);
    EXPECT("* waiting 2 in 1000: xhr poll error\n");
    sock_network_changed(s, true);
    script_pass(0);
    EXPECT(GET_OPEN "* connecting\n");
    script_fail_get(0);
    EXPECT("* waiting 3 in 500: xhr poll error\n");
    sock_free(s);
}

static void test_sock__network_that_goes_ends_the_connection_except_on_loopback(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    sock_network_changed(s, false);
    EXPECT("> ws close\n");
    script_pass(0);
    EXPECT("* waiting 0 in 500: transport close\n");
    sock_free(s);
    struct sock_options options = {
        .connection = {.url = SL("http://localhost:5000"), .transports = SOCK_WEBSOCKET_ONLY}};
    s = script_sock(&options);
    sock_open(s);
    script_pass(0);
    script_take();
    sock_network_changed(s, false);
    script_pass(0);
    EXPECT("");
    sock_free(s);
}

static void test_sock__what_a_server_must_not_send_is_a_parse_error(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "x",
        "9",
        "4",
        "48",
        "42",
        "42{}",
        "42[]",
        "42[null]",
        "42[\"a\"",
        "42[\"a\"]x",
        "42-1[\"a\"]",
        "42[\"connect\"]",
        "43{}",
        "41{}",
        "450-[\"a\"]",
        "451[\"a\"]",
        "4511-[\"a\"]",
        "b!!!!",
        "bAAAA",
        "42[\"\xff\"]",
        "40",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        script_reset();
        struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
        script_ws_accept();
        script_ws_text(OPEN_PLAIN);
        script_take();
        script_ws_text(cases[i]);
        const char *transcript = script_take();
        if (strcmp(transcript, "> ws close\n* waiting 1 in 500: parse error\n") != 0) {
            print_error("case %zu: %s: %s\n", i, cases[i], transcript);
            fail();
        }
        script_pass(500);
        assert_true(script_has_ws());
        sock_free(s);
    }
}

static void test_sock__polling_stops_at_the_first_bad_packet(void **state)
{
    (void)state;
    struct sock *s = script_live_polling();
    script_answer_get("42[\"a\"]" RS "x" RS "42[\"b\"]");
    EXPECT("* event a \n* waiting 0 in 500: parse error\n");
    sock_free(s);
}

static void test_sock__bad_handshakes_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "", "1", "2", "40", "0", "0{}", "0[]", "0{\"sid\":\"\"}", "0{\"sid\":1}"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        script_reset();
        struct sock *s = script_opened(SOCK_POLLING_ONLY);
        script_take();
        script_answer_get(cases[i]);
        EXPECT("* waiting 1 in 500: parse error\n");
        sock_free(s);
    }
}

static void test_sock__attachments_come_with_their_event(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    script_ws_text(
        "452-[\"f\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    script_ws_binary("one");
    EXPECT("");
    script_ws_text("bdHdv"); /* an attachment may come as text, too */
    EXPECT("* event f {\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1} <one> "
           "<two>\n");
    script_ws_text("451-/other,[\"f\",{\"_placeholder\":true,\"num\":0}]");
    script_ws_binary("x");
    script_ws_text("42[\"g\"]");
    EXPECT("* event g \n");
    script_ws_text("451-[\"f\",{\"_placeholder\":true,\"num\":0}]");
    script_ws_text("42[\"g\"]"); /* nothing may come between */
    EXPECT("> ws close\n* waiting 0 in 500: parse error\n");
    sock_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sock__polling_handshake_byte_for_byte, setup),
        cmocka_unit_test_setup(test_sock__websocket_handshake_byte_for_byte, setup),
        cmocka_unit_test_setup(test_sock__namespace_auth_url_and_path_are_used, setup),
        cmocka_unit_test_setup(test_sock__session_id_stays_one_query_value, setup),
        cmocka_unit_test_setup(test_sock__no_answer_to_connect_times_out, setup),
        cmocka_unit_test_setup(test_sock__events_before_connect_come_after_it, setup),
        cmocka_unit_test_setup(test_sock__pings_are_answered, setup),
        cmocka_unit_test_setup(test_sock__silence_of_interval_plus_timeout_ends_it, setup),
        cmocka_unit_test_setup(test_sock__nothing_is_sent_to_a_server_silent_too_long, setup),
        cmocka_unit_test_setup(test_sock__upgrade_keeps_the_order, setup),
        cmocka_unit_test_setup(test_sock__upgrade_polls_on_until_the_probe_is_answered, setup),
        cmocka_unit_test_setup(test_sock__failed_upgrades_stay_on_polling, setup),
        cmocka_unit_test_setup(test_sock__upgrade_that_takes_too_long_is_given_up, setup),
        cmocka_unit_test_setup(test_sock__upgrade_failing_while_paused_polls_again, setup),
        cmocka_unit_test_setup(test_sock__websocket_first_falls_back_and_remembers, setup),
        cmocka_unit_test_setup(test_sock__websocket_first_does_not_wait_for_ever, setup),
        cmocka_unit_test_setup(test_sock__only_means_only, setup),
        cmocka_unit_test_setup(test_sock__backoff_doubles_and_jitters_after_the_cap, setup),
        cmocka_unit_test_setup(test_sock__reconnects_for_ever_with_growing_waits, setup),
        cmocka_unit_test_setup(test_sock__retry_now_and_a_network_that_is_back_skip_the_wait,
                               setup),
        cmocka_unit_test_setup(test_sock__network_that_goes_ends_the_connection_except_on_loopback,
                               setup),
        cmocka_unit_test_setup(test_sock__what_a_server_must_not_send_is_a_parse_error, setup),
        cmocka_unit_test_setup(test_sock__polling_stops_at_the_first_bad_packet, setup),
        cmocka_unit_test_setup(test_sock__bad_handshakes_are_refused, setup),
        cmocka_unit_test_setup(test_sock__attachments_come_with_their_event, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
