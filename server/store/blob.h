/* The content of files, in a folder: FOLDER/files/XX/ID, for nobody but us to read. Written from the beginning on, never changed, read once
 * the database says that it is whole. What a crash leaves behind is found by file_keeper.
 *
 * Thread: any; several may write the same one, each piece is written by one.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define BLOB_FREE_BYTES_MIN                                                                        \
    (64u << 20) /* uploads leave that much of the disk: the database goes on */

struct blobs {
    char folder[4096];
};

/* Of DATA_DIR; the folder is made if need be. Returns: ERR_OK | ERR_IO, errno says why. */
NODISCARD enum err blobs_init(struct blobs *b, const char *data_dir);
/* Is there room for so many bytes? Yes, where nobody can tell. */
bool blobs_have_room(const struct blobs *b, uint64_t bytes);
/* How much of it is there: 0, when nothing is. */
uint64_t blob_size(const struct blobs *b, int64_t id);
/* Open to be written; made if need be. Owns: the caller closes *fd. Returns: ERR_OK | ERR_LIMIT, the disk is full | ERR_IO. */
NODISCARD enum err blob_write_open(const struct blobs *b, int64_t id, int *fd);
/* Write a piece where it ends, which must be at. *size is how much is there then.
 * Returns: ERR_OK | ERR_CONFLICT, it ends elsewhere | ERR_LIMIT, the disk is full, a part may be written | ERR_IO. */
NODISCARD enum err blob_append(int fd, uint64_t at, struct slice bytes, uint64_t *size);
/* See to it that it outlives a power cut, under its name. */
NODISCARD enum err blob_sync(const struct blobs *b, int64_t id, int fd);
/* Open to be read. Owns: the caller closes *fd. Returns: ERR_OK | ERR_NOTFOUND | ERR_IO. */
NODISCARD enum err blob_read_open(const struct blobs *b, int64_t id, int *fd, uint64_t *size);
/* Its first bytes, up to n. Returns how many. */
size_t blob_head(int fd, char *out, size_t n);
/* Everything that was written, at once. */
NODISCARD enum err blobs_sync(const struct blobs *b);
void blob_remove(const struct blobs *b, int64_t id);
/* Call fn for each that there is, in no order, until it says false. */
void blobs_each(const struct blobs *b, bool (*fn)(void *user, int64_t id), void *user);
