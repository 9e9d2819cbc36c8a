/* Rooms, who is in them and as what, on both databases. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

static bool is(struct slice s, const char *text)
{
    return slice_eq(s, slice_str(text));
}

static struct store_request *in_room(enum store_op op, int64_t actor, int64_t room)
{
    return fx_about(op, actor, room, 0);
}

/* The room's own count of its changes, and that none is missing. */
static int64_t ev_of(int64_t room)
{
    char sql[200];
    int64_t ev;

    assert_true(snprintf(sql, sizeof sql, "SELECT ev FROM room WHERE id = %lld", (long long)room) >
                0);
    ev = fx_sql(sql);
    assert_true(snprintf(sql, sizeof sql, "SELECT count(*) FROM room_event WHERE room = %lld",
                         (long long)room) > 0);
    assert_int_equal(fx_sql(sql), ev);
    return ev;
}

/* As many as there are rows. */
static int64_t members_of(int64_t room)
{
    char sql[200];
    int64_t n;

    assert_true(snprintf(sql, sizeof sql, "SELECT members_n FROM room WHERE id = %lld",
                         (long long)room) > 0);
    n = fx_sql(sql);
    assert_true(snprintf(sql, sizeof sql,
                         "SELECT count(*) FROM member WHERE room = %lld AND joined = 1",
                         (long long)room) > 0);
    assert_int_equal(fx_sql(sql), n);
    return n;
}

static void assert_event(const struct store_request *r, enum chat_change change, int64_t user)
{
    assert_true(r->out.has_event);
    assert_int_equal(r->out.event.kind, CHAT_EVENT_MEMBER);
    assert_int_equal(r->out.event.change, change);
    assert_int_equal(r->out.event.user->id, user);
    assert_int_equal(r->out.event.actor, r->actor);
    assert_int_equal(r->out.event.ev, r->out.ev);
    assert_int_equal(r->out.event.ts, fx_now_ms);
    assert_int_equal(r->out.ev, ev_of(r->out.event.room));
}

static struct store_request *creation(int64_t actor, enum chat_room_kind kind, const char *name)
{
    struct store_request *r = fx_new(STORE_ROOM_CREATE, actor);

    r->in.kind = kind;
    r->in.name = fx_text(name);
    return r;
}

static struct store_request *update(int64_t actor, int64_t room, const char *name,
                                    const char *topic)
{
    struct store_request *r = in_room(STORE_ROOM_UPDATE, actor, room);

    if (name) {
        r->in.name = fx_text(name);
        fx_has(r, CHAT_FIELD_NAME);
    }
    if (topic) {
        r->in.topic = fx_text(topic);
        fx_has(r, CHAT_FIELD_TOPIC);
    }
    return r;
}

static struct store_request *archiving(int64_t actor, int64_t room, bool archived)
{
    struct store_request *r = in_room(STORE_ROOM_UPDATE, actor, room);

    r->in.archived = archived;
    fx_has(r, CHAT_FIELD_ARCHIVED);
    return r;
}

/* --- making and changing --- */

static void test_rooms__whoever_makes_one_owns_it(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), guest = fx_user("visitor", CHAT_GUEST);
    struct store_request *r = creation(ann, CHAT_PUBLIC, "#Ops");

    (void)state;
    r->in.topic = fx_text("what is on fire");
    fx_ask(r);
    const struct chat_room *room = &r->out.rooms[0];
    assert_true(is(room->name, "ops"));
    assert_true(is(room->topic, "what is on fire"));
    assert_int_equal(room->room_role, CHAT_OWNER);
    assert_true(room->joined);
    assert_int_equal(room->ev, 1);
    assert_int_equal(room->seq, 0);
    assert_int_equal(room->members, 1);
    assert_true(r->out.has_event);
    assert_int_equal(r->out.event.kind, CHAT_EVENT_ROOM);
    assert_true(is(r->out.event.state->name, "ops"));
    assert_false(r->out.event.state->has_mine);
    fx_refused(creation(guest, CHAT_PUBLIC, "mine"), CHAT_FORBIDDEN, "");
    fx_refused(creation(guest, CHAT_PRIVATE, "mine"), CHAT_FORBIDDEN, "");
    fx_refused(creation(ann, CHAT_DM, "mine"), CHAT_INVALID, "kind");
    fx_refused(creation(ann, CHAT_PUBLIC, "no spaces"), CHAT_INVALID, "name");
}

