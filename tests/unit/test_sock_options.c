/* The client machine against a scripted server: answering acks, binary both ways, volatile emits,
 * recovery, room. */
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

/* ---- answering the server's acks ---- */

static void test_sock_options__acks_are_answered_once_asked(void **state)
{
    (void)state;
    struct sock *s = script_live_websocket();
    script_ws_text("427[\"q\",1]");
    EXPECT("* event q (7) 1\n");
    struct sock_token token = script_told()->asked;
    struct slice attachment = SL("pic");
    struct sock_args plain = {.json = SL("\"yes\",2")};
    struct sock_args none = {0};
    struct sock_args binary = {SL(SOCK_ATTACHMENT(0)), &attachment, 1};
    struct sock_args many = {.attachments_n = 11};
    assert_int_equal(sock_ack(s, &token, &plain), ERR_OK);
    EXPECT("> ws 437[\"yes\",2]\n");
    script_ws_text("420[\"q\"]");
    token = script_told()->asked;
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
    struct sock_token token = script_told()->asked;
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
    assert_int_equal(script_told()->max_payload_bytes, 40);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
