/* Loading messages, and the window over them. */
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

/* The same with 50 messages, all read, and the newest page of them there. */
static void open_at_the_end(struct script_page *p)
{
    open_secret(p, 50, 50);
    script_page_of(p, SECRET, 41, 50);
}

/* The lobby with n new messages in it. */
static void open_lobby(struct script_page *p, const struct model_limits *limits, unsigned n)
{
    script_open(p, limits);
    script_receive_many(p, LOBBY, n);
}

/* The row of that place has been looked at. */
static void see(struct script_page *p, uint32_t index)
{
    script_act(p, (struct action){.type = ACTION_SEEN, .row = script_at(p, index)->key});
}

/* The lobby with three messages, read, which the server knows. */
static void open_read(struct script_page *p)
{
    open_lobby(p, NULL, 3);
    see(p, 2);
    script_later(p, 1000);
    script_answer(p, ASK_READ, "{\"ok\":true,\"read_seq\":3,\"unread\":0,\"mentions\":0}");
}

static void test_update_list__opening_a_room_follows_it_and_asks_for_the_newest(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 50, 50);
    assert_int_equal(script_effect(&p, EFFECT_FOLLOW)->id, SECRET);
    const struct effect *asked = script_ask(&p, ASK_HISTORY);
    assert_non_null(asked);
    assert_int_equal(asked->ask.number, ASK_LATEST);
    script_page_of(&p, SECRET, 41, 50);
    script_assert_window(&p, 41, 50);
    assert_true(script_room_open(&p)->window.following);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    assert_null(script_ask(&p, ASK_HISTORY)); /* it is here */
    script_close(&p);
}

static void test_update_list__scrolling_up_asks_for_older_ones_once(void **state)
{
    (void)state;
    struct script_page p;
    open_at_the_end(&p);
    script_scroll(&p, 100, 3000);
    const struct effect *asked = script_ask(&p, ASK_HISTORY);
    assert_non_null(asked);
    assert_int_equal(asked->request->before, 41);
    script_scroll(&p, 50, 3050);
    assert_null(script_ask(&p, ASK_HISTORY));
    script_page_of(&p, SECRET, 31, 40);
    script_assert_window(&p, 31, 50);
    assert_false(script_room_open(&p)->window.following);
    script_scroll(&p, 100, 3000);
    script_page_of(&p, SECRET, 21, 30);
    script_scroll(&p, 100, 3000);
    script_page_of(&p, SECRET, 11, 20);
    script_assert_window(&p, 11, 50);
    script_scroll(&p, 100, 3000);
    script_page_of(&p, SECRET, 1, 10);
    script_assert_window(&p, 1, 40); /* no more rows than the cap */
    script_scroll(&p, 100, 3000);
    assert_null(script_ask(&p, ASK_HISTORY)); /* there is nothing before the first */
    script_scroll(&p, 3000, 100);
    script_assert_window(&p, 11, 50);
    script_close(&p);
}

static void test_update_list__a_reader_is_left_where_he_is_and_told_what_is_new(void **state)
{
    (void)state;
    struct script_page p;
    open_at_the_end(&p);
    script_scroll(&p, 2000, 1000);
    script_receive_many(&p, SECRET, 3);
    struct room *room = script_room_open(&p);
    assert_false(room->window.following);
    assert_int_equal(room->window.new_n, 3);
    script_click(&p, DOM_ACT_JUMP, 0);
    assert_true(room->window.following);
    assert_int_equal(room->window.new_n, 0);
    script_assert_window(&p, 41, 53);
    script_close(&p);
}

static void test_update_list__the_window_is_cut_by_a_step_when_full(void **state)
{
    (void)state;
    struct script_page p;
    open_lobby(&p, &SMALL, 40);
    script_assert_window(&p, 1, 40);
    script_receive(&p, LOBBY, BO, "one more");
    script_assert_window(&p, 12, 41);
    script_close(&p);
}

static void test_update_list__a_room_keeps_the_newest_up_to_its_cap(void **state)
{
    (void)state;
    struct script_page p;
    open_lobby(&p, &SMALL, 100);
    assert_int_equal(script_room_open(&p)->log.n, 100);
    script_receive(&p, LOBBY, BO, "one more");
    assert_int_equal(script_room_open(&p)->log.n, 90);
    assert_int_equal(script_at(&p, 89)->seq, 101);
    script_close(&p);
}

