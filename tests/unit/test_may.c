/* The rules of who may do what, written out: every action for everybody who can ask, over all facts there are. */
#include "may.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What the action is about: nothing more, one's own, somebody lower in the room, somebody as high or higher; or for a guest account. */
enum about { ANY, OWN, NOT_OWN, LOWER, AS_HIGH, OF_GUEST, OF_OTHERS };

/* . allowed, F forbidden, A archived, U muted. A character for each role: guest member Mod admin owner; for strangers the server's, for
 * members the one that counts in the room. Strangers are those of a public room: for others, it does not exist. In a dm, roles do not count. */
static const struct row {
    enum may_action action;
    enum about about;
    const char *strangers, *strangers_archived;
    const char *members, *muted, *archived, *archived_muted;
    const char *dm; /* open, muted, archived, both */
} table[] = {
    {MAY_READ, ANY, ".....", ".....", ".....", ".....", ".....", ".....", "...."},
    {MAY_JOIN, ANY, ".....", "AAAAA", ".....", ".....", ".....", ".....", "...."},
    {MAY_LEAVE, ANY, ".....", ".....", ".....", ".....", ".....", ".....", "...."},
    {MAY_SEND, ANY, "FFFFF", "FFFFF", ".....", "UUUUU", "AAAAA", "AAAAA", ".UAA"},
    {MAY_EDIT, OWN, "FFFFF", "FFFFF", ".....", "UUUUU", "AAAAA", "AAAAA", ".UAA"},
    {MAY_EDIT, NOT_OWN, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_DELETE, OWN, "FFFFF", "FFFFF", ".....", ".....", "AAAAA", "AAAAA", "..AA"},
    {MAY_DELETE, LOWER, "FF...", "FFAAA", "FF...", "FF...", "FFAAA", "FFAAA", "FFFF"},
    {MAY_DELETE, AS_HIGH, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_ADD, OF_OTHERS, "FFFFF", "FFFFF", ".....", ".....", "AAAAA", "AAAAA", "FFFF"},
    {MAY_ADD, OF_GUEST, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_MODERATE, LOWER, "FF...", "FFAAA", "FF...", "FF...", "FFAAA", "FFAAA", "FFFF"},
    {MAY_MODERATE, AS_HIGH, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_SEE_INVITES, LOWER, "FF...", "FF...", "FF...", "FF...", "FF...", "FF...", "FFFF"},
    {MAY_SEE_INVITES, AS_HIGH, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_REPORT, NOT_OWN, "FFFFF", "FFFFF", ".....", ".....", ".....", ".....", "FFFF"},
    {MAY_REPORT, OWN, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_JUDGE, LOWER, "FF...", "FF...", "FF...", "FF...", "FF...", "FF...", "FFFF"},
    {MAY_JUDGE, AS_HIGH, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_JUDGE, OWN, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_MANAGE, LOWER, "FFF..", "FFFAA", "FFF..", "FFF..", "FFFAA", "FFFAA", "FFFF"},
    {MAY_MANAGE, AS_HIGH, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
    {MAY_ARCHIVE, LOWER, "FFF..", "FFF..", "FFF..", "FFF..", "FFF..", "FFF..", "FFFF"},
    {MAY_ARCHIVE, AS_HIGH, "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFFF", "FFFF"},
};
#define ROWS_N (sizeof table / sizeof table[0])

static char letter(enum chat_error error)
{
    switch (error) {
    case CHAT_OK:
        return '.';
    case CHAT_FORBIDDEN:
        return 'F';
    case CHAT_ARCHIVED:
        return 'A';
    case CHAT_MUTED:
        return 'U';
    case CHAT_NOT_FOUND:
        return 'N';
    case CHAT_BANNED:
        return 'B';
    default:
        return '?';
    }
}

/* Said once more, as the table needs it. */
static enum chat_role counting_role(const struct may_facts *f)
{
    enum chat_role role = f->member ? f->room_role : CHAT_GUEST;

    return f->kind == CHAT_PUBLIC && f->user_role > role ? f->user_role : role;
}

/* Are there rows of it for one's own message, beside those for others'? */
static bool has_own(enum may_action action)
{
    return action == MAY_DELETE || action == MAY_JUDGE;
}

static bool is_about(const struct row *row, const struct may_facts *f)
{
    switch (row->about) {
    case OWN:
        return f->own;
    case NOT_OWN:
        return !f->own;
    case LOWER:
        return f->other_role < counting_role(f) && (!has_own(row->action) || !f->own);
    case AS_HIGH:
        return f->other_role >= counting_role(f) && (!has_own(row->action) || !f->own);
    case OF_GUEST:
        return f->user_role == CHAT_GUEST;
    case OF_OTHERS:
        return f->user_role != CHAT_GUEST;
    case ANY:
        return true;
    }
    return false;
}

static char expected(const struct row *row, const struct may_facts *f)
{
    if (!f->room_known || (f->kind != CHAT_PUBLIC && !f->member)) {
        return 'N';
    }
    if (f->banned) {
        return 'B';
    }
    if (f->kind == CHAT_DM) {
        return row->dm[(f->archived ? 2 : 0) + (f->muted ? 1 : 0)];
    }
    if (!f->member) {
        return (f->archived ? row->strangers_archived : row->strangers)[f->user_role];
    }
    if (f->archived) {
        return (f->muted ? row->archived_muted : row->archived)[counting_role(f)];
    }
    return (f->muted ? row->muted : row->members)[counting_role(f)];
}

/* The n-th of all facts; false: there are no more. */
static bool facts_at(unsigned n, struct may_facts *f)
{
    f->user_role = (enum chat_role)(n % CHAT_ROLES_N), n /= CHAT_ROLES_N;
    f->room_role = (enum chat_role)(n % CHAT_ROLES_N), n /= CHAT_ROLES_N;
    f->other_role = (enum chat_role)(n % CHAT_ROLES_N), n /= CHAT_ROLES_N;
    f->kind = (enum chat_room_kind)(n % CHAT_ROOM_KINDS_N), n /= CHAT_ROOM_KINDS_N;
    f->room_known = n & 1;
    f->archived = n & 2;
    f->member = n & 4;
    f->banned = n & 8;
    f->muted = n & 16;
    f->own = n & 32;
    return n < 64;
}

static void test_may__is_as_the_table_says_over_all_facts(void **state)
{
    unsigned asked[ROWS_N] = {0};
    struct may_facts f;

    (void)state;
    for (unsigned n = 0; facts_at(n, &f); n++) {
        unsigned of_action[MAY_ACTIONS_N] = {0};
        for (unsigned i = 0; i < ROWS_N; i++) {
            if (!is_about(&table[i], &f)) {
                continue;
            }
            asked[i]++;
            of_action[table[i].action]++;
            if (letter(may(table[i].action, &f)) != expected(&table[i], &f)) {
                fail_msg("row %u, facts %u: %c instead of %c", i, n,
                         letter(may(table[i].action, &f)), expected(&table[i], &f));
            }
        }
        /* No fact and no action about a room is left out of the table, or in it twice. */
        for (unsigned a = 0; a < MAY_ACTIONS_N; a++) {
            bool of_room = a != MAY_CREATE_PUBLIC && a != MAY_CREATE_PRIVATE && a != MAY_DM &&
                           a != MAY_INVITE_TO_SERVER;
            assert_int_equal(of_action[a], of_room ? 1 : 0);
        }
    }
    for (unsigned i = 0; i < ROWS_N; i++) {
        assert_true(asked[i] > 0);
    }
}

static void test_may__what_is_about_no_room_depends_on_the_servers_role_alone(void **state)
{
    static const struct {
        enum may_action action;
        const char *roles;
    } rows[] = {
        {MAY_CREATE_PUBLIC, "F...."},
        {MAY_CREATE_PRIVATE, "F...."},
        {MAY_DM, "....."},
        {MAY_INVITE_TO_SERVER, "FFF.."},
    };
    struct may_facts f;

    (void)state;
    for (unsigned n = 0; facts_at(n, &f); n++) {
        for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            assert_int_equal(letter(may(rows[i].action, &f)), rows[i].roles[f.user_role]);
        }
    }
}

