/* What is to be sent: a queue a room, each message with one cid for ever. See chat_client.h.
 *
 *   waiting --the first of its room, and due: handed over--> in flight --acknowledged, refused for good--> gone (on_sent)
 *   in flight --connection lost--> waiting, due at once
 *   in flight --no answer, put off ("same")--> waiting, due later
 *   waiting --the room is not ours any more--> gone (on_sent); in flight: after this one try
 *
 * Inv: out_n and out_bytes count what is in the queues, in_flight_n those in flight; no queue is empty.
 */
#include "chat_client_inside.h"

#include "json_in.h"
#include "mem.h"

#include <string.h>

#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS   30000

void chat_client_make_cid(unsigned char cid[CHAT_CID_HEX / 2])
{
    for (size_t i = 0; i < CHAT_CID_HEX / 2; i += 4) {
        uint32_t r = host_default()->random_u32();
        memcpy(cid + i, &r, 4);
    }
}

static void to_hex(const unsigned char cid[CHAT_CID_HEX / 2], char hex[CHAT_CID_HEX])
{
    for (size_t i = 0; i < CHAT_CID_HEX / 2; i++) {
        hex[2 * i] = "0123456789abcdef"[cid[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[cid[i] & 15];
    }
}

/* --- queues --- */

/* The room's, made if there is none; NULL: no memory. */
static struct out_queue *queue_of(struct chat_client *c, int64_t room)
{
    struct out_queue **at = &c->out;
    while (*at && (*at)->room != room) {
        at = &(*at)->next;
    }
    if (!*at && (*at = mem_zalloc(sizeof **at))) {
        (*at)->c = c;
        (*at)->room = room;
        (*at)->end = &(*at)->first;
    }
    return *at;
}

static struct out_queue **place_of(struct chat_client *c, const struct out_queue *q)
{
    struct out_queue **at = &c->out;
    while (*at != q) {
        at = &(*at)->next;
    }
    return at;
}

/* So that busy rooms leave a turn to the others. */
static void move_to_end(struct chat_client *c, struct out_queue *q)
{
    struct out_queue **at = place_of(c, q);
    *at = q->next;
    q->next = NULL;
    while (*at) {
        at = &(*at)->next;
    }
    *at = q;
}

/* Take it out of its queue, and the queue away if it was the last one. Owns: it is the caller's now. */
static void take_out(struct chat_client *c, struct out_message *m)
{
    struct out_queue *q = m->queue;
    struct out_message **at = &q->first;
    while (*at != m) {
        at = &(*at)->next;
    }
    *at = m->next;
    if (!m->next) {
        q->end = at;
    }
    if (!q->first) {
        *place_of(c, q) = q->next;
        mem_free(q);
    }
    c->out_n--;
    c->out_bytes -= m->bytes;
}

/* --- answers --- */

static void wait_again(struct chat_client *c, struct out_message *m, uint32_t after_ms)
{
    uint32_t backoff = RETRY_FIRST_MS << (m->tries < 5 ? m->tries : 5);
    backoff = backoff < RETRY_MAX_MS ? backoff : RETRY_MAX_MS;
    m->tries++;
    m->not_before_ms = c->host->now_ms() + (after_ms ? after_ms : backoff);
}

static void tell_put_off(struct chat_client *c, const struct out_message *m,
                         const struct chat_answer *answer)
{
    char hex[CHAT_CID_HEX];
    to_hex(m->cid, hex);
    if (c->callbacks.on_put_off) {
        c->callbacks.on_put_off(c->callbacks.user, (struct slice){hex, sizeof hex}, answer);
    }
}

/* It has left its queue: a callback may send the next one. */
static void finish(struct chat_client *c, struct out_message *m, int64_t room,
                   const struct chat_answer *answer)
{
    char hex[CHAT_CID_HEX];
    struct json_in in;
    int64_t seq = 0;
    bool ok = answer->result == ERR_OK && answer->ok;
    to_hex(m->cid, hex);
    mem_free(m);
    if (ok) {
        json_in_start(&in, answer->json, NULL);
        json_in_int(&in, "seq", 0, CHAT_ID_MAX, &seq);
    }
    if (c->callbacks.on_sent) {
        c->callbacks.on_sent(c->callbacks.user, (struct slice){hex, sizeof hex},
                             ok ? CHAT_SENT_OK : CHAT_SENT_FAILED, room, seq, answer);
    }
}

/* Who is not signed in any more may be again. */
static bool is_final(const struct chat_answer *answer)
{
    if (answer->result != ERR_OK) {
        return answer->result == ERR_LIMIT;
    }
    return answer->ok ||
           (answer->why.retry != CHAT_RETRY_same && answer->why.error != CHAT_UNAUTHENTICATED);
}

static void on_answer(void *user, const struct chat_answer *answer)
{
    struct out_message *m = user;
    struct chat_client *c = m->queue->c;
    c->in_flight_n--;
    m->in_flight = false;
    move_to_end(c, m->queue);
    if (m->last_try || is_final(answer)) {
        take_out(c, m);
        finish(c, m, answer->room, answer);
    } else if (answer->result != ERR_CLOSED) {
        wait_again(c, m, answer->result == ERR_OK ? answer->why.retry_after_ms : 0);
        if (answer->result == ERR_OK) {
            tell_put_off(c, m, answer); /* which may take it back */
        }
    }
    client_outbox_pump(c);
}

/* --- sending --- */

static enum err hand_over(struct chat_client *c, struct out_message *m)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_CID |
                                    1ull << CHAT_FIELD_TEXT,
                             .room = m->queue->room,
                             .text = {m->text, m->text_n},
                             .reply_to = m->reply_to,
                             .files = m->files,
                             .files_n = m->files_n,
                             .alts = m->alts,
                             .alts_n = m->files_n};
    if (m->reply_to > 0) {
        r.has |= 1ull << CHAT_FIELD_REPLY_TO;
    }
    if (m->files_n > 0) {
        r.has |= 1ull << CHAT_FIELD_FILES;
    }
    if (m->has_alts) {
        r.has |= 1ull << CHAT_FIELD_ALTS;
    }
    memcpy(r.cid, m->cid, sizeof r.cid);
    return chat_client_ask(c, EVENT_SEND, &r, on_answer, m);
}