static void test_update_list__a_reader_at_the_top_keeps_what_he_reads(void **state)
{
    (void)state;
    struct script_page p;
    open_lobby(&p, &SMALL, 99);
    script_key(&p, DOM_KEY_HOME, 0);
    script_assert_window(&p, 1, 40);
    script_receive_many(&p, LOBBY, 3);
    script_assert_window(&p, 1, 40);
    script_key(&p, DOM_KEY_END, 0);
    const struct effect *asked = script_ask(&p, ASK_HISTORY); /* some of the newest had to go */
    assert_non_null(asked);
    assert_int_equal(asked->request->before, 102);
    script_close(&p);
}

static void test_update_list__going_to_a_far_message_shows_a_stretch_of_its_own(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 1000, 1000);
    script_page_of(&p, SECRET, 991, 1000);
    script_act(&p,
               (struct action){.type = ACTION_ADDRESS, .address = {.path = SL("/#/room/2/500")}});
    const struct effect *asked = script_ask(&p, ASK_HISTORY);
    assert_non_null(asked);
    assert_int_equal(asked->request->around, 500);
    script_page_of(&p, SECRET, 495, 504);
    script_assert_window(&p, 495, 504);
    assert_int_equal(script_effect(&p, EFFECT_SCROLL_ROW)->key, p.m.flash_key);
    assert_int_equal(model_message(&p.m, p.m.flash_key)->seq, 500);
    assert_false(script_room_open(&p)->window.following);
    script_receive(&p, SECRET, BO, "new");
    script_assert_window(&p, 495, 504);
    script_scroll(&p, 3000, 100);
    asked = script_ask(&p, ASK_HISTORY);
    assert_non_null(asked);
    assert_int_equal(asked->request->after, 504);
    script_page_of(&p, SECRET, 505, 514);
    script_assert_window(&p, 495, 514);
    script_click(&p, DOM_ACT_JUMP, 0);
    script_assert_window(&p, 991, 1001);
    script_close(&p);
}

static void test_update_list__who_has_gone_elsewhere_stays_there_when_a_page_comes(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 1000, 1000);
    script_page_of(&p, SECRET, 991, 1000);
    script_act(&p,
               (struct action){.type = ACTION_ADDRESS, .address = {.path = SL("/#/room/2/500")}});
    script_page_of(&p, SECRET, 495, 504);
    script_scroll(&p, 3000, 100);
    assert_int_equal(script_ask(&p, ASK_HISTORY)->request->after, 504);
    script_act(&p,
               (struct action){.type = ACTION_ADDRESS, .address = {.path = SL("/#/room/2/995")}});
    script_assert_window(&p, 991, 1000);
    script_page_of(&p, SECRET, 505, 540);
    script_assert_window(&p, 991, 1000);
    script_close(&p);
}

static void test_update_list__a_page_never_undoes_what_an_event_has_told(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 10, 10);
    struct chat_message gone = {
        .room = SECRET, .seq = 5, .from = script_user(BO), .rev = 2, .deleted = true};
    struct chat_event e = {.room = SECRET, .ev = 11, .kind = CHAT_EVENT_DELETE, .message = &gone};
    script_act(&p, (struct action){.type = ACTION_EVENT, .event = &e});
    script_page_of(&p, SECRET, 1, 10); /* it was asked for before, and says "old" */
    assert_true(script_at(&p, 4)->deleted);
    script_assert_slice(script_at(&p, 4)->text, "");
    script_assert_slice(script_at(&p, 5)->text, "old");
    script_close(&p);
}

static void test_update_list__a_reset_voids_all_but_our_own_unsent(void **state)
{
    (void)state;
    struct script_page p;
    open_at_the_end(&p);
    script_say(&p, "mine");
    struct chat_message latest = {
        .room = SECRET, .seq = 900, .from = script_user(BO), .text = SL("far"), .rev = 1};
    script_act(&p, (struct action){.type = ACTION_RESET, .reset = {SECRET, &latest, 1}});
    const struct room *room = script_room_open(&p);
    assert_int_equal(room->log.n, 2);
    assert_int_equal(room->log.at[0]->seq, 900);
    script_assert_slice(room->log.at[1]->text, "mine");
    script_close(&p);
}

