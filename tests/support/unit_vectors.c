/* Golden vectors against the codecs. */
#include "unit_vectors.h"

#include "mem.h"
#include "outcome.h"
#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static unsigned failures_n;

static void expect(const struct vector *v, struct slice got, bool as_expected)
{
    if (as_expected)
        return;
    failures_n++;
    print_error("tests/vectors/%.*s.txt:%u: %.*s\n  expected %.*s\n  got      %.*s\n",
                SL_ARG(v->codec), v->line_n, SL_ARG(v->name), SL_ARG(v->outcome), SL_ARG(got));
}

static void check_case(const struct vector *v)
{
    struct slice got = outcome_of(v->codec, guard_copy(v->input));

    expect(v, got, slice_eq(got, v->outcome));
}

static void starve_case(const struct vector *v)
{
    const struct slice starved = SL("err out of memory");

    for (int sticky = 0; sticky <= 1; sticky++) {
        for (unsigned long n = 1; n < 100; n++) {
            mem_fail_after(n, sticky);
            struct slice got = outcome_of(v->codec, v->input);
            mem_fail_after(0, 0);
            if (slice_eq(got, v->outcome))
                break; /* there was no n-th allocation */
            expect(v, got, memmem(got.p, got.n, starved.p, starved.n) != NULL);
        }
    }
}

void vectors_check(const char *codec)
{
    failures_n = 0;
    vectors_each(codec, check_case);
    assert_int_equal(failures_n, 0);
}

void vectors_check_without_memory(const char *codec)
{
    failures_n = 0;
    vectors_each(codec, starve_case);
    assert_int_equal(failures_n, 0);
}
