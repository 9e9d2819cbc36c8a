/* Any text with the caret anywhere: what is to be replaced is at the caret, and taking something replaces only that. The text's lines are also
 * names that are ranked and matched, and is cleaned as what is pasted. The first two bytes say where the caret is. */
#include "complete.h"

#include "chat_text.h"
#include "check.h"
#include "fuzzy.h"
#include "utf16.h"
#include "utf8.h"

#include <string.h>

#define NAMES_N 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_caret(struct slice text, size_t caret)
{
    struct complete c = complete_at(text, caret);
    struct buf out = {.max = 1 << 18};
    struct complete_result r;
    if (c.kind == COMPLETE_NONE) {
        return;
    }
    CHECK(c.from < c.to && c.to <= caret && c.to <= text.n);
    CHECK(c.query.n <= COMPLETE_QUERY_BYTES_MAX && utf8_valid(c.query));
    CHECK(memchr("@#:", text.p[c.from], 3));
    CHECK(complete_accept(text, &c, SL("\U0001F600"), &out, &r) == ERR_OK);
    struct slice got = buf_peek(&out), tail = slice_from(text, c.to);
    CHECK(utf8_valid(got) && r.caret <= got.n &&
          r.caret_utf16 == utf16_length((struct slice){got.p, r.caret}));
    CHECK(utf16_to_bytes(got, r.caret_utf16) == r.caret);
    CHECK(memcmp(got.p, text.p, c.from) == 0);
    CHECK(slice_eq(slice_from(got, got.n - tail.n), tail));
    buf_fini(&out);
}

static void try_names(struct slice text)
{
    struct complete_name names[NAMES_N];
    uint32_t hits[COMPLETE_HITS_MAX];
    struct slice query = {text.p, slice_find(text, '\n')}, rest = text;
    size_t n = 0;
    for (; n < NAMES_N && rest.n > 0; n++) {
        struct slice line = {rest.p, slice_find(rest, '\n')};
        size_t name_n = slice_find(line, ' ');
        rest = slice_from(rest, line.n < rest.n ? line.n + 1 : line.n);
        names[n] = (struct complete_name){.name = {line.p, name_n},
                                          .display = slice_from(line, name_n),
                                          .recent = (int64_t)(line.n % 5),
                                          .near = line.n % 2};
        struct fuzzy_match m;
        if (fuzzy_match(query, line, &m)) {
            CHECK(m.score >= 1 && m.name_chars <= FUZZY_NAME_CHARS_MAX);
            CHECK(m.name_chars == FUZZY_NAME_CHARS_MAX || m.chars >> m.name_chars == 0);
            CHECK(!fuzzy_better(&m, &m));
        }
    }
    size_t found = complete_rank(query, names, n, hits, COMPLETE_HITS_MAX);
    for (size_t i = 0; i < found; i++) {
        CHECK(hits[i] < n && (i == 0 || names[hits[i - 1]].near >= names[hits[i]].near));
    }
}

/* Cleaned text may be sent, is no longer, stays as it is when cleaned again, and has the caret within. */
static void try_clean(struct slice text, size_t caret)
{
    struct buf once = {.max = 1 << 20}, twice = {.max = 1 << 20};
    uint32_t at = (uint32_t)caret;
    CHECK(chat_text_clean(text, &at, &once) == ERR_OK);
    CHECK(once.n <= text.n && at <= once.n && utf8_valid(buf_peek(&once)));
    CHECK(!chat_text_has_control(buf_peek(&once), false));
    CHECK(chat_text_clean(buf_peek(&once), NULL, &twice) == ERR_OK);
    CHECK(slice_eq(buf_peek(&once), buf_peek(&twice)));
    buf_fini(&once);
    buf_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const struct slice text = {(const char *)data + 2, size - 2};
    if (utf8_valid(text)) {
        try_caret(text, text.n);
        try_caret(text, utf16_to_bytes(text, (size_t)(data[0] | data[1] << 8)));
        try_names(text);
        try_clean(text, (size_t)(data[0] | data[1] << 8));
    }
    return 0;
}
