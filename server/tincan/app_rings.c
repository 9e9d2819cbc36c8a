/* See app_rings.h. */
#include "app_rings.h"

#include "buf.h"
#include "check.h"
#include "mem.h"

struct ring {
    struct app_logged **v;
    size_t head, n, cap;
    size_t bytes;
    uint64_t lost;
    int64_t lost_at_us;
};

struct app_logged {
    struct app_logged *older, *newer;
    uint64_t number;
    int64_t at_us;
    size_t bytes; /* of memory */
    size_t except_n, frames_n;
    char *except, *frames;
    size_t rings_n; /* that still have it */
    size_t rings_cap;
    struct ring *rings[]; /* NULL: dropped there */
};

/* --- entries --- */

static struct app_logged *make_logged(const struct app_record *record)
{
    size_t rooms_n = record->rooms ? 0 : 1;
    while (record->rooms && record->rooms[rooms_n]) {
        rooms_n++;
    }
    size_t except_bytes = record->except_n * APP_RINGS_ID_BYTES;
    size_t bytes = sizeof(struct app_logged) + rooms_n * sizeof(struct ring *) + except_bytes +
                   record->frames.n;
    struct app_logged *l = mem_zalloc(bytes);
    if (!l) {
        return NULL;
    }
    l->number = record->number;
    l->at_us = record->at_us;
    l->bytes = bytes;
    l->rings_cap = rooms_n;
    l->except_n = record->except_n;
    l->frames_n = record->frames.n;
    l->except = (char *)&l->rings[rooms_n];
    l->frames = l->except + except_bytes;
    if (except_bytes > 0) {
        memcpy(l->except, record->except, except_bytes);
    }
    if (record->frames.n > 0) {
        memcpy(l->frames, record->frames.p, record->frames.n);
    }
    return l;
}

static void free_logged(struct app_rings *r, struct app_logged *l)
{
    CHECK(l->rings_n == 0);
    *(l->older ? &l->older->newer : &r->oldest) = l->newer;
    *(l->newer ? &l->newer->older : &r->newest) = l->older;
    r->bytes -= l->bytes;
    mem_free(l);
}

/* --- rings --- */

/* Take the oldest entry of a ring off; returns it if no other ring has it. */
static struct app_logged *pop(struct ring *ring)
{
    struct app_logged *l = ring->v[ring->head];
    ring->bytes -= l->frames_n;
    ring->head = (ring->head + 1) % ring->cap;
    ring->n--;
    for (size_t i = 0; i < l->rings_cap; i++) {
        if (l->rings[i] == ring) {
            l->rings[i] = NULL;
            l->rings_n--;
        }
    }
    return l->rings_n == 0 ? l : NULL;
}

/* Take the oldest entry of all off every ring: it is the oldest of each. */
static void drop_oldest(struct app_rings *r)
{
    struct app_logged *l = r->oldest;
    for (size_t i = 0; i < l->rings_cap; i++) {
        struct ring *ring = l->rings[i];
        if (ring) {
            CHECK(ring->n > 0 && ring->v[ring->head] == l);
            pop(ring);
        }
    }
    free_logged(r, l);
}

static bool grow(struct ring *ring)
{
    size_t cap = ring->cap ? ring->cap * 2 : 8;
    struct app_logged **v = mem_alloc(cap * sizeof(struct app_logged *));
    if (!v) {
        return false;
    }
    for (size_t i = 0; i < ring->n; i++) {
        v[i] = ring->v[(ring->head + i) % ring->cap];
    }
    mem_free(ring->v);
    ring->v = v;
    ring->head = 0;
    ring->cap = cap;
    return true;
}

static void free_ring(struct ring *ring)
{
    mem_free(ring->v);
    mem_free(ring);
}

/* "nsp NUL room"; the whole namespace's is "nsp NUL NUL", which no room can be called. */
static bool make_key(struct buf *key, struct slice nsp, const char *room)
{
    buf_init(key, SIZE_MAX);
    return buf_put(key, nsp) == ERR_OK && buf_putc(key, '\0') == ERR_OK &&
           (room ? buf_put(key, slice_str(room)) : buf_putc(key, '\0')) == ERR_OK;
}

/* *missing: there is no memory to look. */
static struct ring *find_ring(const struct app_rings *r, struct slice nsp, const char *room,
                              bool *missing)
{
    struct buf key;
    *missing = !make_key(&key, nsp, room);
    struct ring *ring = *missing ? NULL : map_get(&r->rings, buf_peek(&key));
    buf_fini(&key);
    return ring;
}

static struct ring *need_ring(struct app_rings *r, struct slice nsp, const char *room)
{
    struct buf key;
    struct ring *ring = NULL;
    if (make_key(&key, nsp, room) && !(ring = map_get(&r->rings, buf_peek(&key)))) {
        ring = mem_zalloc(sizeof *ring);
        if (ring && map_set(&r->rings, buf_peek(&key), ring) != ERR_OK) {
            mem_free(ring);
            ring = NULL;
        }
    }
    buf_fini(&key);
    return ring;
}

void app_rings_init(struct app_rings *r, size_t ring_bytes_max, size_t bytes_max)
{
    *r = (struct app_rings){.ring_bytes_max = ring_bytes_max, .bytes_max = bytes_max};
}

