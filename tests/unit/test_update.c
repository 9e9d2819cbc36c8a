/* Scripts of actions, and the model and effects they must give: names, drafts, sending, the
 * connection. */
#include "update.h"

#include "limits.h"
#include "upd_conn.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- names and drafts ---- */

#define LONG_NAME "1234567890123456789012345678901234567890123456789012345678901234"

static void test_update__gives_a_guest_name_once(void **state)
{
    (void)state;
    struct script_page p = {0};
    model_init(&p.m, NULL);
    script_act(&p, (struct action){.type = ACTION_START, .start = {.random = 234}});
    script_assert_slice(buf_peek(&p.m.name), "guest-1234");
    assert_int_equal(script_count(&p, EFFECT_SAVE_NAME), 1);
    assert_int_equal(script_count(&p, EFFECT_SHOW_NAME), 1);
    script_close(&p);
}

static void test_update__takes_names_trimmed_and_cut(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *name;
        bool shown_again;
    } cases[] = {
        {"Bo", "Bo", false},
        {"  Bo \n", "Bo", true},
        {"   ", "Ana", true},
        {"", "Ana", true},
        {LONG_NAME, LONG_NAME, false},
        {LONG_NAME "x", LONG_NAME, true},
        {" \xE2\x80\xAE"
         "Bo\x01\xE2\x81\xA6 \x7F",
         "Bo", true}, /* U+202E, U+2066 */
        {"\xE2\x80\xAE", "Ana", true},
        {"B\xE2\x80\x99o\xE2\x82\xAC", "B\xE2\x80\x99o\xE2\x82\xAC", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script_page p;
        script_open(&p, NULL);
        script_act(&p, (struct action){.type = ACTION_NAME, .text = slice_str(cases[i].typed)});
        script_assert_slice(buf_peek(&p.m.name), cases[i].name);
        assert_int_equal(script_count(&p, EFFECT_SHOW_NAME), cases[i].shown_again);
        script_close(&p);
    }
}

static void test_update__what_is_typed_before_the_start_wins_over_the_draft(void **state)
{
    (void)state;
    struct script_page p = {0};
    model_init(&p.m, NULL);
    script_act(&p, (struct action){.type = ACTION_START,
                                   .start = {.draft = SL("old"), .typed = SL("new")}});
    script_assert_slice(buf_peek(&p.m.composer.draft), "new");
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 0);
    script_close(&p);
    memset(&p, 0, sizeof p);
    model_init(&p.m, NULL);
    script_act(&p, (struct action){.type = ACTION_START, .start = {.draft = SL("old")}});
    script_assert_slice(buf_peek(&p.m.composer.draft), "old");
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 1);
    script_close(&p);
}

static void test_update__saves_the_draft_a_moment_after_the_first_key(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("h"));
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + UPDATE_DRAFT_SAVE_MS);
    p.now_ms += UPDATE_DRAFT_SAVE_MS - 1;
    script_type(&p, SL("he"));
    script_later(&p, 0);
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFT), 0);
    script_later(&p, 1);
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFT), 1);
    script_later(&p, 1000);
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFT), 0);
    script_type(&p, SL("hel"));
    script_act(&p, (struct action){.type = ACTION_HIDE});
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFT), 1);
    script_close(&p);
}

/* ---- sending ---- */

static void test_update__shows_an_own_message_at_once_and_confirms_it_by_its_echo(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_status(&p, SOCK_LIVE);
    script_say(&p, "  hello\n");
    assert_int_equal(script_count(&p, EFFECT_EMIT), 1);
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 1);
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFT), 1);
    assert_int_equal(p.m.composer.draft.n, 0);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_SENDING);
    script_assert_slice(script_at(&p, 1)->text, "hello");
    script_receive_cid(&p, 1);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_SENT);
    assert_int_equal(p.m.log.count, 1);
    script_receive_cid(&p, 1);
    assert_int_equal(p.m.log.count, 1);
    script_close(&p);
}

