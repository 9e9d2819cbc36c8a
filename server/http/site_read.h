/* Reading the folder of the static site into memory. */
#pragma once

#include "accept_encoding.h"
#include "buf.h"
#include "check.h"
#include "err.h"
#include "site_policy.h"
#include "slice.h"

#define SITE_PATH_BYTES_MAX 1024
#define SITE_WHY_BYTES      1536

struct site_file {
    char *path; /* "/app.js" */
    struct slice type;
    bool hashed;
    char *policy; /* a page's own, or NULL */
    struct site_variant {
        char *bytes; /* NULL: there is no such form */
        size_t n;
        char etag[35]; /* quoted, with its NUL */
    } variants[CODINGS_N];
};

/* Sorted by path.
 * Owns: the files' memory. */
struct site_files {
    struct site_file *list;
    size_t n, cap;
    size_t bytes;
};

/* Returns: ERR_OK | ERR_NOTFOUND | ERR_LIMIT | ERR_IO | ERR_NOMEM, why says what, and files is
 * empty.
 * Owns: the caller ends it with site_files_fini. */
NODISCARD enum err site_files_read(const char *dir, struct site_files *files,
                                   char why[SITE_WHY_BYTES]);
void site_files_fini(struct site_files *files);
const struct site_file *site_files_find(const struct site_files *files, struct slice path);
