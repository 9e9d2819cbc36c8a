/* Any bytes as a chat message: what is read can be written and read again, and is the same. */
#include "msg.h"

#include "check.h"
#include "iso_time.h"
#include "json.h"
#include "limits.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_time(struct slice text)
{
    char written[ISO_TIME_BYTES];
    int64_t ms, back;

    if (!iso_time_parse(text, &ms))
        return;
    iso_time_format(ms, written);
    CHECK(iso_time_parse((struct slice){written, ISO_TIME_BYTES}, &back));
    CHECK(back == ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice json = {(const char *)data, size};
    struct buf scratch = {.max = size};
    struct buf written = {.max = size * 6 + 100};
    struct buf again = {.max = size * 6 + 100};
    struct msg_chat message, back;
    const char *field = NULL;

    check_time(json);
    enum err e = msg_chat_decode(json, &scratch, &message, &field);
    CHECK(e == ERR_OK || e == ERR_INVALID || e == ERR_LIMIT);
    CHECK((e == ERR_OK) == (field == NULL));
    if (!e) {
        CHECK(utf8_valid(message.text) && utf8_valid(message.user) && utf8_valid(message.cid));
        CHECK(utf8_length(message.text) <= CHAT_TEXT_CHARS_MAX);
        CHECK(msg_chat_encode(&message, &written) == ERR_OK);
        CHECK(msg_chat_decode(buf_peek(&written), &again, &back, NULL) == ERR_OK);
        CHECK(slice_eq(message.text, back.text) && slice_eq(message.user, back.user));
        CHECK(slice_eq(message.cid, back.cid) && message.has_timestamp == back.has_timestamp);
        CHECK(!message.has_timestamp || message.timestamp_ms == back.timestamp_ms);
    } else {
        CHECK(scratch.n == 0);
    }
    buf_fini(&scratch);
    buf_fini(&written);
    buf_fini(&again);
    return 0;
}
