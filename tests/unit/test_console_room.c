/* Commands about a room and its lists, and about one's own account. */
#include "console_run.h"
#include "console_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_console_room__a_room_is_archived_when_it_is_asked_for_twice(void **state)
{
    (void)state;
    assert_false(run("/archive")); /* a member of it */
    assert_true(c.bad);
    model_open(&p.m)->r.room_role = CHAT_ADMIN;
    assert_false(run("/archive"));
    assert_false(c.bad);
    assert_true(run("/read")); /* something else in between */
    assert_false(run("/archive"));
    assert_null(script_ask(&p, ASK_CONSOLE));
    assert_true(run("/archive"));
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->request->has,
                     1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_ARCHIVED);
    assert_true(script_ask(&p, ASK_CONSOLE)->request->archived);
    assert_true(run("/unarchive"));
    assert_false(script_ask(&p, ASK_CONSOLE)->request->archived);
}

static void test_console_room__bans_and_mutes_are_listed_and_lifted(void **state)
{
    (void)state;
    assert_false(run("/bans"));
    p.m.session.me.role = CHAT_MOD;
    assert_true(run("/bans"));
    answer("{\"ok\":true,\"bans\":[{\"user\":{\"id\":2,\"name\":\"bo\"},\"banned_until\":"
           "9000000000000000,\"by\":{\"id\":3,\"name\":\"cyd\",\"display\":\"Cyd\"}},"
           "{\"user\":{\"id\":3,\"name\":\"cyd\"},\"muted_until\":9000000000000000}]}");
    assert_int_equal(c.items_n, 2);
    script_assert_slice(c.items[0].label, "bo");
    script_assert_slice(c.items[0].detail, "Banned for good, by Cyd");
    take();
    assert_int_equal(p.fx.n, 0); /* Enter ends nothing */
    c.chosen = 1;
    end_chosen();
    const struct effect *e = script_ask(&p, ASK_CONSOLE);
    assert_int_equal(e->event, EVENT_ROOM_MUTE);
    assert_int_equal(e->request->user, 3);
    assert_false(e->request->on);
    answer("{\"ok\":true}");
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_ROOM_BANS); /* who is left */
    answer("{\"ok\":true,\"bans\":[]}");
    assert_int_equal(c.items_n, 0);
    script_assert_slice(buf_peek(&c.notice), "Nobody is banned or muted here.");
}

static void test_console_room__links_are_listed_and_revoked(void **state)
{
    (void)state;
    p.m.session.me.role = CHAT_MOD;
    assert_true(run("/invites"));
    struct ask first = asked();
    answer("{\"ok\":true,\"invites\":[{\"id\":8,\"expires\":0,\"uses\":3},{\"id\":9}]}");
    assert_int_equal(c.items_n, 2);
    script_assert_slice(c.items[0].label, "Without an end");
    script_assert_slice(c.items[0].detail, "3 uses left");
    end_chosen();
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_ROOM_REVOKE);
    assert_int_equal(script_ask(&p, ASK_CONSOLE)->request->invite_id, 8);
    struct ask revoked = asked();
    console_close(&c);
    answer_to(revoked, "{\"ok\":true}");
    assert_int_equal(p.fx.n, 0);
    answer_to(first, "{\"ok\":true,\"invites\":[{\"id\":9}]}");
    assert_int_equal(c.items_n, 0);
}

static void test_console_room__another_device_is_signed_out(void **state)
{
    static const char DEVICES[] =
        "{\"sessions\":[{\"id\":4,\"user_agent\":\"tincan/1\",\"address\":\"::1\",\"seen\":1,"
        "\"current\":true},{\"id\":5,\"user_agent\":\"Firefox/1 "
        "Android\",\"address\":\"::1\",\"seen\":1}]}";
    (void)state;
    assert_true(run("/devices"));
    const struct effect *e = script_effect(&p, EFFECT_HTTP);
    assert_true(e->http.signed_in && !e->http.post && !e->http.remove);
    script_assert_slice(e->http.path, "/api/v1/sessions");
    answer_http(e, 200, DEVICES);
    assert_int_equal(c.items_n, 2);
    script_assert_slice(c.items[1].label, "Firefox on Android");
    end_chosen();
    assert_int_equal(p.fx.n, 0); /* not the one that it is done with */
    assert_true(c.bad);
    c.chosen = 1;
    end_chosen();
    e = script_effect(&p, EFFECT_HTTP);
    assert_true(e->http.remove);
    script_assert_slice(e->http.path, "/api/v1/sessions/5");
    answer_http(e, 200, "{\"ok\":true}");
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/sessions");
    effects_fini(&p.fx);
}

