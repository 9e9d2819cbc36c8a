/* See answer_refusal.h. */
#include "answer_refusal.h"

#include "json.h"
#include "json_in.h"

static enum chat_retry read_retry(struct slice word, enum chat_error error)
{
    if (word.n == 0 && error != CHAT_ERRORS_N) {
        word = slice_str(chat_error_rows[error].retry);
    }
    return slice_eq(word, SL("same"))  ? CHAT_RETRY_same
           : slice_eq(word, SL("new")) ? CHAT_RETRY_new
                                       : CHAT_RETRY_never;
}

bool answer_refusal_read(struct json_in *in, struct answer_refusal *out)
{
    struct json_in error;
    struct slice raw, code = SL(""), retry = SL("");
    int64_t after = 0;
    *out = (struct answer_refusal){.error = CHAT_ERRORS_N, .retry = CHAT_RETRY_never};
    if (!json_in_raw(in, "error", &raw) || json_type_of(raw) != JSON_OBJECT) {
        return false;
    }
    json_in_start(&error, raw, in->arena);
    json_in_text(&error, "code", &code);
    json_in_text(&error, "retry", &retry);
    json_in_text(&error, "message", &out->message);
    json_in_text(&error, "field", &out->field);
    json_in_int(&error, "retry_after_ms", 0, UINT32_MAX, &after);
    json_in_int(&error, "max", 0, CHAT_ID_MAX, &out->max);
    out->retry_after_ms = (uint32_t)after;
    out->error = chat_error_find(code);
    out->retry = read_retry(retry, out->error);
    return true;
}
