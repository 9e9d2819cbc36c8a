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

static void test_console_room__what_it_is_all_called_is_told_and_changed(void **state)
{
    const struct effect *e;
    (void)state;
    script_act(&p, (struct action){.type = ACTION_WORKSPACE, .text = SL("Acme")});
    assert_true(run("/workspace"));
    assert_int_equal(p.fx.n, 0);
    script_assert_slice(buf_peek(&c.notice), "Acme");
    assert_true(run("/workspace  Say \"hi\" "));
    e = script_effect(&p, EFFECT_HTTP);
    assert_true(e->http.signed_in && e->http.post && e->http.patch);
    script_assert_slice(e->http.path, "/api/v1/admin/server");
    script_assert_slice(e->http.json, "{\"workspace\":\"Say \\\"hi\\\"\"}");
    answer_http(e, 200, "{\"workspace\":\"Say \\\"hi\\\"\"}");
    script_assert_slice(buf_peek(&c.notice), "Saved.");
    assert_false(c.bad);
    script_assert_slice(model_workspace(&p.m), "Acme"); /* until everybody hears it */
    assert_true(run("/workspace -"));
    e = script_effect(&p, EFFECT_HTTP);
    script_assert_slice(e->http.json, "{\"workspace\":\"\"}");
    answer_http(e, 403, "{\"error\":{\"code\":\"forbidden\",\"message\":\"You may not\"}}");
    script_assert_slice(buf_peek(&c.notice), "You may not do that here.");
    assert_true(c.bad);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "/workspace -");
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
                {"/ms", "/msg ", CONSOLE_COMPLETES_WORD, NULL}, /* those of IRC, too */
                {"/nic", "/nick ", CONSOLE_COMPLETES_WORD, NULL},
                {"/sess", "/sessions ", CONSOLE_COMPLETES_WORD, NULL},
                {"/part", "/part ", CONSOLE_COMPLETES_WORD, NULL},
                {"/notify m", "/notify mentions ", CONSOLE_COMPLETES_WORD, NULL},
                {"/notify ", "/notify ", CONSOLE_COMPLETES_WORD, NULL},
                {"/create #a pr", "/create #a private ", CONSOLE_COMPLETES_WORD, NULL},
                {"/create #a", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"/role @b", "", CONSOLE_COMPLETES_NAME, "@b"},
                {"/role bo ow", "/role bo owner ", CONSOLE_COMPLETES_WORD, NULL},
                {"/role bo owner ", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"/react he", "/react heart ", CONSOLE_COMPLETES_WORD, NULL},
                {"/mute b", "", CONSOLE_COMPLETES_NAME, "b"},
                {"/mute bo 6", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"/users b", "", CONSOLE_COMPLETES_NAME, "b"},
                {"/search needle fr", "/search needle from:", CONSOLE_COMPLETES_WORD, NULL},
                {"/search from:@b", "", CONSOLE_COMPLETES_NAME, "@b"},
                {"/search needle in:", "", CONSOLE_COMPLETES_ROOM, ""},
                {"/zone Eu", "", CONSOLE_COMPLETES_ZONE, "Eu"},
                {"/read ", "", CONSOLE_COMPLETES_NOTHING, NULL},
                {"/nick ", "/nick Ana", CONSOLE_COMPLETES_WORD, NULL}, /* as it is, to be changed */
                {"/topic ", "/topic tea and talk", CONSOLE_COMPLETES_WORD, NULL},
                {"/rename ", "/rename lobby", CONSOLE_COMPLETES_WORD, NULL},
                {"/workspace ", "/workspace Acme", CONSOLE_COMPLETES_WORD, NULL},
                {"/about ", "", CONSOLE_COMPLETES_NOTHING, NULL}, /* nothing is said */
                {"/upload a\\ b", "", CONSOLE_COMPLETES_PATH, "a\\ b"}};
    (void)state;
    script_act(&p, (struct action){.type = ACTION_WORKSPACE, .text = SL("Acme")});
    script_room_open(&p)->r.topic = SL("tea and talk");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {.max = 64};
        struct slice word = SL("");
        buf_reset(&c.notice);
        assert_int_equal(console_complete(&c, &p.m, slice_str(rows[i].begun), &out, &word),
                         rows[i].what);
        script_assert_slice(buf_peek(&out), rows[i].out);
        if (rows[i].word)
            script_assert_slice(word, rows[i].word);
        if (strcmp(rows[i].begun, "/rep") == 0)
            script_assert_slice(buf_peek(&c.notice), "/reply /report /reports");
        buf_fini(&out);
    }
}

