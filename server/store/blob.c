/* See blob.h. */
#include "blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ID_MAX        9007199254740991ULL
#define SHELVES_N     256 /* folders, by the last bits of the id: none grows large */
#define PATH_BYTES    (sizeof(((struct blobs *)0)->folder) + 40)
#define SHELF_OF(id)  ((unsigned)((uint64_t)(id) % SHELVES_N))
#define IS_FULL(code) ((code) == ENOSPC || (code) == EDQUOT || (code) == EFBIG)

static enum err err_of(int code)
{
    return IS_FULL(code) ? ERR_LIMIT : code == ENOENT ? ERR_NOTFOUND : ERR_IO;
}

static void path_of(const struct blobs *b, int64_t id, char out[PATH_BYTES])
{
    int n = snprintf(out, PATH_BYTES, "%s/%02x/%" PRId64, b->folder, SHELF_OF(id), id);
    CHECK(n > 0 && (size_t)n < PATH_BYTES);
}

static void shelf_of(const struct blobs *b, unsigned shelf, char out[PATH_BYTES])
{
    int n = snprintf(out, PATH_BYTES, "%s/%02x", b->folder, shelf);
    CHECK(n > 0 && (size_t)n < PATH_BYTES);
}

static enum err sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err e = fd >= 0 && fsync(fd) == 0 ? ERR_OK : ERR_IO;
    if (fd >= 0) {
        close(fd);
    }
    return e;
}

enum err blobs_init(struct blobs *b, const char *data_dir)
{
    int n = snprintf(b->folder, sizeof b->folder, "%s/files", data_dir);
    if (n < 0 || (size_t)n >= sizeof b->folder) {
        errno = ENAMETOOLONG;
        return ERR_IO;
    }
    return mkdir(b->folder, 0700) == 0 || errno == EEXIST ? ERR_OK : ERR_IO;
}

bool blobs_have_room(const struct blobs *b, uint64_t bytes)
{
    struct statvfs s;
    if (statvfs(b->folder, &s) != 0) {
        return true;
    }
    uint64_t free_bytes = (uint64_t)s.f_bavail * s.f_frsize;
    return free_bytes >= BLOB_FREE_BYTES_MIN && bytes <= free_bytes - BLOB_FREE_BYTES_MIN;
}

uint64_t blob_size(const struct blobs *b, int64_t id)
{
    char path[PATH_BYTES];
    struct stat s;
    path_of(b, id, path);
    return stat(path, &s) == 0 ? (uint64_t)s.st_size : 0;
}

enum err blob_write_open(const struct blobs *b, int64_t id, int *fd)
{
    char path[PATH_BYTES], shelf[PATH_BYTES];
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    path_of(b, id, path);
    int opened = open(path, flags, 0600);
    if (opened < 0 && errno == ENOENT) {
        shelf_of(b, SHELF_OF(id), shelf);
        if (mkdir(shelf, 0700) != 0 && errno != EEXIST) {
            return err_of(errno);
        }
        enum err e = sync_folder(b->folder);
        if (e != ERR_OK) {
            return e;
        }
        opened = open(path, flags, 0600);
    }
    if (opened < 0) {
        return err_of(errno);
    }
    *fd = opened;
    return ERR_OK;
}

/* With the lock. */
static enum err append(int fd, uint64_t at, struct slice bytes, uint64_t *size)
{
    struct stat s;
    if (fstat(fd, &s) != 0) {
        return ERR_IO;
    }
    *size = (uint64_t)s.st_size;
    if (*size != at) {
        return ERR_CONFLICT;
    }
    while (bytes.n > 0) {
        ssize_t n = pwrite(fd, bytes.p, bytes.n, (off_t)*size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? err_of(errno) : ERR_IO;
        }
        bytes = slice_from(bytes, (size_t)n);
        *size += (uint64_t)n;
    }
    return ERR_OK;
}

enum err blob_append(int fd, uint64_t at, struct slice bytes, uint64_t *size)
{
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return ERR_IO;
        }
    }
    enum err e = append(fd, at, bytes, size);
    (void)flock(fd, LOCK_UN);
    return e;
}

enum err blob_sync(const struct blobs *b, int64_t id, int fd)
{
    char shelf[PATH_BYTES];
    if (fsync(fd) != 0) {
        return err_of(errno);
    }
    shelf_of(b, SHELF_OF(id), shelf);
    return sync_folder(shelf);
}

enum err blobs_sync(const struct blobs *b)
{
    int fd = open(b->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err e = fd >= 0 && syncfs(fd) == 0 ? ERR_OK : ERR_IO;
    if (fd >= 0) {
        close(fd);
    }
    return e;
}

enum err blob_read_open(const struct blobs *b, int64_t id, int *fd, uint64_t *size)
{
    char path[PATH_BYTES];
    struct stat s;
    path_of(b, id, path);
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (opened < 0) {
        return err_of(errno);
    }
    if (fstat(opened, &s) != 0 || !S_ISREG(s.st_mode)) {
        close(opened);
        return ERR_IO;
    }
    *fd = opened;
    *size = (uint64_t)s.st_size;
    return ERR_OK;
}

size_t blob_head(int fd, char *out, size_t n)
{
    size_t got = 0;
    while (got < n) {
        ssize_t more = pread(fd, out + got, n - got, (off_t)got);
        if (more <= 0) {
            break;
        }
        got += (size_t)more;
    }
    return got;
}

void blob_remove(const struct blobs *b, int64_t id)
{
    char path[PATH_BYTES];
    path_of(b, id, path);
    (void)unlink(path); /* what stays is found again */
}

void blobs_each(const struct blobs *b, bool (*fn)(void *user, int64_t id), void *user)
{
    char path[PATH_BYTES];
    bool more = true;
    for (unsigned shelf = 0; more && shelf < SHELVES_N; shelf++) {
        shelf_of(b, shelf, path);
        DIR *folder = opendir(path);
        const struct dirent *entry;
        while (folder && more && (entry = readdir(folder)) != NULL) {
            unsigned long long id;
            struct slice name = slice_str(entry->d_name);
            if (slice_to_u64(name, ID_MAX, &id) && id > 0 && SHELF_OF(id) == shelf) {
                more = fn(user, (int64_t)id);
            }
        }
        if (folder) {
            closedir(folder);
        }
    }
}
