/* The sidebar: the rooms, and who I am. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_rooms(const struct model *m, struct vtree *t, struct vnode *parent);
