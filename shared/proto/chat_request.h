/* What clients ask on /chat: one struct that every request fits into, and a table that says which event has which fields. The server
 * reads requests by the table and refuses by the name of the field; the clients write them by it.
 */
#pragma once

#include "chat.h"
#include "events.h"

enum chat_error {
#define CHAT_ERROR(id, code, text, retry, status) id,
#include "chat_error.def"
#undef CHAT_ERROR
    CHAT_ERRORS_N
};
enum chat_retry { CHAT_RETRY_same, CHAT_RETRY_new, CHAT_RETRY_never };
struct chat_error_row {
    const char *code, *text, *retry;
    int http_status;
};
extern const struct chat_error_row chat_error_rows[CHAT_ERRORS_N];
/* CHAT_ERRORS_N when there is no such code. */
enum chat_error chat_error_find(struct slice code);

/* Which fields were given: bit (1 << CHAT_FIELD_...) of struct chat_request.has; the ids are made from chat_fields.def. */
enum chat_field {
#define CHAT_FIELD(id, name) id,
#include "chat_fields.def"
#undef CHAT_FIELD
    CHAT_FIELDS_N
};
#define CHAT_HAS(request, field) (((request)->has >> (field)) & 1u)

struct chat_cursor {
    int64_t room, ev;
};

struct chat_request {
    uint64_t has;
    int64_t room;
    struct slice room_name; /* where a room may be given by name: room is 0 then */
    int64_t user;
    struct slice user_name; /* likewise */
    int64_t seq, rev, reply_to;
    int64_t before, after, around;
    int64_t seconds, uses, invite_id, slow, report_id;
    int64_t last_room, last_seq;
    uint32_t limit; /* never 0 */
    bool on, archived, browse;
    unsigned char cid[CHAT_CID_HEX / 2];
    struct slice text, emoji, q, name, topic, display, status, epoch, invite, from, token, reason,
        bio, zone;
    enum chat_room_kind kind;
    enum chat_role role;
    enum chat_notify notify;
    enum chat_presence state;
    enum chat_outcome outcome;
    const struct chat_cursor *cursors;
    uint32_t cursors_n;
    const int64_t *watch;
    uint32_t watch_n;
    const int64_t *files; /* a message that has some may do without text */
    uint32_t files_n;
    const struct slice *alts; /* what the first of them show; "" says nothing */
    uint32_t alts_n;
};

/* Why a request is refused. field is static text, "" when it is not about one. message is static text, too; NULL: the row's; when it begins
 * with a lower-case letter, it is said of the field ("is missing"). */
struct chat_refusal {
    enum chat_error error;
    const char *field;
    const char *message;
    uint32_t retry_after_ms;
};

/* Read the argument of a client's event (a row of events.def in "/chat").
 * Shape:   any bytes; checked here within the limits of typed payloads. Text is checked to be what its field allows (length in
 *          characters, no control characters but line breaks and tabs in texts, where CRLF and CR become LF before they are counted;
 *          not blank where it may not be empty); unknown members are ignored, null is absent.
 * Returns: ERR_OK | ERR_INVALID and *refusal says which field and why | ERR_NOMEM.
 * Owns:    what out points to is in the arena. */
NODISCARD enum err chat_request_decode(enum event_id event, struct slice json, struct arena *arena,
                                       struct chat_request *out, struct chat_refusal *refusal);
/* Append the JSON object of those fields that has names. Returns: ERR_OK | ERR_LIMIT | ERR_NOMEM. */
NODISCARD enum err chat_request_encode(enum event_id event, const struct chat_request *request,
                                       struct buf *out);
/* What people are told, as a sentence: "text is missing".
 * Owns:    what is returned is static text, or in scratch. */
#define CHAT_REFUSAL_TEXT_BYTES 128
struct slice chat_refusal_text(const struct chat_refusal *refusal,
                               char scratch[CHAT_REFUSAL_TEXT_BYTES]);
/* Append {"ok":false,"error":{...}}, the one form of every refusal. */
NODISCARD enum err chat_refusal_encode(const struct chat_refusal *refusal, struct buf *out);
