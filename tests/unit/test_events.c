/* The event table: every row is found, is there once. */
#include "events.h"

#include "sio.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_events__every_row_is_found(void **state)
{
    (void)state;
    for (unsigned id = 0; id < EVENTS_N; id++) {
        assert_int_equal(event_find(event_rows[id].nsp, event_rows[id].name), id);
        assert_true(event_rows[id].nsp.p[0] == '/');
        assert_false(sio_event_reserved(event_rows[id].name));
    }
}

static void test_events__others_are_not(void **state)
{
    (void)state;
    assert_int_equal(event_find(SL("/"), SL("message")), EVENT_RELAY);
    assert_int_equal(event_find(SL("/"), SL("messages")), EVENTS_N);
    assert_int_equal(event_find(SL("/chat"), SL("message")), EVENTS_N);
    assert_int_equal(event_find(SL(""), SL("")), EVENTS_N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events__every_row_is_found),
        cmocka_unit_test(test_events__others_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
