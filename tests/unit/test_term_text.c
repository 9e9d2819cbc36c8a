/* Text from other people on a terminal: it stays on its line and steers nothing. */
#include "term_text.h"

#include "term_print.h"
#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

typedef enum err (*put_fn)(struct buf *out, struct slice text);

static void expect(put_fn put, const char *in, const char *out)
{
    struct buf b;
    buf_init(&b, 4096);
    assert_int_equal(put(&b, guard_copy(slice_str(in))), ERR_OK);
    assert_int_equal(b.n, strlen(out));
    if (b.n > 0) {
        assert_memory_equal(b.p, out, b.n);
    }
    buf_fini(&b);
}

static void test_term_text__harmless_text_stays(void **state)
{
    (void)state;
    expect(term_text_put, "", "");
    expect(term_text_put, "a \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 ~",
           "a \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 ~");
}

static enum err put_apart(struct buf *out, struct slice text)
{
    return term_text_put_apart(out, text, true);
}

static void test_term_text__what_is_written_from_the_right_is_isolated(void **state)
{
    (void)state;
    expect(put_apart, "bo \u00e9 \u4e2d", "bo \u00e9 \u4e2d");
    expect(put_apart, "\u05d0b", "\u2068\u05d0b\u2069");
    expect(put_apart, "a \u0645\u064f\u062f", "\u2068a \u0645\u064f\u062f\u2069");
    expect(put_apart, "\u200f\u0645\u202e!", "\u2068\u0645\ufffd!\u2069"); /* and cannot leave it */
    expect(term_text_put, "\u0645\u200e", "\u0645");
    expect(term_json_put, "\"\u200e\"", "\"\\u200e\"");
}

static void test_term_text__controls_become_visible(void **state)
{
    (void)state;
    expect(term_text_put, "a\x1b[31mb\r\nc\td\x7f",
           "a\xe2\x90\x9b[31mb\xe2\x90\x8d\xe2\x90\x8a"
           "c d\xe2\x90\xa1");
    expect(term_text_put,
           "\xc2\x9b"
           "1m \xe2\x80\xae \xe2\x81\xa6 \xe2\x80\xa8",
           "\xef\xbf\xbd"
           "1m \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd");
}

static void test_term_text__json_is_one_line(void **state)
{
    (void)state;
    expect(term_json_put, "{ \"a b\" :\n\t[1, \"\\\" x\\\\\" , 2 ] }",
           "{\"a b\":[1,\"\\\" x\\\\\",2]}");
    expect(term_json_put, "\"\x7f\xc2\x9b\xe2\x80\xae\xc3\xa9\"",
           "\"\\u007f\\u009b\\u202e\xc3\xa9\"");
}

static void test_term_text__a_message_as_json_steers_nothing(void **state)
{
    (void)state;
    const struct chat_message m = {.seq = 1, .text = SL("a\u202eb\u2028c\xc2\x85 d\x7f\u00e9")};
    for (int blocked = 0; blocked < 2; blocked++) {
        struct buf line = {.max = 4096};
        assert_int_equal(term_put_message_json(&line, &m, (struct term_put){.blocked = blocked}),
                         ERR_OK);
        assert_int_equal(buf_putc(&line, '\0'), ERR_OK);
        assert_non_null(strstr(line.p, "\"a\\u202eb\\u2028c\\u0085 d\\u007f\u00e9\""));
        assert_int_equal(strstr(line.p, "\"blocked\":true}") != NULL, blocked);
        buf_fini(&line);
    }
}

static void test_term_text__a_room_as_json_steers_nothing(void **state)
{
    struct buf line = {.max = 4096};
    const struct chat_room room = {.id = 1, .name = SL("tea"), .topic = SL("a\u202eb")};
    (void)state;
    assert_int_equal(term_put_room_json(&line, &room), ERR_OK);
    assert_int_equal(buf_putc(&line, '\0'), ERR_OK);
    assert_non_null(strstr(line.p, "\"a\\u202eb\""));
    buf_fini(&line);
}

static void test_term_text__clock_is_local(void **state)
{
    (void)state;
    setenv("TZ", "UTC-2", 1);
    tzset();
    struct buf b;
    buf_init(&b, 64);
    assert_int_equal(term_clock_put(&b, 0), ERR_OK);
    assert_int_equal(term_clock_put(&b, -1), ERR_OK);
    assert_memory_equal(b.p, "02:0001:59", 10);
    buf_fini(&b);
}

static void test_term_text__full_buffer_is_told(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 3);
    assert_int_equal(term_text_put(&b, SL("ab\n")), ERR_LIMIT);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_term_text__harmless_text_stays),
        cmocka_unit_test(test_term_text__what_is_written_from_the_right_is_isolated),
        cmocka_unit_test(test_term_text__controls_become_visible),
        cmocka_unit_test(test_term_text__json_is_one_line),
        cmocka_unit_test(test_term_text__a_message_as_json_steers_nothing),
        cmocka_unit_test(test_term_text__a_room_as_json_steers_nothing),
        cmocka_unit_test(test_term_text__clock_is_local),
        cmocka_unit_test(test_term_text__full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
