/* What is typed at the caret. The sign is looked for backwards from it; whether it stands in code or an address is asked of the one Markdown
 * parser, so that a list is offered just where a mention would be one. */
#include "complete.h"

#include "markdown.h"
#include "utf16.h"
#include "utf8.h"

#include <string.h>

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Of a word, or of a name that people type: letters of every script. */
static bool is_word(char c)
{
    return is_alnum(c) || ((unsigned char)c & 0x80);
}

static bool is_query_char(char sign, char c)
{
    if (sign == ':') {
        return is_alnum(c) || c == '_' || c == '+' || c == '-';
    }
    return is_word(c) || c == '_' || c == '-' || (c == '.' && sign == '@');
}

static enum complete_kind kind_of(char sign)
{
    switch (sign) {
    case '@':
        return COMPLETE_USER;
    case '#':
        return COMPLETE_ROOM;
    case ':':
        return COMPLETE_EMOJI;
    default:
        return COMPLETE_NONE;
    }
}

/* May a sign at 'at' begin something, seeing what stands before it? A word, the same sign or an escape: no. */
static bool may_begin(struct slice text, size_t at)
{
    char before = at > 0 ? text.p[at - 1] : ' ';
    bool word = text.p[at] == ':' ? is_alnum(before) : is_word(before);
    return !word && before != text.p[at] && before != '\\' && before != '/';
}

/* --- code and addresses --- */

struct place {
    const char *start, *sign;
    bool in_code_block;
    bool ticks;   /* the line has an open code mark before the sign */
    bool refused; /* the sign is in code or an address */
};

static void on_block(void *user, const struct md_block *block)
{
    struct place *place = user;
    place->in_code_block = block->kind == MD_CODE;
    place->ticks = false;
}

static void on_run(void *user, const struct md_run *run)
{
    struct place *place = user;
    if (run->kind == MD_BREAK) {
        place->ticks = false;
        return;
    }
    struct slice piece =
        run->kind == MD_LINK && run->url.p > run->text.p
            ? (struct slice){run->text.p, (size_t)(run->url.p - run->text.p) + run->url.n}
            : run->text;
    bool here = piece.p <= place->sign && place->sign < piece.p + piece.n;
    bool code = place->in_code_block || (run->style & MD_CODE_SPAN);
    if (here) {
        place->refused = code || run->kind == MD_LINK || place->ticks;
    } else if (piece.p < place->sign && !code && run->kind == MD_TEXT && piece.p[0] == '`') {
        /* A run of its own: no partner, or escaped. */
        place->ticks = place->ticks || piece.p == place->start || piece.p[-1] != '\\';
    }
}

static bool is_refused(struct slice text, size_t at)
{
    struct place place = {.start = text.p, .sign = text.p + at};
    markdown_parse(text, &(struct md_sink){&place, on_block, on_run});
    return place.refused;
}

/* --- at the caret --- */

/* Where the query's sign stands, going back from end over what may be of a query; end when there is none. */
static size_t find_sign(struct slice text, size_t end)
{
    size_t at = end;
    while (at > 0 && end - at <= COMPLETE_QUERY_BYTES_MAX) {
        char c = text.p[--at];
        if (kind_of(c) != COMPLETE_NONE) {
            return at;
        }
        if (!is_query_char('@', c) && !is_query_char(':', c)) {
            break;
        }
    }
    return end;
}

static bool is_query(char sign, struct slice query)
{
    for (size_t i = 0; i < query.n; i++) {
        if (!is_query_char(sign, query.p[i])) {
            return false;
        }
    }
    return query.n <= COMPLETE_QUERY_BYTES_MAX &&
           (sign != ':' || query.n >= COMPLETE_EMOJI_BYTES_MIN);
}

struct complete complete_at(struct slice text, size_t caret)
{
    const struct complete none = {.kind = COMPLETE_NONE};
    caret = caret < text.n ? caret : text.n;
    while (caret > 0 && caret < text.n && ((unsigned char)text.p[caret] & 0xC0) == 0x80) {
        caret--; /* not within a character */
    }
    if (caret == 0) {
        return none;
    }
    bool whole = text.p[caret - 1] == ':';
    size_t end = whole ? caret - 1 : caret, at = find_sign(text, end);
    if (at == end || (whole && text.p[at] != ':')) {
        return none;
    }
    char sign = text.p[at];
    struct slice query = {text.p + at + 1, end - at - 1};
    bool within = !whole && caret < text.n && is_query_char(sign, text.p[caret]);
    bool one = whole && query.n == 1; /* :x: is a whole one */
    if (within || (!is_query(sign, query) && !one) || !may_begin(text, at) ||
        is_refused(text, at)) {
        return none;
    }
    return (struct complete){
        .kind = whole ? COMPLETE_CODE : kind_of(sign), .from = at, .to = caret, .query = query};
}

/* --- taking one --- */

/* Does something stand there that a word may be followed by, so that no space is needed? */
static bool ends_word(struct slice rest)
{
    return rest.n > 0 && memchr(" \n\t.,;:!?)]}", rest.p[0], 12);
}

enum err complete_accept(struct slice text, const struct complete *c, struct slice insert,
                         struct buf *out, struct complete_result *result)
{
    CHECK(c->from <= c->to && c->to <= text.n);
    size_t start = out->n;
    struct slice rest = slice_from(text, c->to);
    bool space = c->kind != COMPLETE_CODE && !ends_word(rest);
    enum err e = buf_put(out, (struct slice){text.p, c->from});
    e = e ? e : buf_put(out, insert);
    e = e || !space ? e : buf_putc(out, ' ');
    size_t caret = out->n - start;
    e = e ? e : buf_put(out, rest);
    if (e) {
        out->n = start;
        return e;
    }
    if (!space && c->kind != COMPLETE_CODE && rest.p[0] == ' ') {
        caret++;
    }
    const struct slice all = slice_from(buf_peek(out), start);
    *result = (struct complete_result){caret, utf16_length((struct slice){all.p, caret})};
    return ERR_OK;
}
