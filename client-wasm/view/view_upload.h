/* Files: those on their way below the composer, and those of a message. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Add its elements to the tree, below parent. */
void view_uploads(const struct model *m, struct vtree *t, struct vnode *parent);
/* The files of a message, below its row. */
void view_files(const struct model *m, const struct message *msg, struct vtree *t,
                struct vnode *row);
