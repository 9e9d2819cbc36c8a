/* Files on their way. */
#include "update_script.h"

#include "upd_composer.h"
#include "upd_kept.h"
#include "upd_rooms.h"
#include "upd_upload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

#define MIB (1 << 20)

static void pick(struct script_page *p, uint32_t number, int64_t size)
{
    script_act(p, (struct action){.type = ACTION_FILE, .file = {number, size, SL("a.png")}});
}

static void http(struct script_page *p, enum ask_kind kind, uint32_t number, unsigned status,
                 const char *body)
{
    script_act(p, (struct action){.type = ACTION_HTTP,
                                  .http = {{kind, LOBBY, number}, status, slice_str(body)}});
}

static void piece(struct script_page *p, uint32_t number, unsigned status, const char *body)
{
    script_act(p,
               (struct action){.type = ACTION_PIECE, .piece = {number, status, slice_str(body)}});
}

#define FILE_7                                                                                     \
    "\"file\":{\"id\":7,\"name\":\"a.png\",\"type\":\"image/"                                      \
    "png\",\"size\":1500000,\"width\":800,\"height\":600}"

/* Up to the first piece. */
static void begin(struct script_page *p)
{
    script_open(p, NULL);
    pick(p, 1, 1500000);
    http(p, ASK_FILE_NEW, 1, 201,
         "{\"file\":{\"id\":7,\"name\":\"a.png\"},\"offset\":0,\"chunk\":1048576}");
}

static void test_upload__goes_in_pieces_and_with_the_message(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    pick(&p, 1, 1500000);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.json,
                        "{\"name\":\"a.png\",\"size\":1500000,\"room\":1}");
    http(&p, ASK_FILE_NEW, 1, 201,
         "{\"file\":{\"id\":7,\"name\":\"a.png\"},\"offset\":0,\"chunk\":1048576}");
    const struct effect *put = script_effect(&p, EFFECT_FILE_PUT);
    assert_int_equal(put->number, 7);
    assert_int_equal(put->key, 0);
    assert_int_equal(put->count, MIB);
    piece(&p, 1, 200, "{\"offset\":1048576}");
    put = script_effect(&p, EFFECT_FILE_PUT);
    assert_int_equal(put->key, MIB);
    assert_int_equal(put->count, 1500000 - MIB);
    script_say(&p, "look");
    assert_int_equal(script_count(&p, EFFECT_SEND), 0); /* it waits for the file */
    assert_int_equal(p.m.composer.hint, HINT_UPLOADING);
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    assert_int_equal(script_count(&p, EFFECT_FILE_DROP), 1);
    assert_int_equal(script_at(&p, 0)->files_n, 1);
    assert_int_equal(script_at(&p, 0)->files[0].id, 7);
    script_assert_slice(script_at(&p, 0)->files[0].name, "a.png");
    assert_int_equal(p.m.uploads.n, 0);
    script_close(&p);
}

static void describe(struct script_page *p, uint32_t key, const char *text)
{
    script_act(
        p, (struct action){.type = ACTION_INPUT, .input = {DOM_FIELD_ALT, slice_str(text), key}});
}

static void test_upload__what_an_image_shows_goes_with_the_message(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    assert_true(upload_is_image(&p.m.uploads.at[0]));
    describe(&p, 1, " A cat ");
    describe(&p, 2, "nobody's");
    describe(&p, 0, "nobody's");
    script_assert_slice(buf_peek(&p.m.uploads.at[0].alt), " A cat ");
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(p.m.uploads.at[0].state, UPLOAD_DONE);
    script_say(&p, "look");
    script_assert_slice(script_at(&p, 0)->files[0].alt, "A cat");
    pick(&p, 2, 5);
    assert_int_equal(p.m.uploads.at[0].alt.n, 0); /* the next one has none yet */
    script_close(&p);
}

static void test_upload__what_an_image_shows_is_capped(void **state)
{
    (void)state;
    struct script_page p;
    char text[CHAT_ALT_CHARS_MAX + 2];
    begin(&p);
    memset(text, 'a', sizeof text);
    text[CHAT_ALT_CHARS_MAX] = '\0';
    describe(&p, 1, text);
    assert_int_equal(p.m.uploads.at[0].alt.n, CHAT_ALT_CHARS_MAX);
    text[CHAT_ALT_CHARS_MAX] = 'b';
    text[CHAT_ALT_CHARS_MAX + 1] = '\0';
    describe(&p, 1, text);
    assert_int_equal(p.m.uploads.at[0].alt.n, CHAT_ALT_CHARS_MAX);
    script_close(&p);
}

