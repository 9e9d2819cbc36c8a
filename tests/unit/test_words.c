/* The texts of a language, and what is remembered of somebody's wishes. */
#include "settings.h"
#include "words.h"

#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(struct buf *b, const char *expected)
{
    assert_int_equal(b->n, strlen(expected));
    assert_memory_equal(b->p, expected, b->n);
    buf_reset(b);
}

/* A whole language: every text is "x", every counted one names its form and has both holes. */
static void make_file(struct buf *file, const char *head, size_t words_n, size_t lines_n)
{
    static const char *const forms[] = {"zero", "one", "two", "few", "many", "other"};
    buf_reset(file);
    assert_int_equal(buf_printf(file, "%s %zu %u\n", head, words_n, (unsigned)WORD_NS_N), ERR_OK);
    for (size_t i = 0; i < lines_n; i++) {
        if (i < WORDS_N)
            assert_int_equal(buf_put(file, SL("x {2}{1}\n")), ERR_OK);
        else
            assert_int_equal(buf_printf(file, "%s {1} {2}\n", forms[(i - WORDS_N) % PLURALS_N]),
                             ERR_OK);
    }
}

#define LINES_N (WORDS_N + (size_t)WORD_NS_N * PLURALS_N)

static void test_words__english_is_there_from_the_start(void **state)
{
    (void)state;
    struct words w = {0};
    struct buf line = {.max = 1000};
    assert_int_equal(words_put(&w, &line, WORD_TYPING_TWO, SL("Ana"), SL("Bo")), ERR_OK);
    assert_text(&line, "Ana and Bo are typing\xE2\x80\xA6");
    assert_int_equal(words_put_n(&w, &line, WORDS_MEMBERS, 1, SL("")), ERR_OK);
    assert_text(&line, "1 member");
    assert_int_equal(words_put_n(&w, &line, WORDS_MEMBERS, 0, SL("")), ERR_OK);
    assert_text(&line, "0 members");
    struct slice march = words_nth(&w, WORD_MONTHS_SHORT, 2),
                 last = words_nth(&w, WORD_MONTHS_SHORT, 99);
    assert_memory_equal(march.p, "Mar", march.n);
    assert_memory_equal(last.p, "Dec", last.n);
    buf_fini(&line);
}

static void test_words__another_language_takes_over_with_its_plurals(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *text;
    } rows[] = {{0, "zero 0 a"},    {1, "one 1 a"},       {2, "two 2 a"},
                {3, "few 3 a"},     {10, "few 10 a"},     {11, "many 11 a"},
                {99, "many 99 a"},  {100, "other 100 a"}, {102, "other 102 a"},
                {103, "few 103 a"}, {111, "many 111 a"},  {1000000, "other 1000000 a"}};
    struct words w = {0};
    struct buf file = {.max = WORDS_FILE_BYTES_MAX}, line = {.max = 1000};
    struct slice html;
    make_file(&file, "ar rtl", WORDS_N, LINES_N);
    assert_int_equal(buf_put(&file, SL("find\tsearch\n")), ERR_OK);
    assert_int_equal(words_load(&w, buf_peek(&file), &html), ERR_OK);
    assert_true(w.rtl);
    assert_true(slice_eq(words_code(&w), SL("ar")));
    assert_true(slice_eq(html, SL("find\tsearch\n")));
    assert_int_equal(words_put(&w, &line, WORD_SAY, SL("1"), SL("2")), ERR_OK);
    assert_text(&line, "x 21");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(words_put_n(&w, &line, WORDS_MEMBERS, rows[i].n, SL("a")), ERR_OK);
        assert_text(&line, rows[i].text);
    }
    words_fini(&w);
    buf_fini(&file);
    buf_fini(&line);
}

static void test_words__what_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    struct words w = {0};
    struct buf file = {.max = WORDS_FILE_BYTES_MAX + 1000};
    struct slice html;
    make_file(&file, "ar rtl", WORDS_N, LINES_N - 1);
    assert_int_equal(words_load(&w, buf_peek(&file), &html), ERR_INVALID);
    make_file(&file, "ar rtl", WORDS_N + 1,
              LINES_N + 1); /* of a newer page: every word but the first would be another */
    assert_int_equal(words_load(&w, buf_peek(&file), &html), ERR_INVALID);
    make_file(&file, "ar sideways", WORDS_N, LINES_N);
    assert_int_equal(words_load(&w, buf_peek(&file), &html), ERR_INVALID);
    make_file(&file, "ar rtl", WORDS_N, LINES_N);
    while (file.n <= WORDS_FILE_BYTES_MAX)
        assert_int_equal(buf_put(&file, SL("name\tpadding text\n")), ERR_OK);
    assert_int_equal(words_load(&w, buf_peek(&file), &html), ERR_INVALID);
    assert_int_equal(words_load(&w, SL("<html>"), &html), ERR_INVALID);
    assert_int_equal(words_load(&w, SL("ar rtl\n\xFF\n"), &html), ERR_INVALID);
    assert_true(slice_eq(words_code(&w), SL("en")));
    buf_fini(&file);
}

static void test_settings__are_remembered(void **state)
{
    (void)state;
    struct settings s = {.theme = THEME_DARK, .enter_breaks = true, .language = "ar"}, back;
    struct buf json = {.max = 1000};
    assert_int_equal(settings_encode(&s, &json), ERR_OK);
    settings_decode(&back, buf_peek(&json));
    assert_memory_equal(&s, &back, sizeof s);
    assert_text(&json, "{\"theme\":2,\"enter_breaks\":1,\"language\":\"ar\"}");
    buf_fini(&json);
}

static void test_settings__nonsense_is_the_default(void **state)
{
    (void)state;
    static const char *const kept[] = {"",
                                       "x",
                                       "[]",
                                       "{\"theme\":4}",
                                       "{\"theme\":-1}",
                                       "{\"theme\":\"dark\"}",
                                       "{\"language\":\"far too long\"}",
                                       "{\"density\":2}"};
    const struct settings none = {0};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        struct settings s;
        settings_decode(&s, slice_str(kept[i]));
        assert_memory_equal(&s, &none, sizeof s);
    }
    struct settings s;
    settings_decode(&s, SL("{\"theme\":\"dark\",\"density\":1}")); /* one wrong, one right */
    assert_int_equal(s.density, DENSITY_COMPACT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words__english_is_there_from_the_start),
        cmocka_unit_test(test_words__another_language_takes_over_with_its_plurals),
        cmocka_unit_test(test_words__what_does_not_fit_changes_nothing),
        cmocka_unit_test(test_settings__are_remembered),
        cmocka_unit_test(test_settings__nonsense_is_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
