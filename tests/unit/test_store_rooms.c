/* tincan-test: tsan=long */
/* Rooms: made, changed, archived, found; on both databases. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

static bool is(struct slice s, const char *text)
{
    return slice_eq(s, slice_str(text));
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
    struct store_request *r = fx_in_room(STORE_ROOM_UPDATE, actor, room);

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
    struct store_request *r = fx_in_room(STORE_ROOM_UPDATE, actor, room);

    r->in.archived = archived;
    fx_has(r, CHAT_FIELD_ARCHIVED);
    return r;
}

static struct store_request *slowing(int64_t actor, int64_t room, int64_t seconds)
{
    struct store_request *r = fx_in_room(STORE_ROOM_UPDATE, actor, room);

    r->in.slow = seconds;
    fx_has(r, CHAT_FIELD_SLOW);
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
    ev = fx_ev(room);
    r = fx_ask(update(bob, room, "ops2", "ours"));
    assert_false(r->out.has_event); /* nothing is new */
    assert_int_equal(fx_ev(room), ev);
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
    fx_refused(fx_in_room(STORE_ROOM_JOIN, cat, room), CHAT_ARCHIVED, "room");
    fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room)); /* is in it */
    assert_int_equal(fx_ask(fx_in_room(STORE_HISTORY, cat, room))->out.messages_n, 1);
    fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room));
    r = archiving(ann, room, false);
    r->in.topic = fx_text("open again");
    fx_has(r, CHAT_FIELD_TOPIC);
    fx_ask(r);
    assert_false(r->out.rooms[0].archived);
    assert_true(is(r->out.rooms[0].topic, "open again"));
    fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room));
}

/* --- slow mode --- */

static void test_rooms__slow_mode_is_for_moderators_to_set(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops"), ev;
    struct store_request *r;

    (void)state;
    fx_add(ann, room, bob);
    fx_refused(slowing(bob, room, 30), CHAT_FORBIDDEN, "room");
    fx_role(ann, room, bob, CHAT_MOD);
    r = fx_ask(slowing(bob, room, 30));
    assert_int_equal(r->out.event.state->slow, 30);
    assert_int_equal(r->out.rooms[0].slow, 30);
    assert_true(is(r->out.rooms[0].name, "ops"));
    ev = fx_ev(room);
    assert_false(fx_ask(slowing(bob, room, 30))->out.has_event);
    assert_int_equal(fx_ev(room), ev);
    r = slowing(bob, room, 0); /* with what is not for moderators */
    r->in.topic = fx_text("mine");
    fx_has(r, CHAT_FIELD_TOPIC);
    fx_refused(r, CHAT_FORBIDDEN, "room");
    fx_ask(update(ann, room, NULL, "ours")); /* and nothing else changes it */
    assert_int_equal(fx_ask(fx_in_room(STORE_ROOM_GET, bob, room))->out.rooms[0].slow, 30);
    assert_int_equal(fx_ask(fx_new(STORE_ROOMS, bob))->out.rooms[1].slow, 30);
    r = fx_ask(fx_new(STORE_RESUME, bob));
    assert_int_equal(r->out.rooms[r->out.rooms_n - 1].slow, 30);
    assert_int_equal(fx_ask(slowing(bob, room, 0))->out.event.state->slow, 0);
    fx_ask(archiving(ann, room, true));
    fx_refused(slowing(bob, room, 30), CHAT_ARCHIVED, "room");
    r = fx_new(STORE_DM_OPEN, ann);
    r->in.user = bob;
    room = fx_ask(r)->out.room;
    fx_refused(slowing(ann, room, 30), CHAT_FORBIDDEN, "room");
}

static struct store_request *too_early(struct store_request *r, uint32_t wait_ms)
{
    fx_refused(r, CHAT_SLOW, "room");
    assert_int_equal(r->out.refusal.retry_after_ms, wait_ms);
    return r;
}

