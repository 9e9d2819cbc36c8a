/* tincan-test: tsan=long */
/* Pages of history, and what happened in a room since, on both databases. */
#include "store_fixture.h"

#include "mem.h"
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

/* --- history --- */

enum page { LATEST, BEFORE, AFTER, AROUND };

static struct store_request *page(enum page how, int64_t seq, uint32_t limit)
{
    struct store_request *r = fx_new(STORE_HISTORY, bob);

    r->in.room = room;
    r->in.limit = limit;
    r->in.before = r->in.after = r->in.around = seq;
    if (how != LATEST) {
        fx_has(r, how == BEFORE  ? CHAT_FIELD_BEFORE
                  : how == AFTER ? CHAT_FIELD_AFTER
                                 : CHAT_FIELD_AROUND);
    }
    return fx_ask(r);
}

static void test_history__gives_pages_without_gaps(void **state)
{
    static const struct {
        enum page how;
        int64_t seq;
        uint32_t limit;
        int64_t low, high; /* high 0: nothing */
    } rows[] = {
        {LATEST, 0, 50, 1, 20},   {LATEST, 0, 5, 16, 20},
        {LATEST, 0, 1, 20, 20},   {BEFORE, 16, 5, 11, 15},
        {BEFORE, 3, 5, 1, 2},     {BEFORE, 1, 5, 1, 0},
        {BEFORE, 999, 3, 18, 20}, {BEFORE, 0, 3, 1, 0},
        {AFTER, 0, 5, 1, 5},      {AFTER, 17, 5, 18, 20},
        {AFTER, 20, 5, 1, 0},     {AFTER, 999, 5, 1, 0},
        {AROUND, 10, 5, 8, 12},   {AROUND, 10, 4, 8, 11},
        {AROUND, 1, 5, 1, 5},     {AROUND, 20, 5, 16, 20},
        {AROUND, 999, 5, 16, 20}, {AROUND, 10, 100, 1, 20},
        {AROUND, 10, 1, 10, 10},  {AFTER, 5, CHAT_LIMIT_MAX, 6, 20},
    };

    (void)state;
    fx_send_n(ann, room, 20);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store_request *r = page(rows[i].how, rows[i].seq, rows[i].limit);
        assert_int_equal(r->out.messages_n, rows[i].high ? rows[i].high - rows[i].low + 1 : 0);
        for (uint32_t j = 0; j < r->out.messages_n; j++) {
            assert_int_equal(r->out.messages[j].seq, rows[i].low + j);
            assert_int_equal(r->out.messages[j].room, room);
        }
        assert_int_equal(r->out.min_seq, 1);
        assert_int_equal(r->out.max_seq, 20);
    }
}

static void test_history__shows_the_latest_state_of_each(void **state)
{
    struct store_request *r;

    (void)state;
    fx_send_n(ann, room, 4);
    edit(1, 1, "changed");
    fx_ask(about(STORE_DELETE, ann, 2));
    react(bob, 3, "A");
    react(ann, 3, "A");
    react(bob, 4, "B");
    r = page(LATEST, 0, 50);
    assert_true(is(r->out.messages[0].text, "changed"));
    assert_int_equal(r->out.messages[0].rev, 2);
    assert_true(r->out.messages[1].deleted);
    assert_int_equal(r->out.messages[2].reactions_n, 1);
    assert_int_equal(r->out.messages[2].reactions[0].users_n, 2);
    assert_int_equal(r->out.messages[3].reactions_n, 1);
    assert_true(is(r->out.messages[3].reactions[0].emoji, "B"));
}

static void test_history__of_a_room_without_messages_is_empty(void **state)
{
    (void)state;
    for (enum page how = LATEST; how <= AROUND; how++) {
        assert_int_equal(page(how, 1, 50)->out.messages_n, 0);
        assert_int_equal(page(how, 1, 50)->out.max_seq, 0);
    }
}

static void test_history__is_for_readers(void **state)
{
    struct store_request *r = about(STORE_HISTORY, eve, 0);
    int64_t open = fx_room(ann, CHAT_PUBLIC, "open");

    (void)state;
    fx_send(ann, room, "private");
    fx_send(ann, open, "public");
    fx_refused(r, CHAT_NOT_FOUND, "room");
    assert_int_equal(r->out.messages_n, 0);
    r = about(STORE_HISTORY, eve, 0);
    r->in.room = open;
    assert_int_equal(fx_ask(r)->out.messages_n, 1);
    fx_ask(fx_about(STORE_ROOM_BAN, ann, open, eve));
    r = about(STORE_HISTORY, eve, 0);
    r->in.room = open;
    fx_refused(r, CHAT_BANNED, "room");
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    fx_refused(about(STORE_HISTORY, bob, 0), CHAT_NOT_FOUND, "room");
}

