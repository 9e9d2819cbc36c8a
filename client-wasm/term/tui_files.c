/* Files that are uploaded: each has a number, as in the page, and is read piece by piece. See tui_files.h. */
#include "tui_files.h"

#include "tui.h"
#include "tui_act.h"

#include "mem.h"
#include "text.h"
#include "utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL_BYTES_MAX 4096

/* Inv: fd >= 0 exactly when number > 0. */
static struct file {
    uint32_t number; /* 0: a free place */
    int fd;
    struct http_call *call;
    struct host_timer *late;
} files[UPLOADS_MAX + 1];

static uint32_t last_number;

static struct file *find(uint32_t number)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i].number == number)
            return &files[i];
    }
    return NULL;
}

void tui_files_say(enum word word, struct slice name, const char *why)
{
    struct buf line = {.max = 4096};
    if (words_put(&tui.model.words, &line, word, text_cut(name, 80), slice_str(why)) == ERR_OK)
        console_say(&tui.console, buf_peek(&line), why[0] != '\0');
    buf_fini(&line);
}

/* --- opening --- */

bool tui_files_path(struct slice path, char *out, size_t out_n)
{
    const char *home = getenv("HOME");
    struct slice at = SL("");
    if (path.n && path.p[0] == '~' && (path.n == 1 || path.p[1] == '/') && home) {
        at = slice_str(home);
        path = slice_from(path, 1);
    }
    if (at.n + path.n == 0 || at.n >= out_n || path.n >= out_n - at.n || memchr(path.p, 0, path.n))
        return false;
    if (at.n)
        memcpy(out, at.p, at.n);
    memcpy(out + at.n, path.p, path.n);
    out[at.n + path.n] = '\0';
    return true;
}

/* Only a plain file: nothing else has a size, and a pipe could keep everything waiting. Returns: why not, or NULL. */
static const char *open_file(struct slice name, int *fd, int64_t *size)
{
    char path[TUI_PATH_BYTES];
    struct stat st;
    if (!tui_files_path(name, path, sizeof path))
        return strerror(ENAMETOOLONG);
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return strerror(errno);
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *size = st.st_size;
        return NULL;
    }
    close(*fd);
    return S_ISDIR(st.st_mode) ? strerror(EISDIR) : strerror(EINVAL);
}

/* What it is called there: without its folders; a name that is no UTF-8 has none. */
static struct slice shown_name(struct slice path)
{
    size_t from = path.n;
    while (from > 0 && path.p[from - 1] != '/')
        from--;
    struct slice name = slice_from(path, from);
    return utf8_valid(name) ? name : SL("file");
}

void tui_files_pick(const struct effect *e)
{
    int fd = -1;
    int64_t size = 0;
    struct file *f = find(0);
    const char *why = f ? open_file(e->text, &fd, &size) : strerror(EMFILE);
    tui.console.undone = true;
    if (!why && size == 0) {
        close(fd);
        console_tell(&tui.console, &tui.model, WORD_FILE_EMPTY, true);
        return;
    }
    if (why) {
        tui_files_say(WORD_TERM_FILE_NOT, e->text, why);
        return;
    }
    *f = (struct file){.number = ++last_number, .fd = fd};
    uint32_t number = f->number;
    tui_dispatch((struct action){.type = ACTION_FILE, .file = {number, size, shown_name(e->text)}},
                 NULL);
    if (!find(number))
        return; /* it was not taken, and is told why */
    tui.console.undone = false;
    tui.region = TUI_COMPOSER;
    tui_set_draft(e->title);
    tui_press(DOM_KEY_ENTER, 0, 0); /* it goes as soon as the file is there */
}

/* --- completing --- */

/* What is found in a folder. */
struct found {
    char common[256]; /* d_name has at most 255 bytes */
    size_t common_n, n;
    bool folder;
};

static void find_all(const char *folder, struct slice prefix, struct found *out)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    struct stat st;
    while (dir && (entry = readdir(dir)) != NULL) {
        struct slice name = slice_str(entry->d_name);
        size_t same = 0;
        if (!slice_starts_with(name, prefix) || (name.p[0] == '.' && prefix.n == 0) ||
            name.n >= sizeof out->common || !utf8_valid(name))
            continue;
        while (out->n && same < name.n && same < out->common_n && name.p[same] == out->common[same])
            same++;
        if (out->n++ == 0) {
            memcpy(out->common, name.p, name.n);
            same = name.n;
        }
        out->common_n = same;
        out->folder = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
    }
    if (dir)
        closedir(dir);
    while (out->common_n && !utf8_valid((struct slice){out->common, out->common_n}))
        out->common_n--; /* within a character */
}

