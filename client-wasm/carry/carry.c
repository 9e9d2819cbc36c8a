/* Effects of the connection, carried out. See carry.h. */
#include "carry.h"

#include "check.h"
#include "mem.h"
#include <string.h>

/* A question on its way, until its answer has become an action. */
struct question {
    struct carry *carry;
    struct ask ask;
};

static struct question *question_new(struct carry *c, struct ask ask)
{
    struct question *q = mem_alloc(sizeof *q);
    if (q)
        *q = (struct question){c, ask};
    return q;
}

static void on_answer(void *user, const struct chat_answer *answer)
{
    struct question q = *(struct question *)user;
    mem_free(user);
    q.carry->act((struct action){.type = ACTION_ANSWER, .answer = {q.ask, answer}});
}

static void ask(struct carry *c, const struct effect *e)
{
    struct question *q = question_new(c, e->ask);
    enum err err = q ? chat_client_ask(c->chat, e->event, e->request, on_answer, q) : ERR_NOMEM;
    if (err == ERR_OK)
        return;
    mem_free(q);
    struct chat_answer none = {.result = err, .room = e->ask.room};
    c->act((struct action){.type = ACTION_ANSWER, .answer = {e->ask, &none}});
}

static void on_http(void *user, unsigned status, struct slice body)
{
    struct question q = *(struct question *)user;
    mem_free(user);
    q.carry->act((struct action){.type = ACTION_HTTP, .http = {q.ask, status, body}});
}

static void http(struct carry *c, const struct effect *e)
{
    const struct effect_http *h = &e->http;
    struct question *q = question_new(c, e->ask);
    const struct http_request how = {.post = h->post,
                                     .patch = h->patch,
                                     .remove = h->remove,
                                     .body = h->json,
                                     .bearer = h->signed_in ? buf_peek(&c->model->session.token)
                                                            : SL("")};
    if (q && account_http(c->server, h->path, &how, on_http, q))
        return;
    mem_free(q);
    c->act((struct action){.type = ACTION_HTTP, .http = {e->ask, 0, SL("")}});
}

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void send(struct carry *c, const struct effect *e)
{
    const struct room *room = rooms_find(&c->model->rooms, e->id);
    uint32_t at = room ? log_find_key(&room->log, e->key) : 0;
    unsigned char cid[CHAT_CID_HEX / 2];
    char hex[CHAT_CID_HEX];
    if (!room || at == room->log.n)
        return;
    const struct message *msg = room->log.at[at];
    memcpy(hex, msg->cid, sizeof hex);
    for (size_t i = 0; i < sizeof cid; i++)
        cid[i] = (unsigned char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    int64_t files[CHAT_FILES_MAX];
    struct slice alts[CHAT_FILES_MAX];
    uint32_t files_n = msg->files_n < CHAT_FILES_MAX ? msg->files_n : CHAT_FILES_MAX;
    for (uint32_t i = 0; i < files_n; i++) {
        files[i] = msg->files[i].id;
        alts[i] = msg->files[i].alt;
    }
    struct chat_client_message message = {.room = e->id,
                                          .text = msg->text,
                                          .reply_to = msg->reply_to,
                                          .files = files,
                                          .files_n = files_n,
                                          .alts = alts,
                                          .cid = cid,
                                          .ts = msg->ts_ms,
                                          .earlier = msg->earlier};
    enum err err = chat_client_send_message(c->chat, &message, NULL);
    if (err == ERR_OK)
        return;
    struct chat_answer why = {.result = err, .room = e->id};
    c->act((struct action){.type = ACTION_SENT,
                           .sent = {{hex, sizeof hex}, CHAT_SENT_FAILED, e->id, 0, &why}});
}

static void unsend(struct carry *c, const struct effect *e)
{
    char hex[CHAT_CID_HEX];
    if (e->text.n != sizeof hex)
        return;
    memcpy(hex, e->text.p, sizeof hex);
    struct slice cid = {hex, sizeof hex};
    if (chat_client_unsend(c->chat, cid))
        c->act((struct action){.type = ACTION_UNSENT, .text = cid});
}

bool carry_out(struct carry *c, const struct effect *e)
{
    switch (e->type) {
    case EFFECT_ASK:
        ask(c, e);
        return true;
    case EFFECT_HTTP:
        http(c, e);
        return true;
    case EFFECT_OPEN:
        chat_client_open(c->chat);
        return true;
    case EFFECT_CLOSE: /* afresh: it knows nothing of who was here before */
        carry_fini(c);
        CHECK(carry_start(c));
        return true;
    case EFFECT_TOKEN:
        chat_client_token(c->chat, buf_peek(&c->model->session.token));
        return true;
    case EFFECT_FOLLOW:
        chat_client_follow(c->chat, e->id, e->on);
        return true;
    case EFFECT_SEND:
        send(c, e);
        return true;
    case EFFECT_UNSEND:
        unsend(c, e);
        return true;
    case EFFECT_CONNECT_NOW:
        chat_client_retry_now(c->chat);
        return true;
    case EFFECT_NETWORK:
        chat_client_network(c->chat, e->on);
        return true;
    default:
        return false;
    }
}
