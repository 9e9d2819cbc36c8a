/* The reactor's loop: mail order from many threads, deadlines never early, turn hooks, calls, and
 * the end. */
#include "check.h"
#include "clock.h"
#include "loop.h"
#include "mem.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define POSTERS_N 4
#define MAILS_N   2000

struct numbered {
    struct mail mail;
    unsigned poster, number;
    unsigned *next; /* by poster */
    _Atomic unsigned *seen_n;
    _Atomic unsigned *dropped_n;
};

static void run_numbered(struct mail *m, bool closed)
{
    struct numbered *n = CONTAINER_OF(m, struct numbered, mail);
    if (closed) {
        (*n->dropped_n)++;
    } else {
        CHECK(n->next[n->poster] == n->number);
        n->next[n->poster]++;
        (*n->seen_n)++;
    }
    mem_free(n);
}

struct poster {
    struct loop *loop;
    unsigned index;
    unsigned *next;
    _Atomic unsigned *seen_n, *dropped_n;
};

static void *post_many(void *user)
{
    struct poster *p = user;
    for (unsigned i = 0; i < MAILS_N; i++) {
        struct numbered *n = mem_zalloc(sizeof *n);
        CHECK(n);
        *n = (struct numbered){.mail.run = run_numbered,
                               .poster = p->index,
                               .number = i,
                               .next = p->next,
                               .seen_n = p->seen_n,
                               .dropped_n = p->dropped_n};
        loop_post(p->loop, &n->mail);
    }
    return NULL;
}

static void post_from_all(struct loop *loop, _Atomic unsigned *seen_n, _Atomic unsigned *dropped_n,
                          unsigned *next)
{
    struct poster posters[POSTERS_N];
    pthread_t threads[POSTERS_N];
    for (unsigned i = 0; i < POSTERS_N; i++) {
        posters[i] = (struct poster){loop, i, next, seen_n, dropped_n};
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &posters[i]), 0);
    }
    for (unsigned i = 0; i < POSTERS_N; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void no_wait(void *user)
{
    (void)user;
}

static void test_mailbox__keeps_order_of_every_poster(void **state)
{
    (void)state;
    static struct loop loop;
    _Atomic unsigned seen_n = 0, dropped_n = 0;
    unsigned next[POSTERS_N] = {0};
    assert_int_equal(loop_init(&loop, 0), ERR_OK);
    assert_int_equal(loop_start(&loop), ERR_OK);
    post_from_all(&loop, &seen_n, &dropped_n, next);
    assert_int_equal(loop_call(&loop, no_wait, NULL),
                     ERR_OK); /* mail is run in order: ours is the last */
    loop_stop(&loop);
    assert_int_equal(seen_n, POSTERS_N * MAILS_N);
    assert_int_equal(dropped_n, 0);
}

struct timing {
    struct deadline_list list;
    struct deadline d[3];
    int64_t due_us[3];
    unsigned order[3];
    unsigned fired_n;
    _Atomic bool done;
};
static struct timing timing;

static void on_fire(struct deadline *d)
{
    unsigned i = (unsigned)(d - timing.d);
    CHECK(clock_now_us() >= timing.due_us[i]);
    CHECK(!deadline_armed(d));
    timing.order[timing.fired_n++] = i;
    if (timing.fired_n == 3) {
        timing.done = true;
    }
}

static void arm_all(void *user)
{
    struct loop *loop = user;
    int64_t now_us = clock_now_us();
    deadline_list_init(&timing.list, &loop->deadlines, on_fire);
    const int64_t delay_us[3] = {9300, 3700, 3700};
    for (int i = 0; i < 3; i++) {
        timing.due_us[i] = now_us + delay_us[i];
        deadline_arm(&timing.list, &timing.d[i], timing.due_us[i]);
    }
    deadline_arm(&timing.list, &timing.d[2],
                 timing.due_us[2]); /* moving keeps it once in the list */
}

static void test_deadline__fires_in_order_and_never_early(void **state)
{
    (void)state;
    static struct loop loop;
    assert_int_equal(loop_init(&loop, 0), ERR_OK);
    assert_int_equal(loop_start(&loop), ERR_OK);
    assert_int_equal(loop_call(&loop, arm_all, &loop), ERR_OK);
    while (!timing.done) {
    }
    loop_stop(&loop);
    assert_int_equal(timing.order[0], 1);
    assert_int_equal(timing.order[1], 2);
    assert_int_equal(timing.order[2], 0);
}

static _Atomic unsigned hooks_n;
static void count_hook(void *user)
{
    (void)user;
    hooks_n++;
}

static void test_loop__hook_runs_after_the_mail_of_a_turn(void **state)
{
    (void)state;
    static struct loop loop;
    hooks_n = 0;
    assert_int_equal(loop_init(&loop, 0), ERR_OK);
    loop_add_turn_hook(&loop, count_hook, NULL);
    assert_int_equal(loop_start(&loop), ERR_OK);
    assert_int_equal(loop_call(&loop, no_wait, NULL), ERR_OK);
    assert_int_equal(loop_call(&loop, no_wait, NULL), ERR_OK);
    assert_true(hooks_n >= 1); /* the turn of the first call has ended before the second ran */
    loop_stop(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mailbox__keeps_order_of_every_poster),
        cmocka_unit_test(test_deadline__fires_in_order_and_never_early),
        cmocka_unit_test(test_loop__hook_runs_after_the_mail_of_a_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
