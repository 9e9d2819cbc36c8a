/* The panel at the side. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_panel(const struct model *m, struct vtree *t, struct vnode *parent);
