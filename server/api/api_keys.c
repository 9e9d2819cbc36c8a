/* The keys that access tokens are signed with: in the store, so that all nodes have them; a new one in time, old ones kept for as long
 * as a token of theirs may live. */
#include "api_call.h"

#include "log.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

static void take_keys(struct api *api, const struct store_request *r)
{
    struct token_key keys[TOKEN_KEYS_MAX];
    unsigned n = 0;
    for (uint32_t i = 0; i < r->out.keys_n && n < TOKEN_KEYS_MAX; i++) {
        const struct store_key *k = &r->out.keys[i];
        if (k->secret.n == TOKEN_KEY_BYTES) {
            keys[n].kid = k->kid;
            memcpy(keys[n++].secret, k->secret.p, TOKEN_KEY_BYTES);
        }
    }
    api->newest_key_ms = r->out.keys_n > 0 ? r->out.keys[0].created_ms : 0;
    token_keys_set(api->options.keys, keys, n);
    OPENSSL_cleanse(keys, sizeof keys);
}

static bool ask(struct api *api, struct store_request *r)
{
    store_call(api->options.store, r);
    bool ok = r->out.refusal.error == CHAT_OK;
    if (ok) {
        take_keys(api, r);
    } else {
        log_line(LOG_ERROR, L_API, "no signing keys", "why=\"%s\"",
                 chat_error_rows[r->out.refusal.error].text);
    }
    return ok;
}

static bool add_key(struct api *api, int64_t now_ms)
{
    struct store_request *r = store_request_new(STORE_KEY_ADD);
    unsigned char secret[TOKEN_KEY_BYTES];
    if (!r) {
        return false;
    }
    CHECK(RAND_bytes(secret, sizeof secret) == 1);
    r->now_ms = now_ms;
    r->account.hash = (struct slice){(const char *)secret, sizeof secret};
    r->account.expires_ms = now_ms - API_KEY_LIFE_MS - 2 * TOKEN_LIFE_MS;
    bool ok = ask(api, r);
    OPENSSL_cleanse(secret, sizeof secret);
    store_request_free(r);
    return ok;
}

static bool read_keys(struct api *api, int64_t now_ms)
{
    struct store_request *r = store_request_new(STORE_KEYS);
    if (!r) {
        return false;
    }
    r->now_ms = now_ms;
    bool ok = ask(api, r);
    store_request_free(r);
    return ok;
}

bool api_keys_check(struct api *api, int64_t now_ms, bool force)
{
    bool ok = true;
    pthread_mutex_lock(&api->keys_lock);
    int64_t age_ms = now_ms - api->keys_checked_ms;
    /* Forged tokens force nothing more often than once a second. */
    if (age_ms < 0 || age_ms >= (force ? 1000 : API_KEYS_CHECK_MS)) {
        ok = read_keys(api, now_ms);
        if (ok && now_ms - api->newest_key_ms >= API_KEY_LIFE_MS) {
            ok = add_key(api, now_ms);
        }
        if (ok) {
            api->keys_checked_ms = now_ms;
        }
    }
    pthread_mutex_unlock(&api->keys_lock);
    return ok;
}
