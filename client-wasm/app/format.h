/* Ctrl+B, Ctrl+I and Ctrl+E in the composer: put the marks of Markdown around what is selected, or take them away. All text is valid UTF-8.
 */
#pragma once

#include "buf.h"
#include "check.h"
#include "err.h"
#include "slice.h"

enum format_kind {
    FORMAT_BOLD,   /* ** */
    FORMAT_ITALIC, /* * */
    FORMAT_CODE,   /* ` in a line, ``` around several */
};

/* A selection in UTF-16 units, as the browser has it; places behind the end are the end. */
struct format_range {
    size_t from, to;
};

/* Append text with the marks toggled to out. Marks just outside or at the ends of what is selected are taken away; else they are put around it,
 * without the spaces at its ends. Marks end with their line, so every selected line gets its own, behind the sign of a
 * quote or list. With nothing selected the caret comes to stand between the marks. Where marks could not work (only
 * spaces, a fence within code) the text stays as it is.
 * Returns: ERR_OK, *selection is the same words in the new text (of several lines, with their marks) | what buf_put said; nothing is changed then. */
NODISCARD enum err format_toggle(struct slice text, enum format_kind kind,
                                 struct format_range *selection, struct buf *out);