static void test_rooms__only_public_names_are_unique_so_that_private_ones_stay_unknown(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t secret = fx_room(ann, CHAT_PRIVATE, "plans");

    (void)state;
    int64_t open = fx_room(bob, CHAT_PUBLIC, "plans");
    (void)fx_room(bob, CHAT_PRIVATE, "plans");
    fx_refused(creation(bob, CHAT_PUBLIC, "Plans"), CHAT_TAKEN, "name");
    int64_t other = fx_room(bob, CHAT_PUBLIC, "other");
    fx_refused(update(bob, other, "plans", NULL), CHAT_TAKEN, "name");
    fx_ask(update(bob, open, "plans", NULL)); /* its own name */
    fx_ask(update(ann, secret, "other", NULL));
}

static void test_rooms__are_changed_by_their_admins_field_by_field(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops"), ev;
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_refused(update(bob, room, NULL, "mine"), CHAT_FORBIDDEN, "room");
    fx_role(ann, room, bob, CHAT_MOD);
    fx_refused(update(bob, room, NULL, "mine"), CHAT_FORBIDDEN, "room");
    fx_role(ann, room, bob, CHAT_ADMIN);
    r = fx_ask(update(bob, room, NULL, "ours"));
    assert_true(is(r->out.event.state->topic, "ours"));
    assert_true(is(r->out.event.state->name, "ops"));
    r = fx_ask(update(bob, room, "ops2", NULL));
    assert_true(is(r->out.rooms[0].name, "ops2"));
    assert_true(is(r->out.rooms[0].topic, "ours"));
    ev = ev_of(room);
    r = fx_ask(update(bob, room, "ops2", "ours"));
    assert_false(r->out.has_event); /* nothing is new */
    assert_int_equal(ev_of(room), ev);
}

static void test_rooms__an_archived_one_is_read_only_until_it_is_opened_again(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_send(bob, room, "hello");
    r = fx_ask(archiving(ann, room, true));
    assert_true(r->out.event.state->archived);
    fx_refused(fx_message(bob, room, "more"), CHAT_ARCHIVED, "room");
    fx_refused(update(ann, room, NULL, "topic"), CHAT_ARCHIVED, "room");
    fx_refused(fx_about(STORE_ROOM_ADD, ann, room, cat), CHAT_ARCHIVED, "room");
    fx_refused(fx_about(STORE_ROOM_KICK, ann, room, bob), CHAT_ARCHIVED, "room");
    fx_refused(in_room(STORE_ROOM_JOIN, cat, room), CHAT_ARCHIVED, "room");
    fx_ask(in_room(STORE_ROOM_JOIN, bob, room)); /* is in it */
    assert_int_equal(fx_ask(in_room(STORE_HISTORY, cat, room))->out.messages_n, 1);
    fx_ask(in_room(STORE_ROOM_LEAVE, bob, room));
    r = archiving(ann, room, false);
    r->in.topic = fx_text("open again");
    fx_has(r, CHAT_FIELD_TOPIC);
    fx_ask(r);
    assert_false(r->out.rooms[0].archived);
    assert_true(is(r->out.rooms[0].topic, "open again"));
    fx_ask(in_room(STORE_ROOM_JOIN, bob, room));
}

static void test_rooms__the_lobby_keeps_its_name_and_stays_open(void **state)
{
    int64_t owner = fx_user("boss", CHAT_OWNER);

    (void)state;
    fx_refused(update(owner, fx_lobby, "hall", NULL), CHAT_FORBIDDEN, "name");
    fx_refused(archiving(owner, fx_lobby, true), CHAT_FORBIDDEN, "archived");
    fx_ask(update(owner, fx_lobby, "lobby", "welcome"));
    /* After a restart it is the same. */
    fx_reopen();
    struct store_request *r = fx_ask(fx_new(STORE_LOBBY_ENSURE, 0));
    assert_int_equal(r->out.room, fx_lobby);
    assert_true(is(r->out.users[0].name, "guest"));
}

