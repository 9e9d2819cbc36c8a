/* Text in a page: no mark of HTML gets through, in whatever place it stands. */
#include "html.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

static const struct {
    const char *text, *written;
} cases[] = {
    {"", ""},
    {"Acme", "Acme"},
    {"Kühne & <Söhne>", "Kühne &amp; &lt;Söhne&gt;"},
    {"\"><script>alert('1')</script>", "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"},
    {"&amp;", "&amp;amp;"},
    {"\xd9\x81\xd8\xb1\xd9\x8a\xd9\x82\"", "\xd9\x81\xd8\xb1\xd9\x8a\xd9\x82&quot;"},
    {"half of \xd9", ""},
    {"\xc0\xbc"
     "script>",
     ""}, /* a < in two bytes, which is no UTF-8 */
    {"<", "&lt;"},
};

static void test_html__text_is_nothing_but_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf page = {.max = 256};
        assert_int_equal(html_put(&page, SL("[")), ERR_OK);
        assert_int_equal(html_put(&page, slice_str(cases[i].text)), ERR_OK);
        assert_true(slice_eq(slice_from(buf_peek(&page), 1), slice_str(cases[i].written)));
        buf_fini(&page);
    }
}

static void test_html__the_cap_is_a_failure(void **state)
{
    (void)state;
    for (size_t max = 0; max <= 10; max++) {
        struct buf page = {.max = max};
        assert_int_equal(html_put(&page, SL("a<b>")), max < 10 ? ERR_LIMIT : ERR_OK);
        buf_fini(&page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html__text_is_nothing_but_text),
        cmocka_unit_test(test_html__the_cap_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
