/* Results of everything that can fail. ERR_MORE is not a failure: feed more input. */
#pragma once

#include <stdbool.h>

#define ERR_LIST(X)                                                                                \
    X(ERR_OK, "ok")                                                                                \
    X(ERR_MORE, "more input needed")                                                               \
    X(ERR_PROTO, "protocol violation")                                                             \
    X(ERR_LIMIT, "limit exceeded")                                                                 \
    X(ERR_NOMEM, "out of memory")                                                                  \
    X(ERR_AUTH, "not allowed")                                                                     \
    X(ERR_RATE, "too many requests")                                                               \
    X(ERR_NOTFOUND, "not found")                                                                   \
    X(ERR_CONFLICT, "conflict")                                                                    \
    X(ERR_IO, "input/output error")                                                                \
    X(ERR_CLOSED, "closed")                                                                        \
    X(ERR_TIMEOUT, "timed out")                                                                    \
    X(ERR_INVALID, "invalid value")                                                                \
    X(ERR_INTERNAL, "internal error")

enum err {
#define X(name, text) name,
    ERR_LIST(X)
#undef X
};

/* The text of e, in English, for logs and people. Never NULL. */
const char *err_text(enum err e);
