/* The answers a connection waits for. Every one is called back exactly once, unless the table is
 * freed first. */
#pragma once

#include "check.h"
#include "err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many may be waited for at a time. */
#define ACKS_MAX 4096

struct sock_args;
typedef void (*acks_fn)(void *user, enum err result, const struct sock_args *answer);

struct ack {
    struct ack *next;
    uint64_t id;
    acks_fn fn;
    void *user;
    int64_t due_ms;  /* INT64_MAX: waits for ever */
    enum err result; /* what it ends with when due */
    bool sent;       /* handed to the connection: ends when that is lost */
};

/* Inv: first..last is the order of adding; due_ms is not later than any entry's. Zero is empty. */
struct acks {
    struct ack *first;
    struct ack *last;
    size_t n;
    int64_t due_ms;
};

void acks_init(struct acks *a);
/* Frees without calling back. */
void acks_fini(struct acks *a);
/* Add one; the fields of like are copied. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err acks_add(struct acks *a, const struct ack *like);
/* Unlink the one with this id, NULL when there is none. Owns: the caller frees it with mem_free. */
struct ack *acks_take(struct acks *a, uint64_t id);
void acks_mark_sent(struct acks *a, uint64_t id);
/* Make those that were sent (all: every one) due at once, ending with ERR_CLOSED. */
void acks_close(struct acks *a, bool all);
/* Let one end with result at once. */
void acks_end(struct acks *a, uint64_t id, enum err result);
/* Unlink the oldest that is due, NULL when there is none left. Owns: as acks_take. */
struct ack *acks_take_due(struct acks *a, int64_t now_ms);
