/* tincan-test: tsan=long */
/* Who is in a room, as what, and for how long not; on both databases. */
#include "store_fixture.h"

static struct store_request *role(int64_t actor, int64_t room, int64_t user, enum chat_role to)
{
    struct store_request *r = fx_about(STORE_ROOM_ROLE, actor, room, user);

    r->in.role = to;
    return r;
}

static struct store_request *topic(int64_t actor, int64_t room)
{
    struct store_request *r = fx_in_room(STORE_ROOM_UPDATE, actor, room);

    r->in.topic = fx_text("a topic");
    fx_has(r, CHAT_FIELD_TOPIC);
    return r;
}

static void test_members__joining_and_leaving_are_events_and_happen_once(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_GUEST);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_send(ann, room, "before");
    r = fx_new(STORE_ROOM_JOIN, bob);
    r->in.room_name = fx_text("#OPS");
    fx_ask(r);
    fx_heard(r, CHAT_JOIN, bob);
    assert_int_equal(r->out.rooms[0].id, room);
    assert_int_equal(r->out.rooms[0].unread, 0); /* what was before is no news */
    assert_int_equal(r->out.rooms[0].read_seq, 1);
    r = fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room));
    assert_false(r->out.has_event);
    assert_int_equal(fx_members(room), 2);
    fx_send(ann, room, "after");
    assert_int_equal(fx_ask(fx_in_room(STORE_ROOM_GET, bob, room))->out.rooms[0].unread, 1);
    r = fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room));
    fx_heard(r, CHAT_LEAVE, bob);
    assert_false(r->out.rooms[0].joined);
    r = fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room));
    assert_false(r->out.has_event);
    assert_int_equal(fx_members(room), 1);
    r = fx_new(STORE_ROOM_JOIN, bob);
    r->in.room_name = fx_text("nowhere");
    fx_refused(r, CHAT_NOT_FOUND, "room");
}

static void test_members__members_let_others_in(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), guest = fx_user("visitor", CHAT_GUEST);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r;

    (void)state;
    r = fx_new(STORE_ROOM_ADD, ann);
    r->in.room = room;
    r->in.user_name = fx_text("BOB");
    fx_ask(r);
    fx_heard(r, CHAT_JOIN, bob);
    assert_int_equal(r->out.users[0].id, bob);
    assert_int_equal(r->out.rooms[0].room_role, CHAT_MEMBER); /* as bob sees it */
    assert_true(fx_ask(fx_about(STORE_ROOM_ADD, bob, room, guest))->out.has_event);
    assert_false(fx_ask(fx_about(STORE_ROOM_ADD, bob, room, guest))->out.has_event);
    fx_refused(fx_about(STORE_ROOM_ADD, guest, room, cat), CHAT_FORBIDDEN, "room");
    fx_refused(fx_about(STORE_ROOM_ADD, bob, room, 999), CHAT_NOT_FOUND, "user");
    fx_refused(fx_about(STORE_ROOM_ADD, cat, room, cat), CHAT_NOT_FOUND, "room");
    assert_int_equal(fx_members(room), 3);
}

static void test_members__the_last_owner_who_leaves_hands_over(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_now_ms++;
    fx_add(ann, room, cat);
    fx_role(ann, room, cat, CHAT_MOD);
    r = fx_ask(fx_in_room(STORE_ROOM_LEAVE, ann, room));
    fx_heard(r, CHAT_LEAVE, ann);
    /* The next in rank; everybody hears of it, just before. */
    assert_true(r->out.has_also);
    assert_int_equal(r->out.also.change, CHAT_ROLE);
    assert_int_equal(r->out.also.user->id, cat);
    assert_int_equal(r->out.also.role, CHAT_OWNER);
    assert_int_equal(r->out.also.ev, r->out.event.ev - 1);
    assert_int_equal(fx_ask(fx_in_room(STORE_ROOM_GET, cat, room))->out.rooms[0].room_role,
                     CHAT_OWNER);
    r = fx_ask(fx_in_room(STORE_ROOM_LEAVE, cat, room));
    assert_int_equal(r->out.also.user->id, bob);
    r = fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room));
    assert_false(r->out.has_also); /* nobody is left */
    assert_int_equal(fx_members(room), 0);
}