static void type_secret(const char *text)
{
    assert_int_equal(buf_put(&c.query, slice_str(text)), ERR_OK);
    take();
    assert_int_equal(c.query.n, 0);
}

static void test_console_room__a_password_is_typed_three_times_and_forgotten(void **state)
{
    (void)state;
    p.m.session.person->role = CHAT_GUEST;
    assert_false(run("/password"));
    p.m.session.person->role = CHAT_MEMBER;
    assert_true(run("/passwd"));
    assert_int_equal(c.list, CONSOLE_PASSWORD);
    type_secret("");
    assert_int_equal(console_password_word(&c), WORD_PASSWORD_NOW);
    type_secret(" the old one ");
    type_secret("the new one");
    type_secret("the new won");
    assert_true(c.bad);
    assert_int_equal(console_password_word(&c), WORD_PASSWORD_NEW);
    type_secret("the new one");
    type_secret("the new one");
    const struct effect *e = script_effect(&p, EFFECT_HTTP);
    assert_true(e->http.post);
    script_assert_slice(e->http.json,
                        "{\"password\":\" the old one \",\"new_password\":\"the new one\"}");
    assert_int_equal(c.secrets_n, 0);
    for (size_t i = 0; i < c.secrets[1].cap; i++)
        assert_int_equal(c.secrets[1].p[i], 0);
    effects_fini(&p.fx);
    const struct effect sent = *e;
    answer_http(&sent, 403,
                "{\"error\":{\"code\":\"forbidden\",\"message\":\"\",\"field\":\"password\"}}");
    assert_true(c.bad);
    assert_int_equal(c.list, CONSOLE_PASSWORD); /* from the beginning */
    assert_int_equal(script_room_open(&p)->draft.text.n, 0);
    answer_http(&sent, 200, "{\"ok\":true}");
    assert_int_equal(c.list, CONSOLE_CLOSED);
    assert_false(c.bad);
}

static void test_console_room__a_path_is_read_as_by_a_shell(void **state)
{
    static const struct {
        const char *line, *path, *text; /* path NULL: it is none */
    } rows[] = {{"a.txt", "a.txt", ""},
                {"a.txt  look at this", "a.txt", "look at this"},
                {"'a b.txt' look", "a b.txt", "look"},
                {"\"a 'b'\".txt", "a 'b'.txt", ""},
                {"a\\ b\\\\ c", "a b\\", "c"},
                {"'a\\ b'", "a\\ b", ""},
                {"'a b", NULL, ""}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf path = {.max = 64};
        struct slice rest = slice_str(rows[i].line);
        assert_int_equal(console_path(&rest, &path), rows[i].path != NULL);
        if (rows[i].path) {
            script_assert_slice(buf_peek(&path), rows[i].path);
            script_assert_slice(rest, rows[i].text);
        }
        buf_fini(&path);
    }
}

static void test_console_room__a_file_is_sent_and_taken_back(void **state)
{
    (void)state;
    assert_false(run("/upload"));
    assert_false(run("/upload 'x"));
    assert_true(run("/upload a.txt look at this"));
    const struct effect *e = script_effect(&p, EFFECT_FILE_PICK);
    script_assert_slice(e->text, "a.txt");
    script_assert_slice(e->title, "look at this");
    assert_false(run("/cancel"));
    script_act(&p, (struct action){.type = ACTION_FILE, .file = {1, 5, SL("a.txt")}});
    script_act(&p, (struct action){.type = ACTION_FILE, .file = {2, 5, SL("b.txt")}});
    assert_true(console_cancel(&c, &p.m, false, &p.fx));
    assert_int_equal(p.m.uploads.n, 1); /* the newest goes first */
    script_assert_slice(buf_peek(&p.m.uploads.at[0].name), "a.txt");
    assert_true(run("/cancel"));
    assert_int_equal(p.m.uploads.n, 0);
    c.saves_n = 1;
    assert_true(run("/cancel"));
    assert_int_equal(script_effect(&p, EFFECT_FILE_SAVE)->id, 0);
    model_open(&p.m)->r.archived = true;
    assert_false(run("/upload a.txt"));
}

