/* What needs Unicode's tables: normal forms of passwords, display names and rooms' names. Thread: any. */
#pragma once

#include "buf.h"
#include "chat_limits.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include "utf8.h"

/* Append s in NFC. Returns: ERR_OK | ERR_INVALID, not UTF-8 or an unassigned character | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err name_nfc(struct slice s, struct buf *out);
/* Append s case-folded, for searching. Returns: as name_nfc. */
NODISCARD enum err name_fold(struct slice s, struct buf *out);
/* A display name: NFC, one space where there was white space, none at the ends; nothing that turns the direction of writing, is
 * invisible, or piles up marks. The joiners of emoji may stand within emoji only.
 * Returns: NULL and out appended to, or why not, for people (static text; name_no_memory when it is not the name's fault). */
extern const char name_no_memory[];
const char *name_display(struct slice s, struct buf *out);

/* A room's name in its one form: lower case, NFC, 2 to 32 characters: letters and digits of any script, hyphen, underscore; a letter or
 * digit first and last; no word that mixes scripts whose letters look alike. One # in front is dropped.
 * Returns: NULL and *out, or why not, for people (static text). */
struct name_text {
    char p[CHAT_NAME_CHARS_MAX * UTF8_BYTES_MAX];
    size_t n;
};
const char *name_room(struct slice name, struct name_text *out);
static inline struct slice name_slice(const struct name_text *name)
{
    return (struct slice){name->p, name->n};
}
