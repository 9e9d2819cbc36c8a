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
};

/* The namespace; r must outlive the server. */
struct io_namespace relay_namespace(struct relay *r);
