/* What a database must be for this program to touch it, and how it becomes newer. */
#include "migrate.h"

#include "buf.h"
#include "fault_vfs.h"
#include "temp_dir.h"
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES + 16], copy[TEMP_PATH_BYTES + 32];
static struct db_failure failure;

/* Two later versions, as they might be. */
static struct migration list[3];

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(folder);
    assert_true(snprintf(path, sizeof path, "%s/t.db", folder) < (int)sizeof path);
    assert_true(snprintf(copy, sizeof copy, "%s.bak-v1", path) < (int)sizeof copy);
    memset(&failure, 0, sizeof failure);
    list[0] = migrations_sqlite[0];
    list[1] = (struct migration){2, "002_next.sql", "CREATE TABLE later (id INTEGER PRIMARY KEY);"};
    list[2] = (struct migration){3, "003_next.sql", "ALTER TABLE later ADD COLUMN name TEXT;"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(folder);
    return 0;
}

static struct db *open_db(void)
{
    struct db *db = NULL;

    if (db_sqlite_open(path, false, false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return db;
}

static unsigned version_of(struct db *db)
{
    unsigned version = 99;

    assert_int_equal(migrate_version(db, path, 1000, &version, &failure), ERR_OK);
    return version;
}

/* The epoch of the database at path, in static memory. */
static const char *epoch_of(struct db *db)
{
    static char text[64];

    db_query(db, "SELECT value FROM meta WHERE key = 'epoch'", NULL, 0);
    assert_true(db_next(db));
    assert_true(snprintf(text, sizeof text, "%.*s", SL_ARG(db_text(db, 0))) == 32);
    assert_int_equal(db_done(db), ERR_OK);
    return text;
}

static void test_migrate__a_new_database_gets_all_tables_and_an_epoch_of_its_own(void **state)
{
    struct db *db = open_db();
    char first[64];

    (void)state;
    assert_int_equal(version_of(db), 0);
    assert_int_equal(migrate(db, path, &failure), ERR_OK);
    assert_int_equal(version_of(db), migrations_sqlite_n);
    assert_int_equal(db_exec(db, "SELECT room, seq FROM message", NULL, 0), ERR_OK);
    assert_true(snprintf(first, sizeof first, "%s", epoch_of(db)) == 32);
    /* Once more changes nothing. */
    assert_int_equal(migrate(db, path, &failure), ERR_OK);
    assert_string_equal(epoch_of(db), first);
    db_close(db);
    assert_int_equal(unlink(path), 0);
    db = open_db();
    assert_int_equal(migrate(db, path, &failure), ERR_OK);
    assert_string_not_equal(epoch_of(db), first);
    db_close(db);
    assert_int_equal(access(copy, F_OK), -1);
}

static void test_migrate__the_database_of_before_is_kept_beside_the_new_one(void **state)
{
    struct db *db = open_db();
    char before[64];
    struct stat status;

    (void)state;
    assert_int_equal(migrate_run(db, path, list, 1, &failure), ERR_OK);
    assert_true(snprintf(before, sizeof before, "%s", epoch_of(db)) == 32);
    assert_int_equal(migrate_run(db, path, list, 3, &failure), ERR_OK);
    assert_int_equal(version_of(db), 3);
    assert_int_equal(db_exec(db, "INSERT INTO later (name) VALUES ('x')", NULL, 0), ERR_OK);
    assert_string_equal(epoch_of(db), before);
    db_close(db);
    assert_int_equal(stat(copy, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(rename(copy, path), 0);
    db = open_db();
    assert_int_equal(version_of(db), 1);
    assert_string_equal(epoch_of(db), before);
    db_close(db);
}

static void test_migrate__a_step_that_fails_leaves_the_version_of_before(void **state)
{
    struct db *db = open_db();
    unsigned version;

    (void)state;
    assert_int_equal(migrate_run(db, path, list, 1, &failure), ERR_OK);
    list[2].sql = "CREATE TABLE half (id INTEGER PRIMARY KEY); SELECT nonsense;";
    assert_int_equal(migrate_run(db, path, list, 3, &failure), ERR_INTERNAL);
    assert_non_null(strstr(failure.text, "003_next.sql"));
    assert_int_equal(version_of(db), 2);
    assert_int_equal(db_exec(db, "SELECT id FROM half", NULL, 0), ERR_INTERNAL);
    db_rollback(db);
    /* A copy that is in the way from then is replaced. */
    list[2].sql = "CREATE TABLE whole (id INTEGER PRIMARY KEY);";
    assert_int_equal(migrate_run(db, path, list, 3, &failure), ERR_OK);
    assert_int_equal(migrate_version(db, path, 3, &version, &failure), ERR_OK);
    assert_int_equal(version, 3);
    db_close(db);
}

static void test_migrate__a_newer_database_is_refused(void **state)
{
    struct db *db = open_db();

    (void)state;
    assert_int_equal(migrate_run(db, path, list, 3, &failure), ERR_OK);
    assert_int_equal(migrate_run(db, path, list, 2, &failure), ERR_INVALID);
    assert_non_null(strstr(failure.text, "newer Tincan (version 3; this program knows up to 2)"));
    assert_non_null(strstr(failure.text, "tincan restore"));
    assert_int_equal(version_of(db), 3);
    db_close(db);
}

static void test_migrate__another_programs_database_is_refused(void **state)
{
    static const char *const others[] = {
        "CREATE TABLE theirs (id INTEGER PRIMARY KEY);",
        "PRAGMA application_id = 77;",
        "PRAGMA user_version = 1;",
        "CREATE TABLE meta (key TEXT, value TEXT); PRAGMA user_version = 1;",
    };

    (void)state;
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct db *db = open_db();
        assert_int_equal(db_script(db, others[i]), ERR_OK);
        assert_int_equal(migrate(db, path, &failure), ERR_INVALID);
        assert_non_null(strstr(failure.text, "another program's database"));
        assert_int_equal(db_exec(db, "SELECT id FROM account", NULL, 0), ERR_INTERNAL);
        db_close(db);
        assert_int_equal(unlink(path), 0);
    }
}

/* Every page in turn is damaged; whatever is found out, nothing crashes, and what is refused is refused with what to do. */
static void test_migrate__a_damaged_database_is_refused_with_what_to_do(void **state)
{
    struct db *db = open_db();
    struct stat status;
    unsigned refused_n = 0, pages_n;
    char junk[64];

    (void)state;
    assert_int_equal(migrate(db, path, &failure), ERR_OK);
    db_close(db);
    assert_int_equal(stat(path, &status), 0);
    pages_n = (unsigned)(status.st_size / 4096);
    memset(junk, 0xa5, sizeof junk);
    for (unsigned page = 0; page < pages_n; page++) {
        char before[sizeof junk];
        int fd = open(path, O_RDWR);
        off_t at = (off_t)page * 4096 + (page == 0 ? 100 : 0);
        enum err err;

        assert_int_equal(pread(fd, before, sizeof before, at), sizeof before);
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
        db = NULL;
        err = db_sqlite_open(path, false, false, &db, &failure);
        if (err == ERR_OK) {
            err = migrate(db, path, &failure);
            db_close(db);
        }
        if (err != ERR_OK) {
            assert_int_equal(err, ERR_INVALID);
            assert_non_null(strstr(failure.text, "tincan restore"));
            refused_n++;
        }
        assert_int_equal(pwrite(fd, before, sizeof before, at), sizeof before);
        close(fd);
    }
    assert_int_equal(refused_n, pages_n);
    /* A file that was cut off, too. */
    assert_int_equal(truncate(path, status.st_size - 4096), 0);
    db = NULL;
    if (db_sqlite_open(path, false, false, &db, &failure) == ERR_OK) {
        assert_int_equal(migrate(db, path, &failure), ERR_INVALID);
        db_close(db);
    }
    assert_non_null(strstr(failure.text, "tincan restore"));
}

/* The disk is full, or fails, at the first write, the second ...: it is the old version or the new one, whole, and in the end it works. */
static void test_migrate__a_disk_that_fails_leaves_one_version_or_the_other(void **state)
{
    static const struct {
        enum fault_op op;
        int code;
    } faults[] = {{FAULT_LOG_WRITE, SQLITE_FULL},
                  {FAULT_LOG_SYNC, SQLITE_IOERR_FSYNC},
                  {FAULT_DB_WRITE, SQLITE_FULL}};

    (void)state;
    for (unsigned i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct db *db = open_db();
        bool through = false;
        assert_int_equal(migrate_run(db, path, list, 1, &failure), ERR_OK);
        db_close(db);
        for (int n = 0; !through; n++) {
            assert_true(n < 1000);
            db = open_db();
            fault_vfs_fail_after(faults[i].op, n, faults[i].code, 1);
            enum err err = migrate_run(db, path, list, 3, &failure);
            through = fault_vfs_failed_n(faults[i].op) == 0;
            fault_vfs_fail(faults[i].op, SQLITE_OK, 0);
            db_close(db);
            db = open_db();
            unsigned version = version_of(db);
            assert_true(version >= 1 && version <= 3);
            assert_true(err != ERR_OK || version == 3);
            /* The table of the second version, and the column of the third. */
            assert_true((db_exec(db, "SELECT id FROM later", NULL, 0) == ERR_OK) == (version >= 2));
            db_rollback(db);
            assert_true((db_exec(db, "SELECT name FROM later", NULL, 0) == ERR_OK) ==
                        (version == 3));
            db_close(db);
            if (err != ERR_OK) {
                assert_true(failure.text[0] != '\0');
            }
            if (version > 1) { /* from the beginning again */
                assert_int_equal(access(copy, F_OK), 0);
                assert_int_equal(rename(copy, path), 0);
            }
        }
        assert_int_equal(unlink(path), 0);
    }
}

int main(void)
{
    fault_vfs_install();
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_migrate__a_new_database_gets_all_tables_and_an_epoch_of_its_own),
        TEST(test_migrate__the_database_of_before_is_kept_beside_the_new_one),
        TEST(test_migrate__a_step_that_fails_leaves_the_version_of_before),
        TEST(test_migrate__a_newer_database_is_refused),
        TEST(test_migrate__another_programs_database_is_refused),
        TEST(test_migrate__a_damaged_database_is_refused_with_what_to_do),
        TEST(test_migrate__a_disk_that_fails_leaves_one_version_or_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
