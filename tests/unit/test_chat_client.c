/* The chat client against a scripted server: coming in, tokens, resuming, being sent away, asking, what passes. */
#include "chat_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONNECTS   "> ws 40/chat,{\"token\":\"t\"}\n"
#define NOT_LET_IN "44/chat,{\"message\":\"Sign in first\",\"data\":{\"code\":\"auth\"}}"

static int setup(void **state)
{
    (void)state;
    script_reset();
    return 0;
}

/* ---- coming in ---- */

static void test_chat_client__comes_in_and_hears_its_rooms(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    EXPECT(WS_OPEN "* connecting\n");
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT("* token?\n" CONNECTS);
    script_ws_text("40/chat,{\"sid\":\"io\"}");
    EXPECT("* resuming\n" RESUMES("0"));
    assert_int_equal(chat_client_state(c), CHAT_CLIENT_RESUMING);
    chat_answer_resume(
        0, ROOM("1", MINE("3", "4", "2", "1", "0")) "," ROOM("5", MINE("0", "1", "0", "0", "0")));
    EXPECT("* room 1 seq 3 ev 4 read 2 unread 1 mentions 0 members 2 r1\n"
           "* room 5 seq 0 ev 1 read 0 unread 0 mentions 0 members 2 r5\n* live\n* me ann\n");
    assert_int_equal(chat_client_state(c), CHAT_CLIENT_LIVE);
    assert_int_equal(chat_client_me(c)->id, 7);
    assert_int_equal(chat_client_room(c, 5)->id, 5);
    assert_null(chat_client_room(c, 2));
    chat_client_close(c);
    EXPECT("> ws 41/chat,\n> ws close\n");
    chat_client_free(c);
}

static void test_chat_client__a_resume_without_an_answer_is_asked_again(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    chat_let_in();
    script_take();
    chat_refuse(0, "unavailable", "same", 2500);
    script_pass(2499);
    EXPECT("");
    script_pass(1);
    EXPECT(RESUMES("1"));
    script_pass(CHAT_CLIENT_ASK_MS); /* no answer at all */
    EXPECT("");
    script_pass(1000);
    EXPECT(RESUMES("2"));
    chat_answer(1, "{\"ok\":true,\"epoch\":\"e\",\"rooms\":[]}"); /* too late */
    EXPECT("");
    chat_answer(2, "5"); /* nonsense */
    script_pass(1000);
    EXPECT(RESUMES("3"));
    chat_answer_resume(3, "");
    EXPECT("* live\n* me ann\n");
    chat_client_free(c);
}

static void test_chat_client__resumes_on_every_new_connection(void **state)
{
    (void)state;
    struct chat_client *c = chat_live(ROOM("1", MINE("3", "4", "2", "1", "0")));
    script_ws_end();
    script_pass(500);
    EXPECT("* connecting\n" WS_OPEN "* connecting\n");
    chat_let_in(); /* even if its id is the same */
    EXPECT("* token?\n" CONNECTS "* resuming\n" SENT("1", "resume", "{\"epoch\":\"e\"}"));
    chat_client_free(c);
}

static void test_chat_client__an_upgrade_is_no_new_connection(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened_by(SOCK_POLLING_FIRST);
    script_answer_get(OPEN_WS);
    script_answer_post();
    script_answer_get("40/chat,{\"sid\":\"io\"}");
    assert_non_null(strstr(script_take(), "* resuming\n> POST 42/chat,0[\"resume\",{}]\n"));
    script_answer_post();
    script_ws_accept();
    script_ws_text("3probe");
    script_answer_get("6");
    EXPECT(
        "> ws 2probe\n> ws 5\n* resuming\n"); /* told of the other transport, and not asked again */
    chat_answer_resume(0, "");
    EXPECT("* live\n* me ann\n");
    chat_client_free(c);
}

/* ---- tokens ---- */

static void test_chat_client__a_refused_token_is_replaced(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_take();
    chat_script_token(NULL); /* it takes a while */
    script_ws_text(NOT_LET_IN);
    EXPECT("> ws close\n* connecting\n");
    script_pass(0);
    EXPECT(WS_OPEN "* connecting\n");
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT("* token refused?\n");
    script_pass(100);
    chat_client_token(c, SL("u"));
    EXPECT("> ws 40/chat,{\"token\":\"u\"}\n");
    script_ws_text("40/chat,{\"sid\":\"io\"}");
    EXPECT("* resuming\n" RESUMES("0"));
    chat_answer_resume(0, "");
    script_take();
    chat_script_token("u");
    script_ws_end(); /* it is good now */
    script_pass(500);
    script_take();
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT("* token?\n> ws 40/chat,{\"token\":\"u\"}\n");
    chat_client_free(c);
}

