/* What happens in rooms, against a scripted server: the order of events, gaps, deltas and resets, counts, other epochs. */
#include "chat_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLLOWED(ev)          SENT("1", "resume", "{\"epoch\":\"e\",\"rooms\":{\"1\":" ev "}}")
#define SYNC(id, room, after) SENT(id, "sync", "{\"room\":" room ",\"after\":" after "}")
/* Room 1 as chat_live has it, and what the client says of it. */
#define ROOM_1 ROOM("1", MINE("3", "4", "3", "0", "0"))
#define TOLD_1(seq, ev, read, unread, mentions)                                                    \
    "* room 1 seq " seq " ev " ev " read " read " unread " unread " mentions " mentions            \
    " members 2 r1\n"

static int setup(void **state)
{
    (void)state;
    script_reset();
    return 0;
}

/* With room 1 at ev 4, followed. */
static struct chat_client *live(void)
{
    struct chat_client *c = chat_live(ROOM_1);
    assert_true(chat_client_follow(c, 1, true));
    return c;
}

/* Lost, and back up to the question what was missed. */
static void come_back(void)
{
    script_ws_end();
    script_pass(500);
    chat_let_in();
}

static const char *said(char *out, size_t size, int64_t ev, int64_t seq)
{
    int n = snprintf(
        out, size,
        EVENT_OF("1", "%lld", "message", "\"message\":" MESSAGE("1", "%lld", "9", "m%lld", "")),
        (long long)ev, (long long)seq, (long long)seq);
    assert_true(n > 0 && (size_t)n < size);
    return out;
}

static void say(int64_t ev, int64_t seq)
{
    char text[400];
    chat_says("event", said(text, sizeof text, ev, seq));
}

/* ---- order ---- */

static void test_chat_events__the_next_one_is_applied_an_older_one_dropped(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(5, 4);
    EXPECT(TOLD_1("4", "5", "3", "1", "0") "* event 1 5 message 4 m4\n");
    say(5, 4);
    say(4, 3);
    EXPECT("");
    say(6, 5);
    EXPECT(TOLD_1("5", "6", "3", "2", "0") "* event 1 6 message 5 m5\n");
    chat_says("event", SAID("2", "1", "1", "of a room that is not mine"));
    EXPECT("");
    chat_client_free(c);
}

static void test_chat_events__a_gap_is_asked_for_and_what_came_early_is_held(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(7, 6);
    EXPECT(SYNC("1", "1", "4"));
    say(9, 8);
    say(8, 7);
    say(8, 7);
    EXPECT("");
    chat_answer(1, "{\"ok\":true,\"ev\":6,\"delta\":[" SAID("1", "5", "4", "m4") "," SAID(
                       "1", "6", "5", "m5") "]}");
    EXPECT("* event 1 5 message 4 m4\n* event 1 6 message 5 m5\n" TOLD_1("5", "6", "3", "0", "0")
               TOLD_1("6", "7", "3", "1", "0") "* event 1 7 message 6 m6\n" TOLD_1(
                   "7", "8", "3", "2",
                   "0") "* event 1 8 message 7 m7\n" TOLD_1("8", "9", "3", "3",
                                                            "0") "* event 1 9 message 8 m8\n");
    script_pass(1000); /* what it cannot have counted, the server has */
    EXPECT(SENT("2", "read", "{\"room\":1,\"seq\":3}"));
    chat_answer(2, "{\"ok\":true,\"read_seq\":3,\"unread\":5,\"mentions\":1}");
    EXPECT(TOLD_1("8", "9", "3", "5", "1"));
    script_pass(100000);
    EXPECT("");
    chat_client_free(c);
}

