/* Connection state recovery, the client's part: the private session id and the offset of the last
 * event, given back to the server with the next CONNECT. Source: socket.io-client 4.8,
 * lib/socket.ts.
 */
#pragma once

#include "sock_state.h"

/* CONNECT was answered with this (checked) object. Returns: true, the session goes on. */
bool sock_recovery_connected(struct sock *s, struct slice json);
/* An event without ack comes: its last argument, if a string, is the offset. */
void sock_recovery_note(struct sock *s, struct slice args);
/* The session cannot go on. */
void sock_recovery_forget(struct sock *s);
/* Append the CONNECT payload: auth (a JSON object or empty), with pid and offset in front when
 * there is a session. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err sock_recovery_put(const struct sock *s, struct slice auth, struct buf *out);
