/* Searching by a line of words, as the page's search takes it. */
#include "console_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_console_search__search_lists_hits_that_can_be_opened(void **state)
{
    (void)state;
    assert_true(run("/search needle"));
    assert_int_equal(c.list, CONSOLE_SEARCH);
    answer("{\"ok\":true,\"hits\":[{\"room\":2,\"seq\":3,\"from\":{\"id\":2,\"name\":\"bo\"},"
           "\"text\":\"a needle\",\"ts\":5}]}");
    assert_int_equal(c.items_n, 1);
    script_assert_slice(c.items[0].detail, "a needle");
    script_assert_slice(c.items[0].label, "#secret bo");
    p.fx = (struct effects){0};
    console_take(&c, &p.m, &p.fx);
    assert_int_equal(p.m.open, SECRET);
    assert_int_equal(c.list, CONSOLE_CLOSED);
    assert_true(run("/search needle")); /* in a public room, too, that is not mine */
    answer("{\"ok\":true,\"hits\":[{\"room\":9,\"seq\":3,\"from\":{\"id\":2,\"name\":\"bo\"},"
           "\"text\":\"a needle\",\"ts\":5}]}");
    script_assert_slice(c.items[0].label, "another room: bo");
}

static void test_console_search__search_takes_what_the_pages_search_takes(void **state)
{
    static const char HITS[] =
        "{\"ok\":true,\"hits\":[{\"room\":2,\"seq\":4,\"from\":{\"id\":2,\"name\":\"bo\"},\"text\":"
        "\"a "
        "needle\",\"ts\":1772409600000},{\"room\":2,\"seq\":3,\"from\":{\"id\":2,\"name\":\"bo\"},"
        "\"text\":\"a needle\",\"ts\":1772409599999}]}"; /* 2026-03-02, and the day before */
    (void)state;
    assert_true(run("/search a from:@bo needle in:#secret after:2026-03-01 before:2026-03-03"));
    const struct chat_request *r = script_ask(&p, ASK_CONSOLE)->request;
    script_assert_slice(r->q, "a needle");
    script_assert_slice(r->from, "bo");
    assert_int_equal(r->room, SECRET);
    assert_int_equal(r->before, INT64_C(1772496000000)); /* 2026-03-03T00:00Z */
    answer(HITS);
    assert_int_equal(c.items_n, 1);
    assert_int_equal(c.items[0].seq, 4);
    assert_true(run("/search needle"));
    answer(HITS);
    assert_int_equal(c.items_n, 2);
}

/* And what was written stands there, to be mended. */
static void test_console_search__mistakes_of_a_search_are_named(void **state)
{
    static const char *const rows[][2] = {
        {"needle in:#nowhere", "You are in no room called “nowhere”."},
        {"needle before:tomorrow", "“tomorrow” is no date. Write it as 2026-03-01."},
        {"needle after:2026-02-30", "“2026-02-30” is no date. Write it as 2026-03-01."},
        {"from:bo", "Write at least 3 characters of what to find."},
        {"ab", "Write at least 3 characters of what to find."}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf line = {.max = 256};
        assert_int_equal(buf_printf(&line, "/search %s", rows[i][0]), ERR_OK);
        assert_int_equal(buf_putc(&line, '\0'), ERR_OK);
        assert_true(run(line.p));
        buf_fini(&line);
        assert_int_equal(c.list, CONSOLE_SEARCH);
        script_assert_slice(buf_peek(&c.query), rows[i][0]);
        script_assert_slice(buf_peek(&c.notice), rows[i][1]);
        assert_true(c.bad && !c.waiting);
        assert_int_equal(p.fx.n, 0);
    }
}

static void test_console_search__hits_are_of_what_is_searched_for(void **state)
{
    static const char HITS[] = "{\"ok\":true,\"hits\":[{\"room\":2,\"seq\":3,\"from\":{\"id\":2,"
                               "\"name\":\"bo\"},\"text\":\"a needle\",\"ts\":5}]}";
    (void)state;
    assert_true(run("/search needle"));
    struct ask first = asked();
    console_typed(&c, &p.m);
    answer_to(first, HITS);
    assert_int_equal(c.items_n, 0);
    assert_true(run("/search hay"));
    struct ask second = asked();
    answer_to(first, HITS);
    assert_int_equal(c.items_n, 0);
    answer_to(second, HITS);
    assert_int_equal(c.items_n, 1);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(test_console_search__##name, open_page, close_page)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(search_lists_hits_that_can_be_opened),
        TEST(search_takes_what_the_pages_search_takes),
        TEST(mistakes_of_a_search_are_named),
        TEST(hits_are_of_what_is_searched_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