static void test_chat_events__one_that_comes_late_after_all_fills_the_gap(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(6, 5);
    EXPECT(SYNC("1", "1", "4"));
    say(5, 4);
    EXPECT(TOLD_1("4", "5", "3", "1", "0") "* event 1 5 message 4 m4\n" TOLD_1(
        "5", "6", "3", "2", "0") "* event 1 6 message 5 m5\n");
    chat_answer(1, "{\"ok\":true,\"ev\":6,\"delta\":[" SAID("1", "5", "4", "m4") "," SAID(
                       "1", "6", "5", "m5") "]}");
    EXPECT(TOLD_1("5", "6", "3", "2", "0")); /* each was told once */
    chat_client_free(c);
}

static void test_chat_events__holding_is_capped_and_what_was_dropped_is_asked_for(void **state)
{
    (void)state;
    for (int more = 0; more <= 1; more++) {
        script_reset();
        struct chat_client *c = live();
        for (int i = 0; i < CHAT_CLIENT_HOLD_MAX + more; i++) {
            say(6 + i, 5 + i);
        }
        EXPECT(SYNC("1", "1", "4"));
        chat_answer(1, "{\"ok\":true,\"ev\":5,\"delta\":[" SAID("1", "5", "4", "m4") "]}");
        const char *told = script_take();
        assert_non_null(strstr(told, "* event 1 69 message 68 m68\n"));
        assert_null(strstr(told, "* event 1 70"));
        if (more) {
            assert_non_null(strstr(told, SYNC("2", "1", "69")));
        } else {
            assert_null(strstr(told, "> ws"));
        }
        chat_client_free(c);
    }
}

static void test_chat_events__a_question_without_an_answer_is_asked_again(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(6, 5);
    EXPECT(SYNC("1", "1", "4"));
    chat_refuse(1, "rate", "same", 700);
    say(7, 6); /* does not make it hurry */
    script_pass(699);
    EXPECT("");
    script_pass(1);
    EXPECT(SYNC("2", "1", "4"));
    script_pass(CHAT_CLIENT_ASK_MS + 1000);
    EXPECT(SYNC("3", "1", "4"));
    chat_answer(3, "{\"ok\":true,\"ev\":4,\"delta\":[]}"); /* it knows less than it has told */
    EXPECT(TOLD_1("3", "4", "3", "0", "0"));
    script_pass(999);
    EXPECT("");
    script_pass(1);
    EXPECT(SYNC("4", "1", "4"));
    chat_refuse(4, "forbidden", "never", 0); /* somebody was thrown out */
    script_pass(100000);
    EXPECT("");
    say(5, 4); /* but is back */
    EXPECT(TOLD_1("4", "5", "3", "1", "0") "* event 1 5 message 4 m4\n");
    chat_client_free(c);
}

static void test_chat_events__too_large_a_gap_is_resumed(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(900, 800);
    EXPECT(SYNC("1", "1", "4"));
    chat_answer(1, "{\"ok\":true,\"ev\":900,\"reset\":{\"messages\":[" MESSAGE("1", "800", "9",
                                                                               "m800", "") "]}}");
    EXPECT(SENT("2", "resume", "{\"epoch\":\"e\",\"rooms\":{\"1\":4}}"));
    assert_int_equal(chat_client_state(c), CHAT_CLIENT_LIVE); /* it can still be asked */
    say(901, 801);
    EXPECT("");
    chat_answer_resume(
        2,
        ROOM("1", MINE("800", "900", "3", "99", "2") ",\"reset\":{\"messages\":[" MESSAGE(
                      "1", "799", "9", "m799", "") "," MESSAGE("1", "800", "9", "m800", "") "]}"));
    EXPECT(TOLD_1("800", "900", "3", "99", "2") "* reset 1: 799 m799, 800 m800\n* me ann\n" TOLD_1(
        "801", "901", "3", "100", "2") "* event 1 901 message 801 m801\n");
    chat_client_free(c);
}

/* ---- coming back ---- */

