/* What is to be sent, against a scripted server: one cid for ever, order, refusals, caps. */
#include "chat_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A message whose cid is sixteen times the two digits of n. */
#define CID(n) n n n n n n n n n n n n n n n n
#define SENDS(id, room, n, text)                                                                   \
    SENT(id, "send", "{\"room\":" room ",\"cid\":\"" CID(n) "\",\"text\":\"" text "\"}")
#define RESUMES_EPOCH(id) SENT(id, "resume", "{\"epoch\":\"e\"}")

static int setup(void **state)
{
    (void)state;
    script_reset();
    return 0;
}

static enum err put(struct chat_client *c, int64_t room, int n, const char *text)
{
    unsigned char cid[CHAT_CID_HEX / 2];
    char hex[CHAT_CID_HEX], expected[3];
    memset(cid, n, sizeof cid);
    enum err e = chat_client_send(c, room, slice_str(text), 0, cid, hex);
    if (e == ERR_OK) {
        (void)snprintf(expected, sizeof expected, "%02x", (unsigned)n);
        assert_memory_equal(hex + 30, expected, 2);
    }
    return e;
}

static void accept(unsigned ack_id, unsigned seq)
{
    char json[100];
    (void)snprintf(json, sizeof json, "{\"ok\":true,\"room\":1,\"seq\":%u,\"ev\":%u,\"ts\":1}", seq,
                   seq + 1);
    chat_answer(ack_id, json);
}

static void come_back(unsigned ack_id)
{
    script_ws_end();
    script_pass(500);
    chat_let_in();
    script_take();
    chat_answer_resume(ack_id, "");
}

static void test_chat_outbox__is_sent_and_acknowledged(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    assert_int_equal(put(c, 1, 0xaa, "hello"), ERR_OK);
    EXPECT(SENDS("1", "1", "aa", "hello"));
    assert_int_equal(chat_client_waiting_n(c), 1);
    accept(1, 9);
    EXPECT("* sent aa 1 9\n");
    assert_int_equal(chat_client_waiting_n(c), 0);
    script_pass(100000);
    EXPECT("");
    chat_client_free(c);
}

static void test_chat_outbox__what_is_said_before_there_is_a_connection_waits(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    chat_let_in();
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    script_take();
    chat_answer_resume(0, "");
    EXPECT("* live\n* me ann\n" SENDS("1", "1", "aa", "a"));
    accept(1, 1);
    EXPECT("* sent aa 1 1\n" SENDS("2", "1", "bb", "b"));
    chat_client_free(c);
}

static void put_earlier(struct chat_client *c, int n, const char *text, int64_t ts)
{
    unsigned char cid[CHAT_CID_HEX / 2];
    memset(cid, n, sizeof cid);
    const struct chat_client_message message = {
        .room = 1, .text = slice_str(text), .cid = cid, .ts = ts, .earlier = true};
    assert_int_equal(chat_client_send_message(c, &message, NULL), ERR_OK);
}

static void test_chat_outbox__what_an_earlier_visit_left_goes_in_the_order_of_writing(void **state)
{
    (void)state;
    const struct chat_client_message late = {.room = 1, .text = SL("d"), .ts = 9};
    struct chat_client *c = chat_live("");
    put_earlier(c, 0xcc, "c", 5); /* on its way: nothing goes before it */
    assert_int_equal(chat_client_send_message(c, &late, NULL), ERR_OK);
    put_earlier(c, 0xaa, "a", 3);
    put_earlier(c, 0xbb, "b", 3);
    put_earlier(c, 0xee, "e", 10);
    assert_int_equal(put(c, 1, 0xff, "f"), ERR_OK); /* whatever the clock says now */
    EXPECT(SENDS("1", "1", "cc", "c"));
    accept(1, 1);
    EXPECT("* sent cc 1 1\n" SENDS("2", "1", "aa", "a"));
    accept(2, 2);
    EXPECT("* sent aa 1 2\n" SENDS("3", "1", "bb", "b"));
    accept(3, 3);
    script_take(); /* d, with a cid of chance */
    accept(4, 4);
    script_take();
    accept(5, 5);
    EXPECT("* sent ee 1 5\n" SENDS("6", "1", "ff", "f"));
    chat_client_free(c);
}

