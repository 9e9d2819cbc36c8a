/* The panel, who is there, and the search: scripts of actions. */
#include "upd_panel.h"
#include "upd_search.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MEMBER(id, name)                                                                           \
    "{\"id\":" #id ",\"name\":\"" name "\",\"role\":\"member\",\"room_role\":\"member\","          \
    "\"presence\":\"offline\"}"

static void open_members(struct script_page *p)
{
    script_open(p, NULL);
    script_click(p, DOM_ACT_MEMBERS, 0);
    assert_non_null(script_ask(p, ASK_MEMBERS));
    script_answer(p, ASK_MEMBERS,
                  "{\"members\":[" MEMBER(1, "ana") "," MEMBER(2, "bo") "," MEMBER(3, "cyd") "]}");
}

static void test_update_panel__opens_with_the_focus_and_gives_it_back(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_MEMBERS, 0);
    assert_int_equal(p.m.panel.kind, PANEL_MEMBERS);
    assert_int_equal(p.m.pane, PANE_PANEL);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_PANEL);
    /* Escape outside of it means something else while it stands beside the room. */
    p.m.width_px = PANEL_BESIDE_PX;
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.panel.kind, PANEL_MEMBERS);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_PANEL);
    assert_int_equal(p.m.panel.kind, PANEL_NONE);
    assert_int_equal(p.m.pane, PANE_ROOM);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_MEMBERS_BUTTON);
    script_key(&p, DOM_KEY_PERIOD, DOM_FLAG_COMPOSER | DOM_FLAG_CTRL);
    assert_int_equal(p.m.panel.kind, PANEL_MEMBERS);
    p.m.width_px = PANEL_BESIDE_PX - 1;
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.panel.kind, PANEL_NONE);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_INPUT);
    script_close(&p);
}

static void test_update_panel__a_direct_message_has_no_members(void **state)
{
    (void)state;
    struct script_page p;
    open_members(&p);
    script_click(&p, DOM_ACT_ROOM, WITH_BO);
    assert_false(upd_panel_shown(&p.m));
    assert_null(script_ask(&p, ASK_MEMBERS));
    script_click(&p, DOM_ACT_ROOM, SECRET);
    assert_true(upd_panel_shown(&p.m));
    assert_int_equal(script_ask(&p, ASK_MEMBERS)->ask.room, SECRET);
    script_close(&p);
}

static void test_update_panel__members_that_did_not_come_are_asked_for_when_wanted(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_MEMBERS, 0);
    script_refuse(&p, ASK_MEMBERS, CHAT_BUSY);
    assert_true(p.m.members.failed);
    script_later(&p, 60000);
    assert_null(script_ask(&p, ASK_MEMBERS));
    script_click(&p, DOM_ACT_SHOW_MORE, 0);
    assert_non_null(script_ask(&p, ASK_MEMBERS));
    script_close(&p);
}

static const struct chat_request *asked(struct script_page *p, enum ask_kind kind)
{
    const struct effect *e = script_ask(p, kind);
    assert_non_null(e);
    return e->request;
}

static void test_update_panel__those_on_the_screen_are_watched(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_later(&p, PRESENCE_AFTER_MS);
    assert_int_equal(asked(&p, ASK_PRESENCE)->watch_n, 1); /* of the direct message */
    script_answer(&p, ASK_PRESENCE,
                  "{\"state\":\"online\",\"users\":[{\"id\":2,\"state\":\"idle\"}]}");
    assert_int_equal(people_find(&p.m.people, BO)->presence, CHAT_IDLE);
    script_later(&p, 60000);
    assert_null(script_ask(&p, ASK_PRESENCE));
    script_act(
        &p, (struct action){.type = ACTION_PRESENCE, .presence = {.id = BO, .state = CHAT_ONLINE}});
    assert_int_equal(people_find(&p.m.people, BO)->presence, CHAT_ONLINE);
    script_click(&p, DOM_ACT_MEMBERS, 0);
    script_answer(&p, ASK_MEMBERS, "{\"members\":[" MEMBER(1, "ana") "," MEMBER(3, "cyd") "]}");
    script_later(&p, PRESENCE_AFTER_MS);
    assert_int_equal(asked(&p, ASK_PRESENCE)->watch_n, 3);
    /* Another connection knows nothing of it. */
    script_down(&p);
    script_live(&p);
    script_later(&p, PRESENCE_AFTER_MS);
    assert_non_null(script_ask(&p, ASK_PRESENCE));
    script_close(&p);
}

