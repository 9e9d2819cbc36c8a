/* Completing what is being typed at the caret: whether a list is due and for what, who or what stands in it in which order, and the text after
 * one of it was taken. All text is valid UTF-8; places are bytes, of what goes to the browser also UTF-16 units (utf16.h).
 */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdint.h>

#define COMPLETE_QUERY_BYTES_MAX 64    /* behind the sign; more is not a name */
#define COMPLETE_EMOJI_BYTES_MIN 2     /* ":s" is not enough, ":)" is none */
#define COMPLETE_NAMES_MAX       20000 /* that are looked at; further ones are not */
#define COMPLETE_HITS_MAX        32

enum complete_kind {
    COMPLETE_NONE,
    COMPLETE_USER,  /* @ann */
    COMPLETE_ROOM,  /* #gen */
    COMPLETE_EMOJI, /* :smi */
    COMPLETE_CODE, /* :smile: whose last colon was just typed; to be replaced without asking when there is such a code */
};

struct complete {
    enum complete_kind kind;
    size_t from, to;    /* what is replaced: from the sign to the caret */
    struct slice query; /* without sign and colons; a view into the text */
};

/* What is being typed at the caret (in bytes; behind the end is the end). Nothing within a word, an address or code, whether the code's last
 * mark is typed or not yet; nor with a character of a name right behind the caret. */
struct complete complete_at(struct slice text, size_t caret);

/* The text after insert took the place of what was typed. */
struct complete_result {
    size_t caret;
    size_t caret_utf16;
};

/* Append text with insert ("@ann", "#general", a glyph) in the place of c to out. Behind it stands one space, and the caret behind that; where a
 * space or mark stands already, or for a COMPLETE_CODE, none is added.
 * Returns: ERR_OK and *result | what buf_put said; out is then as before. */
NODISCARD enum err complete_accept(struct slice text, const struct complete *c, struct slice insert,
                                   struct buf *out, struct complete_result *result);

/* Somebody, or a room. For "@room" and "@here" the caller adds entries of these names. */
struct complete_name {
    struct slice name;    /* what is inserted */
    struct slice display; /* what else it is called; may be empty */
    int64_t
        recent; /* when they last spoke here, or what was last said there; greater is later, 0: never */
    bool near; /* member of the room at hand, or a room of mine: goes first */
};

/* The best max (at most COMPLETE_HITS_MAX) of names for query, best first: the near ones; of these, those whose name or a word of whose display
 * begins with query before those that only have it inside; then the later spoken; then name before display; then by name.
 * Everybody matches the empty query. hits get places in names. Returns: how many hits. */
size_t complete_rank(struct slice query, const struct complete_name *names, size_t names_n,
                     uint32_t *hits, size_t max);
