/* The panel at the side of the room. */
#pragma once

#include "model.h"
#include "vtree.h"

/* All of it, or that it is not there. */
void view_panel(const struct model *m, struct vtree *t, struct vnode *parent);
/* What the panel lists when it is for searching. */
void view_search(const struct model *m, struct vtree *t, struct vnode *parent, struct vnode *body);
/* "Show more", at the end of a list. */
void view_panel_more(const struct model *m, struct vtree *t, struct vnode *body);
