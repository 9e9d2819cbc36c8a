/* ISO 8601 against the C library's calendar; what is accepted and refused is in tests/vectors/msg.
 */
#include "iso_time.h"

#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void compare(int64_t ms)
{
    int64_t days = (ms - ISO_TIME_MIN_MS) / 86400000;
    int64_t of_day = (ms - ISO_TIME_MIN_MS) % 86400000;
    time_t seconds = (time_t)(ISO_TIME_MIN_MS / 1000 + days * 86400 + of_day / 1000);
    struct tm tm;
    char expected[64], got[ISO_TIME_BYTES];
    int64_t back;

    assert_non_null(gmtime_r(&seconds, &tm));
    (void)snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                   tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                   (int)(of_day % 1000));
    iso_time_format(ms, got);
    if (memcmp(got, expected, ISO_TIME_BYTES) != 0)
        fail_msg("%lld: %.24s is not %s", (long long)ms, got, expected);
    assert_true(iso_time_parse(guard_copy((struct slice){got, ISO_TIME_BYTES}), &back));
    assert_true(back == ms);
}

static void test_iso_time__every_day_of_four_hundred_years(void **state)
{
    const int64_t day_ms = 86400000;

    (void)state;
    for (int64_t day = 0; day <= 146097; day += 1) {
        compare(ISO_TIME_MIN_MS + day * day_ms + day * 997 % day_ms);
    }
}

static void test_iso_time__across_the_range(void **state)
{
    (void)state;
    compare(ISO_TIME_MIN_MS);
    compare(ISO_TIME_MAX_MS);
    compare(-1);
    compare(0);
    for (int64_t ms = ISO_TIME_MIN_MS; ms <= ISO_TIME_MAX_MS; ms += 3155760000123)
        compare(ms);
}

static void test_iso_time__every_cut_is_refused(void **state)
{
    const struct slice text = SL("2026-11-23T06:41:39.123Z");
    int64_t ms = 77;

    (void)state;
    for (size_t n = 0; n < text.n; n++) {
        assert_false(iso_time_parse(guard_copy((struct slice){text.p, n}), &ms));
        assert_int_equal(ms, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso_time__every_day_of_four_hundred_years),
        cmocka_unit_test(test_iso_time__across_the_range),
        cmocka_unit_test(test_iso_time__every_cut_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
