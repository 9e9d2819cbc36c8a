/* JSON strings: finding their end, resolving and making escapes.
 * Source: RFC 8259 section 7; JSON.stringify as of ECMAScript 2019 (well-formed).
 */
#include "json.h"

#include "check.h"
#include "json_chars.h"
#include "utf8.h"

/* clang-format off */
const uint8_t json_char_classes[256] = {
    [0x00] = 1, 1, 1, 1, 1, 1, 1, 1, 1, JSON_C_SPECIAL | JSON_C_WHITE, JSON_C_SPECIAL | JSON_C_WHITE, 1, 1,
    JSON_C_SPECIAL | JSON_C_WHITE, 1, 1,
    [0x10] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    [' '] = JSON_C_WHITE, ['"'] = JSON_C_SPECIAL, ['\\'] = JSON_C_SPECIAL,
    ['0'] = JSON_C_DIGIT, JSON_C_DIGIT, JSON_C_DIGIT, JSON_C_DIGIT, JSON_C_DIGIT,
    JSON_C_DIGIT, JSON_C_DIGIT, JSON_C_DIGIT, JSON_C_DIGIT, JSON_C_DIGIT,
    [0x80] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    [0xa0] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    [0xc0] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    [0xe0] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};
/* clang-format on */

/* True when one of the eight bytes is special. */
static bool word_is_special(uint64_t word)
{
    return (((word - JSON_ONES * ' ') | word) & JSON_HIGHS) != 0 || json_word_has_mark(word);
}

const char *json_skip_plain(const char *p, const char *end)
{
    uint64_t word;

    while ((size_t)(end - p) >= sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        if (word_is_special(word))
            break;
        p += sizeof(word);
    }
    while (p < end && !json_char_is(*p, JSON_C_SPECIAL))
        p++;
    return p;
}

/* The first quote or backslash from p on. */
static const char *find_mark(const char *p, const char *end)
{
    uint64_t word;

    while ((size_t)(end - p) >= sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        if (json_word_has_mark(word))
            break;
        p += sizeof(word);
    }
    while (p < end && *p != '"' && *p != '\\')
        p++;
    return p;
}

const char *json_skip_string(const char *p, const char *end)
{
    for (p++;; p += 2) {
        p = find_mark(p, end);
        if (end - p < 2)
            return end;
        if (*p == '"')
            return p + 1;
    }
}

static uint32_t hex_value(const char *p)
{
    uint32_t v = 0;

    for (int i = 0; i < 4; i++) {
        char c = p[i];
        uint32_t digit = c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 0x20) - 'a' + 10);
        v = v << 4 | digit;
    }
    return v;
}

/* *p is behind the backslash. */
static uint32_t next_escaped(const char **p, const char *end)
{
    char c = *(*p)++;

    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        break;
    default:
        return (uint8_t)c;
    }

    uint32_t high = hex_value(*p);
    *p += 4;
    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high <= 0xdbff && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        uint32_t low = hex_value(*p + 2);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *p += 6;
            return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return UTF8_REPLACEMENT;
}

uint32_t json_next_char(const char **p, const char *end)
{
    uint8_t c = (uint8_t) * *p;

    if (c == '"')
        return JSON_STRING_END;
    (*p)++;
    if (c == '\\')
        return next_escaped(p, end);
    if (c < 0x80)
        return c;

    unsigned more_n = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    uint32_t code_point = c & (0x3fU >> more_n);
    for (; more_n > 0; more_n--)
        code_point = code_point << 6 | ((uint8_t) * (*p)++ & 0x3fU);
    return code_point;
}

bool json_string_is_lossy(struct slice raw_string)
{
    const char *end = raw_string.p + raw_string.n;
    uint32_t code_point = ' ';

    for (const char *p = raw_string.p + 1; code_point != JSON_STRING_END;) {
        bool escaped = *p == '\\' && p[1] == 'u';
        bool surrogate = escaped && (p[2] | 0x20) == 'd' && p[3] >= '8';
        code_point = json_next_char(&p, end);
        if (escaped && (code_point == 0 || (surrogate && code_point == UTF8_REPLACEMENT)))
            return true;
    }
    return false;
}

static struct slice without_quotes(struct slice raw_string)
{
    CHECK(raw_string.n >= 2);
    return (struct slice){raw_string.p + 1, raw_string.n - 2};
}

bool json_string_eq(struct slice raw_string, struct slice s)
{
    const char *p = raw_string.p + 1;
    const char *end = raw_string.p + raw_string.n;
    size_t at = 0;

    if (slice_find(raw_string, '\\') == raw_string.n)
        return slice_eq(without_quotes(raw_string), s);
    for (;;) {
        char bytes[UTF8_BYTES_MAX];
        uint32_t code_point = json_next_char(&p, end);
        if (code_point == JSON_STRING_END)
            return at == s.n;
        size_t n = utf8_write(code_point, bytes);
        if (n > s.n - at || memcmp(s.p + at, bytes, n) != 0)
            return false;
        at += n;
    }
}

enum err json_unescape(struct slice raw_string, struct buf *out)
{
    const size_t before_n = out->n;
    struct slice rest = without_quotes(raw_string);

    for (;;) {
        char bytes[UTF8_BYTES_MAX];
        size_t plain_n = slice_find(rest, '\\');
        enum err e = buf_put(out, (struct slice){rest.p, plain_n});
        if (!e && plain_n == rest.n)
            return ERR_OK;
        if (!e) {
            const char *end = rest.p + rest.n;
            const char *p = rest.p + plain_n + 1;
            size_t n = utf8_write(next_escaped(&p, end), bytes);
            e = buf_put(out, (struct slice){bytes, n});
            rest = (struct slice){p, (size_t)(end - p)};
        }
        if (e) {
            out->n = before_n;
            return e;
        }
    }
}

/* The escape of a character that may not stand for itself. */
static struct slice escape_of(char c, char scratch[6])
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    uint8_t byte = (uint8_t)c;

    scratch[0] = '\\';
    if (byte < sizeof(letters) && letters[byte] != 0) {
        scratch[1] = letters[byte];
        return (struct slice){scratch, 2};
    }
    memcpy(scratch + 1, "u00", 3);
    scratch[4] = hex[byte >> 4];
    scratch[5] = hex[byte & 0xf];
    return (struct slice){scratch, 6};
}

enum err json_quote(struct slice s, struct buf *out)
{
    const size_t before_n = out->n;
    const char *p = s.p;
    const char *end = s.n ? s.p + s.n : s.p;
    enum err e = buf_putc(out, '"');

    while (!e && p < end) {
        const char *from = p;
        char scratch[6];
        do { /* non-ASCII text is special to the scan, but not here */
            p = json_skip_plain(p, end);
        } while (p < end && (uint8_t)*p >= 0x80 && p++);
        e = buf_put(out, (struct slice){from, (size_t)(p - from)});
        if (!e && p < end)
            e = buf_put(out, escape_of(*p++, scratch));
    }
    if (!e)
        e = buf_putc(out, '"');
    if (e)
        out->n = before_n;
    return e;
}
