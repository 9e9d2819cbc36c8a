/* Who is online, over hours that pass at once: a chat that nobody is connected to, and conns without sockets. */
#include "presence.h"

#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define GRACE_US ((int64_t)CHAT_GRACE_MS * 1000)

struct fixture {
    struct tincan *t;
    struct chat *c;
    int64_t now_us;
};

static int set_up(void **state)
{
    struct fixture *f = mem_zalloc(sizeof *f);
    f->t = tincan_new(&(struct tincan_options){.listen = "127.0.0.1:0", .reactors = 1});
    f->c = chat_new(&(struct chat_options){.t = f->t});
    assert_non_null(f->c);
    f->now_us = INT64_C(1) << 50; /* after whatever the clock says meanwhile */
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tincan_free(f->t);
    chat_free(f->c);
    mem_free(f);
    return 0;
}

static struct conn *come(struct fixture *f, int64_t user)
{
    struct conn *conn = mem_zalloc(sizeof *conn);
    conn->c = f->c;
    conn->refs = 1;
    list_init(&conn->typing);
    assert_true(conn_set_owner(conn, user, user * 10));
    conn->is_in = true;
    presence_in(f->c, conn->person);
    return conn;
}

static void go(struct conn *conn)
{
    conn_leave(conn);
    conn_unref(conn);
}

/* Two ticks, so that changes are told, long after everything that was armed. */
static void pass_grace(struct fixture *f)
{
    for (unsigned i = 0; i < 2 * CHAT_PRESENCE_TICKS; i++) {
        f->now_us += GRACE_US;
        f->c->ticks++;
        presence_tick(f->c, f->now_us);
    }
}

static void tell(struct fixture *f)
{
    for (unsigned i = 0; i < CHAT_PRESENCE_TICKS; i++) {
        f->c->ticks++;
        presence_tick(f->c, 0);
    }
}

static void test_presence__somebody_with_sockets_is_there(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(presence_of(f->c, 7), CHAT_OFFLINE);
    struct conn *a = come(f, 7), *b = come(f, 7);
    assert_int_equal(presence_of(f->c, 7), CHAT_ONLINE);
    presence_set(a, CHAT_IDLE);
    presence_set(a, CHAT_IDLE);
    assert_int_equal(presence_of(f->c, 7), CHAT_ONLINE);
    presence_set(b, CHAT_IDLE);
    assert_int_equal(presence_of(f->c, 7), CHAT_IDLE);
    go(a);
    assert_int_equal(presence_of(f->c, 7), CHAT_IDLE);
    presence_set(b, CHAT_ONLINE);
    assert_int_equal(presence_of(f->c, 7), CHAT_ONLINE);
    go(b);
}

static void test_presence__who_goes_is_there_until_the_grace_is_over(void **state)
{
    struct fixture *f = *state;
    struct conn *a = come(f, 7);
    tell(f);
    go(a);
    tell(f);
    assert_int_equal(presence_of(f->c, 7), CHAT_ONLINE);
    a = come(f, 7); /* a reload */
    pass_grace(f);
    assert_int_equal(presence_of(f->c, 7), CHAT_ONLINE);
    go(a);
    pass_grace(f);
    assert_int_equal(presence_of(f->c, 7), CHAT_OFFLINE);
    const struct person *p = people_find(f->c, 7);
    assert_true(p && p->last_seen_ms > 0);
    a = come(f, 7);
    assert_int_equal(presence_of(f->c, 7), CHAT_ONLINE);
    assert_int_equal(f->c->kept_n, 0);
    go(a);
}

static void test_presence__who_is_invisible_stays_so_when_it_comes_back(void **state)
{
    struct fixture *f = *state;
    struct conn *a = come(f, 7);
    presence_set(a, CHAT_INVISIBLE);
    assert_int_equal(presence_of(f->c, 7), CHAT_OFFLINE);
    go(a);
    pass_grace(f);
    a = come(f, 7);
    assert_int_equal(presence_of(f->c, 7), CHAT_OFFLINE);
    presence_set(a, CHAT_IDLE);
    assert_int_equal(presence_of(f->c, 7), CHAT_OFFLINE);
    presence_set(a, CHAT_ONLINE);
    assert_int_equal(presence_of(f->c, 7), CHAT_ONLINE);
    go(a);
}

static void test_presence__who_was_never_let_in_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct conn *a = come(f, 7);
    presence_out(f->c, a->person, false);
    a->person->last_seen_ms = 0;
    a->is_in = false;
    go(a);
    assert_non_null(people_find(f->c, 7));
    pass_grace(f);
    assert_null(people_find(f->c, 7));
    assert_int_equal(f->c->kept_n, 0);
}

static void test_presence__so_many_are_remembered_and_no_more(void **state)
{
    struct fixture *f = *state;
    for (int64_t user = 1; user <= CHAT_OFFLINE_KEPT_MAX; user++) {
        go(come(f, user));
    }
    pass_grace(f);
    assert_int_equal(f->c->kept_n, CHAT_OFFLINE_KEPT_MAX);
    assert_int_equal(f->c->persons.n, CHAT_OFFLINE_KEPT_MAX);
    assert_non_null(people_find(f->c, 1));
    go(come(f, CHAT_OFFLINE_KEPT_MAX + 1));
    pass_grace(f);
    assert_int_equal(f->c->kept_n, CHAT_OFFLINE_KEPT_MAX);
    assert_null(people_find(f->c, 1));
    assert_non_null(people_find(f->c, 2));
    assert_non_null(people_find(f->c, CHAT_OFFLINE_KEPT_MAX + 1));
    assert_int_equal(f->c->sessions.n, 0);
}

/* Whatever allocation fails, nobody is there by halves. */
static void test_presence__without_memory_nobody_comes(void **state)
{
    struct fixture *f = *state;
    for (unsigned long n = 1;; n++) {
        struct conn conn = {.c = f->c, .refs = 2};
        list_init(&conn.typing);
        mem_fail_after(n, 0);
        bool came = conn_set_owner(&conn, 100, 1000);
        mem_fail_after(0, 0);
        if (came) {
            assert_true(n > 2);
            conn_leave(&conn);
            break;
        }
        assert_null(conn.person);
        assert_null(people_session(f->c, 1000));
    }
    pass_grace(f);
    assert_null(people_find(f->c, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_presence__somebody_with_sockets_is_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_presence__who_goes_is_there_until_the_grace_is_over,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_presence__who_is_invisible_stays_so_when_it_comes_back,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_presence__who_was_never_let_in_is_forgotten, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_presence__so_many_are_remembered_and_no_more, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_presence__without_memory_nobody_comes, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
