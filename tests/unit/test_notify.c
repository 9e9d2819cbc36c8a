/* What is told outside the page's window. */
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void focus(struct script_page *p, bool on)
{
    script_act(p, (struct action){.type = ACTION_FOCUS, .on = on});
}

static void told(struct script_page *p, const char *text)
{
    script_act(p, (struct action){.type = ACTION_TOLD, .text = slice_str(text)});
}

/* The room again, with another setting. */
static void set_notify(struct script_page *p, int64_t room, enum chat_notify notify)
{
    rooms_find(&p->m.rooms, room)->r.notify = notify;
}

static bool notifies(struct script_page *p, int64_t room, const char *text)
{
    script_receive(p, room, BO, text);
    return script_count(p, EFFECT_NOTICE) == 1;
}

static void test_notify__by_the_setting_of_the_room(void **state)
{
    static const struct {
        int64_t room;
        enum chat_notify notify;
        bool plain, mention;
    } rows[] = {
        {LOBBY, CHAT_NOTIFY_ALL, true, true},        {LOBBY, CHAT_NOTIFY_MENTIONS, false, true},
        {LOBBY, CHAT_NOTIFY_NONE, false, false},     {WITH_BO, CHAT_NOTIFY_ALL, true, true},
        {WITH_BO, CHAT_NOTIFY_MENTIONS, true, true}, {WITH_BO, CHAT_NOTIFY_NONE, false, false},
    };
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_room(&p, WITH_BO, 0, 0);
    focus(&p, false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_notify(&p, rows[i].room, rows[i].notify);
        assert_int_equal(notifies(&p, rows[i].room, "hello"), rows[i].plain);
        assert_int_equal(notifies(&p, rows[i].room, "hello @ana"), rows[i].mention);
    }
    script_receive(&p, LOBBY, ANA, "from my other device");
    assert_int_equal(script_count(&p, EFFECT_NOTICE), 0);
    script_close(&p);
}

static void block(struct script_page *p, int64_t user, bool on)
{
    struct chat_user who = script_user(user);
    script_act(p, (struct action){.type = ACTION_BLOCK, .block = {&who, on}});
}

static void test_notify__not_of_who_is_blocked(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    focus(&p, false);
    block(&p, BO, true);
    assert_false(notifies(&p, LOBBY, "hello @ana"));
    assert_true(message_hidden(script_at(&p, 0)));
    script_act(&p, (struct action){.type = ACTION_TYPING, .typing = {LOBBY, BO, true}});
    assert_int_equal(script_room_open(&p)->typing_n, 0);
    script_click(&p, DOM_ACT_REVEAL, script_at(&p, 0)->key);
    assert_false(message_hidden(script_at(&p, 0)));
    focus(&p, true);
    script_receive(&p, LOBBY, BO, "aloud");
    assert_int_equal(p.m.announcer.next_id, 0);
    assert_true(message_hidden(script_at(&p, 1)));
    script_receive(&p, LOBBY, CYD, "aloud");
    assert_true(p.m.announcer.next_id > 0);
    block(&p, BO, false);
    assert_false(message_hidden(script_at(&p, 1)));
    focus(&p, false);
    assert_true(notifies(&p, LOBBY, "hello"));
    script_close(&p);
}

static void test_notify__who_is_blocked_by_card_and_by_settings(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "hello");
    script_click(&p, DOM_ACT_AUTHOR, script_at(&p, 0)->key);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"members\":[]}");
    script_click(&p, DOM_ACT_BLOCK, 0);
    const struct effect *e = script_ask(&p, ASK_DIALOG);
    assert_non_null(e);
    assert_int_equal(e->event, EVENT_BLOCK);
    assert_int_equal(e->request->user, BO);
    assert_true(e->request->on);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"user\":{\"id\":2,\"name\":\"bo\"},\"on\":true}");
    assert_true(message_hidden(script_at(&p, 0)));
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    script_click(&p, DOM_ACT_SETTINGS, 0);
    script_click(&p, DOM_ACT_BLOCK, BO);
    e = script_ask(&p, ASK_DIALOG);
    assert_non_null(e);
    assert_false(e->request->on);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"user\":{\"id\":2,\"name\":\"bo\"},\"on\":false}");
    assert_false(message_hidden(script_at(&p, 0)));
    script_close(&p);
}

