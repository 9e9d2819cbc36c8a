/* Weak passwords are named as such in every dress; what is left alone is good enough. */
#include "password_weakness.h"

#include "chat_limits.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CYRILLIC "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 \xD0\xBC\xD0\xB8\xD1\x80"

static const char *weakness(const char *password)
{
    return password_weakness(slice_str(password), SL("annemarie"));
}

static void test_password_weakness__what_is_tried_first_is_refused(void **state)
{
    (void)state;
    static const char *const weak[] = {
        /* words, as they are and dressed */
        "administrator",
        "changemenow",
        "passwordpassword",
        "Password1234",
        "PASSWORD!!",
        "password2026!",
        "P@ssw0rd123",
        "pa55word2024",
        "1234password",
        "--password--",
        "W3lc0me123!",
        "l3tm31n12345",
        "iloveyou123",
        "Sommer2026!",
        "qwerty12345",
        "dragon123456",
        "monkeymonkey",
        "Manchester1",
        "correcthorsebatterystaple",
        "tincantincan",
        /* walks */
        "1234567890",
        "0987654321",
        "12345678910",
        "qwertyuiop",
        "poiuytrewq",
        "asdfghjkl;'",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "qazwsxedcrfv",
        "abcdefghij",
        "zyxwvutsrqp",
        "qwerty123456",
        "azertyuiop12",
        "147258369147",
        /* repeating */
        "aaaaaaaaaaaa",
        "ababababababab",
        "0000000000",
        "123123123123",
        "xyzxyzxyzxyz",
        "a1b2a1b2a1b2",
        "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4",
        /* the name */
        "annemarie1",
        "Annemarie123",
        "1.AnneMarie",
        "annemarieannemarie",
    };
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        if (!weakness(weak[i])) {
            fail_msg("%s passes", weak[i]);
        }
    }
}

static void test_password_weakness__what_nobody_guesses_passes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "gruene Wiese",
        CYRILLIC,
        "tr0ub4dor&3x",
        "kx9-vmq2-7rt",
        "annemarie's long password",
        "blue password machine",
        "8302947156",
        "the dragon sleeps at noon",
        "xk3xk4xk5xk6",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *why = weakness(good[i]);
        if (why) {
            fail_msg("%s: %s", good[i], why);
        }
    }
    /* Somebody else's name is one as any. */
    assert_null(password_weakness(SL("annemarie1"), SL("bo")));
}

static void test_password_weakness__length_counts_characters_and_has_an_end(void **state)
{
    (void)state;
    assert_non_null(weakness(""));
    assert_non_null(weakness("kx9-vmq2-"));
    assert_null(weakness("kx9-vmq2-7"));
    assert_non_null(weakness("\xC3\xA4\xC3\xB6\xC3\xBCxyv9k2")); /* nine, in twelve bytes */
    assert_null(weakness("\xC3\xA4\xC3\xB6\xC3\xBCxyv9k2w"));
    /* In normal form these are nine, too. */
    assert_non_null(weakness("a\xCC\x88o\xCC\x88u\xCC\x88xyv9k2"));
    assert_non_null(weakness("\xFF\xFEkx9-vmq2-7rt"));
    char large[CHAT_PASSWORD_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof large; i++) {
        large[i] = (char)('a' + i * i % 23);
    }
    assert_null(password_weakness((struct slice){large, CHAT_PASSWORD_BYTES_MAX}, SL("ann")));
    assert_non_null(
        password_weakness((struct slice){large, CHAT_PASSWORD_BYTES_MAX + 1}, SL("ann")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_weakness__what_is_tried_first_is_refused),
        cmocka_unit_test(test_password_weakness__what_nobody_guesses_passes),
        cmocka_unit_test(test_password_weakness__length_counts_characters_and_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
