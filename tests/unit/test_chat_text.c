/* What text of people may be: every control character and every kind of white space, one by one. */
#include "chat_text.h"

#include "unit_support.h"
#include "utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* The character between two letters. */
static struct slice among_letters(uint32_t c)
{
    static char text[UTF8_BYTES_MAX + 2];
    size_t n = utf8_write(c, text + 1);
    text[0] = 'a';
    text[n + 1] = 'b';
    return (struct slice){text, n + 2};
}

static void test_chat_text__control_characters(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x3000; c++) {
        struct slice text = guard_copy(among_letters(c));
        bool control = c < ' ' || (c >= 0x7F && c < 0xA0);
        assert_int_equal(chat_text_has_control(text, true), control || c == 0x2028 || c == 0x2029);
        assert_int_equal(chat_text_has_control(text, false), control && c != '\n' && c != '\t');
    }
    assert_false(chat_text_has_control(SL(""), true));
}

static void check_clean(const char *text, size_t caret, const char *wanted, size_t wanted_caret)
{
    struct buf out;
    uint32_t at = (uint32_t)caret;
    buf_init(&out, 64);
    assert_int_equal(buf_put(&out, SL("|")), ERR_OK); /* what was there stays, and is not counted */
    assert_int_equal(chat_text_clean(guard_copy(slice_str(text)), &at, &out), ERR_OK);
    assert_true(slice_eq(slice_from(buf_peek(&out), 1), slice_str(wanted)));
    assert_int_equal(at, wanted_caret);
    assert_false(chat_text_has_control(buf_peek(&out), false));
    buf_fini(&out);
}

static void test_chat_text__cleaned_is_what_may_be_sent(void **state)
{
    (void)state;
    check_clean("", 0, "", 0);
    check_clean("plain\ttext\n", 5, "plain\ttext\n", 5);
    check_clean("a\007b\177c\302\205d\302\237", 2, "abcd", 1);
    check_clean("a\007", 2, "a", 1);
    check_clean("one\r\ntwo\rthree\r", 5, "one\ntwo\nthree\n", 4);
    check_clean("\303\251\001\303\251", 3, "\303\251\303\251", 2);
    /* colours, by both beginnings, with and without parameters */
    check_clean("\033[1;31mred\033[0m and \302\2332Kmore", 7, "red and more", 0);
    check_clean("\033[mx", 0, "x", 0);
    /* what only looks like one, or has no end */
    check_clean("\033]0;title\007x", 99, "]0;titlex", 9);
    check_clean("\033[12", 4, "[12", 3);
    check_clean("\033[\303\251", 1, "[\303\251", 0);
    check_clean("\033", 1, "", 0);
    check_clean("\033[", 0, "[", 0);
    struct slice zero = {"a\0b", 3};
    struct buf out;
    buf_init(&out, 2);
    assert_int_equal(chat_text_clean(zero, NULL, &out), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("ab")));
    assert_int_equal(chat_text_clean(SL("\001c"), NULL, &out), ERR_LIMIT);
    buf_fini(&out);
}

static void test_chat_text__white_space_of_any_script(void **state)
{
    (void)state;
    unsigned n = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        n += chat_text_has_space(among_letters(c));
    }
    assert_int_equal(n, 25); /* White_Space in PropList.txt of Unicode */
    static const uint32_t some[] = {' ',  '\t', '\n',   '\v',   '\r',
                                    0x85, 0xA0, 0x1680, 0x200A, 0x3000};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        assert_true(chat_text_has_space(guard_copy(among_letters(some[i]))));
    }
}

static void test_chat_text__blank_is_what_shows_nothing(void **state)
{
    (void)state;
    static const char *const blank[] = {
        "",
        " ",
        " \n\t",
        "\u00A0\u3000\u2003",
        "\u200B",
        "\u200D\u200C\uFEFF",
        "\u2060 \u00AD",
        "\u202E\u202C",
        "\u2800",
        "\u3164\uFFA0",
        "\uFE0F",
        "\U000E0020",
        "\u2028\u2029",
    };
    for (size_t i = 0; i < sizeof blank / sizeof *blank; i++) {
        assert_true(chat_text_is_blank(guard_copy(slice_str(blank[i]))));
    }
    static const char *const shown[] = {
        "a",      " a ",          ".",          "\u200Ba", "\u00E9", "\u96D1", "\u05D0",
        "\u0301", "\u2764\uFE0F", "\U0001F600", "\u2801",  "\uFFFD",
    };
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        assert_false(chat_text_is_blank(guard_copy(slice_str(shown[i]))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chat_text__control_characters),
        cmocka_unit_test(test_chat_text__cleaned_is_what_may_be_sent),
        cmocka_unit_test(test_chat_text__white_space_of_any_script),
        cmocka_unit_test(test_chat_text__blank_is_what_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
