/* What outlives the page. */
#include "update_script.h"

#include "upd_kept.h"
#include "upd_upload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_kept(struct script_page *p,
                        enum err (*encode)(const struct model *, struct buf *),
                        const char *expected)
{
    struct buf kept = {.max = MODEL_KEPT_BYTES_MAX + 16};
    assert_int_equal(encode(&p->m, &kept), ERR_OK);
    script_assert_slice(buf_peek(&kept), expected);
    buf_fini(&kept);
}

static void adopt(struct script_page *p, enum action_type type, const char *kept)
{
    script_act(p, (struct action){.type = type, .text = slice_str(kept)});
}

static void put_out_of(struct script_page *p, int64_t room)
{
    script_act(p, (struct action){.type = ACTION_ROOM_GONE, .gone = {room, true}});
}

#define CID_1  "000000000000000000000000000000aa"
#define KEPT_1 "{\"user\":1,\"room\":1,\"cid\":\"" CID_1 "\",\"text\":\"kept\",\"ts\":5}"

static void test_update_kept__a_draft_is_saved_a_moment_after_the_first_key(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("h"));
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFTS), 0);
    script_later(&p, UPDATE_DRAFT_SAVE_MS - 1);
    script_type(&p, SL("he"));
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFTS), 0);
    script_later(&p, 1);
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFTS), 1);
    script_type(&p, SL("hel"));
    script_act(&p, (struct action){.type = ACTION_HIDE});
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFTS), 1);
    assert_kept(&p, upd_kept_encode_drafts, "[{\"user\":1,\"room\":1,\"text\":\"hel\"}]");
    script_close(&p);
}

static void test_update_kept__every_room_has_its_draft(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("for all"));
    script_click(&p, DOM_ACT_ROOM, SECRET);
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 1);
    assert_int_equal(script_room_open(&p)->draft.text.n, 0);
    script_type(&p, SL("for few"));
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "for all");
    assert_kept(&p, upd_kept_encode_drafts,
                "[{\"user\":1,\"room\":1,\"text\":\"for "
                "all\"},{\"user\":1,\"room\":2,\"text\":\"for few\"}]");
    script_close(&p);
}

static void test_update_kept__an_outbox_is_sent_again_under_its_cid(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    adopt(&p, ACTION_ADOPT_OUTBOX, "[" KEPT_1 "]");
    assert_true(p.fx.handled);
    assert_int_equal(script_effect(&p, EFFECT_SEND)->key, script_at(&p, 0)->key);
    script_assert_slice(message_cid(script_at(&p, 0)), CID_1);
    adopt(&p, ACTION_ADOPT_OUTBOX, "[" KEPT_1 "]"); /* from a second place: it is here already */
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    assert_kept(&p, upd_kept_encode_outbox, "[" KEPT_1 "]");
    script_close(&p);
}

#define REFUSED_1                                                                                  \
    "{\"user\":1,\"room\":1,\"cid\":\"" CID_1 "\",\"text\":\"kept\",\"ts\":5,"                     \
    "\"failed\":true,\"why\":\"No links here\"}"

/* The server has said no: only the person says it again, as a new message. */
static void test_update_kept__a_refusal_outlives_the_page(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    adopt(&p, ACTION_ADOPT_OUTBOX, "[" REFUSED_1 "]");
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    assert_int_equal(script_at(&p, 0)->state, MESSAGE_FAILED);
    assert_int_equal(p.m.pending_n, 0);
    assert_string_equal(script_at(&p, 0)->failure, "No links here");
    assert_kept(&p, upd_kept_encode_outbox, "[" REFUSED_1 "]");
    script_click(&p, DOM_ACT_RETRY, script_at(&p, 0)->key);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    assert_int_equal(script_room_open(&p)->log.n, 1);
    script_assert_slice(message_cid(script_at(&p, 0)), p.cid);
    script_close(&p);
}

static void test_update_kept__what_is_refused_is_written_down_so(void **state)
{
    (void)state;
    const struct chat_answer too_large = {.result = ERR_LIMIT, .why.error = CHAT_ERRORS_N};
    struct script_page p;
    char expected[256];
    script_open(&p, NULL);
    script_say(&p, "large");
    script_act(&p, (struct action){.type = ACTION_SENT,
                                   .sent = {message_cid(script_at(&p, 0)), CHAT_SENT_FAILED, LOBBY,
                                            0, &too_large}});
    (void)snprintf(expected, sizeof expected,
                   "[{\"user\":1,\"room\":1,\"cid\":\"%s\",\"text\":\"large\",\"ts\":%lld,"
                   "\"failed\":true,\"too_large\":true}]",
                   p.cid, (long long)script_at(&p, 0)->ts_ms);
    assert_kept(&p, upd_kept_encode_outbox, expected);
    script_close(&p);
}

