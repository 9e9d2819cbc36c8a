/* The toasts. */
#pragma once

#include "model.h"
#include "vtree.h"

/* All of them, the oldest first. */
void view_toasts(const struct model *m, struct vtree *t, struct vnode *parent);
