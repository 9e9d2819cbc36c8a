/* Who stands first in the list of a completion. */
#include "complete.h"

#include "fold.h"

#include <string.h>

/* How a name was found; less is better. */
enum found { FOUND_NAME, FOUND_DISPLAY, FOUND_INSIDE, FOUND_NOT };

struct ranked {
    uint32_t place;
    enum found found;
};

static enum found find(struct slice query, const struct complete_name *name)
{
    if (fold_starts_with(name->name, query)) {
        return FOUND_NAME;
    }
    if (fold_word_starts_with(name->display, query)) {
        return FOUND_DISPLAY;
    }
    bool inside = fold_contains(name->name, query) || fold_contains(name->display, query);
    return inside ? FOUND_INSIDE : FOUND_NOT;
}

static bool is_before(const struct complete_name *names, struct ranked a, struct ranked b)
{
    const struct complete_name *x = &names[a.place], *y = &names[b.place];
    bool x_inside = a.found == FOUND_INSIDE, y_inside = b.found == FOUND_INSIDE;
    if (x->near != y->near) {
        return x->near;
    }
    if (x_inside != y_inside) {
        return y_inside;
    }
    if (x->recent != y->recent) {
        return x->recent > y->recent;
    }
    return a.found != b.found ? a.found < b.found : fold_compare(x->name, y->name) < 0;
}

size_t complete_rank(struct slice query, const struct complete_name *names, size_t names_n,
                     uint32_t *hits, size_t max)
{
    struct ranked best[COMPLETE_HITS_MAX];
    size_t n = 0;
    max = max < COMPLETE_HITS_MAX ? max : COMPLETE_HITS_MAX;
    names_n = names_n < COMPLETE_NAMES_MAX ? names_n : COMPLETE_NAMES_MAX;
    for (uint32_t i = 0; i < names_n; i++) {
        struct ranked r = {i, find(query, &names[i])};
        if (r.found == FOUND_NOT) {
            continue;
        }
        size_t at = n;
        while (at > 0 && is_before(names, r, best[at - 1])) {
            at--;
        }
        if (at < max) {
            n += n < max;
            memmove(best + at + 1, best + at, (n - 1 - at) * sizeof *best);
            best[at] = r;
        }
    }
    for (size_t i = 0; i < n; i++) {
        hits[i] = best[i].place;
    }
    return n;
}
