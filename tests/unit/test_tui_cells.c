/* Text on a terminal: clusters and their widths, lines that wrap, cells that changed, a text that is edited. */
#include "tui_bidi.h"
#include "tui_edit.h"
#include "tui_flow.h"
#include "tui_title.h"

#include "mem.h"
#include "unit_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct tui_style PLAIN;

static void test_tui_cells__widths_are_those_of_terminals(void **state)
{
    static const struct {
        const char *text;
        uint32_t width;
    } rows[] = {{"", 0},
                {"abc", 3},
                {"e\u0301", 1},
                {"\u6f22\u5b57", 4},
                {"\U0001F600", 2},
                {"\U0001F1E9\U0001F1EA", 2},
                {"\u2764\uFE0F", 2},
                {"\u0301", 1},
                {"\u200b\ufeff", 0},
                {"\u200fa\u200e", 1},
                {"\x1b[2J", 4},
                {"\uac00", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(tui_width(guard_copy(slice_str(rows[i].text))), rows[i].width);
}

static void test_tui_cells__no_control_leaves_a_cluster(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x3000; code++) {
        char bytes[4] = {(char)(0xE0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3F)),
                         (char)(0x80 | (code & 0x3F)), 0};
        struct slice s =
            code < 0x80 ? (struct slice){(char[]){(char)code}, 1}
            : code < 0x800
                ? (struct slice){(char[]){(char)(0xC0 | code >> 6), (char)(0x80 | (code & 0x3F))},
                                 2}
                : (struct slice){bytes, 3};
        struct tui_cluster c;
        tui_cluster_take(&s, &c);
        assert_int_equal(s.n, 0);
        assert_true(c.bytes <= TUI_CLUSTER_BYTES && c.width <= 2 && !c.bytes == !c.width);
        for (size_t i = 0; i < c.bytes; i++)
            assert_true((unsigned char)c.text[i] >= ' ' && c.text[i] != 0x7f);
        assert_false(c.bytes >= 2 && (unsigned char)c.text[0] == 0xC2 &&
                     (unsigned char)c.text[1] < 0xA0);
    }
}

static void test_tui_cells__a_pile_of_marks_is_cut(void **state)
{
    char text[1 + 2 * 1000] = "a";
    struct tui_cluster c;
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        memcpy(text + 1 + 2 * i, "\u0301", 2);
    struct slice s = {text, sizeof text};
    tui_cluster_take(&s, &c);
    assert_int_equal(s.n, 0);
    assert_int_equal(c.width, 1);
    assert_int_equal(c.bytes, 27);
}

/* --- lines --- */

static void expect_lines(struct tui_flow *f, const char *const *lines)
{
    for (uint32_t i = 0; i < f->n; i++) {
        char text[4096];
        size_t n = 0;
        for (uint32_t j = 0; j < f->lines[i].n; j++) {
            memcpy(text + n, f->lines[i].cells[j].c.text, f->lines[i].cells[j].c.bytes);
            n += f->lines[i].cells[j].c.bytes;
        }
        text[n] = 0;
        assert_non_null(lines[i]);
        assert_string_equal(text, lines[i]);
    }
    assert_null(lines[f->n]);
}

static void flows(uint32_t width, bool markdown, const char *text, const char *const *lines)
{
    static struct tui_flow f;
    struct arena arena;
    arena_init(&arena, 1u << 20);
    tui_flow_start(&f, &arena, width);
    if (markdown)
        tui_flow_markdown(&f, slice_str(text), PLAIN, false);
    else
        tui_flow_text(&f, slice_str(text), PLAIN);
    tui_flow_end(&f);
    expect_lines(&f, lines);
    arena_fini(&arena);
}
#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_tui_cells__lines_end_at_spaces(void **state)
{
    (void)state;
    flows(10, false, "the quick brown fox", LINES("the quick ", "brown fox"));
    flows(5, false, "abcdefghij", LINES("abcde", "fghij"));
    flows(5, false, "ab cdefghij", LINES("ab ", "cdefg", "hij"));
    flows(5, false, "abcde fg", LINES("abcde", "fg"));
    flows(5, false, "a\n\nb", LINES("a", "", "b"));
    flows(8, false, "a\tb", LINES("a   b"));
}

static void test_tui_cells__wide_ones_are_not_cut(void **state)
{
    (void)state;
    flows(5, false, "\u6f22\u5b57\u6f22", LINES("\u6f22\u5b57", "\u6f22"));
    flows(1, false,
          "a\u6f22"
          "b",
          LINES("a", "b"));
    flows(3, false, "e\u0301e\u0301e\u0301e\u0301", LINES("e\u0301e\u0301e\u0301", "e\u0301"));
}

