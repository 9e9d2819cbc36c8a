/* What files are and how they are called: the golden vectors, every beginning of each, and the caps. */
#include "media.h"
#include "media_still.h"

#include "unit_support.h"
#include "unit_vectors.h"
#include "utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_media__vectors(void **state)
{
    (void)state;
    vectors_check("media/type");
    vectors_check("media/name");
}

/* Each beginning ends at a page nobody may touch; what it is does not depend on what is not there. */
static void every_beginning(const struct vector *v)
{
    for (size_t n = 0; n <= v->input.n; n++) {
        const struct media m = media_of(guard_copy((struct slice){v->input.p, n}), n);
        assert_true((m.width > 0) == (m.height > 0));
        assert_true(m.width <= CHAT_FILE_SIDE_MAX && m.height <= CHAT_FILE_SIDE_MAX);
    }
}

static void test_media__every_beginning_of_a_file_is_looked_at_no_further_than_it_goes(void **state)
{
    (void)state;
    vectors_each("media/type", every_beginning);
}

static void test_media__a_character_cut_by_the_end_of_what_is_looked_at_is_text(void **state)
{
    (void)state;
    struct slice cut = SL("hello \xe4\xbd");
    assert_string_equal(media_of(cut, cut.n + 1).type, "text/plain");
    assert_string_equal(media_of(cut, cut.n).type, "application/octet-stream");
}

static void name_is_kept(const struct vector *v)
{
    char once[CHAT_FILE_NAME_BYTES_MAX], twice[CHAT_FILE_NAME_BYTES_MAX];
    struct slice name = {once, media_name(v->input, once)};
    assert_true(name.n >= 1 && utf8_valid(name));
    assert_true(utf8_length(name) <= CHAT_FILE_NAME_CHARS_MAX);
    assert_int_equal(media_name(name, twice), name.n);
    assert_memory_equal(once, twice, name.n);
}

static void test_media__a_name_that_is_kept_is_kept_as_it_is(void **state)
{
    (void)state;
    vectors_each("media/name", name_is_kept);
}

/* --- only the picture --- */

#define PNG_HEAD "\x89PNG\r\n\x1a\n"
#define IHDR     "\0\0\0\x0dIHDR\0\0\0\2\0\0\0\1\x08\2\0\0\0CRC1"
#define IDAT     "\0\0\0\2IDATxyCRC2"
#define IEND     "\0\0\0\0IENDCRC3"
#define SOI      "\xff\xd8"
#define JFIF     "\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
#define SOF      "\xff\xc0\0\x0b\x08\0\1\0\2\1\1\x11\0"
#define SCAN     "\xff\xda\0\x08\1\1\0\0\x3f\0ab\xff\0c\xff\xd0z"
#define EOI      "\xff\xd9"
#define VP8L     "VP8L\5\0\0\0\x2f\1\0\0\0\0"
#define ALPHA    "VP8X\x0a\0\0\0\x10\0\0\0\1\0\0\0\0\0"

#define KEPT(in, out)                                                                              \
    {                                                                                              \
        SL(in), SL(out)                                                                            \
    }
#define NONE(in)                                                                                   \
    {                                                                                              \
        SL(in),                                                                                    \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

static const struct still {
    struct slice in, out;
} stills[] = {
    KEPT(PNG_HEAD IHDR IDAT IEND, PNG_HEAD IHDR IDAT IEND),
    KEPT(PNG_HEAD IHDR "\0\0\0\3eXIfabcCRC9" IDAT "\0\0\0\1tEXtaCRC9" IEND "behind it",
         PNG_HEAD IHDR IDAT IEND),
    NONE(PNG_HEAD IHDR IEND),
    NONE(PNG_HEAD IDAT IEND),
    NONE(PNG_HEAD IHDR IDAT IHDR IEND),
    NONE(PNG_HEAD IHDR IDAT "\xff\xff\xff\xf4IDATCRC9" IEND),
    NONE(PNG_HEAD IHDR IDAT),
    KEPT(SOI JFIF SOF SCAN EOI, SOI JFIF SOF SCAN EOI),
    KEPT(SOI JFIF "\xff\xe1\0\x08"
                  "Exif\0\0"
                  "\xff\xfe\0\4hi\xff\xff" SOF SCAN "\xff\xc4\0\4ab" SCAN "\xff\xed\0\4ab" EOI
                  "behind it",
         SOI JFIF SOF SCAN "\xff\xc4\0\4ab" SCAN EOI),
    NONE(SOI SOF SOF SCAN EOI),
    NONE(SOI SCAN EOI),
    NONE(SOI SOF EOI),
    NONE(SOI SOF SCAN),
    NONE(SOI SOF "\xff\xe1\0\1" SCAN EOI),
    KEPT("RIFF\x12\0\0\0WEBP" VP8L, "RIFF\x12\0\0\0WEBP" VP8L),
    KEPT("RIFF\x38\0\0\0WEBPVP8X\x0a\0\0\0\x1c\0\0\0\1\0\0\0\0\0" VP8L
         "EXIF\3\0\0\0abc\0XMP \0\0\0\0behind it",
         "RIFF\x24\0\0\0WEBP" ALPHA VP8L),
    NONE("RIFF\x20\0\0\0WEBP" VP8L VP8L),
    NONE("RIFF\x16\0\0\0WEBP" ALPHA),
    NONE("RIFF\xff\xff\xff\xffWEBP" VP8L),
    NONE("RIFF\x12\0\0\0WEBPVP8L\xfb\xff\xff\xff\x2f\1\0\0\0\0"),
    NONE("GIF89a\2\0\1\0\0\0\0;"),
    NONE(""),
};

static void test_media__of_a_picture_only_the_picture_is_kept(void **state)
{
    struct buf out = {.max = CHAT_AVATAR_BYTES_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof stills / sizeof *stills; i++) {
        const struct still *s = &stills[i];
        /* Each beginning ends at a page nobody may touch. */
        for (size_t n = 0; n <= s->in.n; n++) {
            buf_reset(&out);
            enum err e = media_still(guard_copy((struct slice){s->in.p, n}), &out);
            assert_true(e == ERR_INVALID ? out.n == 0 : e == ERR_OK && out.n <= n);
            if (n == s->in.n) {
                assert_int_equal(e, s->out.p ? ERR_OK : ERR_INVALID);
            }
        }
        assert_int_equal(out.n, s->out.n);
        assert_memory_equal(out.n ? out.p : "", s->out.n ? s->out.p : "", out.n);
        if (out.n) {
            assert_int_equal(media_of(buf_peek(&out), out.n).width, 2);
        }
    }
    buf_fini(&out);
    buf_init(&out, 20);
    assert_int_equal(media_still(stills[0].in, &out), ERR_LIMIT);
    assert_int_equal(out.n, 0);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media__of_a_picture_only_the_picture_is_kept),
        cmocka_unit_test(test_media__vectors),
        cmocka_unit_test(
            test_media__every_beginning_of_a_file_is_looked_at_no_further_than_it_goes),
        cmocka_unit_test(test_media__a_character_cut_by_the_end_of_what_is_looked_at_is_text),
        cmocka_unit_test(test_media__a_name_that_is_kept_is_kept_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