static void test_members__nobody_acts_on_an_equal_or_gives_what_he_has(void **state)
{
    static const enum store_op moderation[] = {STORE_ROOM_KICK, STORE_ROOM_BAN, STORE_ROOM_MUTE};
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), dan = fx_user("dan", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_add(ann, room, cat);
    fx_add(ann, room, dan);
    fx_role(ann, room, bob, CHAT_ADMIN);
    r = fx_ask(role(bob, room, cat, CHAT_MOD));
    fx_heard(r, CHAT_ROLE, cat);
    assert_int_equal(r->out.event.role, CHAT_MOD);
    fx_refused(role(bob, room, cat, CHAT_ADMIN), CHAT_FORBIDDEN, "role");
    fx_refused(role(bob, room, cat, CHAT_GUEST), CHAT_FORBIDDEN, "role");
    fx_refused(role(bob, room, ann, CHAT_MEMBER), CHAT_FORBIDDEN, "user");
    fx_refused(role(bob, room, bob, CHAT_MEMBER), CHAT_FORBIDDEN, "user");
    fx_refused(role(cat, room, dan, CHAT_MOD), CHAT_FORBIDDEN, "room");
    fx_refused(role(bob, room, 999, CHAT_MOD), CHAT_NOT_FOUND, "user");
    fx_role(ann, room, dan, CHAT_MOD);
    for (unsigned i = 0; i < sizeof moderation / sizeof moderation[0]; i++) {
        fx_refused(fx_about(moderation[i], cat, room, dan), CHAT_FORBIDDEN, "user");
        fx_refused(fx_about(moderation[i], cat, room, ann), CHAT_FORBIDDEN, "user");
        fx_refused(fx_about(moderation[i], cat, room, cat), CHAT_FORBIDDEN, "user");
    }
    fx_ask(fx_about(STORE_ROOM_KICK, bob, room, dan));
    fx_refused(role(ann, room, dan, CHAT_MOD), CHAT_NOT_FOUND, "user");
}

static void test_members__an_owner_who_makes_another_is_one_no_more(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    r = fx_ask(role(ann, room, bob, CHAT_OWNER));
    fx_heard(r, CHAT_ROLE, bob);
    assert_int_equal(r->out.also.user->id, ann);
    assert_int_equal(r->out.also.role, CHAT_ADMIN);
    fx_refused(role(ann, room, bob, CHAT_MEMBER), CHAT_FORBIDDEN, "user");
    fx_ask(role(bob, room, ann, CHAT_MEMBER));
}

static void test_members__the_servers_moderators_moderate_public_rooms_and_no_others(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t mod = fx_user("the-mod", CHAT_MOD), boss = fx_user("the-boss", CHAT_OWNER);
    int64_t open = fx_room(ann, CHAT_PUBLIC, "open"), closed = fx_room(ann, CHAT_PRIVATE, "closed");

    (void)state;
    fx_add(ann, open, bob);
    fx_add(ann, closed, bob);
    fx_add(ann, closed, mod);
    fx_add(ann, closed, boss);
    fx_ask(fx_about(STORE_ROOM_MUTE, mod, open, bob)); /* without being in it */
    fx_refused(fx_about(STORE_ROOM_MUTE, mod, closed, bob), CHAT_FORBIDDEN, "room");
    fx_refused(fx_about(STORE_ROOM_KICK, boss, closed, bob), CHAT_FORBIDDEN, "room");
    fx_refused(fx_about(STORE_ROOM_KICK, mod, open, ann), CHAT_FORBIDDEN, "user");
    fx_refused(fx_about(STORE_ROOM_KICK, ann, open, boss), CHAT_FORBIDDEN, "user");
    fx_ask(fx_about(STORE_ROOM_KICK, ann, closed, boss));
    fx_refused(topic(mod, open), CHAT_FORBIDDEN, "room");
    fx_ask(topic(boss, open));
}

