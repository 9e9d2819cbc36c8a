/* What is to be heard of what the store has done: who moves, who is told what, in which order. */
#include "news.h"

#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROOM  5
#define LOBBY 1
#define ANA   10
#define BO    11
#define GUEST 12

static const struct news_bridge no_bridge;
static const struct news_bridge bridge = {true, LOBBY, GUEST};

static struct chat_user ana = {.id = ANA, .name = {"ana", 3}, .display = {"Ana", 3}};
static struct chat_user bo = {.id = BO, .name = {"bo", 2}};
static struct chat_room room = {
    .id = ROOM, .kind = CHAT_PRIVATE, .name = {"ops", 3}, .has_mine = true, .joined = true};

/* The news as text: a line an item. */
static void describe(const struct news *n, struct buf *out)
{
    static const char *const kinds[] = {"join",    "leave",     "event", "me",
                                        "profile", "workspace", "relay"};
    buf_reset(out);
    for (unsigned i = 0; i < n->items_n; i++) {
        const struct news_item *item = &n->items[i];
        assert_int_equal(buf_printf(out, "%s%s room=%d user=%d\n", kinds[item->kind],
                                    item->lost ? " lost" : "", (int)item->room, (int)item->user),
                         ERR_OK);
    }
    assert_int_equal(buf_putc(out, '\0'), ERR_OK);
}

static void assert_news(const struct news *n, const char *expected)
{
    struct buf out;
    buf_init(&out, 4096);
    describe(n, &out);
    assert_string_equal(out.p, expected);
    buf_fini(&out);
}

/* The JSON of an item begins with a text, and contains another. */
static void assert_says(const struct news *n, unsigned index, const char *start, const char *part)
{
    char text[2000];
    const struct news_item *item = &n->items[index];
    assert_true(index < n->items_n && item->n < sizeof text);
    memcpy(text, n->text.p + item->from, item->n);
    text[item->n] = '\0';
    assert_true(slice_starts_with(slice_str(text), slice_str(start)));
    assert_non_null(strstr(text, part));
    assert_int_equal(text[item->n - 1], '}');
}

static struct store_request member_act(enum store_op op, enum chat_change change,
                                       struct chat_user *user)
{
    return (struct store_request){.op = op,
                                  .actor = ANA,
                                  .in = {.room = ROOM},
                                  .out = {.has_event = true,
                                          .event = {.room = ROOM,
                                                    .ev = 7,
                                                    .kind = CHAT_EVENT_MEMBER,
                                                    .actor = ANA,
                                                    .ts = 1,
                                                    .user = user,
                                                    .change = change},
                                          .rooms = &room,
                                          .rooms_n = 1,
                                          .users = user,
                                          .users_n = 1}};
}

static struct store_request message_act(int64_t where, struct chat_message *m)
{
    m->room = where;
    return (struct store_request){.op = STORE_SEND,
                                  .actor = m->from.id,
                                  .in = {.room = where},
                                  .out = {.has_event = true,
                                          .event = {.room = where,
                                                    .ev = 3,
                                                    .kind = CHAT_EVENT_MESSAGE,
                                                    .actor = m->from.id,
                                                    .ts = 1,
                                                    .message = m}}};
}

static void test_news__who_joins_is_in_the_room_before_its_event(void **state)
{
    struct news n;
    (void)state;
    news_init(&n);
    struct store_request r = member_act(STORE_ROOM_JOIN, CHAT_JOIN, &ana);
    news_make(&n, &r, &no_bridge);
    assert_news(&n, "join room=5 user=10\nevent room=5 user=0\nme room=0 user=10\n");
    assert_says(&n, 1, "{\"room\":5,\"ev\":7", "\"change\":\"join\"");
    assert_says(&n, 2, "{\"kind\":\"room\",\"room\":{\"id\":5", "\"joined\":true");
    r = member_act(STORE_ROOM_ADD, CHAT_JOIN, &bo);
    news_make(&n, &r, &no_bridge);
    assert_news(&n, "join room=5 user=11\nevent room=5 user=0\nme room=0 user=11\n");
    news_fini(&n);
}

