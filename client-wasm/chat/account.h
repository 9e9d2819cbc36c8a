/* Signing in over /api/v1, and the access token while it lasts. In the browser the refresh token is a cookie that nobody here sees; native
 * programs keep it themselves.
 *
 * Thread: the host's one. Callbacks never run inside the call that asks.
 */
#pragma once

#include "answer_refusal.h"
#include "arena.h"
#include "chat_request.h"
#include "host.h"

#define ACCOUNT_TIMEOUT_MS 20000 /* then it counts as no answer */

enum account_op { ACCOUNT_GUEST, ACCOUNT_LOGIN, ACCOUNT_REGISTER, ACCOUNT_REFRESH, ACCOUNT_LOGOUT };

struct account_request {
    enum account_op op;
    struct slice name, display, password, invite;
    struct slice refresh; /* of REFRESH and LOGOUT, where there are no cookies */
    bool wants_refresh;   /* there are none: give me the refresh token */
};

/* What the server said. */
struct account_answer {
    unsigned status; /* of HTTP; 0: it did not answer, or not in time */
    bool ok;
    struct slice token, refresh;
    int64_t life_ms; /* of the token */
    struct chat_user user;
    struct answer_refusal why; /* when not ok */
};
typedef void (*account_fn)(void *user, const struct account_answer *answer);

struct account_call;

/* Ask. server: "http://host:port", or empty in the browser: the page's. Returns: the call, until fn has run or account_abort; NULL: no
 * memory, or no such address. Owns: copies the request. */
struct account_call *account_ask(struct slice server, const struct account_request *request,
                                 account_fn fn, void *user);
void account_abort(struct account_call *call);

/* The same for any other route: how says the method, the body (JSON, or empty) and the bearer. fn gets the raw answer. */
struct account_call *account_http(struct slice server, struct slice path,
                                  const struct http_request *how, http_done_fn fn, void *user);
