/* What was typed into a dialog that was closed unsent: there again when the same one is opened. One is kept, the last. */
#pragma once

#include "dialog.h"

#define DIALOG_KEPT_MAX 2 /* fields */

struct dialog_kept {
    enum dialog_kind kind; /* DIALOG_NONE: nothing is kept */
    int64_t about;
    enum dom_field fields[DIALOG_KEPT_MAX];
    struct buf texts[DIALOG_KEPT_MAX];
};

/* Take what has been typed into d, but for filters of lists; nothing: what was kept of that dialog goes. */
void dialog_keep(struct dialog_kept *k, const struct dialog *d);
/* Fill it in, if d is that one. */
void dialog_kept_fill(const struct dialog_kept *k, struct dialog *d);
/* Free; it may be used again. */
void dialog_kept_forget(struct dialog_kept *k);