static void test_update__encodes_what_the_relay_understands(void **state)
{
    (void)state;
    struct script_page p;
    struct buf out;
    script_open(&p, NULL);
    script_say(&p, "say \"hi\"\n");
    buf_init(&out, 1000);
    assert_int_equal(update_encode(&p.m, 1, &out), ERR_OK);
    script_assert_slice(buf_peek(&out),
                        "{\"text\":\"say \\\"hi\\\"\",\"timestamp\":\"2026-03-03T14:05:10.123Z\","
                        "\"user\":\"Ana\",\"cid\":\"00000000000000000000000000000001\"}");
    assert_int_equal(update_encode(&p.m, 2, &out), ERR_NOTFOUND);
    buf_fini(&out);
    script_close(&p);
}

static void test_update__sends_nothing_for_white_space(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_status(&p, SOCK_LIVE);
    script_say(&p, " \n\t ");
    assert_int_equal(p.m.log.count, 0);
    assert_int_equal(p.fx.n, 1); /* the focus */
    script_close(&p);
}

static void test_update__keeps_messages_while_offline_and_sends_them_with_the_same_cid(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "one");
    script_say(&p, "two");
    assert_int_equal(script_count(&p, EFFECT_EMIT), 0);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_QUEUED);
    script_status(&p, SOCK_LIVE);
    assert_int_equal(script_count(&p, EFFECT_EMIT), 2);
    assert_int_equal(p.fx.list[0].key, 1);
    assert_int_equal(p.fx.list[1].key, 2);
    script_receive_cid(&p, 1);
    script_status(&p, SOCK_WAITING);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_SENT);
    assert_int_equal(script_at(&p, 2)->state, MESSAGE_QUEUED);
    script_status(&p, SOCK_CONNECTING);
    script_status(&p, SOCK_LIVE);
    assert_int_equal(script_count(&p, EFFECT_EMIT), 1);
    assert_int_equal(p.fx.list[0].key, 2);
    script_assert_slice(script_at(&p, 2)->cid, "00000000000000000000000000000002");
    script_receive_cid(&p, 2);
    script_receive_cid(&p, 2);          /* it had got through the first time, too */
    assert_int_equal(p.m.log.count, 3); /* with the gap */
    script_close(&p);
}

static void test_update__keeps_a_bounded_number_under_way(void **state)
{
    (void)state;
    const struct model_limits limits = {.in_flight_max = 2};
    struct script_page p;
    script_open(&p, &limits);
    script_say(&p, "one");
    script_say(&p, "two");
    script_say(&p, "three");
    script_status(&p, SOCK_LIVE);
    assert_int_equal(script_count(&p, EFFECT_EMIT), 2);
    assert_int_equal(script_at(&p, 3)->state, MESSAGE_QUEUED);
    script_receive_cid(&p, 2);
    assert_int_equal(script_count(&p, EFFECT_EMIT), 1);
    assert_int_equal(p.fx.list[0].key, 3);
    script_close(&p);
}

static void test_update__sends_more_than_one_action_can_carry(void **state)
{
    (void)state;
    const struct model_limits limits = {.in_flight_max = 1000};
    struct script_page p;
    script_open(&p, &limits);
    for (unsigned i = 0; i < 60; i++)
        script_say(&p, "x");
    script_status(&p, SOCK_LIVE);
    unsigned sent_n = script_count(&p, EFFECT_EMIT);
    assert_in_range(sent_n, 1, EFFECTS_MAX);
    for (unsigned i = 1; i <= 60; i++) {
        script_receive_cid(&p, i);
        sent_n += script_count(&p, EFFECT_EMIT);
    }
    assert_int_equal(sent_n, 60);
    assert_int_equal(p.m.queued_n + p.m.in_flight_n, 0);
    script_close(&p);
}

