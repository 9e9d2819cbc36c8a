/* Which request goes where, and what every one of them must pass first. */
#include "api.h"

#include "api_call.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "mem.h"

/* UPLOADER: signed in; the body is no JSON, and the handler reads it. READER: signed in, or with a cookie that says so. */
enum who { ANYBODY, SIGNED_IN, ADMIN, UPLOADER, READER };

struct route {
    const char *method, *path; /* a * stands for one part */
    enum who who;
    void (*handle)(struct api_call *c);
};

static const struct route routes[] = {
    {"GET", "/healthz", ANYBODY, api_health},
    {"GET", "/readyz", ANYBODY, api_ready},
    {"GET", "/metrics", ANYBODY, api_metrics},
    {"GET", "/setup", ANYBODY, api_setup_page},
    {"POST", "/setup", ANYBODY, api_setup_form},
    {"POST", "/api/v1/setup", ANYBODY, api_setup},
    {"POST", "/api/v1/guest", ANYBODY, api_guest},
    {"POST", "/api/v1/register", ANYBODY, api_register},
    {"POST", "/api/v1/login", ANYBODY, api_login},
    {"POST", "/api/v1/refresh", ANYBODY, api_refresh},
    {"POST", "/api/v1/logout", ANYBODY, api_logout},
    {"GET", "/api/v1/me", SIGNED_IN, api_me},
    {"PATCH", "/api/v1/me", SIGNED_IN, api_me_change},
    {"POST", "/api/v1/password", SIGNED_IN, api_password},
    {"GET", "/api/v1/sessions", SIGNED_IN, api_sessions},
    {"DELETE", "/api/v1/sessions/*", SIGNED_IN, api_session_end},
    {"GET", "/api/v1/rooms/*/messages", SIGNED_IN, api_messages},
    {"GET", "/api/v1/invites/*", ANYBODY, api_invite_peek},
    {"POST", "/api/v1/invites/*", SIGNED_IN, api_invite_accept},
    {"POST", "/api/v1/files", SIGNED_IN, api_file_new},
    {"PUT", "/api/v1/me/avatar", UPLOADER, api_avatar_put},
    {"DELETE", "/api/v1/me/avatar", SIGNED_IN, api_avatar_drop},
    {"GET", "/api/v1/files/avatar/*", READER, api_avatar_get},
    {"GET", "/api/v1/files/*", READER, api_file_get},
    {"PUT", "/api/v1/files/*", UPLOADER, api_file_put},
    {"DELETE", "/api/v1/files/*", SIGNED_IN, api_file_drop},
    {"GET", "/api/v1/files/*/upload", SIGNED_IN, api_file_progress},
    {"GET", "/api/v1/admin/users", ADMIN, api_admin_users},
    {"POST", "/api/v1/admin/users/*/role", ADMIN, api_admin_role},
    {"DELETE", "/api/v1/admin/users/*/avatar", ADMIN, api_admin_avatar_drop},
    {"GET", "/api/v1/admin/invites", ADMIN, api_admin_invites},
    {"POST", "/api/v1/admin/invites", ADMIN, api_admin_invite},
    {"DELETE", "/api/v1/admin/invites/*", ADMIN, api_admin_revoke},
    {"GET", "/api/v1/admin/server", ADMIN, api_admin_server},
    {"PATCH", "/api/v1/admin/server", ADMIN, api_admin_server_change},
    {"GET", "/api/v1/admin/rooms", ADMIN, api_admin_rooms},
    {"GET", "/api/v1/admin/sessions", ADMIN, api_admin_sessions},
    {"DELETE", "/api/v1/admin/sessions/*", ADMIN, api_admin_session_end},
    {"DELETE", "/api/v1/admin/users/*/sessions", ADMIN, api_admin_sessions_end},
};

/* Does the path fit; *arg is what the star stands for. */
static bool fits(const char *pattern, struct slice path, struct slice *arg)
{
    struct slice p = slice_str(pattern);
    size_t star = slice_find(p, '*');
    if (star == p.n) {
        return slice_eq(p, path);
    }
    struct slice tail = slice_from(p, star + 1);
    if (path.n < star + tail.n + 1 || !slice_starts_with(path, (struct slice){p.p, star})) {
        return false;
    }
    struct slice middle = {path.p + star, path.n - star - tail.n};
    *arg = middle;
    return slice_find(middle, '/') == middle.n && slice_eq(slice_from(path, star + middle.n), tail);
}

static bool is_safe(const struct api_call *c)
{
    return slice_eq(c->method, SL("GET")) || slice_eq(c->method, SL("HEAD"));
}

