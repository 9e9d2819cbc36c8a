/* tincan-test: tsan=long */
/* Sending, editing, deleting and reacting, on both databases. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#define ARRAY_N(a) (sizeof(a) / sizeof(a)[0])

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

static bool is(struct slice s, const char *text)
{
    return slice_eq(s, slice_str(text));
}

static struct store_request *about(enum store_op op, int64_t actor, int64_t seq)
{
    struct store_request *r = fx_new(op, actor);

    r->in.room = room;
    r->in.seq = seq;
    return r;
}

/* The message as history gives it. */
static const struct chat_message *read_as(int64_t actor, int64_t seq)
{
    struct store_request *r = fx_new(STORE_HISTORY, actor);

    r->in.room = room;
    r->in.around = seq;
    r->in.limit = 1;
    fx_has(r, CHAT_FIELD_AROUND);
    fx_ask(r);
    assert_int_equal(r->out.messages_n, 1);
    assert_int_equal(r->out.messages[0].seq, seq);
    return &r->out.messages[0];
}

static struct store_request *edit(int64_t actor, int64_t seq, int64_t rev, const char *text)
{
    struct store_request *r = about(STORE_EDIT, actor, seq);

    r->in.rev = rev;
    r->in.text = fx_text(text);
    return r;
}

static struct store_request *react(int64_t actor, int64_t seq, const char *emoji, bool on)
{
    struct store_request *r = about(STORE_REACT, actor, seq);

    r->in.emoji = fx_text(emoji);
    r->in.on = on;
    return r;
}

/* The marker as it is: a mark at 0 moves nothing. */
static struct store_request *marks(int64_t actor)
{
    struct store_request *r = about(STORE_READ_MARK, actor, 0);

    r->in.on = false;
    return fx_ask(r);
}

static int64_t events_n(void)
{
    char sql[100];

    assert_true(snprintf(sql, sizeof sql, "SELECT ev FROM room WHERE id = %lld", (long long)room) >
                0);
    return fx_sql(sql);
}

/* --- sending --- */

static void test_send__gives_the_next_numbers_and_is_there(void **state)
{
    int64_t ev = events_n();
    struct store_request *first = fx_send(ann, room, "one"), *second;
    const struct chat_message *m = first->out.event.message;

    (void)state;
    assert_int_equal(first->out.seq, 1);
    assert_int_equal(first->out.ev, ev + 1);
    assert_int_equal(first->out.ts, fx_now_ms);
    assert_false(first->out.dup);
    assert_true(first->out.has_event);
    assert_int_equal(first->out.event.kind, CHAT_EVENT_MESSAGE);
    assert_int_equal(first->out.event.ev, ev + 1);
    assert_int_equal(first->out.event.actor, ann);
    assert_int_equal(m->room, room);
    assert_int_equal(m->rev, 1);
    assert_true(is(m->text, "one"));
    assert_true(is(m->from.name, "ann"));
    assert_int_equal(m->cid.n, CHAT_CID_HEX);
    fx_now_ms += 5;
    second = fx_message(bob, room, "two");
    second->in.reply_to = 1;
    fx_ask(second);
    assert_int_equal(second->out.seq, 2);
    assert_int_equal(second->out.ev, ev + 2);
    m = read_as(ann, 2);
    assert_true(is(m->text, "two"));
    assert_int_equal(m->reply_to, 1);
    assert_int_equal(m->ts, fx_now_ms);
    assert_true(is(m->from.display, "bob"));
    assert_true(slice_eq(read_as(bob, 1)->cid, first->out.event.message->cid));
    fx_reopen();
    assert_int_equal(fx_send(bob, room, "three")->out.seq, 3);
}

