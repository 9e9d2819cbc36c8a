/* Lists of rooms, found or administered, page by page; and that a role that was given stays. */
#include "dialog_admin.h"
#include "upd_dialog.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void choose(struct script_page *p, unsigned group, unsigned which)
{
    script_click(p, DOM_ACT_CHOICE, group << 8 | which);
}

static const struct effect *asked(struct script_page *p)
{
    const struct effect *e = script_ask(p, ASK_DIALOG);
    assert_non_null(e);
    return e;
}

static void http(struct script_page *p, const char *body)
{
    struct ask ask = script_effect(p, EFFECT_HTTP)->ask;
    script_act(p, (struct action){.type = ACTION_HTTP, .http = {ask, 200, slice_str(body)}});
}

/* An answer of n rooms with the ids 1 to n; the second one is a direct message. Owns: json, buf_fini. */
static const char *rooms(struct buf *json, unsigned n)
{
    buf_init(json, 1u << 16);
    assert_int_equal(buf_put(json, SL("{\"ok\":true,\"rooms\":[")), ERR_OK);
    for (unsigned i = 1; i <= n; i++)
        assert_int_equal(
            buf_printf(json, "%s{\"id\":%u,\"kind\":\"%s\",\"name\":\"r\",\"seq\":0,\"ev\":0}",
                       i > 1 ? "," : "", i, i == 2 ? "dm" : "public"),
            ERR_OK);
    assert_int_equal(buf_put(json, SL("]}")), ERR_OK);
    assert_int_equal(buf_putc(json, '\0'), ERR_OK);
    return json->p;
}

static void test_dialog_rooms__are_found_page_by_page(void **state)
{
    (void)state;
    struct script_page p;
    struct buf json;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM_BROWSE, 0);
    assert_int_equal(asked(&p)->event, EVENT_ROOMS);
    assert_int_equal(asked(&p)->request->limit, CHAT_LIMIT_MAX);
    assert_true(asked(&p)->request->browse);
    assert_true(CHAT_HAS(asked(&p)->request, CHAT_FIELD_BROWSE));
    assert_false(CHAT_HAS(asked(&p)->request, CHAT_FIELD_AFTER));
    script_answer(&p, ASK_DIALOG, rooms(&json, CHAT_LIMIT_MAX));
    buf_fini(&json);
    assert_true(p.m.dialog.more);
    script_click(&p, DOM_ACT_SHOW_MORE, CHAT_LIMIT_MAX);
    assert_int_equal(asked(&p)->request->after, CHAT_LIMIT_MAX);
    assert_true(CHAT_HAS(asked(&p)->request, CHAT_FIELD_AFTER));
    script_answer(&p, ASK_DIALOG, rooms(&json, 1));
    buf_fini(&json);
    assert_int_equal(p.m.dialog.rows_n, 1);
    assert_false(p.m.dialog.more);
    script_close(&p);
}

static void test_dialog_rooms__are_administered_page_by_page(void **state)
{
    (void)state;
    struct script_page p;
    struct buf json;
    script_open(&p, NULL);
    p.m.session.person->role = CHAT_ADMIN;
    script_click(&p, DOM_ACT_ADMIN, 0);
    choose(&p, ADMIN_TAB, ADMIN_ROOMS);
    http(&p, rooms(&json, CHAT_LIMIT_MAX));
    buf_fini(&json);
    assert_int_equal(p.m.dialog.rows_n, CHAT_LIMIT_MAX - 1); /* older servers list direct ones */
    assert_true(p.m.dialog.more);
    script_click(&p, DOM_ACT_SHOW_MORE, CHAT_LIMIT_MAX);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path,
                        "/api/v1/admin/rooms?q=&after=100");
    http(&p, rooms(&json, CHAT_LIMIT_MAX - 1));
    buf_fini(&json);
    assert_false(p.m.dialog.more);
    script_close(&p);
}

static void test_dialog_rooms__a_role_that_was_given_stays(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    p.m.session.person->role = CHAT_ADMIN;
    script_click(&p, DOM_ACT_ADMIN, 0);
    http(&p, "{\"users\":[{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\",\"role\":\"member\"}]}");
    script_click(&p, DOM_ACT_OPTION, 0);
    http(&p, "{\"sessions\":[]}");
    choose(&p, ADMIN_ROLE, CHAT_MOD);
    http(&p, "{\"user\":{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\",\"role\":\"mod\"}}");
    assert_int_equal(p.m.dialog.done, WORD_SAVED);
    assert_int_equal(p.m.dialog.choices[ADMIN_ROLE], CHAT_MOD);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialog_rooms__are_found_page_by_page),
        cmocka_unit_test(test_dialog_rooms__are_administered_page_by_page),
        cmocka_unit_test(test_dialog_rooms__a_role_that_was_given_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
