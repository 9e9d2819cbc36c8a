/* The Markdown of messages: what becomes of each mark, and that nothing of the text is lost or invented. */
#include "markdown.h"

#include "buf.h"
#include "check.h"
#include "unit_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A block as "P", "Q1 P", "- ", "2. ", "CODE(c)", then its runs: style letters and the text in brackets. */
static void print_block(void *user, const struct md_block *block)
{
    struct buf *out = user;
    enum err e = out->n ? buf_putc(out, '\n') : ERR_OK;
    for (unsigned i = 0; !e && i < block->quote; i++) {
        e = buf_putc(out, '>');
    }
    switch (block->kind) {
    case MD_PARAGRAPH:
        e = e ? e : buf_put(out, SL("P"));
        break;
    case MD_ITEM:
        e = e ? e
              : buf_printf(out, "%u%c%u", block->indent, block->ordered ? '#' : '-', block->number);
        break;
    case MD_CODE:
        e = e ? e : buf_printf(out, "C(%.*s)", SL_ARG(block->language));
        break;
    }
    CHECK(e == ERR_OK);
}

static void print_run(void *user, const struct md_run *run)
{
    static const char *const kinds[] = {"", "L", "@", "#", "/"};
    static const char letters[] = "bisp`";
    struct buf *out = user;
    enum err e = buf_printf(out, " %s", kinds[run->kind]);
    for (unsigned i = 0; i < sizeof letters - 1; i++) {
        if (!e && run->style & (1u << i)) {
            e = buf_putc(out, letters[i]);
        }
    }
    e = e ? e : buf_printf(out, "[%.*s]", SL_ARG(run->text));
    if (!e && run->kind == MD_LINK && !slice_eq(run->text, run->url)) {
        e = buf_printf(out, "(%.*s)", SL_ARG(run->url));
    }
    CHECK(e == ERR_OK);
}

static void expect(const char *text, const char *wanted)
{
    struct buf out = {.max = 1u << 20};
    markdown_parse(guard_copy(slice_str(text)), &(struct md_sink){&out, print_block, print_run});
    assert_int_equal(buf_putc(&out, '\0'), ERR_OK);
    assert_string_equal(out.p, wanted);
    buf_fini(&out);
}

static void test_markdown__marks_make_styles(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "P [plain]"},
        {"**bold**", "P b[bold]"},
        {"__bold__ *it* _it_", "P b[bold] [ ] i[it] [ ] i[it]"},
        {"***both*** ~~gone~~ ||hush||", "P bi[both] [ ] s[gone] [ ] p[hush]"},
        {"**bold *and* more**", "P b[bold ] bi[and] b[ more]"},
        {"a **b `*c*` d** e", "P [a ] b[b ] b`[*c*] b[ d] [ e]"},
        {"`code`", "P `[code]"},
        {"`` a ` b ``", "P `[a ` b]"},
        {"(**x**)", "P [(] b[x] [)]"},
        {"\xC3\xA9**\xC3\xA9**\xC3\xA9", "P [\xC3\xA9] b[\xC3\xA9] [\xC3\xA9]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(cases[i][0], cases[i][1]);
    }
}

static void test_markdown__what_has_no_partner_is_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"2 * 3 * 4", "P [2 ] [*] [ 3 ] [*] [ 4]"},
        {"2*3*4", "P [2] [*] [3] [*] [4]"},
        {"snake_case_name", "P [snake] [_] [case] [_] [name]"},
        {"**open", "P [**] [open]"},
        {"close**", "P [close] [**]"},
        {"****", "P [****]"},
        {"** **", "P [**] [ ] [**]"},
        {"~one~ |a|", "P [~] [one] [~] [ ] [|] [a] [|]"},
        {"*a **b* c**", "P i[a ] i[**] i[b] [ c] [**]"},
        {"`open", "P [`] [open]"},
        {"```` x ````", "P [````] [ x ] [````]"},
        {"a\\*b\\* \\\\ \\a", "P [a] [*] [b] [*] [ ] [\\] [ ] [\\a]"},
        {"[text](javascript:alert(1))", "P [[text](javascript:alert(1))]"},
        {"[text](https://a b)", "P [[text](] L[https://a] [ b)]"},
        {"[] [x] [x]( [", "P [[] ] [[x] ] [[x]( ] [[]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(cases[i][0], cases[i][1]);
    }
}

