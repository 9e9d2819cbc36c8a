/* What stands around the list: the room's name, how much is unread, who is typing. */
#pragma once

#include "model.h"
#include "vtree.h"

void view_header(const struct model *m, struct vtree *t, struct vnode *parent);
void view_unread_bar(const struct model *m, struct vtree *t, struct vnode *parent);
void view_typing(const struct model *m, struct vtree *t, struct vnode *parent);
