/* The table of refusals, and their one form on the wire. */
#include "chat_request.h"

#include "json_out.h"
#include <string.h>

const struct chat_error_row chat_error_rows[CHAT_ERRORS_N] = {
#define CHAT_ERROR(id, code, text, retry, status) [id] = {code, text, #retry, status},
#include "chat_error.def"
#undef CHAT_ERROR
};

enum chat_error chat_error_find(struct slice code)
{
    for (unsigned i = 0; i < CHAT_ERRORS_N; i++) {
        if (slice_eq(slice_str(chat_error_rows[i].code), code)) {
            return (enum chat_error)i;
        }
    }
    return CHAT_ERRORS_N;
}

struct slice chat_refusal_text(const struct chat_refusal *refusal,
                               char scratch[CHAT_REFUSAL_TEXT_BYTES])
{
    struct slice field = slice_str(refusal->field);
    struct slice text =
        slice_str(refusal->message ? refusal->message : chat_error_rows[refusal->error].text);
    bool about_field = field.n > 0 && text.n > 0 && text.p[0] >= 'a' && text.p[0] <= 'z';
    if (!about_field || field.n + 1 + text.n > CHAT_REFUSAL_TEXT_BYTES) {
        return text;
    }
    memcpy(scratch, field.p, field.n);
    scratch[field.n] = ' ';
    memcpy(scratch + field.n + 1, text.p, text.n);
    return (struct slice){scratch, field.n + 1 + text.n};
}

enum err chat_refusal_encode(const struct chat_refusal *refusal, struct buf *out)
{
    const struct chat_error_row *row = &chat_error_rows[refusal->error];
    char scratch[CHAT_REFUSAL_TEXT_BYTES];
    struct json_out o;
    json_out_start(&o, out);
    json_out_object(&o, NULL);
    json_out_bool(&o, "ok", false);
    json_out_object(&o, "error");
    json_out_text(&o, "code", slice_str(row->code));
    json_out_text(&o, "message", chat_refusal_text(refusal, scratch));
    if (refusal->field && refusal->field[0]) {
        json_out_text(&o, "field", slice_str(refusal->field));
    }
    json_out_text(&o, "retry", slice_str(row->retry));
    if (refusal->retry_after_ms > 0) {
        json_out_int(&o, "retry_after_ms", refusal->retry_after_ms);
    }
    json_out_object_end(&o);
    json_out_object_end(&o);
    return json_out_end(&o);
}