static void test_markdown__addresses_and_names(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"see https://a.example/x_y_z.", "P [see ] L[https://a.example/x_y_z] [.]"},
        {"[the **site**](https://a.example/(x))", "P L[the **site**](https://a.example/(x))"},
        {"[write](mailto:ann@a.example)", "P L[write](mailto:ann@a.example)"},
        {"[w](mailto:ann@a.example?cc=b)", "P [[w](mailto:ann] [@a.example?cc=b)]"},
        {"[https://bank.example](https://evil.example)",
         "P [[] L[https://bank.example] [](] L[https://evil.example] [)]"},
        {"`https://a.example` https://b.example",
         "P `[https://a.example] [ ] L[https://b.example]"},
        {"xhttps://a.example", "P [xhttps://a.example]"},
        {"@ann, hi @ben.", "P @[@ann] [, hi ] @[@ben] [.]"},
        {"mail@ann.example @a @", "P [mail] [@ann.example ] [@a ] [@]"},
        {"#lobby #x #\xC3\xBC"
         "ber",
         "P #[#lobby] [ ] [#x ] #[#\xC3\xBC"
         "ber]"},
        {"**@ann**", "P @b[@ann]"},
        {"@ann_", "P @[@ann] [_]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(cases[i][0], cases[i][1]);
    }
    expect("**https://a.example** x", "P Lb[https://a.example] [ x]");
}

static void test_markdown__blocks(void **state)
{
    (void)state;
    expect("one\ntwo\n\nthree", "P [one] /[] [two]\nP [three]");
    expect("> a\n> b\nc", ">P [a] /[] [b]\nP [c]");
    expect("> > deep\n>>>> deeper", ">>P [deep]\n>>>P [> deeper]");
    expect("- a\n  - b\n* c\n10. d", "0-0 [a]\n1-0 [b]\n0-0 [c]\n0#10 [d]");
    expect("-a\n- \n1.x", "P [-a] /[] [- ] /[] [1.x]");
    expect("```c\nint a;\n\n*b*\n```\nafter", "C(c) [int a;] /[] /[] [*b*]\nP [after]");
    expect("```\nopen", "C() [open]");
    expect("``` two words", "P [```] [ two words]");
    expect("```one line``` x", "P `[one line] [ x]");
    expect("> ```\n> a\nb", ">C() [a]\nP [b]");
    expect("a\r\nb\r\n", "P [a] /[] [b]");
    expect("", "");
    expect("\n \n", "");
    expect("> - **x**", ">0-0 b[x]");
}

static void test_markdown__holds_the_cap_of_marks(void **state)
{
    (void)state;
    /* 128 marks are paired; the 129th and 130th are text. */
    struct buf text = {.max = 4096}, wanted = {.max = 8192};
    assert_int_equal(buf_put(&wanted, SL("P")), ERR_OK);
    for (unsigned i = 0; i < MD_MARKS_MAX / 2 + 1; i++) {
        bool styled = i < MD_MARKS_MAX / 2;
        assert_int_equal(buf_put(&text, i ? SL(" **a**") : SL("**a**")), ERR_OK);
        assert_int_equal(buf_put(&wanted, i ? SL(" [ ]") : SL("")), ERR_OK);
        assert_int_equal(buf_put(&wanted, styled ? SL(" b[a]") : SL(" [**] [a] [**]")), ERR_OK);
    }
    assert_int_equal(buf_putc(&text, '\0'), ERR_OK);
    assert_int_equal(buf_putc(&wanted, '\0'), ERR_OK);
    expect(text.p, wanted.p);
    buf_fini(&text);
    buf_fini(&wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markdown__marks_make_styles),
        cmocka_unit_test(test_markdown__what_has_no_partner_is_text),
        cmocka_unit_test(test_markdown__addresses_and_names),
        cmocka_unit_test(test_markdown__blocks),
        cmocka_unit_test(test_markdown__holds_the_cap_of_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
