/* tincan-test: tsan=long */
/* Accounts and the devices they are signed in on, on both databases. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS (86400LL * 1000)

static struct store_request *creation(const char *name)
{
    struct store_request *r = fx_new(STORE_USER_CREATE, 0);

    r->account.name = fx_text(name);
    r->account.role = CHAT_MEMBER;
    return r;
}

static bool is(struct slice s, const char *text)
{
    return slice_eq(s, slice_str(text));
}

/* --- names --- */

static void test_accounts__a_first_owner_is_made_once(void **state)
{
    struct store_request *r = creation("olga");

    (void)state;
    fx_user("ann", CHAT_ADMIN);
    r->account.role = CHAT_OWNER;
    r->account.first_owner = true;
    r->account.workspace = fx_text("Acme");
    assert_int_equal(fx_ask(r)->out.users[0].role, CHAT_OWNER);
    r = creation("eve");
    r->account.role = CHAT_OWNER;
    r->account.first_owner = true;
    r->account.workspace = fx_text("Evil");
    fx_refused(r, CHAT_CONFLICT, "");
    assert_int_equal(fx_sql("SELECT count(*) FROM account WHERE name = 'eve'"), 0);
    assert_int_equal(fx_sql("SELECT count(*) FROM workspace WHERE name = 'Acme'"), 1);
    /* Another one by other ways. */
    r = creation("eve");
    r->account.role = CHAT_OWNER;
    fx_ask(r);
}

static void test_accounts__a_hash_is_replaced_only_if_it_is_still_the_same(void **state)
{
    struct store_request *r = creation("ann"), *login;

    (void)state;
    r->account.password_hash = fx_text("$cheap");
    int64_t ann = fx_ask(r)->out.users[0].id;
    for (unsigned i = 0; i < 2; i++) {
        r = fx_new(STORE_USER_REHASH, 0);
        r->in.user = ann;
        r->in.text = fx_text(i == 0 ? "$other" : "$cheap");
        r->account.password_hash = fx_text("$better");
        fx_ask(r);
        login = fx_new(STORE_USER_LOGIN, 0);
        login->account.name = fx_text("ann");
        assert_true(is(fx_ask(login)->out.password_hash, i == 0 ? "$cheap" : "$better"));
    }
}

static void test_accounts__a_new_one_is_what_was_asked_for_and_in_the_lobby(void **state)
{
    struct store_request *r = creation("ann.b");

    (void)state;
    r->account.display = fx_text("Ann B");
    r->account.password_hash = fx_text("$argon2id$x");
    r->account.role = CHAT_MOD;
    fx_ask(r);
    assert_true(is(r->out.users[0].name, "ann.b"));
    assert_true(is(r->out.users[0].display, "Ann B"));
    assert_int_equal(r->out.users[0].role, CHAT_MOD);
    /* The lobby hears of it. */
    assert_true(r->out.has_event);
    assert_int_equal(r->out.event.room, fx_lobby);
    assert_int_equal(r->out.event.kind, CHAT_EVENT_MEMBER);
    assert_int_equal(r->out.event.change, CHAT_JOIN);
    assert_int_equal(r->out.event.user->id, r->out.users[0].id);
    struct store_request *rooms = fx_ask(fx_new(STORE_MY_ROOMS, r->out.users[0].id));
    assert_int_equal(rooms->out.rooms_n, 1);
    assert_int_equal(rooms->out.rooms[0].id, fx_lobby);

    struct store_request *login = fx_new(STORE_USER_LOGIN, 0);
    login->account.name = fx_text("ann.b");
    fx_ask(login);
    assert_true(is(login->out.password_hash, "$argon2id$x"));
    assert_int_equal(login->out.users[0].id, r->out.users[0].id);
    /* Without a display name it is the name; without a password there is none. */
    r = fx_ask(creation("bob"));
    assert_true(is(r->out.users[0].display, "bob"));
    login = fx_new(STORE_USER_LOGIN, 0);
    login->account.name = fx_text("bob");
    assert_int_equal(fx_ask(login)->out.password_hash.n, 0);
    login = fx_new(STORE_USER_LOGIN, 0);
    login->account.name = fx_text("nobody-at-all");
    fx_refused(login, CHAT_NOT_FOUND, "name");
}

