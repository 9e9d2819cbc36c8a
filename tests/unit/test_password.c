/* Passwords: hashes fit what they were made of, and whoever floods the pool or tries too often is refused. */
#include "password.h"

#include "name_nfc.h"
#include "throttle.h"
#include "unit_support.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct password_pool *pool;

static void test_password__fits_only_itself(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_BYTES_MAX], other[PASSWORD_HASH_BYTES_MAX];
    bool outdated = true;
    assert_int_equal(password_hash(pool, SL("gr\xC3\xBCne Wiese 7"), hash), ERR_OK);
    assert_int_equal(password_hash(pool, SL("gr\xC3\xBCne Wiese 7"), other), ERR_OK);
    assert_string_not_equal(hash, other);
    assert_non_null(strstr(hash, "$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_int_equal(password_verify(pool, SL("gr\xC3\xBCne Wiese 7"), slice_str(hash), &outdated),
                     ERR_OK);
    assert_false(outdated);
    /* The same, typed as u and a mark. */
    assert_int_equal(password_verify(pool, SL("gru\xCC\x88ne Wiese 7"), slice_str(hash), NULL),
                     ERR_OK);
    assert_int_equal(password_verify(pool, SL("gr\xC3\xBCne Wiese 8"), slice_str(hash), NULL),
                     ERR_AUTH);
    assert_int_equal(password_verify(pool, SL(""), slice_str(hash), NULL), ERR_AUTH);
}

static void test_password__where_there_is_none_nothing_fits(void **state)
{
    (void)state;
    uint64_t before = password_count(pool).compared;
    assert_int_equal(password_verify(pool, SL("no password at all"), SL(""), NULL), ERR_AUTH);
    assert_int_equal(password_count(pool).compared, before + 1); /* which takes as long */
    assert_int_equal(password_verify(pool, SL("anything"), SL("not a hash"), NULL), ERR_AUTH);
    bool outdated = false;
    assert_int_equal(
        password_verify(pool, SL("x"), SL("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$"), &outdated),
        ERR_AUTH);
    assert_true(outdated);
}

static enum err results[PASSWORD_QUEUE_MAX * 2];

static void *flood(void *user)
{
    char hash[PASSWORD_HASH_BYTES_MAX];
    enum err *result = user;
    *result = password_hash(pool, SL("one of very many"), hash);
    return NULL;
}

static void test_password__a_flood_is_cut(void **state)
{
    (void)state;
    enum { N = PASSWORD_QUEUE_MAX * 2 };
    struct password_counts before = password_count(pool);
    pthread_t threads[N];
    unsigned done = 0, refused = 0;
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, flood, &results[i]), 0);
    }
    for (unsigned i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        done += results[i] == ERR_OK;
        refused += results[i] == ERR_LIMIT;
    }
    assert_int_equal(done + refused, N);
    assert_true(done >= PASSWORD_QUEUE_MAX);
    assert_int_equal(password_count(pool).made - before.made, done);
    assert_int_equal(password_count(pool).refused - before.refused, refused);
}

static void test_password__display_names(void **state)
{
    (void)state;
    struct buf out = {.max = 1024};
    assert_null(name_display(SL("  Ann \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xA7 "), &out));
    assert_true(slice_eq(buf_peek(&out), SL("Ann \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xA7")));
    buf_reset(&out);
    assert_null(name_display(SL("u\xCC\x88"), &out));
    assert_true(slice_eq(buf_peek(&out), SL("\xC3\xBC")));
    static const char *const wrong[] = {
        "",
        "   ",
        "a\nb",
        "a\xE2\x80\xAE"
        "b",
        "a\xE2\x80\x8B"
        "b",
        "\xE3\x85\xA4",
        "\xE2\x80\x8D",
        "a\xCC\x96\xCC\x97\xCC\x98\xCC\x99",
        "\xFF",
        "a\xEF\xBF\xBF",
        "a\xEE\x80\x80",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        buf_reset(&out);
        assert_non_null(name_display(slice_str(wrong[i]), &out));
        assert_int_equal(out.n, 0);
    }
    char name[66];
    memset(name, 'x', sizeof name);
    assert_null(name_display((struct slice){name, 64}, &out));
    assert_non_null(name_display((struct slice){name, 65}, &out));
    buf_reset(&out);
    assert_int_equal(name_fold(SL("\xC3\x84nne STRASSE"), &out), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("\xC3\xA4nne strasse")));
    buf_fini(&out);
}

