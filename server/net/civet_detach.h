/* The seam to CivetWeb's insides. The .c includes civetweb.c, and is the only code that knows its
 * structures:
 *  - a connection's socket, TLS object and bytes read ahead are taken out of it, and put in again;
 *  - the request head is read, and refused, before CivetWeb parses anything;
 *  - worker threads are started when they are needed.
 * Nothing is decided here.
 */
#pragma once

#include "civetweb.h"
#include "err.h"
#include "net_socket.h"
#include "slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What init_thread must return for the master thread. */
struct detach_master {
    void *user;
    void (*on_accepted)(void *user); /* before the socket is queued */
    void (*on_exhausted)(void *user,
                         const char *why); /* no descriptor for a connection; accepting pauses */
};

/* mg_start2, but only the first prespawn_n worker threads are started. Returns NULL on failure;
 * CivetWeb has said why through its log_message callback. */
struct mg_context *detach_start(const struct mg_callbacks *callbacks, void *user,
                                const char **options, unsigned prespawn_n);
/* Start the worker thread number index. Serialised by the caller. Returns false when there is no
 * thread to be had. */
bool detach_spawn(struct mg_context *ctx, unsigned index);
/* To be called from init_context and exit_context: no socket that was accepted and not yet served
 * is lost at the end. */
void detach_mark_unused(const struct mg_context *ctx);
void detach_close_unserved(const struct mg_context *ctx);

/* From here on: functions of a connection, called on its worker thread. */

/* The first thing to call in init_connection: restore what detach_enqueue put in. *idle: see there.
 */
void detach_arrive(struct mg_connection *conn, bool *idle);
/* The buffer of the unparsed request; *n of *cap bytes are filled. */
char *detach_buffer(const struct mg_connection *conn, size_t *n, size_t *cap);
void detach_set_filled(struct mg_connection *conn, size_t n);
/* Returns: > 0, bytes read | 0, nothing yet, or timeout_ms are over | -1, the end, an error, or
 * CivetWeb is stopping. */
int detach_read(struct mg_connection *conn, char *to, size_t n, int timeout_ms);
int detach_write(struct mg_connection *conn, const char *from, size_t n, int timeout_ms);
/* Tell the peer that nothing more is sent, keeping the socket open. */
void detach_shut(struct mg_connection *conn);
/* Read and drop raw bytes. Same results as detach_read. */
int detach_drop(struct mg_connection *conn, int timeout_ms);
/* In init_connection: let CivetWeb end this connection without a request. Its http_error callback
 * must say nothing. */
void detach_refuse(struct mg_connection *conn);
/* In a request handler: the connection ends when the handler returns. */
void detach_end(struct mg_connection *conn);
/* A connect handler of CivetWeb's: no subprotocol is negotiated (1.15 echoes the peer's choice). */
int detach_forget_subprotocol(const struct mg_connection *conn, void *unused);
/* Take the socket out; CivetWeb ends the connection without touching it. early is copied (what was
 * read behind the request).
 * Returns: ERR_OK | ERR_NOMEM, it stays in. Owns: the socket is the
 * caller's. */
enum err detach_take(struct mg_connection *conn, struct slice early, struct net_socket *out);
uint16_t detach_local_port(const struct mg_connection *conn);

/* Queue a socket for the workers, if there is room: with idle, its next request has not begun.
 * Thread: any, while CivetWeb runs.
 * Owns: the socket is taken when ERR_OK. Returns: ERR_OK |
 * ERR_LIMIT, the queue is full | ERR_CLOSED | ERR_NOMEM. */
enum err detach_enqueue(struct mg_context *ctx, struct net_socket *socket, bool idle);
