/* See account.h. */
#include "account.h"

#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include "mem.h"

#define URL_BYTES_MAX   4096
#define BODY_BYTES_MAX  (64u << 10)
#define ARENA_BYTES_MAX (256u << 10)

struct account_call {
    struct http_call *http;
    struct host_timer *timer;
    enum account_op op;
    account_fn fn;
    http_done_fn raw_fn;
    void *user;
};

static const char *path_of(enum account_op op)
{
    static const char *const paths[] = {"/api/v1/guest", "/api/v1/login", "/api/v1/register",
                                        "/api/v1/refresh", "/api/v1/logout"};
    return paths[op];
}

static void put_text(struct json_out *o, const char *key, struct slice text)
{
    if (text.n > 0) {
        json_out_text(o, key, text);
    }
}

static enum err put_body(const struct account_request *r, struct buf *out)
{
    struct json_out o;
    json_out_start(&o, out);
    json_out_object(&o, NULL);
    put_text(&o, "name", r->name);
    put_text(&o, "display", r->display);
    put_text(&o, "password", r->password);
    put_text(&o, "invite", r->invite);
    if (r->refresh.n > 0) {
        json_out_text(&o, "refresh", r->refresh);
    } else if (r->wants_refresh) {
        json_out_bool(&o, "refresh", true);
    }
    json_out_object_end(&o);
    return json_out_end(&o);
}

static void read_answer(enum account_op op, struct slice body, struct arena *arena,
                        struct account_answer *a)
{
    struct json_in in;
    struct slice raw;
    bool good = a->status >= 200 && a->status < 300;
    if (good && op == ACCOUNT_LOGOUT) {
        a->ok = true; /* whatever is said of it */
        return;
    }
    if (body.n == 0 || json_check(body, NULL) != ERR_OK || json_type_of(body) != JSON_OBJECT) {
        return;
    }
    json_in_start(&in, body, arena);
    if (!good) {
        answer_refusal_read(&in, &a->why);
        return;
    }
    json_in_text(&in, "token", &a->token);
    json_in_text(&in, "refresh", &a->refresh);
    json_in_int(&in, "expires_in_ms", 0, CHAT_ID_MAX, &a->life_ms);
    a->ok = a->token.n > 0 && json_in_raw(&in, "user", &raw) &&
            chat_user_decode(raw, arena, &a->user) == ERR_OK;
}

static void call_free(struct account_call *call)
{
    if (call && call->timer) {
        host_default()->timer_free(call->timer);
    }
    mem_free(call);
}

static void on_done(void *user, unsigned status, struct slice body)
{
    struct account_call call = *(struct account_call *)user;
    struct account_answer answer = {.status = status, .why.error = CHAT_ERRORS_N};
    struct arena arena;
    call_free(user);
    if (call.raw_fn) {
        call.raw_fn(call.user, status, body);
        return;
    }
    arena_init(&arena, ARENA_BYTES_MAX);
    read_answer(call.op, body, &arena, &answer);
    call.fn(call.user, &answer);
    arena_fini(&arena);
}

static void on_late(void *user)
{
    struct account_call *call = user;
    host_default()->transport->http_abort(call->http);
    on_done(call, 0, SL(""));
}

static struct account_call *start(struct slice server, struct slice path,
                                  struct http_request *request, const struct account_call *from)
{
    const struct host *host = host_default();
    struct buf url = {.max = URL_BYTES_MAX};
    struct account_call *call = mem_alloc(sizeof *call);
    enum err e = server.n > 0 ? buf_put(&url, server) : host->origin(&url);
    e = e ? e : buf_put(&url, path);
    if (call) {
        *call = *from;
        call->timer = host->timer_new(on_late, call);
        request->url = buf_peek(&url);
        call->http =
            call->timer && e == ERR_OK ? host->transport->http_start(request, on_done, call) : NULL;
    }
    if (call && call->http) {
        host->timer_start(call->timer, ACCOUNT_TIMEOUT_MS);
    } else {
        call_free(call);
        call = NULL;
    }
    buf_fini(&url);
    return call;
}

struct account_call *account_ask(struct slice server, const struct account_request *request,
                                 account_fn fn, void *user)
{
    struct buf body = {.max = BODY_BYTES_MAX};
    struct account_call *call = NULL;
    if (put_body(request, &body) == ERR_OK) {
        struct http_request http = {.post = true, .json = true, .body = buf_peek(&body)};
        call = start(server, slice_str(path_of(request->op)), &http,
                     &(struct account_call){.op = request->op, .fn = fn, .user = user});
    }
    buf_fini(&body);
    return call;
}

struct account_call *account_http(struct slice server, struct slice path,
                                  const struct http_request *how, http_done_fn fn, void *user)
{
    struct http_request http = *how;
    http.json = true;
    return start(server, path, &http, &(struct account_call){.raw_fn = fn, .user = user});
}

void account_abort(struct account_call *call)
{
    if (call) {
        host_default()->transport->http_abort(call->http);
        call_free(call);
    }
}
