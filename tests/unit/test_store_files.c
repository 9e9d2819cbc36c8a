/* tincan-test: tsan=long */
/* Files: who may upload, send and read them, and that nothing of them stays when they are gone. On both databases. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_FILES 5
#define LIMIT_BYTES 1000

static int64_t ann, bob, eve, room, other_room;

static int set_up(void **state)
{
    fx_set_up(state);
    ann = fx_user("ann", CHAT_MEMBER);
    bob = fx_user("bob", CHAT_MEMBER);
    eve = fx_user("eve", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PRIVATE, "den");
    other_room = fx_room(ann, CHAT_PRIVATE, "attic");
    fx_add(ann, room, bob);
    fx_add(ann, other_room, bob);
    return 0;
}

static struct store_request *new_file(int64_t actor, int64_t in_room, const char *name,
                                      int64_t size)
{
    struct store_request *r = fx_in_room(STORE_FILE_NEW, actor, in_room);
    r->file.file.name = fx_text(name);
    r->file.file.size = size;
    r->file_limits.files_n = LIMIT_FILES;
    r->file_limits.bytes = LIMIT_BYTES;
    return r;
}

static struct store_request *about(enum store_op op, int64_t actor, int64_t id)
{
    struct store_request *r = fx_new(op, actor);
    r->file.file.id = id;
    r->file.file.type = fx_text("image/png");
    r->file.file.width = 4;
    r->file.file.height = 3;
    return r;
}

/* An upload that is finished; its id. */
static int64_t upload(int64_t actor, int64_t in_room, const char *name, int64_t size)
{
    int64_t id = fx_ask(new_file(actor, in_room, name, size))->out.files[0].file.id;
    fx_ask(about(STORE_FILE_WHOLE, actor, id));
    return id;
}

static struct store_request *message(int64_t actor, const char *text, const int64_t *ids,
                                     uint32_t n)
{
    struct store_request *r = fx_message(actor, room, text);
    int64_t *copy = arena_array(&r->arena, n, sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, ids, n * sizeof *copy);
    r->in.files = copy;
    r->in.files_n = n;
    return r;
}

static int64_t rows(void)
{
    return fx_sql("SELECT count(*) FROM file");
}

static struct store_request *history(int64_t actor)
{
    struct store_request *r = fx_in_room(STORE_HISTORY, actor, room);
    r->in.limit = 50;
    return fx_ask(r);
}

static void delete_message(int64_t actor, int64_t seq, uint32_t gone_n)
{
    struct store_request *r = fx_in_room(STORE_DELETE, actor, room);
    r->in.seq = seq;
    fx_ask(r);
    assert_int_equal(r->out.gone_n, gone_n);
    assert_int_equal(r->out.event.message->files_n, 0);
}

/* The same, and what the last of them shows. */
static struct store_request *described(int64_t actor, const int64_t *ids, uint32_t n,
                                       const char *alt)
{
    struct store_request *r = message(actor, "", ids, n);
    struct slice *alts = arena_array(&r->arena, n, sizeof *alts);
    assert_non_null(alts);
    for (uint32_t i = 0; i < n; i++) {
        alts[i] = i + 1 < n ? SL("") : fx_text(alt);
    }
    r->in.alts = alts;
    r->in.alts_n = n;
    return r;
}

static void check_two(const struct chat_message *m, const int64_t ids[2])
{
    assert_int_equal(m->files_n, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(m->files[i].id, ids[i]);
        assert_int_equal(m->files[i].size, 10 + i);
        assert_true(slice_eq(m->files[i].name, i == 0 ? SL("one.png") : SL("two.png")));
        assert_true(slice_eq(m->files[i].type, SL("image/png")));
        assert_int_equal(m->files[i].width, 4);
        assert_int_equal(m->files[i].height, 3);
    }
}

/* --- uploading --- */