static void test_update_panel__idle_and_back_but_invisible_stays(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_ACTIVE, .on = false});
    assert_int_equal(asked(&p, ASK_PRESENCE)->state, CHAT_IDLE);
    script_answer(&p, ASK_PRESENCE, "{\"state\":\"idle\",\"users\":[]}");
    script_act(&p, (struct action){.type = ACTION_ACTIVE, .on = true});
    assert_int_equal(asked(&p, ASK_PRESENCE)->state, CHAT_ONLINE);
    script_act(&p, (struct action){.type = ACTION_ACTIVE, .on = false});
    script_answer(&p, ASK_PRESENCE, "{\"state\":\"invisible\",\"users\":[]}");
    script_act(&p, (struct action){.type = ACTION_ACTIVE, .on = true});
    assert_null(script_ask(&p, ASK_PRESENCE));
    script_close(&p);
}

/* --- the search --- */

static void type(struct script_page *p, const char *text)
{
    script_act(
        p, (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_SEARCH, slice_str(text), 0}});
}

static void open_search(struct script_page *p)
{
    script_open(p, NULL);
    script_key(p, DOM_KEY_F, DOM_FLAG_COMPOSER | DOM_FLAG_CTRL | DOM_FLAG_SHIFT);
    assert_int_equal(script_effect(p, EFFECT_FOCUS)->id, DOM_NODE_SEARCH_INPUT);
}

#define HIT                                                                                        \
    "{\"room\":1,\"seq\":7,\"cid\":\"00000000000000000000000000000007\",\"from\":{\"id\":2,"       \
    "\"name\":\"bo\"},\"text\":\"f\xC3\xBCr den Kuchen\",\"ts\":1772500000000,\"rev\":1,"          \
    "\"ranges\":[[8,14]]}"

static void test_update_panel__searches_when_typing_rests(void **state)
{
    (void)state;
    struct script_page p;
    open_search(&p);
    type(&p, "ku");
    assert_int_equal(p.m.search.state, SEARCH_SHORT);
    script_later(&p, 1000);
    assert_null(script_ask(&p, ASK_SEARCH));
    type(&p, "kuchen from:bo");
    script_later(&p, SEARCH_AFTER_MS - 1);
    assert_null(script_ask(&p, ASK_SEARCH));
    script_later(&p, 1);
    script_assert_slice(asked(&p, ASK_SEARCH)->q, "kuchen");
    script_assert_slice(asked(&p, ASK_SEARCH)->from, "bo");
    assert_int_equal(asked(&p, ASK_SEARCH)->room, LOBBY);
    script_answer(&p, ASK_SEARCH, "{\"hits\":[" HIT "]}");
    assert_int_equal(p.m.search.n, 1);
    assert_int_equal(p.m.search.state, SEARCH_DONE);
    assert_false(p.m.search.more);
    /* Characters on the wire, bytes here. */
    assert_int_equal(p.m.search.at[0].marks[0][0], 9);
    assert_int_equal(p.m.search.at[0].marks[0][1], 15);
    script_close(&p);
}

static void test_update_panel__all_rooms_and_named_rooms(void **state)
{
    (void)state;
    struct script_page p;
    open_search(&p);
    type(&p, "kuchen");
    script_click(&p, DOM_ACT_SEARCH_ALL, 0);
    assert_false(CHAT_HAS(asked(&p, ASK_SEARCH), CHAT_FIELD_ROOM));
    type(&p, "kuchen in:#secret");
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_SEARCH});
    assert_int_equal(asked(&p, ASK_SEARCH)->room, SECRET);
    type(&p, "kuchen in:#nowhere");
    assert_int_equal(p.m.search.state, SEARCH_UNKNOWN_ROOM);
    type(&p, "kuchen before:soon");
    assert_int_equal(p.m.search.state, SEARCH_BAD_DATE);
    script_later(&p, 1000);
    assert_null(script_ask(&p, ASK_SEARCH));
    script_close(&p);
}

