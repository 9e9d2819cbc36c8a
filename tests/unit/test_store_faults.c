/* A store whose disk fails or is full, and whose server goes away: what was said to be done is done, and it goes on without a restart. */
#include "store_fixture.h"

#include "clock.h"
#include "fault_vfs.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t ann, room;

static int start(void **state)
{
    int status = fx_set_up(state);

    ann = fx_user("ann", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PUBLIC, "ops");
    return status;
}

static int stop(void **state)
{
    for (int op = 0; op < FAULT_OPS_N; op++) {
        fault_vfs_fail((enum fault_op)op, SQLITE_OK, 0);
    }
    return fx_tear_down(state);
}

static void sleep_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

/* As many as have a number, and no gap among them. */
static int64_t messages_n(void)
{
    int64_t n = fx_sql("SELECT count(*) FROM message");

    assert_int_equal(fx_sql("SELECT seq FROM room WHERE name = 'ops'"), n);
    assert_int_equal(fx_sql("SELECT coalesce(max(seq), 0) FROM message"), n);
    return n;
}

/* --- a failing disk --- */

static void test_faults__a_commit_that_failed_once_is_done_again(void **state)
{
    static const struct {
        enum fault_op op;
        int code;
    } rows[] = {{FAULT_LOG_SYNC, SQLITE_IOERR_FSYNC}, {FAULT_LOG_WRITE, SQLITE_IOERR_WRITE}};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct store_request *r = fx_message(ann, room, "hello");
        fault_vfs_fail(rows[i].op, rows[i].code, 1);
        fx_ask(r);
        assert_int_equal(fault_vfs_failed_n(rows[i].op), 1);
        assert_int_equal(r->out.seq, i + 1);
        assert_false(r->out.dup);
        assert_true(r->out.has_event);
        assert_int_equal(messages_n(), i + 1);
        assert_true(store_ready(fx_store));
    }
}

/* The log is left as the failed commit wrote it, so that the next connection finds it whole: it was kept after all. */
static void test_faults__a_commit_that_was_kept_all_the_same_is_told_to_everybody_once(void **state)
{
    struct store_request *r;

    (void)state;
    fx_reopen(); /* and no reader: the writer's is the last connection to close */
    fx_send(ann, room, "before");
    r = fx_message(ann, room, "hello");
    fault_vfs_fail(FAULT_LOG_SYNC, SQLITE_IOERR_FSYNC, 1);
    fault_vfs_fail(FAULT_DB_SYNC, SQLITE_IOERR_FSYNC, 1);
    fx_ask(r);
    assert_int_equal(fault_vfs_failed_n(FAULT_LOG_SYNC), 1);
    assert_int_equal(fault_vfs_failed_n(FAULT_DB_SYNC), 1);
    assert_int_equal(r->out.seq, 2);
    assert_false(r->out.dup);
    assert_true(r->out.has_event);
    assert_int_equal(messages_n(), 2);
    assert_int_equal(fx_send(ann, room, "more")->out.seq, 3);
}

static void *ask(void *r)
{
    store_call(fx_store, r);
    return NULL;
}

static void test_faults__nothing_is_done_while_no_commit_succeeds(void **state)
{
    int64_t from_us = clock_now_us();
    struct store_request *doubtful = fx_message(ann, room, "doubtful");
    pthread_t asker;

    (void)state;
    fx_send(ann, room, "before");
    fx_ask(fx_about(STORE_HISTORY, ann, room, 0)); /* a reader keeps what it sees open */
    fault_vfs_fail(FAULT_LOG_SYNC, SQLITE_IOERR_FSYNC, -1);
    assert_int_equal(pthread_create(&asker, NULL, ask, doubtful), 0);
    while (store_ready(fx_store)) {
        sleep_ms(1);
    }
    /* The first is in doubt and may wait longer; the others were not tried. */
    fx_refused(fx_message(ann, room, "lost"), CHAT_UNAVAILABLE, "");
    assert_true(clock_now_us() - from_us >= STORE_WAIT_MS * 1000LL);
    assert_true(clock_now_us() - from_us < 2 * STORE_WAIT_MS * 1000LL);
    assert_false(store_ready(fx_store));
    /* Reading goes on. */
    assert_int_equal(fx_ask(fx_about(STORE_HISTORY, ann, room, 0))->out.messages_n, 1);
    /* No busy loop: a second of it costs few attempts. */
    int failed_n = fault_vfs_failed_n(FAULT_LOG_SYNC);
    sleep_ms(1000);
    assert_true(fault_vfs_failed_n(FAULT_LOG_SYNC) - failed_n < 10);
    fault_vfs_fail(FAULT_LOG_SYNC, SQLITE_OK, 0);
    struct store_request *after = fx_send(ann, room, "after");
    assert_int_equal(pthread_join(asker, NULL), 0);
    bool done = doubtful->out.refusal.error == CHAT_OK;
    assert_true(done || doubtful->out.refusal.error == CHAT_UNAVAILABLE);
    assert_true(done == doubtful->out.has_event);
    assert_int_equal(after->out.seq, done ? 3 : 2); /* in doubt it came first, or it was not kept */
    assert_int_equal(messages_n(), done ? 3 : 2);
    doubtful->out = (struct store_result){0};
    fx_ask(doubtful); /* asked once more, it is what it was */
    assert_true(doubtful->out.dup == done);
    assert_int_equal(messages_n(), 3);
}

