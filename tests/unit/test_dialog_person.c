/* What moderators and owners can do with somebody, on his card. */
#include "dialog_person.h"

#include "upd_dialog.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void submit(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
}

static void choose(struct script_page *p, unsigned group, unsigned which)
{
    script_click(p, DOM_ACT_CHOICE, group << 8 | which);
}

/* Ana is more than a member of the secret room. */
static void open_as(struct script_page *p, enum chat_role role, int64_t room)
{
    script_open(p, NULL);
    rooms_find(&p->m.rooms, SECRET)->r.room_role = role;
    if (room != LOBBY)
        script_click(p, DOM_ACT_ROOM, (uint64_t)room);
}

static const struct effect *asked(struct script_page *p)
{
    const struct effect *e = script_ask(p, ASK_DIALOG);
    assert_non_null(e);
    return e;
}

static const char MEMBER_BO[] = "{\"ok\":true,\"members\":[{\"id\":2,\"name\":\"bo\",\"display\":"
                                "\"Bo\",\"role\":\"member\",\"room_role\":\"member\",\"presence\":"
                                "\"online\"}]}";
static const char NO_MEMBER[] = "{\"ok\":true,\"members\":[{\"id\":3,\"name\":\"cyd\",\"display\":"
                                "\"Cyd\",\"role\":\"member\",\"room_role\":\"member\"}]}";

static void test_dialog_person__moderators_mute_remove_and_ban(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_OWNER, SECRET);
    script_click(&p, DOM_ACT_PERSON, BO);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_MEMBERS);
    assert_int_equal(asked(&p)->request->after, BO - 1);
    script_answer(&p, ASK_DIALOG, MEMBER_BO);
    assert_int_equal(p.m.dialog.choices[1], CHAT_MEMBER);
    choose(&p, 2, 0);
    script_click(&p, DOM_ACT_ROOM_MUTE, 0);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_MUTE);
    assert_int_equal(asked(&p)->request->seconds, 600);
    assert_true(asked(&p)->request->on);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true}");
    assert_int_equal(asked(&p)->event, EVENT_ROOM_MEMBERS); /* what has become of it */
    script_answer(&p, ASK_DIALOG, MEMBER_BO);
    script_click(&p, DOM_ACT_ROOM_BAN, 0);
    choose(&p, 2, 4); /* for good */
    submit(&p);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_BAN);
    assert_int_equal(asked(&p)->request->user, BO);
    assert_false(CHAT_HAS(asked(&p)->request, CHAT_FIELD_SECONDS));
    script_refuse(&p, ASK_DIALOG, CHAT_FORBIDDEN);
    script_assert_slice(buf_peek(&p.m.dialog.error), "You may not do that here.");
    script_close(&p);
}

static void test_dialog_person__who_has_left_can_be_banned_and_no_more(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_MOD, SECRET);
    script_click(&p, DOM_ACT_PERSON, BO);
    assert_false(person_may_ban(&p.m)); /* whether he is there is not known yet */
    script_answer(&p, ASK_DIALOG, NO_MEMBER);
    assert_null(person_member(&p.m));
    assert_true(person_may_ban(&p.m));
    assert_false(person_may_rank(&p.m));
    script_click(&p, DOM_ACT_ROOM_BAN, 0);
    submit(&p);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_BAN);
    assert_int_equal(asked(&p)->request->user, BO);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true}");
    assert_int_equal(p.m.dialog.done, WORD_BANNED);
    script_answer(&p, ASK_DIALOG, NO_MEMBER);
    assert_int_equal(p.m.dialog.done, WORD_BANNED);
    rooms_find(&p.m.rooms, SECRET)->r.room_role = CHAT_MEMBER;
    assert_false(person_may_ban(&p.m));
    script_close(&p);
}

static void test_dialog_person__moderators_of_the_server_count_in_public_rooms(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_MEMBER, LOBBY);
    p.m.session.me.role = CHAT_MOD;
    script_click(&p, DOM_ACT_PERSON, BO);
    script_answer(&p, ASK_DIALOG, NO_MEMBER);
    assert_true(person_may_ban(&p.m));
    people_find(&p.m.people, BO)->role = CHAT_MOD;
    assert_false(person_may_ban(&p.m));
    script_close(&p);
}

static void test_dialog_person__a_room_is_handed_over_when_it_is_confirmed(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_ADMIN, SECRET);
    script_click(&p, DOM_ACT_PERSON, BO);
    script_answer(&p, ASK_DIALOG, MEMBER_BO);
    assert_true(person_may_rank(&p.m));
    assert_false(person_may_hand_over(&p.m));
    rooms_find(&p.m.rooms, SECRET)->r.room_role = CHAT_OWNER;
    assert_true(person_may_hand_over(&p.m));
    script_click(&p, DOM_ACT_ROOM_HAND_OVER, 0);
    assert_null(script_ask(&p, ASK_DIALOG));
    script_click(&p, DOM_ACT_DIALOG_CLOSE, 0);
    script_click(&p, DOM_ACT_ROOM_HAND_OVER, 0);
    script_click(&p, DOM_ACT_CONFIRM, 0);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_ROLE);
    assert_int_equal(asked(&p)->request->user, BO);
    assert_int_equal(asked(&p)->request->role, CHAT_OWNER);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialog_person__moderators_mute_remove_and_ban),
        cmocka_unit_test(test_dialog_person__who_has_left_can_be_banned_and_no_more),
        cmocka_unit_test(test_dialog_person__moderators_of_the_server_count_in_public_rooms),
        cmocka_unit_test(test_dialog_person__a_room_is_handed_over_when_it_is_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
