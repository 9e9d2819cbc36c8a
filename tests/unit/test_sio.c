/* Socket.IO: the golden vectors, and the assembler of binary packets. */
#include "sio.h"

#include "mem.h"
#include "unit_support.h"
#include "unit_vectors.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_sio__vectors(void **state)
{
    (void)state;
    vectors_check("sio/packet");
    vectors_check("sio/written");
}

static void test_sio__vectors_without_memory(void **state)
{
    (void)state;
    vectors_check_without_memory("sio/packet");
    vectors_check_without_memory("sio/written");
}

static void test_sio__a_failure_leaves_the_packet_alone(void **state)
{
    struct sio_packet packet = {.id = 77};
    const char *reason = NULL;

    (void)state;
    assert_int_equal(sio_decode(SL("2[\"connect\"]"), &packet, &reason), ERR_PROTO);
    assert_string_equal(reason, "reserved event name");
    assert_int_equal(packet.id, 77);
    assert_int_equal(sio_decode(SL("9"), &packet, NULL), ERR_PROTO);
}

static void test_sio__every_cut_is_refused_or_whole(void **state)
{
    const struct slice text =
        SL("52-/admin,17[\"name\",{\"_placeholder\":true,\"num\":1},[\"\xe2\x82\xac\\n\"]]");
    struct sio_packet packet;

    (void)state;
    for (size_t n = 0; n < text.n; n++)
        assert_int_equal(sio_decode(guard_copy((struct slice){text.p, n}), &packet, NULL),
                         ERR_PROTO);
    assert_int_equal(sio_decode(guard_copy(text), &packet, NULL), ERR_OK);
}

static void test_sio__writing_past_the_cap_changes_nothing(void **state)
{
    const struct sio_event event = {SL("/admin"), SL("na\nme"), SL("1,2"), true, 17, 2};
    const struct slice written = SL("!52-/admin,17[\"na\\nme\",1,2]");
    struct sio_packet packet;

    (void)state;
    assert_int_equal(sio_decode(slice_from(written, 1), &packet, NULL), ERR_OK);
    for (size_t max = 1; max <= written.n; max++) {
        const bool fits = max == written.n;
        struct buf out = {.max = max};
        assert_int_equal(buf_putc(&out, '!'), ERR_OK);
        assert_int_equal(sio_encode_event(&event, &out), fits ? ERR_OK : ERR_LIMIT);
        assert_true(slice_eq(buf_peek(&out), fits ? written : SL("!")));
        out.n = 1;
        assert_int_equal(sio_encode(&packet, &out), fits ? ERR_OK : ERR_LIMIT);
        assert_true(slice_eq(buf_peek(&out), fits ? written : SL("!")));
        buf_fini(&out);
    }
}

static void test_sio__an_event_without_namespace_is_of_the_main_one(void **state)
{
    struct buf out = {.max = 100};

    (void)state;
    assert_int_equal(sio_encode_event(&(struct sio_event){.event = SL("a")}, &out), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("2[\"a\"]")));
    buf_fini(&out);
}

static void test_sio__reserved_names(void **state)
{
    static const char *const names[] = {"connect",       "connect_error", "disconnect",
                                        "disconnecting", "newListener",   "removeListener"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct slice name = slice_str(names[i]);
        assert_true(sio_event_reserved(guard_copy(name)));
        assert_false(sio_event_reserved((struct slice){name.p, name.n - 1}));
    }
    assert_false(sio_event_reserved(SL("")));
    assert_false(sio_event_reserved(SL("message")));
    assert_false(sio_event_reserved(SL("error")));
}

