/* Dialogs: what they ask for, what they make of answers and refusals, and how they go. */
#include "upd_dialog.h"

#include "chat_limits.h"
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

static void submit(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_DIALOG});
}

static void choose(struct script_page *p, unsigned group, unsigned which)
{
    script_click(p, DOM_ACT_CHOICE, group << 8 | which);
}

/* Ana is more than a member of the secret room. */
static void open_as(struct script_page *p, enum chat_role role, int64_t room)
{
    script_open(p, NULL);
    rooms_find(&p->m.rooms, SECRET)->r.room_role = role;
    if (room != LOBBY)
        script_click(p, DOM_ACT_ROOM, (uint64_t)room);
}

static const struct effect *asked(struct script_page *p)
{
    const struct effect *e = script_ask(p, ASK_DIALOG);
    assert_non_null(e);
    return e;
}

static void test_dialog__escape_and_the_cross_close_it_and_nothing_else(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("a draft"));
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_ROOM_NEW);
    script_key(&p, DOM_KEY_DOWN, DOM_FLAG_ALT); /* the page behind it stays as it is */
    assert_int_equal(p.m.open, LOBBY);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    assert_true(p.fx.handled);
    assert_int_equal(script_count(&p, EFFECT_FOCUS), 0); /* the browser gives it back */
    uint32_t first = p.m.dialog.number;
    script_click(&p, DOM_ACT_DM_NEW, 0);
    assert_int_equal(p.m.dialog.number, first + 1);
    script_click(&p, DOM_ACT_DIALOG_CLOSE, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a draft");
    script_close(&p);
}

static void test_dialog__a_room_is_created_and_opened(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    submit(&p);
    assert_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_ROOM_NAME);
    fill(&p, DOM_FIELD_ROOM_NAME, " #secret ");
    assert_int_equal(p.m.dialog.error.n, 0); /* it is being mended */
    fill(&p, DOM_FIELD_ROOM_TOPIC, "Hush");
    choose(&p, 1, 1);
    submit(&p);
    const struct effect *e = asked(&p);
    assert_int_equal(e->event, EVENT_ROOM_CREATE);
    script_assert_slice(e->request->name, "secret");
    script_assert_slice(e->request->topic, "Hush");
    assert_int_equal(e->request->kind, CHAT_PRIVATE);
    script_answer(
        &p, ASK_DIALOG,
        "{\"ok\":true,\"room\":{\"id\":2,\"kind\":\"private\",\"name\":\"secret\",\"seq\":"
        "0,\"ev\":0}}");
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    assert_int_equal(p.m.open, SECRET);
    script_close(&p);
}

static void test_dialog__a_refusal_stands_at_its_field_and_nothing_typed_is_lost(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    fill(&p, DOM_FIELD_ROOM_NAME, "garden");
    submit(&p);
    struct ask ask = asked(&p)->ask;
    assert_true(p.m.dialog.busy);
    submit(&p); /* once is enough */
    assert_null(script_ask(&p, ASK_DIALOG));
    struct chat_answer no = {.result = ERR_OK, .why.error = CHAT_TAKEN, .why.field = SL("name")};
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {ask, &no}});
    assert_false(p.m.dialog.busy);
    assert_int_equal(p.m.dialog.error_field, DOM_FIELD_ROOM_NAME);
    script_assert_slice(buf_peek(&p.m.dialog.error), "This name is taken. Choose another one.");
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_ROOM_NAME), "garden");
    submit(&p);
    ask = asked(&p)->ask;
    struct chat_answer none = {.result = ERR_CLOSED};
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {ask, &none}});
    assert_int_equal(p.m.dialog.error_field, 0);
    assert_true(p.m.dialog.error.n > 0);
    script_close(&p);
}