static void test_upload__goes_on_where_it_broke(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    piece(&p, 1, 0, "");
    assert_int_equal(p.m.uploads.at[0].state, UPLOAD_WAITING);
    script_later(&p, 999);
    assert_int_equal(script_count(&p, EFFECT_HTTP), 0);
    script_later(&p, 1);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/files/7/upload");
    http(&p, ASK_FILE_OFFSET, 1, 200, "{\"offset\":524288}");
    assert_int_equal(script_effect(&p, EFFECT_FILE_PUT)->key, 524288);
    piece(&p, 1, 409, "{\"error\":{\"code\":\"conflict\"},\"offset\":1048576}");
    assert_int_equal(script_effect(&p, EFFECT_FILE_PUT)->key, MIB);
    piece(&p, 1, 0, "");
    script_later(&p, 60000);
    http(&p, ASK_FILE_OFFSET, 1, 404, "{}"); /* forgotten: from the beginning */
    assert_true(script_effect(&p, EFFECT_HTTP)->http.post);
    script_close(&p);
}

static void test_upload__outlives_a_server_that_is_away(void **state)
{
    (void)state;
    static const unsigned passing[] = {0, 401, 429, 500, 502, 503, 504};
    struct script_page p;
    script_open(&p, NULL);
    pick(&p, 1, 1500000);
    http(&p, ASK_FILE_NEW, 1, 502, "<html>");
    script_later(&p, 1000);
    assert_true(script_effect(&p, EFFECT_HTTP)->http.post);
    http(&p, ASK_FILE_NEW, 1, 201,
         "{\"file\":{\"id\":7,\"name\":\"a.png\"},\"offset\":0,\"chunk\":1048576}");
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        piece(&p, 1, passing[i], "<html>");
        assert_int_equal(p.m.uploads.at[0].state, UPLOAD_WAITING);
        if (i == 2) {
            script_later(&p, 1000);
            assert_int_equal(script_count(&p, EFFECT_HTTP), 0); /* ever more seldom */
        }
        script_later(&p, 60000);
        http(&p, ASK_FILE_OFFSET, 1, 200, "{\"offset\":0}");
        assert_int_equal(p.m.uploads.at[0].state, UPLOAD_SENDING);
    }
    piece(&p, 1, 404, "{}"); /* it was swept meanwhile */
    script_later(&p, 60000);
    assert_true(script_effect(&p, EFFECT_HTTP)->http.post);
    http(&p, ASK_FILE_NEW, 1, 507, "{}");
    assert_int_equal(p.m.uploads.at[0].state, UPLOAD_FAILED);
    script_close(&p);
}

static void test_upload__a_piece_of_a_dead_link_is_not_waited_for(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    script_down(&p);
    script_live(&p);
    script_later(&p, 0);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/files/7/upload");
    piece(&p, 1, 0, ""); /* too late */
    http(&p, ASK_FILE_OFFSET, 1, 200, "{\"offset\":524288}");
    assert_int_equal(script_effect(&p, EFFECT_FILE_PUT)->key, 524288);
    script_close(&p);
}

static void test_upload__nothing_is_left_at_the_server(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    piece(&p, 1, 403, "{}");
    script_click(&p, DOM_ACT_UPLOAD_RETRY, 1);
    assert_true(p.fx.list[0].http.remove);
    script_assert_slice(p.fx.list[0].http.path, "/api/v1/files/7");
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 1); /* before it has its number */
    http(&p, ASK_FILE_NEW, 1, 201, "{\"file\":{\"id\":8,\"name\":\"a.png\"},\"offset\":0}");
    assert_true(script_effect(&p, EFFECT_HTTP)->http.remove);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/files/8");
    script_close(&p);
}

static void test_upload__one_that_the_server_has_no_more_starts_again(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    script_later(&p, 1000);
    assert_int_equal(script_count(&p, EFFECT_HTTP), 0); /* it has just said so */
    script_down(&p);
    script_live(&p);
    script_later(&p, 0);
    script_assert_slice(script_effect(&p, EFFECT_HTTP)->http.path, "/api/v1/files/7/upload");
    http(&p, ASK_FILE_THERE, 7, 404, "{}");
    assert_true(script_effect(&p, EFFECT_HTTP)->http.post);
    assert_int_equal(p.m.uploads.at[0].state, UPLOAD_ASKED);
    script_close(&p);
}

