/* /chat without the rest of tincand, for tests of what only a rigged server shows. POST, with query parameters; answers are JSON:
 *
 *   /api/v1/guest, /api/v1/register    as tincand's (a JSON body with a name), without passwords
 *   /test/session?user=                one more session of a user
 *   /test/token?user=&session=&ms=     a token that ends in ms (also negative)
 *   /test/end?session=&how=            end a session: how=note by chat_after, told by chat_session_ended, call by chat_call, silent
 *   /test/role?user=&role=             of the whole server
 *   /test/hold?op=                     from now on, keep what the store has done of that kind (STORE_SEND, ...)
 *   /test/waits                        how many are kept
 *   /test/release                      give it on, and keep nothing more
 *   /test/starve?n=&op=                from the next event on /chat on, or from when the store has done something of that kind, the n-th
 *                                      allocation fails, whoever makes it; 0: none
 *   /test/relay                        the body is a text from namespace "/"
 *   /test/relayed                      what went there
 *
 *   chat_bare DATABASE REACTORS [limits] [check=MS] [grace=MS]
 */
#include "buf.h"
#include "chat_json.h"
#include "chat_server.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

static struct {
    struct tincan *t;
    struct store *store;
    struct chat *chat;
    struct token_keys keys;
    int64_t sessions_made;
    pthread_mutex_t lock;
    enum store_op held_op; /* STORE_OPS_N: none */
    struct store_request *held, **held_tail;
    unsigned held_n;
    struct buf relayed;
    _Atomic unsigned long starve_n;
    _Atomic unsigned starve_op; /* STORE_OPS_N: at an event */
    sigset_t signals;
} bare = {.lock = PTHREAD_MUTEX_INITIALIZER, .held_op = STORE_OPS_N};

static const char *const op_names[STORE_OPS_N] = {
#define STORE_OP(id, mode, function) [id] = #id,
    STORE_OPS(STORE_OP)
#undef STORE_OP
};

/* --- the store --- */

static void starve_if(unsigned op)
{
    if (bare.starve_op == op) {
        unsigned long n = atomic_exchange(&bare.starve_n, 0);
        if (n > 0) {
            mem_fail_after(n, 0);
        }
    }
}

/* What is held is given on later; the rest keeps its order. Thread: the store's. */
static void deliver(void *user, struct store_request *list)
{
    struct store_request *kept = NULL, **tail = &kept;
    (void)user;
    pthread_mutex_lock(&bare.lock);
    while (list) {
        struct store_request *r = list;
        list = r->next;
        r->next = NULL;
        starve_if(r->op);
        if (r->op == bare.held_op) {
            *bare.held_tail = r;
            bare.held_tail = &r->next;
            bare.held_n++;
        } else {
            *tail = r;
            tail = &r->next;
        }
    }
    pthread_mutex_unlock(&bare.lock);
    if (kept) {
        chat_deliver(bare.chat, kept);
    }
}

static void hold(enum store_op op)
{
    pthread_mutex_lock(&bare.lock);
    struct store_request *held = bare.held;
    bare.held = NULL;
    bare.held_tail = &bare.held;
    bare.held_op = op;
    bare.held_n = 0;
    pthread_mutex_unlock(&bare.lock);
    if (held) {
        chat_deliver(bare.chat, held);
    }
}

static struct store_request *request_new(enum store_op op)
{
    struct store_request *r = store_request_new(op);
    CHECK(r);
    r->now_ms = clock_wall_ms();
    return r;
}

/* --- answers --- */

static void answer(struct tincan_reply *reply, struct json_out *o)
{
    json_out_object_end(o);
    CHECK(json_out_end(o) == ERR_OK);
    tincan_reply_body(reply, "application/json", (struct tincan_slice){o->buf->p, o->buf->n});
}

static void answer_refusal(struct tincan_reply *reply, const struct chat_refusal *why)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    CHECK(chat_refusal_encode(why, &out) == ERR_OK);
    tincan_reply_status(reply, chat_error_rows[why->error].http_status);
    tincan_reply_body(reply, "application/json", (struct tincan_slice){out.p, out.n});
    buf_fini(&out);
}

