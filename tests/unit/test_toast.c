/* Toasts: how long they stay, and the deletion that can be undone. */
#include "upd_toast.h"

#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* n messages of Bo's in the lobby, where Ana may delete them. */
static void open_with(struct script_page *p, unsigned n)
{
    script_open(p, NULL);
    rooms_find(&p->m.rooms, LOBBY)->r.room_role = CHAT_MOD;
    script_receive_many(p, LOBBY, n);
}

static void delete_now(struct script_page *p, uint32_t index)
{
    script_act(p, (struct action){.type = ACTION_CLICK,
                                  .click = {DOM_ACT_DELETE, script_at(p, index)->key, true}});
}

static void hold(struct script_page *p, bool on)
{
    script_act(p, (struct action){.type = ACTION_TOAST_HOLD, .on = on});
}

static void test_toast__deleting_asks_once_unless_shift_is_held(void **state)
{
    (void)state;
    struct script_page p;
    open_with(&p, 1);
    script_click(&p, DOM_ACT_DELETE, script_at(&p, 0)->key);
    assert_int_equal(p.m.dialog.kind, DIALOG_DELETE);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE); /* Escape is no */
    assert_false(upd_toast_dooms(&p.m, LOBBY, 1));
    script_click(&p, DOM_ACT_DELETE, script_at(&p, 0)->key);
    script_click(&p, DOM_ACT_CONFIRM, 0);
    assert_true(upd_toast_dooms(&p.m, LOBBY, 1));
    script_close(&p);
    open_with(&p, 1);
    delete_now(&p, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    assert_true(upd_toast_dooms(&p.m, LOBBY, 1));
    script_close(&p);
}

static void test_toast__a_deletion_is_sent_when_its_time_is_over(void **state)
{
    (void)state;
    struct script_page p;
    open_with(&p, 1);
    delete_now(&p, 0);
    assert_null(script_ask(&p, ASK_DELETE));
    script_later(&p, TOAST_MS - 1);
    assert_null(script_ask(&p, ASK_DELETE));
    script_later(&p, 1);
    assert_int_equal(script_ask(&p, ASK_DELETE)->request->seq, 1);
    assert_int_equal(update_wake_ms(&p.m) > p.now_ms, true);
    script_refuse(&p, ASK_DELETE, CHAT_FORBIDDEN);
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text),
                        "The message was not deleted: You may not do that here.");
    script_later(&p, TOAST_MS);
    assert_int_not_equal(p.m.toasts.at[0].id, 0); /* so much takes longer to read */
    script_later(&p, TOAST_MS);
    assert_int_equal(p.m.toasts.at[0].id, 0);
    script_close(&p);
}

static void test_toast__undone_is_never_sent(void **state)
{
    (void)state;
    struct script_page p;
    open_with(&p, 1);
    delete_now(&p, 0);
    script_click(&p, DOM_ACT_TOAST, p.m.toasts.at[0].id);
    assert_false(upd_toast_dooms(&p.m, LOBBY, 1));
    script_later(&p, 2 * (int64_t)TOAST_MS);
    assert_null(script_ask(&p, ASK_DELETE));
    script_close(&p);
}

static void test_toast__leaving_the_page_deletes_at_once(void **state)
{
    (void)state;
    struct script_page p;
    open_with(&p, 2);
    delete_now(&p, 0);
    delete_now(&p, 1);
    script_act(&p, (struct action){.type = ACTION_HIDE});
    assert_int_equal(script_count(&p, EFFECT_ASK), 2);
    script_close(&p);
}

static void test_toast__stays_while_the_pointer_or_the_focus_is_on_it(void **state)
{
    (void)state;
    struct script_page p;
    open_with(&p, 1);
    delete_now(&p, 0);
    hold(&p, true);
    script_later(&p, 3 * (int64_t)TOAST_MS);
    assert_null(script_ask(&p, ASK_DELETE));
    hold(&p, false);
    script_later(&p, TOAST_AFTER_MS - 1);
    assert_null(script_ask(&p, ASK_DELETE));
    script_later(&p, 1);
    assert_non_null(script_ask(&p, ASK_DELETE));
    delete_now(&p, 0);
    hold(&p, true);
    script_later(&p, TOAST_HOLD_MAX_MS);
    assert_non_null(script_ask(&p, ASK_DELETE)); /* not for ever */
    script_close(&p);
}

static void test_toast__one_too_many_ends_the_oldest(void **state)
{
    (void)state;
    struct script_page p;
    open_with(&p, TOASTS_MAX + 1);
    for (uint32_t i = 0; i < TOASTS_MAX; i++) {
        delete_now(&p, i);
        assert_null(script_ask(&p, ASK_DELETE));
    }
    delete_now(&p, TOASTS_MAX);
    assert_int_equal(script_ask(&p, ASK_DELETE)->request->seq, 1);
    assert_true(upd_toast_dooms(&p.m, LOBBY, TOASTS_MAX + 1));
    script_close(&p);
}

static void test_toast__signing_out_deletes_before_it_leaves(void **state)
{
    (void)state;
    struct script_page p;
    open_with(&p, 1);
    delete_now(&p, 0);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    assert_non_null(script_ask(&p, ASK_DELETE));
    assert_int_equal(p.m.toasts.at[0].id, 0);
    script_close(&p);
}

static void copied(struct script_page *p, bool ok)
{
    script_act(
        p, (struct action){.type = ACTION_COPIED, .copied = {ok, ok ? SL("") : SL("two\nlines")}});
}

static void test_toast__what_could_not_be_copied_is_said_and_shown(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "two\nlines");
    script_click(&p, DOM_ACT_COPY_TEXT, script_at(&p, 0)->key);
    script_assert_slice(script_effect(&p, EFFECT_COPY)->text, "two\nlines");
    assert_int_equal(p.m.toasts.at[0].id, 0); /* not before it is so */
    copied(&p, true);
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text), "Copied");
    copied(&p, false);
    assert_int_equal(p.m.toasts.at[1].id, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_COPY);
    script_assert_slice(buf_peek(&p.m.dialog.note), "two\nlines");
    script_key(&p, DOM_KEY_ESCAPE, 0);
    /* A dialog that is open shows what is copied from it. */
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    copied(&p, false);
    assert_int_equal(p.m.dialog.kind, DIALOG_ROOM_MENU);
    assert_true(p.m.toasts.at[1].id);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_toast__deleting_asks_once_unless_shift_is_held),
        cmocka_unit_test(test_toast__a_deletion_is_sent_when_its_time_is_over),
        cmocka_unit_test(test_toast__undone_is_never_sent),
        cmocka_unit_test(test_toast__leaving_the_page_deletes_at_once),
        cmocka_unit_test(test_toast__stays_while_the_pointer_or_the_focus_is_on_it),
        cmocka_unit_test(test_toast__one_too_many_ends_the_oldest),
        cmocka_unit_test(test_toast__signing_out_deletes_before_it_leaves),
        cmocka_unit_test(test_toast__what_could_not_be_copied_is_said_and_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
