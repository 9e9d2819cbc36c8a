/* Any bytes as a file, a picture and the name of one: sides are within their cap, and what is kept is one, and stays as it is. */
#include "media.h"
#include "media_still.h"

#include "check.h"
#include "utf8.h"
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(struct slice given)
{
    char once[CHAT_FILE_NAME_BYTES_MAX], twice[CHAT_FILE_NAME_BYTES_MAX];
    struct slice name = {once, media_name(given, once)};
    CHECK(name.n >= 1 && utf8_valid(name) && utf8_length(name) <= CHAT_FILE_NAME_CHARS_MAX);
    CHECK(slice_find(name, '/') == name.n && slice_find(name, '\\') == name.n);
    CHECK(slice_find(name, '\0') == name.n && slice_find(name, '\n') == name.n);
    CHECK(name.p[0] != '.' && name.p[name.n - 1] != '.');
    CHECK(media_name(name, twice) == name.n && memcmp(once, twice, name.n) == 0);
}

static void check_picture(struct slice given)
{
    struct buf once = {.max = CHAT_AVATAR_BYTES_MAX}, twice = {.max = CHAT_AVATAR_BYTES_MAX};
    if (media_still(given, &once) == ERR_OK) {
        CHECK(once.n > 0 && once.n <= given.n);
        CHECK(media_still(buf_peek(&once), &twice) == ERR_OK &&
              slice_eq(buf_peek(&once), buf_peek(&twice)));
    }
    buf_fini(&once);
    buf_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice input = {(const char *)data, size};
    for (uint64_t more = 0; more < 2; more++) {
        const struct media m = media_of(input, size + more);
        CHECK(m.type && (m.width > 0) == (m.height > 0));
        CHECK(m.width <= CHAT_FILE_SIDE_MAX && m.height <= CHAT_FILE_SIDE_MAX);
    }
    check_picture(input);
    if (utf8_valid(input)) {
        check_name(input);
    }
    return 0;
}
