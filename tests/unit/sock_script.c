/* A host for the client machine that the test plays. */
#include "sock_script.h"

#include "check.h"
#include "host.h"
#include "transport.h"
#include "unit_support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRANSCRIPT_BYTES (1u << 20)
#define BODY_BYTES       65536
#define TIMERS_N         8
#define OPEN_PACKET                                                                                \
    "0{\"sid\":\"sid\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000," \
    "\"maxPayload\":1000000}"

struct http_call {
    bool live;
    char body[BODY_BYTES];
    http_done_fn done;
    void *user;
};

struct ws_conn {
    bool live;
    bool open;
    char last[BODY_BYTES];
    struct ws_events events;
};

struct host_timer {
    bool used;
    bool running;
    int64_t due_ms;
    host_timer_fn fn;
    void *user;
};

static struct {
    int64_t now_ms;
    uint32_t chance;
    bool refuse;
    size_t unsent;
    struct host_timer timers[TIMERS_N];
    struct http_call get;
    struct http_call post;
    struct ws_conn ws;
    struct sock *sock;
    struct script_told told;
    const char *inside_kind;
    void (*inside)(struct sock *s);
    bool get_is_open; /* the GET waiting has no session yet */
    bool ws_is_open;  /* the WebSocket has no session before it */
    bool ws_upgraded; /* the WebSocket is the transport */
    char owed[65536]; /* by an honest server */
    char transcript[TRANSCRIPT_BYTES];
    char taken[TRANSCRIPT_BYTES];
    size_t n;
} world;

void script_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(world.transcript + world.n, sizeof world.transcript - world.n, format, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < sizeof world.transcript - world.n);
    world.n += (size_t)n;
}
#define say script_say

static void copy_text(char *out, size_t size, struct slice s)
{
    CHECK(s.n < size);
    if (s.n > 0) {
        memcpy(out, s.p, s.n);
    }
    out[s.n] = '\0';
}

/* ---- host ---- */

static int64_t now_ms(void)
{
    return world.now_ms;
}

static uint32_t random_u32(void)
{
    return world.chance;
}

static struct host_timer *timer_new(host_timer_fn fn, void *user)
{
    for (size_t i = 0; i < TIMERS_N; i++) {
        if (!world.timers[i].used) {
            world.timers[i] = (struct host_timer){.used = true, .fn = fn, .user = user};
            return &world.timers[i];
        }
    }
    return NULL;
}

static void timer_start(struct host_timer *t, uint32_t delay_ms)
{
    CHECK(t->used);
    t->running = true;
    t->due_ms = world.now_ms + delay_ms;
}

static void timer_stop(struct host_timer *t)
{
    CHECK(t->used);
    t->running = false;
}

static void timer_free(struct host_timer *t)
{
    CHECK(t->used);
    *t = (struct host_timer){0};
}

static enum err origin(struct buf *out)
{
    return buf_put(out, SL(SCRIPT_ORIGIN));
}

/* ---- transport ---- */

static struct slice without_origin(struct slice url)
{
    size_t at = slice_find(url, ':') + 3;
    struct slice rest = slice_from(url, at);
    return slice_from(rest, slice_find(rest, '/'));
}

static struct http_call *http_start(const struct http_request *request, http_done_fn done,
                                    void *user)
{
    struct http_call *call = request->post ? &world.post : &world.get;
    if (world.refuse) {
        say("> refused %s\n", request->post ? "POST" : "GET");
        return NULL;
    }
    CHECK(!call->live); /* one GET and one POST at a time */
    call->live = true;
    call->done = done;
    call->user = user;
    struct slice url = without_origin(request->url);
    copy_text(call->body, sizeof call->body, request->body);
    if (request->post) {
        say("> POST %s\n", call->body);
    } else {
        say("> GET %.*s\n", SL_ARG(url));
        copy_text(call->body, sizeof call->body, url);
        world.get_is_open = !strstr(call->body, "&sid=");
    }
    return call;
}

