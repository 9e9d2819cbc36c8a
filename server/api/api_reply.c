/* What handlers answer with, and how they ask. */
#include "api_call.h"

#include "utf8.h"

#define JSON_TYPE "application/json"

static struct tincan_slice to_tincan(struct slice s)
{
    return (struct tincan_slice){s.p, s.n};
}

void api_json_start(struct api_call *c, struct buf *buf, struct json_out *o)
{
    (void)c;
    buf_init(buf, API_BODY_MAX);
    json_out_start(o, buf);
    json_out_object(o, NULL);
}

void api_json_end(struct api_call *c, struct buf *buf, struct json_out *o)
{
    json_out_object_end(o);
    if (json_out_end(o) == ERR_OK) {
        tincan_reply_body(c->r, JSON_TYPE, to_tincan(buf_peek(buf)));
    } else {
        api_refuse(c, CHAT_INTERNAL, NULL, NULL);
    }
    buf_fini(buf);
}

void api_set_status(struct api_call *c, int status)
{
    c->status = status;
    tincan_reply_status(c->r, status);
}

/* Whoever is refused for now is told when to come again. */
static void put_retry_after(struct api_call *c, int status, uint32_t wait_ms)
{
    char seconds[16];
    if (status == 429 || status == 503) {
        snprintf(seconds, sizeof seconds, "%u", wait_ms / 1000 + 1);
        tincan_reply_header(c->r, "Retry-After", tincan_text(seconds));
    }
}

static void refuse(struct api_call *c, const struct chat_refusal *why, int64_t max)
{
    const struct chat_error_row *row = &chat_error_rows[why->error];
    char scratch[CHAT_REFUSAL_TEXT_BYTES];
    struct buf buf = {.max = 4096};
    struct json_out o;
    c->refused = *why;
    put_retry_after(c, row->http_status, why->retry_after_ms);
    api_set_status(c, row->http_status);
    if (c->is_page) {
        return;
    }
    json_out_start(&o, &buf);
    json_out_object(&o, NULL);
    json_out_object(&o, "error");
    json_out_text(&o, "code", slice_str(row->code));
    json_out_text(&o, "message", chat_refusal_text(why, scratch));
    if (why->field && why->field[0]) {
        json_out_text(&o, "field", slice_str(why->field));
    }
    if (why->retry_after_ms > 0) {
        json_out_int(&o, "retry_after_ms", why->retry_after_ms);
    }
    if (max > 0) {
        json_out_int(&o, "max", max);
    }
    json_out_object_end(&o);
    json_out_object_end(&o);
    if (json_out_end(&o) == ERR_OK) {
        tincan_reply_body(c->r, JSON_TYPE, to_tincan(buf_peek(&buf)));
    }
    buf_fini(&buf);
}

void api_refuse(struct api_call *c, enum chat_error error, const char *field, const char *message)
{
    const struct chat_refusal why = {.error = error, .field = field, .message = message};
    refuse(c, &why, 0);
}

void api_refuse_max(struct api_call *c, const char *field, const char *message, int64_t max)
{
    const struct chat_refusal why = {.error = CHAT_TOO_LARGE, .field = field, .message = message};
    refuse(c, &why, max);
}

void api_refuse_after(struct api_call *c, enum chat_error error, uint32_t wait_ms)
{
    const struct chat_refusal why = {.error = error, .retry_after_ms = wait_ms};
    refuse(c, &why, 0);
}

void api_refuse_as(struct api_call *c, const struct store_request *r)
{
    refuse(c, &r->out.refusal, 0);
}

bool api_may(struct api_call *c, struct throttle *of)
{
    char key[32];
    int n = snprintf(key, sizeof key, "#%lld", (long long)c->who.user);
    uint32_t wait_ms =
        c->api->options.limits ? throttle_take(of, (struct slice){key, (size_t)n}, c->now_ms) : 0;
    if (wait_ms > 0) {
        api_refuse_after(c, CHAT_RATE, wait_ms);
    }
    return wait_ms == 0;
}

void api_put_ok(struct api_call *c)
{
    tincan_reply_body(c->r, JSON_TYPE, tincan_text("{\"ok\":true}"));
}