void app_rings_fini(struct app_rings *r)
{
    struct map_iter it = {0};
    struct ring *ring;
    while (r->oldest) {
        drop_oldest(r);
    }
    while ((ring = map_next(&r->rings, &it, NULL))) {
        free_ring(ring);
    }
    map_fini(&r->rings);
}

/* --- keeping --- */

static bool add_to(struct app_rings *r, struct slice nsp, const char *room, struct app_logged *l,
                   size_t at)
{
    struct ring *ring = need_ring(r, nsp, room);
    if (!ring || (ring->n == ring->cap && !grow(ring))) {
        return false;
    }
    if (ring->n > 0 && ring->v[(ring->head + ring->n - 1) % ring->cap] == l) {
        return true; /* the room is named twice */
    }
    ring->v[(ring->head + ring->n++) % ring->cap] = l;
    ring->bytes += l->frames_n;
    l->rings[at] = ring;
    l->rings_n++;
    while (ring->bytes > r->ring_bytes_max && ring->n > 1) {
        ring->lost = ring->v[ring->head]->number;
        ring->lost_at_us = l->at_us;
        struct app_logged *alone = pop(ring);
        if (alone) {
            free_logged(r, alone);
        }
    }
    if (ring->bytes > r->ring_bytes_max) { /* l itself: its caller frees it if nobody has it */
        ring->lost = l->number;
        ring->lost_at_us = l->at_us;
        pop(ring);
    }
    return true;
}

void app_rings_add(struct app_rings *r, const struct app_record *record)
{
    struct app_logged *l = make_logged(record);
    if (!l) {
        r->lost = record->number;
        return;
    }
    l->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = l;
    r->newest = l;
    r->bytes += l->bytes;
    bool ok = record->rooms || add_to(r, record->nsp, NULL, l, 0);
    for (size_t i = 0; record->rooms && record->rooms[i]; i++) {
        ok = add_to(r, record->nsp, record->rooms[i], l, i) && ok;
    }
    if (!ok) {
        r->lost = record->number;
    }
    if (l->rings_n == 0) {
        free_logged(r, l);
    }
    while (r->bytes > r->bytes_max) {
        r->lost = r->oldest->number;
        drop_oldest(r);
    }
}

bool app_rings_prune(struct app_rings *r, int64_t before_us)
{
    struct map_iter it = {0};
    struct slice key;
    struct ring *ring;
    while (r->oldest && r->oldest->at_us < before_us) {
        drop_oldest(r);
    }
    while ((ring = map_next(&r->rings, &it, &key))) {
        if (ring->n == 0 && (ring->lost == 0 || ring->lost_at_us < before_us)) {
            map_remove(&r->rings, key);
            free_ring(ring);
        }
    }
    return r->rings.n > 0;
}

/* --- giving back --- */

bool app_rings_complete(const struct app_rings *r, struct slice nsp, const char *room,
                        uint64_t number)
{
    bool missing;
    const struct ring *ring = find_ring(r, nsp, room, &missing);
    return r->lost <= number && !missing && (!ring || ring->lost <= number);
}

static bool excepts(const struct app_logged *l, const char *id)
{
    for (size_t i = 0; i < l->except_n; i++) {
        if (memcmp(l->except + i * APP_RINGS_ID_BYTES, id, APP_RINGS_ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static enum err put_missed(struct app_missed *out, struct app_logged *l)
{
    if (out->n == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 32;
        struct app_logged **v = mem_realloc(out->v, cap * sizeof(struct app_logged *));
        if (!v) {
            return ERR_NOMEM;
        }
        out->v = v;
        out->cap = cap;
    }
    out->v[out->n++] = l;
    return ERR_OK;
}

enum err app_rings_collect(const struct app_rings *r, struct slice nsp, const char *room,
                           uint64_t number, const char *id, struct app_missed *out)
{
    bool missing;
    const struct ring *ring = find_ring(r, nsp, room, &missing);
    enum err e = missing ? ERR_NOMEM : ERR_OK;
    for (size_t i = 0; ring && i < ring->n && e == ERR_OK; i++) {
        struct app_logged *l = ring->v[(ring->head + i) % ring->cap];
        if (l->number > number && !excepts(l, id)) {
            e = put_missed(out, l);
        }
    }
    return e;
}

static int by_number(const void *a, const void *b)
{
    const struct app_logged *x = *(struct app_logged *const *)a;
    const struct app_logged *y = *(struct app_logged *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

void app_missed_sort(struct app_missed *m)
{
    size_t n = 0;
    if (m->n > 0) {
        qsort(m->v, m->n, sizeof(struct app_logged *), by_number);
    }
    for (size_t i = 0; i < m->n; i++) {
        if (n == 0 || m->v[n - 1] != m->v[i]) {
            m->v[n++] = m->v[i];
        }
    }
    m->n = n;
}

struct slice app_missed_frames(const struct app_missed *m, size_t i)
{
    return (struct slice){m->v[i]->frames, m->v[i]->frames_n};
}

void app_missed_fini(struct app_missed *m)
{
    mem_free(m->v);
    *m = (struct app_missed){NULL, 0, 0};
}
