/* Lists through what they hold. */
#include "list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct thing {
    char name;
    struct list link;
};

/* The names in order, both ways. */
static void assert_names(const struct list *head, const char *names)
{
    char there[8], back[8];
    size_t n = 0, m = 0;
    for (struct list *l = head->next; l != head; l = l->next) {
        there[n++] = CONTAINER_OF(l, struct thing, link)->name;
    }
    for (struct list *l = head->prev; l != head; l = l->prev) {
        back[m++] = CONTAINER_OF(l, struct thing, link)->name;
    }
    assert_int_equal(n, strlen(names));
    assert_int_equal(m, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(there[i], names[i]);
        assert_int_equal(back[i], names[n - 1 - i]);
    }
    assert_int_equal(list_empty(head), n == 0);
    assert_ptr_equal(list_first(head), n == 0 ? NULL : head->next);
}

static void test_list__keeps_the_order_of_pushes(void **state)
{
    struct list head;
    struct thing a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
    (void)state;
    list_init(&head);
    assert_names(&head, "");
    list_push(&head, &a.link);
    list_push(&head, &b.link);
    list_push(&head, &c.link);
    assert_names(&head, "abc");
    list_remove(&b.link);
    assert_names(&head, "ac");
    list_push(&head, &b.link);
    assert_names(&head, "acb");
    list_remove(&a.link);
    list_remove(&b.link);
    list_remove(&c.link);
    assert_names(&head, "");
}

static void test_list__removing_what_is_in_none_does_nothing(void **state)
{
    struct list head;
    struct thing a = {.name = 'a'}, b = {.name = 'b'};
    (void)state;
    list_init(&head);
    list_remove(&a.link);
    list_push(&head, &a.link);
    list_remove(&b.link);
    assert_names(&head, "a");
    list_remove(&a.link);
    list_remove(&a.link);
    assert_null(a.link.next);
    assert_names(&head, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list__keeps_the_order_of_pushes),
        cmocka_unit_test(test_list__removing_what_is_in_none_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
