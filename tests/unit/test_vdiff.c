/* Trees against a fake document: whatever tree follows whatever tree, the batch makes the one of
 * the other. */
#include "vdiff.h"

#include "fake_dom.h"
#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    struct vdiff v;
    struct domop ops;
    struct fake_dom *dom;
};

static void open_fixture(struct fixture *f)
{
    vdiff_init(&f->v);
    domop_init(&f->ops);
    f->dom = fake_dom_new();
}

static void close_fixture(struct fixture *f)
{
    vdiff_fini(&f->v);
    domop_fini(&f->ops);
    fake_dom_free(f->dom);
}

static void commit(struct fixture *f)
{
    domop_reset(&f->ops);
    assert_int_equal(vdiff_commit(&f->v, &f->ops), ERR_OK);
    fake_dom_apply(f->dom, buf_peek(&f->ops.words));
    fake_dom_check(f->dom, &f->v.trees[f->v.shown]);
}

static size_t count_ops(const struct fixture *f, enum dom_op op)
{
    struct slice words = buf_peek(&f->ops.words);
    struct domop_item item;
    size_t n = 0;
    while (domop_next(&words, &item))
        n += item.op == op;
    return n;
}

/* A list with one row for each letter; the same letter is the same row. */
static void build_list(struct fixture *f, const char *letters)
{
    struct vtree *t = vdiff_begin(&f->v);
    struct vnode *list = vtree_fixed(t, vtree_root(t), DOM_NODE_LIST);
    for (const char *c = letters; *c; c++) {
        struct vnode *row = vtree_row(t, list, DOM_TEMPLATE_ROW, (uint64_t)*c);
        vtree_text(t, row, DOM_SLOT_AUTHOR, (struct slice){c, 1});
    }
}

static void test_vdiff__moves_inserts_and_removes(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        size_t clones_n, removes_n, inserts_n;
    } cases[] = {
        {"", "", 0, 0, 0},        {"", "abc", 3, 0, 3},          {"abc", "", 0, 3, 0},
        {"abc", "abc", 0, 0, 0},  {"abc", "abcd", 1, 0, 1},      {"abc", "xabc", 1, 0, 1},
        {"abcd", "bcd", 0, 1, 0}, {"abcd", "cdef", 2, 2, 2},     {"abc", "axbc", 1, 0, 1},
        {"abc", "xyz", 3, 3, 3},  {"abcde", "eabcd", 0, 0, 1},   {"abcde", "bcdea", 0, 0, 4},
        {"abc", "cba", 0, 0, 2},  {"abcdef", "axcxdf", 2, 2, 2}, {"aab", "aba", 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        open_fixture(&f);
        build_list(&f, cases[i].from);
        commit(&f);
        build_list(&f, cases[i].to);
        commit(&f);
        assert_int_equal(count_ops(&f, DOM_OP_CLONE), cases[i].clones_n);
        assert_int_equal(count_ops(&f, DOM_OP_REMOVE), cases[i].removes_n);
        assert_in_range(count_ops(&f, DOM_OP_INSERT), 0, cases[i].inserts_n);
        close_fixture(&f);
    }
}

static void test_vdiff__writes_only_what_changed(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    for (int i = 0; i < 3; i++) {
        struct vtree *t = vdiff_begin(&f.v);
        struct vnode *n = vtree_fixed(t, vtree_root(t), DOM_NODE_BANNER);
        vtree_text(t, n, DOM_SLOT_SELF, SL("same"));
        vtree_flag(t, n, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, i == 1);
        vtree_text_stamped(t, n, DOM_SLOT_BODY, i == 2 ? SL("new") : SL("old"), i == 2 ? 2 : 1);
        commit(&f);
        assert_int_equal(count_ops(&f, DOM_OP_TEXT), i == 0);
        assert_int_equal(count_ops(&f, DOM_OP_CLEAR), i != 1);
        assert_int_equal(count_ops(&f, DOM_OP_ATTR), i == 1);
        assert_int_equal(count_ops(&f, DOM_OP_UNATTR), i != 1);
    }
    close_fixture(&f);
}

