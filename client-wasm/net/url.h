/* The parts of an http:, https:, ws: or wss: URL. */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

#define URL_HOST_BYTES_MAX 255

struct url {
    bool tls;
    bool ipv6;           /* host stands without the brackets it needs */
    uint16_t port;       /* the scheme's own when absent */
    struct slice host;   /* name or address, without brackets */
    struct slice target; /* path and query, "/" when absent */
};

/* Cut text into its parts, which borrow from it. User info and fragments are refused.
 * Returns: ERR_OK | ERR_INVALID. */
NODISCARD enum err url_parse(struct slice text, struct url *out);
/* Append a value of a query: whatever its bytes, it does not become more than that.
 * Returns: ERR_OK | out's. */
NODISCARD enum err url_put_value(struct buf *out, struct slice value);
