/* A text that is too long for a message goes as a file: what was pasted, or all of it. Until the server has it, it stays in the draft, so
 * that nothing is lost by an upload that fails or a page that is closed.
 */
#pragma once

#include "action.h"
#include "effect.h"
#include "model.h"

/* Is it offered? */
bool upd_paste_offered(const struct model *m, const struct room *room);
/* The field holds another text than the one of so many bytes; was_long: that was too long already. Its caret. */
void upd_paste_typed(struct model *m, struct room *room, size_t was_n, bool was_long,
                     uint32_t caret);
/* The person wants it. */
void upd_paste_attach(struct model *m, struct effects *fx);
/* A file was taken: is it this? The server has one: then the text goes out of the draft. It will not come: it is offered again. */
void upd_paste_file(struct room *room, uint32_t file);
void upd_paste_stored(struct model *m, int64_t room, uint32_t file, struct effects *fx);
void upd_paste_gone(struct model *m, int64_t room, uint32_t file);
