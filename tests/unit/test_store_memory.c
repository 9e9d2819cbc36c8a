/* tincan-test: tsan=long */
/* Every operation with its first, second, ... allocation failing, SQLite's own among them: it is done or refused, never half, and the store
 * goes on.
 */
#include "store_fixture.h"

#include "log.h"
#include "mem.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define ALLOCATIONS_MAX 3000
#define NAME_BYTES      32

static int64_t ann, bob, cat, room;
static unsigned turn_n; /* of everything, so that names and hashes are new */

/* --- SQLite's memory is ours --- */

#define HEAD_BYTES 16

static void *sqlite_alloc(int n)
{
    char *p = mem_alloc((size_t)n + HEAD_BYTES);

    if (p) {
        memcpy(p, &n, sizeof n);
    }
    return p ? p + HEAD_BYTES : NULL;
}

static void sqlite_free(void *p)
{
    if (p) {
        mem_free((char *)p - HEAD_BYTES);
    }
}

static int sqlite_size(void *p)
{
    int n = 0;

    if (p) {
        memcpy(&n, (char *)p - HEAD_BYTES, sizeof n);
    }
    return n;
}

static void *sqlite_realloc(void *p, int n)
{
    char *q = mem_realloc((char *)p - HEAD_BYTES, (size_t)n + HEAD_BYTES);

    if (q) {
        memcpy(q, &n, sizeof n);
    }
    return q ? q + HEAD_BYTES : NULL;
}

static int sqlite_roundup(int n)
{
    return (n + 7) & ~7;
}

static int sqlite_init(void *user)
{
    (void)user;
    return SQLITE_OK;
}

static void sqlite_shutdown(void *user)
{
    (void)user;
}

static void give_sqlite_our_memory(void)
{
    static const sqlite3_mem_methods methods = {
        sqlite_alloc,   sqlite_free, sqlite_realloc,  sqlite_size,
        sqlite_roundup, sqlite_init, sqlite_shutdown, NULL};

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
}

/* --- the operations --- */

static struct slice new_name(void)
{
    char name[NAME_BYTES];

    assert_true(snprintf(name, sizeof name, "n%ux", turn_n) < (int)sizeof name);
    return fx_text(name);
}

static struct store_request *of_room(enum store_op op)
{
    struct store_request *r = fx_about(op, ann, room, 0);

    r->in.limit = 10;
    return r;
}

static struct store_request *send(void)
{
    return fx_message(ann, room, "hello @bob and @room, what is new?");
}

static int64_t last_seq(void)
{
    return fx_send(ann, room, "the last one")->out.seq;
}

static struct store_request *edit(void)
{
    struct store_request *r = of_room(STORE_EDIT);

    r->in.seq = last_seq();
    r->in.rev = 1;
    r->in.text = SL("edited, @cat");
    return r;
}

static struct store_request *write_draft(void)
{
    struct store_request *r = of_room(STORE_DRAFT_SET);

    r->in.text = SL("not sent yet");
    return r;
}

static struct store_request *read_draft(void)
{
    fx_ask(write_draft());
    return of_room(STORE_DRAFT_GET);
}

static struct store_request *delete (void)
{
    struct store_request *r = of_room(STORE_DELETE);

    r->in.seq = last_seq();
    return r;
}

static struct store_request *react(void)
{
    struct store_request *r = of_room(STORE_REACT);

    r->in.seq = last_seq();
    r->in.emoji = SL("+1");
    return r;
}

static struct store_request *history(void)
{
    return of_room(STORE_HISTORY);
}

static struct store_request *catch_up(void)
{
    struct store_request *r = of_room(STORE_SYNC);

    r->in.after = fx_ask(of_room(STORE_ROOM_GET))->out.rooms[0].ev - 5;
    return r;
}

static struct store_request *search(void)
{
    struct store_request *r = fx_new(STORE_SEARCH, ann);

    r->in.q = SL("hello");
    r->in.limit = 10;
    return r;
}

static struct store_request *resume(void)
{
    static const struct chat_cursor cursors[1] = {{1, 0}};
    struct store_request *r = fx_new(STORE_RESUME, ann);

    r->in.cursors = cursors;
    r->in.cursors_n = 1;
    return r;
}

