/* What the page shows of a model: golden logs of the operations a script of actions leads to. */
#include "view.h"

#include "fake_dom.h"
#include "limits.h"
#include "mem.h"
#include "update_script.h"
#include "vdiff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct shown_page {
    struct script_page page;
    struct vdiff vdiff;
    struct domop ops;
    struct fake_dom *dom;
    struct buf log; /* of the last drawing, with a NUL */
};

static void draw(struct shown_page *s)
{
    domop_reset(&s->ops);
    view(&s->page.m, vdiff_begin(&s->vdiff));
    assert_int_equal(vdiff_commit(&s->vdiff, &s->ops), ERR_OK);
    fake_dom_apply(s->dom, buf_peek(&s->ops.words));
    fake_dom_check(s->dom, &s->vdiff.trees[s->vdiff.shown]);
    buf_reset(&s->log);
    assert_int_equal(domop_print(buf_peek(&s->ops.words), &s->log), ERR_OK);
    assert_int_equal(buf_putc(&s->log, '\0'), ERR_OK);
}

static void open_shown(struct shown_page *s, const struct model_limits *limits)
{
    memset(s, 0, sizeof *s);
    script_open(&s->page, limits);
    vdiff_init(&s->vdiff);
    domop_init(&s->ops);
    buf_init(&s->log, 8u << 20);
    s->dom = fake_dom_new();
    draw(s);
}

static void close_shown(struct shown_page *s)
{
    script_close(&s->page);
    vdiff_fini(&s->vdiff);
    domop_fini(&s->ops);
    buf_fini(&s->log);
    fake_dom_free(s->dom);
}

static void assert_log(struct shown_page *s, const char *expected)
{
    draw(s);
    assert_string_equal(s->log.p, expected);
}

static void assert_shows(struct shown_page *s, const char *line)
{
    draw(s);
    if (!strstr(s->log.p, line))
        fail_msg("no line %s in:\n%s", line, s->log.p);
}

static void test_view__first_drawing(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    assert_string_equal(s.log.p, "ATTR ROOT SELF data-app \"ready\"\n"
                                 "ATTR ROOT SELF data-conn \"connecting\"\n"
                                 "TEXT TITLE SELF \"#lobby - Tincan\"\n"
                                 "TEXT CONN_TEXT SELF \"Connecting\"\n"
                                 "ATTR BANNER SELF hidden \"\"\n"
                                 "TEXT BANNER_TEXT SELF \"\"\n"
                                 "ATTR BANNER_RETRY SELF hidden \"\"\n"
                                 "UNATTR EMPTY SELF hidden\n"
                                 "ATTR JUMP SELF hidden \"\"\n"
                                 "TEXT JUMP_TEXT SELF \"Jump to latest\"\n"
                                 "ATTR INPUT SELF enterkeyhint \"send\"\n"
                                 "UNATTR SEND SELF disabled\n"
                                 "ATTR COUNTER SELF hidden \"\"\n"
                                 "UNATTR COUNTER SELF data-over\n"
                                 "TEXT HINT SELF \"\"\n");
    assert_log(&s, "");
    close_shown(&s);
}

static void test_view__a_message_of_ours_from_pending_to_sent(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_status(&s.page, SOCK_LIVE);
    assert_log(&s, "ATTR ROOT SELF data-conn \"live\"\n"
                   "TEXT CONN_TEXT SELF \"Live\"\n");
    script_say(&s.page, "<b>hi</b>");
    assert_log(&s, "CLONE 64 ROW\n"
                   "ATTR 64 SELF data-key \"1\"\n"
                   "ATTR 64 SELF data-state \"pending\"\n"
                   "ATTR 64 SELF data-cid \"00000000000000000000000000000001\"\n"
                   "ATTR 64 SELF data-own \"\"\n"
                   "TEXT 64 AVATAR \"A\"\n"
                   "ATTR 64 AVATAR data-hue \"0\"\n"
                   "TEXT 64 AUTHOR \"Ana\"\n"
                   "TEXT 64 TIME \"14:05\"\n"
                   "ATTR 64 TIME datetime \"2026-03-03T14:05:10.123Z\"\n"
                   "ATTR 64 TIME title \"Tuesday 3 March 2026, 14:05:10 (UTC+00:00)\"\n"
                   "TEXT 64 BODY \"<b>hi</b>\"\n"
                   "INSERT LIST 64 0\n"
                   "CLONE 65 DAY\n"
                   "TEXT 65 LABEL \"Today\"\n"
                   "ATTR 65 LABEL aria-label \"Today\"\n"
                   "INSERT LIST 65 64\n"
                   "ATTR EMPTY SELF hidden \"\"\n");
    script_receive_cid(&s.page, 1);
    assert_log(&s, "ATTR 64 SELF data-state \"sent\"\n");
    close_shown(&s);
}

