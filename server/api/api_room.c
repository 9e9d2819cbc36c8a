/* Rooms from outside a socket: history, invitations. */
#include "api_call.h"

/* The page that is asked for; false: refused. */
static bool read_page(struct api_call *c, struct chat_request *in)
{
    static const struct {
        const char *name;
        enum chat_field field;
        int64_t low;
    } places[] = {{"before", CHAT_FIELD_BEFORE, 1},
                  {"after", CHAT_FIELD_AFTER, 0},
                  {"around", CHAT_FIELD_AROUND, 1}};
    int64_t *const values[] = {&in->before, &in->after, &in->around};
    const char *beside = NULL; /* the second one that is given */
    int64_t limit = CHAT_LIMIT_DEFAULT;
    bool bad = false;
    for (size_t i = 0; i < sizeof places / sizeof *places && !bad; i++) {
        if (api_query_int(c, places[i].name, places[i].low, CHAT_ID_MAX, values[i], &bad)) {
            beside = in->has && !beside ? places[i].name : beside;
            in->has |= (uint64_t)1 << places[i].field;
        }
    }
    if (!bad) {
        api_query_int(c, "limit", 1, CHAT_LIMIT_MAX, &limit, &bad);
    }
    if (!bad && beside) {
        api_refuse(c, CHAT_INVALID, beside,
                   "cannot be given beside another of before, after and around");
        bad = true;
    }
    in->limit = (uint32_t)limit;
    return !bad;
}

void api_messages(struct api_call *c)
{
    int64_t room;
    struct buf body;
    struct json_out o;
    struct store_request *r = api_path_id(c, "room", &room) ? api_request(c, STORE_HISTORY) : NULL;
    if (!r) {
        return;
    }
    r->in.room = room;
    if (!read_page(c, &r->in)) {
        store_request_free(r);
        return;
    }
    if (!api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    chat_json_messages(&o, "messages", r->out.messages, r->out.messages_n);
    json_out_int(&o, "min_seq", r->out.min_seq);
    json_out_int(&o, "max_seq", r->out.max_seq);
    api_json_end(c, &body, &o);
    store_request_free(r);
}

/* --- invitations --- */

static struct store_request *peek(struct api_call *c)
{
    unsigned char hash[32];
    if (!api_may_try(c, SL(""))) {
        return NULL;
    }
    struct store_request *r = api_request(c, STORE_INVITE_PEEK);
    if (!r) {
        return NULL;
    }
    token_hash(c->arg, hash);
    r->account.hash = arena_copy(&r->arena, (struct slice){(const char *)hash, sizeof hash});
    return api_ask(c, r) ? r : NULL;
}

void api_invite_peek(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    struct store_request *r = peek(c);
    if (!r) {
        return;
    }
    const struct store_invite *i = &r->out.invites[0];
    api_json_start(c, &body, &o);
    json_out_int(&o, "expires", i->expires_ms);
    if (i->room > 0) {
        json_out_text(&o, "room", i->room_name);
    }
    if (r->out.users_n > 0) {
        json_out_text(&o, "by", r->out.users[0].display);
    }
    api_json_end(c, &body, &o);
    store_request_free(r);
}

void api_invite_accept(struct api_call *c)
{
    struct buf body;
    struct json_out o;
    struct store_request *known = peek(c);
    if (!known) {
        return;
    }
    struct store_request *r = api_request(c, STORE_ROOM_JOIN);
    if (r && known->out.invites[0].room == 0) {
        api_refuse(c, CHAT_INVALID, "invite", "This invitation is for registering");
        store_request_free(r);
        r = NULL;
    }
    if (r) {
        r->in.room = known->out.invites[0].room;
        r->account.hash = arena_copy(&r->arena, known->account.hash);
    }
    store_request_free(known);
    if (!r || !api_ask(c, r)) {
        return;
    }
    api_json_start(c, &body, &o);
    chat_json_room(&o, "room", &r->out.rooms[0]);
    api_json_end(c, &body, &o);
    store_request_free(r);
}