static void test_chat_events__what_was_missed_comes_as_a_delta(void **state)
{
    (void)state;
    struct chat_client *c = live();
    come_back();
    assert_non_null(strstr(script_take(), FOLLOWED("4")));
    chat_answer_resume(
        1, ROOM("1",
                MINE("5", "7", "3", "1", "0") ",\"delta\":[" SAID("1", "5", "4", "m4") "," EVENT_OF(
                    "1", "7", "edit", "\"message\":" MESSAGE("1", "5", "9", "edited", "")) "]"));
    EXPECT(TOLD_1("5", "7", "3", "1",
                  "0") "* event 1 5 message 4 m4\n* event 1 7 edit 5 edited\n* live\n* me ann\n");
    say(8, 6);
    EXPECT(TOLD_1("6", "8", "3", "2", "0") "* event 1 8 message 6 m6\n");
    chat_client_free(c);
}

static void test_chat_events__or_as_a_reset(void **state)
{
    (void)state;
    struct chat_client *c = live();
    come_back();
    script_take();
    chat_answer_resume(
        1, ROOM("1", MINE("600", "700", "3", "100", "0") ",\"reset\":{\"messages\":[" MESSAGE(
                         "1", "600", "9", "m600", "") "]}"));
    EXPECT(TOLD_1("600", "700", "3", "100", "0") "* reset 1: 600 m600\n* live\n* me ann\n");
    come_back();
    assert_non_null(
        strstr(script_take(), SENT("2", "resume", "{\"epoch\":\"e\",\"rooms\":{\"1\":700}}")));
    chat_answer_resume(
        2, ROOM("1", MINE("601", "701", "3", "100", "0"))); /* it was not said what was missed */
    EXPECT(TOLD_1("601", "701", "3", "100", "0") "* reset 1:\n* live\n* me ann\n");
    chat_client_free(c);
}

static void test_chat_events__of_what_is_not_followed_only_the_numbers_come(void **state)
{
    (void)state;
    struct chat_client *c = chat_live(ROOM_1);
    come_back();
    assert_non_null(strstr(script_take(), SENT("1", "resume", "{\"epoch\":\"e\"}")));
    chat_answer_resume(1, ROOM("1", MINE("6", "7", "3", "3", "0")));
    EXPECT(TOLD_1("6", "7", "3", "3", "0") "* live\n* me ann\n");
    say(8, 7); /* what happens from now on is told all the same */
    EXPECT(TOLD_1("7", "8", "3", "4", "0") "* event 1 8 message 7 m7\n");
    chat_client_free(c);
}

static void test_chat_events__rooms_come_and_go_while_away(void **state)
{
    (void)state;
    struct chat_client *c = chat_live(ROOM_1 "," ROOM("2", MINE("0", "1", "0", "0", "0")));
    assert_true(chat_client_follow(c, 2, true));
    come_back();
    script_take();
    chat_answer_resume(1, ROOM_1 "," ROOM("3", MINE("0", "1", "0", "0", "0")));
    EXPECT(TOLD_1("3", "4", "3", "0", "0") "* room 3 seq 0 ev 1 read 0 unread 0 mentions 0 members "
                                           "2 r3\n* gone 2\n* live\n* me ann\n");
    assert_null(chat_client_room(c, 2));
    chat_client_free(c);
}

static void test_chat_events__what_is_heard_before_the_answer_waits_for_it(void **state)
{
    (void)state;
    struct chat_client *c = live();
    come_back();
    script_take();
    say(7, 6);
    say(6, 5);
    say(8, 7);
    chat_says("event", SAID("2", "9", "9", "of a room that is new"));
    chat_says("event", SAID("2", "10", "10", "and the next"));
    chat_says("event", SAID("3", "1", "1", "of one that is not mine"));
    EXPECT("");
    chat_answer_resume(
        1,
        ROOM("1", MINE("5", "6", "3", "2", "0") ",\"delta\":[" SAID("1", "5", "4", "m4") "," SAID(
                      "1", "6", "5", "m5") "]") "," ROOM("2", MINE("9", "9", "9", "0", "0")));
    EXPECT(TOLD_1("5", "6", "3", "2",
                  "0") "* event 1 5 message 4 m4\n* event 1 6 message 5 m5\n"
                       "* room 2 seq 9 ev 9 read 9 unread 0 mentions 0 members 2 r2\n* live\n* me "
                       "ann\n" TOLD_1("6", "7", "3", "3", "0") "* event 1 7 message 6 m6\n" TOLD_1(
                           "7", "8", "3", "4",
                           "0") "* event 1 8 message 7 m7\n"
                                "* room 2 seq 10 ev 10 read 9 unread 1 mentions 0 members 2 r2\n* "
                                "event 2 10 message 10 and the next\n");
    chat_client_free(c);
}

