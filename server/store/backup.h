/* The whole store as one file, the same from SQLite and PostgreSQL, so that one can become the other.
 *
 *   {"tincan_backup":2,"schema":N,"made_ms":...}        header; N: the last migration of its tables
 *   {"table":"account","columns":["id",...]}            each table, then its rows: an array a line, bytes as {"hex":"..."}
 *   {"file":ID,"size":N}                                each file that is whole, then its N bytes and a line break
 *   {"rows":1234,"sha256":"..."}                        trailer: the hash of every byte before its line
 *
 * Format 1 had no files; it is still read.
 *
 * Thread: any; both run to their end.
 */
#pragma once

#include "blob.h"
#include "db.h"

#include <stdio.h>

struct backup_progress {
    void *user;
    void (*on_rows)(void *user, const char *table, int64_t rows_n); /* now and then; may be NULL */
    void (*on_missing)(void *user, int64_t id); /* a file that is not on the disk; may be NULL */
};

/* Write everything that is committed now, as one moment saw it. blobs NULL: without the content of files.
 * Returns: ERR_OK | what *failure says. */
NODISCARD enum err backup_write(struct db *db, const struct blobs *blobs, FILE *out,
                                const struct backup_progress *progress, int64_t now_ms,
                                struct db_failure *failure);
/* Read a whole backup without changing anything. Returns: ERR_OK | ERR_INVALID, damaged, cut off or of a newer Tincan, *failure says
 * which and where. Leaves in at its beginning. */
NODISCARD enum err backup_check(FILE *in, int64_t *rows_n, struct db_failure *failure);
/* Replace everything in a migrated database by a checked backup, in one transaction; the epoch becomes a new one, so that clients whose
 * cursors are of the time after the backup start anew. Files are put beside those that are there; what is nobody's then, a server's
 * file_keeper removes. Returns: as backup_write; nothing has changed then. */
NODISCARD enum err backup_restore(struct db *db, const struct blobs *blobs, FILE *in,
                                  const struct backup_progress *progress, int64_t now_ms,
                                  struct db_failure *failure);
/* Is there anything in it that a restore would replace? */
bool backup_is_empty(struct db *db);
