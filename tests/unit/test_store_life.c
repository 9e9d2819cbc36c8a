/* What a store does over its life: it is killed, it forgets what is old, it grows; on both databases. */
#include "store_fixture.h"

#include "clock.h"
#include "store_op.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY_MS (86400LL * 1000)

static struct db *beside(void)
{
    struct db *db = NULL;
    struct db_failure failure = {0};

    if (db_open(fx_url(), false, &db, &failure) != ERR_OK) {
        fail_msg("%s", failure.text);
    }
    return db;
}

/* --- killed --- */

#define IN_FLIGHT 200
#define ROUNDS    6

static struct store *victim;
static int acked_fd;

/* Thread: the store's. */
static void on_sent(struct store_request *r)
{
    if (r->out.refusal.error == CHAT_OK) {
        (void)!write(acked_fd, r->in.cid, sizeof r->in.cid);
    }
    /* The next one, for ever. */
    uint64_t n;
    memcpy(&n, r->in.cid + 8, sizeof n);
    n += IN_FLIGHT;
    memcpy(r->in.cid + 8, &n, sizeof n);
    r->out = (struct store_result){0};
    arena_fini(&r->arena);
    store_submit(victim, r);
}

static void send_until_killed(int64_t actor, int64_t room, uint64_t round)
{
    struct store_options options = {.url = fx_url()};
    struct db_failure failure;

    if (store_open(&options, &victim, &failure) != ERR_OK) {
        _exit(1);
    }
    for (uint64_t i = 0; i < IN_FLIGHT; i++) {
        struct store_request *r = store_request_new(STORE_SEND);
        r->actor = actor;
        r->now_ms = clock_wall_ms();
        r->in.room = room;
        r->in.text = SL("a message");
        memcpy(r->in.cid, &round, sizeof round);
        memcpy(r->in.cid + 8, &i, sizeof i);
        r->done = on_sent;
        store_submit(victim, r);
    }
    for (;;) {
        pause();
    }
}

/* Whose cid this is was kept. */
static bool is_kept(struct db *db, int64_t sender, const unsigned char *cid)
{
    struct db_value params[] = {DB_INT(sender), DB_BLOB(((struct slice){(const char *)cid, 16}))};

    db_query(db, "SELECT seq FROM message WHERE sender = $1 AND cid = $2", params, 2);
    bool found = db_next(db);
    assert_int_equal(db_done(db), ERR_OK);
    return found;
}

static void test_life__what_was_acknowledged_survives_a_kill(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), room = fx_room(ann, CHAT_PUBLIC, "ops");
    unsigned acked_n = 0;

    (void)state;
    store_close(fx_store);
    fx_store = NULL;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        static unsigned char cids[200000][16];
        unsigned n = 0, enough_n = 500 + 700 * (unsigned)round;
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(ends[0]);
            acked_fd = ends[1];
            send_until_killed(ann, room, round + (UINT64_C(1) << 40));
        }
        close(ends[1]);
        while (n < sizeof cids / sizeof cids[0]) {
            if (read(ends[0], cids[n], 16) != 16) { /* so short a write is whole */
                break;
            }
            if (++n == enough_n) {
                assert_int_equal(kill(child, SIGKILL), 0);
            }
        }
        close(ends[0]);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_true(n >= enough_n);
        struct db *db = beside();
        for (unsigned i = 0; i < n; i++) {
            assert_true(is_kept(db, ann, cids[i]));
        }
        db_close(db);
        acked_n += n;
    }
    int64_t kept_n = fx_sql("SELECT count(*) FROM message");
    assert_true(kept_n >= acked_n);
    assert_int_equal(fx_sql("SELECT max(seq) FROM message"), kept_n);
    assert_int_equal(fx_sql("SELECT seq FROM room WHERE name = 'ops'"), kept_n);
    assert_int_equal(fx_sql("SELECT count(*) FROM room_event WHERE kind = 0"), kept_n);
    if (!fx_is_postgres()) {
        assert_int_equal(fx_sql("SELECT count(*) FROM pragma_integrity_check "
                                "WHERE integrity_check <> 'ok'"),
                         0);
    }
    fx_reopen();
    assert_int_equal(fx_send(ann, room, "and on")->out.seq, kept_n + 1);
}

/* --- forgetting --- */

/* Rows of events from..to of a room, that many days old. */
static void add_events(struct db *db, int64_t room, int64_t to, int64_t days)
{
    const struct db_value params[] = {DB_INT(room), DB_INT(to),
                                      DB_INT(clock_wall_ms() - days * DAY_MS)};

    assert_int_equal(db_begin(db, true), ERR_OK);
    (void)db_exec(db,
                  "WITH RECURSIVE n (ev) AS (SELECT ev + 1 FROM room WHERE id = $1 UNION ALL "
                  "SELECT ev + 1 FROM n WHERE ev < $2) INSERT INTO room_event (room, ev, kind, "
                  "actor, ts) SELECT CAST($1 AS BIGINT), ev, 5, 0, CAST($3 AS BIGINT) FROM n",
                  params, 3);
    (void)db_exec(db, "UPDATE room SET ev = $2 WHERE id = $1", params, 2);
    assert_int_equal(db_commit(db), ERR_OK);
}

