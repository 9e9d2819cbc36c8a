/* Where one writes: the field, what is replied to or edited, the counter, or why one cannot write. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_composer(const struct model *m, struct vtree *t, struct vnode *parent);