struct store_request *api_request(struct api_call *c, enum store_op op)
{
    struct store_request *r = store_request_new(op);
    if (!r) {
        api_refuse(c, CHAT_INTERNAL, NULL, "The server is out of memory");
        return NULL;
    }
    r->actor = c->who.user;
    r->now_ms = c->now_ms;
    r->in.limit = CHAT_LIMIT_DEFAULT;
    return r;
}

bool api_ask(struct api_call *c, struct store_request *r)
{
    chat_call(c->api->options.chat, r);
    if (r->out.refusal.error == CHAT_OK) {
        return true;
    }
    api_refuse_as(c, r);
    store_request_free(r);
    return false;
}

struct slice api_header(const struct api_call *c, const char *name)
{
    struct tincan_slice value = tincan_request_header(c->q, name);
    return (struct slice){value.p, value.n};
}

void api_put_header(struct api_call *c, const char *name, const char *value)
{
    tincan_reply_header(c->r, name, tincan_text(value));
}

bool api_has_tag(const struct api_call *c, const char *etag)
{
    struct slice rest = api_header(c, "If-None-Match"), wanted = slice_str(etag);
    if (slice_eq(rest, SL("*"))) {
        return true;
    }
    while (rest.n > 0) {
        struct slice one = {rest.p, slice_find(rest, ',')};
        rest = slice_from(rest, one.n < rest.n ? one.n + 1 : one.n);
        while (one.n > 0 && one.p[0] == ' ') {
            one = slice_from(one, 1);
        }
        if (slice_starts_with(one, SL("W/"))) {
            one = slice_from(one, 2);
        }
        if (slice_eq(one, wanted)) {
            return true;
        }
    }
    return false;
}

void api_put_passive(struct api_call *c, const char *cache, const char *etag)
{
    c->says_cache = true;
    api_put_header(c, "Cache-Control", cache);
    api_put_header(c, "ETag", etag);
    /* A browser's own page around a picture or film has styles. */
    api_put_header(c, "Content-Security-Policy",
                   "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'");
    api_put_header(c, "Cross-Origin-Resource-Policy", "same-origin");
    api_put_header(c, "Referrer-Policy", "no-referrer");
}

bool api_text(struct api_call *c, const char *key, struct slice *out)
{
    if (json_in_text(&c->body, key, out)) {
        return true;
    }
    api_refuse(c, CHAT_INVALID, key, c->body.err ? "must be a string" : "is missing");
    return false;
}

bool api_path_id(struct api_call *c, const char *field, int64_t *out)
{
    unsigned long long id;
    bool ok = slice_to_u64(c->arg, CHAT_ID_MAX, &id) && id > 0;
    if (ok) {
        *out = (int64_t)id;
    } else {
        api_refuse(c, CHAT_NOT_FOUND, field, NULL);
    }
    return ok;
}

/* Does the query name it, whatever its value? */
static bool is_in_query(const struct api_call *c, const char *name)
{
    struct slice rest = {c->q->query.p, c->q->query.n}, wanted = slice_str(name);
    while (rest.n > 0) {
        struct slice one = {rest.p, slice_find(rest, '&')};
        rest = slice_from(rest, one.n < rest.n ? one.n + 1 : one.n);
        one.n = slice_find(one, '=');
        if (slice_eq(one, wanted)) {
            return true;
        }
    }
    return false;
}

bool api_query_text(struct api_call *c, const char *name, char *out, size_t out_bytes)
{
    out[0] = '\0';
    if (!is_in_query(c, name)) {
        return true;
    }
    bool ok = tincan_request_query(c->q, name, out, out_bytes) && utf8_valid(slice_str(out)) &&
              utf8_length(slice_str(out)) <= (out_bytes - 1) / UTF8_BYTES_MAX;
    if (!ok) {
        api_refuse(c, CHAT_INVALID, name, "is too long, or no text");
    }
    return ok;
}

bool api_query_int(struct api_call *c, const char *name, int64_t low, int64_t high, int64_t *out,
                   bool *bad)
{
    char text[32];
    unsigned long long v;
    if (!is_in_query(c, name)) {
        return false;
    }
    if (!tincan_request_query(c->q, name, text, sizeof text) ||
        !slice_to_u64(slice_str(text), (unsigned long long)high, &v) || (int64_t)v < low) {
        api_refuse(c, CHAT_INVALID, name, "is out of range");
        *bad = true;
        return false;
    }
    *out = (int64_t)v;
    return true;
}
