/* Access tokens: what we sign is verified; nothing else is. */
#include "token.h"

#include "chat_limits.h"
#include "unit_support.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS 1795416099000LL

static struct token_keys keys;

static void make_keys(void)
{
    struct token_key list[2] = {{.kid = 2}, {.kid = 1}};
    memset(list[0].secret, 'n', TOKEN_KEY_BYTES);
    memset(list[1].secret, 'o', TOKEN_KEY_BYTES);
    token_keys_init(&keys);
    token_keys_set(&keys, list, 2);
}

static enum err verify_at(const char *token, int64_t now_ms)
{
    struct token_claims claims;
    return token_verify(&keys, guard_copy(slice_str(token)), now_ms, &claims);
}

/* base64url of s, in static memory. */
static const char *b64(const char *s, size_t n)
{
    static char texts[4][2048];
    static unsigned turn;
    char *out = texts[turn++ % 4];
    int length = EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)s, (int)n);
    for (int i = 0; i < length; i++) {
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    }
    while (length > 0 && out[length - 1] == '=') {
        out[--length] = '\0';
    }
    return out;
}

/* A token with this header and payload, properly signed by a key full of c. */
static const char *forge(const char *header, const char *payload, char c)
{
    static char token[8192];
    unsigned char secret[TOKEN_KEY_BYTES], sum[32];
    unsigned sum_n;
    memset(secret, c, sizeof secret);
    int n = snprintf(token, sizeof token, "%s.%s", b64(header, strlen(header)),
                     b64(payload, strlen(payload)));
    HMAC(EVP_sha256(), secret, sizeof secret, (unsigned char *)token, (size_t)n, sum, &sum_n);
    snprintf(token + n, sizeof token - (size_t)n, ".%s", b64((char *)sum, sum_n));
    return token;
}

#define HEADER  "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":2}"
#define PAYLOAD "{\"iss\":\"tincan\",\"sub\":7,\"sid\":9,\"iat\":1795416099,\"exp\":1795416699}"

static void test_token__what_we_sign_is_verified(void **state)
{
    (void)state;
    struct buf out = {.max = CHAT_TOKEN_BYTES_MAX};
    struct token_claims claims = {7, 9, NOW_MS, NOW_MS + TOKEN_LIFE_MS}, back;
    assert_int_equal(token_sign(&keys, &claims, &out), ERR_OK);
    assert_int_equal(token_verify(&keys, guard_copy(buf_peek(&out)), NOW_MS, &back), ERR_OK);
    assert_int_equal(back.user, 7);
    assert_int_equal(back.session, 9);
    assert_int_equal(back.expires_ms, NOW_MS + TOKEN_LIFE_MS);
    assert_int_equal(token_verify(&keys, buf_peek(&out), NOW_MS + TOKEN_LIFE_MS - 1, &back),
                     ERR_OK);
    assert_int_equal(token_verify(&keys, buf_peek(&out), NOW_MS + TOKEN_LIFE_MS, &back), ERR_AUTH);
    /* No byte of it can be changed. */
    for (size_t i = 0; i < out.n; i++) {
        char was = out.p[i];
        out.p[i] = was == 'A' ? 'B' : 'A';
        assert_int_equal(token_verify(&keys, buf_peek(&out), NOW_MS, &back), ERR_AUTH);
        out.p[i] = was;
    }
    for (size_t n = 0; n < out.n; n++) {
        assert_int_equal(token_verify(&keys, guard_copy((struct slice){out.p, n}), NOW_MS, &back),
                         ERR_AUTH);
    }
    buf_fini(&out);
}

static void test_token__older_keys_verify_and_dropped_ones_do_not(void **state)
{
    (void)state;
    assert_int_equal(verify_at(forge(HEADER, PAYLOAD, 'n'), NOW_MS), ERR_OK);
    const char *old = "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":1}";
    assert_int_equal(verify_at(forge(old, PAYLOAD, 'o'), NOW_MS), ERR_OK);
    const char *gone = "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":3}";
    assert_int_equal(verify_at(forge(gone, PAYLOAD, 'n'), NOW_MS), ERR_AUTH);
    struct token_keys none;
    struct buf out = {.max = CHAT_TOKEN_BYTES_MAX};
    struct token_claims claims = {7, 9, NOW_MS, NOW_MS};
    token_keys_init(&none);
    assert_int_equal(token_sign(&none, &claims, &out), ERR_AUTH);
    token_keys_fini(&none);
    buf_fini(&out);
}