static void test_dialog__an_answer_to_one_that_is_closed_is_of_no_interest(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM_NEW, 0);
    fill(&p, DOM_FIELD_ROOM_NAME, "garden");
    submit(&p);
    struct ask ask = asked(&p)->ask;
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    script_click(&p, DOM_ACT_DM_NEW, 0);
    struct chat_answer no = {.result = ERR_OK, .why.error = CHAT_TAKEN};
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {ask, &no}});
    assert_int_equal(p.m.dialog.kind, DIALOG_DM_NEW);
    assert_int_equal(p.m.dialog.error.n, 0);
    script_close(&p);
}

static const char PEOPLE[] =
    "{\"ok\":true,\"users\":[{\"id\":1,\"name\":\"ana\",\"display\":\"Ana\",\"role\":\"member\"},"
    "{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\",\"role\":\"member\"},"
    "{\"id\":3,\"name\":\"cyd\",\"display\":\"Cyd\",\"role\":\"member\"}]}";

static void test_dialog__people_are_looked_for_when_typing_rests(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_DM_NEW, 0);
    fill(&p, DOM_FIELD_PERSON, "@b");
    assert_null(script_ask(&p, ASK_DIALOG));
    script_later(&p, DIALOG_SEARCH_MS - 1);
    assert_null(script_ask(&p, ASK_DIALOG));
    script_later(&p, 1);
    script_assert_slice(asked(&p)->request->q, "b");
    struct ask first = asked(&p)->ask;
    fill(&p, DOM_FIELD_PERSON, "@bo");
    script_later(&p, DIALOG_SEARCH_MS);
    struct ask second = asked(&p)->ask;
    struct chat_answer people = {.result = ERR_OK, .ok = true, .json = slice_str(PEOPLE)};
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {first, &people}});
    assert_int_equal(p.m.dialog.rows_n, 0); /* a later one is on its way */
    script_act(&p, (struct action){.type = ACTION_ANSWER, .answer = {second, &people}});
    assert_int_equal(p.m.dialog.rows_n, 2); /* without me */
    assert_int_equal(p.m.dialog.rows[0].id, BO);
    script_close(&p);
}

static void test_dialog__arrow_keys_choose_and_enter_takes(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_DM_NEW, 0);
    fill(&p, DOM_FIELD_PERSON, "d");
    script_later(&p, DIALOG_SEARCH_MS);
    script_answer(&p, ASK_DIALOG, PEOPLE);
    script_key(&p, DOM_KEY_DOWN, DOM_FLAG_DIALOG | DOM_FLAG_FIELD);
    assert_true(p.fx.handled);
    script_key(&p, DOM_KEY_DOWN, DOM_FLAG_DIALOG | DOM_FLAG_FIELD);
    assert_int_equal(p.m.dialog.at, 0); /* round */
    script_key(&p, DOM_KEY_UP, DOM_FLAG_DIALOG | DOM_FLAG_FIELD);
    submit(&p);
    assert_int_equal(asked(&p)->event, EVENT_DM);
    assert_int_equal(asked(&p)->request->user, CYD);
    script_close(&p);
}

static void test_dialog__a_list_ends_at_its_cap(void **state)
{
    (void)state;
    struct dialog d;
    dialog_init(&d);
    for (int64_t i = 0; i < DIALOG_ROWS_MAX; i++)
        assert_non_null(dialog_add_row(&d, i, SL("x"), SL("")));
    assert_null(dialog_add_row(&d, 1, SL("x"), SL("")));
    for (unsigned i = 1; i <= DIALOG_FIELDS_MAX; i++)
        assert_true(dialog_typed(&d, (enum dom_field)i, SL("x")));
    assert_false(dialog_typed(&d, (enum dom_field)(DIALOG_FIELDS_MAX + 1), SL("x")));
    char text[DIALOG_FIELD_BYTES + 1];
    memset(text, 'x', sizeof text);
    assert_true(dialog_typed(&d, (enum dom_field)1, (struct slice){text, DIALOG_FIELD_BYTES}));
    assert_false(dialog_typed(&d, (enum dom_field)1, (struct slice){text, sizeof text}));
    assert_int_equal(dialog_text(&d, (enum dom_field)1).n, DIALOG_FIELD_BYTES);
    dialog_fini(&d);
}