static void test_chat_outbox__a_lost_answer_is_asked_for_with_the_same_cid(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    EXPECT(SENDS("1", "1", "aa", "a"));
    come_back(2); /* at once, when there is a connection again */
    EXPECT("* live\n* me ann\n" SENDS("3", "1", "aa", "a"));
    script_pass(CHAT_CLIENT_ASK_MS); /* no answer on a connection that stands */
    EXPECT("");
    script_pass(999);
    EXPECT("");
    script_pass(1);
    EXPECT(SENDS("4", "1", "aa", "a"));
    chat_answer(4, "{\"ok\":true,\"room\":1,\"seq\":5,\"ev\":6,\"ts\":1,\"dup\":true}");
    EXPECT("* sent aa 1 5\n" SENDS("5", "1", "bb", "b"));
    chat_answer(1, "{\"ok\":true,\"seq\":5}"); /* the answers of before come late */
    chat_answer(3, "{\"ok\":true,\"seq\":5}");
    EXPECT("");
    accept(5, 6);
    EXPECT("* sent bb 1 6\n");
    chat_client_free(c);
}

static void test_chat_outbox__a_refusal_for_good_does_not_hold_up_the_next(void **state)
{
    (void)state;
    static const struct {
        const char *code, *retry, *told;
    } cases[] = {{"invalid", "new", "invalid"},
                 {"muted", "new", "muted"},
                 {"forbidden", "never", "forbidden"},
                 {"cid_reused", "new", "cid_reused"},
                 {"of_tomorrow", "never", "something else"},
                 {"of_tomorrow", "", "something else"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[300];
        script_reset();
        struct chat_client *c = chat_live("");
        assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
        assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
        script_take();
        chat_refuse(1, cases[i].code, cases[i].retry, 0);
        (void)snprintf(expected, sizeof expected, "* failed aa 1: %s\n" SENDS("2", "1", "bb", "b"),
                       cases[i].told);
        EXPECT(expected);
        assert_int_equal(chat_client_waiting_n(c), 1);
        chat_client_free(c);
    }
}

static void test_chat_outbox__what_is_put_off_is_tried_again_and_not_overtaken(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    assert_int_equal(put(c, 2, 0xcc, "c"), ERR_OK); /* another room does not wait */
    EXPECT(SENDS("1", "1", "aa", "a") SENDS("2", "2", "cc", "c"));
    accept(2, 1);
    chat_refuse(1, "rate", "same", 250);
    EXPECT("* sent cc 2 1\n* put off aa 1: rate 250\n");
    script_pass(249);
    EXPECT("");
    script_pass(1);
    EXPECT(SENDS("3", "1", "aa", "a"));
    chat_refuse(3, "of_tomorrow", "same", 0); /* what it means does not matter */
    EXPECT("* put off aa 1: something else 0\n");
    script_pass(1999);
    EXPECT("");
    script_pass(1);
    EXPECT(SENDS("4", "1", "aa", "a"));
    chat_refuse(4, "auth", "never", 0); /* whoever signs in again sends it */
    EXPECT("* put off aa 1: auth 0\n");
    come_back(5);
    EXPECT("* live\n* me ann\n" SENDS("6", "1", "aa", "a"));
    accept(6, 1);
    EXPECT("* sent aa 1 1\n" SENDS("7", "1", "bb", "b"));
    chat_client_free(c);
}

static void test_chat_outbox__waits_longer_and_longer_but_never_gives_up(void **state)
{
    (void)state;
    static const uint32_t waits_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
    struct chat_client *c = chat_live("");
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    script_take();
    for (unsigned i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
        chat_refuse(i + 1, "unavailable", "same", 0);
        EXPECT("* put off aa 1: unavailable 0\n");
        script_pass(waits_ms[i] - 1);
        EXPECT("");
        script_pass(1);
        assert_non_null(strstr(script_take(), "\"send\""));
    }
    chat_client_free(c);
}

#define IN_ROOM ROOM("1", "\"slow\":60," MINE("3", "5", "3", "0", "0"))
#define SLOW(ev, seconds)                                                                          \
    EVENT_OF("1", ev, "room", "\"state\":" ROOM("1", "\"slow\":" seconds ",\"members\":2"))

static void test_chat_outbox__slow_mode_puts_it_off_until_its_time_or_its_end(void **state)
{
    (void)state;
    struct chat_client *c = chat_live(IN_ROOM);
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    EXPECT(SENDS("1", "1", "aa", "a"));
    chat_refuse(1, "slow", "same", 45000);
    EXPECT("* put off aa 1: slow 45000\n");
    script_pass(44999);
    EXPECT("");
    script_pass(1);
    EXPECT(SENDS("2", "1", "aa", "a"));
    accept(2, 4);
    EXPECT("* sent aa 1 4\n" SENDS("3", "1", "bb", "b"));
    chat_refuse(3, "slow", "same", 60000);
    script_take();
    chat_says("event", SLOW("6", "90")); /* longer: nothing new for what waits */
    assert_int_equal(chat_client_room(c, 1)->slow, 90);
    assert_null(strstr(script_take(), "send"));
    chat_says("event", SLOW("7", "10"));
    assert_non_null(strstr(script_take(), SENDS("4", "1", "bb", "b")));
    chat_refuse(4, "slow", "same", 9000);
    script_take();
    chat_says(
        "event", /* a moderator does not wait */
        EVENT_OF("1", "8", "member",
                 "\"user\":{\"id\":7,\"name\":\"ann\"},\"change\":\"role\",\"role\":\"mod\""));
    assert_non_null(strstr(script_take(), SENDS("5", "1", "bb", "b")));
    accept(5, 5);
    EXPECT("* sent bb 1 5\n");
    chat_client_free(c);
}

static void take_back(struct chat_client *c)
{
    assert_true(chat_client_unsend(c, SL(CID("aa"))));
}

static void test_chat_outbox__what_is_put_off_may_be_taken_back_from_the_callback(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    script_take();
    chat_script_inside("put off", take_back);
    chat_refuse(1, "slow", "same", 45000);
    EXPECT("* put off aa 1: slow 45000\n" SENDS("2", "1", "bb", "b"));
    chat_client_free(c);
}

static void send_next(struct chat_client *c)
{
    assert_int_equal(chat_client_waiting_n(c), 0);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
}

static void test_chat_outbox__the_next_may_be_sent_from_the_callback(void **state)
{
    (void)state;
    for (int refused = 0; refused <= 1; refused++) {
        script_reset();
        struct chat_client *c = chat_live("");
        assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
        script_take();
        chat_script_inside("sent", send_next);
        if (refused) {
            chat_refuse(1, "forbidden", "never", 0);
            EXPECT("* failed aa 1: forbidden\n" SENDS("2", "1", "bb", "b"));
        } else {
            accept(1, 1);
            EXPECT("* sent aa 1 1\n" SENDS("2", "1", "bb", "b"));
        }
        accept(2, 2);
        EXPECT("* sent bb 1 2\n");
        chat_client_free(c);
    }
}

static void test_chat_outbox__what_is_too_large_fails_and_holds_up_nothing(void **state)
{
    (void)state;
    static char large[100001];
    struct chat_client *c = chat_live("");
    memset(large, 'x',
           sizeof large - 1); /* with what is around it, above the server's maxPayload */
    assert_int_equal(put(c, 1, 0xaa, large), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    EXPECT(""); /* never inside the call */
    script_pass(0);
    EXPECT("* failed aa 1: limit exceeded\n" SENDS("1", "1", "bb", "b"));
    accept(1, 1);
    script_take();
    script_pass(100000);
    EXPECT("");
    chat_client_free(c);
}

static void test_chat_outbox__in_flight_is_capped_over_all_rooms(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    for (int i = 1; i <= CHAT_CLIENT_IN_FLIGHT_MAX + 1; i++) {
        assert_int_equal(put(c, i, i, "x"), ERR_OK);
    }
    const char *told = script_take();
    assert_non_null(strstr(told, "\"room\":16,"));
    assert_null(strstr(told, "\"room\":17,"));
    accept(3, 1);
    EXPECT("* sent 03 3 1\n" SENDS("17", "17", "11", "x"));
    assert_int_equal(put(c, 1, 0xaa, "the next of a room whose turn it is not"), ERR_OK);
    accept(1, 1);
    EXPECT("* sent 01 1 1\n" SENDS("18", "1", "aa", "the next of a room whose turn it is not"));
    chat_client_free(c);
}

static void test_chat_outbox__busy_rooms_leave_a_turn_to_the_others(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    for (int room = 1; room <= CHAT_CLIENT_IN_FLIGHT_MAX; room++) {
        assert_int_equal(put(c, room, room, "1"), ERR_OK);
        assert_int_equal(put(c, room, 0x20 + room, "2"), ERR_OK);
    }
    assert_int_equal(put(c, 99, 0x63, "of another"), ERR_OK);
    script_take();
    accept(1, 1);
    EXPECT("* sent 01 1 1\n" SENDS("17", "99", "63", "of another"));
    chat_client_free(c);
}

static void test_chat_outbox__is_capped_in_number(void **state)
{
    (void)state;
    struct chat_client *c = chat_opened();
    for (int i = 0; i < CHAT_CLIENT_OUTBOX_MAX; i++) {
        assert_int_equal(put(c, 1 + i % 3, i % 250, "x"), ERR_OK);
    }
    assert_int_equal(put(c, 1, 0xaa, "x"), ERR_RATE);
    assert_int_equal(chat_client_waiting_n(c), CHAT_CLIENT_OUTBOX_MAX);
    assert_true(chat_client_unsend(c, SL(CID("05"))));
    assert_int_equal(put(c, 1, 0xaa, "x"), ERR_OK);
    chat_client_free(c);
}

static void test_chat_outbox__is_capped_in_bytes(void **state)
{
    (void)state;
    static char text[CHAT_CLIENT_OUTBOX_BYTES_MAX / 64 + 1];
    struct chat_client *c = chat_opened();
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(put(c, 1, i, text), ERR_OK);
    }
    assert_int_equal(put(c, 1, 0xaa, "x"), ERR_RATE);
    assert_int_equal(chat_client_waiting_n(c), 64);
    assert_true(chat_client_unsend(c, SL(CID("05"))));
    assert_int_equal(put(c, 1, 0xaa, text), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, ""), ERR_OK);
    chat_client_free(c);
}

