/* tincan-test: tsan=long */
/* Reports: once by each of a message, seen and closed by who moderates the room, and the message's text in none that outlives it. On both
 * databases.
 */
#include "store_fixture.h"

#include <stdio.h>

static int64_t ann, bob, cat, eve, room, bobs;

/* Ann's room; Cat moderates it, Bob has said something there, and Eve is nobody there. */
static int set_up(void **state)
{
    fx_set_up(state);
    ann = fx_user("ann", CHAT_MEMBER);
    bob = fx_user("bob", CHAT_GUEST);
    cat = fx_user("cat", CHAT_MEMBER);
    eve = fx_user("eve", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PRIVATE, "den");
    fx_add(ann, room, bob);
    fx_add(ann, room, cat);
    fx_role(ann, room, cat, CHAT_MOD);
    bobs = fx_send(bob, room, "something bad")->out.seq;
    return 0;
}

static struct store_request *report(int64_t actor, int64_t where, int64_t seq)
{
    struct store_request *r = fx_in_room(STORE_REPORT, actor, where);
    r->in.seq = seq;
    r->in.reason = fx_text("it is rude");
    return r;
}

static struct store_request *close_one(int64_t actor, int64_t id, enum chat_outcome outcome)
{
    struct store_request *r = fx_in_room(STORE_REPORT_CLOSE, actor, room);
    r->in.report_id = id;
    r->in.outcome = outcome;
    return r;
}

/* What waits in the room, as Cat is told; there must be so many. */
static const struct store_report *waiting(uint32_t n)
{
    struct store_request *r = fx_ask(fx_in_room(STORE_REPORTS, cat, room));
    assert_int_equal(r->out.reports_n, n);
    assert_int_equal(r->out.count, n);
    return r->out.reports;
}

static void is_told(const struct store_request *r, uint32_t i, int64_t mod, int64_t open)
{
    assert_true(i < r->out.mods_n);
    assert_int_equal(r->out.mods[i].id, mod);
    assert_int_equal(r->out.mods[i].open, open);
}

static void test_report__is_told_to_who_moderates(void **state)
{
    (void)state;
    struct store_request *r = fx_ask(report(ann, room, bobs));
    assert_false(r->out.has_event); /* the room hears nothing */
    is_told(r, 0, ann, 1);
    is_told(r, 1, cat, 1);
    assert_int_equal(r->out.mods_n, 2);
    const struct store_report *one = waiting(1);
    assert_int_equal(one->seq, bobs);
    assert_int_equal(one->by.id, ann);
    assert_int_equal(one->from.id, bob);
    assert_true(slice_eq(one->reason, SL("it is rude")));
    assert_true(slice_eq(one->text, SL("something bad")));
    fx_reopen();
    assert_int_equal(waiting(1)->by.id, ann);
}

static void test_report__once_by_each_of_a_message(void **state)
{
    (void)state;
    fx_ask(report(ann, room, bobs));
    struct store_request *r = fx_ask(report(ann, room, bobs));
    assert_true(r->out.dup);
    assert_int_equal(r->out.mods_n, 0);
    fx_ask(report(cat, room, bobs));
    fx_ask(close_one(ann, waiting(2)->id, CHAT_OUTCOME_DISMISSED));
    waiting(0); /* what was judged is the message */
    assert_true(fx_ask(report(ann, room, bobs))->out.dup);
    waiting(0);
}

static void test_report__quotes_what_was_said_then(void **state)
{
    (void)state;
    char text[STORE_QUOTE_CHARS_MAX * 2 + 20] = "";
    fx_ask(report(ann, room, bobs));
    struct store_request *edit = fx_in_room(STORE_EDIT, bob, room);
    edit->in.seq = bobs;
    edit->in.rev = 1;
    edit->in.text = fx_text("nothing");
    fx_ask(edit);
    assert_true(slice_eq(waiting(1)->text, SL("something bad")));
    for (unsigned i = 0; i < STORE_QUOTE_CHARS_MAX + 5; i++) {
        snprintf(text + 2 * (size_t)i, 3, "\xc3\xa9");
    }
    fx_ask(report(ann, room, fx_send(bob, room, text)->out.seq));
    assert_int_equal(waiting(2)[1].text.n, 2 * STORE_QUOTE_CHARS_MAX);
}

