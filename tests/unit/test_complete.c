/* When a list is due at the caret ('|' in the shown text), who stands first in it, and the text after one was taken. */
#include "complete.h"

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

/* The text without '|'; *caret is where it was. */
static void read_shown(const char *shown, struct buf *text, size_t *caret)
{
    for (; *shown; shown++) {
        if (*shown == '|') {
            *caret = text->n;
        } else {
            assert_int_equal(buf_putc(text, *shown), ERR_OK);
        }
    }
}

static void test_complete__is_due_for_names_only(void **state)
{
    (void)state;
    static const struct {
        const char *shown;
        char kind; /* u r e c, 0: none */
        const char *query;
    } cases[] = {
        {"@|", 'u', ""},
        {"hi @an|", 'u', "an"},
        {"hi @An.n-x_1| you", 'u', "An.n-x_1"},
        {"(@é|)", 'u', "é"},
        {"#|", 'r', ""},
        {"see #gen|.", 'r', "gen"},
        {"#über|", 'r', "über"},
        {":sm|", 'e', "sm"},
        {"so :+1|", 'e', "+1"},
        {"日本:sm|", 'e', "sm"},
        {"😀:sm|", 'e', "sm"},
        {":smile:|", 'c', "smile"},
        {":x:|", 'c', "x"},
        {"a :+1:| b", 'c', "+1"},
        {"*@an|*", 'u', "an"},
        {"> @an|", 'u', "an"},
        {"- @an|", 'u', "an"},
        {"`a` @an|", 'u', "an"},
        {"\\` @an|", 'u', "an"},
        {"`\n@an|", 'u', "an"},
        {"```\na\n```\n@an|", 'u', "an"},
        {"|@an", 0, ""},
        {"@a|nn", 0, ""},
        {"@an |", 0, ""},
        {"an|", 0, ""},
        {"|", 0, ""},
        {"mail@an|", 0, ""},
        {"日本@an|", 0, ""},
        {"@@an|", 0, ""},
        {"\\@an|", 0, ""},
        {"a#gen|", 0, ""},
        {":|", 0, ""},
        {":s|", 0, ""},
        {":)|", 0, ""},
        {"::|", 0, ""},
        {"10:30|", 0, ""},
        {"10:30:|", 0, ""},
        {"http://an|", 0, ""},
        {"https://x.org/@an|", 0, ""},
        {"https://x.org/?a=@an|", 0, ""},
        {"[x](https://x.org/?=@an|)", 0, ""},
        {"`@an|`", 0, ""},
        {"`x @an|", 0, ""},
        {"` **x** @an|", 0, ""},
        {"``x` @an|`` y", 0, ""},
        {"```\n@an|", 0, ""},
        {"```\n:smile:|\n```", 0, ""},
        {"> ```\n> @an|", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {.max = 200};
        size_t caret = 0;
        read_shown(cases[i].shown, &text, &caret);
        struct complete c = complete_at(guard_copy(buf_peek(&text)), caret);
        if ("\0urec"[c.kind] != cases[i].kind) {
            fail_msg("%s: kind %d", cases[i].shown, c.kind);
        }
        if (c.kind != COMPLETE_NONE) {
            assert_true(slice_eq(c.query, slice_str(cases[i].query)));
            assert_int_equal(c.to, caret);
            assert_int_equal(c.from, caret - c.query.n - (c.kind == COMPLETE_CODE ? 2 : 1));
        }
        buf_fini(&text);
    }
    assert_int_equal(complete_at(SL("@an"), 99).kind, COMPLETE_USER);
    assert_int_equal(complete_at(SL("@é"), 2).kind, COMPLETE_NONE); /* within é */
}

static void test_complete__has_a_longest_query(void **state)
{
    (void)state;
    char text[COMPLETE_QUERY_BYTES_MAX + 3];
    for (size_t i = 0; i < 3; i++) {
        memset(text, 'a', sizeof text);
        text[0] = "@#:"[i];
        struct slice s = guard_copy((struct slice){text, COMPLETE_QUERY_BYTES_MAX + 1});
        assert_int_equal(complete_at(s, s.n).kind, COMPLETE_USER + i);
        s = guard_copy((struct slice){text, COMPLETE_QUERY_BYTES_MAX + 2});
        assert_int_equal(complete_at(s, s.n).kind, COMPLETE_NONE);
    }
    text[COMPLETE_QUERY_BYTES_MAX + 1] = ':';
    assert_int_equal(complete_at((struct slice){text, sizeof text - 1}, sizeof text - 1).kind,
                     COMPLETE_CODE);
    text[COMPLETE_QUERY_BYTES_MAX + 1] = 'a';
    text[COMPLETE_QUERY_BYTES_MAX + 2] = ':';
    assert_int_equal(complete_at((struct slice){text, sizeof text}, sizeof text).kind,
                     COMPLETE_NONE);
}

static void test_complete__takes_one(void **state)
{
    (void)state;
    static const struct {
        const char *before, *insert, *after;
    } cases[] = {
        {"@an|", "@ann", "@ann |"},
        {"😀 @an| x", "@ann", "😀 @ann |x"},
        {"@an|, x", "@ann", "@ann|, x"},
        {"@an|\nx", "@ann", "@ann|\nx"},
        {"(#ge|)", "#general", "(#general|)"},
        {":smi|", "😄", "😄 |"},
        {":smile:|", "😄", "😄|"},
        {":smile:|x", "😄", "😄|x"},
        {"@an|*", "@ann", "@ann |*"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {.max = 200}, wanted = {.max = 200}, out = {.max = 200};
        size_t caret = 0, after = 0;
        read_shown(cases[i].before, &text, &caret);
        read_shown(cases[i].after, &wanted, &after);
        struct slice typed = guard_copy(buf_peek(&text));
        struct complete c = complete_at(typed, caret);
        struct complete_result r;
        assert_int_equal(buf_put(&out, SL("é")), ERR_OK);
        assert_int_equal(complete_accept(typed, &c, slice_str(cases[i].insert), &out, &r), ERR_OK);
        struct slice got = slice_from(buf_peek(&out), 2);
        if (!slice_eq(got, buf_peek(&wanted)) || r.caret != after) {
            fail_msg("%s became %.*s, caret %zu", cases[i].before, SL_ARG(got), r.caret);
        }
        assert_int_equal(r.caret_utf16, utf16_length((struct slice){got.p, after}));
        buf_fini(&text);
        buf_fini(&wanted);
        buf_fini(&out);
    }
}

static void test_complete__changes_nothing_without_room(void **state)
{
    (void)state;
    struct slice text = SL("a @an b");
    struct complete c = complete_at(text, 5);
    for (size_t max = 1; max <= 9; max++) {
        struct buf out = {.max = max};
        struct complete_result r = {77, 77};
        assert_int_equal(buf_putc(&out, 'x'), ERR_OK);
        enum err e = complete_accept(text, &c, SL("@ann"), &out, &r);
        assert_int_equal(e, max < 9 ? ERR_LIMIT : ERR_OK);
        assert_int_equal(out.n, max < 9 ? 1 : 9);
        assert_int_equal(r.caret, max < 9 ? 77 : 7);
        buf_fini(&out);
    }
    struct buf out = {.max = 100};
    struct complete_result r;
    mem_fail_after(1, 1);
    assert_int_equal(complete_accept(text, &c, SL("@ann"), &out, &r), ERR_NOMEM);
    mem_fail_after(0, 0);
    buf_fini(&out);
}

static void test_complete__ranks_names(void **state)
{
    (void)state;
    static const struct complete_name names[] = {
        {{"zed", sizeof "zed" - 1}, {"Anton Zed", sizeof "Anton Zed" - 1}, 0, true},
        {{"hannah", sizeof "hannah" - 1}, {"", sizeof "" - 1}, 900, true},
        {{"anna", sizeof "anna" - 1}, {"Anna", sizeof "Anna" - 1}, 0, true},
        {{"andy", sizeof "andy" - 1}, {"Andy", sizeof "Andy" - 1}, 100, true},
        {{"ann", sizeof "ann" - 1}, {"Ann B", sizeof "Ann B" - 1}, 200, true},
        {{"anke", sizeof "anke" - 1}, {"Anke", sizeof "Anke" - 1}, 999, false},
        {{"bob", sizeof "bob" - 1}, {"Bob", sizeof "Bob" - 1}, 500, true},
        {{"ivan", sizeof "ivan" - 1}, {"Иван", sizeof "Иван" - 1}, 0, false},
        {{"joe", sizeof "joe" - 1}, {"joe anderson", sizeof "joe anderson" - 1}, 0, false},
    };
    static const struct {
        const char *query, *order;
    } cases[] = {
        {"an", "ann andy anna zed hannah anke joe ivan "},
        {"AN", "ann andy anna zed hannah anke joe ivan "},
        {"ann", "ann anna hannah "},
        {"", "hannah bob ann andy anna zed anke ivan joe "},
        {"ив", "ivan "},
        {"nobody", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t hits[COMPLETE_HITS_MAX];
        struct buf out = {.max = 200};
        size_t n = complete_rank(slice_str(cases[i].query), names, sizeof names / sizeof *names,
                                 hits, COMPLETE_HITS_MAX);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(buf_printf(&out, "%.*s ", SL_ARG(names[hits[k]].name)), ERR_OK);
        }
        assert_int_equal(buf_putc(&out, 0), ERR_OK);
        assert_string_equal(out.p, cases[i].order);
        for (size_t max = 0; max < n; max++) {
            uint32_t fewer[COMPLETE_HITS_MAX];
            assert_int_equal(complete_rank(slice_str(cases[i].query), names,
                                           sizeof names / sizeof *names, fewer, max),
                             max);
            assert_memory_equal(hits, fewer, max * sizeof *hits);
        }
        buf_fini(&out);
    }
}

static void test_complete__ranking_has_caps(void **state)
{
    (void)state;
    static struct complete_name names[COMPLETE_NAMES_MAX + 1];
    uint32_t hits[COMPLETE_HITS_MAX + 1];
    for (size_t i = 0; i <= COMPLETE_NAMES_MAX; i++) {
        names[i].name = SL("ann");
    }
    names[COMPLETE_NAMES_MAX - 1].name = SL("last");
    names[COMPLETE_NAMES_MAX].name = SL("past");
    assert_int_equal(
        complete_rank(SL("a"), names, COMPLETE_NAMES_MAX + 1, hits, COMPLETE_HITS_MAX + 1),
        COMPLETE_HITS_MAX);
    assert_int_equal(complete_rank(SL("l"), names, COMPLETE_NAMES_MAX + 1, hits, 9), 1);
    assert_int_equal(hits[0], COMPLETE_NAMES_MAX - 1);
    assert_int_equal(complete_rank(SL("p"), names, COMPLETE_NAMES_MAX + 1, hits, 9), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete__is_due_for_names_only),
        cmocka_unit_test(test_complete__has_a_longest_query),
        cmocka_unit_test(test_complete__takes_one),
        cmocka_unit_test(test_complete__changes_nothing_without_room),
        cmocka_unit_test(test_complete__ranks_names),
        cmocka_unit_test(test_complete__ranking_has_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