static void test_dialog__of_a_room_only_what_has_changed_is_sent(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_OWNER, SECRET);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    script_assert_slice(dialog_text(&p.m.dialog, DOM_FIELD_ROOM_NAME), "secret");
    fill(&p, DOM_FIELD_ROOM_TOPIC, "News");
    submit(&p);
    const struct effect *e = asked(&p);
    assert_int_equal(e->event, EVENT_ROOM_UPDATE);
    assert_false(CHAT_HAS(e->request, CHAT_FIELD_NAME));
    script_assert_slice(e->request->topic, "News");
    script_answer(&p, ASK_DIALOG, "{\"ok\":true}");
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    submit(&p); /* nothing has */
    assert_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_close(&p);
}

static void test_dialog__a_refused_choice_goes_back(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_MEMBER, SECRET);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    choose(&p, 1, CHAT_NOTIFY_NONE);
    assert_int_equal(asked(&p)->event, EVENT_NOTIFY);
    assert_int_equal(asked(&p)->request->notify, CHAT_NOTIFY_NONE);
    script_refuse(&p, ASK_DIALOG, CHAT_BUSY);
    assert_int_equal(p.m.dialog.choices[1], CHAT_NOTIFY_ALL);
    script_assert_slice(buf_peek(&p.m.dialog.error), "The server is busy. Try again in a moment.");
    script_close(&p);
}

static void test_dialog__leaving_asks_and_escape_goes_back_one_step(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_MEMBER, SECRET);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    script_click(&p, DOM_ACT_LEAVE, 0);
    assert_null(script_ask(&p, ASK_DIALOG));
    assert_int_equal(p.m.dialog.confirm, DOM_ACT_LEAVE);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_DIALOG);
    assert_int_equal(p.m.dialog.kind, DIALOG_ROOM_MENU);
    assert_int_equal(p.m.dialog.confirm, 0);
    script_click(&p, DOM_ACT_CONFIRM, 0); /* of nothing */
    assert_null(script_ask(&p, ASK_DIALOG));
    script_click(&p, DOM_ACT_LEAVE, 0);
    script_click(&p, DOM_ACT_CONFIRM, 0);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_LEAVE);
    assert_int_equal(asked(&p)->request->room, SECRET);
    script_close(&p);
}

static void test_dialog__links_are_made_listed_and_revoked(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_OWNER, SECRET);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    choose(&p, 0, 1);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_INVITES);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"invites\":[]}");
    choose(&p, 2, 0);
    choose(&p, 3, 1);
    submit(&p);
    assert_int_equal(asked(&p)->request->seconds, 3600);
    assert_int_equal(asked(&p)->request->uses, 1);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true,\"invite\":{\"id\":5,\"token\":\"To-k_n\"}}");
    script_assert_slice(buf_peek(&p.m.dialog.note), "#/invite/To-k_n");
    assert_int_equal(asked(&p)->event, EVENT_ROOM_INVITES); /* it is one of them now */
    script_answer(&p, ASK_DIALOG,
                  "{\"ok\":true,\"invites\":[{\"id\":5,\"by\":1,\"expires\":99,\"uses\":1},"
                  "{\"id\":6,\"by\":1,\"expires\":0}]}");
    assert_int_equal(p.m.dialog.rows_n, 2);
    assert_int_equal(p.m.dialog.rows[0].uses, 1);
    assert_int_equal(p.m.dialog.rows[1].uses, -1);
    script_click(&p, DOM_ACT_COPY, 0);
    script_assert_slice(script_effect(&p, EFFECT_COPY)->text, "#/invite/To-k_n");
    script_click(&p, DOM_ACT_INVITE_REVOKE, 5);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_REVOKE);
    assert_int_equal(asked(&p)->request->invite_id, 5);
    script_close(&p);
}

