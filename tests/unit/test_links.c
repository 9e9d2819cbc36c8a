/* Web addresses found in texts: the plain ones, the ends of sentences, and what must not be one. */
#include "links.h"

#include "buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The address between the others is found, and nothing else. */
static void assert_link(const char *before, const char *url, const char *after)
{
    struct buf text;
    struct slice rest, head, found;
    buf_init(&text, 256);
    assert_int_equal(buf_printf(&text, "%s%s%s", before, url, after), ERR_OK);
    rest = buf_peek(&text);
    assert_true(links_next(&rest, &head, &found));
    assert_true(slice_eq(head, slice_str(before)));
    assert_true(slice_eq(found, slice_str(url)));
    assert_true(slice_eq(rest, slice_str(after)));
    assert_false(links_next(&rest, &head, &found));
    buf_fini(&text);
}

static void test_links__are_found_where_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *before, *url, *after;
    } cases[] = {
        {"", "http://a", ""},
        {"", "HTTPS://A.Example/B?c=d&e#f", ""},
        {"see ", "https://a.example", ". Then"},
        {"(", "https://a.example/x", ")"},
        {"", "https://a.example/x_(y)", ""},
        {"(", "https://a.example/x_(y)", ")!"},
        {"\"", "http://a/b", "\""},
        {"<", "http://a", ">"},
        {"[", "http://a", "]"},
        {"", "http://[::1]:5000/", ""},
        {"", "http://[::1]", "."},
        {"\xE2\x80\x9C", "http://a", "\xE2\x80\x9D"},
        {"",
         "http://b\xC3\xBC"
         "cher.example/\xE6\x97\xA5",
         "\xE3\x80\x82"},
        {"", "http://a/",
         "\xE2\x80\xAE"
         "evil"}, /* turned around from there */
        {"", "http://a/",
         "\xE2\x80\x8B"
         "hidden"}, /* zero width */
        {"", "http://a/x", "\\y"},
        {"", "http://a/?u=http://b", ""},
        {"", "http://a/@user", ""},
        {"http:// ", "https://a", "\n"},
        {"https://bank.example@evil.example ", "http://a", "..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_link(cases[i].before, cases[i].url, cases[i].after);
}

static void test_links__are_not_what_only_looks_like_them(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "h",
        "http",
        "http:/",
        "http://",
        "https://",
        "https://.",
        "http://,a",
        "http:///a",
        "http://?",
        "http://@a",
        "https://good.example@evil.example/",
        "https://good.example:pw@evil.example",
        "javascript:alert(1)",
        "javascript://a",
        "data:text/html,x",
        "ftp://a",
        "xhttp://a",
        "httpss://a",
        "http//a",
        "http;//a",
        "http://\xE2\x80\xAE"
        "moc.live",
        "http://\xC2\xA0",
        "http:\\\\a",
        "www.a.example",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice rest = slice_str(cases[i]), before, url;
        if (links_next(&rest, &before, &url))
            fail_msg("\"%s\" has \"%.*s\"", cases[i], SL_ARG(url));
        assert_true(slice_eq(rest, slice_str(cases[i])));
    }
}

static void test_links__are_not_endless(void **state)
{
    (void)state;
    for (size_t n = LINK_BYTES_MAX; n <= LINK_BYTES_MAX + 1; n++) {
        struct buf text;
        struct slice rest, before, url;
        buf_init(&text, n);
        assert_int_equal(buf_put(&text, SL("http://")), ERR_OK);
        while (text.n < n)
            assert_int_equal(buf_putc(&text, 'a'), ERR_OK);
        rest = buf_peek(&text);
        assert_int_equal(links_next(&rest, &before, &url), n == LINK_BYTES_MAX);
        buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links__are_found_where_they_stand),
        cmocka_unit_test(test_links__are_not_what_only_looks_like_them),
        cmocka_unit_test(test_links__are_not_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
