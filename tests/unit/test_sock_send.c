/* The client machine against a scripted server: emits, acks, the offline buffer, closing, freeing,
 * failing memory. */
#include "sock.h"

#include "acks.h"
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

/* ---- sending by polling ---- */

static void test_sock_send__one_post_at_a_time_batches_what_waits(void **state)
{
    (void)state;
    struct sock *s = script_live_polling();
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    assert_int_equal(script_emit(s, "2"), ERR_OK);
    assert_int_equal(script_emit(s, "3"), ERR_OK);
    EXPECT("> POST 42[\"m\",1]\n");
    script_answer_post();
    EXPECT("> POST 42[\"m\",2]" RS "42[\"m\",3]\n");
    script_answer_post();
    EXPECT("");
    sock_free(s);
}

/* maxPayload 40: a packet 42["m","..."] costs 10 bytes around its text. */
static void test_sock_send__max_payload_counts_utf8_bytes(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    script_answer_get(OPEN("", "40"));
    script_answer_post();
    script_answer_get(CONNECTED);
    script_take();
    assert_int_equal(
        script_emit(
            s, "\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
               "0123456789\""),
        ERR_OK); /* 40 */
    assert_int_equal(
        script_emit(
            s, "\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
               "01234567890\""),
        ERR_LIMIT); /* 41 */
    script_take();
    assert_int_equal(script_emit(s, "\"0123456789\""), ERR_OK); /* 20, 19 and the separator: 40 */
    assert_int_equal(script_emit(s, "\"012345678\""), ERR_OK);
    assert_int_equal(script_emit(s, "\"0123456789\""), ERR_OK); /* 20, 20 and the separator: 41 */
    assert_int_equal(script_emit(s, "\"9876543210\""), ERR_OK);
    script_answer_post();
    EXPECT("> POST 42[\"m\",\"0123456789\"]" RS "42[\"m\",\"012345678\"]\n");
    script_answer_post();
    EXPECT("> POST 42[\"m\",\"0123456789\"]\n");
    script_answer_post();
    EXPECT("> POST 42[\"m\",\"9876543210\"]\n");
    sock_free(s);
}

static void test_sock_send__websocket_that_does_not_drain_refuses(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    script_ws_unsent(3u << 20);
    assert_int_equal(script_emit(s, "1"), ERR_RATE);
    script_ws_unsent(0);
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    EXPECT("> ws 42[\"m\",1]\n");
    sock_free(s);
}

static void test_sock_send__reserved_names_are_refused(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    assert_int_equal(sock_emit(s, SL("connect"), SL("1"), NULL, NULL, 0), ERR_INVALID);
    EXPECT("");
    sock_free(s);
}

/* ---- offline ---- */

static void test_sock_send__offline_emits_are_kept_in_order_up_to_the_cap(void **state)
{
    (void)state;
    /* 2["m",1] is 8 bytes, and 16 of housekeeping. */
    struct sock_options options = {.connection = {.transports = SOCK_WEBSOCKET_ONLY},
                                   .offline_max_bytes = 72};
    struct sock *s = script_sock(&options);
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    sock_open(s);
    assert_int_equal(script_emit(s, "2"), ERR_OK);
    assert_int_equal(script_emit(s, "3"), ERR_OK);
    assert_int_equal(script_emit(s, "4"), ERR_RATE);
    assert_int_equal(script_emit_acked(s, "4", "no", 0), ERR_RATE);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_take();
    script_ws_text(CONNECTED);
    EXPECT("> ws 42[\"m\",1]\n> ws 42[\"m\",2]\n> ws 42[\"m\",3]\n* live websocket io\n");
    sock_free(s);
}

static void test_sock_send__one_byte_over_the_cap_is_refused(void **state)
{
    (void)state;
    struct sock_options options = {.connection = {.transports = SOCK_WEBSOCKET_ONLY},
                                   .offline_max_bytes = 24};
    struct sock *s = script_sock(&options);
    assert_int_equal(script_emit(s, "12"), ERR_RATE);
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    sock_free(s);
}

static void test_sock_send__kept_over_a_reconnect_but_not_sent_twice(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    script_ws_end();
    assert_int_equal(script_emit(s, "2"), ERR_OK);
    script_pass(500);
    assert_int_equal(script_emit(s, "3"), ERR_OK);
    script_ws_end(); /* this connection fails */
    script_pass(1000);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_take();
    script_ws_text(CONNECTED);
    EXPECT("> ws 42[\"m\",2]\n> ws 42[\"m\",3]\n* live websocket io\n");
    sock_free(s);
}