static int64_t number(struct db *db, const char *sql, int64_t room)
{
    db_query(db, sql, &DB_INT(room), 1);
    int64_t n = db_next(db) ? db_int(db, 0) : -1;
    assert_int_equal(db_done(db), ERR_OK);
    return n;
}

static void prune_all_but(struct db *db, unsigned guest_days)
{
    unsigned steps_n = 0;

    while (store_prune(db, clock_wall_ms(), guest_days)) {
        assert_true(++steps_n < 100);
    }
}

static void prune_all(struct db *db)
{
    prune_all_but(db, 30);
}

static void assert_log(struct db *db, int64_t room, int64_t min_ev, int64_t ev)
{
    assert_int_equal(number(db, "SELECT min_ev FROM room WHERE id = $1", room), min_ev);
    assert_int_equal(number(db, "SELECT ev FROM room WHERE id = $1", room), ev);
    assert_int_equal(number(db, "SELECT count(*) FROM room_event WHERE room = $1", room),
                     ev - min_ev);
    assert_int_equal(number(db, "SELECT min(ev) FROM room_event WHERE room = $1", room),
                     min_ev + 1);
}

static void test_life__changes_are_kept_for_30_days_and_the_last_10000(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER);
    int64_t old = fx_room(ann, CHAT_PUBLIC, "old"), small = fx_room(ann, CHAT_PUBLIC, "small");
    int64_t large = fx_room(ann, CHAT_PUBLIC, "large"), fresh = fx_room(ann, CHAT_PUBLIC, "fresh");
    struct db *db = beside();

    (void)state;
    store_close(fx_store); /* which would do it, too */
    fx_store = NULL;
    (void)number(db, "UPDATE room_event SET ts = 1 WHERE room = $1 RETURNING 1", old);
    add_events(db, old, 2500, 31);
    add_events(db, old, 2600, 29);
    add_events(db, small, 11000, 0);
    add_events(db, large, 14001, 1);
    add_events(db, fresh, 100, 29);
    prune_all(db);
    assert_log(db, old, 2500, 2600);
    assert_log(db, small, 0, 11000);
    assert_log(db, large, 4000, 14001); /* a thousand more are left alone */
    assert_log(db, fresh, 0, 100);
    db_close(db);
    /* Whoever asks for what is gone gets the latest instead. */
    fx_reopen();
    struct store_request *r = fx_about(STORE_SYNC, ann, old, 0);
    r->in.after = 2499;
    assert_true(fx_ask(r)->out.reset);
    r = fx_about(STORE_SYNC, ann, old, 0);
    r->in.after = 2500;
    assert_false(fx_ask(r)->out.reset);
    assert_int_equal(r->out.events_n > 0, 1);
}

static void test_life__ended_sessions_and_links_and_old_names_are_forgotten(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), room = fx_room(ann, CHAT_PRIVATE, "plans");
    struct db *db;

    (void)state;
    fx_now_ms -= 41 * DAY_MS;
    for (unsigned i = 0; i < 3; i++) { /* the third goes on */
        struct store_request *r = fx_new(STORE_SESSION_NEW, ann);
        r->in.user = ann;
        r->account.hash = fx_hash(i);
        r->account.expires_ms = i == 2 ? fx_now_ms + 99 * DAY_MS : fx_now_ms + 1;
        fx_ask(r);
        r = fx_about(STORE_INVITE_CREATE, ann, room, 0);
        r->in.seconds = i == 2 ? 99 * 86400 : 1;
        fx_has(r, CHAT_FIELD_SECONDS);
        r->account.hash = fx_hash(i);
        fx_ask(r);
        r = fx_new(STORE_SESSION_TURN, 0);
        r->account.hash = fx_hash(i);
        r->account.new_hash = fx_hash(i + 10);
        r->account.expires_ms = i == 2 ? fx_now_ms + 99 * DAY_MS : fx_now_ms + 1;
        fx_ask(r);
    }
    store_close(fx_store);
    fx_store = NULL;
    db = beside();
    prune_all(db);
    db_close(db);
    assert_int_equal(fx_sql("SELECT count(*) FROM session"), 1);
    assert_int_equal(fx_sql("SELECT count(*) FROM spent_refresh"), 0);
    assert_int_equal(fx_sql("SELECT count(*) FROM invite"), 1);
}