static void test_chat_client__who_is_refused_again_and_again_comes_more_slowly(void **state)
{
    (void)state;
    static const uint32_t waits_ms[] = {0, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    struct chat_client *c = chat_opened();
    for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
        script_ws_accept();
        script_ws_text(OPEN_PLAIN);
        script_ws_text(NOT_LET_IN);
        script_take();
        if (waits_ms[i] > 0) {
            script_pass(waits_ms[i] - 1);
            EXPECT("");
            script_pass(1);
        } else {
            script_pass(0);
        }
        EXPECT(WS_OPEN "* connecting\n");
    }
    chat_client_free(c);
}

static void test_chat_client__a_refusal_for_now_says_how_long(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    script_ws_text(
        "44/chat,{\"message\":\"Busy\",\"data\":{\"code\":\"busy\",\"retry_after_ms\":3000}}");
    script_take();
    script_pass(2999);
    EXPECT("");
    script_pass(1);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT(WS_OPEN "* connecting\n* token?\n" CONNECTS); /* the token is not to blame */
    script_ws_text("44/chat,{\"message\":\"Invalid namespace\"}");
    script_take();
    chat_client_retry_now(c);
    script_pass(0);
    EXPECT(WS_OPEN "* connecting\n");
    chat_client_free(c);
}

static void test_chat_client__the_servers_clock_and_name_are_told(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    chat_let_in();
    script_take();
    chat_answer(
        0,
        "{\"ok\":true,\"epoch\":\"e\",\"now\":1700000000000,\"workspace\":\"Acme\",\"rooms\":[]}");
    assert_non_null(strstr(script_take(), "* clock 1700000000000\n* workspace Acme\n"));
    chat_client_free(c);
}

static void test_chat_client__another_name_is_told_at_once_and_is_newer_than_an_answer(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    script_take();
    chat_says("workspace", "{\"workspace\":\"Acme\"}");
    EXPECT("* workspace Acme\n");
    chat_says("workspace", "{\"workspace\":7}");
    chat_says("workspace", "{}");
    EXPECT("");
    chat_client_free(c);
    for (int heard = 0; heard <= 1; heard++) {
        script_reset();
        c = chat_opened();
        chat_let_in();
        script_take();
        if (heard) {
            chat_says("workspace", "{\"workspace\":\"New\"}");
            EXPECT("* workspace New\n");
        }
        chat_answer(0, "{\"ok\":true,\"epoch\":\"e\",\"workspace\":\"Old\",\"rooms\":[]}");
        const char *told = script_take();
        assert_int_equal(strstr(told, "* workspace Old\n") == NULL, heard);
        assert_non_null(strstr(told, "* live\n"));
        /* The next connection's answer counts again. */
        script_ws_end();
        script_pass(500);
        chat_let_in();
        script_take();
        chat_answer(1, "{\"ok\":true,\"epoch\":\"e\",\"workspace\":\"Newer\",\"rooms\":[]}");
        assert_non_null(strstr(script_take(), "* workspace Newer\n"));
        chat_client_free(c);
    }
}

static void test_chat_client__a_goodbye_says_when_to_come_again(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    chat_says("bye", "{\"code\":\"restart\",\"retry_after_ms\":5000}");
    script_ws_end();
    script_take();
    script_pass(4999);
    EXPECT("");
    script_pass(1);
    EXPECT(WS_OPEN "* connecting\n");
    script_ws_end();
    script_take();
    script_pass(2000); /* that was once; now as usual */
    assert_non_null(strstr(script_take(), WS_OPEN));
    chat_client_free(c);
}

static void test_chat_client__a_goodbye_to_one_namespace_says_it_too(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    chat_says("bye", "{\"code\":\"busy\",\"retry_after_ms\":4000}");
    script_ws_text("41/chat,");
    script_take();
    script_pass(3999);
    EXPECT("");
    script_pass(1);
    EXPECT(WS_OPEN "* connecting\n");
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT("* token?\n" CONNECTS); /* not refused: the session has not ended */
    chat_client_free(c);
}

