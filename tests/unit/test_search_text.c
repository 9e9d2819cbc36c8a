/* Text as searching sees it, against the plain definitions. */
#include "search_text.h"

#include "mem.h"
#include "utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define RANGES_MAX 64

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* Characters of one to four bytes, few enough to repeat, each with its other case where it has one. */
static const char *const letters[][2] = {
    {"a", "A"},
    {"b", "B"},
    {"\"", "\""},
    {" ", " "},
    {"%", "%"},
    {"1", "1"},
    {"\xc3\xa4", "\xc3\x84"},
    {"\xcf\x83", "\xcf\x82"},
    {"\xe6\x97\xa5", "\xe6\x97\xa5"},
    {"\xf0\x9f\x8e\x89", "\xf0\x9f\x8e\x89"},
    {"\xf0\x90\x90\xa8", "\xf0\x90\x90\x80"},
};
#define LETTERS_N (sizeof letters / sizeof letters[0])

struct word {
    unsigned n, letter[64];
    char text[64 * 4 + 1];
};

static void make_word(struct word *w, unsigned n, unsigned kinds)
{
    size_t at = 0;

    w->n = n;
    for (unsigned i = 0; i < n; i++) {
        const char *s;
        w->letter[i] = next_random(kinds);
        s = letters[w->letter[i]][next_random(2)];
        memcpy(w->text + at, s, strlen(s));
        at += strlen(s);
    }
    w->text[at] = '\0';
}

static bool stands_at(const struct word *text, unsigned at, const struct word *q)
{
    return at + q->n <= text->n &&
           memcmp(text->letter + at, q->letter, q->n * sizeof q->letter[0]) == 0;
}

static void test_search_text__places_are_those_of_the_definition(void **state)
{
    (void)state;
    for (random_state = 1; random_state < 200; random_state++) {
        uint32_t seed = random_state;
        for (int i = 0; i < 200; i++) {
            unsigned kinds = 1 + next_random(LETTERS_N);
            struct word text, q;
            struct search_needle needle;
            uint32_t ranges[RANGES_MAX][2], n, found = 0;
            make_word(&text, next_random(60), kinds);
            make_word(&q, 1 + next_random(6), kinds);
            search_needle_init(&needle, slice_str(q.text));
            assert_int_equal(needle.n, q.n);
            n = search_ranges(&needle, slice_str(text.text), ranges, RANGES_MAX);
            for (unsigned at = 0; at < text.n; at++) {
                if (stands_at(&text, at, &q)) {
                    assert_true(found < n);
                    assert_int_equal(ranges[found][0], at);
                    assert_int_equal(ranges[found][1], at + q.n);
                    found++;
                    at += q.n - 1;
                }
            }
            assert_int_equal(found, n);
        }
        random_state = seed;
    }
}

static struct slice made(enum err (*make)(struct slice text, struct buf *out), const char *text,
                         struct buf *out)
{
    buf_reset(out);
    assert_int_equal(make(slice_str(text), out), ERR_OK);
    return buf_peek(out);
}

static void test_search_text__part_of_a_text_is_part_of_its_spelling(void **state)
{
    struct buf a, b;

    (void)state;
    buf_init(&a, 4096);
    buf_init(&b, 4096);
    random_state = 7;
    for (int i = 0; i < 5000; i++) {
        struct word text, q;
        struct slice spelled, part;
        unsigned from, n;
        size_t begin = 0, end;
        char bytes[sizeof q.text];
        make_word(&text, 3 + next_random(50), LETTERS_N);
        from = next_random(text.n);
        n = 1 + next_random(text.n - from);
        for (unsigned j = 0; j < from; j++) {
            begin += utf8_char_bytes(slice_str(text.text + begin));
        }
        end = begin;
        for (unsigned j = 0; j < n; j++) {
            end += utf8_char_bytes(slice_str(text.text + end));
        }
        memcpy(bytes, text.text + begin, end - begin);
        bytes[end - begin] = '\0';
        spelled = made(search_spell, text.text, &a);
        part = made(search_spell, bytes, &b);
        assert_non_null(memmem(spelled.p, spelled.n, part.p, part.n));
        for (size_t j = 0; j < spelled.n; j++) {
            assert_true((spelled.p[j] >= 'a' && spelled.p[j] <= 'z') ||
                        (spelled.p[j] >= '0' && spelled.p[j] <= '9'));
        }
        /* An index needs three letters or digits. */
        assert_true(n < SEARCH_INDEXED_CHARS || part.n >= 3);
    }
    buf_fini(&a);
    buf_fini(&b);
}

