/* Text from other people, made harmless for a terminal and for line-wise reading. */
#include "term_text.h"

#include <time.h>

#define CONTROL_PICTURES 0x2400u
#define PICTURE_DELETE   0x2421u
#define REPLACEMENT      0xFFFDu

/* One character of valid UTF-8. */
struct character {
    uint32_t code;
    size_t n; /* its bytes */
};

static struct character decode(struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    uint32_t code = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n && i < s.n; i++) {
        code = code << 6 | (p[i] & 0x3Fu);
    }
    return (struct character){code, n < s.n ? n : s.n};
}

/* They stand for a letter of a direction, unseen; people's keyboards write them between scripts. */
static bool is_direction_mark(uint32_t code)
{
    return code == 0x061C || code == 0x200E || code == 0x200F;
}

/* Embeddings, overrides and isolates. */
static bool turns_direction(uint32_t code)
{
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

/* What is shown instead; 0: the character itself. */
static uint32_t substitute(uint32_t code)
{
    if (code == '\t') {
        return ' ';
    }
    if (code < 0x20) {
        return CONTROL_PICTURES + code;
    }
    if (code == 0x7F) {
        return PICTURE_DELETE;
    }
    /* U+2028 and U+2029 end a line for some readers. */
    bool bad =
        (code >= 0x80 && code < 0xA0) || turns_direction(code) || code == 0x2028 || code == 0x2029;
    return bad ? REPLACEMENT : 0;
}

/* All substitutes but the space lie between U+0800 and U+FFFF. */
uint32_t term_text_safe(uint32_t code)
{
    uint32_t instead = substitute(code);
    return instead ? instead : code;
}

static enum err put_code(struct buf *out, uint32_t code)
{
    if (code < 0x80) {
        return buf_putc(out, (char)code);
    }
    char utf8[3] = {(char)(0xE0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3F)),
                    (char)(0x80 | (code & 0x3F))};
    return buf_put(out, (struct slice){utf8, sizeof utf8});
}

enum err term_text_put(struct buf *out, struct slice text)
{
    enum err r = ERR_OK;
    while (r == ERR_OK && text.n > 0) {
        struct character c = decode(text);
        uint32_t instead = substitute(c.code);
        if (!is_direction_mark(c.code)) {
            r = instead ? put_code(out, instead) : buf_put(out, (struct slice){text.p, c.n});
        }
        text = slice_from(text, c.n);
    }
    return r;
}

/* The blocks of the scripts that are written from the right. */
static bool is_rtl(uint32_t code)
{
    return (code >= 0x0590 && code <= 0x08FF) || (code >= 0xFB1D && code <= 0xFDFF) ||
           (code >= 0xFE70 && code <= 0xFEFC) || (code >= 0x10800 && code <= 0x10FFF) ||
           (code >= 0x1E800 && code <= 0x1EFFF);
}

static bool has_rtl(struct slice text)
{
    while (text.n > 0) {
        struct character c = decode(text);
        if (is_rtl(c.code)) {
            return true;
        }
        text = slice_from(text, c.n);
    }
    return false;
}

enum err term_text_put_apart(struct buf *out, struct slice text, bool apart)
{
    apart = apart && has_rtl(text);
    enum err e = apart ? buf_put(out, SL("\u2068")) : ERR_OK;
    e = e ? e : term_text_put(out, text);
    return e || !apart ? e : buf_put(out, SL("\u2069"));
}

static enum err put_json_character(struct buf *out, struct slice at, struct character c)
{
    return substitute(c.code) || is_direction_mark(c.code)
               ? buf_printf(out, "\\u%04x", (unsigned)c.code)
               : buf_put(out, (struct slice){at.p, c.n});
}

enum err term_json_put(struct buf *out, struct slice json)
{
    enum err r = ERR_OK;
    bool in_string = false;
    bool escaped = false;
    while (r == ERR_OK && json.n > 0) {
        struct character c = decode(json);
        bool space = c.code == ' ' || c.code == '\t' || c.code == '\n' || c.code == '\r';
        if (in_string || !space) {
            r = put_json_character(out, json, c);
        }
        if (c.code == '"' && !escaped) {
            in_string = !in_string;
        }
        escaped = in_string && c.code == '\\' && !escaped;
        json = slice_from(json, c.n);
    }
    return r;
}

enum err term_clock_put(struct buf *out, int64_t ms)
{
    struct tm local;
    int64_t s = ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
    time_t t = (time_t)s;
    if (!localtime_r(&t, &local)) {
        return buf_put(out, SL("--:--"));
    }
    return buf_printf(out, "%02d:%02d", local.tm_hour, local.tm_min);
}
