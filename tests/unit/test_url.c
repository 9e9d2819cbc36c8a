/* Cutting URLs into their parts. */
#include "url.h"

#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_url__parts_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host;
        const char *target;
        uint16_t port;
        bool tls;
        bool ipv6;
    } cases[] = {
        {"http://localhost:5000", "localhost", "/", 5000, false, false},
        {"https://h.example", "h.example", "/", 443, true, false},
        {"ws://h/socket.io/?a=b:c", "h", "/socket.io/?a=b:c", 80, false, false},
        {"wss://[::1]:65535/", "::1", "/", 65535, true, true},
        {"http://127.0.0.1:1", "127.0.0.1", "/", 1, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url;
        assert_int_equal(url_parse(guard_copy(slice_str(cases[i].text)), &url), ERR_OK);
        assert_true(slice_eq(url.host, slice_str(cases[i].host)));
        assert_true(slice_eq(url.target, slice_str(cases[i].target)));
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.tls, cases[i].tls);
        assert_int_equal(url.ipv6, cases[i].ipv6);
    }
}

static void test_url__others_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "http://",
        "http:///x",
        "localhost:5000",
        "ftp://h",
        "HTTP://h",
        "http://h:0",
        "http://h:",
        "http://h:65536",
        "http://h:x",
        "http://u@h",
        "http://h /",
        "http://h/\r\nx",
        "http://h#f",
        "http://[]",
        "http://[::1",
        "http://[::1]x",
        "http://h?x",
        "http://h\\x",
        "http://h/\xc3\xa9",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url;
        if (url_parse(guard_copy(slice_str(cases[i])), &url) != ERR_INVALID) {
            print_error("%s\n", cases[i]);
            fail();
        }
    }
}

static void test_url__host_is_capped(void **state)
{
    (void)state;
    char text[300] = "http://";
    struct url url;
    memset(text + 7, 'h', URL_HOST_BYTES_MAX);
    assert_int_equal(url_parse(slice_str(text), &url), ERR_OK);
    text[7 + URL_HOST_BYTES_MAX] = 'h';
    assert_int_equal(url_parse(slice_str(text), &url), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url__parts_are_found),
        cmocka_unit_test(test_url__others_are_refused),
        cmocka_unit_test(test_url__host_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
