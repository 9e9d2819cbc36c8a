/* tincan-test: tsan=long */
/* Coming back to all rooms at once, and rooms for two, on both databases. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

static int64_t ann, bob, eve, room;

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

static bool is(struct slice s, const char *text)
{
    return slice_eq(s, slice_str(text));
}

static int64_t ev_of(int64_t id)
{
    char sql[100];

    assert_true(snprintf(sql, sizeof sql, "SELECT ev FROM room WHERE id = %lld", (long long)id) >
                0);
    return fx_sql(sql);
}

static struct store_request *about(enum store_op op, int64_t actor, int64_t seq)
{
    struct store_request *r = fx_new(op, actor);

    r->in.room = room;
    r->in.seq = seq;
    return r;
}

static void edit(int64_t seq, int64_t rev, const char *text)
{
    struct store_request *r = about(STORE_EDIT, ann, seq);

    r->in.rev = rev;
    r->in.text = fx_text(text);
    fx_ask(r);
}

static void react(int64_t actor, int64_t seq, const char *emoji)
{
    struct store_request *r = about(STORE_REACT, actor, seq);

    r->in.emoji = fx_text(emoji);
    fx_ask(r);
}

/* --- resume --- */

#define ROOMS_MAX 210

static struct chat_cursor cursors[ROOMS_MAX];

static struct store_request *resume(int64_t actor, const char *epoch, uint32_t cursors_n)
{
    struct store_request *r = fx_new(STORE_RESUME, actor);

    r->in.cursors = cursors;
    r->in.cursors_n = cursors_n;
    if (epoch) {
        r->in.epoch = fx_text(epoch);
        fx_has(r, CHAT_FIELD_EPOCH);
    }
    return fx_ask(r);
}

static const char *epoch_of(const struct store_request *r)
{
    char text[64] = "";

    assert_true(r->out.epoch.n > 0 && r->out.epoch.n < sizeof text);
    memcpy(text, r->out.epoch.p, r->out.epoch.n);
    return fx_text(text).p;
}

static const struct chat_room *find(const struct store_request *r, int64_t id)
{
    for (uint32_t i = 0; i < r->out.rooms_n; i++) {
        if (r->out.rooms[i].id == id) {
            return &r->out.rooms[i];
        }
    }
    fail_msg("no room %lld", (long long)id);
    return NULL;
}

static void test_resume__gives_all_rooms_as_they_are(void **state)
{
    struct store_request *r, *dm = fx_new(STORE_DM_OPEN, eve);
    const struct chat_room *den, *with_eve;

    (void)state;
    dm->in.user = bob;
    fx_ask(dm);
    fx_send(ann, room, "@bob");
    fx_send(ann, room, "two");
    fx_send(eve, dm->out.room, "psst");
    r = resume(bob, NULL, 0);
    assert_int_equal(r->out.users_n, 1);
    assert_int_equal(r->out.users[0].id, bob);
    assert_int_equal(r->out.epoch.n, 32);
    assert_int_equal(r->out.rooms_n, 3);
    den = find(r, room);
    assert_true(is(den->name, "den"));
    assert_int_equal(den->kind, CHAT_PRIVATE);
    assert_int_equal(den->seq, 2);
    assert_int_equal(den->ev, ev_of(room));
    assert_int_equal(den->members, 2);
    assert_true(den->has_mine && den->joined);
    assert_int_equal(den->unread, 2);
    assert_int_equal(den->mentions, 1);
    assert_int_equal(den->catch_up, CHAT_NO_CATCH_UP);
    with_eve = find(r, dm->out.room);
    assert_int_equal(with_eve->kind, CHAT_DM);
    assert_non_null(with_eve->with);
    assert_int_equal(with_eve->with->id, eve);
    assert_int_equal(with_eve->unread, 1);
    assert_int_equal(find(r, fx_lobby)->kind, CHAT_PUBLIC);
    assert_null(find(r, fx_lobby)->with);
    /* Not the rooms of others, nor those left. */
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    assert_int_equal(resume(bob, NULL, 0)->out.rooms_n, 2);
}