static void test_members__a_kick_ends_it_and_a_ban_keeps_it_ended(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_role(ann, room, bob, CHAT_MOD);
    r = fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    fx_heard(r, CHAT_KICK, bob);
    assert_int_equal(fx_members(room), 1);
    fx_refused(fx_about(STORE_ROOM_KICK, ann, room, bob), CHAT_NOT_FOUND, "user");
    r = fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room));
    assert_int_equal(r->out.rooms[0].room_role, CHAT_MEMBER); /* the rank is gone */
    r = fx_about(STORE_ROOM_BAN, ann, room, bob);
    r->in.seconds = 60;
    fx_has(r, CHAT_FIELD_SECONDS);
    fx_ask(r);
    fx_heard(r, CHAT_BAN, bob);
    assert_int_equal(r->out.event.until_ms, fx_now_ms + 60000);
    assert_int_equal(fx_members(room), 1);
    fx_refused(fx_in_room(STORE_ROOM_JOIN, bob, room), CHAT_BANNED, "room");
    fx_refused(fx_in_room(STORE_HISTORY, bob, room), CHAT_BANNED, "room");
    fx_refused(fx_in_room(STORE_ROOM_MEMBERS, bob, room), CHAT_BANNED, "room");
    fx_refused(fx_in_room(STORE_ROOM_LEAVE, bob, room), CHAT_BANNED, "room");
    fx_refused(fx_about(STORE_ROOM_ADD, ann, room, bob), CHAT_BANNED, "user");
    fx_now_ms += 59999;
    fx_refused(fx_in_room(STORE_ROOM_JOIN, bob, room), CHAT_BANNED, "room");
    fx_now_ms += 1;
    fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room));
}

static void test_members__a_ban_without_an_end_ends_when_it_is_lifted(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r =
        fx_ask(fx_about(STORE_ROOM_BAN, ann, room, bob)); /* never was in it */

    (void)state;
    fx_heard(r, CHAT_BAN, bob);
    assert_int_equal(r->out.event.until_ms, CHAT_ID_MAX);
    assert_int_equal(fx_members(room), 1);
    fx_now_ms += 100LL * 365 * 86400 * 1000;
    fx_refused(fx_in_room(STORE_ROOM_JOIN, bob, room), CHAT_BANNED, "room");
    r = fx_about(STORE_ROOM_BAN, ann, room, bob);
    r->in.on = false;
    fx_ask(r);
    fx_heard(r, CHAT_UNBAN, bob);
    r = fx_about(STORE_ROOM_BAN, ann, room, bob);
    r->in.on = false;
    assert_false(fx_ask(r)->out.has_event);
    fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room));
}

/* Of the last room that is given. */
static int64_t muted_until(struct store_request *r)
{
    fx_ask(r);
    return r->out.rooms[r->out.rooms_n - 1].muted_until_ms;
}

static void test_members__the_muted_listen_until_it_is_over(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r = fx_about(STORE_ROOM_MUTE, ann, room, bob);

    (void)state;
    fx_refused(r, CHAT_NOT_FOUND, "user");
    fx_add(ann, room, bob);
    r = fx_about(STORE_ROOM_MUTE, ann, room, bob);
    r->in.seconds = 60;
    fx_has(r, CHAT_FIELD_SECONDS);
    fx_ask(r);
    fx_heard(r, CHAT_MUTE, bob);
    fx_refused(fx_message(bob, room, "psst"), CHAT_MUTED, "room");
    fx_refused(fx_in_room(STORE_TYPING, bob, room), CHAT_MUTED, "room");
    fx_ask(fx_in_room(STORE_HISTORY, bob, room));
    /* Leaving and coming back is no way out. */
    fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room));
    fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room));
    fx_refused(fx_message(bob, room, "psst"), CHAT_MUTED, "room");
    r = fx_ask(fx_in_room(STORE_ROOM_MEMBERS, ann, room));
    assert_int_equal(r->out.users[1].muted_until_ms, fx_now_ms + 60000);
    /* He is told of it, with his rooms as with this one. */
    assert_int_equal(muted_until(fx_in_room(STORE_ROOM_GET, bob, room)), fx_now_ms + 60000);
    assert_int_equal(muted_until(fx_new(STORE_RESUME, bob)), fx_now_ms + 60000);
    fx_now_ms += 60000;
    assert_int_equal(muted_until(fx_in_room(STORE_ROOM_GET, bob, room)), 0);
    assert_int_equal(muted_until(fx_new(STORE_RESUME, bob)), 0);
    fx_send(bob, room, "hello");
    assert_int_equal(fx_ask(fx_in_room(STORE_ROOM_MEMBERS, ann, room))->out.users[1].muted_until_ms,
                     0);
    fx_ask(fx_about(STORE_ROOM_MUTE, ann, room, bob));
    r = fx_about(STORE_ROOM_MUTE, ann, room, bob);
    r->in.on = false;
    fx_ask(r);
    fx_heard(r, CHAT_UNMUTE, bob);
    fx_send(bob, room, "hello");
}

