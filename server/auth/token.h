/* Access tokens: JWT, HS256, with the key's id in `kid`; 10 minutes. Several keys may verify, the newest signs.
 * Source: RFC 7515, 7518, 7519. Thread: any.
 */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include <pthread.h>
#include <stdint.h>

#define TOKEN_LIFE_MS     (10 * 60 * 1000)
#define TOKEN_SKEW_MS     (60 * 1000)
#define TOKEN_KEYS_MAX    4
#define TOKEN_KEY_BYTES   32
#define TOKEN_RANDOM_TEXT 44 /* characters of token_random and a NUL */

struct token_key {
    int64_t kid;
    unsigned char secret[TOKEN_KEY_BYTES];
};
struct token_keys {
    pthread_rwlock_t lock;
    struct token_key keys[TOKEN_KEYS_MAX]; /* the newest first */
    unsigned n;
};
struct token_claims {
    int64_t user, session;
    int64_t issued_ms, expires_ms; /* whole seconds on the wire */
};

void token_keys_init(struct token_keys *k);
void token_keys_fini(struct token_keys *k);
/* Replace all keys. */
void token_keys_set(struct token_keys *k, const struct token_key *keys, unsigned n);

/* Append a token. Returns: ERR_OK | ERR_AUTH, there is no key | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err token_sign(struct token_keys *k, const struct token_claims *claims,
                              struct buf *out);
/* Verify signature and time; everything but our own form is refused (alg, typ, unknown or doubled members, crit, jku, ...).
 * Returns: ERR_OK | ERR_AUTH. */
NODISCARD enum err token_verify(struct token_keys *k, struct slice token, int64_t now_ms,
                                struct token_claims *out);

/* An opaque secret of 256 bits as base64url text, and the SHA-256 of a text. */
void token_random(char out[TOKEN_RANDOM_TEXT]);
void token_hash(struct slice text, unsigned char out[32]);
/* The secret that follows this one: always the same, and only to be found by who has the newest key. Whoever asks twice gets the same,
 * unless a new key has come in between. Returns: false, there is no key. */
NODISCARD bool token_next(struct token_keys *k, struct slice secret, char out[TOKEN_RANDOM_TEXT]);
