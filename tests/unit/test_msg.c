/* Typed payloads: the golden vectors, and the caller's buffer. */
#include "msg.h"

#include "iso_time.h"
#include "unit_support.h"
#include "unit_vectors.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_msg__chat_vectors(void **state)
{
    (void)state;
    vectors_check("msg/chat");
}

static void test_msg__chat_vectors_without_memory(void **state)
{
    (void)state;
    vectors_check_without_memory("msg/chat");
}

static void test_msg__strings_are_appended_to_scratch(void **state)
{
    struct buf scratch = {.max = 1000};
    struct msg_chat first, second;

    (void)state;
    assert_int_equal(
        msg_chat_decode(SL("{\"text\":\"a\\nb\",\"user\":\"ann\"}"), &scratch, &first, NULL),
        ERR_OK);
    size_t before_n = scratch.n;
    assert_int_equal(msg_chat_decode(SL("{\"text\":\"c\",\"user\":5}"), &scratch, &second, NULL),
                     ERR_INVALID);
    assert_int_equal(scratch.n, before_n);
    assert_true(slice_eq(first.text, SL("a\nb")));
    assert_true(slice_eq(first.user, SL("ann")));
    assert_int_equal(first.cid.n, 0);
    buf_fini(&scratch);
}

static void test_msg__scratch_needs_room_for_the_json(void **state)
{
    const struct slice json = SL("{\"text\":\"hello\"}");
    struct msg_chat message;
    const char *field = "untouched";

    (void)state;
    struct buf scratch = {.max = json.n - 1};
    assert_int_equal(msg_chat_decode(json, &scratch, &message, &field), ERR_LIMIT);
    assert_string_equal(field, "");
    buf_fini(&scratch);
    scratch.max = json.n;
    field = "untouched";
    assert_int_equal(msg_chat_decode(json, &scratch, &message, &field), ERR_OK);
    assert_string_equal(field, "untouched");
    buf_fini(&scratch);
}

static void test_msg__a_time_out_of_range_is_left_out(void **state)
{
    static const int64_t times[] = {ISO_TIME_MIN_MS - 1, ISO_TIME_MAX_MS + 1, INT64_MIN, INT64_MAX};
    struct buf out = {.max = 100};

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct msg_chat message = {
            .text = SL("x"), .has_timestamp = true, .timestamp_ms = times[i]};
        buf_reset(&out);
        assert_int_equal(msg_chat_encode(&message, &out), ERR_OK);
        assert_true(slice_eq(buf_peek(&out), SL("{\"text\":\"x\"}")));
    }
    buf_fini(&out);
}

static void test_msg__writing_past_the_cap_changes_nothing(void **state)
{
    const struct msg_chat message = {SL("a\"b"), true, 0, SL("u"), SL("c")};
    const struct slice whole =
        SL("!{\"text\":\"a\\\"b\",\"timestamp\":\"1970-01-01T00:00:00.000Z\","
           "\"user\":\"u\",\"cid\":\"c\"}");

    (void)state;
    for (size_t max = 1; max <= whole.n; max++) {
        struct buf out = {.max = max};
        assert_int_equal(buf_putc(&out, '!'), ERR_OK);
        assert_int_equal(msg_chat_encode(&message, &out), max < whole.n ? ERR_LIMIT : ERR_OK);
        assert_true(slice_eq(buf_peek(&out), max < whole.n ? SL("!") : whole));
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_msg__chat_vectors),
        cmocka_unit_test(test_msg__chat_vectors_without_memory),
        cmocka_unit_test(test_msg__strings_are_appended_to_scratch),
        cmocka_unit_test(test_msg__scratch_needs_room_for_the_json),
        cmocka_unit_test(test_msg__a_time_out_of_range_is_left_out),
        cmocka_unit_test(test_msg__writing_past_the_cap_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