static void test_faults__what_leaves_no_trace_is_not_waited_for(void **state)
{
    int64_t from_us = clock_now_us();

    (void)state;
    fault_vfs_fail(FAULT_LOG_SYNC, SQLITE_IOERR_FSYNC, -1);
    fx_refused(fx_new(STORE_PROBE, 0), CHAT_UNAVAILABLE, "");
    assert_true(clock_now_us() - from_us < STORE_WAIT_MS * 1000LL);
}

static void test_faults__a_full_disk_is_said_at_once_and_left_behind_without_a_restart(void **state)
{
    int64_t from_us = clock_now_us();

    (void)state;
    fx_send(ann, room, "before");
    fault_vfs_fail(FAULT_LOG_WRITE, SQLITE_FULL, -1);
    for (unsigned i = 0; i < 5; i++) {
        fx_refused(fx_message(ann, room, "no room"), CHAT_FULL, "");
    }
    assert_true(clock_now_us() - from_us < STORE_WAIT_MS * 1000LL);
    assert_false(store_ready(fx_store));
    assert_int_equal(fx_ask(fx_about(STORE_HISTORY, ann, room, 0))->out.messages_n, 1);
    fault_vfs_fail(FAULT_LOG_WRITE, SQLITE_OK, 0);
    assert_int_equal(fx_send(ann, room, "after")->out.seq, 2);
    assert_true(store_ready(fx_store));
    assert_int_equal(messages_n(), 2);
}

static void test_faults__a_page_that_cannot_be_read_now_is_read_later(void **state)
{
    struct store_request *r = fx_about(STORE_HISTORY, ann, room, 0);

    (void)state;
    fx_send(ann, room, "hello");
    fx_reopen(); /* nothing is in memory */
    fault_vfs_fail(FAULT_DB_READ, SQLITE_IOERR_READ, 1);
    fx_ask(r);
    assert_int_equal(r->out.messages_n, 1);
}

/* --- what was deleted --- */

/* Is the text in one of the files? */
static bool is_on_disk(const char *text)
{
    DIR *d = opendir(fx_folder());
    bool found = false;

    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        static char bytes[1 << 20];
        size_t kept_n = 0;
        int fd = openat(dirfd(d), e->d_name, O_RDONLY);
        for (ssize_t n; !found && (n = read(fd, bytes + kept_n, sizeof bytes - kept_n)) > 0;) {
            size_t all_n = kept_n + (size_t)n;
            found = memmem(bytes, all_n, text, strlen(text)) != NULL;
            kept_n = all_n < strlen(text) ? all_n : strlen(text);
            memmove(bytes, bytes + all_n - kept_n, kept_n);
        }
        close(fd);
    }
    closedir(d);
    return found;
}

static void delete_message(int64_t seq)
{
    struct store_request *r = fx_about(STORE_DELETE, ann, room, 0);

    r->in.seq = seq;
    fx_ask(r);
}

static bool is_gone_within(const char *text, int ms, bool busy)
{
    for (int64_t until_us = clock_now_us() + ms * 1000LL; clock_now_us() < until_us;) {
        if (!is_on_disk(text)) {
            return true;
        }
        if (busy) {
            fx_send(ann, room, "something else");
        } else {
            sleep_ms(50);
        }
    }
    return false;
}

