/* Bodies in chunks: whole, split everywhere, and all the ways to get them wrong. */
#include "body.h"
#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum err feed(struct slice in, size_t step, size_t max, struct buf *out, size_t *left_n)
{
    struct body_chunks chunks = {0};
    enum err e = ERR_MORE;
    buf_init(out, max);
    while (e == ERR_MORE && in.n > 0) {
        struct slice piece = {in.p, in.n < step ? in.n : step};
        size_t before_n = piece.n;
        e = body_chunks_feed(&chunks, &piece, out);
        in = slice_from(in, before_n - piece.n);
    }
    *left_n = in.n;
    return e;
}

static void test_body__decodes_whatever_the_split(void **state)
{
    (void)state;
    struct slice wire =
        SL("5\r\nhello\r\n1;name=\"v\"\r\n \r\n00A\r\n0123456789\r\n0\r\n\r\nGET /");
    for (size_t step = 1; step <= wire.n; step++) {
        struct buf out;
        size_t left_n;
        assert_int_equal(feed(guard_copy(wire), step, 100, &out, &left_n), ERR_OK);
        assert_true(slice_eq(buf_peek(&out), SL("hello 0123456789")));
        assert_int_equal(left_n, 5);
        buf_fini(&out);
    }
}

static void test_body__refuses(void **state)
{
    (void)state;
    static const char *const wires[] = {
        "\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "+5\r\n",
        "-5\r\n",
        "0x5\r\n",
        "g\r\n",
        ";\r\n",
        "5\n",
        "5\r\rhello",
        "5\r\nhelloX",
        "5\r\nhello\n",
        "5\r\nhello\rX",
        "0\r\nX",
        "0\r\n\n",
        "0\r\n\rX",
        "0\r\nTrailer: x\r\n\r\n",
        "5;\x01\r\n",
        "5;\n",
        "fffffffffffffffff\r\n",
    };
    for (size_t i = 0; i < sizeof wires / sizeof *wires; i++) {
        struct buf out;
        size_t left_n;
        if (feed(guard_copy(slice_str(wires[i])), 1, 100, &out, &left_n) != ERR_PROTO) {
            print_error("not refused: %s\n", wires[i]);
            fail();
        }
        buf_fini(&out);
    }
}

static void test_body__limits_at_the_cap_and_one_past_it(void **state)
{
    (void)state;
    struct buf out;
    size_t left_n;
    assert_int_equal(feed(SL("5\r\nhello\r\n0\r\n\r\n"), 100, 5, &out, &left_n), ERR_OK);
    buf_fini(&out);
    assert_int_equal(feed(SL("6\r\nh"), 100, 5, &out, &left_n),
                     ERR_LIMIT); /* known before it is all there */
    buf_fini(&out);
    assert_int_equal(feed(SL("fffffffffffffff\r\nh"), 100, 5, &out, &left_n), ERR_LIMIT);
    buf_fini(&out);
    char line[BODY_CHUNK_LINE_BYTES_MAX + 2];
    memset(line, 'x', sizeof line);
    memcpy(line, "1;", 2);
    line[BODY_CHUNK_LINE_BYTES_MAX - 1] = '\r';
    line[BODY_CHUNK_LINE_BYTES_MAX] = '\n';
    assert_int_equal(feed((struct slice){line, BODY_CHUNK_LINE_BYTES_MAX + 1}, 1, 5, &out, &left_n),
                     ERR_MORE);
    buf_fini(&out);
    line[BODY_CHUNK_LINE_BYTES_MAX - 1] = 'x';
    line[BODY_CHUNK_LINE_BYTES_MAX] = '\r';
    assert_int_equal(feed((struct slice){line, BODY_CHUNK_LINE_BYTES_MAX + 1}, 1, 5, &out, &left_n),
                     ERR_PROTO);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body__decodes_whatever_the_split),
        cmocka_unit_test(test_body__refuses),
        cmocka_unit_test(test_body__limits_at_the_cap_and_one_past_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
