/* Commands as lines of words. */
#include "console_run.h"
#include "console_script.h"
#include "upd_rooms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_console__what_is_a_command(void **state)
{
    (void)state;
    assert_true(console_is_command(SL("/join #a")));
    assert_false(console_is_command(SL("//join")));
    assert_false(console_is_command(SL("/ a")));
    assert_false(console_is_command(SL("/")));
    assert_false(console_is_command(SL("/a\nb")));
    assert_true(console_is_command(SL("/msg bo a\nb"))); /* never into the open room */
    assert_false(console_is_command(SL("a /b")));
}

static void test_console__slow_mode_is_set_in_seconds(void **state)
{
    (void)state;
    assert_true(run("/slow 90"));
    const struct effect *e = script_ask(&p, ASK_CONSOLE);
    assert_non_null(e);
    assert_int_equal(e->event, EVENT_ROOM_UPDATE);
    assert_int_equal(e->request->has, 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_SLOW);
    assert_int_equal(e->request->slow, 90);
}

/* What it says is not in the draft of the room it was written in, nor in that of the one it goes to. */
static void test_console__a_direct_message_is_sent_at_once(void **state)
{
    (void)state;
    script_type(&p, SL("of the lobby"));
    assert_true(run("/dm bo"));
    assert_int_equal(p.m.open, WITH_BO);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    script_type(&p, SL("begun"));
    assert_true(run("/join #lobby"));
    assert_true(run("/dm @Bo  hello\nthere "));
    assert_int_equal(p.m.open, WITH_BO); /* also without a connection: */
    assert_null(script_ask(&p, ASK_CONSOLE));
    assert_int_equal(script_effect(&p, EFFECT_SEND)->id, WITH_BO);
    script_assert_slice(script_at(&p, 0)->text, "hello\nthere");
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "begun");
    assert_true(run("/join #lobby"));
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "of the lobby");
}

static void test_console__a_direct_message_begins_a_conversation(void **state)
{
    struct chat_user zoe = {.id = 9, .name = SL("zoe")};
    const struct chat_room with_zoe = {
        .id = 7, .kind = CHAT_DM, .with = &zoe, .has_mine = true, .joined = true};
    (void)state;
    assert_true(run("/dm zoe hello there"));
    struct ask first = asked();
    script_assert_slice(script_ask(&p, ASK_CONSOLE)->request->user_name, "zoe");
    assert_true(run("/rooms")); /* while it is on its way */
    console_close(&c);
    script_act(&p, (struct action){.type = ACTION_ROOM, .room = &with_zoe});
    answer_to(first, "{\"ok\":true,\"room\":{\"id\":7,\"kind\":\"dm\"}}");
    assert_int_equal(p.m.open, 7);
    assert_int_equal(script_effect(&p, EFFECT_SEND)->id, 7);
    script_assert_slice(script_at(&p, 0)->text, "hello there");
}

static void refuse(struct ask ask, enum chat_error error)
{
    const struct chat_answer no = {.why.error = error, .why.field = SL("user")};
    const struct action_answer got = {ask, &no};
    p.fx = (struct effects){0};
    console_answer(&c, &p.m, &got, &p.fx);
}

static void test_console__what_was_refused_comes_back_to_be_mended(void **state)
{
    (void)state;
    assert_true(run("/dm zeo a long text"));
    struct ask first = asked();
    assert_true(run("/whois zeo"));
    refuse(asked(), CHAT_NOT_FOUND);
    assert_int_equal(c.list, CONSOLE_CLOSED);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "/whois zeo");
    script_type(&p, SL(""));
    refuse(first, CHAT_NOT_FOUND);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "/dm zeo a long text");
    assert_true(c.bad);
    script_type(&p, SL("something else"));
    assert_true(run("/kick bo"));
    refuse(asked(), CHAT_FORBIDDEN);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "something else");
}

