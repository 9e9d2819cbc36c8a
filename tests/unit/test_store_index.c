/* tincan-test: tsan=long */
/* The search index: filled in idle moments, never too far behind, and without a trace of what was deleted; on both databases. */
#include "store_fixture.h"

#include "clock.h"
#include "mem.h"
#include "op_search.h"
#include <stdio.h>
#include <string.h>

#define HELP_EVERY 1024 /* op_search_index.c */

static int64_t ann, bob, room, other;
static struct db *db;

/* Without the store, whose writer has idle moments of its own. */
static int set_up(void **state)
{
    struct db_failure failure = {0};

    fx_set_up(state);
    ann = fx_user("ann", CHAT_MEMBER);
    bob = fx_user("bob", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PRIVATE, "den");
    other = fx_room(ann, CHAT_PRIVATE, "attic");
    fx_add(ann, other, bob);
    store_close(fx_store);
    fx_store = NULL;
    if (db_open(fx_url(), false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return 0;
}

static int tear_down(void **state)
{
    db_close(db);
    return fx_tear_down(state);
}

static void run(void (*function)(struct db *db, struct store_request *r), struct store_request *r)
{
    assert_int_equal(db_begin(db, true), ERR_OK);
    function(db, r);
    if (db_commit(db) != ERR_OK) {
        fail_msg("%s", db_failure(db)->text);
    }
    assert_int_equal(r->out.refusal.error, CHAT_OK);
}

static void send_batches(unsigned n)
{
    for (unsigned i = 0; i < n; i += STORE_BATCH_MAX) {
        struct store_request *list[STORE_BATCH_MAX];
        for (unsigned j = 0; j < STORE_BATCH_MAX; j++) {
            list[j] = fx_message(ann, room, "a message among many");
        }
        assert_int_equal(db_begin(db, true), ERR_OK);
        op_send_batch(db, list, STORE_BATCH_MAX);
        assert_int_equal(db_commit(db), ERR_OK);
    }
}

/* n messages that wait for the index, without sending them. */
static void fill(int n)
{
    char sql[600];

    assert_true(
        snprintf(
            sql, sizeof sql,
            fx_is_postgres()
                ? "WITH m AS (INSERT INTO message (room, seq, ev, sender, cid, body_hash, text, ts)"
                  " SELECT %lld, i, i, %lld, convert_to('b' || i, 'UTF8'), '\\x00', 'filler ' || "
                  "i, 1"
                  " FROM generate_series(1, %d) AS i RETURNING id)"
                  " INSERT INTO search_queue SELECT id FROM m"
                : "WITH RECURSIVE n (room, sender, max, i) AS (SELECT %lld, %lld, %d, 1"
                  " UNION ALL SELECT room, sender, max, i + 1 FROM n WHERE i < max)"
                  " INSERT INTO message (room, seq, ev, sender, cid, body_hash, text, ts)"
                  " SELECT room, i, i, sender, CAST('b' || i AS BLOB), x'00', 'filler ' || i, 1 "
                  "FROM n",
            (long long)room, (long long)ann, n) < (int)sizeof sql);
    fx_sql(sql);
    assert_true(snprintf(sql, sizeof sql, "UPDATE room SET seq = %d WHERE id = %lld", n,
                         (long long)room) > 0);
    fx_sql(sql);
}

static int64_t waiting_n(void)
{
    return fx_sql(
        fx_is_postgres()
            ? "SELECT count(*) FROM search_queue"
            : "SELECT (SELECT max(id) FROM message) -"
              " coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'indexed_id'), 0)");
}

static void idle(void)
{
    while (store_idle_step(db)) {
    }
    assert_int_equal(db_failure(db)->err, ERR_OK);
}

static struct store_request *search(const char *q, int64_t where, const char *from)
{
    struct store_request *r = fx_new(STORE_SEARCH, ann);

    if (from) {
        r->in.from = fx_text(from);
        fx_has(r, CHAT_FIELD_FROM);
    }
    if (where > 0) {
        r->in.room = where;
        fx_has(r, CHAT_FIELD_ROOM);
    }
    r->in.q = fx_text(q);
    r->in.limit = CHAT_LIMIT_MAX;
    run(op_search, r);
    return r;
}

static uint32_t hits(const char *q)
{
    return search(q, 0, NULL)->out.messages_n;
}

static void test_index__sending_helps_when_too_many_wait(void **state)
{
    (void)state;
    fill(SEARCH_WAITING_MAX - HELP_EVERY);
    send_batches(HELP_EVERY);
    assert_int_equal(waiting_n(), SEARCH_WAITING_MAX);
    /* Then for each message two are put in. PostgreSQL's index is filled beside. */
    for (int i = 0; i < 8; i++) {
        send_batches(HELP_EVERY);
        assert_true(fx_is_postgres() || waiting_n() <= SEARCH_WAITING_MAX + HELP_EVERY);
    }
    assert_int_equal(hits("filler 17"), CHAT_LIMIT_MAX);
    assert_int_equal(hits("filler 18975"), 1);
    assert_int_equal(hits("among many"), CHAT_LIMIT_MAX);
    idle();
    assert_int_equal(waiting_n(), 0);
    assert_int_equal(hits("filler 18975"), 1);
    assert_int_equal(hits("iller 48999"), 0);
}

static void test_index__beginning_anew_finds_all_again(void **state)
{
    (void)state;
    fill(700);
    idle();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hits("filler 69"), 11);
        assert_int_equal(db_begin(db, true), ERR_OK);
        op_search_reset(db);
        assert_int_equal(db_commit(db), ERR_OK);
        assert_int_equal(waiting_n(), 700);
        assert_int_equal(hits("filler 69"), 11);
        idle();
        assert_int_equal(waiting_n(), 0);
    }
}