static void test_search_text__folding_keeps_every_characters_place(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        char bytes[UTF8_BYTES_MAX + 1];
        struct slice folded;
        char again[UTF8_BYTES_MAX * 2 + 1];
        size_t n;
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }
        n = utf8_write(c, bytes);
        bytes[n] = '\0';
        folded = made(search_fold, bytes, &out);
        assert_true(utf8_valid(folded));
        assert_int_equal(utf8_length(folded), 1);
        memcpy(again, folded.p, folded.n);
        again[folded.n] = '\0';
        n = folded.n;
        folded = made(search_fold, again, &out);
        assert_int_equal(folded.n, n);
        assert_memory_equal(folded.p, again, n);
    }
    buf_fini(&out);
}

static void test_search_text__trigrams_are_quoted_and_not_too_many(void **state)
{
    static const struct {
        const char *q, *fts;
    } rows[] = {
        {"abc", "\"abc\" "},
        {"ABCD", "\"abc\" \"bcd\" "},
        {"a\"b", "\"a\"\"b\" "},
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e!",
         "\"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\" \"\xe6\x9c\xac\xe8\xaa\x9e!\" "},
    };
    struct search_needle needle;
    struct buf out;
    char q[CHAT_QUERY_CHARS_MAX + 1];
    unsigned n = 0;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_reset(&out);
        search_needle_init(&needle, slice_str(rows[i].q));
        assert_int_equal(search_trigrams(&needle, &out), ERR_OK);
        assert_true(slice_eq(buf_peek(&out), slice_str(rows[i].fts)));
    }
    for (size_t i = 0; i < CHAT_QUERY_CHARS_MAX; i++) {
        q[i] = (char)('a' + i % 26);
    }
    q[CHAT_QUERY_CHARS_MAX] = '\0';
    buf_reset(&out);
    search_needle_init(&needle, slice_str(q));
    assert_int_equal(needle.n, CHAT_QUERY_CHARS_MAX);
    assert_int_equal(search_trigrams(&needle, &out), ERR_OK);
    for (size_t i = 0; i < out.n; i++) {
        n += out.p[i] == ' ';
    }
    assert_int_equal(n, 32);
    assert_memory_equal(out.p, "\"abc\"", 5);
    assert_memory_equal(out.p + out.n - 6, "\"pqr\"", 5);
    buf_fini(&out);
}

/* A text and a query made to be slow: would each place be tried anew, this took minutes. */
static void test_search_text__time_grows_with_the_text_only(void **state)
{
    char *text = mem_alloc(CHAT_TEXT_CHARS_MAX + 1), q[CHAT_QUERY_CHARS_MAX + 1];
    struct search_needle needle;
    uint32_t ranges[1][2];

    (void)state;
    assert_non_null(text);
    memset(text, 'a', CHAT_TEXT_CHARS_MAX);
    text[CHAT_TEXT_CHARS_MAX] = '\0';
    memset(q, 'a', CHAT_QUERY_CHARS_MAX);
    q[CHAT_QUERY_CHARS_MAX - 1] = 'b';
    q[CHAT_QUERY_CHARS_MAX] = '\0';
    search_needle_init(&needle, slice_str(q));
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(search_ranges(&needle, slice_str(text), ranges, 1), 0);
    }
    text[CHAT_TEXT_CHARS_MAX - 1] = 'b';
    assert_int_equal(search_ranges(&needle, slice_str(text), ranges, 1), 1);
    assert_int_equal(ranges[0][1], CHAT_TEXT_CHARS_MAX);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_text__places_are_those_of_the_definition),
        cmocka_unit_test(test_search_text__part_of_a_text_is_part_of_its_spelling),
        cmocka_unit_test(test_search_text__folding_keeps_every_characters_place),
        cmocka_unit_test(test_search_text__trigrams_are_quoted_and_not_too_many),
        cmocka_unit_test(test_search_text__time_grows_with_the_text_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