static void test_upload__what_waits_goes_also_from_another_room(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    script_say(&p, "look");
    upd_rooms_open(&p.m, SECRET, 0, true, &p.fx);
    script_type(&p, SL("here"));
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(script_effect(&p, EFFECT_SEND)->id, LOBBY);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "here");
    upd_rooms_open(&p.m, LOBBY, 0, true, &p.fx);
    assert_int_equal(script_room_open(&p)->draft.text.n, 0);
    script_assert_slice(script_at(&p, 0)->text, "look");
    assert_int_equal(script_at(&p, 0)->files_n, 1);
    script_close(&p);
}

static void test_upload__what_waits_goes_when_only_the_last_answer_was_lost(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    script_say(&p, "look");
    piece(&p, 1, 0, "");
    script_later(&p, 1000);
    http(&p, ASK_FILE_OFFSET, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    script_close(&p);
}

static void test_upload__without_its_files_nothing_goes_by_itself(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    script_say(&p, "look");
    piece(&p, 1, 403, "{}");
    assert_int_equal(p.m.composer.hint, HINT_UPLOAD_FAILED);
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 1);
    assert_int_equal(p.m.composer.hint, HINT_NONE);
    pick(&p, 2, 1500000);
    http(&p, ASK_FILE_NEW, 2, 201,
         "{\"file\":{\"id\":8,\"name\":\"a.png\"},\"offset\":0,\"chunk\":2000000}");
    piece(&p, 2, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    script_close(&p);
}

/* One file is there, another is on its way; what is written waits for both. */
static void begin_second(struct script_page *p)
{
    begin(p);
    piece(p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    pick(p, 2, 1500000);
    http(p, ASK_FILE_NEW, 2, 201,
         "{\"file\":{\"id\":8,\"name\":\"a.png\"},\"offset\":0,\"chunk\":2000000}");
    script_say(p, "look");
    assert_int_equal(p->m.composer.hint, HINT_UPLOADING);
}

static void test_upload__without_one_of_its_files_nothing_goes_by_itself(void **state)
{
    (void)state;
    struct script_page p;
    begin_second(&p);
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 2);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    assert_int_equal(p.m.composer.hint, HINT_NONE);
    pick(&p, 3, 10);
    http(&p, ASK_FILE_NEW, 3, 201,
         "{\"file\":{\"id\":9,\"name\":\"a.png\"},\"offset\":0,\"chunk\":2000000}");
    piece(&p, 3, 200, "{\"offset\":10,\"file\":{\"id\":9,\"name\":\"a.png\",\"size\":10}}");
    assert_int_equal(p.m.uploads.at[1].state, UPLOAD_DONE);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    script_close(&p);
}

static void test_upload__what_fails_is_said_until_it_is_taken_away(void **state)
{
    (void)state;
    struct script_page p;
    begin_second(&p);
    pick(&p, 3, 10); /* the message has to be confirmed once more */
    assert_int_equal(p.m.composer.hint, HINT_NONE);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    piece(&p, 2, 403, "{}");
    assert_int_equal(p.m.composer.hint, HINT_UPLOAD_FAILED);
    script_click(&p, DOM_ACT_UPLOAD_RETRY, 2);
    assert_int_equal(p.m.composer.hint, HINT_UPLOADING);
    http(&p, ASK_FILE_NEW, 3, 413, "{}");
    assert_int_equal(p.m.composer.hint, HINT_UPLOAD_FAILED);
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 3);
    assert_int_equal(p.m.composer.hint, HINT_UPLOADING);
    upd_rooms_open(&p.m, SECRET, 0, true, &p.fx);
    assert_int_equal(p.m.composer.hint, HINT_NONE);
    upd_rooms_open(&p.m, LOBBY, 0, true, &p.fx);
    assert_int_equal(p.m.composer.hint, HINT_UPLOADING);
    script_close(&p);
}

static void test_upload__what_is_typed_on_does_not_go_by_itself(void **state)
{
    (void)state;
    struct script_page p;
    begin_second(&p);
    script_type(&p, SL("look at th"));
    assert_int_equal(p.m.composer.hint, HINT_NONE);
    piece(&p, 2, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "look at th");
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    script_close(&p);
}