static void test_rooms__in_slow_mode_each_waits_for_the_next_message(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t cat = fx_user("cat", CHAT_MEMBER), mod = fx_user("mod", CHAT_MOD);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops"), other = fx_room(ann, CHAT_PUBLIC, "other");
    struct store_request *first, *early;

    (void)state;
    fx_add(ann, room, bob);
    fx_add(ann, room, cat);
    fx_add(ann, room, mod);
    fx_add(ann, other, bob);
    fx_send(bob, room, "before it");
    fx_ask(slowing(ann, room, 30));
    first = fx_send(bob, room, "one");
    fx_now_ms += 500;
    early = too_early(fx_message(bob, room, "two"), 29500);
    assert_int_equal(fx_send(cat, room, "mine")->out.seq, first->out.seq + 1);
    fx_send(bob, other, "elsewhere");
    fx_send_n(ann, room, 2);
    fx_send_n(mod, room, 2); /* of the server: it is a public room */
    /* The same message again is there already. */
    struct store_request *again = fx_new(STORE_SEND, bob);
    again->in = first->in;
    assert_true(fx_ask(again)->out.dup);
    /* Neither leaving nor a restart makes it shorter. */
    fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room));
    fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, room));
    fx_reopen();
    fx_now_ms += 29499;
    too_early(fx_message(bob, room, "two"), 1);
    fx_now_ms += 1;
    again = fx_new(STORE_SEND, bob);
    again->in = early->in; /* the one that had to wait */
    assert_false(fx_ask(again)->out.dup);
    too_early(fx_message(bob, room, "three"), 30000);
    fx_now_ms -= 3600 * 1000; /* the clock is set back */
    too_early(fx_message(bob, room, "three"), 30000);
    fx_ask(slowing(ann, room, 3600));
    fx_ask(slowing(ann, room, 0));
    fx_send(bob, room, "three");
    fx_send(bob, room, "four");
}

static void test_rooms__slow_mode_does_not_count_those_somebody_speaks_for(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), guest = fx_user("visitor", CHAT_GUEST);
    int64_t room = fx_room(ann, CHAT_PUBLIC, "ops");

    (void)state;
    fx_add(ann, room, guest);
    fx_ask(slowing(ann, room, 30));
    for (unsigned i = 0; i < 2; i++) {
        struct store_request *r = fx_message(guest, room, "of others");
        r->account.bot = true;
        fx_ask(r);
    }
    too_early(fx_message(guest, room, "by himself"), 30000);
}

static void test_rooms__in_slow_mode_one_of_those_sent_at_once_is_taken(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "ops");
    struct store_request *list[4];

    (void)state;
    fx_add(ann, room, bob);
    fx_ask(slowing(ann, room, 3600));
    for (unsigned i = 0; i < 4; i++) {
        list[i] = fx_message(i < 3 ? bob : ann, room, "at once");
    }
    fx_run_all(list, 4);
    assert_int_equal(list[0]->out.refusal.error, CHAT_OK);
    for (unsigned i = 1; i < 3; i++) {
        assert_int_equal(list[i]->out.refusal.error, CHAT_SLOW);
        assert_int_equal(list[i]->out.refusal.retry_after_ms, 3600 * 1000);
    }
    assert_int_equal(list[3]->out.refusal.error, CHAT_OK);
    assert_int_equal(list[3]->out.seq, list[0]->out.seq + 1);
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
        r = fx_in_room(ops[i], owner, room);
        r->account.hash = fx_hash(i);
        fx_refused(r, CHAT_NOT_FOUND, "room");
        r = fx_in_room(ops[i], owner, room + 1000);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_rooms__whoever_makes_one_owns_it),
        FX_TEST(test_rooms__only_public_names_are_unique_so_that_private_ones_stay_unknown),
        FX_TEST(test_rooms__are_changed_by_their_admins_field_by_field),
        FX_TEST(test_rooms__an_archived_one_is_read_only_until_it_is_opened_again),
        FX_TEST(test_rooms__slow_mode_is_for_moderators_to_set),
        FX_TEST(test_rooms__in_slow_mode_each_waits_for_the_next_message),
        FX_TEST(test_rooms__slow_mode_does_not_count_those_somebody_speaks_for),
        FX_TEST(test_rooms__in_slow_mode_one_of_those_sent_at_once_is_taken),
        FX_TEST(test_rooms__the_lobby_keeps_its_name_and_stays_open),
        FX_TEST(test_rooms__a_private_one_does_not_exist_for_others),
        FX_TEST(test_rooms__the_list_has_public_ones_and_ones_own_page_by_page),
    };

    return FX_MAIN(tests);
}