static void test_file__is_uploaded_finished_and_found_by_its_owner_alone(void **state)
{
    (void)state;
    struct store_request *r = fx_ask(new_file(ann, room, "one.png", 10));
    const struct store_file *f = &r->out.files[0];
    int64_t id = f->file.id;
    assert_true(id > 0 && id <= CHAT_ID_MAX);
    assert_int_equal(f->owner, ann);
    assert_int_equal(f->room, room);
    assert_false(f->whole);
    assert_true(slice_eq(f->file.name, SL("one.png")));
    assert_int_equal(fx_ask(about(STORE_FILE_MINE, ann, id))->out.files[0].file.size, 10);
    fx_refused(about(STORE_FILE_MINE, bob, id), CHAT_NOT_FOUND, "file");
    fx_refused(about(STORE_FILE_READ, ann, id), CHAT_NOT_FOUND, "file");
    fx_refused(about(STORE_FILE_WHOLE, bob, id), CHAT_NOT_FOUND, "file");
    fx_ask(about(STORE_FILE_WHOLE, ann, id));
    r = about(STORE_FILE_WHOLE, ann, id);
    r->file.file.type = fx_text("text/html");
    fx_ask(r); /* once more: as it was */
    assert_true(slice_eq(r->out.files[0].file.type, SL("image/png")));
    fx_reopen();
    r = fx_ask(about(STORE_FILE_READ, ann, id));
    assert_true(r->out.files[0].whole);
    assert_true(slice_eq(r->out.files[0].file.type, SL("image/png")));
    fx_refused(about(STORE_FILE_READ, bob, id), CHAT_NOT_FOUND, "file");
    fx_refused(about(STORE_FILE_READ, ann, id + 1), CHAT_NOT_FOUND, "file");
}

static void test_file__is_uploaded_by_those_who_may_send(void **state)
{
    (void)state;
    fx_refused(new_file(eve, room, "x", 1), CHAT_NOT_FOUND, "room");
    fx_refused(new_file(ann, room + 1000, "x", 1), CHAT_NOT_FOUND, "room");
    struct store_request *mute = fx_about(STORE_ROOM_MUTE, ann, room, bob);
    mute->in.seconds = 60;
    fx_has(mute, CHAT_FIELD_SECONDS);
    fx_ask(mute);
    fx_refused(new_file(bob, room, "x", 1), CHAT_MUTED, "room");
    assert_int_equal(rows(), 0);
}

static void test_file__what_is_not_sent_is_capped_in_number_and_bytes(void **state)
{
    (void)state;
    int64_t first = upload(ann, room, "full", LIMIT_BYTES);
    fx_refused(new_file(ann, room, "x", 1), CHAT_TOO_MANY, "");
    fx_ask(new_file(ann, room, "empty", 0));
    fx_ask(new_file(bob, room, "x", 1)); /* somebody else's do not count */
    fx_ask(message(ann, "", &first, 1)); /* nor what is sent */
    fx_refused(new_file(ann, room, "x", LIMIT_BYTES + 1), CHAT_TOO_MANY, "");
    for (unsigned i = 1; i < LIMIT_FILES; i++) {
        fx_ask(new_file(ann, room, "x", 1));
    }
    fx_refused(new_file(ann, room, "x", 1), CHAT_TOO_MANY, "");
}

static void test_file__what_was_given_up_makes_way_for_others(void **state)
{
    (void)state;
    int64_t whole = upload(ann, room, "whole", 100), given_up[2];
    int64_t others = fx_ask(new_file(bob, room, "x", 1))->out.files[0].file.id;
    int64_t slow = fx_ask(new_file(ann, room, "slow", 100))->out.files[0].file.id;
    given_up[0] = fx_ask(new_file(ann, room, "x", 100))->out.files[0].file.id;
    given_up[1] = fx_ask(new_file(ann, room, "x", 100))->out.files[0].file.id;
    fx_now_ms += STORE_FILE_IDLE_MS - 1;
    fx_ask(about(STORE_FILE_MINE, ann, slow)); /* a piece of it comes */
    fx_refused(new_file(ann, room, "x", 601), CHAT_TOO_MANY, "");
    fx_now_ms++;
    fx_ask(new_file(ann, room, "y", 1)); /* there is room: nothing has to go */
    assert_int_equal(rows(), 6);
    struct store_request *r = fx_ask(new_file(ann, room, "x", 601));
    assert_int_equal(r->out.gone_n, 2);
    assert_int_equal(r->out.gone[0] + r->out.gone[1], given_up[0] + given_up[1]);
    fx_ask(about(STORE_FILE_MINE, ann, slow));
    fx_ask(about(STORE_FILE_MINE, ann, whole));
    fx_ask(about(STORE_FILE_MINE, bob, others));
    fx_refused(about(STORE_FILE_MINE, ann, given_up[0]), CHAT_NOT_FOUND, "file");
    assert_int_equal(rows(), 5);
}