static void test_chat_outbox__what_has_not_gone_can_be_taken_back(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    assert_int_equal(put(c, 1, 0xcc, "c"), ERR_OK);
    script_take();
    assert_false(chat_client_unsend(c, SL(CID("aa")))); /* it is on its way */
    assert_false(chat_client_unsend(c, SL(CID("dd"))));
    assert_true(chat_client_unsend(c, SL(CID("bb"))));
    accept(1, 1);
    EXPECT("* sent aa 1 1\n" SENDS("2", "1", "cc", "c"));
    chat_refuse(2, "busy", "same", 5000);
    EXPECT("* put off cc 1: busy 5000\n");
    assert_true(chat_client_unsend(c, SL(CID("cc"))));
    assert_int_equal(chat_client_waiting_n(c), 0);
    assert_int_equal(put(c, 1, 0xdd, "d"), ERR_OK); /* does not wait for one that is gone */
    EXPECT(SENDS("3", "1", "dd", "d"));
    chat_client_free(c);
}

#define LEFT "{\"kind\":\"left\",\"room\":1,\"change\":\"kick\"}"

static void test_chat_outbox__of_a_room_that_is_not_ours_any_more_nothing_goes_out(void **state)
{
    (void)state;
    static const char in[] = ROOM("1", MINE("0", "1", "0", "0", "0"));
    struct chat_client *c = chat_live(in);
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    assert_int_equal(put(c, 3, 0xcc, "elsewhere"), ERR_OK);
    accept(2, 1);
    chat_refuse(1, "slow", "same", 5000);
    script_take();
    chat_says("me", LEFT);
    EXPECT("* gone 1 put out\n* failed aa 1: forbidden\n* failed bb 1: forbidden\n");
    chat_says("me", "{\"kind\":\"room\",\"room\":" ROOM("1", MINE("0", "1", "0", "0", "0")) "}");
    script_take();
    script_pass(100000);
    EXPECT("");
    assert_int_equal(put(c, 1, 0xdd, "d"), ERR_OK); /* on its way when the next one comes */
    assert_int_equal(put(c, 1, 0xee, "e"), ERR_OK);
    EXPECT(SENDS("3", "1", "dd", "d"));
    chat_says("me", LEFT);
    EXPECT("* gone 1 put out\n* failed ee 1: forbidden\n");
    come_back(4);
    assert_int_equal(chat_client_waiting_n(c), 0);
    script_take();
    script_pass(100000);
    EXPECT("");
    chat_client_free(c);
}

