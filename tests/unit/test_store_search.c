/* tincan-test: tsan=long */
/* Searching messages, in the index and before they are in it, on both databases. */
#include "store_fixture.h"

#include "op_search.h"
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

static struct store_request *query(int64_t actor, const char *q)
{
    struct store_request *r = fx_new(STORE_SEARCH, actor);

    r->in.q = fx_text(q);
    return r;
}

static struct store_request *search(int64_t actor, const char *q)
{
    return fx_ask(query(actor, q));
}

/* Put everything into the index, as idle moments do. */
static void index_all(void)
{
    struct db *db = NULL;
    struct db_failure failure = {0};

    if (db_open(fx_url(), false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    while (store_idle_step(db)) {
    }
    assert_int_equal(db_failure(db)->err, ERR_OK);
    db_close(db);
}

static void edit(int64_t actor, int64_t seq, int64_t rev, const char *text)
{
    struct store_request *r = fx_new(STORE_EDIT, actor);

    r->in.room = room;
    r->in.seq = seq;
    r->in.rev = rev;
    r->in.text = fx_text(text);
    fx_ask(r);
}

static void erase(int64_t actor, int64_t seq)
{
    struct store_request *r = fx_new(STORE_DELETE, actor);

    r->in.room = room;
    r->in.seq = seq;
    fx_ask(r);
}

/* What is searched for, where, and how often it is found there; each text is a message. */
static const struct {
    const char *text, *q;
    unsigned ranges_n;
    uint32_t from, to; /* of the first */
} rows[] = {
    {"The quick brown fox", "quick", 1, 4, 9},
    {"The quick brown fox", "ick bro", 1, 6, 13},
    {"The quick brown fox", "QUICK", 1, 4, 9},
    {"banana bandana", "ana", 2, 1, 4},
    {"ananana", "ana", 2, 0, 3},
    {"https://example.org/a?b=c&d=%20", "a?b=c&d=%20", 1, 20, 31},
    {"https://example.org/a?b=c&d=%20", "://", 1, 5, 8},
    {"100% of a_b \\ c", "100%", 1, 0, 4},
    {"100% of a_b \\ c", "a_b", 1, 8, 11},
    {"100% of a_b \\ c", "b \\ c", 1, 10, 15},
    {"say \"yes\" or 'no'", "\"yes\"", 1, 4, 9},
    {"say \"yes\" or 'no'", " 'no", 1, 12, 16},
    {"NEAR AND OR NOT (x) -y *z ^w", "not (X) -y *z ^", 1, 12, 27},
    {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x82\x92\xe8\xa9\xb1\xe3\x81\x99",
     "\xe6\x9c\xac\xe8\xaa\x9e\xe3\x82\x92", 1, 1, 4},
    {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd7\xa2\xd7\x95\xd7\x9c\xd7\x9d",
     "\xd7\x95\xd7\x9d \xd7\xa2", 1, 2, 6},
    {"\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7", "\xd8\xb1\xd8\xad\xd8\xa8", 1, 1, 4},
    {"party \xf0\x9f\x8e\x89\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89!",
     "\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89", 1, 6, 9},
    {"\xc3\x84rger mit \xc3\x9c"
     "ben",
     "\xc3\xa4rger MIT \xc3\xbc", 1, 0, 11},
    {"\xce\x9f\xce\xb4\xcf\x85\xcf\x83\xcf\x83\xce\xad\xce\xb1\xcf\x82",
     "\xcf\x85\xce\xa3\xce\xa3\xce\xad\xce\xb1\xce\xa3", 1, 2, 8},
    {"line one\nline two\ttab", "one\nline two\tt", 1, 5, 19},
    {"short ab", "ab", 1, 6, 8},
    {"short q\xcc\x88", "q", 1, 6, 7},
    {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x9c\xac", 1, 1, 2},
};

static void check_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store_request *r = search(bob, rows[i].q);
        unsigned found = 0;
        for (uint32_t j = 0; j < r->out.messages_n; j++) {
            const struct chat_message *m = &r->out.messages[j];
            if (is(m->text, rows[i].text)) {
                found++;
                assert_int_equal(m->ranges_n, rows[i].ranges_n);
                assert_int_equal(m->ranges[0][0], rows[i].from);
                assert_int_equal(m->ranges[0][1], rows[i].to);
                assert_int_equal(m->room, room);
                assert_true(is(m->from.name, "ann"));
            }
        }
        if (found == 0) {
            fail_msg("row %zu: %s is not found", i, rows[i].q);
        }
    }
}

static void test_search__finds_any_part_of_a_text_in_any_script(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fx_send(ann, room, rows[i].text);
    }
    check_rows();
    index_all();
    check_rows();
    fx_reopen();
    check_rows();
}

static void test_search__finds_nothing_else(void **state)
{
    static const char *const texts[] = {"abc bcd cde", "xyzxyz",
                                        "a longer text with many words in it"};
    static const char *const absent[] = {
        "abcd",          "abcde",        "zyx",
        "words in many", "longer  text", "%",
        "_b_",           "a*b",          "\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89"};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        fx_send(ann, room, texts[i]);
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
            assert_int_equal(search(bob, absent[i])->out.messages_n, 0);
        }
        index_all();
    }
}

