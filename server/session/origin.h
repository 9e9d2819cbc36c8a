/* Which browser origins may talk to us. Enforced on both transports, before anything else is looked
 * at: a page of a foreign site must not use its visitor's connection. Requests without an Origin
 * header do not come from a page of another site.
 */
#pragma once

#include "slice.h"
#include <stdbool.h>

struct origin_policy {
    const struct slice *allowed; /* "https://chat.example", or "*" for every origin */
    unsigned allowed_n;
    bool
        allow_loopback; /* any http or https origin on this machine, while we listen on loopback only */
};

/* Thread: any; p is immutable. origin and host are the header values; tls says how the request
 * came. */
bool origin_allowed(const struct origin_policy *p, struct slice origin, struct slice host,
                    bool tls);
/* True for an "scheme://host[:port]" that can be put into the list, or "*". */
bool origin_valid(struct slice origin);
/* True for localhost, 127.0.0.0/8 and [::1], with or without a port. */
bool origin_host_is_loopback(struct slice host);
