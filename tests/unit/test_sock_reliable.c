/* sock_send_reliably against a scripted server: strict order, tries, ids that stay, reconnects, caps,
 * and failing memory with everything else going on. */
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

static struct sock *opened(uint32_t retries)
{
    struct sock_options options = {.connection = {.transports = SOCK_WEBSOCKET_ONLY},
                                   .retries = retries,
                                   .ack_timeout_ms = 400};
    struct sock *s = script_sock(&options);
    sock_open(s);
    script_pass(0);
    script_take();
    return s;
}

static void connect_it(void)
{
    script_ws_accept();
    script_ws_text("0{\"sid\":\"sid\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
                   "\"maxPayload\":100}");
    script_take();
    script_ws_text(CONNECTED);
}

static struct sock *live(uint32_t retries)
{
    struct sock *s = opened(retries);
    connect_it();
    script_take();
    return s;
}

static enum err send(struct sock *s, const char *args, const char *name)
{
    struct sock_message message = {.event = SL("m"),
                                   .args = {.json = slice_str(args)},
                                   .ack = name ? script_ack : NULL,
                                   .ack_user = (void *)(uintptr_t)name};
    return sock_send_reliably(s, &message);
}

static void test_sock_reliable__one_at_a_time_in_order(void **state)
{
    (void)state;
    struct sock *s = live(1);
    assert_int_equal(send(s, "1", "a"), ERR_OK);
    assert_int_equal(send(s, "2", NULL), ERR_OK);
    assert_int_equal(send(s, "3", "c"), ERR_OK);
    assert_int_equal(script_emit(s, "\"other\""), ERR_OK); /* not held up */
    EXPECT("> ws 420[\"m\",1]\n> ws 42[\"m\",\"other\"]\n");
    script_ws_text("430[\"yes\"]");
    EXPECT("* ack a ok \"yes\"\n> ws 421[\"m\",2]\n");
    script_ws_text("431[]");
    EXPECT("> ws 422[\"m\",3]\n");
    script_ws_text("432[]");
    EXPECT("* ack c ok \n");
    script_pass(1000);
    EXPECT("");
    sock_free(s);
}

static void test_sock_reliable__each_is_tried_once_more_than_retries(void **state)
{
    (void)state;
    struct sock *s = live(2);
    assert_int_equal(send(s, "1", "a"), ERR_OK);
    assert_int_equal(send(s, "2", "b"), ERR_OK);
    EXPECT("> ws 420[\"m\",1]\n");
    script_pass(399);
    EXPECT("");
    script_pass(1);
    EXPECT("> ws 421[\"m\",1]\n");
    script_ws_text("430[\"late\"]"); /* of a try that is over */
    EXPECT("");
    script_pass(400);
    EXPECT("> ws 422[\"m\",1]\n");
    script_pass(400);
    EXPECT("* ack a timed out \n> ws 423[\"m\",2]\n");
    script_ws_text("433[]");
    EXPECT("* ack b ok \n");
    sock_free(s);
}

static void test_sock_reliable__goes_on_over_reconnects(void **state)
{
    (void)state;
    struct sock *s = opened(1);
    assert_int_equal(send(s, "1", "a"), ERR_OK); /* waits for the connection */
    assert_int_equal(script_emit(s, "\"kept\""), ERR_OK);
    connect_it();
    EXPECT("> ws 42[\"m\",\"kept\"]\n> ws 420[\"m\",1]\n* live websocket io\n");
    script_ws_end();
    script_pass(500);
    EXPECT("* waiting 0 in 500: transport close\n" WS_OPEN "* connecting\n");
    connect_it();
    EXPECT("> ws 421[\"m\",1]\n* live websocket io\n");
    assert_int_equal(send(s, "2", "b"), ERR_OK);
    script_ws_end(); /* the last try of the first is lost, too */
    EXPECT("* ack a closed \n* waiting 0 in 500: transport close\n");
    script_pass(500);
    script_take();
    connect_it();
    EXPECT("> ws 422[\"m\",2]\n* live websocket io\n");
    script_ws_text("432[1]");
    EXPECT("* ack b ok 1\n");
    sock_free(s);
}

static void test_sock_reliable__appended_id_is_the_same_in_every_try(void **state)
{
    (void)state;
    struct sock *s = live(1);
    script_chance(0x1234abcd);
    struct sock_message message = {.event = SL("m"), .append_id = true};
    assert_int_equal(sock_send_reliably(s, &message), ERR_OK);
    script_chance(0);
    EXPECT("> ws 420[\"m\",\"dcba4321dcba4321dcba4321dcba4321\"]\n");
    script_ws_end();
    script_pass(500);
    connect_it();
    EXPECT("> ws 421[\"m\",\"dcba4321dcba4321dcba4321dcba4321\"]\n* live websocket io\n");
    message.args.json = SL("{\"a\":1}");
    assert_int_equal(sock_send_reliably(s, &message), ERR_OK);
    script_ws_text("431[]");
    EXPECT("> ws 422[\"m\",{\"a\":1},\"00000000000000000000000000000000\"]\n");
    sock_free(s);
}

