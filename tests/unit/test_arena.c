/* The arena: alignment, the cap and one past it, and allocations that fail. */
#include "arena.h"
#include "mem.h"

#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_arena__gives_zeroed_aligned_memory_that_stays(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1u << 20);
    char *first = arena_alloc(&a, 3);
    assert_non_null(first);
    memset(first, 'x', 3);
    for (size_t n = 0; n < 3000; n += 7) {
        char *p = arena_alloc(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 'y', n);
    }
    assert_memory_equal(first, "xxx", 3);
    arena_fini(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 1));
    arena_fini(&a);
}

static void test_arena__holds_its_cap_and_no_more(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 64);
    assert_non_null(arena_alloc(&a, 64));
    assert_null(arena_alloc(&a, 1));
    arena_fini(&a);
    assert_null(arena_alloc(&a, 65));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_non_null(arena_array(&a, 8, 8));
    arena_fini(&a);
}

static void test_arena__copies_text_with_a_nul(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 64);
    struct slice s = arena_copy(&a, SL("word"));
    assert_string_equal(s.p, "word");
    assert_int_equal(s.n, 4);
    s = arena_copy(&a, (struct slice){NULL, 0});
    assert_non_null(s.p);
    assert_int_equal(s.n, 0);
    s = arena_copy(&a, SL("longer than what is left in this arena of sixty-four"));
    assert_null(s.p);
    arena_fini(&a);
}

static void test_arena__goes_back_to_a_mark(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 8192);
    char *first = arena_copy(&a, SL("kept")).p == NULL ? NULL : a.at;
    struct arena_mark mark = arena_mark(&a);
    for (unsigned round = 0; round < 100; round++) {
        assert_ptr_equal(arena_alloc(&a, 16), first);
        assert_non_null(arena_alloc(&a, 4096));
        arena_rewind(&a, mark);
        assert_int_equal(a.used, mark.used);
    }
    arena_fini(&a);
    mark = arena_mark(&a);
    assert_non_null(arena_alloc(&a, 4096));
    arena_rewind(&a, mark);
    assert_null(a.chunks);
}

static void test_arena__survives_failing_allocations(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1u << 20);
    assert_non_null(arena_alloc(&a, 8));
    mem_fail_after(1, 1);
    assert_null(arena_alloc(&a, 4096));
    mem_fail_after(0, 0);
    assert_non_null(arena_alloc(&a, 4096));
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena__gives_zeroed_aligned_memory_that_stays),
        cmocka_unit_test(test_arena__holds_its_cap_and_no_more),
        cmocka_unit_test(test_arena__copies_text_with_a_nul),
        cmocka_unit_test(test_arena__goes_back_to_a_mark),
        cmocka_unit_test(test_arena__survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