static void test_file__an_upload_can_be_given_up_but_not_what_is_sent(void **state)
{
    (void)state;
    int64_t id = fx_ask(new_file(ann, room, "x", 1))->out.files[0].file.id;
    fx_refused(about(STORE_FILE_DROP, bob, id), CHAT_NOT_FOUND, "file");
    struct store_request *r = fx_ask(about(STORE_FILE_DROP, ann, id));
    assert_int_equal(r->out.gone_n, 1);
    assert_int_equal(r->out.gone[0], id);
    fx_refused(about(STORE_FILE_DROP, ann, id), CHAT_NOT_FOUND, "file");
    assert_int_equal(rows(), 0);
    id = upload(ann, room, "x", 1);
    fx_ask(message(ann, "", &id, 1));
    fx_refused(about(STORE_FILE_DROP, ann, id), CHAT_CONFLICT, "file");
    assert_int_equal(rows(), 1);
}

/* --- sending --- */

static void test_file__comes_with_its_message_on_every_way(void **state)
{
    (void)state;
    const int64_t ids[2] = {upload(ann, room, "one.png", 10), upload(ann, room, "two.png", 11)};
    struct store_request *r = fx_ask(message(ann, "needle", ids, 2));
    check_two(r->out.event.message, ids);
    fx_send(bob, room, "without");
    r = history(bob);
    assert_int_equal(r->out.messages_n, 2);
    check_two(&r->out.messages[0], ids);
    assert_int_equal(r->out.messages[1].files_n, 0);
    r = fx_in_room(STORE_SYNC, bob, room);
    r->in.after = 0;
    fx_ask(r);
    bool seen = false;
    for (uint32_t i = 0; i < r->out.events_n; i++) {
        if (r->out.events[i].message && r->out.events[i].message->seq == 1) {
            check_two(r->out.events[i].message, ids);
            seen = true;
        }
    }
    assert_true(seen);
    r = fx_new(STORE_SEARCH, bob);
    r->in.q = fx_text("needle");
    r->in.limit = 10;
    fx_ask(r);
    assert_int_equal(r->out.messages_n, 1);
    check_two(&r->out.messages[0], ids);
    r = fx_new(STORE_RESUME, bob);
    struct chat_cursor cursor = {room, 0};
    r->in.cursors = &cursor;
    r->in.cursors_n = 1;
    fx_has(r, CHAT_FIELD_ROOMS);
    fx_ask(r);
    seen = false;
    for (uint32_t i = 0; i < r->out.rooms_n; i++) {
        const struct chat_room *known = &r->out.rooms[i];
        for (uint32_t k = 0; known->id == room && k < known->reset_n; k++) {
            if (known->reset[k].seq == 1) {
                check_two(&known->reset[k], ids);
                seen = true;
            }
        }
    }
    assert_true(seen);
    r = fx_in_room(STORE_EDIT, ann, room);
    r->in.seq = 1;
    r->in.rev = 1;
    r->in.text = fx_text("edited");
    check_two(fx_ask(r)->out.event.message, ids);
}

static void check_described(const struct chat_message *m)
{
    assert_int_equal(m->files_n, 2);
    assert_int_equal(m->files[0].alt.n, 0);
    assert_true(slice_eq(m->files[1].alt, SL("A cat")));
}

static void test_file__what_it_shows_comes_with_it_and_goes_with_it(void **state)
{
    (void)state;
    const int64_t ids[2] = {upload(ann, room, "one.png", 10), upload(ann, room, "two.png", 11)};
    struct store_request *first = fx_ask(described(ann, ids, 2, "A cat"));
    check_described(first->out.event.message);
    check_described(&history(bob)->out.messages[0]);
    struct store_request *r = fx_in_room(STORE_SYNC, bob, room);
    r->in.after = first->out.ev - 1;
    fx_ask(r);
    check_described(r->out.events[0].message);
    r = described(ann, ids, 2, "A cat");
    memcpy(r->in.cid, first->in.cid, sizeof r->in.cid);
    assert_true(fx_ask(r)->out.dup);
    r = described(ann, ids, 2, "A dog"); /* another message under the same cid */
    memcpy(r->in.cid, first->in.cid, sizeof r->in.cid);
    fx_refused(r, CHAT_CID_REUSED, "cid");
    check_described(&history(bob)->out.messages[0]);
    assert_int_equal(fx_sql("SELECT count(*) FROM file_alt"), 1);
    delete_message(ann, 1, 2);
    assert_int_equal(fx_sql("SELECT count(*) FROM file_alt"), 0);
}

