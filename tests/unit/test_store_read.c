/* tincan-test: tsan=long */
/* Read markers and what they leave unread, on both databases. */
#include "store_fixture.h"

#include "op_unread.h"

static int64_t ann, bob, eve, room;

/* Three members and their room; eve is none. */
static int set_up(void **state)
{
    fx_set_up(state);
    ann = fx_user("ann", CHAT_MEMBER);
    bob = fx_user("bob", CHAT_MEMBER);
    eve = fx_user("eve", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PRIVATE, "den");
    fx_add(ann, room, bob);
    return 0;
}

static struct store_request *about(enum store_op op, int64_t actor, int64_t seq)
{
    struct store_request *r = fx_new(op, actor);

    r->in.room = room;
    r->in.seq = seq;
    return r;
}

/* The marker as it is: a mark at 0 moves nothing. */
static struct store_request *marks(int64_t actor)
{
    struct store_request *r = about(STORE_READ_MARK, actor, 0);

    r->in.on = false;
    return fx_ask(r);
}

/* --- reading --- */

static struct store_request *mark(int64_t actor, int64_t seq, bool exactly)
{
    struct store_request *r = about(STORE_READ_MARK, actor, seq);

    r->in.on = exactly;
    return fx_ask(r);
}

static void test_read__moves_forward_unless_told_otherwise(void **state)
{
    struct store_request *r;

    (void)state;
    for (int i = 0; i < 5; i++) {
        fx_send(ann, room, "a message");
    }
    r = mark(bob, 3, false);
    assert_int_equal(r->out.read_seq, 3);
    assert_int_equal(r->out.unread, 2);
    assert_false(r->out.has_event);
    assert_int_equal(mark(bob, 2, false)->out.read_seq, 3);
    r = mark(bob, 1, true);
    assert_int_equal(r->out.read_seq, 1);
    assert_int_equal(r->out.unread, 4);
    assert_int_equal(mark(bob, 99, false)->out.read_seq, 5);
    assert_int_equal(mark(bob, 99, true)->out.unread, 0);
    assert_int_equal(mark(bob, 0, true)->out.unread, 5);
    fx_refused(about(STORE_READ_MARK, eve, 1), CHAT_NOT_FOUND, "room");
}

static void test_read__marks_are_of_members(void **state)
{
    struct store_request *leave = fx_new(STORE_ROOM_LEAVE, eve), *r = fx_new(STORE_READ_MARK, eve);

    (void)state;
    leave->in.room = r->in.room = fx_lobby;
    r->in.seq = 1;
    fx_ask(leave);
    fx_refused(r, CHAT_FORBIDDEN, "room");
}

static void test_read__counts_what_others_wrote_and_is_there(void **state)
{
    (void)state;
    fx_send(ann, room, "one");
    fx_send(bob, room, "two");
    fx_send(ann, room, "three @bob");
    fx_send(ann, room, "four @bob");
    fx_ask(about(STORE_DELETE, ann, 4));
    assert_int_equal(mark(bob, 0, true)->out.unread, 2);
    assert_int_equal(mark(bob, 0, true)->out.mentions, 1);
    assert_int_equal(mark(ann, 0, true)->out.unread, 1);
    /* The same on another device, and after a restart. */
    fx_reopen();
    assert_int_equal(marks(bob)->out.unread, 2);
}

static void test_read__counting_stops_at_the_cap(void **state)
{
    (void)state;
    for (int i = 1; i < CHAT_UNREAD_COUNTED_MAX; i++) {
        fx_send(ann, room, "@bob");
    }
    assert_int_equal(marks(bob)->out.unread, CHAT_UNREAD_COUNTED_MAX - 1);
    assert_int_equal(marks(bob)->out.mentions, CHAT_UNREAD_COUNTED_MAX - 1);
    fx_send(ann, room, "@bob");
    assert_int_equal(marks(bob)->out.unread, CHAT_UNREAD_COUNTED_MAX);
    fx_send(ann, room, "@bob");
    assert_int_equal(marks(bob)->out.unread, CHAT_UNREAD_COUNTED_MAX);
    assert_int_equal(marks(bob)->out.mentions, CHAT_UNREAD_COUNTED_MAX);
}

/* Behind so many of one's own, nothing is looked for any more. */
static void test_read__counting_looks_so_far_and_no_further(void **state)
{
    (void)state;
    fx_send(ann, room, "old");
    fx_send_n(bob, room, OP_UNREAD_SEEN_MAX - 1);
    assert_int_equal(mark(bob, 0, true)->out.unread, 1);
    fx_send(bob, room, "one more");
    assert_int_equal(mark(bob, 0, true)->out.unread, 0);
    fx_send(ann, room, "new");
    assert_int_equal(mark(bob, 0, true)->out.unread, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_read__moves_forward_unless_told_otherwise),
        TEST(test_read__marks_are_of_members),
        TEST(test_read__counts_what_others_wrote_and_is_there),
        TEST(test_read__counting_stops_at_the_cap),
        TEST(test_read__counting_looks_so_far_and_no_further),
    };

    return FX_MAIN(tests);
}
