/* Typed chat payloads. */
#include "msg.h"

#include "check.h"
#include "iso_time.h"
#include "json.h"
#include "limits.h"
#include "utf8.h"

/* Where decoding stands: what failed is remembered once. */
struct reader {
    struct slice json;   /* the checked object */
    struct buf *scratch; /* with room for all strings */
    enum err error;
    const char *field; /* the one that failed */
};

static void reader_fail(struct reader *r, enum err e, const char *field)
{
    if (r->error)
        return;
    r->error = e;
    r->field = field;
}

/* Start reading an object. */
static void reader_init(struct reader *r, struct slice json, struct buf *scratch)
{
    char *room;

    *r = (struct reader){.json = json, .scratch = scratch};
    enum err e = json_check(json, NULL);
    if (!e && json_type_of(json) != JSON_OBJECT)
        e = ERR_INVALID;
    /* Unescaped strings are never longer than raw ones: with this room the slices stay where they
     * are. */
    if (!e)
        e = buf_reserve(scratch, json.n, &room);
    if (e)
        reader_fail(r, e, "");
}

/* A string of up to chars_max characters; an optional one may be absent or null. */
static struct slice read_string(struct reader *r, const char *field, size_t chars_max,
                                bool optional)
{
    struct slice raw;

    if (r->error)
        return SL("");
    bool present = json_get(r->json, slice_str(field), &raw);
    if (optional && (!present || json_type_of(raw) == JSON_NULL))
        return SL("");
    if (!present || json_type_of(raw) != JSON_STRING) {
        reader_fail(r, ERR_INVALID, field);
        return SL("");
    }
    const size_t from = r->scratch->n;
    enum err e = json_unescape(raw, r->scratch);
    if (e) {
        reader_fail(r, e, field);
        return SL("");
    }
    struct slice s = slice_from(buf_peek(r->scratch), from);
    if (utf8_length(s) > chars_max)
        reader_fail(r, ERR_LIMIT, field);
    return s;
}

/* A whole number of milliseconds; a fraction is dropped. */
static bool number_to_ms(struct slice raw, int64_t *ms)
{
    unsigned long long v;
    bool negative = raw.p[0] == '-';
    struct slice digits = negative ? slice_from(raw, 1) : raw;
    size_t point = slice_find(digits, '.');

    for (size_t i = point; i < digits.n; i++) {
        if (digits.p[i] == 'e' || digits.p[i] == 'E')
            return false;
    }
    digits.n = point;
    if (!slice_to_u64(digits, negative ? -ISO_TIME_MIN_MS : ISO_TIME_MAX_MS, &v))
        return false;
    *ms = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

static bool read_timestamp(const struct reader *r, int64_t *ms)
{
    struct slice raw;

    if (r->error || !json_get(r->json, SL("timestamp"), &raw))
        return false;
    if (json_type_of(raw) == JSON_NUMBER)
        return number_to_ms(raw, ms);
    return json_type_of(raw) == JSON_STRING &&
           iso_time_parse((struct slice){raw.p + 1, raw.n - 2}, ms);
}

enum err msg_chat_decode(struct slice json, struct buf *scratch, struct msg_chat *out,
                         const char **field)
{
    const size_t before_n = scratch->n;
    struct msg_chat message = {0};
    struct reader r;

    reader_init(&r, json, scratch);
    message.text = read_string(&r, "text", CHAT_TEXT_CHARS_MAX, false);
    message.has_timestamp = read_timestamp(&r, &message.timestamp_ms);
    message.user = read_string(&r, "user", CHAT_USER_CHARS_MAX, true);
    message.cid = read_string(&r, "cid", CHAT_CID_CHARS_MAX, true);
    if (!r.error) {
        *out = message;
        return ERR_OK;
    }
    scratch->n = before_n;
    if (field && r.error != ERR_NOMEM)
        *field = r.field;
    return r.error;
}

/* ,"key": and a string; nothing when it is empty. */
static enum err put_optional(struct slice key_with_comma, struct slice s, struct buf *out)
{
    if (s.n == 0)
        return ERR_OK;
    enum err e = buf_put(out, key_with_comma);
    return e ? e : json_quote(s, out);
}

enum err msg_chat_encode(const struct msg_chat *message, struct buf *out)
{
    const size_t before_n = out->n;
    char time[ISO_TIME_BYTES];
    struct slice when = {time, 0};

    if (message->has_timestamp && message->timestamp_ms >= ISO_TIME_MIN_MS &&
        message->timestamp_ms <= ISO_TIME_MAX_MS) {
        iso_time_format(message->timestamp_ms, time);
        when.n = sizeof(time);
    }
    enum err e = buf_put(out, SL("{\"text\":"));
    if (!e)
        e = json_quote(message->text, out);
    if (!e)
        e = put_optional(SL(",\"timestamp\":"), when, out);
    if (!e)
        e = put_optional(SL(",\"user\":"), message->user, out);
    if (!e)
        e = put_optional(SL(",\"cid\":"), message->cid, out);
    if (!e)
        e = buf_putc(out, '}');
    if (e)
        out->n = before_n;
    return e;
}