static void test_sock_reliable__attachments_are_sent_again(void **state)
{
    (void)state;
    struct sock *s = live(1);
    struct slice attachments[] = {SL("one"), SL("two")};
    struct sock_message message = {
        .event = SL("m"),
        .args = {SL("[" SOCK_ATTACHMENT(0) "," SOCK_ATTACHMENT(1) "]"), attachments, 2}};
    assert_int_equal(sock_send_reliably(s, &message), ERR_OK);
    attachments[0] = attachments[1] = SL("gone");
    static const char *const tries[] = {
        "> ws 452-0[\"m\",[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]]\n"
        "> ws <one>\n> ws <two>\n",
        "> ws 452-1[\"m\",[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]]\n"
        "> ws <one>\n> ws <two>\n"};
    EXPECT(tries[0]);
    script_pass(400);
    EXPECT(tries[1]);
    sock_free(s);
}

static void test_sock_reliable__what_cannot_be_sent_says_so(void **state)
{
    (void)state;
    static const char large[] =
        "\"012345678901234567890123456789012345678901234567890123456789012345678901234567890"
        "123456789\"";
    struct sock *s = live(0);
    struct sock_message reserved = {.event = SL("disconnect")};
    assert_int_equal(sock_send_reliably(s, &reserved), ERR_INVALID);
    struct sock_message many = {.event = SL("m"), .args = {.attachments_n = 11}};
    assert_int_equal(sock_send_reliably(s, &many), ERR_INVALID);
    assert_int_equal(send(s, large, "now"), ERR_LIMIT);
    EXPECT("");
    assert_int_equal(send(s, "1", "a"), ERR_OK);
    assert_int_equal(send(s, large, "later"), ERR_OK);
    assert_int_equal(send(s, "2", "b"), ERR_OK);
    EXPECT("> ws 420[\"m\",1]\n");
    script_ws_text("430[]");
    EXPECT("* ack a ok \n> ws 421[\"m\",2]\n* ack later limit exceeded \n");
    script_ws_text("431[]");
    EXPECT("* ack b ok \n");
    sock_free(s);
}

static void test_sock_reliable__queue_is_capped_in_number_and_bytes(void **state)
{
    (void)state;
    struct sock_options options = {.connection = {.transports = SOCK_WEBSOCKET_ONLY},
                                   .offline_max_n = 2};
    struct sock *s = script_sock(&options);
    assert_int_equal(send(s, "1", NULL), ERR_OK);
    assert_int_equal(send(s, "2", NULL), ERR_OK);
    assert_int_equal(send(s, "3", NULL), ERR_RATE);
    sock_free(s);
    /* A name, an argument, and room for an id. */
    options = (struct sock_options){.offline_max_bytes = 1 + 1 + SOCK_ID_BYTES + 4};
    s = script_sock(&options);
    assert_int_equal(send(s, "12", NULL), ERR_RATE);
    assert_int_equal(send(s, "1", NULL), ERR_OK);
    sock_free(s);
}

static void test_sock_reliable__closing_ends_all(void **state)
{
    (void)state;
    struct sock *s = live(5);
    assert_int_equal(send(s, "1", "a"), ERR_OK);
    assert_int_equal(send(s, "2", "b"), ERR_OK);
    script_take();
    sock_close(s);
    EXPECT("> ws 41\n> ws close\n");
    script_pass(0);
    EXPECT("* ack a closed \n* ack b closed \n* closed: io client disconnect\n");
    sock_open(s);
    script_pass(0);
    script_take();
    connect_it();
    EXPECT("* live websocket io\n");
    assert_int_equal(send(s, "3", "c"), ERR_OK);
    EXPECT("> ws 421[\"m\",3]\n");
    script_ws_text("41"); /* the server's closing keeps them, for when it is opened again */
    script_take();
    sock_open(s);
    script_pass(0);
    script_take();
    connect_it();
    EXPECT("> ws 422[\"m\",3]\n* live websocket io\n");
    sock_free(s);
}

static void free_it(struct sock *s)
{
    sock_free(s);
}

static void close_it(struct sock *s)
{
    sock_close(s);
}

static void send_more(struct sock *s)
{
    assert_int_equal(send(s, "9", "more"), ERR_OK);
}

