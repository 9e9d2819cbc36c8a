/* See refusal.h. */
#include "refusal.h"

#include "json.h"
#include "json_in.h"
#include "size.h"
#include <string.h>

#define LONG_WAIT_MS 10000
#define MINUTE_MS    60000u

/* The first row that fits counts. field: "": whatever it is about; of: ANY: whatever was tried. */
static const struct {
    uint8_t error, of;
    const char *field;
    uint16_t word;
} ROWS[] = {
    {CHAT_INVALID, REFUSAL_OF_GUEST, "name", WORD_REFUSED_PERSON_NAME},
    {CHAT_INVALID, REFUSAL_OF_LOGIN, "name", WORD_REFUSED_PERSON_NAME},
    {CHAT_INVALID, REFUSAL_OF_REGISTER, "name", WORD_REFUSED_PERSON_NAME},
    {CHAT_INVALID, REFUSAL_OF_FILE, "name", WORD_REFUSED_FILE_NAME},
    {CHAT_INVALID, 0, "name", WORD_REFUSED_ROOM_NAME},
    {CHAT_INVALID, 0, "display", WORD_REFUSED_DISPLAY},
    {CHAT_INVALID, 0, "password", WORD_REFUSED_PASSWORD},
    {CHAT_INVALID, 0, "new_password", WORD_REFUSED_PASSWORD},
    {CHAT_INVALID, 0, "topic", WORD_REFUSED_LONG},
    {CHAT_INVALID, 0, "status", WORD_REFUSED_LONG},
    {CHAT_INVALID, 0, "reason", WORD_REFUSED_LONG},
    {CHAT_INVALID, 0, "bio", WORD_REFUSED_LONG},
    {CHAT_INVALID, 0, "workspace", WORD_REFUSED_LONG},
    {CHAT_INVALID, 0, "zone", WORD_REFUSED_ZONE},
    {CHAT_INVALID, 0, "text", WORD_REFUSED_TEXT},
    {CHAT_INVALID, 0, "emoji", WORD_REFUSED_EMOJI},
    {CHAT_INVALID, 0, "q", WORD_REFUSED_QUERY},
    {CHAT_INVALID, 0, "user", WORD_REFUSED_USER},
    {CHAT_INVALID, 0, "files", WORD_REFUSED_FILES},
    {CHAT_INVALID, 0, "invite", WORD_REFUSED_INVITE_KIND},
    {CHAT_INVALID, 0, "", WORD_REFUSED_INVALID},
    {CHAT_UNAUTHENTICATED, REFUSAL_OF_LOGIN, "", WORD_REFUSED_LOGIN},
    {CHAT_UNAUTHENTICATED, 0, "", WORD_REFUSED_AUTH},
    {CHAT_FORBIDDEN, 0, "invite", WORD_REFUSED_NO_INVITE},
    {CHAT_FORBIDDEN, REFUSAL_OF_GUEST, "", WORD_REFUSED_GUESTS},
    {CHAT_FORBIDDEN, REFUSAL_OF_REGISTER, "", WORD_REFUSED_REGISTER},
    {CHAT_FORBIDDEN, REFUSAL_OF_FILE, "", WORD_REFUSED_UPLOADS},
    {CHAT_FORBIDDEN, 0, "password", WORD_REFUSED_PASSWORD_NOW},
    {CHAT_FORBIDDEN, 0, "user", WORD_REFUSED_RANK},
    {CHAT_FORBIDDEN, 0, "role", WORD_REFUSED_RANK},
    {CHAT_FORBIDDEN, 0, "", WORD_REFUSED_FORBIDDEN},
    {CHAT_BANNED, 0, "user", WORD_REFUSED_BANNED_USER},
    {CHAT_BANNED, 0, "", WORD_REFUSED_BANNED},
    {CHAT_MUTED, 0, "", WORD_REFUSED_MUTED},
    {CHAT_ARCHIVED, 0, "", WORD_READ_ONLY_ARCHIVED},
    {CHAT_NOT_FOUND, 0, "user", WORD_REFUSED_NO_USER},
    {CHAT_NOT_FOUND, 0, "name", WORD_REFUSED_NO_USER},
    {CHAT_NOT_FOUND, 0, "room", WORD_REFUSED_NO_ROOM},
    {CHAT_NOT_FOUND, 0, "seq", WORD_REFUSED_NO_MESSAGE},
    {CHAT_NOT_FOUND, 0, "reply_to", WORD_REFUSED_NO_MESSAGE},
    {CHAT_NOT_FOUND, 0, "invite", WORD_REFUSED_OLD_INVITE},
    {CHAT_NOT_FOUND, 0, "invite_id", WORD_REFUSED_OLD_INVITE},
    {CHAT_NOT_FOUND, 0, "report_id", WORD_REFUSED_NO_MESSAGE},
    {CHAT_NOT_FOUND, 0, "file", WORD_REFUSED_NO_FILE},
    {CHAT_NOT_FOUND, 0, "files", WORD_REFUSED_NO_FILE},
    {CHAT_NOT_FOUND, 0, "", WORD_REFUSED_NOT_FOUND},
    {CHAT_CONFLICT, 0, "", WORD_REFUSED_CONFLICT},
    {CHAT_TAKEN, 0, "", WORD_REFUSED_TAKEN},
    {CHAT_CID_REUSED, 0, "", WORD_REFUSED_CID},
    {CHAT_TOO_MANY, REFUSAL_OF_FILE, "", WORD_REFUSED_MANY_FILES},
    {CHAT_TOO_MANY, 0, "emoji", WORD_REFUSED_MANY_EMOJIS},
    {CHAT_TOO_MANY, 0, "name", WORD_REFUSED_MANY_NAMES},
    {CHAT_TOO_MANY, 0, "", WORD_REFUSED_MANY},
    {CHAT_TOO_LARGE, 0, "", WORD_REFUSED_LARGE},
    {CHAT_RATE, 0, "", WORD_REFUSED_RATE},
    {CHAT_SLOW, 0, "", WORD_REFUSED_SLOW},
    {CHAT_BUSY, 0, "", WORD_REFUSED_BUSY},
    {CHAT_UNAVAILABLE, 0, "", WORD_REFUSED_UNAVAILABLE},
    {CHAT_FULL, 0, "", WORD_REFUSED_FULL},
    {CHAT_INTERNAL, 0, "", WORD_REFUSED_INTERNAL},
};

