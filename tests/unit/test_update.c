/* Signing in, writing, and what becomes of what was written. */
#include "update_script.h"

#include "limits.h"
#include "mem.h"
#include "upd_conn.h"
#include "upd_kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_update__a_new_visitor_signs_in_as_a_guest(void **state)
{
    (void)state;
    struct script_page p;
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START});
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_LOGIN_NAME);
    script_act(&p, (struct action){.type = ACTION_INPUT,
                                   .input = {DOM_FIELD_LOGIN_NAME, SL("  ana "), 0}});
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    const struct account_request *r = script_effect(&p, EFFECT_ACCOUNT)->account;
    assert_int_equal(r->op, ACCOUNT_GUEST);
    script_assert_slice(r->name, "ana");
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0); /* one at a time */
    script_close(&p);
}

static void test_update__a_refused_name_is_said_and_can_be_tried_again(void **state)
{
    (void)state;
    struct script_page p;
    struct account_answer no = {
        .status = 409, .why.message = SL("That name is taken."), .why.field = SL("name")};
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START, .start = {.name = SL("ana")}});
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_GUEST, &no}});
    script_assert_slice(buf_peek(&p.m.session.login.error), "That name is taken.");
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_LOGIN_NAME);
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 1);
    assert_int_equal(p.m.session.login.error.n, 0);
    script_close(&p);
}

static void test_update__who_was_here_comes_back_without_a_form(void **state)
{
    (void)state;
    struct script_page p;
    struct account_answer none = {.status = 0}, no = {.status = 401};
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START, .start = {.known = true}});
    assert_int_equal(p.m.session.state, SESSION_UNKNOWN);
    assert_int_equal(script_effect(&p, EFFECT_ACCOUNT)->account->op, ACCOUNT_REFRESH);
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_REFRESH, &none}});
    assert_int_equal(p.m.session.state,
                     SESSION_UNKNOWN); /* the server is away: that says nothing */
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + 1000);
    script_later(&p, 1000);
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 1);
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_REFRESH, &no}});
    assert_int_equal(p.m.session.state, SESSION_NONE);
    script_close(&p);
}

static void test_update__a_token_is_used_while_it_lasts(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_TOKEN});
    assert_int_equal(script_count(&p, EFFECT_TOKEN), 1);
    p.now_ms += 600000 - 20000; /* half a minute before its end it is not */
    script_act(&p, (struct action){.type = ACTION_TOKEN});
    assert_int_equal(script_count(&p, EFFECT_TOKEN), 0);
    assert_int_equal(script_effect(&p, EFFECT_ACCOUNT)->account->op, ACCOUNT_REFRESH);
    script_act(&p, (struct action){.type = ACTION_TOKEN, .on = true});
    assert_int_equal(script_count(&p, EFFECT_ACCOUNT), 0); /* it is on its way */
    script_close(&p);
}

static void test_update__a_session_ended_elsewhere_keeps_what_was_typed(void **state)
{
    (void)state;
    struct script_page p;
    struct buf kept = {.max = 10000};
    script_open(&p, NULL);
    script_type(&p, SL("half a thought"));
    script_status(&p, CHAT_CLIENT_SIGNED_OUT, SOCK_CLOSED);
    assert_int_equal(p.m.session.state, SESSION_NONE);
    assert_int_equal(script_count(&p, EFFECT_CLOSE), 1);
    assert_true(p.m.session.login.error.n > 0);
    assert_int_equal(upd_kept_encode_drafts(&p.m, &kept), ERR_OK);
    script_assert_slice(buf_peek(&kept), "[{\"user\":1,\"room\":1,\"text\":\"half a thought\"}]");
    buf_fini(&kept);
    script_close(&p);
}

static void test_update__each_new_connection_may_be_to_a_newer_server(void **state)
{
    struct script_page p;
    (void)state;
    script_open(&p, NULL);
    script_status(&p, CHAT_CLIENT_CONNECTING, SOCK_WAITING);
    assert_int_equal(script_count(&p, EFFECT_LOOK_FOR_UPDATE), 0);
    script_status(&p, CHAT_CLIENT_LIVE, SOCK_LIVE);
    assert_int_equal(script_count(&p, EFFECT_LOOK_FOR_UPDATE), 1);
    script_status(&p, CHAT_CLIENT_LIVE, SOCK_LIVE);
    assert_int_equal(script_count(&p, EFFECT_LOOK_FOR_UPDATE), 0);
    script_close(&p);
}