/* With a backslash before what a command reads otherwise. */
static enum err put_escaped(struct buf *out, struct slice s)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < s.n && !e; i++) {
        if (memchr(" \\\"'", s.p[i], 4))
            e = buf_putc(out, '\\');
        e = e ? e : buf_putc(out, s.p[i]);
    }
    return e;
}

bool tui_files_complete(struct slice begun, struct buf *out)
{
    char folder[TUI_PATH_BYTES] = ".";
    struct buf path = {.max = TUI_PATH_BYTES};
    struct found found = {.n = 0};
    struct slice rest = begun;
    bool ok = console_path(&rest, &path) && rest.n == 0 &&
              (begun.n == 0 || (begun.p[0] != '"' && begun.p[0] != '\''));
    size_t from = path.n;
    while (from > 0 && path.p[from - 1] != '/')
        from--;
    struct slice before = {path.p, from};
    if (ok && (from == 0 || tui_files_path(before, folder, sizeof folder)))
        find_all(folder, slice_from(buf_peek(&path), from), &found);
    ok = found.n > 0 && put_escaped(out, before) == ERR_OK &&
         put_escaped(out, (struct slice){found.common, found.common_n}) == ERR_OK &&
         (found.n > 1 || buf_putc(out, found.folder ? '/' : ' ') == ERR_OK);
    buf_fini(&path);
    return ok;
}

#define ZONES "/usr/share/zoneinfo/"

bool tui_files_zone(struct slice begun, struct buf *out)
{
    struct buf path = {.max = TUI_PATH_BYTES}, whole = {.max = TUI_PATH_BYTES};
    bool ok = buf_put(&path, SL(ZONES)) == ERR_OK && buf_put(&path, begun) == ERR_OK &&
              tui_files_complete(buf_peek(&path), &whole) &&
              buf_put(out, slice_from(buf_peek(&whole), sizeof ZONES - 1)) == ERR_OK;
    buf_fini(&path);
    buf_fini(&whole);
    return ok;
}

/* --- a piece --- */

static void stop(struct file *f)
{
    if (f->late)
        host_default()->timer_free(f->late);
    f->late = NULL;
    f->call = NULL;
}

static void answer(struct file *f, unsigned status, struct slice body)
{
    uint32_t number = f->number;
    stop(f);
    tui_dispatch((struct action){.type = ACTION_PIECE, .piece = {number, status, body}}, NULL);
}

static void on_done(void *user, unsigned status, struct slice body)
{
    answer(user, status, body);
}

static void on_late(void *user)
{
    struct file *f = user;
    if (f->call)
        host_default()->transport->http_abort(f->call);
    answer(f, 0, SL(""));
}

static struct http_call *start(struct file *f, const struct effect *e, struct slice piece)
{
    struct buf url = {.max = URL_BYTES_MAX};
    struct http_call *call = NULL;
    if (buf_printf(&url, "%.*s/api/v1/files/%lld?offset=%llu", SL_ARG(tui.options->server),
                   (long long)e->number, (unsigned long long)e->key) == ERR_OK)
        call = host_default()->transport->http_start(
            &(struct http_request){.put = true,
                                   .url = buf_peek(&url),
                                   .bearer = buf_peek(&tui.model.session.token),
                                   .body = piece},
            on_done, f);
    buf_fini(&url);
    return call;
}

/* A file that has become shorter, or cannot be read any more, is as a server that does not answer: it is tried again, and can be cancelled. */
void tui_files_put(const struct effect *e)
{
    struct file *f = e->id > 0 ? find((uint32_t)e->id) : NULL;
    if (!f)
        return;
    if (f->call)
        host_default()->transport->http_abort(f->call); /* of the connection before */
    stop(f);
    f->late = host_default()->timer_new(on_late, f);
    char *piece = f->late ? mem_alloc(e->count) : NULL;
    ssize_t n = piece ? pread(f->fd, piece, e->count, (off_t)e->key) : -1;
    if (n == (ssize_t)e->count)
        f->call = start(f, e, (struct slice){piece, (size_t)n});
    mem_free(piece);
    if (f->late) /* told in a turn of its own */
        host_default()->timer_start(f->late, f->call ? TUI_FILE_TIMEOUT_MS : 0);
}

void tui_files_drop(int64_t number)
{
    struct file *f = number > 0 ? find((uint32_t)number) : NULL;
    if (!f)
        return;
    if (f->call)
        host_default()->transport->http_abort(f->call);
    stop(f);
    close(f->fd);
    *f = (struct file){0};
}

void tui_files_fini(void)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        tui_files_drop(files[i].number);
}