static void test_may__a_role_counts_where_it_was_given(void **state)
{
    (void)state;
    assert_int_equal(may_role(CHAT_PUBLIC, CHAT_ADMIN, false, CHAT_OWNER), CHAT_ADMIN);
    assert_int_equal(may_role(CHAT_PUBLIC, CHAT_ADMIN, true, CHAT_OWNER), CHAT_OWNER);
    assert_int_equal(may_role(CHAT_PUBLIC, CHAT_ADMIN, true, CHAT_MEMBER), CHAT_ADMIN);
    assert_int_equal(may_role(CHAT_PUBLIC, CHAT_GUEST, true, CHAT_MEMBER), CHAT_MEMBER);
    assert_int_equal(may_role(CHAT_PRIVATE, CHAT_OWNER, true, CHAT_MEMBER), CHAT_MEMBER);
    assert_int_equal(may_role(CHAT_PRIVATE, CHAT_OWNER, false, CHAT_OWNER), CHAT_GUEST);
    assert_int_equal(may_role(CHAT_DM, CHAT_OWNER, true, CHAT_MEMBER), CHAT_MEMBER);
}

static void test_may__who_is_blocked_does_not_speak_in_a_dm(void **state)
{
    struct may_facts f = {.room_known = true, .kind = CHAT_DM, .member = true, .own = true};

    (void)state;
    f.blocked = true;
    assert_int_equal(may(MAY_SEND, &f), CHAT_FORBIDDEN);
    assert_int_equal(may(MAY_EDIT, &f), CHAT_FORBIDDEN);
    assert_int_equal(may(MAY_DELETE, &f), CHAT_OK);
    assert_int_equal(may(MAY_READ, &f), CHAT_OK);
    assert_int_equal(may(MAY_LEAVE, &f), CHAT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_may__is_as_the_table_says_over_all_facts),
        cmocka_unit_test(test_may__what_is_about_no_room_depends_on_the_servers_role_alone),
        cmocka_unit_test(test_may__a_role_counts_where_it_was_given),
        cmocka_unit_test(test_may__who_is_blocked_does_not_speak_in_a_dm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
