/* Any text, any selection, each mark: nothing but marks, spaces and line ends comes or goes, and places stay within the text. The first
 * five bytes say what is selected and which mark. */
#include "format.h"

#include "check.h"
#include "utf16.h"
#include "utf8.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_mark(char c)
{
    return memchr("*` \n", c, 4);
}

/* The two texts are one without what is_mark says. */
static void check_same(struct slice a, struct slice b)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a.n && is_mark(a.p[i])) {
            i++;
        }
        while (k < b.n && is_mark(b.p[k])) {
            k++;
        }
        if (i == a.n || k == b.n) {
            CHECK(i == a.n && k == b.n);
            return;
        }
        CHECK(a.p[i++] == b.p[k++]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 5) {
        return 0;
    }
    const struct slice text = {(const char *)data + 5, size - 5};
    if (!utf8_valid(text)) {
        return 0;
    }
    struct format_range r = {(size_t)(data[0] | data[1] << 8), (size_t)(data[2] | data[3] << 8)};
    struct buf out = {.max = 1 << 20};
    CHECK(format_toggle(text, data[4] % 3, &r, &out) == ERR_OK);
    struct slice got = buf_peek(&out);
    CHECK(utf8_valid(got));
    /* A fence goes with its language. */
    bool fenced = memchr(text.p, '`', text.n) && data[4] % 3 == FORMAT_CODE;
    if (!fenced) {
        check_same(text, got);
    }
    CHECK(r.from <= r.to || slice_eq(text, got));
    CHECK(r.to <= utf16_length(got) || slice_eq(text, got));
    buf_fini(&out);
    return 0;
}
