/* The scan: one pass over the bytes, no recursion, no allocation. The open containers are a bit
 * each. Source: RFC 8259.
 */
#include "json.h"

#include "check.h"
#include "json_chars.h"
#include "limits.h"
#include "utf8.h"

struct scan {
    const char *p;
    const char *end;
    uint32_t depth; /* containers open now */
    uint32_t depth_max;
    uint32_t values_left;
    uint64_t is_object[JSON_RELAY_DEPTH_MAX / 64]; /* a bit for each open container; 1: an object */
};

static bool is_digit(const struct scan *s)
{
    return s->p < s->end && json_char_is(*s->p, JSON_C_DIGIT);
}

/* Step over c if it comes next. */
static bool take(struct scan *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static enum err scan_digits(struct scan *s)
{
    if (!is_digit(s))
        return ERR_INVALID;
    while (is_digit(s))
        s->p++;
    return ERR_OK;
}

static enum err scan_number(struct scan *s)
{
    enum err e = ERR_OK;

    (void)take(s, '-');
    if (!take(s, '0'))
        e = scan_digits(s);
    if (!e && take(s, '.'))
        e = scan_digits(s);
    if (!e && (take(s, 'e') || take(s, 'E'))) {
        if (!take(s, '+'))
            (void)take(s, '-');
        e = scan_digits(s);
    }
    return e;
}

static enum err scan_literal(struct scan *s, struct slice word)
{
    if (!slice_starts_with((struct slice){s->p, (size_t)(s->end - s->p)}, word))
        return ERR_INVALID;
    s->p += word.n;
    return ERR_OK;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* At a backslash. */
static enum err scan_escape(struct scan *s)
{
    if (s->end - s->p < 2)
        return ERR_INVALID;
    char c = s->p[1];
    s->p += 2;
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return ERR_OK;
    case 'u':
        if (s->end - s->p < 4 || !is_hex(s->p[0]) || !is_hex(s->p[1]) || !is_hex(s->p[2]) ||
            !is_hex(s->p[3]))
            return ERR_INVALID;
        s->p += 4;
        return ERR_OK;
    default:
        return ERR_INVALID;
    }
}

/* At the opening quote. */
static enum err scan_string(struct scan *s)
{
    s->p++;
    for (;;) {
        enum err e = ERR_OK;
        s->p = json_skip_plain(s->p, s->end);
        if (s->p == s->end)
            return ERR_INVALID;
        if (*s->p == '"') {
            s->p++;
            return ERR_OK;
        }
        if (*s->p == '\\') {
            e = scan_escape(s);
        } else {
            size_t n = (uint8_t)*s->p < 0x20
                           ? 0
                           : utf8_char_bytes((struct slice){s->p, (size_t)(s->end - s->p)});
            if (n == 0)
                e = ERR_INVALID;
            s->p += n;
        }
        if (e)
            return e;
    }
}

/* A member's key and the colon, white space around them. */
static enum err scan_key(struct scan *s)
{
    s->p = json_skip_white(s->p, s->end);
    if (s->p == s->end || *s->p != '"')
        return ERR_INVALID;
    enum err e = scan_string(s);
    if (e)
        return e;
    s->p = json_skip_white(s->p, s->end);
    return take(s, ':') ? ERR_OK : ERR_INVALID;
}

static bool top_is_object(const struct scan *s)
{
    uint32_t level = s->depth - 1;

    return s->is_object[level / 64] >> level % 64 & 1;
}

/* At a bracket that opens. *empty: it closed again at once. */
static enum err scan_open(struct scan *s, bool *empty)
{
    bool object = *s->p++ == '{';
    uint64_t bit = UINT64_C(1) << s->depth % 64;

    if (s->depth == s->depth_max)
        return ERR_LIMIT;
    s->p = json_skip_white(s->p, s->end);
    *empty = take(s, object ? '}' : ']');
    if (*empty)
        return ERR_OK;
    if (object)
        s->is_object[s->depth / 64] |= bit;
    else
        s->is_object[s->depth / 64] &= ~bit;
    s->depth++;
    return object ? scan_key(s) : ERR_OK;
}

/* Behind a value: close what ends here, down to base containers. *more: a comma came, the next
 * value is due. */
static enum err scan_after(struct scan *s, uint32_t base, bool *more)
{
    *more = false;
    while (s->depth > base) {
        s->p = json_skip_white(s->p, s->end);
        bool object = top_is_object(s);
        if (take(s, ',')) {
            *more = true;
            return object ? scan_key(s) : ERR_OK;
        }
        if (!take(s, object ? '}' : ']'))
            return ERR_INVALID;
        s->depth--;
    }
    return ERR_OK;
}

/* One whole value, white space before it. */
static enum err scan_value(struct scan *s)
{
    const uint32_t base = s->depth;
    bool more = true;

    while (more) {
        enum err e = ERR_OK;
        bool whole = true; /* the value ended */
        s->p = json_skip_white(s->p, s->end);
        if (s->p == s->end)
            return ERR_INVALID;
        if (s->values_left == 0)
            return ERR_LIMIT;
        s->values_left--;
        switch (*s->p) {
        case '"':
            e = scan_string(s);
            break;
        case '{':
        case '[':
            e = scan_open(s, &whole);
            break;
        case 't':
            e = scan_literal(s, SL("true"));
            break;
        case 'f':
            e = scan_literal(s, SL("false"));
            break;
        case 'n':
            e = scan_literal(s, SL("null"));
            break;
        default:
            e = scan_number(s);
        }
        if (!e && whole)
            e = scan_after(s, base, &more);
        if (e)
            return e;
    }
    return ERR_OK;
}

static void scan_init(struct scan *s, struct slice text, const struct json_limits *limits)
{
    uint32_t depth_max = limits ? limits->depth_max : 0;
    uint32_t values_max = limits ? limits->values_max : 0;
    bool duplicates_matter = !limits || !limits->allow_duplicate_keys;

    s->p = text.p;
    s->end = text.n ? text.p + text.n : text.p;
    s->depth = 0;
    s->depth_max = depth_max ? depth_max : JSON_DEPTH_MAX;
    if (s->depth_max > JSON_RELAY_DEPTH_MAX)
        s->depth_max = JSON_RELAY_DEPTH_MAX;
    s->values_left = values_max ? values_max : JSON_VALUES_MAX;
    if (duplicates_matter && s->values_left > JSON_VALUES_MAX)
        s->values_left = JSON_VALUES_MAX;
}

/* Nothing but white space may be left; then the keys. */
static enum err scan_finish(struct scan *s, struct slice text, const struct json_limits *limits)
{
    if (json_skip_white(s->p, s->end) != s->end)
        return ERR_INVALID;
    if ((!limits || !limits->allow_duplicate_keys) && json_has_duplicate_keys(text))
        return ERR_INVALID;
    return ERR_OK;
}

enum err json_check(struct slice text, const struct json_limits *limits)
{
    struct scan s;

    scan_init(&s, text, limits);
    enum err e = scan_value(&s);
    return e ? e : scan_finish(&s, text, limits);
}

/* The elements of the array whose bracket was just opened, up to and with the closing one. */
static enum err scan_elements(struct scan *s, struct json_array *array)
{
    const char *from = s->p = json_skip_white(s->p, s->end);

    array->first = array->rest = (struct slice){from, 0};
    if (take(s, ']'))
        return ERR_OK;
    enum err e = scan_value(s);
    if (e)
        return e;
    array->first = (struct slice){from, (size_t)(s->p - from)};
    array->rest = (struct slice){s->p, 0};
    s->p = json_skip_white(s->p, s->end);
    if (take(s, ',')) {
        from = s->p = json_skip_white(s->p, s->end);
        do {
            e = scan_value(s);
            if (e)
                return e;
            array->rest = (struct slice){from, (size_t)(s->p - from)};
            s->p = json_skip_white(s->p, s->end);
        } while (take(s, ','));
    }
    return take(s, ']') ? ERR_OK : ERR_INVALID;
}

enum err json_check_array(struct slice text, const struct json_limits *limits,
                          struct json_array *out)
{
    struct json_array array;
    struct scan s;

    scan_init(&s, text, limits);
    s.p = json_skip_white(s.p, s.end);
    const char *from = s.p;
    if (!take(&s, '['))
        return ERR_INVALID;
    s.values_left--;
    s.is_object[0] = 0;
    s.depth = 1;
    enum err e = scan_elements(&s, &array);
    if (e)
        return e;
    array.whole = (struct slice){from, (size_t)(s.p - from)};
    e = scan_finish(&s, text, limits);
    if (!e)
        *out = array;
    return e;
}
