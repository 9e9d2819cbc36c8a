/* See search_text.h. */
#include "search_text.h"

#include "utf8.h"
#include <utf8proc.h>

#define TRIGRAMS_MAX 32 /* of a query: more would find hardly less */

/* By way of the capital, so that both small sigmas are one. */
static int32_t fold(int32_t c)
{
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
    }
    return utf8proc_tolower(utf8proc_toupper(c));
}

/* The next character; *p goes on. */
static int32_t next_char(const char **p, const char *end)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n;

    if ((unsigned char)**p < 0x80) {
        return fold((unsigned char)*(*p)++);
    }
    n = utf8proc_iterate((const utf8proc_uint8_t *)*p, end - *p, &c);
    if (n <= 0) { /* not valid: each byte is a character of no text */
        (*p)++;
        return -1;
    }
    *p += n;
    return fold(c);
}

/* How many characters of the needle end with c when n of them ended just before. */
static uint32_t advance(const struct search_needle *needle, uint32_t n, int32_t c)
{
    while (n > 0 && needle->chars[n] != c) {
        n = needle->back[n - 1];
    }
    return n + (needle->chars[n] == c);
}

void search_needle_init(struct search_needle *needle, struct slice q)
{
    const char *p = q.p, *end = q.p + q.n;

    needle->n = 0;
    while (p < end && needle->n < CHAT_QUERY_CHARS_MAX) {
        needle->chars[needle->n++] = next_char(&p, end);
    }
    needle->back[0] = 0;
    for (uint32_t i = 1; i < needle->n; i++) {
        needle->back[i] = advance(needle, needle->back[i - 1], needle->chars[i]);
    }
}

uint32_t search_ranges(const struct search_needle *needle, struct slice text, uint32_t (*ranges)[2],
                       uint32_t max)
{
    const char *p = text.p, *end = text.p + text.n;
    uint32_t found = 0, at = 0, n = 0;

    while (p < end && found < max) {
        n = advance(needle, n, next_char(&p, end));
        at++;
        if (n == needle->n) {
            ranges[found][0] = at - n;
            ranges[found++][1] = at;
            n = 0;
        }
    }
    return found;
}

static enum err put_char(int32_t c, struct buf *out)
{
    char bytes[UTF8_BYTES_MAX];
    size_t n = utf8_write((uint32_t)c, bytes);

    return buf_put(out, (struct slice){bytes, n});
}

enum err search_fold(struct slice text, struct buf *out)
{
    const char *p = text.p, *end = text.p + text.n;
    enum err err = ERR_OK;

    while (p < end && err == ERR_OK) {
        err = put_char(next_char(&p, end), out);
    }
    return err;
}

/* A character that has no letter of its own shares one with others, or two of them. */
static size_t spell(int32_t c, char out[2])
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    uint32_t hash = (uint32_t)c * 2654435761u >> 8;

    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        out[0] = (char)c;
        return 1;
    }
    out[0] = alphabet[hash % 36];
    out[1] = alphabet[hash / 36 % 36];
    return c >= 0 && c < 0x80 ? 1 : 2;
}

enum err search_spell(struct slice text, struct buf *out)
{
    const char *p = text.p, *end = text.p + text.n;
    enum err err = ERR_OK;

    while (p < end && err == ERR_OK) {
        char bytes[2];
        size_t n = spell(next_char(&p, end), bytes);
        err = buf_put(out, (struct slice){bytes, n});
    }
    return err;
}

/* In quotes, where a quotation mark is doubled. */
static enum err put_trigram(const int32_t *chars, struct buf *out)
{
    enum err err = buf_putc(out, '"');

    for (unsigned i = 0; i < SEARCH_INDEXED_CHARS && err == ERR_OK; i++) {
        err = chars[i] == '"' ? buf_put(out, SL("\"\"")) : put_char(chars[i], out);
    }
    return err ? err : buf_put(out, SL("\" "));
}

enum err search_trigrams(const struct search_needle *needle, struct buf *out)
{
    uint32_t all = needle->n - SEARCH_INDEXED_CHARS + 1;
    uint32_t n = all < TRIGRAMS_MAX ? all : TRIGRAMS_MAX;
    enum err err = ERR_OK;

    CHECK(needle->n >= SEARCH_INDEXED_CHARS);
    for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
        /* The first and the last are among them. */
        err = put_trigram(needle->chars + (n > 1 ? i * (all - 1) / (n - 1) : 0), out);
    }
    return err;
}
