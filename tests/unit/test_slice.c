/* Slices: comparing, cutting and reading numbers. */
#include "slice.h"

#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct slice nothing = {NULL, 0};

static void test_slice__str_measures_and_takes_null(void **state)
{
    (void)state;
    assert_int_equal(slice_str("abc").n, 3);
    assert_int_equal(slice_str("").n, 0);
    assert_int_equal(slice_str(NULL).n, 0);
}

static void test_slice__compares_bytes(void **state)
{
    (void)state;
    assert_true(slice_eq(SL("abc"), SL("abc")));
    assert_false(slice_eq(SL("abc"), SL("abd")));
    assert_false(slice_eq(SL("abc"), SL("ab")));
    assert_true(slice_eq(SL("a\0b"), SL("a\0b")));
    assert_false(slice_eq(SL("a\0b"), SL("a\0c")));
    assert_true(slice_eq(nothing, SL("")));
}

static void test_slice__ignores_ascii_case_only(void **state)
{
    (void)state;
    assert_true(slice_eq_nocase(SL("Keep-Alive"), SL("keep-aLIVE")));
    assert_false(slice_eq_nocase(SL("keep"), SL("keeps")));
    assert_false(slice_eq_nocase(SL("["), SL("{")));
    assert_false(slice_eq_nocase(SL("@"), SL("`")));
    assert_false(slice_eq_nocase(SL("\xc3\x89"), SL("\xc3\xa9")));
    assert_true(slice_eq_nocase(nothing, nothing));
}

static void test_slice__starts_with(void **state)
{
    (void)state;
    assert_true(slice_starts_with(SL("abc"), SL("ab")));
    assert_true(slice_starts_with(SL("abc"), nothing));
    assert_true(slice_starts_with(SL("abc"), SL("abc")));
    assert_false(slice_starts_with(SL("abc"), SL("abcd")));
    assert_false(slice_starts_with(SL("abc"), SL("b")));
    assert_false(slice_starts_with(nothing, SL("a")));
}

static void test_slice__finds_the_first(void **state)
{
    (void)state;
    assert_int_equal(slice_find(SL("a,b,c"), ','), 1);
    assert_int_equal(slice_find(SL("abc"), ','), 3);
    assert_int_equal(slice_find(nothing, ','), 0);
    assert_int_equal(slice_find(guard_copy(SL("abcdefg")), 'x'), 7);
}

static void test_slice__from(void **state)
{
    (void)state;
    assert_true(slice_eq(slice_from(SL("abc"), 0), SL("abc")));
    assert_true(slice_eq(slice_from(SL("abc"), 2), SL("c")));
    assert_int_equal(slice_from(SL("abc"), 3).n, 0);
    assert_int_equal(slice_from(nothing, 0).n, 0);
}

static void test_slice__reads_numbers_up_to_max(void **state)
{
    static const struct {
        const char *text;
        unsigned long long max;
        bool good;
        unsigned long long value;
    } cases[] = {
        {"0", 0, true, 0},
        {"1", 0, false, 0},
        {"42", 42, true, 42},
        {"43", 42, false, 0},
        {"007", 10, true, 7},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {" 1", 9, false, 0},
        {"1 ", 9, false, 0},
        {"1a", 99, false, 0},
        {"/", 99, false, 0},
        {":", 99, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned long long v = 77;
        bool good = slice_to_u64(guard_copy(slice_str(cases[i].text)), cases[i].max, &v);
        assert_int_equal(good, cases[i].good);
        assert_true(v == (good ? cases[i].value : 77));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice__str_measures_and_takes_null),
        cmocka_unit_test(test_slice__compares_bytes),
        cmocka_unit_test(test_slice__ignores_ascii_case_only),
        cmocka_unit_test(test_slice__starts_with),
        cmocka_unit_test(test_slice__finds_the_first),
        cmocka_unit_test(test_slice__from),
        cmocka_unit_test(test_slice__reads_numbers_up_to_max),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
