/* The message log: a ring that grows to its cap, with chains by cid. */
#include "model.h"

#include "check.h"
#include "limits.h"
#include "mem.h"

#define CHAINS_N      (sizeof((struct message_log *)0)->chains / sizeof(uint32_t))
#define RING_START_N  64
#define MESSAGES_MAX  10000
#define BYTES_MAX     (16u << 20)
#define ROWS_MAX      400
#define ROWS_STEP     100
#define IN_FLIGHT_MAX 16
#define SAY_BYTES_MAX 2048

void model_init(struct model *m, const struct model_limits *limits)
{
    memset(m, 0, sizeof *m);
    if (limits)
        m->limits = *limits;
    struct model_limits *l = &m->limits;
    l->messages_max = l->messages_max ? l->messages_max : MESSAGES_MAX;
    l->bytes_max = l->bytes_max ? l->bytes_max : BYTES_MAX;
    l->rows_max = l->rows_max ? l->rows_max : ROWS_MAX;
    l->rows_step = l->rows_step ? l->rows_step : ROWS_STEP;
    l->in_flight_max = l->in_flight_max ? l->in_flight_max : IN_FLIGHT_MAX;
    m->log.first_key = 1;
    m->window = (struct window){.first = 1, .end = 1, .following = true};
    m->conn.network = true;
    buf_init(&m->name, CHAT_USER_CHARS_MAX * 4);
    buf_init(&m->composer.draft, MODEL_DRAFT_BYTES_MAX);
    buf_init(&m->announcer.by, CHAT_USER_CHARS_MAX * 4);
    for (size_t i = 0; i < MODEL_SAYS_MAX; i++)
        buf_init(&m->announcer.says[i].text, SAY_BYTES_MAX);
}

void model_fini(struct model *m)
{
    struct message_log *log = &m->log;
    for (uint32_t i = 0; i < log->count; i++)
        mem_free((void *)log->ring[(log->start + i) % log->cap].user.p);
    mem_free(log->ring);
    buf_fini(&m->name);
    buf_fini(&m->composer.draft);
    buf_fini(&m->announcer.by);
    for (size_t i = 0; i < MODEL_SAYS_MAX; i++)
        buf_fini(&m->announcer.says[i].text);
}

uint64_t model_end(const struct model *m)
{
    return m->log.first_key + m->log.count;
}

struct message *model_message(const struct model *m, uint64_t key)
{
    const struct message_log *log = &m->log;
    if (key < log->first_key || key - log->first_key >= log->count)
        return NULL;
    return &log->ring[(log->start + (key - log->first_key)) % log->cap];
}

static uint32_t *chain_of(const struct message_log *log, struct slice cid)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < cid.n; i++)
        h = (h ^ (uint8_t)cid.p[i]) * 16777619u;
    return (uint32_t *)&log->chains[h % CHAINS_N];
}

struct message *model_find_cid(const struct model *m, struct slice cid)
{
    if (cid.n == 0)
        return NULL;
    for (uint32_t at = *chain_of(&m->log, cid); at; at = m->log.ring[at - 1].cid_next) {
        if (slice_eq(m->log.ring[at - 1].cid, cid))
            return &m->log.ring[at - 1];
    }
    return NULL;
}

static bool is_unconfirmed(unsigned state)
{
    return state == MESSAGE_QUEUED || state == MESSAGE_SENDING || state == MESSAGE_FAILED;
}

bool model_unconfirmed(const struct message *msg)
{
    return is_unconfirmed(msg->state);
}

void model_set_state(struct model *m, struct message *msg, enum message_state state)
{
    if (is_unconfirmed(msg->state) != is_unconfirmed(state) && !m->outbox.unsaved) {
        m->outbox.unsaved = true;
        m->outbox.unsaved_since_ms = m->now_ms;
    }
    m->in_flight_n -= msg->state == MESSAGE_SENDING;
    m->queued_n -= msg->state == MESSAGE_QUEUED;
    m->in_flight_n += state == MESSAGE_SENDING;
    m->queued_n += state == MESSAGE_QUEUED;
    msg->state = (uint8_t)state;
}

static void link_cid(struct message_log *log, uint32_t place)
{
    struct message *msg = &log->ring[place];
    if (msg->cid.n == 0)
        return;
    uint32_t *chain = chain_of(log, msg->cid);
    msg->cid_next = *chain;
    *chain = place + 1;
}

