/* One scan from left to right; each byte is looked at a bounded number of times. */
#include "links.h"

#include "utf8.h"

static bool is_one_of(char c, struct slice set)
{
    return slice_find(set, c) < set.n;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Bytes of "http://" or "https://" that s starts with, in any case; else 0. */
static size_t scheme_bytes(struct slice s)
{
    static const char scheme[] = "https://";
    size_t at = 0;
    for (size_t i = 0; i < sizeof scheme - 1; i++) {
        if (i == 4 && at < s.n && s.p[at] == ':')
            continue; /* no s */
        if (at == s.n || (s.p[at] | (is_alnum(s.p[at]) ? 0x20 : 0)) != scheme[i])
            return 0;
        at++;
    }
    return at;
}

/* Spaces, quotes, invisible and direction-changing characters end an address: U+00A0, 00AD, 061C,
 * 180x, 2000 to 207F, 3000 to 303F, FE00 to FEFF, FF00 to FF7F. */
static bool is_odd(const unsigned char *p, size_t n)
{
    if (n == 2)
        return (p[0] == 0xC2 && (p[1] == 0xA0 || p[1] == 0xAD)) || (p[0] == 0xD8 && p[1] == 0x9C);
    if (n != 3)
        return false;
    return (p[0] == 0xE1 && p[1] == 0xA0) || (p[0] == 0xE2 && (p[1] == 0x80 || p[1] == 0x81)) ||
           (p[0] == 0xE3 && p[1] == 0x80) || (p[0] == 0xEF && p[1] >= 0xB8 && p[1] <= 0xBD);
}

/* Bytes of the character s starts with when an address may hold it, else 0. */
static size_t part_bytes(struct slice s)
{
    size_t n = utf8_char_bytes(s);
    if (n == 0 || (n > 1 && is_odd((const unsigned char *)s.p, n)))
        return 0;
    if (n == 1 && (s.p[0] <= ' ' || s.p[0] == 0x7F || is_one_of(s.p[0], SL("<>\"\\^`{|}"))))
        return 0;
    return n;
}

/* What at the end of the address belongs to the sentence around it. A closing bracket does unless
 * the address opens it. */
static size_t trim_end(const char *p, size_t n)
{
    size_t open_n = 0, close_n = 0;
    for (size_t i = 0; i < n; i++) {
        open_n += p[i] == '(';
        close_n += p[i] == ')';
    }
    for (; n; n--) {
        char c = p[n - 1];
        if (c == ')' && close_n > open_n)
            close_n--;
        else if (!is_one_of(c, SL(".,;:!?'*")) &&
                 (c != ']' || slice_find((struct slice){p, n}, '[') < n))
            break;
    }
    return n;
}

/* Bytes of the address s starts with, else 0; *seen is how far was looked. */
static size_t address_bytes(struct slice s, size_t *seen)
{
    size_t start = scheme_bytes(s), n = start;
    bool in_host = true, user = false;
    for (size_t part; start && n < s.n && (part = part_bytes(slice_from(s, n))) != 0; n += part) {
        if (is_one_of(s.p[n], SL("/?#")))
            in_host = false;
        else if (in_host && (is_one_of(s.p[n], SL("()")) || (s.p[n] == ']' && s.p[start] != '[')))
            break; /* "[https://a.example](...)" */
        user = user || (in_host && s.p[n] == '@');
    }
    *seen = n ? n : 1;
    n = trim_end(s.p, n);
    /* "https://bank.example@evil.example" is nobody's friend. */
    if (n <= start || user || n > LINK_BYTES_MAX)
        return 0;
    char first = s.p[start];
    return is_alnum(first) || first == '[' || ((unsigned char)first & 0x80) ? n : 0;
}

bool links_next(struct slice *rest, struct slice *before, struct slice *url)
{
    for (size_t at = 0, seen; at < rest->n; at += seen) {
        seen = 1;
        if ((rest->p[at] | 0x20) != 'h' || (at && is_alnum(rest->p[at - 1])))
            continue;
        size_t n = address_bytes(slice_from(*rest, at), &seen);
        if (n == 0)
            continue;
        *before = (struct slice){rest->p, at};
        *url = (struct slice){rest->p + at, n};
        *rest = slice_from(*rest, at + n);
        return true;
    }
    return false;
}
