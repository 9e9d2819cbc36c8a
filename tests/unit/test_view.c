/* What the page shows of a model: golden logs of the operations a script of actions leads to. */
#include "view.h"

#include "dialog_room_menu.h"
#include "fake_dom.h"
#include "limits.h"
#include "mem.h"
#include "upd_dialog.h"
#include "update_script.h"
#include "vdiff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct shown_page {
    struct script_page page;
    struct vdiff vdiff;
    struct domop ops;
    struct fake_dom *dom;
    struct buf log; /* of the last drawing, with a NUL */
};

static void draw(struct shown_page *s)
{
    domop_reset(&s->ops);
    view(&s->page.m, vdiff_begin(&s->vdiff));
    assert_int_equal(vdiff_commit(&s->vdiff, &s->ops), ERR_OK);
    fake_dom_apply(s->dom, buf_peek(&s->ops.words));
    fake_dom_check(s->dom, &s->vdiff.trees[s->vdiff.shown]);
    buf_reset(&s->log);
    assert_int_equal(domop_print(buf_peek(&s->ops.words), &s->log), ERR_OK);
    assert_int_equal(buf_putc(&s->log, '\0'), ERR_OK);
}

static void open_shown(struct shown_page *s, const struct model_limits *limits)
{
    memset(s, 0, sizeof *s);
    script_open(&s->page, limits);
    vdiff_init(&s->vdiff);
    domop_init(&s->ops);
    buf_init(&s->log, 8u << 20);
    s->dom = fake_dom_new();
    draw(s);
}

static void close_shown(struct shown_page *s)
{
    script_close(&s->page);
    vdiff_fini(&s->vdiff);
    domop_fini(&s->ops);
    buf_fini(&s->log);
    fake_dom_free(s->dom);
}

static void assert_log(struct shown_page *s, const char *expected)
{
    draw(s);
    assert_string_equal(s->log.p, expected);
}

static void assert_shows(struct shown_page *s, const char *line)
{
    draw(s);
    if (!strstr(s->log.p, line))
        fail_msg("no line %s in:\n%s", line, s->log.p);
}

static void assert_shows_not(struct shown_page *s, const char *line)
{
    draw(s);
    if (strstr(s->log.p, line))
        fail_msg("a line %s in:\n%s", line, s->log.p);
}

static void test_view__a_visitor_sees_the_form(void **state)
{
    (void)state;
    struct shown_page s;
    memset(&s, 0, sizeof s);
    script_boot(&s.page, NULL);
    script_act(&s.page, (struct action){.type = ACTION_START});
    vdiff_init(&s.vdiff);
    domop_init(&s.ops);
    buf_init(&s.log, 8u << 20);
    s.dom = fake_dom_new();
    assert_shows(&s, "ATTR ROOT SELF data-app \"login\"\n");
    script_click(&s.page, DOM_ACT_WAY_REGISTER, 0);
    assert_shows(&s, "UNATTR LOGIN_PASSWORD_FIELD SELF hidden\n");
    script_act(&s.page, (struct action){.type = ACTION_SUBMIT, .number = DOM_FORM_LOGIN});
    assert_shows(&s, "ATTR LOGIN_SUBMIT SELF disabled \"\"\n");
    close_shown(&s);
}

static void test_view__the_rooms_are_listed(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    assert_non_null(strstr(s.log.p, "ATTR ROOT SELF data-app \"ready\"\n"));
    assert_non_null(strstr(s.log.p, "TEXT TITLE SELF \"#lobby · Tincan\"\n"));
    assert_non_null(strstr(s.log.p, "LABEL \"secret\"\n"));
    assert_non_null(strstr(s.log.p, "BUTTON data-kind \"private\"\n"));
    assert_non_null(strstr(s.log.p, "BUTTON data-kind \"dm\"\n"));
    assert_non_null(strstr(s.log.p, "BUTTON aria-current \"page\"\n"));
    script_room(&s.page, SECRET, 120, 0);
    assert_shows(&s, "UNREAD \"99+\"\n");
    assert_non_null(strstr(s.log.p, "HINT \"secret, 120 unread messages\"\n"));
    assert_non_null(strstr(s.log.p, "TEXT TITLE SELF \"(120) #lobby · Tincan\"\n"));
    script_act(&s.page, (struct action){.type = ACTION_WORKSPACE, .text = SL("Acme")});
    assert_shows(&s, "TEXT TITLE SELF \"(120) #lobby · Acme\"\n");
    assert_non_null(strstr(s.log.p, "TEXT WORKSPACE SELF \"Acme\"\n"));
    close_shown(&s);
}

