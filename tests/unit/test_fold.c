/* Case of names, and places in UTF-16 units. */
#include "fold.h"

#include "unit_support.h"
#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_fold__knows_upper_and_lower(void **state)
{
    (void)state;
    static const struct {
        uint32_t from, to;
    } cases[] = {
        {'A', 'a'},       {'Z', 'z'},         {'@', '@'},     {'[', '['},     {'a', 'a'},
        {0xC0, 0xE0},     {0xD7, 0xD7},       {0xDE, 0xFE},   {0xDF, 0xDF},   {0xF7, 0xF7},
        {0x100, 0x101},   {0x101, 0x101},     {0x130, 0x130}, {0x131, 0x131}, {0x132, 0x133},
        {0x137, 0x137},   {0x138, 0x138},     {0x139, 0x13A}, {0x13A, 0x13A}, {0x147, 0x148},
        {0x149, 0x149},   {0x14A, 0x14B},     {0x178, 0xFF},  {0x179, 0x17A}, {0x17D, 0x17E},
        {0x17E, 0x17E},   {0x17F, 0x17F},     {0x391, 0x3B1}, {0x3A2, 0x3A2}, {0x3A9, 0x3C9},
        {0x400, 0x450},   {0x40F, 0x45F},     {0x410, 0x430}, {0x42F, 0x44F}, {0x430, 0x430},
        {0x4E00, 0x4E00}, {0x1F600, 0x1F600},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(fold_char(cases[i].from), cases[i].to);
        assert_int_equal(fold_char(cases[i].to), cases[i].to);
    }
}

static void test_fold__finds_parts_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *s, *part;
        bool starts, word, inside;
    } cases[] = {
        {"Ann Smith", "ann", true, true, true},
        {"Ann Smith", "SM", false, true, true},
        {"Ann Smith", "mit", false, false, true},
        {"Ann Smith", "smithy", false, false, false},
        {"Ann", "", true, true, true},
        {"", "", true, true, true},
        {"", "a", false, false, false},
        {"Émile Ångström", "ång", false, true, true},
        {"Иван Петров", "ПЕТ", false, true, true},
        {"a-team (ops)", "ops", false, true, true},
        {"日本語", "本", false, false, true},
        {"x y", "z", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice s = guard_copy(slice_str(cases[i].s)), part = slice_str(cases[i].part);
        assert_int_equal(fold_starts_with(s, part), cases[i].starts);
        assert_int_equal(fold_word_starts_with(s, part), cases[i].word);
        assert_int_equal(fold_contains(s, part), cases[i].inside);
    }
}

static void test_fold__orders_names(void **state)
{
    (void)state;
    assert_int_equal(fold_compare(SL("Ann"), SL("ann")), 0);
    assert_int_equal(fold_compare(SL(""), SL("")), 0);
    assert_int_equal(fold_compare(SL("an"), SL("Ann")), -1);
    assert_int_equal(fold_compare(SL("ann"), SL("AN")), 1);
    assert_int_equal(fold_compare(SL("bob"), SL("Ann")), 1);
}

static void test_utf16__counts_units(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        size_t units;
    } cases[] = {{"", 0}, {"abc", 3}, {"é€", 2}, {"😀", 2}, {"a😀é", 4}, {"👍🏽", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice s = guard_copy(slice_str(cases[i].s));
        assert_int_equal(utf16_length(s), cases[i].units);
        assert_int_equal(utf16_to_bytes(s, cases[i].units), s.n);
        assert_int_equal(utf16_to_bytes(s, SIZE_MAX), s.n);
        for (size_t u = 0; u <= cases[i].units; u++) {
            size_t bytes = utf16_to_bytes(s, u), back = utf16_length((struct slice){s.p, bytes});
            assert_true(back == u || back + 1 == u); /* the latter within a pair */
            assert_true(bytes == s.n || ((unsigned char)s.p[bytes] & 0xC0) != 0x80);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold__knows_upper_and_lower),
        cmocka_unit_test(test_fold__finds_parts_of_names),
        cmocka_unit_test(test_fold__orders_names),
        cmocka_unit_test(test_utf16__counts_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
