/* A TCP connection, with or without TLS, on libuv's default loop.
 *
 *   RESOLVING --> CONNECTING (each address in turn) --> [HANDSHAKE] --> OPEN --stream_finish-->
 * FINISHING --> CLOSED any --error, end of stream--> on_close, CLOSED       any --stream_close-->
 * CLOSED
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"
#include "url.h"
#include <stdbool.h>
#include <stddef.h>

struct stream;

/* Never called inside stream_open; may call anything here. After on_close, stream_close and
 * stream_finish the stream is gone for its user. */
struct stream_events {
    void *user;
    void (*on_open)(void *user);
    /* Bytes, borrowed for the call; they may be written to. */
    void (*on_data)(void *user, char *p, size_t n);
    void (*on_close)(void *user);
};

/* Owns: copies what it needs. NULL: out of memory. */
struct stream *stream_open(const struct url *to, const struct stream_events *events);
/* Hand the stream to another user. */
void stream_set_events(struct stream *s, const struct stream_events *events);
/* Queue bytes, once open. Copies. Returns: ERR_OK | ERR_NOMEM | ERR_LIMIT. */
NODISCARD enum err stream_write(struct stream *s, struct slice data);
size_t stream_unsent(const struct stream *s);
/* End it now. */
void stream_close(struct stream *s);
/* Send what was written, then end it; gives the peer a moment to do the same. */
void stream_finish(struct stream *s);
/* How many streams are finishing. */
unsigned stream_finishing_n(void);
/* What went wrong last, in English; "" at first. */
const char *stream_problem(void);
