/* The form to sign in with. */
#pragma once

#include "model.h"
#include "vtree.h"

void view_login(const struct model *m, struct vtree *t, struct vnode *parent);
