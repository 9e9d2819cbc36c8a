/* Sending until the server has acknowledged: one at a time, in order, over reconnects.
 *
 *   waiting --go--> on its way --answer--> told ERR_OK
 *      ^                |--lost, tries left--> waiting
 *      |                '--lost, no tries left--> ended, told
 *      '--'   any --our user closes--> ended ERR_CLOSED, told
 */
#include "check.h"
#include "host.h"
#include "limits.h"
#include "mem.h"
#include "sock.h"
#include "sock_state.h"

#include <string.h>

/* One message; its bytes stand behind it. */
struct queued {
    struct queued *next;
    size_t bytes;
    uint32_t tries;
    enum err result; /* when ended */
    bool ended;
    struct sock_message message;
    struct slice attachments[SIO_ATTACHMENTS_MAX];
};

/* Inv: only the first is on its way, with the ack ack_id; ended ones stand at the front. */
struct sock_queue {
    struct queued *first;
    struct queued *last;
    size_t bytes;
    uint32_t n;
    bool on_its_way;
    uint64_t ack_id;
};

static struct queued *take_first(struct sock_queue *q)
{
    struct queued *first = q->first;
    q->first = first->next;
    q->last = q->first ? q->last : NULL;
    q->bytes -= first->bytes;
    q->n--;
    return first;
}

static void finish(struct queued *m, enum err result, const struct sock_args *answer)
{
    sock_ack_fn ack = m->message.ack;
    void *user = m->message.ack_user;
    mem_free(m);
    if (ack) {
        ack(user, result, answer);
    }
}

static void go(struct sock *s);

static void on_ack(void *user, enum err result, const struct sock_args *answer)
{
    struct sock *s = user;
    struct sock_queue *q = s->queue;
    q->on_its_way = false;
    if (result == ERR_OK || q->first->tries > s->retries) {
        finish(take_first(q), result, answer);
    }
    if (!s->doomed) {
        go(s);
    }
}

/* Send the first that has not ended; one that cannot be sent ends. */
static void go(struct sock *s)
{
    struct sock_queue *q = s->queue;
    struct queued *m = q->first;
    while (m && m->ended) {
        m = m->next;
    }
    while (m && !q->on_its_way && sock_sendable(s)) {
        struct sock_message message = m->message;
        message.ack = on_ack;
        message.ack_user = s;
        message.timeout_ms = s->ack_timeout_ms;
        m->tries++;
        m->result = sock_put_event(s, &message, &q->ack_id);
        q->on_its_way = m->result == ERR_OK;
        m->ended = !q->on_its_way;
        s->queue_due = s->queue_due || m->ended;
        m = m->next;
    }
}

static void lost(struct sock *s, bool all)
{
    struct sock_queue *q = s->queue;
    struct queued *m = q->first;
    while (m && m->ended) {
        m = m->next;
    }
    if (q->on_its_way) {
        mem_free(acks_take(&s->acks, q->ack_id));
        q->on_its_way = false;
        m->ended = m->tries > s->retries;
        m->result = ERR_CLOSED;
        s->queue_due = s->queue_due || m->ended;
    }
    for (; all && m; m = m->next) {
        m->ended = true;
        m->result = ERR_CLOSED;
        s->queue_due = true;
    }
}

static void tell(struct sock *s)
{
    while (!s->doomed && s->queue->first && s->queue->first->ended) {
        enum err result = s->queue->first->result;
        finish(take_first(s->queue), result, &(struct sock_args){0});
    }
}

static void free_queue(struct sock_queue *q)
{
    while (q->first) {
        mem_free(take_first(q));
    }
    mem_free(q);
}

static const struct sock_queue_ops OPS = {go, lost, tell, free_queue};

static struct slice put(char **at, struct slice s)
{
    struct slice copy = {*at, s.n};
    if (s.n > 0) {
        memcpy(*at, s.p, s.n);
    }
    *at += s.n;
    return copy;
}

static size_t bytes_of(const struct sock_message *message)
{
    size_t n = message->event.n + message->args.json.n + SOCK_ID_BYTES + sizeof ",\"\"";
    for (size_t i = 0; i < message->args.attachments_n; i++) {
        n += message->args.attachments[i].n;
    }
    return n;
}

/* A copy of message in one block, with an id when it wants one; NULL: out of memory. */
static struct queued *copy_message(const struct sock_message *message)
{
    size_t bytes = bytes_of(message);
    struct queued *m = mem_zalloc(sizeof *m + bytes);
    if (!m) {
        return NULL;
    }
    char *at = (char *)(m + 1);
    m->bytes = bytes;
    m->message = *message;
    m->message.event = put(&at, message->event);
    m->message.args.json = put(&at, message->args.json);
    if (message->append_id) {
        (void)put(&at, message->args.json.n > 0 ? SL(",\"") : SL("\""));
        sock_make_id(at);
        at += SOCK_ID_BYTES;
        (void)put(&at, SL("\""));
        m->message.args.json.n = (size_t)(at - m->message.args.json.p);
    }
    for (size_t i = 0; i < message->args.attachments_n; i++) {
        m->attachments[i] = put(&at, message->args.attachments[i]);
    }
    m->message.args.attachments = m->attachments;
    return m;
}

static bool has_room(const struct sock *s, size_t bytes)
{
    const struct sock_queue *q = s->queue;
    return q->n < s->offline_max_n && q->bytes <= s->offline_max_bytes &&
           bytes <= s->offline_max_bytes - q->bytes;
}

static enum err enqueue(struct sock *s, const struct sock_message *message)
{
    struct sock_queue *q = s->queue;
    if (!has_room(s, bytes_of(message))) {
        return ERR_RATE;
    }
    struct queued *m = copy_message(message);
    if (!m) {
        return ERR_NOMEM;
    }
    struct queued *before = q->last;
    if (before) {
        before->next = m;
    } else {
        q->first = m;
    }
    q->last = m;
    q->bytes += m->bytes;
    q->n++;
    go(s);
    if (!before && m->ended) {
        enum err result = m->result;
        mem_free(take_first(q));
        return result;
    }
    return ERR_OK;
}

enum err sock_send_reliably(struct sock *s, const struct sock_message *message)
{
    if (s->doomed) {
        return ERR_CLOSED;
    }
    if (sio_event_reserved(message->event) || message->args.attachments_n > SIO_ATTACHMENTS_MAX) {
        return ERR_INVALID;
    }
    if (!s->queue) {
        s->queue = mem_zalloc(sizeof *s->queue);
        if (!s->queue) {
            return ERR_NOMEM;
        }
        s->queue_ops = &OPS;
    }
    manager_enter(s->manager);
    enum err r = enqueue(s, message);
    manager_leave_quietly(s->manager);
    return r;
}

void sock_make_id(char out[SOCK_ID_BYTES])
{
    uint32_t random = 0;
    for (size_t i = 0; i < SOCK_ID_BYTES; i++, random >>= 4) {
        if (i % 8 == 0) {
            random = host_default()->random_u32();
        }
        out[i] = "0123456789abcdef"[random & 15];
    }
}