static void test_life__what_was_judged_long_ago_is_forgotten(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);
    int64_t room = fx_room(ann, CHAT_PRIVATE, "den");
    struct db *db;

    (void)state;
    fx_add(ann, room, bob);
    fx_now_ms -= 91 * DAY_MS;
    for (unsigned i = 0; i < 3; i++) { /* the second is judged a little later, the third waits */
        struct store_request *r = fx_in_room(STORE_REPORT, bob, room);
        r->in.seq = fx_send(ann, room, "rude")->out.seq;
        r->in.reason = fx_text("it is rude");
        fx_ask(r);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct store_request *r = fx_in_room(STORE_DELETE, ann, room);
        r->in.seq = i + 1;
        fx_ask(r);
        fx_now_ms += 2 * DAY_MS;
    }
    fx_now_ms += 87 * DAY_MS;
    store_close(fx_store);
    fx_store = NULL;
    db = beside();
    prune_all(db);
    db_close(db);
    assert_int_equal(fx_sql("SELECT count(*) FROM report"), 2);
    assert_int_equal(fx_sql("SELECT count(*) FROM report WHERE closed_ms > 0 AND seq = 2"), 1);
    assert_int_equal(fx_sql("SELECT count(*) FROM report WHERE closed_ms = 0 AND seq = 3"), 1);
}

static void new_session(int64_t account, unsigned hash, int64_t expires_ms)
{
    struct store_request *r = fx_new(STORE_SESSION_NEW, account);
    r->in.user = account;
    r->account.hash = fx_hash(hash);
    r->account.expires_ms = expires_ms;
    fx_ask(r);
}

static void prune_beside(unsigned guest_days)
{
    store_close(fx_store);
    fx_store = NULL;
    struct db *db = beside();
    prune_all_but(db, guest_days);
    db_close(db);
    fx_reopen();
}

static int64_t named(const char *name)
{
    struct store_request *r = fx_new(STORE_USER_GET, 0);
    r->in.user_name = fx_text(name);
    store_call(fx_store, r);
    return r->out.users_n ? r->out.users[0].id : 0;
}

static void test_life__a_guest_who_cannot_come_back_gives_its_name_up(void **state)
{
    (void)state;
    fx_now_ms -= 31 * DAY_MS;
    int64_t gone = fx_user("dora", CHAT_GUEST), away = fx_user("away", CHAT_GUEST);
    int64_t member = fx_user("member", CHAT_MEMBER), late = fx_user("late", CHAT_GUEST);
    struct store_request *faces[2] = {fx_new(STORE_AVATAR_SET, gone),
                                      fx_new(STORE_AVATAR_SET, away)};
    for (unsigned i = 0; i < 2; i++) {
        faces[i]->avatar.content = faces[i]->avatar.type = fx_text("face");
        fx_ask(faces[i]);
    }
    new_session(gone, 1, fx_now_ms + 1);
    new_session(away, 2, fx_now_ms + 40 * DAY_MS); /* may still come back */
    fx_now_ms += 2 * DAY_MS;
    new_session(late, 3, fx_now_ms + 1); /* was seen 29 days ago */
    fx_now_ms += 29 * DAY_MS;
    int64_t fresh = fx_user("fresh", CHAT_GUEST);
    prune_beside(0);
    assert_int_equal(named("dora"), gone);
    prune_beside(30);
    assert_int_equal(named("away"), away);
    assert_int_equal(named("late"), late);
    assert_int_equal(named("member"), member);
    assert_int_equal(named("fresh"), fresh);
    assert_int_equal(named("dora"), 0);
    char former[40];
    snprintf(former, sizeof former, "former-guest-%lld", (long long)gone);
    assert_int_equal(named(former), gone); /* what was written is still somebody's */
    assert_int_equal(fx_sql("SELECT count(*) FROM avatar"), 1);
    assert_int_equal(fx_sql("SELECT count(*) FROM account WHERE display = 'dora (former guest)' AND"
                            " display_fold = display"),
                     1);
    /* The name is anybody's, and with it comes nothing of the former. */
    int64_t other = fx_user("dora", CHAT_GUEST);
    assert_int_not_equal(other, gone);
    prune_beside(30);
    assert_int_equal(named("dora"), other);
    assert_int_equal(named(former), gone);
}

static void test_life__a_name_that_is_taken_already_does_not_stop_the_rest(void **state)
{
    (void)state;
    fx_now_ms -= 41 * DAY_MS;
    int64_t stuck = fx_user("stuck", CHAT_GUEST), gone = fx_user("gone", CHAT_GUEST);
    char name[40], former[40];
    snprintf(name, sizeof name, "formerguest%lld", (long long)stuck);
    int64_t member = fx_user(name, CHAT_MEMBER); /* made before such names were reserved */
    prune_beside(30);
    assert_int_equal(named(name), member);
    assert_int_equal(named("stuck"), stuck);
    snprintf(former, sizeof former, "former-guest-%lld", (long long)gone);
    assert_int_equal(named(former), gone);
}

