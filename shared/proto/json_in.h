/* Reading the members of a checked JSON object into typed values. The first failure sticks: its cause, and the name of the member. Absent
 * and null members leave their value as it is and give false.
 */
#pragma once

#include "arena.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct json_in {
    struct slice object;
    struct arena *arena;
    enum err err;      /* ERR_OK | ERR_INVALID, of another type or out of range | ERR_NOMEM */
    const char *field; /* the member that failed */
};

/* object has passed json_check; if it is none, everything fails. */
void json_in_start(struct json_in *in, struct slice object, struct arena *arena);
bool json_in_raw(struct json_in *in, const char *key, struct slice *out);
/* Whole numbers from low to high only. */
bool json_in_int(struct json_in *in, const char *key, int64_t low, int64_t high, int64_t *out);
bool json_in_bool(struct json_in *in, const char *key, bool *out);
/* Unescaped into the arena. */
bool json_in_text(struct json_in *in, const char *key, struct slice *out);
/* ERR_OK is none. */
void json_in_fail(struct json_in *in, enum err e, const char *field);

/* The same of a bare value. */
bool json_value_int(struct slice raw, int64_t low, int64_t high, int64_t *out);
enum err json_value_text(struct slice raw, struct arena *arena, struct slice *out);
/* How many elements a checked array has. */
uint32_t json_value_count(struct slice array);
