/* Connection state recovery: a client that comes back within recovery_ms gets its id, rooms and data back, and what it missed.
 *
 * Every event without ack and not volatile gets a number, sent as its last argument, and is kept by room (app_rings.h). A client that
 * comes back tells the last number it saw; what its rooms got since is sent before its CONNECT is answered.
 *
 * A state can be had once, only by the client that was given its secret (pid), only for the same user (tincan_set_user). A connection
 * that is not known to be dead yet makes way for its successor.
 */
#include "app.h"

#include "app_rings.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "mem.h"

#include <openssl/rand.h>

#define RING_BYTES_DEFAULT  (256u << 10)
#define TOTAL_BYTES_DEFAULT (64u << 20)
/* The states of this many lost connections are kept. */
#define STATES_N_MAX 65536

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

struct recovery_store {
    uint64_t number;
    struct app_rings rings;
    struct map states; /* pid */
    struct map live;   /* pid to struct tincan_socket */
    int64_t keep_us;
    bool pruning;
};

/* --- numbers and events --- */

bool app_recovery_on(const struct tincan_namespace *ns)
{
    return ns->t->recovery && ns->recovery != TINCAN_RECOVERY_NONE;
}

struct slice app_recovery_next(struct tincan *t, char out[APP_OFFSET_BYTES])
{
    int n = snprintf(out, APP_OFFSET_BYTES, "%llu", (unsigned long long)++t->recovery->number);
    return (struct slice){out, (size_t)n};
}

static void prune(struct tincan *t, void *user);

static void schedule_prune(struct tincan *t)
{
    if (!t->recovery->pruning) {
        t->recovery->pruning = tincan_after(t, t->options.recovery_ms / 2 + 1, prune, NULL);
    }
}

/* The ids that a target leaves out, to be freed by the caller. false: no memory. */
static bool list_exceptions(struct tincan_namespace *ns, const struct tincan_target *target,
                            char **ids, size_t *n)
{
    const struct tincan_target excepted = {.rooms = target->except_rooms};
    struct tincan_socket **found = NULL;
    size_t found_n = 0;
    *ids = NULL;
    *n = 0;
    if (!target->except && !(target->except_rooms && target->except_rooms[0])) {
        return true;
    }
    if (target->except_rooms && !(found = app_resolve(ns, &excepted, &found_n))) {
        return false;
    }
    *ids = mem_alloc((found_n + 1) * TINCAN_ID_BYTES);
    for (size_t i = 0; *ids && i < found_n; i++) {
        memcpy(*ids + (*n)++ * TINCAN_ID_BYTES, found[i]->id, TINCAN_ID_BYTES);
    }
    if (*ids && target->except) {
        memcpy(*ids + (*n)++ * TINCAN_ID_BYTES, target->except->id, TINCAN_ID_BYTES);
    }
    mem_free(found);
    return *ids != NULL;
}

void app_recovery_log(struct tincan_namespace *ns, const struct tincan_target *target,
                      struct out_slice frames)
{
    struct recovery_store *store = ns->t->recovery;
    struct app_record record = {
        .nsp = slice_str(ns->name),
        .rooms = target->rooms,
        .number = store->number,
        .at_us = clock_now_us(),
        .frames = {frames.chunk->bytes + frames.off, frames.end - frames.off},
    };
    char *except;
    if (!list_exceptions(ns, target, &except, &record.except_n)) {
        store->rings.lost = store->number;
        return;
    }
    record.except = except;
    app_rings_add(&store->rings, &record);
    mem_free(except);
    schedule_prune(ns->t);
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
    (void)user;
    store->pruning = false;
    while ((st = map_next(&store->states, &it, &key))) {
        if (st->until_us <= now_us) {
            map_remove(&store->states, key);
            free_state(st);
        }
    }
    if (app_rings_prune(&store->rings, now_us - store->keep_us) || store->states.n > 0) {
        schedule_prune(t);
    }
}