static void send_first(struct chat_client *c, struct out_queue *q)
{
    struct out_message *m = q->first;
    enum err e = hand_over(c, m);
    if (e == ERR_OK) {
        m->in_flight = true;
        c->in_flight_n++;
        return;
    }
    m->too_large = e == ERR_LIMIT; /* told from the timer */
    m->not_before_ms = c->host->now_ms() + (m->too_large ? 0 : RETRY_FIRST_MS);
    client_wake(c, m->not_before_ms);
}

void client_outbox_pump(struct chat_client *c)
{
    int64_t now_ms = c->host->now_ms();
    for (struct out_queue *q = c->out; q && c->state == CHAT_CLIENT_LIVE; q = q->next) {
        struct out_message *m = q->first;
        if (m->in_flight || m->too_large || c->in_flight_n >= CHAT_CLIENT_IN_FLIGHT_MAX) {
            continue;
        }
        if (m->not_before_ms > now_ms) {
            client_wake(c, m->not_before_ms);
        } else {
            send_first(c, q);
        }
    }
}

void client_outbox_turn(struct chat_client *c)
{
    const struct chat_answer answer = {.result = ERR_LIMIT, .why.error = CHAT_ERRORS_N};
    for (struct out_queue *q = c->out; q;) {
        struct out_message *m = q->first;
        int64_t room = q->room;
        if (!m->too_large) {
            q = q->next;
            continue;
        }
        take_out(c, m);
        finish(c, m, room, &answer);
        q = c->out; /* what was called may have changed them */
    }
}

void client_outbox_lost(struct chat_client *c)
{
    for (struct out_queue *q = c->out; q; q = q->next) {
        q->first->not_before_ms = 0;
    }
}

void client_outbox_due(struct chat_client *c, int64_t room)
{
    for (struct out_queue *q = c->out; q; q = q->next) {
        if (q->room == room) {
            q->first->not_before_ms = 0;
        }
    }
    client_outbox_pump(c);
}

/* The first that is in nobody's hands; what is, is not tried again. NULL: none. */
static struct out_message *first_waiting(struct chat_client *c, int64_t room)
{
    const struct out_queue *q = c->out;
    while (q && q->room != room) {
        q = q->next;
    }
    struct out_message *m = q ? q->first : NULL;
    if (m && m->in_flight) {
        m->last_try = true;
        m = m->next;
    }
    return m;
}