static void test_accounts__names_that_are_or_look_like_anothers_are_taken(void **state)
{
    static const char *const same[] = {"ann", "ANN", "a.n.n", "a-n_n"};
    static const char *const wrong[] = {
        "a", "", ".ab", "ab.", "a b", "\xc3\xa4nn", "a23456789012345678901234567890123"};

    (void)state;
    fx_user("ann", CHAT_MEMBER);
    fx_user("moon", CHAT_GUEST);
    for (unsigned i = 0; i < sizeof same / sizeof same[0]; i++) {
        fx_refused(creation(same[i]), CHAT_TAKEN, "name");
    }
    fx_refused(creation("rn00n"), CHAT_TAKEN, "name");
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fx_refused(creation(wrong[i]), CHAT_INVALID, "name");
    }
    fx_user("a2345678901234567890123456789012", CHAT_MEMBER);
}

static struct store_request *renaming(int64_t user, const char *name)
{
    struct store_request *r = fx_new(STORE_USER_UPDATE, user);

    r->in.name = fx_text(name);
    fx_has(r, CHAT_FIELD_NAME);
    return r;
}

static void test_accounts__a_name_given_up_stays_reserved_for_90_days(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MEMBER);

    (void)state;
    assert_true(is(fx_ask(renaming(ann, "Anna"))->out.users[0].name, "anna"));
    fx_refused(renaming(bob, "ann"), CHAT_TAKEN, "name");
    fx_refused(creation("a.n.n"), CHAT_TAKEN, "name");
    fx_now_ms += 90 * DAY_MS - 1;
    fx_refused(creation("ann"), CHAT_TAKEN, "name");
    /* Its owner may have it back. */
    fx_ask(renaming(ann, "ann"));
    fx_ask(renaming(ann, "anna"));
    fx_now_ms += 90 * DAY_MS + 1;
    fx_ask(creation("ann"));
    fx_refused(renaming(bob, "admin"), CHAT_TAKEN, "name");
    fx_refused(renaming(bob, "b"), CHAT_INVALID, "name");
}

static void test_accounts__at_most_ten_names_are_reserved_for_one(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER);
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        assert_true(snprintf(name, sizeof name, "x%cx%cx", 'a' + i, 'a' + i) > 0);
        fx_ask(renaming(ann, name));
    }
    fx_refused(renaming(ann, "eleventh"), CHAT_TOO_MANY, "name");
    fx_now_ms += 91 * DAY_MS;
    fx_ask(renaming(ann, "eleventh"));
}

static void test_accounts__a_profile_is_changed_field_by_field(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER);
    struct store_request *r = fx_new(STORE_USER_UPDATE, ann);

    (void)state;
    r->in.display = fx_text("  A\xcc\x8ann ");
    fx_has(r, CHAT_FIELD_DISPLAY);
    fx_ask(r);
    assert_true(is(r->out.users[0].display, "\xc3\x85nn"));
    assert_true(is(r->out.users[0].name, "ann"));
    r = fx_new(STORE_USER_UPDATE, ann);
    r->in.status = fx_text("away");
    fx_has(r, CHAT_FIELD_STATUS);
    fx_ask(r);
    assert_true(is(r->out.users[0].status, "away"));
    assert_true(is(r->out.users[0].display, "\xc3\x85nn"));
    assert_false(r->out.dup);
    r = fx_new(STORE_USER_UPDATE, ann);
    r->in.status = fx_text("away");
    fx_has(r, CHAT_FIELD_STATUS);
    assert_true(fx_ask(r)->out.dup); /* so it was, and nobody need hear of it */
    assert_true(fx_ask(fx_new(STORE_USER_UPDATE, ann))->out.dup);
    r = fx_new(STORE_USER_UPDATE, ann);
    r->in.display = fx_text("evil\xe2\x80\xae");
    fx_has(r, CHAT_FIELD_DISPLAY);
    r->in.status = fx_text("changed");
    fx_has(r, CHAT_FIELD_STATUS);
    fx_refused(r, CHAT_INVALID, "display");
    /* Nothing of what is refused is done. */
    r = fx_new(STORE_USER_GET, ann);
    r->in.user = ann;
    assert_true(is(fx_ask(r)->out.users[0].status, "away"));
    fx_refused(fx_new(STORE_USER_UPDATE, 999), CHAT_UNAUTHENTICATED, "");
}