static void test_send__is_for_members_who_may(void **state)
{
    struct store_request *mute;

    (void)state;
    fx_refused(fx_message(eve, room, "hi"), CHAT_NOT_FOUND, "room");
    fx_refused(fx_message(ann, room + 1000, "hi"), CHAT_NOT_FOUND, "room");
    fx_refused(fx_message(eve + 1000, room, "hi"), CHAT_UNAUTHENTICATED, "");
    fx_refused(fx_message(0, room, "hi"), CHAT_UNAUTHENTICATED, "");
    mute = fx_about(STORE_ROOM_MUTE, ann, room, bob);
    mute->in.seconds = 60;
    fx_has(mute, CHAT_FIELD_SECONDS);
    fx_ask(mute);
    fx_refused(fx_message(bob, room, "hi"), CHAT_MUTED, "room");
    fx_now_ms += 61 * 1000;
    assert_int_equal(fx_send(bob, room, "hi")->out.seq, 1);
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    fx_refused(fx_message(bob, room, "hi"), CHAT_NOT_FOUND, "room");
}

static struct store_request *again(const struct store_request *first)
{
    struct store_request *r = fx_new(STORE_SEND, first->actor);

    r->in = first->in;
    return r;
}

static void check_dup(const struct store_request *first, struct store_request *r)
{
    fx_ask(r);
    assert_true(r->out.dup);
    assert_false(r->out.has_event);
    assert_int_equal(r->out.room, first->out.room);
    assert_int_equal(r->out.seq, first->out.seq);
    assert_int_equal(r->out.ev, first->out.ev);
    assert_int_equal(r->out.ts, first->out.ts);
}

static void test_send__the_same_cid_is_the_same_message_for_ever(void **state)
{
    struct store_request *first = fx_send(ann, room, "once"), *r;
    int64_t ev;

    (void)state;
    fx_send(bob, room, "between");
    ev = events_n();
    fx_now_ms += 1000LL * 86400 * 1000;
    check_dup(first, again(first));
    fx_reopen();
    check_dup(first, again(first));
    fx_ask(edit(ann, 1, 1, "changed"));
    check_dup(first, again(first));
    fx_ask(about(STORE_DELETE, ann, 1));
    check_dup(first, again(first));
    assert_int_equal(events_n(), ev + 2);
    /* The cids of others are others. */
    r = again(first);
    r->actor = bob;
    assert_int_equal(fx_ask(r)->out.seq, 3);
    assert_false(r->out.dup);
    /* Whoever may not send any more is still told that it was sent. */
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    check_dup(r, again(r));
}

static void test_send__a_cid_used_for_something_else_is_refused(void **state)
{
    struct store_request *first = fx_send(ann, room, "once"), *r;
    int64_t ev = events_n();

    (void)state;
    r = again(first);
    r->in.text = fx_text("twice");
    fx_refused(r, CHAT_CID_REUSED, "cid");
    r = again(first);
    r->in.room = fx_lobby;
    fx_refused(r, CHAT_CID_REUSED, "cid");
    r = again(first);
    r->in.reply_to = 1;
    fx_refused(r, CHAT_CID_REUSED, "cid");
    assert_int_equal(events_n(), ev);
}

static void test_send__replies_are_to_what_is_there(void **state)
{
    struct store_request *r = fx_message(ann, room, "to nothing");

    (void)state;
    r->in.reply_to = 1;
    fx_refused(r, CHAT_INVALID, "reply_to");
    fx_send(ann, room, "one");
    r = fx_message(bob, room, "to one");
    r->in.reply_to = 1;
    assert_int_equal(fx_ask(r)->out.seq, 2);
}

static void test_send__carries_every_character(void **state)
{
    static const char *const texts[] = {
        "{\"a\", \\'b\\'}, {}, NULL, $1, %s",
        "line\none\ttab",
        "\xf0\x9f\x8e\x89 \xe6\x97\xa5\xe6\x9c\xac \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
        "\\x0102",
        "'; DROP TABLE message; --",
        "\"",
        "{",
        "NULL",
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_N(texts); i++) {
        fx_send(ann, room, texts[i]);
        assert_true(is(read_as(bob, (int64_t)i + 1)->text, texts[i]));
    }
}

static void test_send__marks_as_read_what_the_sender_wrote_below(void **state)
{
    (void)state;
    fx_send(ann, room, "one");
    fx_send(ann, room, "two");
    assert_int_equal(marks(bob)->out.unread, 2);
    assert_int_equal(marks(ann)->out.unread, 0);
    assert_int_equal(marks(ann)->out.read_seq, 2);
    fx_send(bob, room, "three");
    assert_int_equal(marks(bob)->out.read_seq, 3);
    assert_int_equal(marks(bob)->out.unread, 0);
    assert_int_equal(marks(ann)->out.unread, 1);
}

