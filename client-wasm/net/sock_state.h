/* The inside of struct sock, shared by sock.c (life, sending) and sock_receive.c. Not for anybody
 * else. */
#pragma once

#include "acks.h"
#include "engine.h"
#include "host.h"
#include "recq.h"
#include "sock.h"

/* What arrives before the server answered CONNECT (recovered events) is kept up to this. */
#define SOCK_EARLY_MAX_BYTES  (4u << 20)
#define SOCK_PACKET_MAX_BYTES (16u << 20)

/* Callbacks run only from the wire or the timer, never inside a call of our user: what such a call
 * causes is kept (status_due, acks made due) and told by the timer at once after. depth counts the
 * entries in progress; a sock freed meanwhile is doomed and goes with the last of them.
 *
 * Inv: outbox holds what was emitted and not yet handed to the engine, in order; while it is not
 * empty nothing overtakes it. early is empty unless CONNECTING. */
struct sock {
    const struct host *host;
    struct sock_callbacks callbacks;
    enum sock_transports transports;
    uint32_t reconnect_delay_ms;
    uint32_t reconnect_delay_max_ms;
    uint32_t connect_timeout_ms;
    bool loopback;
    struct buf nsp;
    struct buf auth;

    enum sock_state state;
    bool status_due;
    bool opened;        /* this try got as far as the Engine.IO handshake */
    bool on_websocket;  /* this try began with WebSocket */
    bool fell_back;     /* this try is the fallback of one that began with WebSocket */
    bool websocket_bad; /* the last connection worked only by falling back: poll first and probe */
    unsigned depth;
    bool doomed;
    uint32_t moves; /* counts changes of state */
    uint32_t attempt;
    uint32_t waits_n;
    int64_t due_ms; /* CONNECTING: give up; WAITING: try again; else INT64_MAX */
    uint64_t next_ack_id;
    const char *reason; /* static text, or NULL: reason_text */
    struct buf reason_text;
    struct buf refusal;
    struct buf sid;

    struct engine engine;
    struct host_timer *timer;
    struct acks acks;
    struct recq outbox; /* tag: ack id or NO_ACK */
    struct recq early;
    struct buf packet;      /* being encoded */
    struct buf name;        /* of the event being delivered */
    struct buf binary_text; /* the packet whose attachments are arriving */
    uint8_t binary_left_n;
};

/* Enter a state; told at the end of the turn. reason: static text, or NULL for reason_text. */
void sock_move(struct sock *s, enum sock_state state, const char *reason);
void sock_tell_status(struct sock *s);
/* Break the connection off and try again later. */
void sock_give_up(struct sock *s, const char *reason);
/* Close for good. */
void sock_shut(struct sock *s, const char *reason);
/* An Engine.IO message; user is the sock. */
void sock_on_message(void *user, bool binary, struct slice data);