static struct store_request *create_room(void)
{
    struct store_request *r = fx_new(STORE_ROOM_CREATE, ann);

    r->in.kind = CHAT_PUBLIC;
    r->in.name = new_name();
    return r;
}

static struct store_request *update_room(void)
{
    struct store_request *r = of_room(STORE_ROOM_UPDATE);

    r->in.name = new_name();
    fx_has(r, CHAT_FIELD_NAME);
    return r;
}

static struct store_request *join(void)
{
    fx_ask(fx_about(STORE_ROOM_LEAVE, bob, room, 0));
    return fx_about(STORE_ROOM_JOIN, bob, room, 0);
}

static struct store_request *leave(void)
{
    fx_ask(fx_about(STORE_ROOM_JOIN, bob, room, 0));
    return fx_about(STORE_ROOM_LEAVE, bob, room, 0);
}

static struct store_request *ban(void)
{
    return fx_about(STORE_ROOM_BAN, ann, room, cat);
}

static struct store_request *members(void)
{
    return of_room(STORE_ROOM_MEMBERS);
}

static struct store_request *rooms(void)
{
    return fx_new(STORE_ROOMS, ann);
}

static struct store_request *invite(void)
{
    struct store_request *r = of_room(STORE_INVITE_CREATE);

    r->in.seconds = 1;
    fx_has(r, CHAT_FIELD_SECONDS);
    fx_now_ms += 1000; /* those of before have ended */
    r->now_ms = fx_now_ms;
    r->account.hash = fx_hash(turn_n);
    return r;
}

static struct store_request *create_user(void)
{
    struct store_request *r = fx_new(STORE_USER_CREATE, 0);

    r->account.name = new_name();
    r->account.role = CHAT_MEMBER;
    return r;
}

static struct store_request *update_user(void)
{
    struct store_request *r = fx_new(STORE_USER_UPDATE, ann);

    r->in.display = SL("\xc3\x84nn");
    fx_has(r, CHAT_FIELD_DISPLAY);
    return r;
}

static struct store_request *users(void)
{
    struct store_request *r = fx_new(STORE_USERS, ann);

    r->in.q = SL("n");
    return r;
}

static struct store_request *new_session(void)
{
    struct store_request *r = fx_new(STORE_SESSION_NEW, ann);

    r->in.user = ann;
    r->account.hash = fx_hash(turn_n);
    r->account.expires_ms = fx_now_ms + 1000;
    return r;
}

static struct store_request *turn_session(void)
{
    struct store_request *r = fx_ask(new_session());
    struct slice hash = r->account.hash;

    r = fx_new(STORE_SESSION_TURN, 0);
    r->account.hash = hash;
    r->account.new_hash = fx_hash(turn_n + (1u << 30));
    r->account.expires_ms = fx_now_ms + 1000;
    return r;
}

static struct store_request *open_dm(void)
{
    struct store_request *r = fx_new(STORE_DM_OPEN, ann);

    r->in.user = fx_ask(create_user())->out.users[0].id;
    return r;
}

static struct store_request *add_key(void)
{
    struct store_request *r = fx_new(STORE_KEY_ADD, 0);

    r->account.hash = fx_hash(turn_n);
    return r;
}

/* --- files --- */

static struct store_request *announce(void)
{
    struct store_request *r = of_room(STORE_FILE_NEW);

    r->file.file.name = SL("a.png");
    r->file.file.size = 1;
    r->file_limits.files_n = ALLOCATIONS_MAX;
    r->file_limits.bytes = ALLOCATIONS_MAX;
    return r;
}

static struct store_request *about_file(enum store_op op, int64_t id)
{
    struct store_request *r = fx_new(op, ann);

    r->file.file.id = id;
    r->file.file.type = SL("image/png");
    return r;
}

static int64_t new_file(void)
{
    return fx_ask(announce())->out.files[0].file.id;
}

static int64_t whole_file(void)
{
    return fx_ask(about_file(STORE_FILE_WHOLE, new_file()))->out.files[0].file.id;
}

static struct store_request *finish_file(void)
{
    return about_file(STORE_FILE_WHOLE, new_file());
}

static struct store_request *read_file(void)
{
    return about_file(STORE_FILE_READ, whole_file());
}

static struct store_request *drop_file(void)
{
    return about_file(STORE_FILE_DROP, whole_file());
}

