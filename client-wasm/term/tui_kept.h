/* Drafts and unconfirmed messages on the disk: $XDG_STATE_HOME/tincan/tui-SERVER-N.json, for its owner's eyes only, replaced as a whole.
 *
 *   {"drafts":[...],"outbox":[...]}     each as in upd_kept.h
 *
 * Each program that runs has a file of its own, N, for which it holds the lock beside it; what programs that are gone have left is taken
 * over under the same cids.
 */
#pragma once

#include "buf.h"
#include "model.h"

#define TUI_KEPT_FILES_N 16 /* programs at once for one server; further ones keep nothing */

struct tui_kept {
    struct buf folder, name; /* "tui-SERVER" */
    int lock_fd;             /* of ours; -1: nothing is kept */
    unsigned number;
    struct buf text; /* of the file read last */
    const struct words *words;
    struct slice problem; /* why nothing can be kept; empty: none */
};

void tui_kept_init(struct tui_kept *k, struct slice server, const struct words *words);
void tui_kept_fini(struct tui_kept *k);
/* Read ours (again); empty slices when there is nothing. They hold until the next call. */
void tui_kept_read(struct tui_kept *k, struct slice *drafts, struct slice *outbox);
/* The next file whose program is gone, from *number on. false: no more. */
bool tui_kept_next(struct tui_kept *k, unsigned *number, struct slice *drafts,
                   struct slice *outbox);
/* What tui_kept_next gave has been saved: its file goes. */
void tui_kept_taken(struct tui_kept *k, unsigned number);
/* Write ours. sync: it shall outlive the machine's end. false: it could not (problem). */
bool tui_kept_save(struct tui_kept *k, const struct model *m, bool sync);
