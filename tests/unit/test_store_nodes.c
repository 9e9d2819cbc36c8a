/* tincan-test: tsan=long */
/* Two servers on one PostgreSQL: numbers without gaps, one row a cid, one order for all, and one index. */
#include "store_fixture.h"

#include "store_op.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define NODES_N   2
#define ROOMS_N   3
#define THREADS_N 4   /* on each node */
#define ASKS_N    150 /* of each thread */

static struct store *nodes[NODES_N];
static int64_t rooms[ROOMS_N], people[NODES_N][THREADS_N];

static void deliver(void *user, struct store_request *list)
{
    (void)user;
    CHECK(!list);
}

static int set_up(void **state)
{
    struct store_options options = {.deliver = deliver, .shared = true};
    struct db_failure failure = {0};
    char name[16];

    fx_shared = true;
    fx_set_up(state);
    options.url = fx_url();
    nodes[0] = fx_store;
    if (store_open(&options, &nodes[1], &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    people[0][0] = fx_user("ann", CHAT_MEMBER);
    for (int i = 0; i < ROOMS_N; i++) {
        assert_true(snprintf(name, sizeof name, "room%d", i) > 0);
        rooms[i] = fx_room(people[0][0], CHAT_PRIVATE, name);
    }
    for (int n = 0; n < NODES_N; n++) {
        for (int t = 0; t < THREADS_N; t++) {
            if (n > 0 || t > 0) {
                assert_true(snprintf(name, sizeof name, "%c%c", 'a' + n, 'k' + 2 * t) > 0);
                people[n][t] = fx_user(name, CHAT_MEMBER);
                for (int i = 0; i < ROOMS_N; i++) {
                    fx_add(people[0][0], rooms[i], people[n][t]);
                }
            }
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    store_close(nodes[1]);
    return fx_tear_down(state);
}

static struct store_request *request(enum store_op op, int64_t actor, int64_t room)
{
    struct store_request *r = store_request_new(op);

    CHECK(r);
    r->actor = actor;
    r->now_ms = fx_now_ms;
    r->in.room = room;
    return r;
}

static struct store_request *message(int64_t actor, int64_t room, unsigned cid, const char *text)
{
    struct store_request *r = request(STORE_SEND, actor, room);

    r->in.text = slice_str(text);
    memcpy(r->in.cid, &cid, sizeof cid);
    return r;
}

/* --- many at once --- */

struct talker {
    pthread_t thread;
    struct store *store;
    int64_t user;
    unsigned index, refused_n;
    int64_t last_ev[ROOMS_N];
};

/* Mostly sends; edits, reactions and deletes of what was sent before. */
static struct store_request *something(struct talker *t, unsigned i, int64_t seq)
{
    int64_t room = rooms[i % ROOMS_N];
    enum store_op op = seq == 0 || i % 5 < 3 ? STORE_SEND
                       : i % 5 == 4 && i % 3 ? STORE_EDIT
                       : i % 2               ? STORE_REACT
                                             : STORE_DELETE;
    struct store_request *r;

    if (op == STORE_SEND) {
        return message(t->user, room, i, "a word to be found");
    }
    r = request(op, t->user, room);
    r->in.seq = seq;
    r->in.rev = 1;
    r->in.text = SL("another word");
    r->in.emoji = SL("A");
    return r;
}

static void *talk(void *user)
{
    struct talker *t = user;
    int64_t own[ROOMS_N] = {0};

    for (unsigned i = 0; i < ASKS_N; i++) {
        struct store_request *r = something(t, i, own[i % ROOMS_N]);
        store_call(t->store, r);
        if (r->out.refusal.error != CHAT_OK) {
            t->refused_n +=
                r->out.refusal.error != CHAT_NOT_FOUND && r->out.refusal.error != CHAT_CONFLICT;
        } else if (r->out.has_event) {
            /* Whoever asks later is later for everybody. */
            CHECK(r->out.ev > t->last_ev[i % ROOMS_N]);
            t->last_ev[i % ROOMS_N] = r->out.ev;
            own[i % ROOMS_N] = r->op == STORE_SEND ? r->out.seq : own[i % ROOMS_N];
        }
        store_request_free(r);
    }
    return NULL;
}

static void check_numbers(void)
{
    assert_int_equal(fx_sql("SELECT count(*) FROM room r WHERE r.seq <>"
                            " (SELECT count(*) FROM message m WHERE m.room = r.id)"),
                     0);
    assert_int_equal(fx_sql("SELECT count(*) FROM room r WHERE r.seq <>"
                            " (SELECT coalesce(max(seq), 0) FROM message m WHERE m.room = r.id)"),
                     0);
    assert_int_equal(fx_sql("SELECT count(*) FROM room r WHERE r.ev <>"
                            " (SELECT count(*) FROM room_event e WHERE e.room = r.id)"),
                     0);
    assert_int_equal(fx_sql("SELECT count(*) FROM room r WHERE r.ev <>"
                            " (SELECT coalesce(max(ev), 0) FROM room_event e WHERE e.room = r.id)"),
                     0);
    assert_int_equal(
        fx_sql("SELECT count(*) FROM message m JOIN room_event e ON e.room = m.room AND e.ev = m.ev"
               " WHERE e.kind <> 0 OR e.seq <> m.seq OR e.actor <> m.sender"),
        0);
    assert_int_equal(fx_sql("SELECT count(*) FROM (SELECT ev - lag(ev) OVER (PARTITION BY room "
                            "ORDER BY seq) AS step"
                            " FROM message) AS s WHERE step <= 0"),
                     0);
}

static struct db *open_db(void)
{
    struct db *db = NULL;
    struct db_failure failure = {0};

    if (db_open(fx_url(), false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return db;
}

/* While others write: what is seen of a room has no gap, whenever one looks, so events become visible in their order. */
static void *watch(void *user)
{
    struct db *db = open_db();

    while (!*(_Atomic bool *)user) {
        db_query(db,
                 "SELECT count(*) FROM (SELECT room, count(*) AS n, max(ev) AS high FROM "
                 "room_event GROUP BY room) AS s"
                 " WHERE n <> high",
                 NULL, 0);
        CHECK(db_next(db) && db_int(db, 0) == 0);
        CHECK(db_done(db) == ERR_OK);
    }
    db_close(db);
    return NULL;
}

static void test_nodes__many_into_few_rooms_leave_no_gap(void **state)
{
    struct talker talkers[NODES_N * THREADS_N] = {0};
    _Atomic bool over = false;
    pthread_t watcher;

    (void)state;
    assert_int_equal(pthread_create(&watcher, NULL, watch, &over), 0);
    for (unsigned i = 0; i < NODES_N * THREADS_N; i++) {
        struct talker *t = &talkers[i];
        t->store = nodes[i % NODES_N];
        t->user = people[i % NODES_N][i / NODES_N];
        t->index = i;
        assert_int_equal(pthread_create(&t->thread, NULL, talk, t), 0);
    }
    for (unsigned i = 0; i < NODES_N * THREADS_N; i++) {
        assert_int_equal(pthread_join(talkers[i].thread, NULL), 0);
        assert_int_equal(talkers[i].refused_n, 0);
    }
    over = true;
    assert_int_equal(pthread_join(watcher, NULL), 0);
    check_numbers();
    assert_int_equal(fx_sql("SELECT count(*) FROM message"), NODES_N * THREADS_N * ASKS_N * 3 / 5);
}

static void test_nodes__both_fill_the_index_and_nothing_is_left_out(void **state)
{
    struct talker talkers[NODES_N * THREADS_N] = {0};
    struct db *db;

    (void)state;
    for (unsigned i = 0; i < NODES_N * THREADS_N; i++) {
        talkers[i] =
            (struct talker){.store = nodes[i % NODES_N], .user = people[i % NODES_N][i / NODES_N]};
        assert_int_equal(pthread_create(&talkers[i].thread, NULL, talk, &talkers[i]), 0);
    }
    db = open_db();
    for (unsigned i = 0; i < NODES_N * THREADS_N; i++) {
        (void)store_idle_step(db);
        assert_int_equal(pthread_join(talkers[i].thread, NULL), 0);
    }
    while (store_idle_step(db)) {
    }
    db_close(db);
    assert_int_equal(fx_sql("SELECT count(*) FROM search_queue"), 0);
    assert_int_equal(fx_sql("SELECT count(*) FROM message_search"),
                     fx_sql("SELECT count(*) FROM message WHERE deleted = 0"));
    assert_int_equal(fx_sql("SELECT count(*) FROM message_search s JOIN message m ON m.id = s.id"
                            " WHERE length(s.text) <> length(m.text)"),
                     0);
}

/* --- the same at the same time --- */

struct call {
    pthread_t thread;
    struct store *store;
    struct store_request *r;
};

static void *run_call(void *user)
{
    struct call *c = user;

    store_call(c->store, c->r);
    return NULL;
}

static void call_both(struct store_request *a, struct store_request *b)
{
    struct call calls[2] = {{.store = nodes[0], .r = a}, {.store = nodes[1], .r = b}};

    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&calls[i].thread, NULL, run_call, &calls[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(calls[i].thread, NULL), 0);
    }
}

static void test_nodes__one_cid_is_one_message_wherever_it_is_sent(void **state)
{
    int64_t ann = people[0][0];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct store_request *a = message(ann, rooms[0], i, "once"),
                             *b = message(ann, rooms[0], i, "once");
        call_both(a, b);
        assert_int_equal(a->out.refusal.error, CHAT_OK);
        assert_int_equal(b->out.refusal.error, CHAT_OK);
        assert_int_equal(a->out.seq, i + 1);
        assert_int_equal(b->out.seq, i + 1);
        assert_int_equal(a->out.ev, b->out.ev);
        assert_int_equal(a->out.dup + b->out.dup, 1);
        assert_int_equal(a->out.has_event + b->out.has_event, 1);
        store_request_free(a);
        store_request_free(b);
    }
    /* To different rooms: one is a message, the other a mistake. */
    for (unsigned i = 100; i < 150; i++) {
        struct store_request *a = message(ann, rooms[1], i, "once"),
                             *b = message(ann, rooms[2], i, "once");
        call_both(a, b);
        assert_int_equal((a->out.refusal.error == CHAT_OK) + (b->out.refusal.error == CHAT_OK), 1);
        assert_int_equal((a->out.refusal.error == CHAT_CID_REUSED) +
                             (b->out.refusal.error == CHAT_CID_REUSED),
                         1);
        store_request_free(a);
        store_request_free(b);
    }
    assert_int_equal(fx_sql("SELECT count(*) FROM message"), 150);
    check_numbers();
}

static void test_nodes__two_people_have_one_room(void **state)
{
    (void)state;
    for (int t = 1; t < THREADS_N; t++) {
        struct store_request *a = request(STORE_DM_OPEN, people[0][t], 0),
                             *b = request(STORE_DM_OPEN, people[1][t], 0);
        a->in.user = people[1][t];
        b->in.user = people[0][t];
        call_both(a, b);
        assert_int_equal(a->out.refusal.error, CHAT_OK);
        assert_int_equal(b->out.refusal.error, CHAT_OK);
        assert_int_equal(a->out.room, b->out.room);
        assert_int_equal(a->out.room_is_new + b->out.room_is_new, 1);
        store_request_free(a);
        store_request_free(b);
    }
    assert_int_equal(fx_sql("SELECT count(*) FROM room WHERE kind = 2"), THREADS_N - 1);
}

static void test_nodes__of_two_edits_of_a_revision_one_is_kept(void **state)
{
    int64_t ann = people[0][0];
    struct store_request *r = message(ann, rooms[0], 1, "draft");

    (void)state;
    store_call(nodes[0], r);
    store_request_free(r);
    for (int i = 1; i <= 30; i++) {
        struct store_request *a = request(STORE_EDIT, ann, rooms[0]),
                             *b = request(STORE_EDIT, ann, rooms[0]);
        a->in.seq = b->in.seq = 1;
        a->in.rev = b->in.rev = i;
        a->in.text = SL("from here");
        b->in.text = SL("from there");
        call_both(a, b);
        assert_int_equal((a->out.refusal.error == CHAT_OK) + (b->out.refusal.error == CHAT_OK), 1);
        assert_int_equal(
            (a->out.refusal.error == CHAT_CONFLICT) + (b->out.refusal.error == CHAT_CONFLICT), 1);
        store_request_free(a);
        store_request_free(b);
    }
    assert_int_equal(fx_sql("SELECT rev FROM message"), 31);
    check_numbers();
}

static void test_nodes__slow_mode_is_one_for_all(void **state)
{
    int64_t bob = people[1][0];
    struct store_request *slow = request(STORE_ROOM_UPDATE, people[0][0], rooms[0]);

    (void)state;
    slow->in.slow = 30;
    slow->in.has |= 1ull << CHAT_FIELD_SLOW;
    store_call(nodes[0], slow);
    assert_int_equal(slow->out.refusal.error, CHAT_OK);
    store_request_free(slow);
    for (unsigned i = 0; i < 20; i++) {
        struct store_request *a = message(bob, rooms[0], 2 * i, "here"),
                             *b = message(bob, rooms[0], 2 * i + 1, "there");
        call_both(a, b);
        assert_int_equal((a->out.refusal.error == CHAT_OK) + (b->out.refusal.error == CHAT_OK), 1);
        assert_int_equal((a->out.refusal.error == CHAT_SLOW) + (b->out.refusal.error == CHAT_SLOW),
                         1);
        store_request_free(a);
        store_request_free(b);
        fx_now_ms += 30000;
    }
    check_numbers();
}

static struct store_request *block(int64_t user)
{
    struct store_request *r = request(STORE_BLOCK, people[0][0], 0);

    r->in.user = user;
    r->in.on = true;
    return r;
}

static void test_nodes__somebody_blocks_so_many_and_no_more(void **state)
{
    char name[32];

    (void)state;
    for (int i = 0; i < CHAT_BLOCKS_MAX - 1; i++) {
        assert_true(snprintf(name, sizeof name, "other%d", i) > 0);
        struct store_request *r = block(fx_user(name, CHAT_GUEST));
        store_call(nodes[0], r);
        assert_int_equal(r->out.refusal.error, CHAT_OK);
        store_request_free(r);
    }
    for (unsigned i = 0; i < 20; i++) {
        struct store_request *a = block(people[1][0]), *b = block(people[1][1]);
        call_both(a, b);
        assert_int_equal((a->out.refusal.error == CHAT_OK) + (b->out.refusal.error == CHAT_OK), 1);
        assert_int_equal(fx_sql("SELECT count(*) FROM block"), CHAT_BLOCKS_MAX);
        struct store_request *last = a->out.refusal.error == CHAT_OK ? a : b;
        struct store_request *off = block(last->in.user);
        off->in.on = false;
        store_call(nodes[i % 2], off);
        store_request_free(off);
        store_request_free(a);
        store_request_free(b);
    }
}

static struct store_request *owner(const char *name)
{
    struct store_request *r = request(STORE_USER_CREATE, 0, 0);

    r->account.name = r->account.display = slice_str(name);
    r->account.role = CHAT_OWNER;
    r->account.first_owner = true;
    return r;
}

static void test_nodes__there_is_one_first_owner(void **state)
{
    struct store_request *a = owner("olga"), *b = owner("oscar");

    (void)state;
    call_both(a, b);
    assert_int_equal((a->out.refusal.error == CHAT_OK) + (b->out.refusal.error == CHAT_OK), 1);
    assert_int_equal(fx_sql("SELECT count(*) FROM account WHERE role = 4"), 1);
    store_request_free(a);
    store_request_free(b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_nodes__many_into_few_rooms_leave_no_gap),
        TEST(test_nodes__both_fill_the_index_and_nothing_is_left_out),
        TEST(test_nodes__one_cid_is_one_message_wherever_it_is_sent),
        TEST(test_nodes__two_people_have_one_room),
        TEST(test_nodes__of_two_edits_of_a_revision_one_is_kept),
        TEST(test_nodes__slow_mode_is_one_for_all),
        TEST(test_nodes__somebody_blocks_so_many_and_no_more),
        TEST(test_nodes__there_is_one_first_owner),
    };

    return cmocka_run_group_tests_name("postgresql", tests, fx_postgres, fx_end);
}
