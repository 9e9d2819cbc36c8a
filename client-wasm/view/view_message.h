/* One message of the list. */
#pragma once

#include "model.h"
#include "vtree.h"

/* compact: it continues what its author just said. */
void view_message(const struct model *m, const struct room *room, const struct message *msg,
                  bool compact, struct vtree *t, struct vnode *list);
