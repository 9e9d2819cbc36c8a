/* The connection, the token, resuming, and what comes from the wire. See chat_client.h. */
#include "chat_client_inside.h"

#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include "mem.h"

#include <string.h>

#define REFUSED_AGAIN_MS 3000
#define TEXTS_BYTES_MAX  (64u << 10)
#define SCRATCH_BYTES    (1u << 20)

static const struct json_limits wide = {64, JSON_RELAY_VALUES_MAX, true};

static void set_state(struct chat_client *c, enum chat_client_state state,
                      const struct sock_status *status)
{
    c->state = state;
    if (c->callbacks.on_state) {
        c->callbacks.on_state(c->callbacks.user, state, status);
    }
}

/* --- asking --- */

static void call_free(struct client_call *call)
{
    *call->at = call->next;
    if (call->next) {
        call->next->at = call->at;
    }
    mem_free(call);
}

static struct client_call *call_new(struct chat_client *c, chat_answer_fn fn, void *user)
{
    struct client_call *call = mem_alloc(sizeof *call);
    if (call) {
        *call = (struct client_call){.next = c->calls, .at = &c->calls, .fn = fn, .user = user};
        if (call->next) {
            call->next->at = &call->next;
        }
        c->calls = call;
    }
    return call;
}

/* {"ok":false,"error":{...}} */
static void read_error(struct slice json, struct arena *arena, struct chat_answer *a)
{
    struct json_in in, error;
    struct slice raw, code = SL("");
    int64_t after = 0;
    json_in_start(&in, json, arena);
    json_in_bool(&in, "ok", &a->ok);
    a->error = CHAT_ERRORS_N;
    if (a->ok || !json_in_raw(&in, "error", &raw)) {
        return;
    }
    json_in_start(&error, raw, arena);
    json_in_text(&error, "code", &code);
    json_in_text(&error, "message", &a->message);
    json_in_text(&error, "field", &a->field);
    if (json_in_int(&error, "retry_after_ms", 0, UINT32_MAX, &after)) {
        a->retry_after_ms = (uint32_t)after;
    }
    a->error = chat_error_find(code);
}

static void on_ack(void *user, enum err result, const struct sock_args *args)
{
    struct client_call *call = user;
    struct arena arena;
    struct chat_answer answer = {.result = result, .room = call->room};
    struct json_iter it;
    arena_init(&arena, TEXTS_BYTES_MAX);
    if (result == ERR_OK) {
        struct slice first = SL("");
        json_iter_init_elements(&it, args->json);
        if (args->json.n > 0 && json_iter_next(&it, NULL, &first) &&
            json_check(first, &wide) == ERR_OK && json_type_of(first) == JSON_OBJECT) {
            answer.json = first;
            read_error(first, &arena, &answer);
        } else {
            answer.result = ERR_PROTO;
        }
    }
    chat_answer_fn fn = call->fn;
    void *fn_user = call->user;
    call_free(call);
    fn(fn_user, &answer);
    arena_fini(&arena);
}

static enum err ask(struct chat_client *c, enum event_id event, const struct chat_request *request,
                    chat_answer_fn fn, void *user)
{
    struct client_call *call = call_new(c, fn, user);
    if (!call) {
        return ERR_NOMEM;
    }
    call->room = request->room;
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
    return c->state == CHAT_CLIENT_LIVE ? ask(c, event, request, fn, user) : ERR_CLOSED;
}

/* --- resuming --- */

static void take_me(struct chat_client *c, const struct chat_user *user)
{
    struct arena arena;
    struct chat_user me;
    arena_init(&arena, TEXTS_BYTES_MAX);
    if (!client_copy_user(&me, user, &arena)) {
        arena_fini(&arena);
        return;
    }
    arena_fini(&c->me_arena);
    c->me_arena = arena;
    c->me = me;
}

static void take_epoch(struct chat_client *c, struct slice epoch)
{
    arena_fini(&c->epoch_arena);
    arena_init(&c->epoch_arena, 256);
    c->epoch = arena_copy(&c->epoch_arena, epoch);
}

/* One room of the answer. What is not followed only gets its numbers: nobody keeps its messages. */
static void take_room(struct chat_client *c, const struct chat_room *from)
{
    struct client_room *known = client_room_find(c, from->id);
    int64_t last_ev = known ? known->last_ev : from->ev;
    struct client_room *room = client_room_put(c, from);
    if (!room) {
        return;
    }
    room->seen = true;
    room->last_ev = last_ev;
    client_tell_room(c, room);
    room = client_room_find(c, from->id);
    if (room) {
        client_room_catch_up(c, room, from);
    }
}

