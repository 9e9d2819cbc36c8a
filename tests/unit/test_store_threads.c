/* The store's threads: one order for all, a cap on what waits, and acts that meet each other; on both databases. */
#include "store_fixture.h"

#include "clock.h"
#include "log.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* --- what comes back, in its order --- */

struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t come;
    struct store_request *head, **tail;
    unsigned n, calls_n;
};

static void deliver(void *user, struct store_request *list)
{
    struct inbox *b = user;

    pthread_mutex_lock(&b->lock);
    b->calls_n++;
    *b->tail = list;
    for (struct store_request *r = list; r; r = r->next) {
        b->tail = &r->next;
        b->n++;
    }
    pthread_cond_signal(&b->come);
    pthread_mutex_unlock(&b->lock);
}

static void inbox_init(struct inbox *b)
{
    memset(b, 0, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->come, NULL);
    b->tail = &b->head;
}

static void inbox_await(struct inbox *b, unsigned n)
{
    pthread_mutex_lock(&b->lock);
    while (b->n < n) {
        pthread_cond_wait(&b->come, &b->lock);
    }
    pthread_mutex_unlock(&b->lock);
}

static void inbox_fini(struct inbox *b)
{
    while (b->head) {
        struct store_request *r = b->head;
        b->head = r->next;
        store_request_free(r);
    }
    pthread_cond_destroy(&b->come);
    pthread_mutex_destroy(&b->lock);
}

