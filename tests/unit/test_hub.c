/* The hub on reactors whose loops do not run: who gets which frames in which order, whatever
 * happens between two broadcasts of one turn. Sessions are polling ones without a GET, so that
 * their queues keep everything.
 */
#include "hub.h"
#include "mem.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define REACTORS_N 2
#define ROOMS_N    2
#define MEMBERS_N  3

struct world {
    struct eio_reactor reactors[REACTORS_N];
    struct hub hubs[REACTORS_N];
    struct hub_member members[REACTORS_N][MEMBERS_N]; /* all in room 0 of their reactor */
};
static struct world w;

static bool on_open(struct eio_session *s)
{
    (void)s;
    return true;
}
static void on_message(struct eio_session *s, bool binary, struct slice data)
{
    (void)s;
    (void)binary;
    (void)data;
}
static void on_close(struct eio_session *s, const char *reason)
{
    (void)s;
    (void)reason;
}
static void before_send(struct eio_session *s)
{
    struct hub *h = &w.hubs[s->reactor->loop.index];
    hub_sync(h, s->owner);
}

static const struct eio_options options = {.path = {"/socket.io", 10},
                                           .ping_interval_ms = 25000,
                                           .ping_timeout_ms = 20000,
                                           .max_payload_bytes = 1000000};
static const struct eio_handlers handlers = {
    .on_open = on_open, .on_message = on_message, .on_close = on_close, .before_send = before_send};

static struct eio_session *open_session(unsigned reactor)
{
    struct eio_session *s = NULL;
    assert_int_equal(eio_open(&w.reactors[reactor], false, NULL, &s), ERR_OK);
    s->poll = mem_zalloc(sizeof *s->poll);
    assert_non_null(s->poll);
    s->poll->session = s;
    return s;
}

static int set_up(void **state)
{
    (void)state;
    for (unsigned r = 0; r < REACTORS_N; r++) {
        assert_int_equal(eio_reactor_init(&w.reactors[r], r, REACTORS_N, &options, &handlers, NULL),
                         ERR_OK);
        assert_int_equal(hub_init(&w.hubs[r], &w.reactors[r], w.hubs, REACTORS_N, ROOMS_N), ERR_OK);
        for (unsigned i = 0; i < MEMBERS_N; i++) {
            struct eio_session *s = open_session(r);
            s->owner = &w.members[r][i];
            assert_int_equal(hub_join(&w.hubs[r], &w.hubs[r].rooms[0], &w.members[r][i], s),
                             ERR_OK);
        }
    }
    return 0;
}

static void close_reactor(void *user)
{
    eio_reactor_close(user, "server shutting down");
}

static int tear_down(void **state)
{
    (void)state;
    for (unsigned r = 0; r < REACTORS_N; r++) {
        assert_int_equal(loop_start(&w.reactors[r].loop), ERR_OK);
        assert_int_equal(loop_call(&w.reactors[r].loop, close_reactor, &w.reactors[r]), ERR_OK);
        loop_stop(&w.reactors[r].loop);
    }
    for (unsigned r = 0; r < REACTORS_N; r++) {
        hub_fini(&w.hubs[r]);
        eio_reactor_fini(&w.reactors[r]);
    }
    return 0;
}

static void say(unsigned reactor, unsigned room, struct hub_member *except, const char *text)
{
    struct hub_frame f = {WS_TEXT, slice_str(text), {NULL, 0}};
    assert_int_equal(hub_broadcast(&w.hubs[reactor], &w.hubs[reactor].rooms[room], except, &f, 1),
                     ERR_OK);
}

/* The end of a turn, without writing: seal, and deliver what went to other reactors. */
static void end_turn(void)
{
    for (unsigned r = 0; r < REACTORS_N; r++) {
        hub_flush(&w.hubs[r]);
    }
    for (unsigned r = 0; r < REACTORS_N; r++) {
        mailbox_drain(&w.reactors[r].loop.mailbox);
    }
}

/* Take what a member has queued and compare it with texts joined by spaces. */
static void expect(struct hub_member *m, const char *expected)
{
    struct outq *q = &m->session->poll->out;
    char all[512] = "";
    size_t n = 0;
    while (!outq_empty(q)) {
        struct slice frames = outq_front(q);
        size_t bytes = frames.n;
        while (frames.n > 0) {
            enum ws_opcode opcode;
            struct slice payload;
            size_t used = ws_frame_peek(frames, &opcode, &payload);
            assert_int_not_equal(used, 0);
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%.*s", n ? " " : "", SL_ARG(payload));
            frames = slice_from(frames, used);
        }
        outq_advance(q, bytes);
    }
    assert_string_equal(all, expected);
}

static void expect_all_of(unsigned reactor, const char *expected)
{
    for (unsigned i = 0; i < MEMBERS_N; i++) {
        expect(&w.members[reactor][i], expected);
    }
}

static void test_hub__a_turn_reaches_all_in_order(void **state)
{
    (void)state;
    say(0, 0, NULL, "a");
    say(0, 0, NULL, "b");
    end_turn();
    say(0, 0, NULL, "c");
    end_turn();
    expect_all_of(0, "a b c");
    expect_all_of(1, "a b c");
}

static void test_hub__nothing_is_queued_before_the_turn_ends(void **state)
{
    (void)state;
    say(0, 0, NULL, "a");
    expect_all_of(0, "");
    end_turn();
    expect_all_of(0, "a");
    end_turn();
    expect_all_of(0, "");
    expect_all_of(1, "a");
}