static void test_chat_events__what_is_heard_on_the_way_in_is_not_lost(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    chat_let_in();
    script_take();
    say(6, 5); /* the answer will be from before it, and from before one that went by */
    chat_answer_resume(0, ROOM_1);
    EXPECT(TOLD_1("3", "4", "3", "0", "0") "* live\n* me ann\n" SYNC("1", "1", "4"));
    chat_answer(1, "{\"ok\":true,\"ev\":6,\"delta\":[" SAID("1", "5", "4", "m4") "," SAID(
                       "1", "6", "5", "m5") "]}");
    EXPECT("* event 1 5 message 4 m4\n* event 1 6 message 5 m5\n" TOLD_1("5", "6", "3", "0", "0"));
    chat_client_free(c);
}

static void test_chat_events__too_much_on_the_way_in_is_asked_for_again(void **state)
{
    (void)state;
    for (int more = 0; more <= 1; more++) {
        char text[400];
        script_reset();
        struct chat_client *c = chat_opened();
        chat_let_in();
        for (int i = 0; i < 256 + more; i++) {
            chat_says("event", said(text, sizeof text, 5 + i, 4 + i));
        }
        script_take();
        chat_answer_resume(0, ROOM_1);
        const char *told = script_take();
        assert_non_null(strstr(told, "* event 1 68 message 67"));
        if (more) {
            assert_non_null(strstr(told, SENT("1", "resume", "{\"epoch\":\"e\"}")));
        } else {
            assert_null(strstr(told, "resume"));
        }
        chat_client_free(c);
    }
}

static void test_chat_events__what_was_read_elsewhere_meanwhile_is_not_forgotten(void **state)
{
    (void)state;
    struct chat_client *c = live();
    come_back();
    script_take();
    chat_says("me", "{\"kind\":\"read\",\"room\":1,\"read_seq\":5,\"unread\":0,\"mentions\":0}");
    EXPECT(TOLD_1("3", "4", "5", "0", "0"));
    chat_answer_resume(
        1, ROOM("1", MINE("5", "6", "3", "2", "0") ",\"delta\":[]")); /* from before it */
    EXPECT(TOLD_1("5", "6", "3", "2", "0") "* live\n* me ann\n" SENT(
        "2", "resume", "{\"epoch\":\"e\",\"rooms\":{\"1\":6}}"));
    chat_answer_resume(2, ROOM("1", MINE("5", "6", "5", "0", "0") ",\"delta\":[]"));
    EXPECT(TOLD_1("5", "6", "5", "0", "0") "* me ann\n");
    chat_client_free(c);
}

static void test_chat_events__another_epoch_makes_void_what_was_known(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(5, 4);
    say(8, 7);
    script_take();
    come_back();
    assert_non_null(
        strstr(script_take(), SENT("2", "resume", "{\"epoch\":\"e\",\"rooms\":{\"1\":5}}")));
    chat_says("event", SAID("1", "3", "2", "of the other"));
    chat_answer(2, "{\"ok\":true,\"epoch\":\"f\"," ME ",\"rooms\":[" ROOM(
                       "1", MINE("1", "2", "1", "0", "0") ",\"reset\":{\"messages\":[" MESSAGE(
                                "1", "1", "9", "m1", "") "]}") "]}");
    EXPECT(
        "* restored\n" TOLD_1("1", "2", "1", "0", "0") "* reset 1: 1 m1\n* live\n* me ann\n" TOLD_1(
            "2", "3", "1", "1", "0") "* event 1 3 message 2 of the other\n");
    say(4, 3);
    EXPECT(TOLD_1("3", "4", "1", "2", "0") "* event 1 4 message 3 m3\n");
    come_back();
    assert_non_null(
        strstr(script_take(), SENT("3", "resume", "{\"epoch\":\"f\",\"rooms\":{\"1\":4}}")));
    chat_client_free(c);
}