/* A small deterministic source of chance. */
static uint32_t chance(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

static void random_props(struct vtree *t, struct vnode *n, uint32_t *seed)
{
    static const char *const values[] = {"", "a", "b", "<b>&amp;"};
    for (unsigned slot = 0; slot < 3; slot++) {
        struct slice value = slice_str(values[chance(seed, 4)]);
        if (chance(seed, 2))
            vtree_text(t, n, slot, value);
        if (chance(seed, 3) == 0)
            vtree_attr(t, n, slot, DOM_ATTR_TITLE, value);
        if (chance(seed, 3) == 0)
            vtree_flag(t, n, slot, DOM_ATTR_HIDDEN, chance(seed, 2));
    }
}

static void random_children(struct vtree *t, struct vnode *parent, unsigned depth, uint32_t *seed)
{
    uint32_t n = chance(seed, depth == 0 ? 30 : 4);
    for (uint32_t i = 0; i < n; i++) {
        struct vnode *row = vtree_row(t, parent, 1 + chance(seed, 3), chance(seed, 40));
        random_props(t, row, seed);
        if (depth < 3 && chance(seed, 4) == 0)
            random_children(t, row, depth + 1, seed);
    }
}

static void build_random(struct fixture *f, uint32_t *seed)
{
    struct vtree *t = vdiff_begin(&f->v);
    struct vnode *root = vtree_root(t);
    for (enum dom_node node = DOM_NODE_ROOT; node <= DOM_NODE_LIST; node++) {
        struct vnode *n = vtree_fixed(t, root, node);
        if (node % 2)
            random_props(t, n, seed);
    }
    random_children(t, vtree_fixed(t, root, DOM_NODE_ANNOUNCER), 0, seed);
    random_children(t, vtree_fixed(t, root, DOM_NODE_JUMP), 0, seed);
}

static void test_vdiff__makes_any_tree_of_any_tree(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < 200; run++) {
        struct fixture f;
        uint32_t seed = run * 7919;
        open_fixture(&f);
        for (int step = 0; step < 12; step++) {
            build_random(&f, &seed);
            commit(&f);
        }
        close_fixture(&f);
    }
}

static void test_vdiff__a_batch_without_memory_never_was(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 12; n++) {
        struct fixture f;
        uint32_t seed = 77;
        open_fixture(&f);
        build_random(&f, &seed);
        commit(&f);
        domop_fini(&f.ops);
        domop_init(&f.ops);
        mem_fail_after(n, 1);
        build_random(&f, &seed);
        enum err e = vdiff_commit(&f.v, &f.ops);
        mem_fail_after(0, 0);
        if (e == ERR_OK) {
            fake_dom_apply(f.dom, buf_peek(&f.ops.words));
            fake_dom_check(f.dom, &f.v.trees[f.v.shown]);
        }
        build_random(&f, &seed);
        commit(&f);
        close_fixture(&f);
    }
}

static void test_vdiff__a_deed_is_done_once_for_each_stamp(void **state)
{
    (void)state;
    static const uint32_t stamps[] = {1, 1, 2, 0, 2};
    static const size_t done_n[] = {1, 0, 1, 0, 1};
    struct fixture f;
    open_fixture(&f);
    for (size_t i = 0; i < 5; i++) {
        struct vtree *t = vdiff_begin(&f.v);
        struct vnode *n = vtree_fixed(t, vtree_root(t), DOM_NODE_BANNER);
        if (stamps[i])
            vtree_do(t, n, DOM_SLOT_SELF, stamps[i], &(struct dom_deed){.op = DOM_OP_FOCUS});
        commit(&f);
        assert_int_equal(count_ops(&f, DOM_OP_FOCUS), done_n[i]);
    }
    close_fixture(&f);
}

