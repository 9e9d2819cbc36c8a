/* A connection to a database, as the store's operations see it; and how it says what is wrong. */
#include "db.h"

#include "temp_dir.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_N(a) (sizeof(a) / sizeof(a)[0])

static char folder[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES + 16];

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(folder);
    assert_true(snprintf(path, sizeof path, "%s/data/t.db", folder) < (int)sizeof path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(folder);
    return 0;
}

static struct db *open_db(bool read_only)
{
    struct db *db = NULL;
    struct db_failure failure = {0};

    if (db_sqlite_open(path, read_only, false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return db;
}

static struct db *open_table(void)
{
    struct db *db = open_db(false);

    assert_int_equal(db_script(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, "
                                   "bytes BLOB);"),
                     ERR_OK);
    return db;
}

static void insert(struct db *db, int64_t id, const char *name)
{
    struct db_value values[] = {DB_INT(id), DB_TEXT(slice_str(name))};

    (void)db_exec(db, "INSERT INTO t (id, name) VALUES ($1, $2)", values, 2);
}

static int64_t count(struct db *db)
{
    int64_t n = -1;

    db_query(db, "SELECT count(*) FROM t", NULL, 0);
    if (db_next(db)) {
        n = db_int(db, 0);
    }
    (void)db_done(db);
    return n;
}

static void test_db__keeps_what_was_committed_and_nothing_else(void **state)
{
    struct db *db = open_table();

    (void)state;
    assert_int_equal(db_begin(db, true), ERR_OK);
    insert(db, 1, "one");
    assert_int_equal(db_changes(db), 1);
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_begin(db, true), ERR_OK);
    insert(db, 2, "two");
    db_rollback(db);
    db_close(db);
    db = open_db(true);
    assert_int_equal(count(db), 1);
    db_close(db);
}

static void test_db__gives_back_every_kind_of_value(void **state)
{
    struct db *db = open_table();
    static const char bytes[] = {0, 1, (char)0xff, 0};
    struct db_value values[] = {DB_INT(INT64_MAX), DB_NULL,
                                DB_BLOB(((struct slice){bytes, sizeof bytes}))};

    (void)state;
    /* A statement whose rows nobody reads has run all the same. */
    db_query(db, "INSERT INTO t (id, name, bytes) VALUES ($1, $2, $3) RETURNING id", values, 3);
    assert_int_equal(db_done(db), ERR_OK);
    /* The parameters are found by their numbers, wherever they stand. */
    values[1] = DB_TEXT(((struct slice){NULL, 0}));
    assert_int_equal(db_exec(db, "UPDATE t SET name = $2 WHERE id = $1", values, 2), ERR_OK);
    db_query(db, "SELECT id, name, bytes, NULL FROM t", NULL, 0);
    assert_true(db_next(db));
    assert_int_equal(db_int(db, 0), INT64_MAX);
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
    db_close(db);
}

static void test_db__the_first_failure_sticks(void **state)
{
    struct db *db = open_table();

    (void)state;
    assert_int_equal(db_begin(db, true), ERR_OK);
    insert(db, 1, "one");
    insert(db, 2, "one");
    assert_int_equal(db_failure(db)->err, ERR_CONFLICT);
    assert_int_equal(count(db), -1);
    assert_int_equal(db_exec(db, "no such statement", NULL, 0), ERR_CONFLICT);
    assert_int_equal(db_commit(db), ERR_CONFLICT);
    assert_false(db_lost(db));
    db_rollback(db);
    assert_int_equal(count(db), 0);
    assert_int_equal(db_exec(db, "no such statement", NULL, 0), ERR_INTERNAL);
    assert_int_equal(db_begin(db, true), ERR_OK);
    insert(db, 1, "one");
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(count(db), 1);
    db_close(db);
}

static void test_db__a_reader_keeps_its_snapshot(void **state)
{
    struct db *writer = open_table();
    struct db *reader = open_db(true);

    (void)state;
    assert_int_equal(db_begin(reader, false), ERR_OK);
    assert_int_equal(count(reader), 0);
    insert(writer, 1, "one");
    assert_int_equal(count(reader), 0);
    assert_int_equal(db_commit(reader), ERR_OK);
    assert_int_equal(count(reader), 1);
    insert(reader, 2, "two");
    assert_int_not_equal(db_failure(reader)->err, ERR_OK);
    db_close(reader);
    db_close(writer);
}

static void test_db__prepares_more_statements_than_its_cache_begins_with(void **state)
{
    static char sql[400][40];
    struct db *db = open_table();

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < ARRAY_N(sql); i++) {
            assert_true(snprintf(sql[i], sizeof sql[i], "SELECT %u", i) > 0);
            db_query(db, sql[i], NULL, 0);
            assert_true(db_next(db));
            assert_int_equal(db_int(db, 0), i);
            assert_int_equal(db_done(db), ERR_OK);
        }
    }
    db_close(db);
}

static void test_db__is_set_up_to_be_trusted(void **state)
{
    static const struct {
        const char *sql, *value;
    } settings[] = {
        {"PRAGMA journal_mode", "wal"},         {"PRAGMA synchronous", "2"},
        {"PRAGMA foreign_keys", "1"},           {"PRAGMA trusted_schema", "0"},
        {"PRAGMA secure_delete", "1"},          {"PRAGMA cache_size", "-65536"},
        {"PRAGMA wal_autocheckpoint", "16000"},
    };
    struct db *db = open_table();
    struct stat status;

    (void)state;
    for (unsigned i = 0; i < ARRAY_N(settings); i++) {
        db_query(db, settings[i].sql, NULL, 0);
        assert_true(db_next(db));
        assert_true(slice_eq(db_text(db, 0), slice_str(settings[i].value)));
        assert_int_equal(db_done(db), ERR_OK);
    }
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    db_close(db);
}

static void test_db__a_file_that_is_none_of_its_own_is_refused(void **state)
{
    struct db *db = NULL;
    struct db_failure failure = {0};
    int fd;

    (void)state;
    assert_int_equal(db_sqlite_open(path, true, false, &db, &failure), ERR_NOTFOUND);
    *strrchr(path, '/') = '\0';
    assert_int_equal(mkdir(path, 0700), 0);
    path[strlen(path)] = '/';
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(write(fd, "not a database, but a text that is long enough\n", 47), 47);
    }
    close(fd);
    assert_int_equal(db_sqlite_open(path, false, false, &db, &failure), ERR_INVALID);
    assert_non_null(strstr(failure.text, path));
    assert_non_null(strstr(failure.text, "tincan restore"));
    assert_null(db);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_db__keeps_what_was_committed_and_nothing_else),
        TEST(test_db__gives_back_every_kind_of_value),
        TEST(test_db__the_first_failure_sticks),
        TEST(test_db__a_reader_keeps_its_snapshot),
        TEST(test_db__prepares_more_statements_than_its_cache_begins_with),
        TEST(test_db__is_set_up_to_be_trusted),
        TEST(test_db__a_file_that_is_none_of_its_own_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
