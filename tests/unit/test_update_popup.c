/* Completing names in the composer, what is said of mentions, marks by keys: scripts of actions. */
#include "upd_emoji.h"
#include "upd_popup.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MEMBERS                                                                                    \
    "{\"members\":["                                                                               \
    "{\"id\":1,\"name\":\"ana\",\"display\":\"Ana\",\"role\":\"member\",\"room_role\":\"owner\","  \
    "\"presence\":\"online\"},"                                                                    \
    "{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\",\"role\":\"member\",\"room_role\":\"member\","   \
    "\"presence\":\"idle\"}]}"

static void write(struct script_page *p, const char *text)
{
    script_type(p, slice_str(text));
}

static struct slice draft(struct script_page *p)
{
    return buf_peek(&script_room_open(p)->draft.text);
}

static void open_at(struct script_page *p)
{
    script_open(p, NULL);
    write(p, "hi @");
    script_answer(p, ASK_MEMBERS, MEMBERS);
    write(p, "hi @b");
}

static void test_update_popup__members_are_asked_for_once_and_offered(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    write(&p, "hi @");
    assert_non_null(script_ask(&p, ASK_MEMBERS));
    script_answer(&p, ASK_MEMBERS, MEMBERS);
    assert_int_equal(p.m.popup.n, 3);
    write(&p, "hi @b");
    assert_null(script_ask(&p, ASK_MEMBERS));
    assert_int_equal(p.m.popup.n, 1);
    assert_int_equal(p.m.popup.options[0], BO);
    script_close(&p);
}

static void test_update_popup__enter_takes_the_chosen_one_and_does_not_send(void **state)
{
    (void)state;
    struct script_page p;
    open_at(&p);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    script_assert_slice(draft(&p), "hi @bo ");
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    assert_int_equal(script_effect(&p, EFFECT_SHOW_DRAFT)->id, 7);
    assert_int_equal(p.m.popup.n, 0);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    script_close(&p);
}

static void test_update_popup__arrows_go_round_and_escape_closes_for_this_sign(void **state)
{
    (void)state;
    struct script_page p;
    open_at(&p);
    write(&p, "hi @");
    assert_true(p.m.popup.n >= 3); /* Bo, @here, @room */
    uint32_t n = p.m.popup.n;
    script_key(&p, DOM_KEY_UP, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.popup.at, n - 1);
    script_key(&p, DOM_KEY_DOWN, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.popup.at, 0);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.popup.n, 0);
    write(&p, "hi @b");
    assert_int_equal(p.m.popup.n, 0);
    write(&p, "hi @b @b");
    assert_int_equal(p.m.popup.n, 1);
    script_close(&p);
}

static void test_update_popup__nothing_while_an_input_method_composes(void **state)
{
    (void)state;
    struct script_page p;
    open_at(&p);
    script_act(&p, (struct action){.type = ACTION_INPUT,
                                   .input = {DOM_FIELD_COMPOSER, SL("hi @b"), UINT32_MAX}});
    assert_int_equal(p.m.popup.n, 0);
    script_assert_slice(draft(&p), "hi @b");
    script_close(&p);
}

static void test_update_popup__the_server_is_asked_when_typing_rests(void **state)
{
    (void)state;
    struct script_page p;
    open_at(&p);
    write(&p, "hi @cy");
    assert_int_equal(p.m.popup.n, 0);
    script_later(&p, FINDER_AFTER_MS - 1);
    assert_null(script_ask(&p, ASK_USERS));
    script_later(&p, 1);
    assert_non_null(script_ask(&p, ASK_USERS));
    script_answer(
        &p, ASK_USERS,
        "{\"users\":[{\"id\":3,\"name\":\"cyd\",\"display\":\"Cyd\",\"role\":\"guest\"}]}");
    assert_int_equal(p.m.popup.n, 1);
    script_key(&p, DOM_KEY_TAB, DOM_FLAG_COMPOSER);
    script_assert_slice(draft(&p), "hi @cyd ");
    /* Who is not in the room will not see it. */
    assert_int_equal(p.m.popup.warning, POPUP_OUTSIDER);
    assert_int_equal(p.m.popup.outsider, CYD);
    write(&p, "hi");
    assert_int_equal(p.m.popup.warning, POPUP_NO_WARNING);
    script_close(&p);
}