static void test_vdiff__large_texts_fit(void **state)
{
    (void)state;
    static char large[300000];
    struct fixture f;
    memset(large, 'x', sizeof large);
    open_fixture(&f);
    struct vtree *t = vdiff_begin(&f.v);
    struct vnode *n = vtree_fixed(t, vtree_root(t), DOM_NODE_BANNER);
    vtree_text(t, n, DOM_SLOT_SELF, (struct slice){large, sizeof large});
    vtree_text(t, n, DOM_SLOT_BODY, SL("after"));
    commit(&f);
    close_fixture(&f);
}

static void test_vdiff__prints_batches(void **state)
{
    (void)state;
    struct fixture f;
    struct buf out;
    open_fixture(&f);
    buf_init(&out, 1000);
    build_list(&f, "a");
    commit(&f);
    domop_attr(&f.ops, DOM_NODE_FIRST_FREE, DOM_SLOT_SELF, DOM_ATTR_HIDDEN, SL(""));
    domop_unattr(&f.ops, DOM_NODE_FIRST_FREE, DOM_SLOT_TIME, DOM_ATTR_TITLE);
    domop_deed(&f.ops, DOM_NODE_INPUT, DOM_SLOT_SELF,
               &(struct dom_deed){.op = DOM_OP_VALUE, .texts = {SL("v")}, .numbers = {0, 1}});
    domop_deed(&f.ops, DOM_NODE_INPUT, DOM_SLOT_SELF, &(struct dom_deed){.op = DOM_OP_FOCUS});
    domop_markdown(&f.ops, DOM_NODE_FIRST_FREE, DOM_SLOT_BODY, SL("> **b** x"));
    domop_anchor(&f.ops, DOM_NODE_SCROLLER);
    domop_stick(&f.ops, DOM_NODE_SCROLLER, true);
    domop_drop(&f.ops, 129);
    domop_remove(&f.ops, DOM_NODE_FIRST_FREE);
    assert_int_equal(domop_print(buf_peek(&f.ops.words), &out), ERR_OK);
    assert_int_equal(buf_putc(&out, '\0'), ERR_OK);
    assert_string_equal(out.p, "CLONE 128 ROW\n"
                               "TEXT 128 AUTHOR \"a\"\n"
                               "INSERT LIST 128 0\n"
                               "ATTR 128 SELF hidden \"\"\n"
                               "UNATTR 128 TIME title\n"
                               "VALUE INPUT SELF \"v\" 0 1\n"
                               "FOCUS INPUT SELF\n"
                               "CLEAR 128 BODY\n"
                               "BLOCK 128 BODY 0 1 0\n"
                               "RUN 128 BODY 0 1 \"b\" \"\"\n"
                               "RUN 128 BODY 0 0 \" x\" \"\"\n"
                               "ANCHOR SCROLLER\n"
                               "STICK SCROLLER 1\n"
                               "DROP 129\n"
                               "REMOVE 128\n");
    buf_fini(&out);
    close_fixture(&f);
}

static void test_vdiff__a_batch_past_its_cap_fails_whole(void **state)
{
    (void)state;
    struct domop d;
    domop_init(&d);
    for (size_t i = 0; i < DOMOP_BYTES_MAX / 8; i++)
        domop_remove(&d, 64);
    assert_false(d.failed);
    domop_remove(&d, 64);
    assert_true(d.failed);
    domop_reset(&d);
    assert_false(d.failed);
    domop_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vdiff__moves_inserts_and_removes),
        cmocka_unit_test(test_vdiff__writes_only_what_changed),
        cmocka_unit_test(test_vdiff__makes_any_tree_of_any_tree),
        cmocka_unit_test(test_vdiff__a_batch_without_memory_never_was),
        cmocka_unit_test(test_vdiff__a_deed_is_done_once_for_each_stamp),
        cmocka_unit_test(test_vdiff__large_texts_fit),
        cmocka_unit_test(test_vdiff__prints_batches),
        cmocka_unit_test(test_vdiff__a_batch_past_its_cap_fails_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
