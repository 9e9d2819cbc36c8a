/* A document of the tests' own: applies batches of operations as lib_dom.js does, strictly. A batch
 * that breaks the rules (an unknown handle, a removal of something that is not there, a forgotten
 * handle) fails the cmocka test.
 */
#pragma once

#include "domop.h"
#include "vtree.h"

struct fake_dom;

/* A document with its fixed elements and nothing in them. */
struct fake_dom *fake_dom_new(void);
void fake_dom_free(struct fake_dom *d);
/* Apply a batch. */
void fake_dom_apply(struct fake_dom *d, struct slice words);
/* Fails the test unless the document shows exactly the tree that was committed: every property,
 * every child in its order, and no handle more than the tree has. */
void fake_dom_check(const struct fake_dom *d, const struct vtree *tree);
