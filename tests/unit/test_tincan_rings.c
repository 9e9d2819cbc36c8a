/* The events that lost connections may miss: order, limits at n and n + 1, age, no memory. */
#include "app_rings.h"
#include "mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ID_A "aaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbb"

static uint64_t number;

static void add(struct app_rings *r, const char *const *rooms, const char *except, size_t except_n,
                struct slice frames)
{
    number++;
    app_rings_add(r, &(struct app_record){.nsp = SL("/"),
                                          .rooms = rooms,
                                          .number = number,
                                          .at_us = (int64_t)number * 1000,
                                          .except = except,
                                          .except_n = except_n,
                                          .frames = frames});
}

static void add_text(struct app_rings *r, const char *room, const char *text)
{
    const char *const rooms[] = {room, NULL};
    add(r, room ? rooms : NULL, NULL, 0, slice_str(text));
}

/* What id missed in the rooms after a number, joined by spaces; "no memory". */
static const char *missed(const struct app_rings *r, const char *const *rooms, uint64_t after,
                          const char *id)
{
    static char out[400];
    struct app_missed m = {NULL, 0, 0};
    bool ok = app_rings_collect(r, SL("/"), NULL, after, id, &m) == ERR_OK;
    for (; ok && rooms && *rooms; rooms++) {
        ok = app_rings_collect(r, SL("/"), *rooms, after, id, &m) == ERR_OK;
    }
    app_missed_sort(&m);
    out[0] = '\0';
    for (size_t i = 0, n = 0; i < m.n; i++) {
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? " " : "",
                              SL_ARG(app_missed_frames(&m, i)));
    }
    app_missed_fini(&m);
    return ok ? out : "no memory";
}

static void test_tincan_rings__gives_each_event_once_in_order(void **state)
{
    static const char *const xy[] = {"x", "y", NULL};
    static const char *const xyx[] = {"x", "y", "x", "x", NULL};
    struct app_rings r;
    (void)state;
    number = 0;
    app_rings_init(&r, 1000, 100000);
    add_text(&r, "x", "1");
    add_text(&r, NULL, "2");
    add_text(&r, "y", "3");
    add(&r, xyx, NULL, 0, SL("4"));
    add_text(&r, "z", "5");
    add_text(&r, NULL, "6");
    assert_string_equal(missed(&r, xy, 0, ID_A), "1 2 3 4 6");
    assert_string_equal(missed(&r, xy, 3, ID_A), "4 6");
    assert_string_equal(missed(&r, NULL, 0, ID_A), "2 6");
    assert_string_equal(missed(&r, xy, 6, ID_A), "");
    app_rings_fini(&r);
}

static void test_tincan_rings__leaves_out_who_was_left_out(void **state)
{
    struct app_rings r;
    (void)state;
    number = 0;
    app_rings_init(&r, 1000, 100000);
    add(&r, NULL, ID_A, 1, SL("not a"));
    add(&r, NULL, ID_A ID_B, 2, SL("neither"));
    add(&r, NULL, NULL, 0, SL("all"));
    assert_string_equal(missed(&r, NULL, 0, ID_A), "all");
    assert_string_equal(missed(&r, NULL, 0, ID_B), "not a all");
    app_rings_fini(&r);
}

static void test_tincan_rings__keeps_rooms_and_namespaces_apart(void **state)
{
    static const char *const none[] = {"", NULL};
    struct app_rings r;
    struct app_missed m = {NULL, 0, 0};
    char long_a[2000], long_b[2000];
    (void)state;
    number = 0;
    memset(long_a, 'r', sizeof long_a);
    memcpy(long_b, long_a, sizeof long_b);
    long_a[sizeof long_a - 1] = long_b[sizeof long_b - 1] = '\0';
    long_b[sizeof long_b - 2] = 's';
    app_rings_init(&r, 1000, 100000);
    add_text(&r, "", "to the room without a name");
    add_text(&r, NULL, "to all");
    add_text(&r, long_a, "a");
    add_text(&r, long_b, "b");
    assert_string_equal(missed(&r, NULL, 0, ID_A), "to all");
    assert_string_equal(missed(&r, none, 0, ID_A), "to the room without a name to all");
    assert_string_equal(missed(&r, (const char *const[]){long_a, NULL}, 0, ID_A), "to all a");
    assert_int_equal(app_rings_collect(&r, SL("/other"), NULL, 0, ID_A, &m), ERR_OK);
    assert_int_equal(m.n, 0);
    app_missed_fini(&m);
    app_rings_fini(&r);
}

static bool complete(const struct app_rings *r, const char *room, uint64_t after)
{
    return app_rings_complete(r, SL("/"), room, after);
}

static void test_tincan_rings__a_ring_holds_its_bytes_and_says_what_it_lost(void **state)
{
    struct app_rings r;
    (void)state;
    number = 0;
    app_rings_init(&r, 30, 100000);
    for (int i = 0; i < 3; i++) {
        add_text(&r, "x", "0123456789"); /* exactly full */
    }
    assert_true(complete(&r, "x", 0));
    add_text(&r, "x", "!"); /* one byte more: number 1 goes */
    assert_false(complete(&r, "x", 0));
    assert_true(complete(&r, "x", 1));
    assert_true(complete(&r, "y", 0));
    assert_true(complete(&r, NULL, 0));
    assert_string_equal(missed(&r, (const char *const[]){"x", NULL}, 1, ID_A),
                        "0123456789 0123456789 !");
    add_text(&r, "x", "012345678901234567890123456789"); /* all others go */
    assert_true(complete(&r, "x", 4));
    assert_false(complete(&r, "x", 3));
    add_text(&r, "x", "0123456789012345678901234567890"); /* too large itself: nothing is left */
    assert_false(complete(&r, "x", 5));
    assert_true(complete(&r, "x", 6));
    assert_string_equal(missed(&r, (const char *const[]){"x", NULL}, 0, ID_A), "");
    app_rings_fini(&r);
}

