/* Decimal digits. */
#include "view_number.h"

struct slice view_number(uint64_t v, struct view_number *t)
{
    size_t at = sizeof t->p;
    do {
        t->p[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    t->n = sizeof t->p - at;
    return (struct slice){t->p + at, t->n};
}
