/* See format.h. A selection is cut into parts, at most one a line; two walks over them find whether all have the marks, and write. */
#include "format.h"

#include "utf16.h"

#include <string.h>

#define TICKS_MAX 3 /* of a code span's mark, in markdown_line.c */

/* Bytes of the text. */
struct span {
    size_t from, to;
};

enum marked { MARKED_NOT, MARKED_OUTSIDE, MARKED_INSIDE };

struct part {
    struct span words;
    enum marked marked;
    size_t mark_n; /* that it has, or is to get; 0: it cannot be marked */
};

/* What is being written. */
struct writer {
    struct slice text;
    enum format_kind kind;
    struct buf *out;
    size_t done;          /* of the text */
    struct span selected; /* of out */
    bool any;             /* a part was written */
    bool several;         /* parts there are; then their marks are selected with them */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span trim(struct slice text, struct span s)
{
    while (s.from < s.to && is_space(text.p[s.from])) {
        s.from++;
    }
    while (s.from < s.to && is_space(text.p[s.to - 1])) {
        s.to--;
    }
    return s;
}

static size_t line_start(struct slice text, size_t at)
{
    while (at > 0 && text.p[at - 1] != '\n') {
        at--;
    }
    return at;
}

static size_t line_end(struct slice text, size_t at)
{
    return at + slice_find(slice_from(text, at), '\n');
}

/* --- parts --- */

/* How many c stand from at on, not beyond end. */
static size_t run_from(struct slice text, size_t at, size_t end, char c)
{
    size_t n = 0;
    while (at + n < end && text.p[at + n] == c) {
        n++;
    }
    return n;
}

static size_t run_before(struct slice text, size_t at, size_t start, char c)
{
    size_t n = 0;
    while (at - n > start && text.p[at - n - 1] == c) {
        n++;
    }
    return n;
}

/* How many bytes of mark there are with runs of these lengths at both ends; 0: none of this kind. */
static size_t mark_in(enum format_kind kind, size_t left, size_t right)
{
    switch (kind) {
    case FORMAT_BOLD:
        return left >= 2 && right >= 2 ? 2 : 0;
    case FORMAT_ITALIC:
        return left > 0 && left != 2 && right > 0 && right != 2 ? 1 : 0;
    case FORMAT_CODE:
        return left == right && left <= TICKS_MAX ? left : 0;
    }
    return 0;
}

/* The mark that the words need: for code, longer than every run of ticks in it; 0 when there is none. */
static size_t mark_for(struct slice text, struct span words, enum format_kind kind)
{
    if (kind != FORMAT_CODE) {
        return kind == FORMAT_BOLD ? 2 : 1;
    }
    size_t longest = 0;
    for (size_t at = words.from; at < words.to;) {
        size_t run = run_from(text, at, words.to, '`');
        longest = run > longest ? run : longest;
        at += run ? run : 1;
    }
    return longest < TICKS_MAX ? longest + 1 : 0;
}

static struct part part_of(struct slice text, struct span words, enum format_kind kind)
{
    char c = kind == FORMAT_CODE ? '`' : '*';
    struct part part = {.words = words};
    part.mark_n =
        mark_in(kind, run_before(text, words.from, 0, c), run_from(text, words.to, text.n, c));
    if (part.mark_n > 0) {
        part.marked = MARKED_OUTSIDE;
        return part;
    }
    size_t left = run_from(text, words.from, words.to, c);
    size_t right = run_before(text, words.to, words.from, c);
    part.mark_n = mark_in(kind, left, right);
    if (part.mark_n > 0 && words.to - words.from > left + right) {
        part.marked = MARKED_INSIDE;
        return part;
    }
    part.mark_n = mark_for(text, words, kind);
    return part;
}

/* Behind the quote marks and the sign of a list at the start of a line. */
static size_t skip_signs(struct slice text, size_t at, size_t end)
{
    while (at < end && (text.p[at] == '>' || text.p[at] == ' ')) {
        at++;
    }
    size_t digits = at;
    while (digits < end && text.p[digits] >= '0' && text.p[digits] <= '9') {
        digits++;
    }
    bool number = digits > at && digits < end && text.p[digits] == '.';
    bool bullet = at < end && (text.p[at] == '-' || text.p[at] == '*');
    size_t sign = number ? digits : at;
    return (number || bullet) && sign + 1 < end && text.p[sign + 1] == ' ' ? sign + 2 : at;
}

/* The next part of *rest that is not only spaces. */
static bool next_part(struct slice text, enum format_kind kind, struct span *rest,
                      struct part *part)
{
    while (rest->from < rest->to) {
        size_t end = line_end(text, rest->from);
        struct span line = {rest->from, end < rest->to ? end : rest->to};
        rest->from = line.to < rest->to ? line.to + 1 : line.to;
        if (line.from == 0 || text.p[line.from - 1] == '\n') {
            line.from = skip_signs(text, line.from, line.to);
        }
        line = trim(text, line);
        if (line.from < line.to) {
            *part = part_of(text, line, kind);
            return true;
        }
    }
    return false;
}

/* --- writing --- */

static enum err copy_to(struct writer *w, size_t to)
{
    CHECK(to >= w->done);
    enum err e = buf_put(w->out, (struct slice){w->text.p + w->done, to - w->done});
    w->done = to;
    return e;
}

static enum err put_words(struct writer *w, struct span words)
{
    w->done = words.from;
    size_t at = w->out->n;
    enum err e = copy_to(w, words.to);
    w->selected.from = w->any ? w->selected.from : at;
    w->selected.to = w->out->n;
    w->any = true;
    return e;
}

static enum err put_mark(struct writer *w, const struct part *part)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < part->mark_n && !e; i++) {
        e = buf_putc(w->out, w->kind == FORMAT_CODE ? '`' : '*');
    }
    return e;
}