static void test_update_panel__late_answers_and_what_is_too_old_do_not_count(void **state)
{
    (void)state;
    struct script_page p;
    open_search(&p);
    type(&p, "kuchen after:2026-03-02");
    script_later(&p, SEARCH_AFTER_MS);
    script_answer(&p, ASK_SEARCH, "{\"hits\":[" HIT "]}"); /* it is of the 3rd at 01:06 */
    assert_int_equal(p.m.search.n, 1);
    type(&p, "kuchen after:2026-03-03");
    script_later(&p, SEARCH_AFTER_MS);
    script_answer(&p, ASK_SEARCH, "{\"hits\":[" HIT "]}");
    assert_int_equal(p.m.search.n, 0);
    type(&p, "kuchen");
    script_later(&p, SEARCH_AFTER_MS);
    struct script_page before = p;
    type(&p, "kuchen!");
    memcpy(p.fx.list, before.fx.list, sizeof p.fx.list);
    p.fx.n = before.fx.n;
    script_answer(&p, ASK_SEARCH, "{\"hits\":[" HIT "]}");
    assert_int_equal(p.m.search.n, 0);
    script_close(&p);
}

static void test_update_panel__a_hit_opens_its_message(void **state)
{
    (void)state;
    struct script_page p;
    open_search(&p);
    type(&p, "kuchen");
    script_later(&p, SEARCH_AFTER_MS);
    script_answer(&p, ASK_SEARCH, "{\"hits\":[" HIT "]}");
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_click(&p, DOM_ACT_SEARCH_ALL, 0);
    script_answer(&p, ASK_SEARCH, "{\"hits\":[" HIT "]}");
    script_click(&p, DOM_ACT_HIT, 0);
    assert_int_equal(p.m.open, LOBBY);
    assert_int_equal(script_room_open(&p)->target_seq, 7);
    script_close(&p);
}

static void test_update_panel__long_texts_are_cut_around_the_mark(void **state)
{
    (void)state;
    static char json[8192], text[4000];
    struct script_page p;
    memset(text, 'a', sizeof text);
    memcpy(text + 2000, "kuchen", 6);
    (void)snprintf(json, sizeof json,
                   "{\"hits\":[{\"room\":1,\"seq\":7,\"cid\":\"00000000000000000000000000000007\","
                   "\"from\":{\"id\":2,\"name\":\"bo\"},\"text\":\"%.4000s\",\"ts\":1,\"rev\":1,"
                   "\"ranges\":[[2000,2006]]}]}",
                   text);
    open_search(&p);
    type(&p, "kuchen");
    script_later(&p, SEARCH_AFTER_MS);
    script_answer(&p, ASK_SEARCH, json);
    const struct search_hit *hit = &p.m.search.at[0];
    assert_int_equal(p.m.search.n, 1);
    assert_true(hit->text_n <= SEARCH_TEXT_BYTES);
    assert_memory_equal(hit->text + hit->marks[0][0], "kuchen", 6);
    script_close(&p);
}

static void answer_n(struct script_page *p, unsigned n)
{
    struct buf json = {.max = 1u << 20};
    assert_int_equal(buf_put(&json, SL("{\"ok\":true,\"hits\":[")), ERR_OK);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(buf_printf(&json, "%s" HIT, i ? "," : ""), ERR_OK);
    assert_int_equal(buf_put(&json, SL("]}")), ERR_OK);
    assert_int_equal(buf_putc(&json, '\0'), ERR_OK);
    script_answer(p, ASK_SEARCH, json.p);
    buf_fini(&json);
}