static struct store_request *send_files(void)
{
    struct store_request *r = fx_message(ann, room, "");
    int64_t *ids = arena_array(&r->arena, 2, sizeof *ids);

    assert_non_null(ids);
    ids[0] = whole_file();
    ids[1] = whole_file();
    r->in.files = ids;
    r->in.files_n = 2;
    struct slice *alts = arena_array(&r->arena, 2, sizeof *alts);
    assert_non_null(alts);
    alts[0] = alts[1] = fx_text("A cat");
    r->in.alts = alts;
    r->in.alts_n = 2;
    return r;
}

static struct store_request *delete_files(void)
{
    struct store_request *r = of_room(STORE_DELETE);

    r->in.seq = fx_ask(send_files())->out.seq;
    return r;
}

/* --- the sweep --- */

/* Is the n-th allocation still to fail? */
static bool is_left(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        void *p = mem_alloc(1);
        mem_free(p);
        if (!p) {
            return true;
        }
    }
    return false;
}

/* Returns how often it was refused. */
static unsigned sweep(struct store_request *(*make)(void))
{
    unsigned n = 1, refused_n = 0;

    for (; n < ALLOCATIONS_MAX; n++) {
        struct store_request *r;
        turn_n++;
        r = make();
        mem_fail_after(n, 0);
        store_call(fx_store, r);
        bool through = is_left(n);
        mem_fail_after(0, 0);
        switch (r->out.refusal.error) {
        case CHAT_OK:
            break;
        case CHAT_BUSY:
        case CHAT_INTERNAL:
        case CHAT_UNAVAILABLE:
            assert_false(r->out.has_event);
            refused_n++;
            break;
        default:
            fail_msg("allocation %u: %s", n, chat_error_rows[r->out.refusal.error].code);
        }
        if (through) {
            assert_int_equal(r->out.refusal.error, CHAT_OK);
            break;
        }
    }
    assert_true(n < ALLOCATIONS_MAX);
    /* Counters and rows are as one. */
    assert_int_equal(fx_sql("SELECT count(*) FROM room WHERE seq <> (SELECT count(*) FROM message "
                            "WHERE message.room = room.id)"),
                     0);
    assert_int_equal(fx_sql("SELECT count(*) FROM room WHERE ev <> (SELECT count(*) FROM "
                            "room_event WHERE room_event.room = room.id)"),
                     0);
    assert_int_equal(fx_sql("SELECT count(*) FROM room WHERE members_n <> (SELECT count(*) FROM "
                            "member WHERE member.room = room.id AND joined = 1)"),
                     0);
    return refused_n;
}

static int start(void **state)
{
    int status = fx_set_up(state);

    ann = fx_user("ann", CHAT_MEMBER);
    bob = fx_user("bob", CHAT_MEMBER);
    cat = fx_user("cat", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PUBLIC, "ops");
    fx_add(ann, room, bob);
    fx_send(ann, room, "hello world");
    log_set_level(LOG_ERROR);
    return status;
}

#define SWEEP(name, ...)                                                                           \
    static void test_memory__##name(void **state)                                                  \
    {                                                                                              \
        static struct store_request *(*const makes[])(void) = {__VA_ARGS__};                       \
        unsigned refused_n = 0;                                                                    \
        (void)state;                                                                               \
        for (unsigned i = 0; i < sizeof makes / sizeof makes[0]; i++) {                            \
            refused_n += sweep(makes[i]);                                                          \
        }                                                                                          \
        assert_true(refused_n > 0);                                                                \
    }
SWEEP(messages, send, edit, delete, react, write_draft, read_draft)
SWEEP(reading, history, catch_up, search, resume)
SWEEP(rooms_and_members, create_room, update_room, join, leave, ban, members, rooms, invite,
      open_dm)
SWEEP(accounts_and_devices, create_user, update_user, users, new_session, turn_session, add_key)
SWEEP(files, announce, finish_file, read_file, drop_file, send_files, history, delete_files)

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_memory__messages),
        TEST(test_memory__reading),
        TEST(test_memory__rooms_and_members),
        TEST(test_memory__accounts_and_devices),
        TEST(test_memory__files),
    };

    give_sqlite_our_memory();
    return FX_MAIN(tests);
}
