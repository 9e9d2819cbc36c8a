/* Standard base64 with padding (RFC 4648 section 4). */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"

/* Append the text of bytes. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err base64_encode(struct slice bytes, struct buf *out);
/* Append the bytes of text. Strict about alphabet and length; the padding may be left out, the
 * unused low bits of the last character are not looked at. Returns: ERR_OK | ERR_PROTO | ERR_LIMIT
 * | ERR_NOMEM; out is unchanged on failure. */
NODISCARD enum err base64_decode(struct slice text, struct buf *out);