static void test_tui_cells__markdown_is_shown(void **state)
{
    (void)state;
    flows(40, true, "a **b** `c`", LINES("a b `c`"));
    flows(40, true, "> q\n- one\n- two\n3. x",
          LINES("\u2502 q", "\u2022 one", "\u2022 two", "3. x"));
    flows(12, true, "- one two three", LINES("\u2022 one two ", "  three"));
    flows(40, true, "||secret||", LINES("[hidden]"));
    flows(40, true, "[x](https://a.b/)", LINES("x <https://a.b/>"));
}

static void test_tui_cells__stands_every_failing_allocation(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 40; n++) {
        static struct tui_flow f;
        struct arena arena;
        arena_init(&arena, 1u << 20);
        mem_fail_after(n, 1);
        tui_flow_start(&f, &arena, 10);
        tui_flow_markdown(&f, SL("- a b c d e f g\n- b\n> c\n\n```\nx\n```"), PLAIN, true);
        tui_flow_end(&f);
        mem_fail_after(0, 0);
        arena_fini(&arena);
    }
}

/* --- cells --- */

static void expect_flush(struct tui_screen *s, const char *bytes)
{
    struct buf out = {.max = 1u << 20};
    assert_int_equal(tui_screen_flush(s, &out), ERR_OK);
    assert_int_equal(out.n, strlen(bytes));
    assert_memory_equal(out.p, bytes, out.n);
    buf_fini(&out);
}

static void test_tui_cells__only_what_changed_is_written(void **state)
{
    struct tui_screen s = {.colours = true};
    (void)state;
    assert_true(tui_screen_size(&s, 10, 2));
    tui_screen_put(&s, 0, 0, 10, SL("hello"), PLAIN);
    expect_flush(&s, "\x1b[0m\x1b[2J\x1b[1;1Hhello\x1b[1;1H");
    expect_flush(&s, "\x1b[1;1H");
    tui_screen_clear(&s);
    tui_screen_put(&s, 0, 0, 10, SL("hallo"), (struct tui_style){0});
    expect_flush(&s, "\x1b[1;2Ha\x1b[1;1H");
    tui_screen_clear(&s);
    tui_screen_put(&s, 0, 0, 10, SL("ha"), (struct tui_style){TUI_BOLD, 1});
    expect_flush(&s, "\x1b[1;1H\x1b[0;1;31mha\x1b[0m\x1b[K\x1b[1;1H");
    s.colours = false;
    tui_screen_redraw(&s);
    expect_flush(&s, "\x1b[0m\x1b[2J\x1b[1;1H\x1b[0;1mha\x1b[0m\x1b[1;1H");
    tui_screen_fini(&s);
}

static void test_tui_cells__wide_cells_are_replaced_whole(void **state)
{
    struct tui_screen s = {0};
    (void)state;
    assert_true(tui_screen_size(&s, 6, 1));
    tui_screen_put(&s, 0, 0, 6, SL("a\u6f22\u5b57x"), PLAIN);
    expect_flush(&s, "\x1b[0m\x1b[2J\x1b[1;1Ha\u6f22\u5b57x\x1b[1;1H");
    tui_screen_put(&s, 2, 0, 6, SL("b"), PLAIN); /* over the second half */
    expect_flush(&s, "\x1b[1;2H b\u5b57x\x1b[1;1H");
    assert_int_equal(tui_screen_put(&s, 5, 0, 6, SL("\u6f22"), PLAIN), 5); /* no room for it */
    tui_screen_fini(&s);
}

static void test_tui_cells__sizes_are_capped(void **state)
{
    struct tui_screen s = {0};
    (void)state;
    assert_true(tui_screen_size(&s, TUI_COLUMNS_MAX + 1, TUI_ROWS_MAX + 1));
    assert_int_equal(s.width, TUI_COLUMNS_MAX);
    assert_int_equal(s.height, TUI_ROWS_MAX);
    tui_screen_put(&s, TUI_COLUMNS_MAX, 0, TUI_COLUMNS_MAX + 9, SL("x"), PLAIN);
    tui_screen_put(&s, 0, TUI_ROWS_MAX, 9, SL("x"), PLAIN);
    tui_screen_fini(&s);
}

/* --- editing --- */

