/* One request on its way through the API. */
#pragma once

#include "api.h"
#include "chat_json.h"
#include "json_in.h"
#include "json_out.h"
#include "throttle.h"

#include <pthread.h>
#include <stdatomic.h>

#define API_REFRESH_COOKIE  "tincan_refresh"
#define API_FILES_COOKIE    "tincan_files"
#define API_REFRESH_LIFE_MS (30LL * 86400 * 1000)
#define API_KEY_LIFE_MS     (30LL * 86400 * 1000)
#define API_KEYS_CHECK_MS   (60LL * 1000)
#define API_ARENA_BYTES     (1u << 20)
#define API_BODY_MAX        (16u << 20) /* of an answer */
#define API_PROBE_MS        1000        /* /readyz asks the store no more often */
#define API_STATUSES_N      6           /* by their first digit */

struct api {
    struct api_options options;
    int64_t made_us;
    _Atomic bool started;
    struct throttle *logins;   /* by address and account */
    struct throttle *arrivals; /* by address: logins, guests and registrations */
    struct throttle *uploads;  /* by user */
    struct throttle *profiles; /* by user: changes of the own */
    _Atomic uint64_t answers[API_STATUSES_N];
    pthread_mutex_t keys_lock;
    int64_t keys_checked_ms, newest_key_ms; /* under keys_lock */
    pthread_mutex_t probe_lock;
    int64_t probed_us; /* under probe_lock, as the next two; 0: never */
    bool probing;
    enum chat_error probed;
    pthread_mutex_t setup_lock;
    /* Under setup_lock once requests come; "": there is an owner. */
    char setup_token[TOKEN_RANDOM_TEXT];
};

struct api_call {
    struct api *api;
    const struct tincan_request *q;
    struct tincan_reply *r;
    int64_t now_ms;
    struct slice method, path;
    struct slice arg; /* what stands for the star of the route's path */
    struct arena arena;
    struct json_in body;
    int status; /* of the answer */
    bool
        is_page; /* for a browser: a refusal is in refused only, and said by the page that follows */
    struct chat_refusal refused; /* the last one; CHAT_OK: none */
    bool says_cache;             /* the answer has said how it may be kept; else it may not */
    struct token_claims who;     /* of signed-in routes */
    enum chat_role role;
};

/* --- answers; each call gives one --- */

/* Refuse. field and message may be NULL. */
void api_refuse(struct api_call *c, enum chat_error error, const char *field, const char *message);
/* It is larger than max bytes. */
void api_refuse_max(struct api_call *c, const char *field, const char *message, int64_t max);
/* Not now. */
void api_refuse_after(struct api_call *c, enum chat_error error, uint32_t wait_ms);
/* The refusal of a store request. */
void api_refuse_as(struct api_call *c, const struct store_request *r);
void api_set_status(struct api_call *c, int status);
/* Answer with JSON under construction: start, write members, end. */
void api_json_start(struct api_call *c, struct buf *buf, struct json_out *o);
void api_json_end(struct api_call *c, struct buf *buf, struct json_out *o);
void api_put_ok(struct api_call *c);

/* --- asking --- */

/* A request of the store with the caller as its actor; NULL: no memory, and refused. Owns: store_request_free. */
struct store_request *api_request(struct api_call *c, enum store_op op);
/* Ask and wait, sockets hear of it; false: refused (the request is freed then). */
bool api_ask(struct api_call *c, struct store_request *r);
struct slice api_header(const struct api_call *c, const char *name);
void api_put_header(struct api_call *c, const char *name, const char *value);
/* Is the tag one of those that the client has (If-None-Match)? */
bool api_has_tag(const struct api_call *c, const char *etag);
/* What every content of a user has, beside its type: nothing in it runs, or fetches anything. */
void api_put_passive(struct api_call *c, const char *cache, const char *etag);
/* Not too many of this user? Refused and false when they are. */
bool api_may(struct api_call *c, struct throttle *of);
bool api_may_upload(struct api_call *c);
/* A text member of the body; refused and false when it is missing. */
bool api_text(struct api_call *c, const char *key, struct slice *out);
/* May the whole be called so? Empty: it has no name. Refused and false when not. */
bool api_check_workspace(struct api_call *c, struct slice name);
/* A number as a part of the path; refused as not found and false when it is none. */
bool api_path_id(struct api_call *c, const char *field, int64_t *out);
/* A text of the query, of as many characters as fit at four bytes each, into out; "" when it is absent. Refused and false when it is too
 * long or no text. */
