/* The message list: rows, day separators, states. Parts of view. */
#pragma once

#include "model.h"
#include "vtree.h"

/* The rows of the window, and the words for an empty room. */
void view_list(const struct model *m, struct vtree *t, struct vnode *parent);
/* The button to the newest message. */
void view_jump(const struct model *m, struct vtree *t, struct vnode *parent);
