/* See content_type.h. */
#include "content_type.h"

#define HASH_DIGITS_MIN 8

struct slice content_type_of(struct slice name)
{
    static const struct {
        struct slice ending, type;
    } types[] = {
#define TYPE(ending, type)                                                                         \
    {                                                                                              \
        {ending, sizeof ending - 1},                                                               \
        {                                                                                          \
            type, sizeof type - 1                                                                  \
        }                                                                                          \
    }
        TYPE("html", "text/html; charset=utf-8"),
        TYPE("js", "text/javascript; charset=utf-8"),
        TYPE("mjs", "text/javascript; charset=utf-8"),
        TYPE("wasm", "application/wasm"),
        TYPE("css", "text/css; charset=utf-8"),
        TYPE("svg", "image/svg+xml"),
        TYPE("png", "image/png"),
        TYPE("ico", "image/x-icon"),
        TYPE("webp", "image/webp"),
        TYPE("jpg", "image/jpeg"),
        TYPE("woff2", "font/woff2"),
        TYPE("webmanifest", "application/manifest+json"),
        TYPE("json", "application/json"),
        TYPE("map", "application/json"),
        TYPE("txt", "text/plain; charset=utf-8"),
        TYPE("mp3", "audio/mpeg"),
#undef TYPE
    };
    struct slice ending = name;
    for (size_t dot; (dot = slice_find(ending, '.')) < ending.n;) {
        ending = slice_from(ending, dot + 1);
    }
    for (size_t i = 0; ending.n < name.n && i < sizeof types / sizeof *types; i++) {
        if (slice_eq_nocase(ending, types[i].ending)) {
            return types[i].type;
        }
    }
    return SL("application/octet-stream");
}

static bool is_hash(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return s.n >= HASH_DIGITS_MIN;
}

bool content_name_is_hashed(struct slice name)
{
    size_t dot = slice_find(name, '.');
    bool first = true;
    while (dot < name.n) { /* what ends in a dot and follows one */
        if (!first && is_hash((struct slice){name.p, dot})) {
            return true;
        }
        first = false;
        name = slice_from(name, dot + 1);
        dot = slice_find(name, '.');
    }
    return false;
}
