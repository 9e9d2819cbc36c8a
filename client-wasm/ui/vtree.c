/* Building trees in an arena. */
#include "vtree.h"

#include "check.h"
#include "mem.h"

#define CHUNK_BYTES (64u << 10)

struct vtree_chunk {
    struct vtree_chunk *next;
    size_t cap;
    uint64_t bytes[];
};

static void free_chunks(struct vtree_chunk *c)
{
    while (c) {
        struct vtree_chunk *next = c->next;
        mem_free(c);
        c = next;
    }
}

void vtree_fini(struct vtree *t)
{
    free_chunks(t->chunks);
    memset(t, 0, sizeof *t);
}

void vtree_reset(struct vtree *t)
{
    if (t->chunks) {
        free_chunks(t->chunks->next);
        t->chunks->next = NULL;
    }
    t->used_bytes = 0;
    t->root = NULL;
    t->failed = false;
}

void *vtree_alloc(struct vtree *t, size_t n)
{
    n = (n + 7) & ~(size_t)7;
    if (t->failed)
        return NULL;
    if (!t->chunks || n > t->chunks->cap - t->used_bytes) {
        size_t cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
        struct vtree_chunk *c = mem_alloc(sizeof *c + cap);
        if (!c) {
            t->failed = true;
            return NULL;
        }
        c->next = t->chunks;
        c->cap = cap;
        t->chunks = c;
        t->used_bytes = 0;
    }
    void *p = (char *)t->chunks->bytes + t->used_bytes;
    t->used_bytes += n;
    return memset(p, 0, n);
}

struct vnode *vtree_root(struct vtree *t)
{
    t->root = vtree_alloc(t, sizeof *t->root);
    return t->root;
}

static struct vnode *add(struct vtree *t, struct vnode *parent)
{
    struct vnode *n = vtree_alloc(t, sizeof *n);
    if (!n)
        return NULL;
    if (parent->last)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    return n;
}

struct vnode *vtree_fixed(struct vtree *t, struct vnode *parent, enum dom_node node)
{
    struct vnode *n = add(t, parent);
    if (!n)
        return NULL;
    n->key = node;
    n->handle = node;
    return n;
}

struct vnode *vtree_row(struct vtree *t, struct vnode *parent, enum dom_template template,
                        uint64_t key)
{
    struct vnode *n = add(t, parent);
    if (!n)
        return NULL;
    n->template = (uint16_t) template;
    n->key = key;
    return n;
}

static struct vprop *add_prop(struct vtree *t, struct vnode *n, enum dom_slot slot, unsigned attr)
{
    struct vprop *p = vtree_alloc(t, sizeof *p);
    if (!p)
        return NULL;
    p->slot = (uint16_t)slot;
    p->attr = (uint16_t)attr;
    if (n->props_end)
        n->props_end->next = p;
    else
        n->props = p;
    n->props_end = p;
    return p;
}

/* Copied into the tree's memory, never NULL. */
static struct slice copy_text(struct vtree *t, struct slice text)
{
    char *copy = vtree_alloc(t, text.n + 1);
    if (copy && text.n)
        memcpy(copy, text.p, text.n);
    return (struct slice){copy, copy ? text.n : 0};
}

static void add_copied(struct vtree *t, struct vnode *n, enum dom_slot slot, unsigned attr,
                       struct slice value)
{
    struct vprop *p = add_prop(t, n, slot, attr);
    if (p)
        p->value = copy_text(t, value);
}

void vtree_text(struct vtree *t, struct vnode *n, enum dom_slot slot, struct slice text)
{
    add_copied(t, n, slot, 0, text);
}

void vtree_attr(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
                struct slice value)
{
    add_copied(t, n, slot, attr, value);
}

void vtree_flag(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr, bool on)
{
    if (on)
        add_copied(t, n, slot, attr, SL(""));
    else
        add_prop(t, n, slot, attr);
}

void vtree_text_stamped(struct vtree *t, struct vnode *n, enum dom_slot slot, struct slice text,
                        uint32_t stamp)
{
    DCHECK(stamp != 0);
    struct vprop *p = add_prop(t, n, slot, 0);
    if (!p)
        return;
    p->stamp = stamp;
    p->value = text.p ? text : SL("");
}

void vtree_do(struct vtree *t, struct vnode *n, enum dom_slot slot, uint32_t stamp,
              const struct dom_deed *deed)
{
    DCHECK(stamp != 0);
    struct vprop *p = add_prop(t, n, slot, VPROP_DEED + (unsigned)deed->op);
    struct dom_deed *copy = vtree_alloc(t, sizeof *copy);
    if (!p || !copy)
        return;
    *copy = *deed;
    for (size_t i = 0; i < sizeof copy->texts / sizeof *copy->texts; i++)
        copy->texts[i] = copy_text(t, deed->texts[i]);
    p->stamp = stamp;
    p->value = SL("");
    p->deed = copy;
}
