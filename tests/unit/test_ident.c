/* Names: which are allowed, which look alike, and who is mentioned. */
#include "ident.h"

#include "buf.h"
#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_ident__user_names(void **state)
{
    (void)state;
    struct ident_name out;
    assert_null(ident_user(guard_copy(SL("Ann.B_c-9")), &out));
    assert_true(slice_eq(ident_slice(&out), SL("ann.b_c-9")));
    assert_null(ident_user(SL("ab"), &out));
    assert_null(ident_user(SL("abcdefghijklmnopqrstuvwxyz012345"), &out));
    static const char *const wrong[] = {
        "",
        "a",
        "abcdefghijklmnopqrstuvwxyz0123456",
        "a b",
        "ann!",
        "\xC3\xA9"
        "ric",
        ".ann",
        "ann.",
        "-a",
        "a_",
        "an\xE2\x80\xAEn",
        "\xD0\xB0nn",
        "a/b",
        "a@b",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_non_null(ident_user(guard_copy(slice_str(wrong[i])), &out));
    }
}

static void test_ident__names_that_look_alike_have_one_skeleton(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"ann", "a.n.n"},     {"bob", "b0b"},   {"bill", "bi11"}, {"lili", "1l1l"},
        {"moon", "rn0on"},    {"wow", "vvovv"}, {"dan", "clan"},  {"ssl", "55i"},
        {"a-b", "ab"},        {"a_b", "a.b"},   {"bab", "8a8"},   {"jim", "lirn"},
        {"modern", "rnodem"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct ident_name a, b;
        ident_skeleton(slice_str(pairs[i][0]), &a);
        ident_skeleton(slice_str(pairs[i][1]), &b);
        assert_true(slice_eq(ident_slice(&a), ident_slice(&b)));
    }
    struct ident_name a, b;
    ident_skeleton(SL("ann"), &a);
    ident_skeleton(SL("ben"), &b);
    assert_false(slice_eq(ident_slice(&a), ident_slice(&b)));
    assert_true(ident_reserved(SL("admin")) && ident_reserved(SL("here")));
    assert_false(ident_reserved(SL("ann")));
}

static void test_ident__room_names(void **state)
{
    (void)state;
    char scratch[256];
    struct slice out;
    assert_null(ident_room(guard_copy(SL("#Ops_1-b")), scratch, &out));
    assert_true(slice_eq(out, SL("ops_1-b")));
    assert_null(ident_room(SL("\xC3\xBC"
                              "ber"),
                           scratch, &out));
    static const char *const wrong[] = {"", "#", "a", "#a", "a b", "a.b", "a\xFF", "##ab", "a/b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_non_null(ident_room(guard_copy(slice_str(wrong[i])), scratch, &out));
    }
}

static void test_ident__mentions(void **state)
{
    (void)state;
    struct ident_mentions m;
    ident_mentions(SL("hi @Ann and @ben, @ann. mail@x.y `@code` @here"), &m);
    assert_int_equal(m.n, 2);
    assert_true(slice_eq(ident_slice(&m.names[0]), SL("ann")));
    assert_true(slice_eq(ident_slice(&m.names[1]), SL("ben")));
    assert_true(m.everybody);
    ident_mentions(SL("nobody"), &m);
    assert_int_equal(m.n, 0);
    assert_false(m.everybody);
    struct buf text = {.max = 4096};
    for (unsigned i = 0; i <= CHAT_MENTIONS_MAX; i++) {
        assert_int_equal(buf_printf(&text, "@user%u ", i), ERR_OK);
    }
    ident_mentions(buf_peek(&text), &m);
    assert_int_equal(m.n, CHAT_MENTIONS_MAX);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ident__user_names),
        cmocka_unit_test(test_ident__names_that_look_alike_have_one_skeleton),
        cmocka_unit_test(test_ident__room_names),
        cmocka_unit_test(test_ident__mentions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
