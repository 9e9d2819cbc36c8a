/* Finding emojis by what people type. */
#include "emoji.h"

#include "fold.h"

#include <string.h>

/* How good a find is; less is better. */
enum rank { RANK_CODE, RANK_PREFIX, RANK_CODE_WORD, RANK_WORD, RANK_INSIDE, RANK_GROUP, RANK_NONE };

/* What was typed, in lower case and without ':'. */
struct query {
    char p[EMOJI_QUERY_BYTES_MAX];
    size_t n;
};

struct find {
    enum rank rank;
    struct slice code;
};

static bool read_query(struct slice s, struct query *q)
{
    while (s.n > 0 && (s.p[0] == ':' || s.p[0] == ' ')) {
        s = slice_from(s, 1);
    }
    while (s.n > 0 && (s.p[s.n - 1] == ':' || s.p[s.n - 1] == ' ')) {
        s.n--;
    }
    if (s.n == 0 || s.n > sizeof q->p) {
        return false;
    }
    q->n = s.n;
    for (size_t i = 0; i < s.n; i++) {
        q->p[i] = (char)((unsigned char)s.p[i] < 0x80 ? fold_char((unsigned char)s.p[i])
                                                      : (unsigned char)s.p[i]);
    }
    return true;
}

/* Is what was typed the start of s, a space of it being as good as a '_'? */
static bool starts_with(struct slice s, struct slice typed)
{
    if (typed.n > s.n) {
        return false;
    }
    for (size_t i = 0; i < typed.n; i++) {
        if (s.p[i] != (typed.p[i] == ' ' ? '_' : typed.p[i])) {
            return false;
        }
    }
    return true;
}

static enum rank rank_code(struct slice code, struct slice typed)
{
    if (starts_with(code, typed)) {
        return code.n == typed.n ? RANK_CODE : RANK_PREFIX;
    }
    enum rank rank = RANK_NONE;
    for (size_t i = 1; i < code.n && rank != RANK_CODE_WORD; i++) {
        if (starts_with(slice_from(code, i), typed)) {
            rank = code.p[i - 1] == '_' || code.p[i - 1] == '-' ? RANK_CODE_WORD : RANK_INSIDE;
        }
    }
    return rank;
}

static struct slice take_word(struct slice *rest)
{
    size_t n = slice_find(*rest, ' ');
    struct slice word = {rest->p, n};
    *rest = slice_from(*rest, n < rest->n ? n + 1 : n);
    return word;
}

/* One typed word, or several as one short code. */
static struct find find_typed(const struct emojis *t, const struct emoji *e, struct slice typed)
{
    struct find best = {RANK_NONE, emoji_code(e)};
    for (struct slice rest = e->codes; rest.n > 0;) {
        struct slice code = take_word(&rest);
        enum rank rank = rank_code(code, typed);
        if (rank < best.rank) {
            best = (struct find){rank, code};
        }
    }
    for (struct slice rest = e->words; rest.n > 0 && best.rank > RANK_WORD;) {
        if (starts_with(take_word(&rest), typed)) {
            best = (struct find){RANK_WORD, emoji_code(e)};
        }
    }
    if (best.rank == RANK_NONE && fold_word_starts_with(t->groups[e->group].name, typed)) {
        best.rank = RANK_GROUP;
    }
    return best;
}

/* All that was typed as one, or each word of it: then the worst counts. */
static struct find find_all(const struct emojis *t, const struct emoji *e, struct slice typed)
{
    struct find whole = find_typed(t, e, typed);
    if (slice_find(typed, ' ') == typed.n || whole.rank < RANK_NONE) {
        return whole;
    }
    struct find worst = {RANK_CODE, emoji_code(e)};
    while (typed.n > 0) {
        struct slice word = take_word(&typed);
        struct find found = word.n > 0 ? find_typed(t, e, word) : worst;
        worst = found.rank > worst.rank ? found : worst;
    }
    worst.code = emoji_code(e);
    return worst;
}

/* By rank; of short codes that begin so by their length; then as they stand in the file. */
static uint32_t order_of(const struct find *f, uint32_t row)
{
    uint32_t length = f->rank <= RANK_PREFIX ? (uint32_t)f->code.n : 0;
    return (uint32_t)f->rank << 24 | length << 16 | row;
}

_Static_assert(EMOJI_ROWS_MAX <= 1 << 16 && EMOJI_CODE_BYTES_MAX < 1 << 8, "of an order");

/* Put hit where it belongs among the n best, of which there may be max. Returns: how many there are. */
static size_t insert(struct emoji_hit *hits, size_t n, size_t max, struct emoji_hit hit)
{
    size_t at = n;
    while (at > 0 && hits[at - 1].order > hit.order) {
        at--;
    }
    if (at == max) {
        return n;
    }
    size_t kept = n < max ? n : max - 1;
    memmove(hits + at + 1, hits + at, (kept - at) * sizeof *hits);
    hits[at] = hit;
    return kept + 1;
}

size_t emoji_search(const struct emojis *t, struct slice query, struct emoji_hit *hits, size_t max)
{
    struct query q;
    size_t n = 0;
    max = max < EMOJI_HITS_MAX ? max : EMOJI_HITS_MAX;
    if (max == 0 || !read_query(query, &q)) {
        return 0;
    }
    for (uint32_t i = 0; i < t->rows_n; i++) {
        struct emoji e = emoji_at(t, i);
        struct find found = find_all(t, &e, (struct slice){q.p, q.n});
        if (found.rank < RANK_NONE) {
            n = insert(hits, n, max, (struct emoji_hit){i, found.code, order_of(&found, i)});
        }
    }
    return n;
}
