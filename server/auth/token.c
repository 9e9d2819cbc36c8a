/* JWT with HS256, our own form only. A token is signed over the text it arrived as, which is then read by the strict scanner. */
#include "token.h"

#include "base64.h"
#include "chat_limits.h"
#include "json.h"
#include "json_in.h"
#include "json_out.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#define ISSUER      "tincan"
#define SIGNATURE_N 32
#define PART_BYTES  1024 /* of a decoded header or payload */
#define SECOND_MS   1000

void token_keys_init(struct token_keys *k)
{
    memset(k, 0, sizeof *k);
    CHECK(pthread_rwlock_init(&k->lock, NULL) == 0);
}

void token_keys_fini(struct token_keys *k)
{
    OPENSSL_cleanse(k->keys, sizeof k->keys);
    pthread_rwlock_destroy(&k->lock);
}

void token_keys_set(struct token_keys *k, const struct token_key *keys, unsigned n)
{
    n = n < TOKEN_KEYS_MAX ? n : TOKEN_KEYS_MAX;
    pthread_rwlock_wrlock(&k->lock);
    memcpy(k->keys, keys, n * sizeof *keys);
    k->n = n;
    pthread_rwlock_unlock(&k->lock);
}

/* A copy of the key with that number, or of the newest for kid 0. */
static bool get_key(struct token_keys *k, int64_t kid, struct token_key *out)
{
    bool found = false;
    pthread_rwlock_rdlock(&k->lock);
    for (unsigned i = 0; i < k->n && !found; i++) {
        found = kid == 0 || k->keys[i].kid == kid;
        if (found) {
            *out = k->keys[i];
        }
    }
    pthread_rwlock_unlock(&k->lock);
    return found;
}

static void sign(const struct token_key *key, struct slice text, unsigned char out[SIGNATURE_N])
{
    unsigned n = 0;
    CHECK(HMAC(EVP_sha256(), key->secret, sizeof key->secret, (const unsigned char *)text.p, text.n,
               out, &n) != NULL &&
          n == SIGNATURE_N);
}

/* --- base64url --- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static enum err put_base64url(struct slice s, struct buf *out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < s.n && !e; i += 3) {
        size_t left = s.n - i;
        const unsigned char *p = (const unsigned char *)s.p + i;
        unsigned v =
            (unsigned)p[0] << 16 | (left > 1 ? (unsigned)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);
        const char four[4] = {digits[v >> 18], digits[v >> 12 & 63], digits[v >> 6 & 63],
                              digits[v & 63]};
        e = buf_put(out, (struct slice){four, left > 2 ? 4 : left + 1});
    }
    return e;
}

static int value_of(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Without padding, and without stray bits at the end: one text for one value. */
static bool get_base64url(struct slice s, char *out, size_t out_max, size_t *out_n)
{
    unsigned v = 0, bits = 0;
    size_t n = 0;
    if (s.n % 4 == 1) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        int d = value_of(s.p[i]);
        if (d < 0) {
            return false;
        }
        v = v << 6 | (unsigned)d;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (n == out_max) {
                return false;
            }
            out[n++] = (char)(v >> bits & 255);
        }
    }
    *out_n = n;
    return (v & ((1u << bits) - 1)) == 0;
}

/* --- signing --- */

static enum err put_part(struct buf *json, struct buf *out)
{
    enum err e = put_base64url(buf_peek(json), out);
    buf_fini(json);
    return e;
}

static enum err put_header(int64_t kid, struct buf *out)
{
    struct buf json = {.max = PART_BYTES};
    struct json_out o;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "alg", SL("HS256"));
    json_out_text(&o, "typ", SL("JWT"));
    json_out_int(&o, "kid", kid);
    json_out_object_end(&o);
    enum err e = json_out_end(&o);
    if (e) {
        buf_fini(&json);
        return e;
    }
    return put_part(&json, out);
}

static enum err put_claims(const struct token_claims *c, struct buf *out)
{
    struct buf json = {.max = PART_BYTES};
    struct json_out o;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "iss", SL(ISSUER));
    json_out_int(&o, "sub", c->user);
    json_out_int(&o, "sid", c->session);
    json_out_int(&o, "iat", c->issued_ms / SECOND_MS);
    json_out_int(&o, "exp", c->expires_ms / SECOND_MS);
    json_out_object_end(&o);
    enum err e = json_out_end(&o);
    if (e) {
        buf_fini(&json);
        return e;
    }
    return put_part(&json, out);
}

enum err token_sign(struct token_keys *k, const struct token_claims *claims, struct buf *out)
{
    struct token_key key;
    unsigned char signature[SIGNATURE_N];
    const size_t start_n = out->n;
    if (!get_key(k, 0, &key)) {
        return ERR_AUTH;
    }
    enum err e = put_header(key.kid, out);
    e = e ? e : buf_putc(out, '.');
    e = e ? e : put_claims(claims, out);
    if (!e) {
        sign(&key, slice_from(buf_peek(out), start_n), signature);
        e = buf_putc(out, '.');
    }
    e = e ? e : put_base64url((struct slice){(const char *)signature, sizeof signature}, out);
    if (e) {
        out->n = start_n;
    }
    OPENSSL_cleanse(&key, sizeof key);
    return e;
}

/* --- verifying --- */