static void test_faults__deleted_text_is_gone_from_every_file(void **state)
{
    (void)state;
    fx_send(ann, room, "an unmistakable-secret in a message");
    sleep_ms(300); /* into the search index, too */
    assert_true(is_on_disk("unmistakable-secret"));
    delete_message(1);
    assert_true(is_gone_within("unmistakable-secret", 5000, false));
    /* However busy the store is. */
    fx_send(ann, room, "another unmistakable-word in a message");
    delete_message(2);
    assert_true(is_on_disk("unmistakable-word"));
    assert_true(is_gone_within("unmistakable-word", 15000, true));
    /* What was edited away, and a log from before a crash. */
    fx_send(ann, room, "first-version");
    struct store_request *r = fx_about(STORE_EDIT, ann, room, 0);
    r->in.seq = fx_sql("SELECT seq FROM room WHERE name = 'ops'");
    r->in.rev = 1;
    r->in.text = SL("second-version");
    fx_ask(r);
    assert_true(is_gone_within("first-version", 5000, false));
    assert_true(is_on_disk("second-version"));
}

/* --- a server that goes away --- */

static void await_ready(void)
{
    for (unsigned i = 0; i < 200 && !store_ready(fx_store); i++) {
        sleep_ms(50);
    }
    assert_true(store_ready(fx_store));
}

static void test_faults__requests_wait_for_a_server_for_a_while(void **state)
{
    struct store_request *r = fx_message(ann, room, "hello"), *read;
    int64_t from_us;

    (void)state;
    fx_postgres_tell("stop immediate");
    from_us = clock_now_us();
    fx_refused(r, CHAT_UNAVAILABLE, "");
    assert_true(clock_now_us() - from_us >= STORE_WAIT_MS * 1000LL);
    assert_true(clock_now_us() - from_us < 2 * STORE_WAIT_MS * 1000LL);
    assert_false(store_ready(fx_store));
    read = fx_about(STORE_HISTORY, ann, room, 0);
    fx_refused(read, CHAT_UNAVAILABLE, "");
    fx_postgres_tell("start");
    from_us = clock_now_us();
    assert_int_equal(fx_send(ann, room, "hello")->out.seq, 1);
    assert_int_equal(fx_ask(fx_about(STORE_HISTORY, ann, room, 0))->out.messages_n, 1);
    assert_true(clock_now_us() - from_us < 3000000);
    /* Gone and back between two requests: nobody notices. */
    fx_postgres_tell("restart immediate");
    assert_int_equal(fx_send(ann, room, "hello")->out.seq, 2);
    assert_int_equal(messages_n(), 2);
}

static void test_faults__a_server_that_starts_later_is_waited_for(void **state)
{
    struct store_options options = {.url = fx_url()};
    struct db_failure failure;

    (void)state;
    store_close(fx_store);
    fx_postgres_tell("stop fast");
    assert_int_equal(store_open(&options, &fx_store, &failure), ERR_OK);
    assert_false(store_ready(fx_store));
    fx_postgres_tell("start");
    assert_int_equal(fx_send(ann, room, "hello")->out.seq, 1);
    await_ready();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest sqlite[] = {
        TEST(test_faults__a_commit_that_failed_once_is_done_again),
        TEST(test_faults__a_commit_that_was_kept_all_the_same_is_told_to_everybody_once),
        TEST(test_faults__nothing_is_done_while_no_commit_succeeds),
        TEST(test_faults__what_leaves_no_trace_is_not_waited_for),
        TEST(test_faults__a_full_disk_is_said_at_once_and_left_behind_without_a_restart),
        TEST(test_faults__a_page_that_cannot_be_read_now_is_read_later),
        TEST(test_faults__deleted_text_is_gone_from_every_file),
    };
    const struct CMUnitTest postgres[] = {
        TEST(test_faults__requests_wait_for_a_server_for_a_while),
        TEST(test_faults__a_server_that_starts_later_is_waited_for),
    };

    fault_vfs_install();
    return cmocka_run_group_tests_name("sqlite", sqlite, fx_sqlite, fx_end) +
           cmocka_run_group_tests_name("postgresql", postgres, fx_postgres, fx_end);
}
