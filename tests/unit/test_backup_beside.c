/* tincan-test: tsan=long */
/* A restore into PostgreSQL beside others, who come back while it runs: it waits for them and they for it, but not in a circle. */
#include "backup.h"
#include "migrate.h"
#include "store_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MADE_MS 1795400000000

struct restoring {
    char *p;
    size_t n;
    pthread_t thread;
    enum err e;
    struct db_failure failure;
};

static struct db *open_db(bool read_only)
{
    struct db_failure failure = {0};
    struct db *db = NULL;
    if (db_open(fx_url(), read_only, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return db;
}

static void *run_restore(void *user)
{
    struct restoring *r = user;
    struct db *db = open_db(false);
    FILE *f = fmemopen(r->p, r->n, "r");
    CHECK(f);
    r->e = backup_restore(db, NULL, f, NULL, fx_now_ms, &r->failure);
    fclose(f);
    db_close(db);
    return NULL;
}

static void start_restore(struct restoring *r)
{
    struct db_failure failure = {0};
    struct db *db = open_db(true);
    *r = (struct restoring){.e = ERR_INTERNAL};
    FILE *f = open_memstream(&r->p, &r->n);
    assert_non_null(f);
    fx_send(fx_user("ann", CHAT_MEMBER), fx_lobby, "a word");
    assert_int_equal(backup_write(db, NULL, f, NULL, MADE_MS, &failure), ERR_OK);
    fclose(f);
    db_close(db);
    assert_int_equal(pthread_create(&r->thread, NULL, run_restore, r), 0);
}

static void end_restore(struct restoring *r)
{
    assert_int_equal(pthread_join(r->thread, NULL), 0);
    if (r->e != ERR_OK) {
        fail_msg("%s", r->failure.text);
    }
    assert_int_equal(fx_sql("SELECT count(*) FROM message"), 1);
    (free)(r->p);
}

/* Until somebody waits for a lock of this table. */
static void await_waiting(const char *table)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '%s'::regclass",
             table);
    for (int i = 0; i < 2000 && fx_sql(sql) == 0; i++) {
        usleep(10 * 1000);
    }
    assert_true(fx_sql(sql) > 0);
}

/* Somebody has one table when the restore begins, and then wants another that the restore has. PostgreSQL ends the one who has waited
 * longer. */
static void test_restore__begins_anew_when_it_was_ended_for_somebody_else(void **state)
{
    struct restoring r;
    struct db *db = open_db(false);
    (void)state;
    assert_int_equal(db_begin(db, true), ERR_OK);
    assert_int_equal(db_script(db, "LOCK TABLE block IN ROW EXCLUSIVE MODE"), ERR_OK);
    start_restore(&r);
    await_waiting("block");
    assert_int_equal(db_script(db, "LOCK TABLE account IN ROW EXCLUSIVE MODE"), ERR_OK);
    db_close(db);
    end_restore(&r);
}

/* The index is made of what a restore replaces: who is at it is through before the restore has anything, not in a circle at its end. */
static void test_restore__lets_whoever_is_at_the_index_finish_first(void **state)
{
    struct restoring r;
    struct db *db = open_db(false);
    (void)state;
    assert_int_equal(db_begin(db, true), ERR_OK);
    assert_int_equal(db_script(db, "LOCK TABLE search_queue IN ROW EXCLUSIVE MODE"), ERR_OK);
    start_restore(&r);
    await_waiting("search_queue");
    assert_int_equal(db_script(db, "SELECT count(*) FROM message"), ERR_OK);
    db_close(db);
    end_restore(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_restore__begins_anew_when_it_was_ended_for_somebody_else),
        FX_TEST(test_restore__lets_whoever_is_at_the_index_finish_first),
    };
    return cmocka_run_group_tests_name("postgresql", tests, fx_postgres, fx_end);
}
