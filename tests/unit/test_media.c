/* What files are and how they are called: the golden vectors, every beginning of each, and the caps. */
#include "media.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media__vectors),
        cmocka_unit_test(
            test_media__every_beginning_of_a_file_is_looked_at_no_further_than_it_goes),
        cmocka_unit_test(test_media__a_character_cut_by_the_end_of_what_is_looked_at_is_text),
        cmocka_unit_test(test_media__a_name_that_is_kept_is_kept_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