static void test_search__gives_the_newest_first_and_as_many_as_asked_for(void **state)
{
    int64_t second = fx_room(ann, CHAT_PUBLIC, "open");
    struct store_request *r;

    (void)state;
    for (int i = 0; i < 10; i++) {
        fx_now_ms += 10;
        fx_send(ann, i % 2 ? room : second, "needle");
        if (i == 5) {
            index_all();
        }
    }
    r = query(bob, "needle");
    r->in.limit = 4;
    fx_ask(r);
    assert_int_equal(r->out.messages_n, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(r->out.messages[i].ts, fx_now_ms - 10 * i);
    }
    /* The next page. */
    r = query(bob, "needle");
    r->in.before = fx_now_ms - 30;
    fx_has(r, CHAT_FIELD_BEFORE);
    fx_ask(r);
    assert_int_equal(r->out.messages_n, 6);
    assert_int_equal(r->out.messages[0].ts, fx_now_ms - 40);
    assert_int_equal(r->out.messages[5].ts, fx_now_ms - 90);
}

/* All hits, page by page, each once; whereabouts 0: anywhere. */
static void walk(const char *q, int64_t whereabouts, unsigned sent_n)
{
    struct chat_message last = {0};
    bool seen[2][32] = {{false}};
    unsigned n = 0;

    for (;;) {
        struct store_request *r = query(bob, q);
        r->in.limit = 4;
        if (whereabouts) {
            r->in.room = whereabouts;
            fx_has(r, CHAT_FIELD_ROOM);
        }
        if (last.seq) {
            r->in.last_room = last.room;
            r->in.last_seq = last.seq;
            fx_has(r, CHAT_FIELD_LAST_ROOM);
            fx_has(r, CHAT_FIELD_LAST_SEQ);
        }
        fx_ask(r);
        for (uint32_t i = 0; i < r->out.messages_n; i++) {
            last = r->out.messages[i];
            assert_in_range(last.seq, 1, 31);
            assert_false(seen[last.room == room][last.seq]);
            seen[last.room == room][last.seq] = true;
            n++;
        }
        if (r->out.messages_n < 4) {
            break;
        }
    }
    assert_int_equal(n, sent_n);
}

/* Many in the same millisecond; and the clock may be put back. */
static void test_search__goes_on_behind_the_last_hit_whatever_the_time(void **state)
{
    int64_t second = fx_room(ann, CHAT_PUBLIC, "open");

    (void)state;
    for (int i = 0; i < 22; i++) {
        fx_send(ann, i % 3 ? room : second, "needle");
        fx_now_ms -= i == 15 ? 100 : 0;
        if (i == 12) {
            index_all();
        }
    }
    edit(ann, 2, 1, "the needle again"); /* it waits for the index once more */
    for (int round = 0; round < 2; round++) {
        walk("needle", 0, 22);
        walk("ne", 0, 22);
        walk("needle", room, 14);
        walk("ne", room, 14);
        index_all();
    }
}

static void test_search__goes_on_behind_nothing_that_the_asker_may_not_read(void **state)
{
    struct store_request *r = query(eve, "needle");

    (void)state;
    fx_send(ann, room, "needle");
    r->in.last_room = room;
    r->in.last_seq = 1;
    fx_has(r, CHAT_FIELD_LAST_ROOM);
    fx_has(r, CHAT_FIELD_LAST_SEQ);
    fx_refused(r, CHAT_NOT_FOUND, "last_room");
}

static void test_search__filters_by_room_and_sender(void **state)
{
    int64_t open = fx_room(ann, CHAT_PUBLIC, "open");
    struct store_request *r;

    (void)state;
    fx_add(ann, open, bob);
    fx_send(ann, room, "needle one");
    fx_send(bob, room, "needle two");
    fx_send(ann, open, "needle three");
    for (int round = 0; round < 2; round++) {
        r = query(bob, "needle");
        r->in.room = open;
        fx_has(r, CHAT_FIELD_ROOM);
        fx_ask(r);
        assert_int_equal(r->out.messages_n, 1);
        assert_true(is(r->out.messages[0].text, "needle three"));
        r = query(bob, "needle");
        r->in.from = fx_text("bob");
        fx_has(r, CHAT_FIELD_FROM);
        fx_ask(r);
        assert_int_equal(r->out.messages_n, 1);
        assert_true(is(r->out.messages[0].text, "needle two"));
        r = query(bob, "needle");
        r->in.from = fx_text("@BOB");
        fx_has(r, CHAT_FIELD_FROM);
        assert_int_equal(fx_ask(r)->out.messages_n, 1);
        for (int i = 0; i < 2; i++) {
            r = query(bob, "needle");
            r->in.from = fx_text(i ? "nobody" : "no such name");
            fx_has(r, CHAT_FIELD_FROM);
            assert_int_equal(fx_ask(r)->out.messages_n, 0);
        }
        index_all();
    }
    r = query(eve, "needle");
    r->in.room = room;
    fx_has(r, CHAT_FIELD_ROOM);
    fx_refused(r, CHAT_NOT_FOUND, "room");
}