static void test_chat_client__without_a_token_it_is_signed_out(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    chat_script_token("");
    script_ws_accept();
    script_take();
    script_ws_text(OPEN_PLAIN);
    EXPECT("* token?\n> ws close\n");
    script_pass(0);
    EXPECT("* signed out\n");
    script_pass(100000);
    EXPECT("");
    assert_int_equal(chat_client_state(c), CHAT_CLIENT_SIGNED_OUT);
    chat_script_token("t");
    chat_client_open(c);
    script_pass(0);
    chat_let_in();
    EXPECT(WS_OPEN "* connecting\n* token?\n" CONNECTS "* resuming\n" RESUMES("0"));
    chat_client_free(c);
}

static void sign_out(struct chat_client *c)
{
    chat_client_token(c, SL(""));
    assert_int_equal(chat_client_state(c), CHAT_CLIENT_SIGNED_OUT);
}

static void test_chat_client__sent_away_it_asks_for_another_token(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    chat_says("bye", "{\"code\":\"signed_out\"}");
    chat_script_token(NULL);
    chat_script_inside("token", sign_out);
    script_ws_text("41/chat,");
    EXPECT("* bye signed_out 0\n> ws close\n* connecting\n");
    script_pass(0);
    script_ws_accept();
    script_ws_text(OPEN_PLAIN);
    EXPECT(WS_OPEN "* connecting\n* token refused?\n> ws close\n");
    script_pass(0);
    EXPECT("* signed out\n");
    chat_client_free(c);
}

static void test_chat_client__good_connections_are_forgiven(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    for (int i = 0; i < 3; i++) { /* each lasts long enough, and is ended by the server */
        script_pass(10000);
        script_ws_text("41/chat,");
        script_pass(0);
        chat_let_in();
        chat_answer_resume((unsigned)i + 1, "");
        assert_int_equal(chat_client_state(c), CHAT_CLIENT_LIVE);
    }
    script_pass(9999);
    script_ws_text("41/chat,"); /* the second within ten seconds */
    script_take();
    script_pass(999);
    EXPECT("");
    script_pass(1);
    EXPECT(WS_OPEN "* connecting\n");
    chat_client_free(c);
}

/* ---- asking ---- */

static enum err ask_users(struct chat_client *c, const char *name)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_Q, .q = SL("be")};
    return chat_client_ask(c, EVENT_USERS, &r, chat_asked, (void *)(uintptr_t)name);
}

static void test_chat_client__asks_and_is_answered(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    assert_int_equal(ask_users(c, "early"), ERR_CLOSED);
    chat_let_in();
    assert_int_equal(ask_users(c, "resuming"), ERR_CLOSED);
    chat_answer_resume(0, "");
    script_take();
    assert_int_equal(ask_users(c, "a"), ERR_OK);
    assert_int_equal(ask_users(c, "b"), ERR_OK);
    assert_int_equal(ask_users(c, "c"), ERR_OK);
    assert_int_equal(ask_users(c, "d"), ERR_OK);
    EXPECT(SENT("1", "users", "{\"q\":\"be\"}") SENT("2", "users", "{\"q\":\"be\"}")
               SENT("3", "users", "{\"q\":\"be\"}") SENT("4", "users", "{\"q\":\"be\"}"));
    chat_answer(2, "{\"ok\":true,\"users\":[]}");
    chat_answer(
        1,
        "{\"ok\":false,\"error\":{\"code\":\"invalid\",\"message\":\"is blank\",\"field\":\"q\"}}");
    chat_answer(3, "{\"ok\":false,\"error\":{\"code\":\"of tomorrow\"}}");
    script_pass(CHAT_CLIENT_ASK_MS);
    EXPECT("* answer b ok {\"ok\":true,\"users\":[]}\n* answer a invalid \"is blank\" in \"q\"\n"
           "* answer c something else \"\" in \"\"\n* answer d timed out\n");
    assert_int_equal(ask_users(c, "e"), ERR_OK);
    script_take();
    script_ws_end();
    assert_non_null(strstr(script_take(), "* answer e closed\n"));
    assert_int_equal(ask_users(c, "late"), ERR_CLOSED);
    chat_client_free(c);
}

static void follow_it(struct chat_client *c)
{
    assert_true(chat_client_follow(c, 4, true));
}