static void test_sio__assembles_attachments_in_order(void **state)
{
    struct sio_assembler a = {.max_bytes = 100};

    (void)state;
    for (int round = 0; round < 2; round++) {
        assert_false(sio_assembler_waiting(&a));
        assert_int_equal(sio_assembler_add(&a, SL("x")), ERR_PROTO);
        assert_int_equal(sio_assembler_start(&a, SL("53-[\"a\"]"), 3), ERR_OK);
        assert_true(sio_assembler_waiting(&a));
        assert_int_equal(sio_assembler_add(&a, SL("one")), ERR_MORE);
        assert_int_equal(sio_assembler_add(&a, SL("")), ERR_MORE);
        assert_true(sio_assembler_waiting(&a));
        assert_int_equal(sio_assembler_add(&a, SL("three")), ERR_OK);
        assert_false(sio_assembler_waiting(&a));
        assert_int_equal(sio_assembler_add(&a, SL("four")), ERR_PROTO);
        assert_true(slice_eq(buf_peek(&a.text), SL("53-[\"a\"]")));
        assert_true(slice_eq(buf_peek(&a.data[0]), SL("one")));
        assert_int_equal(a.data[1].n, 0);
        assert_true(slice_eq(buf_peek(&a.data[2]), SL("three")));
        sio_assembler_reset(&a);
    }
    sio_assembler_reset(&a);
}

static void test_sio__the_assembler_keeps_its_cap_over_everything(void **state)
{
    struct sio_assembler a = {.max_bytes = 10};

    (void)state;
    assert_int_equal(sio_assembler_start(&a, SL("12345678901"), 1), ERR_LIMIT);
    assert_false(sio_assembler_waiting(&a));
    assert_int_equal(sio_assembler_start(&a, SL("1234"), 3), ERR_OK);
    assert_int_equal(sio_assembler_add(&a, SL("1234567")), ERR_LIMIT);
    assert_int_equal(sio_assembler_add(&a, SL("123")), ERR_MORE);
    assert_int_equal(sio_assembler_add(&a, SL("1234")), ERR_LIMIT);
    assert_int_equal(sio_assembler_add(&a, SL("123")), ERR_MORE);
    assert_int_equal(sio_assembler_add(&a, SL("1")), ERR_LIMIT);
    assert_int_equal(sio_assembler_add(&a, SL("")), ERR_OK);
    sio_assembler_reset(&a);
}

static void test_sio__assembles_the_most_attachments(void **state)
{
    struct sio_assembler a = {.max_bytes = 100};

    (void)state;
    assert_int_equal(sio_assembler_start(&a, SL("x"), SIO_ATTACHMENTS_MAX), ERR_OK);
    for (int i = 1; i < SIO_ATTACHMENTS_MAX; i++)
        assert_int_equal(sio_assembler_add(&a, SL("y")), ERR_MORE);
    assert_int_equal(sio_assembler_add(&a, SL("y")), ERR_OK);
    assert_int_equal(sio_assembler_add(&a, SL("y")), ERR_PROTO);
    sio_assembler_reset(&a);
}

static void test_sio__assembling_without_memory(void **state)
{
    struct sio_assembler a = {.max_bytes = 100};

    (void)state;
    mem_fail_after(1, 0);
    assert_int_equal(sio_assembler_start(&a, SL("x"), 1), ERR_NOMEM);
    assert_false(sio_assembler_waiting(&a));
    assert_int_equal(sio_assembler_start(&a, SL("x"), 1), ERR_OK);
    mem_fail_after(1, 0);
    assert_int_equal(sio_assembler_add(&a, SL("y")), ERR_NOMEM);
    assert_true(sio_assembler_waiting(&a));
    sio_assembler_reset(&a);
    mem_fail_after(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sio__vectors),
        cmocka_unit_test(test_sio__vectors_without_memory),
        cmocka_unit_test(test_sio__a_failure_leaves_the_packet_alone),
        cmocka_unit_test(test_sio__every_cut_is_refused_or_whole),
        cmocka_unit_test(test_sio__writing_past_the_cap_changes_nothing),
        cmocka_unit_test(test_sio__an_event_without_namespace_is_of_the_main_one),
        cmocka_unit_test(test_sio__reserved_names),
        cmocka_unit_test(test_sio__assembles_attachments_in_order),
        cmocka_unit_test(test_sio__the_assembler_keeps_its_cap_over_everything),
        cmocka_unit_test(test_sio__assembles_the_most_attachments),
        cmocka_unit_test(test_sio__assembling_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