/* A page elsewhere must not act for its visitor. */
static bool check_origin(struct api_call *c)
{
    struct slice origin = api_header(c, "Origin"), site = api_header(c, "Sec-Fetch-Site");
    bool known =
        origin_allowed(&c->api->options.origins, origin, api_header(c, "Host"), c->q->secure);
    if (origin.n > 0 && known) {
        tincan_reply_header(c->r, "Access-Control-Allow-Origin",
                            (struct tincan_slice){origin.p, origin.n});
        tincan_reply_header(c->r, "Access-Control-Allow-Credentials", tincan_text("true"));
    }
    tincan_reply_header(c->r, "Vary", tincan_text("Origin"));
    if (is_safe(c)) {
        return true;
    }
    if ((origin.n > 0 && !known) || (origin.n == 0 && slice_eq(site, SL("cross-site")))) {
        api_refuse(c, CHAT_FORBIDDEN, "Origin", "This origin may not do that");
        return false;
    }
    return true;
}

static bool is_json(struct slice type)
{
    struct slice wanted = SL("application/json");
    return type.n >= wanted.n && slice_eq_nocase((struct slice){type.p, wanted.n}, wanted) &&
           (type.n == wanted.n || type.p[wanted.n] == ';' || type.p[wanted.n] == ' ');
}

/* Read the body of an unsafe request: one JSON object, or nothing. */
static bool read_body(struct api_call *c)
{
    struct slice body = {c->q->body.p, c->q->body.n};
    if (is_safe(c) || (body.n == 0 && slice_eq(c->method, SL("DELETE")))) {
        json_in_start(&c->body, SL("{}"), &c->arena);
        return true;
    }
    if (!is_json(api_header(c, "Content-Type"))) {
        api_refuse(c, CHAT_INVALID, "Content-Type", "must be application/json");
        return false;
    }
    body = body.n == 0 ? SL("{}") : body;
    if (json_check(body, NULL) != ERR_OK || json_type_of(body) != JSON_OBJECT) {
        api_refuse(c, CHAT_INVALID, "body", "must be one JSON object");
        return false;
    }
    json_in_start(&c->body, body, &c->arena);
    return true;
}

static bool authenticate_token(struct api_call *c, struct slice token)
{
    if (token_verify(c->api->options.keys, token, c->now_ms, &c->who) != ERR_OK &&
        (!api_keys_check(c->api, c->now_ms, true) ||
         token_verify(c->api->options.keys, token, c->now_ms, &c->who) != ERR_OK)) {
        api_refuse(c, CHAT_UNAUTHENTICATED, "Authorization", NULL);
        return false;
    }
    struct store_request *r = api_request(c, STORE_SESSION_GET);
    if (!r) {
        return false;
    }
    r->account.session = c->who.session;
    if (!api_ask(c, r)) {
        return false;
    }
    c->role = r->out.users_n > 0 ? r->out.users[0].role : CHAT_GUEST;
    store_request_free(r);
    return true;
}

bool api_authenticate(struct api_call *c)
{
    struct slice header = api_header(c, "Authorization");
    struct slice scheme = {header.p, header.n < 7 ? header.n : 7};
    if (!slice_eq_nocase(scheme, SL("Bearer "))) {
        api_refuse(c, CHAT_UNAUTHENTICATED, "Authorization", NULL);
        return false;
    }
    return authenticate_token(c, slice_from(header, scheme.n));
}

bool api_authenticate_reader(struct api_call *c)
{
    struct slice cookie = api_cookie(c, SL(API_FILES_COOKIE));
    return api_header(c, "Authorization").n > 0 || cookie.n == 0 ? api_authenticate(c)
                                                                 : authenticate_token(c, cookie);
}

/* What every request must pass; refused and false when not. */
static bool pass(struct api_call *c, const struct route *route)
{
    bool operators = !slice_starts_with(c->path, SL("/api/")) && !c->is_page;
    if (!operators && !atomic_load(&c->api->started)) {
        api_refuse(c, CHAT_UNAVAILABLE, NULL, NULL);
        return false;
    }
    if (!check_origin(c) || (!c->is_page && route->who != UPLOADER && !read_body(c))) {
        return false;
    }
    if (route->who != ANYBODY &&
        !(route->who == READER ? api_authenticate_reader(c) : api_authenticate(c))) {
        return false;
    }
    if (route->who == ADMIN && c->role < CHAT_ADMIN) {
        api_refuse(c, CHAT_FORBIDDEN, NULL, NULL);
        return false;
    }
    return true;
}

static void handle(struct api_call *c, const struct route *route)
{
    c->is_page = slice_eq(c->path, SL("/setup"));
    if (pass(c, route)) {
        route->handle(c);
    } else if (c->is_page) {
        api_setup_refused(c);
    }
}

