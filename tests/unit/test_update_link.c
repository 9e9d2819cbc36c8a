/* Addresses of rooms and of messages, and what is shown where they lead. */
#include "upd_history.h"
#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct model_limits SMALL = {.messages_max = 100,
                                          .bytes_max = 1u << 20,
                                          .rows_max = 40,
                                          .rows_step = 10,
                                          .rows_slide = 10,
                                          .page_n = 10};

#define GARDEN_ID 5
#define GARDEN(joined)                                                                             \
    "{\"id\":5,\"kind\":\"public\",\"name\":\"garden\",\"topic\":\"roses\",\"seq\":1000,\"ev\":"   \
    "1000,"                                                                                        \
    "\"min_seq\":1,\"members\":7,\"joined\":" joined                                               \
    ",\"read_seq\":1000,\"unread\":0,\"mentions\":0}"
#define OTHER "{\"id\":6,\"kind\":\"public\",\"name\":\"other\",\"topic\":\"\",\"seq\":0,\"ev\":0}"

/* The secret room with n messages, n_read of them read, opened by a click. */
static void open_secret(struct script_page *p, int64_t n, int64_t n_read)
{
    script_open(p, &SMALL);
    script_room(p, SECRET, n, n_read);
    script_click(p, DOM_ACT_ROOM, SECRET);
}

static void follow_link(struct script_page *p, const char *path)
{
    script_act(p, (struct action){.type = ACTION_ADDRESS, .address = {.path = slice_str(path)}});
}

static void assert_toast(struct script_page *p, const char *text)
{
    script_assert_slice(buf_peek(&p->m.toasts.at[0].text), text);
}

static void test_update_link__a_link_past_the_end_says_so_and_leads_to_the_end(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 1000, 1000);
    script_page_of(&p, SECRET, 991, 1000);
    script_scroll(&p, 100, 3000);
    script_page_of(&p, SECRET, 981, 990);
    follow_link(&p, "/#/room/2/5000");
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 5000);
    script_page_of(&p, SECRET, 991, 1000);
    assert_toast(&p, "There is no such message. This is the newest one.");
    assert_true(script_room_open(&p)->window.following);
    assert_int_equal(script_room_open(&p)->target_seq, 0);
    assert_true(p.m.flash_key == 0); /* nothing is taken for it */
    script_close(&p);
    open_secret(&p, 0, 0);
    follow_link(&p, "/#/room/2/1");
    script_page_of(&p, SECRET, 1, 0);
    assert_toast(&p, "There is no such message. This is the newest one.");
    script_close(&p);
}

static void
test_update_link__a_link_to_what_is_not_kept_says_so_and_leads_to_the_oldest(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 50, 50);
    script_page_of(&p, SECRET, 41, 50);
    follow_link(&p, "/#/room/2/3");
    script_page_of(&p, SECRET, 31, 40);
    assert_toast(&p, "That message is not kept any more. This is the oldest one.");
    script_assert_window(&p, 31, 40);
    assert_int_equal(script_count(&p, EFFECT_GO_HOME), 1);
    assert_false(script_room_open(&p)->window.following);
    assert_true(p.m.flash_key == 0);
    script_close(&p);
}

static void test_update_link__the_last_of_several_links_is_the_one_that_is_shown(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 1000, 1000);
    follow_link(&p, "/#/room/2/500"); /* the newest are on their way */
    script_page_of(&p, SECRET, 991, 1000);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 500);
    follow_link(&p, "/#/room/2/200");
    script_page_of(&p, SECRET, 495, 504);
    assert_int_equal(p.m.toasts.at[0].id, 0);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 200);
    script_page_of(&p, SECRET, 195, 204);
    assert_int_equal(model_message(&p.m, p.m.flash_key)->seq, 200);
    script_close(&p);
}