/* --- mentions --- */

static void test_send__mentions_members_and_nobody_else(void **state)
{
    (void)state;
    fx_send(ann, room, "hello @bob and @BOB, @eve, @nobody, @ann");
    assert_int_equal(marks(bob)->out.mentions, 1);
    assert_int_equal(marks(ann)->out.mentions, 0);
    assert_int_equal(fx_sql("SELECT count(*) FROM mention"), 1);
    fx_send(ann, room, "mail bob@example.org and `@bob` in code");
    assert_int_equal(marks(bob)->out.mentions, 1);
    /* Everybody, and the member by name, is one message to look at. */
    fx_send(ann, room, "@room and @bob");
    assert_int_equal(marks(bob)->out.mentions, 2);
    assert_int_equal(marks(ann)->out.mentions, 0);
    fx_send(bob, room, "@here I am");
    assert_int_equal(marks(ann)->out.mentions, 1);
    assert_int_equal(marks(bob)->out.mentions, 0);
}

static void test_send__as_many_mentions_as_the_cap(void **state)
{
    char text[64 * (CHAT_MENTIONS_MAX + 1)] = "", name[32];
    size_t n = 0;

    (void)state;
    for (int i = 0; i <= CHAT_MENTIONS_MAX; i++) {
        static const char letters[] = "abdefghkmn"; /* that no others look like */
        assert_true(snprintf(name, sizeof name, "u%c%c", letters[i / 10], letters[i % 10]) > 0);
        fx_add(ann, room, fx_user(name, CHAT_MEMBER));
        n += (size_t)snprintf(text + n, sizeof text - n, "@%s ", name);
        if (i + 1 == CHAT_MENTIONS_MAX) {
            fx_send(ann, room, text);
            assert_int_equal(fx_sql("SELECT count(*) FROM mention"), CHAT_MENTIONS_MAX);
        }
    }
    fx_send(ann, room, text);
    assert_int_equal(fx_sql("SELECT count(*) FROM mention"), 2 * CHAT_MENTIONS_MAX);
}

/* --- editing --- */

static void test_edit__changes_the_text_and_counts_revisions(void **state)
{
    struct store_request *r;
    int64_t ev, sent_ms = fx_now_ms;

    (void)state;
    fx_send(ann, room, "frist");
    ev = events_n();
    fx_now_ms += 1000;
    r = fx_ask(edit(ann, 1, 1, "first"));
    assert_int_equal(r->out.rev, 2);
    assert_int_equal(r->out.ev, ev + 1);
    assert_int_equal(r->out.event.kind, CHAT_EVENT_EDIT);
    assert_true(is(r->out.event.message->text, "first"));
    assert_int_equal(r->out.event.message->rev, 2);
    assert_int_equal(r->out.event.message->edited_ts, fx_now_ms);
    assert_int_equal(r->out.event.message->ts, sent_ms);
    assert_int_equal(fx_ask(edit(ann, 1, 2, "1st"))->out.rev, 3);
    assert_true(is(read_as(bob, 1)->text, "1st"));
    assert_int_equal(events_n(), ev + 2);
}

static void test_edit__of_a_stale_revision_conflicts_and_shows_the_current_one(void **state)
{
    struct store_request *r;
    int64_t ev;

    (void)state;
    fx_send(ann, room, "one");
    fx_ask(edit(ann, 1, 1, "two"));
    ev = events_n();
    r = edit(ann, 1, 1, "three");
    fx_refused(r, CHAT_CONFLICT, "rev");
    assert_int_equal(r->out.messages_n, 1);
    assert_true(is(r->out.messages[0].text, "two"));
    assert_int_equal(r->out.messages[0].rev, 2);
    fx_refused(edit(ann, 1, 3, "three"), CHAT_CONFLICT, "rev");
    assert_int_equal(events_n(), ev);
    assert_true(is(read_as(ann, 1)->text, "two"));
}

