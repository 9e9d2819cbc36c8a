/* Engine.IO: the golden vectors, and what a line of text cannot show. */
#include "eio.h"

#include "limits.h"
#include "unit_support.h"
#include "unit_vectors.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const codecs[] = {"eio/packet", "eio/written", "eio/payload", "eio/open",
                                     "eio/open_written"};

static void test_eio__vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
        vectors_check(codecs[i]);
}

static void test_eio__vectors_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
        vectors_check_without_memory(codecs[i]);
}

static void test_eio__an_attachment_may_fill_scratch_and_not_pass_it(void **state)
{
    struct buf scratch = {.max = 6};
    struct eio_packet packet = {.type = EIO_NOOP};

    (void)state;
    assert_int_equal(eio_decode_text(SL("bAAAAAAAA"), &scratch, &packet), ERR_OK);
    assert_int_equal(packet.data.n, 6);
    packet.type = EIO_NOOP;
    assert_int_equal(eio_decode_text(SL("bAAAAAAAAAA=="), &scratch, &packet), ERR_LIMIT);
    assert_int_equal(packet.type, EIO_NOOP);
    buf_fini(&scratch);
}

static void test_eio__writing_past_the_cap_changes_nothing(void **state)
{
    const struct eio_packet text = {EIO_MESSAGE, false, SL("hello")};
    const struct eio_packet binary = {EIO_MESSAGE, true, SL("hello")};
    const struct eio_open open = {SL("sid"), true, 1, 2, 3};

    (void)state;
    for (size_t max = 1; max < 80; max++) {
        struct buf out = {.max = max};
        assert_int_equal(buf_putc(&out, '!'), ERR_OK);
        assert_int_equal(eio_encode_text(&text, &out), max < 7 ? ERR_LIMIT : ERR_OK);
        assert_int_equal(out.n, max < 7 ? 1 : 7);
        out.n = 1;
        assert_int_equal(eio_encode_text(&binary, &out), max < 10 ? ERR_LIMIT : ERR_OK);
        assert_int_equal(out.n, max < 10 ? 1 : 10);
        out.n = 1;
        assert_int_equal(eio_open_encode(&open, &out), ERR_LIMIT);
        assert_int_equal(out.n, 1);
        buf_fini(&out);
    }
}

static void test_eio__a_payload_ends_for_good(void **state)
{
    struct eio_payload_reader reader;
    struct slice record;

    (void)state;
    eio_payload_init(&reader, guard_copy(SL("4a\x1e"
                                            "4b")));
    assert_int_equal(eio_payload_next(&reader, &record), ERR_OK);
    assert_true(slice_eq(record, SL("4a")));
    assert_int_equal(eio_payload_next(&reader, &record), ERR_OK);
    assert_true(slice_eq(record, SL("4b")));
    assert_int_equal(eio_payload_next(&reader, &record), ERR_CLOSED);
    assert_int_equal(eio_payload_next(&reader, &record), ERR_CLOSED);
    eio_payload_init(&reader, (struct slice){NULL, 0});
    assert_int_equal(eio_payload_next(&reader, &record), ERR_OK);
    assert_int_equal(record.n, 0);
    assert_int_equal(eio_payload_next(&reader, &record), ERR_CLOSED);
}

static void test_eio__session_ids(void **state)
{
    char sid[EIO_SID_BYTES];

    (void)state;
    assert_true(eio_sid_valid(SL("lv_VI97HAXpY6yYWAAAB")));
    assert_true(eio_sid_valid(SL("--------------------")));
    assert_false(eio_sid_valid(SL("lv_VI97HAXpY6yYWAAA")));
    assert_false(eio_sid_valid(SL("lv_VI97HAXpY6yYWAAABC")));
    assert_false(eio_sid_valid(SL("")));
    for (int c = 0; c < 256; c++) {
        const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
        memset(sid, 'x', sizeof(sid));
        sid[EIO_SID_BYTES - 1] = (char)c;
        assert_int_equal(eio_sid_valid(guard_copy((struct slice){sid, sizeof(sid)})),
                         c != 0 && strchr(letters, c) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eio__vectors),
        cmocka_unit_test(test_eio__vectors_without_memory),
        cmocka_unit_test(test_eio__an_attachment_may_fill_scratch_and_not_pass_it),
        cmocka_unit_test(test_eio__writing_past_the_cap_changes_nothing),
        cmocka_unit_test(test_eio__a_payload_ends_for_good),
        cmocka_unit_test(test_eio__session_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
