/* See term_token.h. */
#include "term_token.h"

#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1u << 20)
#define FIELDS_N       5
#define LOCK_WAIT_MS   15000
#define LOCK_LOOK_MS   20

static char *join(const char *a, const char *b)
{
    struct buf path = {.max = 4096};
    if (buf_printf(&path, "%s%s", a, b) != ERR_OK || buf_putc(&path, '\0') != ERR_OK) {
        buf_fini(&path);
        return NULL;
    }
    return path.p;
}

static char *default_path(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *folder = config && *config ? join(config, "/tincan")
                   : home && *home   ? join(home, "/.config/tincan")
                                     : NULL;
    if (!folder) {
        return NULL;
    }
    /* Both levels, if they are not there yet. */
    char *slash = strrchr(folder, '/');
    *slash = '\0';
    (void)mkdir(folder, 0700);
    *slash = '/';
    (void)mkdir(folder, 0700);
    char *path = join(folder, "/token");
    mem_free(folder);
    return path;
}

bool term_token_init(struct term_token *t, const char *path)
{
    *t = (struct term_token){.fd = -1, .text = {.max = FILE_BYTES_MAX}};
    t->path = path ? join(path, "") : default_path();
    if (!t->path) {
        fputs("tincan: there is no place for a token file; name one with --token-file\n", stderr);
    }
    return t->path != NULL;
}

void term_token_fini(struct term_token *t)
{
    term_token_unlock(t);
    buf_fini(&t->text);
    mem_free(t->path);
}

void term_token_unlock(struct term_token *t)
{
    if (t->fd >= 0) {
        close(t->fd);
        t->fd = -1;
    }
}

static bool complain(const struct term_token *t)
{
    fprintf(stderr, "tincan: %s: %s\n", t->path, strerror(errno));
    return false;
}

static bool read_file(struct term_token *t)
{
    char part[4096];
    ssize_t n;
    buf_reset(&t->text);
    while ((n = read(t->fd, part, sizeof part)) > 0) {
        if (buf_put(&t->text, (struct slice){part, (size_t)n}) != ERR_OK) {
            errno = EFBIG;
            return false;
        }
    }
    return n == 0;
}

/* Others hold the lock while they ask a server for a token. */
static bool wait_for_lock(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_LOOK_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return false;
        }
        if (waited_ms >= LOCK_WAIT_MS) {
            errno = EBUSY;
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

/* Is it still the file of that name? Who saves puts a new one in its place. */
static bool is_current(const struct term_token *t)
{
    struct stat of_fd, of_path;
    return fstat(t->fd, &of_fd) == 0 && stat(t->path, &of_path) == 0 &&
           of_fd.st_dev == of_path.st_dev && of_fd.st_ino == of_path.st_ino;
}

static bool open_locked(struct term_token *t)
{
    struct stat st;
    for (;;) {
        t->fd = open(t->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (t->fd < 0 || fstat(t->fd, &st) != 0) {
            return false;
        }
        if (!S_ISREG(st.st_mode)) {
            errno = EINVAL;
            return false;
        }
        if ((st.st_mode & 077) != 0) {
            (void)fchmod(t->fd, 0600); /* else the next save makes it so */
        }
        if (!wait_for_lock(t->fd)) {
            return false;
        }
        if (is_current(t)) {
            return true;
        }
        term_token_unlock(t);
    }
}

/* The next line of *rest, cut at its tabs. */
static bool next_line(struct slice *rest, struct slice fields[FIELDS_N], struct slice *whole)
{
    if (rest->n == 0) {
        return false;
    }
    size_t n = slice_find(*rest, '\n');
    struct slice line = {rest->p, n};
    *whole = (struct slice){rest->p, n < rest->n ? n + 1 : n};
    *rest = slice_from(*rest, whole->n);
    for (unsigned i = 0; i < FIELDS_N; i++) {
        fields[i] = (struct slice){line.p, slice_find(line, '\t')};
        line = slice_from(line, fields[i].n < line.n ? fields[i].n + 1 : fields[i].n);
    }
    return true;
}

bool term_token_lock(struct term_token *t, struct slice server)
{
    struct slice rest, fields[FIELDS_N], whole;
    unsigned long long until = 0;
    t->refresh = t->access = t->name = SL("");
    t->access_until_ms = 0;
    term_token_unlock(t);
    if (!open_locked(t) || !read_file(t)) {
        complain(t);
        term_token_unlock(t);
        return false;
    }
    for (rest = buf_peek(&t->text); next_line(&rest, fields, &whole);) {
        if (slice_eq_nocase(fields[0], server)) {
            t->refresh = fields[1];
            t->access = fields[2];
            if (slice_to_u64(fields[3], INT64_MAX, &until)) {
                t->access_until_ms = (int64_t)until;
            }
            t->name = fields[4];
        }
    }
    return true;
}

static bool write_all(int fd, struct slice text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0) {
            return false;
        }
        text = slice_from(text, (size_t)n);
    }
    return fsync(fd) == 0;
}

/* Whole or not at all: a new file takes the place of the old one. */
static bool write_new(const char *path, struct slice text)
{
    char *temporary = join(path, ".new");
    int fd = temporary
                 ? open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)
                 : -1;
    bool ok =
        fd >= 0 && fchmod(fd, 0600) == 0 && write_all(fd, text) && rename(temporary, path) == 0;
    if (fd >= 0) {
        int why = errno;
        close(fd);
        if (!ok) {
            (void)unlink(temporary);
        }
        errno = why;
    }
    mem_free(temporary);
    return ok;
}

/* Where no new file can be made, the old one is written anew. */
static bool write_file(const struct term_token *t, struct slice text)
{
    char path[PATH_MAX];
    if (!realpath(t->path, path)) {
        return false;
    }
    if (write_new(path, text)) {
        return true;
    }
    return (errno == EACCES || errno == EROFS || errno == EPERM) && ftruncate(t->fd, 0) == 0 &&
           lseek(t->fd, 0, SEEK_SET) == 0 && write_all(t->fd, text);
}

/* What comes from a server must not look like more than one field. */
static bool is_field(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            return false;
        }
    }
    return true;
}

bool term_token_save(struct term_token *t, struct slice server, struct slice refresh,
                     struct slice access, int64_t access_until_ms, struct slice name)
{
    struct buf now = {.max = FILE_BYTES_MAX};
    struct slice rest, fields[FIELDS_N], whole;
    enum err e = is_field(refresh) && is_field(access) && is_field(name) ? ERR_OK : ERR_INVALID;
    if (e == ERR_INVALID) {
        errno = EPROTO;
    }
    for (rest = buf_peek(&t->text); e == ERR_OK && next_line(&rest, fields, &whole);) {
        if (!slice_eq_nocase(fields[0], server)) {
            e = buf_put(&now, whole);
        }
    }
    if (e == ERR_OK && refresh.n > 0) {
        e = buf_printf(&now, "%.*s\t%.*s\t%.*s\t%lld\t%.*s\n", SL_ARG(server), SL_ARG(refresh),
                       SL_ARG(access), (long long)access_until_ms, SL_ARG(name));
    }
    bool ok = e == ERR_OK && write_file(t, buf_peek(&now));
    if (!ok) {
        complain(t);
    }
    buf_fini(&now);
    term_token_unlock(t);
    return ok;
}