void client_outbox_drop(struct chat_client *c, int64_t room)
{
    const struct chat_answer answer = {.room = room, .why.error = CHAT_FORBIDDEN};
    struct out_message *m;
    /* What is called may send more: no more than there are now. */
    for (unsigned n = c->out_n; n > 0 && (m = first_waiting(c, room)); n--) {
        take_out(c, m);
        finish(c, m, room, &answer);
    }
}

void client_outbox_fini(struct chat_client *c)
{
    while (c->out) {
        struct out_message *m = c->out->first;
        take_out(c, m);
        mem_free(m);
    }
}

static size_t bytes_of(const struct chat_client_message *from)
{
    size_t bytes = from->text.n;
    for (uint32_t i = 0; from->alts && i < from->files_n; i++) {
        bytes += from->alts[i].n;
    }
    return bytes;
}

static void put_alts(struct out_message *m, const struct slice *alts)
{
    char *at = m->text + m->text_n;
    for (uint32_t i = 0; i < m->files_n; i++) {
        if (alts[i].n > 0) {
            memcpy(at, alts[i].p, alts[i].n);
            m->has_alts = true;
        }
        m->alts[i] = (struct slice){at, alts[i].n};
        at += alts[i].n;
    }
}

/* NULL: no memory. */
static struct out_message *message_new(const struct chat_client_message *from)
{
    struct out_message *m = mem_zalloc(sizeof *m + bytes_of(from));
    if (!m) {
        return NULL;
    }
    m->bytes = bytes_of(from);
    m->ts = from->ts;
    m->reply_to = from->reply_to;
    m->text_n = from->text.n;
    if (from->text.n > 0) {
        memcpy(m->text, from->text.p, from->text.n);
    }
    m->files_n = from->files_n;
    if (from->files_n > 0) {
        memcpy(m->files, from->files, from->files_n * sizeof *m->files);
    }
    if (from->alts) {
        put_alts(m, from->alts);
    }
    if (from->cid) {
        memcpy(m->cid, from->cid, sizeof m->cid);
    } else {
        chat_client_make_cid(m->cid);
    }
    return m;
}

static void put_in(struct out_queue *q, struct out_message *m, bool earlier)
{
    struct out_message **at = earlier ? &q->first : q->end;
    while (*at && ((*at)->in_flight || (*at)->ts <= m->ts)) {
        at = &(*at)->next;
    }
    m->queue = q;
    m->next = *at;
    *at = m;
    if (!m->next) {
        q->end = &m->next;
    }
}

enum err chat_client_send_message(struct chat_client *c, const struct chat_client_message *message,
                                  char hex[CHAT_CID_HEX])
{
    if (message->files_n > CHAT_FILES_MAX) {
        return ERR_INVALID;
    }
    if (c->out_n >= CHAT_CLIENT_OUTBOX_MAX ||
        bytes_of(message) > CHAT_CLIENT_OUTBOX_BYTES_MAX - c->out_bytes) {
        return ERR_RATE;
    }
    struct out_message *m = message_new(message);
    struct out_queue *q = m ? queue_of(c, message->room) : NULL;
    if (!q) {
        mem_free(m);
        return ERR_NOMEM;
    }
    if (hex) {
        to_hex(m->cid, hex);
    }
    put_in(q, m, message->earlier);
    c->out_n++;
    c->out_bytes += m->bytes;
    client_outbox_pump(c);
    return ERR_OK;
}

enum err chat_client_send(struct chat_client *c, int64_t room, struct slice text, int64_t reply_to,
                          const unsigned char *cid, char hex[CHAT_CID_HEX])
{
    const struct chat_client_message message = {
        .room = room, .text = text, .reply_to = reply_to, .cid = cid};
    return chat_client_send_message(c, &message, hex);
}

static struct out_message *find_message(const struct chat_client *c, struct slice hex_cid)
{
    char hex[CHAT_CID_HEX];
    for (const struct out_queue *q = c->out; q; q = q->next) {
        for (struct out_message *m = q->first; m; m = m->next) {
            to_hex(m->cid, hex);
            if (slice_eq(hex_cid, (struct slice){hex, sizeof hex})) {
                return m;
            }
        }
    }
    return NULL;
}

bool chat_client_unsend(struct chat_client *c, struct slice hex_cid)
{
    struct out_message *m = find_message(c, hex_cid);
    if (!m || m->in_flight) {
        return false;
    }
    take_out(c, m);
    mem_free(m);
    client_outbox_pump(c);
    return true;
}

unsigned chat_client_waiting_n(const struct chat_client *c)
{
    return c->out_n;
}