static void test_update__fails_without_an_echo_and_takes_a_late_one(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_status(&p, SOCK_LIVE);
    script_say(&p, "hello");
    script_later(&p, UPDATE_DRAFT_SAVE_MS); /* kept */
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + UPDATE_SLOW_AFTER_MS - UPDATE_DRAFT_SAVE_MS);
    script_later(&p, UPDATE_SLOW_AFTER_MS - UPDATE_DRAFT_SAVE_MS);
    assert_int_equal(update_wake_ms(&p.m),
                     p.now_ms + UPDATE_ECHO_TIMEOUT_MS - UPDATE_SLOW_AFTER_MS);
    script_later(&p, UPDATE_ECHO_TIMEOUT_MS - UPDATE_SLOW_AFTER_MS - 1);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_SENDING);
    script_later(&p, 1);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_FAILED);
    script_act(&p, (struct action){.type = ACTION_RETRY, .key = 1});
    assert_int_equal(script_count(&p, EFFECT_EMIT), 1);
    script_assert_slice(script_at(&p, 1)->cid, "00000000000000000000000000000001");
    script_later(&p, UPDATE_ECHO_TIMEOUT_MS);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_FAILED);
    script_receive_cid(&p, 1);
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_SENT);
    script_close(&p);
}

static void test_update__discards_only_what_failed(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_status(&p, SOCK_LIVE);
    script_say(&p, "hello");
    script_act(&p, (struct action){.type = ACTION_DISCARD, .key = 1});
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_SENDING);
    script_act(&p, (struct action){.type = ACTION_UNSENT, .key = 1});
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_FAILED);
    script_act(&p, (struct action){.type = ACTION_DISCARD, .key = 1});
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_GONE);
    script_act(&p, (struct action){.type = ACTION_RETRY, .key = 1});
    script_act(&p, (struct action){.type = ACTION_RETRY, .key = 77});
    script_act(&p, (struct action){.type = ACTION_DISCARD, .key = 0});
    assert_int_equal(script_count(&p, EFFECT_EMIT), 0);
    script_receive_cid(&p, 1); /* so it did get through: say so */
    assert_int_equal(script_at(&p, 1)->state, MESSAGE_SENT);
    script_close(&p);
}

static void fill_draft(struct script_page *p, size_t chars_n)
{
    struct buf text;
    buf_init(&text, MODEL_DRAFT_BYTES_MAX);
    for (size_t i = 0; i < chars_n; i++)
        assert_int_equal(buf_put(&text, SL("\xC3\xA9")), ERR_OK);
    script_type(p, buf_peek(&text));
    buf_fini(&text);
}

static void test_update__refuses_one_character_too_many_and_loses_nothing(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    fill_draft(&p, CHAT_TEXT_CHARS_MAX + 1);
    script_act(&p, (struct action){.type = ACTION_SEND, .cid = script_next_cid(&p)});
    assert_int_equal(p.m.log.count, 0);
    assert_int_equal(p.m.composer.hint, HINT_TOO_LONG);
    assert_int_equal(p.m.composer.draft.n, 2 * (CHAT_TEXT_CHARS_MAX + 1));
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 0);
    fill_draft(&p, CHAT_TEXT_CHARS_MAX);
    assert_int_equal(p.m.composer.hint, HINT_NONE);
    script_act(&p, (struct action){.type = ACTION_SEND, .cid = script_next_cid(&p)});
    assert_int_equal(p.m.log.count, 1);
    script_close(&p);
}

static void test_update__refuses_a_draft_larger_than_it_can_keep(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    static char huge[MODEL_DRAFT_BYTES_MAX + 1];
    memset(huge, ' ', sizeof huge);
    script_type(&p, (struct slice){huge, sizeof huge});
    script_act(&p, (struct action){.type = ACTION_SEND, .cid = script_next_cid(&p)});
    assert_int_equal(p.m.log.count, 0);
    assert_int_equal(p.m.composer.hint, HINT_TOO_LONG);
    script_close(&p);
}

