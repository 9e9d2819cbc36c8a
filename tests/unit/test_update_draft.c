/* Drafts that the server keeps for the other devices. */
#include "update_script.h"

#include "upd_draft.h"

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
    const struct effect *asked = told(&p);
    assert_non_null(asked);
    script_assert_slice(asked->request->text, "mine");
    script_close(&p);
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
        cmocka_unit_test(test_update_draft__sending_clears_it),
        cmocka_unit_test(test_update_draft__a_reply_stays_one_while_a_message_is_edited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
