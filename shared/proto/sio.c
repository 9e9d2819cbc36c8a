/* Reading Socket.IO packets.
 *
 *   <type>[<attachments>-][<namespace>,][<ack id>][<json>]
 */
#include "sio.h"

#include "json.h"
#include "limits.h"
#include "sio_placeholder.h"
#include "utf8.h"

static const struct json_limits relay_limits = {JSON_RELAY_DEPTH_MAX, JSON_RELAY_VALUES_MAX, true};

static enum err fail(enum err e, const char **reason, const char *text)
{
    if (reason)
        *reason = text;
    return e;
}

/* Cut the leading decimal digits off *rest. */
static struct slice cut_digits(struct slice *rest)
{
    size_t n = 0;

    while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9')
        n++;
    struct slice digits = {rest->p, n};
    *rest = slice_from(*rest, n);
    return digits;
}

static bool is_binary(enum sio_type type)
{
    return type == SIO_BINARY_EVENT || type == SIO_BINARY_ACK;
}

static enum err read_attachments(struct slice *rest, struct sio_packet *out, const char **reason)
{
    unsigned long long n;
    struct slice digits = cut_digits(rest);

    if (digits.n == 0 || rest->n == 0 || rest->p[0] != '-')
        return fail(ERR_PROTO, reason, "malformed attachment count");
    *rest = slice_from(*rest, 1);
    if (!slice_to_u64(digits, SIO_ATTACHMENTS_MAX, &n))
        return fail(ERR_LIMIT, reason, "too many attachments");
    if (n == 0)
        return fail(ERR_PROTO, reason, "a binary packet without attachments");
    out->attachments_n = (uint8_t)n;
    return ERR_OK;
}

static enum err read_namespace(struct slice *rest, struct sio_packet *out, const char **reason)
{
    out->nsp = SL("/");
    if (rest->n == 0 || rest->p[0] != '/')
        return ERR_OK;
    size_t n = slice_find(*rest, ',');
    out->nsp = (struct slice){rest->p, n};
    *rest = slice_from(*rest, n < rest->n ? n + 1 : n);
    if (n > SIO_NSP_BYTES_MAX)
        return fail(ERR_LIMIT, reason, "namespace too long");
    if (!utf8_valid(out->nsp))
        return fail(ERR_PROTO, reason, "namespace is not UTF-8");
    return ERR_OK;
}

static enum err read_id(struct slice *rest, struct sio_packet *out, const char **reason)
{
    unsigned long long id;
    struct slice digits = cut_digits(rest);

    if (digits.n == 0)
        return ERR_OK;
    if (!slice_to_u64(digits, SIO_ACK_ID_MAX, &id))
        return fail(ERR_LIMIT, reason, "ack id too large");
    out->has_id = true;
    out->id = id;
    return ERR_OK;
}

static enum err json_failed(enum err e, const char **reason)
{
    if (e == ERR_LIMIT)
        return fail(ERR_LIMIT, reason, "payload nested too deep or with too many values");
    return fail(ERR_PROTO, reason, "malformed payload");
}

/* Names are up to SIO_EVENT_BYTES_MAX as they stand on the wire. */
static enum err check_event(struct slice event, const char **reason)
{
    enum json_type type = event.n > 0 ? json_type_of(event) : JSON_NULL;

    if (type == JSON_NUMBER)
        return event.n <= SIO_EVENT_BYTES_MAX ? ERR_OK
                                              : fail(ERR_LIMIT, reason, "event name too long");
    if (type != JSON_STRING)
        return fail(ERR_PROTO, reason, "event name is neither a string nor a number");
    if (event.n - 2 > SIO_EVENT_BYTES_MAX)
        return fail(ERR_LIMIT, reason, "event name too long");
    if (sio_event_reserved_raw(event))
        return fail(ERR_PROTO, reason, "reserved event name");
    return ERR_OK;
}

/* The payload of events and acks. */
static enum err read_array(struct slice rest, struct sio_packet *out, const char **reason)
{
    struct json_array array;

    if (rest.n == 0 || rest.p[0] != '[')
        return fail(ERR_PROTO, reason, "payload is not an array");
    enum err e = json_check_array(rest, &relay_limits, &array);
    if (e)
        return json_failed(e, reason);
    out->json = array.whole;
    if (out->type == SIO_EVENT || out->type == SIO_BINARY_EVENT) {
        e = check_event(array.first, reason);
        out->event = array.first;
        out->args = array.rest;
    } else {
        const char *end =
            array.rest.n ? array.rest.p + array.rest.n : array.first.p + array.first.n;
        out->args = (struct slice){array.first.p, (size_t)(end - array.first.p)};
    }
    if (!e && is_binary(out->type) && !sio_placeholders_valid(out->args, out->attachments_n))
        return fail(ERR_PROTO, reason, "placeholder without attachment");
    return e;
}

/* The payload of the other types. */
static enum err read_value(struct slice rest, struct sio_packet *out, const char **reason)
{
    if (rest.n == 0 && (out->type == SIO_CONNECT || out->type == SIO_DISCONNECT))
        return ERR_OK;
    if (rest.n == 0 || out->type == SIO_DISCONNECT ||
        !(rest.p[0] == '{' || (rest.p[0] == '"' && out->type == SIO_CONNECT_ERROR)))
        return fail(ERR_PROTO, reason, "payload of the wrong type");
    enum err e = json_check(rest, &relay_limits);
    if (e)
        return json_failed(e, reason);
    while (rest.p[rest.n - 1] != '}' && rest.p[rest.n - 1] != '"')
        rest.n--;
    out->json = rest;
    return ERR_OK;
}

enum err sio_decode(struct slice text, struct sio_packet *out, const char **reason)
{
    struct sio_packet packet = {0};

    if (text.n == 0 || text.p[0] < '0' + SIO_CONNECT || text.p[0] > '0' + SIO_BINARY_ACK)
        return fail(ERR_PROTO, reason, "unknown packet type");
    packet.type = (enum sio_type)(text.p[0] - '0');
    struct slice rest = slice_from(text, 1);

    enum err e = is_binary(packet.type) ? read_attachments(&rest, &packet, reason) : ERR_OK;
    if (!e)
        e = read_namespace(&rest, &packet, reason);
    if (!e)
        e = read_id(&rest, &packet, reason);
    if (!e && (packet.type == SIO_EVENT || packet.type == SIO_ACK || is_binary(packet.type)))
        e = read_array(rest, &packet, reason);
    else if (!e)
        e = read_value(rest, &packet, reason);
    if (!e)
        *out = packet;
    return e;
}