static void test_update__enter_sends_unless_it_means_something_else(void **state)
{
    (void)state;
    static const struct {
        struct action_press press;
        bool coarse, sends;
    } cases[] = {
        {{0}, false, true},
        {{.shift = true}, false, false},
        {{.composing = true}, false, false},
        {{.composing = true, .modifier = true}, false, false},
        {{0}, true, false},
        {{.modifier = true}, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script_page p;
        script_open(&p, NULL);
        p.m.coarse = cases[i].coarse;
        script_type(&p, SL("hi"));
        script_act(&p, (struct action){.type = ACTION_ENTER,
                                       .cid = script_next_cid(&p),
                                       .press = cases[i].press});
        assert_int_equal(p.fx.handled, cases[i].sends);
        assert_int_equal(p.m.log.count, cases[i].sends);
        script_close(&p);
    }
}

static void test_update__a_finger_is_not_given_a_keyboard(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    p.m.coarse = true;
    script_say(&p, "hi");
    assert_int_equal(script_count(&p, EFFECT_FOCUS_COMPOSER), 0);
    p.m.coarse = false;
    script_say(&p, "hi");
    assert_int_equal(script_count(&p, EFFECT_FOCUS_COMPOSER), 1);
    script_close(&p);
}

/* ---- the connection ---- */

static void test_update__is_silent_for_two_seconds(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    assert_false(upd_conn_troubled(&p.m));
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + UPDATE_BANNER_AFTER_MS);
    script_later(&p, UPDATE_BANNER_AFTER_MS);
    assert_true(upd_conn_troubled(&p.m));
    script_status(&p, SOCK_LIVE);
    assert_false(upd_conn_troubled(&p.m));
    script_status(&p, SOCK_WAITING);
    script_later(&p, UPDATE_BANNER_AFTER_MS - 1);
    assert_false(upd_conn_troubled(&p.m));
    script_status(&p, SOCK_CONNECTING); /* a try does not start the count again */
    script_later(&p, 1);
    assert_true(upd_conn_troubled(&p.m));
    script_close(&p);
}

static void test_update__counts_seconds_down(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_later(&p, 3000);
    script_status(&p, SOCK_WAITING); /* 5000 ms */
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + 1000);
    script_later(&p, 1300);
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + 700);
    script_later(&p, 3700);
    assert_int_equal(update_wake_ms(&p.m), INT64_MAX);
    script_act(&p, (struct action){.type = ACTION_RETRY_NOW});
    assert_int_equal(script_count(&p, EFFECT_CONNECT_NOW), 1);
    script_close(&p);
}

static void test_update__follows_every_state_of_the_socket(void **state)
{
    (void)state;
    static const struct {
        enum sock_state told;
        enum conn_state becomes;
    } script[] = {
        {SOCK_CONNECTING, CONN_CONNECTING},
        {SOCK_LIVE, CONN_LIVE},
        {SOCK_CONNECTING, CONN_RECONNECTING},
        {SOCK_WAITING, CONN_RECONNECTING},
        {SOCK_CLOSED, CONN_CLOSED},
        {SOCK_CONNECTING, CONN_RECONNECTING},
        {SOCK_LIVE, CONN_LIVE},
        {SOCK_CLOSED, CONN_CLOSED},
    };
    struct script_page p;
    script_open(&p, NULL);
    for (size_t i = 0; i < sizeof script / sizeof *script; i++) {
        script_status(&p, script[i].told);
        assert_int_equal(p.m.conn.state, script[i].becomes);
    }
    script_act(&p, (struct action){.type = ACTION_NETWORK, .on = false});
    assert_false(p.m.conn.network);
    assert_int_equal(script_count(&p, EFFECT_NETWORK), 1);
    script_close(&p);
}

/* Messages and gaps of the log, as letters. */
static void assert_kinds(struct script_page *p, const char *expected)
{
    char kinds[32] = "";
    assert_in_range(p->m.log.count, 0, sizeof kinds - 1);
    for (size_t i = 0; i < p->m.log.count; i++)
        kinds[i] = script_at(p, p->m.log.first_key + i)->kind == MESSAGE_GAP ? 'g' : 'm';
    assert_string_equal(kinds, expected);
}

