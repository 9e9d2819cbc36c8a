/* Blocks: line by line. Each line is looked at once for its kind and handed to markdown_line. */
#include "markdown.h"

#include "markdown_line.h"

#include <string.h>

#define FENCE_BYTES 3

struct parser {
    const struct md_sink *sink;
    bool in_paragraph;
    unsigned quote; /* of the paragraph */
};

/* What a line is, apart from its text. */
struct line {
    struct md_block block;
    struct slice text;
    bool fence;
    bool blank;
};

static bool is_blank(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != ' ' && s.p[i] != '\t') {
            return false;
        }
    }
    return true;
}

/* The next line of *rest, without its end; *rest goes on behind it. */
static struct slice take_line(struct slice *rest)
{
    size_t n = slice_find(*rest, '\n');
    struct slice line = {rest->p, n};
    *rest = slice_from(*rest, n < rest->n ? n + 1 : n);
    if (line.n > 0 && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    return line;
}

/* Take up to max quote marks, each with one space behind it, off the line. */
static unsigned take_quotes(struct slice *line, unsigned max)
{
    unsigned depth = 0;
    while (depth < max && line->n > 0 && line->p[0] == '>') {
        *line = slice_from(*line, line->n > 1 && line->p[1] == ' ' ? 2 : 1);
        depth++;
    }
    return depth;
}

/* "- ", "* " or "12. " behind spaces. */
static bool take_item(struct slice *line, struct md_block *block)
{
    size_t spaces = markdown_count(*line, ' ');
    struct slice s = slice_from(*line, spaces);
    unsigned long long number = 0;
    size_t n = 0;
    if (s.n >= 2 && (s.p[0] == '-' || s.p[0] == '*') && s.p[1] == ' ') {
        n = 2;
    } else {
        while (n < s.n && n < 9 && s.p[n] >= '0' && s.p[n] <= '9') {
            n++;
        }
        if (n == 0 || s.n - n < 2 || s.p[n] != '.' || s.p[n + 1] != ' ' ||
            !slice_to_u64((struct slice){s.p, n}, UINT32_MAX, &number)) {
            return false;
        }
        n += 2;
        block->ordered = true;
    }
    s = slice_from(s, n);
    if (is_blank(s)) {
        block->ordered = false;
        return false;
    }
    size_t indent = spaces / 2;
    block->kind = MD_ITEM;
    block->indent = indent < MD_INDENT_MAX ? (unsigned)indent : MD_INDENT_MAX;
    block->number = (uint32_t)number;
    *line = s;
    return true;
}

/* The opening fence of a code block: at most a word behind it in the line, and no backtick, else it is a code span. */
static bool take_fence(struct slice line, struct md_block *block)
{
    if (line.n < FENCE_BYTES || memcmp(line.p, "```", FENCE_BYTES) != 0) {
        return false;
    }
    struct slice language = slice_from(line, FENCE_BYTES);
    if (slice_find(language, '`') < language.n) {
        return false;
    }
    while (language.n > 0 && language.p[0] == ' ') {
        language = slice_from(language, 1);
    }
    size_t n = 0;
    while (n < language.n && language.p[n] > ' ' && language.p[n] <= '~') {
        n++;
    }
    if (n > MD_LANGUAGE_BYTES || !is_blank(slice_from(language, n))) {
        return false; /* that is a text */
    }
    block->kind = MD_CODE;
    block->language = (struct slice){language.p, n};
    return true;
}

static struct line read_line(struct slice text)
{
    struct line line = {.text = text};
    line.block.quote = take_quotes(&line.text, MD_QUOTE_MAX);
    line.fence = take_fence(line.text, &line.block);
    line.blank = !line.fence && is_blank(line.text);
    if (!line.fence && !line.blank) {
        take_item(&line.text, &line.block);
    }
    return line;
}

static void give_text(const struct md_sink *sink, struct slice text)
{
    if (text.n > 0) {
        sink->run(sink->user, &(struct md_run){.kind = MD_TEXT, .text = text});
    }
}

static bool closes_fence(struct slice line)
{
    return line.n >= FENCE_BYTES && memcmp(line.p, "```", FENCE_BYTES) == 0 &&
           is_blank(slice_from(line, FENCE_BYTES));
}

/* Everything up to the closing fence as it stands, without the quote marks the block has. */
static void give_code(const struct md_sink *sink, const struct md_block *block, struct slice *rest)
{
    bool first = true;
    sink->block(sink->user, block);
    while (rest->n > 0) {
        struct slice before = *rest;
        struct slice line = take_line(rest);
        unsigned depth = take_quotes(&line, block->quote);
        if (depth < block->quote) {
            *rest = before; /* the quote has ended, and the code with it */
            return;
        }
        if (closes_fence(line)) {
            return;
        }
        if (!first) {
            sink->run(sink->user, &(struct md_run){.kind = MD_BREAK});
        }
        first = false;
        give_text(sink, line);
    }
}

static void give_line(struct parser *p, const struct line *line)
{
    const struct md_sink *sink = p->sink;
    bool goes_on =
        p->in_paragraph && line->block.kind == MD_PARAGRAPH && line->block.quote == p->quote;
    if (goes_on) {
        sink->run(sink->user, &(struct md_run){.kind = MD_BREAK});
    } else {
        sink->block(sink->user, &line->block);
    }
    p->in_paragraph = line->block.kind == MD_PARAGRAPH;
    p->quote = line->block.quote;
    markdown_line(line->text, sink);
}

void markdown_parse(struct slice text, const struct md_sink *sink)
{
    struct parser p = {.sink = sink};
    while (text.n > 0) {
        struct line line = read_line(take_line(&text));
        if (line.fence) {
            give_code(sink, &line.block, &text);
            p.in_paragraph = false;
        } else if (line.blank) {
            p.in_paragraph = false;
        } else {
            give_line(&p, &line);
        }
    }
}
