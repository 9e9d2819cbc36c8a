/* The form to sign in with. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_login(const struct model *m, struct vtree *t, struct vnode *parent);