static void test_update_popup__telling_many_is_said_from_one_more_on(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_room_open(&p)->r.members = POPUP_MANY;
    write(&p, "@room lunch");
    assert_int_equal(p.m.popup.warning, POPUP_NO_WARNING);
    script_room_open(&p)->r.members = POPUP_MANY + 1;
    write(&p, "@here lunch");
    assert_int_equal(p.m.popup.warning, POPUP_TELLS_MANY);
    write(&p, "`@here` lunch");
    assert_int_equal(p.m.popup.warning, POPUP_NO_WARNING);
    script_close(&p);
}

static void test_update_popup__members_are_kept_right_by_events(void **state)
{
    (void)state;
    struct script_page p;
    struct chat_user cyd = script_user(CYD);
    struct chat_event e = {
        .room = LOBBY, .ev = 9, .kind = CHAT_EVENT_MEMBER, .user = &cyd, .change = CHAT_JOIN};
    open_at(&p);
    script_act(&p, (struct action){.type = ACTION_EVENT, .event = &e});
    assert_int_equal(p.m.members.n, 3);
    e.change = CHAT_ROLE;
    e.role = CHAT_MOD;
    script_act(&p, (struct action){.type = ACTION_EVENT, .event = &e});
    assert_int_equal(p.m.members.at[2].role, CHAT_MOD);
    e.change = CHAT_KICK;
    script_act(&p, (struct action){.type = ACTION_EVENT, .event = &e});
    assert_int_equal(p.m.members.n, 2);
    script_close(&p);
}

static void test_update_popup__emojis_come_with_their_table(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    write(&p, ":smi");
    assert_int_equal(script_count(&p, EFFECT_HTTP), 1);
    write(&p, ":smil");
    assert_int_equal(script_count(&p, EFFECT_HTTP), 0);
    script_act(&p, (struct action){
                       .type = ACTION_HTTP,
                       .http = {{ASK_EMOJI, 0, 0}, 200, SL("=Faces\n\xF0\x9F\x98\x84 smile\n")}});
    assert_int_equal(p.m.popup.n, 1);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    script_assert_slice(draft(&p), "\xF0\x9F\x98\x84 ");
    assert_int_equal(script_count(&p, EFFECT_SAVE_EMOJI), 1);
    write(&p, "so :smile:");
    script_assert_slice(draft(&p), "so \xF0\x9F\x98\x84");
    write(&p, "so :nope:");
    script_assert_slice(draft(&p), "so :nope:");
    script_close(&p);
}

static void test_update_popup__a_table_that_did_not_come_is_asked_for_again(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    write(&p, ":smi");
    script_act(&p, (struct action){.type = ACTION_HTTP, .http = {{ASK_EMOJI, 0, 0}, 0, SL("")}});
    write(&p, ":smil");
    assert_int_equal(script_count(&p, EFFECT_HTTP), 1);
    script_close(&p);
}

static void test_update_popup__marks_go_around_what_is_selected(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    write(&p, "gr\xC3\xBC\xC3\x9F dich");
    script_act(&p, (struct action){.type = ACTION_SELECT, .select = {7, 11}});
    script_key(&p, DOM_KEY_B, DOM_FLAG_COMPOSER | DOM_FLAG_CTRL);
    script_assert_slice(draft(&p), "gr\xC3\xBC\xC3\x9F **dich**");
    assert_int_equal(script_effect(&p, EFFECT_SHOW_DRAFT)->id, 9);
    assert_int_equal(script_effect(&p, EFFECT_SHOW_DRAFT)->key, 13);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_popup__members_are_asked_for_once_and_offered),
        cmocka_unit_test(test_update_popup__enter_takes_the_chosen_one_and_does_not_send),
        cmocka_unit_test(test_update_popup__arrows_go_round_and_escape_closes_for_this_sign),
        cmocka_unit_test(test_update_popup__nothing_while_an_input_method_composes),
        cmocka_unit_test(test_update_popup__the_server_is_asked_when_typing_rests),
        cmocka_unit_test(test_update_popup__telling_many_is_said_from_one_more_on),
        cmocka_unit_test(test_update_popup__members_are_kept_right_by_events),
        cmocka_unit_test(test_update_popup__emojis_come_with_their_table),
        cmocka_unit_test(test_update_popup__a_table_that_did_not_come_is_asked_for_again),
        cmocka_unit_test(test_update_popup__marks_go_around_what_is_selected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