static void test_notify__not_of_what_is_looked_at_in_any_tab(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_room(&p, WITH_BO, 0, 0);
    focus(&p, false);
    focus(&p, true);
    script_assert_slice(script_effect(&p, EFFECT_TELL)->text, "at");
    assert_int_equal(script_effect(&p, EFFECT_TELL)->id, LOBBY);
    assert_false(notifies(&p, LOBBY, "seen"));
    assert_true(notifies(&p, WITH_BO, "another room"));
    script_assert_slice(script_effect(&p, EFFECT_NOTICE)->title, "Bo");
    focus(&p, false);
    assert_int_equal(script_effect(&p, EFFECT_TELL)->id, 0);
    assert_true(notifies(&p, LOBBY, "not seen"));
    script_assert_slice(script_effect(&p, EFFECT_NOTICE)->title, "Bo in #lobby");
    told(&p, "at 1");
    assert_false(notifies(&p, LOBBY, "seen there"));
    told(&p, "at 0");
    assert_true(notifies(&p, LOBBY, "not seen again"));
    static const char *const nonsense[] = {"", "at", "at ", "at x", "at -1", "out x", "on 7"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        told(&p, nonsense[i]);
    assert_true(notifies(&p, LOBBY, "still"));
    script_close(&p);
}

static void test_notify__closed_when_the_room_is_read(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    focus(&p, false);
    assert_true(notifies(&p, LOBBY, "one"));
    script_room(&p, LOBBY, 1, 0);
    assert_int_equal(script_count(&p, EFFECT_NOTICE_CLOSE), 0);
    script_room(&p, LOBBY, 1, 1); /* on another device */
    assert_int_equal(script_effect(&p, EFFECT_NOTICE_CLOSE)->id, LOBBY);
    assert_true(notifies(&p, LOBBY, "two"));
    focus(&p, true);
    assert_int_equal(script_count(&p, EFFECT_NOTICE_CLOSE), 1);
    focus(&p, false);
    assert_int_equal(script_count(&p, EFFECT_NOTICE_CLOSE), 0);
    script_close(&p);
}

static void test_notify__none_is_left_to_who_comes_next(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    focus(&p, false);
    assert_true(notifies(&p, LOBBY, "hello"));
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    assert_int_equal(script_count(&p, EFFECT_NOTICE_CLOSE), 1);
    assert_int_equal(script_effect(&p, EFFECT_NOTICE_CLOSE)->id, 0);
    script_close(&p);
}

static void test_notify__a_long_text_is_cut(void **state)
{
    struct script_page p;
    char text[202] = {0};
    (void)state;
    script_open(&p, NULL);
    focus(&p, false);
    for (size_t n = 200; n <= 201; n++) {
        for (size_t i = 0; i < n; i++)
            text[i] = 'x';
        assert_true(notifies(&p, LOBBY, text));
        assert_int_equal(script_effect(&p, EFFECT_NOTICE)->text.n, 200);
    }
    script_close(&p);
}

static void test_notify__the_icon_says_unread_and_wanted(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    rooms_find(&p.m.rooms, LOBBY)->r.unread = 2;
    focus(&p, false);
    assert_int_equal(script_effect(&p, EFFECT_BADGE)->id, 1);
    assert_int_equal(script_effect(&p, EFFECT_BADGE)->key, 2);
    rooms_find(&p.m.rooms, LOBBY)->r.mentions = 1;
    script_later(&p, 1);
    assert_int_equal(script_effect(&p, EFFECT_BADGE)->id, 2);
    script_later(&p, 1);
    assert_int_equal(script_count(&p, EFFECT_BADGE), 0);
    rooms_find(&p.m.rooms, LOBBY)->r.unread = rooms_find(&p.m.rooms, LOBBY)->r.mentions = 0;
    script_later(&p, 1);
    assert_int_equal(script_effect(&p, EFFECT_BADGE)->id, 0);
    script_close(&p);
}

static void test_notify__tabs_go_in_and_out_together(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    told(&p, "in 1");
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0);
    told(&p, "out 2"); /* somebody who is not here any more */
    assert_int_equal(p.m.session.state, SESSION_IN);
    told(&p, "out 1");
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_int_equal(script_count(&p, EFFECT_CLOSE), 1);
    assert_int_equal(script_count(&p, EFFECT_TELL), 1); /* that nothing is looked at here */
    script_assert_slice(script_effect(&p, EFFECT_TELL)->text, "at");
    told(&p, "in 2");
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 1);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify__by_the_setting_of_the_room),
        cmocka_unit_test(test_notify__not_of_who_is_blocked),
        cmocka_unit_test(test_notify__who_is_blocked_by_card_and_by_settings),
        cmocka_unit_test(test_notify__not_of_what_is_looked_at_in_any_tab),
        cmocka_unit_test(test_notify__closed_when_the_room_is_read),
        cmocka_unit_test(test_notify__none_is_left_to_who_comes_next),
        cmocka_unit_test(test_notify__a_long_text_is_cut),
        cmocka_unit_test(test_notify__the_icon_says_unread_and_wanted),
        cmocka_unit_test(test_notify__tabs_go_in_and_out_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
