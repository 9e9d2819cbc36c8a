/* The answers we wait for. See app.h.
 *
 * Inv: a pending_ack has a wait for each socket that was asked, in the order of their refs; the waits of sockets that still owe an
 * answer are in the sockets' lists, and waiting_n counts them. It is in the server's list and its namespace's map until it is finished.
 */
#include "app.h"

#include "mem.h"

struct ack_wait {
    struct pending_ack *p;
    uint64_t ref;
    struct tincan_socket *s;     /* NULL: answered, or gone */
    struct ack_wait *next, **at; /* of the socket */
};

/* One answer, copied; the bytes that it points to follow in memory. */
struct answer {
    char id[TINCAN_ID_BYTES + 1]; /* who gave it */
    struct tincan_slice args;
    unsigned attachments_n;
    struct tincan_slice attachments[];
};

struct pending_ack {
    struct tincan_namespace *ns;
    struct pending_ack *next, **at; /* of the server */
    uint64_t id;
    tincan_ack_fn on_ack;
    tincan_answers_fn on_answers;
    void *user;
    struct app_after *timeout;
    struct answer **answers;
    size_t answers_n;
    /* Where they are put for telling, one of both: taken before, so that telling cannot fail. */
    struct tincan_slice *slices;
    struct tincan_event *events;
    bool somebody_left;
    size_t waiting_n;
    size_t waits_n;
    struct ack_wait waits[];
};

static struct slice key_of(const uint64_t *number)
{
    return (struct slice){(const char *)number, sizeof *number};
}

/* --- waits --- */

static int by_ref(const void *a, const void *b)
{
    const struct ack_wait *x = a, *y = b;
    return x->ref < y->ref ? -1 : x->ref > y->ref;
}

static void link_wait(struct ack_wait *w)
{
    struct tincan_socket *s = w->s;
    w->next = s->waits;
    w->at = &s->waits;
    if (s->waits) {
        s->waits->at = &w->next;
    }
    s->waits = w;
    w->p->waiting_n++;
}

static void unlink_wait(struct ack_wait *w)
{
    *w->at = w->next;
    if (w->next) {
        w->next->at = w->at;
    }
    w->s = NULL;
    w->p->waiting_n--;
}

/* --- the end of a pending one --- */

static void free_ack(struct pending_ack *p)
{
    for (size_t i = 0; i < p->answers_n; i++) {
        mem_free(p->answers[i]);
    }
    mem_free(p->answers);
    mem_free(p->slices);
    mem_free(p->events);
    mem_free(p);
}

/* Nobody finds it any more. */
static void unlink_ack(struct pending_ack *p)
{
    *p->at = p->next;
    if (p->next) {
        p->next->at = p->at;
    }
    map_remove(&p->ns->acks, key_of(&p->id));
    app_after_cancel(p->ns->t, p->timeout);
    for (size_t i = 0; i < p->waits_n; i++) {
        if (p->waits[i].s) {
            unlink_wait(&p->waits[i]);
        }
    }
    app_namespace_check(p->ns);
}

static void tell(const struct pending_ack *p, enum tincan_ack_result result)
{
    for (size_t i = 0; i < p->answers_n; i++) {
        const struct answer *a = p->answers[i];
        if (p->on_answers) {
            p->events[i] = (struct tincan_event){.socket = tincan_find(p->ns, a->id),
                                                 .name = "",
                                                 .args = a->args,
                                                 .attachments = a->attachments,
                                                 .attachments_n = a->attachments_n};
        } else {
            p->slices[i] = a->args;
        }
    }
    if (p->on_answers) {
        p->on_answers(p->user, result, p->events, p->answers_n);
    } else {
        p->on_ack(p->user, result, p->slices, p->answers_n);
    }
}

static void finish(struct pending_ack *p, enum tincan_ack_result result)
{
    unlink_ack(p);
    tell(p, result);
    free_ack(p);
}

static void finish_if_complete(struct pending_ack *p)
{
    if (p->waiting_n == 0) {
        finish(p, p->somebody_left ? TINCAN_ACK_DISCONNECTED : TINCAN_ACK_OK);
    }
}

static void on_timeout(struct tincan *t, void *user)
{
    struct pending_ack *p = user;
    (void)t;
    p->timeout = NULL;
    finish(p, p->waiting_n > 0 ? TINCAN_ACK_TIMEOUT : TINCAN_ACK_OK);
}

/* --- making --- */

