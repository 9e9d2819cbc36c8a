/* PostgreSQL's connection: what can go wrong with it, and what it is set up to be. */
#include "db_pg_script.h"

#include "clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ANSWER_S 5

static int64_t seconds_since(int64_t began_us)
{
    return (clock_now_us() - began_us) / 1000000;
}

static void test_db_pg_link__nobody_waits_for_a_lock_for_ever(void **state)
{
    struct db *holder = db_pg_open_table();
    struct db *waiter = db_pg_open_as(false);
    int64_t began_us;

    (void)state;
    db_pg_insert(holder, 1, "one");
    assert_int_equal(db_begin(holder, true), ERR_OK);
    assert_int_equal(db_pg_number(holder, "SELECT id FROM t WHERE id = 1 FOR UPDATE"), 1);
    assert_int_equal(db_begin(waiter, true), ERR_OK);
    began_us = clock_now_us();
    assert_int_equal(db_pg_number(waiter, "SELECT id FROM t WHERE id = 1 FOR UPDATE"), -1);
    assert_int_equal(db_failure(waiter)->err, ERR_TIMEOUT);
    assert_false(db_lost(waiter));
    assert_in_range(seconds_since(began_us), 3, ANSWER_S);
    db_rollback(waiter);
    assert_int_equal(db_begin(waiter, true), ERR_OK);
    began_us = clock_now_us();
    assert_int_equal(db_exec(waiter, "SELECT pg_sleep(60)", NULL, 0), ERR_TIMEOUT);
    assert_false(db_lost(waiter));
    assert_in_range(seconds_since(began_us), 3, ANSWER_S);
    /* What a migration may, in the transaction of it. */
    db_rollback(waiter);
    assert_int_equal(db_begin(waiter, true), ERR_OK);
    assert_int_equal(db_script(waiter, "SELECT pg_sleep(6)"), ERR_OK);
    db_rollback(waiter);
    assert_int_equal(db_exec(waiter, "SELECT pg_sleep(60)", NULL, 0), ERR_TIMEOUT);
    db_close(waiter);
    db_close(holder);
}

static void test_db_pg_link__a_silent_server_is_noticed(void **state)
{
    struct db *idle = db_pg_open_table(), *busy = db_pg_open_as(false), *late = NULL;
    struct db_failure failure = {0};
    int64_t began_us;

    (void)state;
    assert_int_equal(db_begin(busy, true), ERR_OK);
    db_pg_insert(busy, 1, "one");
    pg_cluster_tell(db_pg_cluster, "pause");
    began_us = clock_now_us();
    assert_int_equal(db_commit(busy), ERR_IO);
    assert_true(db_lost(busy));
    assert_in_range(seconds_since(began_us), ANSWER_S - 1, ANSWER_S + 1);
    began_us = clock_now_us();
    assert_int_equal(db_pg_count(idle), -1);
    assert_true(db_lost(idle));
    assert_in_range(seconds_since(began_us), ANSWER_S - 1, ANSWER_S + 1);
    began_us = clock_now_us();
    assert_int_equal(db_open(db_pg_url, false, &late, &failure), ERR_IO);
    assert_in_range(seconds_since(began_us), ANSWER_S - 1, ANSWER_S + 1);
    /* Closing waits for nobody. */
    began_us = clock_now_us();
    db_close(idle);
    db_close(busy);
    assert_in_range(seconds_since(began_us), 0, 1);
    pg_cluster_tell(db_pg_cluster, "resume");
    idle = db_pg_open_as(false);
    assert_in_range(db_pg_count(idle), 0, 1); /* nobody knows */
    db_close(idle);
}

static void test_db_pg_link__a_server_that_goes_and_comes(void **state)
{
    struct db *db = db_pg_open_table(), *other = NULL;
    struct db_failure failure = {0};

    (void)state;
    db_pg_insert(db, 1, "one");
    pg_cluster_tell(db_pg_cluster, "stop immediate");
    assert_int_equal(db_begin(db, true), ERR_OK);
    db_pg_insert(db, 2, "two");
    assert_int_equal(db_failure(db)->err, ERR_IO);
    assert_int_equal(db_commit(db), ERR_IO);
    assert_true(db_lost(db));
    assert_int_equal(db_open(db_pg_url, false, &other, &failure), ERR_IO);
    assert_non_null(strstr(failure.text, "cannot use the database"));
    assert_null(other);
    pg_cluster_tell(db_pg_cluster, "start");
    assert_int_equal(db_begin(db, true), ERR_IO);
    db_close(db);
    db = db_pg_open_as(true);
    assert_int_equal(db_pg_count(db), 1);
    /* It goes while there is nothing to do, behind a read whose end nobody has waited for. */
    assert_int_equal(db_begin(db, false), ERR_OK);
    assert_int_equal(db_pg_count(db), 1);
    assert_int_equal(db_commit(db), ERR_OK);
    pg_cluster_tell(db_pg_cluster, "restart fast");
    assert_int_equal(db_begin(db, false), ERR_OK);
    assert_int_equal(db_pg_count(db), -1);
    assert_int_equal(db_failure(db)->err, ERR_IO);
    assert_true(db_lost(db));
    db_close(db);
}

