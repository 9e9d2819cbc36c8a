/* Keyed comparison of two trees. Children: the equal ends first; what is left in the middle is
 * matched by a hash of (template, key), and a child moves only when it stands before one that was
 * already behind it. */
#include "vdiff.h"

#include "check.h"

struct pass {
    struct vtree *tree; /* the new one, for scratch memory */
    struct domop *out;
    uint32_t next_handle;
};

/* A stretch of siblings in an array. */
struct run {
    struct vnode **v;
    size_t n;
};

static void update_node(struct pass *p, struct vnode *now);
static void create_node(struct pass *p, struct vnode *now);

static bool same_node(const struct vnode *a, const struct vnode *b)
{
    return a->template == b->template && a->key == b->key;
}

static bool same_value(const struct vprop *a, const struct vprop *b)
{
    if (a->stamp || b->stamp)
        return a->stamp == b->stamp;
    if (!a->value.p || !b->value.p)
        return !a->value.p && !b->value.p;
    return slice_eq(a->value, b->value);
}

static const struct vprop *find_prop(const struct vprop *list, const struct vprop *like)
{
    for (; list; list = list->next) {
        if (list->slot == like->slot && list->attr == like->attr)
            return list;
    }
    return NULL;
}

static void set_prop(struct pass *p, uint32_t handle, const struct vprop *prop)
{
    if (prop->deed)
        domop_deed(p->out, handle, prop->slot, prop->deed);
    else if (prop->stamp)
        domop_markdown(p->out, handle, prop->slot, prop->value);
    else if (prop->attr == 0)
        domop_text(p->out, handle, prop->slot, prop->value);
    else if (prop->value.p)
        domop_attr(p->out, handle, prop->slot, prop->attr, prop->value);
    else
        domop_unattr(p->out, handle, prop->slot, prop->attr);
}

static void unset_prop(struct pass *p, uint32_t handle, const struct vprop *prop)
{
    if (prop->attr == 0)
        domop_text(p->out, handle, prop->slot, SL(""));
    else if (prop->value.p && !prop->deed)
        domop_unattr(p->out, handle, prop->slot, prop->attr);
}

static void diff_props(struct pass *p, const struct vnode *old, const struct vnode *now)
{
    const struct vprop *hint = old->props;
    for (const struct vprop *n = now->props; n; n = n->next) {
        const struct vprop *o = hint;
        if (!o || o->slot != n->slot || o->attr != n->attr)
            o = find_prop(old->props, n);
        if (o)
            hint = o->next;
        if (!o || !same_value(o, n))
            set_prop(p, now->handle, n);
    }
    for (const struct vprop *o = old->props; o; o = o->next) {
        if (!find_prop(now->props, o))
            unset_prop(p, now->handle, o);
    }
}

static void drop_below(struct pass *p, const struct vnode *n)
{
    for (const struct vnode *c = n->first; c; c = c->next) {
        drop_below(p, c);
        domop_drop(p->out, c->handle);
    }
}

static void remove_node(struct pass *p, const struct vnode *old)
{
    CHECK(old->template != 0);
    drop_below(p, old);
    domop_remove(p->out, old->handle);
}

static bool list_children(struct pass *p, const struct vnode *parent, struct run *out)
{
    size_t n = 0;
    for (const struct vnode *c = parent->first; c; c = c->next)
        n++;
    out->n = n;
    out->v = vtree_alloc(p->tree, n * sizeof *out->v);
    if (!out->v)
        return false;
    n = 0;
    for (struct vnode *c = parent->first; c; c = c->next) {
        c->index = (uint32_t)n;
        out->v[n++] = c;
    }
    return true;
}

static size_t hash_node(const struct vnode *n)
{
    uint64_t h = (n->key * 31 + n->template) * 0x9E3779B97F4A7C15u;
    return (size_t)(h >> 32);
}

/* Give every new child in the run the old one it continues. */
static bool match_by_key(struct pass *p, struct run old, struct run now)
{
    size_t cap = 8;
    while (cap < 2 * old.n)
        cap *= 2;
    struct vnode **table = vtree_alloc(p->tree, cap * sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < old.n; i++) {
        size_t at = hash_node(old.v[i]) & (cap - 1);
        while (table[at])
            at = (at + 1) & (cap - 1);
        table[at] = old.v[i];
    }
    for (size_t i = 0; i < now.n; i++) {
        size_t at = hash_node(now.v[i]) & (cap - 1);
        for (; table[at]; at = (at + 1) & (cap - 1)) {
            if (!table[at]->taken && same_node(table[at], now.v[i])) {
                table[at]->taken = true;
                now.v[i]->old = table[at];
                break;
            }
        }
    }
    return true;
}

