/* The client machine against a scripted server: answering acks, binary both ways, volatile emits,
 * recovery, what the wire said, and every option of the connection. */
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

/* ---- answering the server's acks ---- */

static void test_sock_options__acks_are_answered_once_asked(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    script_ws_text("427[\"q\",1]");
    EXPECT("* event q (7) 1\n");
    struct sock_token token = script_asked();
    struct slice attachment = SL("pic");
    struct sock_args plain = {.json = SL("\"yes\",2")};
    struct sock_args none = {0};
    struct sock_args binary = {SL(SOCK_ATTACHMENT(0)), &attachment, 1};
    struct sock_args many = {.attachments_n = 11};
    assert_int_equal(sock_ack(s, &token, &plain), ERR_OK);
    EXPECT("> ws 437[\"yes\",2]\n");
    script_ws_text("420[\"q\"]");
    token = script_asked();
    assert_int_equal(sock_ack(s, &token, &none), ERR_OK);
    assert_int_equal(sock_ack(s, &token, &binary), ERR_OK);
    EXPECT("* event q (0) \n> ws 430[]\n> ws 461-0[{\"_placeholder\":true,\"num\":0}]\n"
           "> ws <pic>\n");
    assert_int_equal(sock_ack(s, &token, &many), ERR_INVALID);
    assert_int_equal(sock_ack(s, &(struct sock_token){0}, &none), ERR_INVALID);
    script_ws_end(); /* who asked is gone */
    assert_int_equal(sock_ack(s, &token, &none), ERR_CLOSED);
    script_pass(500);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text(CONNECTED);
    script_take();
    assert_int_equal(sock_ack(s, &token, &none), ERR_CLOSED);
    EXPECT("");
    sock_free(s);
}

static void answer_it(struct sock *s)
{
    struct sock_token token = script_asked();
    assert_int_equal(sock_ack(s, &token, &(struct sock_args){.json = SL("1")}), ERR_OK);
}

static void test_sock_options__acks_may_be_answered_from_the_event(void **state)
{
    (void)state;
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text("423[\"early\"]");
    script_take();
    script_inside("event", answer_it);
    assert_int_equal(script_emit(s, "\"kept\""), ERR_OK);
    script_ws_text(CONNECTED);
    EXPECT("* event early (3) \n> ws 433[1]\n> ws 42[\"m\",\"kept\"]\n* live websocket io\n");
    sock_free(s);
}

/* ---- binary ---- */

static void test_sock_options__binary_goes_out_by_websocket_and_in_base64_by_polling(void **state)
{
    (void)state;
    struct slice attachments[] = {SL("one"), SL("")};
    struct sock_message message = {
        .event = SL("f"),
        .args = {SL(SOCK_ATTACHMENT(0) ",2," SOCK_ATTACHMENT(1)), attachments, 2},
        .ack = script_ack,
        .ack_user = (void *)(uintptr_t) "a"};
    struct sock *s = script_live_websocket();
    assert_int_equal(sock_send(s, &message), ERR_OK);
    EXPECT(
        "> ws 452-0[\"f\",{\"_placeholder\":true,\"num\":0},2,{\"_placeholder\":true,\"num\":1}]\n"
        "> ws <one>\n> ws <>\n");
    script_ws_text("461-0[{\"_placeholder\":true,\"num\":0}]");
    script_ws_binary("answer");
    EXPECT("* ack a ok {\"_placeholder\":true,\"num\":0} <answer>\n");
    sock_free(s);
    s = script_live_polling();
    assert_int_equal(sock_send(s, &message), ERR_OK);
    EXPECT("> POST "
           "452-0[\"f\",{\"_placeholder\":true,\"num\":0},2,{\"_placeholder\":true,\"num\":1}]" RS
           "bb25l" RS "b\n");
    script_answer_get("461-0[{\"_placeholder\":true,\"num\":0}]" RS "bYW5zd2Vy" RS
                      "451-[\"e\",{\"_placeholder\":true,\"num\":0}]");
    script_answer_get("bZXZlbnQ=");
    EXPECT("* ack a ok {\"_placeholder\":true,\"num\":0} <answer>\n" GET_NEXT
           "* event e {\"_placeholder\":true,\"num\":0} <event>\n" GET_NEXT);
    sock_free(s);
}

