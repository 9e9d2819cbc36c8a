/* PostgreSQL as the store's operations see it: the same promises as SQLite's, and what it adds to them. */
#include "db_pg_script.h"

#include "mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_db_pg__keeps_what_was_committed_and_nothing_else(void **state)
{
    struct db *db = db_pg_open_table();

    (void)state;
    assert_int_equal(db_kind(db), DB_POSTGRES);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_pg_insert(db, 1, "one");
    assert_int_equal(db_changes(db), 1);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_pg_insert(db, 2, "two");
    db_rollback(db);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_rollback(db);
    assert_int_equal(db_begin(db, true), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_pg_insert(db, 3, "three");
    db_close(db);
    db = db_pg_open_as(true);
    assert_int_equal(db_pg_count(db), 1);
    db_close(db);
}

static void test_db_pg__gives_back_every_kind_of_value(void **state)
{
    struct db *db = db_pg_open_table();
    static const char bytes[] = {0, 1, (char)0xff, 0};
    struct db_value values[] = {DB_INT(INT64_MIN), DB_NULL,
                                DB_BLOB(((struct slice){bytes, sizeof bytes}))};

    (void)state;
    db_query(db, "INSERT INTO t (id, name, bytes) VALUES ($1, $2, $3) RETURNING id", values, 3);
    assert_int_equal(db_done(db), ERR_OK);
    values[1] = DB_TEXT(((struct slice){NULL, 0}));
    assert_int_equal(db_exec(db, "UPDATE t SET name = $2 WHERE id = $1", values, 2), ERR_OK);
    assert_int_equal(db_changes(db), 1);
    db_query(db, "SELECT id, name, bytes, NULL FROM t", NULL, 0);
    assert_true(db_next(db));
    assert_true(db_int(db, 0) == INT64_MIN);
    assert_false(db_is_null(db, 1));
    assert_int_equal(db_text(db, 1).n, 0);
    assert_int_equal(db_text(db, 2).n, sizeof bytes);
    assert_memory_equal(db_text(db, 2).p, bytes, sizeof bytes);
    assert_true(db_is_null(db, 3));
    assert_int_equal(db_int(db, 3), 0);
    assert_int_equal(db_text(db, 3).n, 0);
    assert_false(db_next(db));
    assert_false(db_next(db));
    assert_int_equal(db_done(db), ERR_OK);
    values[0] = DB_BLOB(((struct slice){NULL, 0}));
    db_query(db, "SELECT $1::bytea", values, 1);
    assert_true(db_next(db));
    assert_false(db_is_null(db, 0));
    assert_int_equal(db_text(db, 0).n, 0);
    assert_int_equal(db_done(db), ERR_OK);
    db_close(db);
}

static void test_db_pg__reads_whatever_counting_and_summing_give(void **state)
{
    static const struct {
        const char *sql;
        int64_t value;
    } rows[] = {
        {"SELECT count(*) FROM second", 0},
        {"SELECT 7::smallint", 7},
        {"SELECT -7", -7},
        {"SELECT true", 1},
        {"SELECT 1 = 2", 0},
        {"SELECT sum(n) FROM (VALUES (0::bigint)) AS v (n)", 0},
        {"SELECT sum(n) FROM (VALUES (9999::bigint), (1)) AS v (n)", 10000},
        {"SELECT sum(n) FROM (VALUES (123456789012::bigint), (1)) AS v (n)", INT64_C(123456789013)},
        {"SELECT sum(n) FROM (VALUES (-20000::bigint), (-3)) AS v (n)", -20003},
        {"SELECT sum(n) FROM (VALUES (9223372036854775806::bigint), (1)) AS v (n)", INT64_MAX},
        {"SELECT sum(n) FROM (VALUES (9223372036854775807::bigint), (1)) AS v (n)", INT64_MAX},
        {"SELECT 12.75::numeric", 12},
        {"SELECT 0.5::numeric", 0},
    };
    struct db *db = db_pg_open_table();

    (void)state;
    for (unsigned i = 0; i < ARRAY_N(rows); i++) {
        assert_true(db_pg_number(db, rows[i].sql) == rows[i].value);
        assert_int_equal(db_failure(db)->err, ERR_OK);
    }
    assert_int_equal(db_pg_number(db, "SELECT 'text'"), 0);
    assert_int_equal(db_failure(db)->err, ERR_INTERNAL);
    db_rollback(db);
    db_query(db, "SELECT 1", NULL, 0);
    assert_true(db_next(db));
    assert_int_equal(db_text(db, 0).n, 0);
    assert_int_equal(db_done(db), ERR_INTERNAL);
    db_close(db);
}

static void test_db_pg__the_first_failure_sticks(void **state)
{
    struct db *db = db_pg_open_table();

    (void)state;
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_pg_insert(db, 1, "secret");
    db_pg_insert(db, 2, "secret");
    assert_int_equal(db_failure(db)->err, ERR_CONFLICT);
    assert_non_null(strstr(db_failure(db)->text, "23505"));
    assert_null(strstr(db_failure(db)->text, "secret"));
    assert_int_equal(db_pg_count(db), -1);
    assert_int_equal(db_exec(db, "no such statement", NULL, 0), ERR_CONFLICT);
    assert_int_equal(db_commit(db), ERR_CONFLICT);
    assert_false(db_lost(db));
    db_rollback(db);
    assert_int_equal(db_pg_count(db), 0);
    assert_int_equal(db_exec(db, "no such statement", NULL, 0), ERR_INTERNAL);
    /* The statement that fails is the first of its transaction, and not prepared before. */
    assert_int_equal(db_begin(db, true), ERR_OK);
    assert_int_equal(db_exec(db, "INSERT INTO t (id) VALUES (1), (1)", NULL, 0), ERR_CONFLICT);
    assert_int_equal(db_begin(db, true), ERR_OK);
    assert_int_equal(db_exec(db, "INSERT INTO t (id) VALUES (1), (1)", NULL, 0), ERR_CONFLICT);
    db_rollback(db);
    assert_int_equal(db_script(db, "CREATE TABLE u (n int); no such statement"), ERR_INTERNAL);
    db_rollback(db);
    assert_int_equal(db_pg_number(db, "SELECT count(*) FROM pg_class WHERE relname = 'u'"), 0);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_pg_insert(db, 1, "one");
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_pg_count(db), 1);
    db_close(db);
}