static void test_chat_outbox__stays_over_closing(void **state)
{
    (void)state;
    struct chat_client *c = chat_live("");
    assert_int_equal(put(c, 1, 0xaa, "a"), ERR_OK);
    assert_int_equal(put(c, 1, 0xbb, "b"), ERR_OK);
    chat_client_close(c);
    script_pass(100000);
    script_take();
    assert_int_equal(chat_client_waiting_n(c), 2);
    chat_client_open(c);
    script_pass(0);
    chat_let_in();
    script_take();
    chat_answer_resume(2, "");
    EXPECT("* live\n* me ann\n" SENDS("3", "1", "aa", "a"));
    chat_client_free(c);
}

static void test_chat_outbox__replies_and_makes_cids(void **state)
{
    (void)state;
    char hex[CHAT_CID_HEX];
    struct chat_client *c = chat_live("");
    script_chance(0x78563412);
    assert_int_equal(chat_client_send(c, 1, SL("yes"), 7, NULL, hex), ERR_OK);
    assert_memory_equal(hex, "12345678123456781234567812345678", CHAT_CID_HEX);
    EXPECT(SENT("1", "send",
                "{\"room\":1,\"cid\":\"12345678123456781234567812345678\",\"text\":\"yes\",\"reply_"
                "to\":7}"));
    chat_client_free(c);
}

