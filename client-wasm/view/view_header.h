/* What stands around the list: the room's name, how much is unread, who is typing. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_header(const struct model *m, struct vtree *t, struct vnode *parent);
void view_unread_bar(const struct model *m, struct vtree *t, struct vnode *parent);
void view_typing(const struct model *m, struct vtree *t, struct vnode *parent);