/* Of a tab that was closed while something else was written here. */
static void test_update_kept__an_outbox_stands_where_it_was_written(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_down(&p);
    script_say(&p, "here");
    adopt(&p, ACTION_ADOPT_OUTBOX, "[" KEPT_1 "]");
    script_say(&p, "and here");
    script_assert_slice(script_at(&p, 0)->text, "kept");
    assert_true(script_at(&p, 0)->earlier);
    script_assert_slice(script_at(&p, 1)->text, "here");
    script_assert_slice(script_at(&p, 2)->text, "and here");
    assert_false(script_at(&p, 2)->earlier);
    script_close(&p);
}

static void test_update_kept__an_outbox_that_comes_moves_no_reader(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_receive_many(&p, LOBBY, 50);
    script_scroll(&p, 5000, 3000);
    assert_false(script_room_open(&p)->window.following);
    adopt(&p, ACTION_ADOPT_OUTBOX, "[" KEPT_1 "]");
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    assert_false(script_room_open(&p)->window.following);
    script_close(&p);
}

/* boot.js writes down what is pasted as it is. */
static void test_update_kept__control_characters_do_not_come_back(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    adopt(&p, ACTION_ADOPT_OUTBOX,
          "[{\"user\":1,\"room\":1,\"cid\":\"" CID_1 "\",\"text\":\"a\\u0007b\\r\\nc\"}]");
    script_assert_slice(script_at(&p, 0)->text, "ab\nc");
    adopt(&p, ACTION_ADOPT_DRAFT, "[{\"user\":1,\"room\":1,\"text\":\"d\\u0007e\"}]");
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "de");
    script_close(&p);
}

static void test_update_kept__what_has_no_place_is_carried_along(void **state)
{
    (void)state;
    static const char others[] = "[{\"user\":9,\"room\":1,\"cid\":\"" CID_1 "\",\"text\":\"x\"},"
                                 "{\"user\":1,\"room\":77,\"cid\":\"" CID_1 "\",\"text\":\"y\"}]";
    struct script_page p;
    script_open(&p, NULL);
    adopt(&p, ACTION_ADOPT_OUTBOX, others);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    assert_kept(&p, upd_kept_encode_outbox, others);
    script_close(&p);
}

static void test_update_kept__before_the_rooms_are_known_everything_waits(void **state)
{
    (void)state;
    struct script_page p;
    script_boot(&p, NULL);
    script_act(&p, (struct action){
                       .type = ACTION_START,
                       .start = {.known = true,
                                 .drafts = SL("[{\"user\":1,\"room\":2,\"text\":\"mine\"}]")}});
    adopt(&p, ACTION_ADOPT_OUTBOX, "[" KEPT_1 "]");
    assert_kept(&p, upd_kept_encode_outbox, "[" KEPT_1 "]");
    assert_kept(&p, upd_kept_encode_drafts, "[{\"user\":1,\"room\":2,\"text\":\"mine\"}]");
    struct account_answer in = {
        .status = 200, .ok = true, .token = SL("t"), .life_ms = 600000, .user = script_user(ANA)};
    script_act(&p, (struct action){.type = ACTION_ACCOUNT, .account = {ACCOUNT_REFRESH, &in}});
    script_room(&p, LOBBY, 0, 0);
    script_room(&p, SECRET, 0, 0);
    script_live(&p);
    assert_int_equal(script_count(&p, EFFECT_SEND), 1);
    script_assert_slice(buf_peek(&rooms_find(&p.m.rooms, SECRET)->draft.text), "mine");
    script_close(&p);
}

/* It is only looked at, and forgotten when it is left. */
static void test_update_kept__nothing_goes_into_a_room_that_is_not_joined(void **state)
{
    (void)state;
    static const char kept[] = "[{\"user\":1,\"room\":1,\"text\":\"mine\"}]";
    struct script_page p;
    script_open(&p, NULL);
    script_room_open(&p)->r.joined = false;
    adopt(&p, ACTION_ADOPT_DRAFT, kept);
    adopt(&p, ACTION_ADOPT_OUTBOX, "[" KEPT_1 "]");
    assert_int_equal(script_room_open(&p)->draft.text.n, 0);
    assert_int_equal(script_count(&p, EFFECT_SEND), 0);
    script_click(&p, DOM_ACT_ROOM, SECRET);
    assert_kept(&p, upd_kept_encode_drafts, kept);
    assert_kept(&p, upd_kept_encode_outbox, "[" KEPT_1 "]");
    script_close(&p);
}

