/* Whose address counts behind proxies: nets, chains, what cannot be read, and what a stranger writes himself. */
#include "proxy.h"

#include "buf.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static struct proxy_trust trust_of(const char *const nets[], unsigned nets_n)
{
    struct proxy_trust trust = {.nets_n = 0};
    for (unsigned i = 0; i < nets_n; i++) {
        assert_int_equal(proxy_trust_add(&trust, slice_str(nets[i])), ERR_OK);
    }
    return trust;
}

static const char *const usual[] = {"127.0.0.1", "10.0.0.0/8", "192.168.4.0/22", "fd00::/8", "::1"};

static struct proxy_trust usual_trust(void)
{
    return trust_of(usual, sizeof usual / sizeof usual[0]);
}

#define FOR   "X-Forwarded-For"
#define PROTO "X-Forwarded-Proto"

/* What counts, for a peer and up to three header lines. */
static const struct {
    const char *peer;
    const char *headers[3][2];
    const char *address;
    const char *malformed;
} cases[] = {
    /* nobody speaks for him */
    {"203.0.113.9", {{NULL}}, "203.0.113.9", NULL},
    {"127.0.0.1", {{NULL}}, "127.0.0.1", NULL},
    {"127.0.0.1", {{"Forwarded", "for=203.0.113.9"}}, "127.0.0.1", NULL},
    /* a stranger's word */
    {"203.0.113.9", {{FOR, "198.51.100.7"}}, "203.0.113.9", NULL},
    {"203.0.113.9", {{FOR, "rubbish"}}, "203.0.113.9", NULL},
    {"127.0.0.2", {{FOR, "198.51.100.7"}}, "127.0.0.2", NULL},
    {"11.0.0.1", {{FOR, "198.51.100.7"}}, "11.0.0.1", NULL},
    {"192.168.3.255", {{FOR, "198.51.100.7"}}, "192.168.3.255", NULL},
    {"192.168.8.0", {{FOR, "198.51.100.7"}}, "192.168.8.0", NULL},
    {"fc00::1", {{FOR, "198.51.100.7"}}, "fc00::1", NULL},
    {"", {{FOR, "198.51.100.7"}}, "", NULL},
    /* one proxy */
    {"127.0.0.1", {{FOR, "198.51.100.7"}}, "198.51.100.7", NULL},
    {"127.0.0.1", {{"x-forwarded-for", "198.51.100.7"}}, "198.51.100.7", NULL},
    {"::ffff:127.0.0.1", {{FOR, "198.51.100.7"}}, "198.51.100.7", NULL},
    {"192.168.7.255", {{FOR, "198.51.100.7"}}, "198.51.100.7", NULL},
    {"fdff::1%eth0", {{FOR, "198.51.100.7"}}, "198.51.100.7", NULL},
    /* what he wrote himself stands left of it */
    {"127.0.0.1", {{FOR, "1.1.1.1, 198.51.100.7"}}, "198.51.100.7", NULL},
    {"127.0.0.1", {{FOR, "127.0.0.1,198.51.100.7"}}, "198.51.100.7", NULL},
    {"127.0.0.1", {{FOR, "<script>,,\"; 198.51.100.7, 198.51.100.8"}}, "198.51.100.8", NULL},
    /* several proxies */
    {"127.0.0.1", {{FOR, "1.1.1.1, 198.51.100.7, 10.1.2.3"}}, "198.51.100.7", NULL},
    {"127.0.0.1", {{FOR, "198.51.100.7 ,\t10.1.2.3 , 192.168.4.1\t"}}, "198.51.100.7", NULL},
    {"127.0.0.1", {{FOR, "1.1.1.1, 198.51.100.7"}, {FOR, "10.1.2.3"}}, "198.51.100.7", NULL},
    {"127.0.0.1", {{FOR, "1.1.1.1"}, {"A", "b"}, {FOR, "198.51.100.7"}}, "198.51.100.7", NULL},
    /* everybody is trusted: the farthest */
    {"127.0.0.1", {{FOR, "10.9.9.9, 10.1.2.3"}}, "10.9.9.9", NULL},
    {"127.0.0.1", {{FOR, "10.9.9.9"}, {FOR, "10.1.2.3"}}, "10.9.9.9", NULL},
    /* IPv6, ports, one spelling */
    {"::1", {{FOR, "2001:DB8:0::7"}}, "2001:db8::7", NULL},
    {"::1", {{FOR, "[2001:db8::7]"}}, "2001:db8::7", NULL},
    {"::1", {{FOR, "[2001:db8::7]:443, fd12::1"}}, "2001:db8::7", NULL},
    {"::1", {{FOR, "::ffff:198.51.100.7"}}, "198.51.100.7", NULL},
    {"::1", {{FOR, "198.51.100.7:51234"}}, "198.51.100.7", NULL},
    {"::1",
     {{FOR, "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff"}},
     "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
     NULL},
    /* not to be read: named, and the peer counts */
    {"127.0.0.1", {{FOR, ""}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "unknown"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.7,"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.7, _hidden, 10.1.2.3"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.256"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.07"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.7:"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.7:65536"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.7 198.51.100.8"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "[198.51.100.7]"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "[2001:db8::7"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "[2001:db8::7]x"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "[]"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "["}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "fe80::1%eth0"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"}}, "127.0.0.1", FOR},
    {"127.0.0.1", {{FOR, "198.51.100.7"}, {FOR, "rubbish"}}, "127.0.0.1", FOR},
};

static struct proxy_view see(const struct proxy_trust *trust, const char *peer,
                             const char *const headers[3][2], bool tls,
                             char text[PROXY_ADDRESS_BYTES])
{
    struct http_header lines[3];
    struct proxy_view view = {.address = slice_str(peer), .tls = tls};
    unsigned n = 0;
    for (; n < 3 && headers[n][0]; n++) {
        lines[n] = (struct http_header){slice_str(headers[n][0]), slice_str(headers[n][1])};
    }
    proxy_see(trust, lines, n, text, &view);
    return view;
}

static void test_proxy__who_counts(void **state)
{
    const struct proxy_trust trust = usual_trust();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[PROXY_ADDRESS_BYTES];
        struct proxy_view view = see(&trust, cases[i].peer, cases[i].headers, false, text);
        if (!slice_eq(view.address, slice_str(cases[i].address))) {
            fail_msg("case %zu: %.*s, not %s", i, (int)view.address.n, view.address.p,
                     cases[i].address);
        }
        const char *malformed = view.malformed ? view.malformed : "none";
        assert_string_equal(malformed, cases[i].malformed ? cases[i].malformed : "none");
    }
}

