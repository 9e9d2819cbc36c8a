/* See words.h. */
#include "words.h"

#include "utf8.h"

/* The English texts one behind the other: a table of their addresses would cost the page more than to look where each begins, once. */
#define WORD(id, english) english "\0"
#define WORD_N(id, one, other)
static const char TEXTS[] =
#include "words.def"
    ;
#define WORD(id, english)
#define WORD_N(id, one, other) one "\0" other "\0"
static const char COUNTED[] =
#include "words.def"
    ;

static struct {
    struct slice texts[WORDS_N];
    struct slice counted[WORD_NS_N * 2];
} english;

static void divide(const char *texts, struct slice *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = slice_str(texts);
        texts += out[i].n + 1;
    }
}

static void find_english(void)
{
    if (english.texts[0].p)
        return;
    divide(TEXTS, english.texts, WORDS_N);
    divide(COUNTED, english.counted, WORD_NS_N * (size_t)2);
}

static bool take_line(struct slice *rest, struct slice *line)
{
    size_t at = slice_find(*rest, '\n');
    *line = (struct slice){rest->p, at};
    if (at == rest->n)
        return false; /* every line has its end */
    *rest = slice_from(*rest, at + 1);
    return true;
}

static struct slice take_part(struct slice *line)
{
    size_t at = slice_find(*line, ' ');
    struct slice part = {line->p, at};
    *line = slice_from(*line, at < line->n ? at + 1 : at);
    return part;
}

static bool is_number(struct slice s, unsigned long long n)
{
    unsigned long long value;
    return slice_to_u64(s, UINT32_MAX, &value) && value == n;
}

static bool read_head(struct words *w, struct slice line)
{
    w->code = take_part(&line);
    struct slice way = take_part(&line);
    w->rtl = slice_eq(way, SL("rtl"));
    return w->code.n > 0 && (w->rtl || slice_eq(way, SL("ltr"))) &&
           is_number(take_part(&line), WORDS_N) && is_number(line, WORD_NS_N);
}

static bool read_file(struct words *w, struct slice *html)
{
    struct slice rest = buf_peek(&w->file), line;
    bool ok = take_line(&rest, &line) && read_head(w, line);
    for (size_t i = 0; ok && i < WORDS_N; i++)
        ok = take_line(&rest, &w->texts[i]) && w->texts[i].n > 0;
    for (size_t i = 0; ok && i < WORD_NS_N * (size_t)PLURALS_N; i++) {
        struct slice *form = &w->counted[i / PLURALS_N][i % PLURALS_N];
        ok = take_line(&rest, form) && form->n > 0;
    }
    *html = rest;
    return ok;
}

enum err words_load(struct words *w, struct slice file, struct slice *html)
{
    struct words fresh = {.file = {.max = WORDS_FILE_BYTES_MAX}};
    enum err e = utf8_valid(file) ? buf_put(&fresh.file, file) : ERR_INVALID;
    if (e == ERR_OK && !read_file(&fresh, html))
        e = ERR_INVALID;
    if (e != ERR_OK) {
        buf_fini(&fresh.file);
        return e == ERR_LIMIT ? ERR_INVALID : e;
    }
    words_fini(w);
    *w = fresh;
    return ERR_OK;
}

void words_fini(struct words *w)
{
    buf_fini(&w->file);
    *w = (struct words){0};
}

struct slice words_code(const struct words *w)
{
    return w->file.n ? w->code : SL("en");
}

struct slice words_get(const struct words *w, enum word id)
{
    find_english();
    return w->file.n ? w->texts[id] : english.texts[id];
}

struct slice words_nth(const struct words *w, enum word id, unsigned n)
{
    struct slice text = words_get(w, id);
    size_t at = slice_find(text, ' ');
    for (; n > 0 && at < text.n; n--) {
        text = slice_from(text, at + 1);
        at = slice_find(text, ' ');
    }
    return (struct slice){text.p, at};
}

/* Source: CLDR's plural rules of Arabic; of other languages, which have the same forms as English here, one and other. */
static enum plural plural_of(const struct words *w, uint64_t n)
{
    uint64_t rest = n % 100;
    if (!slice_eq(words_code(w), SL("ar")))
        return n == 1 ? PLURAL_ONE : PLURAL_OTHER;
    if (n <= 2)
        return (enum plural)n;
    if (rest >= 3 && rest <= 10)
        return PLURAL_FEW;
    return rest >= 11 ? PLURAL_MANY : PLURAL_OTHER;
}

static enum err fill(struct buf *out, struct slice text, struct slice a, struct slice b)
{
    size_t before_n = out->n;
    enum err e = ERR_OK;
    while (e == ERR_OK && text.n) {
        size_t at = slice_find(text, '{');
        e = buf_put(out, (struct slice){text.p, at});
        text = slice_from(text, at);
        if (e == ERR_OK && text.n >= 3) {
            e = buf_put(out, text.p[1] == '1' ? a : b);
            text = slice_from(text, 3);
        } else if (e == ERR_OK) {
            e = buf_put(out, text);
            text.n = 0;
        }
    }
    if (e != ERR_OK)
        out->n = before_n;
    return e;
}

enum err words_put(const struct words *w, struct buf *out, enum word id, struct slice a,
                   struct slice b)
{
    return fill(out, words_get(w, id), a, b);
}

enum err words_put_n(const struct words *w, struct buf *out, enum word_n id, uint64_t n,
                     struct slice a)
{
    struct buf number = {.max = 24};
    enum plural form = plural_of(w, n);
    find_english();
    struct slice text =
        w->file.n ? w->counted[id][form] : english.counted[id * 2 + (form != PLURAL_ONE)];
    enum err e = buf_put_u64(&number, n);
    if (e == ERR_OK)
        e = fill(out, text, buf_peek(&number), a);
    buf_fini(&number);
    return e;
}