static void test_report__is_settled_and_erased_with_its_message(void **state)
{
    (void)state;
    fx_ask(report(ann, room, bobs));
    struct store_request *r = fx_in_room(STORE_DELETE, cat, room);
    r->in.seq = bobs;
    fx_ask(r);
    assert_int_equal(r->out.mods_n, 2);
    is_told(r, 1, cat, 0);
    waiting(0);
    assert_int_equal(fx_sql("SELECT count(*) FROM report WHERE text = '' AND closed_ms > 0"), 1);
    assert_int_equal(fx_sql("SELECT closed_by FROM report"), cat);
    assert_int_equal(fx_sql("SELECT outcome FROM report"), CHAT_OUTCOME_DELETED);
    fx_refused(report(cat, room, bobs), CHAT_NOT_FOUND, "seq");
    r = fx_in_room(STORE_DELETE, ann, room); /* of what nobody reported, nobody is told */
    r->in.seq = fx_send(bob, room, "harmless")->out.seq;
    assert_int_equal(fx_ask(r)->out.mods_n, 0);
}

static void test_report__is_closed_once_and_says_by_whom(void **state)
{
    (void)state;
    fx_ask(report(ann, room, bobs));
    int64_t id = waiting(1)->id;
    struct store_request *r = fx_ask(close_one(cat, id, CHAT_OUTCOME_HANDLED));
    assert_false(r->out.dup);
    is_told(r, 0, ann, 0);
    assert_int_equal(r->out.mods_n, 2);
    assert_true(fx_ask(close_one(ann, id, CHAT_OUTCOME_DISMISSED))->out.dup);
    assert_int_equal(fx_sql("SELECT closed_by FROM report"), cat);
    assert_int_equal(fx_sql("SELECT outcome FROM report"), CHAT_OUTCOME_HANDLED);
    fx_refused(close_one(cat, id + 1, CHAT_OUTCOME_HANDLED), CHAT_NOT_FOUND, "report_id");
}

static void test_report__is_no_matter_of_others(void **state)
{
    (void)state;
    fx_refused(report(eve, room, bobs), CHAT_NOT_FOUND, "room");
    fx_refused(report(bob, room, bobs), CHAT_FORBIDDEN, "seq"); /* one's own */
    fx_refused(report(ann, room, bobs + 1), CHAT_NOT_FOUND, "seq");
    fx_ask(report(ann, room, bobs));
    fx_refused(fx_in_room(STORE_REPORTS, bob, room), CHAT_FORBIDDEN, "room");
    fx_refused(fx_in_room(STORE_REPORTS, eve, room), CHAT_NOT_FOUND, "room");
    fx_refused(close_one(bob, waiting(1)->id, CHAT_OUTCOME_DISMISSED), CHAT_FORBIDDEN, "room");
    int64_t other = fx_room(cat, CHAT_PRIVATE, "other");
    struct store_request *r = close_one(cat, waiting(1)->id, CHAT_OUTCOME_DISMISSED);
    r->in.room = other; /* where she is the owner */
    fx_refused(r, CHAT_NOT_FOUND, "report_id");
}

static void test_report__against_a_moderator_is_for_the_others(void **state)
{
    (void)state;
    int64_t cats = fx_send(cat, room, "of who moderates")->out.seq;
    struct store_request *r = fx_ask(report(bob, room, cats));
    is_told(r, 0, ann, 1);
    assert_int_equal(r->out.mods_n, 1);
    waiting(0); /* as Cat sees it */
    r = fx_ask(fx_in_room(STORE_REPORTS, ann, room));
    assert_int_equal(r->out.count, 1);
    int64_t id = r->out.reports[0].id;
    r = fx_ask(report(ann, room, bobs));
    is_told(r, 0, ann, 2);
    is_told(r, 1, cat, 1);
    waiting(1);
    fx_refused(close_one(cat, id, CHAT_OUTCOME_DISMISSED), CHAT_NOT_FOUND, "report_id");
    r = fx_ask(close_one(ann, id, CHAT_OUTCOME_DISMISSED));
    is_told(r, 0, ann, 1);
    assert_int_equal(r->out.mods_n, 1);
    fx_refused(close_one(cat, id, CHAT_OUTCOME_DISMISSED), CHAT_NOT_FOUND, "report_id");
    fx_ask(report(bob, room, fx_send(cat, room, "again")->out.seq));
    r = fx_in_room(STORE_DELETE, cat,
                   room); /* what she takes back is settled, and she is told of nothing */
    r->in.seq = cats + 1;
    assert_int_equal(fx_ask(r)->out.mods_n, 1);
}

