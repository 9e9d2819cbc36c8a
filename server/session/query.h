/* Query strings (application/x-www-form-urlencoded, as browsers write them). */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"

/* Append to out the percent-decoded value of name in query; the last one wins. Returns: ERR_OK |
 * ERR_NOTFOUND | ERR_INVALID, a broken escape | ERR_LIMIT, longer than out may grow | ERR_NOMEM. */
NODISCARD enum err query_get(struct slice query, struct slice name, struct buf *out);
