/* Coming in: a token, a session that is good, the rooms one is in; and being sent away when the session ends. */
#pragma once

#include "people.h"

/* The middleware of the namespace, and its handlers. */
void connect_on_connect(struct tincan_connect *k, void *chat);
void connect_on_connection(struct tincan_socket *s, void *chat);
void connect_on_disconnect(struct tincan_socket *s, const char *reason, void *chat);
/* A session has ended: its sockets get bye and are closed. */
void connect_end_session(struct chat *c, int64_t session);
/* Once a second: look at the sessions whose turn it is. */
void connect_tick(struct chat *c, int64_t now_us);
