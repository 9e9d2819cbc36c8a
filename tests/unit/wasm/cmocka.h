/* As much of cmocka as the client's unit tests need, for their build to WebAssembly: the first
 * failure ends the program. */
#pragma once

#include "check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test)(void **state);
    int (*setup)(void **state);
};

#define cmocka_unit_test(f)                                                                        \
    {                                                                                              \
#f, f, NULL                                                                                \
    }
#define cmocka_unit_test_setup(f, setup)                                                           \
    {                                                                                              \
#f, f, setup                                                                               \
    }

#define print_error(...) (void)fprintf(stderr, __VA_ARGS__)
#define fail()           cmocka_failed(__FILE__, __LINE__, "fail()")

/* A test failed: say where, and end. */
_Noreturn static inline void cmocka_failed(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}

#define assert_true(c)                                                                             \
    do {                                                                                           \
        if (!(c))                                                                                  \
            cmocka_failed(__FILE__, __LINE__, #c);                                                 \
    } while (0)
#define assert_false(c)        assert_true(!(c))
#define assert_null(p)         assert_true(!(p))
#define assert_non_null(p)     assert_true(p)
#define assert_ptr_equal(a, b) assert_true((const void *)(a) == (const void *)(b))
#define assert_int_equal(a, b)                                                                     \
    do {                                                                                           \
        const long long got = (long long)(a), wanted = (long long)(b);                             \
        if (got != wanted) {                                                                       \
            print_error("%lld, not %lld\n", got, wanted);                                          \
            cmocka_failed(__FILE__, __LINE__, #a);                                                 \
        }                                                                                          \
    } while (0)
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define assert_string_equal(a, b)                                                                  \
    do {                                                                                           \
        const char *got = (a), *wanted = (b);                                                      \
        if (strcmp(got, wanted) != 0) {                                                            \
            print_error("got:\n%s\nwanted:\n%s\n", got, wanted);                                   \
            cmocka_failed(__FILE__, __LINE__, #a);                                                 \
        }                                                                                          \
    } while (0)

static inline int cmocka_run(const struct CMUnitTest *tests, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        void *state = NULL;
        (void)printf("%s\n", tests[i].name);
        if (tests[i].setup) {
            assert_int_equal(tests[i].setup(&state), 0);
        }
        tests[i].test(&state);
    }
    return 0;
}
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    cmocka_run(tests, sizeof(tests) / sizeof(tests)[0])