static void test_resume__catches_up_where_it_is_told_from_where(void **state)
{
    int64_t quiet = fx_room(ann, CHAT_PUBLIC, "quiet"), gone = fx_room(ann, CHAT_PRIVATE, "gone");
    struct store_request *r;
    const char *epoch;

    (void)state;
    fx_add(ann, quiet, bob);
    fx_send(ann, room, "one");
    fx_send(ann, gone, "not for bob");
    epoch = epoch_of(resume(bob, NULL, 0));
    cursors[0] = (struct chat_cursor){room, ev_of(room)};
    cursors[1] = (struct chat_cursor){quiet, ev_of(quiet)};
    cursors[2] = (struct chat_cursor){gone, 0};
    cursors[3] = (struct chat_cursor){123456, 7};
    fx_send(ann, room, "two");
    edit(1, 1, "one, changed");
    r = resume(bob, epoch, 4);
    assert_int_equal(r->out.rooms_n, 3);
    assert_int_equal(find(r, room)->catch_up, CHAT_DELTA);
    assert_int_equal(find(r, room)->delta_n, 2);
    assert_true(is(find(r, room)->delta[0].message->text, "two"));
    assert_true(is(find(r, room)->delta[1].message->text, "one, changed"));
    assert_int_equal(find(r, quiet)->catch_up, CHAT_DELTA);
    assert_int_equal(find(r, quiet)->delta_n, 0);
    assert_int_equal(find(r, fx_lobby)->catch_up, CHAT_NO_CATCH_UP);
    /* One room is ahead of us, the other fine. */
    cursors[1].ev += 1;
    r = resume(bob, epoch, 2);
    assert_int_equal(find(r, quiet)->catch_up, CHAT_RESET);
    assert_int_equal(find(r, quiet)->reset_n, 0);
    assert_int_equal(find(r, room)->catch_up, CHAT_DELTA);
}

static void test_resume__another_epoch_resets_all(void **state)
{
    struct store_request *r;

    (void)state;
    fx_send_n(ann, room, CHAT_RESET_MESSAGES + 1);
    react(bob, CHAT_RESET_MESSAGES + 1, "A");
    cursors[0] = (struct chat_cursor){room, ev_of(room)};
    cursors[1] = (struct chat_cursor){fx_lobby, 0};
    for (int i = 0; i < 2; i++) {
        r = resume(bob, i == 0 ? "another" : NULL, 2);
        assert_int_equal(find(r, room)->catch_up, CHAT_RESET);
        assert_int_equal(find(r, room)->delta_n, 0);
        assert_int_equal(find(r, room)->reset_n, CHAT_RESET_MESSAGES);
        assert_int_equal(find(r, room)->reset[0].seq, 2);
        assert_int_equal(find(r, room)->reset[CHAT_RESET_MESSAGES - 1].reactions_n, 1);
        assert_int_equal(find(r, fx_lobby)->catch_up, CHAT_RESET);
    }
}

static void test_resume__as_many_rooms_as_a_client_may_name(void **state)
{
    enum { N = CHAT_RESUME_ROOMS_MAX };
    static int64_t ids[N];
    struct store_request *r;
    char name[16];
    const char *epoch = epoch_of(resume(bob, NULL, 0));

    (void)state;
    for (int i = 0; i < N; i++) {
        assert_true(snprintf(name, sizeof name, "r%d", i) > 0);
        ids[i] = fx_room(bob, CHAT_PRIVATE, name);
        cursors[i] = (struct chat_cursor){ids[i], ev_of(ids[i])};
        fx_send_n(bob, ids[i], i % 7);
    }
    r = resume(bob, epoch, N);
    assert_int_equal(r->out.rooms_n, N + 2);
    for (int i = 0; i < N; i++) {
        const struct chat_room *one = find(r, ids[i]);
        assert_int_equal(one->catch_up, CHAT_DELTA);
        assert_int_equal(one->delta_n, i % 7);
        for (uint32_t j = 0; j < one->delta_n; j++) {
            assert_int_equal(one->delta[j].message->seq, j + 1);
            assert_int_equal(one->delta[j].message->room, ids[i]);
        }
    }
    r = resume(bob, "another", N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(find(r, ids[i])->catch_up, CHAT_RESET);
        assert_int_equal(find(r, ids[i])->reset_n, i % 7);
    }
}