/* --- coming and going --- */

static void test_rooms__joining_and_leaving_are_events_and_happen_once(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_GUEST);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_send(ann, room, "before");
    r = fx_new(STORE_ROOM_JOIN, bob);
    r->in.room_name = fx_text("#OPS");
    fx_ask(r);
    assert_event(r, CHAT_JOIN, bob);
    assert_int_equal(r->out.rooms[0].id, room);
    assert_int_equal(r->out.rooms[0].unread, 0); /* what was before is no news */
    assert_int_equal(r->out.rooms[0].read_seq, 1);
    r = fx_ask(in_room(STORE_ROOM_JOIN, bob, room));
    assert_false(r->out.has_event);
    assert_int_equal(members_of(room), 2);
    fx_send(ann, room, "after");
    assert_int_equal(fx_ask(in_room(STORE_ROOM_GET, bob, room))->out.rooms[0].unread, 1);
    r = fx_ask(in_room(STORE_ROOM_LEAVE, bob, room));
    assert_event(r, CHAT_LEAVE, bob);
    assert_false(r->out.rooms[0].joined);
    r = fx_ask(in_room(STORE_ROOM_LEAVE, bob, room));
    assert_false(r->out.has_event);
    assert_int_equal(members_of(room), 1);
    r = fx_new(STORE_ROOM_JOIN, bob);
    r->in.room_name = fx_text("nowhere");
    fx_refused(r, CHAT_NOT_FOUND, "room");
}

static void test_rooms__a_private_one_does_not_exist_for_others(void **state)
{
    static const enum store_op ops[] = {STORE_ROOM_GET,     STORE_ROOM_JOIN,     STORE_ROOM_LEAVE,
                                        STORE_ROOM_MEMBERS, STORE_ROOM_UPDATE,   STORE_HISTORY,
                                        STORE_SYNC,         STORE_NOTIFY,        STORE_READ_MARK,
                                        STORE_TYPING,       STORE_INVITE_CREATE, STORE_INVITE_LIST,
                                        STORE_SEND};
    int64_t ann = fx_user("ann", CHAT_MEMBER), owner = fx_user("boss", CHAT_OWNER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "secret");
    struct store_request *r;

    (void)state;
    for (unsigned i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        r = in_room(ops[i], owner, room);
        r->account.hash = fx_hash(i);
        fx_refused(r, CHAT_NOT_FOUND, "room");
        r = in_room(ops[i], owner, room + 1000);
        r->account.hash = fx_hash(i);
        fx_refused(r, CHAT_NOT_FOUND, "room");
    }
    r = fx_about(STORE_ROOM_ADD, owner, room, owner);
    fx_refused(r, CHAT_NOT_FOUND, "room");
    r = fx_new(STORE_ROOM_GET, owner);
    r->in.room_name = fx_text("secret");
    fx_refused(r, CHAT_NOT_FOUND, "room");
    /* Its members find it by its name. */
    r = fx_new(STORE_ROOM_GET, ann);
    r->in.room_name = fx_text("secret");
    assert_int_equal(fx_ask(r)->out.rooms[0].id, room);
    r = fx_new(STORE_ROOMS, owner);
    r->in.limit = 100;
    fx_ask(r);
    for (uint32_t i = 0; i < r->out.rooms_n; i++) {
        assert_int_not_equal(r->out.rooms[i].id, room);
    }
}