static void test_chat_outbox__files_go_with_a_message_up_to_the_cap(void **state)
{
    (void)state;
    int64_t files[CHAT_FILES_MAX + 1] = {5, 6};
    unsigned char cid[CHAT_CID_HEX / 2];
    struct chat_client *c = chat_live("");
    struct chat_client_message m = {.room = 1, .files = files, .files_n = 2, .cid = cid};
    memset(cid, 0xaa, sizeof cid);
    assert_int_equal(chat_client_send_message(c, &m, NULL), ERR_OK);
    EXPECT(
        SENT("1", "send", "{\"room\":1,\"cid\":\"" CID("aa") "\",\"text\":\"\",\"files\":[5,6]}"));
    const struct slice alts[] = {SL(""), SL("A cat")};
    struct chat_client_message described = m;
    described.room = 2;
    described.alts = alts;
    assert_int_equal(chat_client_send_message(c, &described, NULL), ERR_OK);
    EXPECT(SENT("2", "send",
                "{\"room\":2,\"cid\":\"" CID("aa") "\",\"text\":\"\",\"files\":[5,6],"
                                                   "\"alts\":[\"\",\"A cat\"]}"));
    m.files_n = CHAT_FILES_MAX + 1;
    assert_int_equal(chat_client_send_message(c, &m, NULL), ERR_INVALID);
    m.files_n = CHAT_FILES_MAX;
    assert_int_equal(chat_client_send_message(c, &m, NULL), ERR_OK);
    assert_int_equal(chat_client_waiting_n(c), 3);
    chat_client_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(test_chat_outbox__##name, setup)
        TEST(is_sent_and_acknowledged),
        TEST(what_an_earlier_visit_left_goes_in_the_order_of_writing),
        TEST(what_is_said_before_there_is_a_connection_waits),
        TEST(a_lost_answer_is_asked_for_with_the_same_cid),
        TEST(a_refusal_for_good_does_not_hold_up_the_next),
        TEST(what_is_put_off_is_tried_again_and_not_overtaken),
        TEST(waits_longer_and_longer_but_never_gives_up),
        TEST(slow_mode_puts_it_off_until_its_time_or_its_end),
        TEST(what_is_put_off_may_be_taken_back_from_the_callback),
        TEST(the_next_may_be_sent_from_the_callback),
        TEST(what_is_too_large_fails_and_holds_up_nothing),
        TEST(in_flight_is_capped_over_all_rooms),
        TEST(busy_rooms_leave_a_turn_to_the_others),
        TEST(is_capped_in_number),
        TEST(is_capped_in_bytes),
        TEST(what_has_not_gone_can_be_taken_back),
        TEST(of_a_room_that_is_not_ours_any_more_nothing_goes_out),
        TEST(stays_over_closing),
        TEST(replies_and_makes_cids),
        TEST(files_go_with_a_message_up_to_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
