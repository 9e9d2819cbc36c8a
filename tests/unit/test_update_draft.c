/* Drafts that the server keeps for the other devices. */
#include "update_script.h"

#include "upd_draft.h"
#include "upd_kept.h"
#include "upd_spare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WITHIN_MS 5000

/* Another device of Ana's has written in the lobby. */
static void tell(struct script_page *p, int64_t rev, struct slice text)
{
    script_act(p, (struct action){.type = ACTION_DRAFT, .draft = {LOBBY, rev, 0, text}});
}

/* Ticks until the server is told a draft, or long enough. */
static const struct effect *told(struct script_page *p)
{
    const struct effect *asked = NULL;
    for (int64_t ms = 0; !asked && ms < WITHIN_MS; ms += 500) {
        script_later(p, 500);
        asked = script_ask(p, ASK_DRAFT);
    }
    return asked;
}

static void assert_draft(struct script_page *p, const char *expected)
{
    script_assert_slice(buf_peek(&script_room_open(p)->draft.text), expected);
}

static void test_update_draft__what_is_typed_goes_to_the_server_once(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("half a"));
    assert_null(script_ask(&p, ASK_DRAFT));
    const struct effect *asked = told(&p);
    assert_non_null(asked);
    assert_int_equal(asked->ask.number, 1);
    assert_int_equal(asked->request->room, LOBBY);
    script_assert_slice(asked->request->text, "half a");
    script_answer(&p, ASK_DRAFT, "{\"rev\":1,\"text\":\"half a\"}");
    assert_null(told(&p));
    script_close(&p);
}

static void test_update_draft__a_refusal_for_now_is_tried_again(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("half a"));
    assert_non_null(told(&p));
    script_refuse(&p, ASK_DRAFT, CHAT_RATE);
    assert_non_null(told(&p));
    script_close(&p);
}

static void test_update_draft__an_empty_composer_takes_the_other_devices(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    tell(&p, 4, SL("from the phone"));
    assert_draft(&p, "from the phone");
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 1);
    tell(&p, 3, SL("older"));
    assert_draft(&p, "from the phone");
    assert_null(told(&p)); /* the server has it */
    tell(&p, 5, SL(""));
    assert_draft(&p, "");
    script_close(&p);
}

static void test_update_draft__what_is_being_typed_is_not_overwritten(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("mine"));
    tell(&p, 4, SL("from the phone"));
    assert_draft(&p, "mine");
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 0);
    script_close(&p);
}

static void assert_spare(struct script_page *p, const char *expected)
{
    const struct draft *d = &script_room_open(p)->draft;
    const struct spare *s = upd_spare_of(d, d->edit);
    script_assert_slice(s ? buf_peek(&s->text) : SL(""), expected);
}

static void test_update_draft__two_texts_are_both_kept_until_one_is_chosen(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("mine"));
    tell(&p, 4, SL("from the phone"));
    assert_spare(&p, "from the phone");
    assert_null(told(&p)); /* the phone's is not overwritten there */
    script_click(&p, DOM_ACT_SPARE_USE, 0);
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 1);
    assert_draft(&p, "from the phone");
    assert_spare(&p, "mine");
    script_click(&p, DOM_ACT_SPARE_USE, 0);
    script_click(&p, DOM_ACT_SPARE_DROP, 0);
    assert_draft(&p, "mine");
    assert_spare(&p, "");
    const struct effect *asked = told(&p);
    assert_non_null(asked);
    script_assert_slice(asked->request->text, "mine");
    assert_int_equal(asked->request->rev, 4);
    script_close(&p);
}

static void test_update_draft__each_of_two_texts_answers_what_it_answers(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "a question");
    script_receive(&p, LOBBY, BO, "another");
    script_click(&p, DOM_ACT_REPLY, script_at(&p, 0)->key);
    script_type(&p, SL("mine"));
    script_act(&p,
               (struct action){.type = ACTION_DRAFT, .draft = {LOBBY, 4, 2, SL("from the phone")}});
    script_click(&p, DOM_ACT_SPARE_USE, 0);
    assert_draft(&p, "from the phone");
    assert_int_equal(script_room_open(&p)->draft.reply_to, 2);
    script_click(&p, DOM_ACT_SPARE_USE, 0);
    assert_draft(&p, "mine");
    assert_int_equal(script_room_open(&p)->draft.reply_to, 1);
    script_close(&p);
}

