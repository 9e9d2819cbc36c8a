/* Nodes in a table by handle; children as arrays of handles. */
#include "fake_dom.h"

#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NODES_MAX    16384
#define CHILDREN_MAX 512
#define PROPS_MAX    64

struct fake_prop {
    uint32_t slot, attr; /* attr 0: the text */
    char *value;
    size_t n;
};

struct fake_node {
    uint32_t template;
    uint32_t parent;
    uint32_t children[CHILDREN_MAX];
    size_t children_n;
    struct fake_prop props[PROPS_MAX];
    size_t props_n;
};

struct fake_dom {
    struct fake_node *nodes[NODES_MAX]; /* the root of every tree is 0 */
};

static struct fake_node *node_of(const struct fake_dom *d, uint32_t handle)
{
    assert_in_range(handle, 0, NODES_MAX - 1);
    struct fake_node *n = d->nodes[handle];
    assert_non_null(n);
    return n;
}

static struct fake_node *add_node(struct fake_dom *d, uint32_t handle, uint32_t template)
{
    assert_in_range(handle, 0, NODES_MAX - 1);
    assert_null(d->nodes[handle]);
    struct fake_node *n = mem_zalloc(sizeof *n);
    assert_non_null(n);
    n->template = template;
    n->parent = UINT32_MAX;
    d->nodes[handle] = n;
    return n;
}

static void free_node(struct fake_dom *d, uint32_t handle)
{
    struct fake_node *n = d->nodes[handle];
    for (size_t i = 0; n && i < n->props_n; i++)
        mem_free(n->props[i].value);
    mem_free(n);
    d->nodes[handle] = NULL;
}

struct fake_dom *fake_dom_new(void)
{
    struct fake_dom *d = mem_zalloc(sizeof *d);
    assert_non_null(d);
    for (uint32_t h = 0; h < DOM_NODE_FIRST_FREE; h++)
        add_node(d, h, 0);
    return d;
}

void fake_dom_free(struct fake_dom *d)
{
    for (uint32_t h = 0; h < NODES_MAX; h++)
        free_node(d, h);
    mem_free(d);
}

static struct fake_prop *find_prop(struct fake_node *n, uint32_t slot, uint32_t attr)
{
    for (size_t i = 0; i < n->props_n; i++) {
        if (n->props[i].slot == slot && n->props[i].attr == attr)
            return &n->props[i];
    }
    return NULL;
}

static void set_prop(struct fake_node *n, uint32_t slot, uint32_t attr, struct slice value)
{
    struct fake_prop *p = find_prop(n, slot, attr);
    if (!p) {
        assert_true(n->props_n < PROPS_MAX);
        p = &n->props[n->props_n++];
        *p = (struct fake_prop){.slot = slot, .attr = attr};
    }
    mem_free(p->value);
    p->value = mem_alloc(value.n);
    assert_non_null(p->value);
    if (value.n)
        memcpy(p->value, value.p, value.n);
    p->n = value.n;
}

/* Markdown is kept as the operations that make it, printed. */
static void append_printed(struct fake_node *n, uint32_t slot, struct slice words)
{
    struct fake_prop *p = find_prop(n, slot, 0);
    struct buf text = {.max = 8u << 20};
    assert_non_null(p);
    assert_int_equal(buf_put(&text, (struct slice){p->value, p->n}), ERR_OK);
    assert_int_equal(domop_print(words, &text), ERR_OK);
    set_prop(n, slot, 0, buf_peek(&text));
    buf_fini(&text);
}

static void unset_prop(struct fake_node *n, uint32_t slot, uint32_t attr)
{
    struct fake_prop *p = find_prop(n, slot, attr);
    if (!p)
        return;
    mem_free(p->value);
    *p = n->props[--n->props_n];
}

static size_t place_of(const struct fake_node *parent, uint32_t handle)
{
    size_t i = 0;
    while (i < parent->children_n && parent->children[i] != handle)
        i++;
    return i;
}

static void detach(struct fake_dom *d, uint32_t handle)
{
    struct fake_node *n = node_of(d, handle);
    if (n->parent == UINT32_MAX)
        return;
    struct fake_node *parent = node_of(d, n->parent);
    size_t at = place_of(parent, handle);
    assert_true(at < parent->children_n);
    parent->children_n--;
    memmove(parent->children + at, parent->children + at + 1,
            (parent->children_n - at) * sizeof *parent->children);
    n->parent = UINT32_MAX;
}

static void insert(struct fake_dom *d, uint32_t parent_handle, uint32_t handle, uint32_t before)
{
    struct fake_node *parent = node_of(d, parent_handle);
    detach(d, handle);
    size_t at = before ? place_of(parent, before) : parent->children_n;
    assert_true(!before || at < parent->children_n);
    assert_true(parent->children_n < CHILDREN_MAX);
    memmove(parent->children + at + 1, parent->children + at,
            (parent->children_n - at) * sizeof *parent->children);
    parent->children[at] = handle;
    parent->children_n++;
    node_of(d, handle)->parent = parent_handle;
}