static void test_tui_cells__the_caret_steps_by_clusters(void **state)
{
    struct tui_edit e = {.text = {.max = 64}};
    (void)state;
    assert_int_equal(tui_edit_set(&e, SL("ae\u0301\n\u6f22 b"), 100), ERR_OK);
    tui_edit_move(&e, TUI_EDIT_WORD_LEFT);
    assert_int_equal(e.caret, 9);
    tui_edit_move(&e, TUI_EDIT_LINE_START);
    assert_int_equal(e.caret, 5);
    tui_edit_move(&e, TUI_EDIT_LEFT);
    assert_int_equal(e.caret, 4);
    tui_edit_delete(&e, TUI_EDIT_LEFT);
    assert_int_equal(e.caret, 1);
    assert_int_equal(tui_edit_insert(&e, SL("xy")), ERR_OK);
    assert_true(slice_eq(buf_peek(&e.text), SL("axy\n\u6f22 b")));
    tui_edit_delete(&e, TUI_EDIT_LINE_END); /* at the end of a line: its break */
    assert_true(slice_eq(buf_peek(&e.text), SL("axy\u6f22 b")));
    tui_edit_delete(&e, TUI_EDIT_LINE_START);
    assert_true(slice_eq(buf_peek(&e.text), SL("\u6f22 b")));
    buf_fini(&e.text);
}

static void test_tui_cells__a_full_text_takes_no_more(void **state)
{
    struct tui_edit e = {.text = {.max = 4}};
    (void)state;
    assert_int_equal(tui_edit_set(&e, SL("abc"), 1), ERR_OK);
    assert_int_equal(tui_edit_insert(&e, SL("xy")), ERR_LIMIT);
    assert_true(slice_eq(buf_peek(&e.text), SL("abc")));
    assert_int_equal(tui_edit_insert(&e, SL("x")), ERR_OK);
    assert_true(slice_eq(buf_peek(&e.text), SL("axbc")));
    buf_fini(&e.text);
}

static void test_tui_cells__the_caret_goes_up_and_down_rows(void **state)
{
    struct slice text = SL("abcdef\nx\nlast");
    size_t caret = 5; /* row 1 of width 4, column 1 */
    (void)state;
    assert_int_equal(tui_rows_count(text, 4), 5);
    assert_true(tui_rows_step(text, 4, -1, &caret));
    assert_int_equal(caret, 1);
    assert_false(tui_rows_step(text, 4, -1, &caret));
    caret = 3;
    assert_true(tui_rows_step(text, 4, 1, &caret));
    assert_int_equal(caret, 6); /* the row ends before column 3 */
    assert_true(tui_rows_step(text, 4, 1, &caret));
    assert_int_equal(caret, 8);
}

/* The row as text. */
static void put_row(struct buf *out, const char *text)
{
    struct tui_screen s = {0};
    assert_true(tui_screen_size(&s, 24, 1));
    tui_screen_put(&s, 0, 0, 24, slice_str(text), (struct tui_style){0});
    tui_bidi_row(s.now, s.width);
    buf_reset(out);
    for (uint32_t x = 0; x < s.width; x++)
        assert_int_equal(buf_put(out, (struct slice){s.now[x].c.text, s.now[x].c.bytes}), ERR_OK);
    while (out->n > 0 && out->p[out->n - 1] == ' ')
        out->n--;
    tui_screen_fini(&s);
}

#define ALEF "\u0627"

static void test_tui_cells__texts_from_right_to_left_are_isolated(void **state)
{
    static const char *const rows[][2] = {
        {"plain  text", "plain  text"},
        {"#" ALEF "  3 @1", "#" ALEF "  \u20663 @1"}, /* the number stays behind the name */
        {ALEF "\u2502a " ALEF "  b", ALEF "\u2502\u2066a " ALEF "\u2069  \u2066b"},
        /* a sign stays before its name */
        {"> ann  @ann \u00b7 " ALEF, "> \u2066ann\u2069  \u2066@ann \u00b7 " ALEF},
        {"> " ALEF " a.  b", "> \u2067" ALEF " a.\u2069  \u2066b"},
    };
    struct buf out = {.max = 1000};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice got;
        put_row(&out, rows[i][0]);
        got = buf_peek(&out);
        if (i > 0) { /* the text at the end is closed by the mark behind it */
            assert_true(got.n > 3 && memcmp(got.p + got.n - 3, "\u2069", 3) == 0);
            got.n -= 3;
        }
        if (!slice_eq(got, slice_str(rows[i][1])))
            fail_msg("row %zu: %.*s", i, SL_ARG(got));
    }
    buf_fini(&out);
}