static void test_console__so_many_commands_wait_and_no_more(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CONSOLE_ASKED_MAX; i++)
        assert_true(run("/dm zoe hello"));
    struct ask last = asked();
    assert_false(run("/dm zoe hello"));
    assert_int_equal(p.fx.n, 0);
    refuse(last, CHAT_NOT_FOUND);
    assert_true(run("/dm zoe hello"));
}

static void test_console__mistakes_are_told(void **state)
{
    static const char *const lines[] = {
        "/nonsense",     "/join",         "/join #",      "/create",    "/dm",       "/react",
        "/create a odd", "/react text",   "/slow",        "/slow 3601", "/block",    "/unblock @",
        "/kick",         "/kick bo 5",    "/ban",         "/ban bo x",  "/ban bo 0", "/unmute bo 5",
        "/role bo",      "/role bo king", "/notify some", "/rename #",  "/display"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_false(run(lines[i]));
        assert_true(c.bad && c.notice.n > 0);
        assert_int_equal(p.fx.n, 0);
    }
}

static void test_console__a_room_of_mine_opens_at_once_another_is_asked_for(void **state)
{
    (void)state;
    assert_true(run("/join #secret"));
    assert_int_equal(p.m.open, SECRET);
    assert_null(script_ask(&p, ASK_CONSOLE));
    assert_true(run("/join tea"));
    const struct effect *e = script_ask(&p, ASK_CONSOLE);
    assert_non_null(e);
    assert_int_equal(e->event, EVENT_ROOM_JOIN);
    script_assert_slice(e->request->room_name, "tea");
    const struct chat_room tea = {.id = 7, .name = SL("tea"), .has_mine = true, .joined = true};
    script_act(&p, (struct action){.type = ACTION_ROOM, .room = &tea});
    p.fx = (struct effects){0};
    struct chat_answer a = {
        .ok = true,
        .json = SL("{\"ok\":true,\"room\":{\"id\":7,\"kind\":\"public\",\"name\":\"tea\"}}")};
    struct action_answer got = {{ASK_CONSOLE, 0, CONSOLE_ASK_ROOM}, &a};
    console_answer(&c, &p.m, &got, &p.fx);
    assert_int_equal(p.m.open, 7);
}

/* The garden is shown, and not mine. */
static void test_console__a_room_that_is_looked_at_can_be_joined(void **state)
{
    static const char *const lines[] = {"/join", "/join #garden"};
    (void)state;
    upd_rooms_open(&p.m, 7, 0, true, &p.fx);
    script_answer(&p, ASK_LOOK,
                  "{\"rooms\":[{\"id\":7,\"kind\":\"public\",\"name\":\"garden\",\"seq\":0,"
                  "\"ev\":1}]}");
    assert_int_equal(p.m.open, 7);
    for (size_t i = 0; i < 2; i++) {
        assert_true(run(lines[i]));
        assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_ROOM_JOIN);
        script_assert_slice(script_ask(&p, ASK_CONSOLE)->request->room_name, "garden");
    }
    assert_true(run("/rooms"));
    answer("{\"ok\":true,\"rooms\":[{\"id\":7,\"kind\":\"public\",\"name\":\"garden\"}]}");
    script_assert_slice(c.items[0].label, "#garden"); /* not "(joined)" */
    take();
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_ROOM_JOIN);
}

static void test_console__a_list_is_capped(void **state)
{
    (void)state;
    console_begin(&c, CONSOLE_HELP);
    for (unsigned i = 0; i < CONSOLE_ITEMS_MAX; i++)
        assert_non_null(console_add(&c, SL("a"), SL("b")));
    assert_null(console_add(&c, SL("a"), SL("b")));
}

static void test_console__an_answer_to_a_closed_list_is_dropped(void **state)
{
    (void)state;
    assert_true(run("/rooms"));
    console_close(&c);
    answer("{\"ok\":true,\"rooms\":[{\"id\":9,\"kind\":\"public\",\"name\":\"x\"}]}");
    assert_int_equal(c.items_n, 0);
}