static void test_chat_events__a_lost_connection_ends_every_wait(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(6, 5);
    EXPECT(SYNC("1", "1", "4"));
    come_back();
    assert_non_null(
        strstr(script_take(), SENT("2", "resume", "{\"epoch\":\"e\",\"rooms\":{\"1\":4}}")));
    chat_answer_resume(
        2, ROOM("1", MINE("5", "6", "3", "2", "0") ",\"delta\":[" SAID("1", "6", "5", "m5") "]"));
    EXPECT(TOLD_1("5", "6", "3", "2", "0") "* event 1 6 message 5 m5\n* live\n* me ann\n");
    script_pass(100000);
    EXPECT("");
    chat_client_free(c);
}

/* ---- counts ---- */

#define UNREAD(kind, ev, seq, text, more)                                                          \
    EVENT_OF("1", ev, kind, "\"message\":" MESSAGE("1", seq, "9", text, more))
#define MY_OWN(ev, seq)                                                                            \
    EVENT_OF("1", ev, "message", "\"message\":" MESSAGE("1", seq, "7", "mine", ""))
#define DELETED ",\"deleted\":true"

static void test_chat_events__counts_what_is_unread_and_what_mentions_me(void **state)
{
    (void)state;
    struct chat_client *c = live();
    chat_says("event", UNREAD("message", "5", "4", "hello @ann", ""));
    chat_says("event", UNREAD("message", "6", "5", "hello @anna and `@ann`", ""));
    chat_says("event", UNREAD("message", "7", "6", "@room look", ""));
    assert_int_equal(chat_client_room(c, 1)->unread, 3);
    assert_int_equal(chat_client_room(c, 1)->mentions, 2);
    chat_says("event", MY_OWN("8", "7")); /* who answers has read */
    assert_int_equal(chat_client_room(c, 1)->read_seq, 7);
    assert_int_equal(chat_client_room(c, 1)->unread, 0);
    assert_int_equal(chat_client_room(c, 1)->mentions, 0);
    script_pass(100000);
    assert_null(strstr(script_take(), "> ws")); /* nothing had to be asked */
    chat_client_free(c);
}

static void test_chat_events__who_is_blocked_does_not_mention_me(void **state)
{
    (void)state;
    struct chat_client *c = live();
    chat_says("me", "{\"kind\":\"block\",\"user\":{\"id\":9,\"name\":\"u9\"},\"on\":true}");
    EXPECT("* block 9 on\n");
    chat_says("event", UNREAD("message", "5", "4", "hello @ann", ""));
    assert_int_equal(chat_client_room(c, 1)->unread, 1);
    assert_int_equal(chat_client_room(c, 1)->mentions, 0);
    script_take();
    chat_says("me", "{\"kind\":\"block\",\"user\":{\"id\":9,\"name\":\"u9\"},\"on\":false}");
    EXPECT("* block 9 off\n");
    script_pass(1000); /* the server counts */
    assert_non_null(strstr(script_take(), "[\"read\",{\"room\":1,\"seq\":3}]"));
    chat_says("event", UNREAD("message", "6", "5", "hello @ann", ""));
    assert_int_equal(chat_client_room(c, 1)->mentions, 1);
    /* Of another connection it is told as a whole. */
    chat_says("me", "{\"kind\":\"block\",\"user\":{\"id\":9,\"name\":\"u9\"},\"on\":true}");
    script_take();
    script_ws_end();
    script_pass(500);
    chat_let_in();
    script_take();
    chat_answer(2, "{\"ok\":true,\"epoch\":\"e\"," ME
                   ",\"blocked\":[{\"id\":8,\"name\":\"u8\"}],\"rooms\":[" ROOM_1 "]}");
    assert_non_null(strstr(script_take(), "* block 8 on\n* block 9 off\n"));
    chat_client_free(c);
}

