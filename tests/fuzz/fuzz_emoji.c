/* Any file as the table of emojis, searched for pieces of itself; and the same bytes as what was used last. */
#include "emoji.h"

#include "check.h"
#include "utf8.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct emojis *t, uint32_t i)
{
    struct emoji e = emoji_at(t, i);
    struct slice code = emoji_code(&e);
    CHECK(e.glyph.n > 0 && code.n > 0 && code.n <= EMOJI_CODE_BYTES_MAX && e.group < t->groups_n);
    for (enum emoji_tone tone = EMOJI_TONE_NONE; tone < EMOJI_TONES_N; tone++) {
        struct emoji_glyph g;
        emoji_toned(&e, tone, &g);
        CHECK(utf8_valid(emoji_slice(&g)) && g.n >= e.glyph.n - 3);
    }
    if (i < 4) {
        struct emoji_hit hits[EMOJI_HITS_MAX];
        size_t n = emoji_search(t, code, hits, EMOJI_HITS_MAX);
        CHECK(n > 0 && slice_eq(hits[0].code, code));
        for (size_t k = 1; k < n; k++) {
            CHECK(hits[k - 1].order < hits[k].order && hits[k].row < t->rows_n);
        }
        CHECK(emoji_find_code(t, code) <= i);
        emoji_find_glyph(t, e.glyph);
    }
}

static void try_recent(struct slice text)
{
    struct emoji_recent a, b;
    struct buf out = {.max = 1 << 16};
    emoji_recent_decode(&a, text);
    CHECK(a.n <= EMOJI_RECENT_MAX && emoji_recent_encode(&a, &out) == ERR_OK);
    emoji_recent_decode(&b, buf_peek(&out));
    CHECK(a.n == b.n);
    for (size_t i = 0; i < a.n; i++) {
        CHECK(slice_eq(emoji_slice(&a.at[i]), emoji_slice(&b.at[i])));
    }
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice file = {(const char *)data, size};
    struct emojis t = {.text = NULL};
    struct emoji_fault fault = {0, NULL};
    if (emoji_parse(&t, file, &fault) != ERR_OK) {
        CHECK(fault.why && !t.text && t.rows_n == 0);
    }
    for (uint32_t i = 0; i < t.rows_n; i++) {
        check_row(&t, i);
    }
    if (utf8_valid(file)) {
        struct emoji_hit hits[8];
        CHECK(emoji_search(&t, file, hits, 8) <= 8);
    }
    emoji_fini(&t);
    try_recent(file);
    return 0;
}
