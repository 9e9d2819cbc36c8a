/* The messages of the open room. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_list(const struct model *m, struct vtree *t, struct vnode *parent);
void view_jump(const struct model *m, struct vtree *t, struct vnode *parent);
