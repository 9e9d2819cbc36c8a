/* tincan-test: tsan=long */
/* Drafts: the last who writes wins, nobody else sees them, and they go with the membership. On both databases. */
#include "store_fixture.h"

#include <stdio.h>

static int64_t ann, bob, eve, room;

static int set_up(void **state)
{
    fx_set_up(state);
    ann = fx_user("ann", CHAT_MEMBER);
    bob = fx_user("bob", CHAT_GUEST);
    eve = fx_user("eve", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PRIVATE, "den");
    fx_add(ann, room, bob);
    return 0;
}

static struct store_request *write_in(int64_t actor, int64_t where, const char *text, int64_t reply)
{
    struct store_request *r = fx_in_room(STORE_DRAFT_SET, actor, where);
    r->in.text = fx_text(text);
    r->in.reply_to = reply;
    return r;
}

static struct store_request *write_draft(int64_t actor, const char *text)
{
    return write_in(actor, room, text, 0);
}

static void check(int64_t actor, int64_t rev, const char *text, int64_t reply)
{
    struct store_request *r = fx_ask(fx_in_room(STORE_DRAFT_GET, actor, room));
    assert_int_equal(r->out.draft.rev, rev);
    assert_true(slice_eq(r->out.draft.text, slice_str(text)));
    assert_int_equal(r->out.draft.reply_to, reply);
}

static void test_draft__the_last_who_writes_wins_with_a_higher_rev(void **state)
{
    (void)state;
    check(bob, 0, "", 0);
    assert_int_equal(fx_ask(write_draft(bob, "from the phone"))->out.draft.rev, 1);
    struct store_request *r = fx_ask(write_in(bob, room, "from the desk\n\xc3\xa9", 3));
    assert_int_equal(r->out.draft.rev, 2);
    assert_true(slice_eq(r->out.draft.text, SL("from the desk\n\xc3\xa9")));
    assert_false(r->out.has_event); /* the room hears nothing */
    fx_reopen();
    check(bob, 2, "from the desk\n\xc3\xa9", 3);
    fx_ask(write_in(bob, room, "", 3)); /* sent, or cleared: its number goes on */
    check(bob, 3, "", 0);
    fx_ask(write_draft(bob, "again"));
    check(bob, 4, "again", 0);
}

static void test_draft__is_its_writers_alone(void **state)
{
    (void)state;
    fx_ask(write_draft(ann, "of ann"));
    check(bob, 0, "", 0);
    fx_ask(write_draft(bob, "of bob"));
    check(ann, 1, "of ann", 0);
    fx_refused(write_draft(eve, "x"), CHAT_NOT_FOUND, "room");
    fx_refused(fx_in_room(STORE_DRAFT_GET, eve, room), CHAT_NOT_FOUND, "room");
    fx_refused(write_in(ann, room + 1000, "x", 0), CHAT_NOT_FOUND, "room");
    int64_t hall = fx_room(ann, CHAT_PUBLIC, "hall"); /* where eve may read, and is no member */
    fx_refused(write_in(eve, hall, "x", 0), CHAT_FORBIDDEN, "room");
    fx_refused(fx_in_room(STORE_DRAFT_GET, eve, hall), CHAT_FORBIDDEN, "room");
    assert_int_equal(fx_sql("SELECT count(*) FROM draft"), 2);
}

static void test_draft__goes_with_the_membership(void **state)
{
    (void)state;
    fx_ask(write_draft(ann, "stays"));
    fx_ask(write_draft(bob, "goes"));
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    assert_int_equal(fx_sql("SELECT count(*) FROM draft"), 1);
    fx_add(ann, room, bob);
    check(bob, 0, "", 0);
    fx_ask(write_draft(bob, "goes"));
    fx_ask(fx_in_room(STORE_ROOM_LEAVE, bob, room));
    assert_int_equal(fx_sql("SELECT count(*) FROM draft"), 1);
    check(ann, 1, "stays", 0);
}

static void test_draft__so_many_and_no_more(void **state)
{
    char sql[300];
    (void)state;
    for (int i = 0; i < STORE_DRAFTS_MAX; i++) {
        char name[24];
        snprintf(name, sizeof name, "room-%d", i);
        int64_t other = fx_room(ann, CHAT_PRIVATE, name);
        snprintf(sql, sizeof sql,
                 "INSERT INTO draft (account, room, rev, text, reply_to)"
                 " VALUES (%lld, %lld, 1, 'x', 0)",
                 (long long)ann, (long long)other);
        if (i + 1 < STORE_DRAFTS_MAX) {
            (void)fx_sql(sql);
        } else {
            fx_ask(write_in(ann, other, "the last one", 0));
            fx_ask(write_in(ann, other, "and again", 0));
        }
    }
    fx_refused(write_draft(ann, "one too many"), CHAT_TOO_MANY, "");
    fx_ask(write_draft(ann, "")); /* clearing always goes */
    fx_ask(write_draft(bob, "of another"));
}

static struct store_request *write_after(int64_t rev, const char *text)
{
    struct store_request *r = write_draft(bob, text);
    r->in.rev = rev;
    r->in.has |= 1ull << CHAT_FIELD_REV;
    return r;
}

static void test_draft__no_text_is_overwritten_that_was_not_seen(void **state)
{
    (void)state;
    assert_int_equal(fx_ask(write_after(0, "from the phone"))->out.draft.rev, 1);
    fx_refused(write_after(0, "from the desk"), CHAT_CONFLICT, "rev");
    fx_refused(write_after(0, ""), CHAT_CONFLICT, "rev");
    check(bob, 1, "from the phone", 0);
    fx_ask(write_after(0, "from the phone")); /* an answer was lost */
    assert_int_equal(fx_ask(write_after(2, "from the desk"))->out.draft.rev, 3);
    fx_ask(write_after(3, ""));
    assert_int_equal(fx_ask(write_after(1, "nothing was lost"))->out.draft.rev, 5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(test_draft__##f, set_up, fx_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_who_writes_wins_with_a_higher_rev),
        TEST(no_text_is_overwritten_that_was_not_seen),
        TEST(is_its_writers_alone),
        TEST(goes_with_the_membership),
        TEST(so_many_and_no_more),
    };
    return FX_MAIN(tests);
}
