/* What the page should look like: a small tree that the view builds afresh for each frame, out of
 * one arena.
 *
 * A node is either an element that index.html always has (vtree_fixed) or a copy of a template
 * (vtree_row), told from its siblings by template and key. Its looks are properties: the text or an
 * attribute of one of its slots.
 */
#pragma once

#include "domop.h"
#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* Inv: either stamp is 0 and value lies in the tree's arena, compared by content; or it is not, and
 * value is borrowed and compared by its stamp alone. value.p NULL: the attribute is absent. attr 0
 * is the text, VPROP_DEED + op something to be done (in deed, compared by its stamp). */
#define VPROP_DEED 0x1000
struct vprop {
    uint16_t slot;
    uint16_t attr;
    uint32_t stamp;
    struct slice value;
    const struct dom_deed *deed;
    struct vprop *next;
};

struct vnode {
    uint16_t template; /* 0: fixed */
    bool taken;        /* of an old tree, while it is compared: a new node is its successor */
    uint32_t index;    /* of an old tree, while it is compared: place among its siblings */
    uint32_t handle;   /* fixed: its DOM_NODE; else given when it is compared */
    uint64_t key;
    struct vprop *props, *props_end;
    struct vnode *first, *last, *next;
    struct vnode *old; /* the node of the tree before that this one continues */
};

struct vtree_chunk;

/* Zero is an empty tree. failed: memory ran out while building; the tree must not be shown. */
struct vtree {
    struct vtree_chunk *chunks; /* the first is the one in use */
    size_t used_bytes;          /* of the first */
    struct vnode *root;
    bool failed;
};

/* Owns: the arena; free with vtree_fini. */
void vtree_fini(struct vtree *t);
/* Forget the nodes, keep one chunk of memory. */
void vtree_reset(struct vtree *t);
/* n bytes of the tree's memory, zeroed; NULL (and t->failed) when there are none. */
void *vtree_alloc(struct vtree *t, size_t n);

/* Builders: all take and return NULL once the tree has failed, so that views need not look. */
/* The parent of everything. */
struct vnode *vtree_root(struct vtree *t);
struct vnode *vtree_fixed(struct vtree *t, struct vnode *parent, enum dom_node node);
struct vnode *vtree_row(struct vtree *t, struct vnode *parent, enum dom_template template,
                        uint64_t key);
/* Copies text / value. */
void vtree_text(struct vtree *t, struct vnode *n, enum dom_slot slot, struct slice text);
void vtree_attr(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
                struct slice value);
/* An attribute that is there, empty, or absent. */
void vtree_flag(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr, bool on);
/* A message's text, as Markdown: borrowed until the batch is applied, written again only when stamp (not 0) has
 * changed. */
void vtree_text_stamped(struct vtree *t, struct vnode *n, enum dom_slot slot, struct slice text,
                        uint32_t stamp);
/* Something to be done to a slot, once for each stamp (not 0): one of the operations that a look can ask for. Copies the texts. */
void vtree_do(struct vtree *t, struct vnode *n, enum dom_slot slot, uint32_t stamp,
              const struct dom_deed *deed);