static void test_update__shows_an_own_message_at_once_and_confirms_it(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, " hello ");
    assert_int_equal(p.fx.list[0].type, EFFECT_SAVE_OUTBOX); /* written down before it goes out */
    assert_int_equal(script_effect(&p, EFFECT_SEND)->id, LOBBY);
    struct message *msg = script_at(&p, 0);
    uint64_t key = msg->key;
    script_assert_slice(msg->text, "hello");
    assert_int_equal(msg->state, MESSAGE_PENDING);
    script_assert_slice(message_cid(msg), p.cid);
    assert_int_equal(script_room_open(&p)->draft.text.n, 0);
    script_sent(&p);
    msg = script_at(&p, 0);
    assert_int_equal(msg->state, MESSAGE_SENT);
    assert_int_equal(msg->seq, 1);
    assert_int_equal(msg->key, key); /* the same row */
    assert_int_equal(p.m.pending_n, 0);
    script_close(&p);
}

static void test_update__answer_and_event_may_come_in_any_order(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "one");
    uint64_t key = script_at(&p, 0)->key;
    script_echo(&p);
    assert_int_equal(script_at(&p, 0)->key, key);
    p.seqs[LOBBY]--;
    script_sent(&p); /* for the same */
    assert_int_equal(script_room_open(&p)->log.n, 1);
    script_say(&p, "two");
    script_sent(&p);
    p.seqs[LOBBY]--;
    script_echo(&p);
    assert_int_equal(script_room_open(&p)->log.n, 2);
    assert_int_equal(script_at(&p, 1)->seq, 2);
    script_close(&p);
}

static void test_update__times_are_the_servers_when_the_clocks_differ(void **state)
{
    static const struct {
        int64_t ahead_ms, skew_ms;
    } rows[] = {{300000, 0}, {300001, 300001}, {-300000, 0}, {-300001, -300001}, {0, 0}};
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t wall_ms = p.m.wall_ms - p.m.skew_ms; /* this device's */
        script_act(&p, (struct action){.type = ACTION_CLOCK, .id = wall_ms + rows[i].ahead_ms});
        assert_int_equal(p.m.skew_ms, rows[i].skew_ms);
        script_later(&p, 1000);
        assert_int_equal(p.m.wall_ms, wall_ms + 1000 + rows[i].skew_ms);
    }
    script_close(&p);
}

static void test_update__what_the_server_refuses_is_kept_and_can_be_reworked(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "no good");
    struct chat_answer no = {.result = ERR_OK, .why.error = CHAT_MUTED, .why.message = SL("No.")};
    script_act(&p,
               (struct action){.type = ACTION_SENT,
                               .sent = {{p.cid, CHAT_CID_HEX}, CHAT_SENT_FAILED, LOBBY, 0, &no}});
    struct message *msg = script_at(&p, 0);
    assert_int_equal(msg->state, MESSAGE_FAILED);
    assert_string_equal(msg->failure, "You are muted in this room and cannot write for now.");
    char old_cid[33];
    memcpy(old_cid, p.cid, sizeof old_cid);
    script_click(&p, DOM_ACT_RETRY, msg->key);
    assert_int_equal(script_room_open(&p)->log.n, 1);
    assert_memory_not_equal(message_cid(script_at(&p, 0)).p, old_cid,
                            32); /* another one: it was answered */
    script_act(&p,
               (struct action){.type = ACTION_SENT,
                               .sent = {{p.cid, CHAT_CID_HEX}, CHAT_SENT_FAILED, LOBBY, 0, &no}});
    script_type(&p, SL("new words"));
    script_click(&p, DOM_ACT_REWORK, script_at(&p, 0)->key);
    assert_int_equal(script_room_open(&p)->log.n, 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "no good\nnew words");
    script_close(&p);
}

