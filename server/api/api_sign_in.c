/* Coming in: guests, registration, login, refresh; and going out. */
#include "api_call.h"

#include "ident.h"
#include "log.h"
#include "name_nfc.h"
#include "password_weakness.h"
#include "utf8.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#define USER_AGENT_BYTES_MAX 200

/* --- limits --- */

#define KEY_BYTES_MAX 160

/* An account as tried from an address. */
static struct slice key_of(const struct api_call *c, struct slice account, char key[KEY_BYTES_MAX])
{
    int n = snprintf(key, KEY_BYTES_MAX, "%.*s %.*s", (int)c->q->address.n, c->q->address.p,
                     account.n < 64 ? (int)account.n : 64, account.p ? account.p : "");
    return (struct slice){key, n < KEY_BYTES_MAX ? (size_t)n : KEY_BYTES_MAX - 1};
}

bool api_may_try(struct api_call *c, struct slice account)
{
    char key[KEY_BYTES_MAX];
    struct slice address = {c->q->address.p, c->q->address.n};
    if (!c->api->options.limits) {
        return true;
    }
    uint32_t wait = throttle_take(c->api->arrivals, address, c->now_ms);
    if (wait == 0 && account.n > 0) {
        wait = throttle_take(c->api->logins, key_of(c, account, key), c->now_ms);
    }
    if (wait > 0) {
        api_refuse_after(c, CHAT_RATE, wait);
        return false;
    }
    return true;
}

void api_tried(struct api_call *c, struct slice account, bool success)
{
    char key[KEY_BYTES_MAX];
    if (success) {
        throttle_forgive(c->api->logins, key_of(c, account, key));
    } else {
        throttle_fail(c->api->logins, key_of(c, account, key), c->now_ms);
    }
}

/* --- cookies --- */

static bool is_secure(const struct api_call *c)
{
    return c->api->options.secure_cookies || c->q->secure;
}

static void set_cookie(struct api_call *c, const char *name, struct slice value, const char *path,
                       int64_t life_ms)
{
    char text[CHAT_TOKEN_BYTES_MAX + 256];
    snprintf(text, sizeof text, "%s=%.*s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=Strict%s", name,
             SL_ARG(value), path, (long long)(life_ms / 1000), is_secure(c) ? "; Secure" : "");
    tincan_reply_header(c->r, "Set-Cookie", tincan_text(text));
}

/* The refresh token, and, for what a page shows by its address, the access token. */
static void set_cookies(struct api_call *c, const char *refresh, struct slice access)
{
    set_cookie(c, API_REFRESH_COOKIE, slice_str(refresh), "/api/v1", API_REFRESH_LIFE_MS);
    set_cookie(c, API_FILES_COOKIE, access, "/api/v1/files", TOKEN_LIFE_MS);
}

static void clear_cookies(struct api_call *c)
{
    set_cookie(c, API_REFRESH_COOKIE, SL(""), "/api/v1", 0);
    set_cookie(c, API_FILES_COOKIE, SL(""), "/api/v1/files", 0);
}

struct slice api_cookie(const struct api_call *c, struct slice name)
{
    struct slice rest = api_header(c, "Cookie");
    while (rest.n > 0) {
        struct slice one = {rest.p, slice_find(rest, ';')};
        rest = slice_from(rest, one.n < rest.n ? one.n + 1 : one.n);
        while (one.n > 0 && one.p[0] == ' ') {
            one = slice_from(one, 1);
        }
        if (slice_starts_with(one, name) && one.n > name.n && one.p[name.n] == '=') {
            return slice_from(one, name.n + 1);
        }
    }
    return SL("");
}

/* The refresh token: of the body where a program gives it, else the cookie's. */
static struct slice given_refresh(struct api_call *c)
{
    struct slice token = SL("");
    struct json_in in = c->body;
    json_in_text(&in, "refresh", &token);
    return token.n > 0 ? token : api_cookie(c, SL(API_REFRESH_COOKIE));
}

/* Programs without cookies ask for the refresh token itself; pages never see it. */
static bool wants_refresh(struct api_call *c)
{
    bool wanted = false;
    struct slice text;
    struct json_in in = c->body;
    bool gave = json_in_text(&in, "refresh", &text);
    in = c->body;
    return api_header(c, "Origin").n == 0 &&
           (gave || (json_in_bool(&in, "refresh", &wanted) && wanted));
}

/* --- sessions --- */

