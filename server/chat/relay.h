/* Namespace `/`: the tutorial's broadcast server. An event `message` goes, byte for byte, to every
 * socket of the namespace, its sender included. If the sender asked for an acknowledgement it gets
 * {"ok":true}. A sender over its rate is told by the answer, or by an event `limited`, and the
 * message goes to nobody.
 */
#pragma once

#include "io.h"
#include "rate.h"

struct relay {
    struct rate_limit message_limit; /* a socket */
    /* A message was relayed; packet is borrowed. NULL: nobody wants to know. Thread: the sender's reactor, which must not wait. */
    void (*on_message)(void *user, const struct sio_packet *packet);
    void *user;
};

/* The namespace; r must outlive the server. */
struct io_namespace relay_namespace(struct relay *r);
