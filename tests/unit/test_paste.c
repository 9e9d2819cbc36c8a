/* A text that is too long goes as a file, and nothing of it is lost on the way. */
#include "update_script.h"

#include "upd_paste.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define PASTED_N (CHAT_TEXT_CHARS_MAX + 1)

static char field[3 * PASTED_N]; /* what it holds */

/* The field holds before, so many letters that were pasted, and behind; the caret stands behind the letters. */
static void set(struct script_page *p, const char *before, size_t n, const char *behind)
{
    size_t at = strlen(before);
    memcpy(field, before, at);
    memset(field + at, 'x', n);
    memcpy(field + at + n, behind, strlen(behind));
    script_act(p, (struct action){.type = ACTION_INPUT,
                                  .input = {DOM_FIELD_COMPOSER,
                                            {field, at + n + strlen(behind)},
                                            (uint32_t)(at + n)}});
}

/* "see " and a long text are in the field, the latter pasted over "this". */
static void paste(struct script_page *p)
{
    script_open(p, NULL);
    script_type(p, SL("see this!"));
    script_act(p, (struct action){.type = ACTION_SELECT, .select = {4, 8}});
    assert_false(upd_paste_offered(&p->m, script_room_open(p)));
    set(p, "see ", PASTED_N, "!");
    assert_true(upd_paste_offered(&p->m, script_room_open(p)));
}

static void attach(struct script_page *p)
{
    script_click(p, DOM_ACT_ATTACH_TEXT, 0);
    assert_int_equal(script_count(p, EFFECT_FILE_TEXT), 1);
    script_act(p, (struct action){.type = ACTION_FILE, .file = {1, PASTED_N, SL("t.txt")}});
    assert_false(upd_paste_offered(&p->m, script_room_open(p)));
    script_act(p, (struct action){.type = ACTION_HTTP,
                                  .http = {{ASK_FILE_NEW, LOBBY, 1},
                                           201,
                                           SL("{\"file\":{\"id\":7,\"name\":\"t.txt\"},"
                                              "\"offset\":0,\"chunk\":1048576}")}});
}

static void stored(struct script_page *p)
{
    script_act(p, (struct action){.type = ACTION_PIECE,
                                  .piece = {1, 200,
                                            SL("{\"offset\":16001,\"file\":{\"id\":7,\"name\":"
                                               "\"t.txt\",\"type\":\"text/plain\",\"size\":"
                                               "16001}}")}});
}

static void assert_draft(struct script_page *p, const char *expected)
{
    script_assert_slice(buf_peek(&script_room_open(p)->draft.text), expected);
}

static void test_paste__what_no_draft_can_hold_leaves_it_as_it_was(void **state)
{
    (void)state;
    static char much[(1u << 20) + 1];
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("hello"));
    memset(much, 'x', sizeof much);
    script_act(&p, (struct action){
                       .type = ACTION_INPUT,
                       .input = {DOM_FIELD_COMPOSER, {much, sizeof much}, (uint32_t)sizeof much}});
    assert_true(p.m.composer.stale);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 1);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "hello");
    script_close(&p);
}

static void test_paste__what_was_pasted_becomes_a_file(void **state)
{
    (void)state;
    struct script_page p;
    paste(&p);
    script_click(&p, DOM_ACT_ATTACH_TEXT, 0);
    const struct effect *file = script_effect(&p, EFFECT_FILE_TEXT);
    assert_int_equal(file->id, 4);
    assert_int_equal(file->key, 4 + PASTED_N);
    script_assert_slice(file->text, "pasted text.txt");
    attach(&p);
    assert_int_equal(script_room_open(&p)->draft.text.n, 5 + PASTED_N); /* not stored yet */
    stored(&p);
    assert_draft(&p, "see !");
    assert_int_equal(script_effect(&p, EFFECT_SHOW_DRAFT)->id, 4);
    assert_int_equal(p.m.composer.chars_n, 5);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(script_at(&p, 0)->files_n, 1);
    script_assert_slice(script_at(&p, 0)->text, "see !");
    script_close(&p);
}