static void test_update_link__an_address_of_no_room_leaves_the_open_one(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, &SMALL);
    script_type(&p, SL("a draft"));
    follow_link(&p, "/#/room/5");
    assert_int_equal(script_ask(&p, ASK_LOOK)->request->after, 4);
    assert_int_equal(script_ask(&p, ASK_LOOK)->request->limit, 1);
    assert_int_equal(p.m.open, LOBBY);                                  /* perhaps there is one */
    script_answer(&p, ASK_LOOK, "{\"ok\":true,\"rooms\":[" OTHER "]}"); /* the next one */
    assert_int_equal(p.m.open, 0);
    assert_int_equal(p.m.wanted, 5);
    assert_int_equal(p.m.rooms.n, 3);
    assert_int_equal(script_count(&p, EFFECT_ADDRESS), 0); /* it stays in the address */
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(p.m.open, LOBBY);
    assert_int_equal(p.m.wanted, 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a draft");
    follow_link(&p, "/#/room/0");
    assert_null(script_ask(&p, ASK_LOOK));
    script_close(&p);
}

static void test_update_link__a_link_that_cannot_be_followed_gives_the_address_back(void **state)
{
    (void)state;
    const struct chat_answer none = {.result = ERR_CLOSED};
    struct script_page p;
    script_open(&p, &SMALL);
    script_down(&p);
    follow_link(&p, "/#/room/5/7");
    script_act(&p, (struct action){.type = ACTION_ANSWER,
                                   .answer = {script_ask(&p, ASK_LOOK)->ask, &none}});
    assert_int_equal(p.m.open, LOBBY);
    assert_int_equal(p.m.wanted, 0); /* also when the connection is there again */
    assert_int_equal(script_count(&p, EFFECT_ADDRESS), 1);
    assert_false(script_effect(&p, EFFECT_ADDRESS)->on); /* in place of the link's */
    assert_true(p.m.toasts.at[0].text.n > 0);
    script_close(&p);
}

/* The room "garden" is looked at, at its message 500 of 1,000. */
static void look_at_garden(struct script_page *p)
{
    script_open(p, &SMALL);
    follow_link(p, "/#/room/5/500");
    script_answer(p, ASK_LOOK, "{\"ok\":true,\"rooms\":[" GARDEN("false") "]}");
    assert_int_equal(p->m.open, GARDEN_ID);
    assert_int_equal(script_ask(p, ASK_HISTORY)->request->around, 500);
    script_page_of(p, GARDEN_ID, 495, 504);
}

static void test_update_link__a_public_room_is_shown_and_not_joined(void **state)
{
    (void)state;
    struct script_page p;
    look_at_garden(&p);
    const struct room *room = script_room_open(&p);
    script_assert_slice(room->r.name, "garden");
    script_assert_slice(room->r.topic, "roses");
    assert_int_equal(room->r.members, 7);
    assert_false(room->r.joined || room->followed || room_writable(room));
    assert_int_equal(model_message(&p.m, p.m.flash_key)->seq, 500);
    assert_int_equal(p.m.rooms.n, 4); /* it is in the list as long as it is shown */
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(p.m.rooms.n, 3);
    script_close(&p);
}

static void test_update_link__a_public_room_is_asked_what_is_new_while_it_is_looked_at(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, &SMALL);
    follow_link(&p, "/#/room/5");
    script_answer(&p, ASK_LOOK, "{\"ok\":true,\"rooms\":[" GARDEN("false") "]}");
    script_page_of(&p, GARDEN_ID, 991, 1000);
    assert_int_equal(upd_history_wake_ms(&p.m), p.m.now_ms + HISTORY_PEEK_MS);
    script_later(&p, HISTORY_PEEK_MS - 1);
    assert_null(script_ask(&p, ASK_HISTORY));
    script_later(&p, 1);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->after, 1000);
    script_later(&p, 3 * HISTORY_PEEK_MS); /* one question at a time */
    assert_null(script_ask(&p, ASK_HISTORY));
    script_page_of(&p, GARDEN_ID, 1001, 1003);
    script_assert_window(&p, 991, 1003);
    assert_true(script_room_open(&p)->window.following);
    script_later(&p, HISTORY_PEEK_MS);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->after, 1003);
    script_page_of(&p, GARDEN_ID, 1004, 1003); /* nothing */
    script_act(&p, (struct action){.type = ACTION_FOCUS});
    script_later(&p, 3 * HISTORY_PEEK_MS); /* nobody looks */
    assert_null(script_ask(&p, ASK_HISTORY));
    assert_true(upd_history_wake_ms(&p.m) == INT64_MAX);
    script_act(&p, (struct action){.type = ACTION_FOCUS, .on = true});
    script_later(&p, 0);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->after, 1003);
    script_refuse(&p, ASK_HISTORY, CHAT_RATE);
    script_later(&p, HISTORY_PEEK_MS);
    script_page_of(&p, GARDEN_ID, 1004, 1004);
    assert_int_equal(script_room_open(&p)->window.new_n, 0);
    script_scroll(&p, 100, 3000); /* who reads above is told that there is more */
    script_later(&p, HISTORY_PEEK_MS);
    script_page_of(&p, GARDEN_ID, 1005, 1006);
    assert_int_equal(script_room_open(&p)->window.new_n, 2);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    script_later(&p, 3 * HISTORY_PEEK_MS); /* one that is mine is told */
    assert_null(script_ask(&p, ASK_HISTORY));
    script_close(&p);
}