static void test_update_draft__the_other_text_goes_on_and_ends_where_it_is_written(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("mine"));
    tell(&p, 4, SL("from the phone"));
    tell(&p, 5, SL("from a phone"));
    assert_spare(&p, "from a phone");
    tell(&p, 6, SL("")); /* it was sent */
    assert_spare(&p, "");
    assert_draft(&p, "mine");
    assert_non_null(told(&p));
    script_close(&p);
}

static void test_update_draft__a_third_text_is_kept_behind_the_other(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("mine"));
    tell(&p, 4, SL("from the phone"));
    script_click(&p, DOM_ACT_SPARE_USE, 0);
    script_type(&p, SL("from the phone, or not"));
    tell(&p, 5, SL("from the desk"));
    assert_draft(&p, "from the phone, or not");
    assert_spare(&p, "mine\n\nfrom the desk");
    script_close(&p);
}

static void test_update_draft__both_wrote_at_once_and_the_server_has_the_other(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("mine"));
    assert_int_equal(told(&p)->request->rev, 0);
    script_refuse(&p, ASK_DRAFT, CHAT_CONFLICT);
    const struct effect *asked = script_ask(&p, ASK_DRAFT);
    assert_non_null(asked);
    assert_int_equal(asked->ask.number, 0);
    script_answer(&p, ASK_DRAFT, "{\"rev\":7,\"text\":\"from the phone\"}");
    assert_draft(&p, "mine");
    assert_spare(&p, "from the phone");
    script_close(&p);
}

static void test_update_draft__what_comes_while_ours_is_on_its_way_is_beside_it(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("mine"));
    assert_non_null(told(&p));
    script_type(&p, SL("mine!"));
    assert_null(told(&p)); /* one at a time */
    script_type(&p, SL("mine"));
    tell(&p, 1, SL("from the phone"));
    assert_draft(&p, "mine");
    assert_spare(&p, "from the phone");
    script_close(&p);
}

static void test_update_draft__a_lost_answer_makes_no_second_text(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("half a"));
    assert_non_null(told(&p));
    script_down(&p);
    script_type(&p, SL("half"));
    script_live(&p);
    assert_non_null(script_ask(&p, ASK_DRAFT));
    script_answer(&p, ASK_DRAFT, "{\"rev\":1,\"text\":\"half a\"}");
    assert_draft(&p, "half");
    assert_spare(&p, "");
    assert_int_equal(told(&p)->request->rev, 1);
    script_close(&p);
}

/* It is asked first what it has, else its own old text would come back as another one's. */
static void test_update_draft__what_was_sent_after_a_lost_answer_does_not_come_back(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("hello"));
    assert_non_null(told(&p));
    script_down(&p);
    script_say(&p, "hello");
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_live(&p);
    script_later(&p, UPD_DRAFT_SYNC_MS);
    const struct effect *asked = script_ask(&p, ASK_DRAFT);
    assert_non_null(asked);
    assert_int_equal(asked->ask.room, LOBBY);
    assert_int_equal(asked->ask.number, 0);
    script_answer(&p, ASK_DRAFT, "{\"rev\":1,\"text\":\"hello\"}");
    const struct effect *cleared = told(&p);
    assert_non_null(cleared);
    assert_int_equal(cleared->request->rev, 1);
    assert_int_equal(cleared->request->text.n, 0);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_draft(&p, "");
    script_close(&p);
}