static void drop_unseen(struct chat_client *c)
{
    for (uint32_t i = c->rooms_n; i-- > 0;) {
        if (i < c->rooms_n && !c->rooms[i]->seen) {
            client_room_drop(c, c->rooms[i]->r.id);
        }
    }
}

static void take_rooms(struct chat_client *c, struct slice array)
{
    struct json_iter it;
    struct slice value;
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        c->rooms[i]->seen = false;
    }
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value);) {
        struct arena arena;
        struct chat_room room;
        arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
        if (chat_room_decode(value, &arena, &room) == ERR_OK) {
            take_room(c, &room);
        }
        arena_fini(&arena);
    }
    drop_unseen(c);
}

static void on_resumed(void *user, const struct chat_answer *answer)
{
    struct chat_client *c = user;
    struct arena arena;
    struct json_in in;
    struct slice raw, text = SL("");
    struct chat_user me;
    if (c->state != CHAT_CLIENT_RESUMING || answer->result != ERR_OK || !answer->ok) {
        if (c->state == CHAT_CLIENT_RESUMING && answer->result != ERR_CLOSED) {
            c->host->timer_start(c->timer, 1000); /* asked again then */
        }
        return;
    }
    arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
    json_in_start(&in, answer->json, &arena);
    if (json_in_raw(&in, "user", &raw) && chat_user_decode(raw, &arena, &me) == ERR_OK) {
        take_me(c, &me);
    }
    if (json_in_text(&in, "epoch", &text)) {
        take_epoch(c, text);
    }
    c->state =
        CHAT_CLIENT_LIVE; /* held events go on from here; it is told when the rooms are known */
    if (json_in_raw(&in, "rooms", &raw) && json_type_of(raw) == JSON_ARRAY) {
        take_rooms(c, raw);
    }
    arena_fini(&arena);
    set_state(c, CHAT_CLIENT_LIVE, NULL);
    if (c->callbacks.on_resumed) {
        c->callbacks.on_resumed(c->callbacks.user, &c->me);
    }
    client_outbox_pump(c);
}

static void resume(struct chat_client *c)
{
    struct chat_cursor cursors[CHAT_RESUME_ROOMS_MAX];
    struct chat_request r = {.cursors = cursors};
    for (uint32_t i = 0; i < c->rooms_n && r.cursors_n < CHAT_RESUME_ROOMS_MAX; i++) {
        if (c->rooms[i]->followed) {
            cursors[r.cursors_n++] = (struct chat_cursor){c->rooms[i]->r.id, c->rooms[i]->last_ev};
        }
        c->rooms[i]->syncing = false;
    }
    if (c->epoch.n > 0) {
        r.has |= 1ull << CHAT_FIELD_EPOCH;
        r.epoch = c->epoch;
    }
    if (r.cursors_n > 0) {
        r.has |= 1ull << CHAT_FIELD_ROOMS;
    }
    if (ask(c, EVENT_RESUME, &r, on_resumed, c) != ERR_OK) {
        c->host->timer_start(c->timer, 1000);
    }
}

static void on_timer(void *user)
{
    struct chat_client *c = user;
    if (c->refused && c->state == CHAT_CLIENT_CONNECTING) {
        c->refused = false;
        sock_open(c->sock);
    } else if (c->state == CHAT_CLIENT_RESUMING) {
        resume(c);
    } else {
        client_outbox_pump(c);
    }
}

/* --- the connection --- */

static void on_auth(void *user)
{
    struct chat_client *c = user;
    c->wants_token = true;
    c->callbacks.on_token(c->callbacks.user, c->token_refused);
}

void chat_client_token(struct chat_client *c, struct slice token)
{
    struct buf json = {.max = CHAT_TOKEN_BYTES_MAX + 64};
    struct json_out o;
    c->wants_token = false;
    if (token.n == 0) {
        sock_close(c->sock);
        set_state(c, CHAT_CLIENT_SIGNED_OUT, NULL);
        return;
    }
    c->token_refused = false;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "token", token);
    json_out_object_end(&o);
    if (json_out_end(&o) != ERR_OK || sock_auth(c->sock, buf_peek(&json)) != ERR_OK) {
        sock_close(c->sock);
        set_state(c, CHAT_CLIENT_SIGNED_OUT, NULL);
    }
    buf_fini(&json);
}

/* Did the server refuse the token, rather than the connection? */
static bool is_auth_refusal(const struct sock_status *status)
{
    struct arena arena;
    struct json_in in, data;
    struct slice raw, code = SL("");
    arena_init(&arena, TEXTS_BYTES_MAX);
    if (status->refusal_json.n > 0 && json_check(status->refusal_json, NULL) == ERR_OK) {
        json_in_start(&in, status->refusal_json, &arena);
        if (json_in_raw(&in, "data", &raw)) {
            json_in_start(&data, raw, &arena);
            json_in_text(&data, "code", &code);
        }
    }
    bool refused = slice_eq(code, SL("auth"));
    arena_fini(&arena);
    return refused;
}