static void test_console_room__the_files_of_a_message_are_saved(void **state)
{
    struct chat_file files[] = {
        {.id = 7, .name = SL("a.txt"), .type = SL("text/plain"), .size = 5},
        {.id = 8, .name = SL("b.txt"), .type = SL("text/plain"), .size = 6}};
    struct chat_message msg = {.room = LOBBY,
                               .seq = ++p.seqs[LOBBY],
                               .from = script_user(BO),
                               .text = SL("look"),
                               .rev = 1,
                               .files = files,
                               .files_n = 2};
    struct chat_event event = {.room = LOBBY, .kind = CHAT_EVENT_MESSAGE, .message = &msg};
    (void)state;
    assert_false(run("/save"));
    script_act(&p, (struct action){.type = ACTION_EVENT, .event = &event});
    script_receive(&p, LOBBY, BO, "later");
    assert_false(run("/save a b"));
    assert_true(run("/save 'a folder'"));
    assert_int_equal(script_count(&p, EFFECT_FILE_SAVE), 2);
    const struct effect *e = script_effect(&p, EFFECT_FILE_SAVE);
    assert_int_equal(e->id, 8);
    assert_int_equal(e->number, 6);
    assert_int_equal(e->count, 2);
    script_assert_slice(e->text, "b.txt");
    script_assert_slice(e->title, "a folder");
    effects_fini(&p.fx);
    p.fx = (struct effects){0};
    assert_false(console_run(&c, &p.m, SL("/save"), script_at(&p, 1)->key, &p.fx)); /* has none */
}

static void test_console_room__a_command_is_completed(void **state)
{
    static const struct {
        const char *begun, *out;
        enum console_completes what;
        const char *word;
    } rows[] = {{"hello", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"//jo", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"/jo", "/join ", CONSOLE_COMPLETES_WORD, NULL},
                {"/un", "/un", CONSOLE_COMPLETES_WORD, NULL},
                {"/rep", "/rep", CONSOLE_COMPLETES_WORD, NULL},
                {"/nonsense", "", CONSOLE_COMPLETES_WORD, NULL},
                {"/dm zo", "", CONSOLE_COMPLETES_NAME, "zo"},
                {"/msg ", "", CONSOLE_COMPLETES_NAME, ""},
                {"/dm zoe he", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"/join #te", "", CONSOLE_COMPLETES_ROOM, "#te"},
                {"/topic te", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"/upload a\\ b", "", CONSOLE_COMPLETES_PATH, "a\\ b"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {.max = 64};
        struct slice word = SL("");
        buf_reset(&c.notice);
        assert_int_equal(console_complete(&c, slice_str(rows[i].begun), &out, &word), rows[i].what);
        script_assert_slice(buf_peek(&out), rows[i].out);
        if (rows[i].word)
            script_assert_slice(word, rows[i].word);
        if (strcmp(rows[i].begun, "/rep") == 0)
            script_assert_slice(buf_peek(&c.notice), "/reply /report /reports");
        buf_fini(&out);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_page, close_page)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_console_room__a_room_is_archived_when_it_is_asked_for_twice),
        TEST(test_console_room__bans_and_mutes_are_listed_and_lifted),
        TEST(test_console_room__links_are_listed_and_revoked),
        TEST(test_console_room__another_device_is_signed_out),
        TEST(test_console_room__a_password_is_typed_three_times_and_forgotten),
        TEST(test_console_room__a_command_is_completed),
        TEST(test_console_room__a_path_is_read_as_by_a_shell),
        TEST(test_console_room__a_file_is_sent_and_taken_back),
        TEST(test_console_room__the_files_of_a_message_are_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
