/* The capped buffer: its cap, its growth, and that a failed call changes nothing. */
#include "buf.h"

#include "mem.h"
#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* The invariants of buf.h. */
static void check_buf(const struct buf *b)
{
    assert_true(b->n <= b->cap);
    assert_true(b->cap <= b->max);
    assert_int_equal(b->p == NULL, b->cap == 0);
}

static void holds(const struct buf *b, struct slice expected)
{
    check_buf(b);
    assert_true(slice_eq(buf_peek(b), expected));
}

static void test_buf__grows_to_its_cap_and_not_past_it(void **state)
{
    struct buf b;

    (void)state;
    for (size_t max = 0; max <= 300; max++) {
        buf_init(&b, max);
        for (size_t i = 0; i < max; i++) {
            assert_int_equal(buf_putc(&b, (char)('a' + i % 26)), ERR_OK);
            check_buf(&b);
        }
        assert_int_equal(buf_putc(&b, 'x'), ERR_LIMIT);
        assert_int_equal(b.n, max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal(b.p[i], 'a' + (int)(i % 26));
        buf_fini(&b);
        assert_int_equal(b.max, max);
        check_buf(&b);
    }
}

static void test_buf__refuses_a_run_as_a_whole(void **state)
{
    struct buf b = {.max = 5};

    (void)state;
    assert_int_equal(buf_put(&b, SL("abc")), ERR_OK);
    assert_int_equal(buf_put(&b, SL("def")), ERR_LIMIT);
    holds(&b, SL("abc"));
    assert_int_equal(buf_put(&b, SL("de")), ERR_OK);
    holds(&b, SL("abcde"));
    assert_int_equal(buf_put(&b, SL("")), ERR_OK);
    assert_int_equal(buf_put(&b, (struct slice){NULL, 0}), ERR_OK);
    buf_fini(&b);
}

static void test_buf__an_impossible_length_is_the_limit(void **state)
{
    struct buf b = {.max = SIZE_MAX};
    char *room;

    (void)state;
    assert_int_equal(buf_put(&b, SL("a")), ERR_OK);
    assert_int_equal(buf_reserve(&b, SIZE_MAX, &room), ERR_LIMIT);
    holds(&b, SL("a"));
    buf_fini(&b);
}

static void test_buf__numbers(void **state)
{
    struct buf b = {.max = 100};

    (void)state;
    assert_int_equal(buf_put_u64(&b, 0), ERR_OK);
    assert_int_equal(buf_putc(&b, ' '), ERR_OK);
    assert_int_equal(buf_put_u64(&b, 1234567890), ERR_OK);
    assert_int_equal(buf_putc(&b, ' '), ERR_OK);
    assert_int_equal(buf_put_u64(&b, UINT64_MAX), ERR_OK);
    holds(&b, SL("0 1234567890 18446744073709551615"));
    buf_fini(&b);
}

static void test_buf__printf_fills_to_the_last_byte(void **state)
{
    (void)state;
    for (int n = 0; n < 600; n++) {
        struct buf b = {.max = (size_t)n};
        assert_int_equal(buf_printf(&b, "%*s", n + 1, ""), ERR_LIMIT);
        holds(&b, SL(""));
        assert_int_equal(buf_printf(&b, "%0*d", n, 0), n == 0 ? ERR_LIMIT : ERR_OK);
        assert_int_equal(b.n, n);
        check_buf(&b);
        buf_fini(&b);
    }
}

static void test_buf__printf_appends(void **state)
{
    struct buf b = {.max = 100};

    (void)state;
    assert_int_equal(buf_printf(&b, "%s=%d", "a", 1), ERR_OK);
    assert_int_equal(buf_printf(&b, ";%.*s", SL_ARG(SL("xyz"))), ERR_OK);
    holds(&b, SL("a=1;xyz"));
    buf_fini(&b);
}

static void test_buf__reserve_gives_room_to_write(void **state)
{
    struct buf b = {.max = 100};
    char *room;

    (void)state;
    assert_int_equal(buf_put(&b, SL("ab")), ERR_OK);
    assert_int_equal(buf_reserve(&b, 98, &room), ERR_OK);
    for (int i = 0; i < 98; i++)
        room[i] = 'c';
    b.n += 98;
    check_buf(&b);
    assert_int_equal(buf_reserve(&b, 0, &room), ERR_OK);
    assert_int_equal(buf_reserve(&b, 1, &room), ERR_LIMIT);
    assert_true(slice_starts_with(buf_peek(&b), SL("abccc")));
    buf_fini(&b);
}

static void test_buf__consume_drops_the_front(void **state)
{
    struct buf b = {.max = 100};

    (void)state;
    buf_consume(&b, 0);
    assert_int_equal(buf_put(&b, SL("abcdef")), ERR_OK);
    buf_consume(&b, 0);
    holds(&b, SL("abcdef"));
    buf_consume(&b, 2);
    holds(&b, SL("cdef"));
    buf_consume(&b, 4);
    holds(&b, SL(""));
    buf_fini(&b);
}

static void test_buf__reset_keeps_the_memory(void **state)
{
    struct buf b = {.max = 100};

    (void)state;
    assert_int_equal(buf_put(&b, SL("abc")), ERR_OK);
    char *p = b.p;
    buf_reset(&b);
    holds(&b, SL(""));
    assert_int_equal(buf_put(&b, SL("de")), ERR_OK);
    assert_ptr_equal(b.p, p);
    buf_fini(&b);
}

static void test_buf__a_failed_allocation_changes_nothing(void **state)
{
    struct buf b = {.max = 10000};
    char *room;

    (void)state;
    mem_fail_after(1, 1);
    assert_int_equal(buf_putc(&b, 'a'), ERR_NOMEM);
    holds(&b, SL(""));
    mem_fail_after(0, 0);
    assert_int_equal(buf_put(&b, SL("abc")), ERR_OK);
    mem_fail_after(1, 1);
    assert_int_equal(buf_reserve(&b, 5000, &room), ERR_NOMEM);
    assert_int_equal(buf_printf(&b, "%5000d", 1), ERR_NOMEM);
    holds(&b, SL("abc"));
    mem_fail_after(2, 1);
    assert_int_equal(buf_printf(&b, "%5000d", 1), ERR_NOMEM);
    mem_fail_after(0, 0);
    holds(&b, SL("abc"));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf__grows_to_its_cap_and_not_past_it),
        cmocka_unit_test(test_buf__refuses_a_run_as_a_whole),
        cmocka_unit_test(test_buf__an_impossible_length_is_the_limit),
        cmocka_unit_test(test_buf__numbers),
        cmocka_unit_test(test_buf__printf_fills_to_the_last_byte),
        cmocka_unit_test(test_buf__printf_appends),
        cmocka_unit_test(test_buf__reserve_gives_room_to_write),
        cmocka_unit_test(test_buf__consume_drops_the_front),
        cmocka_unit_test(test_buf__reset_keeps_the_memory),
        cmocka_unit_test(test_buf__a_failed_allocation_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
