/* JSON (RFC 8259): one strict linear scan over the raw bytes, which every text from a peer passes
 * before anything else looks at it, and slicing of raw values, so that relayed arguments travel as
 * the bytes they came in. Trees are built by cJSON, and only through json_parse, behind the scan.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct cJSON;

/* What the scan refuses, beside malformed text, invalid UTF-8 and bytes after the value. Zero
 * fields: the defaults of limits.h for typed payloads (JSON_DEPTH_MAX, JSON_VALUES_MAX). depth_max
 * is at most JSON_RELAY_DEPTH_MAX, and values_max at most JSON_VALUES_MAX unless duplicate keys are
 * allowed. */
struct json_limits {
    uint32_t depth_max;
    uint32_t values_max;
    bool allow_duplicate_keys; /* for relayed bytes, which nobody looks up by key */
};

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Check that text is exactly one JSON value within the limits (NULL: defaults). Leading and
 * trailing JSON white space is allowed. No allocation, O(n); looking for duplicate keys O(n log n).
 * Returns: ERR_OK | ERR_INVALID, not JSON or a key twice | ERR_LIMIT, too deep or too many values.
 */
NODISCARD enum err json_check(struct slice text, const struct json_limits *limits);

/* An array cut in one scan. first and rest are empty when there is no such element. */
struct json_array {
    struct slice whole; /* with brackets, without white space around */
    struct slice first; /* the raw first element */
    struct slice rest;  /* the elements after it, as they stand between the commas */
};
/* As json_check, and text must be an array, else ERR_INVALID. */
NODISCARD enum err json_check_array(struct slice text, const struct json_limits *limits,
                                    struct json_array *out);

/* The type of the value that starts text (white space skipped). Only for checked text. */
enum json_type json_type_of(struct slice text);

/* Walk the elements of a checked array, or the members of a checked object.
 *   struct json_iter it;
 *   for (json_iter_init(&it, array); json_iter_next(&it, NULL, &value);) ...
 * value (and key, with its quotes) are raw slices of the text, without surrounding white space. */
struct json_iter {
    struct slice rest;
};
void json_iter_init(struct json_iter *it, struct slice checked_array_or_object);
/* The same for bare elements joined by commas, such as the arguments of an event. */
void json_iter_init_elements(struct json_iter *it, struct slice checked_elements);
bool json_iter_next(struct json_iter *it, struct slice *key, struct slice *value);

/* The raw value of a member of a checked object, by its (unescaped) key; false when absent. */
bool json_get(struct slice checked_object, struct slice key, struct slice *value);

/* Walk every token of checked text in its order, commas and colons left out.
 * raw is the token's bytes. */
enum json_token {
    JSON_TOKEN_END,
    JSON_TOKEN_OPEN_OBJECT,
    JSON_TOKEN_CLOSE_OBJECT,
    JSON_TOKEN_OPEN_ARRAY,
    JSON_TOKEN_CLOSE_ARRAY,
    JSON_TOKEN_KEY,    /* a string with quotes, its value follows */
    JSON_TOKEN_SCALAR, /* null, true, false, a number or a string with quotes */
};
struct json_tokens {
    struct slice rest;
};
void json_tokens_init(struct json_tokens *t, struct slice checked_text);
enum json_token json_tokens_next(struct json_tokens *t, struct slice *raw);

/* True when the raw JSON string (with quotes) spells exactly s, escapes considered. */
bool json_string_eq(struct slice raw_string, struct slice s);
/* Append the unescaped contents of a raw JSON string (with quotes) to out. Lone surrogates become
 * U+FFFD, \u0000 a NUL byte.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err json_unescape(struct slice raw_string, struct buf *out);
/* Append s (valid UTF-8) as a JSON string with quotes, escaped as JSON.stringify does.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err json_quote(struct slice s, struct buf *out);

/* Check, then build a tree. A text with \u0000 or a lone surrogate in a string, which C strings
 * cannot carry, is refused too. Look members up with cJSON_GetObjectItemCaseSensitive: the other
 * one ignores case.
 * Returns: as json_check, or ERR_NOMEM; *out is set only on ERR_OK.
 * Owns:    the caller frees *out with cJSON_Delete. */
NODISCARD enum err json_parse(struct slice text, const struct json_limits *limits,
                              struct cJSON **out);