static void test_console__members_are_those_of_the_model_who_is_there_first(void **state)
{
    (void)state;
    assert_true(run("/members"));
    console_settle(&c, &p.m);
    assert_true(c.waiting);
    assert_int_equal(p.m.panel.kind, PANEL_MEMBERS); /* so their presence is asked for */
    script_answer(&p, ASK_MEMBERS,
                  "{\"ok\":true,\"members\":[{\"id\":2,\"name\":\"bo\",\"room_role\":\"member\"},"
                  "{\"id\":3,\"name\":\"zoe\",\"room_role\":\"owner\"}]}");
    console_settle(&c, &p.m);
    assert_false(c.waiting);
    assert_int_equal(c.items_n, 2);
    script_assert_slice(c.items[0].user, "zoe");
    script_assert_slice(c.items[0].detail, "@zoe \xC2\xB7 Owner");
    c.chosen = 1;
    script_act(
        &p, (struct action){.type = ACTION_PRESENCE, .presence = {.id = 2, .state = CHAT_ONLINE}});
    console_settle(&c, &p.m);
    script_assert_slice(c.items[0].user, "bo");
    assert_int_equal(c.chosen, 0); /* still bo */
    console_close(&c);
    console_settle(&c, &p.m);
    assert_int_equal(p.m.panel.kind, PANEL_NONE);
}

static void test_console__deleting_asks_once_more(void **state)
{
    (void)state;
    script_say(&p, "mine");
    script_sent(&p);
    assert_false(run("/delete"));
    assert_null(script_ask(&p, ASK_DELETE));
    assert_true(run("/delete"));
    assert_non_null(script_ask(&p, ASK_DELETE));
}

static const char REPORTS[] =
    "{\"ok\":true,\"open\":1,\"reports\":[{\"id\":7,\"seq\":3,\"text\":\"rude\",\"reason\":\"it "
    "is\","
    "\"from\":{\"id\":2,\"name\":\"bo\"},\"by\":{\"id\":3,\"name\":\"cyd\"}}]}";

static void test_console__people_of_a_room_are_judged_by_name(void **state)
{
    static const struct {
        const char *line;
        enum event_id event;
        bool on;
        int64_t seconds;
    } rows[] = {
        {"/kick @bo", EVENT_ROOM_KICK, true, 0},    {"/ban bo", EVENT_ROOM_BAN, true, 0},
        {"/ban bo 60", EVENT_ROOM_BAN, true, 3600}, {"/unban bo", EVENT_ROOM_BAN, false, 0},
        {"/mute bo 5", EVENT_ROOM_MUTE, true, 300}, {"/unmute bo", EVENT_ROOM_MUTE, false, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(run(rows[i].line));
        const struct effect *e = script_ask(&p, ASK_CONSOLE);
        assert_int_equal(e->event, rows[i].event);
        script_assert_slice(e->request->user_name, "bo");
        assert_int_equal(e->request->on, rows[i].on);
        assert_int_equal(e->request->seconds, rows[i].seconds);
        assert_int_equal((e->request->has >> CHAT_FIELD_ON) & 1, rows[i].event != EVENT_ROOM_KICK);
    }
    assert_true(run("/role bo mod"));
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->request->role, CHAT_MOD);
    assert_true(run("/notify none"));
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->request->notify, CHAT_NOTIFY_NONE);
    assert_true(run("/msg cyd")); /* as in IRC */
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_DM);
}

static void test_console__an_invitation_without_a_name_is_a_link(void **state)
{
    (void)state;
    assert_true(run("/invite bo"));
    assert_false(script_ask(&p, ASK_CONSOLE)->request->has >> CHAT_FIELD_SECONDS & 1);
    assert_true(run("/invite"));
    assert_false(script_ask(&p, ASK_CONSOLE)->request->has >> CHAT_FIELD_USER & 1);
    answer("{\"ok\":true,\"invite\":{\"id\":1,\"token\":\"abc\"}}");
    assert_int_equal(slice_find(buf_peek(&c.notice), '#') + 12, c.notice.n); /* #/invite/abc */
}