/* The test's store again, delivering to b. */
static void open_for(struct inbox *b)
{
    struct store_options options = {
        .url = fx_url(), .deliver = deliver, .user = b, .shared = fx_is_postgres()};
    struct db_failure failure = {0};

    inbox_init(b);
    store_close(fx_store);
    if (store_open(&options, &fx_store, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
}

/* A request that nobody keeps. */
static struct store_request *request(enum store_op op, int64_t actor, int64_t room)
{
    struct store_request *r = store_request_new(op);

    assert_non_null(r);
    r->actor = actor;
    r->now_ms = fx_now_ms;
    r->in.room = room;
    return r;
}

static struct store_request *message(int64_t actor, int64_t room, unsigned thread, unsigned n)
{
    struct store_request *r = request(STORE_SEND, actor, room);

    r->in.text = SL("hello");
    memcpy(r->in.cid, &thread, sizeof thread);
    memcpy(r->in.cid + 4, &n, sizeof n);
    return r;
}

/* --- one order --- */

#define SENDERS_N 4
#define ROOMS_N   3
#define SENDS_N   300 /* of each sender */

struct sender {
    int64_t user, rooms[ROOMS_N];
    unsigned index;
};

static void *send_many(void *user)
{
    const struct sender *s = user;

    for (unsigned i = 0; i < SENDS_N; i++) {
        store_submit(fx_store, message(s->user, s->rooms[i % ROOMS_N], s->index, i));
    }
    return NULL;
}

static void test_threads__everything_is_delivered_once_and_in_the_order_of_ev(void **state)
{
    struct sender senders[SENDERS_N] = {0};
    pthread_t threads[SENDERS_N];
    int64_t rooms[ROOMS_N], ev[ROOMS_N] = {0}, seq[ROOMS_N] = {0};
    unsigned next[SENDERS_N] = {0};
    struct inbox b;

    (void)state;
    for (unsigned i = 0; i < SENDERS_N; i++) {
        char name[16];
        assert_true(snprintf(name, sizeof name, "sender%c%c", 'a' + i, 'a' + i) > 0);
        senders[i] = (struct sender){.user = fx_user(name, CHAT_MEMBER), .index = i};
    }
    for (unsigned i = 0; i < ROOMS_N; i++) {
        char name[16];
        assert_true(snprintf(name, sizeof name, "room%u", i) > 0);
        rooms[i] = fx_room(senders[0].user, CHAT_PUBLIC, name);
        ev[i] = 1;
        for (unsigned j = 1; j < SENDERS_N; j++) {
            fx_add(senders[0].user, rooms[i], senders[j].user);
            ev[i]++;
        }
    }
    open_for(&b);
    for (unsigned i = 0; i < SENDERS_N; i++) {
        memcpy(senders[i].rooms, rooms, sizeof rooms);
        assert_int_equal(pthread_create(&threads[i], NULL, send_many, &senders[i]), 0);
    }
    for (unsigned i = 0; i < SENDERS_N; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    inbox_await(&b, SENDERS_N * SENDS_N);
    for (struct store_request *r = b.head; r; r = r->next) {
        unsigned room = 0, sender = 0, n;
        assert_int_equal(r->out.refusal.error, CHAT_OK);
        while (rooms[room] != r->in.room) {
            room++;
        }
        while (senders[sender].user != r->actor) {
            sender++;
        }
        assert_int_equal(r->out.event.ev, ++ev[room]);
        assert_int_equal(r->out.event.message->seq, ++seq[room]);
        /* What one thread asked in turn is done in turn. */
        memcpy(&n, r->in.cid + 4, sizeof n);
        assert_int_equal(n, next[sender]++);
    }
    /* Batches: far fewer commits than messages. */
    assert_true(b.calls_n < SENDERS_N * SENDS_N / 2);
    store_close(fx_store);
    fx_store = NULL;
    inbox_fini(&b);
}

static void test_threads__closing_finishes_what_is_queued_and_refuses_the_rest(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct inbox b;

    (void)state;
    open_for(&b);
    for (unsigned i = 0; i < 1000; i++) {
        store_submit(fx_store, message(ann, room, 0, i));
        store_submit(fx_store, request(STORE_HISTORY, ann, room));
    }
    store_close(fx_store);
    fx_store = NULL;
    assert_int_equal(b.n, 2000);
    for (struct store_request *r = b.head; r; r = r->next) {
        assert_int_equal(r->out.refusal.error, CHAT_OK);
    }
    inbox_fini(&b);
    fx_reopen();
    assert_int_equal(fx_ask(fx_about(STORE_ROOM_GET, ann, room, 0))->out.rooms[0].seq, 1000);
}

/* --- caps --- */

/* A connection beside the store that keeps it from writing. */
static struct db *hold(void)
{
    struct db *db = NULL;
    struct db_failure failure = {0};

    if (db_open(fx_url(), false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    assert_int_equal(db_begin(db, true), ERR_OK);
    if (fx_is_postgres()) {
        assert_int_equal(db_exec(db, "LOCK TABLE meta IN EXCLUSIVE MODE", NULL, 0), ERR_OK);
    } else {
        assert_int_equal(db_exec(db, "DELETE FROM meta WHERE key = 'none'", NULL, 0), ERR_OK);
    }
    return db;
}

static void release(struct db *db)
{
    db_rollback(db);
    db_close(db);
}

static unsigned delivered(struct inbox *b)
{
    pthread_mutex_lock(&b->lock);
    unsigned n = b->n;
    pthread_mutex_unlock(&b->lock);
    return n;
}

static void test_threads__too_many_at_once_are_refused_at_once(void **state)
{
    struct inbox b;
    struct db *other;
    unsigned submitted_n = 0, busy_n = 0;

    (void)state;
    open_for(&b);
    other = hold();
    while (delivered(&b) == 0) {
        store_submit(fx_store, request(STORE_PROBE, 0, 0));
        submitted_n++;
    }
    /* All but the refused one wait: in the queue, or in the batch that the writer has in hand. */
    assert_true(submitted_n > STORE_QUEUE_MAX);
    assert_true(submitted_n <= STORE_QUEUE_MAX + STORE_BATCH_MAX + 1);
    release(other);
    inbox_await(&b, submitted_n);
    store_close(fx_store);
    fx_store = NULL;
    for (struct store_request *r = b.head; r; r = r->next) {
        assert_true(r->out.refusal.error == CHAT_OK || r == b.head);
        busy_n += r->out.refusal.error == CHAT_BUSY;
    }
    assert_int_equal(busy_n, 1);
    inbox_fini(&b);
}

/* --- acts that meet --- */

static void test_threads__one_that_fails_spoils_no_others_of_its_batch(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct inbox b;
    struct db *other;

    (void)state;
    open_for(&b);
    other = hold(); /* so that they gather */
    store_submit(fx_store, request(STORE_PROBE, 0, 0));
    for (unsigned i = 0; i < 20; i++) {
        struct store_request *r = request(STORE_SESSION_NEW, ann, 0);
        store_submit(fx_store, message(ann, room, 0, i));
        r->in.user = ann;
        r->account.hash = fx_hash(i / 2); /* the second with a hash cannot be */
        r->account.expires_ms = fx_now_ms + 1000;
        store_submit(fx_store, r);
    }
    release(other);
    inbox_await(&b, 41);
    store_close(fx_store);
    fx_store = NULL;
    unsigned sessions_n = 0, sends_n = 0;
    for (struct store_request *r = b.head; r; r = r->next) {
        if (r->op == STORE_SESSION_NEW) {
            assert_int_equal(r->out.refusal.error, sessions_n++ % 2 ? CHAT_BUSY : CHAT_OK);
        } else if (r->op == STORE_SEND) {
            assert_int_equal(r->out.refusal.error, CHAT_OK);
            assert_int_equal(r->out.seq, ++sends_n);
        }
    }
    assert_int_equal(sessions_n, 20);
    assert_int_equal(sends_n, 20);
    inbox_fini(&b);
}

#define GUESTS_N 100

static void test_threads__of_a_hundred_who_accept_a_single_invitation_one_gets_in(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *invite = fx_about(STORE_INVITE_CREATE, ann, room, 0);
    struct store *second = NULL;
    struct inbox b, b2;
    unsigned in_n = 0;

    (void)state;
    invite->account.hash = fx_hash(1);
    invite->in.uses = 1;
    fx_has(invite, CHAT_FIELD_USES);
    fx_ask(invite);
    for (unsigned i = 0; i < GUESTS_N; i++) {
        char name[16];
        assert_true(snprintf(name, sizeof name, "g%u.x", 1000 + i) > 0);
        (void)fx_user(name, CHAT_GUEST);
    }
    open_for(&b);
    inbox_init(&b2);
    if (fx_is_postgres()) { /* two servers */
        struct store_options options = {
            .url = fx_url(), .deliver = deliver, .user = &b2, .shared = true};
        struct db_failure failure;
        assert_int_equal(store_open(&options, &second, &failure), ERR_OK);
    }
    for (unsigned i = 0; i < GUESTS_N; i++) {
        struct store_request *r = request(STORE_ROOM_JOIN, ann + 1 + i, room);
        r->account.hash = fx_hash(1);
        store_submit(second && i % 2 ? second : fx_store, r);
    }
    store_close(second);
    store_close(fx_store);
    fx_store = NULL;
    assert_int_equal(b.n + b2.n, GUESTS_N);
    for (unsigned i = 0; i < 2; i++) {
        for (struct store_request *r = i ? b2.head : b.head; r; r = r->next) {
            in_n += r->out.refusal.error == CHAT_OK;
            assert_true(r->out.refusal.error == CHAT_OK || r->out.refusal.error == CHAT_NOT_FOUND);
        }
    }
    assert_int_equal(in_n, 1);
    inbox_fini(&b);
    inbox_fini(&b2);
    fx_reopen();
    assert_int_equal(fx_ask(fx_about(STORE_ROOM_GET, ann, room, 0))->out.rooms[0].members, 2);
}

static void test_threads__of_many_who_want_a_name_one_gets_it(void **state)
{
    struct inbox b;
    unsigned got_n = 0;

    (void)state;
    open_for(&b);
    for (unsigned i = 0; i < 50; i++) {
        struct store_request *r = request(STORE_USER_CREATE, 0, 0);
        r->account.name = i % 2 ? SL("ann") : SL("a.n.n");
        store_submit(fx_store, r);
    }
    store_close(fx_store);
    fx_store = NULL;
    for (struct store_request *r = b.head; r; r = r->next) {
        got_n += r->out.refusal.error == CHAT_OK;
        assert_true(r->out.refusal.error == CHAT_OK || r->out.refusal.error == CHAT_TAKEN);
    }
    assert_int_equal(got_n, 1);
    inbox_fini(&b);
}

/* --- a database that is not there for a while --- */

static void test_threads__a_lock_held_too_long_is_no_answer_for_ever(void **state)
{
    struct store_request *r = fx_new(STORE_PROBE, 0);
    struct db *other = hold();
    int64_t from_us = clock_now_us();

    (void)state;
    log_set_level(LOG_ERROR);
    fx_refused(r, CHAT_UNAVAILABLE, "");
    assert_true(clock_now_us() - from_us >= STORE_WAIT_MS * 1000LL);
    assert_true(clock_now_us() - from_us < 3 * STORE_WAIT_MS * 1000LL);
    release(other);
    fx_ask(fx_new(STORE_PROBE, 0));
    assert_true(store_ready(fx_store));
}

static void test_threads__another_server_is_refused_and_the_first_goes_on(void **state)
{
    struct store *second = NULL;
    struct store_options options = {.url = fx_url(), .deliver = deliver};
    struct db_failure failure = {0};
    bool postgres = fx_is_postgres();

    (void)state;
    for (unsigned i = 0; i < (postgres ? 2 : 1); i++) {
        options.shared = i == 1; /* the first one does not share */
        assert_int_equal(store_open(&options, &second, &failure), ERR_CONFLICT);
        assert_non_null(strstr(failure.text, "another tincand"));
        assert_non_null(strstr(failure.text, "is running on"));
        assert_non_null(strstr(failure.text, postgres ? "--database" : "--data"));
    }
    fx_ask(fx_new(STORE_PROBE, 0));
    store_close(fx_store);
    fx_store = NULL;
    options.shared = false;
    assert_int_equal(store_open(&options, &second, &failure), ERR_OK);
    store_close(second);
}

static void test_threads__programs_may_look_and_write_beside_the_server(void **state)
{
    struct db_failure failure = {0};
    struct db *db = NULL;

    (void)state;
    assert_int_equal(db_open(fx_url(), false, &db, &failure), ERR_OK);
    assert_int_equal(db_begin(db, true), ERR_OK);
    (void)db_exec(db, "UPDATE room SET topic = 'from beside' WHERE name = 'lobby'", NULL, 0);
    assert_int_equal(db_commit(db), ERR_OK);
    db_close(db);
    struct store_request *r = fx_ask(fx_about(STORE_ROOM_GET, 0, fx_lobby, 0));
    assert_true(slice_eq(r->out.rooms[0].topic, SL("from beside")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_threads__everything_is_delivered_once_and_in_the_order_of_ev),
        FX_TEST(test_threads__closing_finishes_what_is_queued_and_refuses_the_rest),
        FX_TEST(test_threads__too_many_at_once_are_refused_at_once),
        FX_TEST(test_threads__one_that_fails_spoils_no_others_of_its_batch),
        FX_TEST(test_threads__of_a_hundred_who_accept_a_single_invitation_one_gets_in),
        FX_TEST(test_threads__of_many_who_want_a_name_one_gets_it),
        FX_TEST(test_threads__a_lock_held_too_long_is_no_answer_for_ever),
        FX_TEST(test_threads__another_server_is_refused_and_the_first_goes_on),
        FX_TEST(test_threads__programs_may_look_and_write_beside_the_server),
    };

    return FX_MAIN(tests);
}
