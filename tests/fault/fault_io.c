/* A disk and a clock that fail on demand, for LD_PRELOAD. Only files directly in the folder FAULT_IO_DIR are touched.
 *
 * FAULT_IO_CONTROL: a file of FAULT_CONTROLS_N 64-bit numbers (fault_io.h), mapped; the test writes into it while we run.
 * FAULT_IO_SHADOW: a folder that holds what a power cut would leave. NAME there is NAME as of its last sync; NAME.log has what was
 * written since, as records. A sync that fails forgets what it should have written, as Linux does: the page cache has it, the disk
 * never will.
 *
 * Kernel calls are made directly, so that nothing here depends on whose libraries are loaded in which order. No memory is allocated.
 */
#include "fault_io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { PATH_BYTES = 512, COPY_BYTES = 65536 };

/* Before each piece of a log. */
struct record {
    int64_t kind; /* 'w' or 't' */
    int64_t offset, length;
};

static _Atomic int64_t *control;
static char dir[PATH_BYTES], shadow[PATH_BYTES];
static size_t dir_n;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char copy[COPY_BYTES];

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("FAULT_IO_CONTROL");
    const char *where = getenv("FAULT_IO_DIR");
    const char *keep = getenv("FAULT_IO_SHADOW");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0 || !where) {
        return;
    }
    void *map =
        mmap(NULL, FAULT_CONTROLS_N * sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    dir_n = (size_t)snprintf(dir, sizeof dir, "%s/", where);
    if (keep) {
        snprintf(shadow, sizeof shadow, "%s/", keep);
    }
    if (map != MAP_FAILED) {
        control = map;
    }
}

static int64_t get(enum fault_control c)
{
    return control ? control[c] : 0;
}

static int fail(int number)
{
    control[FAULT_SEEN_FAILURES]++;
    errno = number;
    return -1;
}

/* --- which files --- */

/* The name of a path in the folder; NULL: it is none of ours. Memory that processes share (-shm) is no file to be kept. */
static const char *name_in(const char *path)
{
    size_t n = strlen(path);
    if (!control || strncmp(path, dir, dir_n) != 0 || strchr(path + dir_n, '/')) {
        return NULL;
    }
    return n > 4 && strcmp(path + n - 4, "-shm") == 0 ? NULL : path + dir_n;
}

/* The same for an open file; the name is in out. */
static const char *name_of(int fd, char out[PATH_BYTES])
{
    char link[64];
    if (!control) {
        return NULL;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_BYTES - 1);
    if (n < 0) {
        return NULL;
    }
    out[n] = '\0';
    return name_in(out);
}

/* --- the shadow; all with the lock held --- */

static int open_shadow(const char *name, const char *suffix, int flags)
{
    char path[PATH_BYTES * 2 + 8];
    snprintf(path, sizeof path, "%s%s%s", shadow, name, suffix);
    return open(path, flags | O_CLOEXEC, 0600);
}

static void write_all(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t done = syscall(SYS_write, fd, at, n);
        if (done <= 0) {
            abort(); /* the test's own disk is full: nothing it says would be true */
        }
        at += done;
        n -= (size_t)done;
    }
}

static void note(const char *name, struct record r, const void *p)
{
    int fd = open_shadow(name, ".log", O_WRONLY | O_CREAT | O_APPEND);
    write_all(fd, &r, sizeof r);
    if (p) {
        write_all(fd, p, (size_t)r.length);
    }
    syscall(SYS_close, fd);
}

static void apply(int log, int file, struct record r)
{
    if (r.kind == 't') {
        if (syscall(SYS_ftruncate, file, r.offset) != 0) {
            abort();
        }
        return;
    }
    while (r.length > 0) {
        size_t n = r.length < COPY_BYTES ? (size_t)r.length : COPY_BYTES;
        if (read(log, copy, n) != (ssize_t)n ||
            syscall(SYS_pwrite64, file, copy, n, r.offset) != (long)n) {
            abort();
        }
        r.offset += (int64_t)n;
        r.length -= (int64_t)n;
    }
}

/* What was written is safe now. */
static void settle(const char *name)
{
    int file = open_shadow(name, "", O_WRONLY | O_CREAT);
    int log = open_shadow(name, ".log", O_RDWR);
    struct record r;
    while (log >= 0 && read(log, &r, sizeof r) == (ssize_t)sizeof r) {
        apply(log, file, r);
    }
    if (log >= 0) {
        syscall(SYS_ftruncate, log, 0L);
        syscall(SYS_close, log);
    }
    syscall(SYS_close, file);
}

/* What was written will never be. */
static void forget(const char *name)
{
    int log = open_shadow(name, ".log", O_WRONLY | O_TRUNC);
    if (log >= 0) {
        syscall(SYS_close, log);
    }
}

/* --- writing --- */

static int64_t size_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_size : 0;
}