static void test_upload__what_stood_aside_does_not_go_with_a_later_upload(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "old");
    script_sent(&p);
    pick(&p, 1, 1500000);
    http(&p, ASK_FILE_NEW, 1, 201,
         "{\"file\":{\"id\":7,\"name\":\"a.png\"},\"offset\":0,\"chunk\":2000000}");
    script_say(&p, "look");
    upd_composer_edit(&p.m, script_at(&p, 0), &p.fx);
    assert_int_equal(script_room_open(&p)->draft.edit, 1);
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    script_key(&p, DOM_KEY_ESCAPE, DOM_FLAG_COMPOSER);
    assert_int_equal(script_room_open(&p)->draft.edit, 0);
    upd_rooms_open(&p.m, SECRET, 0, true, &p.fx);
    pick(&p, 2, 10);
    http(&p, ASK_FILE_NEW, 2, 201,
         "{\"file\":{\"id\":8,\"name\":\"a.png\"},\"offset\":0,\"chunk\":2000000}");
    piece(&p, 2, 200, "{\"offset\":10,\"file\":{\"id\":8,\"name\":\"a.png\",\"size\":10}}");
    assert_int_equal(p.m.pending_n, 0); /* nothing has gone */
    script_close(&p);
}

static void test_upload__a_refusal_is_said_and_keeps_the_text(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    pick(&p, 1, 999);
    http(&p, ASK_FILE_NEW, 1, 413,
         "{\"error\":{\"code\":\"too_large\",\"message\":\"No.\",\"max\":100000000}}");
    assert_int_equal(p.m.uploads.at[0].state, UPLOAD_FAILED);
    script_assert_slice(buf_peek(&p.m.uploads.at[0].error),
                        "It is too large: this server takes up to 100 MB.");
    script_say(&p, "text");
    assert_int_equal(p.m.composer.hint, HINT_UPLOAD_FAILED);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "text");
    script_click(&p, DOM_ACT_UPLOAD_RETRY, 1);
    assert_int_equal(script_count(&p, EFFECT_HTTP), 1);
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 1);
    assert_int_equal(p.m.uploads.n, 0);
    script_key(&p, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    script_close(&p);
}

static void test_upload__cancelling_tells_the_server(void **state)
{
    (void)state;
    struct script_page p;
    begin(&p);
    pick(&p, 2, 10); /* waits for its turn */
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 1);
    const struct effect *e = &p.fx.list[1]; /* behind the saving of the draft */
    assert_int_equal(e->type, EFFECT_HTTP);
    assert_true(e->http.remove);
    script_assert_slice(e->http.path, "/api/v1/files/7");
    assert_true(script_effect(&p, EFFECT_HTTP)->http.post); /* the next one's turn */
    script_close(&p);
}

static void test_upload__a_message_takes_so_many_and_no_more(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    for (uint32_t i = 1; i <= UPLOAD_MESSAGE_MAX; i++)
        pick(&p, i, 10);
    assert_int_equal(p.m.uploads.n, UPLOAD_MESSAGE_MAX);
    pick(&p, 99, 10);
    assert_int_equal(p.m.uploads.n, UPLOAD_MESSAGE_MAX);
    assert_int_equal(p.m.composer.hint, HINT_TOO_MANY_FILES);
    assert_int_equal(script_effect(&p, EFFECT_FILE_DROP)->id, 99);
    script_close(&p);
}

static void test_upload__the_page_is_not_left_while_one_is_on_its_way(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    pick(&p, 1, 1500000);
    assert_true(script_effect(&p, EFFECT_STAY)->on);
    pick(&p, 2, 10);
    assert_int_equal(script_count(&p, EFFECT_STAY), 0); /* nothing new */
    http(&p, ASK_FILE_NEW, 1, 201,
         "{\"file\":{\"id\":7,\"name\":\"a.png\"},\"offset\":0,\"chunk\":2000000}");
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    http(&p, ASK_FILE_NEW, 2, 413, "{}");
    assert_int_equal(p.m.uploads.at[1].state, UPLOAD_FAILED);
    assert_false(script_effect(&p, EFFECT_STAY)->on);
    script_click(&p, DOM_ACT_UPLOAD_RETRY, 2);
    assert_true(script_effect(&p, EFFECT_STAY)->on);
    script_click(&p, DOM_ACT_UPLOAD_CANCEL, 2);
    assert_false(script_effect(&p, EFFECT_STAY)->on);
    script_close(&p);
}

