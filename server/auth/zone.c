/* See zone.h. The list is compiled in: a server need not have the data base, and takes the same names everywhere. */
#include "zone.h"

static const char *const zones[] = {
#define ZONE(name) name,
#include "zones.def"
#undef ZONE
};

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Below 0, 0, above 0: as the list is sorted. */
static int compare(struct slice a, struct slice b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        int d = lower(a.p[i]) - lower(b.p[i]);
        if (d != 0) {
            return d;
        }
    }
    return (a.n > b.n) - (a.n < b.n);
}

const char *zone_find(struct slice name)
{
    size_t low = 0, high = sizeof zones / sizeof *zones;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int d = compare(slice_str(zones[middle]), name);
        if (d == 0) {
            return zones[middle];
        }
        if (d < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}