static ssize_t write_at(int fd, const void *p, size_t n, int64_t offset, bool positioned)
{
    char path[PATH_BYTES];
    int kept = errno;
    const char *name = name_of(fd, path);
    errno = kept;
    if (!name) {
        return positioned ? syscall(SYS_pwrite64, fd, p, n, offset) : syscall(SYS_write, fd, p, n);
    }
    control[FAULT_SEEN_WRITES]++;
    if (get(FAULT_FULL) && offset + (int64_t)n > size_of(fd)) {
        return fail(ENOSPC);
    }
    pthread_mutex_lock(&lock);
    ssize_t done =
        positioned ? syscall(SYS_pwrite64, fd, p, n, offset) : syscall(SYS_write, fd, p, n);
    if (done > 0 && shadow[0]) {
        note(name, (struct record){'w', offset, done}, p);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

EXPORT ssize_t pwrite64(int fd, const void *p, size_t n, off64_t offset)
{
    return write_at(fd, p, n, offset, true);
}

EXPORT ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
    return write_at(fd, p, n, offset, true);
}

EXPORT ssize_t write(int fd, const void *p, size_t n)
{
    /* Sockets and pipes have no place to write at. */
    return write_at(fd, p, n, control ? lseek(fd, 0, SEEK_CUR) : 0, false);
}

static int truncate_to(int fd, int64_t length)
{
    char path[PATH_BYTES];
    const char *name = name_of(fd, path);
    if (name && get(FAULT_FULL) && length > size_of(fd)) {
        return fail(ENOSPC);
    }
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_ftruncate, fd, length);
    if (name && result == 0 && shadow[0]) {
        note(name, (struct record){'t', length, 0}, NULL);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

EXPORT int ftruncate64(int fd, off64_t length)
{
    return truncate_to(fd, length);
}

EXPORT int ftruncate(int fd, off_t length)
{
    return truncate_to(fd, length);
}

/* --- syncing --- */

/* Is this the one that fails? Counts down. */
static bool sync_fails(void)
{
    int64_t at = get(FAULT_SYNC_FAIL_AT);
    if (at > 0) {
        control[FAULT_SYNC_FAIL_AT] = at - 1;
    }
    return at == 1 || at < 0;
}

static int sync_file(int fd, long call)
{
    char path[PATH_BYTES];
    const char *name = name_of(fd, path);
    if (!name) {
        return (int)syscall(call, fd);
    }
    control[FAULT_SEEN_SYNCS]++;
    int64_t delay_us = get(FAULT_SYNC_DELAY_US);
    if (delay_us > 0) {
        usleep((useconds_t)delay_us);
    }
    pthread_mutex_lock(&lock);
    bool fails = sync_fails();
    int result = fails ? 0 : (int)syscall(call, fd);
    if (shadow[0]) {
        (fails ? forget : settle)(name);
    }
    pthread_mutex_unlock(&lock);
    return fails ? fail(get(FAULT_SYNC_ERRNO) ? (int)get(FAULT_SYNC_ERRNO) : EIO) : result;
}

EXPORT int fsync(int fd)
{
    return sync_file(fd, SYS_fsync);
}

EXPORT int fdatasync(int fd)
{
    return sync_file(fd, SYS_fdatasync);
}

/* --- names: what is unlinked or renamed is so at once --- */

static void shadow_path(char out[PATH_BYTES * 2 + 8], const char *name, const char *suffix)
{
    snprintf(out, PATH_BYTES * 2 + 8, "%s%s%s", shadow, name, suffix);
}

EXPORT int unlink(const char *path)
{
    const char *name = name_in(path);
    char there[PATH_BYTES * 2 + 8];
    int result = (int)syscall(SYS_unlink, path);
    if (name && result == 0 && shadow[0]) {
        shadow_path(there, name, "");
        syscall(SYS_unlink, there);
        shadow_path(there, name, ".log");
        syscall(SYS_unlink, there);
        errno = 0;
    }
    return result;
}

EXPORT int rename(const char *from, const char *to)
{
    const char *old = name_in(from);
    const char *new = name_in(to);
    char a[PATH_BYTES * 2 + 8], b[PATH_BYTES * 2 + 8];
    int result = (int)syscall(SYS_rename, from, to);
    if (old && new &&result == 0 && shadow[0]) {
        shadow_path(a, old, "");
        shadow_path(b, new, "");
        syscall(SYS_rename, a, b);
        shadow_path(a, old, ".log");
        shadow_path(b, new, ".log");
        syscall(SYS_rename, a, b);
        errno = 0;
    }
    return result;
}

/* --- the time of day; timers use another clock, which is left alone --- */

static void shift(struct timespec *t)
{
    int64_t us = get(FAULT_CLOCK_US);
    t->tv_sec += us / 1000000;
    t->tv_nsec += us % 1000000 * 1000;
    if (t->tv_nsec < 0) {
        t->tv_nsec += 1000000000;
        t->tv_sec--;
    } else if (t->tv_nsec >= 1000000000) {
        t->tv_nsec -= 1000000000;
        t->tv_sec++;
    }
}

EXPORT int clock_gettime(clockid_t id, struct timespec *t)
{
    int result = (int)syscall(SYS_clock_gettime, id, t);
    if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        shift(t);
    }
    return result;
}

EXPORT int gettimeofday(struct timeval *t, void *zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    t->tv_sec = now.tv_sec;
    t->tv_usec = now.tv_nsec / 1000;
    return 0;
}

EXPORT time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