static void answer(struct api_call *c, const struct chat_user *user, int64_t session,
                   const char *refresh)
{
    struct token_claims claims = {user->id, session, c->now_ms, c->now_ms + TOKEN_LIFE_MS};
    struct buf token = {.max = CHAT_TOKEN_BYTES_MAX}, body;
    struct json_out o;
    if (!api_keys_check(c->api, c->now_ms, false) ||
        token_sign(c->api->options.keys, &claims, &token) != ERR_OK) {
        buf_fini(&token);
        api_refuse(c, CHAT_UNAVAILABLE, NULL, NULL);
        return;
    }
    set_cookies(c, refresh, buf_peek(&token));
    api_json_start(c, &body, &o);
    json_out_text(&o, "token", buf_peek(&token));
    json_out_int(&o, "expires_in_ms", TOKEN_LIFE_MS);
    chat_json_user(&o, "user", user);
    if (wants_refresh(c)) {
        json_out_text(&o, "refresh", slice_str(refresh));
    }
    api_json_end(c, &body, &o);
    buf_fini(&token);
}

/* The User-Agent as text: its beginning, without what is no UTF-8. */
static struct slice agent_of(struct api_call *c)
{
    struct slice agent = api_header(c, "User-Agent");
    char *p = arena_alloc(&c->arena, USER_AGENT_BYTES_MAX);
    size_t n = 0;
    while (p && agent.n > 0) {
        size_t char_n = utf8_char_bytes(agent);
        if (char_n > USER_AGENT_BYTES_MAX - n) {
            break;
        }
        for (size_t i = 0; i < char_n; i++) {
            p[n++] = agent.p[i];
        }
        agent = slice_from(agent, char_n > 0 ? char_n : 1);
    }
    return (struct slice){p, n};
}

void api_sign_in(struct api_call *c, const struct chat_user *user)
{
    char refresh[TOKEN_RANDOM_TEXT];
    unsigned char hash[32];
    struct store_request *r = api_request(c, STORE_SESSION_NEW);
    if (!r) {
        return;
    }
    token_random(refresh);
    token_hash(slice_str(refresh), hash);
    r->actor = user->id;
    r->in.user = user->id;
    r->account.hash = (struct slice){(const char *)hash, sizeof hash};
    r->account.user_agent = agent_of(c);
    r->account.address = (struct slice){c->q->address.p, c->q->address.n};
    r->account.expires_ms = c->now_ms + API_REFRESH_LIFE_MS;
    if (api_ask(c, r)) {
        answer(c, user, r->out.sessions[0].id, refresh);
        store_request_free(r);
    }
    OPENSSL_cleanse(refresh, sizeof refresh);
}

/* --- new people --- */

