/* Token buckets by a clock of the test's own. */
#include "rate.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND_US 1000000

static void test_rate__burst_then_steady_rate(void **state)
{
    (void)state;
    const struct rate_limit limit = {.per_second = 20, .burst = 100};
    struct rate_bucket b = {0};
    int64_t now_us = 5 * SECOND_US;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rate_take(&b, &limit, now_us), 0);
    }
    assert_int_equal(rate_take(&b, &limit, now_us), 50); /* one token a 50 ms */
    assert_int_not_equal(rate_take(&b, &limit, now_us + 49000), 0);
    assert_int_equal(rate_take(&b, &limit, now_us + 50000), 0);
    assert_int_not_equal(rate_take(&b, &limit, now_us + 50000), 0);
}

static void test_rate__long_run_is_exact(void **state)
{
    (void)state;
    const struct rate_limit limit = {.per_second = 7, .burst = 3};
    struct rate_bucket b = {0};
    unsigned granted_n = 0;
    for (int64_t now_us = 0; now_us < 100 * SECOND_US; now_us += 1370) {
        granted_n += rate_take(&b, &limit, now_us) == 0;
    }
    assert_in_range(granted_n, 700, 703);
}

static void test_rate__burst_comes_back_and_not_more(void **state)
{
    (void)state;
    const struct rate_limit limit = {.per_second = 10, .burst = 5};
    struct rate_bucket b = {0};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rate_take(&b, &limit, 0), 0);
    }
    unsigned granted_n = 0;
    for (int i = 0; i < 50; i++) {
        granted_n += rate_take(&b, &limit, 3600LL * 24 * 365 * SECOND_US) == 0;
    }
    assert_int_equal(granted_n, 5);
}

static void test_rate__zero_is_no_limit(void **state)
{
    (void)state;
    const struct rate_limit limit = {.per_second = 0, .burst = 1};
    struct rate_bucket b = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rate_take(&b, &limit, 0), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate__burst_then_steady_rate),
        cmocka_unit_test(test_rate__long_run_is_exact),
        cmocka_unit_test(test_rate__burst_comes_back_and_not_more),
        cmocka_unit_test(test_rate__zero_is_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