static void test_chat_client__a_room_that_is_joined_can_be_followed_at_once(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM, .room_name = SL("r4")};
    assert_false(chat_client_follow(c, 4, true));
    assert_int_equal(chat_client_ask(c, EVENT_ROOM_JOIN, &r, chat_asked, (void *)(uintptr_t) "j"),
                     ERR_OK);
    EXPECT(SENT("1", "room.join", "{\"room\":\"r4\"}"));
    chat_script_inside("answer", follow_it);
    chat_answer(1, "{\"ok\":true,\"room\":" ROOM("4", MINE("8", "9", "8", "0", "0")) "}");
    assert_non_null(strstr(script_take(),
                           "* room 4 seq 8 ev 9 read 8 unread 0 mentions 0 members 2 "
                           "r4\n* answer j ok"));
    chat_says("event", EVENT_OF("4", "9", "member",
                                "\"user\":{\"id\":7,\"name\":\"ann\"},\"change\":\"join\""));
    EXPECT(""); /* that is how it was joined */
    chat_says("event", SAID("4", "10", "9", "hi"));
    EXPECT("* room 4 seq 9 ev 10 read 8 unread 1 mentions 0 members 2 r4\n* event 4 10 message 9 "
           "hi\n");
    script_ws_end();
    script_pass(500);
    script_take();
    chat_let_in();
    EXPECT("* token?\n" CONNECTS
           "* resuming\n" SENT("2", "resume", "{\"epoch\":\"e\",\"rooms\":{\"4\":10}}"));
    chat_client_free(c);
}

/* ---- what passes ---- */

static void test_chat_client__passes_on_what_passes(void **state)
{
    (void)state;
    struct chat_client *c = chat_live(ROOM("1", MINE("3", "4", "2", "1", "0")));
    chat_says("typing", "{\"room\":1,\"user\":9,\"on\":true}");
    chat_says("presence", "{\"users\":[{\"id\":9,\"state\":\"idle\"},{\"id\":\"x\"},{\"id\":8,"
                          "\"state\":\"offline\"}]}");
    chat_says("me", "{\"kind\":\"profile\"," ME "}");
    chat_says("profile", "{\"user\":{\"id\":9,\"name\":\"bob\",\"avatar\":7}}");
    chat_says("me", "{\"kind\":\"read\",\"room\":1,\"read_seq\":3,\"unread\":0,\"mentions\":0}");
    chat_says("me", "{\"kind\":\"read\",\"room\":2,\"read_seq\":3,\"unread\":0,\"mentions\":0}");
    chat_says("me", "{\"kind\":\"room\",\"room\":" ROOM("2", MINE("0", "1", "0", "0", "0")) "}");
    chat_says("me", "{\"kind\":\"left\",\"room\":2,\"change\":\"kick\"}");
    chat_says("me", "{\"kind\":\"left\",\"room\":2,\"change\":\"kick\"}");
    chat_says("bye", "{\"code\":\"restart\",\"retry_after_ms\":1000}");
    EXPECT(
        "* typing 1 9 on\n* presence 9 idle\n* presence 8 offline\n* profile ann\n* profile bob\n"
        "* room 1 seq 3 ev 4 read 3 unread 0 mentions 0 members 2 r1\n"
        "* room 2 seq 0 ev 1 read 0 unread 0 mentions 0 members 2 r2\n* gone 2 put out\n* bye "
        "restart 1000\n");
    chat_client_free(c);
}

static void test_chat_client__nonsense_is_passed_over(void **state)
{
    (void)state;
    static const char *const events[] = {"event", "me",      "typing",     "presence",
                                         "bye",   "profile", "of tomorrow"};
    static const char *const args[] = {"{}",
                                       "[]",
                                       "5",
                                       "null",
                                       "\"x\"",
                                       "{\"kind\":\"room\"}",
                                       "{\"room\":1}",
                                       "{\"kind\":5,\"room\":{},\"ev\":\"x\"}",
                                       "{\"kind\":\"left\",\"room\":\"1\"}",
                                       "{\"kind\":\"room\",\"room\":{\"id\":-1}}",
                                       "{\"kind\":\"room\",\"room\":{}}",
                                       "{\"room\":1,\"ev\":0,\"kind\":\"message\"}"};
    struct chat_client *c = chat_live(ROOM("1", MINE("3", "4", "2", "1", "0")));
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        for (size_t j = 0; j < sizeof args / sizeof args[0]; j++) {
            if (i != 4) {
                chat_says(events[i], args[j]);
            }
        }
        script_ws_text("42/chat,[\"event\"]");
    }
    EXPECT("");
    chat_says("bye", "{}");
    EXPECT("* bye  0\n");
    chat_client_free(c);
}

