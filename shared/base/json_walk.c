/* Walking checked JSON text: it is known to be well-formed, so every step is a short skip. */
#include "json.h"

#include "check.h"
#include "json_chars.h"

static const char *end_of(struct slice s)
{
    return s.n ? s.p + s.n : s.p;
}

static struct slice between(const char *from, const char *to)
{
    return (struct slice){from, (size_t)(to - from)};
}

/* Past a number or a word. */
static const char *skip_scalar(const char *p, const char *end)
{
    while (p < end && *p != ',' && *p != ']' && *p != '}' && !json_char_is(*p, JSON_C_WHITE))
        p++;
    return p;
}

/* Past the value that starts at p. */
static const char *skip_value(const char *p, const char *end)
{
    size_t depth = 0;

    do {
        if (*p == '"') {
            p = json_skip_string(p, end);
        } else if (*p == '[' || *p == '{') {
            depth++;
            p++;
        } else if (*p == ']' || *p == '}') {
            depth--;
            p++;
        } else if (depth > 0) {
            p++;
        } else {
            return skip_scalar(p, end);
        }
    } while (depth > 0 && p < end);
    return p;
}

enum json_type json_type_of(struct slice text)
{
    const char *p = json_skip_white(text.p, end_of(text));

    CHECK(p < end_of(text));
    switch (*p) {
    case 'n':
        return JSON_NULL;
    case 't':
    case 'f':
        return JSON_BOOL;
    case '"':
        return JSON_STRING;
    case '[':
        return JSON_ARRAY;
    case '{':
        return JSON_OBJECT;
    default:
        return JSON_NUMBER;
    }
}

void json_iter_init(struct json_iter *it, struct slice checked_array_or_object)
{
    const char *end = end_of(checked_array_or_object);
    const char *p = json_skip_white(checked_array_or_object.p, end);

    if (p < end && (*p == '[' || *p == '{'))
        it->rest = between(p + 1, end);
    else
        it->rest = between(end, end);
}

void json_iter_init_elements(struct json_iter *it, struct slice checked_elements)
{
    it->rest = checked_elements;
}

bool json_iter_next(struct json_iter *it, struct slice *key, struct slice *value)
{
    const char *end = end_of(it->rest);
    const char *p = json_skip_white(it->rest.p, end);

    if (p < end && *p == ',')
        p = json_skip_white(p + 1, end);
    if (p == end || *p == ']' || *p == '}') {
        it->rest = between(end, end);
        return false;
    }

    const char *from = p;
    struct slice name = {p, 0};
    p = skip_value(p, end);
    const char *behind = json_skip_white(p, end);
    if (behind < end && *behind == ':') {
        name = between(from, p);
        from = json_skip_white(behind + 1, end);
        p = skip_value(from, end);
    }
    if (key)
        *key = name;
    *value = between(from, p);
    it->rest = between(p, end);
    return true;
}

bool json_get(struct slice checked_object, struct slice key, struct slice *value)
{
    struct json_iter it;
    struct slice name, found;

    json_iter_init(&it, checked_object);
    while (json_iter_next(&it, &name, &found)) {
        if (name.n > 0 && json_string_eq(name, key)) {
            *value = found;
            return true;
        }
    }
    return false;
}

void json_tokens_init(struct json_tokens *t, struct slice checked_text)
{
    t->rest = checked_text;
}

enum json_token json_tokens_next(struct json_tokens *t, struct slice *raw)
{
    const char *end = end_of(t->rest);
    const char *p = t->rest.p;
    enum json_token token;

    while (p < end && (json_char_is(*p, JSON_C_WHITE) || *p == ','))
        p++;
    const char *from = p;
    if (p == end) {
        token = JSON_TOKEN_END;
    } else if (*p == '{' || *p == '[') {
        token = *p++ == '{' ? JSON_TOKEN_OPEN_OBJECT : JSON_TOKEN_OPEN_ARRAY;
    } else if (*p == '}' || *p == ']') {
        token = *p++ == '}' ? JSON_TOKEN_CLOSE_OBJECT : JSON_TOKEN_CLOSE_ARRAY;
    } else {
        token = JSON_TOKEN_SCALAR;
        p = *p == '"' ? json_skip_string(p, end) : skip_scalar(p, end);
    }
    *raw = between(from, p);
    p = json_skip_white(p, end);
    if (p < end && *p == ':') {
        token = JSON_TOKEN_KEY;
        p++;
    }
    t->rest = between(p, end);
    return token;
}
