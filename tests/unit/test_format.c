/* Ctrl+B, I and E: the text and the selection before and after. '[' and ']' stand at the selection's ends, '|' at a caret. */
#include "format.h"

#include "mem.h"
#include "unit_support.h"
#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Take the ends of the selection out of the shown text. */
static struct format_range read_shown(const char *shown, struct buf *text)
{
    struct format_range r = {0, 0};
    for (; *shown; shown++) {
        if (strchr("[|", *shown)) {
            r.from = utf16_length(buf_peek(text));
        }
        if (strchr("]|", *shown)) {
            r.to = utf16_length(buf_peek(text));
        }
        if (!strchr("[|]", *shown)) {
            assert_int_equal(buf_putc(text, *shown), ERR_OK);
        }
    }
    return r;
}

static void expect(enum format_kind kind, const char *before, const char *after)
{
    struct buf text = {.max = 4096}, wanted = {.max = 4096}, out = {.max = 4096};
    struct format_range r = read_shown(before, &text), end = read_shown(after, &wanted);
    assert_int_equal(buf_put(&out, SL("é:")), ERR_OK); /* what was there stays */
    assert_int_equal(format_toggle(guard_copy(buf_peek(&text)), kind, &r, &out), ERR_OK);
    struct slice got = slice_from(buf_peek(&out), sizeof "é:" - 1);
    if (!slice_eq(got, buf_peek(&wanted)) || r.from != end.from || r.to != end.to) {
        fail_msg("%s became %.*s, %zu to %zu", before, SL_ARG(got), r.from, r.to);
    }
    buf_fini(&text);
    buf_fini(&wanted);
    buf_fini(&out);
}

/* And back again. */
static void expect_both(enum format_kind kind, const char *before, const char *after)
{
    expect(kind, before, after);
    expect(kind, after, before);
}

static void test_format__marks_words_and_unmarks_them(void **state)
{
    (void)state;
    expect_both(FORMAT_BOLD, "a [word] here", "a **[word]** here");
    expect_both(FORMAT_ITALIC, "a [word] here", "a *[word]* here");
    expect_both(FORMAT_CODE, "a [word] here", "a `[word]` here");
    expect_both(FORMAT_BOLD, "[all]", "**[all]**");
    expect_both(FORMAT_BOLD, "😀 [é😀] é", "😀 **[é😀]** é");
    expect_both(FORMAT_ITALIC, "**[both]**", "***[both]***");
    expect_both(FORMAT_BOLD, "*[both]*", "***[both]***");
    expect(FORMAT_BOLD, "a [**word**] here", "a [word] here");
    expect(FORMAT_ITALIC, "[***both***]", "[**both**]");
    expect(FORMAT_CODE, "[`x`]", "[x]");
    expect(FORMAT_ITALIC, "[**bold**]", "*[**bold**]*");
}

static void test_format__leaves_spaces_outside(void **state)
{
    (void)state;
    expect(FORMAT_BOLD, "a[ word ]b", "a **[word]** b");
    expect(FORMAT_BOLD, "a[  ]b", "a[  ]b");
    expect(FORMAT_CODE, "a[ \n ]b", "a[ \n ]b");
}

static void test_format__puts_the_caret_between(void **state)
{
    (void)state;
    expect_both(FORMAT_BOLD, "a |", "a **|**");
    expect_both(FORMAT_ITALIC, "|", "*|*");
    expect_both(FORMAT_CODE, "a | b", "a `|` b");
    expect_both(FORMAT_ITALIC, "**|**", "***|***");
}

static void test_format__marks_every_line(void **state)
{
    (void)state;
    expect_both(FORMAT_BOLD, "[one\ntwo]", "[**one**\n**two**]");
    expect_both(FORMAT_BOLD, "[one\n\n \ntwo] x", "[**one**\n\n \n**two**] x");
    expect(FORMAT_BOLD, "[- one\n> two\n12. six\n> * seven]",
           "- [**one**\n> **two**\n12. **six**\n> * **seven**]");
    expect(FORMAT_BOLD, "[**one**\ntwo]", "[**one**\n**two**]");
    expect(FORMAT_BOLD, "[**one**\n**two**]", "[one\ntwo]");
}