static void test_tincan_rings__an_event_of_two_rooms_goes_from_each_by_itself(void **state)
{
    static const char *const xy[] = {"x", "y", NULL};
    struct app_rings r;
    (void)state;
    number = 0;
    app_rings_init(&r, 30, 100000);
    add(&r, xy, NULL, 0, SL("both"));
    for (int i = 0; i < 3; i++) {
        add_text(&r, "x", "0123456789");
    }
    assert_false(complete(&r, "x", 0));
    assert_true(complete(&r, "y", 0));
    assert_string_equal(missed(&r, (const char *const[]){"y", NULL}, 0, ID_A), "both");
    for (int i = 0; i < 3; i++) {
        add_text(&r, "y", "0123456789");
    }
    assert_false(complete(&r, "y", 0));
    assert_int_equal(r.oldest != NULL, 1);
    app_rings_fini(&r);
}

static void test_tincan_rings__together_they_hold_their_bytes(void **state)
{
    struct app_rings r;
    (void)state;
    number = 0;
    app_rings_init(&r, 1u << 20, SIZE_MAX);
    add_text(&r, "0", "0123456789");
    size_t one = r.bytes;
    app_rings_fini(&r);
    number = 0;
    app_rings_init(&r, 1u << 20, 3 * one);
    for (int i = 0; i < 3; i++) {
        char room[2] = {(char)('0' + i), '\0'};
        add_text(&r, room, "0123456789");
    }
    assert_int_equal(r.bytes, 3 * one);
    assert_true(complete(&r, "0", 0));
    add_text(&r, "3", "0123456789"); /* the oldest of all goes, and everybody must have seen it */
    assert_int_equal(r.bytes, 3 * one);
    assert_false(complete(&r, "0", 0));
    assert_false(complete(&r, "3", 0));
    assert_true(complete(&r, "3", 1));
    app_rings_fini(&r);
}

static void test_tincan_rings__age_leaves_no_trace(void **state)
{
    struct app_rings r;
    (void)state;
    number = 0;
    app_rings_init(&r, 30, 100000);
    add_text(&r, "x", "old");
    add_text(&r, "y", "new");
    assert_true(app_rings_prune(&r, 1000));
    assert_string_equal(missed(&r, (const char *const[]){"x", "y", NULL}, 0, ID_A), "old new");
    assert_true(app_rings_prune(&r, 1001)); /* number n was added at n ms */
    assert_true(complete(&r, "x", 0));
    assert_string_equal(missed(&r, (const char *const[]){"x", "y", NULL}, 0, ID_A), "new");
    assert_int_equal(r.rings.n, 1);
    assert_false(app_rings_prune(&r, 2001));
    /* What was lost for want of space is remembered until its age comes. */
    add_text(&r, "x", "0123456789012345678901234567890");
    assert_true(app_rings_prune(&r, 3000));
    assert_false(complete(&r, "x", 0));
    assert_false(app_rings_prune(&r, 3001));
    assert_true(complete(&r, "x", 0));
    assert_null(r.oldest);
    assert_int_equal(r.bytes, 0);
    app_rings_fini(&r);
}

/* Whatever cannot be kept must not be believed to be there. */
static void test_tincan_rings__without_memory_nothing_is_complete(void **state)
{
    static const char *const xy[] = {"x", "y", NULL};
    (void)state;
    for (unsigned long nth = 1; nth < 40; nth++) {
        struct app_rings r;
        number = 0;
        app_rings_init(&r, 1000, 100000);
        mem_fail_after(nth, 0);
        for (int i = 0; i < 10; i++) {
            add(&r, i % 2 ? xy : NULL, NULL, 0, SL("0123456789"));
        }
        mem_fail_after(0, 0);
        bool whole = complete(&r, "x", 0) && complete(&r, "y", 0) && complete(&r, NULL, 0);
        bool all = strlen(missed(&r, xy, 0, ID_A)) == 10 * 11 - 1;
        assert_true(all || !whole);
        mem_fail_after(1, 0);
        assert_false(complete(&r, "x", 0)); /* not even to look */
        mem_fail_after(1, 0);
        assert_string_equal(missed(&r, xy, 0, ID_A), "no memory");
        mem_fail_after(0, 0);
        app_rings_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tincan_rings__gives_each_event_once_in_order),
        cmocka_unit_test(test_tincan_rings__leaves_out_who_was_left_out),
        cmocka_unit_test(test_tincan_rings__keeps_rooms_and_namespaces_apart),
        cmocka_unit_test(test_tincan_rings__a_ring_holds_its_bytes_and_says_what_it_lost),
        cmocka_unit_test(test_tincan_rings__an_event_of_two_rooms_goes_from_each_by_itself),
        cmocka_unit_test(test_tincan_rings__together_they_hold_their_bytes),
        cmocka_unit_test(test_tincan_rings__age_leaves_no_trace),
        cmocka_unit_test(test_tincan_rings__without_memory_nothing_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