static void test_search__shows_what_the_asker_may_read_and_no_more(void **state)
{
    int64_t open = fx_room(ann, CHAT_PUBLIC, "open"), hidden = fx_room(ann, CHAT_PRIVATE, "hidden");
    struct store_request *dm = fx_new(STORE_DM_OPEN, ann);

    (void)state;
    dm->in.user = eve;
    fx_ask(dm);
    fx_send(ann, room, "needle in the den");
    fx_send(ann, open, "needle for all");
    fx_send(ann, hidden, "needle nobody knows of");
    fx_send(ann, dm->out.room, "needle for eve");
    for (int round = 0; round < 2; round++) {
        for (int length = 0; length < 2; length++) {
            const char *q = length ? "needle" : "ne";
            assert_int_equal(search(ann, q)->out.messages_n, 4);
            assert_int_equal(search(bob, q)->out.messages_n, 2);
            assert_int_equal(search(eve, q)->out.messages_n, 2);
        }
        index_all();
    }
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    fx_ask(fx_about(STORE_ROOM_BAN, ann, open, eve));
    assert_int_equal(search(bob, "needle")->out.messages_n, 1);
    assert_int_equal(search(eve, "needle")->out.messages_n, 1);
    assert_true(is(search(eve, "needle")->out.messages[0].text, "needle for eve"));
    assert_int_equal(search(bob, "needle")->out.messages[0].room, open);
}

static void test_search__follows_edits_and_deletes(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        int64_t seq = fx_send(ann, room, "first words")->out.seq;
        if (round == 1) {
            index_all();
        }
        edit(ann, seq, 1, "other letters");
        assert_int_equal(search(bob, "first words")->out.messages_n, 0);
        assert_int_equal(search(bob, "her let")->out.messages_n, 1);
        index_all();
        assert_int_equal(search(bob, "first words")->out.messages_n, 0);
        assert_int_equal(search(bob, "her let")->out.messages_n, 1);
        edit(ann, seq, 2, "other letters again");
        assert_int_equal(search(bob, "letters")->out.messages_n, 1);
        erase(ann, seq);
        assert_int_equal(search(bob, "letters")->out.messages_n, 0);
        index_all();
        assert_int_equal(search(bob, "letters")->out.messages_n, 0);
        assert_int_equal(search(bob, "er")->out.messages_n, 0);
        assert_int_equal(fx_is_postgres() ? fx_sql("SELECT count(*) FROM message_search") : 0, 0);
    }
}

static void test_search__of_two_hundred_characters(void **state)
{
    char text[CHAT_QUERY_CHARS_MAX + 40], q[CHAT_QUERY_CHARS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        text[i] = (char)('a' + (i * i + i / 7) % 26);
    }
    text[sizeof text - 1] = '\0';
    memcpy(q, text + 20, CHAT_QUERY_CHARS_MAX);
    q[CHAT_QUERY_CHARS_MAX] = '\0';
    fx_send(ann, room, text);
    for (int round = 0; round < 2; round++) {
        struct store_request *r = search(bob, q);
        assert_int_equal(r->out.messages_n, 1);
        assert_int_equal(r->out.messages[0].ranges[0][0], 20);
        assert_int_equal(r->out.messages[0].ranges[0][1], 20 + CHAT_QUERY_CHARS_MAX);
        index_all();
    }
}

/* More than one page of rows has to be looked at before there are hits enough. */
static void test_search__looks_behind_rows_that_only_seem_to_have_it(void **state)
{
    (void)state;
    fx_send(ann, room, "xabcdx");
    fx_send_n(ann, room, 1100); /* "message 1234" has "mes", "ess", "ssa" */
    for (int round = 0; round < 2; round++) {
        struct store_request *r = query(bob, "message 77");
        r->in.limit = CHAT_LIMIT_MAX;
        assert_int_equal(fx_ask(r)->out.messages_n, 11);
        assert_int_equal(search(bob, "xabcdx")->out.messages_n, 1);
        index_all();
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_search__finds_any_part_of_a_text_in_any_script),
        TEST(test_search__finds_nothing_else),
        TEST(test_search__gives_the_newest_first_and_as_many_as_asked_for),
        TEST(test_search__goes_on_behind_the_last_hit_whatever_the_time),
        TEST(test_search__goes_on_behind_nothing_that_the_asker_may_not_read),
        TEST(test_search__filters_by_room_and_sender),
        TEST(test_search__shows_what_the_asker_may_read_and_no_more),
        TEST(test_search__follows_edits_and_deletes),
        TEST(test_search__of_two_hundred_characters),
        TEST(test_search__looks_behind_rows_that_only_seem_to_have_it),
    };

    return FX_MAIN(tests);
}