static void test_rooms__members_let_others_in(void **state)
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
    assert_event(r, CHAT_JOIN, bob);
    assert_int_equal(r->out.users[0].id, bob);
    assert_int_equal(r->out.rooms[0].room_role, CHAT_MEMBER); /* as bob sees it */
    assert_true(fx_ask(fx_about(STORE_ROOM_ADD, bob, room, guest))->out.has_event);
    assert_false(fx_ask(fx_about(STORE_ROOM_ADD, bob, room, guest))->out.has_event);
    fx_refused(fx_about(STORE_ROOM_ADD, guest, room, cat), CHAT_FORBIDDEN, "room");
    fx_refused(fx_about(STORE_ROOM_ADD, bob, room, 999), CHAT_NOT_FOUND, "user");
    fx_refused(fx_about(STORE_ROOM_ADD, cat, room, cat), CHAT_NOT_FOUND, "room");
    assert_int_equal(members_of(room), 3);
}

static void test_rooms__the_last_owner_who_leaves_hands_over(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_now_ms++;
    fx_add(ann, room, cat);
    fx_role(ann, room, cat, CHAT_MOD);
    r = fx_ask(in_room(STORE_ROOM_LEAVE, ann, room));
    assert_event(r, CHAT_LEAVE, ann);
    /* The next in rank; everybody hears of it, just before. */
    assert_true(r->out.has_also);
    assert_int_equal(r->out.also.change, CHAT_ROLE);
    assert_int_equal(r->out.also.user->id, cat);
    assert_int_equal(r->out.also.role, CHAT_OWNER);
    assert_int_equal(r->out.also.ev, r->out.event.ev - 1);
    assert_int_equal(fx_ask(in_room(STORE_ROOM_GET, cat, room))->out.rooms[0].room_role,
                     CHAT_OWNER);
    r = fx_ask(in_room(STORE_ROOM_LEAVE, cat, room));
    assert_int_equal(r->out.also.user->id, bob);
    r = fx_ask(in_room(STORE_ROOM_LEAVE, bob, room));
    assert_false(r->out.has_also); /* nobody is left */
    assert_int_equal(members_of(room), 0);
}

/* --- roles --- */

static struct store_request *role(int64_t actor, int64_t room, int64_t user, enum chat_role to)
{
    struct store_request *r = fx_about(STORE_ROOM_ROLE, actor, room, user);

    r->in.role = to;
    return r;
}

static void test_rooms__nobody_acts_on_an_equal_or_gives_what_he_has(void **state)
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
    assert_event(r, CHAT_ROLE, cat);
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

static void test_rooms__an_owner_who_makes_another_is_one_no_more(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    r = fx_ask(role(ann, room, bob, CHAT_OWNER));
    assert_event(r, CHAT_ROLE, bob);
    assert_int_equal(r->out.also.user->id, ann);
    assert_int_equal(r->out.also.role, CHAT_ADMIN);
    fx_refused(role(ann, room, bob, CHAT_MEMBER), CHAT_FORBIDDEN, "user");
    fx_ask(role(bob, room, ann, CHAT_MEMBER));
}

static void test_rooms__the_servers_moderators_moderate_public_rooms_and_no_others(void **state)
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
    fx_refused(update(mod, open, NULL, "t"), CHAT_FORBIDDEN, "room");
    fx_ask(update(boss, open, NULL, "t"));
}

/* --- kick, ban, mute --- */

static void test_rooms__a_kick_ends_it_and_a_ban_keeps_it_ended(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_role(ann, room, bob, CHAT_MOD);
    r = fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    assert_event(r, CHAT_KICK, bob);
    assert_int_equal(members_of(room), 1);
    fx_refused(fx_about(STORE_ROOM_KICK, ann, room, bob), CHAT_NOT_FOUND, "user");
    r = fx_ask(in_room(STORE_ROOM_JOIN, bob, room));
    assert_int_equal(r->out.rooms[0].room_role, CHAT_MEMBER); /* the rank is gone */
    r = fx_about(STORE_ROOM_BAN, ann, room, bob);
    r->in.seconds = 60;
    fx_has(r, CHAT_FIELD_SECONDS);
    fx_ask(r);
    assert_event(r, CHAT_BAN, bob);
    assert_int_equal(r->out.event.until_ms, fx_now_ms + 60000);
    assert_int_equal(members_of(room), 1);
    fx_refused(in_room(STORE_ROOM_JOIN, bob, room), CHAT_BANNED, "room");
    fx_refused(in_room(STORE_HISTORY, bob, room), CHAT_BANNED, "room");
    fx_refused(in_room(STORE_ROOM_MEMBERS, bob, room), CHAT_BANNED, "room");
    fx_refused(in_room(STORE_ROOM_LEAVE, bob, room), CHAT_BANNED, "room");
    fx_refused(fx_about(STORE_ROOM_ADD, ann, room, bob), CHAT_BANNED, "user");
    fx_now_ms += 59999;
    fx_refused(in_room(STORE_ROOM_JOIN, bob, room), CHAT_BANNED, "room");
    fx_now_ms += 1;
    fx_ask(in_room(STORE_ROOM_JOIN, bob, room));
}