/* What to call somebody whose shown name cannot be a name: its letters, else "guest-1234". */
static struct slice make_name(struct api_call *c, struct slice display)
{
    char *p = arena_alloc(&c->arena, CHAT_NAME_CHARS_MAX);
    size_t n = 0;
    uint32_t random;
    for (size_t i = 0; p && i < display.n && n < CHAT_NAME_CHARS_MAX; i++) {
        char ch = display.p[i];
        bool letter = (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z');
        if (letter) {
            p[n++] = ch;
        } else if (ch == ' ' && n > 0 && p[n - 1] != '-') {
            p[n++] = '-';
        }
    }
    while (n > 0 && p[n - 1] == '-') {
        n--;
    }
    if (p && n < CHAT_NAME_CHARS_MIN) {
        CHECK(RAND_bytes((unsigned char *)&random, sizeof random) == 1);
        n = (size_t)snprintf(p, CHAT_NAME_CHARS_MAX, "guest-%04u", random % 10000);
    }
    return (struct slice){p, n};
}

/* Both names of somebody new, in r. loose: a name is made of what is given. Refused and false when they will not do. */
static bool take_names(struct api_call *c, struct store_request *r, bool loose)
{
    struct slice given, display;
    struct ident_name name;
    struct buf shown = {.max = CHAT_DISPLAY_CHARS_MAX * 4};
    if (!api_text(c, "name", &given)) {
        return false;
    }
    bool shown_apart = json_in_text(&c->body, "display", &display);
    const char *why =
        c->body.err ? "must be a string" : name_display(shown_apart ? display : given, &shown);
    if (why) {
        buf_fini(&shown);
        api_refuse(c, CHAT_INVALID, shown_apart || c->body.err ? "display" : "name", why);
        return false;
    }
    why = ident_user(given, &name);
    if (why && loose) {
        why = ident_user(make_name(c, given), &name);
    }
    if (why || ident_reserved(ident_slice(&name))) {
        buf_fini(&shown);
        api_refuse(c, why ? CHAT_INVALID : CHAT_TAKEN, "name", why);
        return false;
    }
    r->account.name = arena_copy(&r->arena, ident_slice(&name));
    r->account.display = arena_copy(&r->arena, buf_peek(&shown));
    buf_fini(&shown);
    return true;
}

static void create(struct api_call *c, struct store_request *r)
{
    if (api_ask(c, r)) {
        api_sign_in(c, &r->out.users[0]);
        store_request_free(r);
    }
}

void api_guest(struct api_call *c)
{
    struct store_request *r;
    if (!c->api->options.guests) {
        api_refuse(c, CHAT_FORBIDDEN, NULL, "Guests are not let in here");
        return;
    }
    r = api_may_try(c, SL("")) ? api_request(c, STORE_USER_CREATE) : NULL;
    if (!r) {
        return;
    }
    r->account.role = CHAT_GUEST;
    if (!take_names(c, r, true)) {
        store_request_free(r);
        return;
    }
    create(c, r);
}

bool api_hash(struct api_call *c, const char *field, struct slice password, struct slice name,
              char out[PASSWORD_HASH_BYTES_MAX])
{
    const char *why = password_weakness(password, name);
    if (why) {
        api_refuse(c, CHAT_INVALID, field, why);
        return false;
    }
    enum err e = password_hash(c->api->options.passwords, password, out);
    if (e != ERR_OK) {
        api_refuse_after(c, CHAT_BUSY, 1000);
    }
    return e == ERR_OK;
}

/* The invite that may stand in the body, as a hash in r. */
static bool take_invite(struct api_call *c, struct store_request *r)
{
    struct slice invite;
    unsigned char hash[32];
    if (!json_in_text(&c->body, "invite", &invite)) {
        return c->api->options.registration == API_OPEN;
    }
    token_hash(invite, hash);
    r->account.hash = arena_copy(&r->arena, (struct slice){(const char *)hash, sizeof hash});
    return true;
}

void api_register(struct api_call *c)
{
    struct slice password;
    char hash[PASSWORD_HASH_BYTES_MAX];
    if (c->api->options.registration == API_OFF) {
        api_refuse(c, CHAT_FORBIDDEN, NULL, "Accounts are made by the administrators here");
        return;
    }
    struct store_request *r = api_may_try(c, SL("")) ? api_request(c, STORE_USER_CREATE) : NULL;
    if (!r) {
        return;
    }
    r->account.role = CHAT_MEMBER;
    if (!take_names(c, r, false) || !api_text(c, "password", &password)) {
        store_request_free(r);
        return;
    }
    if (!take_invite(c, r)) {
        store_request_free(r);
        api_refuse(c, CHAT_FORBIDDEN, "invite", "An invitation is needed to register here");
        return;
    }
    if (!api_hash(c, "password", password, r->account.name, hash)) {
        store_request_free(r);
        return;
    }
    r->account.password_hash = slice_str(hash);
    create(c, r);
}

/* --- known people --- */

/* It was hashed with other parameters than today's: do it anew, while the password is at hand. */
static void rehash(struct api_call *c, const struct store_request *login, struct slice password)
{
    char hash[PASSWORD_HASH_BYTES_MAX];
    struct store_request *r = store_request_new(STORE_USER_REHASH);
    if (r && password_hash(c->api->options.passwords, password, hash) == ERR_OK) {
        r->now_ms = c->now_ms;
        r->in.user = login->out.users[0].id;
        r->in.text = login->out.password_hash;
        r->account.password_hash = slice_str(hash);
        store_call(c->api->options.store, r);
    }
    store_request_free(r);
}

/* Whoever is unknown takes as long, and is told the same. */
static void check_login(struct api_call *c, struct slice account, struct slice password,
                        const struct store_request *login)
{
    bool outdated = false;
    bool known = login->out.refusal.error == CHAT_OK && login->out.users_n > 0;
    enum err e = password_verify(c->api->options.passwords, password,
                                 known ? login->out.password_hash : SL(""), &outdated);
    if (e == ERR_OK || e == ERR_AUTH) {
        api_tried(c, account, e == ERR_OK);
    }
    if (e == ERR_AUTH) {
        api_refuse(c, CHAT_UNAUTHENTICATED, NULL, "The name or the password is wrong");
    } else if (e != ERR_OK) {
        api_refuse_after(c, CHAT_BUSY, 1000);
    } else {
        if (outdated) {
            rehash(c, login, password);
        }
        api_sign_in(c, &login->out.users[0]);
    }
}

void api_login(struct api_call *c)
{
    struct slice name, password, account = SL("?"); /* what can be no name */
    struct ident_name folded;
    if (!api_text(c, "name", &name) || !api_text(c, "password", &password)) {
        return;
    }
    if (!ident_user(name, &folded)) {
        account = ident_slice(&folded);
    }
    struct store_request *r = api_may_try(c, account) ? api_request(c, STORE_USER_LOGIN) : NULL;
    if (!r) {
        return;
    }
    r->account.name = account;
    store_call(c->api->options.store, r);
    if (r->out.refusal.error == CHAT_OK || r->out.refusal.error == CHAT_NOT_FOUND) {
        check_login(c, account, password, r);
    } else {
        api_refuse_as(c, r);
    }
    store_request_free(r);
}

/* A store request about the refresh token that came along; NULL: refused. */
static struct store_request *turn_request(struct api_call *c, struct slice token, char *next)
{
    unsigned char hash[2][32];
    struct store_request *r = api_request(c, STORE_SESSION_TURN);
    if (!r) {
        return NULL;
    }
    if (!api_keys_check(c->api, c->now_ms, false) ||
        !token_next(c->api->options.keys, token, next)) {
        api_refuse(c, CHAT_UNAVAILABLE, NULL, NULL);
        store_request_free(r);
        return NULL;
    }
    token_hash(token, hash[0]);
    token_hash(slice_str(next), hash[1]);
    r->account.hash = arena_copy(&r->arena, (struct slice){(const char *)hash[0], 32});
    r->account.new_hash = arena_copy(&r->arena, (struct slice){(const char *)hash[1], 32});
    r->account.expires_ms = c->now_ms + API_REFRESH_LIFE_MS;
    r->account.address = (struct slice){c->q->address.p, c->q->address.n};
    return r;
}

/* Turn a refresh token into the next one: the request with its session and user, or its refusal. A token that was used before ends
 * its session, and the sockets that live by it. */
static struct store_request *turn(struct api_call *c, struct slice token, char *next)
{
    struct store_request *r = turn_request(c, token, next);
    if (!r) {
        return NULL;
    }
    chat_call(c->api->options.chat, r);
    for (uint32_t i = 0; r->out.refusal.error != CHAT_OK && i < r->out.revoked_n; i++) {
        log_peer(LOG_WARN, L_API, "a refresh token was used twice: its session has ended",
                 "session=%lld", (long long)r->out.revoked[i]);
        chat_session_ended(c->api->options.chat, r->out.revoked[i]);
    }
    return r;
}

void api_refresh(struct api_call *c)
{
    char next[TOKEN_RANDOM_TEXT];
    struct slice token = given_refresh(c);
    if (token.n == 0) {
        api_refuse(c, CHAT_UNAUTHENTICATED, NULL, NULL);
        return;
    }
    struct store_request *r = turn(c, token, next);
    if (!r) {
        return;
    }
    if (r->out.refusal.error == CHAT_OK) {
        answer(c, &r->out.users[0], r->out.sessions[0].id, next);
    } else {
        if (r->out.refusal.error == CHAT_UNAUTHENTICATED) {
            clear_cookies(c);
        }
        api_refuse_as(c, r);
    }
    OPENSSL_cleanse(next, sizeof next);
    store_request_free(r);
}

/* Which session is to end: that of the refresh token, else that of the access token. false: refused. *session 0: it has ended already. */
static bool find_own_session(struct api_call *c, int64_t *user, int64_t *session)
{
    char next[TOKEN_RANDOM_TEXT];
    struct slice token = given_refresh(c);
    *session = 0;
    if (token.n == 0) {
        if (!api_authenticate(c)) {
            return false;
        }
        *user = c->who.user;
        *session = c->who.session;
        return true;
    }
    struct store_request *r = turn(c, token, next);
    if (!r) {
        return false;
    }
    enum chat_error error = r->out.refusal.error;
    if (error == CHAT_OK) {
        *user = r->out.users[0].id;
        *session = r->out.sessions[0].id;
    } else if (error != CHAT_UNAUTHENTICATED) {
        api_refuse_as(c, r);
    }
    store_request_free(r);
    return error == CHAT_OK || error == CHAT_UNAUTHENTICATED;
}

void api_logout(struct api_call *c)
{
    int64_t user, session;
    if (!find_own_session(c, &user, &session)) {
        return;
    }
    if (session > 0) {
        struct store_request *r = api_request(c, STORE_SESSION_END);
        if (!r) {
            return;
        }
        r->actor = r->in.user = user;
        r->account.session = session;
        if (!api_ask(c, r)) {
            return;
        }
        store_request_free(r);
    }
    clear_cookies(c);
    api_put_ok(c);
}
