/* Sessions by address: at the cap and one past it, given back, and who is never counted. */
#include "eio_seats.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

static const struct slice ana = {"198.51.100.7", 12}, bo = {"2001:db8::7", 11};

static void test_eio_seats__the_cap_and_one_past_it(void **state)
{
    struct eio_seats seats;
    (void)state;
    eio_seats_init(&seats, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_false(eio_seats_full(&seats, ana));
        assert_int_equal(eio_seats_take(&seats, ana), ERR_OK);
    }
    assert_int_equal(eio_seats_take(&seats, ana), ERR_LIMIT);
    assert_true(eio_seats_full(&seats, ana));
    assert_int_equal(eio_seats_refused_n(&seats), 2);
    assert_int_equal(eio_seats_take(&seats, bo), ERR_OK);
    eio_seats_leave(&seats, ana);
    assert_int_equal(eio_seats_take(&seats, ana), ERR_OK);
    assert_int_equal(eio_seats_take(&seats, ana), ERR_LIMIT);
    eio_seats_fini(&seats);
}

static void test_eio_seats__nothing_stays_of_who_has_left(void **state)
{
    struct eio_seats seats;
    (void)state;
    eio_seats_init(&seats, 2);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(eio_seats_take(&seats, ana), ERR_OK);
        assert_int_equal(eio_seats_take(&seats, bo), ERR_OK);
        assert_int_equal(seats.addresses.n, 2);
        eio_seats_leave(&seats, bo);
        eio_seats_leave(&seats, ana);
        assert_int_equal(seats.addresses.n, 0);
    }
    eio_seats_fini(&seats);
}

static void test_eio_seats__loopback_and_no_limit(void **state)
{
    static const struct slice here[] = {{"127.0.0.1", 9}, {"::1", 3}, {"::ffff:127.0.0.1", 16}};
    struct eio_seats seats;
    (void)state;
    eio_seats_init(&seats, 1);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(eio_seats_take(&seats, here[i % 3]), ERR_OK);
    }
    assert_int_equal(seats.addresses.n, 0);
    eio_seats_leave(&seats, here[0]);
    eio_seats_fini(&seats);
    eio_seats_init(&seats, 0);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(eio_seats_take(&seats, ana), ERR_OK);
    }
    eio_seats_leave(&seats, ana);
    eio_seats_fini(&seats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eio_seats__the_cap_and_one_past_it),
        cmocka_unit_test(test_eio_seats__nothing_stays_of_who_has_left),
        cmocka_unit_test(test_eio_seats__loopback_and_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