static void unsent(struct script_page *p, const struct message *msg)
{
    char cid[CHAT_CID_HEX];
    assert_true(slice_eq(script_effect(p, EFFECT_UNSEND)->text, message_cid(msg)));
    memcpy(cid, msg->cid, sizeof cid);
    script_act(p, (struct action){.type = ACTION_UNSENT, .text = {cid, sizeof cid}});
}

static void test_update__what_waits_can_be_taken_back_into_the_field_or_away(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_down(&p);
    for (const char *const *text = (const char *const[]){"one", "two", "three", NULL}; *text;
         text++)
        script_say(&p, *text);
    script_type(&p, SL("a draft"));
    script_act(&p, (struct action){.type = ACTION_KEY,
                                   .key = {DOM_KEY_E, DOM_FLAG_ROW, script_at(&p, 1)->key}});
    unsent(&p, script_at(&p, 1));
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "two\na draft");
    assert_int_equal(script_room_open(&p)->log.n, 2);
    script_act(&p, (struct action){.type = ACTION_KEY,
                                   .key = {DOM_KEY_DELETE, DOM_FLAG_ROW, script_at(&p, 1)->key}});
    assert_int_equal(script_count(&p, EFFECT_UNSEND), 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_DELETE); /* it asks, as of any */
    script_click(&p, DOM_ACT_DIALOG_CLOSE, 0);
    assert_int_equal(script_room_open(&p)->log.n, 2);
    script_click(&p, DOM_ACT_DISCARD, script_at(&p, 1)->key);
    script_click(&p, DOM_ACT_CONFIRM, 0);
    unsent(&p, script_at(&p, 1));
    assert_int_equal(script_room_open(&p)->log.n, 1);
    script_assert_slice(script_at(&p, 0)->text, "one");
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "two\na draft");
    script_close(&p);
}

static void test_update__what_is_taken_back_is_no_edit_of_another(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "said");
    script_sent(&p);
    script_down(&p);
    script_click(&p, DOM_ACT_REPLY, script_at(&p, 0)->key);
    script_say(&p, "waits");
    script_type(&p, SL("a draft"));
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    script_type(&p, SL("said better"));
    script_click(&p, DOM_ACT_REWORK, script_at(&p, 1)->key);
    unsent(&p, script_at(&p, 1));
    const struct draft *d = &script_room_open(&p)->draft;
    assert_int_equal(d->edit, 0);
    script_assert_slice(buf_peek(&d->text), "waits\na draft");
    assert_int_equal(d->aside.n, 0);
    assert_int_equal(d->reply_to, 1);
    script_close(&p);
}

static void test_update__sends_nothing_for_white_space_or_too_much(void **state)
{
    (void)state;
    struct script_page p;
    static char text[CHAT_TEXT_CHARS_MAX + 2];
    script_open(&p, NULL);
    script_say(&p, " \n\t ");
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    memset(text, 'x', CHAT_TEXT_CHARS_MAX + 1);
    script_say(&p, text);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    assert_int_equal(p.m.composer.hint, HINT_TOO_LONG);
    assert_int_equal(script_room_open(&p)->draft.text.n, CHAT_TEXT_CHARS_MAX + 1);
    text[CHAT_TEXT_CHARS_MAX] = 0;
    script_say(&p, text);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    script_close(&p);
}

static void test_update__what_is_pasted_is_cleaned(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_act(
        &p, (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_COMPOSER, SL("plain"), 5}});
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 0);
    script_act(&p, (struct action){.type = ACTION_INPUT,
                                   .input = {DOM_FIELD_COMPOSER, SL("\033[31mred\007 plain"), 9}});
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "red plain");
    assert_int_equal(p.m.composer.caret, 3);
    assert_int_equal(script_effect(&p, EFFECT_SHOW_DRAFT)->id, 3);
    /* an input method is not disturbed; what is sent is clean all the same */
    script_act(&p, (struct action){.type = ACTION_INPUT,
                                   .input = {DOM_FIELD_COMPOSER, SL("\001ni"), UINT32_MAX}});
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "ni");
    script_close(&p);
}