static void test_token__forged_ones_are_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":2}",
        "{\"alg\":\"NONE\",\"typ\":\"JWT\",\"kid\":2}",
        "{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":2}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":2}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":2}",
        "{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":2}",
        "{\"alg\":[\"HS256\"],\"typ\":\"JWT\",\"kid\":2}",
        "{\"typ\":\"JWT\",\"kid\":2}",
        "{\"alg\":\"HS256\",\"typ\":\"JWE\",\"kid\":2}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"2\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":1}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":0}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":2,\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":2,\"jku\":\"https://evil.example\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":2,\"x5u\":\"https://evil.example\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":2,\"jwk\":{}}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":2}",
        "[\"HS256\"]",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":2} x",
        "",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        assert_int_equal(verify_at(forge(headers[i], PAYLOAD, 'n'), NOW_MS), ERR_AUTH);
    }
    static const char *const payloads[] = {
        "{\"iss\":\"other\",\"sub\":7,\"sid\":9,\"iat\":1795416099,\"exp\":1795416699}",
        "{\"iss\":\"tincan\",\"sub\":\"7\",\"sid\":9,\"iat\":1795416099,\"exp\":1795416699}",
        "{\"iss\":\"tincan\",\"sub\":0,\"sid\":9,\"iat\":1795416099,\"exp\":1795416699}",
        "{\"iss\":\"tincan\",\"sub\":-7,\"sid\":9,\"iat\":1795416099,\"exp\":1795416699}",
        "{\"iss\":\"tincan\",\"sub\":7,\"sid\":9,\"iat\":1795416099}",
        "{\"iss\":\"tincan\",\"sub\":7,\"sid\":9,\"iat\":1795416099,\"exp\":1895416699}",
        "{\"iss\":\"tincan\",\"sub\":7,\"sid\":9,\"iat\":1795419999,\"exp\":1795420099}",
        "{\"iss\":\"tincan\",\"sub\":7,\"sid\":9,\"iat\":1795416000,\"exp\":1795416099}",
        "{\"iss\":\"tincan\",\"sub\":7,\"sub\":8,\"sid\":9,\"iat\":1795416099,\"exp\":1795416699}",
        "{\"iss\":\"tincan\",\"sub\":7,\"sid\":9,\"iat\":1795416099,\"exp\":1795416699,\"nbf\":1}",
        "{\"iss\":\"tincan\",\"sub\":7,\"sid\":9,\"iat\":1795416099.5,\"exp\":1795416699}",
        "{}",
    };
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        assert_int_equal(verify_at(forge(HEADER, payloads[i], 'n'), NOW_MS), ERR_AUTH);
    }
    assert_int_equal(verify_at(forge(HEADER, PAYLOAD, 'x'), NOW_MS), ERR_AUTH);
    assert_int_equal(verify_at("", NOW_MS), ERR_AUTH);
    assert_int_equal(verify_at("..", NOW_MS), ERR_AUTH);
    assert_int_equal(verify_at("a.b", NOW_MS), ERR_AUTH);
    char stripped[2048];
    snprintf(stripped, sizeof stripped, "%s", forge(HEADER, PAYLOAD, 'n'));
    *(strrchr(stripped, '.') + 1) = '\0';
    assert_int_equal(verify_at(stripped, NOW_MS), ERR_AUTH);
    char padded[2048];
    snprintf(padded, sizeof padded, "%s=", forge(HEADER, PAYLOAD, 'n'));
    assert_int_equal(verify_at(padded, NOW_MS), ERR_AUTH);
    struct buf large = {.max = CHAT_TOKEN_BYTES_MAX + 1};
    while (large.n < CHAT_TOKEN_BYTES_MAX + 1) {
        assert_int_equal(buf_putc(&large, 'a'), ERR_OK);
    }
    struct token_claims claims;
    assert_int_equal(token_verify(&keys, buf_peek(&large), NOW_MS, &claims), ERR_AUTH);
    buf_fini(&large);
}

static void test_token__secrets_differ_and_hash_alike(void **state)
{
    (void)state;
    char a[TOKEN_RANDOM_TEXT], b[TOKEN_RANDOM_TEXT];
    unsigned char h[32], again[32];
    token_random(a);
    token_random(b);
    assert_int_equal(strlen(a), TOKEN_RANDOM_TEXT - 1);
    assert_string_not_equal(a, b);
    token_hash(slice_str(a), h);
    token_hash(slice_str(a), again);
    assert_memory_equal(h, again, 32);
}

static void test_token__the_next_secret_is_always_the_same_under_a_key(void **state)
{
    (void)state;
    char a[TOKEN_RANDOM_TEXT], again[TOKEN_RANDOM_TEXT], other[TOKEN_RANDOM_TEXT];
    struct token_keys none, others;
    token_keys_init(&none);
    assert_false(token_next(&none, SL("first"), a));
    assert_true(token_next(&keys, SL("first"), a));
    assert_int_equal(strlen(a), TOKEN_RANDOM_TEXT - 1);
    assert_true(token_next(&keys, SL("first"), again));
    assert_string_equal(a, again);
    assert_true(token_next(&keys, slice_str(a), again));
    assert_string_not_equal(a, again);
    token_keys_init(&others);
    token_keys_set(&others, &(struct token_key){1, {7}}, 1);
    assert_true(token_next(&others, SL("first"), other));
    assert_string_not_equal(a, other);
    token_keys_fini(&others);
    token_keys_fini(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token__what_we_sign_is_verified),
        cmocka_unit_test(test_token__older_keys_verify_and_dropped_ones_do_not),
        cmocka_unit_test(test_token__forged_ones_are_refused),
        cmocka_unit_test(test_token__secrets_differ_and_hash_alike),
        cmocka_unit_test(test_token__the_next_secret_is_always_the_same_under_a_key),
    };
    make_keys();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    token_keys_fini(&keys);
    return failed;
}
