/* Addresses of rooms and of messages, and what is shown where they lead. */
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

/* The secret room with n messages, n_read of them read, opened by a click. */
static void open_secret(struct script_page *p, int64_t n, int64_t n_read)
{
    script_open(p, &SMALL);
    script_room(p, SECRET, n, n_read);
    script_click(p, DOM_ACT_ROOM, SECRET);
}

static void assert_window(struct script_page *p, int64_t first_seq, int64_t last_seq)
{
    const struct room *room = script_room_open(p);
    const struct window *w = &room->window;
    assert_true(w->first < w->end);
    assert_int_equal(room->log.at[w->first]->seq, first_seq);
    assert_int_equal(room->log.at[w->end - 1]->seq, last_seq);
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
    assert_window(&p, 31, 40);
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
    script_act(&p, (struct action){.type = ACTION_ADDRESS, .address = {.path = SL("/#/room/5")}});
    assert_int_equal(script_ask(&p, ASK_JOIN)->ask.room, 5);
    assert_int_equal(p.m.open, LOBBY); /* perhaps there is one */
    script_refuse(&p, ASK_JOIN, CHAT_NOT_FOUND);
    assert_int_equal(p.m.open, 0);
    assert_int_equal(p.m.wanted, 5);
    assert_int_equal(script_count(&p, EFFECT_ADDRESS), 0); /* it stays in the address */
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(p.m.open, LOBBY);
    assert_int_equal(p.m.wanted, 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a draft");
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