static void test_sock_options__binary_is_kept_and_withdrawn_whole(void **state)
{
    (void)state;
    struct slice attachment = SL("bytes");
    struct sock_message message = {.event = SL("f"),
                                   .args = {SL(SOCK_ATTACHMENT(0)), &attachment, 1}};
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    message.ack = script_ack;
    message.ack_user = (void *)(uintptr_t) "gone";
    message.timeout_ms = 100;
    assert_int_equal(sock_send(s, &message), ERR_OK);
    message.ack = NULL;
    assert_int_equal(sock_send(s, &message), ERR_OK);
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    script_pass(100);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_take();
    script_ws_text("451-[\"missed\",{\"_placeholder\":true,\"num\":0}]");
    script_ws_binary("early");
    EXPECT("");
    script_ws_text(CONNECTED);
    EXPECT("* event missed {\"_placeholder\":true,\"num\":0} <early>\n"
           "> ws 451-[\"f\",{\"_placeholder\":true,\"num\":0}]\n> ws <bytes>\n> ws 42[\"m\",1]\n"
           "* live websocket io\n");
    sock_free(s);
}

static void test_sock_options__ten_attachments_and_no_more(void **state)
{
    (void)state;
    struct slice attachments[11];
    for (size_t i = 0; i < 11; i++) {
        attachments[i] = SL("x");
    }
    struct sock *s = script_live_websocket();
    struct sock_message message = {.event = SL("f"), .args = {SL("0"), attachments, 11}};
    assert_int_equal(sock_send(s, &message), ERR_INVALID);
    message.args.attachments_n = 10;
    assert_int_equal(sock_send(s, &message), ERR_OK);
    assert_memory_equal(script_take(), "> ws 4510-[\"f\",0]\n> ws <x>\n", 26);
    sock_free(s);
}

/* maxPayload 40. */
static void test_sock_options__attachments_count_as_the_transport_carries_them(void **state)
{
    (void)state;
    static const char forty[] = "0123456789012345678901234567890123456789";
    struct slice attachment = {forty, 40};
    struct sock_message message = {.event = SL("f"), .args = {SL("0"), &attachment, 1}};
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    script_ws_accept();
    script_ws_text(OPEN("", "40"));
    script_ws_text(CONNECTED);
    assert_int_equal(script_max_payload_bytes(), 40);
    assert_int_equal(sock_send(s, &message), ERR_OK);
    attachment = (struct slice){"01234567890123456789012345678901234567890", 41};
    assert_int_equal(sock_send(s, &message), ERR_LIMIT);
    sock_free(s);
    s = script_opened(SOCK_POLLING_ONLY);
    script_answer_get(OPEN("", "40"));
    script_answer_post();
    script_answer_get(CONNECTED);
    script_take();
    attachment = (struct slice){forty, 28}; /* 40 of base64, and the "b" */
    assert_int_equal(sock_send(s, &message), ERR_LIMIT);
    EXPECT("");
    attachment.n = 27;
    assert_int_equal(sock_send(s, &message), ERR_OK);
    EXPECT("> POST 451-[\"f\",0]\n");
    script_answer_post();
    EXPECT("> POST bMDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2\n");
    sock_free(s);
}

/* ---- volatile, and room ---- */

static void test_sock_options__volatile_is_dropped_unless_it_can_go_now(void **state)
{
    (void)state;
    struct sock_message message = {.event = SL("v"), .is_volatile = true};
    struct sock *s = script_opened(SOCK_POLLING_FIRST);
    assert_int_equal(sock_send(s, &message), ERR_CLOSED);
    script_answer_get(OPEN_PLAIN);
    assert_int_equal(sock_send(s, &message), ERR_CLOSED);
    script_answer_post();
    script_answer_get(CONNECTED);
    script_take();
    assert_int_equal(sock_send(s, &message), ERR_OK);
    assert_int_equal(sock_send(s, &message), ERR_CLOSED); /* a POST is on its way */
    EXPECT("> POST 42[\"v\"]\n");
    script_answer_post();
    EXPECT("");
    sock_free(s);
    s = script_live_websocket();
    assert_int_equal(sock_send(s, &message), ERR_OK);
    script_ws_unsent(1);
    assert_int_equal(sock_send(s, &message), ERR_CLOSED);
    script_ws_unsent(0);
    script_sleep(60000);
    assert_int_equal(sock_send(s, &message), ERR_CLOSED); /* the server is silent too long */
    sock_free(s);
}

static void test_sock_options__offline_packets_are_counted(void **state)
{
    (void)state;
    struct sock_options options = {.connection = {.transports = SOCK_WEBSOCKET_ONLY},
                                   .offline_max_n = 2};
    struct sock *s = script_sock(&options);
    assert_int_equal(script_emit_acked(s, "1", "a", 100), ERR_OK);
    assert_int_equal(script_emit(s, "2"), ERR_OK);
    assert_int_equal(script_emit(s, "3"), ERR_RATE);
    sock_open(s);
    script_pass(100); /* the first is withdrawn, and leaves its place */
    assert_int_equal(script_emit(s, "3"), ERR_OK);
    assert_int_equal(script_emit(s, "4"), ERR_RATE);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_take();
    script_ws_text(CONNECTED);
    EXPECT("> ws 42[\"m\",2]\n> ws 42[\"m\",3]\n* live websocket io\n");
    sock_free(s);
}

