/* What removes files: what an operation says is gone, what was never sent, and what nobody knows; and the cap of what waits. On both
 * databases. */
#include "file_keeper.h"
#include "store_fixture.h"

#include <time.h>
#include <unistd.h>

#define WAIT_MS 20000

static struct blobs blobs;
static int64_t ann, room;

static int set_up(void **state)
{
    fx_set_up(state);
    assert_int_equal(blobs_init(&blobs, fx_folder()), ERR_OK);
    ann = fx_user("ann", CHAT_MEMBER);
    room = fx_room(ann, CHAT_PRIVATE, "den");
    return 0;
}

static void put(int64_t id)
{
    uint64_t size;
    int fd;
    assert_int_equal(blob_write_open(&blobs, id, &fd), ERR_OK);
    assert_int_equal(blob_append(fd, 0, SL("x"), &size), ERR_OK);
    close(fd);
}

/* An upload with its content; its id. */
static int64_t upload(void)
{
    struct store_request *r = fx_in_room(STORE_FILE_NEW, ann, room);
    r->file.file.name = fx_text("x");
    r->file.file.size = 1;
    r->file_limits.files_n = 100;
    r->file_limits.bytes = 100;
    int64_t id = fx_ask(r)->out.files[0].file.id;
    put(id);
    return id;
}

static void until_gone(int64_t id)
{
    const struct timespec pause = {0, 5000000};
    for (int64_t waited_ms = 0; blob_size(&blobs, id) > 0; waited_ms += 5) {
        assert_true(waited_ms < WAIT_MS);
        nanosleep(&pause, NULL);
    }
}

static void test_keeper__begins_with_what_nobody_knows_and_what_was_never_sent(void **state)
{
    (void)state;
    fx_now_ms -= STORE_FILE_UNSENT_MS + 60000;
    int64_t old = upload();
    fx_now_ms += STORE_FILE_UNSENT_MS + 60000;
    int64_t young = upload();
    for (int64_t id = 1; id <= 300; id++) { /* more than are asked about at once */
        put(id);
    }
    struct file_keeper *k = file_keeper_start(&blobs, fx_store);
    assert_non_null(k);
    until_gone(old);
    for (int64_t id = 1; id <= 300; id++) {
        until_gone(id);
    }
    assert_int_equal(blob_size(&blobs, young), 1);
    assert_int_equal(fx_sql("SELECT count(*) FROM file"), 1);
    file_keeper_free(k);
}

static void test_keeper__removes_what_a_request_says_when_it_was_done(void **state)
{
    (void)state;
    int64_t id = upload(), other = upload();
    struct file_keeper *k = file_keeper_start(&blobs, fx_store);
    struct store_request *drop = fx_new(STORE_FILE_DROP, ann), refused = {.out = {.gone_n = 1}};
    drop->file.file.id = id;
    file_keeper_take(k, fx_ask(drop));
    until_gone(id);
    refused.out.gone = &other;
    refused.out.refusal.error = CHAT_UNAVAILABLE;
    file_keeper_take(k, &refused);
    file_keeper_free(k);
    assert_int_equal(blob_size(&blobs, other), 1);
}

static void test_keeper__what_waits_at_the_end_is_removed_up_to_the_cap(void **state)
{
    (void)state;
    static int64_t ids[FILE_KEEPER_WAITING_MAX + 1];
    struct store_request r = {.out = {.gone = ids, .gone_n = FILE_KEEPER_WAITING_MAX + 1}};
    struct file_keeper *k = file_keeper_start(&blobs, fx_store);
    file_keeper_stop(k);
    for (int64_t i = 0; i <= FILE_KEEPER_WAITING_MAX; i++) {
        ids[i] = i + 1;
        put(ids[i]);
    }
    file_keeper_take(k, &r);
    file_keeper_free(k);
    for (int64_t i = 0; i < FILE_KEEPER_WAITING_MAX; i++) {
        assert_int_equal(blob_size(&blobs, ids[i]), 0);
    }
    assert_int_equal(blob_size(&blobs, ids[FILE_KEEPER_WAITING_MAX]),
                     1); /* the next start finds it */
    file_keeper_stop(NULL);
    file_keeper_take(NULL, &r);
    file_keeper_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(test_keeper__##f, set_up, fx_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(begins_with_what_nobody_knows_and_what_was_never_sent),
        TEST(removes_what_a_request_says_when_it_was_done),
        TEST(what_waits_at_the_end_is_removed_up_to_the_cap),
    };
    return FX_MAIN(tests);
}