/* It is deleted where it was as soon as the action is over. */
static void test_update_kept__what_is_taken_over_is_written_down_at_once(void **state)
{
    (void)state;
    struct script_page p;
    char many[2000] = "[" KEPT_1;
    size_t n = strlen(many);
    script_open(&p, NULL);
    for (int i = 0; i < 22; i++) {
        n += (size_t)snprintf(many + n, sizeof many - n,
                              ",{\"user\":1,\"room\":1,\"cid\":\"%032d\",\"text\":\"x\"}", i);
        assert_true(n + 1 < sizeof many);
    }
    many[n] = ']';
    for (int i = 0; i < 2; i++) { /* the second just behind the first, with as many on their way */
        p.now_ms = 1;
        adopt(&p, ACTION_ADOPT_OUTBOX, many);
        assert_int_equal(script_count(&p, EFFECT_SAVE_OUTBOX), 1);
        adopt(&p, ACTION_ADOPT_DRAFT, "[{\"user\":1,\"room\":2,\"text\":\"y\"}]");
        assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFTS), 1);
        script_type(&p, SL("z"));
    }
    script_close(&p);
}

static void test_update_kept__survives_whatever_is_found(void **state)
{
    (void)state;
    static const char *const found[] = {
        "",
        "x",
        "{}",
        "[1,2]",
        "[{}]",
        "[{\"user\":\"x\"}]",
        "[{\"user\":1,\"room\":1}]",
        "[{\"user\":1,\"room\":1,\"cid\":\"short\",\"text\":\"x\"}]",
        "[{\"user\":1,\"room\":1,\"cid\":\"" CID_1 "\",\"text\":5}]",
    };
    struct script_page p;
    script_open(&p, NULL);
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        adopt(&p, ACTION_ADOPT_OUTBOX, found[i]);
        adopt(&p, ACTION_ADOPT_DRAFT, found[i]);
        assert_int_equal(script_room_open(&p)->log.n, 0);
    }
    script_close(&p);
}

static void test_update_kept__a_draft_never_goes_over_another(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("here"));
    adopt(&p, ACTION_ADOPT_DRAFT, "[{\"user\":1,\"room\":1,\"text\":\"there\"}]");
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "here");
    assert_kept(
        &p, upd_kept_encode_drafts,
        "[{\"user\":1,\"room\":1,\"text\":\"there\"},{\"user\":1,\"room\":1,\"text\":\"here\"}]");
    script_type(&p, SL(""));
    script_later(&p, 1000); /* now there is a place for it */
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "there");
    script_close(&p);
}

static void test_update_kept__texts_beside_the_drafts_outlive_the_page(void **state)
{
    (void)state;
    static const char kept[] = "[{\"user\":1,\"room\":1,\"text\":\"here\"},"
                               "{\"user\":1,\"room\":1,\"reply_to\":7,\"spare\":\"there\"},"
                               "{\"user\":1,\"room\":1,\"edit\":5,\"spare\":\"changed\"}]";
    struct script_page p;
    script_open(&p, NULL);
    adopt(&p, ACTION_ADOPT_DRAFT, kept);
    adopt(&p, ACTION_ADOPT_DRAFT, kept); /* from a second place: it is here already */
    assert_kept(&p, upd_kept_encode_drafts, kept);
    put_out_of(&p, LOBBY); /* changes go with the messages */
    assert_kept(&p, upd_kept_encode_drafts,
                "[{\"user\":1,\"room\":1,\"reply_to\":7,\"spare\":\"there\"},"
                "{\"user\":1,\"room\":1,\"text\":\"here\"}]");
    script_close(&p);
}

static void test_update_kept__what_is_too_much_stays_where_it_is(void **state)
{
    (void)state;
    struct script_page p;
    struct buf big = {.max = MODEL_KEPT_BYTES_MAX + 100};
    script_open(&p, NULL);
    assert_int_equal(buf_put(&big, SL("[{\"user\":9,\"room\":1,\"text\":\"")), ERR_OK);
    while (big.n < MODEL_KEPT_BYTES_MAX)
        assert_int_equal(buf_putc(&big, 'x'), ERR_OK);
    assert_int_equal(buf_put(&big, SL("\"}]")), ERR_OK);
    script_act(&p, (struct action){.type = ACTION_ADOPT_DRAFT, .text = buf_peek(&big)});
    assert_false(p.fx.handled);
    buf_fini(&big);
    script_close(&p);
}