/* The nth of who is banned or muted, as the actor sees it. */
static const struct store_ban *ban_at(int64_t actor, int64_t room, uint32_t n, uint32_t of)
{
    struct store_request *r = fx_in_room(STORE_ROOM_BANS, actor, room);

    r->in.limit = 100;
    fx_ask(r);
    assert_int_equal(r->out.bans_n, of);
    return of > n ? &r->out.bans[n] : NULL;
}

static void test_members__who_moderates_sees_who_is_banned_or_muted_and_by_whom(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), dan = fx_user("dan", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans"), since_ms = fx_now_ms;
    struct store_request *r;
    const struct store_ban *ban;

    (void)state;
    fx_add(ann, room, bob);
    fx_add(ann, room, cat);
    fx_role(ann, room, bob, CHAT_MOD);
    ban_at(bob, room, 0, 0);
    r = fx_about(STORE_ROOM_MUTE, ann, room, cat);
    r->in.on = true;
    r->in.seconds = 60;
    fx_has(r, CHAT_FIELD_SECONDS);
    fx_ask(r);
    r = fx_about(STORE_ROOM_BAN, bob, room, dan); /* who never was in it */
    r->in.on = true;
    fx_ask(r);
    ban = ban_at(bob, room, 0, 2);
    assert_int_equal(ban[0].user.id, cat);
    assert_int_equal(ban[0].by.id, ann);
    assert_true(slice_eq(ban[0].by.name, SL("ann")));
    assert_int_equal(ban[0].muted_until_ms, since_ms + 60000);
    assert_int_equal(ban[0].banned_until_ms, 0);
    assert_int_equal(ban[1].user.id, dan);
    assert_int_equal(ban[1].by.id, bob);
    assert_true(ban[1].banned_until_ms > since_ms);
    /* A page behind somebody. */
    r = fx_in_room(STORE_ROOM_BANS, bob, room);
    r->in.after = cat;
    r->in.limit = 1;
    assert_int_equal(fx_ask(r)->out.bans[0].user.id, dan);
    /* A ban over a mute is told by who banned. */
    r = fx_about(STORE_ROOM_BAN, bob, room, cat);
    r->in.on = true;
    fx_ask(r);
    ban = ban_at(bob, room, 0, 2);
    assert_int_equal(ban->by.id, bob);
    assert_true(ban->banned_until_ms && ban->muted_until_ms);
    r = fx_about(STORE_ROOM_BAN, ann, room, cat);
    r->in.on = false;
    fx_ask(r);
    assert_int_equal(ban_at(bob, room, 0, 2)->by.id, ann);
    /* The mute outlives the ban, and is lifted of who is not there. */
    r = fx_about(STORE_ROOM_MUTE, bob, room, cat);
    r->in.on = false;
    fx_ask(r);
    fx_heard(r, CHAT_UNMUTE, cat);
    assert_int_equal(ban_at(bob, room, 0, 1)->user.id, dan);
    r = fx_about(STORE_ROOM_MUTE, bob, room, cat);
    r->in.on = true;
    fx_refused(r, CHAT_NOT_FOUND, "user");
    r = fx_about(STORE_ROOM_BAN, ann, room, dan);
    r->in.on = true;
    r->in.seconds = 1;
    fx_has(r, CHAT_FIELD_SECONDS);
    fx_ask(r);
    fx_now_ms += 1001;
    ban_at(bob, room, 0, 0);
    fx_refused(fx_in_room(STORE_ROOM_BANS, dan, room), CHAT_NOT_FOUND, "room");
    fx_add(ann, room, cat);
    fx_refused(fx_in_room(STORE_ROOM_BANS, cat, room), CHAT_FORBIDDEN, "room");
}