static void test_news__who_goes_is_out_before_the_event(void **state)
{
    static const struct {
        enum store_op op;
        enum chat_change change;
        const char *word;
    } cases[] = {
        {STORE_ROOM_LEAVE, CHAT_LEAVE, "\"change\":\"leave\""},
        {STORE_ROOM_KICK, CHAT_KICK, "\"change\":\"kick\""},
        {STORE_ROOM_BAN, CHAT_BAN, "\"change\":\"ban\""},
    };
    struct news n;
    (void)state;
    news_init(&n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_request r = member_act(cases[i].op, cases[i].change, &bo);
        news_make(&n, &r, &no_bridge);
        assert_news(&n, "leave room=5 user=11\nevent room=5 user=0\nme room=0 user=11\n");
        assert_says(&n, 1, "{\"room\":5", cases[i].word);
        assert_says(&n, 2, "{\"kind\":\"left\",\"room\":5", cases[i].word);
    }
    news_fini(&n);
}

/* The last owner hands over and goes. */
static void test_news__what_happened_just_before_is_told_before(void **state)
{
    struct news n;
    (void)state;
    news_init(&n);
    struct store_request r = member_act(STORE_ROOM_LEAVE, CHAT_LEAVE, &ana);
    r.out.has_also = true;
    r.out.also = r.out.event;
    r.out.also.ev = 6;
    r.out.also.user = &bo;
    r.out.also.change = CHAT_ROLE;
    news_make(&n, &r, &no_bridge);
    assert_news(&n, "event room=5 user=0\nleave room=5 user=10\nevent room=5 user=0\nme room=0 "
                    "user=10\n");
    assert_says(&n, 0, "{\"room\":5,\"ev\":6", "\"change\":\"role\"");
    assert_says(&n, 2, "{\"room\":5,\"ev\":7", "\"change\":\"leave\"");
    news_fini(&n);
}

static void test_news__other_changes_move_nobody(void **state)
{
    static const struct {
        enum store_op op;
        enum chat_change change;
    } cases[] = {
        {STORE_ROOM_BAN, CHAT_UNBAN},
        {STORE_ROOM_MUTE, CHAT_MUTE},
        {STORE_ROOM_MUTE, CHAT_UNMUTE},
        {STORE_ROOM_ROLE, CHAT_ROLE},
    };
    struct news n;
    (void)state;
    news_init(&n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_request r = member_act(cases[i].op, cases[i].change, &bo);
        news_make(&n, &r, &no_bridge);
        assert_news(&n, "event room=5 user=0\n");
    }
    news_fini(&n);
}

static void test_news__nothing_new_is_nothing(void **state)
{
    struct news n;
    struct chat_message m = {.seq = 1, .cid = {"", 0}, .from = ana, .text = {"hi", 2}, .rev = 1};
    (void)state;
    news_init(&n);
    struct store_request again = member_act(STORE_ROOM_JOIN, CHAT_JOIN, &ana);
    again.out.has_event = false;
    news_make(&n, &again, &no_bridge);
    assert_news(&n, "");
    struct store_request doubled = message_act(ROOM, &m);
    doubled.out.dup = true;
    news_make(&n, &doubled, &no_bridge);
    assert_news(&n, "");
    struct store_request refused = member_act(STORE_ROOM_KICK, CHAT_KICK, &bo);
    refused.out.refusal.error = CHAT_FORBIDDEN;
    news_make(&n, &refused, &no_bridge);
    assert_news(&n, "");
    news_fini(&n);
}

static void test_news__a_dm_is_told_to_both_as_each_sees_it(void **state)
{
    struct news n;
    struct chat_user both[] = {ana, bo};
    struct chat_room sides[] = {
        {.id = 9, .kind = CHAT_DM, .with = &bo, .has_mine = true, .joined = true},
        {.id = 9, .kind = CHAT_DM, .with = &ana, .has_mine = true, .joined = true}};
    struct store_request r = {
        .op = STORE_DM_OPEN,
        .actor = ANA,
        .out = {.rooms = sides, .rooms_n = 2, .users = both, .users_n = 2, .room_is_new = true}};
    (void)state;
    news_init(&n);
    news_make(&n, &r, &no_bridge);
    assert_news(&n,
                "join room=9 user=10\njoin room=9 user=11\nme room=0 user=10\nme room=0 user=11\n");
    assert_says(&n, 2, "{\"kind\":\"room\",\"room\":{\"id\":9", "\"with\":{\"id\":11");
    assert_says(&n, 3, "{\"kind\":\"room\",\"room\":{\"id\":9", "\"with\":{\"id\":10");
    r.out.room_is_new = false;
    news_make(&n, &r, &no_bridge);
    assert_news(&n, "");
    news_fini(&n);
}

