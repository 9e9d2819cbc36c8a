/* The picture of a person. The page has made it small and square; here it is held to that, and freed from what is no picture, but never
 * decoded. See README.md.
 */
#include "api_call.h"

#include "log.h"
#include "media.h"
#include "media_still.h"
#include "mem.h"

/* That of user (0: the caller) is that from now on; an empty one: none. false: refused. */
static bool set(struct api_call *c, int64_t user, struct slice type, struct slice content)
{
    struct buf body;
    struct json_out o;
    struct store_request *r = api_request(c, STORE_AVATAR_SET);
    if (!r) {
        return false;
    }
    r->in.user = user;
    r->avatar.type = type;
    r->avatar.content = content;
    if (!api_ask(c, r)) {
        return false;
    }
    api_json_start(c, &body, &o);
    chat_json_user(&o, "user", &r->out.users[0]);
    api_json_end(c, &body, &o);
    store_request_free(r);
    return true;
}

static void take(struct api_call *c, struct slice file)
{
    struct buf still = {.max = CHAT_AVATAR_BYTES_MAX};
    enum err e = media_still(file, &still);
    struct media media = media_of(buf_peek(&still), still.n);
    if (e == ERR_NOMEM) {
        api_refuse(c, CHAT_INTERNAL, NULL, "The server is out of memory");
    } else if (e != ERR_OK || media.width == 0) {
        api_refuse(c, CHAT_INVALID, "body", "must be one whole picture: PNG, JPEG or WebP");
    } else if (media.width > CHAT_AVATAR_SIDE_MAX || media.height > CHAT_AVATAR_SIDE_MAX) {
        api_refuse(c, CHAT_TOO_LARGE, "body", "must be a picture of at most 256 x 256 pixels");
    } else {
        (void)set(c, 0, slice_str(media.type), buf_peek(&still));
    }
    buf_fini(&still);
}

void api_avatar_put(struct api_call *c)
{
    size_t length = c->q->body_length, n = 1, at = 0;
    if (length > CHAT_AVATAR_BYTES_MAX) {
        api_refuse_max(c, "body", "must be a picture of at most 64 KiB", CHAT_AVATAR_BYTES_MAX);
        return;
    }
    if (!api_may_upload(c)) {
        return;
    }
    char *file = mem_alloc(CHAT_AVATAR_BYTES_MAX);
    while (file && at < length && n > 0 && tincan_request_read(c->q, file + at, length - at, &n)) {
        at += n;
    }
    if (!file) {
        api_refuse(c, CHAT_INTERNAL, NULL, "The server is out of memory");
    } else if (at < length) {
        api_refuse(c, CHAT_INVALID, "body", "was cut off");
    } else {
        take(c, (struct slice){file, at});
    }
    mem_free(file);
}

void api_avatar_drop(struct api_call *c)
{
    (void)set(c, 0, SL(""), SL(""));
}

/* What is done to somebody is written down: the picture cannot be asked for any more. */
void api_admin_avatar_drop(struct api_call *c)
{
    int64_t id;
    if (api_path_id(c, "user", &id) && set(c, id, SL(""), SL(""))) {
        log_peer(LOG_INFO, L_API, "an administrator has removed somebody's picture",
                 "by=%lld of=%lld", (long long)c->who.user, (long long)id);
    }
}

/* The version that was asked for never changes, and may be kept; who asks for another one, or for none, gets the present one this once. */
static void answer(struct api_call *c, const struct store_avatar *a, bool is_asked_for)
{
    char etag[32], type[32];
    snprintf(etag, sizeof etag, "\"%llx\"", (unsigned long long)a->version);
    snprintf(type, sizeof type, "%.*s", SL_ARG(a->type));
    api_put_passive(c, is_asked_for ? "private, max-age=31536000, immutable" : "private, no-cache",
                    etag);
    if (api_has_tag(c, etag)) {
        api_set_status(c, 304);
    } else {
        tincan_reply_body(c->r, type, (struct tincan_slice){a->content.p, a->content.n});
    }
}

void api_avatar_get(struct api_call *c)
{
    int64_t id, version = 0;
    bool bad = false;
    api_query_int(c, "v", 1, CHAT_ID_MAX, &version, &bad);
    if (bad || !api_path_id(c, "user", &id)) {
        return;
    }
    struct store_request *r = api_request(c, STORE_AVATAR_GET);
    if (!r) {
        return;
    }
    r->in.user = id;
    if (api_ask(c, r)) {
        answer(c, &r->out.avatar, version == r->out.avatar.version);
        store_request_free(r);
    }
}
