/* What is to be sent: in its order, each with one cid for ever. See chat_client.h.
 *
 *   WAITING --handed over--> IN_FLIGHT --acknowledged, refused for good--> gone (on_sent)
 *   IN_FLIGHT --connection lost, no answer, "same"--> WAITING
 *
 * Inv: out is the order in which they were given; in_flight_n counts those IN_FLIGHT.
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

/* Take it out of the list and free it. */
static void release(struct chat_client *c, struct out_message *m)
{
    struct out_message **at = &c->out;
    while (*at != m) {
        at = &(*at)->next;
    }
    *at = m->next;
    if (!m->next) {
        c->out_tail = at;
    }
    c->out_n--;
    mem_free(m);
}

static void wait_again(struct out_message *m, uint32_t after_ms)
{
    uint32_t backoff = RETRY_FIRST_MS << (m->tries < 5 ? m->tries : 5);
    backoff = backoff < RETRY_MAX_MS ? backoff : RETRY_MAX_MS;
    m->tries++;
    m->not_before_ms = m->c->host->now_ms() + (after_ms ? after_ms : backoff);
}

static void tell(struct chat_client *c, const struct out_message *m, enum chat_sent sent,
                 const struct chat_answer *answer)
{
    char hex[CHAT_CID_HEX];
    struct json_in in;
    int64_t seq = 0;
    to_hex(m->cid, hex);
    if (sent == CHAT_SENT_OK) {
        json_in_start(&in, answer->json, NULL);
        json_in_int(&in, "seq", 0, CHAT_ID_MAX, &seq);
    }
    if (c->callbacks.on_sent) {
        c->callbacks.on_sent(c->callbacks.user, (struct slice){hex, sizeof hex}, sent, m->room, seq,
                             answer);
    }
}

static bool is_final(const struct chat_answer *answer)
{
    if (answer->result != ERR_OK) {
        return false;
    }
    if (answer->ok || answer->error == CHAT_ERRORS_N) {
        return true;
    }
    return strcmp(chat_error_rows[answer->error].retry, "same") != 0;
}

static void on_answer(void *user, const struct chat_answer *answer)
{
    struct out_message *m = user;
    struct chat_client *c = m->c;
    c->in_flight_n--;
    m->state = OUT_WAITING;
    if (is_final(answer)) {
        if (!m->dead) {
            tell(c, m, answer->ok ? CHAT_SENT_OK : CHAT_SENT_FAILED, answer);
        }
        release(c, m);
    } else if (m->dead) {
        release(c, m);
    } else if (answer->result != ERR_CLOSED) {
        wait_again(m, answer->result == ERR_OK ? answer->retry_after_ms : 0);
    }
    client_outbox_pump(c);
}

static bool hand_over(struct chat_client *c, struct out_message *m)
{
    struct chat_request r = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_CID |
                                    1ull << CHAT_FIELD_TEXT,
                             .room = m->room,
                             .text = {m->text, m->text_n},
                             .reply_to = m->reply_to};
    if (m->reply_to > 0) {
        r.has |= 1ull << CHAT_FIELD_REPLY_TO;
    }
    memcpy(r.cid, m->cid, sizeof r.cid);
    if (chat_client_ask(c, EVENT_SEND, &r, on_answer, m) != ERR_OK) {
        return false;
    }
    m->state = OUT_IN_FLIGHT;
    c->in_flight_n++;
    return true;
}

/* Does an earlier message of the same room wait? Then this one does, too. */
static bool is_behind(const struct chat_client *c, const struct out_message *m)
{
    for (const struct out_message *o = c->out; o != m; o = o->next) {
        if (o->room == m->room && o->state == OUT_WAITING && !o->dead) {
            return true;
        }
    }
    return false;
}

void client_outbox_pump(struct chat_client *c)
{
    int64_t now_ms = c->host->now_ms(), next_ms = INT64_MAX;
    if (c->state != CHAT_CLIENT_LIVE) {
        return;
    }
    for (struct out_message *m = c->out; m && c->in_flight_n < CHAT_CLIENT_IN_FLIGHT_MAX;
         m = m->next) {
        if (m->state != OUT_WAITING || m->dead) {
            continue;
        }
        if (m->not_before_ms > now_ms) {
            next_ms = m->not_before_ms < next_ms ? m->not_before_ms : next_ms;
        } else if (!is_behind(c, m) && !hand_over(c, m)) {
            m->not_before_ms = now_ms + RETRY_FIRST_MS;
            next_ms = m->not_before_ms < next_ms ? m->not_before_ms : next_ms;
        }
    }
    if (next_ms < INT64_MAX) {
        c->host->timer_start(c->timer, (uint32_t)(next_ms - now_ms) + 1);
    }
}

void client_outbox_lost(struct chat_client *c)
{
    for (struct out_message *m = c->out; m; m = m->next) {
        m->not_before_ms = 0; /* at once, when there is a connection again */
    }
}

void client_outbox_fini(struct chat_client *c)
{
    while (c->out) {
        struct out_message *m = c->out;
        c->out = m->next;
        mem_free(m);
    }
}

enum err chat_client_send(struct chat_client *c, int64_t room, struct slice text, int64_t reply_to,
                          const unsigned char *cid, char hex[CHAT_CID_HEX])
{
    if (c->out_n >= CHAT_CLIENT_OUTBOX_MAX) {
        return ERR_RATE;
    }
    struct out_message *m = mem_zalloc(sizeof *m + text.n);
    if (!m) {
        return ERR_NOMEM;
    }
    m->c = c;
    m->room = room;
    m->reply_to = reply_to;
    m->text_n = text.n;
    if (text.n > 0) {
        memcpy(m->text, text.p, text.n);
    }
    if (cid) {
        memcpy(m->cid, cid, sizeof m->cid);
    } else {
        chat_client_make_cid(m->cid);
    }
    if (hex) {
        to_hex(m->cid, hex);
    }
    *c->out_tail = m;
    c->out_tail = &m->next;
    c->out_n++;
    client_outbox_pump(c);
    return ERR_OK;
}

bool chat_client_unsend(struct chat_client *c, struct slice hex_cid)
{
    for (struct out_message *m = c->out; m; m = m->next) {
        char hex[CHAT_CID_HEX];
        to_hex(m->cid, hex);
        if (slice_eq(hex_cid, (struct slice){hex, sizeof hex})) {
            if (m->state == OUT_IN_FLIGHT) {
                return false;
            }
            release(c, m);
            return true;
        }
    }
    return false;
}

unsigned chat_client_waiting_n(const struct chat_client *c)
{
    return c->out_n;
}
