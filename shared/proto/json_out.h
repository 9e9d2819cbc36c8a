/* Writing JSON objects member by member. The first failure sticks and nothing more is written; json_out_end gives it, and takes back
 * what was written then.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct json_out {
    struct buf *buf;
    size_t start_n;
    enum err err;
    bool comma; /* the next member or element is not the first */
};

/* Borrows the buffer until the end. */
void json_out_start(struct json_out *o, struct buf *buf);
/* Returns: ERR_OK, or the first failure: the buffer is as it was at the start. */
NODISCARD enum err json_out_end(struct json_out *o);

/* key is plain ASCII without anything to escape, NULL for the elements of an array. */
void json_out_object(struct json_out *o, const char *key);
void json_out_object_end(struct json_out *o);
void json_out_array(struct json_out *o, const char *key);
void json_out_array_end(struct json_out *o);
void json_out_int(struct json_out *o, const char *key, int64_t v);
void json_out_bool(struct json_out *o, const char *key, bool v);
void json_out_text(struct json_out *o, const char *key, struct slice v);
/* raw is a JSON value, as it is. */
void json_out_raw(struct json_out *o, const char *key, struct slice raw);
