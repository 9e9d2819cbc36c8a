/* One's own account: who one is, the password, the devices. */
#include "api_call.h"

#include "log.h"

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
    api_put_user(&o, "user", &r->out.users[0]);
    json_out_int(&o, "session", c->who.session);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

/* Does the present password fit? Refused and false when not. */
static bool check_password(struct api_call *c, struct slice password, struct chat_user *user)
{
    struct store_request *get = api_request(c, STORE_USER_GET), *login;
    if (!get) {
        return false;
    }
    get->in.user = c->who.user;
    if (!api_ask(c, get)) {
        return false;
    }
    *user = get->out.users[0];
    user->name = arena_copy(&c->arena, user->name);
    login = api_request(c, STORE_USER_LOGIN);
    bool fits = false;
    if (login) {
        login->account.name = user->name;
        store_call(c->api->options.store, login);
        enum err e =
            password_verify(c->api->options.passwords, password, login->out.password_hash, NULL);
        fits = e == ERR_OK;
        if (e == ERR_AUTH) {
            api_refuse(c, CHAT_FORBIDDEN, "password", "The present password is wrong");
        } else if (!fits) {
            api_refuse_after(c, CHAT_BUSY, 1000);
        }
        store_request_free(login);
    }
    store_request_free(get);
    return fits;
}

void api_password(struct api_call *c)
{
    struct slice password, next;
    struct chat_user user;
    char hash[PASSWORD_HASH_BYTES_MAX], account[32];
    int n = snprintf(account, sizeof account, "#%lld", (long long)c->who.user);
    if (!api_text(c, "password", &password) || !api_text(c, "new_password", &next) ||
        !api_may_try(c, (struct slice){account, (size_t)n}) ||
        !check_password(c, password, &user) || !api_hash(c, next, user.name, hash)) {
        return;
    }
    struct store_request *r = api_request(c, STORE_USER_PASSWORD);
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
    json_out_array(&o, "sessions");
    for (uint32_t i = 0; i < r->out.sessions_n; i++) {
        const struct store_session *s = &r->out.sessions[i];
        json_out_object(&o, NULL);
        json_out_int(&o, "id", s->id);
        json_out_int(&o, "created", s->created_ms);
        json_out_int(&o, "seen", s->seen_ms);
        json_out_int(&o, "expires", s->expires_ms);
        json_out_text(&o, "user_agent", s->user_agent);
        json_out_text(&o, "address", s->address);
        json_out_bool(&o, "current", s->id == c->who.session);
        json_out_object_end(&o);
    }
    json_out_array_end(&o);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

void api_session_end(struct api_call *c)
{
    unsigned long long id;
    if (!slice_to_u64(c->arg, CHAT_ID_MAX, &id) || id == 0) {
        api_refuse(c, CHAT_NOT_FOUND, "session", NULL);
        return;
    }
    struct store_request *r = api_request(c, STORE_SESSION_END);
    if (!r) {
        return;
    }
    r->in.user = c->who.user;
    r->account.session = (int64_t)id;
    if (api_ask(c, r)) {
        api_put_ok(c);
        store_request_free(r);
    }
}
