/* Scripts of actions, and the model they must give: what is received, kept, shown and announced;
 * and all of it without memory. */
#include "update.h"

#include "limits.h"
#include "mem.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- receiving ---- */

static void test_update_list__survives_whatever_arrives(void **state)
{
    (void)state;
    static const struct {
        const char *args;
        enum message_kind kind;
        const char *text;
    } cases[] = {
        {"{\"text\":\"a\"}", MESSAGE_TEXT, "a"},
        {"{\"text\":\"a\",\"timestamp\":\"nonsense\"}", MESSAGE_TEXT, "a"},
        {"{\"text\":\"a\",\"timestamp\":{}}", MESSAGE_TEXT, "a"},
        {"{\"text\":\"a\",\"user\":null}", MESSAGE_TEXT, "a"},
        {"{\"text\":\"\"}", MESSAGE_TEXT, ""},
        {"{\"text\":\"a\"},7", MESSAGE_TEXT, "a"},
        {"{\"text\":{}}", MESSAGE_UNKNOWN, ""},
        {"{\"text\":\"a\",\"user\":7}", MESSAGE_UNKNOWN, ""},
        {"null", MESSAGE_UNKNOWN, ""},
        {"\"text\"", MESSAGE_UNKNOWN, ""},
        {"[]", MESSAGE_UNKNOWN, ""},
        {"", MESSAGE_UNKNOWN, ""},
        {"7,{\"text\":\"a\"}", MESSAGE_UNKNOWN, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script_page p;
        script_open(&p, NULL);
        script_receive(&p, cases[i].args);
        assert_int_equal(p.m.log.count, 1);
        assert_int_equal(script_at(&p, 1)->kind, cases[i].kind);
        script_assert_slice(script_at(&p, 1)->text, cases[i].text);
        script_close(&p);
    }
}

static void test_update_list__marks_an_oversized_message(void **state)
{
    (void)state;
    struct script_page p;
    struct buf args;
    script_open(&p, NULL);
    for (size_t over = 0; over < 2; over++) {
        buf_init(&args, 1 << 20);
        assert_int_equal(buf_put(&args, SL("{\"text\":\"")), ERR_OK);
        for (size_t i = 0; i < CHAT_TEXT_CHARS_MAX + over; i++)
            assert_int_equal(buf_putc(&args, 'x'), ERR_OK);
        assert_int_equal(buf_put(&args, SL("\"}")), ERR_OK);
        script_act(&p, (struct action){.type = ACTION_MESSAGE, .text = buf_peek(&args)});
        assert_int_equal(script_at(&p, 1 + over)->kind, over ? MESSAGE_TOO_LARGE : MESSAGE_TEXT);
        buf_fini(&args);
    }
    script_close(&p);
}

static void test_update_list__believes_clocks_that_are_near(void **state)
{
    (void)state;
    static const struct {
        const char *timestamp;
        int64_t ts_ms; /* from the time of arrival */
    } cases[] = {
        {"2026-03-03T14:05:09.123Z", -1000}, {"2026-03-03T14:10:10.123Z", 300000},
        {"2026-03-03T14:10:10.124Z", 0},     {"2026-03-02T14:05:10.123Z", -86400000},
        {"2026-03-02T14:05:10.122Z", 0},     {"1970-01-01T00:00:00.000Z", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script_page p;
        char args[128];
        script_open(&p, NULL);
        (void)snprintf(args, sizeof args, "{\"text\":\"a\",\"timestamp\":\"%s\"}",
                       cases[i].timestamp);
        script_receive(&p, args);
        assert_int_equal(script_at(&p, 1)->ts_ms - p.m.wall_ms, cases[i].ts_ms);
        script_close(&p);
    }
}

static void test_update_list__shows_a_message_of_others_once(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    for (unsigned i = 0; i < 2; i++) {
        script_receive_cid(&p, 500);
        script_receive(&p, "{\"text\":\"no cid\"}");
    }
    assert_int_equal(p.m.log.count, 3);
    script_close(&p);
}

static void test_update_list__the_log_keeps_the_newest_up_to_its_cap(void **state)
{
    (void)state;
    const struct model_limits limits = {.messages_max = 100, .rows_max = 40, .rows_step = 10};
    struct script_page p;
    script_open(&p, &limits);
    for (unsigned i = 1; i <= 100; i++)
        script_receive_cid(&p, i);
    assert_int_equal(p.m.log.count, 100);
    assert_int_equal(p.m.log.first_key, 1);
    script_receive_cid(&p, 101);
    assert_int_equal(p.m.log.count, 100);
    assert_null(model_message(&p.m, 1));
    script_assert_slice(script_at(&p, 2)->cid, "00000000000000000000000000000002");
    script_receive_cid(&p, 1); /* forgotten, so it is new again */
    assert_int_equal(model_end(&p.m), 103);
    for (unsigned i = 0; i < 1000; i++)
        script_receive_cid(&p, i % 250 + 1);
    script_close(&p);
}

static void test_update_list__the_log_keeps_to_its_bytes(void **state)
{
    (void)state;
    const struct model_limits limits = {.bytes_max = 10};
    struct script_page p;
    script_open(&p, &limits);
    script_receive(&p, "{\"text\":\"12345\"}");
    script_receive(&p, "{\"text\":\"67890\"}");
    assert_int_equal(p.m.log.count, 2);
    script_receive(&p, "{\"text\":\"x\"}");
    assert_int_equal(p.m.log.count, 2);
    assert_int_equal(p.m.log.bytes, 6);
    script_receive(&p, "{\"text\":\"longer than all\"}");
    assert_int_equal(p.m.log.count, 1);
    script_close(&p);
}

/* ---- the window ---- */

static void assert_window(const struct script_page *p, uint64_t first, uint64_t end)
{
    assert_int_equal(p->m.window.first, first);
    assert_int_equal(p->m.window.end, end);
}

static void test_update_list__the_window_is_cut_by_a_step_when_full(void **state)
{
    (void)state;
    const struct model_limits limits = {.rows_max = 40, .rows_step = 10};
    struct script_page p;
    script_open(&p, &limits);
    script_receive_many(&p, 40);
    assert_window(&p, 1, 41);
    script_receive_many(&p, 1);
    assert_window(&p, 12, 42);
    script_receive_many(&p, 10);
    assert_window(&p, 12, 52);
    script_close(&p);
}

static void test_update_list__a_reader_is_left_where_he_is_and_told_what_is_new(void **state)
{
    (void)state;
    const struct model_limits limits = {.rows_max = 40, .rows_step = 10};
    struct script_page p;
    script_open(&p, &limits);
    script_receive_many(&p, 30);
    script_scroll(&p, 5000, 40);
    assert_true(p.m.window.following);
    script_scroll(&p, 5000, 41);
    assert_false(p.m.window.following);
    script_receive_many(&p, 15);
    assert_window(&p, 1, 41); /* as long as it fits */
    assert_int_equal(p.m.window.new_n, 15);
    script_scroll(&p, 5000, 10); /* the end of the window is not the end */
    assert_false(p.m.window.following);
    assert_window(&p, 6, 46);
    script_scroll(&p, 5000, 10);
    assert_true(p.m.window.following);
    assert_int_equal(p.m.window.new_n, 0);
    script_close(&p);
}

static void test_update_list__scrolling_up_brings_older_rows(void **state)
{
    (void)state;
    const struct model_limits limits = {.rows_max = 40, .rows_step = 10};
    struct script_page p;
    script_open(&p, &limits);
    script_receive_many(&p, 100);
    script_scroll(&p, 100, 3000);
    uint64_t first = p.m.window.first;
    script_scroll(&p, 100, 3000);
    assert_window(&p, first - 10, first + 30);
    for (unsigned i = 0; i < 20; i++)
        script_scroll(&p, 0, 3000);
    assert_window(&p, 1, 41);
    assert_true(p.m.window.far);
    script_act(&p, (struct action){.type = ACTION_JUMP});
    assert_window(&p, 71, 101);
    assert_true(p.m.window.following);
    script_close(&p);
}

static void test_update_list__sending_goes_to_the_end(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive_many(&p, 30);
    script_scroll(&p, 0, 3000);
    script_say(&p, "here");
    assert_true(p.m.window.following);
    script_scroll(&p, 0, 3000);
    script_act(&p, (struct action){.type = ACTION_ESCAPE, .press = {.composing = true}});
    assert_false(p.m.window.following);
    script_act(&p, (struct action){.type = ACTION_ESCAPE});
    assert_true(p.fx.handled);
    assert_true(p.m.window.following);
    script_act(&p, (struct action){.type = ACTION_ESCAPE});
    assert_false(p.fx.handled);
    script_close(&p);
}

static void test_update_list__the_log_may_forget_what_the_window_shows(void **state)
{
    (void)state;
    const struct model_limits limits = {.messages_max = 50, .rows_max = 40, .rows_step = 10};
    struct script_page p;
    script_open(&p, &limits);
    script_receive_many(&p, 50);
    for (unsigned i = 0; i < 5; i++)
        script_scroll(&p, 0, 3000);
    assert_window(&p, 1, 41);
    script_receive_many(&p, 45);
    assert_int_equal(p.m.window.first, p.m.log.first_key);
    script_receive_many(&p, 100);
    script_scroll(&p, 0, 0);
    script_act(&p, (struct action){.type = ACTION_JUMP});
    assert_int_equal(p.m.window.end, model_end(&p.m));
    script_close(&p);
}

/* ---- announcements ---- */

static void assert_last_say(const struct script_page *p, const char *expected)
{
    const struct announcer *a = &p->m.announcer;
    assert_true(a->next_id > 0);
    script_assert_slice(buf_peek(&a->says[(a->next_id - 1) % MODEL_SAYS_MAX].text), expected);
}

static void test_update_list__announces_a_few_and_sums_up_the_rest(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, "{\"text\":\"unseen\",\"user\":\"Bo\"}");
    assert_int_equal(p.m.announcer.next_id, 0); /* without the focus: silent */
    script_act(&p, (struct action){.type = ACTION_FOCUS, .on = true});
    script_status(&p, SOCK_LIVE);
    script_say(&p, "mine");
    script_later(&p, UPDATE_DRAFT_SAVE_MS);
    assert_int_equal(p.m.announcer.next_id, 0);
    script_receive(&p, "{\"text\":\"one\",\"user\":\"Bo\"}");
    assert_last_say(&p, "Bo: one");
    script_receive(&p, "{\"text\":\"two\"}");
    assert_last_say(&p, "Someone: two");
    script_receive(&p, "{\"text\":\"three\",\"user\":\"Bo\"}");
    for (unsigned i = 0; i < 7; i++)
        script_receive(&p, "{\"text\":\"more\",\"user\":\"Bo\"}");
    script_receive(&p, "{\"text\":\"more\",\"user\":\"Cy\"}");
    assert_last_say(&p, "Bo: three");
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + UPDATE_BURST_MS);
    script_later(&p, UPDATE_BURST_MS);
    assert_last_say(&p, "8 more messages from Bo and others");
    script_later(&p, UPDATE_BURST_MS);
    script_receive(&p, "{\"text\":\"calm\",\"user\":\"Bo\"}");
    assert_last_say(&p, "Bo: calm");
    script_close(&p);
}