static void test_news__ones_own_marks_go_to_ones_own_devices(void **state)
{
    struct news n;
    struct chat_profile said = {.bio = SL("Sails.")};
    struct chat_user whole = ana;
    struct store_request read = {.op = STORE_READ_MARK,
                                 .actor = ANA,
                                 .in = {.room = ROOM},
                                 .out = {.read_seq = 4, .unread = 2, .mentions = 1}};
    struct store_request draft = {.op = STORE_DRAFT_SET,
                                  .actor = ANA,
                                  .in = {.room = ROOM},
                                  .out = {.draft = {.rev = 2, .text = {"hal", 3}}}};
    struct store_request notify = {
        .op = STORE_NOTIFY, .actor = ANA, .out = {.rooms = &room, .rooms_n = 1}};
    struct store_request profile = {
        .op = STORE_USER_UPDATE, .actor = ANA, .out = {.users = &whole, .users_n = 1}};
    struct store_request block = {
        .op = STORE_BLOCK, .actor = BO, .in = {.on = true}, .out = {.users = &ana, .users_n = 1}};
    (void)state;
    whole.profile = &said;
    news_init(&n);
    news_make(&n, &block, &no_bridge);
    assert_says(&n, 0, "{\"kind\":\"block\",\"user\":{\"id\":10", "\"on\":true}");
    news_make(&n, &read, &no_bridge);
    assert_news(&n, "me room=0 user=10\n");
    assert_says(&n, 0, "{\"kind\":\"read\",\"room\":5,\"read_seq\":4,\"unread\":2,\"mentions\":1}",
                "read");
    read.in.on = true;
    news_make(&n, &read, &no_bridge);
    assert_news(&n, "me room=0 user=10\n");
    assert_says(&n, 0, "{\"kind\":\"read\",\"room\":5,", "\"mentions\":1,\"on\":true}");
    news_make(&n, &draft, &no_bridge);
    assert_news(&n, "me room=0 user=10\n");
    assert_says(&n, 0, "{\"kind\":\"draft\",\"room\":5,\"rev\":2,\"text\":\"hal\"}", "hal");
    news_make(&n, &notify, &no_bridge);
    assert_news(&n, "me room=0 user=10\n");
    news_make(&n, &profile, &no_bridge);
    assert_news(&n, "me room=0 user=10\nprofile room=0 user=10\n");
    assert_says(&n, 0, "{\"kind\":\"profile\",\"user\":{\"id\":10", "Ana");
    assert_says(&n, 1, "{\"user\":{\"id\":10", "\"bio\":\"Sails.\",\"zone\":\"\"");
    profile.op = STORE_AVATAR_SET;
    news_make(&n, &profile, &no_bridge);
    assert_news(&n, "me room=0 user=10\nprofile room=0 user=10\n");
    profile.out.dup = true; /* the same picture again */
    news_make(&n, &profile, &no_bridge);
    assert_news(&n, "");
    news_fini(&n);
}

static void test_news__everybody_hears_what_it_is_all_called(void **state)
{
    struct news n;
    struct store_request set = {
        .op = STORE_WORKSPACE_SET, .actor = ANA, .out = {.workspace = SL("Say \"hi\"")}};
    struct store_request first = {.op = STORE_USER_CREATE,
                                  .account = {.first_owner = true, .workspace = SL("Acme")},
                                  .out = {.users = &ana, .users_n = 1}};
    (void)state;
    news_init(&n);
    news_make(&n, &set, &no_bridge);
    assert_news(&n, "workspace room=0 user=0\n");
    assert_says(&n, 0, "{\"workspace\":\"Say \\\"hi\\\"\"}", "hi");
    set.out.workspace = SL("");
    news_make(&n, &set, &no_bridge);
    assert_says(&n, 0, "{\"workspace\":\"\"}", "");
    set.out.refusal.error = CHAT_FORBIDDEN;
    news_make(&n, &set, &no_bridge);
    assert_news(&n, "");
    news_make(&n, &first, &no_bridge);
    assert_news(&n, "workspace room=0 user=0\n");
    assert_says(&n, 0, "{\"workspace\":\"Acme\"}", "Acme");
    first.account.workspace = SL(""); /* it is called as before */
    news_make(&n, &first, &no_bridge);
    assert_news(&n, "");
    first = (struct store_request){.op = STORE_USER_CREATE, .account = {.workspace = SL("Evil")}};
    news_make(&n, &first, &no_bridge);
    assert_news(&n, "");
    news_fini(&n);
}

