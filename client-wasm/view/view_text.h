/* Small texts of views: numbers, words with something filled in, avatars. All of them fail the tree without memory. */
#pragma once

#include "model.h"
#include "view_number.h"
#include "vtree.h"

/* A text of words_put as a node's. */
void view_words(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                enum word id, struct slice a, struct slice b);
void view_words_n(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                  enum word_n id, uint64_t count, struct slice a);
/* The same as an attribute. */
void view_words_attr(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                     enum dom_attr attr, enum word id, struct slice a, struct slice b);
void view_words_attr_n(const struct model *m, struct vtree *t, struct vnode *n, enum dom_slot slot,
                       enum dom_attr attr, enum word_n id, uint64_t count, struct slice a);
/* Two texts as one. */
void view_pair(struct vtree *t, struct vnode *n, enum dom_slot slot, struct slice a,
               struct slice b);
/* The id of the i-th of its kind, or an attribute that names it. */
void view_id(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
             struct slice of, uint32_t i);
/* A whole number as an attribute. */
void view_number_attr(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
                      uint64_t value);
/* A word of state, "true" or "false". */
void view_bool_attr(struct vtree *t, struct vnode *n, enum dom_slot slot, enum dom_attr attr,
                    bool on);
/* First letter and colour of somebody. */
void view_avatar(struct vtree *t, struct vnode *n, enum dom_slot slot, const struct person *person);
/* "online", "idle", "offline". */
struct slice view_presence(const struct person *person);
/* How a role is called; empty for plain members. */
struct slice view_role(const struct model *m, enum chat_role role);
