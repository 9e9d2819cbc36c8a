/* Removes the content of files that are no more, on a thread of its own: at once what an operation says is gone; and, at the start and
 * once an hour, uploads that were never sent, and what a crash between a commit and the removal has left.
 */
#pragma once

#include "blob.h"
#include "store.h"

#define FILE_KEEPER_WAITING_MAX 4096 /* ids; what is more is found within the hour */

struct file_keeper;

/* Start the thread. Borrows both until file_keeper_free. NULL: no memory or no thread. */
struct file_keeper *file_keeper_start(const struct blobs *blobs, struct store *store);
/* Remove what a committed request says is gone, soon. Thread: any, does not block. */
void file_keeper_take(struct file_keeper *k, const struct store_request *r);
/* End the thread; before store_close. What is taken from then on is removed by file_keeper_free. NULL is harmless, to both. */
void file_keeper_stop(struct file_keeper *k);
void file_keeper_free(struct file_keeper *k);
