/* The answers a connection waits for. */
#include "acks.h"

#include "mem.h"

void acks_init(struct acks *a)
{
    *a = (struct acks){.due_ms = INT64_MAX};
}

void acks_fini(struct acks *a)
{
    while (a->first) {
        struct ack *ack = a->first;
        a->first = ack->next;
        mem_free(ack);
    }
    acks_init(a);
}

enum err acks_add(struct acks *a, const struct ack *like)
{
    if (a->n >= ACKS_MAX) {
        return ERR_LIMIT;
    }
    struct ack *ack = mem_alloc(sizeof *ack);
    if (!ack) {
        return ERR_NOMEM;
    }
    *ack = *like;
    ack->next = NULL;
    if (a->last) {
        a->last->next = ack;
    } else {
        a->first = ack;
    }
    a->last = ack;
    a->n++;
    if (ack->due_ms < a->due_ms) {
        a->due_ms = ack->due_ms;
    }
    return ERR_OK;
}

static struct ack *unlink_after(struct acks *a, struct ack *before)
{
    struct ack *ack = before ? before->next : a->first;
    if (before) {
        before->next = ack->next;
    } else {
        a->first = ack->next;
    }
    if (a->last == ack) {
        a->last = before;
    }
    a->n--;
    if (a->n == 0) {
        a->due_ms = INT64_MAX;
    }
    return ack;
}

struct ack *acks_take(struct acks *a, uint64_t id)
{
    struct ack *before = NULL;
    for (struct ack *ack = a->first; ack; before = ack, ack = ack->next) {
        if (ack->id == id) {
            return unlink_after(a, before);
        }
    }
    return NULL;
}

void acks_mark_sent(struct acks *a, uint64_t id)
{
    for (struct ack *ack = a->first; ack; ack = ack->next) {
        if (ack->id == id) {
            ack->sent = true;
            return;
        }
    }
}

struct ack *acks_take_due(struct acks *a, int64_t now_ms)
{
    struct ack *before = NULL;
    int64_t due_ms = INT64_MAX;
    if (now_ms < a->due_ms) {
        return NULL;
    }
    for (struct ack *ack = a->first; ack; before = ack, ack = ack->next) {
        if (ack->due_ms <= now_ms) {
            return unlink_after(a, before);
        }
        if (ack->due_ms < due_ms) {
            due_ms = ack->due_ms;
        }
    }
    a->due_ms = due_ms;
    return NULL;
}

static void end(struct acks *a, struct ack *ack, enum err result)
{
    ack->result = result;
    ack->due_ms = INT64_MIN;
    a->due_ms = INT64_MIN;
}

void acks_close(struct acks *a, bool all)
{
    for (struct ack *ack = a->first; ack; ack = ack->next) {
        if (all || ack->sent) {
            end(a, ack, ERR_CLOSED);
        }
    }
}

void acks_end(struct acks *a, uint64_t id, enum err result)
{
    for (struct ack *ack = a->first; ack; ack = ack->next) {
        if (ack->id == id) {
            end(a, ack, result);
            return;
        }
    }
}