/* The path is ours, the method is none of it. */
static void refuse_method(struct api_call *c)
{
    char allow[64] = "OPTIONS";
    struct slice arg;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        size_t n = strlen(allow);
        if (fits(routes[i].path, c->path, &arg)) {
            snprintf(allow + n, sizeof allow - n, ", %s", routes[i].method);
        }
    }
    tincan_reply_header(c->r, "Allow", tincan_text(allow));
    if (slice_eq(c->method, SL("OPTIONS"))) {
        if (check_origin(c)) {
            tincan_reply_header(c->r, "Access-Control-Allow-Methods", tincan_text(allow));
            tincan_reply_header(c->r, "Access-Control-Allow-Headers",
                                tincan_text("Authorization, Content-Type"));
            tincan_reply_header(c->r, "Access-Control-Max-Age", tincan_text("600"));
            api_set_status(c, 204);
        }
        return;
    }
    api_refuse(c, CHAT_INVALID, "method", "This cannot be done with this path");
    api_set_status(c, 405);
}

static const struct route *find_route(struct api_call *c, bool *known_path)
{
    struct slice method = slice_eq(c->method, SL("HEAD")) ? SL("GET") : c->method;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (fits(routes[i].path, c->path, &c->arg)) {
            *known_path = true;
            if (slice_eq(slice_str(routes[i].method), method)) {
                return &routes[i];
            }
        }
    }
    return NULL;
}

bool api_streams_request(const struct tincan_request *q)
{
    bool known;
    struct api_call c = {.method = {q->method.p, q->method.n}, .path = {q->path.p, q->path.n}};
    const struct route *route = find_route(&c, &known);
    return route && route->who == UPLOADER;
}

bool api_on_request(struct api *api, const struct tincan_request *q, struct tincan_reply *r)
{
    bool known = false;
    struct api_call c = {.api = api,
                         .q = q,
                         .r = r,
                         .status = 200,
                         .now_ms = clock_wall_ms(),
                         .method = {q->method.p, q->method.n},
                         .path = {q->path.p, q->path.n}};
    arena_init(&c.arena, API_ARENA_BYTES);
    const struct route *route = find_route(&c, &known);
    bool ours = known || slice_starts_with(c.path, SL("/api/"));
    if (ours) {
        tincan_reply_header(r, "X-Content-Type-Options", tincan_text("nosniff"));
    }
    if (route) {
        handle(&c, route);
    } else if (known) {
        refuse_method(&c);
    } else if (ours) {
        api_refuse(&c, CHAT_NOT_FOUND, "path", "There is nothing at this path");
    }
    arena_fini(&c.arena);
    if (ours && !c.says_cache) {
        tincan_reply_header(r, "Cache-Control", tincan_text("no-store"));
    }
    if (ours) {
        atomic_fetch_add(&api->answers[c.status / 100 % API_STATUSES_N], 1);
    }
    return ours;
}

struct api *api_new(const struct api_options *options)
{
    /* Ten tries in three minutes; who keeps trying has to wait for a quarter of an hour. */
    static const struct throttle_limit logins = {
        .every_ms = 18 * 1000, .burst = 10, .fails_max = 20, .lock_ms = 15 * 60 * 1000};
    /* Many may share an address. */
    static const struct throttle_limit arrivals = {.every_ms = 2 * 1000, .burst = 100};
    /* As many as a folder dropped onto the page has, then one after the other. */
    static const struct throttle_limit uploads = {.every_ms = 1000, .burst = 100};
    uint32_t per_second = options->profile_limit.per_second;
    const struct throttle_limit profiles = {
        .every_ms = per_second > 0 && per_second < 1000 ? 1000 / per_second : 1,
        .burst = options->profile_limit.burst > 0 ? options->profile_limit.burst : 1};
    struct api *api = mem_zalloc(sizeof *api);
    if (!api) {
        return NULL;
    }
    api->options = *options;
    api->made_us = clock_now_us();
    pthread_mutex_init(&api->keys_lock, NULL);
    pthread_mutex_init(&api->setup_lock, NULL);
    pthread_mutex_init(&api->probe_lock, NULL);
    api->logins = throttle_new(&logins);
    api->arrivals = throttle_new(&arrivals);
    api->uploads = throttle_new(&uploads);
    api->profiles = throttle_new(&profiles);
    if (!api->logins || !api->arrivals || !api->uploads || !api->profiles) {
        api_free(api);
        return NULL;
    }
    return api;
}

bool api_start(struct api *api)
{
    if (!api_keys_check(api, clock_wall_ms(), true) || !api_setup_init(api)) {
        return false;
    }
    atomic_store(&api->started, true);
    return true;
}

void api_free(struct api *api)
{
    if (!api) {
        return;
    }
    throttle_free(api->logins);
    throttle_free(api->arrivals);
    throttle_free(api->uploads);
    throttle_free(api->profiles);
    pthread_mutex_destroy(&api->keys_lock);
    pthread_mutex_destroy(&api->setup_lock);
    pthread_mutex_destroy(&api->probe_lock);
    mem_free(api);
}
