/* What is typed into a dialog that is closed unsent. */
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void fill(struct script_page *p, enum dom_field field, const char *text)
{
    struct slice s = slice_str(text);
    script_act(p, (struct action){.type = ACTION_INPUT, .input = {field, s, (uint32_t)s.n}});
}

static void test_dialog_kept__what_was_typed_is_there_when_it_is_opened_again(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    fill(&p, DOM_FIELD_ROOM_NAME, "kites");
    fill(&p, DOM_FIELD_ROOM_TOPIC, "how to fly them");
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    script_click(&p, DOM_ACT_DM_NEW, 0); /* another one has nothing of it, and takes nothing away */
    assert_null(dialog_field(&p.m.dialog, DOM_FIELD_ROOM_NAME));
    script_click(&p, DOM_ACT_DIALOG_CLOSE, 0);
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_ROOM_NAME), "kites");
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_ROOM_TOPIC), "how to fly them");
    assert_int_equal(dialog_field(&p.m.dialog, DOM_FIELD_ROOM_NAME)->stamp, 1); /* it is shown */
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
    script_answer(&p, ASK_DIALOG,
                  "{\"ok\":true,\"room\":{\"id\":7,\"name\":\"kites\",\"kind\":\"public\"}}");
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_click(&p, DOM_ACT_ROOM_NEW, 0); /* it was sent */
    assert_int_equal(dialog_text(&p.m.dialog, DOM_FIELD_ROOM_NAME).n, 0);
    script_close(&p);
}

static void escape(struct script_page *p)
{
    script_key(p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p->m.dialog.kind, DIALOG_NONE);
}

static void assert_field(struct script_page *p, enum dom_field field, const char *expected)
{
    script_assert_slice(dialog_text(&p->m.dialog, field), expected);
}

static void test_dialog_kept__settings_that_were_not_saved_are_there_again(void **state)
{
    (void)state;
    struct script_page p;
    struct chat_user me = script_user(ANA);
    script_open(&p, NULL);
    me.status = SL("here");
    script_act(&p, (struct action){.type = ACTION_PROFILE, .user = &me});
    script_click(&p, DOM_ACT_SETTINGS, 0);
    fill(&p, DOM_FIELD_DISPLAY, "Ana of the hills");
    fill(&p, DOM_FIELD_STATUS, "");
    fill(&p, DOM_FIELD_PASSWORD, "correct horse");
    escape(&p);
    me.status = SL("away"); /* changed elsewhere: what was written here stays */
    script_act(&p, (struct action){.type = ACTION_PROFILE, .user = &me});
    script_click(&p, DOM_ACT_SETTINGS, 0);
    assert_field(&p, DOM_FIELD_DISPLAY, "Ana of the hills");
    assert_field(&p, DOM_FIELD_STATUS, "");
    assert_field(&p, DOM_FIELD_PASSWORD, "");
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
    assert_int_equal(script_ask(&p, ASK_DIALOG)->request->has,
                     1ull << CHAT_FIELD_DISPLAY | 1ull << CHAT_FIELD_STATUS);
    script_answer(&p, ASK_DIALOG,
                  "{\"user\":{\"id\":1,\"name\":\"ana\",\"display\":\"Ana of the hills\","
                  "\"role\":\"member\"}}");
    escape(&p);
    assert_int_equal(p.m.dialog_kept.n, 0); /* saved */
    script_close(&p);
}

static void test_dialog_kept__every_room_has_its_own(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    rooms_find(&p.m.rooms, LOBBY)->r.room_role = CHAT_OWNER;
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    fill(&p, DOM_FIELD_ROOM_TOPIC, "of the lobby");
    script_click(&p, DOM_ACT_MEMBERS, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    assert_field(&p, DOM_FIELD_ROOM_TOPIC, "");
    escape(&p);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    assert_field(&p, DOM_FIELD_ROOM_TOPIC, "of the lobby");
    assert_field(&p, DOM_FIELD_ROOM_NAME, "lobby"); /* not changed */
    fill(&p, DOM_FIELD_ROOM_TOPIC, "");
    escape(&p);
    assert_int_equal(p.m.dialog_kept.n, 0);
    script_close(&p);
}

static void test_dialog_kept__the_last_few_and_no_more(void **state)
{
    (void)state;
    struct dialog_kept k = {.n = 0};
    struct dialog d;
    dialog_init(&d);
    d.kind = DIALOG_REPORT;
    for (int64_t i = 0; i <= DIALOG_KEPT_MAX; i++) {
        d.about = i;
        assert_true(dialog_typed(&d, DOM_FIELD_REASON, SL("rude")));
        dialog_keep(&k, &d);
    }
    assert_int_equal(k.n, DIALOG_KEPT_MAX);
    for (int64_t i = 0; i <= DIALOG_KEPT_MAX; i += DIALOG_KEPT_MAX) {
        dialog_reset(&d);
        d.kind = DIALOG_REPORT;
        d.about = i;
        dialog_kept_fill(&k, &d);
        script_assert_slice(dialog_text(&d, DOM_FIELD_REASON), i ? "rude" : "");
    }
    dialog_fini(&d);
    dialog_kept_forget(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialog_kept__what_was_typed_is_there_when_it_is_opened_again),
        cmocka_unit_test(test_dialog_kept__settings_that_were_not_saved_are_there_again),
        cmocka_unit_test(test_dialog_kept__every_room_has_its_own),
        cmocka_unit_test(test_dialog_kept__the_last_few_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
