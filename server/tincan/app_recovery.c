/* Connection state recovery: a client that comes back within recovery_ms gets its id, rooms and data back, and what it missed.
 *
 * Every event without ack and not volatile gets a number, sent as its last argument. It is logged by room, in rings with a limit of
 * bytes. A client that comes back tells the last number it saw; what its rooms got since is sent before its CONNECT is answered. If a
 * ring has already dropped something newer than that, nothing is recovered: never a part.
 *
 * A state can be had once, only by the client that was given its secret (pid), only for the same user (tincan_set_user).
 *
 * Inv: a ring's entries are in the order of their numbers; lost is the number of the newest entry dropped for want of space.
 * Entries dropped for age cannot be missed by anybody: their age is past recovery_ms and the time a dead connection may go unnoticed.
 */
#include "app.h"

#include "clock.h"
#include "json.h"
#include "mem.h"

#include <openssl/rand.h>

#define PID_BYTES          20
#define RING_BYTES_DEFAULT (256u << 10)

/* An event that somebody may have missed; shared by the rings of all rooms it went to. */
struct logged {
    unsigned refs;
    uint64_t number;
    int64_t at_us;
    char (*except)[TINCAN_ID_BYTES]; /* ids that were left out */
    size_t except_n;
    size_t frames_n;
    char frames[];
};

struct ring {
    char *key; /* of the room */
    struct logged **v;
    size_t head, n, cap;
    size_t bytes;
    uint64_t lost;
};

/* What a socket left behind. */
struct state {
    char id[TINCAN_ID_BYTES + 1];
    char *nsp, *user;
    char **rooms;
    uint32_t rooms_n;
    void *data;
    void (*release)(void *data);
    int64_t until_us;
};

struct recovery {
    char pid[PID_BYTES + 1];
    char *user;
};

struct recovery_store {
    uint64_t number;
    struct map rings;  /* namespace, NUL, room */
    struct map states; /* pid */
    struct map live;   /* pid to struct tincan_socket */
    size_t ring_bytes_max;
    int64_t keep_us;
    bool pruning;
};

/* --- numbers --- */

struct slice app_recovery_next(struct tincan *t, char out[APP_OFFSET_BYTES])
{
    int n = snprintf(out, APP_OFFSET_BYTES, "%llu", (unsigned long long)++t->recovery->number);
    return (struct slice){out, (size_t)n};
}

/* --- the rings --- */

static void unref(struct logged *l)
{
    if (--l->refs == 0) {
        mem_free(l->except);
        mem_free(l);
    }
}

static void drop_oldest(struct ring *r)
{
    struct logged *l = r->v[r->head];
    r->bytes -= l->frames_n;
    r->head = (r->head + 1) % r->cap;
    r->n--;
    unref(l);
}

static void free_ring(struct ring *r)
{
    while (r->n > 0) {
        drop_oldest(r);
    }
    mem_free(r->v);
    mem_free(r->key);
    mem_free(r);
}

static bool grow(struct ring *r)
{
    size_t cap = r->cap ? r->cap * 2 : 8;
    struct logged **v = mem_alloc(cap * sizeof(struct logged *));
    if (!v) {
        return false;
    }
    for (size_t i = 0; i < r->n; i++) {
        v[i] = r->v[(r->head + i) % r->cap];
    }
    mem_free(r->v);
    r->v = v;
    r->head = 0;
    r->cap = cap;
    return true;
}

/* "nsp NUL room"; room NULL is the whole namespace, which no room can be called: its key has a second NUL. */
static struct slice ring_key(char *out, size_t out_n, const struct tincan_namespace *ns, const char *room)
{
    int n = snprintf(out, out_n, "%s%c%s", ns->name, '\0', room ? room : "");
    size_t used = n < 0 ? 0 : (size_t)n < out_n ? (size_t)n : out_n - 1;
    if (!room && used + 1 < out_n) {
        out[used++] = '\0';
    }
    return (struct slice){out, used};
}

#define RING_KEY_BYTES (SIO_NSP_BYTES_MAX + 512)

static struct ring *find_ring(struct tincan_namespace *ns, const char *room)
{
    char key[RING_KEY_BYTES];
    return map_get(&ns->t->recovery->rings, ring_key(key, sizeof key, ns, room));
}

static struct ring *need_ring(struct tincan_namespace *ns, const char *room)
{
    char key[RING_KEY_BYTES];
    struct slice k = ring_key(key, sizeof key, ns, room);
    struct map *rings = &ns->t->recovery->rings;
    struct ring *r = map_get(rings, k);
    if (r) {
        return r;
    }
    r = mem_zalloc(sizeof *r);
    if (r && map_set(rings, k, r) != ERR_OK) {
        mem_free(r);
        r = NULL;
    }
    return r;
}