static void test_console__an_invitation_is_accepted_by_its_link(void **state)
{
    (void)state;
    assert_false(run("/join http://x/#/invite/a/../b"));
    assert_true(run("/join http://x/#/invite/abc-_1"));
    const struct effect *e = script_effect(&p, EFFECT_HTTP);
    assert_true(e->http.post && e->http.signed_in);
    script_assert_slice(e->http.path, "/api/v1/invites/abc-_1");
    struct action_http a = {e->ask, 404,
                            SL("{\"error\":{\"code\":\"not_found\",\"message\":\"\","
                               "\"field\":\"invite\"}}")};
    console_http(&c, &p.m, &a, &p.fx);
    assert_true(c.bad && c.notice.n > 0);
    a = (struct action_http){e->ask, 200,
                             SL("{\"room\":{\"id\":2,\"kind\":\"private\",\"name\":\"secret\"}}")};
    console_http(&c, &p.m, &a, &p.fx);
    assert_int_equal(p.m.open, SECRET);
}

static void test_console__a_topic_is_told_set_and_taken_away(void **state)
{
    (void)state;
    assert_true(run("/topic"));
    assert_null(script_ask(&p, ASK_CONSOLE));
    assert_true(run("/topic a b"));
    script_assert_slice(script_ask(&p, ASK_CONSOLE)->request->topic, "a b");
    assert_true(run("/topic -"));
    script_assert_slice(script_ask(&p, ASK_CONSOLE)->request->topic, "");
}

static void test_console__what_was_written_elsewhere_is_taken_or_let_go(void **state)
{
    (void)state;
    assert_false(run("/draft"));
    script_type(&p, SL("mine"));
    script_act(&p, (struct action){.type = ACTION_DRAFT, .draft = {LOBBY, 1, 0, SL("other")}});
    script_type(&p, SL(""));
    assert_true(run("/draft"));
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "other");
    assert_false(run("/draft"));
    script_type(&p, SL("mine"));
    script_act(&p, (struct action){.type = ACTION_DRAFT, .draft = {LOBBY, 2, 0, SL("more")}});
    assert_true(run("/draft -"));
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "mine");
    assert_false(run("/draft -"));
}

static void test_console__a_report_is_about_the_chosen_message(void **state)
{
    (void)state;
    script_receive(&p, LOBBY, BO, "rude");
    assert_false(run("/report it is rude")); /* which? */
    p.fx = (struct effects){0};
    assert_false(console_run(&c, &p.m, SL("/report"), script_at(&p, 0)->key, &p.fx));
    assert_true(console_run(&c, &p.m, SL("/report it is"), script_at(&p, 0)->key, &p.fx));
    const struct effect *e = script_ask(&p, ASK_CONSOLE);
    assert_int_equal(e->event, EVENT_REPORT);
    assert_int_equal(e->request->seq, 1);
    script_assert_slice(e->request->reason, "it is");
}

static void test_console__who_moderates_judges_reports(void **state)
{
    (void)state;
    assert_false(run("/reports")); /* a member of it */
    p.m.session.me.role = CHAT_MOD;
    assert_true(run("/reports"));
    answer(REPORTS);
    assert_int_equal(c.items_n, 1);
    script_assert_slice(c.items[0].label, "bo: rude");
    script_assert_slice(c.items[0].detail, "Reported by cyd: it is");
    p.fx = (struct effects){0};
    console_judge(&c, &p.m, true, &p.fx);
    assert_int_equal(p.fx.n, 0); /* it asks first */
    console_judge(&c, &p.m, false, &p.fx);
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_REPORT_CLOSE);
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->request->report_id, 7);
    console_judge(&c, &p.m, true, &p.fx);
    p.fx = (struct effects){0};
    console_judge(&c, &p.m, true, &p.fx);
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_DELETE);
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->request->seq, 3);
    answer("{\"ok\":true}");
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_REPORTS); /* what is left */
}

