/* The connection, the token, time, and the whole. See chat_client.h. */
#include "chat_client_inside.h"

#include "json.h"
#include "json_in.h"
#include "json_out.h"
#include "mem.h"

#include <string.h>

#define SCRATCH_BYTES     (1u << 20)
#define EPOCH_BYTES_MAX   256
#define REOPEN_FIRST_MS   1000
#define REOPEN_MAX_MS     30000
#define SETTLED_MS        10000 /* a connection that has lasted that long was a good one */
#define REOPEN_SPREAD_PER 4     /* a quarter of the wait is left to chance */

void client_set_state(struct chat_client *c, enum chat_client_state state,
                      const struct sock_status *status)
{
    c->state = state;
    if (c->callbacks.on_state) {
        c->callbacks.on_state(c->callbacks.user, state, status);
    }
}

/* --- time --- */

void client_wake(struct chat_client *c, int64_t at_ms)
{
    if (at_ms < c->wake_ms) {
        int64_t in_ms = at_ms - c->host->now_ms();
        c->wake_ms = at_ms;
        c->host->timer_start(c->timer, in_ms < 0            ? 0
                                       : in_ms > UINT32_MAX ? UINT32_MAX
                                                            : (uint32_t)in_ms);
    }
}

static void on_timer(void *user)
{
    struct chat_client *c = user;
    int64_t now_ms = c->host->now_ms();
    c->wake_ms = CHAT_CLIENT_NEVER;
    if (c->signed_out_untold) {
        c->signed_out_untold = false;
        client_set_state(c, CHAT_CLIENT_SIGNED_OUT, NULL);
    }
    if (c->reopen_ms <= now_ms) {
        c->reopen_ms = CHAT_CLIENT_NEVER;
        sock_open(c->sock);
    }
    if (c->resume_ms <= now_ms) {
        client_resume(c);
    }
    client_rooms_turn(c);
    client_outbox_turn(c);
    client_outbox_pump(c);
    client_wake(c, c->reopen_ms);
    client_wake(c, c->resume_ms);
}

/* --- the token --- */

static void on_auth(void *user)
{
    struct chat_client *c = user;
    c->callbacks.on_token(c->callbacks.user, c->token_refused);
}

static enum err give_token(struct chat_client *c, struct slice token)
{
    struct buf json = {.max = CHAT_TOKEN_BYTES_MAX + 64};
    struct json_out o;
    json_out_start(&o, &json);
    json_out_object(&o, NULL);
    json_out_text(&o, "token", token);
    json_out_object_end(&o);
    enum err e = json_out_end(&o);
    e = e ? e : sock_auth(c->sock, buf_peek(&json));
    buf_fini(&json);
    return e;
}

static void reopen(struct chat_client *c, uint32_t wait_ms)
{
    c->reopen_ms = c->host->now_ms() + wait_ms;
    client_wake(c, c->reopen_ms);
}

void chat_client_token(struct chat_client *c, struct slice token)
{
    enum err e = token.n > 0 ? give_token(c, token) : ERR_AUTH;
    if (e == ERR_OK) {
        c->token_refused = false;
        return;
    }
    if (e == ERR_NOMEM) {
        if (c->state == CHAT_CLIENT_CONNECTING) { /* else it was not asked for */
            sock_close(c->sock);
            reopen(c, REOPEN_FIRST_MS);
        }
        return;
    }
    chat_client_close(c);
    c->state = CHAT_CLIENT_SIGNED_OUT;
    c->signed_out_untold = true; /* not inside this call */
    client_wake(c, c->host->now_ms());
}

/* --- the connection --- */