static void test_update_panel__pages_up_to_its_cap(void **state)
{
    (void)state;
    struct script_page p;
    open_search(&p);
    type(&p, "kuchen");
    script_later(&p, SEARCH_AFTER_MS);
    for (unsigned n = SEARCH_PAGE; n < SEARCH_HITS_MAX; n += SEARCH_PAGE) {
        answer_n(&p, SEARCH_PAGE);
        assert_int_equal(p.m.search.n, n);
        assert_true(p.m.search.more);
        script_click(&p, DOM_ACT_SHOW_MORE, 0);
        assert_int_equal(asked(&p, ASK_SEARCH)->last_room, LOBBY);
        assert_int_equal(asked(&p, ASK_SEARCH)->last_seq, 7);
        assert_true(CHAT_HAS(asked(&p, ASK_SEARCH), CHAT_FIELD_LAST_ROOM));
        assert_false(CHAT_HAS(asked(&p, ASK_SEARCH), CHAT_FIELD_BEFORE));
    }
    answer_n(&p, SEARCH_PAGE + 1);
    assert_int_equal(p.m.search.n, SEARCH_HITS_MAX);
    assert_false(p.m.search.more);
    script_click(&p, DOM_ACT_SHOW_MORE, 0);
    assert_null(script_ask(&p, ASK_SEARCH));
    script_close(&p);
}

static void assert_round(struct script_page *p, unsigned held, const enum dom_node *nodes,
                         const unsigned *flags, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        script_key(p, DOM_KEY_F6, flags[i] | held);
        unsigned next = (i + (held ? n - 1 : 1)) % n;
        assert_int_equal(script_effect(p, EFFECT_FOCUS)->id, nodes[next]);
    }
}

static void test_update_panel__f6_goes_round_the_regions_that_are_there(void **state)
{
    (void)state;
    struct script_page p;
    const enum dom_node nodes[] = {DOM_NODE_INPUT, DOM_NODE_PANEL, DOM_NODE_SELF_BUTTON,
                                   DOM_NODE_SEARCH_BUTTON, DOM_NODE_SCROLLER};
    const unsigned flags[] = {DOM_FLAG_COMPOSER, DOM_FLAG_PANEL, DOM_FLAG_ROOMS, DOM_FLAG_HEADER,
                              DOM_FLAG_ROW};
    const enum dom_node closed[] = {DOM_NODE_INPUT, DOM_NODE_SELF_BUTTON, DOM_NODE_SEARCH_BUTTON,
                                    DOM_NODE_SCROLLER};
    const unsigned closed_flags[] = {DOM_FLAG_COMPOSER, DOM_FLAG_ROOMS, DOM_FLAG_HEADER, 0};
    script_open(&p, NULL);
    for (unsigned held = 0; held <= DOM_FLAG_SHIFT; held += DOM_FLAG_SHIFT)
        assert_round(&p, held, closed, closed_flags, 4);
    script_click(&p, DOM_ACT_MEMBERS, 0);
    for (unsigned held = 0; held <= DOM_FLAG_SHIFT; held += DOM_FLAG_SHIFT)
        assert_round(&p, held, nodes, flags, 5);
    script_close(&p);
}

static void
test_update_panel__f6_brings_its_region_and_skips_what_cannot_be_written_in(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_key(&p, DOM_KEY_F6, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.pane, PANE_ROOM); /* both are seen */
    assert_int_equal(p.m.notify.here, LOBBY);
    script_act(&p, (struct action){.type = ACTION_LOOKS, .looks = {.width_px = 390}});
    script_key(&p, DOM_KEY_F6, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.pane, PANE_ROOMS);
    assert_int_equal(p.m.notify.here, 0); /* whoever sees the list does not see the room */
    script_act(&p, (struct action){.type = ACTION_LOOKS, .looks = {.width_px = 844}});
    assert_int_equal(p.m.notify.here, LOBBY); /* turned on its side */
    script_act(&p, (struct action){.type = ACTION_LOOKS, .looks = {.width_px = 390}});
    script_key(&p, DOM_KEY_F6, DOM_FLAG_ROOMS);
    assert_int_equal(p.m.pane, PANE_ROOM);
    script_click(&p, DOM_ACT_MEMBERS, 0);
    script_key(&p, DOM_KEY_F6, DOM_FLAG_PANEL);
    script_key(&p, DOM_KEY_F6, DOM_FLAG_ROOMS | DOM_FLAG_SHIFT);
    assert_int_equal(p.m.pane, PANE_PANEL);
    script_room_open(&p)->r.archived = true;
    script_key(&p, DOM_KEY_F6, DOM_FLAG_ROW);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_PANEL);
    script_close(&p);
}