static void test_update_draft__a_restored_server_takes_nothing_away(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("a long text"));
    assert_non_null(told(&p));
    script_answer(&p, ASK_DRAFT, "{\"rev\":9}");
    script_act(&p, (struct action){.type = ACTION_RESTORED});
    script_act(&p, (struct action){.type = ACTION_DRAFT,
                                   .draft = {.room = LOBBY, .rev = 6, .text = SL("")}});
    assert_draft(&p, "a long text");
    script_close(&p);
}

static void test_update_draft__after_a_reload_ours_goes_over_what_we_had_seen(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_act(
        &p, (struct action){.type = ACTION_ADOPT_DRAFT,
                            .text = SL("[{\"user\":1,\"room\":2,\"text\":\"hallo\",\"base\":3}]")});
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_answer(&p, ASK_DRAFT, "{\"rev\":3,\"text\":\"hello\"}");
    assert_draft(&p, "hallo");
    assert_spare(&p, "");
    assert_int_equal(told(&p)->request->rev, 3);
    script_close(&p);
}

static void test_update_draft__what_was_sent_offline_does_not_come_back_after_a_reload(void **state)
{
    (void)state;
    struct script_page p;
    struct buf kept = {.max = 4096};
    script_open(&p, NULL);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_type(&p, SL("hello"));
    assert_non_null(told(&p));
    script_answer(&p, ASK_DRAFT, "{\"rev\":5,\"text\":\"hello\"}");
    script_down(&p);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_draft(&p, "");
    assert_int_equal(upd_kept_encode_drafts(&p.m, &kept), ERR_OK);
    script_close(&p);

    script_open(&p, NULL);
    script_act(&p, (struct action){.type = ACTION_ADOPT_DRAFT, .text = buf_peek(&kept)});
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_answer(&p, ASK_DRAFT, "{\"rev\":5,\"text\":\"hello\"}");
    assert_draft(&p, "");
    const struct effect *asked = told(&p);
    assert_non_null(asked);
    assert_int_equal(asked->request->rev, 5);
    script_assert_slice(asked->request->text, "");
    script_answer(&p, ASK_DRAFT, "{\"rev\":6,\"text\":\"\"}");
    buf_reset(&kept);
    assert_int_equal(upd_kept_encode_drafts(&p.m, &kept), ERR_OK);
    assert_int_equal(kept.n, 0);
    script_close(&p);
    buf_fini(&kept);
}

/* Ana's message "said" is being edited: "said better". */
static void edit(struct script_page *p)
{
    script_open(p, NULL);
    script_say(p, "said");
    script_sent(p);
    script_type(p, SL("a draft"));
    script_click(p, DOM_ACT_EDIT, script_at(p, 0)->key);
    script_type(p, SL("said better"));
}

static void test_update_draft__a_change_that_was_let_go_is_offered_again(void **state)
{
    (void)state;
    struct script_page p;
    edit(&p);
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text),
                        "Your change is kept: edit the message again to get it back.");
    assert_draft(&p, "a draft");
    assert_spare(&p, "");
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    assert_draft(&p, "said");
    assert_spare(&p, "said better");
    script_click(&p, DOM_ACT_SPARE_USE, 0);
    assert_draft(&p, "said better");
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    script_answer(&p, ASK_EDIT, "{\"ev\":9,\"rev\":2}");
    assert_draft(&p, "a draft");
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    assert_spare(&p, ""); /* stored */
    script_close(&p);
}

static void test_update_draft__every_way_out_of_a_change_keeps_it(void **state)
{
    (void)state;
    struct script_page p;
    edit(&p);
    script_receive(&p, LOBBY, BO, "question");
    script_click(&p, DOM_ACT_REPLY, script_at(&p, 1)->key);
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    assert_spare(&p, "said better");
    script_type(&p, SL("said best"));
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key); /* once more */
    assert_draft(&p, "said");
    assert_spare(&p, "said better\n\nsaid best");
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER); /* nothing was changed */
    script_assert_slice(buf_peek(&p.m.toasts.at[2].text), "");
    script_close(&p);
}

