/* Several namespaces over one connection, against a scripted server: CONNECTs with and without a
 * question for the payload, refusals, leaving one by one, answers that come too late. */
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

static struct manager *m;
static struct sock *root;
static struct sock *chat;

static int setup(void **state)
{
    (void)state;
    script_reset();
    return 0;
}

static struct sock *named(const char *nsp, const char *name, bool ask_auth)
{
    struct sock_options options = {.manager = m, .nsp = slice_str(nsp)};
    struct sock *s = script_named(&options, name, ask_auth);
    assert_non_null(s);
    return s;
}

static void make(enum sock_transports transports, bool ask_auth)
{
    struct manager_options options = {.transports = transports};
    m = manager_new(&options);
    assert_non_null(m);
    root = named("/", "root", false);
    chat = named("/chat", "chat", ask_auth);
}

/* Both live by WebSocket. */
static void make_live(void)
{
    make(SOCK_WEBSOCKET_ONLY, false);
    sock_open(root);
    sock_open(chat);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text("40{\"sid\":\"r\"}");
    script_ws_text("40/chat,{\"sid\":\"c\"}");
    script_take();
}

static void test_sock_namespaces__share_one_connection(void **state)
{
    (void)state;
    make(SOCK_POLLING_ONLY, false);
    sock_open(root);
    sock_open(chat);
    script_pass(0);
    EXPECT(GET_OPEN "root* connecting\nchat* connecting\n");
    script_answer_get(OPEN_PLAIN);
    script_answer_post();
    EXPECT("> POST 40\n" GET_NEXT "> POST 40/chat,\n");
    script_answer_post();
    script_answer_get("40/chat,{\"sid\":\"c\"}" RS "42/chat,[\"a\",1]" RS "42[\"early\"]" RS
                      "40{\"sid\":\"r\"}" RS "42[\"b\",2]" RS "42/none,[\"x\"]");
    EXPECT("chat* live polling c\nchat* event a 1\nroot* event early \nroot* live polling r\n"
           "root* event b 2\n" GET_NEXT);
    assert_int_equal(script_emit(chat, "1"), ERR_OK);
    assert_int_equal(script_emit(root, "2"), ERR_OK);
    script_answer_post();
    EXPECT("> POST 42/chat,[\"m\",1]\n> POST 42[\"m\",2]\n");
    manager_free(m);
    EXPECT("> abort GET\n> abort POST\n");
}

static void test_sock_namespaces__one_socket_a_namespace(void **state)
{
    (void)state;
    make(SOCK_WEBSOCKET_ONLY, false);
    struct sock_options again = {.manager = m, .nsp = SL("/chat")};
    assert_null(script_named(&again, "again", false));
    sock_free(chat);
    chat = script_named(&again, "again", false);
    assert_non_null(chat);
    manager_free(m);
}

static void test_sock_namespaces__each_is_lost_and_found(void **state)
{
    (void)state;
    make_live();
    assert_int_equal(script_emit_acked(root, "1", "r", 0), ERR_OK);
    assert_int_equal(script_emit_acked(chat, "1", "c", 0), ERR_OK); /* ids are of each */
    script_ws_end();
    assert_int_equal(script_emit(chat, "2"), ERR_OK);
    EXPECT("> ws 420[\"m\",1]\n> ws 42/chat,0[\"m\",1]\n"
           "* ack r closed \nroot* waiting 0 in 500: transport close\n"
           "* ack c closed \nchat* waiting 0 in 500: transport close\n");
    script_pass(500);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT(WS_OPEN "root* connecting\nchat* connecting\n> ws 40\n> ws 40/chat,\n");
    script_ws_text("40/chat,{\"sid\":\"c2\"}");
    script_ws_text("40{\"sid\":\"r2\"}");
    EXPECT("> ws 42/chat,[\"m\",2]\nchat* live websocket c2\nroot* live websocket r2\n");
    manager_free(m);
}

static void test_sock_namespaces__leaving_one_keeps_the_connection_for_the_other(void **state)
{
    (void)state;
    make_live();
    sock_close(root);
    script_pass(0);
    EXPECT("> ws 41\nroot* closed: io client disconnect\n");
    script_ws_text("42[\"late\"]"); /* nobody listens */
    script_ws_text("42/chat,[\"x\"]");
    EXPECT("chat* event x \n");
    sock_open(root);
    script_pass(0);
    EXPECT("> ws 40\nroot* connecting\n");
    script_ws_text("40{\"sid\":\"r2\"}");
    EXPECT("root* live websocket r2\n");
    script_ws_text("41/chat,");
    EXPECT("chat* closed: io server disconnect\n");
    assert_false(manager_quiet(m));
    sock_close(root);
    EXPECT("> ws 41\n> ws close\n");
    assert_true(manager_quiet(m));
    script_pass(600000);
    EXPECT("root* closed: io client disconnect\n");
    sock_open(chat); /* opens anew */
    script_pass(0);
    EXPECT(WS_OPEN "chat* connecting\n");
    manager_free(m);
}