static void test_rooms__a_ban_without_an_end_ends_when_it_is_lifted(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r =
        fx_ask(fx_about(STORE_ROOM_BAN, ann, room, bob)); /* never was in it */

    (void)state;
    assert_event(r, CHAT_BAN, bob);
    assert_int_equal(r->out.event.until_ms, CHAT_ID_MAX);
    assert_int_equal(members_of(room), 1);
    fx_now_ms += 100LL * 365 * 86400 * 1000;
    fx_refused(in_room(STORE_ROOM_JOIN, bob, room), CHAT_BANNED, "room");
    r = fx_about(STORE_ROOM_BAN, ann, room, bob);
    r->in.on = false;
    fx_ask(r);
    assert_event(r, CHAT_UNBAN, bob);
    r = fx_about(STORE_ROOM_BAN, ann, room, bob);
    r->in.on = false;
    assert_false(fx_ask(r)->out.has_event);
    fx_ask(in_room(STORE_ROOM_JOIN, bob, room));
}

static void test_rooms__the_muted_listen_until_it_is_over(void **state)
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
    assert_event(r, CHAT_MUTE, bob);
    fx_refused(fx_message(bob, room, "psst"), CHAT_MUTED, "room");
    fx_refused(in_room(STORE_TYPING, bob, room), CHAT_MUTED, "room");
    fx_ask(in_room(STORE_HISTORY, bob, room));
    /* Leaving and coming back is no way out. */
    fx_ask(in_room(STORE_ROOM_LEAVE, bob, room));
    fx_ask(in_room(STORE_ROOM_JOIN, bob, room));
    fx_refused(fx_message(bob, room, "psst"), CHAT_MUTED, "room");
    r = fx_ask(in_room(STORE_ROOM_MEMBERS, ann, room));
    assert_int_equal(r->out.users[1].muted_until_ms, fx_now_ms + 60000);
    fx_now_ms += 60000;
    fx_send(bob, room, "hello");
    assert_int_equal(fx_ask(in_room(STORE_ROOM_MEMBERS, ann, room))->out.users[1].muted_until_ms,
                     0);
    fx_ask(fx_about(STORE_ROOM_MUTE, ann, room, bob));
    r = fx_about(STORE_ROOM_MUTE, ann, room, bob);
    r->in.on = false;
    fx_ask(r);
    assert_event(r, CHAT_UNMUTE, bob);
    fx_send(bob, room, "hello");
}

/* --- looking --- */

