/* See site_policy.h. */
#include "site_policy.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define HASH_BYTES        32
#define HASH_SOURCE_BYTES (sizeof " 'sha256-'" + 4 * (HASH_BYTES + 2) / 3)

/* Where text begins in s, or s.n. */
static size_t find(struct slice s, struct slice text)
{
    const char *at = s.n ? memmem(s.p, s.n, text.p, text.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

/* " 'sha256-...'" of each element's text. */
static void hashes(struct slice html, struct slice open, struct slice close,
                   char out[SITE_POLICY_INLINE_N * HASH_SOURCE_BYTES + 1])
{
    char *to = out;
    *to = 0;
    for (int i = 0; i < SITE_POLICY_INLINE_N; i++) {
        unsigned char hash[EVP_MAX_MD_SIZE], text[4 * (HASH_BYTES + 2) / 3 + 1];
        unsigned n = 0;
        size_t at = find(html, open);
        if (at == html.n) {
            return;
        }
        html = slice_from(html, at + open.n);
        size_t inside_n = find(html, close);
        CHECK(EVP_Digest(html.p, inside_n, hash, &n, EVP_sha256(), NULL) == 1 && n == HASH_BYTES);
        EVP_EncodeBlock(text, hash, HASH_BYTES);
        to += snprintf(to, HASH_SOURCE_BYTES, " 'sha256-%s'", (char *)text);
        html = slice_from(html, inside_n);
    }
}

void site_policy_write(struct slice html, char out[SITE_POLICY_BYTES])
{
    char styles[SITE_POLICY_INLINE_N * HASH_SOURCE_BYTES + 1];
    char scripts[SITE_POLICY_INLINE_N * HASH_SOURCE_BYTES + 1];
    hashes(html, SL("<style>"), SL("</style>"), styles);
    hashes(html, SL("<script>"), SL("</script>"), scripts);
    int n = snprintf(out, SITE_POLICY_BYTES,
                     "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'%s; connect-src "
                     "'self'; style-src 'self'%s; img-src 'self' data:; manifest-src 'self'; "
                     "worker-src 'self'; base-uri 'none'; form-action 'self'; "
                     "frame-ancestors 'none'; require-trusted-types-for 'script'",
                     scripts, styles);
    CHECK(n > 0 && n < SITE_POLICY_BYTES);
}