static void test_paste__what_is_typed_meanwhile_stays(void **state)
{
    (void)state;
    struct script_page p;
    paste(&p);
    attach(&p);
    set(&p, "please see ", PASTED_N, "!");
    set(&p, "please see ", PASTED_N, "! Now.");
    stored(&p);
    assert_draft(&p, "please see ! Now.");
    script_close(&p);
}

static void test_paste__a_part_that_was_changed_is_not_taken_out(void **state)
{
    (void)state;
    struct script_page p;
    paste(&p);
    attach(&p);
    set(&p, "see y", PASTED_N - 1, "!");
    stored(&p);
    assert_int_equal(script_room_open(&p)->draft.text.n, 5 + PASTED_N);
    script_close(&p);
}

static void test_paste__it_is_sent_as_soon_as_it_is_stored(void **state)
{
    (void)state;
    struct script_page p;
    paste(&p);
    attach(&p);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(p.m.composer.hint, HINT_UPLOADING);
    stored(&p);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    script_assert_slice(script_at(&p, 0)->text, "see !");
    script_close(&p);
}

static void test_paste__an_upload_that_is_taken_back_loses_nothing(void **state)
{
    (void)state;
    struct script_page p;
    paste(&p);
    attach(&p);
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 1);
    assert_int_equal(script_room_open(&p)->draft.text.n, 5 + PASTED_N);
    assert_true(upd_paste_offered(&p.m, script_room_open(&p)));
    script_close(&p);
}

static void test_paste__in_a_room_that_was_left_it_goes_out_too(void **state)
{
    (void)state;
    struct script_page p;
    paste(&p);
    attach(&p);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    stored(&p);
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 0);
    script_assert_slice(buf_peek(&rooms_find(&p.m.rooms, LOBBY)->draft.text), "see !");
    script_close(&p);
}

static void test_paste__while_a_message_is_edited_the_draft_loses_it(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "said");
    script_sent(&p);
    set(&p, "", PASTED_N, "");
    attach(&p);
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    stored(&p);
    assert_draft(&p, "said");
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    assert_draft(&p, "");
    script_close(&p);
}

static void test_paste__what_was_typed_is_a_file_as_a_whole(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    set(&p, "", PASTED_N - 1, "");
    assert_false(upd_paste_offered(&p.m, script_room_open(&p)));
    set(&p, "a", PASTED_N - 1, "");
    script_click(&p, DOM_ACT_ATTACH_TEXT, 0);
    assert_int_equal(script_effect(&p, EFFECT_FILE_TEXT)->id, 0);
    assert_int_equal(script_effect(&p, EFFECT_FILE_TEXT)->key, PASTED_N);
    attach(&p);
    stored(&p);
    assert_draft(&p, "");
    script_close(&p);
}

static void test_paste__one_file_too_many_stays_a_text(void **state)
{
    (void)state;
    struct script_page p;
    paste(&p);
    for (uint32_t i = 0; i < UPLOAD_MESSAGE_MAX; i++)
        script_act(&p, (struct action){.type = ACTION_FILE, .file = {i + 10, 5, SL("a.png")}});
    script_click(&p, DOM_ACT_ATTACH_TEXT, 0);
    assert_int_equal(script_count(&p, EFFECT_FILE_TEXT), 0);
    assert_int_equal(p.m.composer.hint, HINT_TOO_MANY_FILES);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paste__what_no_draft_can_hold_leaves_it_as_it_was),
        cmocka_unit_test(test_paste__what_was_pasted_becomes_a_file),
        cmocka_unit_test(test_paste__what_is_typed_meanwhile_stays),
        cmocka_unit_test(test_paste__a_part_that_was_changed_is_not_taken_out),
        cmocka_unit_test(test_paste__it_is_sent_as_soon_as_it_is_stored),
        cmocka_unit_test(test_paste__an_upload_that_is_taken_back_loses_nothing),
        cmocka_unit_test(test_paste__in_a_room_that_was_left_it_goes_out_too),
        cmocka_unit_test(test_paste__while_a_message_is_edited_the_draft_loses_it),
        cmocka_unit_test(test_paste__what_was_typed_is_a_file_as_a_whole),
        cmocka_unit_test(test_paste__one_file_too_many_stays_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
