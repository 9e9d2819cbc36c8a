/* Query strings: last one wins, escapes, broken escapes, the cap. */
#include "query.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct query_case {
    const char *query, *name;
    enum err result;
    const char *value;
};

static const struct query_case cases[] = {
    {"EIO=4&transport=polling", "EIO", ERR_OK, "4"},
    {"EIO=4&transport=polling", "transport", ERR_OK, "polling"},
    {"EIO=4", "sid", ERR_NOTFOUND, ""},
    {"", "sid", ERR_NOTFOUND, ""},
    {"sid=", "sid", ERR_OK, ""},
    {"sid", "sid", ERR_OK, ""},
    {"sid=a&sid=b", "sid", ERR_OK, "b"},
    {"asid=x&sid=y&sidb=z", "sid", ERR_OK, "y"},
    {"t=%41%2b+%2B", "t", ERR_OK, "A+ +"},
    {"t=%4", "t", ERR_INVALID, ""},
    {"t=%", "t", ERR_INVALID, ""},
    {"t=%zz", "t", ERR_INVALID, ""},
    {"t=12345678", "t", ERR_OK, "12345678"},
    {"t=123456789", "t", ERR_LIMIT, ""},
    {"&&t=1&&", "t", ERR_OK, "1"},
};

static void test_query__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;
        buf_init(&out, 8);
        assert_int_equal(query_get(slice_str(cases[i].query), slice_str(cases[i].name), &out),
                         cases[i].result);
        if (cases[i].result == ERR_OK) {
            assert_true(slice_eq(buf_peek(&out), slice_str(cases[i].value)));
        }
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_query__table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