/* More than PostgreSQL looks at one by one: what is new, what is old, what is in a quiet room or by somebody who says little. */
static void test_index__finds_everything_in_a_large_store(void **state)
{
    struct store_request *r;

    (void)state;
    run(op_send, fx_message(bob, other, "an old needle"));
    fill(31000);
    for (int i = 0; i < 2; i++) {
        idle();
        fx_now_ms += 1000;
        run(op_send, fx_message(ann, room, "a new needle"));
        r = search("needle", 0, NULL);
        assert_int_equal(r->out.messages_n, i + 2);
        assert_int_equal(r->out.messages[0].ts, fx_now_ms);
        assert_int_equal(r->out.messages[i + 1].room, other);
        assert_int_equal(search("needle", 0, "bob")->out.messages_n, 1);
        assert_int_equal(search("needle", 0, "ann")->out.messages_n, i + 1);
        assert_int_equal(search("needle", other, NULL)->out.messages_n, 1);
        assert_int_equal(search("needle", room, NULL)->out.messages_n, i + 1);
        assert_int_equal(search("needle", room, "bob")->out.messages_n, 0);
        assert_int_equal(hits("filler 123"), CHAT_LIMIT_MAX);
        assert_int_equal(hits("filler 12345"), 1);
        assert_int_equal(hits("filler 30999"), 1);
        assert_int_equal(hits("iller 4"), CHAT_LIMIT_MAX);
        assert_int_equal(search("filler 12345", room, "ann")->out.messages_n, 1);
        assert_int_equal(hits("nothing like it"), 0);
    }
}

static void erase(int64_t seq)
{
    struct store_request *r = fx_new(STORE_DELETE, ann);

    r->in.room = room;
    r->in.seq = seq;
    run(op_delete, r);
}

static int64_t index_bytes(void)
{
    return fx_sql("SELECT sum(length(block)) FROM message_search_data");
}

