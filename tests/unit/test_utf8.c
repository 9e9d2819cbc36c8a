/* UTF-8 against a decoder written the slow way, for every sequence up to three bytes and the
 * corners of four. */
#include "utf8.h"

#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The character at p by the definition: its length, 0 when there is none. */
static size_t slow_char(const uint8_t *p, size_t n)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = p[0] < 0x80   ? 1
                    : p[0] < 0xc0 ? 0
                    : p[0] < 0xe0 ? 2
                    : p[0] < 0xf0 ? 3
                    : p[0] < 0xf8 ? 4
                                  : 0;
    uint32_t code_point = length == 1 ? p[0] : p[0] & (0x7fU >> length);

    if (length == 0 || length > n)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code_point = code_point << 6 | (p[i] & 0x3f);
    }
    bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    return code_point < smallest[length] || surrogate || code_point > 0x10ffff ? 0 : length;
}

static bool slow_valid(const uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t length = slow_char(p, n);
        if (length == 0)
            return false;
        p += length;
        n -= length;
    }
    return true;
}

static void compare(const uint8_t *bytes, size_t n)
{
    struct slice s = {(const char *)bytes, n};

    if (utf8_valid(s) != slow_valid(bytes, n) || utf8_char_bytes(s) != slow_char(bytes, n))
        fail_msg("%zu bytes: %02x %02x %02x %02x", n, bytes[0], bytes[1], bytes[2], bytes[3]);
}

static void test_utf8__every_sequence_of_three_bytes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1U << 24; i++) {
        /* A fourth byte is only looked at for the leads of four. */
        const uint8_t bytes[4] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 0x80};
        compare(bytes, bytes[0] >= 0xf0 ? 4 : 3);
    }
}

static void test_utf8__short_and_cut(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1U << 16; i++) {
        const uint8_t bytes[4] = {(uint8_t)(i >> 8), (uint8_t)i, 0, 0};
        compare(bytes, 2);
        if (bytes[1] == 0)
            compare(bytes, 1);
    }
    assert_true(utf8_valid((struct slice){NULL, 0}));
    assert_int_equal(utf8_char_bytes((struct slice){NULL, 0}), 0);
}

static void test_utf8__a_stream_may_be_cut_anywhere(void **state)
{
    const struct slice text =
        SL("plain text \xc3\xa9 and more of it \xe2\x82\xac\xf0\x9f\x98\x80 end.");

    (void)state;
    for (size_t i = 0; i <= text.n; i++) {
        for (size_t j = i; j <= text.n; j++) {
            struct utf8_state s = {0};
            assert_true(utf8_feed(&s, text.p, i));
            assert_true(utf8_feed(&s, text.p + i, j - i));
            assert_int_equal(utf8_complete(&s), utf8_valid((struct slice){text.p, j}));
            assert_true(utf8_feed(&s, text.p + j, text.n - j));
            assert_true(utf8_complete(&s));
        }
    }
}

static void test_utf8__fails_at_the_first_impossible_byte_and_stays_failed(void **state)
{
    static const char *const prefixes[] = {
        "\x80", "\xc0", "\xc1",        "\xe0\x9f", "\xed\xa0",      "\xf0\x8f",    "\xf4\x90",
        "\xf5", "\xff", "abc\xc3\xc3", "\xe2(",    "\xf0\x9f\x98 ", "12345678\xfe"};

    (void)state;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        struct utf8_state s = {0};
        size_t n = strlen(prefixes[i]);
        assert_true(utf8_feed(&s, prefixes[i], n - 1));
        assert_false(utf8_feed(&s, prefixes[i] + n - 1, 1));
        assert_false(utf8_feed(&s, "a", 1));
        assert_false(utf8_feed(&s, "", 0));
        assert_false(utf8_complete(&s));
    }
}

static void test_utf8__finds_the_bad_byte_wherever_it_is(void **state)
{
    char text[64];

    (void)state;
    for (size_t n = 1; n <= sizeof(text); n++) {
        for (size_t at = 0; at < n; at++) {
            memset(text, 'a', n);
            assert_true(utf8_valid(guard_copy((struct slice){text, n})));
            text[at] = (char)0xff;
            assert_false(utf8_valid(guard_copy((struct slice){text, n})));
            text[at] = (char)0xc3;
            assert_false(utf8_valid(guard_copy((struct slice){text, n})));
        }
    }
}

static void test_utf8__counts_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(SL("")), 0);
    assert_int_equal(utf8_length(SL("abc")), 3);
    assert_int_equal(utf8_length(SL("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
}

static void test_utf8__writes_every_code_point(void **state)
{
    char out[UTF8_BYTES_MAX];

    (void)state;
    for (uint32_t c = 0; c <= 0x110001; c++) {
        size_t n = utf8_write(c, out);
        bool real = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        if (slow_char((const uint8_t *)out, n) != n)
            fail_msg("U+%04X", c);
        if (!real)
            assert_memory_equal(out, "\xef\xbf\xbd", 3);
    }
}

static void test_utf8__takes_every_code_point(void **state)
{
    char out[UTF8_BYTES_MAX + 1];

    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        size_t n = utf8_write(c, out);
        out[n] = 'x';
        struct slice rest = {out, n + 1};
        assert_int_equal(utf8_take(&rest), c);
        assert_int_equal(rest.n, 1);
        assert_int_equal(utf8_take(&rest), 'x');
        assert_int_equal(rest.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__every_sequence_of_three_bytes),
        cmocka_unit_test(test_utf8__short_and_cut),
        cmocka_unit_test(test_utf8__a_stream_may_be_cut_anywhere),
        cmocka_unit_test(test_utf8__fails_at_the_first_impossible_byte_and_stays_failed),
        cmocka_unit_test(test_utf8__finds_the_bad_byte_wherever_it_is),
        cmocka_unit_test(test_utf8__counts_characters),
        cmocka_unit_test(test_utf8__writes_every_code_point),
        cmocka_unit_test(test_utf8__takes_every_code_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
