/* The inside of backups: what their tables and their files have in common. See backup.h. */
#pragma once

#include "backup.h"

#include "arena.h"
#include "buf.h"

#include <openssl/evp.h>

#define BACKUP_FILES_BYTES_MAX (256u << 20) /* of the list of files while a backup is written */

struct backup_writer {
    struct db *db;
    const struct blobs *blobs; /* NULL: files are left out */
    FILE *out;
    EVP_MD_CTX *hash;
    struct buf line;
    struct buf files; /* whole ones: int64_t[2], their ids and sizes */
    int64_t rows_n;
    const struct backup_progress *progress;
    bool failed; /* the file */
};

struct backup_reader {
    FILE *in;
    EVP_MD_CTX *hash;
    struct buf line;
    struct arena arena;
    int64_t line_n, rows_n;
    int64_t file, file_bytes;  /* whose content comes next */
    const struct blobs *blobs; /* where it goes; NULL: it is only looked at */
    struct db_failure *failure;
};

/* backup.c */
/* End the line, write it, count it in. */
void backup_put_line(struct backup_writer *w);
/* *r->failure says what; ERR_INVALID. */
enum err backup_damaged(struct backup_reader *r, const char *what);
void backup_hash_line(struct backup_reader *r);

/* backup_files.c */
/* Which files there are, as the transaction sees them; and, later, their content. */
void backup_list_files(struct backup_writer *w);
void backup_put_files(struct backup_writer *w);
/* Read the content of r->file, and keep it if there are blobs. */
enum err backup_read_file(struct backup_reader *r);