static void add(struct tincan_namespace *ns, const char *room, struct logged *l)
{
    struct ring *r = need_ring(ns, room);
    if (!r || (r->n == r->cap && !grow(r))) {
        if (r) {
            r->lost = l->number; /* no memory: whoever misses it cannot be recovered */
        }
        return;
    }
    r->v[(r->head + r->n++) % r->cap] = l;
    r->bytes += l->frames_n;
    l->refs++;
    while (r->bytes > ns->t->recovery->ring_bytes_max) {
        r->lost = r->v[r->head]->number;
        drop_oldest(r);
    }
}

static struct logged *make_logged(struct tincan *t, struct out_slice frames)
{
    size_t n = frames.end - frames.off;
    struct logged *l = mem_alloc(sizeof *l + n);
    if (l) {
        *l = (struct logged){.refs = 1, .number = t->recovery->number, .at_us = clock_now_us(), .frames_n = n};
        memcpy(l->frames, frames.chunk->bytes + frames.off, n);
    }
    return l;
}

static bool add_exceptions(struct tincan_namespace *ns, const struct tincan_target *target, struct logged *l)
{
    if (!target->except && !(target->except_rooms && target->except_rooms[0])) {
        return true;
    }
    size_t n = 0;
    const struct tincan_target excepted = {.rooms = target->except_rooms};
    struct tincan_socket **found = target->except_rooms ? app_resolve(ns, &excepted, &n) : NULL;
    l->except = mem_alloc((n + 1) * TINCAN_ID_BYTES);
    for (size_t i = 0; l->except && i < n; i++) {
        memcpy(l->except[l->except_n++], found[i]->id, TINCAN_ID_BYTES);
    }
    if (l->except && target->except) {
        memcpy(l->except[l->except_n++], target->except->id, TINCAN_ID_BYTES);
    }
    mem_free(found);
    return l->except != NULL;
}

static void prune(struct tincan *t, void *user);

static void schedule_prune(struct tincan *t)
{
    if (!t->recovery->pruning) {
        t->recovery->pruning = tincan_after(t, t->options.recovery_ms / 2 + 1, prune, NULL);
    }
}

void app_recovery_log(struct tincan_namespace *ns, const struct tincan_target *target, struct out_slice frames)
{
    struct logged *l = make_logged(ns->t, frames);
    if (!l || !add_exceptions(ns, target, l)) {
        mem_free(l);
        return;
    }
    if (!target->rooms) {
        add(ns, NULL, l);
    }
    for (const char *const *room = target->rooms; room && *room; room++) {
        add(ns, *room, l);
    }
    unref(l);
    schedule_prune(ns->t);
}

void app_recovery_log_own(struct tincan_socket *s, struct out_slice frames)
{
    const char *const rooms[] = {s->id, NULL};
    app_recovery_log(s->ns, &(struct tincan_target){.rooms = rooms}, frames);
}

/* --- states --- */

static void free_state(struct state *st)
{
    if (st->release) {
        st->release(st->data);
    }
    for (uint32_t i = 0; i < st->rooms_n; i++) {
        mem_free(st->rooms[i]);
    }
    mem_free(st->rooms);
    mem_free(st->nsp);
    mem_free(st->user);
    mem_free(st);
}

static void prune(struct tincan *t, void *user)
{
    struct recovery_store *store = t->recovery;
    int64_t now_us = clock_now_us();
    struct map_iter it = {0};
    struct slice key;
    struct state *st;
    struct ring *r;
    (void)user;
    store->pruning = false;
    while ((st = map_next(&store->states, &it, &key))) {
        if (st->until_us <= now_us) {
            map_remove(&store->states, key);
            free_state(st);
        }
    }
    it = (struct map_iter){0};
    while ((r = map_next(&store->rings, &it, &key))) {
        while (r->n > 0 && r->v[r->head]->at_us + store->keep_us <= now_us) {
            drop_oldest(r);
        }
        if (r->n == 0) {
            map_remove(&store->rings, key);
            free_ring(r);
        }
    }
    if (store->states.n > 0 || store->rings.n > 0) {
        schedule_prune(t);
    }
}

static bool restorable(const char *reason)
{
    static const char *const reasons[] = {"transport close", "transport error", "ping timeout", "forced close"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strcmp(reason, reasons[i]) == 0) {
            return true;
        }
    }
    return false;
}

