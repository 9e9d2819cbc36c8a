/* What administrators do: people, roles, invitations to the server. */
#include "api_call.h"

#define INVITE_SECONDS_DEFAULT (7 * 86400)

/* Those whom the asker may see as anybody: public rooms, and the private ones he is in. */
void api_admin_rooms(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    char q[CHAT_QUERY_CHARS_MAX * 4 + 1];
    int64_t after = 0;
    bool bad = false;
    if (!api_query_text(c, "q", q, sizeof q)) {
        return;
    }
    api_query_int(c, "after", 0, CHAT_ID_MAX, &after, &bad);
    struct store_request *r = bad ? NULL : api_request(c, STORE_ROOMS);
    if (!r) {
        return;
    }
    r->in.q = slice_str(q);
    r->in.after = after;
    r->in.limit = CHAT_LIMIT_MAX;
    r->in.browse = true; /* what admins write to each other is no room of the server's */
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    chat_json_rooms(&o, "rooms", r->out.rooms, r->out.rooms_n);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

/* The devices of somebody of a lower role. */
void api_admin_sessions(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    int64_t user = 0;
    bool bad = false;
    if (!api_query_int(c, "user", 1, CHAT_ID_MAX, &user, &bad)) {
        if (!bad) {
            api_refuse(c, CHAT_INVALID, "user", "is missing");
        }
        return;
    }
    struct store_request *r = api_request(c, STORE_SESSIONS);
    if (!r) {
        return;
    }
    r->in.user = user;
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    api_put_sessions(&o, r, c->who.session);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

static void end_sessions(struct api_call *c, int64_t user, int64_t session)
{
    struct buf body;
    struct json_out o;
    struct store_request *r = api_request(c, STORE_SESSION_END);
    if (!r) {
        return;
    }
    r->in.user = user;
    r->account.session = session;
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    json_out_int(&o, "ended", r->out.revoked_n);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

void api_admin_session_end(struct api_call *c)
{
    int64_t id;
    if (api_path_id(c, "session", &id)) {
        end_sessions(c, 0, id);
    }
}

void api_admin_sessions_end(struct api_call *c)
{
    int64_t id;
    if (api_path_id(c, "user", &id)) {
        end_sessions(c, id, 0);
    }
}

void api_admin_users(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    char q[CHAT_QUERY_CHARS_MAX * 4 + 1] = "";
    struct store_request *r =
        api_query_text(c, "q", q, sizeof q) ? api_request(c, STORE_USERS) : NULL;
    if (!r) {
        return;
    }
    r->in.q = slice_str(q);
    r->in.limit = CHAT_LIMIT_MAX;
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    chat_json_users(&o, "users", r->out.users, r->out.users_n);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

void api_admin_role(struct api_call *c)
{
    int64_t id;
    struct slice role;
    struct store_request *r = api_path_id(c, "user", &id) && api_text(c, "role", &role)
                                  ? api_request(c, STORE_USER_ROLE)
                                  : NULL;
    if (!r) {
        return;
    }
    r->in.user = id;
    if (!chat_role_find(role, &r->in.role)) {
        api_refuse(c, CHAT_INVALID, "role", "must be guest, member, mod, admin or owner");
        store_request_free(r);
        return;
    }
    if (api_ask(c, r)) {
        struct buf body;
        struct json_out o;
        api_json_start(c, &body, &o);
        chat_json_user(&o, "user", &r->out.users[0]);
        api_json_end(c, &body, &o);
        store_request_free(r);
    }
}

void api_admin_invites(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    struct store_request *r = api_request(c, STORE_INVITE_LIST);
    if (!r || !api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    json_out_array(&o, "invites");
    for (uint32_t i = 0; i < r->out.invites_n; i++) {
        chat_json_invite(&o, NULL, &r->out.invites[i], NULL);
    }
    json_out_array_end(&o);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

void api_admin_invite(struct api_call *c)
{
    char token[TOKEN_RANDOM_TEXT];
    unsigned char hash[32];
    struct buf body;
    struct json_out o;
    struct store_request *r = api_request(c, STORE_INVITE_CREATE);
    if (!r) {
        return;
    }
    token_random(token);
    token_hash(slice_str(token), hash);
    r->account.hash = (struct slice){(const char *)hash, sizeof hash};
    r->in.seconds = INVITE_SECONDS_DEFAULT;
    r->in.role = CHAT_MEMBER;
    r->in.has = (uint64_t)1 << CHAT_FIELD_SECONDS | (uint64_t)1 << CHAT_FIELD_ROLE;
    json_in_int(&c->body, "seconds", 1, 366 * 86400, &r->in.seconds);
    if (json_in_int(&c->body, "uses", 1, 1000, &r->in.uses)) {
        r->in.has |= (uint64_t)1 << CHAT_FIELD_USES;
    }
    if (c->body.err) {
        api_refuse(c, CHAT_INVALID, c->body.field, "is out of range");
        store_request_free(r);
        return;
    }
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    chat_json_invite(&o, "invite", &r->out.invites[0], token);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

void api_admin_revoke(struct api_call *c)
{
    int64_t id;
    struct store_request *r =
        api_path_id(c, "invite", &id) ? api_request(c, STORE_INVITE_REVOKE) : NULL;
    if (!r) {
        return;
    }
    r->in.invite_id = id;
    r->in.room = 0; /* one to the server */
    r->in.has = (uint64_t)1 << CHAT_FIELD_ROOM;
    if (api_ask(c, r)) {
        api_put_ok(c);
        store_request_free(r);
    }
}