/* What settings_encode writes of these is what it reads. */
static void assert_kept(const struct settings *s, const char *json)
{
    struct settings back;
    struct buf out = {.max = 1024};
    assert_int_equal(settings_encode(s, &out), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), slice_str(json)));
    settings_decode(&back, buf_peek(&out));
    assert_memory_equal(back.px, s->px, sizeof back.px);
    buf_fini(&out);
}

static void width(struct script_page *p, uint32_t which, uint32_t px)
{
    script_act(p, (struct action){.type = ACTION_WIDTH, .width = {which, px}});
    assert_int_equal(script_count(p, EFFECT_SAVE_SETTINGS), 1);
}

static void test_update_panel__widths_are_kept_within_their_limits(void **state)
{
    struct script_page p;
    struct settings s;
    (void)state;
    script_open(&p, NULL);
    width(&p, WIDTH_SIDEBAR, SETTINGS_SIDEBAR_PX_MAX);
    width(&p, WIDTH_PANEL, SETTINGS_PANEL_PX_MIN);
    assert_kept(&p.m.settings, "{\"sidebar\":400,\"panel\":280}");
    width(&p, WIDTHS_N, 300); /* there is none */
    assert_kept(&p.m.settings, "{\"sidebar\":400,\"panel\":280}");
    width(&p, WIDTH_SIDEBAR, 0);
    width(&p, WIDTH_PANEL, SETTINGS_PANEL_PX_MAX);
    assert_kept(&p.m.settings, "{\"panel\":560}");
    width(&p, WIDTH_SIDEBAR, SETTINGS_SIDEBAR_PX_MAX + 1);
    width(&p, WIDTH_PANEL, SETTINGS_PANEL_PX_MIN - 1);
    assert_kept(&p.m.settings, "{}");
    settings_decode(&s, SL("{\"sidebar\":179,\"panel\":\"x\",\"density\":1}"));
    assert_true(s.px[WIDTH_SIDEBAR] == 0 && s.px[WIDTH_PANEL] == 0 && s.density == 1);
    settings_decode(&s, SL("{\"sidebar\":180,\"panel\":561}"));
    assert_true(s.px[WIDTH_SIDEBAR] == 180 && s.px[WIDTH_PANEL] == 0);
    settings_decode(&s, SL("{\"sidebar\":-1,\"panel\":99999999999}"));
    assert_true(s.px[WIDTH_SIDEBAR] == 0 && s.px[WIDTH_PANEL] == 0);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_panel__widths_are_kept_within_their_limits),
        cmocka_unit_test(test_update_panel__opens_with_the_focus_and_gives_it_back),
        cmocka_unit_test(test_update_panel__a_direct_message_has_no_members),
        cmocka_unit_test(test_update_panel__members_that_did_not_come_are_asked_for_when_wanted),
        cmocka_unit_test(test_update_panel__those_on_the_screen_are_watched),
        cmocka_unit_test(test_update_panel__idle_and_back_but_invisible_stays),
        cmocka_unit_test(test_update_panel__searches_when_typing_rests),
        cmocka_unit_test(test_update_panel__all_rooms_and_named_rooms),
        cmocka_unit_test(test_update_panel__late_answers_and_what_is_too_old_do_not_count),
        cmocka_unit_test(test_update_panel__a_hit_opens_its_message),
        cmocka_unit_test(test_update_panel__pages_up_to_its_cap),
        cmocka_unit_test(test_update_panel__long_texts_are_cut_around_the_mark),
        cmocka_unit_test(test_update_panel__f6_goes_round_the_regions_that_are_there),
        cmocka_unit_test(
            test_update_panel__f6_brings_its_region_and_skips_what_cannot_be_written_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