static void test_file__order_is_that_of_the_message(void **state)
{
    (void)state;
    int64_t ids[CHAT_FILES_MAX];
    for (unsigned i = 0; i < CHAT_FILES_MAX; i++) {
        struct store_request *r = new_file(ann, room, "x", 1);
        r->file_limits.files_n = CHAT_FILES_MAX;
        ids[i] = fx_ask(r)->out.files[0].file.id;
        fx_ask(about(STORE_FILE_WHOLE, ann, ids[i]));
    }
    fx_ask(message(ann, "", ids, CHAT_FILES_MAX));
    struct store_request *r = history(bob);
    assert_int_equal(r->out.messages[0].files_n, CHAT_FILES_MAX);
    for (unsigned i = 0; i < CHAT_FILES_MAX; i++) {
        assert_int_equal(r->out.messages[0].files[i].id, ids[i]);
    }
}

static void test_file__only_ones_own_whole_ones_of_that_room_are_sent_and_once(void **state)
{
    (void)state;
    int64_t bobs = upload(bob, room, "x", 1), elsewhere = upload(ann, other_room, "x", 1);
    int64_t part = fx_ask(new_file(ann, room, "x", 1))->out.files[0].file.id;
    int64_t id = upload(ann, room, "x", 1), unknown = id + 1;
    fx_refused(message(ann, "a", &bobs, 1), CHAT_INVALID, "files");
    fx_refused(message(ann, "a", &elsewhere, 1), CHAT_INVALID, "files");
    fx_refused(message(ann, "a", &part, 1), CHAT_INVALID, "files");
    fx_refused(message(ann, "a", &unknown, 1), CHAT_INVALID, "files");
    const int64_t mixed[2] = {id, bobs};
    fx_refused(message(ann, "a", mixed, 2), CHAT_INVALID, "files");
    fx_ask(message(ann, "a", &id, 1));
    fx_refused(message(ann, "b", &id, 1), CHAT_INVALID, "files");
    assert_int_equal(history(ann)->out.messages_n, 1);
}

static void test_file__two_messages_at_once_do_not_share_one(void **state)
{
    (void)state;
    int64_t id = upload(ann, room, "x", 1);
    struct store_request *list[20];
    unsigned n = sizeof list / sizeof *list, sent_n = 0;
    for (unsigned i = 0; i < n; i++) {
        list[i] = message(ann, "a", &id, 1);
    }
    fx_run_all(list, n);
    for (unsigned i = 0; i < n; i++) {
        sent_n += list[i]->out.refusal.error == CHAT_OK;
        assert_true(list[i]->out.refusal.error == CHAT_OK ||
                    strcmp(list[i]->out.refusal.field, "files") == 0);
    }
    assert_int_equal(sent_n, 1);
    assert_int_equal(history(bob)->out.messages_n, 1);
    assert_int_equal(fx_sql("SELECT count(*) FROM file WHERE seq > 0"), 1);
}

static void test_file__the_same_cid_is_the_same_message_with_the_same_files(void **state)
{
    (void)state;
    int64_t ids[2] = {upload(ann, room, "one.png", 10), upload(ann, room, "two.png", 11)};
    struct store_request *first = fx_ask(message(ann, "", ids, 2));
    struct store_request *again = message(ann, "", ids, 2);
    memcpy(again->in.cid, first->in.cid, sizeof again->in.cid);
    fx_ask(again);
    assert_true(again->out.dup);
    assert_int_equal(again->out.seq, first->out.seq);
    struct store_request *other = message(ann, "", ids, 1);
    memcpy(other->in.cid, first->in.cid, sizeof other->in.cid);
    fx_refused(other, CHAT_CID_REUSED, "cid");
    struct store_request *none = fx_message(ann, room, "");
    memcpy(none->in.cid, first->in.cid, sizeof none->in.cid);
    fx_refused(none, CHAT_CID_REUSED, "cid");
    check_two(&history(bob)->out.messages[0], ids);
}

/* --- reading --- */

static void test_file__is_read_by_those_who_may_read_its_room_now(void **state)
{
    (void)state;
    int64_t id = upload(ann, room, "x", 1);
    fx_ask(message(ann, "", &id, 1));
    fx_ask(about(STORE_FILE_READ, ann, id));
    fx_ask(about(STORE_FILE_READ, bob, id));
    fx_refused(about(STORE_FILE_READ, eve, id), CHAT_NOT_FOUND, "file");
    fx_ask(fx_about(STORE_ROOM_KICK, ann, room, bob));
    fx_refused(about(STORE_FILE_READ, bob, id), CHAT_NOT_FOUND, "file");
    fx_add(ann, room, bob);
    fx_ask(about(STORE_FILE_READ, bob, id));
    struct store_request *r = fx_in_room(STORE_ROOM_UPDATE, ann, room);
    r->in.archived = true;
    fx_has(r, CHAT_FIELD_ARCHIVED);
    fx_ask(r);
    fx_ask(about(STORE_FILE_READ, bob, id));
}

