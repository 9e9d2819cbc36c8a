/* What the page offers, to whom: never what the server would refuse, and not what the room has taken away meanwhile. */
#include "dialog_kinds.h"
#include "upd_dialog.h"
#include "upd_message.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void fill(struct script_page *p, enum dom_field field, const char *text)
{
    struct slice s = slice_str(text);
    script_act(p, (struct action){.type = ACTION_INPUT, .input = {field, s, (uint32_t)s.n}});
}

static void submit(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
}

static void profile(struct script_page *p, int64_t id, enum chat_role role)
{
    struct chat_user user = script_user(id);
    user.role = role;
    script_act(p, (struct action){.type = ACTION_PROFILE, .user = &user});
}

/* May Ana, of this role here and in the room, delete what Bo said in it, of that role here? */
static bool may_delete(int64_t room, enum chat_role role, enum chat_role in_room, enum chat_role bo)
{
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM, (uint64_t)room);
    script_receive(&p, room, BO, "said");
    profile(&p, ANA, role);
    profile(&p, BO, bo);
    script_room_open(&p)->r.room_role = in_room;
    bool may = upd_message_may_delete(&p.m, script_at(&p, 0));
    script_close(&p);
    return may;
}

static void test_offers__deleting_is_for_who_outranks_the_sender(void **state)
{
    (void)state;
    assert_false(may_delete(LOBBY, CHAT_MEMBER, CHAT_MEMBER, CHAT_MEMBER));
    assert_true(may_delete(LOBBY, CHAT_MOD, CHAT_MEMBER, CHAT_MEMBER));
    assert_true(may_delete(LOBBY, CHAT_MEMBER, CHAT_MOD, CHAT_GUEST));
    assert_false(may_delete(LOBBY, CHAT_MOD, CHAT_MEMBER, CHAT_MOD));
    assert_false(may_delete(LOBBY, CHAT_MEMBER, CHAT_MOD, CHAT_ADMIN));
    assert_false(may_delete(SECRET, CHAT_ADMIN, CHAT_MEMBER, CHAT_MEMBER)); /* the room's own do */
    assert_true(may_delete(SECRET, CHAT_MEMBER, CHAT_MOD, CHAT_ADMIN));
    assert_false(may_delete(WITH_BO, CHAT_OWNER, CHAT_OWNER, CHAT_MEMBER));
}

static void test_offers__one_takes_back_what_one_said_while_the_room_goes_on(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, ANA, "said");
    assert_true(upd_message_may_delete(&p.m, script_at(&p, 0)));
    script_room_open(&p)->r.archived = true;
    assert_false(upd_message_may_delete(&p.m, script_at(&p, 0)));
    script_close(&p);
}

static void test_offers__a_new_role_is_taken_at_once(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    profile(&p, ANA, CHAT_MOD);
    assert_int_equal(p.m.session.me.role, CHAT_MOD);
    assert_non_null(script_ask(&p, ASK_REPORTS));
    profile(&p, BO, CHAT_ADMIN);
    assert_int_equal(p.m.session.me.role, CHAT_MOD);
    script_close(&p);
}

static void test_offers__another_ones_new_name_is_not_undone_with_a_topic(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_room_open(&p)->r.room_role = CHAT_OWNER;
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    script_room_open(&p)->r.name = SL("renamed"); /* by somebody else, meanwhile */
    fill(&p, DOM_FIELD_ROOM_TOPIC, "News");
    submit(&p);
    const struct effect *e = script_ask(&p, ASK_DIALOG);
    assert_non_null(e);
    assert_true(CHAT_HAS(e->request, CHAT_FIELD_TOPIC));
    assert_false(CHAT_HAS(e->request, CHAT_FIELD_NAME));
    script_close(&p);
}

static void test_offers__a_dialog_about_a_room_goes_with_it(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_ROOM_MENU);
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {SECRET, true}});
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_click(&p, DOM_ACT_SETTINGS, 0);
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {WITH_BO, true}});
    assert_int_equal(p.m.dialog.kind, DIALOG_SETTINGS);
    script_close(&p);
}

static void test_offers__guests_find_rooms_and_make_none(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    assert_null(script_ask(&p, ASK_DIALOG));
    script_click(&p, DOM_ACT_DIALOG_CLOSE, 0);
    profile(&p, ANA, CHAT_GUEST);
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    assert_non_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(script_ask(&p, ASK_DIALOG)->event, EVENT_ROOMS);
    submit(&p); /* there is none to be chosen */
    assert_null(script_ask(&p, ASK_DIALOG));
    script_close(&p);
}

static void http(struct script_page *p, unsigned status, const char *body)
{
    const struct effect *e = script_effect(p, EFFECT_HTTP);
    script_act(p, (struct action){.type = ACTION_HTTP, .http = {e->ask, status, slice_str(body)}});
}

static void test_offers__an_invitation_that_was_used_to_register_is_over(void **state)
{
    (void)state;
    struct script_page p;
    struct account_answer in = {.status = 200,
                                .ok = true,
                                .token = SL("token"),
                                .life_ms = 600000,
                                .user = script_user(ANA)};
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START,
                                   .start = {.address = SL("/#/invite/token"), .name = SL("ana")}});
    http(&p, 200, "{\"by\":\"Bo\",\"expires\":0}");
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_REGISTER, &in}});
    script_act(&p, (struct action){.type = ACTION_TOKEN});
    script_status(&p, CHAT_CLIENT_RESUMING, SOCK_LIVE);
    script_room(&p, LOBBY, 0, 0);
    script_live(&p);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_close(&p);
}

#define T(name) cmocka_unit_test(test_offers__##name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(deleting_is_for_who_outranks_the_sender),
        T(one_takes_back_what_one_said_while_the_room_goes_on),
        T(a_new_role_is_taken_at_once),
        T(another_ones_new_name_is_not_undone_with_a_topic),
        T(a_dialog_about_a_room_goes_with_it),
        T(guests_find_rooms_and_make_none),
        T(an_invitation_that_was_used_to_register_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
