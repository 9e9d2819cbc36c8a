/* /chat as a whole: what it is made of, what other threads say to it, calls to the store, its end. See chat_server.h, chat_state.h. */
#include "chat_state.h"

#include "clock.h"
#include "connect.h"
#include "dispatch.h"
#include "fan_out.h"
#include "log.h"
#include "mem.h"
#include "people.h"
#include "presence.h"
#include "typing.h"

#define STOP_MS_MAX     5000 /* then what is under way has had its time */
#define FAREWELL_MS     250  /* for polling clients to come and fetch the goodbye */
#define MAIL_A_TURN_MAX 256

const char *chat_room_text(char out[CHAT_ROOM_TEXT], char kind, int64_t id)
{
    char digits[CHAT_ROOM_TEXT];
    unsigned n = 0;
    char *at = out;
    uint64_t rest = (uint64_t)id;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    *at++ = kind;
    while (n > 0) {
        *at++ = digits[--n];
    }
    *at = '\0';
    return out;
}

struct news_bridge chat_bridge(const struct chat *c)
{
    return (struct news_bridge){
        .on = c->o.to_relay != NULL, .lobby = c->lobby, .guest = c->lobby_guest};
}

/* --- mail --- */

static void on_mail(struct tincan *t, void *chat);

/* With the lock. If it cannot be posted, the next mail or the tick looks again. */
static void post_turn(struct chat *c)
{
    if (!c->mail_posted && !c->ended) {
        c->mail_posted = tincan_post(c->o.t, on_mail, c);
    }
}

/* Put back what had to wait, before what has come since. */
static void put_back(struct chat *c, struct chat_mail *rest, struct chat_mail **tail)
{
    pthread_mutex_lock(&c->lock);
    *tail = c->mail;
    if (!c->mail) {
        c->mail_tail = tail;
    }
    c->mail = rest;
    post_turn(c);
    pthread_mutex_unlock(&c->lock);
}

/* Not all at once: what is to be sent goes out at the end of a turn. */
static void run_mail(struct chat *c)
{
    pthread_mutex_lock(&c->lock);
    struct chat_mail *m = c->mail, **tail = c->mail_tail;
    c->mail = NULL;
    c->mail_tail = &c->mail;
    c->mail_posted = false;
    pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; m && (i < MAIL_A_TURN_MAX || c->ended); i++) {
        struct chat_mail *next = m->next;
        m->run(c, m);
        m = next;
    }
    if (m) {
        put_back(c, m, tail);
    }
}

static void on_mail(struct tincan *t, void *chat)
{
    (void)t;
    run_mail(chat);
}

/* A list of mail, in its order. One post brings all that comes before it is looked at. */
static void post_list(struct chat *c, struct chat_mail *first, struct chat_mail **tail)
{
    pthread_mutex_lock(&c->lock);
    *c->mail_tail = first;
    c->mail_tail = tail;
    post_turn(c);
    pthread_mutex_unlock(&c->lock);
}

void chat_post(struct chat *c, struct chat_mail *m)
{
    m->next = NULL;
    post_list(c, m, &m->next);
}

/* --- calls --- */

static void run_call(struct chat *c, struct chat_mail *m)
{
    struct call *call = CONTAINER_OF(m, struct call, mail);
    if (c->ended) {
        call_free(call);
    } else {
        call->done(call);
    }
}

/* Thread: the store's. */
static void call_delivered(struct asker *a, struct store_request *r)
{
    (void)r;
    struct call *call = CONTAINER_OF(a, struct call, asker);
    chat_post(call->c, &call->mail);
}

struct call *call_new(struct chat *c, struct conn *conn, enum store_op op,
                      void (*done)(struct call *call))
{
    struct store_request *r = store_request_new(op);
    struct call *call = r ? arena_alloc(&r->arena, sizeof *call) : NULL;
    if (!call) {
        store_request_free(r);
        return NULL;
    }
    call->asker.delivered = call_delivered;
    call->mail.run = run_call;
    call->c = c;
    call->r = r;
    call->conn = conn;
    call->done = done;
    r->user = &call->asker;
    r->now_ms = clock_wall_ms();
    if (conn) {
        conn_ref(conn);
    }
    c->in_flight++;
    return call;
}

void call_submit(struct call *call)
{
    if (call->conn && call->conn->person) {
        call->changes = call->conn->person->changes;
    }
    store_submit(call->c->o.store, call->r);
}

bool call_again(struct call *call)
{
    if (call->turns++ >= CHAT_READ_TURNS_MAX) {
        return false;
    }
    call->r->out = (struct store_result){0};
    call_submit(call);
    return true;
}

