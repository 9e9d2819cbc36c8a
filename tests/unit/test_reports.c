/* Reports: a message is reported with a reason, and who moderates the room sees how many wait, and judges them. */
#include "reports.h"

#include "dialog_room_menu.h"
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

static void give_reason(struct script_page *p, struct slice text)
{
    script_act(p, (struct action){.type = ACTION_INPUT,
                                  .input = {DOM_FIELD_REASON, text, (uint32_t)text.n}});
}

/* Ana moderates the secret room, in which Bo has written three messages, and has it open. */
static void open_moderated(struct script_page *p)
{
    script_open(p, NULL);
    rooms_find(&p->m.rooms, SECRET)->r.room_role = CHAT_MOD;
    script_click(p, DOM_ACT_ROOM, SECRET);
}

static const char TWO[] =
    "{\"ok\":true,\"open\":2,\"reports\":["
    "{\"id\":5,\"seq\":2,\"ts\":1,\"text\":\"something bad\",\"reason\":\"it is rude\","
    "\"from\":{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\"},\"by\":{\"id\":3,\"name\":\"cyd\"}},"
    "{\"id\":6,\"seq\":3,\"ts\":1,\"text\":\"\",\"reason\":\"spam\","
    "\"from\":{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\"},\"by\":{\"id\":1,\"name\":\"ana\"}},"
    "{\"id\":7},{\"seq\":1},8]}";

static void open_queue(struct script_page *p)
{
    open_moderated(p);
    script_receive_many(p, SECRET, 3);
    script_click(p, DOM_ACT_ROOM_MENU, 0);
    script_click(p, DOM_ACT_CHOICE, MENU_TAB << 8 | MENU_REPORTS);
    const struct effect *asked = script_ask(p, ASK_DIALOG);
    assert_non_null(asked);
    assert_int_equal(asked->event, EVENT_REPORTS);
    assert_int_equal(asked->request->room, SECRET);
    script_answer(p, ASK_DIALOG, TWO);
}

static void test_reports__a_message_is_reported_with_a_reason(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "something bad");
    script_click(&p, DOM_ACT_MORE, script_at(&p, 0)->key);
    script_click(&p, DOM_ACT_REPORT, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_REPORT);
    submit(&p);
    assert_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_REASON);
    give_reason(&p, SL(" it is rude "));
    submit(&p);
    const struct effect *asked = script_ask(&p, ASK_DIALOG);
    assert_non_null(asked);
    assert_int_equal(asked->event, EVENT_REPORT);
    assert_int_equal(asked->request->room, LOBBY);
    assert_int_equal(asked->request->seq, 1);
    script_assert_slice(asked->request->reason, "it is rude");
    script_answer(&p, ASK_DIALOG, "{\"ok\":true}");
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text), "It is reported. Thank you.");
    script_close(&p);
}

static void test_reports__ones_own_and_what_is_deleted_are_not(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "mine");
    script_sent(&p);
    script_click(&p, DOM_ACT_REPORT, script_at(&p, 0)->key);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_receive(&p, LOBBY, BO, "gone");
    assert_true(reports_may(&p.m, script_at(&p, 1)));
    script_at(&p, 1)->deleted = true;
    assert_false(reports_may(&p.m, script_at(&p, 1)));
    script_close(&p);
}

static void test_reports__who_moderates_knows_how_many_wait(void **state)
{
    (void)state;
    struct script_page p;
    open_moderated(&p);
    const struct effect *asked = script_ask(&p, ASK_REPORTS);
    assert_non_null(asked);
    assert_int_equal(asked->request->limit, 1);
    script_answer(&p, ASK_REPORTS, TWO);
    assert_int_equal(script_room_open(&p)->reports_n, 2);
    script_act(&p, (struct action){.type = ACTION_REPORTS, .reports = {SECRET, 3}});
    assert_int_equal(script_room_open(&p)->reports_n, 3);
    script_act(&p, (struct action){.type = ACTION_REPORTS, .reports = {99, 1}});
    script_click(&p, DOM_ACT_ROOM, LOBBY); /* where she is a member like others */
    assert_null(script_ask(&p, ASK_REPORTS));
    script_close(&p);
}

static void test_reports__are_listed_with_who_and_why_and_dismissed(void **state)
{
    (void)state;
    struct script_page p;
    open_queue(&p);
    const struct dialog *d = &p.m.dialog;
    assert_int_equal(d->rows_n, 2);
    script_assert_slice(d->rows[0].label, "Bo: something bad");
    script_assert_slice(d->rows[0].more, "Reported by cyd: it is rude");
    script_assert_slice(d->rows[1].label, "Bo: (without text)");
    assert_int_equal(script_room_open(&p)->reports_n, 2);
    script_click(&p, DOM_ACT_REPORT_DISMISS, 4); /* there is none */
    assert_null(script_ask(&p, ASK_DIALOG));
    script_click(&p, DOM_ACT_REPORT_DISMISS, 6);
    const struct effect *asked = script_ask(&p, ASK_DIALOG);
    assert_non_null(asked);
    assert_int_equal(asked->event, EVENT_REPORT_CLOSE);
    assert_int_equal(asked->request->report_id, 6);
    assert_int_equal(asked->request->outcome, CHAT_OUTCOME_DISMISSED);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true}");
    assert_int_equal(script_ask(&p, ASK_DIALOG)->event, EVENT_REPORTS);
    script_close(&p);
}

static void test_reports__a_message_is_deleted_from_there_when_confirmed(void **state)
{
    (void)state;
    struct script_page p;
    open_queue(&p);
    script_click(&p, DOM_ACT_REPORT_DELETE, 6);
    assert_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(p.m.dialog.confirm, DOM_ACT_REPORT_DELETE);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p.m.dialog.rows_n, 2); /* back in the list */
    script_click(&p, DOM_ACT_REPORT_DELETE, 6);
    script_click(&p, DOM_ACT_CONFIRM, 0);
    const struct effect *asked = script_ask(&p, ASK_DIALOG);
    assert_non_null(asked);
    assert_int_equal(asked->event, EVENT_DELETE);
    assert_int_equal(asked->request->seq, 3);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"ev\":9}");
    assert_int_equal(script_ask(&p, ASK_DIALOG)->event, EVENT_REPORTS);
    script_close(&p);
}

static void test_reports__lead_to_the_message(void **state)
{
    (void)state;
    struct script_page p;
    open_queue(&p);
    script_click(&p, DOM_ACT_REPORT_SHOW, 5);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    assert_int_equal(model_message(&p.m, p.m.flash_key)->seq, 2);
    script_close(&p);
}

#define T(name) cmocka_unit_test(test_reports__##name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_message_is_reported_with_a_reason),
        T(ones_own_and_what_is_deleted_are_not),
        T(who_moderates_knows_how_many_wait),
        T(are_listed_with_who_and_why_and_dismissed),
        T(a_message_is_deleted_from_there_when_confirmed),
        T(lead_to_the_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
