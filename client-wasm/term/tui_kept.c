/* See tui_kept.h. */
#include "tui_kept.h"

#include "json.h"
#include "json_in.h"
#include "upd_kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (2 * MODEL_KEPT_BYTES_MAX + 256)
#define PATH_BYTES_MAX 4096

/* NUL-terminated; "" when it is too long. */
static const char *path_of(const struct tui_kept *k, struct buf *path, unsigned number,
                           const char *end)
{
    buf_init(path, PATH_BYTES_MAX);
    if (buf_printf(path, "%.*s/%.*s-%u%s", SL_ARG(buf_peek(&k->folder)), SL_ARG(buf_peek(&k->name)),
                   number, end) != ERR_OK ||
        buf_putc(path, '\0') != ERR_OK)
        return "";
    return path->p;
}

static int try_lock(const struct tui_kept *k, unsigned number)
{
    struct buf path;
    int fd =
        open(path_of(k, &path, number, ".lock"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    buf_fini(&path);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Every folder of the path that is not there yet. */
static bool make_folders(struct buf *folder)
{
    if (buf_putc(folder, '\0') != ERR_OK)
        return false;
    folder->n--;
    for (size_t i = 1; i <= folder->n; i++) {
        if (i < folder->n && folder->p[i] != '/')
            continue;
        char c = folder->p[i];
        folder->p[i] = '\0';
        bool ok = mkdir(folder->p, 0700) == 0 || errno == EEXIST;
        folder->p[i] = c;
        if (!ok)
            return false;
    }
    return true;
}

static bool choose_folder(struct buf *folder)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    enum err e = state && *state == '/' ? buf_printf(folder, "%s/tincan", state)
                 : home && *home        ? buf_printf(folder, "%s/.local/state/tincan", home)
                                        : ERR_NOTFOUND;
    return e == ERR_OK && make_folders(folder);
}

/* A file's name for the address: what is no letter, digit or dot becomes one sign, so a sum of all goes behind. */
static bool choose_name(struct buf *name, struct slice server)
{
    uint32_t sum = 2166136261u;
    enum err e = buf_put(name, SL("tui-"));
    for (size_t i = 0; i < server.n && !e; i++) {
        unsigned char c = (unsigned char)server.p[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
        sum = (sum ^ c) * 16777619u;
        if (i < 80)
            e = buf_putc(name, plain ? (char)c : '_');
    }
    return !e && buf_printf(name, "-%08x", (unsigned)sum) == ERR_OK;
}

void tui_kept_init(struct tui_kept *k, struct slice server, const struct words *words)
{
    *k = (struct tui_kept){.words = words,
                           .lock_fd = -1,
                           .folder = {.max = PATH_BYTES_MAX},
                           .name = {.max = 256},
                           .text = {.max = FILE_BYTES_MAX}};
    errno = 0;
    if (!choose_folder(&k->folder) || !choose_name(&k->name, server)) {
        k->problem = errno ? slice_str(strerror(errno)) : words_get(words, WORD_TERM_NO_HOME);
        return;
    }
    for (k->number = 0; k->number < TUI_KEPT_FILES_N; k->number++) {
        k->lock_fd = try_lock(k, k->number);
        if (k->lock_fd >= 0)
            return;
    }
    k->problem = errno == EWOULDBLOCK ? words_get(words, WORD_TERM_MANY_PROGRAMS)
                                      : slice_str(strerror(errno));
}

void tui_kept_fini(struct tui_kept *k)
{
    if (k->lock_fd >= 0)
        close(k->lock_fd);
    buf_fini(&k->folder);
    buf_fini(&k->name);
    buf_fini(&k->text);
}

static void read_file(struct tui_kept *k, unsigned number, struct slice *drafts,
                      struct slice *outbox)
{
    const struct json_limits limits = {.values_max = JSON_RELAY_VALUES_MAX,
                                       .allow_duplicate_keys = true};
    struct buf path;
    struct json_in in;
    char part[8192];
    ssize_t n = -1;
    int fd = open(path_of(k, &path, number, ".json"), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    buf_fini(&path);
    *drafts = *outbox = SL("");
    buf_reset(&k->text);
    while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0) {
        if (buf_put(&k->text, (struct slice){part, (size_t)n}) != ERR_OK)
            break;
    }
    if (fd >= 0)
        close(fd);
    if (n != 0 || json_check(buf_peek(&k->text), &limits) != ERR_OK)
        return;
    json_in_start(&in, buf_peek(&k->text), NULL);
    json_in_raw(&in, "drafts", drafts);
    json_in_raw(&in, "outbox", outbox);
}

void tui_kept_read(struct tui_kept *k, struct slice *drafts, struct slice *outbox)
{
    *drafts = *outbox = SL("");
    if (k->lock_fd >= 0)
        read_file(k, k->number, drafts, outbox);
}

bool tui_kept_next(struct tui_kept *k, unsigned *number, struct slice *drafts, struct slice *outbox)
{
    for (; k->lock_fd >= 0 && *number < TUI_KEPT_FILES_N; ++*number) {
        struct buf path;
        bool there = *number != k->number && access(path_of(k, &path, *number, ".json"), F_OK) == 0;
        int fd = there ? try_lock(k, *number) : -1;
        if (*number != k->number)
            buf_fini(&path);
        if (fd < 0)
            continue;
        read_file(k, *number, drafts, outbox);
        close(fd); /* who starts in this moment reads the same; the server knows the cids again */
        ++*number;
        return true;
    }
    return false;
}

void tui_kept_taken(struct tui_kept *k, unsigned number)
{
    struct buf path;
    (void)unlink(path_of(k, &path, number, ".json"));
    buf_fini(&path);
}

static bool write_whole(const char *path, struct slice text, bool sync)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0;
    while (ok && text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);
        ok = n >= 0 || errno == EINTR;
        text = slice_from(text, n > 0 ? (size_t)n : 0);
    }
    ok = ok && (!sync || fsync(fd) == 0);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok;
}

static enum err put_all(const struct model *m, struct buf *out)
{
    struct buf part = {.max = MODEL_KEPT_BYTES_MAX + 16};
    enum err e = upd_kept_encode_drafts(m, &part);
    e = e ? e : buf_printf(out, "{\"drafts\":%s", part.n ? "" : "[]");
    e = e ? e : buf_put(out, buf_peek(&part));
    buf_reset(&part);
    e = e ? e : upd_kept_encode_outbox(m, &part);
    e = e ? e : buf_printf(out, ",\"outbox\":%s", part.n ? "" : "[]");
    e = e ? e : buf_put(out, buf_peek(&part));
    buf_fini(&part);
    return e ? e : buf_put(out, SL("}\n"));
}

bool tui_kept_save(struct tui_kept *k, const struct model *m, bool sync)
{
    struct buf text = {.max = FILE_BYTES_MAX}, path, fresh;
    if (k->lock_fd < 0)
        return false;
    const char *to = path_of(k, &path, k->number, ".json");
    const char *temporary = path_of(k, &fresh, k->number, ".new");
    errno = ENOMEM;
    bool ok = put_all(m, &text) == ERR_OK && write_whole(temporary, buf_peek(&text), sync) &&
              rename(temporary, to) == 0;
    k->problem = ok ? SL("") : slice_str(strerror(errno));
    buf_fini(&text);
    buf_fini(&path);
    buf_fini(&fresh);
    return ok;
}
