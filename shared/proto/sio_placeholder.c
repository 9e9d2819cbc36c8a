/* Attachment placeholders, and the event names nobody may send. */
#include "sio_placeholder.h"

#include "check.h"
#include "json.h"
#include "limits.h"
#include "sio.h"

/* What is known about each container that is open. */
enum {
    IS_PLACEHOLDER = 1,
    NUM_IS_GOOD = 2,
    HOLDS_BAD = 4, /* a placeholder within it is bad */
};

struct walk {
    size_t depth; /* 0: between the elements */
    uint8_t open[JSON_RELAY_DEPTH_MAX + 1];
    struct slice key; /* the one whose value comes next */
    uint8_t attachments_n;
};

static void see_scalar(struct walk *w, struct slice raw)
{
    uint8_t *top = &w->open[w->depth];
    unsigned long long num;

    /* The last of several equal keys counts, as in JSON.parse. */
    if (w->key.n == 0)
        return;
    if (json_string_eq(w->key, SL("_placeholder"))) {
        *top &= (uint8_t)~IS_PLACEHOLDER;
        *top |= slice_eq(raw, SL("true")) ? IS_PLACEHOLDER : 0;
    } else if (json_string_eq(w->key, SL("num"))) {
        *top &= (uint8_t)~NUM_IS_GOOD;
        *top |= slice_to_u64(raw, w->attachments_n - 1U, &num) ? NUM_IS_GOOD : 0;
    }
}

static void close_container(struct walk *w)
{
    uint8_t closed = w->open[w->depth--];
    bool bad = closed & IS_PLACEHOLDER ? !(closed & NUM_IS_GOOD) : closed & HOLDS_BAD;

    if (bad)
        w->open[w->depth] |= HOLDS_BAD;
}

bool sio_placeholders_valid(struct slice checked_elements, uint8_t attachments_n)
{
    struct json_tokens tokens;
    struct walk w = {.attachments_n = attachments_n};
    struct slice raw;
    enum json_token token;

    CHECK(attachments_n > 0);
    json_tokens_init(&tokens, checked_elements);
    while ((token = json_tokens_next(&tokens, &raw)) != JSON_TOKEN_END) {
        switch (token) {
        case JSON_TOKEN_OPEN_OBJECT:
        case JSON_TOKEN_OPEN_ARRAY:
            see_scalar(&w, raw); /* a container is not true, and no number */
            CHECK(w.depth < JSON_RELAY_DEPTH_MAX);
            w.open[++w.depth] = 0;
            break;
        case JSON_TOKEN_CLOSE_OBJECT:
        case JSON_TOKEN_CLOSE_ARRAY:
            close_container(&w);
            break;
        case JSON_TOKEN_SCALAR:
            see_scalar(&w, raw);
            break;
        default:
            break;
        }
        w.key = token == JSON_TOKEN_KEY ? raw : SL("");
    }
    return !(w.open[0] & HOLDS_BAD);
}

static const struct slice reserved[] = {
    {"connect", 7},        {"connect_error", 13}, {"disconnect", 10},
    {"disconnecting", 13}, {"newListener", 11},   {"removeListener", 14},
};

bool sio_event_reserved(struct slice name)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (slice_eq(name, reserved[i]))
            return true;
    }
    return false;
}

bool sio_event_reserved_raw(struct slice raw_string)
{
    if (slice_find(raw_string, '\\') == raw_string.n)
        return sio_event_reserved((struct slice){raw_string.p + 1, raw_string.n - 2});
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (json_string_eq(raw_string, reserved[i]))
            return true;
    }
    return false;
}