/* ---- memory ---- */

static void short_life(struct script_page *p)
{
    const struct model_limits limits = {.messages_max = 70, .rows_max = 20, .rows_step = 5};
    script_open(p, &limits);
    script_act(p, (struct action){.type = ACTION_FOCUS, .on = true});
    script_status(p, SOCK_LIVE);
    script_type(p, SL("one"));
    script_act(p, (struct action){.type = ACTION_SEND, .cid = script_next_cid(p)});
    script_receive_many(p, 80);
    script_status(p, SOCK_WAITING);
    script_type(p, SL("two"));
    script_act(p, (struct action){.type = ACTION_SEND, .cid = script_next_cid(p)});
    script_act(p, (struct action){.type = ACTION_NAME, .text = SL("Bo")});
    script_status(p, SOCK_LIVE);
    script_later(p, 3000);
}

static void test_update_list__stands_every_failing_allocation(void **state)
{
    (void)state;
    for (int sticky = 0; sticky < 2; sticky++) {
        for (unsigned long n = 1; n < 400; n++) {
            struct script_page p;
            mem_fail_after(n, sticky);
            short_life(&p);
            mem_fail_after(0, 0);
            /* Either it was sent, or it is still in the composer or refused aloud. */
            bool kept = p.m.composer.draft.n > 0 || p.m.composer.stale;
            bool sent = false;
            for (uint64_t key = p.m.log.first_key; key < model_end(&p.m); key++)
                sent = sent || slice_eq(script_at(&p, key)->text, SL("two"));
            assert_true(sent || kept);
            script_close(&p);
        }
    }
}

