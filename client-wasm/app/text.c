/* Cutting text. */
#include "text.h"

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