/* Is it still the connection that was resumed? */
static bool is_same_life(struct chat_client *c, const struct sock_status *status)
{
    bool same = (c->state == CHAT_CLIENT_LIVE || c->state == CHAT_CLIENT_RESUMING) &&
                slice_eq(status->sid, (struct slice){c->sid, c->sid_n});
    c->sid_n = status->sid.n < sizeof c->sid ? status->sid.n : 0;
    if (c->sid_n > 0) {
        memcpy(c->sid, status->sid.p, c->sid_n);
    }
    return same;
}

static void on_status(void *user, const struct sock_status *status)
{
    struct chat_client *c = user;
    switch (status->state) {
    case SOCK_LIVE:
        if (is_same_life(c, status)) { /* it was upgraded */
            set_state(c, c->state, status);
        } else {
            set_state(c, CHAT_CLIENT_RESUMING, status);
            resume(c);
        }
        break;
    case SOCK_WAITING:
    case SOCK_CONNECTING:
        client_outbox_lost(c);
        set_state(c, CHAT_CLIENT_CONNECTING, status);
        break;
    case SOCK_CLOSED:
        client_outbox_lost(c);
        if (c->state == CHAT_CLIENT_IDLE || c->state == CHAT_CLIENT_SIGNED_OUT) {
            break;
        }
        set_state(c, CHAT_CLIENT_CONNECTING, status);
        if (is_auth_refusal(status) || status->refusal_json.n == 0) {
            /* The namespace was refused, or closed, as it is for sessions that have ended: another token tells. */
            c->token_refused = true;
            sock_open(c->sock);
        } else {
            c->refused = true;
            c->host->timer_start(c->timer, REFUSED_AGAIN_MS);
        }
        break;
    case SOCK_IDLE:
        break;
    }
}

/* --- the wire --- */

static void on_me(struct chat_client *c, struct slice json, struct arena *arena)
{
    struct json_in in;
    struct slice kind = SL(""), raw;
    int64_t id = 0;
    struct chat_room room;
    struct chat_user me;
    json_in_start(&in, json, arena);
    json_in_text(&in, "kind", &kind);
    if (slice_eq(kind, SL("room")) && json_in_raw(&in, "room", &raw) &&
        chat_room_decode(raw, arena, &room) == ERR_OK) {
        struct client_room *known = client_room_find(c, room.id);
        int64_t last_ev = known ? known->last_ev : room.ev;
        struct client_room *now = client_room_put(c, &room);
        if (now) {
            now->last_ev = last_ev;
            client_tell_room(c, now);
        }
    } else if (slice_eq(kind, SL("left")) && json_in_int(&in, "room", 1, CHAT_ID_MAX, &id)) {
        client_room_drop(c, id);
    } else if (slice_eq(kind, SL("read")) && json_in_int(&in, "room", 1, CHAT_ID_MAX, &id)) {
        struct client_room *known = client_room_find(c, id);
        if (known) {
            json_in_int(&in, "read_seq", 0, CHAT_ID_MAX, &known->r.read_seq);
            json_in_int(&in, "unread", 0, CHAT_ID_MAX, &known->r.unread);
            json_in_int(&in, "mentions", 0, CHAT_ID_MAX, &known->r.mentions);
            client_tell_room(c, known);
        }
    } else if (slice_eq(kind, SL("profile")) && json_in_raw(&in, "user", &raw) &&
               chat_user_decode(raw, arena, &me) == ERR_OK) {
        take_me(c, &me);
        if (c->callbacks.on_profile) {
            c->callbacks.on_profile(c->callbacks.user, &c->me);
        }
    }
}

static void on_typing(struct chat_client *c, struct slice json, struct arena *arena)
{
    struct json_in in;
    int64_t room = 0, from = 0;
    bool on = false;
    json_in_start(&in, json, arena);
    if (json_in_int(&in, "room", 1, CHAT_ID_MAX, &room) &&
        json_in_int(&in, "user", 1, CHAT_ID_MAX, &from) && json_in_bool(&in, "on", &on) &&
        c->callbacks.on_typing) {
        c->callbacks.on_typing(c->callbacks.user, room, from, on);
    }
}

static void on_presence(struct chat_client *c, struct slice json, struct arena *arena)
{
    struct json_in in, one;
    struct json_iter it;
    struct slice users, value, name;
    json_in_start(&in, json, arena);
    if (!json_in_raw(&in, "users", &users) || json_type_of(users) != JSON_ARRAY ||
        !c->callbacks.on_presence) {
        return;
    }
    for (json_iter_init(&it, users); json_iter_next(&it, NULL, &value);) {
        int64_t id = 0;
        enum chat_presence state;
        json_in_start(&one, value, arena);
        if (json_in_int(&one, "id", 1, CHAT_ID_MAX, &id) && json_in_text(&one, "state", &name) &&
            chat_presence_find(name, &state)) {
            c->callbacks.on_presence(c->callbacks.user, id, state);
        }
    }
}

