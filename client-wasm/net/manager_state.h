/* The inside of struct manager, shared by manager.c and the sock*.c. Not for anybody else. */
#pragma once

#include "engine.h"
#include "host.h"
#include "manager.h"
#include "sio.h"
#include "sock.h"

/* A packet of ours, and one of the server's with its attachments. */
#define MANAGER_PACKET_MAX_BYTES (16u << 20)

enum manager_state { MGR_IDLE, MGR_CONNECTING, MGR_OPEN, MGR_WAITING };

/* Callbacks run only from the wire or the timer, never inside a call of our user: what such a call
 * causes is kept (status_due, auth_due, acks made due) and told by the timer at once after. depth
 * counts the entries in progress; what is freed meanwhile is doomed and goes with the last of them.
 *
 * Inv: state is MGR_IDLE exactly when no socket is wanted (CONNECTING, LIVE or WAITING). */
struct manager {
    const struct host *host;
    enum sock_transports transports;
    bool try_all_transports;
    bool remember_upgrade;
    bool no_reconnect;
    uint32_t reconnect_attempts_max;
    uint32_t reconnect_delay_ms;
    uint32_t reconnect_delay_max_ms;
    uint32_t reconnect_jitter_percent;
    uint32_t connect_timeout_ms;
    uint32_t send_max_bytes;
    bool loopback;

    enum manager_state state;
    bool on_websocket;  /* this try goes, or began, by WebSocket */
    bool fell_back;     /* this try goes on by its second transport */
    bool proven;        /* a namespace was answered on this connection */
    bool websocket_bad; /* the last connection worked only by falling back: poll first and probe */
    bool websocket_works; /* the last WebSocket did */
    bool doomed;
    bool of_one_sock; /* goes with its socket */
    unsigned depth;
    uint32_t attempt;
    uint32_t waits_n;
    int64_t hold_ms;    /* after the next loss, no try before that; 0: as usual */
    int64_t due_ms;     /* CONNECTING: give up; WAITING: try again; else INT64_MAX */
    const char *reason; /* of the last loss */
    struct sock_failure failure;

    struct engine engine;
    struct host_timer *timer;
    struct sock *socks;
    struct sio_assembler assembler;
    struct buf packet; /* being encoded */
    struct buf name;   /* of the event being delivered */
};

/* Around every call of our user. */
void manager_enter(struct manager *m);
void manager_leave_quietly(struct manager *m);
/* A socket wants the connection: start, if nothing is under way. */
void manager_want(struct manager *m);
/* A socket does not want it any more: the connection ends with its last, saying farewell (a
 * message, or empty). */
void manager_unwant(struct manager *m, struct slice farewell);
/* A namespace was answered: the server is there. */
void manager_prove(struct manager *m);
/* Break the connection off and try again later. reason: static text. */
void manager_give_up(struct manager *m, const char *reason);