static void test_view__who_has_nothing_but_a_silent_room_is_told_how_to_begin(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    assert_non_null(strstr(s.log.p, "ATTR EMPTY_STARTS SELF hidden \"\"\n"));
    script_act(&s.page, (struct action){.type = ACTION_ROOM_GONE, .gone = {SECRET, false}});
    script_act(&s.page, (struct action){.type = ACTION_ROOM_GONE, .gone = {WITH_BO, false}});
    assert_shows(&s, "UNATTR EMPTY_STARTS SELF hidden\n");
    script_click(&s.page, DOM_ACT_ROOM_INVITES, 0);
    assert_int_equal(s.page.m.dialog.kind, DIALOG_ROOM_MENU);
    assert_int_equal(s.page.m.dialog.choices[MENU_TAB], MENU_INVITES);
    script_receive(&s.page, LOBBY, BO, "here I am");
    assert_shows(&s, "ATTR EMPTY SELF hidden \"\"\n");
    close_shown(&s);
}

static void test_view__a_message_of_ours_from_pending_to_sent(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_say(&s.page, "hi");
    assert_shows(&s, "SELF data-state \"pending\"\n");
    assert_non_null(strstr(s.log.p, "SELF data-cid \"00000000000000000000000000000002\"\n"));
    assert_non_null(strstr(s.log.p, "RUN "));
    script_sent(&s.page);
    assert_shows(&s, "SELF data-state \"sent\"\n");
    assert_non_null(strstr(s.log.p, "SELF data-seq \"1\"\n"));
    assert_null(strstr(s.log.p, "CLONE")); /* the same row */
    close_shown(&s);
}

static void test_view__an_unconfirmed_message_grows_words_and_buttons(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_say(&s.page, "hi");
    assert_shows_not(&s, "STATE");
    script_down(&s.page);
    assert_shows(&s, "LABEL \"Will send when online\"\n");
    script_live(&s.page);
    script_later(&s.page, 8000);
    assert_shows(&s, "LABEL \"Sending\xE2\x80\xA6\"\n");
    struct chat_answer no = {
        .result = ERR_OK, .why.error = CHAT_ARCHIVED, .why.message = SL("No.")};
    script_act(&s.page, (struct action){
                            .type = ACTION_SENT,
                            .sent = {{s.page.cid, CHAT_CID_HEX}, CHAT_SENT_FAILED, LOBBY, 0, &no}});
    assert_shows(&s, "LABEL \"Not sent: This room is archived. It can be read, not written in. "
                     "Your text is kept here.\"\n");
    assert_non_null(strstr(s.log.p, " ACTIONS\n"));
    close_shown(&s);
}

static void test_view__the_banner_waits_counts_and_goes(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_down(&s.page);
    assert_shows_not(&s, "UNATTR BANNER SELF hidden");
    script_later(&s.page, 2000);
    assert_shows(&s, "UNATTR BANNER SELF hidden\n");
    assert_non_null(strstr(s.log.p, "TEXT BANNER_COUNTDOWN SELF \"Next try in 3 s\"\n"));
    script_later(&s.page, 1000);
    assert_log(&s, "TEXT BANNER_COUNTDOWN SELF \"Next try in 2 s\"\n");
    script_live(&s.page);
    assert_shows(&s, "ATTR BANNER SELF hidden \"\"\n");
    close_shown(&s);
}

/* What a banner says after the server's last words. */
static void test_view__the_banner_says_why_the_server_closed(void **state)
{
    static const struct {
        const char *code, *says;
    } rows[] = {{"restart", "The server is restarting."},
                {"busy", "The server has more people than it can serve now."},
                {"signed_out", "This device was signed out."},
                {"of tomorrow", "The server ended the connection."}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shown_page s;
        open_shown(&s, NULL);
        script_act(&s.page, (struct action){.type = ACTION_BYE, .text = slice_str(rows[i].code)});
        script_down(&s.page);
        script_later(&s.page, 2000);
        assert_shows(&s, rows[i].says);
        assert_non_null(strstr(s.log.p, "Next try in 3 s"));
        script_live(&s.page);
        script_down(&s.page);
        script_later(&s.page, 2000);
        assert_shows(&s, "Connection lost."); /* it was about the time before */
        close_shown(&s);
    }
}

