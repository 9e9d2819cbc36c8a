/* Marks within a line, in two walks over the same tokens: the first pairs the marks, the second gives the runs. */
#include "markdown_line.h"

#include "links.h"
#include "utf8.h"

#include <string.h>

#define NAME_BYTES_MIN 2
#define NAME_BYTES_MAX 32
#define TICKS_MAX      3 /* of one code span's mark */

enum token_kind {
    TOKEN_END,
    TOKEN_TEXT,
    TOKEN_CODE,
    TOKEN_LINK,
    TOKEN_MENTION,
    TOKEN_ROOM,
    TOKEN_MARK
};

struct token {
    enum token_kind kind;
    struct slice text; /* as it is shown; of a mark, the mark */
    struct slice url;
    unsigned style; /* of a mark: what it makes */
    bool opens, closes;
};

struct walk {
    struct slice line;
    size_t at;
    size_t link_at, link_end;     /* the next address at or behind at; line.n: none */
    bool no_ticks[TICKS_MAX + 1]; /* no closing run of that many lies ahead */
};

struct mark {
    unsigned style;
    const char *start, *end;
    bool paired;
};

struct marks {
    struct mark list[MD_MARKS_MAX];
    unsigned n;
};

size_t markdown_count(struct slice s, char c)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == c) {
        n++;
    }
    return n;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_word(char c)
{
    return is_alnum(c) || ((unsigned char)c & 0x80);
}

