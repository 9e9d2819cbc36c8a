/* The seam between the client machine and the wire: one HTTP exchange, one WebSocket. Knows nothing
 * of Engine.IO.
 *
 * Callbacks never run inside the call that starts something, run on the host's one thread, and may
 * abort, close or start anything, themselves included.
 */
#pragma once

#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a server may send us in one HTTP body or one WebSocket message. */
#define TRANSPORT_INPUT_MAX_BYTES (16u << 20)

struct http_call;
struct ws_conn;

struct http_request {
    bool post;             /* else GET */
    bool remove;           /* DELETE instead */
    bool patch;            /* of post: PATCH instead */
    bool put;              /* PUT of bytes instead; natively only */
    bool json;             /* the body is application/json, else text/plain */
    bool with_credentials; /* browser: send cookies to another origin, too */
    struct slice bearer;   /* "Authorization: Bearer ..."; empty: without */
    struct slice url;      /* absolute, http: or https: */
    struct slice body;     /* POST: UTF-8 text; PUT: anything */
    uint64_t range_from;   /* natively only: GET so many bytes from here on; range_n 0: all */
    uint32_t range_n;
};

/* The exchange is over, and the call gone. status 0: there was no (whole) answer. body is borrowed
 * for the call. */
typedef void (*http_done_fn)(void *user, unsigned status, struct slice body);

struct ws_events {
    void *user;
    void (*on_open)(void *user);
    /* A whole message; text is valid UTF-8. Borrowed for the call. */
    void (*on_message)(void *user, bool binary, struct slice data);
    /* It could not be opened, or has ended. Called once, last; the connection is gone. code: of the
     * close (RFC 6455 section 7.4; 1005: without one, 1006: cut off), or the HTTP status that
     * refused it, or 0. */
    void (*on_close)(void *user, unsigned code);
};

struct transport {
    /* Start an exchange. Owns: copies the request; the call lives until done has run or http_abort.
     * Returns: NULL when it could not even be started (no memory, bad URL); done is not called
     * then. */
    struct http_call *(*http_start)(const struct http_request *request, http_done_fn done,
                                    void *user);
    /* Break it off; done is not called any more. The server sees the connection end. */
    void (*http_abort)(struct http_call *call);

    /* Open url (ws: or wss:). Owns: copies url and events; lives until on_close has run or
     * ws_close. NULL as above. */
    struct ws_conn *(*ws_open)(struct slice url, const struct ws_events *events);
    /* Send one message, only after on_open. Copies data. A broken connection is told by on_close,
     * never here. Returns: ERR_OK, taken | ERR_NOMEM | ERR_CLOSED, already ending; on_close
     * follows. */
    enum err (*ws_send)(struct ws_conn *ws, bool binary, struct slice data);
    /* Bytes taken by ws_send that have not left this process yet. */
    size_t (*ws_unsent)(const struct ws_conn *ws);
    /* Send what was taken, say goodbye and close; no callback any more. The handle is dead. */
    void (*ws_close)(struct ws_conn *ws);
};
