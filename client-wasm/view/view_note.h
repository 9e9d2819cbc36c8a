/* The slim row in the sidebar: an offer of notifications, a new version of the page. */
#pragma once

#include "model.h"
#include "vtree.h"

/* At its place in index.html; hidden while there is nothing to say. */
void view_note(const struct model *m, struct vtree *t, struct vnode *parent);
