/* Ids are found until removed, never again after, and the map is full at its cap. */
#include "mem.h"
#include "slotmap.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

static void test_slotmap__an_id_dies_with_its_value(void **state)
{
    (void)state;
    struct slotmap m = {0};
    int a, b;
    uint64_t ia = slotmap_put(&m, &a);
    uint64_t ib = slotmap_put(&m, &b);
    assert_int_not_equal(ia, 0);
    assert_ptr_equal(slotmap_get(&m, ia), &a);
    slotmap_remove(&m, ia);
    assert_null(slotmap_get(&m, ia));
    uint64_t again = slotmap_put(&m, &a); /* takes the slot, not the number */
    assert_int_not_equal(again, ia);
    assert_null(slotmap_get(&m, ia));
    assert_ptr_equal(slotmap_get(&m, again), &a);
    assert_ptr_equal(slotmap_get(&m, ib), &b);
    assert_null(slotmap_get(&m, 0));
    assert_null(slotmap_get(&m, UINT64_MAX));
    slotmap_fini(&m);
}

static void test_slotmap__full_at_the_cap(void **state)
{
    (void)state;
    struct slotmap m = {0};
    int value;
    for (uint32_t i = 0; i < 1u << SLOTMAP_INDEX_BITS; i++) {
        if (slotmap_put(&m, &value) == 0) {
            fail_msg("refused at %u", i);
        }
    }
    assert_int_equal(slotmap_put(&m, &value), 0);
    slotmap_fini(&m);
}

static void test_slotmap__no_memory(void **state)
{
    (void)state;
    struct slotmap m = {0};
    int value;
    mem_fail_after(1, 0);
    assert_int_equal(slotmap_put(&m, &value), 0);
    mem_fail_after(0, 0);
    assert_int_not_equal(slotmap_put(&m, &value), 0);
    slotmap_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slotmap__an_id_dies_with_its_value),
        cmocka_unit_test(test_slotmap__full_at_the_cap),
        cmocka_unit_test(test_slotmap__no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
