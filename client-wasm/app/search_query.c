/* See search_query.h. */
#include "search_query.h"

#include "iso_time.h"
#include <string.h>

#define DAY_MS 86400000

static struct slice next_word(struct slice *rest)
{
    while (rest->n && rest->p[0] == ' ')
        *rest = slice_from(*rest, 1);
    size_t n = slice_find(*rest, ' ');
    struct slice word = {rest->p, n};
    *rest = slice_from(*rest, n);
    return word;
}

/* The value of "key:value"; case of the key matters not. */
static bool takes(struct slice word, struct slice key, struct slice *value)
{
    if (word.n < key.n || !slice_eq_nocase((struct slice){word.p, key.n}, key))
        return false;
    *value = slice_from(word, key.n);
    return true;
}

static struct slice without(struct slice s, char sign)
{
    return s.n > 1 && s.p[0] == sign ? slice_from(s, 1) : s;
}

/* A day as "2026-03-01": when it begins here. */
static bool read_day(struct slice s, int32_t offset_min, int64_t *ms)
{
    char text[20] = "";
    if (s.n != 10)
        return false;
    memcpy(text, s.p, 10);
    memcpy(text + 10, "T00:00:00Z", 10);
    if (!iso_time_parse((struct slice){text, sizeof text}, ms))
        return false;
    *ms -= (int64_t)offset_min * 60000;
    return *ms > 0;
}

static bool read_filter(struct slice word, int32_t offset_min, struct search_query *out)
{
    struct slice value;
    if (takes(word, SL("from:"), &value)) {
        out->from = without(value, '@');
    } else if (takes(word, SL("in:"), &value)) {
        out->room = without(value, '#');
    } else if (takes(word, SL("before:"), &value)) {
        if (!read_day(value, offset_min, &out->before_ms))
            out->bad = value;
    } else if (takes(word, SL("after:"), &value)) {
        if (read_day(value, offset_min, &out->after_ms))
            out->after_ms += DAY_MS;
        else
            out->bad = value;
    } else {
        return false;
    }
    return true;
}

void search_query_read(struct slice typed, int32_t offset_min, struct search_query *out)
{
    memset(out, 0, sizeof *out);
    for (struct slice word; (word = next_word(&typed)).n;) {
        if (read_filter(word, offset_min, out))
            continue;
        if (out->text_n + 1 + word.n > sizeof out->text)
            return;
        if (out->text_n)
            out->text[out->text_n++] = ' ';
        memcpy(out->text + out->text_n, word.p, word.n);
        out->text_n += (uint32_t)word.n;
    }
}
