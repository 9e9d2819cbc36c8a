/* See accept_encoding.h. */
#include "accept_encoding.h"

#define QUALITY_ONE  1000
#define QUALITY_NONE (-1)

static struct slice trim(struct slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = slice_from(s, 1);
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

/* s up to the separator; *rest is what follows it. */
static struct slice take(struct slice *rest, char separator)
{
    size_t n = slice_find(*rest, separator);
    struct slice first = {rest->p, n};
    *rest = slice_from(*rest, n < rest->n ? n + 1 : n);
    return trim(first);
}

/* "0.75" in thousandths; malformed ones count as zero: when in doubt, no coding. */
static int parse_quality(struct slice s)
{
    if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.')) {
        return 0;
    }
    int quality = s.p[0] == '1' ? QUALITY_ONE : 0;
    int unit = 100;
    for (size_t i = 2; i < s.n; i++, unit /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return 0;
        }
        quality += (s.p[i] - '0') * unit;
    }
    return quality > QUALITY_ONE ? 0 : quality;
}

static int quality_of(struct slice parameters)
{
    while (parameters.n > 0) {
        struct slice p = take(&parameters, ';');
        if (p.n >= 2 && (p.p[0] | 0x20) == 'q' && p.p[1] == '=') {
            return parse_quality(slice_from(p, 2));
        }
    }
    return QUALITY_ONE;
}

enum coding accept_encoding_choose(struct slice accept_encoding, unsigned available)
{
    static const struct slice names[CODINGS_N] = {{"identity", 8}, {"gzip", 4}, {"br", 2}};
    int quality[CODINGS_N] = {QUALITY_NONE, QUALITY_NONE, QUALITY_NONE};
    int star = QUALITY_NONE;
    while (accept_encoding.n > 0) {
        struct slice parameters = take(&accept_encoding, ',');
        struct slice name = take(&parameters, ';');
        int q = quality_of(parameters);
        for (int i = 0; i < CODINGS_N; i++) {
            if (slice_eq_nocase(name, names[i])) {
                quality[i] = q;
            }
        }
        if (slice_eq(name, SL("*"))) {
            star = q;
        }
    }
    if (quality[CODING_IDENTITY] == QUALITY_NONE && star == QUALITY_NONE) {
        quality[CODING_IDENTITY] = 1; /* always acceptable, but last */
    }
    enum coding best = CODING_IDENTITY;
    int best_quality = 0;
    for (int i = 0; i < CODINGS_N; i++) {
        int q = quality[i] == QUALITY_NONE ? star : quality[i];
        if ((available >> i & 1) && q > 0 && q >= best_quality) {
            best = (enum coding)i;
            best_quality = q;
        }
    }
    return best;
}