static void test_view__an_unconfirmed_message_grows_words_and_buttons(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_say(&s.page, "hi");
    assert_shows(&s, "TEXT 65 LABEL \"Will send when online\"\n"
                     "INSERT 64 65 0\n");
    script_status(&s.page, SOCK_LIVE);
    assert_shows(&s, "REMOVE 65\n");
    script_later(&s.page, UPDATE_SLOW_AFTER_MS);
    assert_log(&s, "CLONE 67 STATE\n"
                   "TEXT 67 LABEL \"Sending\xE2\x80\xA6\"\n"
                   "INSERT 64 67 0\n");
    script_later(&s.page, UPDATE_ECHO_TIMEOUT_MS);
    assert_log(&s, "ATTR 64 SELF data-state \"failed\"\n"
                   "TEXT 67 LABEL \"Not confirmed. It may have arrived all the same.\"\n"
                   "CLONE 68 ACTIONS\n"
                   "INSERT 64 68 0\n");
    script_act(&s.page, (struct action){.type = ACTION_DISCARD, .key = 1});
    assert_shows(&s, "DROP 67\n"
                     "DROP 68\n"
                     "REMOVE 64\n");
    close_shown(&s);
}

static void test_view__the_banner_waits_counts_and_goes(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_status(&s.page, SOCK_LIVE);
    draw(&s);
    script_status(&s.page, SOCK_WAITING);
    /* Nothing is said of it yet. */
    assert_log(&s, "ATTR ROOT SELF data-conn \"reconnecting\"\n"
                   "UNATTR BANNER_RETRY SELF hidden\n");
    script_later(&s.page, 2000);
    assert_log(&s, "TEXT CONN_TEXT SELF \"Reconnecting\"\n"
                   "UNATTR BANNER SELF hidden\n"
                   "TEXT BANNER_TEXT SELF \"Connection lost. What you write is kept and sent when "
                   "it is back.\"\n"
                   "TEXT BANNER_COUNTDOWN SELF \"Next try in 3 s\"\n");
    script_later(&s.page, 1000);
    assert_log(&s, "TEXT BANNER_COUNTDOWN SELF \"Next try in 2 s\"\n");
    script_act(&s.page, (struct action){.type = ACTION_NETWORK, .on = false});
    assert_shows(&s, "ATTR ROOT SELF data-conn \"offline\"\n");
    script_act(&s.page, (struct action){.type = ACTION_NETWORK, .on = true});
    draw(&s);
    script_act(&s.page,
               (struct action){.type = ACTION_STATUS,
                               .status = {.state = SOCK_LIVE, .polling = true, .recovered = true}});
    assert_log(&s, "ATTR ROOT SELF data-conn \"polling\"\n"
                   "TEXT CONN_TEXT SELF \"Live, by polling\"\n"
                   "ATTR BANNER SELF hidden \"\"\n"
                   "TEXT BANNER_TEXT SELF \"\"\n"
                   "TEXT BANNER_COUNTDOWN SELF \"\"\n"
                   "ATTR BANNER_RETRY SELF hidden \"\"\n");
    close_shown(&s);
}

static void refuse(struct shown_page *s, struct slice reason)
{
    script_act(&s->page,
               (struct action){.type = ACTION_STATUS,
                               .status = {.state = SOCK_CLOSED,
                                          .reason = reason,
                                          .refusal_json = SL("{\"message\":\"whatever\"}")}});
}

static void test_view__a_refusal_is_told_at_once_in_words(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_status(&s.page, SOCK_CONNECTING);
    assert_log(&s, "");
    refuse(&s, SL("Invalid namespace"));
    assert_log(&s, "ATTR ROOT SELF data-conn \"offline\"\n"
                   "TEXT CONN_TEXT SELF \"Offline\"\n"
                   "UNATTR BANNER SELF hidden\n"
                   "TEXT BANNER_TEXT SELF \"This server has no open lobby. It says: "
                   "\xE2\x80\x9CInvalid namespace\xE2\x80\x9D. What you write is kept here.\"\n"
                   "TEXT BANNER_COUNTDOWN SELF \"\"\n"
                   "UNATTR BANNER_RETRY SELF hidden\n");
    refuse(&s, SL("full"));
    assert_shows(&s, "The server did not let you in. It says: \xE2\x80\x9C"
                     "full\xE2\x80\x9D.");
    script_status(&s.page, SOCK_CLOSED);
    assert_shows(&s, "The server ended the connection.");
    close_shown(&s);
}