static void test_index__of_deleted_messages_nothing_is_left(void **state)
{
    int64_t before;

    (void)state;
    fill(600);
    idle();
    if (fx_is_postgres()) {
        for (int i = 1; i < 600; i++) {
            erase(i);
        }
        assert_int_equal(fx_sql("SELECT count(*) FROM message_search"), 1);
        assert_int_equal(waiting_n(), 0);
        return;
    }
    before = index_bytes();
    for (int i = 1; i < 600; i++) {
        erase(i);
    }
    assert_int_equal(fx_sql("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'search_erased'"),
                     599);
    idle();
    assert_int_equal(fx_sql("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'search_erased'"),
                     0);
    assert_true(index_bytes() < before / 10);
    assert_true(index_bytes() < 500);
    assert_int_equal(hits("filler"), 1);
    /* And nothing more is done until something more is deleted. */
    assert_false(store_idle_step(db));
    erase(600);
    idle();
    assert_true(index_bytes() < 200);
}

/* Merging a large index is work: once a day is enough. */
/* A message with nothing but files is not in the index: there is nothing of it to be forgotten. */
static void test_index__a_message_without_text_is_edited_and_deleted_as_any(void **state)
{
    static const int64_t seqs[] = {1, 2};
    (void)state;
    run(op_send, fx_message(ann, room, ""));
    run(op_send, fx_message(ann, room, ""));
    idle();
    for (size_t i = 0; i < sizeof seqs / sizeof *seqs; i++) {
        struct store_request *r = fx_in_room(STORE_EDIT, ann, room);
        r->in.seq = seqs[i];
        r->in.rev = 1;
        r->in.text = fx_text("found now");
        if (i == 0) {
            run(op_edit, r);
            idle();
            assert_int_equal(hits("found now"), 1);
        }
        r = fx_in_room(STORE_DELETE, ann, room);
        r->in.seq = seqs[i];
        run(op_delete, r);
        idle();
        assert_int_equal(hits("found now"), 0);
    }
}

static void test_index__a_large_one_is_merged_once_a_day(void **state)
{
    char sql[200];

    (void)state;
    if (fx_is_postgres()) {
        return;
    }
    fill(21000);
    idle();
    erase(1);
    idle();
    assert_int_equal(fx_sql("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'search_erased'"),
                     0);
    erase(2);
    idle();
    assert_int_equal(fx_sql("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'search_erased'"),
                     1);
    assert_true(snprintf(sql, sizeof sql,
                         "UPDATE meta SET value = '%lld' WHERE key = 'search_merged_ms'",
                         (long long)clock_wall_ms() - 25LL * 3600 * 1000) > 0);
    fx_sql(sql);
    idle();
    assert_int_equal(fx_sql("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'search_erased'"),
                     0);
    /* A clock that was put back does not stop it. */
    erase(3);
    assert_true(snprintf(sql, sizeof sql,
                         "UPDATE meta SET value = '%lld' WHERE key = 'search_merged_ms'",
                         (long long)clock_wall_ms() + 25LL * 3600 * 1000) > 0);
    fx_sql(sql);
    idle();
    assert_int_equal(fx_sql("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'search_erased'"),
                     0);
}

/* Of a short query the latest are looked at, of all others all. */
static void test_index__short_queries_look_at_the_latest(void **state)
{
    struct store_request *r = fx_message(ann, room, "xy");

    (void)state;
    run(op_send, r);
    assert_int_equal(hits("xy"), 1);
    fx_sql("UPDATE message SET seq = 30000");
    fill(19999);
    assert_int_equal(hits("xy"), 1);
    fx_sql("UPDATE message SET seq = seq + 30000");
    fx_sql(fx_is_postgres() ? "UPDATE message SET cid = cid || '\\x01'"
                            : "UPDATE message SET cid = CAST(cid || 'x' AS BLOB)");
    fill(1);
    assert_int_equal(hits("xy"), 0);
    /* Where it is said which room, the latest of that room. */
    assert_int_equal(search("xy", room, NULL)->out.messages_n, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_index__sending_helps_when_too_many_wait),
        TEST(test_index__beginning_anew_finds_all_again),
        TEST(test_index__finds_everything_in_a_large_store),
        TEST(test_index__of_deleted_messages_nothing_is_left),
        TEST(test_index__a_message_without_text_is_edited_and_deleted_as_any),
        TEST(test_index__a_large_one_is_merged_once_a_day),
        TEST(test_index__short_queries_look_at_the_latest),
    };

    return FX_MAIN(tests);
}