static void test_sock_options__what_waits_for_the_wire_is_capped(void **state)
{
    (void)state;
    struct sock_options options = {
        .connection = {.transports = SOCK_POLLING_ONLY, .send_max_bytes = 50}};
    struct sock *s = script_sock(&options);
    sock_open(s);
    script_answer_get(OPEN_PLAIN);
    script_answer_post();
    script_answer_get(CONNECTED);
    script_take();
    assert_int_equal(
        script_emit(s, "\"larger than the cap, which may go when nothing else is waiting\""),
        ERR_OK);
    assert_int_equal(script_emit(s, "1"), ERR_OK); /* 8 and 16 wait behind the POST */
    assert_int_equal(script_emit(s, "12345678901234567890"), ERR_RATE);
    assert_int_equal(script_emit(s, "1234567890123456789"), ERR_OK);
    assert_int_equal(script_emit(s, "1"), ERR_RATE);
    script_answer_post();
    assert_int_equal(script_emit(s, "1"), ERR_OK);
    sock_free(s);
}

/* ---- recovery ---- */

static void reconnect(const char *connect, const char *answer)
{
    script_ws_end();
    script_pass(500);
    script_ws_accept();
    script_take();
    script_ws_text(OPEN_PLAIN);
    EXPECT(connect);
    script_ws_text(answer);
}

static void test_sock_options__recovery_gives_back_pid_and_offset(void **state)
{
    (void)state;
    struct sock_options options = {.connection = {.transports = SOCK_WEBSOCKET_ONLY},
                                   .auth_json = SL(" {\"t\":1}")};
    struct sock *s = script_sock(&options);
    sock_open(s);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text("42[\"x\",\"none\"]"); /* counts: by the time it is told there is a pid */
    script_take();
    script_ws_text("40{\"sid\":\"io\",\"pid\":\"p\\u0041\"}");
    EXPECT("* event x \"none\"\n* live websocket io\n");
    reconnect("> ws 40{\"pid\":\"p\\u0041\",\"offset\":\"none\",\"t\":1}\n",
              "40{\"sid\":\"io\",\"pid\":\"p\\u0041\"}");
    EXPECT("* live websocket io recovered\n");
    script_ws_text("42[\"x\",1,\"o\\\"1\" ]");
    script_ws_text("423[\"x\",\"with an ack\"]"); /* is no offset */
    script_ws_text("42[\"x\",{\"a\":\"b\"}]");    /* nor this */
    script_ws_text("42[\"x\"]");
    script_take();
    reconnect("> ws 40{\"pid\":\"p\\u0041\",\"offset\":\"o\\\"1\",\"t\":1}\n",
              "42[\"missed\",\"o2\"]");
    EXPECT("");
    script_ws_text("40{\"sid\":\"io\",\"pid\":\"p\\u0041\"}");
    EXPECT("* event missed \"o2\"\n* live websocket io recovered\n");
    reconnect("> ws 40{\"pid\":\"p\\u0041\",\"offset\":\"o2\",\"t\":1}\n",
              "40{\"sid\":\"io2\",\"pid\":\"q\"}");
    EXPECT("* live websocket io2\n"); /* not restored: the old offset means nothing */
    reconnect("> ws 40{\"pid\":\"q\",\"t\":1}\n", "40{\"sid\":\"io3\"}");
    EXPECT("* live websocket io3\n");
    reconnect("> ws 40 {\"t\":1}\n", "40{\"sid\":\"io4\"}");
    sock_free(s);
}

static struct sock *with_session(void)
{
    struct sock *s = script_opened(SOCK_WEBSOCKET_ONLY);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text("40{\"sid\":\"io\",\"pid\":\"p\"}");
    script_ws_text("42[\"x\",\"o\"]");
    script_take();
    return s;
}

static void test_sock_options__recovery_ends_with_goodbyes_and_parse_errors(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        script_reset();
        struct sock *s = with_session();
        switch (i) {
        case 0:
            sock_close(s);
            sock_open(s);
            break;
        case 1:
            script_ws_text("41");
            sock_open(s);
            break;
        case 2:
            script_ws_text("x");
            script_pass(500);
            break;
        default: /* all else can go on, as after a violation that the server saw */
            script_ws_end();
            script_pass(500);
            break;
        }
        script_ws_accept();
        script_take();
        script_ws_text(OPEN_PLAIN);
        EXPECT(i < 3 ? "> ws 40\n" : "> ws 40{\"pid\":\"p\",\"offset\":\"o\"}\n");
        sock_free(s);
    }
}