static void test_view__a_server_never_reached_is_not_said_to_be_lost(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_status(&s.page, SOCK_WAITING);
    assert_log(&s, "ATTR ROOT SELF data-conn \"reconnecting\"\n"
                   "UNATTR BANNER_RETRY SELF hidden\n"); /* and no word of "Live" */
    script_later(&s.page, UPDATE_BANNER_AFTER_MS);
    assert_shows(&s, "Cannot reach the server. What you write is kept and sent when it answers.");
    close_shown(&s);
}

static void lose(struct shown_page *s, int64_t ms)
{
    script_status(&s->page, SOCK_WAITING);
    script_later(&s->page, ms);
    script_status(&s->page, SOCK_LIVE);
}

static void test_view__a_gap_names_its_times(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_status(&s.page, SOCK_LIVE);
    lose(&s, 10000);
    assert_shows(&s, "LABEL \"Connection was lost for a moment at 14:05. Messages of that time may "
                     "be missing.\"\n");
    lose(&s, 60000);
    assert_shows(&s, "LABEL \"Connection was lost from 14:05 to 14:06. Messages");
    lose(&s, 86400000);
    assert_shows(&s, "LABEL \"Connection was lost from Yesterday 14:05 to Today 14:06. Messages");
    close_shown(&s);
}

static void receive_at(struct shown_page *s, const char *user, const char *timestamp)
{
    char args[200];
    (void)snprintf(args, sizeof args, "{\"text\":\"t\",\"user\":\"%s\",\"timestamp\":\"%s\"}", user,
                   timestamp);
    script_receive(&s->page, args);
    draw(s);
}

static void test_view__groups_by_author_and_time(void **state)
{
    (void)state;
    static const struct {
        const char *user, *timestamp;
        bool compact;
        const char *day;
    } script[] = {
        {"Bo", "2026-03-02T23:50:00Z", false, "\"Yesterday\""},
        {"Bo", "2026-03-02T23:54:59Z", true, NULL},
        {"Cy", "2026-03-02T23:55:00Z", false, NULL},
        {"Bo", "2026-03-02T23:55:00Z", false, NULL},
        {"Bo", "2026-03-02T23:59:59Z", true, NULL},
        {"Bo", "2026-03-03T00:00:01Z", false, "\"Today\""},
        {"Bo", "2026-03-02T23:59:58Z", true, NULL}, /* no day twice */
        {"Bo", "2026-03-03T00:05:01Z", false, NULL},
        {"", "2026-03-03T00:05:01Z", false, NULL},
        {"", "2026-03-03T00:05:01Z", false, NULL}, /* who knows whether it is the same */
    };
    struct shown_page s;
    open_shown(&s, NULL);
    for (size_t i = 0; i < sizeof script / sizeof *script; i++) {
        receive_at(&s, script[i].user, script[i].timestamp);
        assert_int_equal(strstr(s.log.p, "data-compact") != NULL, script[i].compact);
        assert_int_equal(strstr(s.log.p, "CLONE 65 DAY") || strstr(s.log.p, " DAY\n"),
                         script[i].day != NULL);
        if (script[i].day)
            assert_non_null(strstr(s.log.p, script[i].day));
    }
    close_shown(&s);
}

static void test_view__days_are_named_anew_at_midnight(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_status(&s.page, SOCK_LIVE);
    receive_at(&s, "Bo", "2026-03-03T14:05:10Z");
    int64_t wake_ms = update_wake_ms(&s.page.m);
    script_later(&s.page, wake_ms - s.page.now_ms - 1);
    assert_log(&s, "");
    script_later(&s.page, 1);
    assert_shows(&s, "LABEL \"Yesterday\"\n");
    script_later(&s.page, 86400000);
    assert_shows(&s, "LABEL \"Tue 3 Mar\"\n");
    script_later(&s.page, INT64_C(86400000) * 365);
    assert_shows(&s, "LABEL \"Tue 3 Mar 2026\"\n");
    close_shown(&s);
}

static void test_view__times_are_local(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    receive_at(&s, "Bo", "2026-03-03T14:05:10Z");
    s.page.m.utc_offset_min = -570;
    s.page.m.hour12 = true;
    assert_shows(&s, "TIME \"4:35 AM\"\n"
                     "ATTR 64 TIME title \"Tuesday 3 March 2026, 4:35:10 AM (UTC-09:30)\"\n");
    s.page.m.utc_offset_min = 14 * 60;
    assert_shows(&s, "TIME \"4:05 AM\"\n"
                     "ATTR 64 TIME title \"Wednesday 4 March 2026, 4:05:10 AM (UTC+14:00)\"\n");
    close_shown(&s);
}

