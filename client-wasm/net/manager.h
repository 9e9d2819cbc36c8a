/* One connection to one server, shared by the sockets of its namespaces (sock.h): Engine.IO by
 * polling or WebSocket or upgraded, found again by itself when it is lost. Pure of I/O: bytes go
 * through transport.h, time and chance come from host.h.
 *
 *   IDLE --a socket opens--> CONNECTING --handshake--> OPEN --lost--> WAITING
 *                            WAITING --delay over--> CONNECTING
 *   any --no socket wants it any more, or tries used up--> IDLE
 *
 * Source: socket.io-client 4.8, lib/manager.ts.
 */
#pragma once

#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct manager;

enum sock_transports {
    SOCK_POLLING_FIRST,   /* polling, then upgrade: Socket.IO's default */
    SOCK_WEBSOCKET_FIRST, /* WebSocket, falling back to polling when it cannot be opened */
    SOCK_POLLING_ONLY,
    SOCK_WEBSOCKET_ONLY,
};

/* A value of reconnect_jitter_percent. */
#define MANAGER_NO_JITTER UINT32_MAX

/* Zero is the default of every field but url.
 *
 * SOCK_WEBSOCKET_FIRST: a try whose WebSocket does not come up goes on by polling and stays there;
 * the next connection then polls first and probes, until a WebSocket works again. */
struct manager_options {
    struct slice url;   /* "http://host:port", https, ws or wss; in the browser empty means the
                           page's origin */
    struct slice path;  /* "/socket.io/" */
    struct slice query; /* more for the query string, encoded: "token=abc&v=2" */
    enum sock_transports transports;
    bool try_all_transports; /* SOCK_POLLING_FIRST: when polling cannot be opened, the same try goes
                                on by WebSocket */
    bool remember_upgrade;   /* SOCK_POLLING_FIRST: once a WebSocket worked, connect by it first;
                                when that fails, the same try goes on by polling */
    bool with_credentials;   /* browser: send cookies to another origin, too */
    bool no_reconnect;       /* a lost connection stays lost until sock_open */
    uint32_t reconnect_attempts_max;   /* how often in a row; 0: for ever */
    uint32_t reconnect_delay_ms;       /* 1000, doubled each attempt up to ... */
    uint32_t reconnect_delay_max_ms;   /* 30000; then the jitter: ... */
    uint32_t reconnect_jitter_percent; /* 50: ... the wait is uniform in [delay - 50 %, delay].
                                          MANAGER_NO_JITTER: exactly delay */
    uint32_t connect_timeout_ms;       /* 20000: for the handshake, and for the answer to CONNECT */
    uint32_t send_max_bytes; /* 1 MiB: what may wait for the wire before emits are refused; a
                                packet larger than that goes when nothing waits */
};

/* Owns: copies the options; free with manager_free. NULL: out of memory, or no URL and the host
 * has none. */
struct manager *manager_new(const struct manager_options *options);
/* Closes at once, without callbacks, and frees the sockets on it, too: their pointers are dead. May
 * be called from a callback. NULL is taken. */
void manager_free(struct manager *m);
/* True when no connection stands and no goodbye by polling is on its way any more. */
bool manager_quiet(const struct manager *m);
/* When the connection is lost, do not try again before until_ms (on the clock of host.h), unless manager_retry_now or the network asks for
 * it. Holds for the next loss. */
void manager_hold(struct manager *m, int64_t until_ms);
/* Skip the waiting and try now (WAITING only). */
void manager_retry_now(struct manager *m);
/* The environment says the network is gone / back: the connection ends with "transport close"
 * (except to this machine itself), or the next try starts now. */
void manager_network_changed(struct manager *m, bool online);