static void test_sock_namespaces__freeing_one_says_goodbye_for_it(void **state)
{
    (void)state;
    make_live();
    sock_free(root);
    EXPECT("> ws 41\n");
    script_ws_text("42[\"late\"]");
    script_ws_text("42/chat,[\"x\"]");
    EXPECT("chat* event x \n");
    sock_free(chat);
    EXPECT("> ws 41/chat,\n> ws close\n");
    assert_int_equal(script_timers_n(), 1);
    manager_free(m);
    assert_int_equal(script_timers_n(), 0);
}

static void test_sock_namespaces__a_refused_one_leaves_the_other_alone(void **state)
{
    (void)state;
    make(SOCK_WEBSOCKET_ONLY, false);
    sock_open(root);
    sock_open(chat);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_take();
    script_ws_text("44/chat,{\"message\":\"no\",\"data\":7}");
    EXPECT("chat* closed: no {\"message\":\"no\",\"data\":7}\n");
    script_ws_text("40{\"sid\":\"r\"}");
    EXPECT("root* live websocket r\n");
    sock_open(chat); /* tries again on the same connection */
    script_pass(0);
    EXPECT("> ws 40/chat,\nchat* connecting\n");
    script_ws_text("40/chat,{\"sid\":\"c\"}");
    EXPECT("chat* live websocket c\n");
    manager_free(m);
}

static void test_sock_namespaces__one_never_answered_times_out_alone(void **state)
{
    (void)state;
    struct manager_options options = {.transports = SOCK_WEBSOCKET_ONLY, .connect_timeout_ms = 400};
    m = manager_new(&options);
    root = named("/", "root", false);
    chat = named("/chat", "chat", false);
    sock_open(root);
    sock_open(chat);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text("40{\"sid\":\"r\"}");
    script_take();
    script_pass(399);
    EXPECT("");
    script_pass(1);
    EXPECT("chat* closed: timeout\n");
    sock_open(chat); /* the first CONNECT may still be answered: no second one before */
    script_pass(0);
    EXPECT("chat* connecting\n");
    script_ws_text("42/chat,[\"old\"]");
    script_ws_text("40/chat,{\"sid\":\"old\"}");
    EXPECT("> ws 41/chat,\n> ws 40/chat,\n");
    script_ws_text("40/chat,{\"sid\":\"new\"}");
    EXPECT("chat* live websocket new\n");
    manager_free(m);
}

static void
test_sock_namespaces__closed_or_freed_before_its_answer_leaves_when_it_comes(void **state)
{
    (void)state;
    make_live();
    sock_close(chat);
    sock_open(chat);
    script_pass(0);
    script_take();
    sock_close(chat);
    script_pass(0);
    EXPECT("chat* closed: io client disconnect\n"); /* nothing to leave yet */
    script_ws_text("40/chat,{\"sid\":\"late\"}");
    EXPECT("> ws 41/chat,\n");
    sock_open(chat);
    script_pass(0);
    EXPECT("> ws 40/chat,\nchat* connecting\n");
    sock_free(chat);
    EXPECT("");
    chat = named("/chat", "next", false);
    sock_open(chat);
    script_pass(0);
    EXPECT("next* connecting\n");
    script_ws_text("44/chat,{\"message\":\"late\"}");
    EXPECT("> ws 40/chat,\n");
    sock_free(chat);
    script_ws_text("40/chat,{\"sid\":\"later\"}");
    EXPECT("> ws 41/chat,\n");
    manager_free(m);
}

static void test_sock_namespaces__opened_while_others_wait_joins_the_waiting(void **state)
{
    (void)state;
    make(SOCK_WEBSOCKET_ONLY, false);
    sock_open(root);
    script_ws_end_code(403);
    EXPECT(WS_OPEN "root* waiting 1 in 500: websocket error\n");
    sock_open(chat);
    script_pass(0);
    EXPECT("chat* waiting 1 in 500: websocket error\n");
    assert_int_equal(script_told()->failure.http_status, 403);
    script_pass(500);
    EXPECT(WS_OPEN "root* connecting\nchat* connecting\n");
    manager_free(m);
}

/* ---- the payload is asked for ---- */