static void test_upload__finished_ones_outlive_the_page(void **state)
{
    (void)state;
    struct script_page p, q;
    struct buf kept = {.max = 10000};
    begin(&p);
    describe(&p, 1, "A cat");
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(upd_kept_encode_drafts(&p.m, &kept), ERR_OK);
    script_open(&q, NULL);
    script_act(&q, (struct action){.type = ACTION_ADOPT_DRAFT, .text = buf_peek(&kept)});
    assert_int_equal(q.m.uploads.n, 1);
    assert_int_equal(q.m.uploads.at[0].id, 7);
    script_assert_slice(buf_peek(&q.m.uploads.at[0].alt), "A cat");
    script_later(&q, 0);
    script_assert_slice(script_effect(&q, EFFECT_HTTP)->http.path, "/api/v1/files/7/upload");
    http(&q, ASK_FILE_THERE, 7, 502, "");
    script_later(&q, 100000);
    assert_int_equal(script_count(&q, EFFECT_HTTP), 0); /* asked once */
    http(&q, ASK_FILE_THERE, 7, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(q.m.uploads.at[0].state, UPLOAD_DONE);
    script_key(&q, DOM_KEY_ENTER, DOM_FLAG_COMPOSER);
    assert_int_equal(script_at(&q, 0)->files_n, 1);
    buf_reset(&kept);
    assert_int_equal(upd_kept_encode_outbox(&q.m, &kept), ERR_OK);
    script_act(&p, (struct action){.type = ACTION_ADOPT_OUTBOX, .text = buf_peek(&kept)});
    assert_int_equal(script_at(&p, 0)->files_n, 1);
    script_assert_slice(script_at(&p, 0)->files[0].alt, "A cat");
    buf_fini(&kept);
    script_close(&p);
    script_close(&q);
}

static void test_upload__a_kept_one_that_is_gone_is_not_sent(void **state)
{
    (void)state;
    struct script_page p, q;
    struct buf kept = {.max = 10000};
    begin(&p);
    piece(&p, 1, 200, "{\"offset\":1500000," FILE_7 "}");
    assert_int_equal(upd_kept_encode_drafts(&p.m, &kept), ERR_OK);
    script_open(&q, NULL);
    script_act(&q, (struct action){.type = ACTION_ADOPT_DRAFT, .text = buf_peek(&kept)});
    script_later(&q, 0);
    http(&q, ASK_FILE_THERE, 7, 404, "{}");
    assert_int_equal(q.m.uploads.at[0].state, UPLOAD_FAILED);
    script_assert_slice(buf_peek(&q.m.uploads.at[0].error),
                        "This file is not there any more. Add it again.");
    script_say(&q, "look");
    assert_int_equal(q.m.composer.hint, HINT_UPLOAD_FAILED);
    assert_int_equal(script_count(&q, EFFECT_SEND), 0);
    buf_fini(&kept);
    script_close(&p);
    script_close(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upload__goes_in_pieces_and_with_the_message),
        cmocka_unit_test(test_upload__what_an_image_shows_goes_with_the_message),
        cmocka_unit_test(test_upload__what_an_image_shows_is_capped),
        cmocka_unit_test(test_upload__goes_on_where_it_broke),
        cmocka_unit_test(test_upload__outlives_a_server_that_is_away),
        cmocka_unit_test(test_upload__a_piece_of_a_dead_link_is_not_waited_for),
        cmocka_unit_test(test_upload__nothing_is_left_at_the_server),
        cmocka_unit_test(test_upload__one_that_the_server_has_no_more_starts_again),
        cmocka_unit_test(test_upload__a_kept_one_that_is_gone_is_not_sent),
        cmocka_unit_test(test_upload__what_waits_goes_also_from_another_room),
        cmocka_unit_test(test_upload__what_waits_goes_when_only_the_last_answer_was_lost),
        cmocka_unit_test(test_upload__without_its_files_nothing_goes_by_itself),
        cmocka_unit_test(test_upload__without_one_of_its_files_nothing_goes_by_itself),
        cmocka_unit_test(test_upload__what_fails_is_said_until_it_is_taken_away),
        cmocka_unit_test(test_upload__what_is_typed_on_does_not_go_by_itself),
        cmocka_unit_test(test_upload__what_stood_aside_does_not_go_with_a_later_upload),
        cmocka_unit_test(test_upload__a_refusal_is_said_and_keeps_the_text),
        cmocka_unit_test(test_upload__cancelling_tells_the_server),
        cmocka_unit_test(test_upload__a_message_takes_so_many_and_no_more),
        cmocka_unit_test(test_upload__the_page_is_not_left_while_one_is_on_its_way),
        cmocka_unit_test(test_upload__finished_ones_outlive_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
