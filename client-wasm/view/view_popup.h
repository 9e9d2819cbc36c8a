/* The list above the composer. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_popup(const struct model *m, struct vtree *t, struct vnode *parent);
/* What the composer's field says of it. */
void view_popup_field(const struct model *m, struct vtree *t, struct vnode *input);