static bool is_deed(enum dom_op op)
{
    return op == DOM_OP_VALUE || op == DOM_OP_FOCUS || op == DOM_OP_MARK ||
           op == DOM_OP_SHOW_MODAL || op == DOM_OP_SCROLL_TO || op == DOM_OP_CHECKED ||
           op == DOM_OP_SOURCE || op == DOM_OP_PICTURE;
}

void fake_dom_apply(struct fake_dom *d, struct slice words)
{
    struct domop_item i;
    struct slice rest = words;
    while (domop_next(&rest, &i)) {
        struct slice one = {words.p, words.n - rest.n};
        words = rest;
        if (i.op == DOM_OP_CLONE)
            add_node(d, i.args[0], i.args[1]);
        else if (i.op == DOM_OP_INSERT)
            insert(d, i.args[0], i.args[1], i.args[2]);
        else if (i.op == DOM_OP_REMOVE) {
            assert_int_not_equal(node_of(d, i.args[0])->parent, UINT32_MAX);
            detach(d, i.args[0]);
            free_node(d, i.args[0]);
        } else if (i.op == DOM_OP_DROP) {
            node_of(d, i.args[0]);
            free_node(d, i.args[0]);
        } else if (i.op == DOM_OP_TEXT)
            set_prop(node_of(d, i.args[0]), i.args[1], 0, i.text[0]);
        else if (i.op == DOM_OP_CLEAR)
            set_prop(node_of(d, i.args[0]), i.args[1], 0, SL(""));
        else if (i.op == DOM_OP_BLOCK || i.op == DOM_OP_RUN)
            append_printed(node_of(d, i.args[0]), i.args[1], one);
        else if (is_deed(i.op))
            set_prop(node_of(d, i.args[0]), i.args[1], VPROP_DEED + i.op, SL(""));
        else if (i.op == DOM_OP_ATTR)
            set_prop(node_of(d, i.args[0]), i.args[1], i.args[2], i.text[0]);
        else if (i.op == DOM_OP_UNATTR)
            unset_prop(node_of(d, i.args[0]), i.args[1], i.args[2]);
        else
            fail_msg("operation %d does not belong in a tree's batch", (int)i.op);
    }
}

/* Texts that were taken away are empty texts; deeds cannot be taken away. */
static size_t visible_props_n(const struct fake_node *n)
{
    size_t visible_n = 0;
    for (size_t i = 0; i < n->props_n; i++)
        visible_n += n->props[i].attr < VPROP_DEED && (n->props[i].attr != 0 || n->props[i].n != 0);
    return visible_n;
}

static void check_markdown(const struct fake_prop *have, const struct vprop *want, uint32_t handle)
{
    struct domop ops;
    struct buf text = {.max = 8u << 20};
    struct slice words;
    struct domop_item clear;
    domop_init(&ops);
    domop_markdown(&ops, handle, (enum dom_slot)want->slot, want->value);
    words = buf_peek(&ops.words);
    assert_true(domop_next(&words, &clear));
    assert_int_equal(domop_print(words, &text), ERR_OK);
    assert_int_equal(have->n, text.n);
    assert_memory_equal(have->value, text.p, text.n);
    buf_fini(&text);
    domop_fini(&ops);
}

static void check_node(const struct fake_dom *d, const struct vnode *want)
{
    struct fake_node *n = node_of(d, want->handle);
    size_t props_n = 0, i = 0;
    assert_int_equal(n->template, want->template);
    for (const struct vprop *p = want->props; p; p = p->next) {
        struct fake_prop *have = find_prop(n, p->slot, p->attr);
        if (!p->value.p) {
            assert_null(have);
            continue;
        }
        assert_non_null(have);
        if (p->deed)
            continue;
        props_n += p->attr != 0 || have->n != 0;
        if (p->stamp) {
            check_markdown(have, p, want->handle);
            continue;
        }
        assert_int_equal(have->n, p->value.n);
        assert_memory_equal(have->value, p->value.p, p->value.n);
    }
    assert_int_equal(visible_props_n(n), props_n);
    for (const struct vnode *c = want->first; c; c = c->next) {
        if (c->template) {
            assert_true(i < n->children_n);
            assert_int_equal(n->children[i++], c->handle);
        }
        check_node(d, c);
    }
    assert_int_equal(i, n->children_n);
}

static size_t count_made(const struct vnode *n)
{
    size_t made_n = n->template != 0;
    for (const struct vnode *c = n->first; c; c = c->next)
        made_n += count_made(c);
    return made_n;
}

void fake_dom_check(const struct fake_dom *d, const struct vtree *tree)
{
    size_t known_n = 0;
    check_node(d, tree->root);
    for (uint32_t h = DOM_NODE_FIRST_FREE; h < NODES_MAX; h++)
        known_n += d->nodes[h] != NULL;
    assert_int_equal(known_n, count_made(tree->root));
}
