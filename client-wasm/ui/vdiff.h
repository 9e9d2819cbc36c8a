/* From the tree shown to the tree wanted: the fewest operations that are easy to find.
 *
 * Keeps two trees: the one the page shows and the one being built. A batch is all or nothing: when
 * memory runs out on the way, nothing has changed and the next frame tries again.
 */
#pragma once

#include "domop.h"
#include "err.h"
#include "vtree.h"

struct vdiff {
    struct vtree trees[2];
    unsigned shown;       /* which of them the page shows */
    uint32_t next_handle; /* never given twice */
};

void vdiff_init(struct vdiff *v);
/* Owns: the trees. */
void vdiff_fini(struct vdiff *v);
/* The tree to build now, empty. */
struct vtree *vdiff_begin(struct vdiff *v);
/* Append to out what turns the shown tree into the built one, which is the shown one from then on.
 * Returns: ERR_OK | ERR_NOMEM, the shown tree stays the shown one and out must not be applied.
 * Owns:    nothing; out borrows from the built tree. */
NODISCARD enum err vdiff_commit(struct vdiff *v, struct domop *out);
/* The handle of a node that the page shows, 0: none. */
uint32_t vdiff_find(const struct vdiff *v, enum dom_template template, uint64_t key);
