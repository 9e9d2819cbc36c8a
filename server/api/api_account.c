/* One's own account: who one is, the password, the devices. */
#include "api_call.h"

void api_me(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    struct store_request *r = api_request(c, STORE_USER_GET);
    if (!r) {
        return;
    }
    r->in.user = c->who.user;
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    chat_json_user(&o, "user", &r->out.users[0]);
    json_out_int(&o, "session", c->who.session);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

/* The fields of the event "profile", and its answer. */
void api_me_change(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    struct chat_refusal why;
    struct slice fields = c->q->body.n > 0 ? (struct slice){c->q->body.p, c->q->body.n} : SL("{}");
    struct store_request *r =
        api_may(c, c->api->profiles) ? api_request(c, STORE_USER_UPDATE) : NULL;
    if (!r) {
        return;
    }
    enum err e = chat_request_decode(EVENT_PROFILE, fields, &r->arena, &r->in, &why);
    if (e != ERR_OK) {
        store_request_free(r);
        if (e == ERR_INVALID) {
            api_refuse(c, why.error, why.field, why.message);
        } else {
            api_refuse(c, CHAT_INTERNAL, NULL, "The server is out of memory");
        }
        return;
    }
    if (api_ask(c, r)) {
        api_json_start(c, &body, &o);
        chat_json_user(&o, "user", &r->out.users[0]);
        api_json_end(c, &body, &o);
        store_request_free(r);
    }
}

/* The account and its hash; NULL: refused. */
static struct store_request *get_login(struct api_call *c)
{
    struct store_request *who = api_request(c, STORE_USER_GET), *login = NULL;
    if (!who) {
        return NULL;
    }
    who->in.user = c->who.user;
    if (!api_ask(c, who)) {
        return NULL;
    }
    login = api_request(c, STORE_USER_LOGIN);
    if (login) {
        login->account.name = arena_copy(&login->arena, who->out.users[0].name);
        login = api_ask(c, login) ? login : NULL;
    }
    store_request_free(who);
    return login;
}

/* Does the present password fit? Refused and false when not. */
static bool check_password(struct api_call *c, struct slice password,
                           const struct store_request *login)
{
    char account[32];
    int n = snprintf(account, sizeof account, "#%lld", (long long)c->who.user);
    struct slice key = {account, (size_t)n};
    if (!api_may_try(c, key)) {
        return false;
    }
    enum err e =
        password_verify(c->api->options.passwords, password, login->out.password_hash, NULL);
    if (e == ERR_OK || e == ERR_AUTH) {
        api_tried(c, key, e == ERR_OK);
    }
    if (e == ERR_AUTH) {
        api_refuse(c, CHAT_FORBIDDEN, "password", "The present password is wrong");
    } else if (e != ERR_OK) {
        api_refuse_after(c, CHAT_BUSY, 1000);
    }
    return e == ERR_OK;
}

void api_password(struct api_call *c)
{
    struct slice password, next;
    char hash[PASSWORD_HASH_BYTES_MAX];
    if (!api_text(c, "password", &password) || !api_text(c, "new_password", &next)) {
        return;
    }
    struct store_request *login = get_login(c);
    if (!login) {
        return;
    }
    bool ok = check_password(c, password, login) &&
              api_hash(c, "new_password", next, login->out.users[0].name, hash);
    store_request_free(login);
    struct store_request *r = ok ? api_request(c, STORE_USER_PASSWORD) : NULL;
    if (!r) {
        return;
    }
    r->in.user = c->who.user;
    r->account.password_hash = slice_str(hash);
    r->account.session = c->who.session;
    if (api_ask(c, r)) {
        api_put_ok(c);
        store_request_free(r);
    }
}

void api_put_sessions(struct json_out *o, const struct store_request *r, int64_t current)
{
    json_out_array(o, "sessions");
    for (uint32_t i = 0; i < r->out.sessions_n; i++) {
        const struct store_session *s = &r->out.sessions[i];
        json_out_object(o, NULL);
        json_out_int(o, "id", s->id);
        json_out_int(o, "created", s->created_ms);
        json_out_int(o, "seen", s->seen_ms);
        json_out_int(o, "expires", s->expires_ms);
        json_out_text(o, "user_agent", s->user_agent);
        json_out_text(o, "address", s->address);
        json_out_bool(o, "current", s->id == current);
        json_out_object_end(o);
    }
    json_out_array_end(o);
}

void api_sessions(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    struct store_request *r = api_request(c, STORE_SESSIONS);
    if (!r) {
        return;
    }
    r->in.user = c->who.user;
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    api_put_sessions(&o, r, c->who.session);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

void api_session_end(struct api_call *c)
{
    int64_t id;
    struct store_request *r =
        api_path_id(c, "session", &id) ? api_request(c, STORE_SESSION_END) : NULL;
    if (!r) {
        return;
    }
    r->in.user = c->who.user;
    r->account.session = id;
    if (api_ask(c, r)) {
        api_put_ok(c);
        store_request_free(r);
    }
}