/* More events than one answer holds: whole rooms are reset instead. */
static void test_resume__too_many_events_are_resets(void **state)
{
    enum { N = 11, EACH = CHAT_DELTA_EVENTS_MAX };
    int64_t ids[N];
    struct store_request *r;
    char name[16];
    const char *epoch = epoch_of(resume(bob, NULL, 0));
    unsigned deltas = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        assert_true(snprintf(name, sizeof name, "r%d", i) > 0);
        ids[i] = fx_room(bob, CHAT_PRIVATE, name);
        cursors[i] = (struct chat_cursor){ids[i], ev_of(ids[i])};
        fx_send_n(bob, ids[i], EACH);
    }
    r = resume(bob, epoch, N);
    for (int i = 0; i < N; i++) {
        const struct chat_room *one = find(r, ids[i]);
        deltas += one->catch_up == CHAT_DELTA;
        assert_int_equal(one->delta_n, one->catch_up == CHAT_DELTA ? EACH : 0);
        assert_int_equal(one->reset_n, one->catch_up == CHAT_DELTA ? 0 : CHAT_RESET_MESSAGES);
    }
    assert_int_equal(deltas, 10); /* OP_CATCH_UP_EVENTS_MAX */
}

static void test_resume__is_for_accounts(void **state)
{
    (void)state;
    fx_refused(fx_new(STORE_RESUME, eve + 1000), CHAT_UNAUTHENTICATED, "");
}

/* --- direct messages --- */

static void test_dm__is_one_room_for_two(void **state)
{
    struct store_request *r = fx_new(STORE_DM_OPEN, ann), *back = fx_new(STORE_DM_OPEN, bob), *self;

    (void)state;
    r->in.user_name = fx_text("Bob");
    fx_ask(r);
    assert_true(r->out.room_is_new);
    assert_int_equal(r->out.rooms[0].kind, CHAT_DM);
    assert_int_equal(r->out.rooms[0].with->id, bob);
    assert_int_equal(r->out.rooms[1].with->id, ann);
    assert_int_equal(r->out.users[0].id, ann);
    assert_int_equal(r->out.users[1].id, bob);
    back->in.user = ann;
    fx_ask(back);
    assert_false(back->out.room_is_new);
    assert_int_equal(back->out.room, r->out.room);
    assert_int_equal(back->out.rooms[0].with->id, ann);
    fx_send(bob, r->out.room, "hello");
    fx_refused(fx_message(eve, r->out.room, "hello"), CHAT_NOT_FOUND, "room");
    self = fx_new(STORE_DM_OPEN, ann);
    self->in.user = ann;
    fx_refused(self, CHAT_INVALID, "user");
    self = fx_new(STORE_DM_OPEN, ann);
    self->in.user_name = fx_text("nobody");
    fx_refused(self, CHAT_NOT_FOUND, "user");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_resume__gives_all_rooms_as_they_are),
        TEST(test_resume__catches_up_where_it_is_told_from_where),
        TEST(test_resume__another_epoch_resets_all),
        TEST(test_resume__as_many_rooms_as_a_client_may_name),
        TEST(test_resume__too_many_events_are_resets),
        TEST(test_resume__is_for_accounts),
        TEST(test_dm__is_one_room_for_two),
    };

    return FX_MAIN(tests);
}
