/* The table of emojis: what a file may hold, what is found by which word, tones, and what was used last. */
#include "emoji.h"

#include "limits.h"
#include "mem.h"
#include "unit_support.h"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define SMALL                                                                                      \
    "% a comment\n=Faces & more\n😀 grinning;happy\n😄 smile smiling_eyes;happy\n"             \
    "=People\n👍+ +1 thumbsup;yes\n✌️+ v\n🧑‍🤝‍🧑++ holding_hands\n1️⃣ one\n"

static struct emojis parsed(struct slice file)
{
    struct emojis t = {.text = NULL};
    struct emoji_fault fault = {0, "none"};
    assert_int_equal(emoji_parse(&t, guard_copy(file), &fault), ERR_OK);
    return t;
}

static void assert_slice(struct slice s, const char *wanted)
{
    if (!slice_eq(s, slice_str(wanted))) {
        fail_msg("\"%.*s\" is not \"%s\"", SL_ARG(s), wanted);
    }
}

/* The site's own file. */
static struct emojis site(void)
{
    struct buf file = {.max = EMOJI_FILE_BYTES_MAX + 1};
    FILE *f = fopen(EMOJI_FILE, "rb");
    char *to;
    assert_non_null(f);
    assert_int_equal(buf_reserve(&file, EMOJI_FILE_BYTES_MAX, &to), ERR_OK);
    file.n = fread(to, 1, EMOJI_FILE_BYTES_MAX, f);
    assert_int_equal(fclose(f), 0);
    struct emojis t = parsed(buf_peek(&file));
    buf_fini(&file);
    return t;
}

/* ---- the file ---- */

static void test_emoji__reads_groups_and_rows(void **state)
{
    (void)state;
    struct emojis t = parsed(SL(SMALL));
    assert_int_equal(t.rows_n, 6);
    assert_int_equal(t.groups_n, 2);
    assert_slice(t.groups[0].name, "Faces & more");
    assert_int_equal(t.groups[1].first, 2);
    assert_int_equal(t.groups[1].n, 4);
    struct emoji e = emoji_at(&t, 1);
    assert_slice(e.glyph, "😄");
    assert_slice(e.codes, "smile smiling_eyes");
    assert_slice(emoji_code(&e), "smile");
    assert_slice(e.words, "happy");
    e = emoji_at(&t, 2);
    assert_slice(e.glyph, "👍");
    assert_slice(emoji_code(&e), "+1");
    assert_int_equal(e.tones, 1);
    assert_int_equal(emoji_at(&t, 4).tones, 2);
    assert_slice(emoji_at(&t, 5).glyph, "1️⃣");
    assert_slice(emoji_at(&t, 5).words, "");
    emoji_fini(&t);
    assert_int_equal(t.rows_n, 0);
}

static void test_emoji__says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *file, *why;
        uint32_t line;
    } cases[] = {
        {"<!doctype html>\n", "no emoji at the start of the line", 1},
        {"=G\n😀\n", "no short code behind the emoji", 2},
        {"=G\n😀+\n", "no short code behind the emoji", 2},
        {"=G\n😀+++ a\n", "no emoji at the start of the line", 2},
        {"=G\n😀 \n", "a short code or word that is none", 2},
        {"=G\n😀 a  b\n", "a short code or word that is none", 2},
        {"=G\n😀 A\n", "a short code or word that is none", 2},
        {"=G\n😀 a;\n", "a short code or word that is none", 2},
        {"=G\n😀 a\r\n", "a short code or word that is none", 2},
        {"=G\n\n abc\n", "no emoji at the start of the line", 3},
        {"=G\nabc abc\n", "no emoji at the start of the line", 2},
        {"😀 a\n", "an emoji before the first group", 1},
        {"=\n", "a group without a name", 1},
        {"=G\n\xF0\x9F\n", "the file is not UTF-8", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct emojis t = {.text = NULL};
        struct emoji_fault fault = {77, NULL};
        assert_int_equal(emoji_parse(&t, guard_copy(slice_str(cases[i].file)), &fault),
                         ERR_INVALID);
        assert_string_equal(fault.why, cases[i].why);
        assert_int_equal(fault.line, cases[i].line);
        assert_null(t.text);
        assert_int_equal(t.groups_n, 0);
    }
    struct emojis t = parsed(SL(""));
    assert_int_equal(t.rows_n, 0);
    emoji_fini(&t);
}