static void test_sock_namespaces__payload_is_asked_for_each_connect(void **state)
{
    (void)state;
    make(SOCK_WEBSOCKET_ONLY, true);
    sock_open(chat);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT(WS_OPEN "chat* connecting\nchat* auth?\n");
    script_pass(300); /* it answers later */
    assert_int_equal(sock_auth(chat, SL("[1]")), ERR_INVALID);
    assert_int_equal(sock_auth(chat, SL("{\"t\":")), ERR_INVALID);
    assert_int_equal(sock_auth(chat, SL("{\"t\":1}")), ERR_OK);
    EXPECT("> ws 40/chat,{\"t\":1}\n");
    assert_int_equal(sock_auth(chat, SL("{\"t\":2}")), ERR_OK); /* not asked: nothing is sent */
    EXPECT("");
    script_ws_text("40/chat,{\"sid\":\"c\"}");
    script_ws_end();
    script_pass(500);
    script_ws_accept();
    script_take();
    script_ws_text(OPEN_PLAIN);
    EXPECT("chat* auth?\n");
    script_ws_end();
    assert_int_equal(sock_auth(chat, SL("{\"t\":3}")), ERR_OK); /* too late for this one */
    script_pass(600);
    EXPECT("chat* waiting 1 in 1000: transport close\n");
    manager_free(m);
}

static void answer_auth(struct sock *s)
{
    assert_int_equal(sock_auth(s, SL("{\"now\":true}")), ERR_OK);
}

static void test_sock_namespaces__payload_may_be_given_at_once(void **state)
{
    (void)state;
    make_live();
    sock_free(chat);
    chat = named("/chat", "chat", true);
    script_take();
    sock_open(chat); /* nothing is asked inside this call */
    EXPECT("");
    script_inside("auth", answer_auth);
    script_pass(0);
    EXPECT("chat* auth?\n> ws 40/chat,{\"now\":true}\nchat* connecting\n");
    manager_free(m);
}

static void test_sock_namespaces__payload_that_never_comes_times_out(void **state)
{
    (void)state;
    struct manager_options options = {.transports = SOCK_POLLING_ONLY, .connect_timeout_ms = 400};
    m = manager_new(&options);
    chat = named("/chat", "chat", true);
    sock_open(chat);
    script_pass(0);
    script_answer_get(OPEN_PLAIN);
    script_take();
    script_pass(399);
    EXPECT("");
    script_pass(1);
    EXPECT("> abort GET\nchat* waiting 1 in 500: timeout\n");
    manager_free(m);
}

/* ---- freeing from callbacks ---- */

static void free_manager(struct sock *s)
{
    (void)s;
    manager_free(m);
}

static void free_both(struct sock *s)
{
    (void)s;
    sock_free(root);
    sock_free(chat);
}

static void test_sock_namespaces__callbacks_may_free_everything(void **state)
{
    (void)state;
    static const char *const kinds[] = {"status", "event", "ack"};
    void (*const calls[])(struct sock * s) = {free_manager, free_both};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 2; j++) {
            script_reset();
            make_live();
            assert_int_equal(script_emit_acked(root, "1", "a", 0), ERR_OK);
            script_inside(kinds[i], calls[j]);
            script_ws_text(i == 1 ? "42[\"e\"]" : i == 2 ? "430[]" : "41");
            assert_int_equal(script_open_n(), 0);
            assert_int_equal(script_timers_n(), j);
            if (j == 1) {
                manager_free(m);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sock_namespaces__share_one_connection, setup),
        cmocka_unit_test_setup(test_sock_namespaces__one_socket_a_namespace, setup),
        cmocka_unit_test_setup(test_sock_namespaces__each_is_lost_and_found, setup),
        cmocka_unit_test_setup(test_sock_namespaces__leaving_one_keeps_the_connection_for_the_other,
                               setup),
        cmocka_unit_test_setup(test_sock_namespaces__freeing_one_says_goodbye_for_it, setup),
        cmocka_unit_test_setup(test_sock_namespaces__a_refused_one_leaves_the_other_alone, setup),
        cmocka_unit_test_setup(test_sock_namespaces__one_never_answered_times_out_alone, setup),
        cmocka_unit_test_setup(
            test_sock_namespaces__closed_or_freed_before_its_answer_leaves_when_it_comes, setup),
        cmocka_unit_test_setup(test_sock_namespaces__opened_while_others_wait_joins_the_waiting,
                               setup),
        cmocka_unit_test_setup(test_sock_namespaces__payload_is_asked_for_each_connect, setup),
        cmocka_unit_test_setup(test_sock_namespaces__payload_may_be_given_at_once, setup),
        cmocka_unit_test_setup(test_sock_namespaces__payload_that_never_comes_times_out, setup),
        cmocka_unit_test_setup(test_sock_namespaces__callbacks_may_free_everything, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