static void test_password__throttle_lets_a_burst_through_and_then_a_trickle(void **state)
{
    (void)state;
    struct throttle *t = throttle_new(&(struct throttle_limit){.every_ms = 18000, .burst = 10});
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(throttle_look(t, SL("a"), 1000), 0);
        assert_int_equal(throttle_take(t, SL("a"), 1000), 0);
    }
    assert_int_equal(throttle_take(t, SL("a"), 1000), 18000);
    assert_int_equal(throttle_look(t, SL("a"), 10000), 9000);
    assert_int_equal(throttle_take(t, SL("b"), 1000), 0);
    assert_int_equal(throttle_take(t, SL("a"), 19000), 0);
    assert_int_equal(throttle_take(t, SL("a"), 19000), 18000);
    throttle_free(t);
}

static void test_password__throttle_locks_who_only_fails(void **state)
{
    (void)state;
    const struct throttle_limit limit = {
        .every_ms = 18000, .burst = 10, .fails_max = 12, .lock_ms = 900000};
    struct throttle *t = throttle_new(&limit);
    int64_t now_ms = 1000;
    for (unsigned i = 0; i < 11; i++) {
        now_ms += throttle_look(t, SL("a"), now_ms);
        assert_int_equal(throttle_take(t, SL("a"), now_ms), 0);
        throttle_fail(t, SL("a"), now_ms);
    }
    assert_int_equal(throttle_take(t, SL("a"), now_ms), 18000);
    now_ms += 18000;
    assert_int_equal(throttle_take(t, SL("a"), now_ms), 0);
    throttle_fail(t, SL("a"), now_ms);
    assert_int_equal(throttle_take(t, SL("a"), now_ms), 900000);
    assert_int_equal(throttle_take(t, SL("a"), now_ms + 899999), 1);
    assert_int_equal(throttle_take(t, SL("a"), now_ms + 900000), 0);
    assert_int_equal(throttle_take(t, SL("b"), now_ms), 0);
    /* A success, or a long enough pause, and it begins anew. */
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(throttle_take(t, SL("c"), now_ms), 0);
            throttle_fail(t, SL("c"), now_ms);
        }
        if (round == 0) {
            throttle_forgive(t, SL("c"));
        } else {
            now_ms += 8 * 18000;
        }
    }
    throttle_forgive(t, SL("nobody"));
    throttle_free(t);
}

static void test_password__throttle_remembers_only_so_many(void **state)
{
    (void)state;
    struct throttle *t = throttle_new(&(struct throttle_limit){.every_ms = 1000, .burst = 1});
    for (unsigned i = 0; i < THROTTLE_KEYS_MAX; i++) {
        assert_int_equal(throttle_take(t, (struct slice){(char *)&i, sizeof i}, 0), 0);
    }
    assert_int_equal(throttle_take(t, SL("newcomer"), 0), 0);
    assert_int_equal(throttle_take(t, SL("another"), 0), 1000); /* they share one */
    assert_int_equal(throttle_take(t, SL("later"), 5000), 0);   /* the others are forgotten */
    assert_int_equal(throttle_take(t, SL("later still"), 5000), 0);
    throttle_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password__fits_only_itself),
        cmocka_unit_test(test_password__where_there_is_none_nothing_fits),
        cmocka_unit_test(test_password__a_flood_is_cut),
        cmocka_unit_test(test_password__display_names),
        cmocka_unit_test(test_password__throttle_lets_a_burst_through_and_then_a_trickle),
        cmocka_unit_test(test_password__throttle_locks_who_only_fails),
        cmocka_unit_test(test_password__throttle_remembers_only_so_many),
    };
    if (password_pool_start(2, &pool) != ERR_OK) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    password_pool_stop(pool);
    return failed;
}