/* Build "=G\n" and n times what, then end; parse it. */
static enum err parse_many(const char *head, size_t n, const char *what, const char *end,
                           struct emoji_fault *fault)
{
    struct buf file = {.max = 1 << 20};
    struct emojis t = {.text = NULL};
    assert_int_equal(buf_put(&file, slice_str(head)), ERR_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(buf_put(&file, slice_str(what)), ERR_OK);
    }
    assert_int_equal(buf_put(&file, slice_str(end)), ERR_OK);
    *fault = (struct emoji_fault){0, ""};
    enum err e = emoji_parse(&t, buf_peek(&file), fault);
    buf_fini(&file);
    emoji_fini(&t);
    return e;
}

static void test_emoji__has_caps(void **state)
{
    (void)state;
    static const struct {
        const char *head, *what, *end;
        size_t cap; /* the most of what that go */
        enum err past;
        const char *why;
    } cases[] = {
        {"=G\n", "é a\n", "", EMOJI_ROWS_MAX, ERR_LIMIT, "too many emojis"},
        {"", "=G\n", "", EMOJI_GROUPS_MAX, ERR_LIMIT, "too many groups"},
        {"%", "x", "\n", EMOJI_LINE_BYTES_MAX - 1, ERR_LIMIT, "a line too long"},
        {"", "\n", "", EMOJI_FILE_BYTES_MAX, ERR_LIMIT, "the file is too long"},
        {"=G\n", "é", " a\n", EMOJI_GLYPH_BYTES_MAX / 2, ERR_INVALID,
         "no emoji at the start of the line"},
        {"=G\né ", "a", "\n", EMOJI_CODE_BYTES_MAX, ERR_INVALID,
         "a short code or word that is none"},
        {"=G\né a;", "a", "\n", EMOJI_CODE_BYTES_MAX, ERR_INVALID,
         "a short code or word that is none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct emoji_fault fault;
        const char *head = cases[i].head, *what = cases[i].what, *end = cases[i].end;
        assert_int_equal(parse_many(head, cases[i].cap, what, end, &fault), ERR_OK);
        assert_int_equal(parse_many(head, cases[i].cap + 1, what, end, &fault), cases[i].past);
        assert_string_equal(fault.why, cases[i].why);
    }
}

static void test_emoji__survives_without_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n <= 2; n++) {
        struct emojis t = {.text = NULL};
        struct emoji_fault fault;
        mem_fail_after(n, 1);
        assert_int_equal(emoji_parse(&t, SL(SMALL), &fault), ERR_NOMEM);
        mem_fail_after(0, 0);
        assert_null(t.text);
        assert_null(t.rows);
    }
}

/* ---- the site's file ---- */

static void test_emoji__the_sites_file_is_whole(void **state)
{
    (void)state;
    struct emojis t = site();
    assert_true(t.rows_n > 1700 && t.groups_n == 9);
    for (uint32_t i = 0; i < t.rows_n; i++) {
        struct emoji e = emoji_at(&t, i);
        /* Every code and every glyph leads back here: none is there twice. */
        assert_int_equal(emoji_find_code(&t, emoji_code(&e)), i);
        assert_int_equal(emoji_find_glyph(&t, e.glyph), i);
        for (enum emoji_tone tone = EMOJI_TONE_LIGHT; e.tones && tone < EMOJI_TONES_N; tone++) {
            struct emoji_glyph g;
            emoji_toned(&e, tone, &g);
            assert_true(utf8_valid(emoji_slice(&g)));
            assert_int_equal(emoji_find_glyph(&t, emoji_slice(&g)), i);
        }
    }
    assert_int_equal(emoji_find_code(&t, SL("no_such_code")), EMOJI_NONE);
    assert_int_equal(emoji_find_code(&t, SL("")), EMOJI_NONE);
    assert_int_equal(emoji_find_glyph(&t, SL("")), EMOJI_NONE);
    assert_int_equal(emoji_find_glyph(&t, SL("x")), EMOJI_NONE);
    assert_int_equal(emoji_find_glyph(&t, SL("\xF0\x9F")), EMOJI_NONE);
    emoji_fini(&t);
}

