/* Base64: the vectors of RFC 4648, every length, every wrong character. */
#include "base64.h"

#include "mem.h"
#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_base64__the_vectors_of_the_rfc(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct buf b = {.max = 100};
        assert_int_equal(base64_encode(guard_copy(slice_str(pairs[i][0])), &b), ERR_OK);
        assert_true(slice_eq(buf_peek(&b), slice_str(pairs[i][1])));
        buf_reset(&b);
        assert_int_equal(base64_decode(guard_copy(slice_str(pairs[i][1])), &b), ERR_OK);
        assert_true(slice_eq(buf_peek(&b), slice_str(pairs[i][0])));
        buf_fini(&b);
    }
}

static void test_base64__every_length_comes_back(void **state)
{
    char bytes[300];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(uint8_t)(i * 167 + 13);
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        struct buf text = {.max = 1000};
        struct buf back = {.max = n};
        assert_int_equal(base64_encode(guard_copy((struct slice){bytes, n}), &text), ERR_OK);
        assert_int_equal(text.n, (n + 2) / 3 * 4);
        assert_int_equal(base64_decode(guard_copy(buf_peek(&text)), &back), ERR_OK);
        assert_true(slice_eq(buf_peek(&back), (struct slice){bytes, n}));
        while (text.n > 0 && text.p[text.n - 1] == '=')
            text.n--;
        buf_reset(&back);
        assert_int_equal(base64_decode(guard_copy(buf_peek(&text)), &back), ERR_OK);
        assert_true(slice_eq(buf_peek(&back), (struct slice){bytes, n}));
        buf_fini(&text);
        buf_fini(&back);
    }
}

static void test_base64__only_the_alphabet(void **state)
{
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf b = {.max = 100};

    (void)state;
    for (int c = 0; c < 256; c++) {
        for (size_t at = 0; at < 8; at++) {
            char text[8] = {'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A'};
            text[at] = (char)c;
            bool letter = c != 0 && strchr(alphabet, c);
            bool good = letter || (c == '=' && at == 7);
            b.n = 0;
            enum err e = base64_decode(guard_copy((struct slice){text, 8}), &b);
            assert_int_equal(e, good ? ERR_OK : ERR_PROTO);
            assert_int_equal(b.n, !good ? 0 : letter ? 6 : 5);
        }
    }
    buf_fini(&b);
}

static void test_base64__failures_change_nothing(void **state)
{
    struct buf b = {.max = 5};

    (void)state;
    assert_int_equal(buf_put(&b, SL("ab")), ERR_OK);
    assert_int_equal(base64_decode(SL("AAAAAA=="), &b), ERR_LIMIT);
    assert_int_equal(base64_decode(SL("AA!A"), &b), ERR_PROTO);
    assert_int_equal(base64_encode(SL("x"), &b), ERR_LIMIT);
    assert_true(slice_eq(buf_peek(&b), SL("ab")));
    assert_int_equal(base64_decode(SL("AAAA"), &b), ERR_OK);
    buf_fini(&b);
    mem_fail_after(1, 0);
    assert_int_equal(base64_decode(SL("AAAA"), &b), ERR_NOMEM);
    b.max = 100;
    mem_fail_after(1, 0);
    assert_int_equal(base64_encode(SL("a"), &b), ERR_NOMEM);
    mem_fail_after(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64__the_vectors_of_the_rfc),
        cmocka_unit_test(test_base64__every_length_comes_back),
        cmocka_unit_test(test_base64__only_the_alphabet),
        cmocka_unit_test(test_base64__failures_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