static void test_file__of_a_public_room_is_not_for_who_is_banned(void **state)
{
    (void)state;
    int64_t hall = fx_room(ann, CHAT_PUBLIC, "hall");
    int64_t id = upload(ann, hall, "x", 1);
    struct store_request *r = fx_message(ann, hall, "");
    r->in.files = &id;
    r->in.files_n = 1;
    fx_ask(r);
    fx_ask(about(STORE_FILE_READ, eve, id));
    r = fx_about(STORE_ROOM_BAN, ann, hall, eve);
    r->in.on = true;
    fx_ask(r);
    fx_refused(about(STORE_FILE_READ, eve, id), CHAT_NOT_FOUND, "file");
}

/* --- gone --- */

static void test_file__goes_with_its_message(void **state)
{
    (void)state;
    int64_t ids[2] = {upload(ann, room, "one.png", 10), upload(ann, room, "two.png", 11)};
    fx_ask(message(ann, "a", ids, 2));
    delete_message(ann, 1, 2);
    assert_int_equal(rows(), 0);
    fx_refused(about(STORE_FILE_READ, ann, ids[0]), CHAT_NOT_FOUND, "file");
    struct store_request *r = fx_in_room(STORE_DELETE, ann, room);
    r->in.seq = 1;
    fx_ask(r); /* once more: nothing is left to go */
    assert_int_equal(r->out.gone_n, 0);
}

static void test_file__that_is_never_sent_goes_after_its_time(void **state)
{
    (void)state;
    int64_t old = upload(ann, room, "x", 1);
    int64_t sent = upload(ann, room, "x", 1);
    fx_ask(message(ann, "", &sent, 1));
    fx_now_ms += STORE_FILE_UNSENT_MS;
    int64_t young = upload(ann, room, "x", 1);
    assert_int_equal(fx_ask(fx_new(STORE_FILE_SWEEP, 0))->out.gone_n, 0);
    fx_now_ms++;
    struct store_request *r = fx_ask(fx_new(STORE_FILE_SWEEP, 0));
    assert_int_equal(r->out.gone_n, 1);
    assert_int_equal(r->out.gone[0], old);
    assert_int_equal(r->out.count, 0);
    const int64_t all[4] = {old, sent, young, 5};
    r = fx_new(STORE_FILE_UNKNOWN, 0);
    r->in.files = all;
    r->in.files_n = 4;
    fx_ask(r);
    assert_int_equal(r->out.gone_n, 2);
    assert_int_equal(r->out.gone[0], old);
    assert_int_equal(r->out.gone[1], 5);
}

/* --- the picture of a person --- */

static int64_t set_picture(int64_t user, const char *content, bool dup)
{
    struct store_request *r = fx_new(STORE_AVATAR_SET, user);
    r->avatar.type = fx_text("image/png");
    r->avatar.content = fx_text(content);
    fx_ask(r);
    assert_int_equal(r->out.dup, dup);
    return r->out.users[0].avatar;
}

/* Everywhere that a person comes from, as ann sees him. */
static void assert_picture(int64_t version)
{
    struct store_request *r = fx_new(STORE_USER_GET, ann);
    r->in.user = bob;
    assert_int_equal(fx_ask(r)->out.users[0].avatar, version);
    r = fx_new(STORE_USERS, ann);
    r->in.q = fx_text("bob");
    r->in.limit = 10;
    assert_int_equal(fx_ask(r)->out.users[0].avatar, version);
    r = fx_in_room(STORE_ROOM_MEMBERS, ann, room);
    r->in.limit = 10;
    fx_ask(r);
    assert_int_equal(r->out.users[0].avatar, 0);
    assert_int_equal(r->out.users[1].avatar, version);
    r = fx_in_room(STORE_HISTORY, ann, room);
    r->in.limit = 1;
    assert_int_equal(fx_ask(r)->out.messages[0].from.avatar, version);
    r = fx_new(STORE_DM_OPEN, ann);
    r->in.user = bob;
    assert_int_equal(fx_ask(r)->out.rooms[0].with->avatar, version);
    r = fx_new(STORE_RESUME, ann);
    fx_ask(r);
    for (uint32_t i = 0; i < r->out.rooms_n; i++) {
        if (r->out.rooms[i].with) {
            assert_int_equal(r->out.rooms[i].with->avatar, version);
        }
    }
    assert_int_equal(fx_send(bob, room, "hi")->out.event.message->from.avatar, version);
}