static void test_sock_send__kept_and_too_large_for_the_server_ends_its_ack(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    assert_int_equal(script_emit_acked(s, "\"0123456789012345678901234567890\"", "big", 0), ERR_OK);
    assert_int_equal(script_emit(s, "\"0123456789012345678901234567890\""), ERR_OK);
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    script_ws_accept();
    script_ws_text(OPEN("", "40"));
    script_take();
    script_ws_text(CONNECTED);
    EXPECT("> ws 42[\"m\",1]\n* live websocket io\n* ack big limit exceeded \n");
    sock_free(s);
}

/* ---- acks ---- */

static void test_sock_send__acks_are_matched_by_id_and_called_once(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    assert_int_equal(script_emit_acked(s, "1", "a", 0), ERR_OK);
    assert_int_equal(script_emit_acked(s, "2", "b", 0), ERR_OK);
    EXPECT("> ws 420[\"m\",1]\n> ws 421[\"m\",2]\n");
    script_ws_text("431[\"two\",2]");
    script_ws_text("430[]");
    script_ws_text("430[]");
    script_ws_text("439[]");
    EXPECT("* ack b ok \"two\",2\n* ack a ok \n");
    sock_free(s);
}

static void test_sock_send__acks_time_out(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    assert_int_equal(script_emit_acked(s, "1", "late", 300), ERR_OK);
    assert_int_equal(script_emit_acked(s, "2", "soon", 100), ERR_OK);
    assert_int_equal(script_emit_acked(s, "3", "never", 0), ERR_OK);
    script_take();
    script_pass(99);
    EXPECT("");
    script_pass(1);
    EXPECT("* ack soon timed out \n");
    script_pass(199);
    EXPECT("");
    script_pass(1);
    EXPECT("* ack late timed out \n");
    script_ws_text("430[]"); /* too late */
    EXPECT("");
    sock_free(s); /* calls nobody */
    EXPECT("> ws close\n");
}

static void test_sock_send__loss_ends_what_was_sent_and_keeps_what_was_not(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    assert_int_equal(script_emit_acked(s, "1", "sent", 0), ERR_OK);
    script_take();
    script_ws_end();
    EXPECT("* ack sent closed \n* waiting 0 in 500: transport close\n");
    assert_int_equal(script_emit_acked(s, "2", "kept", 5000), ERR_OK);
    assert_int_equal(script_emit_acked(s, "3", "withdrawn", 100), ERR_OK);
    script_pass(100);
    EXPECT("* ack withdrawn timed out \n");
    script_pass(400);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_take();
    script_ws_text(CONNECTED);
    EXPECT("> ws 421[\"m\",2]\n* live websocket io\n");
    script_ws_text("431[]");
    EXPECT("* ack kept ok \n");
    sock_free(s);
}

static void test_sock_send__acks_are_capped(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    for (unsigned i = 0; i < ACKS_MAX; i++) {
        assert_int_equal(script_emit_acked(s, "1", "x", 0), ERR_OK);
    }
    assert_int_equal(script_emit_acked(s, "1", "x", 0), ERR_RATE);
    script_ws_text("430[]");
    assert_int_equal(script_emit_acked(s, "1", "x", 0), ERR_OK);
    sock_free(s);
}

/* ---- the end ---- */

static void test_sock_send__server_disconnect_is_not_reconnected(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    assert_int_equal(script_emit_acked(s, "1", "a", 0), ERR_OK);
    script_take();
    script_ws_text("41");
    EXPECT("> ws close\n* ack a closed \n* closed: io server disconnect\n");
    script_pass(600000);
    EXPECT("");
    sock_open(s);
    script_pass(0);
    EXPECT(WS_OPEN "* connecting\n");
    sock_free(s);
}