static void stop_if_done(struct chat *c)
{
    if (c->stopping && !c->saying_bye && c->in_flight == 0 && !c->ended) {
        tincan_stop(c->o.t);
    }
}

void call_free(struct call *call)
{
    struct chat *c = call->c;
    if (call->conn) {
        conn_unref(call->conn);
    }
    store_request_free(call->r);
    c->in_flight--;
    stop_if_done(c);
}

/* --- what is heard from elsewhere --- */

/* News of what others had the store do. */
struct note {
    struct chat_mail mail;
    struct chat *c;
    struct news news;
    int64_t *ended;
};

static void free_note(struct note *note)
{
    news_fini(&note->news);
    mem_free(note->ended);
    mem_free(note);
}

static void run_note(struct chat *c, struct chat_mail *m)
{
    struct note *note = CONTAINER_OF(m, struct note, mail);
    if (!c->ended) {
        fan_out(c, &note->news);
    }
    free_note(note);
}

static struct note *note_new(struct chat *c)
{
    struct note *note = mem_zalloc(sizeof *note);
    if (note) {
        note->c = c;
        note->mail.run = run_note;
        news_init(&note->news);
    }
    return note;
}

/* Make it of r, which stays the caller's. */
static void fill_note(struct note *note, const struct store_request *r)
{
    const struct news_bridge bridge = chat_bridge(note->c);
    struct news *n = &note->news;
    news_make(n, r, &bridge);
    if (n->ended_n > 0) {
        note->ended = mem_alloc(n->ended_n * sizeof *note->ended);
        if (note->ended) {
            memcpy(note->ended, n->ended, n->ended_n * sizeof *note->ended);
        } else {
            n->ended_n = 0; /* the look at every session finds them, if later */
        }
        n->ended = note->ended;
    }
}

void chat_after(struct chat *c, const struct store_request *r)
{
    struct note *note = note_new(c);
    if (!note) {
        log_line(LOG_ERROR, L_CHAT, "no memory: sockets hear nothing of what was done", "op=%d",
                 (int)r->op);
        return;
    }
    fill_note(note, r);
    chat_post(c, &note->mail);
}

struct waiter {
    struct asker asker;
    struct note *note;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool done;
};

/* Thread: the store's. */
static void note_delivered(struct asker *a, struct store_request *r)
{
    struct waiter *w = CONTAINER_OF(a, struct waiter, asker);
    fill_note(w->note, r);
    chat_post(w->note->c, &w->note->mail);
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->woken);
    pthread_mutex_unlock(&w->lock);
}

void chat_call(struct chat *c, struct store_request *r)
{
    struct waiter w = {.asker.delivered = note_delivered, .note = note_new(c)};
    if (!w.note) {
        r->out.refusal = (struct chat_refusal){.error = CHAT_BUSY, .field = ""};
        return;
    }
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.woken, NULL);
    r->done = NULL;
    r->user = &w.asker;
    store_submit(c->o.store, r);
    pthread_mutex_lock(&w.lock);
    while (!w.done) {
        pthread_cond_wait(&w.woken, &w.lock);
    }
    pthread_mutex_unlock(&w.lock);
    pthread_cond_destroy(&w.woken);
    pthread_mutex_destroy(&w.lock);
}

void chat_deliver(void *chat, struct store_request *list)
{
    (void)chat;
    while (list) {
        struct store_request *next = list->next;
        struct asker *a = list->user;
        a->delivered(a, list);
        list = next;
    }
}

struct ended_session {
    struct chat_mail mail;
    int64_t id;
};

static void run_ended_session(struct chat *c, struct chat_mail *m)
{
    struct ended_session *e = CONTAINER_OF(m, struct ended_session, mail);
    if (!c->ended) {
        connect_end_session(c, e->id);
    }
    mem_free(e);
}

void chat_session_ended(struct chat *c, int64_t session)
{
    struct ended_session *e = mem_alloc(sizeof *e);
    if (!e) {
        log_line(LOG_ERROR, L_CHAT, "no memory: a session's sockets are closed later",
                 "session=%lld", (long long)session);
        return;
    }
    e->mail.run = run_ended_session;
    e->id = session;
    chat_post(c, &e->mail);
}

/* --- time --- */

static void on_tick(struct tincan *t, void *chat)
{
    struct chat *c = chat;
    int64_t now_us = clock_now_us();
    c->ticking = false;
    if (tincan_stopping(t)) {
        return;
    }
    c->ticks++;
    run_mail(c);
    connect_tick(c, now_us);
    typing_tick(c, now_us);
    presence_tick(c, now_us);
    if (c->stopping && now_us >= c->stop_us) {
        tincan_stop(t);
    }
    chat_start_ticking(c);
}