static void test_file__of_a_person_goes_where_the_name_goes(void **state)
{
    struct store_request *get = fx_new(STORE_AVATAR_GET, ann);
    (void)state;
    fx_send(bob, room, "hello");
    assert_picture(0);
    get->in.user = bob;
    fx_refused(get, CHAT_NOT_FOUND, "user");
    int64_t one = set_picture(bob, "one", false);
    assert_true(one > 0);
    assert_int_equal(set_picture(bob, "one", true), one);
    assert_picture(one);
    int64_t two = set_picture(bob, "two", false);
    assert_true(two > 0 && two != one);
    assert_picture(two);
    get = fx_new(STORE_AVATAR_GET, ann);
    get->in.user = bob;
    fx_ask(get);
    assert_int_equal(get->out.avatar.version, two);
    assert_true(slice_eq(get->out.avatar.type, SL("image/png")));
    assert_true(slice_eq(get->out.avatar.content, SL("two")));
    assert_int_equal(set_picture(bob, "", false), 0);
    assert_int_equal(set_picture(bob, "", true), 0);
    assert_picture(0);
    assert_int_equal(fx_sql("SELECT count(*) FROM avatar"), 0);
    fx_refused(fx_new(STORE_AVATAR_SET, 999), CHAT_UNAUTHENTICATED, "");
}

static void test_file__of_a_person_is_taken_away_by_administrators(void **state)
{
    int64_t admin = fx_user("admin", CHAT_ADMIN), mod = fx_user("mod", CHAT_MOD);
    int64_t other = fx_user("other", CHAT_ADMIN);
    struct store_request *r;
    (void)state;
    int64_t face = set_picture(bob, "face", false);
    int64_t askers[] = {mod, ann, other};
    set_picture(other, "face", false);
    for (unsigned i = 0; i < 3; i++) {
        r = fx_new(STORE_AVATAR_SET, askers[i]);
        r->in.user = i < 2 ? bob : admin;
        fx_refused(r, CHAT_FORBIDDEN, "user");
    }
    r = fx_new(STORE_AVATAR_SET, admin);
    r->in.user = bob;
    r->avatar.type = fx_text("image/png");
    r->avatar.content = fx_text("mocking");
    fx_refused(r, CHAT_FORBIDDEN, "user"); /* it may go, but nobody puts one there */
    r = fx_new(STORE_AVATAR_SET, admin);
    r->in.user = 999;
    fx_refused(r, CHAT_NOT_FOUND, "user");
    assert_int_equal(fx_sql("SELECT count(*) FROM avatar"), 2);
    assert_true(face > 0);
    for (unsigned i = 0; i < 2; i++) {
        r = fx_new(STORE_AVATAR_SET, admin);
        r->in.user = bob;
        fx_ask(r);
        assert_int_equal(r->out.dup, i == 1);
        assert_int_equal(r->out.users[0].id, bob);
        assert_int_equal(r->out.users[0].avatar, 0);
    }
    assert_int_equal(fx_sql("SELECT count(*) FROM avatar"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(test_file__##f, set_up, fx_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_uploaded_finished_and_found_by_its_owner_alone),
        TEST(is_uploaded_by_those_who_may_send),
        TEST(what_is_not_sent_is_capped_in_number_and_bytes),
        TEST(what_was_given_up_makes_way_for_others),
        TEST(an_upload_can_be_given_up_but_not_what_is_sent),
        TEST(comes_with_its_message_on_every_way),
        TEST(what_it_shows_comes_with_it_and_goes_with_it),
        TEST(order_is_that_of_the_message),
        TEST(only_ones_own_whole_ones_of_that_room_are_sent_and_once),
        TEST(two_messages_at_once_do_not_share_one),
        TEST(the_same_cid_is_the_same_message_with_the_same_files),
        TEST(is_read_by_those_who_may_read_its_room_now),
        TEST(of_a_public_room_is_not_for_who_is_banned),
        TEST(goes_with_its_message),
        TEST(that_is_never_sent_goes_after_its_time),
        TEST(of_a_person_goes_where_the_name_goes),
        TEST(of_a_person_is_taken_away_by_administrators),
    };
    return FX_MAIN(tests);
}