static void test_update_list__what_was_asked_on_a_lost_connection_is_asked_again(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 50, 50);
    script_down(&p);
    script_live(&p);
    assert_non_null(script_ask(&p, ASK_HISTORY));
    script_page_of(&p, SECRET, 41, 50);
    script_assert_window(&p, 41, 50);
    script_close(&p);
}

static void test_update_list__what_was_missed_is_marked_where_it_begins(void **state)
{
    (void)state;
    struct script_page p;
    open_lobby(&p, NULL, 10); /* the room is empty, so all of it is known */
    script_down(&p);
    script_room(&p, LOBBY, 210, 10);
    p.seqs[LOBBY] = 10;
    script_receive_many(&p, LOBBY, 200);
    script_live(&p);
    assert_null(script_ask(&p, ASK_HISTORY));
    assert_true(script_room_open(&p)->window.following);
    assert_int_equal(script_room_open(&p)->marker_seq, 10);
    script_down(&p);
    script_room(&p, LOBBY, 211, 210);
    p.seqs[LOBBY] = 210;
    script_receive_many(&p, LOBBY, 1);
    script_live(&p);
    assert_int_equal(script_room_open(&p)->marker_seq, 10); /* it stays while the room is open */
    script_close(&p);
}

static void test_update_list__many_unread_open_where_they_begin(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 1000, 500);
    const struct effect *asked = script_ask(&p, ASK_HISTORY);
    assert_non_null(asked);
    assert_int_equal(asked->request->around, 500);
    script_page_of(&p, SECRET, 496, 505);
    assert_int_equal(script_room_open(&p)->marker_seq, 500);
    assert_int_equal(script_count(&p, EFFECT_SCROLL_MARKER), 1);
    script_key(&p, DOM_KEY_ESCAPE, 0);
    assert_int_equal(script_room_open(&p)->marker_seq, 0);
    assert_non_null(script_ask(&p, ASK_HISTORY)); /* to the end, which is not here yet */
    script_close(&p);
}

static void test_update_list__reading_is_told_after_a_second(void **state)
{
    (void)state;
    struct script_page p;
    open_lobby(&p, NULL, 3);
    see(&p, 1);
    script_later(&p, 999);
    assert_null(script_ask(&p, ASK_READ));
    see(&p, 2);
    script_later(&p, 1);
    const struct effect *asked = script_ask(&p, ASK_READ);
    assert_non_null(asked);
    assert_int_equal(asked->request->seq, 3);
    script_answer(&p, ASK_READ, "{\"ok\":true,\"read_seq\":3,\"unread\":0,\"mentions\":0}");
    assert_int_equal(script_room_open(&p)->r.read_seq, 3);
    script_close(&p);
}

static void
test_update_list__marked_unread_stays_so_for_all_devices_until_the_room_is_left(void **state)
{
    (void)state;
    struct script_page p;
    open_read(&p);
    script_click(&p, DOM_ACT_MARK_UNREAD, script_at(&p, 1)->key);
    const struct effect *asked = script_ask(&p, ASK_UNREAD);
    assert_non_null(asked);
    assert_int_equal(asked->request->seq, 1);
    assert_true(asked->request->on);
    script_answer(&p, ASK_UNREAD, "{\"ok\":true,\"read_seq\":1,\"unread\":2,\"mentions\":0}");
    assert_int_equal(script_room_open(&p)->r.unread, 2);
    assert_int_equal(script_room_open(&p)->untold_seq, 0);
    script_receive(&p, LOBBY, BO, "more");
    see(&p, 3);
    script_later(&p, 3000);
    assert_null(script_ask(&p, ASK_READ));
    /* Left and opened again, it can be read. */
    script_click(&p, DOM_ACT_ROOM, SECRET);
    assert_null(script_ask(&p, ASK_READ));
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(script_room_open(&p)->marker_seq, 1);
    see(&p, 3);
    script_later(&p, 1000);
    assert_int_equal(script_ask(&p, ASK_READ)->request->seq, 4);
    script_close(&p);
}