static void test_view__the_banner_says_why_it_is_not_let_in(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    struct sock_status status = {.state = SOCK_WAITING,
                                 .retry_at_ms = s.page.now_ms + 9000,
                                 .reason = SL("No."),
                                 .refusal_json =
                                     SL("{\"message\":\"No.\",\"data\":{\"code\":\"busy\"}}")};
    script_act(&s.page,
               (struct action){.type = ACTION_STATUS, .status = {CHAT_CLIENT_CONNECTING, &status}});
    script_later(&s.page, 2000);
    assert_shows(&s, "The server does not let you in now. The server is busy. Try again in a "
                     "moment. What you write is kept here.");
    assert_non_null(strstr(s.log.p, "Next try in 7 s"));
    close_shown(&s);
}

static void test_view__groups_by_author_and_time(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, LOBBY, BO, "one");
    assert_shows_not(&s, "data-compact \"\"");
    script_receive(&s.page, LOBBY, BO, "two");
    assert_shows(&s, "SELF data-compact \"\"\n");
    script_receive(&s.page, LOBBY, CYD, "three");
    assert_shows_not(&s, "data-compact \"\"");
    s.page.now_ms += 5 * 60 * 1000;
    script_receive(&s.page, LOBBY, CYD, "four");
    assert_shows_not(&s, "data-compact \"\"");
    close_shown(&s);
}

static void test_view__days_are_named_anew_at_midnight(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, LOBBY, BO, "one");
    assert_shows(&s, "LABEL \"Today\"\n");
    /* Past what else it wakes for: what is kept is written down, the token renewed. */
    const int64_t hour_ms = 3600000;
    for (int i = 0; i < 5 && s.page.now_ms < hour_ms; i++) {
        s.page.now_ms = update_wake_ms(&s.page.m);
        script_later(&s.page, 0);
    }
    assert_shows(&s, "LABEL \"Yesterday\"\n");
    close_shown(&s);
}

static void test_view__at_most_the_cap_of_rows(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive_many(&s.page, LOBBY, 450);
    draw(&s);
    const struct window *w = &script_room_open(&s.page)->window;
    assert_in_range(w->end - w->first, 150, 200);
    close_shown(&s);
}

static void test_view__the_jump_button_counts(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive_many(&s.page, LOBBY, 30);
    draw(&s);
    script_scroll(&s.page, 2000, 2000);
    assert_shows(&s, "UNATTR JUMP SELF hidden\n");
    script_receive(&s.page, LOBBY, BO, "news");
    assert_shows(&s, "TEXT JUMP_TEXT SELF \"1 new message\"\n");
    script_click(&s.page, DOM_ACT_JUMP, 0);
    assert_shows(&s, "ATTR JUMP SELF hidden \"\"\n");
    close_shown(&s);
}

static void test_view__deleted_edited_and_replied(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, LOBBY, BO, "first");
    draw(&s);
    struct chat_message msg = {.room = LOBBY,
                               .seq = 1,
                               .from = script_user(BO),
                               .text = SL("second"),
                               .rev = 2,
                               .edited_ts = 5};
    struct chat_event e = {.room = LOBBY, .ev = 2, .kind = CHAT_EVENT_EDIT, .message = &msg};
    script_act(&s.page, (struct action){.type = ACTION_EVENT, .event = &e});
    assert_shows(&s, "\"second\"");
    assert_non_null(strstr(s.log.p, "LABEL \"(edited)\"\n"));
    script_click(&s.page, DOM_ACT_REPLY, script_at(&s.page, 0)->key);
    assert_shows(&s, "TEXT CONTEXT_TEXT SELF \"Replying to Bo: second\"\n");
    script_say(&s.page, "answer");
    assert_shows(&s, " QUOTE\n");
    msg = (struct chat_message){
        .room = LOBBY, .seq = 1, .from = script_user(BO), .rev = 3, .deleted = true};
    e.kind = CHAT_EVENT_DELETE;
    script_act(&s.page, (struct action){.type = ACTION_EVENT, .event = &e});
    assert_shows(&s, " DELETED\n");
    close_shown(&s);
}