/* A part's JSON object in p, with exactly members_n members. */
static bool read_part(struct slice part, char *p, unsigned members_n, struct json_in *in)
{
    size_t n;
    struct json_iter it;
    struct slice key, value;
    unsigned count = 0;
    if (!get_base64url(part, p, PART_BYTES, &n)) {
        return false;
    }
    struct slice json = {p, n};
    if (json_check(json, NULL) != ERR_OK || json_type_of(json) != JSON_OBJECT) {
        return false;
    }
    for (json_iter_init(&it, json); json_iter_next(&it, &key, &value);) {
        count++;
    }
    json_in_start(in, json, NULL);
    return count == members_n;
}

static bool is_text(struct json_in *in, const char *key, struct slice wanted)
{
    struct slice raw;
    return json_in_raw(in, key, &raw) && json_type_of(raw) == JSON_STRING &&
           json_string_eq(raw, wanted);
}

static bool read_header(struct slice part, int64_t *kid)
{
    char p[PART_BYTES];
    struct json_in in;
    return read_part(part, p, 3, &in) && is_text(&in, "alg", SL("HS256")) &&
           is_text(&in, "typ", SL("JWT")) && json_in_int(&in, "kid", 1, CHAT_ID_MAX, kid);
}

static bool read_claims(struct slice part, struct token_claims *c)
{
    char p[PART_BYTES];
    struct json_in in;
    int64_t issued = 0, expires = 0;
    bool ok = read_part(part, p, 5, &in) && is_text(&in, "iss", SL(ISSUER)) &&
              json_in_int(&in, "sub", 1, CHAT_ID_MAX, &c->user) &&
              json_in_int(&in, "sid", 1, CHAT_ID_MAX, &c->session) &&
              json_in_int(&in, "iat", 0, CHAT_ID_MAX / SECOND_MS, &issued) &&
              json_in_int(&in, "exp", 0, CHAT_ID_MAX / SECOND_MS, &expires);
    c->issued_ms = issued * SECOND_MS;
    c->expires_ms = expires * SECOND_MS;
    return ok;
}

enum err token_verify(struct token_keys *k, struct slice token, int64_t now_ms,
                      struct token_claims *out)
{
    struct token_claims claims;
    struct token_key key;
    unsigned char wanted[SIGNATURE_N];
    char given[SIGNATURE_N];
    size_t given_n;
    int64_t kid;
    if (token.n > CHAT_TOKEN_BYTES_MAX) {
        return ERR_AUTH;
    }
    struct slice header = {token.p, slice_find(token, '.')};
    struct slice rest = header.n < token.n ? slice_from(token, header.n + 1) : SL("");
    struct slice payload = {rest.p, slice_find(rest, '.')};
    if (payload.n == rest.n) {
        return ERR_AUTH;
    }
    struct slice signature = slice_from(rest, payload.n + 1);
    if (!read_header(header, &kid) || !get_key(k, kid, &key)) {
        return ERR_AUTH;
    }
    sign(&key, (struct slice){token.p, header.n + 1 + payload.n}, wanted);
    OPENSSL_cleanse(&key, sizeof key);
    if (!get_base64url(signature, given, sizeof given, &given_n) || given_n != SIGNATURE_N ||
        CRYPTO_memcmp(given, wanted, SIGNATURE_N) != 0 || !read_claims(payload, &claims)) {
        return ERR_AUTH;
    }
    if (now_ms >= claims.expires_ms || claims.issued_ms > now_ms + TOKEN_SKEW_MS ||
        claims.expires_ms - claims.issued_ms > TOKEN_LIFE_MS) {
        return ERR_AUTH;
    }
    *out = claims;
    return ERR_OK;
}

/* --- secrets --- */

static void put_secret(unsigned char bytes[32], char out[TOKEN_RANDOM_TEXT])
{
    struct buf text = {.max = TOKEN_RANDOM_TEXT};
    CHECK(put_base64url((struct slice){(const char *)bytes, 32}, &text) == ERR_OK &&
          text.n < TOKEN_RANDOM_TEXT);
    memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    OPENSSL_cleanse(bytes, 32);
    buf_fini(&text);
}

void token_random(char out[TOKEN_RANDOM_TEXT])
{
    unsigned char bytes[32];
    CHECK(RAND_bytes(bytes, sizeof bytes) == 1);
    put_secret(bytes, out);
}

bool token_next(struct token_keys *k, struct slice secret, char out[TOKEN_RANDOM_TEXT])
{
    /* A text that no token is signed over: those begin with a header's base64url, without a space. */
    const struct slice label = SL("next ");
    unsigned char text[sizeof "next " + 32], bytes[SIGNATURE_N];
    struct token_key key;
    if (!get_key(k, 0, &key)) {
        return false;
    }
    memcpy(text, label.p, label.n);
    token_hash(secret, text + label.n);
    sign(&key, (struct slice){(const char *)text, label.n + 32}, bytes);
    put_secret(bytes, out);
    OPENSSL_cleanse(&key, sizeof key);
    OPENSSL_cleanse(text, sizeof text);
    return true;
}

void token_hash(struct slice text, unsigned char out[32])
{
    unsigned n = 0;
    CHECK(EVP_Digest(text.p ? text.p : "", text.n, out, &n, EVP_sha256(), NULL) == 1 && n == 32);
}