static void test_update_list__marked_unread_without_a_connection_is_told_later(void **state)
{
    (void)state;
    struct script_page p;
    open_lobby(&p, NULL, 3);
    script_down(&p);
    script_click(&p, DOM_ACT_MARK_UNREAD, script_at(&p, 1)->key);
    assert_null(script_ask(&p, ASK_UNREAD));
    const struct chat_user me = script_user(ANA);
    script_live(&p);
    script_act(&p, (struct action){.type = ACTION_RESUMED, .user = &me});
    assert_non_null(script_ask(&p, ASK_UNREAD));
    script_refuse(&p, ASK_UNREAD, CHAT_BUSY); /* tried again */
    assert_int_equal(script_room_open(&p)->untold_seq, 2);
    script_later(&p, 5000);
    assert_non_null(script_ask(&p, ASK_UNREAD));
    script_refuse(&p, ASK_UNREAD, CHAT_FORBIDDEN); /* given up */
    assert_int_equal(script_room_open(&p)->untold_seq, 0);
    script_close(&p);
}

static void test_update_list__marked_unread_elsewhere_is_not_read_here(void **state)
{
    (void)state;
    struct script_page p;
    open_read(&p);
    script_room_open(&p)->r.read_seq = 1; /* as on_room has told */
    script_act(&p, (struct action){.type = ACTION_UNREAD, .id = LOBBY});
    assert_int_equal(script_room_open(&p)->marker_seq, 1);
    see(&p, 2);
    script_later(&p, 3000);
    assert_null(script_ask(&p, ASK_READ));
    script_close(&p);
}

static void test_update_list__an_unfocused_window_reads_nothing(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "hello");
    script_act(&p, (struct action){.type = ACTION_FOCUS, .on = false});
    see(&p, 0);
    script_later(&p, 2000);
    assert_null(script_ask(&p, ASK_READ));
    script_close(&p);
}

static void test_update_list__mentions_are_seen(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "hello @ANA!");
    script_receive(&p, LOBBY, BO, "hello @anabel");
    script_receive(&p, LOBBY, BO, "`@ana`");
    assert_true(script_at(&p, 0)->mentions_me);
    assert_false(script_at(&p, 1)->mentions_me);
    assert_false(script_at(&p, 2)->mentions_me);
    script_close(&p);
}

static void test_update_list__typing_is_told_and_forgotten(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    struct action told = {.type = ACTION_TYPING, .typing = {LOBBY, BO, true}};
    script_act(&p, told);
    assert_int_equal(script_room_open(&p)->typing_n, 1);
    script_act(&p, told);
    assert_int_equal(script_room_open(&p)->typing_n, 1);
    script_later(&p, 6000);
    assert_int_equal(script_room_open(&p)->typing_n, 0);
    script_act(&p, told);
    script_receive(&p, LOBBY, BO, "there");
    assert_int_equal(script_room_open(&p)->typing_n, 0);
    for (int64_t i = 0; i < ROOM_TYPING_MAX + 1; i++)
        script_act(&p, (struct action){.type = ACTION_TYPING, .typing = {LOBBY, 100 + i, true}});
    assert_int_equal(script_room_open(&p)->typing_n, ROOM_TYPING_MAX);
    script_type(&p, SL("h"));
    assert_int_equal(script_count(&p, EFFECT_ASK), 1);
    script_type(&p, SL("he"));
    assert_int_equal(script_count(&p, EFFECT_ASK), 0);
    script_close(&p);
}

static void test_update_list__announces_a_few_and_sums_up_the_rest(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "one");
    script_assert_slice(buf_peek(&p.m.announcer.says[0].text), "Bo: one");
    script_receive_many(&p, LOBBY, 4);
    assert_int_equal(p.m.announcer.held_n, 2);
    script_later(&p, UPDATE_BURST_MS);
    script_assert_slice(buf_peek(&p.m.announcer.says[3].text), "2 more messages from Bo");
    script_receive(&p, SECRET, BO, "elsewhere");
    assert_int_equal(p.m.announcer.next_id, 4);
    script_close(&p);
}

static void test_update_list__a_page_left_open_keeps_what_is_newest(void **state)
{
    (void)state;
    struct script_page p;
    open_lobby(&p, NULL, 6000);
    const struct room *room = script_room_open(&p);
    assert_in_range(room->log.n, 1900, 2000);
    assert_int_equal(room->log.at[room->log.n - 1]->seq, 6000);
    script_assert_window(&p, 6000 - (int64_t)(room->window.end - room->window.first) + 1, 6000);
    script_close(&p);
}