static void test_db_pg__a_reader_keeps_its_snapshot_and_cannot_write(void **state)
{
    struct db *writer = db_pg_open_table();
    struct db *reader = db_pg_open_as(true);

    (void)state;
    assert_int_equal(db_begin(reader, false), ERR_OK);
    assert_int_equal(db_pg_count(reader), 0);
    db_pg_insert(writer, 1, "one");
    assert_int_equal(db_pg_count(reader), 0);
    assert_int_equal(db_commit(reader), ERR_OK);
    assert_int_equal(db_begin(reader, false), ERR_OK);
    assert_int_equal(db_pg_count(reader), 1);
    db_rollback(reader);
    db_pg_insert(reader, 2, "two");
    assert_int_not_equal(db_failure(reader)->err, ERR_OK);
    db_close(reader);
    reader = db_pg_open_as(false);
    assert_int_equal(db_begin(reader, false), ERR_OK);
    db_pg_insert(reader, 2, "two");
    assert_int_not_equal(db_failure(reader)->err, ERR_OK);
    db_close(reader);
    db_close(writer);
}

static void test_db_pg__a_script_goes_with_its_transaction(void **state)
{
    struct db *db = db_pg_open_table();

    (void)state;
    assert_int_equal(db_begin(db, true), ERR_OK);
    assert_int_equal(db_script(db, "INSERT INTO second VALUES (1); INSERT INTO second VALUES (2);"),
                     ERR_OK);
    assert_int_equal(db_pg_number(db, "SELECT count(*) FROM second"), 2);
    db_rollback(db);
    /* What is owed for the rollback is read before the script. */
    assert_int_equal(db_script(db, "INSERT INTO second VALUES (3)"), ERR_OK);
    assert_int_equal(db_pg_number(db, "SELECT sum(n) FROM second"), 3);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_pg_insert(db, 1, "one");
    assert_int_equal(db_script(db, "INSERT INTO second VALUES (4)"), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_pg_number(db, "SELECT sum(n) FROM second"), 7);
    assert_int_equal(db_pg_count(db), 1);
    db_close(db);
}

/* A statement that fails with each SQLSTATE, raised by the server itself. */
static void test_db_pg__says_by_the_state_why_it_failed(void **state)
{
    static const struct {
        const char *sqlstate;
        enum err err;
        bool lost;
    } rows[] = {
        {"23505", ERR_CONFLICT, false}, {"40001", ERR_CONFLICT, false},
        {"40P01", ERR_CONFLICT, false}, {"53100", ERR_LIMIT, false},
        {"53200", ERR_IO, true},        {"55P03", ERR_TIMEOUT, false},
        {"57014", ERR_TIMEOUT, false},  {"57P01", ERR_IO, true},
        {"57P03", ERR_IO, true},        {"58030", ERR_IO, true},
        {"08006", ERR_IO, true},        {"25006", ERR_IO, true},
        {"XX001", ERR_INVALID, false},  {"42601", ERR_INTERNAL, false},
        {"22012", ERR_INTERNAL, false},
    };
    struct db *db = db_pg_open_table();
    char sql[ARRAY_N(rows)][200];

    (void)state;
    for (unsigned i = 0; i < ARRAY_N(rows); i++) {
        assert_true(snprintf(sql[i], sizeof sql[i],
                             "DO $$ BEGIN RAISE EXCEPTION 'so be it' USING ERRCODE = '%s'; END $$",
                             rows[i].sqlstate) < (int)sizeof sql[i]);
        assert_int_equal(db_begin(db, true), ERR_OK);
        assert_int_equal(db_exec(db, sql[i], NULL, 0), rows[i].err);
        assert_int_equal(db_lost(db), rows[i].lost);
        assert_non_null(strstr(db_failure(db)->text, rows[i].sqlstate));
        if (rows[i].lost) {
            db_rollback(db);
            assert_int_equal(db_begin(db, true), ERR_IO);
            assert_int_equal(db_pg_count(db), -1);
            db_close(db);
            db = db_pg_open_as(false);
        } else {
            db_rollback(db);
            assert_int_equal(db_pg_count(db), 0);
        }
    }
    db_close(db);
}