bool api_query_text(struct api_call *c, const char *name, char *out, size_t out_bytes);
/* A whole number of the query; false when it is absent. Refused (*bad) when it is none. */
bool api_query_int(struct api_call *c, const char *name, int64_t low, int64_t high, int64_t *out,
                   bool *bad);

/* Whose access token came along, and is the session still good? Fills in who and role; refused and false when not. */
bool api_authenticate(struct api_call *c);
/* The same for what a page shows by its address: there, the cookie API_FILES_COOKIE will do. */
bool api_authenticate_reader(struct api_call *c);
/* A cookie by name; empty when absent. */
struct slice api_cookie(const struct api_call *c, struct slice name);

/* --- keys --- */

/* Look after the signing keys, at most every API_KEYS_CHECK_MS: read those of other nodes, make a new one in time. false: the store
 * failed. */
bool api_keys_check(struct api *api, int64_t now_ms, bool force);

/* --- set-up --- */

struct api_claim {
    struct slice token, name, password;
    struct slice workspace; /* may be empty */
};

/* Look whether an owner is wanted yet; makes or reads the token. false: the store failed. */
bool api_setup_init(struct api *api);
/* Is an owner still wanted? */
bool api_setup_wanted(struct api *api);
/* Could it be the token? Then it has letters, digits, - and _ only. */
bool api_setup_is_token(struct slice s);
/* Make the owner's account. Refused and NULL, or the request with its user. Owns: store_request_free. */
struct store_request *api_setup_claim(struct api_call *c, const struct api_claim *asked);
void api_setup(struct api_call *c);
/* api_setup_page.c */
void api_setup_page(struct api_call *c);
void api_setup_form(struct api_call *c);
/* It was refused before it came to one of those two: say so. */
void api_setup_refused(struct api_call *c);

/* --- the routes' handlers; what they take and give is in README.md --- */

/* api_sign_in.c */
void api_guest(struct api_call *c);
void api_register(struct api_call *c);
void api_login(struct api_call *c);
void api_refresh(struct api_call *c);
void api_logout(struct api_call *c);
void api_me(struct api_call *c);
void api_me_change(struct api_call *c);
void api_password(struct api_call *c);
void api_sessions(struct api_call *c);
void api_session_end(struct api_call *c);
void api_messages(struct api_call *c);
void api_invite_peek(struct api_call *c);
void api_invite_accept(struct api_call *c);
/* api_files.c, api_file_get.c */
void api_file_new(struct api_call *c);
void api_file_put(struct api_call *c);
void api_file_progress(struct api_call *c);
void api_file_drop(struct api_call *c);
void api_file_get(struct api_call *c);
/* api_avatar.c */
void api_avatar_put(struct api_call *c);
void api_avatar_drop(struct api_call *c);
void api_avatar_get(struct api_call *c);
void api_admin_avatar_drop(struct api_call *c);
void api_admin_users(struct api_call *c);
void api_admin_role(struct api_call *c);
void api_admin_invites(struct api_call *c);
void api_admin_invite(struct api_call *c);
void api_admin_revoke(struct api_call *c);
void api_admin_rooms(struct api_call *c);
void api_admin_sessions(struct api_call *c);
void api_admin_session_end(struct api_call *c);
void api_admin_sessions_end(struct api_call *c);
void api_admin_server(struct api_call *c);
void api_admin_server_change(struct api_call *c);
/* api_health.c */
long long api_resident_bytes(void);
void api_health(struct api_call *c);
void api_ready(struct api_call *c);
void api_metrics(struct api_call *c);

/* Give somebody a session: the answer {token, user, refresh?} with the cookie. */
void api_sign_in(struct api_call *c, const struct chat_user *user);
/* May this address try to get in? Refused and false when not. account may be empty. */
bool api_may_try(struct api_call *c, struct slice account);
/* What came of a try with an account. */
void api_tried(struct api_call *c, struct slice account, bool success);
/* One's own sessions, or somebody's, as a member of an answer. */
void api_put_sessions(struct json_out *o, const struct store_request *r, int64_t current);
/* A new password (of that field) that is good enough, hashed; refused and false when not. */
bool api_hash(struct api_call *c, const char *field, struct slice password, struct slice name,
              char out[PASSWORD_HASH_BYTES_MAX]);
