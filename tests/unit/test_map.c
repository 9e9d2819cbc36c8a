/* Maps: set, replace, remove, growing, walking while removing, and running out of memory. */
#include "map.h"
#include "mem.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define MANY_N 5000

static struct slice key_of(char buffer[16], unsigned i)
{
    return (struct slice){buffer, (size_t)snprintf(buffer, 16, "key-%u", i)};
}

static void test_map__many_keys(void **state)
{
    (void)state;
    static int values[MANY_N];
    struct map m = {0};
    char k[16];
    map_seed(1, 2);
    for (unsigned i = 0; i < MANY_N; i++) {
        assert_int_equal(map_set(&m, key_of(k, i), &values[i]), ERR_OK);
    }
    assert_int_equal(map_set(&m, key_of(k, 7), &values[8]), ERR_OK);
    assert_int_equal(m.n, MANY_N);
    assert_ptr_equal(map_get(&m, key_of(k, 7)), &values[8]);
    for (unsigned i = 0; i < MANY_N; i += 2) {
        assert_ptr_equal(map_remove(&m, key_of(k, i)), &values[i]);
        assert_null(map_remove(&m, key_of(k, i)));
    }
    assert_ptr_equal(map_get(&m, key_of(k, 9)), &values[9]);
    assert_null(map_get(&m, key_of(k, 8)));
    assert_null(map_get(&m, SL("")));
    struct map_iter it = {0};
    struct slice key;
    unsigned seen_n = 0;
    while (map_next(&m, &it, &key)) {
        char copy[16];
        memcpy(copy, key.p, key.n);
        assert_non_null(map_remove(&m, (struct slice){copy, key.n}));
        seen_n++;
    }
    assert_int_equal(seen_n, MANY_N / 2);
    assert_int_equal(m.n, 0);
    map_fini(&m);
}

static void test_map__the_seed_matters_and_lengths_differ(void **state)
{
    (void)state;
    struct map m = {0};
    int a, b;
    assert_int_equal(map_set(&m, (struct slice){"a\0b", 3}, &a), ERR_OK);
    assert_int_equal(map_set(&m, (struct slice){"a\0c", 3}, &b), ERR_OK);
    assert_ptr_equal(map_get(&m, (struct slice){"a\0b", 3}), &a);
    assert_null(map_get(&m, (struct slice){"a", 1}));
    map_fini(&m);
}

static void test_map__no_memory(void **state)
{
    (void)state;
    struct map m = {0};
    int value;
    for (unsigned long n = 1; n <= 2; n++) {
        mem_fail_after(n, 0);
        assert_int_equal(map_set(&m, SL("k"), &value), ERR_NOMEM);
        mem_fail_after(0, 0);
        assert_null(map_get(&m, SL("k")));
    }
    map_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map__many_keys),
        cmocka_unit_test(test_map__the_seed_matters_and_lengths_differ),
        cmocka_unit_test(test_map__no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