void chat_start_ticking(struct chat *c)
{
    if (!c->ticking) {
        c->ticking = tincan_after(c->o.t, CHAT_TICK_MS, on_tick,
                                  c); /* if not: with the next one who comes */
    }
}

/* --- the end --- */

static void on_farewell(struct tincan *t, void *chat)
{
    struct chat *c = chat;
    if (tincan_stopping(t)) {
        return;
    }
    c->saying_bye = false;
    stop_if_done(c);
}

static void run_stop(struct chat *c, struct chat_mail *m)
{
    char bye[64];
    mem_free(m);
    if (c->ended || c->stopping) {
        return;
    }
    c->stopping = true;
    c->stop_us = clock_now_us() + (int64_t)STOP_MS_MAX * 1000;
    snprintf(bye, sizeof bye, "{\"code\":\"restart\",\"retry_after_ms\":%d}", CHAT_RETRY_MS);
    tincan_broadcast(c->ns, NULL, "bye", tincan_text(bye));
    chat_start_ticking(c);
    c->saying_bye =
        tincan_connections(c->o.t) > 0 && tincan_after(c->o.t, FAREWELL_MS, on_farewell, c);
    stop_if_done(c);
    if (!c->ticking) { /* nobody would see to its end */
        tincan_stop(c->o.t);
    }
}

void chat_stop(struct chat *c)
{
    struct chat_mail *m = mem_zalloc(sizeof *m);
    if (m) {
        m->run = run_stop;
        chat_post(c, m);
    } else {
        tincan_stop(c->o.t);
    }
}

/* Called when the server stops, while it is still there: what comes from other threads waits for chat_free from now on. */
static void on_end(struct tincan *t, void *chat)
{
    struct chat *c = chat;
    if (!tincan_stopping(t) && tincan_after(t, UINT32_MAX, on_end, c)) {
        return; /* 49 days have passed */
    }
    pthread_mutex_lock(&c->lock);
    c->ended = true;
    pthread_mutex_unlock(&c->lock);
}

/* --- the whole --- */

static void set_address_limits(struct chat *c)
{
    for (unsigned i = 0; i < EVENT_RATES_N; i++) {
        const struct rate_limit *l = &c->o.limits[i];
        uint32_t max = UINT32_MAX / 1000 / CHAT_ADDRESS_USERS;
        c->address_limits[i] = (struct rate_limit){
            .per_second = (l->per_second < max ? l->per_second : max) * CHAT_ADDRESS_USERS,
            .burst = (l->burst < max ? l->burst : max) * CHAT_ADDRESS_USERS};
    }
}

static bool register_all(struct chat *c)
{
    struct tincan *t = c->o.t;
    c->ns = tincan_of(t, CHAT_NAMESPACE);
    if (!c->ns) {
        return false;
    }
    tincan_set_recovery(c->ns, TINCAN_RECOVERY_NONE);
    return tincan_use(c->ns, connect_on_connect, c) &&
           tincan_on_connection(c->ns, connect_on_connection, c) &&
           tincan_on_disconnect(c->ns, connect_on_disconnect, c) &&
           tincan_use_event(c->ns, dispatch_event, c) && tincan_after(t, UINT32_MAX, on_end, c);
}

struct chat *chat_new(const struct chat_options *options)
{
    struct chat *c = mem_zalloc(sizeof *c);
    if (!c) {
        return NULL;
    }
    c->o = *options;
    chat_set_lobby(c, options->lobby, options->lobby_guest);
    c->o.session_check_ms =
        options->session_check_ms ? options->session_check_ms : CHAT_SESSION_CHECK_MS;
    c->o.grace_ms = options->grace_ms ? options->grace_ms : CHAT_GRACE_MS;
    pthread_mutex_init(&c->lock, NULL);
    c->mail_tail = &c->mail;
    buf_init(&c->out, CHAT_OUT_BYTES_MAX);
    news_init(&c->news);
    set_address_limits(c);
    people_init(c);
    presence_init(c);
    typing_init(c);
    if (!register_all(c)) {
        c->ended = true;
        chat_free(c);
        return NULL;
    }
    return c;
}

void chat_set_lobby(struct chat *c, int64_t lobby, int64_t lobby_guest)
{
    c->lobby_guest = lobby_guest;
    c->lobby = lobby;
}

void chat_free(struct chat *c)
{
    if (!c) {
        return;
    }
    CHECK(c->ended);
    run_mail(c); /* releases it */
    people_fini(c);
    map_fini(&c->typing);
    news_fini(&c->news);
    buf_fini(&c->out);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}
