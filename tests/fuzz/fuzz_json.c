/* Any bytes through the scan; what it accepts must be walked, unescaped and built into a tree
 * without a contradiction. */
#include "json.h"

#include "check.h"
#include "limits.h"
#include "mem.h"
#include "utf8.h"
#include <cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json_limits typed_but_keys = {.allow_duplicate_keys = true};
static const struct json_limits relay = {JSON_RELAY_DEPTH_MAX, JSON_RELAY_VALUES_MAX, true};

/* Unescaped text is UTF-8, spells the string, and quoted and unescaped again is the same. */
static void check_string(struct slice raw)
{
    struct buf plain = {.max = raw.n};
    struct buf quoted = {.max = raw.n * 6 + 2};
    struct buf again = {.max = raw.n};

    CHECK(json_unescape(raw, &plain) == ERR_OK);
    CHECK(utf8_valid(buf_peek(&plain)));
    CHECK(json_string_eq(raw, buf_peek(&plain)));
    CHECK(json_quote(buf_peek(&plain), &quoted) == ERR_OK);
    CHECK(json_check(buf_peek(&quoted), NULL) == ERR_OK);
    CHECK(json_unescape(buf_peek(&quoted), &again) == ERR_OK);
    CHECK(slice_eq(buf_peek(&plain), buf_peek(&again)));
    buf_fini(&plain);
    buf_fini(&quoted);
    buf_fini(&again);
}

/* Every scalar is a value of its own, and brackets match. */
static void check_tokens(struct slice text)
{
    struct json_tokens tokens;
    struct slice raw;
    enum json_token token;
    long depth = 0;

    json_tokens_init(&tokens, text);
    while ((token = json_tokens_next(&tokens, &raw)) != JSON_TOKEN_END) {
        CHECK(raw.n > 0);
        if (token == JSON_TOKEN_OPEN_OBJECT || token == JSON_TOKEN_OPEN_ARRAY) {
            depth++;
        } else if (token == JSON_TOKEN_CLOSE_OBJECT || token == JSON_TOKEN_CLOSE_ARRAY) {
            CHECK(--depth >= 0);
        } else {
            CHECK(json_check(raw, NULL) == ERR_OK);
            if (raw.p[0] == '"')
                check_string(raw);
        }
    }
    CHECK(depth == 0);
}

/* The members of the value, and those one level down: each is a whole value with the type it is
 * said to have. */
static unsigned check_walk(struct slice text, int levels)
{
    struct json_iter it;
    struct slice key, value, found;
    unsigned n = 0;

    json_iter_init(&it, text);
    while (json_iter_next(&it, &key, &value)) {
        n++;
        CHECK(json_check(value, &relay) == ERR_OK);
        if (key.n > 0 && levels > 0) {
            struct buf plain = {.max = key.n};
            CHECK(json_unescape(key, &plain) == ERR_OK);
            CHECK(json_get(text, buf_peek(&plain), &found));
            CHECK(found.p <= value.p); /* the first of equal keys */
            buf_fini(&plain);
        }
        enum json_type type = json_type_of(value);
        if (levels > 0 && (type == JSON_ARRAY || type == JSON_OBJECT))
            (void)check_walk(value, levels - 1);
    }
    return n;
}

/* How often the key stands in the object that begins text. */
static unsigned count_key(struct slice text, struct slice raw_key)
{
    struct buf plain = {.max = raw_key.n};
    struct json_iter it;
    struct slice key, value;
    unsigned n = 0;

    CHECK(json_unescape(raw_key, &plain) == ERR_OK);
    json_iter_init(&it, text);
    while (json_iter_next(&it, &key, &value))
        n += json_string_eq(key, buf_peek(&plain));
    buf_fini(&plain);
    return n;
}

/* The slow way to find a key that stands twice in one object. */
static bool has_duplicate(struct slice text)
{
    struct json_tokens tokens;
    struct slice raw;
    enum json_token token;

    json_tokens_init(&tokens, text);
    while ((token = json_tokens_next(&tokens, &raw)) != JSON_TOKEN_END) {
        struct slice object = slice_from(text, (size_t)(raw.p - text.p));
        struct json_iter it;
        struct slice key, value;
        if (token != JSON_TOKEN_OPEN_OBJECT)
            continue;
        json_iter_init(&it, object);
        while (json_iter_next(&it, &key, &value)) {
            if (count_key(object, key) > 1)
                return true;
        }
    }
    return false;
}

/* cJSON takes what the scan took, and finds as many members. It refuses and cuts some that we
 * accept (json_parse knows which), and accepts much that we do not, so that is the one direction
 * that can be held. */
static void check_tree(struct slice text, unsigned members_n)
{
    struct cJSON *tree = NULL;

    enum err e = json_parse(text, NULL, &tree);
    CHECK(e == ERR_OK || e == ERR_INVALID);
    if (e)
        return;
    CHECK((unsigned)cJSON_GetArraySize(tree) == members_n);
    char *printed = cJSON_PrintUnformatted(tree);
    CHECK(printed);
    CHECK(json_check(slice_str(printed), &relay) == ERR_OK);
    mem_free(printed);
    cJSON_Delete(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice text = {(const char *)data, size};
    struct json_array array;

    enum err typed = json_check(text, NULL);
    enum err relayed = json_check(text, &relay);
    CHECK(relayed != ERR_OK || utf8_valid(text));
    CHECK(typed != ERR_OK || relayed == ERR_OK);
    if (size < 2000 && json_check(text, &typed_but_keys) == ERR_OK)
        CHECK((typed == ERR_OK) == !has_duplicate(text));

    enum err cut = json_check_array(text, &relay, &array);
    CHECK((cut == ERR_OK) == (relayed == ERR_OK && json_type_of(text) == JSON_ARRAY));
    if (cut == ERR_OK && array.first.n > 0) {
        struct json_iter it;
        struct slice value;
        CHECK(json_check(array.first, &relay) == ERR_OK);
        json_iter_init_elements(&it, array.rest);
        while (json_iter_next(&it, NULL, &value))
            CHECK(json_check(value, &relay) == ERR_OK);
    }
    if (relayed == ERR_OK) {
        unsigned members_n = check_walk(text, 1);
        check_tokens(text);
        if (typed == ERR_OK)
            check_tree(text, members_n);
    }
    return 0;
}