static void test_chat_events__counting_stops_at_its_cap(void **state)
{
    (void)state;
    struct chat_client *c = live();
    for (int i = 1; i <= CHAT_UNREAD_COUNTED_MAX; i++) {
        say(4 + i, 3 + i);
        assert_int_equal(chat_client_room(c, 1)->unread, i);
    }
    say(5 + CHAT_UNREAD_COUNTED_MAX, 4 + CHAT_UNREAD_COUNTED_MAX);
    assert_int_equal(chat_client_room(c, 1)->unread, CHAT_UNREAD_COUNTED_MAX);
    script_take();
    chat_says("event", UNREAD("delete", "106", "50", "",
                              DELETED)); /* how many there are only the server knows */
    script_pass(1000);
    assert_non_null(strstr(script_take(), SENT("1", "read", "{\"room\":1,\"seq\":3}")));
    chat_client_free(c);
}

static void test_chat_events__what_is_deleted_is_not_unread_any_more(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(5, 4);
    say(6, 5);
    chat_says("event", UNREAD("delete", "7", "4", "", DELETED));
    assert_int_equal(chat_client_room(c, 1)->unread, 1);
    chat_says("event", UNREAD("delete", "8", "3", "", DELETED)); /* was read */
    assert_int_equal(chat_client_room(c, 1)->unread, 1);
    chat_says("event", UNREAD("edit", "9", "5", "edited", ""));
    assert_int_equal(chat_client_room(c, 1)->unread, 1);
    script_pass(100000);
    assert_null(strstr(script_take(), "> ws"));
    chat_client_free(c);
}

static void test_chat_events__changes_of_mentions_are_asked_for(void **state)
{
    (void)state;
    struct chat_client *c = live();
    say(5, 4);
    script_take();
    chat_says("event", UNREAD("edit", "6", "4", "now @ann", ""));
    chat_says("event", UNREAD("edit", "7", "4", "now @ann, twice", ""));
    script_take();
    script_pass(1000);
    EXPECT(SENT("1", "read", "{\"room\":1,\"seq\":3}")); /* once for both */
    chat_refuse(1, "busy", "same", 0);
    script_pass(1000);
    EXPECT(SENT("2", "read", "{\"room\":1,\"seq\":3}"));
    chat_answer(2, "{\"ok\":true,\"read_seq\":3,\"unread\":1,\"mentions\":1}");
    EXPECT(TOLD_1("4", "7", "3", "1", "1"));
    chat_says("event", UNREAD("delete", "8", "4", "", DELETED)); /* did that one mention me? */
    EXPECT(TOLD_1("4", "8", "3", "0", "1") "* event 1 8 delete 4 \n");
    script_pass(1000);
    EXPECT(SENT("3", "read", "{\"room\":1,\"seq\":3}"));
    chat_client_free(c);
}

/* ---- the room itself ---- */

