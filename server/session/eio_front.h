/* Engine.IO's side of CivetWeb: checks requests in the reference's order on CivetWeb's threads,
 * then gives them, with their sockets, to the reactor they belong to.
 */
#pragma once

#include "civet.h"
#include "eio_session.h"

struct eio_front {
    const struct eio_options *options;
    struct eio_reactor **reactors;
    unsigned reactors_n;
    _Atomic unsigned next_reactor; /* round robin for new sessions */
};

/* The callbacks of civet.h that concern the reactors; user is the struct eio_front. Thread:
 * CivetWeb's. */
bool eio_front_is_path(void *user, struct slice path);
void eio_front_on_engine(void *user, const struct http_request *request, enum err body_result,
                         struct slice body, struct net_socket socket);
bool eio_front_may_upgrade(void *user, const struct http_request *request,
                           struct http_reply *reply);
void eio_front_on_websocket(void *user, const struct http_request *request,
                            struct net_socket socket);
void eio_front_on_idle(void *user, struct net_socket socket);
