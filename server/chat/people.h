/* Who is there: sockets, the users and the sessions they belong to, the addresses they come from. */
#pragma once

#include "chat_state.h"

void people_init(struct chat *c);
void people_fini(struct chat *c);

/* A user who has sockets, or had some lately; NULL: nobody. */
struct person *people_find(const struct chat *c, int64_t user);
/* The person has no sockets and nothing that has to be remembered: forget it. */
void people_forget(struct chat *c, struct person *p);
/* A session's sockets; NULL: it has none. */
struct session *people_session(const struct chat *c, int64_t session);

/* What a socket that wants to join is: set as its data. NULL: no memory. */
struct conn *conn_new(struct chat *c, struct tincan_socket *s);
/* Whose it is. false: no memory. */
bool conn_set_owner(struct conn *conn, int64_t user, int64_t session);
/* It belongs to nobody any more, is let in nowhere, and its socket is not to be used again; once is enough. */
void conn_leave(struct conn *conn);
void conn_ref(struct conn *conn);
void conn_unref(struct conn *conn);