static void close_it(struct chat_client *c)
{
    chat_client_close(c);
}

static void test_chat_client__may_be_closed_from_any_callback(void **state)
{
    (void)state;
    static const char *const kinds[] = {"token", "state", "room", "resumed"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        script_reset();
        struct chat_client *c = chat_opened();
        script_ws_accept();
        chat_script_inside(kinds[i], close_it);
        script_ws_text(OPEN_PLAIN);
        if (script_has_ws()) {
            script_ws_text("40/chat,{\"sid\":\"io\"}");
        }
        if (script_has_ws()) {
            chat_answer_resume(0, ROOM("1", MINE("3", "4", "2", "1", "0")));
        }
        assert_int_equal(chat_client_state(c), CHAT_CLIENT_IDLE);
        assert_false(script_has_ws());
        script_take();
        script_pass(100000);
        EXPECT("");
        chat_client_free(c);
    }
}

/* ---- rooms ---- */

static char *rooms_json(unsigned n)
{
    static char text[2u << 20];
    size_t at = 0;
    for (unsigned i = 1; i <= n; i++) {
        int more = snprintf(
            text + at, sizeof text - at,
            "%s{\"id\":%u,\"kind\":\"public\",\"name\":\"r\",\"ev\":1,\"seq\":0,\"joined\":true}",
            i > 1 ? "," : "", i);
        assert_true(more > 0 && (size_t)more < sizeof text - at);
        at += (size_t)more;
    }
    return text;
}

static void count_room(void *user, const struct chat_room *room)
{
    (void)room;
    ++*(unsigned *)user;
}

static void test_chat_client__rooms_are_capped(void **state)
{
    (void)state;
    for (unsigned more = 0; more <= 1; more++) {
        unsigned n = 0;
        script_reset();
        struct chat_client *c = chat_live(rooms_json(CHAT_CLIENT_ROOMS_MAX + more));
        chat_client_each_room(c, count_room, &n);
        assert_int_equal(n, CHAT_CLIENT_ROOMS_MAX);
        assert_int_equal(chat_client_state(c), CHAT_CLIENT_LIVE);
        assert_non_null(chat_client_room(c, CHAT_CLIENT_ROOMS_MAX));
        assert_null(chat_client_room(c, CHAT_CLIENT_ROOMS_MAX + 1));
        chat_client_free(c);
    }
}

static void test_chat_client__followed_rooms_are_capped(void **state)
{
    (void)state;
    struct chat_client *c = chat_live(rooms_json(CHAT_RESUME_ROOMS_MAX + 1));
    for (unsigned i = 1; i <= CHAT_RESUME_ROOMS_MAX; i++) {
        assert_true(chat_client_follow(c, i, true));
    }
    assert_true(chat_client_follow(c, 1, true)); /* it is already */
    assert_false(chat_client_follow(c, CHAT_RESUME_ROOMS_MAX + 1, true));
    assert_true(chat_client_follow(c, 1, false));
    assert_true(chat_client_follow(c, CHAT_RESUME_ROOMS_MAX + 1, true));
    chat_says("me", "{\"kind\":\"left\",\"room\":2}"); /* who has left makes room, too */
    assert_true(chat_client_follow(c, 1, true));
    chat_client_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(test_chat_client__##name, setup)
        TEST(comes_in_and_hears_its_rooms),
        TEST(a_resume_without_an_answer_is_asked_again),
        TEST(resumes_on_every_new_connection),
        TEST(an_upgrade_is_no_new_connection),
        TEST(a_refused_token_is_replaced),
        TEST(who_is_refused_again_and_again_comes_more_slowly),
        TEST(a_refusal_for_now_says_how_long),
        TEST(the_servers_clock_and_name_are_told),
        TEST(another_name_is_told_at_once_and_is_newer_than_an_answer),
        TEST(a_goodbye_says_when_to_come_again),
        TEST(a_goodbye_to_one_namespace_says_it_too),
        TEST(without_a_token_it_is_signed_out),
        TEST(sent_away_it_asks_for_another_token),
        TEST(good_connections_are_forgiven),
        TEST(asks_and_is_answered),
        TEST(a_room_that_is_joined_can_be_followed_at_once),
        TEST(passes_on_what_passes),
        TEST(nonsense_is_passed_over),
        TEST(may_be_closed_from_any_callback),
        TEST(rooms_are_capped),
        TEST(followed_rooms_are_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
