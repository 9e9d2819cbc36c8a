/* Trees for those who need one: cJSON behind the scan. */
#include "json.h"

#include "check.h"
#include "json_chars.h"
#include <cJSON.h>

/* True when a string has what C strings cannot carry and cJSON would cut or refuse: a NUL, or half
 * a surrogate pair. */
static bool has_unusable_char(struct slice checked_text)
{
    struct json_tokens tokens;
    struct slice raw;
    enum json_token token;

    if (slice_find(checked_text, '\\') == checked_text.n)
        return false;
    json_tokens_init(&tokens, checked_text);
    while ((token = json_tokens_next(&tokens, &raw)) != JSON_TOKEN_END) {
        if (raw.p[0] == '"' && json_string_is_lossy(raw))
            return true;
    }
    return false;
}

enum err json_parse(struct slice text, const struct json_limits *limits, struct cJSON **out)
{
    CHECK(!limits || limits->depth_max <= CJSON_NESTING_LIMIT);
    enum err e = json_check(text, limits);
    if (e)
        return e;
    if (has_unusable_char(text))
        return ERR_INVALID;
    struct cJSON *tree = cJSON_ParseWithLengthOpts(text.p, text.n, NULL, 0);
    if (!tree)
        return ERR_NOMEM;
    *out = tree;
    return ERR_OK;
}