static void test_db_pg__prepares_each_statement_once(void **state)
{
    static char sql[200][40];
    struct db *db = db_pg_open_table();

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < ARRAY_N(sql); i++) {
            assert_true(snprintf(sql[i], sizeof sql[i], "SELECT %u", i) > 0);
            assert_int_equal(db_pg_number(db, sql[i]), i);
        }
    }
    assert_int_equal(
        db_pg_number(db, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''"),
        ARRAY_N(sql) + 1);
    db_close(db);
}

static void test_db_pg__what_runs_later_has_run_when_it_matters(void **state)
{
    static const char add[] = "INSERT INTO t (id) VALUES ($1)",
                      add_second[] = "INSERT INTO second VALUES ($1)",
                      add_more[] = "INSERT INTO second VALUES (4 + $1)";
    struct db *db = db_pg_open_table();

    (void)state;
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_exec_later(db, add, &DB_INT(1), 1);
    db_exec_later(db, add, &DB_INT(2), 1);
    assert_int_equal(db_pg_count(db), 2);
    db_exec_later(db, add, &DB_INT(3), 1);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_pg_count(db), 3);
    /* Its failure is that of what comes behind it, and what was kept of the transaction is nothing. */
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_exec_later(db, add_second, &DB_INT(1), 1);
    db_exec_later(db, add, &DB_INT(1), 1);
    assert_int_equal(db_commit(db), ERR_CONFLICT);
    assert_false(db_lost(db));
    db_rollback(db);
    assert_int_equal(db_pg_number(db, "SELECT count(*) FROM second"), 0);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_exec_later(db, add, &DB_INT(1), 1);
    assert_int_equal(db_exec(db, add_second, &DB_INT(2), 1), ERR_CONFLICT);
    db_rollback(db);
    /* Statements that were to be prepared behind a failure are prepared again. */
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_exec_later(db, add, &DB_INT(1), 1);
    db_exec_later(db, add_more, &DB_INT(1), 1);
    db_rollback(db);
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_exec_later(db, add_second, &DB_INT(2), 1);
    db_exec_later(db, add_more, &DB_INT(1), 1);
    assert_int_equal(db_script(db, "INSERT INTO second VALUES (10)"), ERR_OK);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_pg_number(db, "SELECT sum(n) FROM second"), 17);
    /* Nobody asks, nobody commits. */
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_exec_later(db, add, &DB_INT(9), 1);
    db_rollback(db);
    assert_int_equal(db_pg_count(db), 3);
    db_close(db);
}

static void test_db_pg__carries_large_values_both_ways(void **state)
{
    enum { BYTES = 3 << 20 };
    struct db *db = db_pg_open_table();
    char *text = mem_alloc(BYTES);
    struct db_value values[] = {DB_TEXT(((struct slice){text, BYTES})),
                                DB_BLOB(((struct slice){text, BYTES}))};

    (void)state;
    assert_non_null(text);
    memset(text, 'x', BYTES);
    assert_int_equal(
        db_exec(db, "INSERT INTO t (id, bytes) VALUES (length($1::text), $2)", values, 2), ERR_OK);
    db_query(db, "SELECT id, bytes FROM t", NULL, 0);
    assert_true(db_next(db));
    assert_int_equal(db_int(db, 0), BYTES);
    assert_true(slice_eq(db_text(db, 1), values[1].s));
    assert_int_equal(db_done(db), ERR_OK);
    mem_free(text);
    db_close(db);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, db_pg_set_up)
    const struct CMUnitTest tests[] = {
        TEST(test_db_pg__keeps_what_was_committed_and_nothing_else),
        TEST(test_db_pg__gives_back_every_kind_of_value),
        TEST(test_db_pg__reads_whatever_counting_and_summing_give),
        TEST(test_db_pg__the_first_failure_sticks),
        TEST(test_db_pg__a_reader_keeps_its_snapshot_and_cannot_write),
        TEST(test_db_pg__a_script_goes_with_its_transaction),
        TEST(test_db_pg__says_by_the_state_why_it_failed),
        TEST(test_db_pg__prepares_each_statement_once),
        TEST(test_db_pg__what_runs_later_has_run_when_it_matters),
        TEST(test_db_pg__carries_large_values_both_ways),
    };

    return cmocka_run_group_tests(tests, db_pg_set_up_all, db_pg_tear_down_all);
}
