/* Cutting text. */
#include "text.h"

#include <string.h>

struct slice text_cut(struct slice s, size_t chars_max)
{
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (((unsigned char)s.p[i] & 0xC0) == 0x80)
            continue;
        if (chars == chars_max)
            return (struct slice){s.p, i};
        chars++;
    }
    return s;
}

/* U+0000 to 1F, 7F; 202A to 202E, 2066 to 2069. The bytes of the character, or 0. */
static size_t control_bytes(struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (p[0] < 0x20 || p[0] == 0x7F)
        return 1;
    if (s.n < 3 || p[0] != 0xE2)
        return 0;
    bool embeds = p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE;
    bool isolates = p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9;
    return embeds || isolates ? 3 : 0;
}

struct slice text_plain(struct slice s, char *out)
{
    size_t n = 0;
    while (s.n) {
        size_t skip = control_bytes(s);
        if (skip == 0)
            out[n++] = s.p[0];
        s = slice_from(s, skip ? skip : 1);
    }
    return (struct slice){out, n};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice text_trim(struct slice s)
{
    while (s.n && is_space(s.p[0]))
        s = slice_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

static int folded(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? u + 'a' - 'A' : u;
}

static bool is_digit(struct slice s)
{
    return s.n && s.p[0] >= '0' && s.p[0] <= '9';
}

/* Digits from *s on, without zeros in front, cut off from it. */
static struct slice take_number(struct slice *s)
{
    struct slice number;
    while (s->n > 1 && s->p[0] == '0' && is_digit(slice_from(*s, 1)))
        *s = slice_from(*s, 1);
    number = *s;
    while (is_digit(*s))
        *s = slice_from(*s, 1);
    number.n -= s->n;
    return number;
}

int text_compare_nocase(struct slice a, struct slice b)
{
    while (a.n && b.n) {
        int c;
        if (is_digit(a) && is_digit(b)) {
            struct slice x = take_number(&a), y = take_number(&b);
            c = x.n == y.n ? memcmp(x.p, y.p, x.n) : (x.n > y.n) - (x.n < y.n);
        } else {
            c = folded(a.p[0]) - folded(b.p[0]);
            a = slice_from(a, 1);
            b = slice_from(b, 1);
        }
        if (c)
            return c;
    }
    return (a.n > b.n) - (a.n < b.n);
}