static void on_bye(struct chat_client *c, struct slice json, struct arena *arena)
{
    struct json_in in;
    struct slice code = SL("");
    json_in_start(&in, json, arena);
    json_in_text(&in, "code", &code);
    if (c->callbacks.on_bye) {
        c->callbacks.on_bye(c->callbacks.user, code);
    }
}

static void on_event(void *user, const struct sock_event *event)
{
    struct chat_client *c = user;
    struct json_iter it;
    struct slice json = SL("");
    struct arena arena;
    struct chat_event e;
    json_iter_init_elements(&it, event->args.json);
    if (event->args.json.n == 0 || !json_iter_next(&it, NULL, &json) ||
        json_check(json, &wide) != ERR_OK || json_type_of(json) != JSON_OBJECT) {
        return;
    }
    arena_init(&arena, CHAT_CLIENT_ARENA_BYTES);
    if (slice_eq(event->name, SL("event"))) {
        if (chat_event_decode(json, &arena, &e) == ERR_OK) {
            client_room_event(c, &e, json);
        }
    } else if (slice_eq(event->name, SL("me"))) {
        on_me(c, json, &arena);
    } else if (slice_eq(event->name, SL("typing"))) {
        on_typing(c, json, &arena);
    } else if (slice_eq(event->name, SL("presence"))) {
        on_presence(c, json, &arena);
    } else if (slice_eq(event->name, SL("bye"))) {
        on_bye(c, json, &arena);
    }
    arena_fini(&arena);
}

/* --- the whole --- */

struct chat_client *chat_client_new(const struct manager_options *connection,
                                    const struct chat_client_callbacks *callbacks)
{
    struct chat_client *c = mem_zalloc(sizeof *c);
    if (!c) {
        return NULL;
    }
    const struct sock_options options = {.connection = *connection, .nsp = SL("/chat")};
    const struct sock_callbacks wire = {
        .user = c, .on_status = on_status, .on_event = on_event, .on_auth = on_auth};
    c->callbacks = *callbacks;
    c->host = host_default();
    c->out_tail = &c->out;
    buf_init(&c->scratch, SCRATCH_BYTES);
    arena_init(&c->me_arena, TEXTS_BYTES_MAX);
    arena_init(&c->epoch_arena, 256);
    c->timer = c->host->timer_new(on_timer, c);
    c->sock = c->timer ? sock_new(&options, &wire) : NULL;
    if (!c->sock) {
        chat_client_free(c);
        return NULL;
    }
    return c;
}

void chat_client_free(struct chat_client *c)
{
    if (!c) {
        return;
    }
    sock_free(c->sock);
    if (c->timer) {
        c->host->timer_free(c->timer);
    }
    while (c->calls) {
        call_free(c->calls);
    }
    client_rooms_fini(c);
    client_outbox_fini(c);
    arena_fini(&c->me_arena);
    arena_fini(&c->epoch_arena);
    buf_fini(&c->scratch);
    mem_free(c);
}

void chat_client_open(struct chat_client *c)
{
    c->state = CHAT_CLIENT_CONNECTING;
    sock_open(c->sock);
}

void chat_client_close(struct chat_client *c)
{
    c->state = CHAT_CLIENT_IDLE;
    sock_close(c->sock);
}

enum chat_client_state chat_client_state(const struct chat_client *c)
{
    return c->state;
}

void chat_client_retry_now(struct chat_client *c)
{
    sock_retry_now(c->sock);
}

void chat_client_network(struct chat_client *c, bool online)
{
    sock_network_changed(c->sock, online);
}

bool chat_client_quiet(const struct chat_client *c)
{
    return sock_quiet(c->sock);
}

const struct chat_user *chat_client_me(const struct chat_client *c)
{
    return &c->me;
}

const struct chat_room *chat_client_room(const struct chat_client *c, int64_t id)
{
    const struct client_room *room = client_room_find(c, id);
    return room ? &room->r : NULL;
}

void chat_client_each_room(const struct chat_client *c,
                           void (*fn)(void *user, const struct chat_room *room), void *user)
{
    for (uint32_t i = 0; i < c->rooms_n; i++) {
        fn(user, &c->rooms[i]->r);
    }
}

void chat_client_follow(struct chat_client *c, int64_t id, bool on)
{
    struct client_room *room = client_room_find(c, id);
    if (room) {
        room->followed = on;
    }
}