static void test_proxy__what_was_spoken(void **state)
{
    static const struct {
        const char *peer, *value;
        bool before, after, malformed;
    } rows[] = {
        {"127.0.0.1", "https", false, true, false},
        {"127.0.0.1", "HTTPS", false, true, false},
        {"127.0.0.1", "wss", false, true, false},
        {"127.0.0.1", "http", true, false, false},
        {"127.0.0.1", "ws", true, false, false},
        {"127.0.0.1", " https , http", false, true, false},
        {"127.0.0.1", "", true, true, true},
        {"127.0.0.1", "httpsx", false, false, true},
        {"127.0.0.1", "\"https\"", false, false, true},
        {"203.0.113.9", "https", false, false, false},
        {"203.0.113.9", "http", true, true, false},
    };
    const struct proxy_trust trust = usual_trust();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[PROXY_ADDRESS_BYTES];
        const char *const headers[3][2] = {{PROTO, rows[i].value}};
        struct proxy_view view = see(&trust, rows[i].peer, headers, rows[i].before, text);
        if (view.tls != rows[i].after || !view.malformed == rows[i].malformed) {
            fail_msg("case %zu: %s: tls=%d malformed=%s", i, rows[i].value, view.tls,
                     view.malformed ? view.malformed : "none");
        }
    }
}

