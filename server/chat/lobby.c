/* See lobby.h. */
#include "lobby.h"

#include "fan_out.h"
#include "log.h"
#include "mem.h"

/* --- from any thread --- */

struct relayed {
    struct chat_mail mail;
    size_t n;
    char text[];
};

static void run_relayed(struct chat *c, struct chat_mail *m)
{
    struct relayed *relayed = CONTAINER_OF(m, struct relayed, mail);
    if (!c->ended) {
        lobby_send(c, (struct slice){relayed->text, relayed->n});
    }
    mem_free(relayed);
}

static void drop(struct chat *c)
{
    unsigned dropped = atomic_fetch_add(&c->relay_dropped, 1) + 1;
    log_peer(LOG_WARN, L_CHAT, "the lobby does not keep up with /: a message was dropped",
             "dropped=%u", dropped);
}

void chat_from_relay(struct chat *c, struct slice text)
{
    struct relayed *relayed = NULL;
    if (atomic_fetch_add(&c->relay_waiting, 1) < CHAT_RELAY_WAITING_MAX) {
        relayed = mem_alloc(sizeof *relayed + text.n);
    }
    if (!relayed) {
        atomic_fetch_sub(&c->relay_waiting, 1);
        drop(c);
        return;
    }
    relayed->mail.run = run_relayed;
    relayed->n = text.n;
    if (text.n > 0) {
        memcpy(relayed->text, text.p, text.n);
    }
    chat_post(c, &relayed->mail);
}

/* --- on the handlers' thread --- */

static void on_sent(struct call *call)
{
    struct chat *c = call->c;
    const struct news_bridge bridge = chat_bridge(c);
    atomic_fetch_sub(&c->relay_waiting, 1);
    if (call->r->out.refusal.error != CHAT_OK) {
        drop(c);
    }
    news_make(&c->news, call->r, &bridge);
    fan_out(c, &c->news);
    call_free(call);
}

/* The text as a request, by way of the codec: what it refuses of clients, it refuses here. */
static bool make_request(struct call *call, struct slice text)
{
    char random[TOKEN_RANDOM_TEXT];
    unsigned char hash[32];
    struct chat_refusal why;
    struct chat_request request = {.has = 1ull << CHAT_FIELD_ROOM | 1ull << CHAT_FIELD_CID |
                                          1ull << CHAT_FIELD_TEXT,
                                   .room = call->c->lobby,
                                   .text = text};
    struct buf *out = &call->c->out;
    token_random(random);
    token_hash(slice_str(random), hash);
    memcpy(request.cid, hash, sizeof request.cid);
    buf_reset(out);
    return chat_request_encode(EVENT_SEND, &request, out) == ERR_OK &&
           chat_request_decode(EVENT_SEND, buf_peek(out), &call->r->arena, &call->r->in, &why) ==
               ERR_OK;
}

void lobby_send(struct chat *c, struct slice text)
{
    struct call *call = c->stopping ? NULL : call_new(c, NULL, STORE_SEND, on_sent);
    if (!call || !make_request(call, text)) {
        if (call) {
            call_free(call);
        }
        atomic_fetch_sub(&c->relay_waiting, 1);
        return; /* no text for a room; "/" has had it all the same */
    }
    call->r->actor = c->lobby_guest;
    call->r->account.bot = true;
    call_submit(call);
}
