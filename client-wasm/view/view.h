/* What the page shows of a model. Reads the model, builds a tree; knows no element but by its name
 * in dom_ops.def. */
#pragma once

#include "model.h"
#include "vtree.h"

/* Build the whole tree into t (empty). Out of memory: t->failed.
 * Owns: nothing; t borrows the messages' texts until it is committed and applied. */
void view(const struct model *m, struct vtree *t);
