/* The emojis that can be chosen: the site's emoji.txt, read when somebody first opens the picker or types ":sm", and what is asked of it.
 *
 * The file is UTF-8, lines end with \n (shared/setup/emoji_table.py makes it):
 *
 *   % a comment
 *   =Smileys & Emotion                a group; what follows belongs to it
 *   GLYPH code code;word word         short codes of a-z 0-9 _ + -, the first is its name; words that it is found by besides
 *   GLYPH+ code                       may be toned: a skin colour goes behind its first character
 *   GLYPH++ code                      ... and behind its last
 *
 * Inv: rows of a group follow each other; every row belongs to a group. A zeroed struct emojis is valid and has nothing in it.
 */
#pragma once

#include "buf.h"
#include "chat_limits.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdint.h>

#define EMOJI_FILE_BYTES_MAX  65535
#define EMOJI_LINE_BYTES_MAX  255
#define EMOJI_ROWS_MAX        4096
#define EMOJI_GROUPS_MAX      16
#define EMOJI_GLYPH_BYTES_MAX (CHAT_EMOJI_BYTES_MAX - 8) /* so that two tones still fit */
#define EMOJI_CODE_BYTES_MAX  64
#define EMOJI_QUERY_BYTES_MAX 64
#define EMOJI_HITS_MAX        256
#define EMOJI_RECENT_MAX      32
#define EMOJI_NONE            UINT32_MAX

struct emoji_row; /* one line, as places in the text */

struct emoji_group {
    struct slice name;
    uint32_t first, n; /* its rows */
};

struct emojis {
    char *text; /* of the file */
    struct emoji_row *rows;
    uint32_t rows_n;
    struct emoji_group groups[EMOJI_GROUPS_MAX];
    uint32_t groups_n;
};

/* One emoji; views into the table. */
struct emoji {
    struct slice glyph;
    struct slice codes; /* with spaces in between */
    struct slice words; /* the same; may be empty */
    uint32_t group;
    uint32_t tones; /* 0: none; 1: behind the first character; 2: and behind the last */
};

/* What is wrong with a file, for people. */
struct emoji_fault {
    uint32_t line;
    const char *why; /* static text */
};

/* Read the file into t, which is empty.
 * Returns: ERR_OK | ERR_INVALID, *fault says where and why | ERR_LIMIT, the same | ERR_NOMEM. When it fails t stays empty.
 * Owns:    t holds a copy of the file until emoji_fini. */
NODISCARD enum err emoji_parse(struct emojis *t, struct slice file, struct emoji_fault *fault);
void emoji_fini(struct emojis *t);

/* Row i, which is less than rows_n. */
struct emoji emoji_at(const struct emojis *t, uint32_t i);
/* The first of its short codes, without colons. */
struct slice emoji_code(const struct emoji *e);
/* The row that has this short code (any case of it) or this glyph, in whatever tone; EMOJI_NONE when there is none. */
uint32_t emoji_find_code(const struct emojis *t, struct slice code);
uint32_t emoji_find_glyph(const struct emojis *t, struct slice glyph);

struct emoji_hit {
    uint32_t row;
    struct slice code; /* the short code that was found, or the first */
    uint32_t order;    /* less is better */
};

/* The best max (at most EMOJI_HITS_MAX) for what was typed, best first: a short code that is it, begins with it (the shortest first), has a word
 * that begins with it; a word that begins with it; a short code with it inside; a group of that name. Of several
 * typed words each must be found. Case and ':' in front are no matter; a query too long finds nothing, nor does the empty one. query is valid UTF-8.
 * Returns: how many hits. */
size_t emoji_search(const struct emojis *t, struct slice query, struct emoji_hit *hits, size_t max);

enum emoji_tone {
    EMOJI_TONE_NONE,
    EMOJI_TONE_LIGHT,
    EMOJI_TONE_MEDIUM_LIGHT,
    EMOJI_TONE_MEDIUM,
    EMOJI_TONE_MEDIUM_DARK,
    EMOJI_TONE_DARK,
    EMOJI_TONES_N
};

/* A glyph kept by value. */
struct emoji_glyph {
    char p[CHAT_EMOJI_BYTES_MAX];
    size_t n;
};

/* e in that tone; as it is when it has none. */
void emoji_toned(const struct emoji *e, enum emoji_tone tone, struct emoji_glyph *out);
/* Borrows g. */
struct slice emoji_slice(const struct emoji_glyph *g);

/* What was used last, the newest first, each once; a zeroed one is valid and empty. As a text, which the page keeps, it is the glyphs with
 * spaces between them. */
struct emoji_recent {
    struct emoji_glyph at[EMOJI_RECENT_MAX];
    size_t n;
};

/* glyph goes to the front, the oldest beyond the cap is forgotten. What cannot be an emoji is ignored. */
void emoji_recent_use(struct emoji_recent *r, struct slice glyph);
/* Append the text to out. Returns: ERR_OK | what buf_put said. */
NODISCARD enum err emoji_recent_encode(const struct emoji_recent *r, struct buf *out);
/* Any text; what is none of a list is left out. */
void emoji_recent_decode(struct emoji_recent *r, struct slice text);