static void flap(struct script_page *p, int64_t down_ms)
{
    script_status(p, SOCK_WAITING);
    script_later(p, down_ms);
    script_status(p, SOCK_LIVE);
}

static void test_update__owns_up_to_a_gap_once(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    flap(&p, 60000); /* it had never been up: nothing was lost */
    assert_kinds(&p, "");
    script_receive_many(&p, 1);
    flap(&p, 60000);
    assert_kinds(&p, "mg");
    assert_int_equal(script_at(&p, 2)->end_ms - script_at(&p, 2)->ts_ms, 60000);
    assert_int_equal(p.m.window.new_n, 0);
    flap(&p, 1000);
    flap(&p, 1000);
    assert_kinds(&p, "mg");
    assert_int_equal(script_at(&p, 2)->end_ms - script_at(&p, 2)->ts_ms, 62000);
    script_scroll(&p, 5000, 5000);
    script_receive_many(&p, 1);
    flap(&p, 1000);
    assert_kinds(&p, "mgmg");
    assert_int_equal(p.m.window.new_n, 1);
    script_status(&p, SOCK_WAITING);
    script_act(&p, (struct action){.type = ACTION_STATUS,
                                   .status = {.state = SOCK_LIVE, .recovered = true}});
    script_receive_many(&p, 1);
    assert_kinds(&p, "mgmgm");
    script_close(&p);
}

static void test_update__a_gap_begins_when_the_device_fell_asleep(void **state)
{
    (void)state;
    struct script_page p;
    struct effects fx = {0};
    script_open(&p, NULL);
    script_status(&p, SOCK_LIVE);
    /* The host's clock stood still for an hour. */
    const struct action lost = {.type = ACTION_STATUS,
                                .now_ms = p.now_ms,
                                .wall_ms = SCRIPT_WALL_MS + p.now_ms + 3600000,
                                .status = {.state = SOCK_WAITING}};
    struct action back = lost;
    back.status.state = SOCK_LIVE;
    update(&p.m, &lost, &fx);
    update(&p.m, &back, &fx);
    assert_int_equal(script_at(&p, 1)->ts_ms, SCRIPT_WALL_MS + p.now_ms);
    assert_int_equal(script_at(&p, 1)->end_ms, back.wall_ms);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update__gives_a_guest_name_once),
        cmocka_unit_test(test_update__takes_names_trimmed_and_cut),
        cmocka_unit_test(test_update__what_is_typed_before_the_start_wins_over_the_draft),
        cmocka_unit_test(test_update__saves_the_draft_a_moment_after_the_first_key),
        cmocka_unit_test(test_update__shows_an_own_message_at_once_and_confirms_it_by_its_echo),
        cmocka_unit_test(test_update__encodes_what_the_relay_understands),
        cmocka_unit_test(test_update__sends_nothing_for_white_space),
        cmocka_unit_test(
            test_update__keeps_messages_while_offline_and_sends_them_with_the_same_cid),
        cmocka_unit_test(test_update__keeps_a_bounded_number_under_way),
        cmocka_unit_test(test_update__sends_more_than_one_action_can_carry),
        cmocka_unit_test(test_update__fails_without_an_echo_and_takes_a_late_one),
        cmocka_unit_test(test_update__discards_only_what_failed),
        cmocka_unit_test(test_update__refuses_one_character_too_many_and_loses_nothing),
        cmocka_unit_test(test_update__refuses_a_draft_larger_than_it_can_keep),
        cmocka_unit_test(test_update__enter_sends_unless_it_means_something_else),
        cmocka_unit_test(test_update__a_finger_is_not_given_a_keyboard),
        cmocka_unit_test(test_update__is_silent_for_two_seconds),
        cmocka_unit_test(test_update__counts_seconds_down),
        cmocka_unit_test(test_update__follows_every_state_of_the_socket),
        cmocka_unit_test(test_update__owns_up_to_a_gap_once),
        cmocka_unit_test(test_update__a_gap_begins_when_the_device_fell_asleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