static void test_edit__is_for_the_author_only(void **state)
{
    (void)state;
    fx_send(bob, room, "bob's");
    fx_refused(edit(ann, 1, 1, "ann's"), CHAT_FORBIDDEN, "seq");
    fx_refused(edit(eve, 1, 1, "eve's"), CHAT_NOT_FOUND, "room");
    fx_refused(edit(bob, 2, 1, "no"), CHAT_NOT_FOUND, "seq");
    fx_ask(about(STORE_DELETE, bob, 1));
    fx_refused(edit(bob, 1, 2, "back"), CHAT_NOT_FOUND, "seq");
    assert_true(is(read_as(ann, 1)->text, ""));
}

static void test_edit__mentions_anew(void **state)
{
    (void)state;
    fx_send(ann, room, "nobody");
    fx_ask(edit(ann, 1, 1, "@bob"));
    assert_int_equal(marks(bob)->out.mentions, 1);
    fx_ask(edit(ann, 1, 2, "@room"));
    assert_int_equal(marks(bob)->out.mentions, 1);
    fx_ask(edit(ann, 1, 3, "nobody again"));
    assert_int_equal(marks(bob)->out.mentions, 0);
    assert_int_equal(marks(bob)->out.unread, 1);
}

/* --- deleting --- */

static void test_delete__leaves_a_tombstone(void **state)
{
    struct store_request *r;
    const struct chat_message *m;
    int64_t ev;

    (void)state;
    fx_send(ann, room, "@bob @room a secret");
    fx_ask(react(bob, 1, "\xf0\x9f\x91\x8d", true));
    fx_send(ann, room, "another");
    ev = events_n();
    r = fx_ask(about(STORE_DELETE, ann, 1));
    assert_int_equal(r->out.ev, ev + 1);
    assert_int_equal(r->out.event.kind, CHAT_EVENT_DELETE);
    m = r->out.event.message;
    assert_true(m->deleted);
    assert_int_equal(m->text.n, 0);
    assert_int_equal(m->reactions_n, 0);
    m = read_as(bob, 1);
    assert_true(m->deleted);
    assert_int_equal(m->text.n, 0);
    assert_int_equal(m->from.id, ann);
    assert_int_equal(fx_sql("SELECT count(*) FROM mention"), 0);
    assert_int_equal(fx_sql("SELECT count(*) FROM reaction"), 0);
    assert_int_equal(fx_sql("SELECT count(*) FROM message WHERE text LIKE '%secret%'"), 0);
    assert_int_equal(marks(bob)->out.unread, 1);
    /* Once more changes nothing. */
    r = fx_ask(about(STORE_DELETE, ann, 1));
    assert_false(r->out.has_event);
    assert_int_equal(events_n(), ev + 1);
    fx_refused(react(bob, 1, "\xf0\x9f\x91\x8d", true), CHAT_NOT_FOUND, "seq");
    /* Its number is not given again. */
    fx_ask(about(STORE_DELETE, ann, 2));
    assert_int_equal(fx_send(ann, room, "next")->out.seq, 3);
}

static void test_delete__is_for_the_author_and_moderators(void **state)
{
    int64_t mod = fx_user("mod", CHAT_MEMBER);

    (void)state;
    fx_add(ann, room, mod);
    fx_role(ann, room, mod, CHAT_MOD);
    fx_send(ann, room, "the owner's");
    fx_send(bob, room, "bob's");
    fx_send(mod, room, "the moderator's");
    fx_refused(about(STORE_DELETE, eve, 2), CHAT_NOT_FOUND, "room");
    fx_refused(about(STORE_DELETE, bob, 1), CHAT_FORBIDDEN, "seq");
    fx_refused(about(STORE_DELETE, bob, 3), CHAT_FORBIDDEN, "seq");
    fx_refused(about(STORE_DELETE, mod, 1), CHAT_FORBIDDEN, "seq");
    fx_refused(about(STORE_DELETE, mod, 4), CHAT_NOT_FOUND, "seq");
    assert_int_equal(fx_ask(about(STORE_DELETE, mod, 2))->out.event.actor, mod);
    fx_ask(about(STORE_DELETE, ann, 3));
    fx_ask(about(STORE_DELETE, ann, 1));
}