static void joined_garden(struct script_page *p)
{
    struct arena arena;
    struct chat_room garden;
    arena_init(&arena, 4096);
    assert_int_equal(chat_room_decode(SL(GARDEN("true")), &arena, &garden), ERR_OK);
    script_act(p, (struct action){.type = ACTION_ROOM, .room = &garden});
    arena_fini(&arena);
}

static void answer_joined(struct script_page *p, struct ask ask)
{
    struct chat_answer joined = {
        .result = ERR_OK, .ok = true, .json = SL("{\"room\":" GARDEN("true") "}")};
    script_act(p, (struct action){.type = ACTION_ANSWER, .answer = {ask, &joined}});
}

static void test_update_link__joining_is_asked_for_and_brings_what_was_missed(void **state)
{
    (void)state;
    struct script_page p;
    look_at_garden(&p);
    script_click(&p, DOM_ACT_JOIN, 0);
    struct ask ask = script_ask(&p, ASK_JOIN)->ask;
    assert_int_equal(script_ask(&p, ASK_JOIN)->request->room, GARDEN_ID);
    script_refuse(&p, ASK_JOIN, CHAT_BANNED);
    assert_true(p.m.toasts.at[0].text.n > 0);
    assert_int_equal(p.m.open, GARDEN_ID);
    joined_garden(&p);
    assert_int_equal(script_effect(&p, EFFECT_FOLLOW)->id, GARDEN_ID);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 500);
    answer_joined(&p, ask);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_INPUT);
    script_page_of(&p, GARDEN_ID, 496, 505);
    script_assert_window(&p, 496, 505);
    assert_true(room_writable(script_room_open(&p)));
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(p.m.rooms.n, 4);
    script_close(&p);
}

static void test_update_link__joining_leaves_the_reader_where_he_is(void **state)
{
    (void)state;
    struct script_page p;
    look_at_garden(&p);
    uint64_t key = script_at(&p, 2)->key;
    assert_int_equal(script_at(&p, 2)->seq, 497);
    script_act(&p, (struct action){.type = ACTION_SEEN, .row = key});
    joined_garden(&p);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 497);
    script_page_of(&p, GARDEN_ID, 492, 501);
    assert_int_equal(script_count(&p, EFFECT_SCROLL_ROW), 0);
    script_assert_window(&p, 492, 501); /* 502 to 504 may be others by now */
    assert_int_equal(script_at(&p, 5)->seq, 497);
    assert_true(script_at(&p, 5)->key == key);
    assert_false(script_room_open(&p)->window.following);
    script_scroll(&p, 3000, 0);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->after, 501);
    script_close(&p);
}

static void
test_update_link__a_page_asked_for_before_joining_is_not_taken_for_a_new_one(void **state)
{
    (void)state;
    struct script_page p;
    look_at_garden(&p);
    script_scroll(&p, 0, 3000);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->before, 495);
    joined_garden(&p);
    assert_null(script_ask(&p, ASK_HISTORY));
    script_page_of(&p, GARDEN_ID, 485, 494);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 500);
    script_page_of(&p, GARDEN_ID, 495, 504);
    script_assert_window(&p, 495, 504);
    script_scroll(&p, 0, 3000);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->before, 495);
    script_close(&p);
}