static void test_emoji__finds_what_people_mean(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        size_t within; /* the first so many */
        const char *code;
    } cases[] = {
        {"smile", 1, "smile"},
        {"smi", 3, "smile"},
        {":smi", 3, "smile"},
        {":smile:", 1, "smile"},
        {"SMILE", 1, "smile"},
        {"+1", 1, "+1"},
        {"-1", 1, "-1"},
        {"thumbsu", 1, "+1"},
        {"yes", 3, "+1"},
        {"red heart", 1, "heart"},
        {"heart red", 2, "heart"},
        {"party", 6, "tada"},
        {"lol", 8, "joy"},
        {"rocket", 1, "rocket"},
        {"launch", 1, "rocket"},
        {"germany", 1, "de"},
        {"ocket", 1, "rocket"},
        {"flags", 12, "black_flag"},
        {"heart ey", 1, "heart_eyes"},
    };
    struct emojis t = site();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct emoji_hit hits[16];
        size_t n = emoji_search(&t, guard_copy(slice_str(cases[i].query)), hits, cases[i].within);
        bool found = false;
        for (size_t k = 0; k < n; k++) {
            struct emoji e = emoji_at(&t, hits[k].row);
            found = found || slice_eq(emoji_code(&e), slice_str(cases[i].code));
        }
        if (!found) {
            fail_msg("%s does not find %s", cases[i].query, cases[i].code);
        }
    }
    emoji_fini(&t);
}

static void test_emoji__ranks_finds(void **state)
{
    (void)state;
    struct emojis t =
        parsed(SL("=Xylo\né a_cat\nè x;cat\nê cattle category\në bobcat\nì cat\nà zz\n"
                  "=Cats\ní y\n"));
    static const char *const wanted[] = {"ì", "ê", "é", "è", "ë", "í"};
    struct emoji_hit hits[8];
    assert_int_equal(emoji_search(&t, SL("cat"), hits, 8), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_slice(emoji_at(&t, hits[i].row).glyph, wanted[i]);
    }
    assert_slice(hits[1].code, "cattle");
    assert_int_equal(emoji_search(&t, SL("cate"), hits, 8), 1);
    assert_slice(hits[0].code, "category");
    for (size_t max = 0; max <= 6; max++) {
        assert_int_equal(emoji_search(&t, SL("cat"), hits, max), max);
        if (max > 0) {
            assert_slice(emoji_at(&t, hits[max - 1].row).glyph, wanted[max - 1]);
        }
    }
    assert_int_equal(emoji_search(&t, SL("cat dog"), hits, 8), 0);
    assert_int_equal(emoji_search(&t, SL(""), hits, 8), 0);
    assert_int_equal(emoji_search(&t, SL(" : "), hits, 8), 0);
    assert_int_equal(emoji_search(&t, SL("é"), hits, 8), 0);
    emoji_fini(&t);
}

static void test_emoji__search_has_caps(void **state)
{
    (void)state;
    struct emojis t = site();
    static struct emoji_hit hits[EMOJI_HITS_MAX + 1];
    char query[EMOJI_QUERY_BYTES_MAX + 1];
    assert_int_equal(emoji_search(&t, SL("a"), hits, EMOJI_HITS_MAX + 1), EMOJI_HITS_MAX);
    for (size_t i = 1; i < EMOJI_HITS_MAX; i++) {
        assert_true(hits[i - 1].order < hits[i].order);
    }
    emoji_fini(&t);
    struct buf file = {.max = 200};
    assert_int_equal(buf_put(&file, SL("=G\né ")), ERR_OK);
    for (size_t i = 0; i < EMOJI_QUERY_BYTES_MAX; i++) {
        query[i] = 'a';
        assert_int_equal(buf_putc(&file, 'a'), ERR_OK);
    }
    query[EMOJI_QUERY_BYTES_MAX] = 'a';
    t = parsed(buf_peek(&file));
    assert_int_equal(emoji_search(&t, (struct slice){query, sizeof query - 1}, hits, 1), 1);
    assert_int_equal(emoji_search(&t, (struct slice){query, sizeof query}, hits, 1), 0);
    emoji_fini(&t);
    buf_fini(&file);
}

/* ---- tones ---- */