static void test_view__notes_do_not_pile_up(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, "null");
    assert_shows(&s, "Something came that is not a text message.");
    script_receive(&s.page, "null");
    assert_log(&s, "");
    close_shown(&s);
}

static size_t count_lines(const char *log, const char *word)
{
    size_t n = 0;
    for (const char *at = strstr(log, word); at; at = strstr(at + 1, word))
        n++;
    return n;
}

static void test_view__at_most_the_cap_of_rows(void **state)
{
    (void)state;
    const struct model_limits limits = {.rows_max = 40, .rows_step = 10};
    struct shown_page s;
    open_shown(&s, &limits);
    script_receive_many(&s.page, 40);
    draw(&s);
    assert_int_equal(count_lines(s.log.p, " ROW\n"), 40);
    script_receive_many(&s.page, 1);
    draw(&s);
    assert_int_equal(count_lines(s.log.p, " ROW\n"), 1);
    assert_int_equal(count_lines(s.log.p, "REMOVE"), 11);
    script_receive_many(&s.page, 1000);
    draw(&s);
    assert_in_range(count_lines(s.log.p, " ROW\n"), 30, 40);
    close_shown(&s);
}

static void test_view__the_jump_button_counts(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive_many(&s.page, 3);
    script_scroll(&s.page, 5000, 500);
    draw(&s);
    assert_null(strstr(s.log.p, "JUMP"));
    script_receive_many(&s.page, 1);
    assert_shows(&s, "UNATTR JUMP SELF hidden\n"
                     "TEXT JUMP_TEXT SELF \"1 new message\"\n");
    script_receive_many(&s.page, 1);
    assert_shows(&s, "TEXT JUMP_TEXT SELF \"2 new messages\"\n");
    script_act(&s.page, (struct action){.type = ACTION_JUMP});
    assert_shows(&s, "ATTR JUMP SELF hidden \"\"\n");
    script_scroll(&s.page, 5000, 901);
    assert_shows(&s, "UNATTR JUMP SELF hidden\n");
    close_shown(&s);
}

static void test_view__the_title_counts_what_was_not_seen(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive_many(&s.page, 2);
    assert_shows(&s, "TEXT TITLE SELF \"(2) #lobby - Tincan\"\n");
    script_act(&s.page, (struct action){.type = ACTION_FOCUS, .on = true});
    assert_log(&s, "TEXT TITLE SELF \"#lobby - Tincan\"\n");
    script_receive_many(&s.page, 1);
    draw(&s);
    assert_null(strstr(s.log.p, "TITLE"));
    script_act(&s.page, (struct action){.type = ACTION_FOCUS});
    script_say(&s.page, "mine");
    draw(&s);
    assert_null(strstr(s.log.p, "TITLE"));
    close_shown(&s);
}

static void test_view__a_name_cannot_turn_its_row_around(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, "{\"text\":\"t\",\"user\":\"\\u202eoB\\u2066\\n\\u0000\"}");
    assert_shows(&s, "AUTHOR \"oB\"\n");
    script_receive(&s.page, "{\"text\":\"t\",\"user\":\"\\u202e \"}");
    assert_shows(&s, "AUTHOR \"Someone\"\n");
    close_shown(&s);
}

static void test_view__a_finger_gets_a_key_for_new_lines(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    s.page.m.coarse = true;
    assert_log(&s, "ATTR INPUT SELF enterkeyhint \"enter\"\n");
    close_shown(&s);
}

static void test_view__addresses_are_links(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, "{\"text\":\"see http://a.b/c, or <b>https://d</b>\"}");
    assert_shows(&s, "TEXT 64 BODY \"see \"\n"
                     "LINK 64 BODY \"http://a.b/c\"\n"
                     "APPEND 64 BODY \", or <b>\"\n"
                     "LINK 64 BODY \"https://d\"\n"
                     "APPEND 64 BODY \"</b>\"\n");
    close_shown(&s);
}