void client_lose(struct chat_client *c)
{
    if (c->state == CHAT_CLIENT_LIVE && c->host->now_ms() - c->resumed_ms >= SETTLED_MS) {
        c->refusals_n = 0;
    }
    if (c->state == CHAT_CLIENT_LIVE || c->state == CHAT_CLIENT_RESUMING) {
        c->state = CHAT_CLIENT_CONNECTING;
    }
    c->resuming = c->again = c->renamed = false;
    c->resume_ms = CHAT_CLIENT_NEVER;
    client_early_drop(c);
    client_rooms_lost(c);
    client_outbox_lost(c);
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

static void on_live(struct chat_client *c, const struct sock_status *status)
{
    if (is_same_life(c, status)) { /* it was upgraded */
        client_set_state(c, c->state, status);
        return;
    }
    client_lose(c);
    c->bye_ms = 0;
    client_set_state(c, CHAT_CLIENT_RESUMING, status);
    if (c->state == CHAT_CLIENT_RESUMING) {
        client_resume(c);
    }
}

/* Why the namespace refused: {"message": ..., "data": {"code", "retry_after_ms"?}}. true: because of the token. */
static bool is_token_refused(const struct sock_status *status, uint32_t *after_ms)
{
    struct arena arena;
    struct json_in in, data;
    struct slice raw, code = SL("");
    int64_t after = 0;
    arena_init(&arena, CHAT_CLIENT_TEXTS_BYTES);
    if (status->refusal_json.n > 0 && json_check(status->refusal_json, NULL) == ERR_OK) {
        json_in_start(&in, status->refusal_json, &arena);
        if (json_in_raw(&in, "data", &raw)) {
            json_in_start(&data, raw, &arena);
            json_in_text(&data, "code", &code);
            json_in_int(&data, "retry_after_ms", 0, UINT32_MAX, &after);
        }
    }
    bool refused = slice_eq(code, SL("auth"));
    *after_ms = (uint32_t)after;
    arena_fini(&arena);
    return refused;
}

/* It is not the end: it is tried again at reopen_ms. */
static void tell_waiting(struct chat_client *c, const struct sock_status *status)
{
    struct sock_status told = *status;
    told.state = SOCK_WAITING;
    told.retry_at_ms = c->reopen_ms;
    client_set_state(c, CHAT_CLIENT_CONNECTING, &told);
}

/* Refused, or sent away: as of a session that has ended, unless it was told when to come again. Another token tells; and who is sent away
 * again and again comes more slowly. */
static void on_closed(struct chat_client *c, const struct sock_status *status)
{
    uint32_t after_ms = 0, wait_ms = 0;
    if (c->reopen_ms < CHAT_CLIENT_NEVER) { /* that is why */
        tell_waiting(c, status);
        return;
    }
    bool token =
        is_token_refused(status, &after_ms) || (status->refusal_json.n == 0 && c->bye_ms == 0);
    client_lose(c);
    if (!token || c->refusals_n > 0) {
        unsigned n = c->refusals_n > 0 ? c->refusals_n - 1 : 0;
        wait_ms = n < 5 ? REOPEN_FIRST_MS << n : REOPEN_MAX_MS;
    }
    wait_ms = wait_ms > after_ms ? wait_ms : after_ms;
    wait_ms += c->host->random_u32() % (wait_ms / REOPEN_SPREAD_PER + 1);
    c->refusals_n++;
    c->token_refused = c->token_refused || token;
    reopen(c, wait_ms);
    if (c->bye_ms > c->reopen_ms) {
        reopen(c, (uint32_t)(c->bye_ms - c->host->now_ms()));
    }
    tell_waiting(c, status);
}

static void on_status(void *user, const struct sock_status *status)
{
    struct chat_client *c = user;
    if (c->state == CHAT_CLIENT_IDLE || c->state == CHAT_CLIENT_SIGNED_OUT) {
        return;
    }
    switch (status->state) {
    case SOCK_LIVE:
        on_live(c, status);
        break;
    case SOCK_WAITING:
    case SOCK_CONNECTING:
        client_lose(c);
        client_set_state(c, CHAT_CLIENT_CONNECTING, status);
        break;
    case SOCK_CLOSED:
        on_closed(c, status);
        break;
    case SOCK_IDLE:
        break;
    }
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
        .user = c, .on_status = on_status, .on_event = client_on_event, .on_auth = on_auth};
    c->callbacks = *callbacks;
    c->host = host_default();
    c->wake_ms = c->reopen_ms = c->resume_ms = CHAT_CLIENT_NEVER;
    buf_init(&c->scratch, SCRATCH_BYTES);
    arena_init(&c->me_arena, CHAT_CLIENT_TEXTS_BYTES);
    arena_init(&c->epoch_arena, EPOCH_BYTES_MAX);
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
    client_calls_fini(c);
    client_early_drop(c);
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
    c->signed_out_untold = false;
    c->refusals_n = 0;
    sock_open(c->sock);
}

void chat_client_close(struct chat_client *c)
{
    client_lose(c);
    c->state = CHAT_CLIENT_IDLE;
    c->signed_out_untold = false;
    c->reopen_ms = CHAT_CLIENT_NEVER;
    sock_close(c->sock);
}

enum chat_client_state chat_client_state(const struct chat_client *c)
{
    return c->state;
}

void chat_client_retry_now(struct chat_client *c)
{
    if (c->reopen_ms < CHAT_CLIENT_NEVER) {
        c->reopen_ms = c->host->now_ms();
        client_wake(c, c->reopen_ms);
    }
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
