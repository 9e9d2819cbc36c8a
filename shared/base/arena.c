/* See arena.h. */
#include "arena.h"

#include "mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define ALIGNMENT       alignof(max_align_t)
#define CHUNK_BYTES_MIN 1024

struct arena_chunk {
    struct arena_chunk *next;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max = max_bytes};
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > SIZE_MAX - sizeof(struct arena_chunk) - CHUNK_BYTES_MIN) {
        return NULL;
    }
    size_t wanted = n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (wanted > a->max - a->used) {
        return NULL;
    }
    if (wanted > a->left) {
        size_t bytes = wanted > CHUNK_BYTES_MIN ? wanted : CHUNK_BYTES_MIN;
        struct arena_chunk *chunk = mem_alloc(sizeof *chunk + bytes);
        if (!chunk) {
            return NULL;
        }
        chunk->next = a->chunks;
        a->chunks = chunk;
        a->at = chunk->bytes;
        a->left = bytes;
    }
    void *p = a->at;
    a->at += wanted;
    a->left -= wanted;
    a->used += wanted;
    memset(p, 0, wanted);
    return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    return size > 0 && n > SIZE_MAX / size ? NULL : arena_alloc(a, n * size);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
    char *p = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;
    if (!p) {
        return (struct slice){NULL, 0};
    }
    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    return (struct slice){p, s.n};
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->chunks, a->at, a->left, a->used};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    while (a->chunks != mark.chunks) {
        struct arena_chunk *chunk = a->chunks;
        a->chunks = chunk->next;
        mem_free(chunk);
    }
    a->at = mark.at;
    a->left = mark.left;
    a->used = mark.used;
}

void arena_fini(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *chunk = a->chunks;
        a->chunks = chunk->next;
        mem_free(chunk);
    }
    *a = (struct arena){.max = a->max};
}
