/* The inside of struct sock, shared by the sock*.c and manager.c. Not for anybody else. */
#pragma once

#include "acks.h"
#include "manager_state.h"
#include "recq.h"
#include "sock.h"

/* What arrives before the server answered CONNECT (recovered events) is kept up to this. */
#define SOCK_EARLY_MAX_BYTES (4u << 20)
/* A session id or offset longer than this (raw JSON) is none we would give back. */
#define SOCK_RECOVERY_MAX_BYTES 256
/* The tag of a record without an ack: above every ack id. */
#define SOCK_NO_ACK UINT64_MAX

/* What sock_send_reliably adds to a socket; a program that never calls it does not link it. */
struct sock_queue;
struct sock_queue_ops {
    /* LIVE: send the next, unless one is on its way. */
    void (*go)(struct sock *s);
    /* The one on its way was lost; all: our user closed, every one ends. */
    void (*lost)(struct sock *s, bool all);
    /* Call back what has ended. */
    void (*tell)(struct sock *s);
    void (*free)(struct sock_queue *q);
};

/* Inv: outbox holds what was emitted and not yet handed to the engine, in order; while it is not
 * empty nothing overtakes it. early is empty unless CONNECTING. stale only with asked. A doomed one
 * with asked stays in the manager's list until it is answered. */
struct sock {
    struct sock *next;
    struct manager *manager;
    struct sock_callbacks callbacks;
    struct buf nsp;
    struct buf auth;
    uint32_t offline_max_n;
    uint32_t offline_max_bytes;
    uint32_t retries;
    uint32_t ack_timeout_ms;

    enum sock_state state;
    bool status_due;
    bool queue_due; /* something of queue has ended */
    bool auth_due;  /* on_auth is to be called */
    bool auth_awaited;
    bool asked; /* a CONNECT is unanswered on this connection */
    bool stale; /* it is of an attempt that our user ended, perhaps with the socket */
    bool recovered;
    bool gave_up;
    bool doomed;
    uint32_t moves; /* counts changes of state */
    uint32_t life;  /* counts LIVEs */
    int64_t due_ms; /* CONNECTING, asked: give up; else INT64_MAX */
    uint64_t next_ack_id;
    const char *reason; /* static text, or NULL: reason_text */
    struct sock_failure failure;
    struct buf reason_text;
    struct buf refusal;
    struct buf sid;
    struct buf pid; /* raw JSON string, or empty */
    struct buf offset;

    struct acks acks;
    struct recq outbox; /* tag: ack id or SOCK_NO_ACK */
    uint32_t outbox_n;  /* packets in it */
    struct recq early;
    struct sock_queue *queue;
    const struct sock_queue_ops *queue_ops;
};

static inline bool sock_wanted(const struct sock *s)
{
    return s->state == SOCK_CONNECTING || s->state == SOCK_LIVE || s->state == SOCK_WAITING;
}

/* Enter a state; told at the end of the turn. reason: static text, or NULL for reason_text. */
void sock_move(struct sock *s, enum sock_state state, const char *reason);
void sock_tell_status(struct sock *s);
/* Tell everything that is due; when anything is, at the latest at the time returned. */
void sock_tell(struct sock *s);
int64_t sock_deadline(const struct sock *s);
/* The time of sock_deadline has come, perhaps. */
void sock_tick(struct sock *s, int64_t now_ms);

/* The connection is being made; stands: CONNECT; is lost, and tried again, or not. */
void sock_connecting(struct sock *s);
void sock_connect(struct sock *s);
void sock_lost(struct sock *s, const char *reason, bool again);
/* Closed for good by the server or our user. */
void sock_shut(struct sock *s, const char *reason, struct slice farewell);
/* Frees all; the manager must not know it any more. */
void sock_destroy(struct sock *s);

/* LIVE, and nothing is in the way of a packet. */
bool sock_sendable(const struct sock *s);
/* Send or keep one event; id: of its ack, when it has one. As sock_send. */
NODISCARD enum err sock_put_event(struct sock *s, const struct sock_message *message, uint64_t *id);
/* Hand the outbox to the engine, as long as the connection stands. */
void sock_flush_outbox(struct sock *s);
/* A packet for this namespace; attachments as many as it says. text: as it came. */
void sock_receive(struct sock *s, struct slice text, const struct sio_packet *packet,
                  const struct slice *attachments);