static void test_update__enter_sends_unless_it_means_something_else(void **state)
{
    (void)state;
    static const struct {
        unsigned flags;
        bool coarse, sends;
    } rows[] = {
        {DOM_FLAG_COMPOSER, false, true},
        {DOM_FLAG_COMPOSER | DOM_FLAG_SHIFT, false, false},
        {DOM_FLAG_COMPOSER | DOM_FLAG_COMPOSING, false, false},
        {DOM_FLAG_FIELD, false, false},
        {DOM_FLAG_COMPOSER, true, false},
        {DOM_FLAG_COMPOSER | DOM_FLAG_CTRL, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script_page p;
        script_open(&p, NULL);
        p.m.coarse = rows[i].coarse;
        script_type(&p, SL("hello"));
        script_key(&p, DOM_KEY_ENTER, rows[i].flags);
        assert_int_equal(script_count(&p, EFFECT_SEND), rows[i].sends);
        assert_int_equal(p.fx.handled, rows[i].sends);
        script_close(&p);
    }
}

static void test_update__edits_the_last_own_message_and_brings_the_draft_back(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "tpyo");
    script_sent(&p);
    script_receive(&p, LOBBY, BO, "what?");
    script_key(&p, DOM_KEY_UP, DOM_FLAG_COMPOSER | DOM_FLAG_EMPTY);
    struct room *room = script_room_open(&p);
    assert_int_equal(room->draft.edit, 1);
    script_assert_slice(buf_peek(&room->draft.text), "tpyo");
    script_say(&p, "typo");
    const struct effect *asked = script_ask(&p, ASK_EDIT);
    assert_non_null(asked);
    assert_int_equal(asked->request->rev, 1);
    script_assert_slice(asked->request->text, "typo");
    assert_int_equal(room->draft.edit, 1); /* until it is stored */
    script_answer(&p, ASK_EDIT, "{\"ok\":true,\"ev\":3,\"rev\":2}");
    assert_int_equal(room->draft.edit, 0);
    assert_int_equal(room->draft.text.n, 0);
    script_close(&p);
}

static void test_update__an_edit_is_stored_also_when_its_room_is_left_meanwhile(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "tpyo");
    script_sent(&p);
    script_type(&p, SL("a draft"));
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    script_say(&p, "typo");
    const struct ask ask = script_ask(&p, ASK_EDIT)->ask;
    script_click(&p, DOM_ACT_ROOM, SECRET);
    const struct chat_answer stored = {.result = ERR_OK, .ok = true, .json = SL("{}")};
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {ask, &stored}});
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(script_room_open(&p)->draft.edit, 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a draft");
    script_close(&p);
}

static void test_update__an_edit_that_cannot_be_stored_stays_in_the_field(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "one");
    script_sent(&p);
    script_type(&p, SL("a draft"));
    script_act(&p, (struct action){.type = ACTION_ROW_FOCUS, .row = script_at(&p, 0)->key});
    script_key(&p, DOM_KEY_E, DOM_FLAG_ROW);
    script_say(&p, "two");
    script_refuse(&p, ASK_EDIT, CHAT_CONFLICT);
    assert_int_equal(p.m.composer.hint, HINT_CONFLICT);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "two");
    script_down(&p);
    script_say(&p, "three");
    assert_int_equal(p.m.composer.hint, HINT_OFFLINE_EDIT);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a draft");
    script_close(&p);
}

static void test_update__replies_and_reacts(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "question");
    script_click(&p, DOM_ACT_REPLY, script_at(&p, 0)->key);
    assert_int_equal(script_room_open(&p)->draft.reply_to, 1);
    script_say(&p, "answer");
    assert_int_equal(script_at(&p, 1)->reply_to, 1);
    assert_int_equal(script_room_open(&p)->draft.reply_to, 0);
    script_close(&p);
}

static void test_update__is_silent_for_two_seconds_and_counts_down(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_down(&p);
    assert_false(upd_conn_troubled(&p.m));
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + UPDATE_BANNER_AFTER_MS);
    script_later(&p, 1999);
    assert_false(upd_conn_troubled(&p.m));
    script_later(&p, 1);
    assert_true(upd_conn_troubled(&p.m));
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + 1000); /* the seconds left change */
    script_live(&p);
    assert_false(upd_conn_troubled(&p.m));
    script_close(&p);
}