void app_recovery_save(struct tincan_socket *s, const char *reason)
{
    struct tincan *t = s->t;
    if (!s->recovery) {
        return;
    }
    struct slice pid = {s->recovery->pid, PID_BYTES};
    map_remove(&t->recovery->live, pid);
    if (!restorable(reason)) {
        return;
    }
    struct state *st = mem_zalloc(sizeof *st);
    char **rooms = st ? mem_zalloc((s->rooms_n + 1) * sizeof *rooms) : NULL;
    if (!rooms) {
        mem_free(st);
        return;
    }
    memcpy(st->id, s->id, sizeof st->id);
    st->nsp = app_copy(slice_str(s->ns->name));
    st->user = app_copy(slice_str(s->recovery->user));
    st->rooms = rooms;
    bool ok = st->nsp && st->user;
    for (uint32_t i = 0; i < s->rooms_n && ok; i++) {
        rooms[st->rooms_n++] = app_copy(slice_str(s->rooms[i].room->name));
        ok = rooms[i] != NULL;
    }
    st->until_us = clock_now_us() + (int64_t)t->options.recovery_ms * 1000;
    if (!ok || map_set(&t->recovery->states, pid, st) != ERR_OK) {
        free_state(st);
        return;
    }
    st->data = s->data;
    st->release = s->release;
    s->data_saved = true; /* still readable by the disconnect handler, but not its to release */
    schedule_prune(t);
}

/* --- coming back --- */

/* A string member of the CONNECT's payload. */
static bool member(const struct tincan_socket *s, const char *key, char *out, size_t out_n)
{
    struct slice raw;
    struct buf text;
    buf_init(&text, out_n - 1);
    bool ok = json_get((struct slice){s->auth, s->auth_n}, slice_str(key), &raw) && json_type_of(raw) == JSON_STRING &&
              json_unescape(raw, &text) == ERR_OK && text.n > 0;
    if (ok) {
        memcpy(out, text.p, text.n);
        out[text.n] = '\0';
    }
    buf_fini(&text);
    return ok;
}

struct missed {
    struct logged **v;
    size_t n, cap;
};