static void http_abort(struct http_call *call)
{
    CHECK(call->live);
    call->live = false;
    say("> abort %s\n", call == &world.post ? "POST" : "GET");
}

static struct ws_conn *ws_open(struct slice url, const struct ws_events *events)
{
    if (world.refuse) {
        say("> refused open\n");
        return NULL;
    }
    CHECK(!world.ws.live);
    CHECK(slice_starts_with(url, SL("ws")));
    world.ws = (struct ws_conn){.live = true, .events = *events};
    struct slice path = without_origin(url);
    say("> open %.*s\n", SL_ARG(path));
    copy_text(world.ws.last, sizeof world.ws.last, path);
    world.ws_is_open = !strstr(world.ws.last, "&sid=");
    world.ws.last[0] = '\0';
    world.ws_upgraded = world.ws_is_open;
    return &world.ws;
}

static void serve_packet(const char *packet);

static enum err ws_send(struct ws_conn *ws, bool binary, struct slice data)
{
    CHECK(ws->live && ws->open);
    copy_text(ws->last, sizeof ws->last, data);
    say(binary ? "> ws <%s>\n" : "> ws %s\n", ws->last);
    if (!binary) {
        world.ws_upgraded = world.ws_upgraded || strcmp(ws->last, "5") == 0;
        serve_packet(ws->last);
    }
    return ERR_OK;
}

static size_t ws_unsent(const struct ws_conn *ws)
{
    CHECK(ws->live);
    return world.unsent;
}

static void ws_close(struct ws_conn *ws)
{
    CHECK(ws->live);
    ws->live = false;
    say("> ws close\n");
}

const struct host *host_default(void)
{
    static const struct transport transport = {http_start, http_abort, ws_open,
                                               ws_send,    ws_unsent,  ws_close};
    static const struct host host = {
        .now_ms = now_ms,
        .random_u32 = random_u32,
        .timer_new = timer_new,
        .timer_start = timer_start,
        .timer_stop = timer_stop,
        .timer_free = timer_free,
        .origin = origin,
        .transport = &transport,
    };
    return &host;
}

/* ---- the machine's user ---- */

static void inside(const char *kind)
{
    if (world.inside && strcmp(world.inside_kind, kind) == 0) {
        void (*fn)(struct sock * s) = world.inside;
        world.inside = NULL;
        fn(world.sock);
    }
}

static void on_status(void *user, const struct sock_status *status)
{
    say("%s", (const char *)user);
    switch (status->state) {
    case SOCK_IDLE:
        say("* idle\n");
        break;
    case SOCK_CONNECTING:
        say("* connecting\n");
        break;
    case SOCK_LIVE:
        say("* live %s %.*s%s\n", status->polling ? "polling" : "websocket", SL_ARG(status->sid),
            status->recovered ? " recovered" : "");
        break;
    case SOCK_WAITING:
        say("* waiting %u in %lld: %.*s\n", status->attempt,
            (long long)(status->retry_at_ms - world.now_ms), SL_ARG(status->reason));
        break;
    case SOCK_CLOSED:
        say("* closed: %.*s%s%.*s%s\n", SL_ARG(status->reason),
            status->refusal_json.n > 0 ? " " : "", SL_ARG(status->refusal_json),
            status->gave_up ? " (gave up)" : "");
        break;
    }
    world.told.failure = status->failure;
    world.told.max_payload_bytes = status->max_payload_bytes;
    inside("status");
}

static void say_args(const struct sock_args *args)
{
    say(" %.*s", SL_ARG(args->json));
    for (size_t i = 0; i < args->attachments_n; i++) {
        say(" <%.*s>", SL_ARG(args->attachments[i]));
    }
    say("\n");
}

static void on_event(void *user, const struct sock_event *event)
{
    CHECK(event->sock);
    say("%s* event %.*s", (const char *)user, SL_ARG(event->name));
    if (event->ack.wanted) {
        say(" (%llu)", (unsigned long long)event->ack.id);
        world.told.asked = event->ack;
    }
    say_args(&event->args);
    inside("event");
}

