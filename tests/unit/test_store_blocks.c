/* tincan-test: tsan=long */
/* Whom somebody does not want to hear of; on both databases. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

static struct store_request *block(int64_t actor, int64_t user, bool on)
{
    struct store_request *r = fx_new(STORE_BLOCK, actor);

    r->in.user = user;
    r->in.on = on;
    return r;
}

static struct store_request *dm(int64_t actor, int64_t user)
{
    struct store_request *r = fx_new(STORE_DM_OPEN, actor);

    r->in.user = user;
    return r;
}

static void test_blocks__are_ones_own_and_given_by_name(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_GUEST);
    int64_t cat = fx_user("cat", CHAT_MEMBER);
    struct store_request *r;

    (void)state;
    assert_int_equal(fx_ask(fx_new(STORE_BLOCKS, ann))->out.blocked_n, 0);
    fx_ask(block(ann, cat, true));
    r = fx_ask(block(ann, bob, true));
    assert_int_equal(r->out.users[0].id, bob);
    assert_false(r->out.has_event);
    fx_ask(block(ann, bob, true));
    r = fx_ask(fx_new(STORE_BLOCKS, ann));
    assert_int_equal(r->out.blocked_n, 2);
    assert_int_equal(r->out.blocked[0].id, bob);
    assert_int_equal(r->out.blocked[0].role, CHAT_GUEST);
    assert_int_equal(r->out.blocked[1].id, cat);
    assert_int_equal(fx_ask(fx_new(STORE_RESUME, ann))->out.blocked_n, 2);
    assert_int_equal(fx_ask(fx_new(STORE_RESUME, bob))->out.blocked_n, 0);
    fx_ask(block(ann, bob, false));
    fx_ask(block(ann, bob, false));
    assert_int_equal(fx_ask(fx_new(STORE_BLOCKS, ann))->out.blocked_n, 1);
    fx_refused(block(ann, ann, true), CHAT_INVALID, "user");
    fx_refused(block(ann, cat + 1000, true), CHAT_NOT_FOUND, "user");
}

static void test_blocks__are_capped(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), user = 0;
    char name[32];

    (void)state;
    for (int i = 0; i < CHAT_BLOCKS_MAX; i++) {
        assert_true(snprintf(name, sizeof name, "other%d", i) > 0);
        user = fx_user(name, CHAT_GUEST);
        fx_ask(block(ann, user, true));
    }
    fx_ask(block(ann, user, true)); /* it is there */
    fx_refused(block(ann, fx_user("last", CHAT_GUEST), true), CHAT_TOO_MANY, "");
    assert_int_equal(fx_ask(fx_new(STORE_BLOCKS, ann))->out.blocked_n, CHAT_BLOCKS_MAX);
}

static void test_blocks__who_is_blocked_writes_no_direct_message(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), room, seq;
    struct store_request *r;

    (void)state;
    fx_ask(block(ann, cat, true));
    fx_refused(dm(cat, ann), CHAT_FORBIDDEN, "");
    assert_int_equal(fx_sql("SELECT count(*) FROM room WHERE kind = 2"), 0);
    room = fx_ask(dm(bob, ann))->out.room;
    seq = fx_send(bob, room, "before")->out.seq;
    fx_ask(block(ann, bob, true));
    fx_refused(fx_message(bob, room, "after"), CHAT_FORBIDDEN, "room");
    fx_refused(fx_in_room(STORE_TYPING, bob, room), CHAT_FORBIDDEN, "room");
    fx_refused(dm(bob, ann), CHAT_FORBIDDEN, "");
    r = fx_in_room(STORE_REACT, bob, room);
    r->in.seq = seq;
    r->in.emoji = fx_text("A");
    fx_refused(r, CHAT_FORBIDDEN, "seq");
    r = fx_in_room(STORE_EDIT, bob, room);
    r->in.seq = seq;
    r->in.rev = 1;
    r->in.text = fx_text("after");
    fx_refused(r, CHAT_FORBIDDEN, "seq");
    /* What was said can be read and taken back; the other one may write. */
    assert_int_equal(fx_ask(fx_in_room(STORE_HISTORY, bob, room))->out.messages_n, 1);
    fx_send(ann, room, "listen");
    fx_ask(dm(ann, bob));
    r = fx_in_room(STORE_DELETE, bob, room);
    r->in.seq = seq;
    fx_ask(r);
    fx_ask(block(ann, bob, false));
    fx_send(bob, room, "after");
    fx_ask(dm(bob, ann));
}

static void test_blocks__who_is_blocked_lets_one_into_no_room(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t den = fx_room(bob, CHAT_PRIVATE, "den"), hall = fx_room(bob, CHAT_PUBLIC, "hall");

    (void)state;
    fx_ask(block(ann, bob, true));
    fx_refused(fx_about(STORE_ROOM_ADD, bob, den, ann), CHAT_FORBIDDEN, "user");
    fx_refused(fx_about(STORE_ROOM_ADD, bob, hall, ann), CHAT_FORBIDDEN, "user");
    assert_int_equal(fx_sql("SELECT sum(members_n) FROM room WHERE name <> 'lobby'"), 2);
    /* The other way, by oneself, and by the server itself, all is as it was. */
    fx_add(ann, fx_room(ann, CHAT_PRIVATE, "nest"), bob);
    fx_ask(fx_in_room(STORE_ROOM_JOIN, ann, hall));
    fx_add(0, den, ann);
    fx_ask(block(ann, bob, false));
    fx_add(bob, fx_room(bob, CHAT_PRIVATE, "cave"), ann);
}

static int64_t mentions(int64_t user)
{
    struct store_request *r = fx_ask(fx_new(STORE_RESUME, user));
    return r->out.rooms[r->out.rooms_n - 1].mentions;
}

static void test_blocks__who_is_blocked_mentions_nobody(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_add(ann, room, cat);
    fx_ask(block(ann, bob, true));
    fx_send(bob, room, "hello @ann");
    fx_send(bob, room, "hello @room");
    fx_send(cat, room, "hello @ann");
    assert_int_equal(mentions(ann), 1);
    assert_int_equal(mentions(cat), 0); /* her own message has read them */
    r = fx_in_room(STORE_READ_MARK, ann, room);
    r->in.seq = 0;
    fx_ask(r);
    assert_int_equal(r->out.mentions, 1);
    assert_int_equal(r->out.unread, 3);
    fx_ask(block(ann, bob, false));
    assert_int_equal(mentions(ann), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_blocks__are_ones_own_and_given_by_name),
        FX_TEST(test_blocks__are_capped),
        FX_TEST(test_blocks__who_is_blocked_writes_no_direct_message),
        FX_TEST(test_blocks__who_is_blocked_lets_one_into_no_room),
        FX_TEST(test_blocks__who_is_blocked_mentions_nobody),
    };

    return FX_MAIN(tests);
}
