/* The quick switcher's match: what is found, which letters, and which of several names is the better one. */
#include "fuzzy.h"

#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The name with its matched characters (ASCII) as '^'; "" when it does not match. */
static const char *marks(const char *query, const char *name)
{
    static char out[FUZZY_NAME_CHARS_MAX + 1];
    struct fuzzy_match m;
    memset(out, 0, sizeof out);
    if (fuzzy_match(guard_copy(slice_str(query)), slice_str(name), &m)) {
        assert_true(m.score >= 1);
        for (uint32_t i = 0; i < m.name_chars; i++) {
            out[i] = m.chars >> i & 1 ? '^' : name[i];
        }
    }
    return out;
}

static void test_fuzzy__finds_the_best_letters(void **state)
{
    (void)state;
    static const struct {
        const char *query, *name, *wanted;
    } cases[] = {
        {"gen", "general", "^^^eral"},
        {"gch", "general-chat", "^eneral-^^at"},
        {"GC", "general-chat", "^eneral-^hat"},
        {"chat", "general-chat", "general-^^^^"},
        {"gen chat", "general-chat", "^^^eral-^^^^"},
        {"#gen", "general", "^^^eral"},
        {"as", "alas smith", "^las ^mith"},
        {"fb", "fooBar", "^oo^ar"},
        {"ll", "hello all", "he^^o all"},
        {"xyz", "general", ""},
        {"lag", "general", ""},
        {"generals", "general", ""},
        {"", "general", "general"},
        {" -", "general", "general"},
        {"a", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(marks(cases[i].query, cases[i].name), cases[i].wanted);
    }
}

static void test_fuzzy__prefers_the_better_name(void **state)
{
    (void)state;
    static const struct {
        const char *query, *better, *worse;
    } cases[] = {
        {"gen", "general", "oxygen"},        {"gen", "gen", "general"},
        {"gen", "general", "general-chat"},  {"ops", "dev-ops", "options-x"},
        {"rel", "a-release", "karel"},       {"dc", "dev-chat", "dance"},
        {"ПЕТ", "Иван Петров", "репетиция"}, {"é", "École", "café"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fuzzy_match a, b;
        assert_true(fuzzy_match(slice_str(cases[i].query), slice_str(cases[i].better), &a));
        assert_true(fuzzy_match(slice_str(cases[i].query), slice_str(cases[i].worse), &b));
        if (!fuzzy_better(&a, &b) || fuzzy_better(&b, &a)) {
            fail_msg("%s: %s (%d) is no better than %s (%d)", cases[i].query, cases[i].better,
                     a.score, cases[i].worse, b.score);
        }
    }
}

static void test_fuzzy__has_caps(void **state)
{
    (void)state;
    char text[FUZZY_NAME_CHARS_MAX + 1];
    struct fuzzy_match m;
    memset(text, 'a', sizeof text);
    const struct slice name = {text, sizeof text};
    assert_true(fuzzy_match((struct slice){text, FUZZY_QUERY_CHARS_MAX}, name, &m));
    assert_int_equal(m.name_chars, FUZZY_NAME_CHARS_MAX);
    assert_false(fuzzy_match((struct slice){text, FUZZY_QUERY_CHARS_MAX + 1}, name, &m));
    text[FUZZY_NAME_CHARS_MAX - 1] = 'b';
    text[FUZZY_NAME_CHARS_MAX] = 'c';
    assert_true(fuzzy_match(SL("b"), name, &m));
    assert_true(m.chars == UINT64_C(1) << (FUZZY_NAME_CHARS_MAX - 1));
    assert_false(fuzzy_match(SL("c"), name, &m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fuzzy__finds_the_best_letters),
        cmocka_unit_test(test_fuzzy__prefers_the_better_name),
        cmocka_unit_test(test_fuzzy__has_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