/* --- finding --- */

static struct store_request *search(const char *q, uint32_t limit)
{
    struct store_request *r = fx_new(STORE_USERS, 1);

    r->in.q = fx_text(q);
    r->in.limit = limit;
    return fx_ask(r);
}

static void test_accounts__are_found_by_prefix_first_and_then_by_any_part(void **state)
{
    static const struct {
        const char *name, *display;
    } people[] = {{"xanna", "X"},      {"anna", "Zoe"},          {"per_cent", "100%"},
                  {"zoe", "Anna Zed"}, {"bert", "\xc3\x84RGER"}, {"carl", "Hanna"}};
    static const struct {
        const char *q, *names;
    } rows[] = {
        {"ann", "anna zoe carl xanna "},
        {"ANN", "anna zoe carl xanna "},
        {"@anna", "anna zoe carl xanna "},
        {"\xc3\xa4rg", "bert "},
        {"%", "per_cent "},
        {"r_c", "per_cent "},
        {"zed", "zoe "},
        {"nothing like it", ""},
    };
    char found[200];

    (void)state;
    for (unsigned i = 0; i < sizeof people / sizeof people[0]; i++) {
        struct store_request *r = creation(people[i].name);
        r->account.display = fx_text(people[i].display);
        fx_ask(r);
    }
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store_request *r = search(rows[i].q, 50);
        size_t n = 0;
        found[0] = '\0';
        for (uint32_t j = 0; j < r->out.users_n; j++) {
            n += (size_t)snprintf(found + n, sizeof found - n, "%.*s ",
                                  SL_ARG(r->out.users[j].name));
        }
        assert_string_equal(found, rows[i].names);
    }
    assert_int_equal(search("ann", 2)->out.users_n, 2);
}

/* --- passwords and roles --- */

static int64_t session(int64_t user, unsigned hash)
{
    struct store_request *r = fx_new(STORE_SESSION_NEW, user);

    r->in.user = user;
    r->account.hash = fx_hash(hash);
    r->account.user_agent = fx_text("test/1");
    r->account.address = fx_text("127.0.0.1");
    r->account.expires_ms = fx_now_ms + 30 * DAY_MS;
    fx_ask(r);
    assert_int_equal(r->out.sessions_n, 1);
    assert_int_equal(r->out.users[0].id, user);
    return r->out.sessions[0].id;
}

static bool is_good(int64_t id)
{
    struct store_request *r = fx_new(STORE_SESSION_GET, 0);

    r->account.session = id;
    store_call(fx_store, r);
    assert_true(r->out.refusal.error == CHAT_OK || r->out.refusal.error == CHAT_UNAUTHENTICATED);
    return r->out.refusal.error == CHAT_OK;
}

static void test_accounts__a_new_password_signs_out_all_other_devices(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_OWNER);
    int64_t first = session(ann, 1), second = session(ann, 2), other = session(bob, 3);
    struct store_request *r = fx_new(STORE_USER_PASSWORD, ann);

    (void)state;
    r->in.user = ann;
    r->account.password_hash = fx_text("new");
    r->account.session = second;
    fx_ask(r);
    assert_int_equal(r->out.revoked_n, 1);
    assert_int_equal(r->out.revoked[0], first);
    assert_false(is_good(first));
    assert_true(is_good(second));
    assert_true(is_good(other));
    /* Nobody sets another's, but the operator. */
    r = fx_new(STORE_USER_PASSWORD, bob);
    r->in.user = ann;
    r->account.password_hash = fx_text("stolen");
    fx_refused(r, CHAT_FORBIDDEN, "user");
    r = fx_new(STORE_USER_PASSWORD, 0);
    r->in.user_name = fx_text("ann");
    r->account.password_hash = fx_text("by the operator");
    fx_ask(r);
    assert_int_equal(r->out.revoked_n, 1);
    r = fx_new(STORE_USER_LOGIN, 0);
    r->account.name = fx_text("ann");
    assert_true(is(fx_ask(r)->out.password_hash, "by the operator"));
}

static struct store_request *role(int64_t actor, int64_t user, enum chat_role to)
{
    struct store_request *r = fx_new(STORE_USER_ROLE, actor);

    r->in.user = user;
    r->in.role = to;
    return r;
}