static void test_members__a_dm_is_left_and_opened_again(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER), room;
    struct store_request *r = fx_about(STORE_DM_OPEN, ann, 0, bob);

    (void)state;
    room = fx_ask(r)->out.rooms[0].id;
    fx_send(ann, room, "hello");
    assert_int_equal(fx_members(room), 2);
    fx_heard(fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room)), CHAT_LEAVE, bob);
    assert_int_equal(fx_members(room), 1);
    fx_refused(fx_in_room(STORE_HISTORY, bob, room), CHAT_NOT_FOUND, "room");
    fx_refused(fx_about(STORE_ROOM_ADD, ann, room, bob), CHAT_FORBIDDEN, "room");
    r = fx_ask(fx_about(STORE_DM_OPEN, bob, 0, ann));
    assert_int_equal(r->out.rooms[0].id, room);
    assert_true(r->out.room_is_new);
    assert_int_equal(fx_members(room), 2);
    /* Found by the other one's name. */
    r = fx_new(STORE_ROOMS, ann);
    r->in.q = fx_text("bo");
    assert_int_equal(fx_ask(r)->out.rooms_n, 1);
    assert_int_equal(r->out.rooms[0].id, room);
    assert_int_equal(r->out.rooms[0].with->id, bob);
    /* But not among rooms that are browsed, nor in a place of theirs. */
    r = fx_new(STORE_ROOMS, ann);
    r->in.browse = true;
    r->in.q = fx_text("bo");
    assert_int_equal(fx_ask(r)->out.rooms_n, 0);
    int64_t behind = fx_room(bob, CHAT_PUBLIC, "behind");
    assert_true(behind > room);
    r = fx_new(STORE_ROOMS, ann);
    r->in.browse = true;
    r->in.limit = 2; /* the lobby is the first */
    assert_int_equal(fx_ask(r)->out.rooms_n, 2);
    assert_int_equal(r->out.rooms[1].id, behind);
}

static void test_members__members_come_page_by_page_with_their_roles(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_ADMIN);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    r = fx_in_room(STORE_ROOM_MEMBERS, bob, room);
    r->in.limit = 1;
    fx_ask(r);
    assert_int_equal(r->out.users_n, 1);
    assert_int_equal(r->out.users[0].id, ann);
    assert_true(r->out.users[0].has_member);
    assert_int_equal(r->out.users[0].room_role, CHAT_OWNER);
    r = fx_in_room(STORE_ROOM_MEMBERS, bob, room);
    r->in.after = ann;
    fx_ask(r);
    assert_int_equal(r->out.users_n, 1);
    assert_int_equal(r->out.users[0].id, bob);
    assert_int_equal(r->out.users[0].role, CHAT_ADMIN);
    assert_int_equal(r->out.users[0].room_role, CHAT_MEMBER);
}

static void test_members__what_one_wants_to_be_told_of_is_kept(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r = fx_in_room(STORE_NOTIFY, ann, room);

    (void)state;
    r->in.notify = CHAT_NOTIFY_NONE;
    assert_int_equal(fx_ask(r)->out.rooms[0].notify, CHAT_NOTIFY_NONE);
    assert_int_equal(fx_ask(fx_in_room(STORE_ROOM_GET, ann, room))->out.rooms[0].notify,
                     CHAT_NOTIFY_NONE);
    fx_refused(fx_in_room(STORE_NOTIFY, bob, room), CHAT_FORBIDDEN, "room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_members__joining_and_leaving_are_events_and_happen_once),
        FX_TEST(test_members__members_let_others_in),
        FX_TEST(test_members__the_last_owner_who_leaves_hands_over),
        FX_TEST(test_members__nobody_acts_on_an_equal_or_gives_what_he_has),
        FX_TEST(test_members__an_owner_who_makes_another_is_one_no_more),
        FX_TEST(test_members__the_servers_moderators_moderate_public_rooms_and_no_others),
        FX_TEST(test_members__a_kick_ends_it_and_a_ban_keeps_it_ended),
        FX_TEST(test_members__a_ban_without_an_end_ends_when_it_is_lifted),
        FX_TEST(test_members__the_muted_listen_until_it_is_over),
        FX_TEST(test_members__who_moderates_sees_who_is_banned_or_muted_and_by_whom),
        FX_TEST(test_members__a_dm_is_left_and_opened_again),
        FX_TEST(test_members__members_come_page_by_page_with_their_roles),
        FX_TEST(test_members__what_one_wants_to_be_told_of_is_kept),
    };

    return FX_MAIN(tests);
}