static bool excepts(const struct logged *l, const char *id)
{
    for (size_t i = 0; i < l->except_n; i++) {
        if (memcmp(l->except[i], id, TINCAN_ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

/* What a room got after number. false: something of it is lost, or no memory. */
static bool collect(struct tincan_namespace *ns, const char *room, uint64_t number, const char *id, struct missed *out)
{
    struct ring *r = find_ring(ns, room);
    if (!r) {
        return true;
    }
    if (r->lost > number) {
        return false;
    }
    for (size_t i = 0; i < r->n; i++) {
        struct logged *l = r->v[(r->head + i) % r->cap];
        if (l->number <= number || excepts(l, id)) {
            continue;
        }
        if (out->n == out->cap) {
            size_t cap = out->cap ? out->cap * 2 : 32;
            struct logged **v = mem_realloc(out->v, cap * sizeof(struct logged *));
            if (!v) {
                return false;
            }
            out->v = v;
            out->cap = cap;
        }
        out->v[out->n++] = l;
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct logged *x = *(struct logged *const *)a;
    const struct logged *y = *(struct logged *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static bool collect_all(struct tincan_namespace *ns, const struct state *st, uint64_t number, struct missed *out)
{
    bool ok = collect(ns, NULL, number, st->id, out) && collect(ns, st->id, number, st->id, out);
    for (uint32_t i = 0; i < st->rooms_n && ok; i++) {
        ok = collect(ns, st->rooms[i], number, st->id, out);
    }
    if (ok && out->n > 0) {
        qsort(out->v, out->n, sizeof(struct logged *), by_number);
    }
    return ok;
}

static void send_missed(struct tincan_socket *s, const struct missed *missed)
{
    struct tincan *t = s->t;
    for (size_t i = 0; i < missed->n; i++) {
        struct out_slice frames;
        const struct logged *l = missed->v[i];
        if (i > 0 && missed->v[i - 1] == l) {
            continue; /* it went to several of the rooms */
        }
        if (chunk_put_raw(&t->directs, (struct slice){l->frames, l->frames_n}, &frames) == ERR_OK) {
            app_command(t, s->reactor, &(struct command){.kind = COMMAND_SEND, .ref = s->ref, .frames = frames});
        }
    }
}

static void take_over(struct tincan_socket *s, struct state *st)
{
    memcpy(s->id, st->id, sizeof s->id);
    for (uint32_t i = 0; i < st->rooms_n; i++) {
        tincan_join(s, st->rooms[i]);
    }
    tincan_set_data(s, st->data, st->release);
    st->release = NULL;
    s->recovered = true;
}

/* An old connection of the same client that is not known to be dead yet makes way. */
static void evict(struct tincan_socket *s, const char *pid)
{
    struct tincan_socket *old = map_get(&s->t->recovery->live, slice_str(pid));
    if (old && old->ns == s->ns && strcmp(old->recovery->user, s->recovery->user) == 0) {
        app_evict(old);
    }
}

/* The state that s asks for and may have, out of the store. */
static struct state *claim(struct tincan_socket *s, const char *pid, uint64_t number, struct missed *missed)
{
    evict(s, pid);
    struct state *st = map_get(&s->t->recovery->states, slice_str(pid));
    if (!st || strcmp(st->nsp, s->ns->name) != 0 || strcmp(st->user, s->recovery->user) != 0) {
        return NULL;
    }
    map_remove(&s->t->recovery->states, slice_str(pid));
    if (st->until_us <= clock_now_us() || !collect_all(s->ns, st, number, missed)) {
        free_state(st);
        return NULL;
    }
    return st;
}

static bool make_pid(char pid[PID_BYTES + 1])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[PID_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    for (size_t i = 0; i < PID_BYTES; i++) {
        pid[i] = alphabet[bytes[i] & 63];
    }
    pid[PID_BYTES] = '\0';
    return true;
}

static struct recovery *need_recovery(struct tincan_socket *s)
{
    if (!s->recovery) {
        s->recovery = mem_zalloc(sizeof *s->recovery);
    }
    if (s->recovery && !s->recovery->user) {
        s->recovery->user = app_copy(SL(""));
    }
    return s->recovery && s->recovery->user ? s->recovery : NULL;
}

void app_recovery_restore(struct tincan_socket *s)
{
    char pid[PID_BYTES + 1], offset[APP_OFFSET_BYTES];
    unsigned long long number;
    struct missed missed = {NULL, 0, 0};
    if (!s->t->recovery || !need_recovery(s)) {
        return;
    }
    struct state *st = NULL;
    if (member(s, "pid", pid, sizeof pid) && member(s, "offset", offset, sizeof offset) &&
        slice_to_u64(slice_str(offset), s->t->recovery->number, &number)) {
        st = claim(s, pid, number, &missed);
    }
    if (st) {
        memcpy(s->recovery->pid, pid, sizeof pid);
        take_over(s, st);
        send_missed(s, &missed);
        free_state(st);
    }
    mem_free(missed.v);
    bool named = st || make_pid(s->recovery->pid);
    if (!named || map_set(&s->t->recovery->live, slice_str(s->recovery->pid), s) != ERR_OK) {
        app_recovery_forget(s); /* this one will not be recovered */
    }
}

void app_recovery_describe(struct tincan_socket *s, char *out, size_t out_bytes)
{
    if (s->recovery) {
        snprintf(out, out_bytes, ",\"pid\":\"%s\"", s->recovery->pid);
    }
}

void app_recovery_forget(struct tincan_socket *s)
{
    if (s->recovery) {
        if (s->t->recovery && map_get(&s->t->recovery->live, slice_str(s->recovery->pid)) == s) {
            map_remove(&s->t->recovery->live, slice_str(s->recovery->pid));
        }
        mem_free(s->recovery->user);
        mem_free(s->recovery);
        s->recovery = NULL;
    }
}

bool tincan_set_user(struct tincan_socket *s, const char *user)
{
    char *copy = app_copy(slice_str(user));
    if (!copy || !need_recovery(s)) {
        mem_free(copy);
        return app_fail(s->t, "out of memory");
    }
    mem_free(s->recovery->user);
    s->recovery->user = copy;
    return true;
}

/* --- the store --- */

bool app_recovery_init(struct tincan *t)
{
    const struct tincan_options *o = &t->options;
    if (o->recovery_ms == 0) {
        return true;
    }
    t->recovery = mem_zalloc(sizeof *t->recovery);
    if (!t->recovery) {
        return app_fail(t, "out of memory");
    }
    t->recovery->ring_bytes_max = o->recovery_bytes ? o->recovery_bytes : RING_BYTES_DEFAULT;
    t->recovery->keep_us = 1000 * ((int64_t)o->recovery_ms + t->io_options.eio.ping_interval_ms + t->io_options.eio.ping_timeout_ms);
    return true;
}

void app_recovery_fini(struct tincan *t)
{
    struct map_iter it = {0};
    struct state *st;
    struct ring *r;
    if (!t->recovery) {
        return;
    }
    while ((st = map_next(&t->recovery->states, &it, NULL))) {
        free_state(st);
    }
    it = (struct map_iter){0};
    while ((r = map_next(&t->recovery->rings, &it, NULL))) {
        free_ring(r);
    }
    map_fini(&t->recovery->states);
    map_fini(&t->recovery->rings);
    map_fini(&t->recovery->live);
    mem_free(t->recovery);
    t->recovery = NULL;
}
