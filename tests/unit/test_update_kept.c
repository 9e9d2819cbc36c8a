/* Scripts of actions about what outlives the page: the outbox, the draft, and how another tab takes
 * them over. */
#include "update.h"

#include "update_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define CID_1 "00000000000000000000000000000001"

/* What the page would have kept now. */
static struct buf kept_by(const struct script_page *p, size_t max_bytes)
{
    struct buf kept;
    buf_init(&kept, max_bytes);
    assert_int_equal(update_encode_outbox(&p->m, &kept), ERR_OK);
    return kept;
}

static void assert_keeps(const struct script_page *p, const char *expected)
{
    struct buf kept = kept_by(p, MODEL_OUTBOX_BYTES_MAX);
    script_assert_slice(buf_peek(&kept), expected);
    buf_fini(&kept);
}

static void adopt(struct script_page *p, struct slice kept)
{
    script_act(p, (struct action){.type = ACTION_ADOPT_OUTBOX, .text = kept});
}

static void adopt_draft(struct script_page *p, const char *text)
{
    script_act(p, (struct action){.type = ACTION_ADOPT_DRAFT, .text = slice_str(text)});
}

static void test_update_kept__what_is_written_offline_is_kept_at_once(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    assert_keeps(&p, "");
    script_say(&p, "hi");
    assert_int_equal(script_count(&p, EFFECT_SAVE_OUTBOX), 1);
    assert_keeps(&p, "[{\"text\":\"hi\",\"timestamp\":\"2026-03-03T14:05:10.123Z\",\"user\":"
                     "\"Ana\",\"cid\":\"" CID_1 "\"}]");
    script_later(&p, 1000);
    assert_int_equal(script_count(&p, EFFECT_SAVE_OUTBOX), 0);
    script_close(&p);
}

static void test_update_kept__an_echo_clears_it(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    script_status(&p, SOCK_LIVE);
    script_say(&p, "hi");
    assert_int_equal(script_count(&p, EFFECT_SAVE_OUTBOX), 0);
    assert_int_equal(update_wake_ms(&p.m), p.now_ms + UPDATE_DRAFT_SAVE_MS);
    script_later(&p, UPDATE_DRAFT_SAVE_MS);
    assert_int_equal(script_count(&p, EFFECT_SAVE_OUTBOX), 1);
    script_receive_cid(&p, 1);
    script_act(&p, (struct action){.type = ACTION_HIDE});
    assert_int_equal(script_count(&p, EFFECT_SAVE_OUTBOX), 1);
    assert_keeps(&p, "");
    script_close(&p);
}

static void test_update_kept__another_page_takes_it_over_under_the_same_cid(void **state)
{
    (void)state;
    struct script_page p, next;
    script_open(&p, NULL);
    script_say(&p, "one");
    script_say(&p, "two");
    struct buf kept = kept_by(&p, MODEL_OUTBOX_BYTES_MAX);
    script_close(&p);
    script_open(&next, NULL);
    adopt(&next, buf_peek(&kept));
    assert_true(next.fx.handled);
    assert_int_equal(script_count(&next, EFFECT_SAVE_OUTBOX), 1);
    assert_int_equal(next.m.queued_n, 2);
    assert_true(script_at(&next, 1)->own);
    script_assert_slice(script_at(&next, 1)->cid, CID_1);
    script_assert_slice(script_at(&next, 2)->text, "two");
    adopt(&next, buf_peek(&kept)); /* twice is once */
    assert_int_equal(next.m.log.count, 2);
    script_status(&next, SOCK_LIVE);
    assert_int_equal(script_count(&next, EFFECT_EMIT), 2);
    script_receive_cid(&next, 1);
    script_receive_cid(&next, 2);
    assert_keeps(&next, "");
    adopt(&next, buf_peek(&kept)); /* and never again */
    assert_int_equal(script_count(&next, EFFECT_EMIT), 0);
    script_close(&next);
    buf_fini(&kept);
}

static void test_update_kept__is_kept_in_part_where_it_is_too_much(void **state)
{
    (void)state;
    struct script_page p, next;
    script_open(&p, NULL);
    script_say(&p, "one");
    struct buf one = kept_by(&p, MODEL_OUTBOX_BYTES_MAX);
    script_say(&p, "two");
    struct buf both = kept_by(&p, MODEL_OUTBOX_BYTES_MAX);
    for (size_t max = 0; max <= both.n; max++) {
        struct buf some = kept_by(&p, max);
        assert_int_equal(some.n, max < one.n ? 0 : max < both.n ? one.n : both.n);
        buf_fini(&some);
    }
    script_open(&next, NULL);
    adopt(&next, buf_peek(&one));
    assert_int_equal(next.m.log.count, 1);
    script_close(&next);
    script_close(&p);
    buf_fini(&one);
    buf_fini(&both);
}

static void test_update_kept__survives_whatever_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *kept;
        bool handled;
        uint32_t messages_n;
    } cases[] = {
        {"", false, 0}, /* there was no memory to read it */
        {"x", true, 0},
        {"[", true, 0},
        {"null", true, 0},
        {"{\"text\":\"a\",\"cid\":\"1\"}", true, 0},
        {"[null,7,[],{\"text\":7,\"cid\":\"1\"}]", true, 0},
        {"[{\"text\":\"a\"}]", true, 0},
        {"[{\"text\":\"\",\"cid\":\"1\"}]", true, 0},
        {"[{\"text\":\"a\",\"cid\":\"1\"},{\"text\":\"b\",\"cid\":\"1\"}]", true, 1},
        {"[{\"text\":\"a\",\"cid\":\"1\"},7,{\"text\":\"b\",\"cid\":\"2\"}]", true, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script_page p;
        script_open(&p, NULL);
        adopt(&p, slice_str(cases[i].kept));
        assert_int_equal(p.fx.handled, cases[i].handled);
        assert_int_equal(p.m.log.count, cases[i].messages_n);
        script_close(&p);
    }
}

static void test_update_kept__a_draft_goes_only_into_an_empty_composer(void **state)
{
    (void)state;
    struct script_page p;
    script_open(&p, NULL);
    adopt_draft(&p, "");
    assert_false(p.fx.handled);
    adopt_draft(&p, "half a thou");
    assert_true(p.fx.handled);
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 1);
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFT), 1);
    script_assert_slice(buf_peek(&p.m.composer.draft), "half a thou");
    adopt_draft(&p, "another");
    assert_false(p.fx.handled);
    assert_int_equal(script_count(&p, EFFECT_SAVE_DRAFT), 0);
    adopt_draft(&p, "half a thou"); /* the same, as after a reload */
    assert_true(p.fx.handled);
    assert_int_equal(script_count(&p, EFFECT_SHOW_DRAFT), 0);
    script_assert_slice(buf_peek(&p.m.composer.draft), "half a thou");
    script_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_kept__what_is_written_offline_is_kept_at_once),
        cmocka_unit_test(test_update_kept__an_echo_clears_it),
        cmocka_unit_test(test_update_kept__another_page_takes_it_over_under_the_same_cid),
        cmocka_unit_test(test_update_kept__is_kept_in_part_where_it_is_too_much),
        cmocka_unit_test(test_update_kept__survives_whatever_is_found),
        cmocka_unit_test(test_update_kept__a_draft_goes_only_into_an_empty_composer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