static void test_sock_send__connect_error_is_told_with_its_payload(void **state)
{
    (void)state;
    static const struct {
        const char *packet;
        const char *told;
    } cases[] = {
        {"44{\"message\":\"not \\u0041llowed\",\"data\":{\"code\":\"auth\"}}",
         "* closed: not Allowed {\"message\":\"not "
         "\\u0041llowed\",\"data\":{\"code\":\"auth\"}}\n"},
        {"44\"plain\"", "* closed: plain \"plain\"\n"},
        {"44{}", "* closed: connection refused {}\n"},
        {"44{\"message\":1}", "* closed: connection refused {\"message\":1}\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        script_reset();
        struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
        script_ws_accept();
        script_ws_text(OPEN_PLAIN);
        script_take();
        script_ws_text(cases[i].packet);
        const char *transcript = script_take();
        assert_memory_equal(transcript, "> ws close\n", strlen("> ws close\n"));
        assert_string_equal(transcript + strlen("> ws close\n"), cases[i].told);
        script_pass(600000);
        EXPECT("");
        sock_free(s);
    }
}

static void test_sock_send__closing_says_goodbye_and_tells_later(void **state)
{
    (void)state;
    struct sock *s = script_live_polling();
    assert_int_equal(script_emit_acked(s, "1", "a", 0), ERR_OK);
    script_take();
    sock_close(s);
    EXPECT(""); /* the POST of the emit is on its way; and no callback inside */
    assert_false(sock_quiet(s));
    script_pass(0);
    EXPECT("* ack a closed \n* closed: io client disconnect\n");
    script_answer_post();
    EXPECT("> POST 41" RS "1\n");
    script_answer_post();
    EXPECT("> abort GET\n");
    assert_true(sock_quiet(s));
    sock_free(s);
    s = script_live_websocket();
    sock_close(s);
    EXPECT("> ws 41\n> ws close\n");
    assert_true(sock_quiet(s));
    sock_free(s);
}

static void test_sock_send__goodbye_by_polling_does_not_wait_for_ever(void **state)
{
    (void)state;
    struct sock *s = script_live_polling();
    sock_close(s);
    script_pass(1999);
    EXPECT("> POST 41" RS "1\n* closed: io client disconnect\n");
    script_pass(1);
    EXPECT("> abort GET\n> abort POST\n");
    assert_true(sock_quiet(s));
    sock_close(s);
    script_pass(1000);
    EXPECT("");
    sock_free(s);
}

static void test_sock_send__opening_again_cuts_the_goodbye_off(void **state)
{
    (void)state;
    struct sock *s = script_live_polling();
    sock_close(s);
    script_take();
    sock_open(s);
    script_pass(0);
    EXPECT("> abort GET\n> abort POST\n" GET_OPEN "* connecting\n");
    sock_free(s);
}

static void close_it(struct sock *s)
{
    sock_close(s);
}

static void reopen_it(struct sock *s)
{
    sock_close(s);
    sock_open(s);
}

static void emit_more(struct sock *s)
{
    assert_int_equal(script_emit(s, "\"more\""), ERR_OK);
}

static void test_sock_send__callbacks_may_call_anything(void **state)
{
    (void)state;
    static const char *const kinds[] = {"status", "event", "ack"};
    void (*const calls[])(struct sock * s) = {sock_free, close_it, reopen_it, emit_more};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 4; j++) {
            script_reset();
            struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
            script_pass(0);
            assert_int_equal(script_emit_acked(s, "1", "a", 0), ERR_OK);
            script_ws_accept();
            script_ws_text(OPEN_PLAIN);
            script_ws_text("42[\"early\",1]");
            script_ws_text("42[\"early\",2]");
            script_inside(kinds[i], calls[j]);
            script_ws_text(CONNECTED);
            if (i == 2) {
                script_ws_text("430[1]");
            }
            script_pass(0);
            assert_int_equal(script_timers_n(), j == 0 ? 0 : 1);
            assert_int_equal(script_open_n(), j < 2 ? 0 : 1);
            if (j > 0) {
                sock_free(s);
            }
        }
    }
}

/* ---- failures ---- */

static void test_sock_send__transport_that_cannot_start_is_tried_again(void **state)
{
    (void)state;
    script_refuse_starts(true);
    struct sock *s = script_opened(SOCK_POLLING_ONLY);
    EXPECT("> refused GET\n* waiting 1 in 500: xhr poll error\n");
    script_refuse_starts(false);
    script_pass(500);
    EXPECT(GET_OPEN "* connecting\n");
    script_answer_get(OPEN_PLAIN);
    script_answer_post();
    script_answer_get(CONNECTED);
    script_take();
    script_refuse_starts(true);
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    assert_int_equal(script_emit(s, "2"), ERR_OK); /* kept */
    EXPECT("> refused POST\n");                    /* and nobody is told inside the call */
    script_pass(0);
    EXPECT("> abort GET\n* waiting 0 in 500: transport error\n");
    sock_free(s);
}