/* --- reactions --- */

static void test_react__toggles_once_for_each_user(void **state)
{
    struct store_request *r;
    const struct chat_message *m;
    int64_t ev;

    (void)state;
    fx_send(ann, room, "one");
    ev = events_n();
    fx_ask(react(bob, 1, "B", true));
    fx_now_ms++;
    fx_ask(react(ann, 1, "A", true));
    fx_now_ms++;
    r = fx_ask(react(ann, 1, "B", true));
    assert_int_equal(r->out.event.kind, CHAT_EVENT_REACT);
    /* In the order in which they came. */
    m = r->out.event.message;
    assert_int_equal(m->reactions_n, 2);
    assert_true(is(m->reactions[0].emoji, "B"));
    assert_int_equal(m->reactions[0].users_n, 2);
    assert_int_equal(m->reactions[0].users[0], bob);
    assert_int_equal(m->reactions[0].users[1], ann);
    assert_int_equal(m->reactions[1].users_n, 1);
    assert_int_equal(events_n(), ev + 3);
    /* On twice and off twice: the second time nothing happens. */
    assert_false(fx_ask(react(bob, 1, "B", true))->out.has_event);
    assert_true(fx_ask(react(bob, 1, "B", false))->out.has_event);
    assert_false(fx_ask(react(bob, 1, "B", false))->out.has_event);
    assert_int_equal(events_n(), ev + 4);
    m = read_as(bob, 1);
    assert_int_equal(m->reactions_n, 2);
    assert_int_equal(m->reactions[1].users_n, 1);
    assert_int_equal(m->reactions[1].users[0], ann);
    fx_refused(react(eve, 1, "B", true), CHAT_NOT_FOUND, "room");
    fx_refused(react(bob, 2, "B", true), CHAT_NOT_FOUND, "seq");
}

static void test_react__twenty_kinds_and_no_more(void **state)
{
    char emoji[4];

    (void)state;
    fx_send(ann, room, "one");
    for (int i = 0; i < CHAT_EMOJI_KINDS_MAX; i++) {
        assert_true(snprintf(emoji, sizeof emoji, "%c", 'a' + i) > 0);
        fx_ask(react(i % 2 ? ann : bob, 1, emoji, true));
    }
    fx_refused(react(bob, 1, "z", true), CHAT_TOO_MANY, "emoji");
    assert_int_equal(read_as(ann, 1)->reactions_n, CHAT_EMOJI_KINDS_MAX);
    /* One more of a kind that is there is no more kinds. */
    fx_ask(react(ann, 1, "a", true));
    fx_ask(react(ann, 1, "b", false));
    fx_ask(react(bob, 1, "z", true));
    fx_refused(react(bob, 1, "y", true), CHAT_TOO_MANY, "emoji");
    fx_ask(react(bob, 1, "y", false));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_send__gives_the_next_numbers_and_is_there),
        TEST(test_send__is_for_members_who_may),
        TEST(test_send__the_same_cid_is_the_same_message_for_ever),
        TEST(test_send__a_cid_used_for_something_else_is_refused),
        TEST(test_send__replies_are_to_what_is_there),
        TEST(test_send__carries_every_character),
        TEST(test_send__marks_as_read_what_the_sender_wrote_below),
        TEST(test_send__mentions_members_and_nobody_else),
        TEST(test_send__as_many_mentions_as_the_cap),
        TEST(test_edit__changes_the_text_and_counts_revisions),
        TEST(test_edit__of_a_stale_revision_conflicts_and_shows_the_current_one),
        TEST(test_edit__is_for_the_author_only),
        TEST(test_edit__mentions_anew),
        TEST(test_delete__leaves_a_tombstone),
        TEST(test_delete__is_for_the_author_and_moderators),
        TEST(test_react__toggles_once_for_each_user),
        TEST(test_react__twenty_kinds_and_no_more),
    };

    return FX_MAIN(tests);
}
