/* The panel: members and search. */
#include "update_script.h"

#include "upd_panel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void type_query(struct script_page *p, const char *text)
{
    script_act(
        p, (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_SEARCH, slice_str(text), 0}});
}

#define HIT                                                                                        \
    "{\"room\":2,\"seq\":7,\"ts\":%d,\"rev\":1,\"from\":{\"id\":2,\"name\":\"bo\"},\"text\":"      \
    "\"\\u00e9 needle\",\"ranges\":[[2,8]]}"

static void answer(struct script_page *p, unsigned n)
{
    struct buf json = {.max = 1u << 20};
    assert_int_equal(buf_put(&json, SL("{\"ok\":true,\"hits\":[")), ERR_OK);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(buf_printf(&json, "%s" HIT, i ? "," : "", 1000 - (int)i), ERR_OK);
    assert_int_equal(buf_put(&json, SL("]}")), ERR_OK);
    struct chat_answer a = {.result = ERR_OK, .ok = true, .json = buf_peek(&json)};
    script_act(p, (struct action){.type = ACTION_ANSWER,
                                  .answer = {{ASK_SEARCH, 0, p->m.panel.turn}, &a}});
    buf_fini(&json);
}

static void test_panel__opens_closes_and_gives_the_focus_back(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_MEMBERS, 0);
    assert_int_equal(p.m.panel.kind, PANEL_MEMBERS);
    assert_non_null(script_ask(&p, ASK_MEMBERS));
    script_key(&p, DOM_KEY_F, DOM_FLAG_CTRL | DOM_FLAG_SHIFT);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_SEARCH_INPUT);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_PANEL | DOM_FLAG_FIELD);
    assert_int_equal(p.m.panel.kind, PANEL_NONE);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_INPUT);
    script_close(&p);
}

static void test_panel__searches_a_moment_after_the_last_key(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_SEARCH, 0);
    type_query(&p, "ne");
    assert_int_equal(p.m.panel.state, SEARCH_IDLE); /* too short */
    type_query(&p, "from:@bo needle");
    script_later(&p, 149);
    assert_null(script_ask(&p, ASK_SEARCH));
    script_later(&p, 1);
    const struct effect *asked = script_ask(&p, ASK_SEARCH);
    assert_non_null(asked);
    script_assert_slice(asked->request->q, "needle");
    script_assert_slice(asked->request->from, "bo");
    answer(&p, 1);
    assert_int_equal(p.m.panel.hits_n, 1);
    assert_int_equal(p.m.panel.hits[0].from, 3); /* bytes, not characters */
    assert_int_equal(p.m.panel.hits[0].to, 9);
    assert_false(p.m.panel.more);
    script_click(&p, DOM_ACT_HIT, 1);
    assert_int_equal(p.m.open, SECRET);
    assert_int_equal(script_room_open(&p)->target_seq, 7);
    script_close(&p);
}

static void test_panel__an_answer_to_an_older_question_says_nothing(void **state)
{
    (void)state;
    struct script_page p;
    struct chat_answer old = {.result = ERR_OK, .ok = true, .json = SL("{\"hits\":[]}")};
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_SEARCH, 0);
    type_query(&p, "needle");
    script_later(&p, 150);
    int64_t turn = p.m.panel.turn;
    type_query(&p, "needles");
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {{ASK_SEARCH, 0, turn}, &old}});
    assert_int_equal(p.m.panel.state, SEARCH_TYPING);
    script_close(&p);
}

static void test_panel__pages_up_to_its_cap(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_SEARCH, 0);
    type_query(&p, "needle");
    script_later(&p, 150);
    for (unsigned n = 30; n <= PANEL_HITS_MAX; n += 30) {
        answer(&p, 30);
        assert_int_equal(p.m.panel.hits_n, n);
        assert_true(p.m.panel.more);
        script_click(&p, DOM_ACT_SHOW_MORE, 0);
        assert_int_equal(script_ask(&p, ASK_SEARCH)->request->before, 971);
    }
    answer(&p, 30);
    assert_int_equal(p.m.panel.hits_n, PANEL_HITS_MAX);
    assert_false(p.m.panel.more);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panel__opens_closes_and_gives_the_focus_back),
        cmocka_unit_test(test_panel__searches_a_moment_after_the_last_key),
        cmocka_unit_test(test_panel__an_answer_to_an_older_question_says_nothing),
        cmocka_unit_test(test_panel__pages_up_to_its_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