static void test_rooms__the_list_has_public_ones_and_ones_own_page_by_page(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t ids[3], after = 0, seen = 0;
    struct store_request *r;

    (void)state;
    ids[0] = fx_room(ann, CHAT_PUBLIC, "open_one");
    ids[1] = fx_room(ann, CHAT_PRIVATE, "mine");
    ids[2] = fx_room(bob, CHAT_PRIVATE, "his");
    do {
        r = fx_new(STORE_ROOMS, ann);
        r->in.limit = 1;
        r->in.after = after;
        fx_ask(r);
        for (uint32_t i = 0; i < r->out.rooms_n; i++) {
            assert_int_not_equal(r->out.rooms[i].id, ids[2]);
            assert_true(r->out.rooms[i].id > after);
            after = r->out.rooms[i].id;
            seen++;
        }
    } while (r->out.rooms_n > 0);
    assert_int_equal(seen, 3); /* and the lobby */
    r = fx_new(STORE_ROOMS, bob);
    r->in.q = fx_text("N_O");
    assert_int_equal(fx_ask(r)->out.rooms_n, 1);
    assert_int_equal(r->out.rooms[0].id, ids[0]);
    assert_false(r->out.rooms[0].joined);
    r = fx_new(STORE_ROOMS, bob);
    r->in.q = fx_text("%");
    assert_int_equal(fx_ask(r)->out.rooms_n, 0);
    /* Whoever is banned does not see it. */
    fx_ask(fx_about(STORE_ROOM_BAN, ann, ids[0], bob));
    r = fx_new(STORE_ROOMS, bob);
    r->in.q = fx_text("open");
    assert_int_equal(fx_ask(r)->out.rooms_n, 0);
}

static void test_rooms__members_come_page_by_page_with_their_roles(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_ADMIN);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    r = in_room(STORE_ROOM_MEMBERS, bob, room);
    r->in.limit = 1;
    fx_ask(r);
    assert_int_equal(r->out.users_n, 1);
    assert_int_equal(r->out.users[0].id, ann);
    assert_true(r->out.users[0].has_member);
    assert_int_equal(r->out.users[0].room_role, CHAT_OWNER);
    r = in_room(STORE_ROOM_MEMBERS, bob, room);
    r->in.after = ann;
    fx_ask(r);
    assert_int_equal(r->out.users_n, 1);
    assert_int_equal(r->out.users[0].id, bob);
    assert_int_equal(r->out.users[0].role, CHAT_ADMIN);
    assert_int_equal(r->out.users[0].room_role, CHAT_MEMBER);
}

static void test_rooms__what_one_wants_to_be_told_of_is_kept(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");
    struct store_request *r = in_room(STORE_NOTIFY, ann, room);

    (void)state;
    r->in.notify = CHAT_NOTIFY_NONE;
    assert_int_equal(fx_ask(r)->out.rooms[0].notify, CHAT_NOTIFY_NONE);
    assert_int_equal(fx_ask(in_room(STORE_ROOM_GET, ann, room))->out.rooms[0].notify,
                     CHAT_NOTIFY_NONE);
    fx_refused(in_room(STORE_NOTIFY, bob, room), CHAT_FORBIDDEN, "room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_rooms__whoever_makes_one_owns_it),
        FX_TEST(test_rooms__only_public_names_are_unique_so_that_private_ones_stay_unknown),
        FX_TEST(test_rooms__are_changed_by_their_admins_field_by_field),
        FX_TEST(test_rooms__an_archived_one_is_read_only_until_it_is_opened_again),
        FX_TEST(test_rooms__the_lobby_keeps_its_name_and_stays_open),
        FX_TEST(test_rooms__joining_and_leaving_are_events_and_happen_once),
        FX_TEST(test_rooms__a_private_one_does_not_exist_for_others),
        FX_TEST(test_rooms__members_let_others_in),
        FX_TEST(test_rooms__the_last_owner_who_leaves_hands_over),
        FX_TEST(test_rooms__nobody_acts_on_an_equal_or_gives_what_he_has),
        FX_TEST(test_rooms__an_owner_who_makes_another_is_one_no_more),
        FX_TEST(test_rooms__the_servers_moderators_moderate_public_rooms_and_no_others),
        FX_TEST(test_rooms__a_kick_ends_it_and_a_ban_keeps_it_ended),
        FX_TEST(test_rooms__a_ban_without_an_end_ends_when_it_is_lifted),
        FX_TEST(test_rooms__the_muted_listen_until_it_is_over),
        FX_TEST(test_rooms__the_list_has_public_ones_and_ones_own_page_by_page),
        FX_TEST(test_rooms__members_come_page_by_page_with_their_roles),
        FX_TEST(test_rooms__what_one_wants_to_be_told_of_is_kept),
    };

    return FX_MAIN(tests);
}