static void test_view__a_text_of_another_device_is_offered(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_type(&s.page, SL("mine"));
    draw(&s);
    script_act(&s.page,
               (struct action){.type = ACTION_DRAFT, .draft = {LOBBY, 1, 0, SL("from the phone")}});
    assert_shows(&s, "TEXT SPARE_TEXT SELF \"Also written elsewhere: from the phone\"\n");
    assert_non_null(strstr(s.log.p, "UNATTR SPARE SELF hidden\n"));
    script_click(&s.page, DOM_ACT_SPARE_DROP, 0);
    assert_shows(&s, "ATTR SPARE SELF hidden \"\"\n");
    close_shown(&s);
}

static void test_view__tools_follow_the_pointer(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, LOBBY, BO, "one");
    assert_shows_not(&s, " TOOLS\n");
    script_act(&s.page, (struct action){.type = ACTION_HOVER, .row = script_at(&s.page, 0)->key});
    assert_shows(&s, " TOOLS\n");
    assert_null(strstr(s.log.p, "data-act \"edit\"")); /* not ours */
    script_act(&s.page, (struct action){.type = ACTION_HOVER});
    assert_shows(&s, "REMOVE ");
    close_shown(&s);
}

static void test_view__a_line_before_what_is_new(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_room(&s.page, SECRET, 3, 2);
    script_click(&s.page, DOM_ACT_ROOM, SECRET);
    script_page_of(&s.page, SECRET, 1, 3);
    assert_shows(&s, " NEW\n");
    script_key(&s.page, DOM_KEY_ESCAPE, 0);
    assert_shows(&s, "REMOVE ");
    close_shown(&s);
}

static void test_view__the_counter_shows_near_the_cap(void **state)
{
    (void)state;
    static char text[CHAT_TEXT_CHARS_MAX + 1];
    struct shown_page s;
    open_shown(&s, NULL);
    memset(text, 'x', sizeof text);
    script_type(&s.page, (struct slice){text, CHAT_TEXT_CHARS_MAX / 10 * 9 - 1});
    assert_shows_not(&s, "UNATTR COUNTER SELF hidden");
    script_type(&s.page, (struct slice){text, CHAT_TEXT_CHARS_MAX / 10 * 9});
    assert_shows(&s, "TEXT COUNTER SELF \"14400 / 16000\"\n");
    script_type(&s.page, (struct slice){text, sizeof text});
    assert_shows(&s, "ATTR COUNTER SELF data-over \"\"\n");
    close_shown(&s);
}

static void test_view__announces_to_the_log_only(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, LOBBY, BO, "hi <b>");
    assert_shows(&s, "SELF \"Bo: hi <b>\"\n");
    assert_non_null(strstr(s.log.p, "INSERT ANNOUNCER "));
    close_shown(&s);
}

static void test_view__draws_again_after_a_lack_of_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 40; n++) {
        struct shown_page s;
        open_shown(&s, NULL);
        script_receive_many(&s.page, LOBBY, 20);
        domop_fini(&s.ops);
        domop_init(&s.ops);
        mem_fail_after(n, 1);
        view(&s.page.m, vdiff_begin(&s.vdiff));
        enum err e = vdiff_commit(&s.vdiff, &s.ops);
        mem_fail_after(0, 0);
        if (e == ERR_OK)
            fake_dom_apply(s.dom, buf_peek(&s.ops.words));
        draw(&s);
        close_shown(&s);
    }
}

#define T(name) cmocka_unit_test(test_view__##name)

/* Each kind of dialog, also while it waits for its list and with something wrong. */
static void test_view__draws_every_dialog(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_receive(&s.page, LOBBY, BO, "hello");
    s.page.m.session.me.role = s.page.m.session.person->role = CHAT_OWNER; /* who sees all */
    for (unsigned kind = 1; kind < DIALOG_KINDS_N; kind++) {
        struct effects fx = {0};
        bool message = kind == DIALOG_MESSAGE || kind == DIALOG_DELETE;
        upd_dialog_open(&s.page.m, (enum dialog_kind)kind,
                        message ? (int64_t)script_at(&s.page, 0)->key : BO, &fx);
        effects_fini(&fx);
        draw(&s);
        assert_non_null(strstr(s.log.p, "SHOW_MODAL"));
        dialog_say(&s.page.m.dialog, (enum dom_field)0, SL("That did not work."));
        draw(&s);
        assert_non_null(strstr(s.log.p, "That did not work."));
    }
    upd_dialog_close(&s.page.m);
    draw(&s);
    close_shown(&s);
}

