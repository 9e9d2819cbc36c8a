/* tincan-test: tsan=long */
/* Invitations, on both databases. */
#include "store_fixture.h"

#include <string.h>

#define DAY_MS (86400LL * 1000)

static struct store_request *creation(int64_t actor, int64_t room, unsigned hash)
{
    struct store_request *r = fx_about(STORE_INVITE_CREATE, actor, room, 0);

    r->account.hash = fx_hash(hash);
    return r;
}

static struct store_request *with_uses(struct store_request *r, int64_t uses)
{
    r->in.uses = uses;
    fx_has(r, CHAT_FIELD_USES);
    return r;
}

static struct store_request *join(int64_t actor, int64_t room, unsigned hash)
{
    struct store_request *r = fx_about(STORE_ROOM_JOIN, actor, room, 0);

    r->account.hash = fx_hash(hash);
    return r;
}

static struct store_request *peek(unsigned hash)
{
    struct store_request *r = fx_new(STORE_INVITE_PEEK, 0);

    r->account.hash = fx_hash(hash);
    return r;
}

/* room -1: not named. */
static struct store_request *revocation(int64_t actor, int64_t room, int64_t id)
{
    struct store_request *r = fx_new(STORE_INVITE_REVOKE, actor);

    r->in.invite_id = id;
    if (room >= 0) {
        r->in.room = room;
        fx_has(r, CHAT_FIELD_ROOM);
    }
    return r;
}

static struct store_request *registration(const char *name, unsigned hash)
{
    struct store_request *r = fx_new(STORE_USER_CREATE, 0);

    r->account.name = fx_text(name);
    r->account.role = CHAT_MEMBER;
    r->account.hash = fx_hash(hash);
    return r;
}

static uint32_t listed_n(int64_t actor, int64_t room)
{
    return fx_ask(fx_about(STORE_INVITE_LIST, actor, room, 0))->out.invites_n;
}

static void test_invites__a_link_lets_in_as_often_as_it_says(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_GUEST);
    int64_t cat = fx_user("cat", CHAT_MEMBER), dan = fx_user("dan", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans"), other = fx_room(ann, CHAT_PRIVATE, "other");
    struct store_request *r = fx_ask(with_uses(creation(ann, room, 1), 2));

    (void)state;
    assert_int_equal(r->out.invites_n, 1);
    assert_int_equal(r->out.invites[0].room, room);
    assert_int_equal(r->out.invites[0].by, ann);
    assert_int_equal(r->out.invites[0].uses_left, 2);
    assert_int_equal(r->out.invites[0].expires_ms, fx_now_ms + 7 * DAY_MS);
    fx_refused(join(bob, room, 2), CHAT_NOT_FOUND, "room");
    fx_refused(join(bob, other, 1), CHAT_NOT_FOUND, "room");
    r = fx_ask(join(bob, room, 1));
    assert_int_equal(r->out.event.change, CHAT_JOIN);
    assert_int_equal(r->out.event.user->id, bob);
    assert_int_equal(r->out.rooms[0].room_role, CHAT_MEMBER);
    fx_ask(join(bob, room, 1)); /* in it already: costs nothing */
    fx_ask(join(cat, room, 1));
    fx_refused(join(dan, room, 1), CHAT_NOT_FOUND, "room");
    fx_refused(peek(1), CHAT_NOT_FOUND, "invite");
    assert_int_equal(listed_n(ann, room), 0);
    /* Without a number, any number. */
    fx_ask(creation(ann, room, 3));
    fx_ask(join(dan, room, 3));
    assert_int_equal(fx_ask(peek(3))->out.invites[0].uses_left, -1);
}

static void test_invites__a_link_ends_when_it_says(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r = creation(ann, room, 1);

    (void)state;
    r->in.seconds = 60;
    fx_has(r, CHAT_FIELD_SECONDS);
    fx_ask(r);
    r = fx_ask(peek(1));
    assert_true(slice_eq(r->out.invites[0].room_name, SL("plans")));
    assert_int_equal(r->out.users[0].id, ann);
    fx_now_ms += 59999;
    fx_ask(peek(1));
    assert_int_equal(listed_n(ann, room), 1);
    fx_now_ms += 1;
    fx_refused(peek(1), CHAT_NOT_FOUND, "invite");
    fx_refused(join(bob, room, 1), CHAT_NOT_FOUND, "room");
    assert_int_equal(listed_n(ann, room), 0);
}

static void test_invites__are_revoked_by_their_maker_or_a_moderator(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), eve = fx_user("eve", CHAT_OWNER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans"), other = fx_room(cat, CHAT_PRIVATE, "other");
    int64_t first, second;

    (void)state;
    fx_add(ann, room, bob);
    fx_add(ann, room, cat);
    first = fx_ask(creation(bob, room, 1))->out.invites[0].id;
    second = fx_ask(creation(bob, room, 2))->out.invites[0].id;
    fx_refused(fx_about(STORE_INVITE_LIST, cat, room, 0), CHAT_FORBIDDEN, "room");
    assert_int_equal(listed_n(ann, room), 2);
    /* Others learn nothing of it by its number. */
    fx_refused(revocation(cat, room, first), CHAT_FORBIDDEN, "room");
    fx_refused(revocation(cat, other, first), CHAT_NOT_FOUND, "invite_id");
    fx_refused(revocation(cat, -1, first), CHAT_NOT_FOUND, "invite_id");
    fx_refused(revocation(eve, room, first), CHAT_NOT_FOUND, "room");
    fx_refused(revocation(eve, -1, first), CHAT_NOT_FOUND, "invite_id");
    fx_refused(revocation(eve, -1, 999), CHAT_NOT_FOUND, "invite_id");
    fx_refused(revocation(ann, room, 999), CHAT_NOT_FOUND, "invite_id");
    fx_ask(revocation(bob, room, first));
    fx_refused(peek(1), CHAT_NOT_FOUND, "invite");
    fx_ask(revocation(ann, room, second));
    fx_refused(peek(2), CHAT_NOT_FOUND, "invite");
    fx_refused(join(eve, room, 2), CHAT_NOT_FOUND, "room");
}