static int64_t number(const struct tincan_request *q, const char *name)
{
    char text[32] = "";
    unsigned long long value = 0;
    tincan_request_query(q, name, text, sizeof text);
    bool negative = text[0] == '-';
    slice_to_u64(slice_str(text + (negative ? 1 : 0)), CHAT_ID_MAX, &value);
    return negative ? -(int64_t)value : (int64_t)value;
}

/* --- people --- */

static void put_token(struct json_out *o, int64_t user, int64_t session, int64_t life_ms)
{
    struct buf token;
    int64_t now_ms = clock_wall_ms();
    struct token_claims claims = {.user = user,
                                  .session = session,
                                  .issued_ms =
                                      now_ms < now_ms + life_ms ? now_ms : now_ms + life_ms,
                                  .expires_ms = now_ms + life_ms};
    buf_init(&token, CHAT_TOKEN_BYTES_MAX);
    CHECK(token_sign(&bare.keys, &claims, &token) == ERR_OK);
    json_out_text(o, "token", buf_peek(&token));
    buf_fini(&token);
}

static int64_t session_new(int64_t user)
{
    char random[TOKEN_RANDOM_TEXT];
    unsigned char hash[32];
    struct store_request *r = request_new(STORE_SESSION_NEW);
    token_random(random);
    token_hash(slice_str(random), hash);
    r->in.user = user;
    r->in.has = 1ull << CHAT_FIELD_USER;
    r->account.hash = arena_copy(&r->arena, (struct slice){(char *)hash, sizeof hash});
    r->account.expires_ms = r->now_ms + 1000ll * 86400;
    store_call(bare.store, r);
    CHECK(r->out.refusal.error == CHAT_OK && r->out.sessions_n == 1);
    int64_t id = r->out.sessions[0].id;
    store_request_free(r);
    return id;
}

static void make_user(const struct tincan_request *q, struct tincan_reply *reply, bool guest)
{
    struct slice body = {q->body.p, q->body.n}, raw;
    struct buf name, out;
    struct json_out o;
    struct store_request *r = request_new(STORE_USER_CREATE);
    buf_init(&name, 1000);
    buf_init(&out, 1 << 16);
    CHECK(json_check(body, NULL) == ERR_OK && json_get(body, SL("name"), &raw) &&
          json_unescape(raw, &name) == ERR_OK);
    r->account.name = arena_copy(&r->arena, buf_peek(&name));
    r->account.role = guest ? CHAT_GUEST : CHAT_MEMBER;
    chat_call(bare.chat, r);
    if (r->out.refusal.error != CHAT_OK) {
        answer_refusal(reply, &r->out.refusal);
    } else {
        int64_t user = r->out.users[0].id, session = session_new(user);
        json_out_start(&o, &out);
        json_out_object(&o, NULL);
        put_token(&o, user, session, TOKEN_LIFE_MS);
        json_out_int(&o, "session", session);
        chat_json_user(&o, "user", &r->out.users[0]);
        answer(reply, &o);
    }
    store_request_free(r);
    buf_fini(&name);
    buf_fini(&out);
}

/* A token for a session; of session 0: for a new one. */
static void make_token(const struct tincan_request *q, struct tincan_reply *reply, int64_t session,
                       int64_t life_ms)
{
    struct buf out;
    struct json_out o;
    int64_t user = number(q, "user");
    session = session > 0 ? session : session_new(user);
    buf_init(&out, 1 << 16);
    json_out_start(&o, &out);
    json_out_object(&o, NULL);
    put_token(&o, user, session, life_ms);
    json_out_int(&o, "session", session);
    answer(reply, &o);
    buf_fini(&out);
}

static void end_session(const struct tincan_request *q, struct tincan_reply *reply)
{
    char how[16] = "";
    struct store_request *r = request_new(STORE_SESSION_END);
    r->in.user = number(q, "user");
    r->in.has = 1ull << CHAT_FIELD_USER;
    r->account.session = number(q, "session");
    tincan_request_query(q, "how", how, sizeof how);
    if (strcmp(how, "call") == 0) {
        chat_call(bare.chat, r);
    } else {
        store_call(bare.store, r);
    }
    if (r->out.refusal.error != CHAT_OK) {
        answer_refusal(reply, &r->out.refusal);
    }
    if (strcmp(how, "note") == 0) {
        chat_after(bare.chat, r);
    } else if (strcmp(how, "told") == 0) {
        chat_session_ended(bare.chat, r->account.session);
    }
    store_request_free(r);
}

