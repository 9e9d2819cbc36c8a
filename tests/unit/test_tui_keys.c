/* What a terminal sends, as keys. Every case also from the middle of anything: the decoder is fed byte by byte anyway. */
#include "tui_keys.h"

#include "slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tui_keys keys;

/* The keys that come of bytes must be exactly these. */
static void expect(const char *bytes, const struct tui_key *wanted, size_t n)
{
    size_t got = 0;
    struct tui_key key;
    for (; *bytes; bytes++) {
        if (!tui_keys_feed(&keys, (uint8_t)*bytes, &key))
            continue;
        assert_true(got < n);
        assert_int_equal(key.kind, wanted[got].kind);
        assert_int_equal(key.code, wanted[got].code);
        assert_int_equal(key.mods, wanted[got].mods);
        got++;
    }
    assert_int_equal(got, n);
}
#define EXPECT(bytes, ...)                                                                         \
    expect(bytes, (struct tui_key[]){__VA_ARGS__},                                                 \
           sizeof(struct tui_key[]){__VA_ARGS__} / sizeof(struct tui_key))

static void test_tui_keys__characters_and_controls(void **state)
{
    (void)state;
    EXPECT("a\u00e9\u6f22\U0001F600", {.code = 'a'}, {.code = 0xe9}, {.code = 0x6f22},
           {.code = 0x1F600});
    EXPECT("\r\t\x7f\x11", {.kind = TUI_KEY_ENTER}, {.kind = TUI_KEY_TAB},
           {.kind = TUI_KEY_BACKSPACE}, {.kind = TUI_KEY_LETTER, .code = 'q', .mods = TUI_CTRL});
    EXPECT("\xff\xc3x\x80\xed\xa0\x80\xc0\xafy", {.code = 'x'}, {.code = 'y'});
}

static void test_tui_keys__sequences(void **state)
{
    (void)state;
    EXPECT("\x1b[A\x1bOB\x1b[1;3A\x1b[1;4B", {.kind = TUI_KEY_UP}, {.kind = TUI_KEY_DOWN},
           {.kind = TUI_KEY_UP, .mods = TUI_ALT},
           {.kind = TUI_KEY_DOWN, .mods = TUI_ALT | TUI_SHIFT});
    EXPECT("\x1b[5~\x1b[6~\x1b[3~\x1bOP\x1b[11~\x1b[[A\x1b[17~\x1b[Z", {.kind = TUI_KEY_PAGE_UP},
           {.kind = TUI_KEY_PAGE_DOWN}, {.kind = TUI_KEY_DELETE}, {.kind = TUI_KEY_F1},
           {.kind = TUI_KEY_F1}, {.kind = TUI_KEY_F1}, {.kind = TUI_KEY_F6},
           {.kind = TUI_KEY_TAB, .mods = TUI_SHIFT});
    EXPECT("\x1b[13;2u\x1b[27;3;13~\x1b\r\x1b"
           "b",
           {.kind = TUI_KEY_ENTER, .mods = TUI_SHIFT}, {.kind = TUI_KEY_ENTER, .mods = TUI_ALT},
           {.kind = TUI_KEY_ENTER, .mods = TUI_ALT},
           {.kind = TUI_KEY_LETTER, .code = 'b', .mods = TUI_ALT});
    EXPECT("\x1b]0;title\ax\x1bP1$r\x1b\\y\x1b[99999999999999;9;9;9;9;9xz", {.code = 'x'},
           {.code = 'y'}, {.code = 'z'});
}

static void test_tui_keys__a_paste_is_never_a_key(void **state)
{
    (void)state;
    EXPECT("\x1b[200~a\r\nb\rc\td\x03\x1b[A\x1b"
           "e\x1b[201~f",
           {.kind = TUI_KEY_PASTED, .code = 'a'}, {.kind = TUI_KEY_PASTED, .code = '\n'},
           {.kind = TUI_KEY_PASTED, .code = 'b'}, {.kind = TUI_KEY_PASTED, .code = '\n'},
           {.kind = TUI_KEY_PASTED, .code = 'c'}, {.kind = TUI_KEY_PASTED, .code = '\t'},
           {.kind = TUI_KEY_PASTED, .code = 'd'}, {.kind = TUI_KEY_PASTED, .code = 'e'},
           {.code = 'f'});
}

static void test_tui_keys__escape_alone_needs_a_moment(void **state)
{
    struct tui_key key;
    (void)state;
    assert_false(tui_keys_waits(&keys));
    assert_false(tui_keys_feed(&keys, 0x1b, &key));
    assert_true(tui_keys_waits(&keys));
    assert_true(tui_keys_idle(&keys, &key));
    assert_int_equal(key.kind, TUI_KEY_ESCAPE);
    assert_false(tui_keys_waits(&keys));
    EXPECT("\x1b\x1b[A", {.kind = TUI_KEY_ESCAPE}, {.kind = TUI_KEY_UP});
    assert_false(tui_keys_feed(&keys, 0x1b, &key) || tui_keys_feed(&keys, '[', &key));
    assert_false(tui_keys_idle(&keys, &key)); /* half a sequence is no key */
    EXPECT("x", {.code = 'x'});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tui_keys__characters_and_controls),
        cmocka_unit_test(test_tui_keys__sequences),
        cmocka_unit_test(test_tui_keys__a_paste_is_never_a_key),
        cmocka_unit_test(test_tui_keys__escape_alone_needs_a_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