/* Reasons after which the client comes back by itself, but for its own violations of Engine.IO. */
static bool restorable(const char *reason)
{
    static const char *const reasons[] = {"transport close", "transport error", "ping timeout",
                                          "forced close"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strcmp(reason, reasons[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *user_of(const struct tincan_socket *s)
{
    return s->user ? s->user : "";
}

/* Without the data. NULL: no memory. */
static struct state *make_state(const struct tincan_socket *s)
{
    struct state *st = mem_zalloc(sizeof *st);
    if (!st) {
        return NULL;
    }
    memcpy(st->id, s->id, sizeof st->id);
    st->nsp = app_copy(slice_str(s->ns->name));
    st->user = app_copy(slice_str(user_of(s)));
    st->rooms = mem_zalloc(s->rooms_n * sizeof(char *));
    bool ok = st->nsp && st->user && st->rooms;
    for (uint32_t i = 0; ok && i < s->rooms_n; i++) {
        st->rooms[i] = app_copy(slice_str(s->rooms[i].room->name));
        ok = st->rooms[i] != NULL;
        st->rooms_n += ok;
    }
    if (!ok) {
        free_state(st);
        return NULL;
    }
    return st;
}

void app_recovery_save(struct tincan_socket *s, const char *reason)
{
    struct recovery_store *store = s->t->recovery;
    struct slice pid = slice_str(s->pid);
    if (pid.n == 0) {
        return;
    }
    map_remove(&store->live, pid);
    if (!restorable(reason) || s->doomed || map_get(&store->states, pid)) {
        return;
    }
    if (store->states.n >= STATES_N_MAX) {
        log_peer(LOG_WARN, L_SIO, "too many lost connections, one is not kept", "states=%u",
                 store->states.n);
        return;
    }
    struct state *st = make_state(s);
    if (!st) {
        return;
    }
    st->until_us = clock_now_us() + (int64_t)s->t->options.recovery_ms * 1000;
    if (map_set(&store->states, pid, st) != ERR_OK) {
        free_state(st);
        return;
    }
    st->data = s->data;
    st->release = s->release;
    s->data_saved = true; /* still readable by the disconnect handler, but not its to release */
    schedule_prune(s->t);
}

/* --- coming back --- */

/* A string member of the CONNECT's payload, as text. */
static bool member(const struct tincan_socket *s, const char *key, char *out, size_t out_n)
{
    struct slice raw;
    struct buf text;
    buf_init(&text, out_n - 1);
    bool ok = json_get((struct slice){s->auth, s->auth_n}, slice_str(key), &raw) &&
              json_type_of(raw) == JSON_STRING && json_unescape(raw, &text) == ERR_OK && text.n > 0;
    if (ok) {
        memcpy(out, text.p, text.n);
        out[text.n] = '\0';
    }
    buf_fini(&text);
    return ok;
}

/* Can everything that a state's rooms got after number be given? */
static bool complete(const struct tincan_socket *s, const struct state *st, uint64_t number)
{
    const struct app_rings *rings = &s->t->recovery->rings;
    struct slice nsp = slice_str(s->ns->name);
    bool ok = app_rings_complete(rings, nsp, NULL, number) &&
              app_rings_complete(rings, nsp, st->id, number);
    for (uint32_t i = 0; ok && i < st->rooms_n; i++) {
        ok = app_rings_complete(rings, nsp, st->rooms[i], number);
    }
    return ok;
}

/* The state that s asks for and may have, out of the store. */
static struct state *claim(struct tincan_socket *s, const char *pid, uint64_t number)
{
    struct recovery_store *store = s->t->recovery;
    struct tincan_socket *old = map_get(&store->live, slice_str(pid));
    if (old && old->ns == s->ns && strcmp(user_of(old), user_of(s)) == 0) {
        app_evict(old);
    }
    struct state *st = map_get(&store->states, slice_str(pid));
    if (!st || strcmp(st->nsp, s->ns->name) != 0 || strcmp(st->user, user_of(s)) != 0) {
        return NULL;
    }
    map_remove(&store->states, slice_str(pid));
    if (st->until_us <= clock_now_us() || tincan_find(s->ns, st->id) || !complete(s, st, number)) {
        free_state(st);
        return NULL;
    }
    return st;
}

static enum err collect(const struct tincan_socket *s, const struct state *st, uint64_t number,
                        struct app_missed *missed)
{
    const struct app_rings *rings = &s->t->recovery->rings;
    struct slice nsp = slice_str(s->ns->name);
    enum err e = app_rings_collect(rings, nsp, NULL, number, st->id, missed);
    e = e == ERR_OK ? app_rings_collect(rings, nsp, st->id, number, st->id, missed) : e;
    for (uint32_t i = 0; e == ERR_OK && i < st->rooms_n; i++) {
        e = app_rings_collect(rings, nsp, st->rooms[i], number, st->id, missed);
    }
    app_missed_sort(missed);
    return e;
}

static enum err send_missed(struct tincan_socket *s, const struct app_missed *missed)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < missed->n && e == ERR_OK; i++) {
        struct command c = {.kind = COMMAND_SEND};
        e = chunk_put_raw(&s->t->directs, app_missed_frames(missed, i), &c.frames);
        e = e == ERR_OK && !app_tell(s, c) ? ERR_NOMEM : e;
    }
    return e;
}

/* Give it all back. Handlers of rooms may run inside; what they send to those rooms is among what was missed. */
static void restore(struct tincan_socket *s, struct state *st, uint64_t number)
{
    struct app_missed missed = {NULL, 0, 0};
    bool ok = true;
    memcpy(s->id, st->id, sizeof s->id);
    for (uint32_t i = 0; i < st->rooms_n; i++) {
        ok = tincan_join(s, st->rooms[i]) && ok;
    }
    if (!ok || collect(s, st, number, &missed) != ERR_OK || send_missed(s, &missed) != ERR_OK) {
        app_doom(s); /* never a part */
    }
    app_missed_fini(&missed);
    tincan_set_data(s, st->data, st->release);
    st->release = NULL;
    s->recovered = true;
}

static bool make_pid(char pid[APP_PID_BYTES + 1])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[APP_PID_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    for (size_t i = 0; i < APP_PID_BYTES; i++) {
        pid[i] = alphabet[bytes[i] & 63];
    }
    pid[APP_PID_BYTES] = '\0';
    return true;
}

void app_recovery_restore(struct tincan_socket *s)
{
    char pid[APP_PID_BYTES + 1], offset[APP_OFFSET_BYTES];
    unsigned long long number = 0;
    if (!s->recoverable) {
        return;
    }
    struct state *st = NULL;
    if (member(s, "pid", pid, sizeof pid) && member(s, "offset", offset, sizeof offset) &&
        slice_to_u64(slice_str(offset), s->t->recovery->number, &number)) {
        st = claim(s, pid, number);
    }
    if (st) {
        memcpy(s->pid, pid, sizeof pid);
        restore(s, st, number);
        free_state(st);
    } else if (!make_pid(s->pid)) {
        s->pid[0] = '\0';
    }
    if (s->pid[0] && map_set(&s->t->recovery->live, slice_str(s->pid), s) != ERR_OK) {
        s->pid[0] = '\0'; /* this one will not be recovered */
    }
}

void app_recovery_forget(struct tincan_socket *s)
{
    if (s->pid[0] && map_get(&s->t->recovery->live, slice_str(s->pid)) == s) {
        map_remove(&s->t->recovery->live, slice_str(s->pid));
    }
    s->pid[0] = '\0';
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
        return app_out_of_memory(t);
    }
    app_rings_init(&t->recovery->rings, o->recovery_bytes ? o->recovery_bytes : RING_BYTES_DEFAULT,
                   o->recovery_total_bytes ? o->recovery_total_bytes : TOTAL_BYTES_DEFAULT);
    /* A dead connection may have gone unnoticed for an interval and two timeouts (traffic moves the second). */
    t->recovery->keep_us = 1000 * ((int64_t)o->recovery_ms + t->io_options.eio.ping_interval_ms +
                                   2 * (int64_t)t->io_options.eio.ping_timeout_ms);
    return true;
}

void app_recovery_fini(struct tincan *t)
{
    struct map_iter it = {0};
    struct state *st;
    if (!t->recovery) {
        return;
    }
    while ((st = map_next(&t->recovery->states, &it, NULL))) {
        free_state(st);
    }
    map_fini(&t->recovery->states);
    map_fini(&t->recovery->live);
    app_rings_fini(&t->recovery->rings);
    mem_free(t->recovery);
    t->recovery = NULL;
}
