/* What is typed into the search, read. */
#include "search_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_slice(struct slice s, const char *expected)
{
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.n ? s.p : "", expected, s.n);
}

static void test_search_query__filters_stand_anywhere_between_the_words(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *text, *from, *room, *bad;
    } cases[] = {
        {"", "", "", "", ""},
        {"  two   words ", "two words", "", "", ""},
        {"from:bo cake in:#kitchen now", "cake now", "bo", "kitchen", ""},
        {"From:@bo IN:kitchen cake", "cake", "bo", "kitchen", ""},
        {"from: cake", "cake", "", "", ""},
        {"time:12:30 http://x", "time:12:30 http://x", "", "", ""},
        {"cake before:yesterday", "cake", "", "", "yesterday"},
        {"cake after:2026-02-30", "cake", "", "", "2026-02-30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct search_query q;
        search_query_read(slice_str(cases[i].typed), 0, &q);
        assert_slice((struct slice){q.text, q.text_n}, cases[i].text);
        assert_slice(q.from, cases[i].from);
        assert_slice(q.room, cases[i].room);
        assert_slice(q.bad, cases[i].bad);
    }
}

/* 2026-03-01 is 1772323200000 in UTC. */
static void test_search_query__days_are_those_of_this_place(void **state)
{
    (void)state;
    struct search_query q;
    search_query_read(SL("x before:2026-03-01"), 0, &q);
    assert_int_equal(q.before_ms, INT64_C(1772323200000));
    assert_int_equal(q.after_ms, 0);
    search_query_read(SL("x after:2026-03-01"), 60, &q);
    assert_int_equal(q.after_ms, INT64_C(1772323200000) - 3600000 + 86400000);
}

static void test_search_query__no_more_is_read_than_fits(void **state)
{
    (void)state;
    char typed[SEARCH_QUERY_BYTES + 1];
    struct search_query q;
    memset(typed, 'x', sizeof typed);
    search_query_read((struct slice){typed, SEARCH_QUERY_BYTES - 1}, 0, &q);
    assert_int_equal(q.text_n, SEARCH_QUERY_BYTES - 1);
    search_query_read((struct slice){typed, SEARCH_QUERY_BYTES}, 0, &q);
    assert_int_equal(q.text_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_query__filters_stand_anywhere_between_the_words),
        cmocka_unit_test(test_search_query__days_are_those_of_this_place),
        cmocka_unit_test(test_search_query__no_more_is_read_than_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
