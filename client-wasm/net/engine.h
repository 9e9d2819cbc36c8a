/* One Engine.IO v4 connection, client side: handshake, heartbeat, batching, upgrade, close. Pure of
 * I/O.
 *
 *   CLOSED --engine_open--> OPENING --'0' packet--> OPEN --engine_close--> CLOSING --last POST
 * answered--> CLOSED any --engine_abort--> CLOSED                  any --failure--> CLOSED,
 * on_close
 *
 * The upgrade, while OPEN on polling:
 *
 *   UPG_NONE --ws_open--> UPG_OPENING --2probe--> UPG_PROBING --3probe--> UPG_PAUSING --GET and
 * POST ended--> '5', on WebSocket, UPG_NONE.  Whatever goes wrong before the '5' leads back to
 * UPG_NONE on polling, and is tried again later, for what was in the way may be gone: a server or a
 * proxy in the middle of its start, another network.
 *
 * Inv: ws is set while on WebSocket and OPENING or OPEN, and during an upgrade; writes are held
 * while UPG_PAUSING; at most one POST and one GET are on their way. Source: Engine.IO protocol
 * revision 4; design of the reference's client.
 */
#pragma once

#include "buf.h"
#include "eio.h"
#include "err.h"
#include "polling.h"
#include "recq.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

struct host;

/* How long a probe may take, and a goodbye by polling. */
#define ENGINE_UPGRADE_TIMEOUT_MS 10000
#define ENGINE_CLOSE_TIMEOUT_MS   2000
/* After a failed probe the next waits so long, then twice as long, and so on so many times. */
#define ENGINE_PROBE_AGAIN_MS  30000
#define ENGINE_PROBE_DOUBLINGS 4

enum engine_state { ENG_CLOSED, ENG_OPENING, ENG_OPEN, ENG_CLOSING };
/* When polling probes for WebSocket, where the server offers it. LATER: it has just failed. */
enum engine_probe { ENGINE_PROBE_NEVER, ENGINE_PROBE_AT_ONCE, ENGINE_PROBE_LATER };
enum engine_upgrade { UPG_NONE, UPG_OPENING, UPG_PROBING, UPG_PAUSING };

/* All may call any engine function; the struct must stay until on_leave of the outermost pair. */
struct engine_events {
    void *user;
    /* Around everything that the wire causes. */
    void (*on_enter)(void *user);
    void (*on_leave)(void *user);
    void (*on_open)(void *user);
    void (*on_upgrade)(void *user);
    /* An Engine.IO message, borrowed for the call. */
    void (*on_message)(void *user, bool binary, struct slice data);
    /* It has ended, not by engine_abort or engine_close. reason: static text, the reference's
     * words. */
    void (*on_close)(void *user, const char *reason);
};

/* What the wire said when it failed; 0 where nothing. */
struct engine_failure {
    bool websocket; /* the transport that failed */
    unsigned code;  /* HTTP status, or the WebSocket's close code */
};

struct engine {
    const struct host *host;
    struct engine_events events;
    struct engine_failure failure; /* of the last on_close */
    enum engine_state state;
    enum engine_upgrade upgrade;
    bool on_websocket; /* the transport in use; while OPENING the one being tried */
    enum engine_probe probe;
    uint32_t probes_n; /* that failed, of this connection */
    bool broken;       /* the transport failed inside a call; the next tick says so */
    uint32_t epoch;    /* counts opens and ends, so that a loop notices that a callback ended its
                            connection */
    struct buf base;   /* "http://host:port" */
    struct buf path;   /* "/socket.io/" */
    struct buf query;  /* more of it, without the "&" in front */
    struct buf sid;
    struct buf scratch; /* URLs, encoded packets */
    struct buf binary;  /* decoded binary messages */
    struct buf body;    /* of the POST */
    struct recq out;    /* not yet handed to a transport; flag: binary, tag: enum eio_type */
    struct polling polling;
    struct ws_conn *ws;
    uint32_t heartbeat_ms;      /* pingInterval + pingTimeout */
    uint32_t max_payload_bytes; /* 0: no limit */
    int64_t ping_due_ms;        /* OPEN: the server must have pinged by then */
    int64_t limit_ms; /* of the upgrade, or of CLOSING, or until the next probe; else INT64_MAX */
};

struct engine_options {
    struct slice base; /* empty: the host's origin */
    struct slice path;
    struct slice query;
    bool with_credentials;
};
/* Returns: ERR_OK | ERR_NOMEM | ERR_LIMIT | ERR_NOTFOUND, base is empty and the host has no origin.
 * Owns: copies the options; free with engine_fini (also after a failure). */
NODISCARD enum err engine_init(struct engine *e, const struct engine_events *events,
                               const struct engine_options *options);
/* Aborts first. */
void engine_fini(struct engine *e);

/* Start connecting, CLOSED or CLOSING only; a goodbye still on its way is cut off.
 * Returns: ERR_OK | ERR_IO or ERR_NOMEM, could not be started, still CLOSED. */
NODISCARD enum err engine_open(struct engine *e, bool websocket, enum engine_probe probe);
/* Queue and send a text message and the binary ones behind it, all or nothing. OPEN only. How much
 * may wait (engine_unsent) is the caller's to bound.
 * Returns: ERR_OK, taken | ERR_LIMIT, one is larger than the server's maxPayload | ERR_NOMEM. */
NODISCARD enum err engine_send(struct engine *e, struct slice text, const struct slice *binary,
                               size_t binary_n);
/* Bytes taken that have not left this process yet, as far as is known. */
size_t engine_unsent(const struct engine *e);
/* OPEN, and a message would go out at once. */
bool engine_writable(const struct engine *e);
/* Send what is queued and farewell (a message, or empty), say goodbye and end; no on_close. */
void engine_close(struct engine *e, struct slice farewell);
/* End now; no on_close. */
void engine_abort(struct engine *e);

/* When engine_tick has something to do, INT64_MAX when never. */
int64_t engine_deadline(const struct engine *e);
void engine_tick(struct engine *e, int64_t now_ms);
/* The connection is about to be given up, the server having been silent too long (a machine that
 * slept), say: nothing should be sent any more. */
bool engine_expired(const struct engine *e, int64_t now_ms);
/* One of these messages would exceed the server's maxPayload. */
bool engine_too_large(const struct engine *e, struct slice text, const struct slice *binary,
                      size_t binary_n);
