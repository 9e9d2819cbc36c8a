/* {"error": {...}}: why the server did not do what was asked, told alike in answers of the chat and by HTTP. */
#pragma once

#include "arena.h"
#include "chat_request.h"

struct json_in;

/* All zero: nothing was refused. */
struct answer_refusal {
    enum chat_error error; /* CHAT_ERRORS_N: none that is known */
    enum chat_retry retry;
    struct slice message, field;
    uint32_t retry_after_ms;
    int64_t max; /* bytes that would be taken; 0: not told */
};

/* Of the object that *in reads. false: there is none in it. Owns: *out's texts are in *in's arena or its text. */
bool answer_refusal_read(struct json_in *in, struct answer_refusal *out);
