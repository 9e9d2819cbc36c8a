/* Characters as the JSON units see them. Private to shared/base/json*.c. */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

enum json_char_class {
    JSON_C_PLAIN = 0,   /* stands for itself in a string */
    JSON_C_SPECIAL = 1, /* in a string: a quote, a backslash, a control character or the start of
                           non-ASCII text */
    JSON_C_WHITE = 2,
    JSON_C_DIGIT = 4,
};
extern const uint8_t json_char_classes[256];

static inline bool json_char_is(char c, enum json_char_class class)
{
    return (json_char_classes[(uint8_t)c] & (uint8_t) class) != 0;
}

static inline const char *json_skip_white(const char *p, const char *end)
{
    while (p < end && json_char_is(*p, JSON_C_WHITE))
        p++;
    return p;
}

#define JSON_ONES  UINT64_C(0x0101010101010101)
#define JSON_HIGHS UINT64_C(0x8080808080808080)

/* Eight bytes at once: true when one of them is a quote or a backslash. */
static inline bool json_word_has_mark(uint64_t word)
{
    uint64_t quote = word ^ JSON_ONES * '"';
    uint64_t backslash = word ^ JSON_ONES * '\\';

    return (((quote - JSON_ONES) & ~quote & JSON_HIGHS) |
            ((backslash - JSON_ONES) & ~backslash & JSON_HIGHS)) != 0;
}

/* The first byte from p on that is special within a string. */
const char *json_skip_plain(const char *p, const char *end);

/* Of checked text: past the string whose opening quote is at p. */
const char *json_skip_string(const char *p, const char *end);

/* Of checked text: the next character of a string, escapes resolved, and *p advanced;
 * JSON_STRING_END at the closing quote (not passed). A lone surrogate is U+FFFD. */
#define JSON_STRING_END UINT32_MAX
uint32_t json_next_char(const char **p, const char *end);

/* True when the raw string (with quotes) of checked text has an escaped NUL or half a surrogate
 * pair. */
bool json_string_is_lossy(struct slice raw_string);

/* True when an object of the checked text has two equal keys. At most JSON_VALUES_MAX keys may be
 * open at a time. */
bool json_has_duplicate_keys(struct slice checked_text);