static void test_sock_options__recovery_takes_no_endless_strings(void **state)
{
    (void)state;
    char packet[400];
    char text[300];
    memset(text, 'x', sizeof text);
    struct sock *s = with_session();
    (void)snprintf(packet, sizeof packet, "42[\"x\",\"%.*s\"]", 255, text); /* 257 with quotes */
    script_ws_text(packet);
    script_take();
    reconnect("> ws 40{\"pid\":\"p\",\"offset\":\"o\"}\n", "40{\"sid\":\"io\",\"pid\":\"p\"}");
    (void)snprintf(packet, sizeof packet, "42[\"x\",\"%.*s\"]", 254, text);
    script_ws_text(packet);
    script_ws_end();
    script_pass(500);
    script_ws_accept();
    script_take();
    script_ws_text(OPEN_PLAIN);
    assert_non_null(strstr(script_take(), ",\"offset\":\"xxx"));
    (void)snprintf(packet, sizeof packet, "40{\"sid\":\"io\",\"pid\":\"%.*s\"}", 255, text);
    script_ws_text(packet);
    script_ws_end();
    script_pass(500);
    script_ws_accept();
    script_take();
    script_ws_text(OPEN_PLAIN);
    EXPECT("> ws 40\n");
    sock_free(s);
}

/* ---- what the wire said ---- */

static void test_sock_options__failures_are_described(void **state)
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
            struct sock_failure failure = script_failure();
            assert_int_equal(failure.websocket, !cases[i].polling);
            assert_int_equal(failure.http_status, cases[i].http_status);
            assert_int_equal(failure.close_code, cases[i].close_code);
            sock_free(s);
        }
    }
}

/* ---- the connection's options ---- */

static void test_sock_options__query_is_added(void **state)
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

static void test_sock_options__try_all_transports_goes_on_by_websocket(void **state)
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

static void test_sock_options__remember_upgrade_begins_with_websocket(void **state)
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

static void test_sock_options__no_reconnect_closes(void **state)
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
    assert_int_equal(script_failure().close_code, 1006);
    script_pass(600000);
    assert_int_equal(script_emit(s, "2"), ERR_OK); /* kept */
    EXPECT("");
    sock_open(s);
    script_pass(0);
    EXPECT(WS_OPEN "* connecting\n");
    sock_free(s);
}

static void test_sock_options__reconnect_attempts_are_counted(void **state)
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
        assert_int_equal(script_failure().http_status, 503);
        sock_open(s); /* counts anew */
        script_pass(0);
    }
    sock_free(s);
}

static void test_sock_options__delays_and_jitter_are_options(void **state)
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

static void test_sock_options__network_that_goes_while_connecting(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sock_options__acks_are_answered_once_asked, setup),
        cmocka_unit_test_setup(test_sock_options__acks_may_be_answered_from_the_event, setup),
        cmocka_unit_test_setup(
            test_sock_options__binary_goes_out_by_websocket_and_in_base64_by_polling, setup),
        cmocka_unit_test_setup(test_sock_options__binary_is_kept_and_withdrawn_whole, setup),
        cmocka_unit_test_setup(test_sock_options__ten_attachments_and_no_more, setup),
        cmocka_unit_test_setup(test_sock_options__attachments_count_as_the_transport_carries_them,
                               setup),
        cmocka_unit_test_setup(test_sock_options__volatile_is_dropped_unless_it_can_go_now, setup),
        cmocka_unit_test_setup(test_sock_options__offline_packets_are_counted, setup),
        cmocka_unit_test_setup(test_sock_options__what_waits_for_the_wire_is_capped, setup),
        cmocka_unit_test_setup(test_sock_options__recovery_gives_back_pid_and_offset, setup),
        cmocka_unit_test_setup(test_sock_options__recovery_ends_with_goodbyes_and_parse_errors,
                               setup),
        cmocka_unit_test_setup(test_sock_options__recovery_takes_no_endless_strings, setup),
        cmocka_unit_test_setup(test_sock_options__failures_are_described, setup),
        cmocka_unit_test_setup(test_sock_options__query_is_added, setup),
        cmocka_unit_test_setup(test_sock_options__try_all_transports_goes_on_by_websocket, setup),
        cmocka_unit_test_setup(test_sock_options__remember_upgrade_begins_with_websocket, setup),
        cmocka_unit_test_setup(test_sock_options__no_reconnect_closes, setup),
        cmocka_unit_test_setup(test_sock_options__reconnect_attempts_are_counted, setup),
        cmocka_unit_test_setup(test_sock_options__delays_and_jitter_are_options, setup),
        cmocka_unit_test_setup(test_sock_options__network_that_goes_while_connecting, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
