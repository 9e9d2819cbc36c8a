/* The connection: the page's data-conn, the small sign in the header, the banner. Parts of view. */
#pragma once

#include "model.h"
#include "vtree.h"

/* The value of data-conn: connecting, live, polling, reconnecting, offline. */
struct slice view_conn_name(const struct model *m);
void view_conn(const struct model *m, struct vtree *t, struct vnode *parent);
