/* What was written into a dialog that was closed unsent: there again when the same one is opened. The last few are kept; no passwords,
 * and no filters of lists.
 */
#pragma once

#include "dialog.h"

#define DIALOG_KEPT_MAX        4
#define DIALOG_KEPT_FIELDS_MAX 4

struct dialog_kept_field {
    enum dom_field field;
    struct buf text, followed; /* as in struct dialog_field */
};

struct dialog_kept_one {
    enum dialog_kind kind;
    int64_t about;
    struct dialog_kept_field fields[DIALOG_KEPT_FIELDS_MAX];
};

/* Inv: the first n, the oldest first, are of different dialogs. */
struct dialog_kept {
    struct dialog_kept_one at[DIALOG_KEPT_MAX];
    uint32_t n;
};

/* Take what has been written into d; nothing: what was kept of that dialog goes. */
void dialog_keep(struct dialog_kept *k, const struct dialog *d);
/* Fill it in, if there is anything of d. */
void dialog_kept_fill(const struct dialog_kept *k, struct dialog *d);
/* That of d is done with. */
void dialog_kept_drop(struct dialog_kept *k, const struct dialog *d);
/* Free; it may be used again. */
void dialog_kept_forget(struct dialog_kept *k);