static void test_history__a_full_page_of_the_longest_messages(void **state)
{
    enum { BYTES = CHAT_TEXT_CHARS_MAX * 4 };
    char *text = mem_alloc(BYTES + 1);
    struct store_request *r;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < BYTES; i += 4) {
        memcpy(text + i, "\xf0\x9f\x8e\x89", 4);
    }
    text[BYTES] = '\0';
    for (int i = 0; i < CHAT_LIMIT_MAX; i++) {
        fx_send(ann, room, text);
    }
    r = page(LATEST, 0, CHAT_LIMIT_MAX);
    assert_int_equal(r->out.messages_n, CHAT_LIMIT_MAX);
    assert_int_equal(r->out.messages[0].text.n, BYTES);
    mem_free(text);
}

/* --- sync --- */

static struct store_request *sync_from(int64_t ev)
{
    struct store_request *r = about(STORE_SYNC, bob, 0);

    r->in.after = ev;
    return fx_ask(r);
}

static void test_sync__gives_all_that_happened_since(void **state)
{
    int64_t cut = ev_of(room);
    struct store_request *r;

    (void)state;
    assert_int_equal(sync_from(cut)->out.events_n, 0);
    assert_false(sync_from(cut)->out.reset);
    fx_send(ann, room, "one");
    fx_send(bob, room, "two");
    fx_add(ann, room, eve);
    r = sync_from(cut);
    assert_false(r->out.reset);
    assert_int_equal(r->out.ev, cut + 3);
    assert_int_equal(r->out.events_n, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(r->out.events[i].ev, cut + 1 + i);
        assert_int_equal(r->out.events[i].room, room);
    }
    assert_int_equal(r->out.events[0].kind, CHAT_EVENT_MESSAGE);
    assert_int_equal(r->out.events[0].actor, ann);
    assert_int_equal(r->out.events[0].ts, fx_now_ms);
    assert_true(is(r->out.events[0].message->text, "one"));
    assert_true(is(r->out.events[1].message->text, "two"));
    assert_int_equal(r->out.events[2].kind, CHAT_EVENT_MEMBER);
    assert_int_equal(r->out.events[2].change, CHAT_JOIN);
    assert_int_equal(r->out.events[2].user->id, eve);
    assert_true(is(r->out.events[2].user->name, "eve"));
    assert_null(r->out.events[2].message);
    assert_int_equal(sync_from(cut + 2)->out.events_n, 1);
}

static void test_sync__tells_of_a_message_once_as_it_is_now(void **state)
{
    int64_t cut;
    struct store_request *r;

    (void)state;
    fx_send(ann, room, "old one");
    cut = ev_of(room);
    fx_send(ann, room, "draft");
    edit(2, 1, "better");
    react(bob, 1, "A");
    edit(2, 2, "best");
    fx_send(ann, room, "a secret");
    react(bob, 2, "B");
    fx_ask(about(STORE_DELETE, ann, 3));
    r = sync_from(cut);
    assert_int_equal(r->out.ev, cut + 7);
    assert_int_equal(r->out.events_n, 3);
    assert_int_equal(r->out.events[0].ev, cut + 3);
    assert_int_equal(r->out.events[0].kind, CHAT_EVENT_REACT);
    assert_int_equal(r->out.events[0].message->seq, 1);
    assert_int_equal(r->out.events[0].message->reactions_n, 1);
    assert_int_equal(r->out.events[1].ev, cut + 6);
    assert_int_equal(r->out.events[1].message->seq, 2);
    assert_true(is(r->out.events[1].message->text, "best"));
    assert_int_equal(r->out.events[1].message->rev, 3);
    assert_true(is(r->out.events[1].message->reactions[0].emoji, "B"));
    assert_int_equal(r->out.events[2].ev, cut + 7);
    assert_int_equal(r->out.events[2].kind, CHAT_EVENT_DELETE);
    assert_true(r->out.events[2].message->deleted);
    assert_int_equal(r->out.events[2].message->text.n, 0);
}

static void test_sync__tells_of_members_and_of_the_room(void **state)
{
    int64_t cut = ev_of(room);
    struct store_request *r, *topic;

    (void)state;
    for (int i = 0; i < 2; i++) {
        topic = about(STORE_ROOM_UPDATE, ann, 0);
        topic->in.topic = fx_text(i == 0 ? "first" : "second");
        fx_has(topic, CHAT_FIELD_TOPIC);
        fx_ask(topic);
    }
    fx_add(ann, room, eve);
    fx_role(ann, room, eve, CHAT_MOD);
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, eve));
    r = sync_from(cut);
    assert_int_equal(r->out.events_n, 4);
    assert_int_equal(r->out.events[0].kind, CHAT_EVENT_ROOM);
    assert_int_equal(r->out.events[0].ev, cut + 2);
    assert_true(is(r->out.events[0].state->topic, "second"));
    assert_false(r->out.events[0].state->has_mine);
    assert_int_equal(r->out.events[1].change, CHAT_JOIN);
    assert_int_equal(r->out.events[2].change, CHAT_ROLE);
    assert_int_equal(r->out.events[2].role, CHAT_MOD);
    assert_int_equal(r->out.events[3].change, CHAT_KICK);
    for (uint32_t i = 1; i < 4; i++) {
        assert_int_equal(r->out.events[i].user->id, eve);
    }
}