static void test_format__fences_lines_of_code(void **state)
{
    (void)state;
    expect_both(FORMAT_CODE, "[one\ntwo]", "```\n[one\ntwo]\n```");
    expect_both(FORMAT_CODE, "a\n[one\ntwo]\nb", "a\n```\n[one\ntwo]\n```\nb");
    expect(FORMAT_CODE, "o[ne\ntw]o", "```\n[one\ntwo]\n```");
    expect(FORMAT_CODE, "[```c\none\ntwo\n```] x", "[```c\none\ntwo\n```] x"); /* that is none */
    expect(FORMAT_CODE, "a\n[```c\none\ntwo\n```]\nb", "a\n[one\ntwo]\nb");
    expect(FORMAT_CODE, "[```\n```]", "|");
    expect(FORMAT_CODE, "[one\n```\ntwo]", "[one\n```\ntwo]");
}

static void test_format__code_may_hold_ticks(void **state)
{
    (void)state;
    expect_both(FORMAT_CODE, "[a`b]", "``[a`b]``");
    expect_both(FORMAT_CODE, "[a``b]", "```[a``b]```");
    expect(FORMAT_CODE, "[a```b]", "[a```b]");
    expect(FORMAT_CODE, "[a`]", "`` [a`] ``");
}

static void test_format__takes_any_places(void **state)
{
    (void)state;
    struct buf out = {.max = 100};
    struct format_range r = {50, 60};
    assert_int_equal(format_toggle(SL("ab"), FORMAT_BOLD, &r, &out), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("ab****")));
    assert_int_equal(r.from, 4);
    struct buf empty = {.max = 100};
    r = (struct format_range){1, 1};
    assert_int_equal(format_toggle(SL("**"), FORMAT_ITALIC, &r, &empty), ERR_OK);
    assert_true(empty.n == 0 && r.from == 0 && r.to == 0);
    r = (struct format_range){0, 0};
    assert_int_equal(format_toggle((struct slice){NULL, 0}, FORMAT_CODE, &r, &empty), ERR_OK);
    assert_true(slice_eq(buf_peek(&empty), SL("``")) && r.from == 1);
    buf_fini(&empty);
    buf_reset(&out);
    r = (struct format_range){2, 1};
    assert_int_equal(format_toggle(SL("abc"), FORMAT_ITALIC, &r, &out), ERR_OK);
    assert_true(slice_eq(buf_peek(&out), SL("ab**c")));
    buf_fini(&out);
}

static void test_format__changes_nothing_without_room(void **state)
{
    (void)state;
    for (size_t max = 1; max < 8; max++) {
        struct buf out = {.max = max};
        struct format_range r = {0, 2};
        assert_int_equal(buf_putc(&out, 'x'), ERR_OK);
        enum err e = format_toggle(SL("ab "), FORMAT_BOLD, &r, &out);
        assert_int_equal(e, ERR_LIMIT);
        assert_int_equal(out.n, 1);
        assert_true(r.from == 0 && r.to == 2);
        buf_fini(&out);
    }
    struct buf out = {.max = 8};
    struct format_range r = {0, 2};
    mem_fail_after(1, 1);
    assert_int_equal(format_toggle(SL("ab "), FORMAT_BOLD, &r, &out), ERR_NOMEM);
    mem_fail_after(0, 0);
    assert_int_equal(format_toggle(SL("ab "), FORMAT_BOLD, &r, &out), ERR_OK);
    assert_int_equal(r.to, 4);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format__marks_words_and_unmarks_them),
        cmocka_unit_test(test_format__leaves_spaces_outside),
        cmocka_unit_test(test_format__puts_the_caret_between),
        cmocka_unit_test(test_format__marks_every_line),
        cmocka_unit_test(test_format__fences_lines_of_code),
        cmocka_unit_test(test_format__code_may_hold_ticks),
        cmocka_unit_test(test_format__takes_any_places),
        cmocka_unit_test(test_format__changes_nothing_without_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