static void test_console__who_leaves_by_himself_is_not_told_so(void **state)
{
    (void)state;
    assert_true(run("/leave"));
    answer("{\"ok\":true}");
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {LOBBY, false}});
    assert_int_equal(p.m.toasts.at[0].id, 0);
    assert_true(run("/join #secret"));
    assert_true(run("/leave"));
    const struct chat_answer refused = {.why.error = CHAT_FORBIDDEN};
    const struct action_answer got = {asked(), &refused};
    console_answer(&c, &p.m, &got, &p.fx);
    script_type(&p, SL("")); /* instead of "/leave" */
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {SECRET, true}});
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text), "You are not in secret any more.");
}

static void test_console__somebody_is_told_of_whole(void **state)
{
    static const char ZOE[] =
        "{\"ok\":true,\"user\":{\"id\":9,\"name\":\"zoe\",\"display\":\"Zoe\",\"role\":\"member\","
        "\"bio\":\"of\\nlines\",\"zone\":\"Asia/"
        "Tokyo\"},\"presence\":{\"id\":9,\"state\":\"idle\"}}";
    (void)state;
    assert_false(run("/whois"));
    assert_true(run("/whois @zoe"));
    struct ask first = asked();
    script_assert_slice(script_ask(&p, ASK_CONSOLE)->request->user_name, "zoe");
    answer(ZOE);
    assert_int_equal(c.items_n, 3); /* no status */
    script_assert_slice(c.items[0].label, "Zoe");
    script_assert_slice(c.items[0].detail, "@zoe \u00b7 Member\nAway");
    script_assert_slice(c.items[1].detail, "of\nlines");
    script_assert_slice(c.items[2].detail, "Asia/Tokyo");
    assert_true(run("/whois bo"));
    answer_to(first, ZOE); /* asked for before */
    assert_int_equal(c.items_n, 0);
}

/* Answers are late: by then the list of another room is open. */
static void test_console__reports_are_of_the_room_they_were_asked_for(void **state)
{
    (void)state;
    p.m.session.me.role = CHAT_MOD;
    assert_true(run("/reports"));
    struct ask lobby = asked();
    answer(REPORTS);
    console_judge(&c, &p.m, false, &p.fx);
    struct ask judged = asked();
    console_close(&c);
    assert_true(run("/join #secret"));
    model_open(&p.m)->r.room_role = CHAT_MOD;
    assert_true(run("/reports"));
    assert_int_equal(asked().room, SECRET);
    answer_to(lobby, REPORTS);
    assert_int_equal(c.items_n, 0);
    answer_to(judged, "{\"ok\":true}");
    assert_null(script_ask(&p, ASK_CONSOLE)); /* nothing of the lobby is wanted */
}

/* The list stays while another room comes to be the open one. */
static void test_console__a_report_is_judged_in_its_own_room(void **state)
{
    (void)state;
    p.m.session.me.role = CHAT_MOD;
    assert_true(run("/reports"));
    p.m.open = SECRET;
    answer(REPORTS);
    assert_int_equal(c.items[0].room, LOBBY);
    console_judge(&c, &p.m, false, &p.fx);
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->request->room, LOBBY);
    p.m.open = LOBBY;
}

static void test_console__without_a_connection_it_says_so(void **state)
{
    (void)state;
    script_down(&p);
    assert_false(run("/rooms"));
    assert_true(c.bad);
}

static void block_bo(bool on)
{
    const struct chat_user bo = script_user(BO);
    script_act(&p, (struct action){.type = ACTION_BLOCK, .block = {&bo, on}});
}