static void test_dialog__bans_and_mutes_are_told_in_words_and_lifted(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_OWNER, SECRET);
    script_click(&p, DOM_ACT_ROOM_MENU, 0);
    choose(&p, 0, 2);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_BANS);
    script_answer(&p, ASK_DIALOG,
                  "{\"ok\":true,\"bans\":[{\"user\":{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\"},"
                  "\"banned_until\":9007199254740991,\"muted_until\":1772546000000,\"by\":"
                  "{\"id\":1,\"name\":\"ana\",\"display\":\"Ana\"}},"
                  "{\"user\":{\"id\":3,\"name\":\"cy\",\"display\":\"\"},\"muted_until\":"
                  "9007199254740991},{\"user\":7}]}");
    assert_int_equal(p.m.dialog.rows_n, 3);
    script_assert_slice(p.m.dialog.rows[0].label, "Bo");
    script_assert_slice(p.m.dialog.rows[0].more, "Banned for good, by Ana");
    assert_true(slice_starts_with(p.m.dialog.rows[1].more, SL("Muted until ")));
    assert_true(p.m.dialog.rows[1].on);
    script_assert_slice(p.m.dialog.rows[2].label, "cy");
    script_assert_slice(p.m.dialog.rows[2].more, "Muted for good");
    script_click(&p, DOM_ACT_ROOM_UNBAN, 2);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_BAN);
    assert_int_equal(asked(&p)->request->user, 2);
    assert_false(asked(&p)->request->on);
    assert_true(CHAT_HAS(asked(&p)->request, CHAT_FIELD_ON));
    script_answer(&p, ASK_DIALOG, "{\"ok\":true}");
    assert_int_equal(p.m.dialog.done, WORD_LIFTED);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_BANS);
    script_click(&p, DOM_ACT_ROOM_MUTE, 3);
    assert_int_equal(asked(&p)->event, EVENT_ROOM_MUTE);
    assert_false(asked(&p)->request->on);
    script_answer(&p, ASK_DIALOG, "{\"ok\":true}");
    choose(&p, 0, 1); /* nothing of it stays on another page */
    assert_int_equal(p.m.dialog.rows_n, 0);
    script_close(&p);
}

static void test_dialog__mentions_go_behind_what_is_written(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("hello"));
    script_click(&p, DOM_ACT_PERSON, BO);
    script_click(&p, DOM_ACT_MENTION, 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "hello @bo ");
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_close(&p);
}

static void test_dialog__an_author_leads_to_his_card(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "question");
    script_click(&p, DOM_ACT_AUTHOR, script_at(&p, 0)->key);
    assert_int_equal(p.m.dialog.kind, DIALOG_PERSON);
    assert_int_equal(p.m.dialog.about, BO);
    script_close(&p);
}

static void test_dialog__the_rooms_menu_opens_the_members_and_never_closes_them(void **state)
{
    (void)state;
    struct script_page p;
    open_as(&p, CHAT_OWNER, SECRET);
    for (int i = 0; i < 2; i++) {
        script_click(&p, DOM_ACT_ROOM_MENU, 0);
        script_click(&p, DOM_ACT_MEMBERS, 0);
        assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
        assert_int_equal(p.m.panel.kind, PANEL_MEMBERS);
    }
    script_close(&p);
}

static void test_dialog__enter_on_a_row_lists_what_can_be_done_with_it(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "hello");
    uint64_t key = script_at(&p, 0)->key;
    script_act(&p, (struct action){.type = ACTION_ROW_FOCUS, .row = key});
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_ROW);
    assert_int_equal(p.m.dialog.kind, DIALOG_MESSAGE);
    script_click(&p, DOM_ACT_REPLY, 0);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    assert_int_equal(script_room_open(&p)->draft.reply_to, 1);
    script_close(&p);
}