static void test_view__a_message_has_a_bounded_number_of_links(void **state)
{
    (void)state;
    struct shown_page s;
    struct buf args;
    open_shown(&s, NULL);
    buf_init(&args, 4096);
    assert_int_equal(buf_put(&args, SL("{\"text\":\"")), ERR_OK);
    for (int i = 0; i <= 50; i++)
        assert_int_equal(buf_put(&args, SL("http://a ")), ERR_OK);
    assert_int_equal(buf_put(&args, SL("\"}\0")), ERR_OK);
    script_receive(&s.page, args.p);
    draw(&s);
    assert_int_equal(count_lines(s.log.p, "LINK 64 BODY"), 50);
    assert_non_null(strstr(s.log.p, "APPEND 64 BODY \" http://a \"\n"));
    buf_fini(&args);
    close_shown(&s);
}

static void type_x(struct shown_page *s, size_t n)
{
    static char x[CHAT_TEXT_CHARS_MAX + 1];
    memset(x, 'x', sizeof x);
    script_type(&s->page, (struct slice){x, n});
}

static void test_view__the_counter_shows_near_the_cap(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    type_x(&s, CHAT_TEXT_CHARS_MAX / 10 * 9 - 1);
    assert_log(&s, "");
    type_x(&s, CHAT_TEXT_CHARS_MAX / 10 * 9);
    assert_log(&s, "UNATTR COUNTER SELF hidden\n"
                   "TEXT COUNTER SELF \"14400 / 16000\"\n");
    type_x(&s, CHAT_TEXT_CHARS_MAX + 1);
    script_act(&s.page, (struct action){.type = ACTION_SEND, .cid = script_next_cid(&s.page)});
    assert_log(&s, "ATTR INPUT SELF aria-invalid \"true\"\n"
                   "ATTR COUNTER SELF data-over \"\"\n"
                   "TEXT COUNTER SELF \"16001 / 16000\"\n"
                   "TEXT HINT SELF \"Too long by 1 character. Your text is kept; shorten it or "
                   "send it in parts.\"\n");
    close_shown(&s);
}

static void test_view__announces_to_the_log_only(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_act(&s.page, (struct action){.type = ACTION_FOCUS, .on = true});
    for (int i = 0; i < 8; i++) {
        script_receive(&s.page, "{\"text\":\"hi\",\"user\":\"Bo\"}");
        script_later(&s.page, UPDATE_BURST_MS);
        draw(&s);
        assert_int_equal(count_lines(s.log.p, "SELF \"Bo: hi\""), 1);
        assert_int_equal(count_lines(s.log.p, "REMOVE"), i >= MODEL_SAYS_MAX);
    }
    close_shown(&s);
}

static void test_view__draws_again_after_a_lack_of_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 30; n++) {
        struct shown_page s;
        open_shown(&s, NULL);
        script_receive_many(&s.page, 60);
        vtree_fini(&s.vdiff.trees[!s.vdiff.shown]);
        domop_fini(&s.ops);
        domop_init(&s.ops);
        mem_fail_after(n, 1);
        view(&s.page.m, vdiff_begin(&s.vdiff));
        enum err e = vdiff_commit(&s.vdiff, &s.ops);
        mem_fail_after(0, 0);
        if (e == ERR_OK)
            fake_dom_apply(s.dom, buf_peek(&s.ops.words));
        draw(&s);
        close_shown(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view__first_drawing),
        cmocka_unit_test(test_view__a_message_of_ours_from_pending_to_sent),
        cmocka_unit_test(test_view__an_unconfirmed_message_grows_words_and_buttons),
        cmocka_unit_test(test_view__the_banner_waits_counts_and_goes),
        cmocka_unit_test(test_view__a_refusal_is_told_at_once_in_words),
        cmocka_unit_test(test_view__a_server_never_reached_is_not_said_to_be_lost),
        cmocka_unit_test(test_view__a_gap_names_its_times),
        cmocka_unit_test(test_view__groups_by_author_and_time),
        cmocka_unit_test(test_view__days_are_named_anew_at_midnight),
        cmocka_unit_test(test_view__times_are_local),
        cmocka_unit_test(test_view__notes_do_not_pile_up),
        cmocka_unit_test(test_view__at_most_the_cap_of_rows),
        cmocka_unit_test(test_view__the_jump_button_counts),
        cmocka_unit_test(test_view__the_title_counts_what_was_not_seen),
        cmocka_unit_test(test_view__a_name_cannot_turn_its_row_around),
        cmocka_unit_test(test_view__a_finger_gets_a_key_for_new_lines),
        cmocka_unit_test(test_view__addresses_are_links),
        cmocka_unit_test(test_view__a_message_has_a_bounded_number_of_links),
        cmocka_unit_test(test_view__the_counter_shows_near_the_cap),
        cmocka_unit_test(test_view__announces_to_the_log_only),
        cmocka_unit_test(test_view__draws_again_after_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
