/* The table of emojis: reading it, and what single rows are asked. emoji_search.c finds, emoji_recent.c remembers. */
#include "emoji.h"

#include "fold.h"
#include "mem.h"
#include "utf8.h"

#include <string.h>

#define SHAPE_COLOUR 0xFE0FU
#define TONE_FIRST   0x1F3FBU
#define TONE_LAST    0x1F3FFU

struct emoji_row {
    uint16_t at; /* of the line in the text */
    uint8_t glyph_n;
    uint8_t tones; /* as many '+' stand behind the glyph */
    uint8_t codes_n;
    uint8_t words_n;
    uint8_t group;
};

_Static_assert(EMOJI_FILE_BYTES_MAX <= UINT16_MAX && EMOJI_LINE_BYTES_MAX <= UINT8_MAX, "of a row");

/* --- reading --- */

struct reader {
    struct emojis *t;
    struct emoji_fault fault;
};

static enum err fail(struct reader *r, enum err e, const char *why)
{
    r->fault.why = why;
    return e;
}

static bool is_code_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
}

/* Words of a-z 0-9 _ + - with one space between them, none too long. */
static bool are_words(struct slice s)
{
    size_t word = 0;
    for (size_t i = 0; i <= s.n; i++) {
        if (i == s.n || s.p[i] == ' ') {
            if (word == 0 || word > EMOJI_CODE_BYTES_MAX) {
                return false;
            }
            word = 0;
        } else if (is_code_char(s.p[i])) {
            word++;
        } else {
            return false;
        }
    }
    return true;
}

/* A glyph is never of ASCII alone: 1 with its keycap is one. */
static bool is_glyph(struct slice s)
{
    bool other = false;
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F) {
            return false;
        }
        other = other || (unsigned char)s.p[i] >= 0x80;
    }
    return other;
}

static enum err read_group(struct reader *r, struct slice name)
{
    struct emojis *t = r->t;
    if (name.n == 0) {
        return fail(r, ERR_INVALID, "a group without a name");
    }
    if (t->groups_n == EMOJI_GROUPS_MAX) {
        return fail(r, ERR_LIMIT, "too many groups");
    }
    t->groups[t->groups_n++] = (struct emoji_group){.name = name, .first = t->rows_n};
    return ERR_OK;
}

static enum err read_row(struct reader *r, struct slice line)
{
    struct emojis *t = r->t;
    size_t glyph_n = 0, tones = 0;
    while (glyph_n < line.n && line.p[glyph_n] != ' ' && line.p[glyph_n] != '+') {
        glyph_n++;
    }
    while (glyph_n + tones < line.n && line.p[glyph_n + tones] == '+') {
        tones++;
    }
    if (!is_glyph((struct slice){line.p, glyph_n}) || glyph_n > EMOJI_GLYPH_BYTES_MAX ||
        tones > 2) {
        return fail(r, ERR_INVALID, "no emoji at the start of the line");
    }
    struct slice rest = slice_from(line, glyph_n + tones);
    if (rest.n == 0 || rest.p[0] != ' ') {
        return fail(r, ERR_INVALID, "no short code behind the emoji");
    }
    rest = slice_from(rest, 1);
    size_t codes_n = slice_find(rest, ';');
    struct slice words = slice_from(rest, codes_n < rest.n ? codes_n + 1 : codes_n);
    if (!are_words((struct slice){rest.p, codes_n}) || (codes_n < rest.n && !are_words(words))) {
        return fail(r, ERR_INVALID, "a short code or word that is none");
    }
    if (t->groups_n == 0) {
        return fail(r, ERR_INVALID, "an emoji before the first group");
    }
    if (t->rows_n == EMOJI_ROWS_MAX) {
        return fail(r, ERR_LIMIT, "too many emojis");
    }
    t->groups[t->groups_n - 1].n++;
    t->rows[t->rows_n++] = (struct emoji_row){
        .at = (uint16_t)(line.p - t->text),
        .glyph_n = (uint8_t)glyph_n,
        .tones = (uint8_t)tones,
        .codes_n = (uint8_t)codes_n,
        .words_n = (uint8_t)words.n,
        .group = (uint8_t)(t->groups_n - 1),
    };
    return ERR_OK;
}

static enum err read_lines(struct reader *r, struct slice rest)
{
    enum err e = ERR_OK;
    while (rest.n > 0 && !e) {
        struct slice line = {rest.p, slice_find(rest, '\n')};
        rest = slice_from(rest, line.n < rest.n ? line.n + 1 : line.n);
        r->fault.line++;
        if (line.n > EMOJI_LINE_BYTES_MAX) {
            return fail(r, ERR_LIMIT, "a line too long");
        }
        if (line.n == 0 || line.p[0] == '%') {
            continue;
        }
        e = line.p[0] == '=' ? read_group(r, slice_from(line, 1)) : read_row(r, line);
    }
    return e;
}