static void test_accounts__roles_are_given_only_below_ones_own(void **state)
{
    int64_t owner = fx_user("the-owner", CHAT_OWNER), admin = fx_user("an-admin", CHAT_ADMIN);
    int64_t mod = fx_user("a-mod", CHAT_MOD), ann = fx_user("ann", CHAT_MEMBER);

    (void)state;
    fx_refused(role(mod, ann, CHAT_GUEST), CHAT_FORBIDDEN, "role");
    fx_refused(role(admin, ann, CHAT_ADMIN), CHAT_FORBIDDEN, "role");
    fx_refused(role(admin, owner, CHAT_MEMBER), CHAT_FORBIDDEN, "role");
    fx_refused(role(admin, admin, CHAT_MEMBER), CHAT_FORBIDDEN, "role");
    fx_refused(role(owner, ann, CHAT_OWNER), CHAT_FORBIDDEN, "role");
    fx_refused(role(owner, 999, CHAT_MOD), CHAT_NOT_FOUND, "user");
    assert_int_equal(fx_ask(role(admin, ann, CHAT_MOD))->out.users[0].role, CHAT_MOD);
    assert_false(fx_ask(role(admin, ann, CHAT_MEMBER))->out.dup);
    assert_true(fx_ask(role(admin, ann, CHAT_MEMBER))->out.dup);
    assert_int_equal(fx_ask(role(owner, admin, CHAT_MEMBER))->out.users[0].role, CHAT_MEMBER);
    assert_int_equal(fx_ask(fx_new(STORE_USERS_COUNT, 0))->out.count, 1);
    fx_ask(role(0, ann, CHAT_OWNER));
    assert_int_equal(fx_ask(fx_new(STORE_USERS_COUNT, 0))->out.count, 2);
}

/* --- devices --- */

static struct store_request *turn(unsigned from, unsigned to)
{
    struct store_request *r = fx_new(STORE_SESSION_TURN, 0);

    r->account.hash = fx_hash(from);
    r->account.new_hash = fx_hash(to);
    r->account.expires_ms = fx_now_ms + 30 * DAY_MS;
    r->account.address = fx_text("127.0.0.2");
    return r;
}

static void test_accounts__a_refresh_token_turns_into_the_next(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), id = session(ann, 1);
    struct store_request *r;

    (void)state;
    fx_now_ms += DAY_MS;
    r = fx_ask(turn(1, 2));
    assert_int_equal(r->out.sessions[0].id, id);
    assert_int_equal(r->out.sessions[0].seen_ms, fx_now_ms);
    assert_int_equal(r->out.sessions[0].expires_ms, fx_now_ms + 30 * DAY_MS);
    assert_true(is(r->out.sessions[0].address, "127.0.0.2"));
    assert_int_equal(r->out.users[0].id, ann);
    fx_now_ms += 30 * DAY_MS - 1;
    fx_ask(turn(2, 3));
    fx_now_ms += 30 * DAY_MS;
    fx_refused(turn(3, 4), CHAT_UNAUTHENTICATED, "");
    fx_refused(turn(77, 78), CHAT_UNAUTHENTICATED, "");
}

static void test_accounts__a_refresh_token_seen_twice_ends_the_session(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), id = session(ann, 1), other = session(ann, 50);
    struct store_request *r;

    (void)state;
    fx_ask(turn(1, 2));
    fx_ask(turn(2, 3));
    r = turn(1, 4);
    fx_refused(r, CHAT_UNAUTHENTICATED, "");
    assert_int_equal(r->out.revoked_n, 1);
    assert_int_equal(r->out.revoked[0], id);
    assert_false(is_good(id));
    assert_true(is_good(other));
    fx_refused(turn(3, 5), CHAT_UNAUTHENTICATED, "");
    /* Once more: it has ended already. */
    r = turn(1, 6);
    fx_refused(r, CHAT_UNAUTHENTICATED, "");
    assert_int_equal(r->out.revoked_n, 0);
}