static void test_hub__own_frame_keeps_its_place(void **state)
{
    (void)state;
    struct hub_member *m = &w.members[0][1];
    say(0, 0, NULL, "a");
    eio_send(m->session, false, SL("mine"), (struct slice){NULL, 0});
    say(0, 0, NULL, "b");
    eio_send(m->session, false, SL("again"), (struct slice){NULL, 0});
    end_turn();
    expect(m, "a mine b again");
    expect(&w.members[0][0], "a b");
    expect_all_of(1, "a b");
}

static void test_hub__the_excepted_member_misses_only_that(void **state)
{
    (void)state;
    struct hub_member *m = &w.members[0][0];
    say(0, 0, NULL, "a");
    say(0, 0, m, "b");
    say(0, 0, m, "c");
    say(0, 0, NULL, "d");
    end_turn();
    expect(m, "a d");
    expect(&w.members[0][1], "a b c d");
    expect_all_of(1, "a b c d");
}

static void test_hub__joining_midway_hears_only_what_follows(void **state)
{
    (void)state;
    struct eio_session *s = open_session(0);
    struct hub_member late;
    s->owner = &late;
    say(0, 0, NULL, "before");
    assert_int_equal(hub_join(&w.hubs[0], &w.hubs[0].rooms[0], &late, s), ERR_OK);
    say(0, 0, NULL, "after");
    end_turn();
    expect(&late, "after");
    hub_leave(&w.hubs[0], &late);
    expect_all_of(0, "before after");
}

static void test_hub__joining_between_turns_hears_nothing_old(void **state)
{
    (void)state;
    struct eio_session *s = open_session(0);
    struct hub_member late;
    s->owner = &late;
    say(0, 0, NULL, "before"); /* stays queued for the others: its chunk cannot be written over */
    end_turn();
    assert_int_equal(hub_join(&w.hubs[0], &w.hubs[0].rooms[0], &late, s), ERR_OK);
    say(0, 0, NULL, "after");
    end_turn();
    expect(&late, "after");
    hub_leave(&w.hubs[0], &late);
    expect_all_of(0, "before after");
}

static void test_hub__leaving_midway_hears_what_came_before(void **state)
{
    (void)state;
    struct eio_session *s = open_session(0);
    struct hub_member gone;
    s->owner = &gone;
    assert_int_equal(hub_join(&w.hubs[0], &w.hubs[0].rooms[0], &gone, s), ERR_OK);
    say(0, 0, NULL, "before");
    hub_leave(&w.hubs[0], &gone);
    say(0, 0, NULL, "after");
    end_turn();
    gone.session = s;
    expect(&gone, "before");
    expect_all_of(0, "before after");
}

static void test_hub__rooms_do_not_mix_and_keep_their_order(void **state)
{
    (void)state;
    struct hub_member second = {0};
    struct hub_member *both = &w.members[0][2];
    assert_int_equal(hub_join(&w.hubs[0], &w.hubs[0].rooms[1], &second, both->session), ERR_OK);
    say(0, 0, NULL, "a0");
    say(0, 1, NULL, "b1");
    say(0, 0, NULL, "c0");
    end_turn();
    expect(both, "a0 b1 c0");
    expect(&w.members[0][0], "a0 c0");
    expect_all_of(1, "a0 c0");
    hub_drop(&second);
}

static void test_hub__batches_do_not_straddle_chunks(void **state)
{
    (void)state;
    static char big[200000];
    char expected[64] = "";
    memset(big, 'x', sizeof big);
    for (int i = 0; i < 5; i++) {
        char text[8];
        snprintf(text, sizeof text, "m%d", i);
        say(0, 0, NULL, text);
        struct hub_frame f = {WS_TEXT, {big, sizeof big}, {NULL, 0}};
        assert_int_equal(hub_broadcast(&w.hubs[0], &w.hubs[0].rooms[1], NULL, &f, 1),
                         ERR_OK); /* nobody is in that room */
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%sm%d",
                 i ? " " : "", i);
    }
    end_turn();
    expect_all_of(0, expected);
    expect_all_of(1, expected);
}

static void test_hub__no_memory_means_nobody_gets_it(void **state)
{
    (void)state;
    struct hub_frame f = {WS_TEXT, SL("lost"), {NULL, 0}};
    mem_fail_after(1, 0);
    assert_int_equal(hub_broadcast(&w.hubs[1], &w.hubs[1].rooms[0], NULL, &f, 1), ERR_NOMEM);
    mem_fail_after(0, 0);
    say(1, 0, NULL, "kept");
    end_turn();
    expect_all_of(1, "kept");
    expect_all_of(0, "kept");
}

#define HUB_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(test_hub__a_turn_reaches_all_in_order),
        HUB_TEST(test_hub__nothing_is_queued_before_the_turn_ends),
        HUB_TEST(test_hub__own_frame_keeps_its_place),
        HUB_TEST(test_hub__the_excepted_member_misses_only_that),
        HUB_TEST(test_hub__joining_midway_hears_only_what_follows),
        HUB_TEST(test_hub__joining_between_turns_hears_nothing_old),
        HUB_TEST(test_hub__leaving_midway_hears_what_came_before),
        HUB_TEST(test_hub__rooms_do_not_mix_and_keep_their_order),
        HUB_TEST(test_hub__batches_do_not_straddle_chunks),
        HUB_TEST(test_hub__no_memory_means_nobody_gets_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
