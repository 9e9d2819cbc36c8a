/* Incoming events: catch-all handlers, middleware, the event's own handlers; and reading arguments. See app.h. */
#include "app.h"

#include "json.h"
#include "utf8.h"

static struct slice to_slice(struct tincan_slice s)
{
    return (struct slice){s.p, s.n};
}

/* --- dispatch --- */

/* Why args do not match types: NULL when they do. */
static const char *mismatch(const struct tincan_event *e, const char *types, unsigned *index)
{
    bool optional = false;
    *index = 0;
    for (const char *type = types; *type; type++) {
        if (*type == '?') {
            optional = true;
            continue;
        }
        struct tincan_slice arg = tincan_arg(e, *index);
        if (arg.n == 0) {
            return optional ? NULL : "is missing";
        }
        enum json_type is = json_type_of(to_slice(arg));
        int64_t integer;
        switch (*type) {
        case 's':
            if (is != JSON_STRING) {
                return "must be a string";
            }
            break;
        case 'i':
            if (!tincan_arg_integer(e, *index, &integer)) {
                return "must be a whole number";
            }
            break;
        case 'n':
            if (is != JSON_NUMBER) {
                return "must be a number";
            }
            break;
        case 'b':
            if (is != JSON_BOOL) {
                return "must be true or false";
            }
            break;
        case 'o':
            if (is != JSON_OBJECT) {
                return "must be an object";
            }
            break;
        case 'a':
            if (is != JSON_ARRAY) {
                return "must be an array";
            }
            break;
        default: /* '*' */
            break;
        }
        ++*index;
    }
    return tincan_args_n(e) > *index ? "is one too many" : NULL;
}

static bool types_match(struct tincan_event *e, const char *types)
{
    unsigned index;
    const char *why = types ? mismatch(e, types, &index) : NULL;
    if (!why) {
        return true;
    }
    char reply[200];
    int n = snprintf(reply, sizeof reply,
                     "{\"ok\":false,\"error\":{\"code\":\"invalid\",\"message\":\"argument %u "
                     "%s\",\"field\":\"%u\",\"retry\":\"new\"}}",
                     index + 1, why, index + 1);
    tincan_ack(e, (struct tincan_slice){reply, (size_t)n});
    return false;
}

/* The handlers of one namespace for an event. */
static void run_handlers(const struct tincan_namespace *of, struct tincan_socket *s,
                         struct tincan_event *e)
{
    struct event_handler *h = map_get(&of->handlers.events, slice_str(e->name));
    for (; h && s->state == SOCKET_CONNECTED; h = h->next) {
        if (types_match(e, h->types)) {
            h->fn(e, h->user);
        }
    }
}

void app_on_event(struct tincan_socket *s, struct tincan_event *e)
{
    struct tincan_namespace *ns = s->ns;
    if (s->state != SOCKET_CONNECTED) {
        return; /* it was disconnected while this was on its way */
    }
    for (struct row *row = app_first_row(ns, ROW_ANY_IN); row;
         row = app_next_row(ns, ROW_ANY_IN, row)) {
        row->on_any(e, row->user);
        if (s->state != SOCKET_CONNECTED) {
            return;
        }
    }
    for (struct row *row = app_first_row(ns, ROW_EVENT_CHECK); row;
         row = app_next_row(ns, ROW_EVENT_CHECK, row)) {
        if (!row->on_event(e, row->user) || s->state != SOCKET_CONNECTED) {
            return;
        }
    }
    if (ns->parent) {
        run_handlers(ns->parent, s, e);
    }
    run_handlers(ns, s, e);
}

/* --- arguments --- */

struct tincan_slice tincan_arg(const struct tincan_event *e, unsigned index)
{
    struct json_iter it;
    struct slice value;
    json_iter_init_elements(&it, to_slice(e->args));
    for (unsigned i = 0; json_iter_next(&it, NULL, &value); i++) {
        if (i == index) {
            return (struct tincan_slice){value.p, value.n};
        }
    }
    return (struct tincan_slice){NULL, 0};
}