/* url with one part replaced. */
static void replaced(char out[PG_URL_BYTES], const char *part, const char *with)
{
    const char *at = strstr(db_pg_url, part);

    assert_non_null(at);
    assert_true(snprintf(out, PG_URL_BYTES, "%.*s%s%s", (int)(at - db_pg_url), db_pg_url, with,
                         at + strlen(part)) < PG_URL_BYTES);
}

static void test_db_pg_link__what_will_not_mend_itself_is_told_from_what_may(void **state)
{
    struct db *db = NULL;
    struct db_failure failure = {0};
    char other[PG_URL_BYTES], password[40] = "";
    const char *at;

    (void)state;
    pg_cluster_database(db_pg_cluster, 1, db_pg_url);
    db_close(db_pg_open_as(false));
    at = strstr(db_pg_url, "tincan:");
    assert_non_null(at);
    memcpy(password, at + strlen("tincan:"), 32);
    replaced(other, password, "wrong");
    assert_int_equal(db_open(other, false, &db, &failure), ERR_AUTH);
    assert_non_null(strstr(failure.text, "password authentication failed"));
    assert_null(strstr(failure.text, "wrong"));
    replaced(other, strrchr(db_pg_url, '/'), "/absent");
    assert_int_equal(db_open(other, false, &db, &failure), ERR_NOTFOUND);
    replaced(other, strrchr(db_pg_url, '/'), "/x?nonsense=1");
    assert_int_equal(db_open(other, false, &db, &failure), ERR_INVALID);
    assert_non_null(strstr(failure.text, "URL"));
    assert_int_equal(db_open("postgresql://a:hidden@[::1/x", false, &db, &failure), ERR_INVALID);
    assert_null(strstr(failure.text, "hidden"));
    assert_int_equal(db_open("postgresql://127.0.0.1:1/x", false, &db, &failure), ERR_IO);
    assert_int_equal(db_open("mysql://x", false, &db, &failure), ERR_INVALID);
    assert_null(db);
}

static void test_db_pg_link__waits_for_the_disk_whatever_the_defaults_are(void **state)
{
    static const struct {
        const char *setting, *value;
    } settings[] = {
        {"synchronous_commit", "on"},          {"application_name", "tincand"},
        {"statement_timeout", "4500ms"},       {"lock_timeout", "4s"},
        {"client_encoding", "UTF8"},           {"idle_in_transaction_session_timeout", "15s"},
        {"standard_conforming_strings", "on"},
    };
    struct db *db = db_pg_open_as(false);

    (void)state;
    assert_int_equal(db_script(db, "ALTER ROLE tincan SET synchronous_commit = off; ALTER ROLE "
                                   "tincan SET statement_timeout = 0"),
                     ERR_OK);
    db_close(db);
    db = db_pg_open_as(false);
    for (unsigned i = 0; i < ARRAY_N(settings); i++) {
        db_query(db, "SELECT current_setting($1)", &DB_TEXT(slice_str(settings[i].setting)), 1);
        assert_true(db_next(db));
        assert_true(slice_eq(db_text(db, 0), slice_str(settings[i].value)));
        assert_int_equal(db_done(db), ERR_OK);
    }
    assert_int_equal(db_script(db, "ALTER ROLE tincan SET synchronous_commit = remote_apply"),
                     ERR_OK);
    db_close(db);
    db = db_pg_open_as(false);
    db_query(db, "SELECT current_setting('synchronous_commit')", NULL, 0);
    assert_true(db_next(db));
    assert_true(slice_eq(db_text(db, 0), SL("remote_apply")));
    assert_int_equal(db_done(db), ERR_OK);
    assert_int_equal(db_script(db, "ALTER ROLE tincan RESET ALL"), ERR_OK);
    db_close(db);
}

static void test_db_pg_link__a_database_of_another_encoding_is_refused(void **state)
{
    struct db *db = NULL;
    struct db_failure failure = {0};
    char other[PG_URL_BYTES];
    const char *host = strchr(db_pg_url, '?');

    (void)state;
    assert_non_null(host);
    assert_true(snprintf(other, sizeof other, "postgresql://postgres@/postgres%s", host) <
                (int)sizeof other);
    assert_int_equal(db_open(other, false, &db, &failure), ERR_OK);
    assert_int_equal(db_script(db, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc "
                                   "LOCALE 'C' TEMPLATE template0"),
                     ERR_OK);
    db_close(db);
    db = NULL;
    assert_true(snprintf(other, sizeof other, "postgresql://tincan@/latin%s", host) <
                (int)sizeof other);
    assert_int_equal(db_open(other, false, &db, &failure), ERR_INVALID);
    assert_non_null(strstr(failure.text, "UTF8"));
    assert_null(db);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, db_pg_set_up)
    const struct CMUnitTest tests[] = {
        TEST(test_db_pg_link__nobody_waits_for_a_lock_for_ever),
        TEST(test_db_pg_link__a_silent_server_is_noticed),
        TEST(test_db_pg_link__a_server_that_goes_and_comes),
        TEST(test_db_pg_link__what_will_not_mend_itself_is_told_from_what_may),
        TEST(test_db_pg_link__waits_for_the_disk_whatever_the_defaults_are),
        TEST(test_db_pg_link__a_database_of_another_encoding_is_refused),
    };

    return cmocka_run_group_tests(tests, db_pg_set_up_all, db_pg_tear_down_all);
}
