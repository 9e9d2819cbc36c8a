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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialog_kept__what_was_typed_is_there_when_it_is_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