static void test_proxy__nobody_is_trusted_at_first(void **state)
{
    const struct proxy_trust none = {.nets_n = 0};
    const char *const headers[3][2] = {{FOR, "198.51.100.7"}, {PROTO, "https"}};
    char text[PROXY_ADDRESS_BYTES];
    (void)state;
    struct proxy_view view = see(&none, "127.0.0.1", headers, false, text);
    assert_true(slice_eq(view.address, SL("127.0.0.1")));
    assert_false(view.tls);
}

static void test_proxy__everybody_can_be_trusted(void **state)
{
    static const char *const all[] = {"0.0.0.0/0", "::/0"};
    const struct proxy_trust v4 = trust_of(all, 1), both = trust_of(all, 2);
    const char *const headers[3][2] = {{FOR, "2001:db8::1, 198.51.100.7"}};
    char text[PROXY_ADDRESS_BYTES];
    (void)state;
    assert_true(slice_eq(see(&both, "8.8.8.8", headers, false, text).address, SL("2001:db8::1")));
    assert_true(slice_eq(see(&v4, "8.8.8.8", headers, false, text).address, SL("2001:db8::1")));
    assert_true(slice_eq(see(&v4, "fd00::8", headers, false, text).address, SL("fd00::8")));
}

/* A stranger behind proxies_n trusted ones. */
static void write_chain(struct buf *out, unsigned proxies_n)
{
    buf_reset(out);
    assert_int_equal(buf_put(out, SL("198.51.100.7")), ERR_OK);
    for (unsigned i = 0; i < proxies_n; i++) {
        assert_int_equal(buf_put(out, SL(", 10.0.0.1")), ERR_OK);
    }
    assert_int_equal(buf_putc(out, '\0'), ERR_OK);
}

static void test_proxy__a_chain_has_an_end(void **state)
{
    const struct proxy_trust trust = usual_trust();
    char text[PROXY_ADDRESS_BYTES];
    struct buf list;
    (void)state;
    buf_init(&list, 4096);
    write_chain(&list, PROXY_HOPS_MAX - 1);
    struct proxy_view view =
        see(&trust, "127.0.0.1", (const char *const[3][2]){{FOR, list.p}}, false, text);
    assert_null(view.malformed);
    assert_true(slice_eq(view.address, SL("198.51.100.7")));
    write_chain(&list, PROXY_HOPS_MAX);
    view = see(&trust, "127.0.0.1", (const char *const[3][2]){{FOR, list.p}}, false, text);
    assert_string_equal(view.malformed, FOR);
    assert_true(slice_eq(view.address, SL("127.0.0.1")));
    buf_fini(&list);
}

static void test_proxy__nets_that_are_none(void **state)
{
    static const char *const bad[] = {"",
                                      "/",
                                      "/8",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0.0/-1",
                                      "10.0.0/8",
                                      "10.0.0.0/8/",
                                      "::/129",
                                      "[::1]",
                                      "localhost",
                                      "10.0.0.0 /8",
                                      "10.0.0.0/8x",
                                      "*",
                                      "fe80::1%eth0/64",
                                      "10.0.0.0/255.0.0.0"};
    struct proxy_trust trust = {.nets_n = 0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (proxy_trust_add(&trust, slice_str(bad[i])) != ERR_INVALID || trust.nets_n != 0) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
    for (unsigned i = 0; i < PROXY_NETS_MAX; i++) {
        assert_int_equal(proxy_trust_add(&trust, SL("10.0.0.0/8")), ERR_OK);
    }
    assert_int_equal(proxy_trust_add(&trust, SL("10.0.0.0/8")), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxy__who_counts),
        cmocka_unit_test(test_proxy__what_was_spoken),
        cmocka_unit_test(test_proxy__nobody_is_trusted_at_first),
        cmocka_unit_test(test_proxy__everybody_can_be_trusted),
        cmocka_unit_test(test_proxy__a_chain_has_an_end),
        cmocka_unit_test(test_proxy__nets_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
