/* Requests and their answers. See chat_client.h. */
#include "chat_client_inside.h"

#include "json.h"
#include "json_in.h"
#include "mem.h"

static const struct json_limits wide = {64, JSON_RELAY_VALUES_MAX, true};

static void call_free(struct client_call *call)
{
    *call->at = call->next;
    if (call->next) {
        call->next->at = call->at;
    }
    mem_free(call);
}

static struct client_call *call_new(struct chat_client *c, const struct client_call *from)
{
    struct client_call *call = mem_alloc(sizeof *call);
    if (call) {
        *call = *from;
        call->c = c;
        call->next = c->calls;
        call->at = &c->calls;
        if (call->next) {
            call->next->at = &call->next;
        }
        c->calls = call;
    }
    return call;
}

void client_calls_fini(struct chat_client *c)
{
    while (c->calls) {
        call_free(c->calls);
    }
}

bool client_first_object(const struct sock_args *args, struct slice *json)
{
    struct json_iter it;
    json_iter_init_elements(&it, args->json);
    return args->json.n > 0 && json_iter_next(&it, NULL, json) &&
           json_check(*json, &wide) == ERR_OK && json_type_of(*json) == JSON_OBJECT;
}

/* {"ok":true} or {"ok":false,"error":{...}} */
static void read_result(struct slice json, struct arena *arena, struct chat_answer *a)
{
    struct json_in in;
    json_in_start(&in, json, arena);
    json_in_bool(&in, "ok", &a->ok);
    if (!a->ok) {
        answer_refusal_read(&in, &a->why);
    }
}

uint32_t client_again_ms(const struct chat_answer *answer)
{
    if (answer->result == ERR_CLOSED || (answer->result == ERR_OK && answer->ok)) {
        return 0;
    }
    if (answer->result == ERR_OK && answer->why.retry != CHAT_RETRY_same) {
        return 0;
    }
    return answer->why.retry_after_ms > 0 ? answer->why.retry_after_ms : CHAT_CLIENT_AGAIN_MS;
}

/* Some answers tell of a room that is mine now. Its own "me" comes behind the answer, whose receiver may want to follow it at once. */
static void learn_room(const struct client_call *call, struct slice json)
{
    struct arena arena;
    struct json_in in;
    struct slice raw;
    struct chat_room room;
    if (call->event != EVENT_ROOM_JOIN && call->event != EVENT_ROOM_CREATE &&
        call->event != EVENT_DM) {
        return;
    }
    arena_init(&arena, CHAT_CLIENT_TEXTS_BYTES);
    json_in_start(&in, json, &arena);
    if (json_in_raw(&in, "room", &raw) && chat_room_decode(raw, &arena, &room) == ERR_OK &&
        room.has_mine && room.joined) {
        client_room_learn(call->c, &room);
    }
    arena_fini(&arena);
}

static void on_ack(void *user, enum err result, const struct sock_args *args)
{
    struct client_call call = *(struct client_call *)user;
    struct arena arena;
    struct chat_answer answer = {.result = result, .room = call.room};
    call_free(user);
    if (result == ERR_CLOSED) {
        client_lose(call.c); /* that is told later; until then, nobody shall ask */
    }
    arena_init(&arena, CHAT_CLIENT_TEXTS_BYTES);
    if (result == ERR_OK && client_first_object(args, &answer.json)) {
        read_result(answer.json, &arena, &answer);
        if (answer.ok) {
            learn_room(&call, answer.json);
        }
    } else if (result == ERR_OK) {
        answer.result = ERR_PROTO;
    }
    call.fn(call.user, &answer);
    arena_fini(&arena);
}

enum err client_ask(struct chat_client *c, enum event_id event, const struct chat_request *request,
                    chat_answer_fn fn, void *user)
{
    struct client_call *call = call_new(
        c, &(struct client_call){.event = event, .fn = fn, .user = user, .room = request->room});
    if (!call) {
        return ERR_NOMEM;
    }
    buf_reset(&c->scratch);
    enum err e = chat_request_encode(event, request, &c->scratch);
    if (e == ERR_OK) {
        const struct sock_message message = {.event = event_rows[event].name,
                                             .args = {.json = buf_peek(&c->scratch)},
                                             .ack = on_ack,
                                             .ack_user = call,
                                             .timeout_ms = CHAT_CLIENT_ASK_MS};
        e = sock_send(c->sock, &message);
    }
    if (e != ERR_OK) {
        call_free(call);
    }
    return e;
}

enum err chat_client_ask(struct chat_client *c, enum event_id event,
                         const struct chat_request *request, chat_answer_fn fn, void *user)
{
    return c->state == CHAT_CLIENT_LIVE ? client_ask(c, event, request, fn, user) : ERR_CLOSED;
}
