/* Finding equal keys in one object, in bounded memory and without a hash that a peer could choose
 * collisions for: the keys of each object are sorted when it closes.
 */
#include "check.h"
#include "json.h"
#include "json_chars.h"
#include "limits.h"

/* The keys of all open objects; a NULL is where an object opened. */
struct open_keys {
    const char *at[JSON_VALUES_MAX + JSON_RELAY_DEPTH_MAX];
    size_t n;
    const char *end; /* of the text */
};

/* Past what two strings begin with alike, as far as it is free of escapes; both stay at the start
 * of a character. */
static void skip_same(const char **a, const char **b, const char *end)
{
    const char *p = *a;
    const char *q = *b;
    uint64_t word_p, word_q;

    while ((size_t)(end - (p > q ? p : q)) >= sizeof(word_p)) {
        memcpy(&word_p, p, sizeof(word_p));
        memcpy(&word_q, q, sizeof(word_q));
        if (word_p != word_q || json_word_has_mark(word_p))
            break;
        p += sizeof(word_p);
        q += sizeof(word_q);
    }
    while (((uint8_t)*p & 0xc0U) == 0x80) {
        p--;
        q--;
    }
    *a = p;
    *b = q;
}

static int compare(const char *a, const char *b, const char *end)
{
    uint32_t from_a, from_b;

    a++;
    b++;
    skip_same(&a, &b, end);
    do {
        from_a = json_next_char(&a, end);
        from_b = json_next_char(&b, end);
    } while (from_a == from_b && from_a != JSON_STRING_END);
    return from_a == from_b ? 0 : from_a < from_b ? -1 : 1;
}

static void sift_down(const char **keys, size_t root, size_t n, const char *end)
{
    for (;;) {
        size_t child = root * 2 + 1;
        if (child >= n)
            return;
        if (child + 1 < n && compare(keys[child], keys[child + 1], end) < 0)
            child++;
        if (compare(keys[root], keys[child], end) >= 0)
            return;
        const char *moved = keys[root];
        keys[root] = keys[child];
        keys[child] = moved;
        root = child;
    }
}

/* Heap sort; two equal keys meet when one is taken off while the other is the largest left. */
static bool has_equal(const char **keys, size_t n, const char *end)
{
    for (size_t root = n / 2; root > 0; root--)
        sift_down(keys, root - 1, n, end);
    while (n > 1) {
        const char *largest = keys[0];
        keys[0] = keys[--n];
        sift_down(keys, 0, n, end);
        if (compare(largest, keys[0], end) == 0)
            return true;
    }
    return false;
}

/* Forget the innermost object's keys. Returns: true when two of them are equal. */
static bool close_object(struct open_keys *open)
{
    size_t n = 0;

    while (open->at[open->n - 1 - n])
        n++;
    open->n -= n + 1;
    return has_equal(open->at + open->n + 1, n, open->end);
}

bool json_has_duplicate_keys(struct slice checked_text)
{
    struct open_keys open;
    struct json_tokens tokens;
    struct slice raw;
    enum json_token token;

    open.n = 0;
    open.end = checked_text.p + checked_text.n;
    json_tokens_init(&tokens, checked_text);
    while ((token = json_tokens_next(&tokens, &raw)) != JSON_TOKEN_END) {
        if (token == JSON_TOKEN_CLOSE_OBJECT && close_object(&open))
            return true;
        if (token == JSON_TOKEN_OPEN_OBJECT || token == JSON_TOKEN_KEY) {
            CHECK(open.n < sizeof(open.at) / sizeof(open.at[0]));
            open.at[open.n++] = token == JSON_TOKEN_KEY ? raw.p : NULL;
        }
    }
    return false;
}