static void on_auth(void *user)
{
    say("%s* auth?\n", (const char *)user);
    inside("auth");
}

void script_ack(void *name, enum err result, const struct sock_args *answer)
{
    say("* ack %s %s", (const char *)name, err_text(result));
    say_args(answer);
    inside("ack");
}

void script_inside(const char *kind, void (*fn)(struct sock *s))
{
    world.inside_kind = kind;
    world.inside = fn;
}

struct sock *script_sock(const struct sock_options *options)
{
    struct sock_callbacks callbacks = {
        .user = (void *)(uintptr_t) "", .on_status = on_status, .on_event = on_event};
    world.sock = sock_new(options, &callbacks);
    return world.sock;
}

struct sock *script_named(const struct sock_options *options, const char *name, bool ask_auth)
{
    struct sock_callbacks callbacks = {.user = (void *)(uintptr_t)name,
                                       .on_status = on_status,
                                       .on_event = on_event,
                                       .on_auth = ask_auth ? on_auth : NULL};
    world.sock = sock_new(options, &callbacks);
    return world.sock;
}

/* ---- the test's side ---- */

void script_reset(void)
{
    CHECK(script_open_n() == 0 && script_timers_n() == 0);
    memset(&world, 0, sizeof world);
}

const char *script_take(void)
{
    memcpy(world.taken, world.transcript, world.n);
    world.taken[world.n] = '\0';
    world.n = 0;
    return world.taken;
}

static struct host_timer *next_timer(int64_t until_ms)
{
    struct host_timer *next = NULL;
    for (size_t i = 0; i < TIMERS_N; i++) {
        struct host_timer *t = &world.timers[i];
        if (t->running && t->due_ms <= until_ms && (!next || t->due_ms < next->due_ms)) {
            next = t;
        }
    }
    return next;
}

void script_pass(uint32_t ms)
{
    int64_t end = world.now_ms + ms;
    struct host_timer *t;
    unsigned fired_n = 0;
    while ((t = next_timer(end))) {
        CHECK(fired_n++ < 10000); /* a timer that spins */
        if (t->due_ms > world.now_ms) {
            world.now_ms = t->due_ms;
        }
        t->running = false;
        t->fn(t->user);
    }
    world.now_ms = end;
}

void script_sleep(uint32_t ms)
{
    world.now_ms += ms;
}

int64_t script_now(void)
{
    return world.now_ms;
}

void script_chance(uint32_t value)
{
    world.chance = value;
}

void script_refuse_starts(bool refuse)
{
    world.refuse = refuse;
}

void script_ws_unsent(size_t bytes)
{
    world.unsent = bytes;
}

/* The text is handed over in memory of exactly its size, so that reading past it is seen. */
static void answer(struct http_call *call, unsigned status, const char *body)
{
    CHECK(call->live);
    call->live = false;
    struct slice copy = guard_copy(slice_str(body));
    call->done(call->user, status, copy);
}

void script_answer_get(const char *body)
{
    answer(&world.get, 200, body);
}

void script_answer_post(void)
{
    answer(&world.post, 200, "ok");
}

void script_fail_get(unsigned status)
{
    answer(&world.get, status, "");
}

void script_fail_post(unsigned status)
{
    answer(&world.post, status, "");
}

void script_ws_accept(void)
{
    CHECK(world.ws.live && !world.ws.open);
    world.ws.open = true;
    world.ws.events.on_open(world.ws.events.user);
}

void script_ws_text(const char *text)
{
    CHECK(world.ws.live && world.ws.open);
    world.ws.events.on_message(world.ws.events.user, false, guard_copy(slice_str(text)));
}

void script_ws_binary(const char *bytes)
{
    CHECK(world.ws.live && world.ws.open);
    world.ws.events.on_message(world.ws.events.user, true, slice_str(bytes));
}

void script_ws_end(void)
{
    script_ws_end_code(0);
}