static void test_console_room__names_that_are_not_known_are_asked_for(void **state)
{
    (void)state;
    p.fx = (struct effects){0};
    console_find(&c, &p.m, true, SL("zo"), &p.fx);
    const struct effect *e = script_ask(&p, ASK_CONSOLE);
    assert_int_equal(e->event, EVENT_USERS);
    script_assert_slice(e->request->q, "zo");
    assert_false(c.waiting); /* no list does */
    answer("{\"ok\":true,\"users\":[{\"id\":9,\"name\":\"zoe\",\"role\":\"member\"}]}");
    assert_int_equal(c.found_n, 1);
    assert_non_null(people_find(&p.m.people, 9));
    for (int i = 0; i < 2; i++) { /* the answer before is gone */
        p.fx = (struct effects){0};
        console_find(&c, &p.m, false, SL(""), &p.fx);
        assert_int_equal(script_ask(&p, ASK_CONSOLE)->event, EVENT_ROOMS);
        answer("{\"ok\":true,\"rooms\":[{\"id\":8,\"kind\":\"public\",\"name\":\"tea\"},"
               "{\"id\":7,\"kind\":\"private\",\"name\":\"few\"}]}");
        script_assert_slice(buf_peek(&c.found), "tea\n");
    }
    p.fx = (struct effects){0};
    console_find(&c, &p.m, true, SL(""), &p.fx); /* the server tells nobody of everybody */
    assert_int_equal(p.fx.n, 0);
    script_down(&p);
    p.fx = (struct effects){0};
    console_find(&c, &p.m, true, SL("zo"), &p.fx);
    assert_int_equal(p.fx.n, 0);
    assert_true(c.bad);
}

/* Every command and every other word for one; under each heading no key and no command twice. */
static void test_console_room__the_help_is_complete_and_tells_nothing_twice(void **state)
{
    struct slice word;
    uint32_t heads_n = 0, head = 0;
    (void)state;
    assert_true(run("/help"));
    for (uint32_t i = 0; i < c.items_n; i++) {
        const struct console_item *item = &c.items[i];
        heads_n += item->detail.n == 0;
        head = item->detail.n == 0 ? i : head;
        assert_true(item->detail.n == 0 || heads_n > 0);
        for (uint32_t j = head; j < i; j++)
            assert_false(slice_eq(c.items[j].label, item->label));
        for (uint32_t j = 0; j < i && item->detail.n; j++)
            assert_false(slice_eq(c.items[j].label, item->label) &&
                         slice_eq(c.items[j].detail, item->detail));
    }
    assert_true(c.items_n < CONSOLE_ITEMS_MAX);
    for (size_t i = 0; (word = console_command_word(i)).n > 0; i++) {
        uint32_t found_n = 0;
        for (uint32_t k = 0; k < c.items_n; k++) {
            struct slice label = c.items[k].label, detail = c.items[k].detail, one;
            for (found_n += slice_eq(console_word(&label), word); detail.n;) {
                one = console_word(&detail);
                one = console_without(one, '(');
                one.n -= one.n && one.p[one.n - 1] == ')';
                found_n += slice_eq(one, word);
            }
        }
        assert_true(found_n >= 1);
    }
}

static void test_console_room__who_administers_lists_the_accounts(void **state)
{
    (void)state;
    assert_false(run("/users"));
    assert_true(c.bad);
    p.m.session.person->role = CHAT_ADMIN;
    assert_true(run("/users a&b"));
    const struct effect *e = script_effect(&p, EFFECT_HTTP);
    script_assert_slice(e->http.path, "/api/v1/admin/users?q=%61%26%62");
    assert_true(e->http.signed_in && !e->http.post);
    answer_http(e, 200,
                "{\"users\":[{\"id\":9,\"name\":\"zoe\",\"display\":\"Zoe\",\"role\":\"mod\"},"
                "{\"id\":1,\"name\":\"ana\",\"role\":\"admin\"}]}");
    assert_int_equal(c.list, CONSOLE_USERS);
    assert_int_equal(c.items_n, 2);
    script_assert_slice(c.items[0].label, "Zoe");
    script_assert_slice(c.items[0].detail, "@zoe · Moderator");
    take(); /* one writes to them */
    script_assert_slice(script_ask(&p, ASK_CONSOLE)->request->user_name, "zoe");
    assert_true(run("/users"));
    answer_http(script_effect(&p, EFFECT_HTTP), 403,
                "{\"error\":{\"code\":\"forbidden\",\"message\":\"no\"}}");
    assert_true(c.bad);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_page, close_page)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_console_room__a_room_is_archived_when_it_is_asked_for_twice),
        TEST(test_console_room__bans_and_mutes_are_listed_and_lifted),
        TEST(test_console_room__links_are_listed_and_revoked),
        TEST(test_console_room__another_device_is_signed_out),
        TEST(test_console_room__what_it_is_all_called_is_told_and_changed),
        TEST(test_console_room__a_password_is_typed_three_times_and_forgotten),
        TEST(test_console_room__a_command_is_completed),
        TEST(test_console_room__names_that_are_not_known_are_asked_for),
        TEST(test_console_room__the_help_is_complete_and_tells_nothing_twice),
        TEST(test_console_room__who_administers_lists_the_accounts),
        TEST(test_console_room__a_path_is_read_as_by_a_shell),
        TEST(test_console_room__a_file_is_sent_and_taken_back),
        TEST(test_console_room__the_files_of_a_message_are_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