static void set_role(const struct tincan_request *q, struct tincan_reply *reply)
{
    char role[16] = "";
    struct store_request *r = request_new(STORE_USER_ROLE);
    tincan_request_query(q, "role", role, sizeof role);
    CHECK(chat_role_find(slice_str(role), &r->in.role));
    r->in.user = number(q, "user");
    r->in.has = 1ull << CHAT_FIELD_USER | 1ull << CHAT_FIELD_ROLE;
    chat_call(bare.chat, r);
    if (r->out.refusal.error != CHAT_OK) {
        answer_refusal(reply, &r->out.refusal);
    }
    store_request_free(r);
}

/* --- rigging --- */

/* STORE_OPS_N: none is named. */
static enum store_op named_op(const struct tincan_request *q)
{
    char name[64] = "";
    tincan_request_query(q, "op", name, sizeof name);
    unsigned op = 0;
    while (op < STORE_OPS_N && strcmp(op_names[op], name) != 0) {
        op++;
    }
    return (enum store_op)op;
}

static void count_held(struct tincan_reply *reply)
{
    char text[32];
    pthread_mutex_lock(&bare.lock);
    int n = snprintf(text, sizeof text, "%u", bare.held_n);
    pthread_mutex_unlock(&bare.lock);
    tincan_reply_body(reply, "application/json", (struct tincan_slice){text, (size_t)n});
}

/* Thread: the handlers'. */
static void to_relay(void *user, struct slice args)
{
    (void)user;
    pthread_mutex_lock(&bare.lock);
    CHECK(buf_put(&bare.relayed, bare.relayed.n > 0 ? SL(",") : SL("")) == ERR_OK &&
          buf_put(&bare.relayed, args) == ERR_OK);
    pthread_mutex_unlock(&bare.lock);
}

static void show_relayed(struct tincan_reply *reply)
{
    pthread_mutex_lock(&bare.lock);
    tincan_reply_body(reply, "application/json", tincan_text("["));
    tincan_reply_write(reply, (struct tincan_slice){bare.relayed.p, bare.relayed.n});
    tincan_reply_write(reply, tincan_text("]"));
    pthread_mutex_unlock(&bare.lock);
}

/* Before /chat looks at an event. */
static void on_any(struct tincan_event *e, void *user)
{
    (void)e;
    (void)user;
    starve_if(STORE_OPS_N);
}

static bool on_request(void *user, const struct tincan_request *q, struct tincan_reply *reply)
{
    struct slice path = {q->path.p, q->path.n};
    (void)user;
    if (slice_eq(path, SL("/api/v1/guest")) || slice_eq(path, SL("/api/v1/register"))) {
        make_user(q, reply, slice_eq(path, SL("/api/v1/guest")));
    } else if (slice_eq(path, SL("/test/session"))) {
        make_token(q, reply, 0, TOKEN_LIFE_MS);
    } else if (slice_eq(path, SL("/test/token"))) {
        make_token(q, reply, number(q, "session"), number(q, "ms"));
    } else if (slice_eq(path, SL("/test/end"))) {
        end_session(q, reply);
    } else if (slice_eq(path, SL("/test/role"))) {
        set_role(q, reply);
    } else if (slice_eq(path, SL("/test/hold"))) {
        hold(named_op(q));
    } else if (slice_eq(path, SL("/test/waits"))) {
        count_held(reply);
    } else if (slice_eq(path, SL("/test/release"))) {
        hold(STORE_OPS_N);
    } else if (slice_eq(path, SL("/test/starve"))) {
        mem_fail_after(0, 0);
        bare.starve_op = named_op(q);
        bare.starve_n = (unsigned long)number(q, "n");
    } else if (slice_eq(path, SL("/test/relay"))) {
        chat_from_relay(bare.chat, (struct slice){q->body.p, q->body.n});
    } else if (slice_eq(path, SL("/test/relayed"))) {
        show_relayed(reply);
    } else {
        return false;
    }
    return true;
}