static void test_accounts__the_token_just_replaced_gets_the_same_next_one_for_a_while(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), id = session(ann, 1), since_ms = fx_now_ms;
    struct store_request *r;

    (void)state;
    fx_ask(turn(1, 2));
    fx_now_ms = since_ms + STORE_TURN_LEEWAY_MS;
    for (int i = 0; i < 2; i++) {
        r = fx_ask(turn(1, 2));
        assert_int_equal(r->out.sessions[0].id, id);
        assert_int_equal(r->out.sessions[0].seen_ms, since_ms); /* it was turned then */
        assert_int_equal(r->out.users[0].id, ann);
    }
    fx_now_ms++;
    r = turn(1, 2);
    fx_refused(r, CHAT_UNAUTHENTICATED, "");
    assert_int_equal(r->out.revoked_n, 1);
    assert_false(is_good(id));
    fx_refused(turn(2, 3), CHAT_UNAUTHENTICATED, "");
}

static void test_accounts__only_the_token_just_replaced_is_taken_again(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), id = session(ann, 1), other = session(ann, 50);
    struct store_request *end;

    (void)state;
    fx_ask(turn(50, 51));
    fx_refused(turn(50, 52), CHAT_UNAUTHENTICATED, ""); /* which is not its next one */
    assert_false(is_good(other));
    fx_ask(turn(1, 2));
    fx_ask(turn(2, 3));
    fx_ask(turn(2, 3));
    assert_true(is_good(id));
    fx_refused(turn(1, 2), CHAT_UNAUTHENTICATED, "");
    assert_false(is_good(id));
    fx_refused(turn(2, 3), CHAT_UNAUTHENTICATED, ""); /* it has ended */
    id = session(ann, 70);
    fx_ask(turn(70, 71));
    end = fx_new(STORE_SESSION_END, ann);
    end->in.user = ann;
    end->account.session = id;
    fx_ask(end);
    fx_refused(turn(70, 71), CHAT_UNAUTHENTICATED, "");
}

static void test_accounts__sessions_are_listed_and_ended_by_their_owner(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), bob = fx_user("bob", CHAT_MOD);
    int64_t first, second;
    struct store_request *r = fx_new(STORE_SESSIONS, ann);

    (void)state;
    first = session(ann, 1);
    fx_now_ms++;
    second = session(ann, 2);
    r->in.user = ann;
    fx_ask(r);
    assert_int_equal(r->out.sessions_n, 2);
    assert_int_equal(r->out.sessions[0].id, second);
    assert_true(is(r->out.sessions[0].user_agent, "test/1"));
    r = fx_new(STORE_SESSIONS, bob);
    r->in.user = ann;
    fx_refused(r, CHAT_FORBIDDEN, "user");
    r = fx_new(STORE_SESSION_END, bob);
    r->in.user = ann;
    r->account.session = first;
    fx_refused(r, CHAT_FORBIDDEN, "user");
    r = fx_new(STORE_SESSION_END, bob); /* one's own list does not hold another's */
    r->in.user = bob;
    r->account.session = first;
    fx_refused(r, CHAT_NOT_FOUND, "session");
    r = fx_new(STORE_SESSION_END, ann);
    r->in.user = ann;
    r->account.session = first;
    assert_int_equal(fx_ask(r)->out.revoked_n, 1);
    assert_false(is_good(first));
    r = fx_new(STORE_SESSION_END, ann);
    r->in.user = ann;
    fx_ask(r);
    assert_int_equal(r->out.revoked_n, 1);
    assert_int_equal(r->out.revoked[0], second);
}

/* Ask about the devices of somebody (user 0: whoever has that one). */
static struct store_request *devices(enum store_op op, int64_t actor, int64_t user, int64_t session)
{
    struct store_request *r = fx_new(op, actor);

    r->in.user = user;
    r->account.session = session;
    return r;
}