/* --- invitations --- */

static void address(struct script_page *p, const char *text)
{
    script_act(p, (struct action){.type = ACTION_ADDRESS, .address = {.path = slice_str(text)}});
}

static void http(struct script_page *p, unsigned status, const char *body)
{
    const struct effect *e = script_effect(p, EFFECT_HTTP);
    script_act(p, (struct action){.type = ACTION_HTTP, .http = {e->ask, status, slice_str(body)}});
}

static void test_dialog__an_invitation_is_shown_before_it_is_taken(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    address(&p, "/#/invite/To-k_n");
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/invites/To-k_n");
    assert_int_equal(p.m.dialog.kind, DIALOG_JOIN);
    submit(&p);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE); /* nothing is known of it: that is no yes */
    address(&p, "/#/invite/To-k_n");
    http(&p, 200, "{\"room\":\"den\",\"by\":\"Bo\",\"expires\":0}");
    script_assert_slice(buf_peek(&p.m.invite.room), "den");
    submit(&p);
    assert_true(script_effect(&p, EFFECT_HTTP)->http.post);
    assert_true(script_effect(&p, EFFECT_HTTP)->http.signed_in);
    http(&p, 200, "{\"room\":{\"id\":2,\"kind\":\"private\",\"name\":\"secret\",\"seq\":0}}");
    assert_int_equal(p.m.open, SECRET);
    assert_int_equal(p.m.invite.token.n, 0);
    script_close(&p);
}

static void test_dialog__a_bad_invitation_says_why(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    address(&p, "/#/invite/a/../b");
    assert_int_equal(script_count(&p, EFFECT_HTTP), 0);
    address(&p, "/#/invite/old");
    http(&p, 404,
         "{\"error\":{\"code\":\"not_found\",\"field\":\"invite\","
         "\"message\":\"No.\"}}");
    assert_int_equal(p.m.invite.state, INVITE_REFUSED);
    script_assert_slice(buf_peek(&p.m.invite.error),
                        "This invitation is not valid any more. Ask for a new one.");
    script_close(&p);
}

static void test_dialog__an_invitation_waits_at_the_door(void **state)
{
    (void)state;
    struct script_page p;
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START,
                                   .start = {.address = SL("/#/invite/token"), .name = SL("ana")}});
    http(&p, 200, "{\"by\":\"Bo\",\"expires\":0}");
    assert_int_equal(p.m.session.login.way, LOGIN_REGISTER); /* that is what it is for */
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    script_assert_slice(script_effect(&p, EFFECT_ACCOUNT)->account->invite, "token");
    script_close(&p);
}

static void test_dialog__a_refused_invitation_does_not_keep_anybody_from_registering(void **state)
{
    (void)state;
    struct script_page p;
    script_boot(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_START, .start = {.address = SL("#/invite/old")}});
    http(&p, 404, "{}");
    script_click(&p, DOM_ACT_WAY_REGISTER, 0);
    script_act(&p, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    assert_int_equal(script_effect(&p, EFFECT_ACCOUNT)->account->invite.n, 0);
    script_close(&p);
}

/* Registering lets in, too. */
static void test_dialog__who_is_in_already_is_only_led_there(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    address(&p, "/#/invite/token");
    http(&p, 200, "{\"room\":\"secret\",\"by\":\"Bo\",\"expires\":0}");
    assert_int_equal(p.m.open, SECRET);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_close(&p);
}