static bool is_punctuation(char c)
{
    return c > ' ' && c < 0x7F && !is_alnum(c);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static char before(const struct walk *w)
{
    return w->at > 0 ? w->line.p[w->at - 1] : ' ';
}

static char at_or_space(const struct walk *w, size_t at)
{
    return at < w->line.n ? w->line.p[at] : ' ';
}

static struct slice rest_of(const struct walk *w)
{
    return slice_from(w->line, w->at);
}

/* --- code --- */

static void trim_code(struct slice *code)
{
    bool both = code->n > 2 && code->p[0] == ' ' && code->p[code->n - 1] == ' ';
    if (both) {
        *code = (struct slice){code->p + 1, code->n - 2};
    }
}

static bool take_code(struct walk *w, struct token *t)
{
    struct slice rest = rest_of(w);
    size_t ticks = markdown_count(rest, '`');
    if (ticks == 0 || ticks > TICKS_MAX || w->no_ticks[ticks]) {
        return false;
    }
    for (size_t i = ticks; i < rest.n;) {
        size_t run = markdown_count(slice_from(rest, i), '`');
        if (run == ticks) {
            t->kind = TOKEN_CODE;
            t->text = (struct slice){rest.p + ticks, i - ticks};
            trim_code(&t->text);
            w->at += i + ticks;
            return true;
        }
        i += run ? run : 1;
    }
    w->no_ticks[ticks] = true;
    return false;
}

/* --- links --- */

/* Is all of s one address? */
static bool is_address(struct slice s)
{
    struct slice rest = s, head, url;
    return links_next(&rest, &head, &url) && head.n == 0 && url.n == s.n;
}

/* "mailto:" and an address without anything odd in it. */
static bool is_mail(struct slice s)
{
    const struct slice scheme = SL("mailto:");
    if (!slice_starts_with(s, scheme) || s.n > LINK_BYTES_MAX) {
        return false;
    }
    struct slice address = slice_from(s, scheme.n);
    size_t at_sign = slice_find(address, '@');
    for (size_t i = 0; i < address.n; i++) {
        char c = address.p[i];
        if (!is_alnum(c) && (i == at_sign || !memchr("._+-", c, 4)) && i != at_sign) {
            return false;
        }
    }
    return at_sign > 0 && at_sign + 1 < address.n;
}

/* A text that is itself an address would hide where the link leads. */
static bool hides(struct slice text, struct slice url)
{
    struct slice rest = text, head, found;
    return links_next(&rest, &head, &found) && !slice_eq(text, url);
}

/* "[text](url)" */
static bool take_bracket(struct walk *w, struct token *t)
{
    struct slice rest = rest_of(w);
    size_t n = 1;
    while (n < rest.n && rest.p[n] != ']' && rest.p[n] != '[') {
        n++;
    }
    if (rest.n - n < 2 || rest.p[n] != ']' || rest.p[n + 1] != '(' || n == 1) {
        return false;
    }
    struct slice text = {rest.p + 1, n - 1};
    struct slice tail = slice_from(rest, n + 2);
    size_t end = 0, depth = 0;
    for (; end < tail.n && end <= LINK_BYTES_MAX; end++) {
        char c = tail.p[end];
        if (is_space(c) || (c == ')' && depth == 0)) {
            break;
        }
        depth += c == '(';
        depth -= c == ')';
    }
    struct slice url = {tail.p, end};
    if (end >= tail.n || tail.p[end] != ')' || (!is_address(url) && !is_mail(url)) ||
        hides(text, url)) {
        return false;
    }
    *t = (struct token){.kind = TOKEN_LINK, .text = text, .url = url};
    w->at += n + 2 + end + 1;
    return true;
}

static void find_link(struct walk *w)
{
    struct slice rest = rest_of(w), head, url;
    /* One byte earlier shows whether it is inside a word. */
    if (w->at > 0) {
        rest = (struct slice){rest.p - 1, rest.n + 1};
    }
    w->link_at = w->link_end = w->line.n;
    while (links_next(&rest, &head, &url)) {
        size_t at = (size_t)(url.p - w->line.p);
        if (at >= w->at) {
            w->link_at = at;
            w->link_end = at + url.n;
            return;
        }
    }
}

static bool take_link(struct walk *w, struct token *t)
{
    if (w->link_at < w->at) {
        find_link(w);
    }
    if (w->link_at != w->at || w->at == w->line.n) {
        return false;
    }
    t->kind = TOKEN_LINK;
    t->text = t->url = (struct slice){w->line.p + w->at, w->link_end - w->link_at};
    w->at = w->link_end;
    return true;
}

/* --- names --- */

static bool is_name_char(char c, bool room)
{
    return is_alnum(c) || c == '_' || c == '-' || (room ? (unsigned char)c & 0x80 : c == '.');
}

static bool take_name(struct walk *w, struct token *t)
{
    char sign = w->line.p[w->at];
    if ((sign != '@' && sign != '#') || is_word(before(w)) || before(w) == sign) {
        return false;
    }
    bool room = sign == '#';
    struct slice rest = slice_from(w->line, w->at + 1);
    size_t n = 0;
    while (n < rest.n && is_name_char(rest.p[n], room)) {
        n++;
    }
    while (n > 0 && memchr("._-", rest.p[n - 1], 3)) {
        n--; /* belongs to the sentence, or to a mark */
    }
    if (n < NAME_BYTES_MIN ||
        (room ? utf8_length((struct slice){rest.p, n}) : n) > NAME_BYTES_MAX) {
        return false;
    }
    t->kind = room ? TOKEN_ROOM : TOKEN_MENTION;
    t->text = (struct slice){w->line.p + w->at, n + 1};
    w->at += n + 1;
    return true;
}

/* --- marks --- */

static unsigned mark_style(char c, size_t n)
{
    switch (c) {
    case '*':
    case '_':
        return n == 1 ? MD_ITALIC : n == 2 ? MD_BOLD : MD_BOLD | MD_ITALIC;
    case '~':
        return n == 2 ? MD_STRIKE : 0;
    case '|':
        return n == 2 ? MD_SPOILER : 0;
    default:
        return 0;
    }
}

static bool take_mark(struct walk *w, struct token *t)
{
    char c = w->line.p[w->at];
    size_t run = markdown_count(rest_of(w), c);
    size_t n = run <= 2 || (c != '*' && c != '_') ? run : 3;
    unsigned style = run <= 3 ? mark_style(c, n) : 0;
    if (style == 0) {
        return false;
    }
    char left = before(w), right = at_or_space(w, w->at + n);
    t->kind = TOKEN_MARK;
    t->text = (struct slice){w->line.p + w->at, n};
    t->style = style;
    t->opens = !is_space(right);
    t->closes = !is_space(left);
    /* snake_case and 2*3*4 are words, not marks */
    if (c == '_' || (c == '*' && n == 1)) {
        t->opens = t->opens && !is_word(left);
        t->closes = t->closes && !is_word(right);
    }
    w->at += n;
    return true;
}

/* --- the walk --- */

static bool starts_something(const struct walk *w, size_t at)
{
    return memchr("\\`[@#*_~|", w->line.p[at], 9) || at == w->link_at;
}

static void take_text(struct walk *w, struct token *t)
{
    size_t start = w->at, at = w->at;
    do {
        at++;
    } while (at < w->line.n && !starts_something(w, at));
    t->kind = TOKEN_TEXT;
    t->text = (struct slice){w->line.p + start, at - start};
    w->at = at;
}

static bool take_escape(struct walk *w, struct token *t)
{
    char next = at_or_space(w, w->at + 1);
    if (!is_punctuation(next)) {
        return false;
    }
    t->kind = TOKEN_TEXT;
    t->text = (struct slice){w->line.p + w->at + 1, 1};
    w->at += 2;
    return true;
}

/* A run of one character that is no mark is text as a whole, not the start of a shorter one. */
static bool take_run(struct walk *w, struct token *t)
{
    size_t n = markdown_count(rest_of(w), w->line.p[w->at]);
    *t = (struct token){.kind = TOKEN_TEXT, .text = {w->line.p + w->at, n}};
    w->at += n;
    return true;
}

static void next_token(struct walk *w, struct token *t)
{
    *t = (struct token){.kind = TOKEN_END};
    if (w->at == w->line.n || take_link(w, t)) {
        return;
    }
    bool taken = false;
    switch (w->line.p[w->at]) {
    case '\\':
        taken = take_escape(w, t);
        break;
    case '`':
        taken = take_code(w, t) || take_run(w, t);
        break;
    case '[':
        taken = take_bracket(w, t);
        break;
    case '@':
    case '#':
        taken = take_name(w, t);
        break;
    case '*':
    case '_':
    case '~':
    case '|':
        taken = take_mark(w, t) || take_run(w, t);
        break;
    default:
        break;
    }
    if (!taken) {
        take_text(w, t);
    }
}

static struct walk walk_start(struct slice line)
{
    struct walk w = {.line = line};
    find_link(&w);
    return w;
}

/* Pair a closing mark with the nearest open one of its kind; what was opened in between is text. */
static void pair(struct marks *marks, unsigned *open, unsigned *open_n, unsigned closing)
{
    for (unsigned i = *open_n; i-- > 0;) {
        struct mark *m = &marks->list[open[i]];
        if (m->style == marks->list[closing].style && m->end < marks->list[closing].start) {
            m->paired = marks->list[closing].paired = true;
            *open_n = i;
            return;
        }
    }
}

static void find_pairs(struct slice line, struct marks *marks)
{
    unsigned open[MD_MARKS_MAX], open_n = 0;
    struct walk w = walk_start(line);
    struct token t;
    for (next_token(&w, &t); t.kind != TOKEN_END && marks->n < MD_MARKS_MAX; next_token(&w, &t)) {
        if (t.kind != TOKEN_MARK) {
            continue;
        }
        unsigned i = marks->n++;
        marks->list[i] =
            (struct mark){.style = t.style, .start = t.text.p, .end = t.text.p + t.text.n};
        if (t.closes) {
            pair(marks, open, &open_n, i);
        }
        if (t.opens && !marks->list[i].paired) {
            open[open_n++] = i;
        }
    }
}

static void give(const struct md_sink *sink, enum md_run_kind kind, unsigned style,
                 const struct token *t)
{
    if (t->text.n > 0) {
        sink->run(sink->user,
                  &(struct md_run){.kind = kind, .style = style, .text = t->text, .url = t->url});
    }
}

void markdown_line(struct slice line, const struct md_sink *sink)
{
    struct marks marks = {.n = 0};
    find_pairs(line, &marks);
    struct walk w = walk_start(line);
    struct token t;
    unsigned style = 0, mark = 0;
    for (next_token(&w, &t); t.kind != TOKEN_END; next_token(&w, &t)) {
        switch (t.kind) {
        case TOKEN_MARK:
            if (mark < marks.n && marks.list[mark].paired) {
                style ^= marks.list[mark].style;
            } else {
                give(sink, MD_TEXT, style, &t);
            }
            mark++;
            break;
        case TOKEN_CODE:
            give(sink, MD_TEXT, style | MD_CODE_SPAN, &t);
            break;
        case TOKEN_LINK:
            give(sink, MD_LINK, style, &t);
            break;
        case TOKEN_MENTION:
            give(sink, MD_MENTION, style, &t);
            break;
        case TOKEN_ROOM:
            give(sink, MD_ROOM, style, &t);
            break;
        case TOKEN_TEXT:
        case TOKEN_END:
            give(sink, MD_TEXT, style, &t);
            break;
        }
    }
}
