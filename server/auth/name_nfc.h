/* What needs Unicode's tables: normal forms of passwords and display names. Thread: any. */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"

/* Append s in NFC. Returns: ERR_OK | ERR_INVALID, not UTF-8 or an unassigned character | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err name_nfc(struct slice s, struct buf *out);
/* Append s case-folded, for searching. Returns: as name_nfc. */
NODISCARD enum err name_fold(struct slice s, struct buf *out);
/* A display name: NFC, spaces at the ends gone, nothing that turns the direction of writing, is invisible, or piles up marks.
 * Returns: NULL and out appended to, or why not, for people (static text; name_no_memory when it is not the name's fault). */
extern const char name_no_memory[];
const char *name_display(struct slice s, struct buf *out);