static void test_dialog__the_switcher_finds_rooms_and_people(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, SECRET, BO, "hello");
    script_room(&p, SECRET, 1, 0);
    script_key(&p, DOM_KEY_K, DOM_FLAG_CTRL);
    assert_int_equal(p.m.dialog.kind, DIALOG_SWITCHER);
    assert_int_equal(p.m.dialog.rows[0].id, SECRET); /* it waits to be read */
    script_act(&p,
               (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_SWITCHER, SL("lby"), 3}});
    assert_int_equal(p.m.dialog.rows_n, 1);
    assert_int_equal(p.m.dialog.rows[0].id, LOBBY);
    script_act(&p,
               (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_SWITCHER, SL("cy"), 2}});
    script_later(&p, DIALOG_SEARCH_MS);
    script_answer(&p, ASK_DIALOG,
                  "{\"ok\":true,\"users\":[{\"id\":1,\"name\":\"ana\"},{\"id\":2,\"name\":\"bo\"},"
                  "{\"id\":3,\"name\":\"cyd\"}]}");
    assert_int_equal(p.m.dialog.rows_n, 1); /* not me, and with Bo there is a room */
    assert_int_equal(p.m.dialog.rows[0].id, -CYD);
    script_close(&p);
}

static void test_dialog__an_emoji_goes_to_the_caret_or_to_a_message(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "hello");
    script_act(&p,
               (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_COMPOSER, SL("ab"), 1}});
    script_click(&p, DOM_ACT_EMOJI, 0);
    script_click(&p, DOM_ACT_EMOJI_PICK, 1);
    assert_int_equal(p.m.dialog.kind, DIALOG_NONE);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a\xF0\x9F\x91\x8D"
                                                                     "b");
    script_click(&p, DOM_ACT_REACT, script_at(&p, 0)->key);
    script_click(&p, DOM_ACT_EMOJI_PICK, 4);
    const struct effect *asked = script_ask(&p, ASK_REACT);
    assert_non_null(asked);
    assert_true(asked->request->on);
    script_assert_slice(asked->request->emoji, "\xF0\x9F\x8E\x89");
    assert_int_equal(p.m.emoji.recent.n, 2);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialog__escape_and_the_cross_close_it_and_nothing_else),
        cmocka_unit_test(test_dialog__a_room_is_created_and_opened),
        cmocka_unit_test(test_dialog__a_refusal_stands_at_its_field_and_nothing_typed_is_lost),
        cmocka_unit_test(test_dialog__an_answer_to_one_that_is_closed_is_of_no_interest),
        cmocka_unit_test(test_dialog__people_are_looked_for_when_typing_rests),
        cmocka_unit_test(test_dialog__arrow_keys_choose_and_enter_takes),
        cmocka_unit_test(test_dialog__a_list_ends_at_its_cap),
        cmocka_unit_test(test_dialog__of_a_room_only_what_has_changed_is_sent),
        cmocka_unit_test(test_dialog__a_refused_choice_goes_back),
        cmocka_unit_test(test_dialog__leaving_asks_and_escape_goes_back_one_step),
        cmocka_unit_test(test_dialog__links_are_made_listed_and_revoked),
        cmocka_unit_test(test_dialog__bans_and_mutes_are_told_in_words_and_lifted),
        cmocka_unit_test(test_dialog__mentions_go_behind_what_is_written),
        cmocka_unit_test(test_dialog__an_author_leads_to_his_card),
        cmocka_unit_test(test_dialog__the_rooms_menu_opens_the_members_and_never_closes_them),
        cmocka_unit_test(test_dialog__enter_on_a_row_lists_what_can_be_done_with_it),
        cmocka_unit_test(test_dialog__an_invitation_is_shown_before_it_is_taken),
        cmocka_unit_test(test_dialog__a_bad_invitation_says_why),
        cmocka_unit_test(test_dialog__an_invitation_waits_at_the_door),
        cmocka_unit_test(test_dialog__a_refused_invitation_does_not_keep_anybody_from_registering),
        cmocka_unit_test(test_dialog__who_is_in_already_is_only_led_there),
        cmocka_unit_test(test_dialog__the_switcher_finds_rooms_and_people),
        cmocka_unit_test(test_dialog__an_emoji_goes_to_the_caret_or_to_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