static void test_update_kept__files_and_answers_come_back_with_their_text(void **state)
{
    (void)state;
    const struct chat_file sent = {
        .id = 7, .name = SL("a.png"), .type = SL("image/png"), .size = 1};
    const struct chat_file drafted = {
        .id = 8, .name = SL("b.png"), .type = SL("image/png"), .size = 2};
    struct script_page p;
    script_open(&p, NULL);
    script_receive(&p, LOBBY, BO, "a question");
    assert_true(upd_upload_keep(&p.m, LOBBY, &sent));
    script_click(&p, DOM_ACT_REPLY, script_at(&p, 0)->key);
    script_say(&p, "unsent");
    assert_true(upd_upload_keep(&p.m, LOBBY, &drafted));
    script_type(&p, SL("a draft"));
    put_out_of(&p, LOBBY);
    assert_int_equal(p.m.uploads.n, 0);
    script_room(&p, LOBBY, 1, 1);
    script_later(&p, 1);
    script_click(&p, DOM_ACT_ROOM, LOBBY);
    assert_int_equal(script_room_open(&p)->draft.reply_to, 1);
    assert_int_equal(p.m.uploads.n, 1);
    assert_int_equal(p.m.uploads.at[0].id, 7);
    script_say(&p, "unsent");
    script_later(&p, 1);
    script_assert_slice(buf_peek(&script_room_open(&p)->draft.text), "a draft");
    assert_int_equal(script_room_open(&p)->draft.reply_to, 0);
    assert_int_equal(p.m.uploads.n, 1);
    assert_int_equal(p.m.uploads.at[0].id, 8);
    script_close(&p);
}

static void test_update_kept__an_edit_of_a_room_that_is_lost_is_no_message(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_say(&p, "said");
    script_sent(&p);
    script_type(&p, SL("a draft"));
    script_click(&p, DOM_ACT_EDIT, script_at(&p, 0)->key);
    script_type(&p, SL("said better"));
    put_out_of(&p, LOBBY);
    assert_kept(&p, upd_kept_encode_drafts, "[{\"user\":1,\"room\":1,\"text\":\"a draft\"}]");
    script_close(&p);
}

static void test_update_kept__what_is_lost_is_not_said_to_be_kept(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_type(&p, SL("a draft"));
    while (p.m.kept_drafts.n + 20 < MODEL_KEPT_BYTES_MAX)
        assert_int_equal(buf_putc(&p.m.kept_drafts, ' '), ERR_OK);
    put_out_of(&p, LOBBY);
    script_assert_slice(buf_peek(&p.m.toasts.at[0].text), "You are not in lobby any more.");
    buf_reset(&p.m.kept_drafts);
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_kept__a_draft_is_saved_a_moment_after_the_first_key),
        cmocka_unit_test(test_update_kept__every_room_has_its_draft),
        cmocka_unit_test(test_update_kept__an_outbox_is_sent_again_under_its_cid),
        cmocka_unit_test(test_update_kept__a_refusal_outlives_the_page),
        cmocka_unit_test(test_update_kept__an_outbox_stands_where_it_was_written),
        cmocka_unit_test(test_update_kept__an_outbox_that_comes_moves_no_reader),
        cmocka_unit_test(test_update_kept__what_is_refused_is_written_down_so),
        cmocka_unit_test(test_update_kept__control_characters_do_not_come_back),
        cmocka_unit_test(test_update_kept__what_has_no_place_is_carried_along),
        cmocka_unit_test(test_update_kept__before_the_rooms_are_known_everything_waits),
        cmocka_unit_test(test_update_kept__nothing_goes_into_a_room_that_is_not_joined),
        cmocka_unit_test(test_update_kept__what_is_taken_over_is_written_down_at_once),
        cmocka_unit_test(test_update_kept__survives_whatever_is_found),
        cmocka_unit_test(test_update_kept__a_draft_never_goes_over_another),
        cmocka_unit_test(test_update_kept__texts_beside_the_drafts_outlive_the_page),
        cmocka_unit_test(test_update_kept__what_is_too_much_stays_where_it_is),
        cmocka_unit_test(test_update_kept__files_and_answers_come_back_with_their_text),
        cmocka_unit_test(test_update_kept__an_edit_of_a_room_that_is_lost_is_no_message),
        cmocka_unit_test(test_update_kept__what_is_lost_is_not_said_to_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