static void test_sock_reliable__acks_may_call_anything(void **state)
{
    (void)state;
    void (*const calls[])(struct sock * s) = {free_it, close_it, send_more};
    for (size_t i = 0; i < 3; i++) {
        for (int answered = 0; answered < 2; answered++) {
            script_reset();
            struct sock *s = live(0);
            assert_int_equal(send(s, "1", "a"), ERR_OK);
            assert_int_equal(send(s, "2", "b"), ERR_OK);
            script_inside("ack", calls[i]);
            if (answered) {
                script_ws_text("430[]");
            } else {
                script_pass(400);
            }
            script_pass(0);
            assert_int_equal(script_open_n(), i == 2);
            if (i > 0) {
                sock_free(s);
            }
        }
    }
}

/* ---- failing memory ---- */

static struct manager *m_of_run;
static struct sock *socks_of_run[2];

static void send_all_kinds(struct sock *s)
{
    struct slice attachment = SL("bytes");
    struct sock_message plain = {.event = SL("m"), .args = {.json = SL("1")}, .timeout_ms = 1000};
    struct sock_message binary = {.event = SL("m"),
                                  .args = {SL(SOCK_ATTACHMENT(0)), &attachment, 1}};
    plain.ack = script_ack;
    plain.ack_user = (void *)(uintptr_t) "a";
    binary.append_id = true;
    enum err results[] = {sock_send(s, &plain), sock_send(s, &binary),
                          sock_send_reliably(s, &plain), sock_send_reliably(s, &binary)};
    for (size_t i = 0; i < 4; i++) {
        assert_true(results[i] == ERR_OK || results[i] == ERR_NOMEM || results[i] == ERR_RATE);
    }
}

static bool start_run(enum sock_transports transports)
{
    struct manager_options options = {.transports = transports};
    m_of_run = manager_new(&options);
    static const char *const nsps[] = {"/", "/chat"};
    for (size_t i = 0; m_of_run && i < 2; i++) {
        struct sock_options of_sock = {
            .manager = m_of_run, .nsp = slice_str(nsps[i]), .retries = 1, .ack_timeout_ms = 300};
        socks_of_run[i] = script_named(&of_sock, nsps[i], false);
        if (!socks_of_run[i]) {
            manager_free(m_of_run);
            return false;
        }
        sock_open(socks_of_run[i]);
    }
    return m_of_run != NULL;
}

static void serve(int steps)
{
    for (int i = 0; i < steps; i++) {
        if (i % 23 == 0) {
            send_all_kinds(socks_of_run[i % 2]);
        }
        if (i == 60 && script_has_ws()) {
            script_ws_end();
        }
        if (!script_serve_one()) {
            script_pass(50);
        }
    }
}

static void test_sock_reliable__everything_survives_every_failing_allocation(void **state)
{
    (void)state;
    static const enum sock_transports transports[] = {SOCK_POLLING_FIRST, SOCK_WEBSOCKET_ONLY};
    for (size_t i = 0; i < 2; i++) {
        for (unsigned long n = 1; n <= 250; n++) {
            script_reset();
            mem_fail_after(n, 0);
            bool made = start_run(transports[i]);
            if (made) {
                serve(200);
            }
            mem_fail_after(0, 0);
            if (!made) {
                continue;
            }
            serve(200);
            const char *transcript = script_take();
            for (size_t j = 0; j < 2; j++) {
                char live_line[32];
                (void)snprintf(live_line, sizeof live_line, "%s* live", j ? "/chat" : "/");
                if (!strstr(transcript, live_line)) {
                    print_error("transports %zu, allocation %lu: %s\n", i, n, transcript);
                    fail();
                }
            }
            manager_free(m_of_run);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sock_reliable__one_at_a_time_in_order, setup),
        cmocka_unit_test_setup(test_sock_reliable__each_is_tried_once_more_than_retries, setup),
        cmocka_unit_test_setup(test_sock_reliable__goes_on_over_reconnects, setup),
        cmocka_unit_test_setup(test_sock_reliable__appended_id_is_the_same_in_every_try, setup),
        cmocka_unit_test_setup(test_sock_reliable__attachments_are_sent_again, setup),
        cmocka_unit_test_setup(test_sock_reliable__what_cannot_be_sent_says_so, setup),
        cmocka_unit_test_setup(test_sock_reliable__queue_is_capped_in_number_and_bytes, setup),
        cmocka_unit_test_setup(test_sock_reliable__closing_ends_all, setup),
        cmocka_unit_test_setup(test_sock_reliable__acks_may_call_anything, setup),
        cmocka_unit_test_setup(test_sock_reliable__everything_survives_every_failing_allocation,
                               setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
