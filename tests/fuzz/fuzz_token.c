/* Any text: what is accepted as an access token is one of ours, to the byte. The server's signature is put under what the fuzzer
 * writes, so that it gets past that.
 */
#include "token.h"

#include "chat_limits.h"
#include "mem.h"
#include <openssl/hmac.h>
#include <string.h>

#define NOW_MS 1795416100000LL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct token_keys keys;

static void start(void)
{
    static bool started;
    struct token_key key = {.kid = 1};
    if (!started) {
        memset(key.secret, 'k', sizeof key.secret);
        token_keys_init(&keys);
        token_keys_set(&keys, &key, 1);
        started = true;
    }
}

/* Signed anew it is the same text. */
static void check(struct slice token)
{
    struct token_claims claims;
    struct buf again = {.max = CHAT_TOKEN_BYTES_MAX};
    if (token_verify(&keys, token, NOW_MS, &claims) != ERR_OK) {
        return;
    }
    CHECK(token.n <= CHAT_TOKEN_BYTES_MAX && claims.expires_ms > NOW_MS && claims.user > 0);
    CHECK(token_sign(&keys, &claims, &again) == ERR_OK);
    buf_fini(&again);
}

static void append_signature(struct buf *token)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char secret[TOKEN_KEY_BYTES], sum[33] = {0};
    unsigned sum_n;
    memset(secret, 'k', sizeof secret);
    CHECK(HMAC(EVP_sha256(), secret, sizeof secret, (const unsigned char *)token->p, token->n, sum,
               &sum_n));
    CHECK(buf_putc(token, '.') == ERR_OK);
    for (unsigned i = 0; i < 43; i++) {
        unsigned at = i * 6, two = (unsigned)sum[at / 8] << 8 | sum[at / 8 + 1];
        CHECK(buf_putc(token, digits[two >> (10 - at % 8) & 63]) == ERR_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct buf token = {.max = 1u << 20};
    start();
    check((struct slice){(const char *)data, n});
    if (n > 0 && n < 8192) {
        CHECK(buf_put(&token, (struct slice){(const char *)data, n}) == ERR_OK);
        append_signature(&token);
        check(buf_peek(&token));
    }
    buf_fini(&token);
    return 0;
}
