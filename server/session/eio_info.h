/* What a session keeps of the request that opened it, and a handler may ask of the POST it is
 * called for: one immutable block, shared by references because it outlives the session where a
 * handler still holds it. */
#pragma once

#include "http_message.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct eio_info {
    _Atomic unsigned refs;
    struct slice path, query, address;
    struct slice headers; /* lines "name: value\r\n" */
    int64_t time_ms;      /* UTC */
    bool tls;
    char bytes[];
};

/* Copy, of the headers only those that are named (names NULL: all). NULL: no memory. Owns: the caller
 * has the one reference. */
struct eio_info *eio_info_new(const struct http_request *request, const struct slice *names,
                              unsigned names_n);
/* Thread: any. NULL is harmless. */
void eio_info_ref(struct eio_info *info);
void eio_info_unref(struct eio_info *info);
/* The value of a header, case-insensitively; empty when absent. */
struct slice eio_info_header(const struct eio_info *info, struct slice name);
/* Cut the next header off rest, which starts as info->headers; false at the end. */
bool eio_info_next(struct slice *rest, struct slice *name, struct slice *value);