unsigned tincan_args_n(const struct tincan_event *e)
{
    struct json_iter it;
    struct slice value;
    unsigned n = 0;
    json_iter_init_elements(&it, to_slice(e->args));
    while (json_iter_next(&it, NULL, &value)) {
        n++;
    }
    return n;
}

static bool arg_of_type(const struct tincan_event *e, unsigned index, enum json_type type,
                        struct slice *out)
{
    struct tincan_slice arg = tincan_arg(e, index);
    *out = to_slice(arg);
    return arg.n > 0 && json_type_of(*out) == type;
}

bool tincan_arg_text(const struct tincan_event *e, unsigned index, char *out, size_t out_bytes)
{
    struct slice raw;
    struct buf text;
    if (out_bytes == 0 || !arg_of_type(e, index, JSON_STRING, &raw)) {
        return false;
    }
    buf_init(&text, out_bytes - 1);
    bool fits =
        json_unescape(raw, &text) == ERR_OK && (text.n == 0 || !memchr(text.p, '\0', text.n));
    if (fits) {
        if (text.n > 0) {
            memcpy(out, text.p, text.n);
        }
        out[text.n] = '\0';
    }
    buf_fini(&text);
    return fits;
}

/* JSON's numbers are C's, but they are not NUL-terminated here. */
static bool to_double(struct slice raw, double *out)
{
    char text[64];
    char *end;
    if (raw.n >= sizeof text) {
        return false;
    }
    memcpy(text, raw.p, raw.n);
    text[raw.n] = '\0';
    *out = strtod(text, &end);
    return *end == '\0';
}

bool tincan_arg_number(const struct tincan_event *e, unsigned index, double *out)
{
    struct slice raw;
    return arg_of_type(e, index, JSON_NUMBER, &raw) && to_double(raw, out);
}

bool tincan_arg_integer(const struct tincan_event *e, unsigned index, int64_t *out)
{
    struct slice raw;
    unsigned long long magnitude;
    if (!arg_of_type(e, index, JSON_NUMBER, &raw)) {
        return false;
    }
    bool negative = raw.p[0] == '-';
    if (!slice_to_u64(slice_from(raw, negative ? 1 : 0), INT64_MAX, &magnitude)) {
        return false; /* a fraction, an exponent, or too large */
    }
    *out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

bool tincan_arg_bool(const struct tincan_event *e, unsigned index, bool *out)
{
    struct slice raw;
    if (!arg_of_type(e, index, JSON_BOOL, &raw)) {
        return false;
    }
    *out = raw.p[0] == 't';
    return true;
}

bool tincan_arg_binary(const struct tincan_event *e, unsigned index, struct tincan_slice *out)
{
    struct slice raw, mark, number;
    unsigned long long num;
    if (!arg_of_type(e, index, JSON_OBJECT, &raw) || !json_get(raw, SL("_placeholder"), &mark) ||
        !slice_eq(mark, SL("true")) || !json_get(raw, SL("num"), &number) ||
        e->attachments_n == 0 || !slice_to_u64(number, e->attachments_n - 1, &num)) {
        return false;
    }
    *out = e->attachments[num];
    return true;
}

bool tincan_json_member(struct tincan_slice object, const char *key, struct tincan_slice *out)
{
    struct slice value;
    if (object.n == 0 || json_type_of(to_slice(object)) != JSON_OBJECT ||
        !json_get(to_slice(object), slice_str(key), &value)) {
        return false;
    }
    *out = (struct tincan_slice){value.p, value.n};
    return true;
}

size_t tincan_json_quote(const char *text, char *out, size_t out_bytes)
{
    struct buf quoted;
    size_t n = 0;
    buf_init(&quoted, out_bytes > 0 ? out_bytes - 1 : 0);
    if (utf8_valid(slice_str(text)) && json_quote(slice_str(text), &quoted) == ERR_OK) {
        n = quoted.n;
        memcpy(out, quoted.p, n);
        out[n] = '\0';
    }
    buf_fini(&quoted);
    return n;
}

struct tincan_slice tincan_text(const char *s)
{
    return (struct tincan_slice){s, s ? strlen(s) : 0};
}