static struct sock *s_of_run;

/* Everything once, against an honest server; whatever fails, it must come back to life. */
static bool live_again(enum sock_transports transports)
{
    struct sock_options options = {.connection = {.transports = transports}, .auth_json = SL("{}")};
    struct sock *s = script_sock(&options);
    s_of_run = s;
    if (!s) {
        return false;
    }
    sock_open(s);
    for (int i = 0; i < 400; i++) {
        if (i % 7 == 0) {
            enum err r = sock_emit(s, SL("m"), SL("1"), script_ack, (void *)(uintptr_t) "a", 1000);
            assert_true(r == ERR_OK || r == ERR_NOMEM || r == ERR_RATE);
        }
        if (i == 60 && script_has_ws()) {
            script_ws_end();
        }
        if (!script_serve_one()) {
            script_pass(50);
        }
    }
    return true;
}

static void test_sock_send__survives_every_failing_allocation(void **state)
{
    (void)state;
    static const enum sock_transports transports[] = {SOCK_POLLING_FIRST, SOCK_WEBSOCKET_FIRST,
                                                      SOCK_POLLING_ONLY, SOCK_WEBSOCKET_ONLY};
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        for (unsigned long n = 1; n <= 150; n++) {
            script_reset();
            mem_fail_after(n, 0);
            bool made = live_again(transports[i]);
            mem_fail_after(0, 0);
            if (!made) {
                continue;
            }
            for (int more = 0; more < 100; more++) {
                if (!script_serve_one()) {
                    script_pass(50);
                }
            }
            const char *transcript = script_take();
            const char *last = strstr(transcript, "* live");
            assert_non_null(last);
            for (const char *next; (next = strstr(last + 1, "* live")); last = next) {
            }
            if (strstr(last, "* waiting")) {
                print_error("transports %zu, allocation %lu: %s\n", i, n, transcript);
                fail();
            }
            sock_free(s_of_run);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sock_send__one_post_at_a_time_batches_what_waits, setup),
        cmocka_unit_test_setup(test_sock_send__max_payload_counts_utf8_bytes, setup),
        cmocka_unit_test_setup(test_sock_send__websocket_that_does_not_drain_refuses, setup),
        cmocka_unit_test_setup(test_sock_send__reserved_names_are_refused, setup),
        cmocka_unit_test_setup(test_sock_send__offline_emits_are_kept_in_order_up_to_the_cap,
                               setup),
        cmocka_unit_test_setup(test_sock_send__one_byte_over_the_cap_is_refused, setup),
        cmocka_unit_test_setup(test_sock_send__kept_over_a_reconnect_but_not_sent_twice, setup),
        cmocka_unit_test_setup(test_sock_send__kept_and_too_large_for_the_server_ends_its_ack,
                               setup),
        cmocka_unit_test_setup(test_sock_send__acks_are_matched_by_id_and_called_once, setup),
        cmocka_unit_test_setup(test_sock_send__acks_time_out, setup),
        cmocka_unit_test_setup(test_sock_send__loss_ends_what_was_sent_and_keeps_what_was_not,
                               setup),
        cmocka_unit_test_setup(test_sock_send__acks_are_capped, setup),
        cmocka_unit_test_setup(test_sock_send__server_disconnect_is_not_reconnected, setup),
        cmocka_unit_test_setup(test_sock_send__connect_error_is_told_with_its_payload, setup),
        cmocka_unit_test_setup(test_sock_send__closing_says_goodbye_and_tells_later, setup),
        cmocka_unit_test_setup(test_sock_send__goodbye_by_polling_does_not_wait_for_ever, setup),
        cmocka_unit_test_setup(test_sock_send__opening_again_cuts_the_goodbye_off, setup),
        cmocka_unit_test_setup(test_sock_send__callbacks_may_call_anything, setup),
        cmocka_unit_test_setup(test_sock_send__transport_that_cannot_start_is_tried_again, setup),
        cmocka_unit_test_setup(test_sock_send__survives_every_failing_allocation, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
