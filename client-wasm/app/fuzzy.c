/* The best way to match, by a table: best[i] is the best score with the query's characters up to q whose last is the name's character i. */
#include "fuzzy.h"

#include "fold.h"
#include "utf8.h"

#include <string.h>

#define POINTS_CHAR    16
#define POINTS_START   12 /* more: the name's first character */
#define POINTS_WORD    10 /* more: the first of a word */
#define POINTS_NEXT    14 /* more: right behind the one before */
#define POINTS_GAP_MAX 8  /* less, one for each character left out in between */
#define POINTS_WHOLE   32 /* more: the query is the name */
#define NONE           INT32_MIN

struct name {
    uint32_t chars[FUZZY_NAME_CHARS_MAX];
    bool word[FUZZY_NAME_CHARS_MAX]; /* starts one */
    uint32_t n;
};

static void read_name(struct slice s, struct name *out)
{
    bool start = true, lower = false;
    for (out->n = 0; s.n > 0 && out->n < FUZZY_NAME_CHARS_MAX; out->n++) {
        uint32_t c = utf8_take(&s), folded = fold_char(c);
        bool gap = fold_is_gap(c);
        out->chars[out->n] = folded;
        out->word[out->n] = !gap && (start || (lower && c != folded)); /* fooBar is two words */
        start = gap;
        lower = !gap && c == folded;
    }
}

/* The query without gaps, folded. Returns: how many characters, one more than the cap when it is passed. */
static uint32_t read_query(struct slice s, uint32_t out[FUZZY_QUERY_CHARS_MAX])
{
    uint32_t n = 0;
    while (s.n > 0) {
        uint32_t c = utf8_take(&s);
        if (fold_is_gap(c)) {
            continue;
        }
        if (n == FUZZY_QUERY_CHARS_MAX) {
            return n + 1;
        }
        out[n++] = fold_char(c);
    }
    return n;
}

static int32_t points_at(const struct name *name, uint32_t i)
{
    if (i == 0) {
        return POINTS_CHAR + POINTS_START;
    }
    return POINTS_CHAR + (name->word[i] ? POINTS_WORD : 0);
}

static int32_t points_between(uint32_t before, uint32_t i)
{
    uint32_t gap = i - before - 1;
    if (gap == 0) {
        return POINTS_NEXT;
    }
    return gap < POINTS_GAP_MAX ? -(int32_t)gap : -POINTS_GAP_MAX;
}

/* The best character before i to come from, given the scores of the row above; name->n: none. */
static uint32_t best_before(const int32_t *above, uint32_t i, uint32_t none)
{
    uint32_t best = none;
    int32_t score = NONE;
    for (uint32_t k = 0; k < i; k++) {
        if (above[k] != NONE && above[k] + points_between(k, i) > score) {
            score = above[k] + points_between(k, i);
            best = k;
        }
    }
    return best;
}

struct table {
    int32_t best[2][FUZZY_NAME_CHARS_MAX];
    uint8_t from[FUZZY_QUERY_CHARS_MAX][FUZZY_NAME_CHARS_MAX];
};

static void fill_row(struct table *t, const struct name *name, uint32_t c, uint32_t q)
{
    int32_t *row = t->best[q & 1];
    const int32_t *above = t->best[!(q & 1)];
    for (uint32_t i = 0; i < name->n; i++) {
        row[i] = NONE;
        if (name->chars[i] != c) {
            continue;
        }
        uint32_t k = q > 0 ? best_before(above, i, name->n) : 0;
        if (q == 0) {
            row[i] = points_at(name, i);
        } else if (k < name->n) {
            row[i] = points_at(name, i) + above[k] + points_between(k, i);
            t->from[q][i] = (uint8_t)k;
        }
    }
}

/* Cheap, and true of few names: are the characters there, in their order? */
static bool is_subsequence(const uint32_t *query, uint32_t query_n, const struct name *name)
{
    uint32_t q = 0;
    for (uint32_t i = 0; i < name->n && q < query_n; i++) {
        q += name->chars[i] == query[q];
    }
    return q == query_n;
}

static void find_best(const uint32_t *query, uint32_t query_n, const struct name *name,
                      struct fuzzy_match *out)
{
    struct table t;
    for (uint32_t q = 0; q < query_n; q++) {
        fill_row(&t, name, query[q], q);
    }
    const int32_t *last = t.best[(query_n - 1) & 1];
    uint32_t at = 0;
    for (uint32_t i = 1; i < name->n; i++) {
        at = last[i] > last[at] ? i : at;
    }
    out->score = last[at] + (query_n == name->n ? POINTS_WHOLE : 0);
    for (uint32_t q = query_n; q-- > 0;) {
        out->chars |= UINT64_C(1) << at;
        at = q > 0 ? t.from[q][at] : at;
    }
}

bool fuzzy_match(struct slice query, struct slice name, struct fuzzy_match *out)
{
    uint32_t wanted[FUZZY_QUERY_CHARS_MAX];
    struct name read;
    uint32_t n = read_query(query, wanted);
    read_name(name, &read);
    struct fuzzy_match match = {.score = 1, .name_chars = read.n};
    if (n > FUZZY_QUERY_CHARS_MAX || !is_subsequence(wanted, n, &read)) {
        return false;
    }
    if (n > 0) {
        find_best(wanted, n, &read, &match);
    }
    *out = match;
    return true;
}

bool fuzzy_better(const struct fuzzy_match *a, const struct fuzzy_match *b)
{
    return a->score > b->score || (a->score == b->score && a->name_chars < b->name_chars);
}
