/* The buffer of DOM operations that one call hands to the page. The core never waits for an answer:
 * it chooses the handles of new nodes itself.
 *
 * A batch is u32 words, operation by operation as dom_ops.def lists them. Strings are not copied: a
 * batch is valid as long as the memory its strings lie in, that is until the next frame is drawn.
 */
#pragma once

#include "buf.h"
#include "err.h"
#include "slice.h"
#include <stdint.h>

#define DOM_OP(name, number, args) DOM_OP_##name = number,
enum dom_op {
#include "dom_ops.def"
};
#define DOM_ATTR(name, number, text) DOM_ATTR_##name = number,
enum dom_attr {
#include "dom_ops.def"
};
#define DOM_SLOT(name, number, text) DOM_SLOT_##name = number,
enum dom_slot {
#include "dom_ops.def"
};
#define DOM_NODE(name, number, text) DOM_NODE_##name = number,
enum dom_node {
#include "dom_ops.def"
};
#define DOM_TEMPLATE(name, number, text) DOM_TEMPLATE_##name = number,
enum dom_template {
#include "dom_ops.def"
};
#define DOM_FORM(name, number, text) DOM_FORM_##name = number,
enum dom_form {
#include "dom_ops.def"
};
#define DOM_FIELD(name, number, text) DOM_FIELD_##name = number,
enum dom_field {
#include "dom_ops.def"
};
#define DOM_EVENT(name, number) DOM_EVENT_##name = number,
enum dom_event {
#include "dom_ops.def"
};
#define DOM_ACT(name, number, text) DOM_ACT_##name = number,
enum dom_act {
#include "dom_ops.def"
};
#define DOM_KEY(name, number, text) DOM_KEY_##name = number,
enum dom_key {
#include "dom_ops.def"
};
#define DOM_FLAG(name, number) DOM_FLAG_##name = number,
enum dom_flag {
#include "dom_ops.def"
};

/* Words of one batch: enough for the longest list, every row new. */
#define DOMOP_BYTES_MAX (8u << 20)

/* Inv: words.n is a multiple of 4. A failed append sets failed and leaves the batch unusable; check
 * it once, at the end. A string takes its address (one word in the browser, two where tests run on
 * 64 bits) and a word of length. */
struct domop {
    struct buf words;
    bool failed;
};

/* Owns: the words; free with domop_fini. */
void domop_init(struct domop *d);
void domop_fini(struct domop *d);
/* Forget the batch, and the failure. */
void domop_reset(struct domop *d);

/* One function an operation; dom_ops.def says what they do. */
void domop_clone(struct domop *d, uint32_t handle, enum dom_template template);
void domop_insert(struct domop *d, uint32_t parent, uint32_t handle, uint32_t before);
void domop_remove(struct domop *d, uint32_t handle);
void domop_drop(struct domop *d, uint32_t handle);
/* text is borrowed, see above. */
void domop_text(struct domop *d, uint32_t handle, enum dom_slot slot, struct slice text);
/* The same, as Markdown. */
void domop_markdown(struct domop *d, uint32_t handle, enum dom_slot slot, struct slice text);
void domop_attr(struct domop *d, uint32_t handle, enum dom_slot slot, enum dom_attr attr,
                struct slice value);
void domop_unattr(struct domop *d, uint32_t handle, enum dom_slot slot, enum dom_attr attr);
/* An operation that a look can ask for: its numbers and texts, as dom_ops.def lists them behind h and s. */
struct dom_deed {
    enum dom_op op;
    uint32_t numbers[4];
    struct slice texts[3];
};
void domop_deed(struct domop *d, uint32_t handle, enum dom_slot slot, const struct dom_deed *deed);
void domop_anchor(struct domop *d, uint32_t scroller);
void domop_top(struct domop *d, uint32_t scroller);
void domop_stick(struct domop *d, uint32_t scroller, bool on);
/* One operation of a batch, taken apart. Arguments stand in the order of dom_ops.def; each $ fills a text.
 */
struct domop_item {
    enum dom_op op;
    uint32_t args[6];
    struct slice text[3];
};
/* Take the first operation off words. False at the end of the batch. For tests and for people. */
bool domop_next(struct slice *words, struct domop_item *out);
/* Append a batch as text, one operation a line: "text 64 BODY \"hi\"". Returns: as buf_put. */
NODISCARD enum err domop_print(struct slice words, struct buf *out);