static void test_sync__is_never_partial(void **state)
{
    int64_t cut = ev_of(room);
    struct store_request *r;

    (void)state;
    fx_send_n(ann, room, CHAT_DELTA_EVENTS_MAX);
    r = sync_from(cut);
    assert_false(r->out.reset);
    assert_int_equal(r->out.events_n, CHAT_DELTA_EVENTS_MAX);
    assert_int_equal(r->out.messages_n, 0);
    fx_send(ann, room, "one too many");
    r = sync_from(cut);
    assert_true(r->out.reset);
    assert_int_equal(r->out.events_n, 0);
    assert_int_equal(r->out.ev, cut + CHAT_DELTA_EVENTS_MAX + 1);
    assert_int_equal(r->out.messages_n, CHAT_RESET_MESSAGES);
    for (uint32_t i = 0; i < r->out.messages_n; i++) {
        assert_int_equal(r->out.messages[i].seq,
                         CHAT_DELTA_EVENTS_MAX + 1 - CHAT_RESET_MESSAGES + 1 + i);
    }
    assert_int_equal(r->out.max_seq, CHAT_DELTA_EVENTS_MAX + 1);
}

static void test_sync__starts_afresh_where_the_cursor_says_nothing(void **state)
{
    char sql[100];
    int64_t ev;
    struct store_request *r;

    (void)state;
    fx_send_n(ann, room, 3);
    ev = ev_of(room);
    /* Of a history that has been undone. */
    r = sync_from(ev + 1);
    assert_true(r->out.reset);
    assert_int_equal(r->out.messages_n, 3);
    /* Of changes that are forgotten. */
    assert_true(snprintf(sql, sizeof sql, "DELETE FROM room_event WHERE room = %lld AND ev <= 2",
                         (long long)room) > 0);
    fx_sql(sql);
    assert_true(snprintf(sql, sizeof sql, "UPDATE room SET min_ev = 2 WHERE id = %lld",
                         (long long)room) > 0);
    fx_sql(sql);
    assert_true(sync_from(1)->out.reset);
    assert_false(sync_from(2)->out.reset);
    assert_int_equal(sync_from(2)->out.events_n, ev - 2);
    /* One that is missing without having been forgotten: what is left would be no delta. */
    assert_true(snprintf(sql, sizeof sql, "DELETE FROM room_event WHERE room = %lld AND ev = %lld",
                         (long long)room, (long long)ev - 1) > 0);
    fx_sql(sql);
    r = sync_from(2);
    assert_true(r->out.reset);
    assert_int_equal(r->out.events_n, 0);
    assert_int_equal(r->out.messages_n, 3);
    assert_false(sync_from(ev - 1)->out.reset);
}

static void test_sync__a_reset_of_a_room_without_messages_has_none(void **state)
{
    struct store_request *r = sync_from(99);

    (void)state;
    assert_true(r->out.reset);
    assert_int_equal(r->out.messages_n, 0);
    assert_int_equal(r->out.ev, ev_of(room));
}

static void test_sync__is_for_readers(void **state)
{
    struct store_request *r = about(STORE_SYNC, eve, 0);

    (void)state;
    fx_send(ann, room, "private");
    fx_refused(r, CHAT_NOT_FOUND, "room");
    assert_int_equal(r->out.events_n, 0);
}

/* What is too large for an answer is a reset, and of that, too, all or nothing is given. */
static void test_sync__too_many_bytes_are_a_reset(void **state)
{
    enum { BYTES = CHAT_TEXT_CHARS_MAX * 4 };
    char *text = mem_alloc(BYTES + 1);
    int64_t cut = ev_of(room);
    struct store_request *r;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < BYTES; i += 4) {
        memcpy(text + i, "\xf0\x9f\x8e\x89", 4);
    }
    text[BYTES] = '\0';
    for (int i = 0; i < 30; i++) {
        fx_send(ann, room, text);
    }
    assert_false(sync_from(cut)->out.reset);
    for (int i = 0; i < 30; i++) {
        fx_send(ann, room, text);
    }
    r = sync_from(cut);
    assert_true(r->out.reset);
    assert_int_equal(r->out.events_n, 0);
    assert_true(r->out.messages_n == 0 || r->out.messages_n == CHAT_RESET_MESSAGES);
    mem_free(text);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_history__gives_pages_without_gaps),
        TEST(test_history__shows_the_latest_state_of_each),
        TEST(test_history__of_a_room_without_messages_is_empty),
        TEST(test_history__is_for_readers),
        TEST(test_history__a_full_page_of_the_longest_messages),
        TEST(test_sync__gives_all_that_happened_since),
        TEST(test_sync__tells_of_a_message_once_as_it_is_now),
        TEST(test_sync__tells_of_members_and_of_the_room),
        TEST(test_sync__is_never_partial),
        TEST(test_sync__starts_afresh_where_the_cursor_says_nothing),
        TEST(test_sync__a_reset_of_a_room_without_messages_has_none),
        TEST(test_sync__is_for_readers),
        TEST(test_sync__too_many_bytes_are_a_reset),
    };

    return FX_MAIN(tests);
}
