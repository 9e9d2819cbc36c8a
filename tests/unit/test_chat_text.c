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
        cmocka_unit_test(test_chat_text__white_space_of_any_script),
        cmocka_unit_test(test_chat_text__blank_is_what_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
