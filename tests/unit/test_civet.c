/* Starting CivetWeb: every way to fail names what is wrong, and what works says where it listens.
 */
#include "civet.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char cert[64], key[64], other_key[64], no_pem[64];

static void open_temporary(char path[64], FILE **out)
{
    snprintf(path, 64, "/tmp/test_civet.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    *out = fdopen(fd, "w");
    assert_non_null(*out);
}

static EVP_PKEY *put_key(char path[64])
{
    FILE *f;
    open_temporary(path, &f);
    EVP_PKEY *k = EVP_EC_gen("P-256");
    assert_non_null(k);
    assert_int_equal(PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL), 1);
    fclose(f);
    return k;
}

static int set_up(void **state)
{
    (void)state;
    FILE *f;
    EVP_PKEY_free(put_key(other_key));
    EVP_PKEY *k = put_key(key);
    X509 *x = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, k);
    assert_true(X509_sign(x, k, EVP_sha256()) > 0);
    open_temporary(cert, &f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(k);
    open_temporary(no_pem, &f);
    fputs("this is no PEM file\n", f);
    fclose(f);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return remove(cert) | remove(key) | remove(other_key) | remove(no_pem);
}

/* Returns the result; on success the server is stopped again. */
static enum err start(const struct civet_listen *listen, unsigned n, const char *cert_path,
                      const char *key_path, const char **why)
{
    struct civet_options options = {
        .listen = listen, .listen_n = n, .tls_cert = cert_path, .tls_key = key_path};
    struct civet *c = NULL;
    enum err e = civet_start(&options, &c, why);
    assert_int_equal(e == ERR_OK, c != NULL);
    if (c) {
        for (unsigned i = 0; i < n; i++) {
            assert_true(civet_port(c, i) != 0);
            assert_true(listen[i].port == 0 || listen[i].port == civet_port(c, i));
        }
        assert_int_equal(civet_port(c, n), 0);
        civet_stop(c);
    }
    return e;
}

static void expect_why(const char *why, const char *part)
{
    if (!strstr(why, part)) {
        print_error("\"%s\" does not say \"%s\"\n", why, part);
        fail();
    }
}

static void test_civet__listens_on_several_addresses(void **state)
{
    (void)state;
    const char *why = "";
    const struct civet_listen listen[] = {{.address = SL("127.0.0.1")},
                                          {.address = SL("localhost")},
                                          {.address = SL("[::1]")},
                                          {.address = SL("*")},
                                          {.address = SL("::"), .tls = true}};
    if (start(listen, 5, cert, key, &why) != ERR_OK) {
        fail_msg("%s", why);
    }
}

static void test_civet__names_a_bad_address(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "300.1.1.1",
        "example.org",
        "1.2.3",
        "::g",
        "127.0.0.1,5000",
        "127.0.0.1 ",
        "[127.0.0.1",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *why = "";
        const struct civet_listen listen[] = {{.address = SL("127.0.0.1")},
                                              {.address = slice_str(bad[i]), .port = 5}};
        assert_int_equal(start(listen, 2, NULL, NULL, &why), ERR_INVALID);
        expect_why(why, bad[i]);
    }
    const char *why = "";
    assert_int_equal(start(NULL, 0, NULL, NULL, &why), ERR_INVALID);
    const struct civet_listen elsewhere = {.address = SL("192.0.2.1"), .port = 5000};
    assert_int_equal(start(&elsewhere, 1, NULL, NULL, &why), ERR_IO);
    expect_why(why, "192.0.2.1:5000: ");
}

static void test_civet__names_a_port_in_use(void **state)
{
    (void)state;
    const char *why = "";
    char want[64];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    const struct civet_listen taken = {.address = SL("127.0.0.1"), .port = ntohs(a.sin_port)};
    assert_int_equal(start(&taken, 1, NULL, NULL, &why), ERR_IO);
    snprintf(want, sizeof want, "127.0.0.1:%u: address already in use", ntohs(a.sin_port));
    assert_string_equal(why, want);
    close(fd);
    assert_int_equal(start(&taken, 1, NULL, NULL, &why), ERR_OK);
    const struct civet_listen twice[] = {taken, taken};
    assert_int_equal(start(twice, 2, NULL, NULL, &why), ERR_IO);
    assert_string_equal(why, want);
}

static void test_civet__names_a_bad_certificate_or_key(void **state)
{
    (void)state;
    const struct {
        const char *cert, *key;
        enum err result;
        const char *part, *part2;
    } cases[] = {
        {NULL, NULL, ERR_INVALID, "certificate", "key"},
        {"/nonexistent.pem", key, ERR_IO, "TLS certificate /nonexistent.pem", "No such file"},
        {cert, "/nonexistent.pem", ERR_IO, "TLS key /nonexistent.pem", "No such file"},
        {no_pem, key, ERR_INVALID, "TLS certificate", no_pem},
        {cert, no_pem, ERR_INVALID, "TLS key", no_pem},
        {cert, other_key, ERR_INVALID, other_key, "does not belong to the certificate"},
        {key, cert, ERR_INVALID, "TLS certificate", key},
    };
    const struct civet_listen listen = {.address = SL("127.0.0.1"), .tls = true};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = "";
        assert_int_equal(start(&listen, 1, cases[i].cert, cases[i].key, &why), cases[i].result);
        expect_why(why, cases[i].part);
        expect_why(why, cases[i].part2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_civet__listens_on_several_addresses),
        cmocka_unit_test(test_civet__names_a_bad_address),
        cmocka_unit_test(test_civet__names_a_port_in_use),
        cmocka_unit_test(test_civet__names_a_bad_certificate_or_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