static void test_emoji__tones_skin(void **state)
{
    (void)state;
    static const struct {
        uint32_t row;
        enum emoji_tone tone;
        const char *wanted;
    } cases[] = {
        {0, EMOJI_TONE_DARK, "😀"},
        {2, EMOJI_TONE_NONE, "👍"},
        {2, EMOJI_TONE_LIGHT, "👍🏻"},
        {2, EMOJI_TONE_DARK, "👍🏿"},
        {2, EMOJI_TONES_N, "👍"},
        {3, EMOJI_TONE_NONE, "✌️"},
        {3, EMOJI_TONE_MEDIUM, "✌🏽"},
        {4, EMOJI_TONE_MEDIUM_LIGHT, "🧑🏼‍🤝‍🧑🏼"},
    };
    struct emojis t = parsed(SL(SMALL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct emoji e = emoji_at(&t, cases[i].row);
        struct emoji_glyph g;
        emoji_toned(&e, cases[i].tone, &g);
        assert_slice(emoji_slice(&g), cases[i].wanted);
        assert_int_equal(emoji_find_glyph(&t, emoji_slice(&g)), cases[i].row);
    }
    emoji_fini(&t);
}

/* ---- recents ---- */

static void assert_recent(const struct emoji_recent *r, const char *wanted)
{
    struct buf out = {.max = 4096};
    assert_int_equal(emoji_recent_encode(r, &out), ERR_OK);
    assert_slice(buf_peek(&out), wanted);
    struct emoji_recent again;
    emoji_recent_decode(&again, guard_copy(buf_peek(&out)));
    assert_int_equal(again.n, r->n);
    buf_fini(&out);
}

static void test_emoji__remembers_what_was_used(void **state)
{
    (void)state;
    struct emoji_recent r = {.n = 0};
    assert_recent(&r, "");
    emoji_recent_use(&r, SL("😀"));
    emoji_recent_use(&r, SL("👍🏽"));
    assert_recent(&r, "👍🏽 😀");
    emoji_recent_use(&r, emoji_slice(&r.at[1]));
    assert_recent(&r, "😀 👍🏽");
    emoji_recent_use(&r, SL("😀"));
    emoji_recent_use(&r, SL(""));
    emoji_recent_use(&r, SL("abc"));
    emoji_recent_use(&r, SL("é é"));
    emoji_recent_use(&r, SL("\xF0\x9F"));
    assert_recent(&r, "😀 👍🏽");
    emoji_recent_decode(&r, SL("  abc 👍 <b> \xFF 👍 ✌️ \x01 "));
    assert_recent(&r, "👍 ✌️");
    struct buf tiny = {.max = 5};
    assert_int_equal(emoji_recent_encode(&r, &tiny), ERR_LIMIT);
    buf_fini(&tiny);
}

static void test_emoji__remembers_so_many(void **state)
{
    (void)state;
    struct emoji_recent r = {.n = 0}, again;
    struct buf text = {.max = 4096};
    for (uint32_t i = 0; i <= EMOJI_RECENT_MAX; i++) {
        char glyph[UTF8_BYTES_MAX];
        size_t n = utf8_write(0x1F600 + i, glyph);
        emoji_recent_use(&r, (struct slice){glyph, n});
        assert_int_equal(r.n, i < EMOJI_RECENT_MAX ? i + 1 : EMOJI_RECENT_MAX);
        assert_int_equal(buf_put(&text, (struct slice){glyph, n}), ERR_OK);
        assert_int_equal(buf_putc(&text, ' '), ERR_OK);
    }
    assert_slice(emoji_slice(&r.at[EMOJI_RECENT_MAX - 1]), "😁"); /* the oldest is forgotten */
    emoji_recent_decode(&again, buf_peek(&text));
    assert_int_equal(again.n, EMOJI_RECENT_MAX);
    buf_fini(&text);
    char longest[CHAT_EMOJI_BYTES_MAX + 2];
    for (size_t i = 0; i < sizeof longest; i += 2) {
        longest[i] = '\xC3';
        longest[i + 1] = '\xA9';
    }
    emoji_recent_use(&r, (struct slice){longest, CHAT_EMOJI_BYTES_MAX});
    assert_int_equal(r.at[0].n, CHAT_EMOJI_BYTES_MAX);
    emoji_recent_use(&r, SL("😀"));
    emoji_recent_use(&r, (struct slice){longest, CHAT_EMOJI_BYTES_MAX + 2});
    assert_slice(emoji_slice(&r.at[0]), "😀");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emoji__reads_groups_and_rows),
        cmocka_unit_test(test_emoji__says_what_is_wrong_and_where),
        cmocka_unit_test(test_emoji__has_caps),
        cmocka_unit_test(test_emoji__survives_without_memory),
        cmocka_unit_test(test_emoji__the_sites_file_is_whole),
        cmocka_unit_test(test_emoji__finds_what_people_mean),
        cmocka_unit_test(test_emoji__ranks_finds),
        cmocka_unit_test(test_emoji__search_has_caps),
        cmocka_unit_test(test_emoji__tones_skin),
        cmocka_unit_test(test_emoji__remembers_what_was_used),
        cmocka_unit_test(test_emoji__remembers_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