static bool take_memory(struct pending_ack *p, size_t n)
{
    p->answers = mem_alloc(n * sizeof(struct answer *));
    if (p->on_answers) {
        p->events = mem_alloc(n * sizeof *p->events);
    } else {
        p->slices = mem_alloc(n * sizeof *p->slices);
    }
    return p->answers && (p->events || p->slices);
}

static void start_waits(struct pending_ack *p, struct tincan_socket *const *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p->waits[i] = (struct ack_wait){.p = p, .ref = from[i]->ref, .s = from[i]};
    }
    qsort(p->waits, n, sizeof p->waits[0], by_ref);
    p->waits_n = n;
    for (size_t i = 0; i < n; i++) {
        link_wait(&p->waits[i]);
    }
}

struct pending_ack *app_ack_new(struct tincan_namespace *ns, const struct tincan_send *send,
                                struct tincan_socket *const *from, size_t n)
{
    struct pending_ack *p = mem_zalloc(sizeof *p + n * sizeof p->waits[0]);
    if (!p) {
        app_out_of_memory(ns->t);
        return NULL;
    }
    p->ns = ns;
    p->id = ns->next_ack_id++;
    p->on_ack = send->on_ack;
    p->on_answers = send->on_answers;
    p->user = send->user;
    if (!take_memory(p, n) || map_set(&ns->acks, key_of(&p->id), p) != ERR_OK) {
        free_ack(p);
        app_out_of_memory(ns->t);
        return NULL;
    }
    p->next = ns->t->pending;
    p->at = &ns->t->pending;
    if (p->next) {
        p->next->at = &p->next;
    }
    ns->t->pending = p;
    start_waits(p, from, n);
    if (send->timeout_ms > 0 || n == 0) { /* nobody to wait for: told later, too */
        p->timeout = app_after(ns->t, n == 0 ? 0 : send->timeout_ms, on_timeout, p);
        if (!p->timeout) {
            app_ack_discard(p);
            return NULL;
        }
    }
    return p;
}

uint64_t app_ack_id(const struct pending_ack *p)
{
    return p->id;
}

void app_ack_discard(struct pending_ack *p)
{
    unlink_ack(p);
    free_ack(p);
}

/* --- what comes --- */

static struct slice keep(char **at, struct tincan_slice s)
{
    if (s.n > 0) {
        memcpy(*at, s.p, s.n);
    }
    struct slice kept = {*at, s.n};
    *at += s.n;
    return kept;
}

static struct answer *copy_answer(const struct tincan_socket *s, const struct tincan_event *e)
{
    size_t n = e->args.n;
    for (unsigned i = 0; i < e->attachments_n; i++) {
        n += e->attachments[i].n;
    }
    struct answer *a = mem_alloc(sizeof *a + e->attachments_n * sizeof a->attachments[0] + n);
    if (!a) {
        return NULL;
    }
    char *at = (char *)&a->attachments[e->attachments_n];
    struct slice args = keep(&at, e->args);
    memcpy(a->id, s->id, sizeof a->id);
    a->args = (struct tincan_slice){args.p, args.n};
    a->attachments_n = e->attachments_n;
    for (unsigned i = 0; i < e->attachments_n; i++) {
        struct slice data = keep(&at, e->attachments[i]);
        a->attachments[i] = (struct tincan_slice){data.p, data.n};
    }
    return a;
}

void app_on_ack(struct tincan_socket *s, uint64_t id, const struct tincan_event *answer)
{
    struct pending_ack *p =
        s->state == SOCKET_CONNECTED ? map_get(&s->ns->acks, key_of(&id)) : NULL;
    const struct ack_wait key = {.ref = s->ref};
    struct ack_wait *w = p ? bsearch(&key, p->waits, p->waits_n, sizeof key, by_ref) : NULL;
    if (!w || !w->s) {
        return; /* nobody asked, or it was answered already */
    }
    unlink_wait(w);
    struct answer *a = copy_answer(s, answer);
    if (a) {
        p->answers[p->answers_n++] = a;
    } else {
        p->somebody_left = true; /* no memory for it: it cannot be told */
    }
    finish_if_complete(p);
}

void app_drop_acks(struct tincan_socket *s)
{
    while (s->waits) {
        struct pending_ack *p = s->waits->p;
        unlink_wait(s->waits);
        p->somebody_left = true;
        finish_if_complete(p);
    }
}

void app_finish_acks(struct tincan *t)
{
    while (t->pending) {
        finish(t->pending, t->pending->waiting_n > 0 ? TINCAN_ACK_DISCONNECTED : TINCAN_ACK_OK);
    }
}