static void test_accounts__administrators_look_after_the_sessions_of_those_below(void **state)
{
    static const enum chat_role roles[] = {CHAT_GUEST, CHAT_MEMBER, CHAT_MOD, CHAT_ADMIN,
                                           CHAT_OWNER};
    unsigned hash = 1;

    (void)state;
    for (unsigned i = 0; i < sizeof roles / sizeof *roles; i++) {
        for (unsigned j = 0; j < sizeof roles / sizeof *roles; j++) {
            char name[16];
            snprintf(name, sizeof name, "by%u%u", i, j);
            int64_t by = fx_user(name, roles[i]);
            snprintf(name, sizeof name, "of%u%u", i, j);
            int64_t of = fx_user(name, roles[j]);
            int64_t one = session(of, hash), two = session(of, hash + 1);
            session(of, hash + 2);
            hash += 3;
            if (roles[i] < CHAT_ADMIN || roles[j] >= roles[i]) {
                fx_refused(devices(STORE_SESSIONS, by, of, 0), CHAT_FORBIDDEN, "user");
                fx_refused(devices(STORE_SESSION_END, by, of, one), CHAT_FORBIDDEN, "user");
                fx_refused(devices(STORE_SESSION_END, by, 0, one), CHAT_FORBIDDEN, "user");
                fx_refused(devices(STORE_SESSION_END, by, of, 0), CHAT_FORBIDDEN, "user");
                assert_true(is_good(one) && is_good(two));
                continue;
            }
            assert_int_equal(fx_ask(devices(STORE_SESSIONS, by, of, 0))->out.sessions_n, 3);
            struct store_request *r = fx_ask(devices(STORE_SESSION_END, by, 0, one));
            assert_int_equal(r->out.revoked_n, 1);
            assert_int_equal(r->out.revoked[0], one);
            assert_true(!is_good(one) && is_good(two));
            fx_refused(devices(STORE_SESSION_END, by, 0, one), CHAT_NOT_FOUND, "session");
            assert_int_equal(fx_ask(devices(STORE_SESSION_END, by, of, 0))->out.revoked_n, 2);
            assert_false(is_good(two));
        }
    }
    int64_t admin = fx_user("admin", CHAT_ADMIN);
    fx_refused(devices(STORE_SESSIONS, admin, 424242, 0), CHAT_NOT_FOUND, "user");
    fx_refused(devices(STORE_SESSION_END, admin, 424242, 0), CHAT_NOT_FOUND, "user");
    fx_refused(devices(STORE_SESSION_END, admin, 0, 424242), CHAT_NOT_FOUND, "session");
}

static void test_accounts__the_hundred_and_first_session_ends_the_longest_unused(void **state)
{
    int64_t ann = fx_user("ann", CHAT_MEMBER), first = session(ann, 1), second;
    struct store_request *r;

    (void)state;
    fx_now_ms++;
    second = session(ann, 2);
    fx_now_ms++;
    for (unsigned i = 3; i <= 100; i++) {
        (void)session(ann, i);
    }
    assert_true(is_good(first));
    fx_now_ms++;
    fx_ask(turn(1, 1000)); /* used just now */
    r = fx_new(STORE_SESSION_NEW, ann);
    r->in.user = ann;
    r->account.hash = fx_hash(101);
    r->account.expires_ms = fx_now_ms + DAY_MS;
    fx_ask(r);
    assert_int_equal(r->out.revoked_n, 1);
    assert_int_equal(r->out.revoked[0], second);
    assert_true(is_good(first));
    assert_false(is_good(second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(test_accounts__a_first_owner_is_made_once),
        FX_TEST(test_accounts__a_hash_is_replaced_only_if_it_is_still_the_same),
        FX_TEST(test_accounts__a_new_one_is_what_was_asked_for_and_in_the_lobby),
        FX_TEST(test_accounts__names_that_are_or_look_like_anothers_are_taken),
        FX_TEST(test_accounts__a_name_given_up_stays_reserved_for_90_days),
        FX_TEST(test_accounts__at_most_ten_names_are_reserved_for_one),
        FX_TEST(test_accounts__a_profile_is_changed_field_by_field),
        FX_TEST(test_accounts__are_found_by_prefix_first_and_then_by_any_part),
        FX_TEST(test_accounts__a_new_password_signs_out_all_other_devices),
        FX_TEST(test_accounts__roles_are_given_only_below_ones_own),
        FX_TEST(test_accounts__a_refresh_token_turns_into_the_next),
        FX_TEST(test_accounts__a_refresh_token_seen_twice_ends_the_session),
        FX_TEST(test_accounts__the_token_just_replaced_gets_the_same_next_one_for_a_while),
        FX_TEST(test_accounts__only_the_token_just_replaced_is_taken_again),
        FX_TEST(test_accounts__sessions_are_listed_and_ended_by_their_owner),
        FX_TEST(test_accounts__administrators_look_after_the_sessions_of_those_below),
        FX_TEST(test_accounts__the_hundred_and_first_session_ends_the_longest_unused),
    };

    return FX_MAIN(tests);
}