static void unlink_cid(struct message_log *log, uint32_t place)
{
    struct message *msg = &log->ring[place];
    if (msg->cid.n == 0)
        return;
    uint32_t *at = chain_of(log, msg->cid);
    while (*at != place + 1) {
        CHECK(*at != 0);
        at = &log->ring[*at - 1].cid_next;
    }
    *at = msg->cid_next;
}

static size_t message_bytes(const struct message *msg)
{
    return msg->user.n + msg->text.n + msg->cid.n;
}

static void drop_oldest(struct model *m)
{
    struct message_log *log = &m->log;
    struct message *msg = &log->ring[log->start];
    model_set_state(m, msg, MESSAGE_GONE);
    unlink_cid(log, log->start);
    log->bytes -= message_bytes(msg);
    mem_free((void *)msg->user.p);
    log->start = (log->start + 1) % log->cap;
    log->count--;
    log->first_key++;
    if (m->window.first < log->first_key)
        m->window.first = log->first_key;
    if (m->window.end < log->first_key)
        m->window.end = log->first_key;
}

/* Make room for one more place, straightening the ring. */
static enum err grow(struct model *m)
{
    struct message_log *log = &m->log;
    uint32_t cap = log->cap ? log->cap * 2 : RING_START_N;
    if (cap > m->limits.messages_max)
        cap = m->limits.messages_max;
    struct message *ring = mem_alloc(cap * sizeof *ring);
    if (!ring)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < log->count; i++)
        ring[i] = log->ring[(log->start + i) % log->cap];
    mem_free(log->ring);
    log->ring = ring;
    log->cap = cap;
    log->start = 0;
    memset(log->chains, 0, sizeof log->chains);
    for (uint32_t i = 0; i < log->count; i++)
        link_cid(log, i);
    return ERR_OK;
}

static struct slice copy_to(char **at, struct slice s)
{
    struct slice copy = {*at, s.n};
    if (s.n)
        memcpy(*at, s.p, s.n);
    *at += s.n;
    return copy;
}

enum err model_add(struct model *m, const struct new_message *message, uint64_t *key)
{
    struct message_log *log = &m->log;
    struct message msg = {
        .kind = (uint8_t)message->kind,
        .state = MESSAGE_SENT,
        .own = message->own,
        .ts_ms = message->ts_ms,
    };
    char *at = mem_alloc(message->user.n + message->text.n + message->cid.n);
    if (!at)
        return ERR_NOMEM;
    msg.user = copy_to(&at, message->user);
    msg.text = copy_to(&at, message->text);
    msg.cid = copy_to(&at, message->cid);
    if (log->count == log->cap && log->cap < m->limits.messages_max) {
        if (grow(m) != ERR_OK) {
            mem_free((void *)msg.user.p);
            return ERR_NOMEM;
        }
    }
    while (log->count && (log->count == m->limits.messages_max ||
                          log->bytes + message_bytes(&msg) > m->limits.bytes_max))
        drop_oldest(m);
    uint32_t place = (log->start + log->count) % log->cap;
    msg.key = model_end(m);
    log->ring[place] = msg;
    log->count++;
    log->bytes += message_bytes(&msg);
    link_cid(log, place);
    model_set_state(m, &log->ring[place], message->state);
    *key = msg.key;
    return ERR_OK;
}

void model_check(const struct model *m)
{
    const struct message_log *log = &m->log;
    const struct window *w = &m->window;
    CHECK(log->count <= log->cap && log->cap <= m->limits.messages_max);
    size_t bytes = 0;
    uint32_t in_flight_n = 0, queued_n = 0;
    for (uint64_t key = log->first_key; key < model_end(m); key++) {
        const struct message *msg = model_message(m, key);
        CHECK(msg->key == key);
        CHECK(msg->cid.n == 0 || model_find_cid(m, msg->cid) != NULL);
        CHECK(msg->own || msg->state == MESSAGE_SENT);
        bytes += message_bytes(msg);
        in_flight_n += msg->state == MESSAGE_SENDING;
        queued_n += msg->state == MESSAGE_QUEUED;
    }
    CHECK(bytes == log->bytes);
    CHECK(queued_n == m->queued_n);
    CHECK(in_flight_n == m->in_flight_n && in_flight_n <= m->limits.in_flight_max);
    CHECK(log->first_key <= w->first && w->first <= w->end && w->end <= model_end(m));
    CHECK(w->end - w->first <= m->limits.rows_max);
    CHECK(!w->following || w->end == model_end(m));
}
