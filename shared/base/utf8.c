/* Strict UTF-8: eight ASCII bytes at a stride, and a small automaton for the rest.
 * Source: RFC 3629 section 4.
 */
#include "utf8.h"

#include "check.h"

/* The state between two bytes: 0 between characters, else how many bytes are missing and the range
 * of the next. */
#define STATE(missing_n, low, high)                                                                \
    ((uint32_t)(missing_n) | (uint32_t)(low) << 8 | (uint32_t)(high) << 16)

enum { UTF8_ACCEPT = 0 };
static const uint32_t UTF8_REJECT = UINT32_MAX;

/* What follows each lead byte from 0xC2 to 0xF4. */
static uint32_t after_lead(uint8_t c)
{
    if (c >= 0xc2 && c <= 0xdf)
        return STATE(1, 0x80, 0xbf);
    if (c == 0xe0)
        return STATE(2, 0xa0, 0xbf); /* below: overlong */
    if (c == 0xed)
        return STATE(2, 0x80, 0x9f); /* above: surrogates */
    if (c >= 0xe1 && c <= 0xef)
        return STATE(2, 0x80, 0xbf);
    if (c == 0xf0)
        return STATE(3, 0x90, 0xbf); /* below: overlong */
    if (c >= 0xf1 && c <= 0xf3)
        return STATE(3, 0x80, 0xbf);
    if (c == 0xf4)
        return STATE(3, 0x80, 0x8f); /* above: past U+10FFFF */
    return UTF8_REJECT;
}

static uint32_t step(uint32_t dfa, char byte)
{
    uint8_t c = (uint8_t)byte;

    if (dfa == UTF8_ACCEPT)
        return c < 0x80 ? UTF8_ACCEPT : after_lead(c);
    if (c < (dfa >> 8 & 0xff) || c > (dfa >> 16 & 0xff))
        return UTF8_REJECT;
    return (dfa & 0xff) == 1 ? UTF8_ACCEPT : STATE((dfa & 0xff) - 1, 0x80, 0xbf);
}

/* The first byte from p on that is not known to be ASCII; looks at whole words only. */
static const char *skip_ascii_words(const char *p, const char *end)
{
    uint64_t word;

    while ((size_t)(end - p) >= sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        if (word & 0x8080808080808080U)
            break;
        p += sizeof(word);
    }
    return p;
}

bool utf8_feed(struct utf8_state *s, const char *p, size_t n)
{
    uint32_t dfa = s->dfa;
    const char *end = n ? p + n : p;

    while (p < end && dfa != UTF8_REJECT) {
        if (dfa == UTF8_ACCEPT) {
            p = skip_ascii_words(p, end);
            if (p == end)
                break;
        }
        dfa = step(dfa, *p++);
    }
    s->dfa = dfa;
    return dfa != UTF8_REJECT;
}

bool utf8_complete(const struct utf8_state *s)
{
    return s->dfa == UTF8_ACCEPT;
}

bool utf8_valid(struct slice s)
{
    struct utf8_state state = {0};

    return utf8_feed(&state, s.p, s.n) && utf8_complete(&state);
}

size_t utf8_length(struct slice s)
{
    size_t characters_n = 0;

    for (size_t i = 0; i < s.n; i++)
        characters_n += ((uint8_t)s.p[i] & 0xc0U) != 0x80U;
    return characters_n;
}

size_t utf8_char_bytes(struct slice s)
{
    uint32_t dfa = UTF8_ACCEPT;

    for (size_t i = 0; i < s.n; i++) {
        dfa = step(dfa, s.p[i]);
        if (dfa == UTF8_ACCEPT)
            return i + 1;
        if (dfa == UTF8_REJECT)
            return 0;
    }
    return 0;
}

uint32_t utf8_take(struct slice *s)
{
    const uint8_t *p = (const uint8_t *)s->p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t code_point = n == 1 ? p[0] : p[0] & (0x7fU >> n);

    DCHECK(n <= s->n);
    for (size_t i = 1; i < n; i++)
        code_point = code_point << 6 | (p[i] & 0x3fU);
    *s = slice_from(*s, n);
    return code_point;
}

size_t utf8_write(uint32_t code_point, char out[UTF8_BYTES_MAX])
{
    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff))
        code_point = UTF8_REPLACEMENT;
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xc0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xe0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}