static void test_update_list__home_is_the_oldest_message_kept(void **state)
{
    (void)state;
    const struct model_limits limits = {.messages_max = 100, .rows_max = 40, .rows_step = 10};
    struct script_page p;
    script_open(&p, &limits);
    script_act(&p, (struct action){.type = ACTION_HOME});
    script_receive_many(&p, 250);
    script_act(&p, (struct action){.type = ACTION_HOME});
    assert_true(p.fx.handled);
    assert_int_equal(script_count(&p, EFFECT_GO_HOME), 1);
    assert_int_equal(p.m.window.first, 151);
    assert_int_equal(p.m.window.end, 191);
    assert_false(p.m.window.following);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_list__home_is_the_oldest_message_kept),
        cmocka_unit_test(test_update_list__survives_whatever_arrives),
        cmocka_unit_test(test_update_list__marks_an_oversized_message),
        cmocka_unit_test(test_update_list__believes_clocks_that_are_near),
        cmocka_unit_test(test_update_list__shows_a_message_of_others_once),
        cmocka_unit_test(test_update_list__the_log_keeps_the_newest_up_to_its_cap),
        cmocka_unit_test(test_update_list__the_log_keeps_to_its_bytes),
        cmocka_unit_test(test_update_list__the_window_is_cut_by_a_step_when_full),
        cmocka_unit_test(test_update_list__a_reader_is_left_where_he_is_and_told_what_is_new),
        cmocka_unit_test(test_update_list__scrolling_up_brings_older_rows),
        cmocka_unit_test(test_update_list__sending_goes_to_the_end),
        cmocka_unit_test(test_update_list__the_log_may_forget_what_the_window_shows),
        cmocka_unit_test(test_update_list__announces_a_few_and_sums_up_the_rest),
        cmocka_unit_test(test_update_list__stands_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