static void test_chat_events__the_room_changes_with_its_events(void **state)
{
    (void)state;
    struct chat_client *c = live();
    chat_says("event", EVENT_OF("1", "5", "member",
                                "\"user\":{\"id\":11,\"name\":\"x\"},\"change\":\"join\""));
    assert_int_equal(chat_client_room(c, 1)->members, 3);
    chat_says("event", EVENT_OF("1", "6", "member",
                                "\"user\":{\"id\":11,\"name\":\"x\"},\"change\":\"kick\""));
    assert_int_equal(chat_client_room(c, 1)->members, 2);
    chat_says(
        "event",
        EVENT_OF("1", "7", "member",
                 "\"user\":{\"id\":7,\"name\":\"ann\"},\"change\":\"role\",\"role\":\"mod\""));
    assert_int_equal(chat_client_room(c, 1)->room_role, CHAT_MOD);
    chat_says(
        "event",
        EVENT_OF("1", "8", "member",
                 "\"user\":{\"id\":9,\"name\":\"u9\"},\"change\":\"role\",\"role\":\"owner\""));
    assert_int_equal(chat_client_room(c, 1)->room_role, CHAT_MOD);
    chat_says("event",
              EVENT_OF("1", "9", "member", /* somebody else */
                       "\"user\":{\"id\":9,\"name\":\"u9\"},\"change\":\"mute\",\"until\":70"));
    assert_int_equal(chat_client_room(c, 1)->muted_until_ms, 0);
    chat_says("event",
              EVENT_OF("1", "10", "member",
                       "\"user\":{\"id\":7,\"name\":\"ann\"},\"change\":\"mute\",\"until\":70"));
    assert_int_equal(chat_client_room(c, 1)->muted_until_ms, 70);
    chat_says("event", EVENT_OF("1", "11", "member",
                                "\"user\":{\"id\":7,\"name\":\"ann\"},\"change\":\"unmute\""));
    assert_int_equal(chat_client_room(c, 1)->muted_until_ms, 0);
    script_take();
    chat_says(
        "event",
        EVENT_OF("1", "12", "room",
                 "\"state\":{\"id\":1,\"kind\":\"public\",\"name\":\"other\",\"topic\":\"new\","
                 "\"archived\":true,\"slow\":30,\"members\":5}"));
    EXPECT("* room 1 seq 3 ev 12 read 3 unread 0 mentions 0 members 5 other\n* event 1 12 room\n");
    assert_true(chat_client_room(c, 1)->archived);
    assert_int_equal(chat_client_room(c, 1)->slow, 30);
    assert_true(slice_eq(chat_client_room(c, 1)->topic, SL("new")));
    chat_client_free(c);
}

static void test_chat_events__news_of_a_room_may_run_ahead_of_its_events(void **state)
{
    (void)state;
    struct chat_client *c = live();
    chat_says("me", "{\"kind\":\"room\",\"room\":" ROOM("1", MINE("4", "5", "3", "1", "0")) "}");
    EXPECT(TOLD_1("4", "5", "3", "1", "0") SYNC("1", "1", "4")); /* there must have been one more */
    chat_answer(1, "{\"ok\":true,\"ev\":5,\"delta\":[" SAID("1", "5", "4", "m4") "]}");
    EXPECT("* event 1 5 message 4 m4\n" TOLD_1("4", "5", "3", "1", "0"));
    chat_client_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(test_chat_events__##name, setup)
        TEST(the_next_one_is_applied_an_older_one_dropped),
        TEST(a_gap_is_asked_for_and_what_came_early_is_held),
        TEST(one_that_comes_late_after_all_fills_the_gap),
        TEST(holding_is_capped_and_what_was_dropped_is_asked_for),
        TEST(a_question_without_an_answer_is_asked_again),
        TEST(too_large_a_gap_is_resumed),
        TEST(what_was_missed_comes_as_a_delta),
        TEST(or_as_a_reset),
        TEST(of_what_is_not_followed_only_the_numbers_come),
        TEST(rooms_come_and_go_while_away),
        TEST(what_is_heard_before_the_answer_waits_for_it),
        TEST(what_is_heard_on_the_way_in_is_not_lost),
        TEST(too_much_on_the_way_in_is_asked_for_again),
        TEST(what_was_read_elsewhere_meanwhile_is_not_forgotten),
        TEST(another_epoch_makes_void_what_was_known),
        TEST(a_lost_connection_ends_every_wait),
        TEST(counts_what_is_unread_and_what_mentions_me),
        TEST(who_is_blocked_does_not_mention_me),
        TEST(counting_stops_at_its_cap),
        TEST(what_is_deleted_is_not_unread_any_more),
        TEST(changes_of_mentions_are_asked_for),
        TEST(the_room_changes_with_its_events),
        TEST(news_of_a_room_may_run_ahead_of_its_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