/* --- start and end --- */

static void *await_signal(void *user)
{
    int signal_number;
    (void)user;
    sigwait(&bare.signals, &signal_number);
    hold(STORE_OPS_N);
    chat_stop(bare.chat);
    return NULL;
}

static void add_key(void)
{
    char random[TOKEN_RANDOM_TEXT];
    unsigned char secret[32];
    struct token_key key = {0};
    struct store_request *r = request_new(STORE_KEY_ADD);
    token_random(random);
    token_hash(slice_str(random), secret);
    r->account.hash = arena_copy(&r->arena, (struct slice){(char *)secret, sizeof secret});
    store_call(bare.store, r);
    CHECK(r->out.refusal.error == CHAT_OK && r->out.keys_n > 0);
    key.kid = r->out.keys[0].kid;
    memcpy(key.secret, r->out.keys[0].secret.p, sizeof key.secret);
    token_keys_init(&bare.keys);
    token_keys_set(&bare.keys, &key, 1);
    store_request_free(r);
}

static void start_chat(int argc, char **argv)
{
    struct store_request *r = request_new(STORE_LOBBY_ENSURE);
    struct chat_options options = {.t = bare.t,
                                   .store = bare.store,
                                   .keys = &bare.keys,
                                   .to_relay = to_relay,
                                   .limit_loopback = true};
    for (int i = 3; i < argc; i++) {
        struct slice arg = slice_str(argv[i]);
        unsigned long long ms;
        if (slice_eq(arg, SL("limits"))) {
            for (unsigned rate = EVENT_RATE_MESSAGE; rate < EVENT_RATES_N; rate++) {
                options.limits[rate] = (struct rate_limit){1, 10};
            }
            options.message_limit = (struct rate_limit){1, 5};
        } else if (slice_starts_with(arg, SL("check=")) &&
                   slice_to_u64(slice_from(arg, 6), UINT32_MAX, &ms)) {
            options.session_check_ms = (uint32_t)ms;
        } else if (slice_starts_with(arg, SL("grace=")) &&
                   slice_to_u64(slice_from(arg, 6), UINT32_MAX, &ms)) {
            options.grace_ms = (uint32_t)ms;
        }
    }
    store_call(bare.store, r);
    CHECK(r->out.refusal.error == CHAT_OK && r->out.users_n == 1);
    options.lobby = r->out.room;
    options.lobby_guest = r->out.users[0].id;
    store_request_free(r);
    bare.chat = chat_new(&options);
    CHECK(bare.chat && tincan_on_any(tincan_of(bare.t, "/chat"), on_any, NULL));
}

int main(int argc, char **argv)
{
    struct db_failure failure;
    pthread_t signal_thread;
    unsigned long long reactors = 0;
    char url[1000];
    slice_to_u64(slice_str(argc > 2 ? argv[2] : ""), 64, &reactors);
    snprintf(url, sizeof url, "%s", argc > 1 ? argv[1] : "");
    sigemptyset(&bare.signals);
    sigaddset(&bare.signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &bare.signals, NULL);
    bare.held_tail = &bare.held;
    buf_init(&bare.relayed, 1 << 24);
    if (store_open(&(struct store_options){.url = url, .deliver = deliver}, &bare.store,
                   &failure) != ERR_OK) {
        fprintf(stderr, "chat_bare: %s\n", failure.text);
        return 1;
    }
    bare.t = tincan_new(&(struct tincan_options){.listen = "127.0.0.1:0",
                                                 .reactors = (unsigned)reactors,
                                                 .keep_signals = true,
                                                 .recovery_ms = 60000,
                                                 .on_request = on_request});
    CHECK(bare.t);
    add_key();
    start_chat(argc, argv);
    CHECK(tincan_listen(bare.t));
    CHECK(pthread_create(&signal_thread, NULL, await_signal, NULL) == 0);
    printf("listening on http://127.0.0.1:%u\n", tincan_port(bare.t, 0));
    fflush(stdout);
    int status = tincan_run(bare.t);
    pthread_join(signal_thread, NULL);
    store_close(bare.store);
    chat_free(bare.chat);
    token_keys_fini(&bare.keys);
    buf_fini(&bare.relayed);
    return status;
}