static void test_update__a_slow_message_says_so_in_time(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "hello");
    script_later(&p, UPDATE_DRAFT_SAVE_MS);
    script_later(&p, 1);
    assert_int_equal(update_wake_ms(&p.m), script_at(&p, 0)->sent_at_ms + UPDATE_SLOW_AFTER_MS);
    script_close(&p);
}

static void test_update__stands_every_failing_allocation(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 200; n++) {
        struct script_page p;
        script_open(&p, NULL);
        script_type(&p, SL("kept"));
        mem_fail_after(n, 1);
        script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
        script_receive(&p, LOBBY, BO, "hello @ana");
        script_receive(&p, WITH_BO, BO, "hello");
        mem_fail_after(0, 0);
        /* Either it is on its way, or it is still there to be sent. */
        const struct room *room = script_room_open(&p);
        assert_true(p.m.pending_n == 1 || room->draft.text.n == 4);
        script_close(&p);
    }
}

static void archive(struct script_page *p, bool on)
{
    struct chat_room state = {
        .id = LOBBY, .name = SL("lobby"), .kind = CHAT_PUBLIC, .archived = on};
    const struct chat_event e = {
        .room = LOBBY, .ev = ++p->ev, .kind = CHAT_EVENT_ROOM, .state = &state};
    script_act(p, (struct action){.type = ACTION_EVENT, .event = &e});
}

static void test_update__an_archived_room_keeps_the_draft_and_the_focus_goes_to_why(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("half a"));
    archive(&p, true);
    const struct effect *focus = script_effect(&p, EFFECT_FOCUS);
    assert_int_equal(focus->id, DOM_NODE_READ_ONLY);
    assert_true(focus->on); /* nobody who is elsewhere is disturbed */
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "half a");
    archive(&p, true);
    assert_int_equal(script_count(&p, EFFECT_FOCUS), 0);
    archive(&p, false);
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_INPUT);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "half a");
    script_act(&p, (struct action){.type = ACTION_ROOM_GONE, .gone = {LOBBY, true}});
    assert_int_equal(script_effect(&p, EFFECT_FOCUS)->id, DOM_NODE_SCROLLER);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update__a_new_visitor_signs_in_as_a_guest),
        cmocka_unit_test(test_update__a_refused_name_is_said_and_can_be_tried_again),
        cmocka_unit_test(test_update__who_was_here_comes_back_without_a_form),
        cmocka_unit_test(test_update__a_token_is_used_while_it_lasts),
        cmocka_unit_test(test_update__a_session_ended_elsewhere_keeps_what_was_typed),
        cmocka_unit_test(test_update__each_new_connection_may_be_to_a_newer_server),
        cmocka_unit_test(test_update__shows_an_own_message_at_once_and_confirms_it),
        cmocka_unit_test(test_update__answer_and_event_may_come_in_any_order),
        cmocka_unit_test(test_update__times_are_the_servers_when_the_clocks_differ),
        cmocka_unit_test(test_update__what_the_server_refuses_is_kept_and_can_be_reworked),
        cmocka_unit_test(test_update__what_waits_can_be_taken_back_into_the_field_or_away),
        cmocka_unit_test(test_update__what_is_taken_back_is_no_edit_of_another),
        cmocka_unit_test(test_update__sends_nothing_for_white_space_or_too_much),
        cmocka_unit_test(test_update__what_is_pasted_is_cleaned),
        cmocka_unit_test(test_update__enter_sends_unless_it_means_something_else),
        cmocka_unit_test(test_update__edits_the_last_own_message_and_brings_the_draft_back),
        cmocka_unit_test(test_update__an_edit_is_stored_also_when_its_room_is_left_meanwhile),
        cmocka_unit_test(test_update__an_edit_that_cannot_be_stored_stays_in_the_field),
        cmocka_unit_test(test_update__replies_and_reacts),
        cmocka_unit_test(test_update__is_silent_for_two_seconds_and_counts_down),
        cmocka_unit_test(test_update__a_slow_message_says_so_in_time),
        cmocka_unit_test(test_update__stands_every_failing_allocation),
        cmocka_unit_test(test_update__an_archived_room_keeps_the_draft_and_the_focus_goes_to_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