static void test_console__who_is_blocked_is_listed_until_it_ends(void **state)
{
    (void)state;
    assert_true(run("/block @bo"));
    const struct effect *e = script_ask(&p, ASK_CONSOLE);
    assert_non_null(e);
    assert_int_equal(e->event, EVENT_BLOCK);
    script_assert_slice(e->request->user_name, "bo");
    assert_true(e->request->on);
    answer("{\"ok\":true,\"user\":{\"id\":2,\"name\":\"bo\"},\"on\":true}");
    assert_true(people_find(&p.m.people, BO)->blocked);
    assert_true(run("/blocked"));
    assert_int_equal(c.items_n, 1);
    script_assert_slice(c.items[0].user, "bo");
    p.fx = (struct effects){0};
    console_take(&c, &p.m, &p.fx);
    script_assert_slice(script_ask(&p, ASK_CONSOLE)->request->user_name, "bo");
    assert_false(script_ask(&p, ASK_CONSOLE)->request->on);
    answer("{\"ok\":true,\"user\":{\"id\":2,\"name\":\"bo\"},\"on\":false}");
    assert_false(people_find(&p.m.people, BO)->blocked);
    assert_int_equal(c.list, CONSOLE_BLOCKED);
    assert_int_equal(c.items_n, 0);
}

static void test_console__what_a_blocked_person_says_is_neither_found_nor_quoted(void **state)
{
    (void)state;
    script_receive(&p, LOBBY, BO, "a needle");
    script_assert_slice(model_said(&p.m, script_at(&p, 0), 80), "a needle");
    block_bo(true);
    script_assert_slice(model_said(&p.m, script_at(&p, 0), 80), "Message from a blocked person");
    assert_true(run("/search needle"));
    answer("{\"ok\":true,\"hits\":[{\"room\":1,\"seq\":1,\"from\":{\"id\":2,\"name\":\"bo\"},"
           "\"text\":\"a needle\",\"ts\":5}]}");
    script_assert_slice(c.items[0].detail, "Message from a blocked person");
    script_at(&p, 0)->revealed = true;
    script_assert_slice(model_said(&p.m, script_at(&p, 0), 80), "a needle");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_page, close_page)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_console__what_is_a_command),
        TEST(test_console__slow_mode_is_set_in_seconds),
        TEST(test_console__a_direct_message_is_sent_at_once),
        TEST(test_console__a_direct_message_begins_a_conversation),
        TEST(test_console__what_was_refused_comes_back_to_be_mended),
        TEST(test_console__so_many_commands_wait_and_no_more),
        TEST(test_console__mistakes_are_told),
        TEST(test_console__a_room_of_mine_opens_at_once_another_is_asked_for),
        TEST(test_console__a_room_that_is_looked_at_can_be_joined),
        TEST(test_console__a_list_is_capped),
        TEST(test_console__an_answer_to_a_closed_list_is_dropped),
        TEST(test_console__members_are_those_of_the_model_who_is_there_first),
        TEST(test_console__deleting_asks_once_more),
        TEST(test_console__who_is_blocked_is_listed_until_it_ends),
        TEST(test_console__what_a_blocked_person_says_is_neither_found_nor_quoted),
        TEST(test_console__people_of_a_room_are_judged_by_name),
        TEST(test_console__an_invitation_without_a_name_is_a_link),
        TEST(test_console__an_invitation_is_accepted_by_its_link),
        TEST(test_console__a_topic_is_told_set_and_taken_away),
        TEST(test_console__what_was_written_elsewhere_is_taken_or_let_go),
        TEST(test_console__a_report_is_about_the_chosen_message),
        TEST(test_console__who_moderates_judges_reports),
        TEST(test_console__who_leaves_by_himself_is_not_told_so),
        TEST(test_console__somebody_is_told_of_whole),
        TEST(test_console__reports_are_of_the_room_they_were_asked_for),
        TEST(test_console__a_report_is_judged_in_its_own_room),
        TEST(test_console__without_a_connection_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
