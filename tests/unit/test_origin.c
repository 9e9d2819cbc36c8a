/* Which origins may connect: same origin, loopback while on loopback, the list, and look-alikes of
 * them. */
#include "origin.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

static const struct slice listed[] = {{"https://chat.example", 20}, {"http://10.0.0.7:8080", 20}};

struct origin_case {
    const char *origin, *host;
    bool tls, loopback_only, allowed;
};

static const struct origin_case cases[] = {
    /* no Origin header: not a page of another site */
    {"", "chat.example", false, false, true},
    /* same origin */
    {"http://chat.local:5000", "chat.local:5000", false, false, true},
    {"http://CHAT.local:5000", "chat.local:5000", false, false, true},
    {"https://chat.local", "chat.local", true, false, true},
    {"http://chat.local", "chat.local", true, false, false},
    {"https://chat.local:5000", "chat.local:5000", false, false, false},
    {"http://chat.local:5001", "chat.local:5000", false, false, false},
    {"http://chat.local.evil:5000", "chat.local:5000", false, false, false},
    /* listed */
    {"https://chat.example", "127.0.0.1:5000", false, false, true},
    {"http://chat.example", "127.0.0.1:5000", false, false, false},
    {"https://chat.example.evil", "127.0.0.1:5000", false, false, false},
    {"https://evilchat.example", "127.0.0.1:5000", false, false, false},
    {"https://chat.example:444", "127.0.0.1:5000", false, false, false},
    {"http://10.0.0.7:8080", "127.0.0.1:5000", false, false, true},
    /* loopback */
    {"http://localhost:5173", "localhost:5000", false, true, true},
    {"https://localhost", "localhost:5000", false, true, true},
    {"http://127.0.0.1:1", "localhost:5000", false, true, true},
    {"http://127.9.9.9:80", "localhost:5000", false, true, true},
    {"http://[::1]:5173", "localhost:5000", false, true, true},
    {"http://localhost:5173", "localhost:5000", false, false, false},
    {"http://localhost.evil:5173", "localhost:5000", false, true, false},
    {"http://127.0.0.1.evil", "localhost:5000", false, true, false},
    {"http://127.0.0.256", "localhost:5000", false, true, false},
    {"http://127.1", "localhost:5000", false, true, false},
    {"http://[::1].evil", "localhost:5000", false, true, false},
    {"http://localhost:5173/path", "localhost:5000", false, true, false},
    {"http://localhost:99999", "localhost:5000", false, true, false},
    {"http://user@localhost", "localhost:5000", false, true, false},
    /* not web origins */
    {"null", "localhost:5000", false, true, false},
    {"file://", "localhost:5000", false, true, false},
    {"http://", "localhost:5000", false, true, false},
    {"ftp://localhost", "localhost:5000", false, true, false},
};

static void test_origin__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct origin_case *c = &cases[i];
        struct origin_policy p = {
            .allowed = listed, .allowed_n = 2, .allow_loopback = c->loopback_only};
        bool allowed = origin_allowed(&p, slice_str(c->origin), slice_str(c->host), c->tls);
        if (allowed != c->allowed) {
            fail_msg("case %zu: '%s' at '%s' is %s", i, c->origin, c->host,
                     allowed ? "allowed" : "refused");
        }
    }
}

static void test_origin__star_allows_all(void **state)
{
    (void)state;
    const struct slice star = SL("*");
    struct origin_policy p = {.allowed = &star, .allowed_n = 1};
    assert_true(origin_allowed(&p, SL("https://anywhere.example"), SL("chat.local"), true));
    assert_true(origin_allowed(&p, SL("null"), SL("chat.local"), true));
}

static void test_origin__valid_entries(void **state)
{
    (void)state;
    assert_true(origin_valid(SL("*")));
    assert_true(origin_valid(SL("https://chat.example")));
    assert_true(origin_valid(SL("http://[::1]:80")));
    assert_false(origin_valid(SL("chat.example")));
    assert_false(origin_valid(SL("https://chat.example/")));
    assert_false(origin_valid(SL("https://")));
    assert_false(origin_valid(SL("")));
    assert_false(origin_valid(SL("https://a b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origin__table),
        cmocka_unit_test(test_origin__star_allows_all),
        cmocka_unit_test(test_origin__valid_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