static void test_invites__whoever_is_thrown_out_has_no_way_back_in(void **state)
{
    static const enum store_op ops[] = {STORE_ROOM_KICK, STORE_ROOM_BAN};
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans"), other = fx_room(bob, CHAT_PRIVATE, "other");

    (void)state;
    fx_ask(creation(ann, room, 7));
    fx_ask(creation(bob, other, 8));
    for (unsigned i = 0; i < 2; i++) {
        fx_add(ann, room, bob);
        fx_ask(creation(bob, room, i));
        fx_ask(fx_about(ops[i], ann, room, bob));
        fx_refused(peek(i), CHAT_NOT_FOUND, "invite");
    }
    /* Banned, not even by another's; and his own elsewhere are good. */
    fx_refused(join(bob, room, 7), CHAT_BANNED, "room");
    fx_ask(peek(7));
    fx_ask(peek(8));
}

static void test_invites__are_made_by_members_and_give_no_rank(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_GUEST);
    int64_t cat = fx_user("cat", CHAT_ADMIN), room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_refused(creation(cat, room, 1), CHAT_FORBIDDEN, "room");
    fx_ask(fx_about(STORE_ROOM_JOIN, bob, room, 0));
    fx_refused(creation(bob, room, 1), CHAT_FORBIDDEN, "room");
    r = creation(ann, room, 1);
    r->in.role = CHAT_MOD;
    fx_has(r, CHAT_FIELD_ROLE);
    fx_refused(r, CHAT_FORBIDDEN, "role");
    fx_refused(creation(ann, 999, 1), CHAT_NOT_FOUND, "room");
    /* A public room needs none: it is not used up. */
    fx_ask(with_uses(creation(ann, room, 2), 1));
    fx_ask(join(cat, room, 2));
    assert_int_equal(fx_ask(peek(2))->out.invites[0].uses_left, 1);
}

static void test_invites__a_room_has_a_hundred_at_most(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), room = fx_room(ann, CHAT_PRIVATE, "plans");
    int64_t id = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        id = fx_ask(creation(ann, room, i))->out.invites[0].id;
    }
    fx_refused(creation(ann, room, 100), CHAT_TOO_MANY, "room");
    assert_int_equal(listed_n(ann, room), 100);
    fx_ask(revocation(ann, room, id));
    fx_ask(creation(ann, room, 100));
    fx_refused(creation(ann, room, 101), CHAT_TOO_MANY, "room");
    fx_now_ms += 8 * DAY_MS;
    fx_ask(creation(ann, room, 101));
}

static void test_invites__to_the_server_are_its_admins_business(void **state)
{
    int64_t mod = fx_user("a-mod", CHAT_MOD), admin = fx_user("an-admin", CHAT_ADMIN);
    struct store_request *r;

    (void)state;
    fx_refused(creation(mod, 0, 1), CHAT_FORBIDDEN, "");
    fx_refused(fx_about(STORE_INVITE_LIST, mod, 0, 0), CHAT_FORBIDDEN, "");
    r = fx_ask(with_uses(creation(admin, 0, 1), 1));
    assert_int_equal(r->out.invites[0].room, 0);
    assert_int_equal(listed_n(admin, 0), 1);
    fx_refused(revocation(mod, -1, r->out.invites[0].id), CHAT_NOT_FOUND, "invite_id");
    fx_refused(registration("ann", 9), CHAT_NOT_FOUND, "invite");
    fx_refused(registration("an-admin", 1), CHAT_TAKEN, "name"); /* does not use it up */
    r = fx_ask(registration("ann", 1));
    assert_false(r->out.has_also);
    fx_refused(registration("bob", 1), CHAT_NOT_FOUND, "invite");
    r = fx_ask(creation(0, 0, 2)); /* the operator's */
    fx_ask(revocation(admin, -1, r->out.invites[0].id));
    fx_refused(registration("bob", 2), CHAT_NOT_FOUND, "invite");
}

static void test_invites__whoever_registers_with_a_rooms_is_in_it_and_in_the_lobby(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r;

    (void)state;
    fx_ask(with_uses(creation(ann, room, 1), 1));
    r = fx_ask(registration("bob", 1));
    assert_true(r->out.has_also && r->out.has_event);
    assert_int_equal(r->out.also.room, room);
    assert_int_equal(r->out.event.room, fx_lobby);
    assert_int_equal(r->out.also.user->id, r->out.users[0].id);
    assert_int_equal(fx_ask(fx_new(STORE_MY_ROOMS, r->out.users[0].id))->out.rooms_n, 2);
    fx_refused(registration("cat", 1), CHAT_NOT_FOUND, "invite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_invites__a_link_lets_in_as_often_as_it_says),
        FX_TEST(test_invites__a_link_ends_when_it_says),
        FX_TEST(test_invites__are_revoked_by_their_maker_or_a_moderator),
        FX_TEST(test_invites__whoever_is_thrown_out_has_no_way_back_in),
        FX_TEST(test_invites__are_made_by_members_and_give_no_rank),
        FX_TEST(test_invites__a_room_has_a_hundred_at_most),
        FX_TEST(test_invites__to_the_server_are_its_admins_business),
        FX_TEST(test_invites__whoever_registers_with_a_rooms_is_in_it_and_in_the_lobby),
    };

    return FX_MAIN(tests);
}
