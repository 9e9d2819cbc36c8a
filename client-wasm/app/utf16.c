/* See utf16.h. */
#include "utf16.h"

/* A character begins with every byte but 10xxxxxx, and is of the upper planes with 11110xxx. */
static size_t units_of(char lead)
{
    unsigned char c = (unsigned char)lead;
    if ((c & 0xC0) == 0x80) {
        return 0;
    }
    return c >= 0xF0 ? 2 : 1;
}

size_t utf16_length(struct slice s)
{
    size_t units = 0;
    for (size_t i = 0; i < s.n; i++) {
        units += units_of(s.p[i]);
    }
    return units;
}

size_t utf16_to_bytes(struct slice s, size_t units)
{
    size_t bytes = 0;
    while (bytes < s.n) {
        size_t here = units_of(s.p[bytes]);
        if (here > units || (here > 0 && units == 0)) {
            break;
        }
        units -= here;
        bytes++;
    }
    return bytes;
}
