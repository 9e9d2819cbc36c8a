/* Names: which are allowed, which look alike, and who is mentioned. */
#include "ident.h"

#include "buf.h"
#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
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

static bool alike(const char *a, const char *b)
{
    struct ident_name x, y;
    ident_skeleton(slice_str(a), &x);
    ident_skeleton(slice_str(b), &y);
    return slice_eq(ident_slice(&x), ident_slice(&y));
}

static void test_ident__names_that_look_alike_have_one_skeleton(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"ann", "a.n.n"},     {"bob", "b0b"},        {"bill", "bi11"}, {"lili", "1l1l"},
        {"moon", "rn0on"},    {"dan", "clan"},       {"wow", "vvovv"}, {"dan", "c1an"},
        {"ssl", "55i"},       {"a-b", "ab"},         {"a_b", "a.b"},   {"bab", "8a8"},
        {"modern", "rnodem"}, {"lim", "lirn"},       {"wvv", "vvvv"},  {"m.n", "r-n_n"},
        {"paypal", "paypa1"}, {"ann-lee", "annlee"}, {"rnrn", "mm"},   {"vvv", "wv"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_true(alike(pairs[i][0], pairs[i][1]));
    }
    static const char *const different[][2] = {
        {"ann", "ben"},     {"ann", "anna"}, {"alicia", "alida"}, {"ian", "jan"},
        {"cindy", "dndy"},  {"max", "rax"},  {"vera", "wera"},    {"tom", "tow"},
        {"user1", "user2"}, {"nr", "rn"},    {"claus", "cjaus"},
    };
    for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
        assert_false(alike(different[i][0], different[i][1]));
    }
}

static void test_ident__the_longest_name_has_room(void **state)
{
    (void)state;
    struct ident_name out;
    ident_skeleton(SL("abcdefghijklmnopqrstuvwxyz012345"), &out);
    assert_true(slice_eq(ident_slice(&out), SL("abcdefghljklmnopqrstuvwxyzol234s")));
}

static void test_ident__reserved_names(void **state)
{
    (void)state;
    static const char *const reserved[] = {
        "admin",   "adm1n",          "a.d.m.i.n",    "adrnin",         "root",           "r00t",
        "system",  "sy5tem",         "server",       "guest",          "here",           "room",
        "all",     "everyone",       "channel",      "tincan",         "tin-can",        "me",
        "support", "former-guest-7", "formerguest7", "f0rmer_guest-7", "former.guest.7",
    };
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        assert_true(ident_reserved(slice_str(reserved[i])));
    }
    static const char *const free_[] = {"ann", "ali", "rooney", "admin2", "ledger", "ail", "allan"};
    for (size_t i = 0; i < sizeof free_ / sizeof *free_; i++) {
        assert_false(ident_reserved(slice_str(free_[i])));
    }
}

/* The names that text mentions, joined by commas; ! at the end for everybody. */
static const char *mentioned(const char *text)
{
    static char line[256];
    struct ident_mentions m;
    size_t n = 0;
    ident_mentions(guard_copy(slice_str(text)), &m);
    for (unsigned i = 0; i < m.n; i++) {
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%.*s", i ? "," : "",
                              SL_ARG(ident_slice(&m.names[i])));
    }
    snprintf(line + n, sizeof line - n, "%s", m.everybody ? "!" : "");
    return line;
}

static void test_ident__who_is_mentioned(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"hi @ann", "ann"},
        {"@ann", "ann"},
        {"@Ann and @BEN, @ann.", "ann,ben"},
        {"(@ann)", "ann"},
        {"**@ann**", "ann"},
        {"||@ann||", "ann"},
        {"> @ann", "ann"},
        {"- @ann\n- @ben", "ann,ben"},
        {"@a.b-c_d", "a.b-c_d"},
        {"@ann_", "ann"},
        {"@ann's", "ann"},
        {"\u96D1@ann", ""}, /* a letter of another script is a letter */
        {"@here", "!"},
        {"@room now", "!"},
        {"@Room @here @ann", "ann!"},
        {"@roomy", "roomy"},
        {"mail@x.yz", ""},
        {"a@ann", ""},
        {"@@ann", ""},
        {"@a", ""},
        {"@", ""},
        {"@ ann", ""},
        {"@.ann", ""},
        {"`@ann`", ""},
        {"``@ann`` @ben", "ben"},
        {"```\n@ann\n```\n@ben", "ben"},
        {"```\n@ann", ""},
        {"\\@ann", ""},
        {"`@here`", ""},
        {"https://x.yz/@ann", ""},
        {"[@ann](https://x.yz)", ""},
        {"@abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz012345"},
        {"@abcdefghijklmnopqrstuvwxyz0123456", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = mentioned(cases[i][0]);
        if (strcmp(got, cases[i][1]) != 0) {
            print_error("%s: %s\n", cases[i][0], got);
            fail();
        }
    }
}

static void test_ident__mentions_at_the_cap_and_one_past_it(void **state)
{
    (void)state;
    struct ident_mentions m;
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
        cmocka_unit_test(test_ident__the_longest_name_has_room),
        cmocka_unit_test(test_ident__reserved_names),
        cmocka_unit_test(test_ident__who_is_mentioned),
        cmocka_unit_test(test_ident__mentions_at_the_cap_and_one_past_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
