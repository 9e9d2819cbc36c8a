/* See fold.h. The ranges are of the simple case foldings of Unicode's CaseFolding.txt; the rest of them is not worth a table in the page. */
#include "fold.h"

#include "utf8.h"

/* Latin Extended-A: pairs of upper and lower, upper even but in two stretches, where it is odd. */
static uint32_t fold_latin_a(uint32_t c)
{
    if (c == 0x178) {
        return 0xFF;
    }
    if (c == 0x130 || c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17F) {
        return c;
    }
    bool upper_is_odd = (c >= 0x139 && c <= 0x148) || c >= 0x179;
    return (c & 1) == upper_is_odd ? c + 1 : c;
}

uint32_t fold_char(uint32_t c)
{
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
    if (c >= 0xC0 && c <= 0xDE) {
        return c == 0xD7 ? c : c + 32;
    }
    if (c >= 0x100 && c <= 0x17F) {
        return fold_latin_a(c);
    }
    if ((c >= 0x391 && c <= 0x3A9 && c != 0x3A2) || (c >= 0x410 && c <= 0x42F)) {
        return c + 32;
    }
    return c >= 0x400 && c <= 0x40F ? c + 80 : c;
}

bool fold_starts_with(struct slice s, struct slice prefix)
{
    while (prefix.n > 0) {
        if (s.n == 0 || fold_char(utf8_take(&s)) != fold_char(utf8_take(&prefix))) {
            return false;
        }
    }
    return true;
}

bool fold_is_gap(uint32_t c)
{
    bool ascii = c < 0x80 && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    return ascii || c == 0xA0 || (c >= 0x2000 && c <= 0x206F) || c == 0x3000;
}

bool fold_word_starts_with(struct slice s, struct slice prefix)
{
    bool at_start = true;
    while (s.n > 0) {
        if (at_start && fold_starts_with(s, prefix)) {
            return true;
        }
        at_start = fold_is_gap(utf8_take(&s));
    }
    return prefix.n == 0;
}

bool fold_contains(struct slice s, struct slice part)
{
    while (s.n > 0) {
        if (fold_starts_with(s, part)) {
            return true;
        }
        utf8_take(&s);
    }
    return part.n == 0;
}

int fold_compare(struct slice a, struct slice b)
{
    while (a.n > 0 && b.n > 0) {
        uint32_t x = fold_char(utf8_take(&a)), y = fold_char(utf8_take(&b));
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a.n > 0) - (b.n > 0);
}