static void test_news__the_lobby_is_relayed_but_not_what_came_from_there(void **state)
{
    struct news n;
    struct chat_user guest = {.id = GUEST, .name = {"guest", 5}};
    struct chat_message m = {
        .seq = 1, .cid = {"", 0}, .from = ana, .text = {"\"hi\"", 4}, .ts = 1000, .rev = 1};
    (void)state;
    news_init(&n);
    struct store_request r = message_act(LOBBY, &m);
    news_make(&n, &r, &bridge);
    assert_news(&n, "event room=1 user=0\nrelay room=1 user=10\n");
    assert_says(&n, 1, "{\"text\":\"\\\"hi\\\"\",\"timestamp\":\"1970-01-01T00:00:01.000Z\"",
                "\"user\":\"Ana\"");
    news_make(&n, &r, &no_bridge);
    assert_news(&n, "event room=1 user=0\n");
    m.from = guest;
    r = message_act(LOBBY, &m);
    news_make(&n, &r, &bridge);
    assert_news(&n, "event room=1 user=0\n");
    m.from = bo; /* without a display name */
    r = message_act(LOBBY, &m);
    news_make(&n, &r, &bridge);
    assert_says(&n, 1, "{", "\"user\":\"bo\"");
    r = message_act(ROOM, &m);
    news_make(&n, &r, &bridge);
    assert_news(&n, "event room=5 user=0\n");
    r = message_act(LOBBY, &m);
    r.out.event.kind = CHAT_EVENT_EDIT;
    news_make(&n, &r, &bridge);
    assert_news(&n, "event room=1 user=0\n");
    news_fini(&n);
}

static void test_news__ended_sessions_are_told_even_of_a_refusal(void **state)
{
    struct news n;
    int64_t sessions[] = {3, 4};
    struct store_request r = {
        .op = STORE_SESSION_TURN,
        .out = {.refusal = {.error = CHAT_UNAUTHENTICATED}, .revoked = sessions, .revoked_n = 2}};
    (void)state;
    news_init(&n);
    news_make(&n, &r, &no_bridge);
    assert_news(&n, "");
    assert_int_equal(n.ended_n, 2);
    assert_int_equal(n.ended[1], 4);
    news_fini(&n);
}

/* Whoever is to leave leaves, also when there is no memory for a word about it. */
static void test_news__without_memory_moves_stay_and_texts_are_marked_lost(void **state)
{
    struct news n;
    (void)state;
    news_init(&n);
    struct store_request r = member_act(STORE_ROOM_KICK, CHAT_KICK, &bo);
    mem_fail_after(1, 1);
    news_make(&n, &r, &no_bridge);
    mem_fail_after(0, 0);
    assert_news(&n, "leave room=5 user=11\nevent lost room=5 user=0\nme lost room=0 user=11\n");
    news_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news__who_joins_is_in_the_room_before_its_event),
        cmocka_unit_test(test_news__who_goes_is_out_before_the_event),
        cmocka_unit_test(test_news__what_happened_just_before_is_told_before),
        cmocka_unit_test(test_news__other_changes_move_nobody),
        cmocka_unit_test(test_news__nothing_new_is_nothing),
        cmocka_unit_test(test_news__a_dm_is_told_to_both_as_each_sees_it),
        cmocka_unit_test(test_news__ones_own_marks_go_to_ones_own_devices),
        cmocka_unit_test(test_news__everybody_hears_what_it_is_all_called),
        cmocka_unit_test(test_news__the_lobby_is_relayed_but_not_what_came_from_there),
        cmocka_unit_test(test_news__ended_sessions_are_told_even_of_a_refusal),
        cmocka_unit_test(test_news__without_memory_moves_stay_and_texts_are_marked_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