static void test_report__in_a_public_room_the_servers_moderators_are_told(void **state)
{
    (void)state;
    int64_t mod = fx_user("mod", CHAT_MOD), banned = fx_user("banned", CHAT_MOD);
    int64_t hall = fx_room(ann, CHAT_PUBLIC, "hall");
    int64_t anns = fx_send(ann, hall, "hello")->out.seq;
    fx_refused(report(bob, hall, anns), CHAT_FORBIDDEN, "seq"); /* no member */
    fx_ask(fx_in_room(STORE_ROOM_JOIN, bob, hall));
    fx_ask(fx_about(STORE_ROOM_BAN, 0, hall, banned));
    struct store_request *r = fx_ask(report(bob, hall, anns));
    assert_int_equal(r->out.mods_n, 1); /* and Ann is not: they are her own words */
    is_told(r, 0, mod, 1);
    assert_int_equal(fx_ask(fx_in_room(STORE_REPORTS, mod, hall))->out.reports_n, 1);
    fx_refused(fx_in_room(STORE_REPORTS, banned, hall), CHAT_BANNED, "room");
}

static void test_report__so_many_wait_and_no_more(void **state)
{
    (void)state;
    fx_send_n(bob, room, STORE_REPORTS_MINE_MAX + 1);
    for (int64_t i = 1; i <= STORE_REPORTS_MINE_MAX; i++) {
        fx_ask(report(ann, room, bobs + i));
    }
    fx_refused(report(ann, room, bobs), CHAT_TOO_MANY, "");
    fx_ask(report(cat, room, bobs)); /* of another */
    struct store_request *r = fx_in_room(STORE_REPORTS, cat, room);
    r->in.limit = 3;
    fx_ask(r);
    assert_int_equal(r->out.reports_n, 3);
    assert_int_equal(r->out.count, STORE_REPORTS_MINE_MAX + 1);
    struct store_request *next = fx_in_room(STORE_REPORTS, cat, room);
    next->in.after = r->out.reports[2].id;
    assert_int_equal(fx_ask(next)->out.reports_n, STORE_REPORTS_MINE_MAX + 1 - 3);
    fx_ask(close_one(cat, r->out.reports[0].id, CHAT_OUTCOME_HANDLED));
    fx_ask(report(ann, room, bobs));
}

static void test_report__so_many_wait_in_a_room_and_no_more(void **state)
{
    (void)state;
    char name[32];
    int64_t by = 0;
    fx_send_n(bob, room, STORE_REPORTS_MINE_MAX);
    for (int64_t i = 0; i < STORE_REPORTS_ROOM_MAX; i++) {
        if (i % STORE_REPORTS_MINE_MAX == 0) {
            snprintf(name, sizeof name, "reporter%d", (int)i);
            by = fx_user(name, CHAT_MEMBER);
            fx_add(ann, room, by);
        }
        fx_ask(report(by, room, bobs + i % STORE_REPORTS_MINE_MAX));
    }
    fx_refused(report(ann, room, bobs), CHAT_TOO_MANY, "");
    struct store_request *r = fx_ask(fx_in_room(STORE_REPORTS, cat, room));
    assert_int_equal(r->out.count, STORE_REPORTS_ROOM_MAX);
    fx_ask(close_one(cat, r->out.reports[0].id, CHAT_OUTCOME_HANDLED));
    r = fx_ask(report(ann, room, bobs + 1));
    is_told(r, 0, ann,
            STORE_REPORTS_ROOM_MAX - STORE_REPORTS_ROOM_MAX / STORE_REPORTS_MINE_MAX + 1);
}

static void test_report__so_many_are_told_and_no_more(void **state)
{
    (void)state;
    char name[32];
    for (unsigned i = 2; i < STORE_MODS_TOLD_MAX + 1; i++) { /* Ann and Cat are there already */
        assert_int_equal(fx_ask(report(ann, room, fx_send(bob, room, "bad")->out.seq))->out.mods_n,
                         i);
        snprintf(name, sizeof name, "mod%u", i);
        int64_t mod = fx_user(name, CHAT_MEMBER);
        fx_add(ann, room, mod);
        fx_role(ann, room, mod, CHAT_MOD);
    }
    struct store_request *r = fx_ask(report(cat, room, bobs));
    assert_int_equal(r->out.mods_n, STORE_MODS_TOLD_MAX);
    is_told(r, 0, ann, STORE_MODS_TOLD_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(test_report__##f, set_up, fx_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_told_to_who_moderates),
        TEST(once_by_each_of_a_message),
        TEST(quotes_what_was_said_then),
        TEST(is_settled_and_erased_with_its_message),
        TEST(is_closed_once_and_says_by_whom),
        TEST(is_no_matter_of_others),
        TEST(against_a_moderator_is_for_the_others),
        TEST(in_a_public_room_the_servers_moderators_are_told),
        TEST(so_many_wait_and_no_more),
        TEST(so_many_wait_in_a_room_and_no_more),
        TEST(so_many_are_told_and_no_more),
    };
    return FX_MAIN(tests);
}