static void test_view__a_card_offers_what_the_server_takes(void **state)
{
    (void)state;
    struct shown_page s;
    struct room *room;
    open_shown(&s, NULL);
    room = rooms_find(&s.page.m.rooms, SECRET);
    room->r.room_role = CHAT_OWNER;
    script_click(&s.page, DOM_ACT_ROOM, SECRET);
    script_click(&s.page, DOM_ACT_PERSON, BO);
    script_answer(&s.page, ASK_DIALOG,
                  "{\"ok\":true,\"members\":[{\"id\":2,\"name\":\"bo\",\"display\":\"Bo\","
                  "\"role\":\"member\",\"room_role\":\"member\"}]}");
    assert_shows(&s, "\"Moderator\"");
    assert_shows_not(&s, "\"Guest\"");
    close_shown(&s);
    /* Who is not there, nothing can be made of. */
    open_shown(&s, NULL);
    rooms_find(&s.page.m.rooms, SECRET)->r.room_role = CHAT_OWNER;
    script_click(&s.page, DOM_ACT_ROOM, SECRET);
    script_click(&s.page, DOM_ACT_PERSON, BO);
    script_answer(&s.page, ASK_DIALOG, "{\"ok\":true,\"members\":[]}");
    draw(&s);
    assert_non_null(strstr(s.log.p, "\"room-ban\""));
    assert_null(strstr(s.log.p, "\"room-kick\""));
    assert_null(strstr(s.log.p, "\"Moderator\""));
    close_shown(&s);
}

static void test_view__who_comes_next_does_not_see_what_was_looked_for(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    script_act(&s.page, (struct action){.type = ACTION_INPUT,
                                        .input = {DOM_FIELD_SEARCH, SL("a secret"), 0}});
    assert_shows_not(&s, "VALUE SEARCH_INPUT");
    script_status(&s.page, CHAT_CLIENT_SIGNED_OUT, SOCK_CLOSED);
    assert_shows(&s, "VALUE SEARCH_INPUT SELF \"\"");
    close_shown(&s);
}

static void test_view__a_time_that_is_not_on_offer_can_stay(void **state)
{
    (void)state;
    struct shown_page s;
    open_shown(&s, NULL);
    struct room *room = script_room_open(&s.page);
    room->r.slow = 45;
    room->r.room_role = CHAT_OWNER;
    script_click(&s.page, DOM_ACT_ROOM_MENU, 0);
    assert_shows(&s, "LABEL \"45 seconds\"\n");
    assert_int_equal(s.page.m.dialog.choices[MENU_SLOW], MENU_SLOWS_N);
    script_click(&s.page, DOM_ACT_DIALOG_CLOSE, 0);
    room->r.slow = 120;
    script_click(&s.page, DOM_ACT_ROOM_MENU, 0);
    assert_shows(&s, "LABEL \"2 minutes\"\n");
    script_click(&s.page, DOM_ACT_DIALOG_CLOSE, 0);
    room->r.slow = 60;
    script_click(&s.page, DOM_ACT_ROOM_MENU, 0);
    assert_shows(&s, "LABEL \"1 minute\"\n");
    assert_int_equal(s.page.m.dialog.choices[MENU_SLOW], 3);
    close_shown(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_visitor_sees_the_form),
        T(the_rooms_are_listed),
        T(who_has_nothing_but_a_silent_room_is_told_how_to_begin),
        T(a_message_of_ours_from_pending_to_sent),
        T(an_unconfirmed_message_grows_words_and_buttons),
        T(the_banner_waits_counts_and_goes),
        T(the_banner_says_why_the_server_closed),
        T(the_banner_says_why_it_is_not_let_in),
        T(groups_by_author_and_time),
        T(days_are_named_anew_at_midnight),
        T(at_most_the_cap_of_rows),
        T(the_jump_button_counts),
        T(deleted_edited_and_replied),
        T(a_text_of_another_device_is_offered),
        T(tools_follow_the_pointer),
        T(a_line_before_what_is_new),
        T(the_counter_shows_near_the_cap),
        T(announces_to_the_log_only),
        T(draws_again_after_a_lack_of_memory),
        cmocka_unit_test(test_view__a_card_offers_what_the_server_takes),
        cmocka_unit_test(test_view__who_comes_next_does_not_see_what_was_looked_for),
        cmocka_unit_test(test_view__a_time_that_is_not_on_offer_can_stay),
        cmocka_unit_test(test_view__draws_every_dialog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
