/* See json_in.h. */
#include "json_in.h"

#include "json.h"

#include <string.h>

void json_in_start(struct json_in *in, struct slice object, struct arena *arena)
{
    *in = (struct json_in){.object = object, .arena = arena, .field = ""};
    if (object.n == 0 || json_type_of(object) != JSON_OBJECT) {
        json_in_fail(in, ERR_INVALID, "");
    }
}

void json_in_fail(struct json_in *in, enum err e, const char *field)
{
    if (e && !in->err) {
        in->err = e;
        in->field = field;
    }
}

bool json_in_raw(struct json_in *in, const char *key, struct slice *out)
{
    struct slice raw;
    if (in->err || !json_get(in->object, slice_str(key), &raw) || json_type_of(raw) == JSON_NULL) {
        return false;
    }
    *out = raw;
    return true;
}

bool json_value_int(struct slice raw, int64_t low, int64_t high, int64_t *out)
{
    bool negative = raw.n > 0 && raw.p[0] == '-';
    unsigned long long v;
    if (json_type_of(raw) != JSON_NUMBER ||
        !slice_to_u64(negative ? slice_from(raw, 1) : raw, INT64_MAX, &v)) {
        return false;
    }
    int64_t value = negative ? -(int64_t)v : (int64_t)v;
    if (value < low || value > high) {
        return false;
    }
    *out = value;
    return true;
}

bool json_in_int(struct json_in *in, const char *key, int64_t low, int64_t high, int64_t *out)
{
    struct slice raw;
    if (!json_in_raw(in, key, &raw)) {
        return false;
    }
    if (!json_value_int(raw, low, high, out)) {
        json_in_fail(in, ERR_INVALID, key);
        return false;
    }
    return true;
}

bool json_in_bool(struct json_in *in, const char *key, bool *out)
{
    struct slice raw;
    if (!json_in_raw(in, key, &raw)) {
        return false;
    }
    if (json_type_of(raw) != JSON_BOOL) {
        json_in_fail(in, ERR_INVALID, key);
        return false;
    }
    *out = raw.p[0] == 't';
    return true;
}

enum err json_value_text(struct slice raw, struct arena *arena, struct slice *out)
{
    if (json_type_of(raw) != JSON_STRING) {
        return ERR_INVALID;
    }
    struct slice inside = {raw.p + 1, raw.n - 2};
    if (!memchr(inside.p, '\\', inside.n)) {
        struct slice copy = arena_copy(arena, inside);
        if (!copy.p) {
            return ERR_NOMEM;
        }
        *out = copy;
        return ERR_OK;
    }
    /* Unescaped text is never longer than what it is written as. */
    struct buf text = {.max = raw.n};
    enum err e = json_unescape(raw, &text);
    if (!e) {
        struct slice copy = arena_copy(arena, buf_peek(&text));
        e = copy.p ? ERR_OK : ERR_NOMEM;
        *out = copy.p ? copy : *out;
    }
    buf_fini(&text);
    return e;
}

bool json_in_text(struct json_in *in, const char *key, struct slice *out)
{
    struct slice raw;
    if (!json_in_raw(in, key, &raw)) {
        return false;
    }
    enum err e = json_value_text(raw, in->arena, out);
    if (e) {
        json_in_fail(in, e, key);
    }
    return !e;
}

uint32_t json_value_count(struct slice array)
{
    struct json_iter it;
    struct slice value;
    uint32_t n = 0;
    for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value);) {
        n++;
    }
    return n;
}
