/* The administration: what the whole is called. */
#include "dialog_admin.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void type(struct script_page *p, const char *text)
{
    struct slice s = slice_str(text);
    script_act(
        p, (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_WORKSPACE, s, (uint32_t)s.n}});
}

static void submit(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
}

static void told(struct script_page *p, const char *name)
{
    script_act(p, (struct action){.type = ACTION_WORKSPACE, .text = slice_str(name)});
}

static void http(struct script_page *p, unsigned status, const char *body)
{
    const struct effect *e = script_effect(p, EFFECT_HTTP);
    script_act(p, (struct action){.type = ACTION_HTTP, .http = {e->ask, status, slice_str(body)}});
}

static void assert_shown(struct script_page *p, const char *name)
{
    script_assert_slice(dialog_text(&p->m.dialog, DOM_FIELD_WORKSPACE), name);
}

static void open(struct script_page *p)
{
    script_click(p, DOM_ACT_ADMIN, 0);
    script_act(
        p, (struct action){.type = ACTION_CLICK,
                           .click = {.act = DOM_ACT_CHOICE, .key = ADMIN_TAB << 8 | ADMIN_SERVER}});
    http(p, 200, "ready\n");
}

static void begin(struct script_page *p)
{
    script_open(p, NULL);
    p->m.session.person->role = CHAT_ADMIN;
    told(p, "Acme");
    open(p);
    assert_shown(p, "Acme");
}

static void test_admin_dialog__a_name_is_saved_and_comes_back_as_everybody_hears_it(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    type(&p, "  Say \"hi\" ");
    submit(&p);
    const struct effect_http *asked = &script_effect(&p, EFFECT_HTTP)->http;
    assert_true(asked->post && asked->patch && asked->signed_in);
    script_assert_slice(asked->path, "/api/v1/admin/server");
    script_assert_slice(asked->json, "{\"workspace\":\"Say \\\"hi\\\"\"}");
    submit(&p); /* once is enough */
    assert_int_equal(script_count(&p, EFFECT_HTTP), 0);
    script_close(&p);

    begin(&p);
    type(&p, "Mine");
    submit(&p);
    http(&p, 200, "{\"workspace\":\"Mine\"}");
    assert_int_equal(p.m.dialog.done, WORD_SAVED);
    script_assert_slice(model_workspace(&p.m), "Acme"); /* by the one way alone, in its order */
    told(&p, "Mine");
    script_assert_slice(model_workspace(&p.m), "Mine");
    told(&p, "Theirs"); /* somebody else's, a moment later: nothing was written here since */
    assert_shown(&p, "Theirs");
    type(&p, "");
    submit(&p);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.json, "{\"workspace\":\"\"}");
    http(&p, 200, "{\"workspace\":\"\"}");
    told(&p, "");
    script_assert_slice(model_workspace(&p.m), "Tincan");
    script_close(&p);
}

static void test_admin_dialog__what_is_being_written_stays(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    type(&p, "Half a na");
    told(&p, "Theirs");
    assert_shown(&p, "Half a na");
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    open(&p);
    assert_shown(&p, "Half a na");
    /* Also when one has looked at a person meanwhile. */
    script_act(&p, (struct action){
                       .type = ACTION_CLICK,
                       .click = {.act = DOM_ACT_CHOICE, .key = ADMIN_TAB << 8 | ADMIN_PEOPLE}});
    http(&p, 200, "{\"users\":[{\"id\":2,\"name\":\"bo\",\"role\":\"member\"}]}");
    script_click(&p, DOM_ACT_OPTION, 0);
    assert_int_equal(p.m.dialog.about, 2);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    open(&p);
    assert_shown(&p, "Half a na");
    type(&p, "Theirs");
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p.m.dialog_kept.n, 0);
    script_close(&p);
}

static void test_admin_dialog__a_refusal_stands_at_the_field(void **state)
{
    struct script_page p;
    (void)state;
    begin(&p);
    type(&p, "too long");
    submit(&p);
    http(&p, 400,
         "{\"error\":{\"code\":\"invalid\",\"message\":\"workspace is too long\","
         "\"field\":\"workspace\"}}");
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_WORKSPACE);
    script_assert_slice(buf_peek(&p.m.dialog.error),
                        "This is too long, or has characters that cannot be shown.");
    assert_shown(&p, "too long");
    type(&p, "short");
    assert_int_equal(p.m.dialog.error.n, 0);
    submit(&p);
    http(&p, 403, "{\"error\":{\"code\":\"forbidden\",\"message\":\"You may not\"}}");
    script_assert_slice(buf_peek(&p.m.dialog.error), "You may not do that here.");
    submit(&p);
    http(&p, 0, "");
    assert_true(p.m.dialog.error.n > 0);
    assert_int_equal(p.m.dialog.done, 0);
    assert_shown(&p, "short");
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admin_dialog__a_name_is_saved_and_comes_back_as_everybody_hears_it),
        cmocka_unit_test(test_admin_dialog__what_is_being_written_stays),
        cmocka_unit_test(test_admin_dialog__a_refusal_stands_at_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