static void test_update_link__a_room_joined_by_who_has_gone_on_is_not_opened(void **state)
{
    (void)state;
    struct script_page p;
    look_at_garden(&p);
    script_click(&p, DOM_ACT_JOIN, 0);
    struct ask ask = script_ask(&p, ASK_JOIN)->ask;
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_type(&p, SL("for few"));
    joined_garden(&p);
    answer_joined(&p, ask);
    assert_int_equal(p.m.open, SECRET);
    assert_int_equal(p.m.rooms.n, 4);
    script_close(&p);
}

static void test_update_link__a_room_looked_at_is_looked_at_again_after_a_reconnect(void **state)
{
    (void)state;
    struct script_page p;
    look_at_garden(&p);
    script_down(&p);
    script_status(&p, CHAT_CLIENT_RESUMING, SOCK_LIVE);
    script_live(&p);
    assert_int_equal(script_ask(&p, ASK_LOOK)->ask.room, GARDEN_ID);
    script_answer(&p, ASK_LOOK, "{\"ok\":true,\"rooms\":[" GARDEN("false") "]}");
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 500);
    script_page_of(&p, GARDEN_ID, 495, 504);
    script_assert_window(&p, 495, 504);
    script_down(&p);
    script_live(&p);
    script_answer(&p, ASK_LOOK, "{\"ok\":true,\"rooms\":[]}"); /* it is private now */
    assert_int_equal(p.m.open, 0);
    assert_int_equal(p.m.rooms.n, 3);
    script_close(&p);
}

static void test_update_link__a_late_answer_does_not_open_what_is_not_wanted_any_more(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, &SMALL);
    follow_link(&p, "/#/room/5");
    struct action_answer late = {script_ask(&p, ASK_LOOK)->ask, NULL};
    struct chat_answer answer = {
        .result = ERR_OK, .ok = true, .json = SL("{\"rooms\":[" GARDEN("false") "]}")};
    late.answer = &answer;
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = late});
    assert_int_equal(p.m.open, SECRET);
    assert_int_equal(p.m.rooms.n, 3);
    script_close(&p);
}

static void test_update_link__of_two_links_to_a_room_the_later_counts(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, &SMALL);
    follow_link(&p, "/#/room/5/500");
    struct ask first = script_ask(&p, ASK_LOOK)->ask;
    follow_link(&p, "/#/room/5/700");
    struct chat_answer answer = {
        .result = ERR_OK, .ok = true, .json = SL("{\"rooms\":[" GARDEN("false") "]}")};
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {first, &answer}});
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 700);
    script_close(&p);
}

static void test_update_link__a_jump_within_what_may_be_old_renews_it(void **state)
{
    (void)state;
    struct script_page p;
    look_at_garden(&p);
    joined_garden(&p);
    follow_link(&p, "/#/room/5/502"); /* it is there, but may be another by now */
    script_down(&p);
    script_live(&p);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->around, 502);
    script_page_of(&p, GARDEN_ID, 497, 506);
    assert_int_equal(model_message(&p.m, p.m.flash_key)->seq, 502);
    assert_false(script_room_open(&p)->stale);
    script_close(&p);
}

#define T(name) cmocka_unit_test(test_update_link__##name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_link_past_the_end_says_so_and_leads_to_the_end),
        T(a_link_to_what_is_not_kept_says_so_and_leads_to_the_oldest),
        T(the_last_of_several_links_is_the_one_that_is_shown),
        T(an_address_of_no_room_leaves_the_open_one),
        T(a_link_that_cannot_be_followed_gives_the_address_back),
        T(a_public_room_is_shown_and_not_joined),
        T(a_public_room_is_asked_what_is_new_while_it_is_looked_at),
        T(joining_is_asked_for_and_brings_what_was_missed),
        T(joining_leaves_the_reader_where_he_is),
        T(a_page_asked_for_before_joining_is_not_taken_for_a_new_one),
        T(a_room_joined_by_who_has_gone_on_is_not_opened),
        T(a_room_looked_at_is_looked_at_again_after_a_reconnect),
        T(of_two_links_to_a_room_the_later_counts),
        T(a_jump_within_what_may_be_old_renews_it),
        T(a_late_answer_does_not_open_what_is_not_wanted_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
