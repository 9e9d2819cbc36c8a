/* The content of files on the disk: piece by piece, by several at once, found again, and gone. */
#include "blob.h"

#include "temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ID_MAX 9007199254740991

static char folder[TEMP_PATH_BYTES];
static struct blobs blobs;

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(folder);
    assert_int_equal(blobs_init(&blobs, folder), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(folder);
    return 0;
}

static void write_blob(int64_t id, const char *text)
{
    uint64_t size;
    int fd;
    assert_int_equal(blob_write_open(&blobs, id, &fd), ERR_OK);
    assert_int_equal(blob_append(fd, blob_size(&blobs, id), slice_str(text), &size), ERR_OK);
    assert_int_equal(blob_sync(&blobs, id, fd), ERR_OK);
    close(fd);
}

static void check_blob(int64_t id, const char *text)
{
    char read[64];
    uint64_t size;
    int fd;
    assert_int_equal(blob_read_open(&blobs, id, &fd, &size), ERR_OK);
    assert_int_equal(size, strlen(text));
    assert_int_equal(blob_head(fd, read, sizeof read), strlen(text));
    assert_memory_equal(read, text, strlen(text));
    close(fd);
}

static void test_blob__grows_piece_by_piece(void **state)
{
    (void)state;
    assert_int_equal(blob_size(&blobs, 7), 0);
    write_blob(7, "hello ");
    assert_int_equal(blob_size(&blobs, 7), 6);
    write_blob(7, "world");
    check_blob(7, "hello world");
    write_blob(ID_MAX, "last");
    check_blob(ID_MAX, "last");
}

static void test_blob__a_piece_for_elsewhere_is_refused_with_where_it_ends(void **state)
{
    (void)state;
    uint64_t size = 99;
    int fd, other;
    write_blob(7, "hello");
    assert_int_equal(blob_write_open(&blobs, 7, &fd), ERR_OK);
    assert_int_equal(blob_append(fd, 4, SL("x"), &size), ERR_CONFLICT);
    assert_int_equal(size, 5);
    assert_int_equal(blob_append(fd, 6, SL("x"), &size), ERR_CONFLICT);
    assert_int_equal(blob_write_open(&blobs, 7, &other), ERR_OK);
    assert_int_equal(blob_append(other, 5, SL("!"), &size), ERR_OK);
    assert_int_equal(blob_append(fd, 5, SL("?"), &size), ERR_CONFLICT);
    assert_int_equal(size, 6);
    close(fd);
    close(other);
    check_blob(7, "hello!");
}

static void test_blob__is_for_nobody_else_to_read(void **state)
{
    (void)state;
    char path[TEMP_PATH_BYTES + 64];
    struct stat s;
    write_blob(0x1ff, "x");
    (void)snprintf(path, sizeof path, "%s/files/ff/511", folder);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    (void)snprintf(path, sizeof path, "%s/files/ff", folder);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
}

static void test_blob__no_link_is_followed(void **state)
{
    (void)state;
    char target[TEMP_PATH_BYTES + 64], path[TEMP_PATH_BYTES + 64];
    uint64_t size;
    int fd;
    write_blob(0x100, "x");
    (void)snprintf(target, sizeof target, "%s/files/00/256", folder);
    (void)snprintf(path, sizeof path, "%s/files/00/512", folder);
    assert_int_equal(symlink(target, path), 0);
    assert_int_not_equal(blob_write_open(&blobs, 512, &fd), ERR_OK);
    assert_int_not_equal(blob_read_open(&blobs, 512, &fd, &size), ERR_OK);
}

struct seen {
    unsigned n, max;
    int64_t sum;
};

static bool on_blob(void *user, int64_t id)
{
    struct seen *s = user;
    s->n++;
    s->sum += id;
    return s->n < s->max;
}

static void test_blob__all_are_found_and_what_is_none_is_not(void **state)
{
    (void)state;
    char path[TEMP_PATH_BYTES + 64];
    struct seen seen = {.max = 100};
    blobs_each(&blobs, on_blob, &seen);
    assert_int_equal(seen.n, 0);
    write_blob(1, "x");
    write_blob(2, "x");
    write_blob(257, "x");
    static const char *const strange[] = {"01/notes", "01/2", "01/0", "01/99999999999999999999"};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        (void)snprintf(path, sizeof path, "%s/files/%s", folder, strange[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fclose(f);
    }
    blobs_each(&blobs, on_blob, &seen);
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.sum, 260);
    seen = (struct seen){.max = 2};
    blobs_each(&blobs, on_blob, &seen);
    assert_int_equal(seen.n, 2);
}

static void test_blob__that_is_removed_is_not_there(void **state)
{
    (void)state;
    uint64_t size;
    int fd;
    write_blob(7, "x");
    blob_remove(&blobs, 7);
    blob_remove(&blobs, 7);
    assert_int_equal(blob_read_open(&blobs, 7, &fd, &size), ERR_NOTFOUND);
    assert_int_equal(blob_size(&blobs, 7), 0);
}

static void test_blob__a_full_disk_is_said(void **state)
{
    (void)state;
    uint64_t size;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(blob_append(fileno(full), 0, SL("x"), &size), ERR_LIMIT);
    fclose(full);
    assert_true(blobs_have_room(&blobs, 0));
    assert_false(blobs_have_room(&blobs, UINT64_MAX));
}

#define TEST(f) cmocka_unit_test_setup_teardown(test_blob__##f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(grows_piece_by_piece),
        TEST(a_piece_for_elsewhere_is_refused_with_where_it_ends),
        TEST(is_for_nobody_else_to_read),
        TEST(no_link_is_followed),
        TEST(all_are_found_and_what_is_none_is_not),
        TEST(that_is_removed_is_not_there),
        TEST(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