static void test_update_draft__so_many_changes_are_kept_and_no_more(void **state)
{
    (void)state;
    struct draft d = {0};
    for (uint32_t i = 0; i < ROOM_SPARES_MAX; i++)
        d.spares[i].text.max = 100;
    assert_true(upd_spare_keep(&d, &(struct spare){0}, SL("elsewhere")));
    for (int64_t i = 1; i <= ROOM_SPARES_MAX; i++)
        assert_true(upd_spare_keep(&d, &(struct spare){.edit = i}, SL("change")));
    assert_int_equal(d.spares_n, ROOM_SPARES_MAX);
    assert_non_null(upd_spare_of(&d, 0)); /* never for a change */
    assert_null(upd_spare_of(&d, 1));
    assert_non_null(upd_spare_of(&d, 2));
    while (d.spares_n)
        upd_spare_drop(&d, &d.spares[0]);
    for (uint32_t i = 0; i < ROOM_SPARES_MAX; i++)
        buf_fini(&d.spares[i].text);
}

static void test_update_draft__sending_clears_it(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("whole"));
    assert_non_null(told(&p));
    script_answer(&p, ASK_DRAFT, "{\"rev\":1,\"text\":\"whole\"}");
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    const struct effect *asked = told(&p);
    assert_non_null(asked);
    script_assert_slice(asked->request->text, "");
    script_close(&p);
}

static void test_update_draft__a_reply_stays_one_while_a_message_is_edited(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "mine");
    script_sent(&p);
    script_receive(&p, LOBBY, BO, "question");
    script_click(&p, DOM_ACT_REPLY, script_at(&p, 1)->key);
    script_type(&p, SL("half an answer"));
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    const struct effect *asked = told(&p);
    assert_non_null(asked);
    script_assert_slice(asked->request->text, "half an answer");
    assert_int_equal(asked->request->reply_to, 2);
    script_answer(&p, ASK_DRAFT, "{\"rev\":1,\"text\":\"half an answer\",\"reply_to\":2}");
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    assert_draft(&p, "half an answer");
    assert_int_equal(script_room_open(&p)->draft.reply_to, 2);
    assert_null(told(&p)); /* the server has it */
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_draft__what_is_typed_goes_to_the_server_once),
        cmocka_unit_test(test_update_draft__a_refusal_for_now_is_tried_again),
        cmocka_unit_test(test_update_draft__an_empty_composer_takes_the_other_devices),
        cmocka_unit_test(test_update_draft__what_is_being_typed_is_not_overwritten),
        cmocka_unit_test(test_update_draft__two_texts_are_both_kept_until_one_is_chosen),
        cmocka_unit_test(test_update_draft__each_of_two_texts_answers_what_it_answers),
        cmocka_unit_test(test_update_draft__the_other_text_goes_on_and_ends_where_it_is_written),
        cmocka_unit_test(test_update_draft__a_third_text_is_kept_behind_the_other),
        cmocka_unit_test(test_update_draft__both_wrote_at_once_and_the_server_has_the_other),
        cmocka_unit_test(test_update_draft__what_comes_while_ours_is_on_its_way_is_beside_it),
        cmocka_unit_test(test_update_draft__a_lost_answer_makes_no_second_text),
        cmocka_unit_test(test_update_draft__what_was_sent_after_a_lost_answer_does_not_come_back),
        cmocka_unit_test(test_update_draft__a_restored_server_takes_nothing_away),
        cmocka_unit_test(
            test_update_draft__what_was_sent_offline_does_not_come_back_after_a_reload),
        cmocka_unit_test(test_update_draft__after_a_reload_ours_goes_over_what_we_had_seen),
        cmocka_unit_test(test_update_draft__a_change_that_was_let_go_is_offered_again),
        cmocka_unit_test(test_update_draft__every_way_out_of_a_change_keeps_it),
        cmocka_unit_test(test_update_draft__so_many_changes_are_kept_and_no_more),
        cmocka_unit_test(test_update_draft__sending_clears_it),
        cmocka_unit_test(test_update_draft__a_reply_stays_one_while_a_message_is_edited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
