/* Signing out, also while the server cannot be reached. */
#include "update_script.h"

#include "upd_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void signed_out(struct script_page *p, unsigned status)
{
    struct account_answer a = {.status = status, .ok = status == 200};
    script_act(p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_LOGOUT, &a}});
}

static bool asks(const struct script_page *p, enum account_op op)
{
    return script_count(p, EFFECT_ACCOUNT) == 1 &&
           script_effect(p, EFFECT_ACCOUNT)->account->op == op;
}

static void test_update_leaving__signing_out_is_asked_until_the_server_has_answered(void **state)
{
    static const unsigned ends[] = {200, 401};
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct script_page p;
        script_open(&p, NULL);
        script_click(&p, DOM_ACT_SIGN_OUT, 0);
        assert_true(asks(&p, ACCOUNT_LOGOUT));
        assert_true(script_effect(&p, EFFECT_SAVE_LEAVING)->on);
        assert_int_equal(p.m.session.login.error.n, 0);
        signed_out(&p, 0);
        assert_int_equal(script_count(&p, EFFECT_SAVE_LEAVING), 0);
        script_assert_slice(
            buf_peek(&p.m.session.login.error),
            "You are signed out here. The server will be told as soon as it can be reached.");
        script_later(&p, 1000);
        assert_true(asks(&p, ACCOUNT_LOGOUT));
        signed_out(&p, 503);
        script_later(&p, 1000);
        assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0);
        script_act(&p, (struct action){.type = ACTION_NETWORK, .on = true});
        assert_true(asks(&p, ACCOUNT_LOGOUT));
        signed_out(&p, ends[i]);
        assert_false(script_effect(&p, EFFECT_SAVE_LEAVING)->on);
        assert_int_equal(p.m.session.login.error.n, 0);
        assert_int_equal(p.m.session.state, SESSION_NONE);
        script_act(&p, (struct action){.type = ACTION_NETWORK, .on = true});
        assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0);
        script_close(&p);
    }
}

static void test_update_leaving__who_has_signed_out_without_network_does_not_come_back(void **state)
{
    struct script_page p;
    (void)state;
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START,
                                   .start = {.name = SL("ana"), .known = true, .leaving = true}});
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_true(asks(&p, ACCOUNT_LOGOUT));
    assert_int_equal(script_count(&p, EFFECT_CACHE_LOAD), 0);
    /* The old session ends before there is another one's cookie, if it can be. */
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0);
    signed_out(&p, 0);
    assert_true(asks(&p, ACCOUNT_GUEST));
    struct account_answer in = {
        .status = 200, .ok = true, .token = SL("t"), .life_ms = 600000, .user = script_user(ANA)};
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_GUEST, &in}});
    assert_int_equal(p.m.session.state, SESSION_IN);
    assert_false(script_effect(&p, EFFECT_SAVE_LEAVING)->on);
    script_later(&p, 60000);
    assert_false(asks(&p, ACCOUNT_LOGOUT));
    script_close(&p);
}

static void test_update_leaving__one_signs_out_before_the_server_has_said_who_one_is(void **state)
{
    struct script_page p;
    struct account_answer none = {.status = 0};
    struct chat_user ana = script_user(ANA);
    (void)state;
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START, .start = {.known = true}});
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_REFRESH, &none}});
    upd_session_known(&p.m, &ana);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_true(asks(&p, ACCOUNT_LOGOUT));
    script_close(&p);
    /* The other tab of one that has. */
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START, .start = {.known = true}});
    upd_session_known(&p.m, &ana);
    script_act(&p, (struct action){.type = ACTION_TOLD, .text = SL("out 1")});
    assert_int_equal(p.m.session.state, SESSION_NONE);
    script_close(&p);
}

static void test_update_leaving__a_sign_in_elsewhere_is_not_ended(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    script_act(&p, (struct action){.type = ACTION_TOLD, .text = SL("in 2")});
    signed_out(&p, 0);
    assert_true(asks(&p, ACCOUNT_REFRESH)); /* the cookie is that one's */
    script_close(&p);
}

static void test_update_leaving__a_sign_out_never_runs_beside_a_sign_in(void **state)
{
    struct script_page p;
    struct account_answer refused = {.status = 503};
    (void)state;
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START,
                                   .start = {.name = SL("ana"), .known = true, .leaving = true}});
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    signed_out(&p, 0);
    assert_true(asks(&p, ACCOUNT_GUEST));
    script_later(&p, 60000); /* it would take the cookie that is about to come */
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0);
    script_act(&p, (struct action){.type = ACTION_NETWORK, .on = true});
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0);
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_GUEST, &refused}});
    script_later(&p, 1000);
    assert_true(asks(&p, ACCOUNT_LOGOUT));
    script_close(&p);
}

static void test_update_leaving__who_signs_in_in_another_tab_waits_for_it_too(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_TOLD, .text = SL("out 1")});
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_int_equal(script_count(&p, EFFECT_SAVE_LEAVING), 0); /* the other tab has */
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    assert_true(asks(&p, ACCOUNT_LOGOUT));
    signed_out(&p, 401);
    assert_true(asks(&p, ACCOUNT_GUEST) || asks(&p, ACCOUNT_LOGIN));
    script_close(&p);
}

static void test_update_leaving__what_could_not_be_copied_is_shown_to_nobody_else(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_SIGN_OUT, 0);
    script_act(&p, (struct action){.type = ACTION_COPIED, .copied = {.text = SL("secret")}});
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_close(&p);
}

#define T(name) cmocka_unit_test(test_update_leaving__##name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(signing_out_is_asked_until_the_server_has_answered),
        T(who_has_signed_out_without_network_does_not_come_back),
        T(one_signs_out_before_the_server_has_said_who_one_is),
        T(a_sign_in_elsewhere_is_not_ended),
        T(a_sign_out_never_runs_beside_a_sign_in),
        T(who_signs_in_in_another_tab_waits_for_it_too),
        T(what_could_not_be_copied_is_shown_to_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