static void test_life__names_are_freed_in_portions(void **state)
{
    (void)state;
    fx_now_ms -= 41 * DAY_MS;
    for (unsigned i = 0; i < 65; i++) { /* one more than a portion */
        char name[16];
        snprintf(name, sizeof name, "visitor%u", i);
        fx_user(name, CHAT_GUEST);
    }
    prune_beside(30);
    assert_int_equal(fx_sql("SELECT count(*) FROM account WHERE name LIKE 'former-guest-%'"), 65);
}

/* --- grown --- */

#define PEOPLE_N 10000

static int64_t search_us(int64_t actor, const char *q)
{
    int64_t least_us = INT64_MAX;

    for (unsigned i = 0; i < 5; i++) {
        struct store_request *r = fx_new(STORE_USERS, actor);
        r->in.q = fx_text(q);
        int64_t from_us = clock_now_us();
        fx_ask(r);
        int64_t us = clock_now_us() - from_us;
        least_us = us < least_us ? us : least_us;
    }
    return least_us;
}

#ifdef __SANITIZE_THREAD__
#define FOUND_US                                                                                   \
    500000 /* each access to memory is looked at: only that it is not a matter of seconds */
#else
#define FOUND_US 50000
#endif

static void test_life__among_ten_thousand_people_one_is_found_in_50_ms(void **state)
{
    static const char *const queries[] = {"a", "person 77", "77", "n99", "nothing at all"};
    int64_t ann = fx_user("ann", CHAT_MEMBER);
    char sql[600];

    (void)state;
    assert_true(snprintf(sql, sizeof sql,
                         "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                         "i < %d) INSERT INTO account (name, skeleton, display, display_fold, "
                         "role, created_ms) SELECT 'n' || i, 'x' || i, 'Person ' || (i * 7), "
                         "'person ' || (i * 7), 1, 0 FROM n",
                         PEOPLE_N) < (int)sizeof sql);
    (void)fx_sql(sql);
    for (unsigned i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        int64_t us = search_us(ann, queries[i]);
        if (us >= FOUND_US) {
            fail_msg("\"%s\" took %lld us", queries[i], (long long)us);
        }
    }
}

static void test_life__administrators_are_told_how_much_there_is(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), olga = fx_user("olga", CHAT_ADMIN);
    struct store_totals before, after;

    (void)state;
    fx_refused(fx_new(STORE_TOTALS, ann), CHAT_FORBIDDEN, "");
    before = fx_ask(fx_new(STORE_TOTALS, olga))->out.totals;
    assert_int_equal(before.postgres, fx_is_postgres());
    assert_true(before.database_bytes > 0);
    fx_send_n(ann, fx_room(ann, CHAT_PRIVATE, "plans"), 3);
    after = fx_ask(fx_new(STORE_TOTALS, olga))->out.totals;
    assert_int_equal(after.users, before.users);
    assert_int_equal(after.rooms, before.rooms + 1);
    assert_int_equal(after.messages, before.messages + 3);
    assert_int_equal(after.files + after.file_bytes, 0);
}

static void test_life__administrators_say_what_the_whole_is_called(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), olga = fx_user("olga", CHAT_ADMIN);
    static const char *const names[] = {"Acme", "Kühne & Söhne", ""};
    (void)state;
    fx_refused(fx_new(STORE_WORKSPACE_SET, ann), CHAT_FORBIDDEN, "");
    assert_int_equal(fx_ask(fx_new(STORE_RESUME, ann))->out.workspace.n, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct store_request *r = fx_new(STORE_WORKSPACE_SET, olga);
        r->account.workspace = fx_text(names[i]);
        fx_ask(r);
        assert_true(
            slice_eq(fx_ask(fx_new(STORE_RESUME, ann))->out.workspace, slice_str(names[i])));
        assert_true(
            slice_eq(fx_ask(fx_new(STORE_TOTALS, olga))->out.workspace, slice_str(names[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_life__what_was_acknowledged_survives_a_kill),
        FX_TEST(test_life__changes_are_kept_for_30_days_and_the_last_10000),
        FX_TEST(test_life__ended_sessions_and_links_and_old_names_are_forgotten),
        FX_TEST(test_life__what_was_judged_long_ago_is_forgotten),
        FX_TEST(test_life__a_guest_who_cannot_come_back_gives_its_name_up),
        FX_TEST(test_life__a_name_that_is_taken_already_does_not_stop_the_rest),
        FX_TEST(test_life__names_are_freed_in_portions),
        FX_TEST(test_life__administrators_are_told_how_much_there_is),
        FX_TEST(test_life__administrators_say_what_the_whole_is_called),
        FX_TEST(test_life__among_ten_thousand_people_one_is_found_in_50_ms),
    };

    return FX_MAIN(tests);
}