/* Bring the run into order before the node with handle `before`, from its last to its first. */
static void place(struct pass *p, uint32_t parent, struct run now, uint32_t before)
{
    uint32_t lowest = UINT32_MAX;
    for (size_t i = now.n; i-- > 0;) {
        struct vnode *n = now.v[i];
        if (!n->old) {
            create_node(p, n);
            if (n->template)
                domop_insert(p->out, parent, n->handle, before);
        } else {
            update_node(p, n);
            if (n->old->index < lowest)
                lowest = n->old->index;
            else
                domop_insert(p->out, parent, n->handle, before);
        }
        before = n->handle;
    }
}

static void diff_children(struct pass *p, const struct vnode *old_parent, struct vnode *parent)
{
    struct run old, now;
    if (!list_children(p, old_parent, &old) || !list_children(p, parent, &now))
        return;
    while (old.n && now.n && same_node(old.v[0], now.v[0])) {
        now.v[0]->old = old.v[0];
        update_node(p, now.v[0]);
        old = (struct run){old.v + 1, old.n - 1};
        now = (struct run){now.v + 1, now.n - 1};
    }
    uint32_t before = 0;
    while (old.n && now.n && same_node(old.v[old.n - 1], now.v[now.n - 1])) {
        struct vnode *n = now.v[--now.n];
        n->old = old.v[--old.n];
        update_node(p, n);
        before = n->handle;
    }
    if (old.n && now.n && !match_by_key(p, old, now))
        return;
    for (size_t i = 0; i < old.n; i++) {
        if (!old.v[i]->taken)
            remove_node(p, old.v[i]);
    }
    place(p, parent->handle, now, before);
}

static void update_node(struct pass *p, struct vnode *now)
{
    now->handle = now->old->handle;
    diff_props(p, now->old, now);
    diff_children(p, now->old, now);
}

static void create_node(struct pass *p, struct vnode *now)
{
    if (now->template) {
        now->handle = p->next_handle++;
        domop_clone(p->out, now->handle, now->template);
    }
    for (const struct vprop *n = now->props; n; n = n->next) {
        /* A fresh copy has no attributes to take away; a fixed element may. */
        if (n->value.p || !now->template)
            set_prop(p, now->handle, n);
    }
    for (struct vnode *c = now->first; c; c = c->next) {
        create_node(p, c);
        if (c->template)
            domop_insert(p->out, now->handle, c->handle, 0);
    }
}

void vdiff_init(struct vdiff *v)
{
    memset(v, 0, sizeof *v);
    v->next_handle = DOM_NODE_FIRST_FREE;
}

void vdiff_fini(struct vdiff *v)
{
    vtree_fini(&v->trees[0]);
    vtree_fini(&v->trees[1]);
}

struct vtree *vdiff_begin(struct vdiff *v)
{
    struct vtree *t = &v->trees[!v->shown];
    vtree_reset(t);
    return t;
}

/* Undo the marks of a comparison that came to nothing. */
static void unmark(struct vnode *n)
{
    n->taken = false;
    for (struct vnode *c = n->first; c; c = c->next)
        unmark(c);
}

enum err vdiff_commit(struct vdiff *v, struct domop *out)
{
    struct vtree *now = &v->trees[!v->shown], *old = &v->trees[v->shown];
    if (now->failed || !now->root)
        return ERR_NOMEM;
    struct pass p = {.tree = now, .out = out, .next_handle = v->next_handle};
    if (old->root) {
        now->root->old = old->root;
        update_node(&p, now->root);
    } else {
        create_node(&p, now->root);
    }
    if (now->failed || out->failed) {
        if (old->root)
            unmark(old->root);
        return ERR_NOMEM;
    }
    v->next_handle = p.next_handle;
    v->shown = !v->shown;
    return ERR_OK;
}

static uint32_t find_below(const struct vnode *n, enum dom_template template, uint64_t key)
{
    uint32_t found = 0;
    for (const struct vnode *c = n->first; c && !found; c = c->next)
        found = c->template == template && c->key == key ? c->handle : find_below(c, template, key);
    return found;
}

uint32_t vdiff_find(const struct vdiff *v, enum dom_template template, uint64_t key)
{
    const struct vnode *root = v->trees[v->shown].root;
    return root ? find_below(root, template, key) : 0;
}
