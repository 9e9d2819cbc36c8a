/* Typed chat payloads to and from raw JSON. A struct's text is plain UTF-8; an empty slice is an
 * absent field. Which event carries which payload is in events.def; vectors in tests/vectors/msg.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* A chat message on "/": {"text", "timestamp", "user", "cid"}; only text must be there. */
struct msg_chat {
    struct slice text; /* up to CHAT_TEXT_CHARS_MAX characters */
    bool has_timestamp;
    int64_t timestamp_ms; /* since 1970 UTC, when has_timestamp; by the sender's clock */
    struct slice user;    /* the name to show, up to CHAT_USER_CHARS_MAX characters */
    struct slice cid;     /* the sender's id of the message, up to CHAT_CID_CHARS_MAX characters */
};

/* Read an argument of the event. Unknown members are ignored. The timestamp is an ISO 8601 string
 * or a number of milliseconds; any other is as if absent. A null user or cid is absent.
 * Shape:   any bytes; they are checked here within the limits of typed payloads.
 * Returns: ERR_OK | ERR_INVALID, not JSON, not an object or a field of the wrong type | ERR_LIMIT,
 *          a field is too long or the JSON too deep or too large | ERR_NOMEM. On the first two
 *          failures *field (may be NULL) is the static name of the offending field, "" for the
 *          whole.
 * Owns:    nothing; the strings are appended to scratch and out points into it. scratch needs room
 *          for json.n bytes. */
NODISCARD enum err msg_chat_decode(struct slice json, struct buf *scratch, struct msg_chat *out,
                                   const char **field);

/* Append the JSON; absent fields are left out, and a timestamp before year 0 or past 9999.
 * Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err msg_chat_encode(const struct msg_chat *message, struct buf *out);