void script_ws_end_code(unsigned code)
{
    CHECK(world.ws.live);
    world.ws.live = false;
    world.ws.events.on_close(world.ws.events.user, code);
}

const struct script_told *script_told(void)
{
    return &world.told;
}

bool script_has_get(void)
{
    return world.get.live;
}

bool script_has_post(void)
{
    return world.post.live;
}

bool script_has_ws(void)
{
    return world.ws.live;
}

bool script_ws_is_open(void)
{
    return world.ws.live && world.ws.open;
}

unsigned script_open_n(void)
{
    return (unsigned)world.get.live + (unsigned)world.post.live + (unsigned)world.ws.live;
}

unsigned script_timers_n(void)
{
    unsigned n = 0;
    for (size_t i = 0; i < TIMERS_N; i++) {
        n += world.timers[i].used;
    }
    return n;
}

/* What an honest server has to send: packets, each with RS behind it. */
static void owe(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void owe(const char *format, ...)
{
    va_list args;
    size_t n = strlen(world.owed);
    va_start(args, format);
    int more = vsnprintf(world.owed + n, sizeof world.owed - n, format, args);
    va_end(args);
    CHECK(more >= 0 && (size_t)more < sizeof world.owed - n);
}

/* Read one packet as an honest server: CONNECTs and acks wanted are owed an answer. */
static void serve_packet(const char *packet)
{
    size_t nsp = strncmp(packet + 2, "/chat,", 6) == 0 ? 6 : 0;
    const char *after = packet + 2 + nsp;
    if (strncmp(packet, "40", 2) == 0) {
        owe("40%.*s{\"sid\":\"io\"}" RS, (int)nsp, packet + 2);
    } else if (strncmp(packet, "42", 2) == 0 && *after >= '0' && *after <= '9') {
        owe("43%.*s%.*s[]" RS, (int)nsp, packet + 2, (int)strspn(after, "0123456789"), after);
    }
}

static void serve_body(const char *body)
{
    while (body) {
        serve_packet(body);
        body = strchr(body, RS[0]);
        body = body ? body + 1 : NULL;
    }
}

/* Send the first packet owed. */
static void pay_by_ws(void)
{
    char packet[sizeof world.owed];
    char *end = strchr(world.owed, RS[0]);
    CHECK(end);
    size_t n = (size_t)(end - world.owed);
    copy_text(packet, sizeof packet, (struct slice){world.owed, n});
    memmove(world.owed, end + 1, strlen(end + 1) + 1);
    script_ws_text(packet);
}

static void pay_by_get(void)
{
    char packets[sizeof world.owed];
    size_t n = strlen(world.owed);
    copy_text(packets, sizeof packets, (struct slice){world.owed, n - 1});
    world.owed[0] = '\0';
    script_answer_get(packets);
}

static bool serve_ws(void)
{
    if (!world.ws.open) {
        world.owed[0] = world.ws_is_open ? '\0' : world.owed[0];
        script_ws_accept();
        if (world.ws.live && world.ws_is_open) {
            script_ws_text(OPEN_PACKET);
        }
        return true;
    }
    if (strcmp(world.ws.last, "2probe") == 0) {
        world.ws.last[0] = '\0';
        script_ws_text("3probe");
        return true;
    }
    if (world.owed[0] && world.ws_upgraded) {
        pay_by_ws();
        return true;
    }
    return false;
}

bool script_serve_one(void)
{
    if (world.post.live) {
        serve_body(world.post.body);
        script_answer_post();
        return true;
    }
    if (world.get.live && world.get_is_open) {
        world.owed[0] = '\0';
        script_answer_get(OPEN_PACKET);
        return true;
    }
    if (world.get.live && world.owed[0]) {
        pay_by_get();
        return true;
    }
    if (world.ws.live && serve_ws()) {
        return true;
    }
    if (world.get.live && world.ws.live) {
        script_answer_get("6"); /* while an upgrade is on */
        return true;
    }
    return false;
}