bool refusal_read(struct slice body, struct arena *arena, struct answer_refusal *out)
{
    struct json_in in;
    *out = (struct answer_refusal){.error = CHAT_ERRORS_N};
    if (body.n == 0 || json_check(body, NULL) != ERR_OK || json_type_of(body) != JSON_OBJECT)
        return false;
    json_in_start(&in, body, arena);
    return answer_refusal_read(&in, out);
}

static struct slice keep(struct buf *line, struct refusal_text *room)
{
    struct slice text = {room->p, line->n < sizeof room->p ? line->n : 0};
    if (text.n)
        memcpy(room->p, line->p, text.n);
    buf_fini(line);
    return text;
}

/* Those with something to fill in; empty: it is none of them. */
static struct slice filled(const struct words *w, const struct answer_refusal *r,
                           struct refusal_text *room)
{
    struct buf line = {.max = REFUSAL_BYTES_MAX}, size = {.max = 64};
    enum err e = ERR_OK;
    if (r->error == CHAT_TOO_LARGE && r->max > 0) {
        e = size_put(w, &size, r->max);
        e = e ? e : words_put(w, &line, WORD_REFUSED_LARGER, buf_peek(&size), SL(""));
        buf_fini(&size);
    } else if (r->error == CHAT_RATE && r->retry_after_ms >= LONG_WAIT_MS) {
        e = words_put_n(w, &line, WORDS_REFUSED_WAIT,
                        (r->retry_after_ms + MINUTE_MS - 1) / MINUTE_MS, SL(""));
    }
    if (e != ERR_OK)
        buf_reset(&line);
    return keep(&line, room);
}

/* The server's own: without a full stop, and other sentences may follow. */
static struct slice foreign(struct slice text, struct refusal_text *room)
{
    struct buf line = {.max = REFUSAL_BYTES_MAX};
    if (text.n == 0 || memchr(".!?", text.p[text.n - 1], 3) || buf_put(&line, text) != ERR_OK ||
        buf_put(&line, SL(".")) != ERR_OK) {
        buf_fini(&line);
        return text;
    }
    return keep(&line, room);
}

struct slice refusal_text(const struct words *w, enum refusal_of of, const struct answer_refusal *r,
                          struct refusal_text *room)
{
    struct slice text = filled(w, r, room);
    for (size_t i = 0; text.n == 0 && i < sizeof ROWS / sizeof *ROWS; i++) {
        struct slice field = slice_str(ROWS[i].field);
        if (ROWS[i].error == r->error && (!ROWS[i].of || ROWS[i].of == of) &&
            (field.n == 0 || slice_eq(field, r->field)))
            text = words_get(w, (enum word)ROWS[i].word);
    }
    return text.n ? text : foreign(r->message, room);
}
