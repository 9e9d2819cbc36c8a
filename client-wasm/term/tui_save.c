/* Files of messages that are saved, one after the other and piece by piece: into names that were free. See tui_files.h. */
#include "tui_files.h"

#include "tui.h"

#include "refusal.h"
#include "text.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAVES_MAX     20
#define PIECE_BYTES   (1u << 20)
#define TRIES_MAX     6
#define AGAIN_MS      1000
#define NAMES_MAX     100 /* "plan (99).pdf" */
#define URL_BYTES_MAX 4096

/* Inv: fd >= 0 exactly for the first one, once it has begun. */
struct save {
    int64_t id, size, there;
    unsigned tries;
    int fd;
    bool many;                  /* of one message: where is a folder */
    char name[256];             /* as it may be called here */
    char where[TUI_PATH_BYTES]; /* what was asked for; the path, once it has begun */
};

static struct save saves[SAVES_MAX];
static struct http_call *call;
static struct host_timer *timer; /* until it is late, or tried again */

static void next(void);

/* --- names --- */

/* Peers choose them: no folders, nothing hidden, no control characters, and not longer than a disk takes. */
static void take_name(struct save *s, struct slice name)
{
    size_t n = 0, from = name.n;
    while (from > 0 && name.p[from - 1] != '/')
        from--;
    name = slice_from(name, from);
    while (name.n > 200) /* at a whole character */
        name = text_cut(name, utf8_length(name) - 1);
    for (size_t i = 0; i < name.n; i++)
        s->name[n++] = (unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7F ? '_' : name.p[i];
    if (n == 0)
        s->name[n++] = '_';
    if (s->name[0] == '.')
        s->name[0] = '_';
    s->name[n] = '\0';
}

/* "plan (1).pdf". Returns: the descriptor, -1 and errno. */
static int create_numbered(struct save *s, const char *folder)
{
    const char *dot = strrchr(s->name, '.');
    int stem = dot && dot != s->name ? (int)(dot - s->name) : (int)strlen(s->name);
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        char number[16] = "";
        if (i)
            (void)snprintf(number, sizeof number, " (%u)", i);
        int n = snprintf(s->where, sizeof s->where, "%s%s%.*s%s%s", folder, *folder ? "/" : "",
                         stem, s->name, number, s->name + stem);
        if (n < 0 || (size_t)n >= sizeof s->where) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(s->where, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Nothing that is there is written over. */
static int create(struct save *s)
{
    char path[TUI_PATH_BYTES] = "";
    struct stat st;
    struct slice where = slice_str(s->where);
    if (where.n && !tui_files_path(where, path, sizeof path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    bool folder = !path[0] || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
    if (!folder && s->many) {
        errno = ENOTDIR;
        return -1;
    }
    if (folder)
        return create_numbered(s, path);
    memcpy(s->where, path, strlen(path) + 1);
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* --- the end of one --- */

/* The first one is over; whole: it stays. */
static void end(bool whole)
{
    struct save *s = &saves[0];
    if (call)
        host_default()->transport->http_abort(call);
    call = NULL;
    if (s->fd >= 0) {
        close(s->fd);
        if (!whole)
            (void)unlink(s->where);
    }
    memmove(saves, saves + 1, sizeof saves - sizeof *saves);
    saves[SAVES_MAX - 1] = (struct save){.fd = -1};
    tui.console.saves_n--;
}

static void fail(const char *why)
{
    tui_files_say(WORD_TERM_SAVE_NOT, slice_str(saves[0].name), why);
    end(false);
    next();
}

static void done(void)
{
    if (close(saves[0].fd) != 0) {
        saves[0].fd = -1;
        (void)unlink(saves[0].where);
        fail(strerror(errno));
        return;
    }
    saves[0].fd = -1;
    tui_files_say(WORD_TERM_SAVED, slice_str(saves[0].where), "");
    end(true);
    next();
}

/* --- pieces --- */

static bool write_all(int fd, struct slice body)
{
    while (body.n > 0) {
        ssize_t n = write(fd, body.p, body.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        body = slice_from(body, (size_t)n);
    }
    return true;
}

static void refused(unsigned status, struct slice body)
{
    struct save *s = &saves[0];
    struct arena arena;
    struct answer_refusal why;
    struct refusal_text room;
    bool again = status == 0 || status == 401 || status == 429 || status >= 500;
    if (again && s->tries < TRIES_MAX) {
        host_default()->timer_start(timer, (uint32_t)AGAIN_MS << s->tries++);
        return;
    }
    arena_init(&arena, 64u << 10);
    struct slice text = refusal_read(body, &arena, &why)
                            ? refusal_text(&tui.model.words, REFUSAL_OF_FILE, &why, &room)
                            : SL("");
    char line[REFUSAL_BYTES_MAX + 1];
    text = text.n && text.n < sizeof line ? text : words_get(&tui.model.words, WORD_NO_ANSWER);
    (void)snprintf(line, sizeof line, "%.*s", SL_ARG(text));
    arena_fini(&arena);
    fail(line);
}

static void nothing(void *user, struct effects *fx)
{
    (void)user;
    (void)fx;
}

static void on_done(void *user, unsigned status, struct slice body)
{
    struct save *s = &saves[0];
    (void)user;
    call = NULL;
    host_default()->timer_stop(timer);
    bool good = status == 206 || (status == 200 && s->there == 0);
    if (!good || body.n == 0 || body.n > (uint64_t)(s->size - s->there)) {
        refused(good ? 0 : status, body);
    } else if (!write_all(s->fd, body)) {
        fail(strerror(errno));
    } else {
        s->tries = 0;
        s->there += (int64_t)body.n;
        if (s->there == s->size)
            done();
        else
            next();
    }
    tui_console(nothing, NULL); /* how far it is, is drawn */
}

static void ask(struct save *s)
{
    struct buf url = {.max = URL_BYTES_MAX};
    if (buf_printf(&url, "%.*s/api/v1/files/%lld", SL_ARG(tui.options->server), (long long)s->id) ==
        ERR_OK)
        call = host_default()->transport->http_start(
            &(struct http_request){.url = buf_peek(&url),
                                   .bearer = buf_peek(&tui.model.session.token),
                                   .range_from = (uint64_t)s->there,
                                   .range_n = PIECE_BYTES},
            on_done, NULL);
    buf_fini(&url);
    host_default()->timer_start(timer, call ? TUI_FILE_TIMEOUT_MS : AGAIN_MS);
}

/* It is late, or time to try again. */
static void on_timer(void *user)
{
    (void)user;
    if (tui.console.saves_n == 0)
        return;
    if (call) {
        host_default()->transport->http_abort(call);
        call = NULL;
        refused(0, SL(""));
        tui_console(nothing, NULL);
    } else {
        next();
    }
}

/* Go on with the first one. */
static void next(void)
{
    struct save *s = &saves[0];
    if (tui.console.saves_n == 0) {
        host_default()->timer_stop(timer);
        return;
    }
    if (s->fd < 0)
        s->fd = create(s);
    if (s->fd < 0)
        fail(strerror(errno));
    else if (s->size == 0)
        done();
    else
        ask(s);
}

void tui_save(const struct effect *e)
{
    if (e->id == 0) {
        while (tui.console.saves_n)
            end(false);
        if (timer)
            host_default()->timer_stop(timer);
        return;
    }
    if (!timer)
        timer = host_default()->timer_new(on_timer, NULL);
    if (!timer || tui.console.saves_n == SAVES_MAX || e->title.n >= TUI_PATH_BYTES) {
        tui_files_say(WORD_TERM_SAVE_NOT, e->text,
                      strerror(timer && e->title.n < TUI_PATH_BYTES ? EAGAIN : ENOMEM));
        return;
    }
    struct save *s = &saves[tui.console.saves_n++];
    *s = (struct save){.id = e->id, .size = e->number, .fd = -1, .many = e->count > 1};
    take_name(s, e->text);
    if (e->title.n)
        memcpy(s->where, e->title.p, e->title.n);
    if (tui.console.saves_n == 1)
        next();
}

void tui_save_fini(void)
{
    while (tui.console.saves_n)
        end(false);
    if (timer)
        host_default()->timer_free(timer);
    timer = NULL;
}

bool tui_save_now(struct slice *name, int64_t *there, int64_t *size)
{
    *name = slice_str(saves[0].name);
    *there = saves[0].there;
    *size = saves[0].size;
    return tui.console.saves_n > 0;
}
