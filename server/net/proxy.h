/* Who is behind a proxy: the address and the scheme that count, from X-Forwarded-For and X-Forwarded-Proto. Pure functions.
 *
 * A header is believed as far as those who wrote it are: what a trusted peer appended names its own peer, and so on leftwards until
 * somebody who is not trusted, who counts. What stands left of him is his own word and is never looked at.
 */
#pragma once

#include "check.h"
#include "err.h"
#include "http_message.h"
#include "slice.h"
#include <stdbool.h>

#define PROXY_NETS_MAX      32
#define PROXY_HOPS_MAX      32 /* more in a header is no chain of proxies */
#define PROXY_ADDRESS_BYTES 46 /* of the longest address, with NUL */

/* IPv4 as IPv6 sees it: ::ffff:a.b.c.d */
struct proxy_net {
    unsigned char address[16];
    unsigned bits;
};

/* Zero: nobody is trusted. */
struct proxy_trust {
    struct proxy_net nets[PROXY_NETS_MAX];
    unsigned nets_n;
};

/* Add "10.0.0.0/8", "fd00::/8", or one address. Bits behind the prefix do not matter.
 * Returns: ERR_OK | ERR_INVALID | ERR_LIMIT, PROXY_NETS_MAX are there. */
NODISCARD enum err proxy_trust_add(struct proxy_trust *trust, struct slice text);

/* What the front knows of a request; then what counts. */
struct proxy_view {
    struct slice address; /* numeric */
    bool tls;
    const char *malformed; /* the header that was not believed because it cannot be read, or NULL */
};

/* See through the proxies. text has the address where it is another. A malformed header changes nothing. */
void proxy_see(const struct proxy_trust *trust, const struct http_header *headers,
               unsigned headers_n, char text[PROXY_ADDRESS_BYTES], struct proxy_view *view);