static void test_tui_cells__a_line_has_the_way_of_its_first_letter(void **state)
{
    static const struct {
        const char *text;
        enum tui_way way;
    } rows[] = {{"- 1 " ALEF " a", TUI_WAY_RTL}, {"(a) " ALEF, TUI_WAY_LTR}, {"1 2", TUI_WAY_NONE}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tui_screen s = {0};
        assert_true(tui_screen_size(&s, 20, 1));
        tui_screen_put(&s, 0, 0, 20, slice_str(rows[i].text), (struct tui_style){0});
        assert_int_equal(tui_bidi_way(s.now, s.width), rows[i].way);
        tui_screen_fini(&s);
    }
}

/* --- the window's title --- */

static void test_tui_cells__a_title_is_set_where_there_is_one(void **state)
{
    static const struct {
        const char *term;
        bool tmux, known;
    } rows[] = {{"xterm-256color", false, true},
                {"xterm", false, true},
                {"xterm-kitty", false, true},
                {"tmux-256color", true, true},
                {"screen-256color", true, true},
                {"screen", false, false},
                {"linux", false, false},
                {"vt100", false, false},
                {"", false, false},
                {"xterminal", false, false},
                {"dumb", true, false},
                {"eterm-color", false, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(tui_title_known(slice_str(rows[i].term), rows[i].tmux), rows[i].known);
}

/* Whatever a room, a person or a workspace is called: one sequence goes out, and what is in it are letters. */
static void test_tui_cells__no_name_gets_out_of_the_title(void **state)
{
    static const char *const names[] = {"#lobby · Tincan",
                                        "a\x1b]0;b\x07"
                                        "c\x1b\\d",
                                        "\x07\x1b[31m\x1b[2J\r\n\x08\x7f",
                                        "\xc2\x9c\xc2\x9b"
                                        "5n\xc2\x90q\xc2\x9d",
                                        "\u202egnp.exe\u2066\u2028x\u200f",
                                        "\x1bPq\x1b\\",
                                        ""};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct buf out = {.max = 1024};
        assert_int_equal(buf_putc(&out, 'x'), ERR_OK);
        assert_int_equal(tui_title_put(&out, guard_copy(slice_str(names[i]))), ERR_OK);
        struct slice s = slice_from(buf_peek(&out), 1);
        assert_true(slice_starts_with(s, SL("\x1b]2;")));
        assert_true(s.n >= 6 && memcmp(s.p + s.n - 2, "\x1b\\", 2) == 0);
        for (size_t k = 4; k < s.n - 2; k++) {
            unsigned char c = (unsigned char)s.p[k], before = (unsigned char)s.p[k - 1];
            assert_true(c >= ' ' && c != 0x7f);
            assert_false(before == 0xC2 && c < 0xA0); /* C1 */
        }
        buf_fini(&out);
    }
    struct buf full = {.max = 8};
    assert_int_equal(buf_putc(&full, 'x'), ERR_OK);
    assert_int_equal(tui_title_put(&full, SL("too long")), ERR_LIMIT);
    assert_int_equal(full.n, 1); /* nothing is begun that is not ended */
    buf_fini(&full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tui_cells__widths_are_those_of_terminals),
        cmocka_unit_test(test_tui_cells__no_control_leaves_a_cluster),
        cmocka_unit_test(test_tui_cells__a_pile_of_marks_is_cut),
        cmocka_unit_test(test_tui_cells__lines_end_at_spaces),
        cmocka_unit_test(test_tui_cells__wide_ones_are_not_cut),
        cmocka_unit_test(test_tui_cells__markdown_is_shown),
        cmocka_unit_test(test_tui_cells__stands_every_failing_allocation),
        cmocka_unit_test(test_tui_cells__only_what_changed_is_written),
        cmocka_unit_test(test_tui_cells__wide_cells_are_replaced_whole),
        cmocka_unit_test(test_tui_cells__sizes_are_capped),
        cmocka_unit_test(test_tui_cells__the_caret_steps_by_clusters),
        cmocka_unit_test(test_tui_cells__a_full_text_takes_no_more),
        cmocka_unit_test(test_tui_cells__the_caret_goes_up_and_down_rows),
        cmocka_unit_test(test_tui_cells__texts_from_right_to_left_are_isolated),
        cmocka_unit_test(test_tui_cells__a_line_has_the_way_of_its_first_letter),
        cmocka_unit_test(test_tui_cells__a_title_is_set_where_there_is_one),
        cmocka_unit_test(test_tui_cells__no_name_gets_out_of_the_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