/* At most as many rows as lines. */
static size_t rows_at_most(struct slice file)
{
    size_t n = 1;
    for (size_t i = 0; i < file.n && n < EMOJI_ROWS_MAX; i++) {
        n += file.p[i] == '\n';
    }
    return n;
}

enum err emoji_parse(struct emojis *t, struct slice file, struct emoji_fault *fault)
{
    struct reader r = {.t = t};
    CHECK(!t->text && !t->rows);
    enum err e = ERR_OK;
    if (file.n > EMOJI_FILE_BYTES_MAX) {
        e = fail(&r, ERR_LIMIT, "the file is too long");
    } else if (!utf8_valid(file)) {
        e = fail(&r, ERR_INVALID, "the file is not UTF-8");
    }
    if (!e) {
        t->text = mem_alloc(file.n);
        t->rows = mem_alloc(rows_at_most(file) * sizeof *t->rows);
        e = t->text && t->rows ? ERR_OK : fail(&r, ERR_NOMEM, err_text(ERR_NOMEM));
    }
    if (!e) {
        if (file.n > 0) {
            memcpy(t->text, file.p, file.n);
        }
        e = read_lines(&r, (struct slice){t->text, file.n});
    }
    if (e) {
        emoji_fini(t);
        *fault = r.fault;
    }
    return e;
}

void emoji_fini(struct emojis *t)
{
    mem_free(t->text);
    mem_free(t->rows);
    *t = (struct emojis){.text = NULL};
}

/* --- rows --- */

struct emoji emoji_at(const struct emojis *t, uint32_t i)
{
    CHECK(i < t->rows_n);
    const struct emoji_row *row = &t->rows[i];
    const char *codes = t->text + row->at + row->glyph_n + row->tones + 1;
    return (struct emoji){
        .glyph = {t->text + row->at, row->glyph_n},
        .codes = {codes, row->codes_n},
        .words = {row->words_n ? codes + row->codes_n + 1 : codes, row->words_n},
        .group = row->group,
        .tones = row->tones,
    };
}

struct slice emoji_code(const struct emoji *e)
{
    return (struct slice){e->codes.p, slice_find(e->codes, ' ')};
}

uint32_t emoji_find_code(const struct emojis *t, struct slice code)
{
    for (uint32_t i = 0; i < t->rows_n; i++) {
        struct slice rest = emoji_at(t, i).codes;
        while (rest.n > 0) {
            size_t n = slice_find(rest, ' ');
            if (slice_eq_nocase((struct slice){rest.p, n}, code)) {
                return i;
            }
            rest = slice_from(rest, n < rest.n ? n + 1 : n);
        }
    }
    return EMOJI_NONE;
}

/* The next character that says which emoji it is; 0 at the end. */
static uint32_t take_telling(struct slice *s)
{
    while (s->n > 0) {
        uint32_t c = utf8_take(s);
        if (c != SHAPE_COLOUR && (c < TONE_FIRST || c > TONE_LAST)) {
            return c;
        }
    }
    return 0;
}

static bool is_same_glyph(struct slice a, struct slice b)
{
    uint32_t c;
    do {
        c = take_telling(&a);
        if (c != take_telling(&b)) {
            return false;
        }
    } while (c != 0);
    return true;
}

uint32_t emoji_find_glyph(const struct emojis *t, struct slice glyph)
{
    if (glyph.n == 0 || glyph.n > CHAT_EMOJI_BYTES_MAX || !utf8_valid(glyph)) {
        return EMOJI_NONE;
    }
    for (uint32_t i = 0; i < t->rows_n; i++) {
        if (is_same_glyph(emoji_at(t, i).glyph, glyph)) {
            return i;
        }
    }
    return EMOJI_NONE;
}

/* --- skin tones --- */

static void put_glyph(struct emoji_glyph *out, struct slice s)
{
    CHECK(s.n <= sizeof out->p - out->n);
    memcpy(out->p + out->n, s.p, s.n);
    out->n += s.n;
}

void emoji_toned(const struct emoji *e, enum emoji_tone tone, struct emoji_glyph *out)
{
    out->n = 0;
    if (tone == EMOJI_TONE_NONE || tone >= EMOJI_TONES_N || e->tones == 0) {
        put_glyph(out, e->glyph);
        return;
    }
    char modifier[UTF8_BYTES_MAX];
    struct slice m = {modifier, utf8_write(TONE_FIRST + (uint32_t)tone - 1, modifier)};
    size_t head = utf8_char_bytes(e->glyph);
    struct slice tail = slice_from(e->glyph, head), behind = tail;
    put_glyph(out, (struct slice){e->glyph.p, head});
    put_glyph(out, m);
    if (tail.n > 0 && utf8_take(&behind) == SHAPE_COLOUR) {
        tail = behind; /* the tone asks for the colourful form, too */
    }
    put_glyph(out, tail);
    if (e->tones == 2) {
        put_glyph(out, m);
    }
}

struct slice emoji_slice(const struct emoji_glyph *g)
{
    return (struct slice){g->p, g->n};
}