static void test_update_list__a_room_that_is_not_read_keeps_so_many_messages(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, &SMALL);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_receive_many(&p, SECRET, 5);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    script_receive_many(&p, SECRET, p.m.limits.messages_max + 20);
    struct room *room = rooms_find(&p.m.rooms, SECRET);
    assert_in_range(room->log.n, 1, p.m.limits.messages_max);
    assert_int_equal(room->log.at[room->log.n - 1]->seq, p.seqs[SECRET]); /* the newest */
    script_close(&p);
}

static void test_update_list__memory_of_rooms_not_read_goes_first(void **state)
{
    (void)state;
    struct model_limits limits = SMALL;
    limits.bytes_max = 60 * sizeof(struct message);
    struct script_page p;
    script_open(&p, &limits);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_receive_many(&p, SECRET, 30);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    script_receive_many(&p, LOBBY, 35);
    assert_int_equal(rooms_find(&p.m.rooms, SECRET)->log.n, 0);
    assert_false(rooms_find(&p.m.rooms, SECRET)->followed);
    assert_int_equal(script_room_open(&p)->log.n, 35);
    script_close(&p);
}

static void test_update_list__a_room_we_lost_is_closed(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 0, 0);
    script_say(&p, "too late");
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {SECRET, false}});
    assert_null(rooms_find(&p.m.rooms, SECRET));
    assert_int_equal(p.m.open, 0);
    assert_int_equal(p.m.pane, PANE_ROOMS);
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text),
                        "You are not in secret any more. What you wrote there and was not sent is "
                        "kept for when you are back.");
    script_close(&p);
}

static void
test_update_list__what_was_written_in_a_lost_room_is_there_when_one_is_back(void **state)
{
    (void)state;
    struct script_page p;
    open_secret(&p, 0, 0);
    script_say(&p, "unsent");
    script_type(&p, SL("a draft"));
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {SECRET, false}});
    script_later(&p, 1000);
    script_room(&p, SECRET, 0, 0);
    script_later(&p, 1000);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "unsent");
    assert_int_equal(script_room_open(&p)->log.n, 0); /* nothing goes by itself */
    script_say(&p, "unsent");
    script_later(&p, 1); /* one after the other, each with what belongs to it */
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a draft");
    script_act(
        &p, (struct action){.type = ACTION_ROOM_GONE, .gone = {WITH_BO, false}}); /* by himself */
    assert_int_equal(p.m.toasts.at[1].id, 0);
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {LOBBY, true}});
    script_assert_slice(buf_peek(&p.m.toasts.at[1].text), "You are not in lobby any more.");
    script_later(&p, TOAST_MS); /* the first was said before, but takes longer to read */
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text),
                        "You are not in secret any more. What you wrote there and was not sent is "
                        "kept for when you are back.");
    script_close(&p);
}

#define T(name) cmocka_unit_test(test_update_list__##name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(opening_a_room_follows_it_and_asks_for_the_newest),
        T(scrolling_up_asks_for_older_ones_once),
        T(a_reader_is_left_where_he_is_and_told_what_is_new),
        T(the_window_is_cut_by_a_step_when_full),
        T(a_room_keeps_the_newest_up_to_its_cap),
        T(a_reader_at_the_top_keeps_what_he_reads),
        T(going_to_a_far_message_shows_a_stretch_of_its_own),
        T(who_has_gone_elsewhere_stays_there_when_a_page_comes),
        T(a_page_never_undoes_what_an_event_has_told),
        T(a_reset_voids_all_but_our_own_unsent),
        T(what_was_asked_on_a_lost_connection_is_asked_again),
        T(what_was_missed_is_marked_where_it_begins),
        T(many_unread_open_where_they_begin),
        T(reading_is_told_after_a_second),
        T(marked_unread_stays_so_for_all_devices_until_the_room_is_left),
        T(marked_unread_without_a_connection_is_told_later),
        T(marked_unread_elsewhere_is_not_read_here),
        T(an_unfocused_window_reads_nothing),
        T(mentions_are_seen),
        T(typing_is_told_and_forgotten),
        T(announces_a_few_and_sums_up_the_rest),
        T(a_page_left_open_keeps_what_is_newest),
        T(a_room_that_is_not_read_keeps_so_many_messages),
        T(memory_of_rooms_not_read_goes_first),
        T(a_room_we_lost_is_closed),
        T(what_was_written_in_a_lost_room_is_there_when_one_is_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
