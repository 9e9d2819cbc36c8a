/* See site_read.h. */
#include "site_read.h"

#include "content_type.h"
#include "mem.h"
#include "site.h"
#include "utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
    struct site_files *files;
    char root[PATH_MAX]; /* resolved, without a slash at the end */
    char *why;
};

static enum err fail(const struct walk *w, enum err e, const char *path, const char *cause)
{
    snprintf(w->why, SITE_WHY_BYTES, "public folder %.900s: %.500s%s%.90s", w->root, path,
             *path ? ": " : "", cause);
    return e;
}

static int compare_path(struct slice a, struct slice b)
{
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int compare_files(const void *a, const void *b)
{
    const struct site_file *x = a, *y = b;
    return compare_path(slice_str(x->path), slice_str(y->path));
}

const struct site_file *site_files_find(const struct site_files *files, struct slice path)
{
    size_t low = 0, high = files->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = compare_path(path, slice_str(files->list[middle].path));
        if (c == 0) {
            return &files->list[middle];
        }
        if (c < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

void site_files_fini(struct site_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        mem_free(files->list[i].path);
        mem_free(files->list[i].policy);
        for (int v = 0; v < CODINGS_N; v++) {
            mem_free(files->list[i].variants[v].bytes);
        }
    }
    mem_free(files->list);
    *files = (struct site_files){0};
}

static void make_etag(struct site_variant *v)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    CHECK(EVP_Digest(v->bytes, v->n, hash, &n, EVP_sha256(), NULL) == 1 && n >= 16);
    v->etag[0] = '"';
    for (size_t i = 0; i < 16; i++) {
        v->etag[1 + 2 * i] = "0123456789abcdef"[hash[i] >> 4];
        v->etag[2 + 2 * i] = "0123456789abcdef"[hash[i] & 15];
    }
    v->etag[33] = '"';
}

static enum err read_all(int fd, char *to, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = read(fd, to + done, n - done);
        if (got <= 0) {
            return ERR_IO; /* it shrank, or the disk fails */
        }
        done += (size_t)got;
    }
    return ERR_OK;
}

static enum err append_file(struct walk *w, const char *path, struct site_file **out)
{
    struct site_files *f = w->files;
    if (f->n == SITE_FILES_MAX) {
        return fail(w, ERR_LIMIT, path, "too many files");
    }
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 64;
        struct site_file *list = mem_realloc(f->list, cap * sizeof *list);
        if (!list) {
            return fail(w, ERR_NOMEM, path, "out of memory");
        }
        f->list = list;
        f->cap = cap;
    }
    size_t n = strlen(path) + 1;
    char *copy = mem_alloc(n);
    if (!copy) {
        return fail(w, ERR_NOMEM, path, "out of memory");
    }
    memcpy(copy, path, n);
    *out = &f->list[f->n++];
    **out = (struct site_file){.path = copy, .type = content_type_of(slice_str(copy))};
    return ERR_OK;
}

/* An open regular file of at most the bytes that are left. */
static enum err add_open_file(struct walk *w, const char *path, int fd)
{
    struct stat st;
    struct site_file *file;
    if (fstat(fd, &st) != 0) {
        return fail(w, ERR_IO, path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return ERR_OK;
    }
    if ((uint64_t)st.st_size > SITE_BYTES_MAX - w->files->bytes) {
        return fail(w, ERR_LIMIT, path, "too many bytes");
    }
    enum err e = append_file(w, path, &file);
    if (e) {
        return e;
    }
    struct site_variant *v = &file->variants[CODING_IDENTITY];
    v->n = (size_t)st.st_size;
    v->bytes = mem_alloc(v->n);
    if (!v->bytes) {
        return fail(w, ERR_NOMEM, path, "out of memory");
    }
    w->files->bytes += v->n;
    if (read_all(fd, v->bytes, v->n) != ERR_OK) {
        return fail(w, ERR_IO, path, "could not be read to the end");
    }
    make_etag(v);
    return ERR_OK;
}

/* Does the link lead to something inside the folder? */
static bool stays_inside(const struct walk *w, const char *full)
{
    char resolved[PATH_MAX];
    size_t n = strlen(w->root);
    return realpath(full, resolved) && strncmp(resolved, w->root, n) == 0 && resolved[n] == '/';
}

static enum err add_file(struct walk *w, const char *path, bool is_link)
{
    char full[PATH_MAX + SITE_PATH_BYTES_MAX];
    snprintf(full, sizeof full, "%s%s", w->root, path);
    if (is_link && !stays_inside(w, full)) {
        return ERR_OK;
    }
    int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (is_link ? 0 : O_NOFOLLOW));
    if (fd < 0) {
        return is_link ? ERR_OK : fail(w, ERR_IO, path, strerror(errno));
    }
    enum err e = add_open_file(w, path, fd);
    close(fd);
    return e;
}