static enum err unmark(struct writer *w, const struct part *part)
{
    struct span words = part->words, all = words;
    if (part->marked == MARKED_OUTSIDE) {
        all = (struct span){words.from - part->mark_n, words.to + part->mark_n};
    } else {
        words = (struct span){words.from + part->mark_n, words.to - part->mark_n};
    }
    enum err e = copy_to(w, all.from);
    e = e ? e : put_words(w, words);
    w->done = all.to;
    return e;
}

/* The words with marks around them, and a space inside the marks where pad says so. */
static enum err put_marked(struct writer *w, const struct part *part, bool pad)
{
    bool first = !w->any;
    size_t at = w->out->n;
    enum err e = put_mark(w, part);
    e = e || !pad ? e : buf_putc(w->out, ' ');
    e = e ? e : put_words(w, part->words);
    e = e || !pad ? e : buf_putc(w->out, ' ');
    e = e ? e : put_mark(w, part);
    if (w->several) {
        w->selected = (struct span){first ? at : w->selected.from, w->out->n};
    }
    return e;
}

static enum err mark(struct writer *w, const struct part *part)
{
    struct span words = part->words;
    enum err e = copy_to(w, words.from);
    if (part->marked != MARKED_NOT || part->mark_n == 0) {
        return e ? e : put_words(w, words);
    }
    /* A tick at an end of the code must not join the mark. */
    bool pad = w->kind == FORMAT_CODE && words.from < words.to &&
               (w->text.p[words.from] == '`' || w->text.p[words.to - 1] == '`');
    return e ? e : put_marked(w, part, pad);
}

static enum err toggle_parts(struct writer *w, struct span span)
{
    struct span rest = span;
    struct part part;
    bool all = true;
    size_t n = 0;
    for (; next_part(w->text, w->kind, &rest, &part); n++) {
        all = all && part.marked != MARKED_NOT;
    }
    w->several = n > 1;
    enum err e = ERR_OK;
    for (rest = span; !e && next_part(w->text, w->kind, &rest, &part);) {
        e = all ? unmark(w, &part) : mark(w, &part);
    }
    return e;
}

static enum err toggle_caret(struct writer *w, size_t at)
{
    struct part part = part_of(w->text, (struct span){at, at}, w->kind);
    return part.marked == MARKED_OUTSIDE ? unmark(w, &part) : mark(w, &part);
}

/* --- several lines of code --- */

static bool is_fence(struct slice text, size_t start, bool bare)
{
    struct slice line = {text.p + start, line_end(text, start) - start};
    return slice_starts_with(line, SL("```")) &&
           slice_find(slice_from(line, 3), '`') == line.n - 3 && (!bare || line.n == 3);
}

static bool has_fence(struct slice text, struct span lines)
{
    for (size_t at = lines.from; at < lines.to; at = line_end(text, at) + 1) {
        if (is_fence(text, at, false)) {
            return true;
        }
    }
    return false;
}

/* Write the inner lines in the place of all, of which they are a part. */
static enum err put_inner(struct writer *w, struct span all, struct span inner)
{
    enum err e = copy_to(w, all.from);
    e = e ? e : put_words(w, inner);
    w->done = all.to;
    return e;
}

static enum err toggle_fence(struct writer *w, struct span span)
{
    struct slice text = w->text;
    struct span lines = {line_start(text, span.from), line_end(text, span.to)};
    size_t last = line_start(text, lines.to);
    size_t first_end = line_end(text, lines.from);
    if (is_fence(text, lines.from, false) && is_fence(text, last, true)) {
        /* The fences are selected; with nothing between them nothing is left. */
        struct span inner = {first_end + 1, last > first_end + 1 ? last - 1 : first_end + 1};
        return put_inner(w, lines, inner);
    }
    size_t before = lines.from > 0 ? line_start(text, lines.from - 1) : lines.from;
    bool outside = lines.from > 0 && lines.to < text.n && is_fence(text, before, false) &&
                   is_fence(text, lines.to + 1, true);
    if (outside) {
        return put_inner(w, (struct span){before, line_end(text, lines.to + 1)}, lines);
    }
    if (has_fence(text, lines)) {
        return ERR_OK;
    }
    enum err e = copy_to(w, lines.from);
    e = e ? e : buf_put(w->out, SL("```\n"));
    e = e ? e : put_words(w, lines);
    return e ? e : buf_put(w->out, SL("\n```"));
}

/* --- */

static enum err toggle(struct writer *w, struct span span)
{
    if (span.from == span.to) {
        return toggle_caret(w, span.from);
    }
    struct span words = trim(w->text, span);
    bool several = memchr(w->text.p + words.from, '\n', words.to - words.from);
    if (w->kind == FORMAT_CODE && several) {
        return toggle_fence(w, words);
    }
    return toggle_parts(w, (struct span){span.from, words.to});
}

enum err format_toggle(struct slice text, enum format_kind kind, struct format_range *selection,
                       struct buf *out)
{
    size_t start = out->n;
    text = text.n > 0 ? text : SL(""); /* places are added to its pointer */
    struct writer w = {.text = text, .kind = kind, .out = out};
    struct span span = {utf16_to_bytes(text, selection->from), utf16_to_bytes(text, selection->to)};
    span.to = span.to > span.from ? span.to : span.from;
    enum err e = toggle(&w, span);
    e = e ? e : copy_to(&w, text.n);
    if (e) {
        out->n = start;
        return e;
    }
    if (w.any) {
        struct slice all = slice_from(buf_peek(out), start);
        selection->from = utf16_length((struct slice){all.p, w.selected.from - start});
        selection->to = utf16_length((struct slice){all.p, w.selected.to - start});
    }
    return ERR_OK;
}
