/* See map.h. Source of the hash: SipHash (Aumasson, Bernstein), 1 and 3 rounds. */
#include "map.h"

#include "mem.h"

struct map_entry {
    struct map_entry *next;
    void *value;
    uint64_t hash;
    size_t key_n;
    char key[];
};

static uint64_t seed[2];

void map_seed(uint64_t k0, uint64_t k1)
{
    seed[0] = k0;
    seed[1] = k1;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t hash_of(struct slice key)
{
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575u, seed[1] ^ 0x646f72616e646f6du,
                     seed[0] ^ 0x6c7967656e657261u, seed[1] ^ 0x7465646279746573u};
    uint64_t last = (uint64_t)key.n << 56;
    size_t i = 0;
    for (; key.n - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, key.p + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (unsigned shift = 0; i < key.n; i++, shift += 8) {
        last |= (uint64_t)(unsigned char)key.p[i] << shift;
    }
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct map_entry **find(const struct map *m, struct slice key, uint64_t hash)
{
    if (m->buckets_n == 0) {
        return NULL;
    }
    struct map_entry **at = &m->buckets[hash & (m->buckets_n - 1)];
    while (*at &&
           !((*at)->hash == hash && slice_eq((struct slice){(*at)->key, (*at)->key_n}, key))) {
        at = &(*at)->next;
    }
    return at;
}

static bool grow(struct map *m)
{
    uint32_t n = m->buckets_n ? m->buckets_n * 2 : 8;
    struct map_entry **buckets = mem_zalloc(n * sizeof(struct map_entry *));
    if (!buckets) {
        return m->buckets_n > 0; /* longer chains, but right */
    }
    for (uint32_t i = 0; i < m->buckets_n; i++) {
        for (struct map_entry *e = m->buckets[i], *next; e; e = next) {
            next = e->next;
            e->next = buckets[e->hash & (n - 1)];
            buckets[e->hash & (n - 1)] = e;
        }
    }
    mem_free(m->buckets);
    m->buckets = buckets;
    m->buckets_n = n;
    return true;
}

enum err map_set(struct map *m, struct slice key, void *value)
{
    uint64_t hash = hash_of(key);
    struct map_entry **at = find(m, key, hash);
    CHECK(value);
    if (at && *at) {
        (*at)->value = value;
        return ERR_OK;
    }
    struct map_entry *e = mem_alloc(sizeof *e + key.n);
    if (!e || (m->n >= m->buckets_n && !grow(m))) {
        mem_free(e);
        return ERR_NOMEM;
    }
    struct map_entry **bucket = &m->buckets[hash & (m->buckets_n - 1)];
    e->next = *bucket;
    e->value = value;
    e->hash = hash;
    e->key_n = key.n;
    if (key.n > 0) {
        memcpy(e->key, key.p, key.n);
    }
    *bucket = e;
    m->n++;
    return ERR_OK;
}

void *map_get(const struct map *m, struct slice key)
{
    struct map_entry **at = find(m, key, hash_of(key));
    return at && *at ? (*at)->value : NULL;
}

void *map_remove(struct map *m, struct slice key)
{
    struct map_entry **at = find(m, key, hash_of(key));
    if (!at || !*at) {
        return NULL;
    }
    struct map_entry *e = *at;
    void *value = e->value;
    *at = e->next;
    mem_free(e);
    m->n--;
    return value;
}

void map_fini(struct map *m)
{
    for (uint32_t i = 0; i < m->buckets_n; i++) {
        while (m->buckets[i]) {
            struct map_entry *e = m->buckets[i];
            m->buckets[i] = e->next;
            mem_free(e);
        }
    }
    mem_free(m->buckets);
    *m = (struct map){0};
}

void *map_next(const struct map *m, struct map_iter *it, struct slice *key)
{
    while (!it->next) {
        if (it->bucket == m->buckets_n) {
            return NULL;
        }
        it->next = m->buckets[it->bucket++];
    }
    struct map_entry *e = it->next;
    it->next = e->next;
    if (key) {
        *key = (struct slice){e->key, e->key_n};
    }
    return e->value;
}