static enum err walk_folder(struct walk *w, const char *path, unsigned depth);

static enum err add_entry(struct walk *w, const char *folder, const char *name, unsigned depth)
{
    char path[SITE_PATH_BYTES_MAX], full[PATH_MAX + SITE_PATH_BYTES_MAX];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path || !utf8_valid(slice_str(name))) {
        return fail(w, ERR_LIMIT, folder, "contains a name that is too long or not UTF-8");
    }
    snprintf(full, sizeof full, "%s%s", w->root, path);
    if (lstat(full, &st) != 0) {
        return fail(w, ERR_IO, path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return walk_folder(w, path, depth + 1);
    }
    return S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ? add_file(w, path, S_ISLNK(st.st_mode))
                                                      : ERR_OK;
}

static enum err walk_folder(struct walk *w, const char *path, unsigned depth)
{
    char full[PATH_MAX + SITE_PATH_BYTES_MAX];
    if (depth > SITE_DEPTH_MAX) {
        return fail(w, ERR_LIMIT, path, "too many folders in folders");
    }
    snprintf(full, sizeof full, "%s%s", w->root, path);
    DIR *dir = opendir(full);
    if (!dir) {
        return fail(w, ERR_IO, path, strerror(errno));
    }
    enum err e = ERR_OK;
    for (struct dirent *entry; !e && (entry = readdir(dir));) {
        if (entry->d_name[0] != '.') {
            e = add_entry(w, path, entry->d_name, depth);
        }
    }
    closedir(dir);
    return e;
}

/* Move NAME.br and NAME.gz into NAME. Leaves gaps, closed at the end. */
static void join_variants(struct site_files *f)
{
    static const struct {
        struct slice ending;
        enum coding coding;
    } endings[] = {{{".br", 3}, CODING_BR}, {{".gz", 3}, CODING_GZIP}};
    for (size_t i = 0; i < f->n; i++) {
        struct slice path = slice_str(f->list[i].path);
        for (int k = 0; k < 2; k++) {
            struct slice ending = endings[k].ending;
            if (path.n <= ending.n || !slice_eq(slice_from(path, path.n - ending.n), ending)) {
                continue;
            }
            /* Found by its path, so also const to nobody here. */
            struct site_file *base =
                (struct site_file *)site_files_find(f, (struct slice){path.p, path.n - ending.n});
            if (base) {
                base->variants[endings[k].coding] = f->list[i].variants[CODING_IDENTITY];
                f->list[i].variants[CODING_IDENTITY].bytes = NULL;
            }
        }
    }
    size_t kept_n = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (f->list[i].variants[CODING_IDENTITY].bytes) {
            f->list[kept_n++] = f->list[i];
        } else {
            mem_free(f->list[i].path);
        }
    }
    f->n = kept_n;
}

static enum err add_policy(struct site_file *file)
{
    const struct site_variant *v = &file->variants[CODING_IDENTITY];
    if (!slice_starts_with(file->type, SL("text/html"))) {
        return ERR_OK;
    }
    file->policy = mem_alloc(SITE_POLICY_BYTES);
    if (!file->policy) {
        return ERR_NOMEM;
    }
    site_policy_write((struct slice){v->bytes, v->n}, file->policy);
    return ERR_OK;
}

enum err site_files_read(const char *dir, struct site_files *files, char why[SITE_WHY_BYTES])
{
    struct walk w = {.files = files, .why = why};
    *files = (struct site_files){0};
    struct stat st;
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || !realpath(dir, w.root)) {
        snprintf(why, SITE_WHY_BYTES,
                 "public folder %.1400s: there is no such folder; build the site, or name it with "
                 "--public",
                 dir);
        return ERR_NOTFOUND;
    }
    enum err e = walk_folder(&w, "", 0);
    if (e) {
        site_files_fini(files);
        return e;
    }
    if (files->n > 0) {
        qsort(files->list, files->n, sizeof *files->list, compare_files);
    }
    join_variants(files);
    for (size_t i = 0; i < files->n && !e; i++) {
        files->list[i].hashed = content_name_is_hashed(slice_str(files->list[i].path));
        e = add_policy(&files->list[i]);
        if (e) {
            e = fail(&w, e, files->list[i].path, "out of memory");
        }
    }
    if (e) {
        site_files_fini(files);
    }
    return e;
}
