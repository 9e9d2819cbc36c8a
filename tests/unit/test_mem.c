/* The allocator's switch for tests, and the texts of the errors a caller gets. */
#include "mem.h"

#include "err.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int works(void)
{
    void *p = mem_alloc(1);

    mem_free(p);
    return p != NULL;
}

static void test_mem__fails_the_nth_call_only(void **state)
{
    (void)state;
    mem_fail_after(3, 0);
    assert_true(works());
    assert_true(works());
    assert_false(works());
    assert_true(works());
}

static void test_mem__fails_from_the_nth_call_on(void **state)
{
    (void)state;
    mem_fail_after(2, 1);
    assert_true(works());
    assert_false(works());
    assert_false(works());
    assert_null(mem_zalloc(1));
    assert_null(mem_realloc(NULL, 1));
    mem_fail_after(0, 0);
    assert_true(works());
}

static void test_mem__a_failed_realloc_keeps_the_memory(void **state)
{
    char *p = mem_alloc(1);

    (void)state;
    assert_non_null(p);
    *p = 'x';
    mem_fail_after(1, 0);
    assert_null(mem_realloc(p, 1000));
    assert_int_equal(*p, 'x');
    mem_free(p);
}

static void test_mem__nothing_is_a_place_too(void **state)
{
    void *a = mem_alloc(0);
    void *b = mem_realloc(NULL, 0);
    char *c = mem_zalloc(3);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    assert_memory_equal(c, "\0\0\0", 3);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(NULL);
}

static void test_err__every_result_has_its_text(void **state)
{
    (void)state;
    assert_string_equal(err_text(ERR_OK), "ok");
#define X(name, text) assert_string_equal(err_text(name), text);
    ERR_LIST(X)
#undef X
    assert_string_equal(err_text((enum err)9999), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mem__fails_the_nth_call_only),
        cmocka_unit_test(test_mem__fails_from_the_nth_call_on),
        cmocka_unit_test(test_mem__a_failed_realloc_keeps_the_memory),
        cmocka_unit_test(test_mem__nothing_is_a_place_too),
        cmocka_unit_test(test_err__every_result_has_its_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
